"""Which plugins are installed, and what they offer.

Every entry point of the group ``sidpy`` is loaded on its own.  One that fails becomes a
`PluginWarning` with the name and version of its distribution and is listed with its
reason; the others never notice.  pluggy's own bulk loader would stop at the first.

``SIDPY_PLUGINS`` decides which are loaded: ``a,b`` only these, ``-x`` all but this one,
``off`` none.  A name is that of the entry point or of its distribution.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import pluggy

from sidpy._warnings import warn
from sidpy.errors import PluginWarning

from . import hookspecs, requirements
from .hookspecs import PROJECT
from .specs import API_VERSIONS, ReaderSpec, WriterSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.metadata import EntryPoint

__all__ = ["Plugin", "ReaderEntry", "Registry", "WriterEntry", "registry", "reset"]

logger = logging.getLogger(__name__)

_SWITCH: Final = "SIDPY_PLUGINS"
_Spec = TypeVar("_Spec", ReaderSpec, WriterSpec)


@dataclass(eq=False)
class Plugin:
    """One entry point and what became of it.

    Parameters
    ----------
    name : str
        Name of the entry point.
    module : str
        The module it names.
    status : {"active", "broken", "blocked"}
        Whether its readers and writers are offered.
    reason : str
        Why it is not active.
    problems : list of str
        Single specifications that were refused while the rest of it is active.
    """

    name: str
    module: str
    status: Literal["active", "broken", "blocked"] = "active"
    reason: str = ""
    problems: list[str] = field(default_factory=list)
    _entry_point: EntryPoint | None = field(default=None, repr=False)

    # reading the metadata of a distribution costs more than finding the entry point, so
    # that name and version are looked up when somebody asks
    @cached_property
    def distribution(self) -> str:
        """Name of the distribution it came with."""
        source = None if self._entry_point is None else self._entry_point.dist
        return "" if source is None else str(source.metadata["Name"] or "")

    @cached_property
    def version(self) -> str:
        """Version of that distribution."""
        source = None if self._entry_point is None else self._entry_point.dist
        return "" if source is None else str(source.version or "")

    @property
    def label(self) -> str:
        """Name and version as a person would write them."""
        return f"{self.distribution or self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True, eq=False)
class ReaderEntry:
    """A reader that is on offer, and the plugin it came with."""

    spec: ReaderSpec
    plugin: Plugin

    @property
    def missing(self) -> tuple[str, ...]:
        """Distributions it needs that are not installed."""
        return requirements.missing(self.spec.requires)


@dataclass(frozen=True, slots=True, eq=False)
class WriterEntry:
    """A writer that is on offer, and the plugin it came with."""

    spec: WriterSpec
    plugin: Plugin


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """Everything that was found, in an order that does not depend on the machine."""

    plugins: tuple[Plugin, ...]
    readers: tuple[ReaderEntry, ...]
    writers: tuple[WriterEntry, ...]

    @property
    def broken(self) -> tuple[Plugin, ...]:
        """Plugins that could not be loaded."""
        return tuple(plugin for plugin in self.plugins if plugin.status == "broken")

    def reader(self, name: str) -> ReaderEntry | None:
        """Return the reader of that name."""
        return next((entry for entry in self.readers if entry.spec.name == name), None)

    def by_format(self, format_id: str) -> tuple[ReaderEntry, ...]:
        """Return the readers of a format."""
        return tuple(entry for entry in self.readers if entry.spec.format == format_id)


_lock = threading.Lock()
_found: Registry | None = None


def registry() -> Registry:
    """Return what the installed plugins offer; they are looked for once.

    Warns
    -----
    PluginWarning
        For each plugin or specification that cannot be used, the first time.
    """
    global _found
    with _lock:
        if _found is not None:
            return _found
        _found, complaints = _discover()
        found = _found
    for complaint in complaints:
        warn(complaint, PluginWarning)
    return found


def reset() -> None:
    """Forget what was found; the next question looks again."""
    global _found  # noqa: PLW0603 - the cache of this process, behind its lock
    with _lock:
        _found = None
    requirements.forget()


def _discover() -> tuple[Registry, list[str]]:
    from importlib.metadata import entry_points

    points = sorted(entry_points(group=PROJECT), key=lambda point: (point.name, point.value))
    plugins = [Plugin(point.name, point.value, _entry_point=point) for point in points]
    complaints = _apply_switch(plugins, os.environ.get(_SWITCH, ""))
    builder = _Builder(complaints)
    for plugin in plugins:
        if plugin.status == "active":
            builder.add(plugin)
    found = Registry(tuple(plugins), tuple(builder.readers), tuple(builder.writers))
    logger.debug(
        "%d plugins, %d readers, %d writers", len(plugins), len(found.readers), len(found.writers)
    )
    return found, complaints


def _apply_switch(plugins: list[Plugin], switch: str) -> list[str]:
    """Block what ``SIDPY_PLUGINS`` blocks; return complaints about names it has wrong."""
    words = [word.strip() for word in switch.split(",") if word.strip()]
    if not words:
        return []
    blocked = {_normal(word[1:]) for word in words if word.startswith("-")}
    allowed = {_normal(word) for word in words if not word.startswith("-")} - {"off"}
    only_allowed = bool(allowed) or "off" in map(str.lower, words)
    known = set()
    for plugin in plugins:
        names = {_normal(plugin.name), _normal(plugin.distribution)}
        known |= names
        if names & blocked or (only_allowed and not names & allowed):
            plugin.status, plugin.reason = "blocked", f"{_SWITCH}={switch}"
    strangers = sorted((allowed | blocked) - known)
    return [f"{_SWITCH}={switch} names {name!r}, which is not installed" for name in strangers]


class _Builder:
    """Collects what the plugins offer, one guarded plugin after the other."""

    def __init__(self, complaints: list[str]) -> None:
        self.readers: list[ReaderEntry] = []
        self.writers: list[WriterEntry] = []
        self._complaints = complaints
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)

    def add(self, plugin: Plugin) -> None:
        """Load a plugin and take what it offers; on any failure take nothing of it."""
        try:
            readers, writers = self._offers(plugin)
        except (Exception, SystemExit) as error:
            plugin.status = "broken"
            plugin.reason = f"{type(error).__name__}: {error}"
            logger.debug("plugin %s", plugin.name, exc_info=True)
            self._complaints.append(
                f"the plugin {plugin.name!r} of {plugin.label} cannot be used: {plugin.reason}"
            )
            return
        for reader in readers:
            self._accept(plugin, reader, self.readers, ReaderEntry)
        for writer in writers:
            self._accept(plugin, writer, self.writers, WriterEntry)

    def _offers(self, plugin: Plugin) -> tuple[list[ReaderSpec], list[WriterSpec]]:
        entry_point = plugin._entry_point
        assert entry_point is not None
        if not entry_point.pattern.match(plugin.module):
            msg = f"its entry point should name a module, found {plugin.module!r}"
            raise ValueError(msg)
        module = entry_point.load()
        others = self._manager.get_plugins()
        if module in others:
            msg = f"{plugin.module} is registered already, by another entry point"
            raise ValueError(msg)
        self._manager.register(module, name=f"{plugin.name} = {plugin.module}")
        try:
            self._check_hooks(plugin, module)
            return (
                self._ask("sidpy_readers", others, ReaderSpec),
                self._ask("sidpy_writers", others, WriterSpec),
            )
        except BaseException:
            self._manager.unregister(module)
            raise

    def _check_hooks(self, plugin: Plugin, module: Any) -> None:
        self._manager.check_pending()
        if not self._manager.get_hookcallers(module):
            msg = f"{plugin.module} implements no hook; is @hookimpl missing?"
            raise ValueError(msg)

    def _ask(self, hook: str, others: Iterable[Any], kind: type[_Spec]) -> list[_Spec]:
        """Call a hook of the plugin registered last and check what it returns."""
        answers = self._manager.subset_hook_caller(hook, others)()
        specs = [spec for answer in answers for spec in answer]
        for spec in specs:
            if not isinstance(spec, kind):
                msg = f"{hook} should return {kind.__name__} records, found {spec!r}"
                raise TypeError(msg)
        return specs

    def _accept(
        self,
        plugin: Plugin,
        spec: _Spec,
        entries: list[Any],
        entry: Callable[[_Spec, Plugin], Any],
    ) -> None:
        """Take one specification unless its version or its name is against it."""
        api = getattr(spec, "api", API_VERSIONS[-1])
        same = next((other for other in entries if other.spec.name == spec.name), None)
        if api not in API_VERSIONS:
            versions = " and ".join(map(str, API_VERSIONS))
            problem = (
                f"is written for version {api} of the plugin interface and this sidpy knows "
                f"{versions}; upgrade {'sidpy' if api > API_VERSIONS[-1] else plugin.label}"
            )
        elif same is not None:
            problem = f"has a name that {same.plugin.label} uses already"
        else:
            entries.append(entry(spec, plugin))
            return
        plugin.problems.append(f"{spec.name} {problem}")
        self._complaints.append(f"{spec.name!r} of {plugin.label} is left out: it {problem}")


def _normal(name: str) -> str:
    """Spell a distribution's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
