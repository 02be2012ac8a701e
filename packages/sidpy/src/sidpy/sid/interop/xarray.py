"""Datasets and `xarray.DataArray`.

========================  ====================================================================
of a dataset              in the DataArray
========================  ====================================================================
title                     ``name``
dimensions                ``dims``, and a coordinate of each with ``units``, ``quantity``,
                          ``long_name`` and ``dimension_type``; names that clash get a number
units, quantity,          attributes of these names, the quantity also as ``long_name``;
data type, modality,      "generic" and UNKNOWN are left out
source
metadata, structures,     attributes of these names; in a portable DataArray the text
provenance, ...           ``sidpy_record``
variance                  the coordinate ``variance``, which has all dimensions
========================  ====================================================================

The attribute ``sidpy_version`` tells a DataArray of ours.  In one of others, attributes
that are not of CF (https://cfconventions.org) become metadata, and so do coordinates that a
`Dimension` cannot be: text, several along one dimension, with several dimensions, scalars.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.__version__ import version
from sidpy.base.naming import free_name
from sidpy.errors import LabelTypeError, LabelValueError
from sidpy.sid._dask import Array, as_lazy, plain
from sidpy.sid.agreement import counting, distinct
from sidpy.sid.guesses import data_type_of, dimension_type_of
from sidpy.sid.kinds import DataType, DimensionType
from sidpy.sid.labels import Labels, copy_tree
from sidpy.sid.provenance import Provenance, Step

from .exact import from_text, to_text
from .required import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sidpy.sid.dimension import Dimension

__all__ = ["from_xarray", "to_xarray"]

#: Labels that are text, and what stands for one that nobody gave.
_TEXTS: Final = ("units", "quantity", "modality", "source")
_DEFAULT: Final = "generic"
#: Labels that are dictionaries.
_TREES: Final = ("metadata", "original_metadata", "structures", "point_cloud", "extras")
_MARK: Final = "sidpy_version"
_RECORD: Final = "sidpy_record"
_VARIANCE: Final = "variance"
#: Attributes of others that say what a dimension or a dataset says.
_CF_TEXTS: Final = ("units", "quantity", "long_name", "standard_name", "modality", "source",
                    "title", "data_type")  # fmt: skip
_CF_AXES: Final = {
    "X": DimensionType.SPATIAL, "Y": DimensionType.SPATIAL, "Z": DimensionType.SPATIAL,
    "T": DimensionType.TEMPORAL,
}  # fmt: skip


def to_xarray(dataset: Any, *, portable: bool = False) -> Any:
    """Return a dataset as a DataArray; see `Dataset.to_xarray`."""
    xarray = require("xarray", "to_xarray")
    labels = dataset.labels_record
    names = _distinct_names([dim.name for dim in labels.dimensions], portable=portable)
    coordinates: dict[str, Any] = {
        name: (name, dim.values, _axis_attributes(dim, name))
        for name, dim in zip(names, labels.dimensions, strict=True)
    }
    if labels.variance is not None:
        where = free_name(_VARIANCE, names)
        coordinates[where] = (tuple(names), labels.variance, {"sidpy_role": _VARIANCE})
    return xarray.DataArray(
        plain(dataset),
        dims=names,
        coords=coordinates,
        name=_legal(labels.title) if portable else labels.title,
        attrs=_attributes(labels, portable=portable),
    )


def _distinct_names(names: list[str], *, portable: bool) -> list[str]:
    result: list[str] = []
    for name in map(_legal, names) if portable else names:
        result.append(free_name(name, result))
    return result


def _legal(name: str) -> str:
    """Return a name that netCDF takes."""
    return re.sub(r"[^\w.+-]|^[^\w]", "_", name).rstrip() or "_"


def _axis_attributes(dimension: Dimension, name: str) -> dict[str, Any]:
    found = {key: getattr(dimension, key) for key in ("units", "quantity")}
    attributes = {key: text for key, text in found.items() if text != _DEFAULT}
    if "quantity" in attributes:
        attributes["long_name"] = dimension.quantity
    if dimension.dimension_type is not DimensionType.UNKNOWN:
        attributes["dimension_type"] = dimension.dimension_type.name
    if name != dimension.name:
        attributes["name"] = dimension.name
    return attributes


def _attributes(labels: Labels, *, portable: bool) -> dict[str, Any]:
    attributes: dict[str, Any] = {_MARK: version}
    for key in _TEXTS:
        if getattr(labels, key) != _DEFAULT:
            attributes[key] = getattr(labels, key)
    if "quantity" in attributes:
        attributes["long_name"] = labels.quantity
    if labels.data_type is not DataType.UNKNOWN:
        attributes["data_type"] = labels.data_type.name
    trees = {key: copy_tree(getattr(labels, key)) for key in _TREES if getattr(labels, key)}
    history = labels.provenance
    trees["provenance"] = {"rows": history.rows(), "stored": dict(history.stored)}
    if portable:
        trees["title"] = labels.title
        return {**attributes, _RECORD: to_text(trees)}
    return attributes | trees


# ---------------------------------------------------------------- the way back


def from_xarray(data: Any, kind: Any = None) -> Any:
    """Make a dataset of a DataArray, or of each variable of an `xarray.Dataset`.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset
        Lazy ones stay lazy, files that were opened by xarray stay closed until the
        numbers are computed.
    kind : type of Dataset, optional
        The class of the result.

    Returns
    -------
    Dataset or dict of str to Dataset
        A dictionary for an `xarray.Dataset` of several variables.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        For an `xarray.Dataset` without variables.
    MissingDependency
        When xarray is not installed.

    Notes
    -----
    A coordinate that is a number along its dimension becomes that; dates become seconds
    since the first.  Everything else of the coordinates is kept in
    ``metadata["coordinates"]``.
    """
    xarray = require("xarray", "from_xarray")
    if isinstance(data, xarray.DataArray):
        return _dataset_of(data, kind)
    if not isinstance(data, xarray.Dataset):
        found = f"{type(data).__module__}.{type(data).__qualname__}"
        msg = f"from_xarray takes an xarray.DataArray or xarray.Dataset, found {found}"
        raise LabelTypeError(msg)
    if not data.data_vars:
        msg = f"the xarray.Dataset has no variables, only the coordinates {list(data.coords)}"
        raise LabelValueError(msg)
    result = {str(name): _dataset_of(array, kind) for name, array in data.data_vars.items()}
    return result if len(result) > 1 else next(iter(result.values()))


def _dataset_of(data: Any, kind: Any) -> Any:
    from sidpy.sid.dataset import Dataset

    numbers, units = _numbers(data)
    array = as_lazy(numbers)
    ours = _MARK in data.attrs
    known = _known(data.attrs) if ours else {}
    variance = _variance_name(data)
    dimensions, rest = _dimensions(data, variance, ours=ours)
    labels = _own_labels(data, known) if ours else _foreign_labels(data, units, dimensions)
    metadata = {**labels.metadata, **({"coordinates": rest} if rest else {})}
    labels = labels.but(
        dimensions=dimensions,
        metadata=metadata,
        provenance=_history(known, array),
        variance=None if variance is None else as_lazy(_numbers(data.coords[variance])[0]),
    )
    return (kind or Dataset).from_labels(array, labels)


def _numbers(data: Any) -> tuple[Any, str]:
    """Return what holds the numbers, without loading what is in a file, and its units."""
    in_file = data.chunks is None and not getattr(data.variable, "_in_memory", True)
    numbers = (data.chunk() if in_file else data).data
    units = getattr(numbers, "units", "")
    return (numbers.magnitude, f"{units:~C}") if hasattr(numbers, "magnitude") else (numbers, "")


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dictionaries of a DataArray of ours, in whichever form it has them."""
    if _RECORD in attributes:
        found: dict[str, Any] = from_text(str(attributes[_RECORD]))
        return found
    return {k: copy_tree(attributes[k]) for k in (*_TREES, "provenance") if k in attributes}


def _history(known: Mapping[str, Any], array: Array) -> Provenance:
    stored = known.get("provenance", {})
    before = Provenance.from_rows(stored.get("rows", ()), stored.get("stored"))
    parents = () if before.last is None else (before.last,)
    return before.then(Step("from_xarray", output=array.name, parents=parents))


def _own_labels(data: Any, known: Mapping[str, Any]) -> Labels:
    texts: dict[str, Any] = {key: str(data.attrs.get(key, _DEFAULT)) for key in _TEXTS}
    title = _DEFAULT if data.name is None else str(data.name)
    exact = known.get("title", title)
    trees = {key: known[key] for key in _TREES if key in known}
    kinds = DataType.__members__
    return Labels(
        title=exact if _legal(exact) == title else title,
        data_type=kinds.get(str(data.attrs.get("data_type")), DataType.UNKNOWN),
        **texts,
        **trees,
    )


def _foreign_labels(data: Any, units: str, dimensions: tuple[Dimension, ...]) -> Labels:
    attributes = {key: value for key, value in data.attrs.items() if value is not None}
    title = data.name if data.name is not None else attributes.get("title", _DEFAULT)
    return Labels(
        title=str(title),
        units=units or _text(attributes, "units"),
        quantity=_text(attributes, "quantity", "long_name", "standard_name"),
        modality=_text(attributes, "modality"),
        source=_text(attributes, "source"),
        data_type=_stated(attributes, dimensions),
        metadata={
            key: copy_tree(value) for key, value in attributes.items() if key not in _CF_TEXTS
        },
        original_metadata=copy_tree(attributes),
    )


def _stated(attributes: Mapping[str, Any], dimensions: tuple[Dimension, ...]) -> DataType:
    word = str(attributes.get("data_type", "")).strip().upper()
    return DataType.__members__.get(word) or data_type_of(dimensions)


def _text(attributes: Mapping[str, Any], *names: str) -> str:
    """Return the first of some attributes that says something."""
    texts = (str(attributes[name]).strip() for name in names if name in attributes)
    return next((text for text in texts if text), _DEFAULT)


# ---------------------------------------------------------------- coordinates


def _variance_name(data: Any) -> Any:
    """Return the name of the coordinate that is the variance, None when there is none."""
    marked = [n for n, c in data.coords.items() if c.attrs.get("sidpy_role") == _VARIANCE]
    if not marked and _VARIANCE in data.coords and _VARIANCE not in data.dims:
        marked = [_VARIANCE]
    return next((name for name in marked if data.coords[name].dims == data.dims), None)


def _dimensions(
    data: Any, variance: Any, *, ours: bool
) -> tuple[tuple[Dimension, ...], dict[str, Any]]:
    """Return the dimensions, and the coordinates that are none of them."""
    rest = {name: coord for name, coord in data.coords.items() if name != variance}
    result = []
    for dim, length in zip(data.dims, data.shape, strict=True):
        coord = rest.get(dim)
        dimension = counting(length, _name(dim, coord, ours=ours))
        if coord is None:
            result.append(dimension)
            continue
        values, exact = _axis_values(coord)
        if values is not None:
            dimension = dimension.with_values(values)
        result.append(_described(dimension, coord, ours=ours))
        if exact:
            del rest[dim]
    return distinct(result), {str(name): _as_metadata(coord) for name, coord in rest.items()}


def _name(dim: Any, coord: Any, *, ours: bool) -> str:
    exact = coord.attrs.get("name") if ours and coord is not None else None
    return str(dim if exact is None else exact).strip() or "none"


def _axis_values(coord: Any) -> tuple[Any, bool]:
    """Return the values of a dimension, None for no numbers, and whether they are exact."""
    values = coord.values
    if values.ndim == 1 and values.dtype.kind in "mM":
        since = values[:1] if values.dtype.kind == "M" else np.zeros(1, values.dtype)
        seconds = (values - since) / np.timedelta64(1, "s") if values.size else np.zeros(0)
        return seconds, values.dtype.kind == "m"
    if values.ndim != 1 or values.dtype.kind not in "biuf":
        return None, False
    numbers = values.astype(np.float64)
    exact = values.dtype.kind in "bf" or np.array_equal(numbers.astype(values.dtype), values)
    return numbers, bool(exact)


def _described(dimension: Dimension, coord: Any, *, ours: bool) -> Dimension:
    attributes = coord.attrs
    dates = coord.dtype.kind in "mM"
    dimension.units = "s" if dates else _text(attributes, "units")
    dimension.quantity = _text(attributes, "quantity", "long_name", "standard_name")
    if dates and dimension.quantity == _DEFAULT:
        dimension.quantity = "Time"
    word = str(attributes.get("dimension_type", "")).strip().upper()
    guess = DimensionType.UNKNOWN
    if not ours:
        guess = dimension_type_of(dimension.units)
        guess = _CF_AXES.get(str(attributes.get("axis")), guess)
    dimension.dimension_type = DimensionType.__members__.get(word, guess)
    return dimension


def _as_metadata(coord: Any) -> dict[str, Any]:
    """Return a coordinate as plain values: dimensions, values, attributes."""
    numbers = _numbers(coord)[0]
    values = numbers if isinstance(numbers, Array) else np.array(coord.values)
    return {
        "dimensions": [str(dim) for dim in coord.dims],
        "values": values,
        **({"attributes": copy_tree(dict(coord.attrs))} if coord.attrs else {}),
    }
