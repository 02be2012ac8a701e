"""Is everything in a file as it was written: every chunk, every link, every label.

Each chunk of each dataset is read and unpacked, and its checksum compared, some at a time;
the package whose model the file follows then judges everything else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sidpy.base.opening import open_to_read
from sidpy.base.packed import Packing
from sidpy.base.parallel import each
from sidpy.errors import (
    AmbiguousFile,
    CorruptFile,
    MissingDependency,
    MissingFile,
    SidpyError,
    UnrecognisedFile,
    UnsupportedFile,
)
from sidpy.plugins.choose import choose
from sidpy.plugins.sniffing import load
from sidpy.sid.chunked import fetcher
from sidpy.sid.sources import require_filters

from .advance import reporter
from .damage import DAMAGE, Problem, oversize
from .objects import is_dataset, is_group
from .walking import Walk, identity, is_external_wanted, obstacles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

__all__ = ["Checked", "Verification", "verify"]

#: Bytes of numbers without chunks that are read in one go.
_PIECE: Final = 2**23


@dataclass(frozen=True)
class Checked:
    """One dataset whose numbers were read.

    Parameters
    ----------
    address : str
        Where it is in the file.
    shape : tuple of int
        Its shape.
    dtype : str
        Type of its values.
    chunks : int
        How many chunks of it are in the file; 0 for a dataset without chunks.
    nbytes : int
        Bytes that it takes in the file.
    checksums : bool
        Whether its chunks carry checksums.
    """

    address: str
    shape: tuple[int, ...]
    dtype: str
    chunks: int
    nbytes: int
    checksums: bool


@dataclass
class Verification:
    """What was found in a file.

    Parameters
    ----------
    path : str
        The file.
    format : str
        The model whose package judged it, "" when none did.
    datasets : list of Checked
        All datasets whose numbers were read.
    problems : list of Problem
        Everything that is wrong, each a text that knows the address of the object.
    notes : list of str
        What could not be judged, and is no problem.
    """

    path: str
    format: str = ""
    datasets: list[Checked] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def unprotected(self) -> list[str]:
        """Addresses of the datasets with numbers in the file that carry no checksums."""
        return [one.address for one in self.datasets if one.nbytes and not one.checksums]


def verify(path: str | PathLike[str]) -> Verification:
    """Read every chunk of a file and judge everything in it.

    Parameters
    ----------
    path : path-like
        An HDF5 file; it is opened read-only.

    Returns
    -------
    Verification
        With every problem that was found.

    Raises
    ------
    MissingFile
        When there is no such file.
    CorruptFile
        When it is no HDF5 file, or so damaged that it cannot be opened.

    Notes
    -----
    No more than some chunks are in memory at a time.  Without a checksum, damage shows only
    where the bytes cannot be unpacked any more: write with ``checksum=True``.

    Examples
    --------
    >>> import sidpy, tempfile, pathlib, h5py
    >>> path = pathlib.Path(tempfile.mkdtemp(), "numbers.h5")
    >>> with h5py.File(path, "w") as file:
    ...     _ = file.create_dataset("x", data=range(9), chunks=(4,), fletcher32=True)
    >>> found = verify(path)
    >>> found.unprotected, found.datasets[0].chunks
    ([], 3)
    """
    if not Path(path).exists():
        msg = "there is no such file; is the name spelt right?"
        raise MissingFile(msg, path=path)
    found = Verification(str(path))
    try:
        file = open_to_read(path)
    except SidpyError:  # which says more
        raise
    except OSError as error:
        msg = f"HDF5 cannot open it: {error}"
        raise CorruptFile(msg, path=path, format="HDF5") from error
    with file:
        for item in _objects(file, found.problems):
            _check_attributes(item, found.problems)
            if is_dataset(item):
                _check_dataset(item, found)
    _judge(found)
    return found


def _judge(found: Verification) -> None:
    """Ask the package whose model the file follows."""
    try:
        spec = choose(found.path).entry.spec
    except (UnrecognisedFile, AmbiguousFile):
        found.notes.append(
            "it follows no model that an installed package knows: its numbers, links and "
            "attributes can be read, and what they mean nobody judged"
        )
        return
    except Exception as error:  # noqa: BLE001 - sniffers of others, on a file that may be damaged
        found.problems += (
            [] if found.problems else [Problem("/", f"follows no known model: {error}")]
        )
        return
    found.format = spec.format
    if spec.validate is not None:
        known = {problem.address for problem in found.problems}
        told = [one for one in load(spec.validate)(found.path) if str(one)]
        found.problems += [
            one if isinstance(one, Problem) else Problem("", str(one))
            for one in told
            if getattr(one, "address", None) not in known
        ]


# ---------------------------------------------------------------- objects


def _objects(file: Any, problems: list[Problem]) -> Iterator[Any]:
    """Give every object once, and note what cannot be opened and links that lead nowhere."""
    walk = Walk(external=is_external_wanted())
    known = {identity(file)}
    waiting = [file]
    while waiting:
        item = waiting.pop()
        yield item
        if not is_group(item):
            continue
        try:
            names = list(item)
        except DAMAGE as error:
            problems.append(Problem(item.name, f"its members cannot be listed: {error}"))
            continue
        for name in reversed(names):
            below = _member(item, name, walk, problems)
            if below is not None and identity(below) not in known:
                known.add(identity(below))
                waiting.append(below)


def _member(group: Any, name: str, walk: Walk, problems: list[Problem]) -> Any:
    """Return what lies in a group, None for other links than hard ones."""
    import h5py

    address = f"{group.name.rstrip('/')}/{name}"
    try:
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.HardLink):
            return group[name]
        if walk.find(group, name) is None:
            target = getattr(link, "path", "?")
            where = f" in {link.filename!r}" if isinstance(link, h5py.ExternalLink) else ""
            problems.append(Problem(address, f"leads to {target!r}{where}, which is not there"))
    except UnsupportedFile as error:
        problems.append(Problem(address, error.message))
    except DAMAGE as error:
        problems.append(Problem(address, f"cannot be opened: {error}"))
    return None


def _check_attributes(item: Any, problems: list[Problem]) -> None:
    try:
        names = list(item.attrs)
    except DAMAGE as error:
        problems.append(Problem(item.name, f"its attributes cannot be listed: {error}"))
        return
    for name in names:
        try:
            item.attrs[name]
        except TypeError:  # a type that NumPy has no form for is no damage
            continue
        except DAMAGE as error:
            problems.append(Problem(item.name, f"its attribute {name!r} cannot be read: {error}"))


# ---------------------------------------------------------------- numbers


def _check_dataset(dataset: Any, found: Verification) -> None:
    """Read all numbers of a dataset."""
    address = str(dataset.name)
    try:
        reasons = [*obstacles(dataset), oversize(dataset, whole=False)]
        if dataset.shape is not None and not any(reasons):
            require_filters(dataset)
            check = _check_chunks if dataset.chunks else _check_pieces
            chunks = check(dataset, lambda text: found.problems.append(Problem(address, text)))
            found.datasets.append(_checked(dataset, chunks))
        found.problems += [Problem(address, reason) for reason in reasons if reason]
    except (MissingDependency, *DAMAGE) as error:
        found.problems.append(Problem(address, f"its numbers cannot be read: {error}"))


def _checked(dataset: Any, chunks: int) -> Checked:
    stored = int(dataset.id.get_storage_size())
    shape = tuple(int(n) for n in dataset.shape)
    return Checked(
        str(dataset.name), shape, str(dataset.dtype), chunks, stored, bool(dataset.fletcher32)
    )


def _check_chunks(dataset: Any, complain: Callable[[str], None]) -> int:
    """Read and unpack each chunk that is in the file; return how many there are."""
    stored: list[Any] = []
    dataset.id.chunk_iter(stored.append)
    packing = Packing.of(dataset)
    fetch = fetcher(dataset, len(stored))
    size = math.prod(dataset.chunks) * dataset.dtype.itemsize
    told = reporter()

    def check(chunk: Any) -> None:
        try:
            if packing is None:
                dataset[_place(chunk.chunk_offset, dataset)]
            else:
                left_out, data = fetch(chunk.chunk_offset) or (0, b"")
                packing.unpack(data, left_out, size)
        except DAMAGE as error:
            complain(
                f"the chunk at {tuple(chunk.chunk_offset)}, {chunk.size} bytes from byte "
                f"{chunk.byte_offset} of the file, is damaged: {error}"
            )
        told(chunk.size)

    each(check, stored)
    return len(stored)


def _place(offset: tuple[int, ...], dataset: Any) -> tuple[slice, ...]:
    return tuple(
        slice(start, min(start + chunk, length))
        for start, chunk, length in zip(offset, dataset.chunks, dataset.shape, strict=True)
    )


def _check_pieces(dataset: Any, complain: Callable[[str], None]) -> int:
    """Read a dataset without chunks, piece by piece."""
    told = reporter()
    for place in _pieces(dataset.shape, max(dataset.dtype.itemsize, 1)):
        try:
            dataset[place]
        except TypeError:  # a type that NumPy has no form for is no damage
            return 0
        except DAMAGE as error:
            complain(f"its numbers at {place} cannot be read: {error}")
        told(math.prod(side.stop - side.start for side in place) * dataset.dtype.itemsize)
    return 0


def _pieces(shape: tuple[int, ...], itemsize: int) -> Iterator[tuple[slice, ...]]:
    """Yield the places of pieces of a few megabytes, whole rows where they fit."""
    lengths = list(shape)
    for axis in range(len(shape)):
        below = math.prod(shape[axis + 1 :]) * itemsize
        lengths[axis] = max(1, min(shape[axis], _PIECE // max(below, 1)))
        if below <= _PIECE:
            break
    axes = [
        [slice(start, min(start + length, n)) for start in range(0, n, length)]
        for n, length in zip(shape, lengths, strict=True)
    ]
    yield from product(*axes)
