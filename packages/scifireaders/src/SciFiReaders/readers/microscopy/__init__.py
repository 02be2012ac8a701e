"""Addresses of the released package; the readers are in `SciFiReaders`."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """Return a reader class, importing it now."""
    from SciFiReaders import readers

    if name.lower().endswith("reader"):
        return getattr(readers, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
