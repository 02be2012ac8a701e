"""Main datasets made of others: parts and reductions, with ancillaries that stay true.

The dimensions that are left keep their order on disk, whichever it is, so that rows and
columns go on meaning what they meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.string_utils import clean_string_att, validate_list_of_strings
from sidpy.hdf.objects import last_name

from .ancillary import undone_on_error, write_pair, write_reduced_anc_dsets
from .blocks import lazy_n_dim, read_block
from .grid import Grid, Layout, ranks
from .results import create_results_group
from .sides import texts_of
from .writing import write_main_dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import h5py
    import numpy.typing as npt

    from .sides import Side
    from .usi_data import USIDataset

__all__ = ["reduce", "slice_to_dataset"]


def slice_to_dataset(
    h5_main: USIDataset, slice_dict: dict[str, Any], dset_name: str | None = None, **options: Any
) -> USIDataset:
    """Write part of a main dataset as a main dataset, see `USIDataset.slice_to_dataset`."""
    if not slice_dict:
        msg = "slice_dict should name one dimension or more"
        raise ValueError(msg)
    chosen = h5_main._get_pos_spec_slices(slice_dict)
    group = create_results_group(h5_main, "slice")
    with undone_on_error(group.parent) as created:
        created.append(last_name(group))
        pairs = [
            _taken(group, side, steps) for side, steps in zip(h5_main._sides, chosen, strict=True)
        ]
        data = read_block(h5_main, *chosen)
        return _written(group, h5_main, data, pairs, dset_name, options)


def _taken(
    group: h5py.Group, side: Side, steps: npt.NDArray[np.intp]
) -> tuple[h5py.Dataset, h5py.Dataset]:
    """Return the pair that explains chosen steps of a side, written where it is a new one."""
    if steps.size == side.indices.shape[1]:
        return side.h5_inds, side.h5_vals
    indices, values = side.indices[:, steps], side.values[:, steps]
    kept = [i for i, row in enumerate(indices) if np.any(row != row[0])]
    labels, units = [side.labels[i] for i in kept], [side.units[i] for i in kept]
    modes = [side.modes()[i].value for i in kept]
    if kept:
        indices = np.array([ranks(indices[i]) for i in kept])
        values = values[kept]
    else:
        labels, units, modes = ["arb."], ["a. u."], [0]
        indices, values = np.zeros((1, 1)), np.ones((1, 1))
    matrices = [indices.astype(side.h5_inds.dtype), values.astype(side.h5_vals.dtype)]
    if not side.is_spectroscopic:
        matrices = [matrix.T for matrix in matrices]
    kind = "Spectroscopic" if side.is_spectroscopic else "Position"
    attrs = {
        "labels": clean_string_att(labels),
        "units": clean_string_att(units),
        "type": np.array(modes, dtype=np.int64),
    }
    return write_pair(group, (f"{kind}_Indices", f"{kind}_Values"), matrices, attrs)


def _written(
    group: h5py.Group,
    h5_main: USIDataset,
    data: Any,
    pairs: Sequence[tuple[h5py.Dataset, h5py.Dataset]],
    name: str | None,
    options: dict[str, Any],
) -> USIDataset:
    return write_main_dataset(
        group, data, last_name(h5_main) if name is None else name,
        texts_of(h5_main, "quantity")[0], texts_of(h5_main, "units")[0], None, None,
        h5_pos_inds=pairs[0][0], h5_pos_vals=pairs[0][1],
        h5_spec_inds=pairs[1][0], h5_spec_vals=pairs[1][1], **options,
    )  # fmt: skip


def reduce(
    h5_main: USIDataset,
    dims: str | Sequence[str],
    ufunc: Callable[..., Any],
    *,
    to_hdf5: bool = False,
    dset_name: str | None = None,
) -> tuple[Any, USIDataset | None]:
    """Reduce a main dataset along dimensions, see `USIDataset.reduce`."""
    names = validate_list_of_strings(dims, "dims")
    for name in names:
        if name not in h5_main.n_dim_labels:
            msg = f"Cannot reduce along {name}.  Valid dimensions are {h5_main.n_dim_labels}."
            raise KeyError(msg)
    axes = tuple(i for i, label in enumerate(h5_main.n_dim_labels) if label in names)
    reduced = ufunc(h5_main.get_n_dim_form(lazy=True), axis=axes)
    if not to_hdf5:
        return reduced, None
    group = create_results_group(h5_main, "Reduce")
    with undone_on_error(group.parent) as created:
        created.append(last_name(group))
        pairs = [_reduced(group, side, names) for side in h5_main._sides]
        grids = [_grid(pair, side) for pair, side in zip(pairs, h5_main._sides, strict=True)]
        # in file order, whatever order the caller sees
        whole = lazy_n_dim(h5_main, Layout(*[side.require_grid() for side in h5_main._sides]))
        labels = [label for side in h5_main._sides for label in side.labels]
        gone = tuple(i for i, label in enumerate(labels) if label in names)
        layout = Layout(*grids)
        flat = layout.fold(ufunc(whole, axis=gone).reshape(layout.shape))
        return reduced, _written(group, h5_main, flat, pairs, dset_name, {})


def _reduced(
    group: h5py.Group, side: Side, names: Sequence[str]
) -> tuple[h5py.Dataset, h5py.Dataset]:
    """Return the pair that explains a side without some dimensions."""
    gone = [label for label in side.labels if label in names]
    if not gone:
        return side.h5_inds, side.h5_vals
    kind = "Spectroscopic" if side.is_spectroscopic else "Position"
    return write_reduced_anc_dsets(
        group, side.h5_inds, side.h5_vals, gone, basename=kind, is_spec=side.is_spectroscopic
    )


def _grid(pair: tuple[h5py.Dataset, h5py.Dataset], side: Side) -> Grid:
    matrix = pair[0][()]
    return Grid.from_indices(matrix if side.is_spectroscopic else matrix.T)
