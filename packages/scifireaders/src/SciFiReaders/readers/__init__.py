"""Vendor formats by family; each module is layout, parse and label of one format.

`converters`, `microscopy` and `SID` are the rooms of earlier releases, with their classes.
"""

from __future__ import annotations

from importlib import import_module

_ROOMS = (
    "SID",
    "converters",
    "electron",
    "generic",
    "microscopy",
    "probe",
    "spectroscopy",
    "xray",
)


def __getattr__(name: str) -> object:
    """Return a room, a reader class, or ``all_readers``, the list of them, importing it now."""
    import SciFiReaders

    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    classes = [word for word in SciFiReaders.__all__ if word.lower().endswith("reader")]
    if name == "all_readers":
        return [getattr(SciFiReaders, reader) for reader in classes]
    if name in classes or name == "convert_hyperspy":
        return getattr(SciFiReaders, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
