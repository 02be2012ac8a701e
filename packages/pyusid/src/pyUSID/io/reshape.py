"""Between the 2-D form on disk and the N-D form that people think in.

The released functions: each takes main data and index matrices in any mixture of HDF5
datasets, NumPy and dask arrays.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sidpy.hdf.objects import is_dataset

from .blocks import lazy_n_dim
from .flaws import is_main
from .grid import Grid, Layout
from .inspection import loaded
from .sides import texts_of

__all__ = [
    "reshape_from_n_dims",
    "reshape_to_n_dims",
]


def _grid_of(matrix: Any, name: str, length: int, *, is_spec: bool) -> Grid:
    """Return the grid of one side of data that have `length` rows or columns there."""
    if matrix is None:
        return Grid.running(length)
    indices = loaded(matrix, name)
    indices = indices if is_spec else indices.T
    if indices.shape[1] != length:
        msg = f"{name} of shape {matrix.shape} does not explain {length} rows or columns"
        raise ValueError(msg)
    return Grid.from_indices(indices)


def _labels_for(matrix: Any, grid: Grid, kind: str) -> list[str]:
    labels = list(texts_of(matrix, "labels")) if is_dataset(matrix) else []
    if len(labels) == len(grid.sizes):
        return labels
    return [f"{kind} Dimension {i}" for i in range(len(grid.sizes))]


def reshape_to_n_dims(
    h5_main: Any,
    h5_pos: Any = None,
    h5_spec: Any = None,
    get_labels: bool = False,  # noqa: FBT001, FBT002
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002
    sort_dims: bool = False,  # noqa: FBT001, FBT002
    lazy: bool = False,  # noqa: FBT001, FBT002
) -> list[Any]:
    """Return the N-D form of a main dataset or array.

    Parameters
    ----------
    h5_main : h5py.Dataset, ndarray or dask array of shape (N, P)
        The data.
    h5_pos, h5_spec : h5py.Dataset, ndarray or dask array, optional
        Index matrices of shape (N, dimensions) and (dimensions, P). What is missing comes
        from the links of a main dataset, else it is one running dimension.
    get_labels : bool
        Return the names of the axes too.
    verbose : bool
        Without effect.
    sort_dims : bool
        Put the axes from slowest to fastest, positions first, instead of in file order.
    lazy : bool
        Return a dask array.

    Returns
    -------
    list
        The N-D data, True, and with `get_labels` an array of the names of its axes.

    Raises
    ------
    TypeError
        When an argument is no array or dataset.
    ValueError
        When data and indices do not match, or the indices are no grid.
    """
    data, pos, spec = _data_and_links(h5_main, h5_pos, h5_spec)
    positions = _grid_of(pos, "h5_pos", data.shape[0], is_spec=False)
    steps = _grid_of(spec, "h5_spec", data.shape[1], is_spec=True)
    layout = Layout(positions, steps, sort_dims)
    if is_dataset(data):
        n_dim = lazy_n_dim(data, layout) if lazy else layout.unfold(data[()])
    else:
        n_dim = layout.unfold(_as_lazy(data) if lazy else data)
    if not get_labels:
        return [n_dim, True]
    labels = [
        *_labels_for(pos, positions, "Position"),
        *_labels_for(spec, steps, "Spectral"),
    ]
    return [n_dim, True, np.array([labels[i] for i in layout.order])]


def _as_lazy(data: Any) -> Any:
    import dask.array as da

    return da.asarray(data)


def _data_and_links(h5_main: Any, h5_pos: Any, h5_spec: Any) -> tuple[Any, Any, Any]:
    from dask.array import Array

    if not (is_dataset(h5_main) or isinstance(h5_main, (np.ndarray, Array))):
        msg = (
            f"h5_main should either be a h5py.Dataset or numpy array, not {type(h5_main).__name__}"
        )
        raise TypeError(msg)
    if h5_main.ndim != 2:
        msg = f"h5_main should be 2 dimensional, found shape {h5_main.shape}"
        raise ValueError(msg)
    if is_dataset(h5_main) and is_main(h5_main):
        links = [h5_main.file[h5_main.attrs[f"{kind}_Indices"]] for kind in _KINDS]
        return (
            h5_main,
            links[0] if h5_pos is None else h5_pos,
            links[1] if h5_spec is None else h5_spec,
        )
    if h5_pos is None and h5_spec is None:
        msg = "h5_main should be a Main dataset, or indices of positions or steps be given"
        raise ValueError(msg)
    return h5_main, h5_pos, h5_spec


_KINDS = ("Position", "Spectroscopic")


def reshape_from_n_dims(
    data_n_dim: Any,
    h5_pos: Any = None,
    h5_spec: Any = None,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - released signature
) -> tuple[Any, bool]:
    """Return the 2-D form of N-D data; the inverse of `reshape_to_n_dims`.

    Parameters
    ----------
    data_n_dim : ndarray or dask array
        Position dimensions first, each side in the order of its matrix. Axes of length 1
        may have been squeezed out.
    h5_pos, h5_spec : h5py.Dataset, ndarray or dask array, optional
        Index matrices. The axes of a side whose matrix is missing are taken to run from
        slowest to fastest.
    verbose : bool
        Without effect.

    Returns
    -------
    tuple
        The 2-D data and True; 1-D data come back unchanged.

    Raises
    ------
    TypeError
        When an argument is no array or dataset.
    ValueError
        When neither matrix is given, or data and matrices do not match.
    """
    from dask.array import Array

    if not isinstance(data_n_dim, (np.ndarray, Array)):
        msg = f"data_n_dim is not a numpy or dask array, but {type(data_n_dim).__name__}"
        raise TypeError(msg)
    if h5_pos is None and h5_spec is None:
        msg = "at least one of h5_pos or h5_spec must be specified for an attempt to reshape to 2D"
        raise ValueError(msg)
    if data_n_dim.ndim < 2:
        return data_n_dim, True
    known = {}
    for name, matrix, is_spec in (("h5_pos", h5_pos, False), ("h5_spec", h5_spec, True)):
        if matrix is not None:
            indices = loaded(matrix, name)
            known[name] = Grid.from_indices(indices if is_spec else indices.T)
    positions, steps = _both_grids(data_n_dim.shape, known.get("h5_pos"), known.get("h5_spec"))
    layout = Layout(positions, steps)
    if math.prod(layout.shape) != data_n_dim.size or not _squeezed(layout.shape, data_n_dim.shape):
        msg = (
            f"data of shape {data_n_dim.shape} do not have the dimensions {layout.shape} "
            f"of the indices ({positions.steps} x {steps.steps})"
        )
        raise ValueError(msg)
    return layout.fold(data_n_dim.reshape(layout.shape)), True


def _squeezed(full: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a shape is another one without some or all of its lengths of 1."""
    return [n for n in full if n > 1] == [n for n in shape if n > 1]


def _both_grids(
    shape: tuple[int, ...], positions: Grid | None, steps: Grid | None
) -> tuple[Grid, Grid]:
    if positions is None and steps is not None:
        return _rest(shape, steps, leading=True), steps
    if steps is None and positions is not None:
        return positions, _rest(shape, positions, leading=False)
    return positions, steps  # type: ignore[return-value]


def _rest(shape: tuple[int, ...], known: Grid, *, leading: bool) -> Grid:
    """Return the side of the data that no matrix describes, slowest dimension first."""
    total = math.prod(shape)
    if total % known.steps:
        msg = f"data of shape {shape} cannot hold the {known.steps} combinations of the indices"
        raise ValueError(msg)
    want, product, sizes = total // known.steps, 1, []
    for length in shape if leading else shape[::-1]:
        if product == want:
            break
        product *= length
        sizes.append(length)
    sizes = sizes if leading else sizes[::-1]
    return Grid(tuple(sizes) or (1,), tuple(range(len(sizes) or 1)))
