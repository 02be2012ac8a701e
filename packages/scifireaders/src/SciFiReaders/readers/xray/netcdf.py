"""netCDF (``.nc``, ``.cdf``): classic files and those of version 4, which are HDF5.

A variable named like a dimension holds the places along it; the others are data.  The
attributes of the climate and forecast conventions hold for both kinds: `units`,
`long_name`, `scale_factor`, `add_offset`, `_FillValue` and `missing_value`.  Dimensions
are in the order of the file.

The layout of classic files is in `netcdf_classic`; those of version 4 are read by h5py,
their dimensions are HDF5 dimension scales.

Source: Unidata, "NetCDF Classic Format Specification" and "NetCDF-4 Format"; "CF metadata
conventions", cfconventions.org.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import attributes, member, opened
from SciFiReaders.labelled import LENGTHS, Axis, dataset, lazy
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, UnsupportedFile
from sidpy.hdf.attributes import attribute_or

from .netcdf_classic import FORMAT, Variable, parse_classic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["read_netcdf4", "read_netcdf_classic"]

_MOST_PLACES: Final = 1 << 24
#: Attributes by which HDF5 keeps dimensions, no word of the writer.
_INTERNAL: Final = frozenset(
    {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME", "_Netcdf4Dimid", "_NCProperties",
     "_Netcdf4Coordinates", "_nc3_strict"}
)  # fmt: skip
_NO_VARIABLE: Final = "This is a netCDF dimension but not a netCDF variable"
_MOST_VARIABLES: Final = 10000


def read_netcdf_classic(path: str | PathLike[str]) -> list[Dataset]:
    """Read the variables of a classic file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per variable of numbers with dimensions; lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_classic`.
    UnsupportedFile
        When it holds no variable of numbers.
    """
    classic = parse_classic(path)
    return _datasets(path, classic.variables, classic.attributes)


def read_netcdf4(path: str | PathLike[str]) -> list[Dataset]:
    """Read the variables of a file of version 4, in all of its groups.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per variable of numbers with dimensions; lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no HDF5 file.
    CorruptFile
        When it is damaged.
    UnsupportedFile
        When it holds no variable of numbers.
    """
    with opened(path, FORMAT) as file:
        variables = list(_variables(file))
        words = {k: v for k, v in attributes(file).items() if k not in _INTERNAL}
    return _datasets(path, variables, words)


def _variables(file: h5py.File) -> Iterator[Variable]:
    import h5py

    from sidpy import H5Array

    waiting, seen = [file], 0
    while waiting and seen < _MOST_VARIABLES:
        group = waiting.pop(0)
        for name in group:
            item = member(group, name)
            seen += 1
            if isinstance(item, h5py.Group):
                waiting.append(item)
            elif isinstance(item, h5py.Dataset) and item.shape is not None:
                words = attributes(item)
                if str(words.get("NAME", "")).startswith(_NO_VARIABLE):
                    continue
                own = {key: _one(words[key]) for key in words if key not in _INTERNAL}
                yield Variable(item.name[1:], tuple(_names(item)), own, H5Array.of(item))


def _one(value: Any) -> Any:
    """Return what is in a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _names(item: h5py.Dataset) -> Iterator[str]:
    """Yield the names of the dimensions of a variable."""
    for i in range(item.ndim):
        scales = item.dims[i]
        if len(scales):
            yield scales[0].name[1:]
        elif item.ndim == 1 and attribute_or(item, "CLASS") == "DIMENSION_SCALE":
            yield item.name[1:]
        else:
            yield f"{item.name[1:]}_{i}"


# --- label ------------------------------------------------------------------------------


def _datasets(
    path: str | PathLike[str], variables: list[Variable], words: dict[str, Any]
) -> list[Dataset]:
    known = {one.name: one for one in variables}
    data = [
        one
        for one in variables
        if one.dimensions
        and one.source.dtype.kind in "iuf"
        and not (len(one.dimensions) == 1 and one.dimensions[0] == one.name)
        and 0 not in one.source.shape
    ]
    if not data:
        if not variables:
            msg = "it holds no variable"
            raise CorruptFile(msg, path=path, format=FORMAT)
        msg = f"it holds no variable of numbers, only {sorted(known)[:8]}"
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    return [_dataset(path, one, known, words) for one in data]


def _dataset(
    path: str | PathLike[str], one: Variable, known: dict[str, Variable], words: dict[str, Any]
) -> Dataset:
    taken: set[str] = set()
    axes = []
    for name, size in zip(one.dimensions, one.source.shape, strict=True):
        axis = _axis(path, name, size, known.get(name))
        label = axis.name if axis.name not in taken else f"{axis.name}_{len(taken)}"
        taken.add(label)
        axes.append(Axis(label, axis.values, axis.units, axis.quantity, axis.kind))
    spatial = [axis.kind == "SPATIAL" for axis in axes]
    kind = "UNKNOWN"
    if len(axes) == 1:
        kind = "SPECTRUM" if axes[0].kind == "SPECTRAL" else "LINE_PLOT"
    elif len(axes) == 2 and all(spatial):
        kind = "IMAGE"
    return dataset(
        _calibrated(lazy(one.source), one.attributes),
        tuple(axes),
        title=one.name,
        data_type=kind,
        units=str(one.attributes.get("units") or ""),
        quantity=str(one.attributes.get("long_name") or one.name),
        source="SciFiReaders.netcdf",
        original_metadata={**words, "variable": one.attributes},
    )


def _axis(path: str | PathLike[str], name: str, size: int, places: Variable | None) -> Axis:
    short = "_".join(re.findall(r"\w+", name.rpartition("/")[2])) or "d"
    short = short if short.isidentifier() else f"d_{short}"
    sound = (
        places is not None
        and places.source.shape == (size,)
        and places.source.dtype.kind in "iuf"
        and size <= _MOST_PLACES
    )
    if not sound or places is None:
        kind = "SPATIAL" if short in ("x", "y", "z") else "UNKNOWN"
        return Axis(short, np.arange(size), "", short, kind)
    words = places.attributes
    values = _scaled(np.asarray(places.source[...], "f8"), words)
    if not np.isfinite(values).all():
        msg = f"the places along {name!r} are not all numbers"
        raise CorruptFile(msg, path=path, format=FORMAT)
    units = str(words.get("units") or "")
    quantity = str(words.get("long_name") or words.get("standard_name") or short)
    if units in LENGTHS:
        return Axis(short, values, units, quantity, "SPATIAL")
    axis = Axis.swept(short, values, units, "")
    kind = axis.kind if axis.name != short else "UNKNOWN"
    return Axis(short, values, units, quantity, kind)


def _scaled(values: Any, words: dict[str, Any]) -> Any:
    factor, offset = number(words.get("scale_factor")), number(words.get("add_offset"))
    if factor is not None:
        values = values * factor
    return values if offset is None else values + offset


def _calibrated(array: Any, words: dict[str, Any]) -> Any:
    """Return values in their units, NaN where there are none; as stored without need."""
    import dask.array as da

    fills = [number(words.get(key)) for key in ("_FillValue", "missing_value")]
    fills = [fill for fill in fills if fill is not None]
    packed = any(number(words.get(key)) is not None for key in ("scale_factor", "add_offset"))
    if not fills and not packed:
        return array
    wide = "f8" if packed or (array.dtype.itemsize > 2 and array.dtype != np.float32) else "f4"
    values = _scaled(array.astype(wide), words)
    for fill in fills:
        values = da.where(array.astype("f8") == fill, np.nan, values)
    return values
