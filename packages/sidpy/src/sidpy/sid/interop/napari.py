"""Datasets as layers of napari: the tuples (data, arguments, layer type) of its plugins."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.units import conversion_factor
from sidpy.errors import LabelValueError
from sidpy.sid._dask import Array, plain
from sidpy.sid.kinds import DataType, DimensionType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sidpy.sid.dimension import Dimension
    from sidpy.sid.labels import Labels

__all__ = ["to_napari"]

logger = logging.getLogger(__name__)

Layer = tuple[Any, dict[str, Any], str]

_IMAGE: Final = (DimensionType.SPATIAL, DimensionType.RECIPROCAL)
#: Units that napari, which asks pint, takes as they are.
_PIXEL: Final = "pixel"


def to_napari(dataset: Any, options: Mapping[str, Any]) -> list[Layer]:
    """Return the layers of a dataset; see `Dataset.to_napari`."""
    labels = dataset.labels_record
    array = plain(dataset)
    if array.dtype.kind not in "biufc" or not array.size:
        msg = f"napari shows numbers, found {array.dtype} of shape {array.shape}"
        raise LabelValueError(msg)
    if labels.data_type is DataType.POINT_CLOUD and labels.point_cloud:
        return [_point_cloud(array, labels), *_structures(labels)]
    rgb = _is_rgb(array, labels)
    order = _order(labels, rgb=rgb)
    arguments = _arguments(labels, order[: len(order) - rgb], rgb=rgb)
    shown = _rising(array.transpose(order), labels, order)
    if array.ndim - rgb < 2:  # a spectrum is an image of one row
        shown = shown.reshape((1,) * (2 - array.ndim) + shown.shape)
        arguments = _with_row(arguments, 2 - array.ndim)
    layers = _images(shown, arguments, labels)
    return [
        *((data, {**one, **options}, kind) for data, one, kind in layers),
        *_structures(labels, arguments),
    ]


def _is_rgb(array: Array, labels: Labels) -> bool:
    """Whether the last axis holds colours: 3 or 4 channels of bytes or of 0 to 1."""
    return bool(
        array.ndim >= 3
        and array.shape[-1] in (3, 4)
        and labels.dimensions[-1].dimension_type is DimensionType.CHANNEL
        and (array.dtype == np.uint8 or array.dtype.kind == "f")
    )


def _order(labels: Labels, *, rgb: bool) -> list[int]:
    """Return the axes with those of the image last; napari shows the last two."""
    axes = list(range(len(labels.dimensions) - rgb))
    kinds = [labels.dimensions[axis].dimension_type for axis in axes]
    image = [axis for axis in axes if kinds[axis] in _IMAGE]
    if len(image) < 2 or labels.data_type is DataType.IMAGE_4D:
        image = axes[-2:]
    image = image[-2:]
    channel = [len(axes)] if rgb else []
    return [axis for axis in axes if axis not in image] + image + channel


def _arguments(labels: Labels, order: Sequence[int], *, rgb: bool) -> dict[str, Any]:
    dimensions = [labels.dimensions[axis] for axis in order]
    arguments: dict[str, Any] = {
        "name": labels.title,
        "scale": [_step(dimension) for dimension in dimensions],
        "translate": [float(np.min(np.nan_to_num(dimension.values))) for dimension in dimensions],
        "units": [_units(dimension) for dimension in dimensions],
        "axis_labels": [dimension.name for dimension in dimensions],
        "metadata": _metadata(labels),
    }
    return {**arguments, "rgb": True} if rgb else {**arguments, "colormap": "gray"}


def _step(dimension: Dimension) -> float:
    """Return the mean step, never 0: napari divides by it."""
    if dimension.size < 2:
        return 1.0
    if not dimension.is_linear:
        logger.info("%r is not linear; napari shows it with its mean step", dimension.name)
    values = dimension.values
    step = abs(float(values[-1] - values[0])) / (values.size - 1)
    return step if np.isfinite(step) and step > 0 else 1.0


def _units(dimension: Dimension) -> str:
    known = dimension.units.strip() and conversion_factor(dimension.units, dimension.units)
    for target in ("m", "1/m", "eV", "s", "V", "Hz", "rad"):
        if known and conversion_factor(dimension.units, target) is not None:
            return dimension.units
    return _PIXEL


def _metadata(labels: Labels) -> dict[str, Any]:
    return {
        "quantity": labels.quantity,
        "units": labels.units,
        "data_type": labels.data_type.name,
        "modality": labels.modality,
        "source": labels.source,
        "metadata": dict(labels.metadata),
        "original_metadata": dict(labels.original_metadata),
    }


def _rising(array: Array, labels: Labels, order: Sequence[int]) -> Array:
    """Turn round axes whose values fall: the scale of a layer is positive."""
    for place, axis in enumerate(order):
        values = labels.dimensions[axis]
        if values.size > 1 and values[-1] < values[0]:
            array = np.flip(array, place)
    return array


def _with_row(arguments: dict[str, Any], rows: int) -> dict[str, Any]:
    return {
        **arguments,
        "scale": [1.0] * rows + arguments["scale"],
        "translate": [0.0] * rows + arguments["translate"],
        "units": [_PIXEL] * rows + arguments["units"],
        "axis_labels": ["row", "column"][:rows] + arguments["axis_labels"],
    }


def _images(array: Array, arguments: dict[str, Any], labels: Labels) -> list[Layer]:
    if array.dtype.kind != "c":
        return [(array, arguments, "image")]
    phase = {**arguments, "name": f"{labels.title} (phase)", "colormap": "hsv", "visible": False}
    amplitude = {**arguments, "name": f"{labels.title} (amplitude)"}
    return [(abs(array), amplitude, "image"), (np.angle(array), phase, "image")]


# ---------------------------------------------------------------- points


def _point_cloud(array: Array, labels: Labels) -> Layer:
    """Return the points, rows before columns, each with its value or its mean."""
    cloud = labels.point_cloud or {}
    places = np.asarray(cloud["coordinates"], dtype=float)[:, :2][:, ::-1]
    kinds = [dimension.dimension_type for dimension in labels.dimensions]
    points = DimensionType.POINT_CLOUD
    first = kinds.index(points) if points in kinds else 0
    others = tuple(axis for axis in range(array.ndim) if axis != first)
    values = abs(array) if array.dtype.kind == "c" else array
    features = {"value": np.asarray(values.mean(axis=others) if others else values)}
    return (
        places,
        {
            "name": labels.title,
            "features": features,
            "face_color": "value",
            "size": _spacing(places),
            "metadata": _metadata(labels),
        },
        "points",
    )


def _spacing(places: np.ndarray[Any, Any]) -> float:
    """Return about half the distance of neighbours on the same area."""
    if len(places) < 2:
        return 1.0
    extent = float(np.ptp(places, axis=0).max())
    return extent / (2 * np.sqrt(len(places))) or 1.0


def _structures(labels: Labels, arguments: Mapping[str, Any] | None = None) -> list[Layer]:
    """Return the atoms of each crystal structure, rows before columns, in the image's units."""
    layers: list[Layer] = []
    units = (arguments or {}).get("units", [])[-2:]
    factor = conversion_factor("angstrom", units[-1]) if units else None
    for title, atoms in labels.structures.items():
        if not hasattr(atoms, "positions"):
            continue
        places = np.asarray(atoms.positions, dtype=float)[:, 1::-1] * (factor or 1.0)
        words: dict[str, Any] = {
            "name": title,
            "features": {"symbol": np.array(atoms.get_chemical_symbols())},
            "size": _spacing(places),
            "face_color": "symbol",
        }
        if factor:
            words["units"] = list(units)
        layers.append((places, words, "points"))
    return layers
