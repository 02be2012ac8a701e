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
    """Return ``all_readers``, the list of reader classes, importing them now."""
    if name != "all_readers":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    import SciFiReaders

    return [getattr(SciFiReaders, reader) for reader in _CLASSES]
