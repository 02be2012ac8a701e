"""Vendor formats by family; each module is layout, parse and label of one format."""

from __future__ import annotations

#: Reader classes, in the order in which the released package tried them.
_CLASSES = (
    "DMReader",
    "DM3Reader",
    "IgorIBWReader",
    "IgorMatrixReader",
    "GwyddionReader",
    "NanonisSXMReader",
    "NSIDReader",
    "Usid_reader",
)


def __getattr__(name: str) -> object:
    """Return a reader class, or ``all_readers``, the list of them, importing them now."""
    import SciFiReaders

    if name == "all_readers":
        return [getattr(SciFiReaders, reader) for reader in _CLASSES]
    if name in _CLASSES:
        return getattr(SciFiReaders, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
