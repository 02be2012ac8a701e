"""Signals that RosettaSciIO reads, as Datasets.

``SciFiReaders.readers.generic.rosettasciio:edax`` is the reader that calls
``rsciio.edax.file_reader``: this module has a name for each entry of
`SciFiReaders.formats.rosettasciio`.

Source: RosettaSciIO user guide, "Interfacing the RosettaSciIO API": a reader returns
dictionaries with ``data``, ``axes``, ``metadata`` and ``original_metadata``.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.formats.rosettasciio import FORMATS
from SciFiReaders.hdf5 import INLINE
from SciFiReaders.readers.electron.hyperspy import signal
from SciFiReaders.text import decode
from sidpy.errors import CorruptFile, MissingDependency, ReaderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_signals"]

_FORMAT_OF: Final = {module: format_id for module, format_id, _, _ in FORMATS}
_DEPTH: Final = 32


def __getattr__(name: str) -> Callable[..., list[Dataset]]:
    """Return the reader of a module of RosettaSciIO, by its name."""
    if name in _FORMAT_OF:
        return partial(read_signals, module=name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def read_signals(
    path: str | PathLike[str], *, module: str, lazy: bool = True, **options: Any
) -> list[Dataset]:
    """Read a file by a module of RosettaSciIO.

    Parameters
    ----------
    path : path-like
        The file.
    module : str
        Name of the module, ``"edax"``.
    lazy : bool
        Ask for lazy arrays; where the module has none, the numbers are in memory.
    **options
        For its `file_reader`.

    Returns
    -------
    list of Dataset
        One per signal, navigation axes first.

    Raises
    ------
    MissingDependency
        Without RosettaSciIO, or a library that this module of it needs.
    CorruptFile
        For whatever it raises.
    """
    format_id = _FORMAT_OF.get(module, module)
    try:
        read = import_module(f"rsciio.{module}").file_reader
        found = read(str(path), lazy=lazy, **options)
    except ImportError as error:
        msg = f"this needs RosettaSciIO and {error.name}: pip install 'SciFiReaders[rosettasciio]'"
        raise MissingDependency(msg, name=error.name) from error
    except NotImplementedError:
        # no lazy arrays
        return read_signals(path, module=module, lazy=False, **options) if lazy else _none(path)
    except ReaderError:
        raise
    except Exception as error:
        msg = f"RosettaSciIO cannot read it: {type(error).__name__}: {error}"
        raise CorruptFile(msg, path=path, format=format_id) from error
    return [_labelled(path, one, module) for one in found] or _none(path)


def _none(path: str | PathLike[str]) -> list[Dataset]:
    msg = "RosettaSciIO finds nothing in it that it could read"
    raise CorruptFile(msg, path=path)


def _labelled(path: str | PathLike[str], one: dict[str, Any], module: str) -> Dataset:
    trees = {name: _plain(one.get(name, {}), 0) for name in ("metadata", "original_metadata")}

    def part(*names: str) -> dict[str, Any]:
        return next((trees[name] for name in names if isinstance(trees.get(name), dict)), {})

    data = one["data"]
    data = data if hasattr(data, "ndim") else np.asarray(data)
    notes = _in_order(one.get("axes", []), data.ndim)
    result = signal(path, data, notes, "", part)
    result.source = f"rosettasciio.{module}"
    return result


def _in_order(axes: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Return what is known of each axis in the order of the array."""
    notes: list[dict[str, Any]] = [{} for _ in range(count)]
    for i, axis in enumerate(axes):
        place = axis.get("index_in_array", i)
        if isinstance(place, int) and 0 <= place < len(notes):
            values = axis.get("axis")
            notes[place] = {**axis, "axis": None if values is None else np.asarray(values)}
    return notes


def _plain(value: Any, depth: int) -> Any:
    """Return a tree of anything as plain Python."""
    if isinstance(value, dict) or hasattr(value, "items"):
        if depth > _DEPTH:
            return {}
        return {str(key): _plain(part, depth + 1) for key, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        size = getattr(value, "size", 1)
        return value.tolist() if size <= INLINE else f"{size} values of type {value.dtype}"
    if isinstance(value, list | tuple) and depth < _DEPTH:
        return [_plain(part, depth + 1) for part in value]
    if isinstance(value, bytes):
        return decode(value)
    return value if isinstance(value, str | int | float) or value is None else str(value)
