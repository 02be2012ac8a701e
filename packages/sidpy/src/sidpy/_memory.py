"""How much memory there is, and how much of it this process may still take.

A container or a batch job is stopped at the limit of its control group, long before the
machine is full: the answers here are the smaller of what the machine has and what the
group allows, for both versions of control groups, at every level above the process.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["available", "total"]

#: Where the files of a version of control groups are, and what they are called.
_GROUPS: Final = {
    "v2": ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    "v1": (
        "sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
    ),
}
_ROOT: Final = Path("/")


def total(root: Path = _ROOT) -> int | None:
    """Return the bytes this process could ever have, None where nothing tells.

    Parameters
    ----------
    root : Path
        Below which ``proc`` and ``sys`` are looked for.
    """
    machine = _meminfo(root).get("MemTotal") or _pages("SC_PHYS_PAGES")
    found = [limit for limit, _ in _groups(root)]
    return min([*found, machine] if machine else found, default=None)


def available(root: Path = _ROOT) -> int | None:
    """Return the bytes this process may take now, None where nothing tells.

    Parameters
    ----------
    root : Path
        Below which ``proc`` and ``sys`` are looked for.

    Notes
    -----
    Files that the system keeps in memory only because nobody needed the room count as
    available.
    """
    machine = _meminfo(root).get("MemAvailable") or _from_psutil() or _pages("SC_AVPHYS_PAGES")
    found = [max(limit - used, 0) for limit, used in _groups(root)]
    return min([*found, machine] if machine else found, default=None)


def _meminfo(root: Path) -> dict[str, int]:
    """Return what Linux says about its memory, in bytes."""
    found = {}
    for line in _text(root / "proc/meminfo").splitlines():
        name, _, amount = line.partition(":")
        number, _, unit = amount.strip().partition(" ")
        if number.isdigit():
            found[name] = int(number) * (1024 if unit == "kB" else 1)
    return found


def _from_psutil() -> int | None:
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)


def _pages(name: str) -> int | None:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf(name)
    except (AttributeError, ValueError, OSError):  # not every system can tell
        return None
    return size if size > 0 else None


def _groups(root: Path) -> Iterator[tuple[int, int]]:
    """Yield limit and use, in bytes, of every control group above this process."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            version = "v2"
        elif "memory" in controllers.split(","):
            version = "v1"
        else:
            continue
        folder, limit_file, used_file, spare = _GROUPS[version]
        for group in _upwards(root / folder, path):
            limit, used = _text(group / limit_file).strip(), _text(group / used_file).strip()
            if limit.isdigit() and used.isdigit():
                cached = _spare(_text(group / "memory.stat"), spare)
                yield int(limit), max(int(used) - cached, 0)


def _upwards(folder: Path, path: str) -> Iterator[Path]:
    """Yield the folder of a group and of all above it, up to the mounted one.

    Inside a container the path may be that of the host, and only the mounted one is there.
    """
    inner = PurePosixPath(path.lstrip("/"))
    for part in (inner, *inner.parents):
        if ".." not in part.parts:
            yield folder / part


def _spare(statistics: str, name: str) -> int:
    for line in statistics.splitlines():
        key, _, amount = line.partition(" ")
        if key == name and amount.strip().isdigit():
            return int(amount)
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", errors="replace")
    except OSError:
        return ""
