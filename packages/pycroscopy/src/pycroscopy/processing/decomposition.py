"""Estimators of scikit-learn on USID files, as classic pycroscopy ran them (extra ``usid``).

Prefer `pycroscopy.learn.MatrixFactor` and `pycroscopy.learn.decompose` for datasets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy.learn.estimators import way_back

from .whole import (
    WholeProcess,
    as_process,
    channels_of,
    described,
    dimension,
    estimator_parms,
    like_source,
    positions_of,
    real_rows,
    usid,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__: list[str] = []


class _Decomposition(WholeProcess):
    """Components of a main dataset by an estimator of scikit-learn.

    Parameters
    ----------
    h5_main : h5py.Dataset
        Positions with a spectrum each, finite, of any dtype; read into memory.
    estimator : object with fit_transform
        Factor analysis, FastICA, incremental PCA, sparse PCA, NMF, PCA, truncated SVD.
        Parameters with the same values are not computed again: fix `random_state`.
    **kwargs
        As for `pyUSID.Process`.

    Raises
    ------
    TypeError
        When it is no such estimator.

    Notes
    -----
    Results are ``Components``, ``Projection`` and ``Mean``, such that ``Mean + Projection @
    Components`` is the estimator's account of the data.  So those of FastICA are what sources
    are mixed by.
    """

    tool = "Decomposition"

    def __init__(self, h5_main: Any, estimator: Any, **kwargs: Any) -> None:
        parms = estimator_parms(estimator)
        if not hasattr(estimator, "fit_transform"):
            msg = f"{type(estimator).__name__} decomposes nothing: it has no fit_transform"
            raise TypeError(msg)
        self.estimator = estimator
        super().__init__(
            h5_main, {"decomposition_algorithm": type(estimator).__name__, **parms}, **kwargs
        )

    def _computed(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        values = np.asarray(real_rows(self.h5_main))
        scores = np.asarray(self.estimator.fit_transform(values))
        components, offset = way_back(self.estimator, scores, values)
        dtype = self.h5_main.dtype
        return like_source(components, dtype), scores, like_source(offset[None], dtype)

    def _written(self, group: Any, found: Any) -> None:
        components, scores, mean = found
        number = dimension("Endmember", "a.u.", np.arange(1, len(components) + 1))
        write, told = usid().write_main_dataset, described(self.h5_main)
        spectra = write(
            group, components, "Components", *told, number, None,
            aux_pos_prefix="Component_Position_", **channels_of(self.h5_main),
        )  # fmt: skip
        write(
            group, mean, "Mean", *told, dimension("Mean", "a.u.", 1), None,
            aux_pos_prefix="Mean_Position_", **channels_of(spectra),
        )  # fmt: skip
        write(
            group, scores, "Projection", "Abundance", "a.u.", None, number,
            aux_spec_prefix="Component_Spectroscopic_", **positions_of(self.h5_main),
        )  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "Decomposition":
        return as_process(_Decomposition)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
