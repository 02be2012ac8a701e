"""Whether what a reader needs is installed, and the command that installs it.

A specification says ``requires="acme-reader[fast]"`` or ``requires="igor2>=0.5"``.  Only
the presence of the named distributions is looked up; versions are pip's business.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["forget", "missing", "pip_command"]

_REQUIREMENT: Final = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")
_EXTRA: Final = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


def pip_command(requirement: str) -> str:
    """Return what to type to install something.

    >>> pip_command("acme-reader[fast]")
    "pip install 'acme-reader[fast]'"
    >>> pip_command("pyNSID")
    'pip install pyNSID'
    """
    plain = re.fullmatch(r"[A-Za-z0-9._-]+", requirement)
    return f"pip install {requirement}" if plain else f"pip install '{requirement}'"


@lru_cache(maxsize=256)
def missing(requirement: str | None) -> tuple[str, ...]:
    """Return the distributions of `requirement` that are not installed."""
    match = _REQUIREMENT.match(requirement or "")
    if match is None:
        return ()
    needed = _needed_by_extras(match[1], match[2] or "")
    if needed is None:
        return (match[1],)
    return tuple(name for name in needed if not _installed(name))


def forget() -> None:
    """Look again at what is installed."""
    missing.cache_clear()


def _needed_by_extras(name: str, extras: str) -> list[str] | None:
    from importlib import metadata

    try:
        requirements = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return None
    wanted = {extra.strip().lower() for extra in extras.split(",")} - {""}
    needed = []
    for line in requirements:
        body, _, marker = line.partition(";")
        named = {extra.lower() for extra in _EXTRA.findall(marker)}
        match = _REQUIREMENT.match(body)
        if match and named & wanted:
            needed.append(match[1])
    return needed


def _installed(name: str) -> bool:
    from importlib import metadata

    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
