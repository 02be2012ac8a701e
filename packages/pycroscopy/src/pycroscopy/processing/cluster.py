"""Clusters in USID files, as classic pycroscopy found them (extra ``usid``).

Prefer `pycroscopy.learn.cluster`: it takes datasets and says how good the clusters are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy.learn.cluster_order import reorder_clusters
from sidpy.hdf.dtype_utils import flatten_to_real

from .proc_utils import get_component_slice
from .whole import (
    WholeProcess,
    as_process,
    channels_of,
    described,
    dimension,
    estimator_parms,
    like_source,
    positions_of,
    usid,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["reorder_clusters"]


class _Cluster(WholeProcess):
    """Groups of positions by an estimator of scikit-learn.

    Parameters
    ----------
    h5_main : h5py.Dataset
        Positions with a spectrum each, finite, of any dtype; read into memory. ``U`` of a
        decomposition is good data: few numbers, little noise.
    estimator : object with fit and labels_
        Agglomerative, Birch, k-means, spectral, density-based.  Parameters with the same
        values are not computed again: fix `random_state`.
    num_comps : int, slice, iterable of int or None
        Columns that are looked at, as for `get_component_slice`; all by default.
    **kwargs
        As for `pyUSID.Process`.

    Raises
    ------
    TypeError
        When it is no such estimator.
    ValueError
        For columns that are not there.

    Notes
    -----
    Results are ``Labels``, -1 where an estimator leaves a position out, and ``Mean_Response``
    of each label, in the dtype of the data (whole numbers become floats).
    """

    tool = "Cluster"

    duplicate_h5_groups: list[Any]

    def __init__(self, h5_main: Any, estimator: Any, num_comps: Any = None, **kwargs: Any) -> None:
        parms = estimator_parms(estimator)
        if not hasattr(estimator, "fit_predict") or hasattr(estimator, "inverse_transform"):
            msg = f"{type(estimator).__name__} finds no clusters: it has no labels"
            raise TypeError(msg)
        self.estimator = estimator
        self._columns, count = get_component_slice(num_comps, h5_main.shape[1])
        self._rearrange = True
        numbers = np.arange(h5_main.shape[1])[self._columns]
        parms |= {
            "cluster_algorithm": type(estimator).__name__,
            "num_comps": count,
            "components_used": ",".join(map(str, numbers)),
        }
        super().__init__(h5_main, parms, **kwargs)

    def test(self, rearrange_clusters: bool = True, override: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the classic package
        """Find clusters, and write nothing.

        Parameters
        ----------
        rearrange_clusters : bool
            Number them in the order of their tree, so that like ones are neighbours.
        override : bool
            Compute again what was computed before.

        Returns
        -------
        labels : ndarray of shape (positions,)
            Cluster of each position.
        mean_response : ndarray of shape (clusters, columns)
            In the dtype of the data.
        """
        override = override or rearrange_clusters != self._rearrange
        self._rearrange = rearrange_clusters
        return super().test(override)

    def compute(self, rearrange_clusters: bool = True, override: bool = False) -> Any:  # noqa: FBT001, FBT002 - as in the classic package
        """Find clusters and write them, or find what was written before.

        Parameters
        ----------
        rearrange_clusters : bool
            Number them in the order of their tree.
        override : bool
            Compute even if there are results with the same parameters.

        Returns
        -------
        h5py.Group
            The results.
        """
        if rearrange_clusters != self._rearrange:
            self._found, self._rearrange = None, rearrange_clusters
        same = [g for g in self.duplicate_h5_groups if g.attrs["rearranged"] == rearrange_clusters]
        if same and not override:
            self.h5_results_grp = same[-1]
            return self.h5_results_grp
        return super().compute(override=True)

    def _computed(self) -> tuple[NDArray[Any], NDArray[Any]]:
        rows = self.h5_main[()][:, self._columns]
        values = np.asarray(flatten_to_real(rows))
        found = np.asarray(self.estimator.fit_predict(values))
        known = np.unique(found[found >= 0])
        labels = np.where(found >= 0, np.searchsorted(known, found), -1).astype(np.int32)
        means = np.stack([values[labels == one].mean(axis=0) for one in range(len(known))])
        if self._rearrange:
            labels, means = reorder_clusters(labels, means)
        return labels, like_source(means, self.h5_main.dtype)

    def _written(self, group: Any, found: Any) -> None:
        labels, means = found
        group.attrs["rearranged"] = self._rearrange
        write = usid().write_main_dataset
        write(
            group, labels[:, None], "Labels", "Cluster ID", "a.u.", None,
            dimension("Cluster", "ID", 1), aux_spec_prefix="Cluster_Labels_",
            **positions_of(self.h5_main),
        )  # fmt: skip
        number = dimension("Cluster", "a.u.", np.arange(len(means)))
        chosen = means.shape[1] < self.h5_main.shape[1]
        columns = self._chosen_columns() if chosen else None
        write(
            group, means, "Mean_Response", *described(self.h5_main), number, columns,
            aux_spec_prefix="Mean_Response_", aux_pos_prefix="Mean_Response_Position_",
            **({} if chosen else channels_of(self.h5_main)),
        )  # fmt: skip

    def _chosen_columns(self) -> Any:
        """Return the dimension of some columns: by their values, where one dimension says them."""
        main = self.h5_main
        if len(main.spec_dim_labels) == 1:
            (name,) = main.spec_dim_labels
            values = main.h5_spec_vals[0][self._columns]
            units = main.spec_dim_descriptors[0].rpartition("(")[2].rstrip(")")
            return dimension(name, units, values)
        return dimension("Column", "a.u.", np.arange(main.shape[1])[self._columns])


def __getattr__(name: str) -> Any:
    if name == "Cluster":
        return as_process(_Cluster)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
