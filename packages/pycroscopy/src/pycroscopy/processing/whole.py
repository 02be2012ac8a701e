"""Classic processes that need all positions of a main dataset at once (extra ``usid``).

A subclass of `WholeProcess` computes and writes; it becomes a `pyUSID.Process` when somebody
asks for it, with the targets, parameters and duplicates of one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.base.optional import needed
from sidpy.hdf.attrs import get_attr, write_simple_attrs
from sidpy.hdf.dtype_utils import flatten_to_real, stack_real_to_target_dtype

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "WholeProcess", "as_main", "as_process", "channels_of", "described", "dimension",
    "estimator_parms", "like_source", "positions_of", "real_rows", "usid",
]  # fmt: skip

#: Bytes of a block of rows that is read at once.
_BLOCK = 1 << 24


def usid() -> Any:
    """Return the functions that write universal files."""
    return needed("pyUSID.io.hdf_utils", "a process on USID files", "pycroscopy[usid]")


def as_main(h5_main: Any) -> Any:
    """Return a dataset as a main dataset that knows its dimensions."""
    module = needed("pyUSID.io.usi_data", "a process on USID files", "pycroscopy[usid]")
    return h5_main if isinstance(h5_main, module.USIDataset) else module.USIDataset(h5_main)


def dimension(name: str, units: str, values: Any) -> Any:
    """Return a dimension of a universal file."""
    module = needed("pyUSID.io.dimension", "a process on USID files", "pycroscopy[usid]")
    return module.Dimension(name, units, values)


@cache
def as_process(part: type) -> type:
    """Return the class as a `pyUSID.Process`.

    Parameters
    ----------
    part : type
        A class named with an underscore in front of the name wanted.

    Raises
    ------
    MissingDependency
        Without pyUSID.
    """
    name = part.__name__.lstrip("_")
    process = needed("pyUSID.processing.process", name, "pycroscopy[usid]").Process
    names = {"__doc__": part.__doc__, "__module__": part.__module__}
    return type(name, (part, process), names)


class WholeProcess:
    """What is computed from all positions together, and written when it is complete."""

    #: Name of the tool, part of the name of the group of results.
    tool: ClassVar[str]

    h5_main: Any
    h5_results_grp: Any
    _found: Any = None

    def __init__(self, h5_main: Any, parms: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(h5_main, self.tool, parms_dict=dict(parms), **kwargs)  # type: ignore[call-arg]  # of Process

    def _computed(self) -> Any:
        """Return the results."""
        raise NotImplementedError

    def _written(self, group: Any, found: Any) -> None:
        """Write the results into a group."""
        raise NotImplementedError

    def test(self, override: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the classic package
        """Compute, and write nothing.

        Parameters
        ----------
        override : bool
            Compute again what was computed before.

        Returns
        -------
        tuple of ndarray
            The results, which `compute` then writes.
        """
        if self._found is None or override:
            self._found = self._computed()
        return self._found

    def compute(self, override: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the classic package
        """Compute and write, or find what was written before.

        Parameters
        ----------
        override : bool
            Compute even if there are results with the same parameters.

        Returns
        -------
        h5py.Group
            The results; complete, or not there at all.
        """
        source: Any = self
        if source.duplicate_h5_groups and not override:
            self.h5_results_grp = source.duplicate_h5_groups[-1]
            return self.h5_results_grp
        if source.mpi_size > 1:
            msg = f"{type(self).__name__} needs all positions in one process, found several ranks"
            raise RuntimeError(msg)
        found = WholeProcess.test(self)
        group = usid().create_results_group(
            self.h5_main, source.process_name, source._h5_target_group
        )
        try:
            write_simple_attrs(group, source.parms_dict)
            self._written(group, found)
            group.file.flush()
            self._complete(group)
        except BaseException:
            del group.parent[group.name]
            raise
        self.h5_results_grp = group
        source.duplicate_h5_groups = [*source.duplicate_h5_groups, group]
        return group

    def _complete(self, group: Any) -> None:
        """Let the group say that nothing is missing."""
        source: Any = self
        rows = self.h5_main.shape[0]
        group.create_dataset(source._status_dset_name, data=np.ones(rows, np.uint8))
        group.attrs["last_pixel"] = rows
        group.file.flush()


def real_rows(h5_main: Any) -> Any:
    """Return a main dataset as a lazy matrix of real numbers, complex and compound parts apart.

    Parameters
    ----------
    h5_main : h5py.Dataset of shape (positions, channels)
        Of any dtype.

    Returns
    -------
    dask array of shape (positions, parts * channels)
        Real.
    """
    import dask.array as da

    width = max(1, h5_main.shape[1] * h5_main.dtype.itemsize)
    rows = da.from_array(h5_main, chunks=(max(1, _BLOCK // width), -1), lock=True)
    shown = flatten_to_real(np.zeros((1, h5_main.shape[1]), h5_main.dtype))
    return rows.map_blocks(
        flatten_to_real, dtype=shown.dtype, chunks=(rows.chunks[0], (shown.shape[1],)),
        meta=shown[:0],
    )  # fmt: skip


def like_source(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return rows of real numbers in the dtype of the data they came from.

    Parameters
    ----------
    values : ndarray of shape (rows, parts * channels)
        Real.
    dtype : numpy.dtype
        Complex, compound or real; whole numbers become float64.

    Returns
    -------
    ndarray of shape (rows, channels)
        One row stays one.
    """
    kind = np.dtype(np.float64) if dtype.kind in "iub" else dtype
    return np.asarray(stack_real_to_target_dtype(values, kind)).reshape(len(values), -1)


def described(h5_main: Any) -> tuple[str, str]:
    """Return the quantity and the units of a main dataset."""
    return str(get_attr(h5_main, "quantity")), str(get_attr(h5_main, "units"))


def positions_of(h5_main: Any) -> dict[str, Any]:
    """Return what explains the rows of a main dataset, for another one."""
    return {"h5_pos_inds": h5_main.h5_pos_inds, "h5_pos_vals": h5_main.h5_pos_vals}


def channels_of(h5_main: Any) -> dict[str, Any]:
    """Return what explains the columns of a main dataset, for another one."""
    return {"h5_spec_inds": h5_main.h5_spec_inds, "h5_spec_vals": h5_main.h5_spec_vals}


def estimator_parms(estimator: Any) -> dict[str, Any]:
    """Return the parameters of an estimator as attributes of a group.

    Parameters
    ----------
    estimator : object with get_params
        Of scikit-learn, or like it.

    Raises
    ------
    TypeError
        For anything else.
    """
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        msg = f"expected an estimator as those of scikit-learn, found {estimator!r}"
        raise TypeError(msg)
    simple = (bool, int, float, str)
    return {
        name: value if isinstance(value, simple) else str(value)
        for name, value in sorted(estimator.get_params().items())
    }
