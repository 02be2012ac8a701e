"""From main datasets to `sidpy.Dataset`.

Each dimension becomes an axis: positions first (spatial), then spectroscopic steps
(spectral), each from slowest to fastest, an image with its rows first.  A placeholder of
size 1 becomes nothing.  A side that is no grid stays one axis: positions of sparse, spiral
or aborted scans make a point cloud; the values of steps that depend on each other are in
`original_metadata`, under the name of the dataset that has them.

========================  =====================================================
in the file               in the Dataset
========================  =====================================================
quantity, units           quantity, units
name of the dataset       title
its attributes and those  `metadata`, the nearest winning
of the groups above
the same by address       `original_metadata`
``metadata-*`` and        `metadata`, `original_metadata` exactly as they were
``original_metadata-*``   (files of `write_sidpy_dataset`)
========================  =====================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sidpy
from sidpy._warnings import warn
from sidpy.base.dict_utils import nest_dict
from sidpy.hdf.attributes import attribute, decode
from sidpy.hdf.links import follow
from sidpy.hdf.objects import last_name
from sidpy.sid import plain

from .blocks import lazy_n_dim
from .exact import EVERYTHING, changed_labels, exact_dataset, record_of_file
from .flaws import LINKS, require_main
from .grid import Grid, Layout
from .sides import Side, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import h5py

__all__ = ["to_sidpy"]

#: Attributes that say how or when, not what.
BOOK_KEEPING = frozenset(
    {
        "machine_id",
        "platform",
        "timestamp",
        "sidpy_version",
        "pyUSID_version",
        "pycroscopy_version",
    }
)

#: Attributes of main datasets by which `write_sidpy_dataset` keeps more than the model has.
KEPT = ("title", "modality", "source", "data_type")

_OWN = frozenset({*LINKS, *KEPT, "quantity", "units", "axis_order", "variance"})


def to_sidpy(h5_main: h5py.Dataset) -> sidpy.Dataset:
    """Return a main dataset as a `sidpy.Dataset`, lazily.

    Parameters
    ----------
    h5_main : h5py.Dataset
        A main dataset, with or without N-D form.

    Returns
    -------
    sidpy.Dataset
        Its numbers stay in the file, which is opened again by path when they are computed;
        those of a file in memory are read through the open dataset.

    Raises
    ------
    NotUSID
        When it is no main dataset.

    Warns
    -----
    UserWarning
        When values vary along more than their own dimension; the whole matrix is then kept
        in `original_metadata`.
    """
    require_main(h5_main)
    record = record_of_file(h5_main)
    if record is None:
        return _of_model(h5_main)
    exact = exact_dataset(h5_main, record, source_of(h5_main))
    changes = changed_labels(h5_main, record)
    if changes:  # another program is right about what it has changed
        shown = _of_model(h5_main)
        if changes is EVERYTHING:
            return shown
        for name in changes:
            setattr(exact, name, getattr(shown, name))
    return exact


def _of_model(h5_main: h5py.Dataset) -> sidpy.Dataset:
    """Return what the model alone says."""
    linked = [h5_main.file[h5_main.attrs[name]] for name in LINKS]
    sides = (
        Side(linked[0], linked[1], is_spectroscopic=False),
        Side(linked[2], linked[3], is_spectroscopic=True),
    )
    grids = [side.grid or Grid.running(len(side.indices[0])) for side in sides]
    layout = Layout(grids[0], grids[1], is_sorted=True)
    array = lazy_n_dim(source_of(h5_main), layout)
    axes = [*_axes(sides[0], "SPATIAL"), *_axes(sides[1], "SPECTRAL")]
    order = _displayed(axes, len(grids[0].sizes), h5_main)
    kept = [i for i in order if axes[i] is not None] or order[:1]
    array = array.transpose(order)[tuple(_pick(i in kept) for i in order)]
    dataset = sidpy.Dataset.from_array(array, title=h5_main.name.rpartition("/")[2])
    names: set[str] = set()
    for number, i in enumerate(kept):
        axis = axes[i]
        dataset.set_dimension(number, _unique(_nothing() if axis is None else axis, names))
    _label(dataset, h5_main, sides)
    return dataset


def _pick(keep: bool) -> Any:  # noqa: FBT001 - one word to read
    return slice(None) if keep else 0


def _nothing() -> sidpy.Dimension:
    return sidpy.Dimension([0.0], name="none")


def source_of(h5_main: h5py.Dataset) -> Any:
    """Return where to read the numbers: the file by its path, or the open dataset."""
    path = Path(h5_main.file.filename)
    if h5_main.file.driver != "core" and path.is_file():
        if h5_main.file.mode != "r":
            h5_main.file.flush()
        return sidpy.H5Array(path, h5_main.name)
    return h5_main


def _axes(side: Side, kind: str) -> list[sidpy.Dimension | None]:
    """Return the axes of one side from slowest to fastest, None for a placeholder."""
    if side.grid is None:
        return [_running(side, kind)]
    if side.is_placeholder:
        return [None]
    quantities, kinds = texts_of(side.h5_inds, "quantities"), texts_of(side.h5_inds, "kinds")
    axes = []
    for i in side.grid.slow_first:
        name = side.labels[i]
        quantity = quantities[i] if len(quantities) > i else name
        own_kind = kinds[i] if len(kinds) > i else kind
        axes.append(_dimension(name, side.units[i], side.unit_values(i), quantity, own_kind))
    return axes


def _dimension(name: str, units: str, values: Any, quantity: str, kind: str) -> sidpy.Dimension:
    return sidpy.Dimension(
        values,
        name.strip() or "none",
        quantity.strip() or "generic",
        units.strip() or "generic",
        kind,
    )


def _running(side: Side, kind: str) -> sidpy.Dimension:
    """Return the one dimension of a side that is no grid."""
    name = "position" if kind == "SPATIAL" else "step"
    kind = "POINT_CLOUD" if kind == "SPATIAL" else kind
    return sidpy.Dimension(np.arange(len(side.indices[0])), name, "index", "generic", kind)


def _displayed(
    axes: list[sidpy.Dimension | None], positions: int, h5_main: h5py.Dataset
) -> list[int]:
    """Return the order of the axes: as it was written, else images with their rows first."""
    order = list(range(len(axes)))
    stored = np.atleast_1d(h5_main.attrs.get("axis_order", []))
    if sorted(stored.tolist()) == order:
        return [int(i) for i in stored]
    names = [axis.name.lower() for axis in axes[:positions] if axis is not None]
    if names == ["x", "y"]:
        order[:2] = [1, 0]
    return order


def _unique(dimension: sidpy.Dimension, taken: set[str]) -> sidpy.Dimension:
    name, number = dimension.name, 2
    while name in taken:
        name, number = f"{dimension.name}_{number}", number + 1
    taken.add(name)
    return dimension if name == dimension.name else dimension.renamed(name)


def _label(dataset: sidpy.Dataset, h5_main: h5py.Dataset, sides: tuple[Side, Side]) -> None:
    dataset.quantity = texts_of(h5_main, "quantity")[0].strip() or "generic"
    dataset.units = texts_of(h5_main, "units")[0].strip() or "generic"
    for name in ("title", "modality", "source"):
        if name in h5_main.attrs:
            setattr(dataset, name, texts_of(h5_main, name)[0])
    dataset.metadata, dataset.original_metadata = metadata_of(h5_main)
    for side in sides:
        name = last_name(side.h5_vals)
        if side.grid is None and side.is_spectroscopic:
            rows = zip(side.descriptors, side.values, strict=True)
            dataset.original_metadata[name] = dict(rows)
        elif side.grid is not None and not side.values_follow_grid():
            warn(
                f"{h5_main.name}: values of {list(side.labels)} are no function of their own step"
            )
            dataset.original_metadata[name] = side.values
    coordinates = _coordinates(sides[0])
    if coordinates is not None:
        dataset.point_cloud = coordinates
    dataset.data_type = _data_type(dataset, h5_main)
    variance = follow(h5_main, h5_main.attrs.get("variance"))
    if variance is not None:
        dataset.variance = plain(to_sidpy(variance))


def _coordinates(side: Side) -> dict[str, Any] | None:
    """Return where the points are, x before y where the labels say so."""
    if side.grid is not None:
        return None
    order = list(range(len(side.labels)))
    if [label.strip().lower() for label in side.labels] == ["y", "x"]:
        order = [1, 0]
    return {
        "coordinates": np.asarray(side.values[order], dtype=float).T,
        "labels": [side.labels[i] for i in order],
        "units": [side.units[i] for i in order],
    }


def _data_type(dataset: sidpy.Dataset, h5_main: h5py.Dataset) -> sidpy.DataType:
    stored = texts_of(h5_main, "data_type")
    if stored and stored[0] in sidpy.DataType.__members__:
        return sidpy.DataType[stored[0]]
    if dataset.point_cloud is not None:
        return sidpy.DataType.POINT_CLOUD
    kinds = [dataset._axes[i].dimension_type.name for i in range(dataset.ndim)]
    shapes = {
        ("SPATIAL", "SPATIAL"): sidpy.DataType.IMAGE,
        ("SPECTRAL",): sidpy.DataType.SPECTRUM,
        ("SPATIAL", "SPATIAL", "SPECTRAL"): sidpy.DataType.SPECTRAL_IMAGE,
    }
    return shapes.get(tuple(kinds), sidpy.DataType.UNKNOWN)


def metadata_of(h5_main: h5py.Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return metadata and original metadata of a main dataset, see the table above."""
    own = dict(_plain_attrs(h5_main))
    written = {key: value for key, value in own.items() if key.partition("-")[0] in _WRITTEN}
    if written:
        nested = nest_dict(written)
        nested = nested[0] if isinstance(nested, tuple) else nested
        return tuple(nested.get(name, {}) for name in _WRITTEN)  # type: ignore[return-value]
    near: dict[str, Any] = {}
    original: dict[str, Any] = {}
    for h5_object in (*_groups_above(h5_main), h5_main):
        attrs = dict(_plain_attrs(h5_object))
        if attrs:
            original[h5_object.name] = attrs
        near |= {k: v for k, v in attrs.items() if k not in BOOK_KEEPING and k not in _OWN}
    return near, original


_WRITTEN = ("metadata", "original_metadata")


def _groups_above(h5_main: h5py.Dataset) -> list[Any]:
    groups, group = [], h5_main.parent
    while True:
        groups.append(group)
        if group.name == "/":
            return groups[::-1]
        group = group.parent


def _plain_attrs(h5_object: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes that are values, and the addresses of those that refer to objects."""
    import h5py

    for name in h5_object.attrs:
        value = attribute(h5_object, name)
        if isinstance(value, h5py.RegionReference) or name in LINKS:
            continue
        if isinstance(value, h5py.Reference):
            target = follow(h5_object, value)
            value = "" if target is None else target.name
        yield name, _plain_value(decode(value))


def _plain_value(value: Any) -> Any:
    """Return numbers of the types of Python as such; others keep their type."""
    is_python = isinstance(value, (np.bool_, np.int64, np.float64, np.complex128))
    return value.item() if is_python else value
