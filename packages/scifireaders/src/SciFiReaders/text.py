"""Text out of files whose encoding nobody wrote down.

Instruments write latin-1, UTF-8, UTF-16 and the code page of the day.  Decoding here
never fails and never drops a character: what is valid UTF-8 is UTF-8, the rest is a
one-byte encoding.
"""

from __future__ import annotations

import codecs

__all__ = ["decode", "decode_utf16", "until_nul"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(raw: bytes, fallback: str = "cp1252") -> str:
    """Decode bytes: by their byte order mark, else UTF-8, else one byte per character.

    Parameters
    ----------
    raw : bytes
        The text as stored.
    fallback : str
        A one-byte encoding for what is not UTF-8; its holes are read as latin-1.

    Examples
    --------
    >>> decode("3 µm".encode("utf-8")), decode("3 µm".encode("latin-1"))
    ('3 µm', '3 µm')
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, errors="replace")
    for encoding in ("utf-8", fallback):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def decode_utf16(raw: bytes, order: str = "<") -> str:
    """Decode UTF-16 of a known byte order; lone surrogates become replacement characters.

    Examples
    --------
    >>> decode_utf16("Ångström".encode("utf-16-be"), order=">")
    'Ångström'
    """
    return raw.decode("utf-16-le" if order == "<" else "utf-16-be", errors="replace")


def until_nul(text: str) -> str:
    r"""Cut a fixed-width field at its first NUL.

    Examples
    --------
    >>> until_nul("nm\0\0rubbish")
    'nm'
    """
    return text.partition("\0")[0]
