"""What to tell a person whose file has no reader, or too many."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from .requirements import pip_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .discovery import ReaderEntry, Registry
    from .evidence import Evidence
    from .probe import Probe

__all__ = ["no_such_reader", "not_installed", "nothing_found", "tie"]

#: Readers that are described one by one; the rest is counted.
_MOST_LINES: Final = 8


def nothing_found(
    probe: Probe, weighed: Sequence[tuple[ReaderEntry, Evidence]], found: Registry
) -> str:
    """Say what was tried for a file that no reader claims, and what might help."""
    lines = [_headline(probe, found)]
    lacking = [(entry, evidence) for entry, evidence in weighed if evidence.score]
    lines += [f"{not_installed(entry)}" for entry, _ in lacking]
    near = [
        (entry, evidence)
        for entry, evidence in weighed
        if not evidence.score and probe.extension(entry.spec.extensions)
    ]
    lines += [
        f"{_who(entry)} reads this extension, but {'; '.join(evidence.reasons)}"
        for entry, evidence in near[:_MOST_LINES]
    ]
    rest = len(weighed) - len(lacking) - len(near[:_MOST_LINES])
    if rest:
        lines.append(f"{rest} other readers know neither its name nor its bytes")
    lines += _close_extensions(probe, found)
    lines += [f"the plugin {plugin.label} is broken: {plugin.reason}" for plugin in found.broken]
    blocked = [plugin.name for plugin in found.plugins if plugin.status == "blocked"]
    if blocked:
        lines.append(f"SIDPY_PLUGINS blocks {', '.join(blocked)}")
    return "\n  - ".join(lines)


def _headline(probe: Probe, found: Registry) -> str:
    if not found.readers:
        command = pip_command("SciFiReaders")
        return f"no readers are installed; those of most formats come with: {command}"
    if probe.is_directory:
        return "no installed reader reads directories of this kind"
    return f"no installed reader knows this file, which begins with {probe.head[:12]!r}"


def _close_extensions(probe: Probe, found: Registry) -> list[str]:
    suffix = "." + probe.name.lower().rpartition(".")[2]
    known = {extension for entry in found.readers for extension in entry.spec.extensions}
    if suffix in known or len(suffix) < 3:
        return []
    close = difflib.get_close_matches(suffix, sorted(known), n=4, cutoff=0.6)
    return [f"{suffix!r} is no known extension; alike are {', '.join(close)}"] if close else []


def no_such_reader(name: str, found: Registry) -> str:
    """Say that a reader asked for does not exist, and which do."""
    names = sorted({entry.spec.name for entry in found.readers})
    formats = sorted({entry.spec.format for entry in found.readers})
    close = difflib.get_close_matches(str(name), [*names, *formats], n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(map(repr, dict.fromkeys(close)))}?" if close else ""
    listed = ", ".join(names) if names else "none"
    broken = [f"\n  - the plugin {p.label} is broken: {p.reason}" for p in found.broken]
    return f"there is no reader and no format {name!r}{hint} (readers: {listed})" + "".join(broken)


def not_installed(entry: ReaderEntry) -> str:
    """Say what a reader lacks and how to install it."""
    lacking = ", ".join(entry.missing)
    return (
        f"{_who(entry)} reads {entry.spec.format} but needs {lacking}, which is not installed: "
        f"{pip_command(entry.spec.requires or '')}"
    )


def tie(entries: Sequence[ReaderEntry], probe: Probe) -> str:
    """Say which readers claim a file equally, and the words that settle it."""
    lines = [f"{len(entries)} readers claim it equally:"]
    lines += [f"  - {_who(entry)}: {entry.spec.summary}" for entry in entries]
    name = entries[0].spec.name
    formats = {entry.spec.format for entry in entries}
    key = formats.pop() if len(formats) == 1 else probe.extension(entries[0].spec.extensions)
    lines.append(f"settle it for this file: sidpy.read(path, reader={name!r})")
    if key:
        lines.append(
            f"or for all of them: sidpy.config.readers[{key!r}] = {name!r}, "
            f"in the environment SIDPY_READERS={key}={name}"
        )
    return "\n".join(lines)


def _who(entry: ReaderEntry) -> str:
    return f"{entry.spec.name!r} of {entry.plugin.label}"
