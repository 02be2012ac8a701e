"""How well a file fits a specification, judged without running any plugin's code.

=========  =================================================================
score      evidence
=========  =================================================================
0          none, or the content contradicts the specification
20 ... 30  the name alone: one point more for each further part of the extension
60 ... 85  a signature, the longer the better
95         everything an HDF5 layout asks for
+ 5        the extension fits as well (+ 3 for an HDF5 layout)
=========  =================================================================
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .probe import Probe
    from .specs import ReaderSpec

__all__ = ["Evidence", "Layout", "weigh"]

_SIGNATURE: Final = 60
_MOST_FOR_BITS: Final = 25
_LAYOUT: Final = 95
_NAME: Final = 20
_MOST_FOR_NAME: Final = 30
#: What h5py raises on a damaged file, depending on what is damaged.
_DAMAGE: Final = (OSError, RuntimeError, LookupError, ValueError, TypeError)
#: Objects of an HDF5 file that are looked at for one layout entry.
_MOST_OBJECTS: Final = 512


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a reader.

    Parameters
    ----------
    score : float
        From 0, no, to 100, certainly.
    reasons : tuple of str
        In words.
    specificity : int
        How much of the file was compared; settles between equal scores.
    """

    score: float
    reasons: tuple[str, ...]
    specificity: int = 0


_FOREIGN: Final = Evidence(0, ("its bytes are not those of this format",))


class Layout:
    """The inside of an HDF5 file, opened once and only when somebody asks about it."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._file: Any = None
        self._root: _Object | None = None
        self._opened = False
        #: Why the file cannot be looked into.
        self.problem = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._file is not None:
            self._file.close()

    def lacks(self, entries: Iterable[str]) -> str:
        """Return the first entry that the file does not have, or ``""``."""
        file = self._open()
        if file is not None and self._root is None:
            self._root = _Object(file)
        for entry in entries:
            try:
                if self._root is None or not _holds(self._root, entry):
                    return entry
            except _DAMAGE as error:
                self.problem = f"HDF5 cannot read it: {error}"
                return entry
        return ""

    def _open(self) -> Any:
        if self._opened:
            return self._file
        self._opened = True
        if not self._probe.is_hdf5:
            self.problem = "it is not an HDF5 file"
            return None
        from sidpy.base.global_heaps import FEWER
        from sidpy.base.opening import open_to_read

        try:
            self._file = open_to_read(self._probe.path, patience=0, ends=FEWER)
        except BlockingIOError:  # somebody writes it; to look at its layout is harmless
            self._file = self._open_unlocked()
        except OSError as error:
            self.problem = f"HDF5 cannot open it: {error}"
        return self._file

    def _open_unlocked(self) -> Any:
        import h5py

        try:
            return h5py.File(self._probe.path, "r", locking=False)
        except OSError as error:
            self.problem = f"HDF5 cannot open it while another program writes it: {error}"
            return None


def weigh(spec: ReaderSpec, probe: Probe, layout: Layout, *, pinned_ending: bool) -> Evidence:
    """Weigh what speaks for a reader.

    Parameters
    ----------
    spec : ReaderSpec
        The reader.
    probe : Probe
        The file.
    layout : Layout
        Its inside, if it is HDF5.
    pinned_ending : bool
        The user's configuration gives files of this extension to this reader, whether
        the specification lists the extension or not.
    """
    if probe.is_directory and not spec.claims_directories:
        return Evidence(0, ("reads files, not directories",))
    content = _content(spec, probe, layout)
    if content is not None and not content.score:  # of nearly all readers
        return content
    ending = probe.extension(spec.extensions)
    if content is None and not ending and not pinned_ending:
        return _by_name(spec, ending, pinned_ending=False)
    absent = next((c for c in spec.companions if probe.companion(c) is None), None)
    if absent is not None:
        return Evidence(0, (f"a file {absent!r} should lie beside it",))
    named = bool(ending) or pinned_ending
    if content is None:
        return _by_name(spec, ending, pinned_ending=pinned_ending)
    if not named:
        return Evidence(content.score, (*content.reasons, "unusual name"), content.specificity)
    bonus = 3 if spec.hdf5 else 5
    reasons = (*content.reasons, f"extension {ending}" if ending else "configured extension")
    return Evidence(content.score + bonus, reasons, content.specificity + ending.count("."))


def _content(spec: ReaderSpec, probe: Probe, layout: Layout) -> Evidence | None:
    """Compare bytes and layout; None when the specification says nothing about them."""
    if probe.is_directory or not (spec.signatures or spec.hdf5):
        return None
    bits, reasons, score = 0, [], 0.0
    if spec.signatures:
        found = [s for s in spec.signatures if s.matches(probe.head, probe.tail)]
        if not found:
            return _FOREIGN
        bits = max(signature.bits for signature in found)
        score = _SIGNATURE + min(_MOST_FOR_BITS, bits * _MOST_FOR_BITS / 128)
        reasons.append(f"signature of {bits} bits")
    if spec.hdf5:
        lacking = layout.lacks(spec.hdf5)
        if lacking:
            return Evidence(0, (layout.problem or f"it holds no {lacking!r}",))
        bits += 64 * len(spec.hdf5)
        score = _LAYOUT
        reasons.append(f"HDF5 layout of {len(spec.hdf5)} parts")
    return Evidence(score, tuple(reasons), bits)


def _by_name(spec: ReaderSpec, ending: str, *, pinned_ending: bool) -> Evidence:
    if not ending and not pinned_ending:
        known = ", ".join(spec.extensions)
        return Evidence(0, (f"its extension is not {known}",))
    parts = ending.count(".")
    score = min(_MOST_FOR_NAME, _NAME + max(0, parts - 1) + len(spec.companions))
    words = [f"extension {ending}" if ending else "configured extension"]
    words += [f"companion {companion}" for companion in spec.companions]
    return Evidence(score, tuple(words), parts + len(spec.companions))


class _Object:
    """An object of a file, whose members are looked up once for all readers."""

    __slots__ = ("_members", "_names", "node")

    def __init__(self, node: Any) -> None:
        self.node = node
        self._names: list[str] | None = None
        self._members: dict[str, _Object | None] = {}

    def members(self, pattern: str) -> Iterator[_Object]:
        """Yield the members whose names fit a pattern, ways into other files left out."""
        if not hasattr(self.node, "keys"):  # a dataset holds nothing
            return
        for name in self._fitting(pattern) if "*" in pattern else (pattern,):
            if name not in self._members:
                child = _child(self.node, name)
                self._members[name] = None if child is None else _Object(child)
            member = self._members[name]
            if member is not None:
                yield member

    def _fitting(self, pattern: str) -> Iterator[str]:
        if self._names is None:
            self._names = list(islice(self.node, _MOST_OBJECTS))
        return (name for name in self._names if fnmatchcase(name, pattern))

    def below(self) -> Iterator[_Object]:
        """Yield the object and those below it at any depth, the nearest first."""
        waiting = deque([self])
        while waiting:
            item = waiting.popleft()
            yield item
            if len(waiting) < _MOST_OBJECTS:
                waiting += islice(item.members("*"), _MOST_OBJECTS)

    def has(self, name: str, value: str | None) -> bool:
        """Whether there is an attribute of a name, and a value where one is given."""
        node = self.node
        return name in node.attrs and (value is None or value in _words(_attribute(node, name)))


def _holds(root: _Object, entry: str) -> bool:
    address, at, attribute = entry.partition("@")
    name, equals, value = attribute.partition("=")
    found = _objects(root, [part for part in address.split("/") if part])
    return any(not at or item.has(name, value if equals else None) for item in found)


def _objects(root: _Object, parts: list[str]) -> Iterator[_Object]:
    """Walk to the objects at an address whose parts may be patterns, one after the other."""
    found: Iterator[_Object] = iter((root,))
    for part in parts:
        found = islice(_step(found, part), _MOST_OBJECTS)
    return found


def _step(objects: Iterator[_Object], part: str) -> Iterator[_Object]:
    for item in objects:
        yield from item.below() if part == "**" else item.members(part)


def _child(node: Any, name: str) -> Any:
    """Return a member; None when there is none, and for a way into another file."""
    import h5py

    links, key = node.id.links, name.encode()
    if not links.exists(key):
        return None
    kind = links.get_info(key).type
    if kind == h5py.h5l.TYPE_HARD:
        return _opened(h5py.h5o.open(node.id, key))
    if kind != h5py.h5l.TYPE_SOFT:
        return None
    path = node.get(name, getlink=True).path
    node = node.file if path.startswith("/") else node
    for part in filter(None, path.split("/")):
        linked = hasattr(node, "keys") and node.get(part, getlink=True)
        node = node[part] if isinstance(linked, h5py.HardLink) else None
    return node


def _opened(object_id: Any) -> Any:
    """Return an object that was opened below h5py's interface."""
    import h5py

    if isinstance(object_id, h5py.h5g.GroupID):
        return h5py.Group(object_id)
    is_dataset = isinstance(object_id, h5py.h5d.DatasetID)
    return h5py.Dataset(object_id) if is_dataset else h5py.Datatype(object_id)


def _attribute(node: Any, name: str) -> Any:
    """Read an attribute; of a large file, after a look at where its text lies."""
    from sidpy.base.heap_guard import guarding, require_sound

    with guarding(node.file):
        require_sound(node.id)
    return node.attrs[name]


def _words(value: Any) -> list[str]:
    """Spell an attribute as text, each element of a small array on its own."""
    elements = value.ravel()[:16].tolist() if hasattr(value, "ravel") else [value]
    return [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in elements]
