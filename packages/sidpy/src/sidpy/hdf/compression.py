"""With which filters a dataset is created: compression, checksums, and what they need.

By default numbers are shuffled and deflated at the level of speed.  Every HDF5 library can
read that, and it is packed by all cores (see `sidpy.base.packed`).
"""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import LabelTypeError, LabelValueError, MissingDependency

from .chunking import chosen_chunks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from sidpy.sid.kinds import DimensionType

__all__ = ["COMPRESSIONS", "STANDARD", "creation_options"]

#: The word for the setting that is chosen here.
STANDARD: Final = "standard"
_LEVEL: Final = 1
#: Datasets of fewer bytes lie as they are by default: a chunk and its index take more.
_SMALL: Final = 2**14

#: Options of h5py that need chunks.
_NEED_CHUNKS: Final = ("compression", "shuffle", "fletcher32", "scaleoffset", "maxshape")
#: What h5py settles from our own arguments.
_OURS: Final = ("dtype", "shape", "data", "name", "checksum")

#: Filters of HDF5 itself, and whether bytes should be shuffled before.
_BUILT_IN: Final = {"gzip": True, "lzf": True, "szip": False}
#: Filters of hdf5plugin: their class, the option that a number stands for, and whether bytes
#: should be shuffled before; the others shuffle by themselves.
_PLUGINS: Final = {
    "bitshuffle": ("Bitshuffle", "", False),
    "blosc": ("Blosc", "clevel", False),
    "blosc2": ("Blosc2", "clevel", False),
    "bzip2": ("BZip2", "blocksize", True),
    "lz4": ("LZ4", "nbytes", True),
    "zstd": ("Zstd", "clevel", True),
}

#: The names that ``compression=`` may have.
COMPRESSIONS: Final = (STANDARD, *_BUILT_IN, *_PLUGINS)


def creation_options(
    options: Mapping[str, Any],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    kinds: Sequence[DimensionType],
    names: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the options for h5py to create the dataset with.

    Parameters
    ----------
    options : dict
        What the caller asked for: options of `h5py.Group.create_dataset`, of which
        ``dtype``, ``shape`` and ``data`` are not theirs to choose, with these additions.
        ``compression`` may be ``"standard"`` or a name of `COMPRESSIONS`; with a filter of
        hdf5plugin ``compression_opts`` is its level, or a dictionary of its arguments.
        ``checksum=True`` is ``fletcher32=True``.  ``chunks`` may be a dictionary by
        dimension, see `chosen_chunks`.
    shape : tuple of int
        Shape of the dataset.
    dtype : numpy.dtype
        Type of a value in the file.
    kinds : sequence of DimensionType
        What varies along each axis.
    names : sequence of str, optional
        Names of the dimensions.

    Raises
    ------
    ValueError
        When there is no compression of that name, or its options do not fit.
    MissingDependency
        For a compression that needs hdf5plugin, when that is not installed.
    """
    chosen = {key: value for key, value in options.items() if key not in _OURS}
    if options.get("checksum"):
        chosen["fletcher32"] = True
    if isinstance(chosen.get("compression"), str):
        chosen |= _filter(chosen["compression"], chosen, math.prod(shape) * dtype.itemsize)
    if not shape or 0 in shape:
        return {
            key: value
            for key, value in chosen.items()
            if key not in (*_NEED_CHUNKS, "chunks", "compression_opts")
        }
    wanted = chosen.pop("chunks", None)
    if wanted is None or wanted is False:
        wanted = any(chosen.get(key) not in (None, False) for key in _NEED_CHUNKS)
    if wanted is not False:
        chosen["chunks"] = chosen_chunks(wanted, shape, dtype.itemsize, kinds, names)
    return chosen


def _filter(name: str, options: Mapping[str, Any], size: int) -> dict[str, Any]:
    """Return the options that a compression by name stands for."""
    if name == STANDARD:
        if size < _SMALL and not options.get("fletcher32"):
            return {"compression": None, "compression_opts": None}
        return {
            "shuffle": True,
            "compression_opts": _LEVEL,
            **_given(options),
            "compression": "gzip",
        }
    if name in _BUILT_IN:
        return {"shuffle": options.get("shuffle", _BUILT_IN[name])}
    if name not in _PLUGINS:
        close = difflib.get_close_matches(name, COMPRESSIONS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        msg = f"there is no compression {name!r}{hint} (there are: {', '.join(COMPRESSIONS)})"
        raise LabelValueError(msg)
    kind, level, shuffled = _PLUGINS[name]
    made = _plugin(name, kind, level, options.get("compression_opts"))
    return {
        "compression": made,
        "compression_opts": None,
        "shuffle": options.get("shuffle", shuffled),
    }


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    named = {key: options.get(key) for key in ("shuffle", "compression_opts")}
    return {key: value for key, value in named.items() if value is not None}


def _plugin(name: str, kind: str, level: str, given: Any) -> Any:
    try:
        import hdf5plugin
    except ModuleNotFoundError as error:
        msg = f"compression={name!r} needs hdf5plugin: pip install 'sidpy[compression]'"
        raise MissingDependency(msg) from error
    if given is None:
        given = {}
    elif isinstance(given, int) and not isinstance(given, bool) and level:
        given = {level: given}
    if not isinstance(given, dict):
        number = f"a number, its {level}, or " if level else ""
        msg = (
            f"compression_opts of {name!r} is {number}a dictionary of the arguments of "
            f"hdf5plugin.{kind}, found {given!r}"
        )
        raise LabelTypeError(msg)
    try:
        return getattr(hdf5plugin, kind)(**given)
    except (TypeError, ValueError) as error:
        msg = f"compression_opts={given!r} does not fit {name!r}: {error}"
        raise LabelValueError(msg) from error
