"""Find the file that a history begins with, and tell whether it is the one that was read.

A file is known by its content, not by its place: it is looked for in the folders that the
caller names, where it was, and beside the file of results.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import NotReplayable, SidpyError
from sidpy.io.read import read
from sidpy.plugins.probe import Probe
from sidpy.sid.arguments import unkept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from os import PathLike

    from sidpy.sid.dataset import Dataset
    from sidpy.sid.provenance import Step

__all__ = ["Raw", "difference", "find_raw"]

#: Entries of a folder, and of all below it, that are looked at for a file of that name.
_MOST_ENTRIES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Raw:
    """A file that was read again."""

    dataset: Dataset
    path: Path
    problem: str = ""
    """Why it is not the file that was read; empty when it is."""
    note: str = ""
    """What else a person should know."""


def find_raw(
    step: Step,
    *,
    near: Path | None = None,
    folders: Iterable[str | PathLike[str]] = (),
) -> Raw:
    """Read the file again that a step of `sidpy.read` has read.

    Parameters
    ----------
    step : Step
        The step.
    near : Path, optional
        The file that the history was stored in; its folder is searched too.
    folders : iterable of path-like
        Where to look first; folders below them are searched too.

    Returns
    -------
    Raw
        The first file with the same content, else the first one that can be read.

    Raises
    ------
    NotReplayable
        When there is no file of that name, or none that can be read.
    """
    name = _name(step)
    found = list(_candidates(step, name, near, [Path(folder) for folder in folders]))
    if not found:
        places = [*folders, step.parameters.get("path", ""), near.parent if near else ""]
        looked = ", ".join(str(place) for place in places if str(place))
        msg = f"raw file {name} is not found (looked in {looked or 'no folder'}); use --raw-dir"
        raise NotReplayable(msg)
    others: list[Raw] = []
    failures: list[str] = []
    for path in found:
        try:
            raw = _read(path, step, name)
        except (SidpyError, OSError, TypeError) as error:
            failures.append(f"raw file {name} cannot be read: {error}")
            continue
        if not raw.problem:
            return raw
        others.append(raw)
    if others:
        return others[0]
    raise NotReplayable(failures[0])


def _name(step: Step) -> str:
    """Return the name of the file; a step may come from a file of any origin.

    Raises
    ------
    NotReplayable
        When it names none.
    """
    name = step.parameters.get("file")
    if not isinstance(name, str) or not name or Path(name).name != name:
        msg = f"the step does not say which file was read, found {name!r}"
        raise NotReplayable(msg)
    return name


def _candidates(step: Step, name: str, near: Path | None, folders: list[Path]) -> Iterator[Path]:
    """Yield the files that may be it, the likeliest first."""
    given, path = (str(step.parameters.get(key, "")) for key in ("given", "path"))
    seen = set()
    places = [folder / name for folder in folders]
    places += [Path(path)] if path else []
    places += [near.parent / given] if near and given else []
    places += [near.parent / name] if near else []
    for place in (*places, *_below(folders, name)):
        where = place.absolute()
        if where not in seen and where.exists():
            seen.add(where)
            yield where


def _below(folders: list[Path], name: str) -> Iterator[Path]:
    for folder in folders:
        inside = islice(folder.rglob("*"), _MOST_ENTRIES)
        yield from (place for place in inside if place.name == name)


def _read(path: Path, step: Step, name: str) -> Raw:
    """Read a candidate by the same reader as before."""
    before = step.parameters
    reader, options = before.get("reader"), dict(before.get("options") or {})
    if not before.get("format"):
        msg = f"raw file {name} was read by {reader!r}, which is a function and no plugin"
        raise NotReplayable(msg)
    lost = unkept(options)
    if lost:
        msg = f"raw file {name} was read with {lost[0]}"
        raise NotReplayable(msg)
    Probe.of(path, directories=True)  # a device or a pipe is refused before anything opens it
    datasets = read(path, reader=str(reader), **options)
    dataset = _chosen(datasets, before.get("key"), name)
    now = dataset.history[-1]
    note = ""
    if (now.package, now.version) != (step.package, step.version):
        note = (
            f"{name} was read by {step.package} {step.version}, now by {now.package} {now.version}"
        )
    return Raw(dataset, path, difference(before, now.parameters, name), note)


def _chosen(datasets: Mapping[str, Dataset], key: Any, name: str) -> Dataset:
    if key in datasets:
        return datasets[key]
    if key is None and len(datasets) == 1:  # steps of earlier versions have no key
        return next(iter(datasets.values()))
    msg = f"raw file {name} has {', '.join(datasets)}, and the step took {key!r}"
    raise NotReplayable(msg)


def difference(before: Mapping[str, Any], now: Mapping[str, Any], name: str) -> str:
    """Return why this is not the content that was read, empty when it is."""
    content = before.get("content")
    changed = f"raw file {name} is not the one that was read"
    if not hasattr(content, "get"):  # steps of earlier versions have head, tail and size
        return "" if before.get("fingerprint") in {None, now["fingerprint"]} else changed
    if content.get("kind") == "none":
        return f"raw file {name} may be another one: when it was read, {content.get('reason')}"
    keys = ("kind", "algorithm", "digest", "datasets")
    if all(content.get(key) == now["content"].get(key) for key in keys):
        return ""
    size, stored = now.get("size"), before.get("size")
    bigger = content.get("kind") != "hdf5" and size != stored
    return f"{changed}: it has {size:,} bytes, it had {stored:,}" if bigger else changed
