"""Tensor decompositions by the interface of the released packages.

The methods themselves are in `pycroscopy.learn.tensors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pycroscopy._inputs import lazy
from pycroscopy.learn.layout import Labels, labelled, numbered
from pycroscopy.learn.tensors import cp, tucker
from sidpy.sid.operations import begin, operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sidpy

__all__ = ["TensorFactor", "tensor_decomposition", "tensor_factors"]

_METHODS: Final = {"cp": cp, "tucker": tucker}


def tensor_decomposition(
    data: Any,
    rank: int | Sequence[int],
    decomposition_type: str = "cp",
    flat_from: int | None = None,
    **kwargs: Any,
) -> tuple[Any, list[Any]]:
    """Decompose an array into factors.

    Parameters
    ----------
    data : array of two axes or more
        Read into memory.
    rank : int, or one for each axis with "tucker"
        Components.
    decomposition_type : {"cp", "tucker"}
        As `pycroscopy.learn.tensors.cp` and ``tucker``.
    flat_from : int, optional
        This axis and all behind it become one.
    **kwargs
        ``non_negative`` (by default whether the data allow it for "cp", as in the released
        package, False for "tucker"), ``random_state`` (0), ``n_iter_max`` (1000) rounds,
        ``tol`` (1e-10), the change of the fit that ends them.

    Returns
    -------
    weights : ndarray of shape (rank,), or the core
        Strengths of the components.
    factors : list of ndarray of shape (length of the axis, rank)
        One for each axis.

    Raises
    ------
    NotImplementedError
        For another type.
    TypeError
        For an option that is not known.
    ValueError
        When the data are not finite, or `flat_from` is no axis.

    Examples
    --------
    >>> weights, factors = tensor_decomposition(np.ones((2, 3, 4, 5)), 1, flat_from=2)
    >>> [factor.shape for factor in factors]
    [(2, 1), (3, 1), (20, 1)]
    """
    if decomposition_type not in _METHODS:
        msg = f"decomposition_type is {decomposition_type!r}; it can be 'cp' or 'tucker'"
        raise NotImplementedError(msg)
    values = np.asarray(data)
    if flat_from is not None:
        if not 0 < flat_from < values.ndim:
            msg = f"flat_from is {flat_from}; expected an axis from 1 to {values.ndim - 1}"
            raise ValueError(msg)
        values = values.reshape(*values.shape[:flat_from], -1)
    positive = (
        decomposition_type == "cp" and values.dtype.kind != "c" and bool((values >= 0).all())
    )
    options = {"non_negative": positive, "n_iter_max": 1000, "tol": 1e-10, "random_state": 0}
    unknown = kwargs.keys() - options.keys()
    if unknown:
        msg = f"unknown option {sorted(unknown)}; there are {sorted(options)}"
        raise TypeError(msg)
    options |= kwargs
    budget = (options.pop("n_iter_max"), options.pop("tol"))
    found = _METHODS[decomposition_type](values, rank, budget=budget, **options)
    return found.weights, found.factors


class TensorFactor:
    """Decompose a dataset as a tensor of positions x channels x other channels.

    Parameters
    ----------
    data : Dataset
        One spatial axis or more, and two spectral axes or more.
    rank : int, or three of them with "tucker"
        Components.
    decomposition_type : {"cp", "tucker"}
        Sum of products of vectors, or a core and three matrices.
    flat_from : int, optional
        Of the spectral axes, counted from 0, those from here on become one; 1 by default.
    spec_dims : list of two lists of int, optional
        Axes of the data in the second and in the third place of the tensor, if not the
        first spectral axis and the others.

    Raises
    ------
    NotImplementedError
        For another type, for axes that are neither spatial nor spectral, without a spatial
        axis, and for fewer than two spectral axes without `spec_dims`.
    ValueError
        When `spec_dims` or `flat_from` are impossible.
    """

    def __init__(
        self,
        data: sidpy.Dataset,
        rank: int | Sequence[int],
        decomposition_type: str = "cp",
        flat_from: int | None = None,
        spec_dims: Sequence[Sequence[int]] | None = None,
    ) -> None:
        if decomposition_type not in _METHODS:
            msg = f"decomposition_type is {decomposition_type!r}; it can be 'cp' or 'tucker'"
            raise NotImplementedError(msg)
        self.data, self.rank, self.decomposition_type = data, rank, decomposition_type
        self.flat_from, self.spec_dims = flat_from, spec_dims
        self.groups = _groups(data, flat_from, spec_dims)
        self.factors: list[sidpy.Dataset] | None = None
        self.weights: Any = None
        self.results_computed = False

    def do_fit(self, **kwargs: Any) -> tuple[list[sidpy.Dataset], Any]:
        """Compute the factors.

        Parameters
        ----------
        **kwargs
            Options of `tensor_decomposition`: ``non_negative``, ``random_state``,
            ``n_iter_max``, ``tol``.

        Returns
        -------
        factors : list of three Dataset
            Positions, and the two groups of channels: each with its axes and one axis
            ``components/rank``.
        weights : ndarray
            Strengths of the components, or the core.
        """
        shape = [int(np.prod([self.data.shape[a] for a in group])) for group in self.groups]
        order = [axis for group in self.groups for axis in group]
        values = np.asarray(lazy(self.data).transpose(order)).reshape(shape)
        self.weights, factors = tensor_decomposition(
            values, self.rank, self.decomposition_type, **kwargs
        )
        self.factors = [
            self._labelled(factor, group, number)
            for number, (factor, group) in enumerate(zip(factors, self.groups, strict=True))
        ]
        self.results_computed = True
        options = {"flat_from": self.flat_from, "spec_dims": self.spec_dims, **kwargs}
        call = begin(
            tensor_factors,
            self.data,
            self.rank,
            decomposition_type=self.decomposition_type,
            **options,
        )
        for number, factor in enumerate(self.factors):
            call.on(factor, f"0.{number}")
        return self.factors, self.weights

    def _labelled(self, factor: Any, group: list[int], number: int) -> sidpy.Dataset:
        dimensions = [self.data._axes[axis] for axis in group]
        last = numbered(factor.shape[-1], "components/rank")
        kind = "IMAGE_STACK" if number == 0 else "LINE_PLOT_FAMILY"
        shape = [*(len(d) for d in dimensions), factor.shape[-1]]
        labels = Labels(f"factor {number}", kind, has_units=False)
        return labelled(self.data, factor.reshape(shape), [*dimensions, last], labels)


def _groups(data: sidpy.Dataset, flat_from: int | None, spec_dims: Any) -> list[list[int]]:
    """Sort the axes into positions and two groups of channels."""
    kinds = [data._axes[axis].dimension_type.name for axis in range(data.ndim)]
    spatial = [axis for axis, kind in enumerate(kinds) if kind == "SPATIAL"]
    spectral = [axis for axis, kind in enumerate(kinds) if kind == "SPECTRAL"]
    if len(spatial) + len(spectral) < data.ndim:
        msg = f"axes must be spatial or spectral, found {kinds}; set their dimension_type"
        raise NotImplementedError(msg)
    if not spatial:
        msg = f"there is no spatial axis among {kinds}"
        raise NotImplementedError(msg)
    if spec_dims is not None:
        chosen = [[int(axis) % data.ndim for axis in group] for group in spec_dims]
        if len(chosen) != 2 or not all(chosen) or sorted(sum(chosen, [])) != spectral:  # noqa: RUF017 - two short lists
            msg = f"spec_dims are {spec_dims}; expected the spectral axes {spectral} in two lists"
            raise ValueError(msg)
        return [spatial, *chosen]
    if len(spectral) < 2:
        msg = f"a tensor needs two spectral axes, found {kinds}; MatrixFactor needs only one"
        raise NotImplementedError(msg)
    split = 1 if flat_from is None else int(flat_from)
    if not 0 < split < len(spectral):
        msg = f"flat_from is {flat_from}; expected 1 to {len(spectral) - 1}"
        raise ValueError(msg)
    return [spatial, spectral[:split], spectral[split:]]


@operation(name="pycroscopy.learn.ml.decompose.tensor_factors")
def tensor_factors(
    data: sidpy.Dataset, rank: Any, *, decomposition_type: str = "cp", **options: Any
) -> tuple[list[sidpy.Dataset], Any]:
    """Return what `TensorFactor.do_fit` returns, in one call.

    Parameters
    ----------
    data, rank, decomposition_type
        As for `TensorFactor`.
    **options
        As for `TensorFactor` and `TensorFactor.do_fit`.
    """
    places = {name: options.pop(name, None) for name in ("flat_from", "spec_dims")}
    return TensorFactor(data, rank, decomposition_type, **places).do_fit(**options)
