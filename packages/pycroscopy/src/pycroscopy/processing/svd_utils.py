"""Singular value decomposition in USID files, as classic pycroscopy did (extra ``usid``).

Prefer `pycroscopy.learn.decompose`, which this calls: it takes datasets, finds the rank and
shrinks the noise.  Complex and compound data are decomposed as real numbers side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.hdf.attrs import write_simple_attrs

from .proc_utils import get_component_slice
from .whole import (
    WholeProcess,
    as_process,
    channels_of,
    described,
    dimension,
    like_source,
    positions_of,
    real_rows,
    usid,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["rebuild_svd", "simplified_kpca"]


class _SVD(WholeProcess):
    """Singular value decomposition of a main dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset
        Positions with a spectrum each, finite, of any dtype.
    num_components : int, optional
        Of the strongest; all by default.
    **kwargs
        As for `pyUSID.Process`; half of `max_mem_mb` is the memory budget.

    Raises
    ------
    ValueError
        For a number of components that cannot be.

    Notes
    -----
    Results are ``U`` (positions x components), ``S`` and ``V`` (components x channels, in the
    dtype of the data); ``data = U @ diag(S) @ V``.  Directions without any variance are
    zeros in ``U``.
    """

    tool = "SVD"

    def __init__(self, h5_main: Any, num_components: int | None = None, **kwargs: Any) -> None:
        rows = real_rows(h5_main)
        self._count = min(rows.shape) if num_components is None else int(num_components)
        if not 1 <= self._count <= min(rows.shape):
            msg = f"num_components is {num_components!r}; expected 1 to {min(rows.shape)}"
            raise ValueError(msg)
        self._budget = max(1, int(kwargs.get("max_mem_mb") or 4096) // 2) << 20
        super().__init__(h5_main, {"num_components": self._count}, **kwargs)

    def _computed(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        from pycroscopy.learn import decompose

        rows = real_rows(self.h5_main)
        kind = np.result_type(rows.dtype, np.float32)
        found = decompose(rows, rank=self._count, row_axes=[0], memory_budget=self._budget)
        values = found.singular_values[: self._count]
        real = values > values[0] * max(rows.shape) * np.finfo(kind).eps
        scale = np.where(real, 1 / np.where(real, values, 1), 0.0)
        left = np.asarray(found.abundances) * scale
        right = like_source(np.asarray(found.components), self.h5_main.dtype)
        return left.astype(kind), values, right

    def _written(self, group: Any, found: Any) -> None:
        left, values, right = found
        component = dimension("Principal Component", "a.u.", np.arange(1, len(values) + 1))
        write = usid().write_main_dataset
        write(
            group, left, "U", "Abundance", "a.u.", None, component,
            aux_spec_prefix="Component_Spectroscopic_", **positions_of(self.h5_main),
        )  # fmt: skip
        write(
            group, right, "V", *described(self.h5_main), component, None,
            aux_pos_prefix="Component_Position_", **channels_of(self.h5_main),
        )  # fmt: skip
        group["S"] = values


def rebuild_svd(
    h5_main: Any,
    components: Any = None,
    cores: int | None = None,  # noqa: ARG001 - accepted, with no effect
    max_RAM_mb: int = 1024,  # noqa: N803 - as in the classic package
) -> Any:
    """Rebuild a main dataset from some of its components.

    Parameters
    ----------
    h5_main : h5py.Dataset
        One that `SVD` has decomposed.
    components : int, slice, iterable of int or None
        As for `get_component_slice`; all by default.
    cores : int, optional
        Accepted.
    max_RAM_mb : int, MB
        Memory for rows that are rebuilt together.

    Returns
    -------
    USIDataset
        ``Rebuilt_Data`` in a group of its own beside the latest components.

    Raises
    ------
    ValueError
        When there are no components yet, or those asked for are not there.
    """
    module = usid()
    groups = [g for g in module.find_results_groups(h5_main, "SVD") if "last_pixel" in g.attrs]
    if not groups:
        msg = f"no components of {h5_main.name} were found: compute SVD(h5_main) first"
        raise ValueError(msg)
    source = groups[-1]
    left, values, right = (source[name] for name in "USV")
    chosen, _ = get_component_slice(components, len(values))
    shares = values[()][chosen][:, None] * np.asarray(real_rows(right))[chosen]
    group = module.create_indexed_group(source, "Rebuilt_Data")
    try:
        write_simple_attrs(group, {"components_used": np.arange(len(values))[chosen]})
        rebuilt = module.write_main_dataset(
            group, h5_main.shape, "Rebuilt_Data", *described(h5_main), None, None,
            **positions_of(h5_main), **channels_of(h5_main), dtype=right.dtype,
        )  # fmt: skip
        count = max(1, (int(max_RAM_mb) << 20) // max(1, 4 * shares[0].nbytes))
        for start in range(0, h5_main.shape[0], count):
            rows = slice(start, min(start + count, h5_main.shape[0]))
            rebuilt[rows] = like_source(left[rows][:, chosen] @ shares, right.dtype)
    except BaseException:
        del source[group.name]
        raise
    return rebuilt


def simplified_kpca(
    kpca: Any, source_data: Any
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Decompose a matrix by kernel principal components, and name the parts as those of an SVD.

    Parameters
    ----------
    kpca : sklearn.decomposition.KernelPCA
        Not fitted yet.
    source_data : ndarray of shape (positions, channels)
        Real and finite.

    Returns
    -------
    weights : ndarray of shape (components, positions)
        The data along each component.
    scree : ndarray of shape (components,)
        Eigenvalues, falling.
    components : ndarray of shape (components, channels)
        What the channels have in common, as the kernel sees it.
    """
    values = np.asarray(source_data)
    components = np.asarray(kpca.fit_transform(values.T)).T
    return components @ values.T, np.asarray(kpca.eigenvalues_), components


def __getattr__(name: str) -> Any:
    if name == "SVD":
        return as_process(_SVD)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
