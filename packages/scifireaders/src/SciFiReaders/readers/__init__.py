"""Vendor formats by family; each module is layout, parse and label of one format."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """Return a reader class, or ``all_readers``, the list of them, importing them now."""
    import SciFiReaders

    classes = [word for word in SciFiReaders.__all__ if word.lower().endswith("reader")]
    if name == "all_readers":
        return [getattr(SciFiReaders, reader) for reader in classes]
    if name in classes or name == "convert_hyperspy":
        return getattr(SciFiReaders, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
