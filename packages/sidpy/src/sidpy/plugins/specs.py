"""What a plugin says about a reader or a writer, in words only.

A specification is a frozen record of strings and numbers: which files a reader knows by
their bytes, and where its code is.  No reader is imported to list, compare or choose
readers; "module:callable" is resolved when a file is really read.

A record that cannot be right is refused when it is made, with every reason at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import SidpyError

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable

__all__ = [
    "API_VERSIONS",
    "HEAD_SIZE",
    "TAIL_SIZE",
    "ReaderSpec",
    "Signature",
    "SpecError",
    "WriterSpec",
]

#: Versions of this contract that the host understands.
API_VERSIONS: Final = (1,)
#: Bytes at the beginning of a file that signatures and sniffers may look at.
HEAD_SIZE: Final = 64 * 1024
#: Bytes at its end.
TAIL_SIZE: Final = 4 * 1024
#: Fewer fixed bits than this would claim one random file in a few thousand.
_FEWEST_BITS: Final = 16

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_FORMAT: Final = re.compile(r"[a-z0-9][a-z0-9_+-]*(\.[a-z0-9_+-]+)*")
_TARGET: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_EXTENSION: Final = re.compile(r"(\.[^./\s\\][^/\s\\]*)?/?")


class SpecError(SidpyError, ValueError):
    """A specification that cannot be right; `problems` lists every reason.

    Parameters
    ----------
    what : str
        Which record it is.
    problems : iterable of str
        Every reason found.
    """

    def __init__(self, what: str, problems: Iterable[str]) -> None:
        self.what = what
        self.problems = tuple(problems)
        super().__init__("\n  - ".join([f"{what} cannot be used:", *self.problems]))

    def __reduce__(self) -> tuple[type[SpecError], tuple[str, tuple[str, ...]]]:
        return type(self), (self.what, self.problems)


@dataclass(frozen=True, slots=True)
class Signature:
    r"""Bytes that every file of a format has at the same place.

    Parameters
    ----------
    bytes : bytes
        What stands there.
    offset : int
        Distance from the beginning of the file; with `tail`, the number of bytes
        between the end of the signature and the end of the file.
    mask : bytes, optional
        As long as `bytes`; only bits that are 1 in it are compared.
    tail : bool
        Count from the end of the file.

    Raises
    ------
    SpecError
        When the signature is empty, too weak to mean anything or outside the part of
        the file that is looked at (`HEAD_SIZE`, `TAIL_SIZE`).

    Examples
    --------
    >>> fixed, free = b"\xff" * 4, bytes(8)
    >>> dm4 = Signature(b"\0\0\0\4" + free + b"\0\0\0\1", mask=fixed + free + fixed)
    >>> dm4.matches(b"\0\0\0\4" + b"any size" + b"\0\0\0\1 and more", b"")
    True
    """

    bytes: builtins.bytes
    offset: int = 0
    mask: builtins.bytes | None = None
    tail: bool = False

    def __post_init__(self) -> None:
        problems = list(_signature_problems(self))
        if problems:
            msg = f"Signature {self.bytes!r}"
            raise SpecError(msg, problems)

    @property
    def bits(self) -> int:
        """Number of bits that are compared."""
        if self.mask is None:
            return 8 * len(self.bytes)
        return sum(byte.bit_count() for byte in self.mask)

    def matches(self, head: builtins.bytes, tail: builtins.bytes) -> bool:
        """Tell whether a file that begins with `head` and ends with `tail` has it."""
        if not self.tail and self.mask is None:  # as nearly all are
            return head.startswith(self.bytes, self.offset)
        if self.tail:
            end = len(tail) - self.offset
            found = tail[end - len(self.bytes) : end] if end >= len(self.bytes) else b""
        else:
            found = head[self.offset : self.offset + len(self.bytes)]
        if len(found) != len(self.bytes):
            return False
        if self.mask is None:
            return found == self.bytes
        return all((a ^ b) & m == 0 for a, b, m in zip(found, self.bytes, self.mask, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSpec:
    """One reader, described so that the host can choose it without importing it.

    Parameters
    ----------
    name : str
        Unique among all installed readers; what a user writes in ``read(reader=...)``.
    format : str
        Identity of the format, shared by competing readers of it: ``"gatan.dm4"``.
    summary : str
        One line for a list of formats.
    extensions : tuple of str
        Lower case, with the dot, several parts allowed: ``".ome.tif"``.  One that ends
        with a slash claims directories: ``".zarr/"``.
    reader : str
        ``"module:callable"``, called with the path and the user's options.  It returns a
        Dataset, several in a list or a dict, or an object with such a ``read()``.
    signatures : tuple of Signature
        Alternatives: one that matches is enough, and none matching means that the file
        is of another format, whatever its name.
    hdf5 : tuple of str
        What an HDF5 file must contain, all of it: ``"path"``, ``"path@attribute"`` or
        ``"path@attribute=value"``; the path may have ``*``, ``**`` for any depth, and is
        empty for the root.
    companions : tuple of str
        Files that must lie beside, for the same stem (``".hdr"``) or with ``{stem}`` and
        ``{name}`` replaced; ``|`` separates alternatives.
    sniff : str, optional
        ``"module:function"``, called with a `Probe` when the bytes above do not settle
        it; answers bool, 0...1, or ``(answer, reason)``.
    lazy : bool
        Whether the arrays read their numbers when computed.
    requires : str, optional
        What pip must install for this reader: ``"acme-reader[fast]"`` or ``"igor2"``.
    support : str
        What stands behind it, in a word or two: ``"real files"``, ``"synthetic files"``,
        ``"adapter"``; shown by ``sidpy readers``.
    validate : str, optional
        ``"module:function"``, called with the path of a file of this format; returns a text
        for everything that is wrong with it.  ``sidpy verify`` asks it.
    api : int
        Version of this contract.
    priority : int
        Settles between readers with the same evidence; higher first.

    Raises
    ------
    SpecError
        With every problem of the record.
    """

    name: str
    format: str
    summary: str
    extensions: tuple[str, ...]
    reader: str
    signatures: tuple[Signature, ...] = ()
    hdf5: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    sniff: str | None = None
    lazy: bool = True
    requires: str | None = None
    api: int = 1
    priority: int = 0
    validate: str | None = None
    support: str = ""

    def __post_init__(self) -> None:
        _freeze_lists(self, ("extensions", "signatures", "hdf5", "companions"))
        problems = [*_common_problems(self), *_reader_problems(self)]
        if problems:
            msg = f"ReaderSpec {self.name!r}"
            raise SpecError(msg, problems)

    @property
    def claims_directories(self) -> bool:
        """Whether a directory can be what this reader reads."""
        return any(extension.endswith("/") for extension in self.extensions)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterSpec:
    """One writer.

    Parameters
    ----------
    name, format, summary, extensions
        As for a `ReaderSpec`.
    writer : str
        ``"module:function"``, called as ``function(datasets, path, **options)`` with a
        dictionary of datasets and the path of a file that does not exist.
    capabilities : tuple of str
        Words about what survives the format; the host knows ``"append"``: the function
        may also be called with the path of an existing file, to add to it.

    Raises
    ------
    SpecError
        With every problem of the record.
    """

    name: str
    format: str
    summary: str
    extensions: tuple[str, ...]
    writer: str
    capabilities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _freeze_lists(self, ("extensions", "capabilities"))
        problems = [
            *_common_problems(self),
            *_target_problems("writer", self.writer),
            *_text_problems("capabilities", self.capabilities),
        ]
        if not self.extensions:
            problems.append("extensions is empty: which file names does it write?")
        if problems:
            msg = f"WriterSpec {self.name!r}"
            raise SpecError(msg, problems)


def _freeze_lists(spec: object, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(spec, name)
        if isinstance(value, list):
            object.__setattr__(spec, name, tuple(value))


def _signature_problems(signature: Signature) -> Iterable[str]:
    pattern, mask, offset = signature.bytes, signature.mask, signature.offset
    if not isinstance(pattern, bytes) or not isinstance(mask, bytes | None):
        yield f"bytes and mask are bytes, found {pattern!r} and {mask!r}"
        return
    if mask is not None and len(mask) != len(pattern):
        yield f"mask has {len(mask)} bytes for a signature of {len(pattern)}"
    elif signature.bits < _FEWEST_BITS:
        yield f"{signature.bits} fixed bits tell nothing apart; {_FEWEST_BITS} are the fewest"
    if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
        yield f"offset is a number of bytes from 0, found {offset!r}"
    elif offset + len(pattern) > (limit := TAIL_SIZE if signature.tail else HEAD_SIZE):
        yield (
            f"{len(pattern)} bytes at {offset} lie outside the "
            f"{'last' if signature.tail else 'first'} {limit} bytes that are looked at"
        )


def _common_problems(spec: ReaderSpec | WriterSpec) -> Iterable[str]:
    if not isinstance(spec.name, str) or not _NAME.fullmatch(spec.name):
        yield f"name is one word of letters, digits and ._+-, found {spec.name!r}"
    if not isinstance(spec.format, str) or not _FORMAT.fullmatch(spec.format):
        yield f"format is a lower-case id such as 'gatan.dm4', found {spec.format!r}"
    if not isinstance(spec.summary, str) or not spec.summary.strip() or "\n" in spec.summary:
        yield f"summary is one line of text, found {spec.summary!r}"
    yield from _text_problems("extensions", spec.extensions)
    for extension in _texts(spec.extensions):
        if not _EXTENSION.fullmatch(extension) or extension != extension.lower():
            yield f"an extension is lower case and begins with a dot, found {extension!r}"


def _reader_problems(spec: ReaderSpec) -> Iterable[str]:
    yield from _target_problems("reader", spec.reader)
    if spec.sniff is not None:
        yield from _target_problems("sniff", spec.sniff)
    if spec.validate is not None:
        yield from _target_problems("validate", spec.validate)
    if not isinstance(spec.signatures, tuple) or not all(
        isinstance(signature, Signature) for signature in spec.signatures
    ):
        yield f"signatures is a tuple of Signature, found {spec.signatures!r}"
    yield from _text_problems("hdf5", spec.hdf5)
    yield from _text_problems("companions", spec.companions)
    if not (spec.extensions or spec.signatures or spec.hdf5):
        yield "nothing tells its files: give extensions, signatures or hdf5"
    if not isinstance(spec.support, str) or "\n" in spec.support:
        yield f"support is a word or two, found {spec.support!r}"
    yield from _number_problems(spec)


def _number_problems(spec: ReaderSpec) -> Iterable[str]:
    if not isinstance(spec.lazy, bool):
        yield f"lazy is True or False, found {spec.lazy!r}"
    if spec.requires is not None and not (
        isinstance(spec.requires, str) and _NAME.match(spec.requires)
    ):
        yield f"requires is what pip installs, such as 'acme[fast]', found {spec.requires!r}"
    for name, value in (("api", spec.api), ("priority", spec.priority)):
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{name} is a whole number, found {value!r}"


def _target_problems(field: str, target: Any) -> Iterable[str]:
    if not isinstance(target, str) or not _TARGET.fullmatch(target):
        yield f"{field} is text of the form 'module:callable', found {target!r}"


def _text_problems(field: str, values: Any) -> Iterable[str]:
    if not isinstance(values, tuple) or not all(isinstance(v, str) and v for v in values):
        yield f"{field} is a tuple of texts, found {values!r}"


def _texts(values: Any) -> Iterable[str]:
    return (v for v in values if isinstance(v, str) and v) if isinstance(values, tuple) else ()
