"""Which reader reads a file, and why.

The order is: what the user asked for, the score of the evidence (`evidence`), the
priority of the specification, how much of the file was compared.  Names order the list
and decide nothing: readers that are equal up to here are a question for the user.

A sniffer runs only where it can change the outcome: between candidates within ten points
of the best, for one that nothing but its name speaks for, and for one whose signature the
name of the file contradicts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sidpy._warnings import warn
from sidpy.config import config
from sidpy.errors import (
    AmbiguousFile,
    CorruptFile,
    MissingDependency,
    PluginWarning,
    ReaderError,
    UnrecognisedFile,
)

from . import advice
from .discovery import Plugin, ReaderEntry, Registry, registry
from .evidence import Evidence, Layout, weigh
from .explanation import Explanation, Row
from .probe import Probe
from .requirements import pip_command
from .sniffing import sniff
from .specs import ReaderSpec

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Choice", "choose", "explain"]

#: Candidates that are no further apart than this are close.
_CLOSE: Final = 10
#: Below this only the name of the file speaks for a reader.
_CONTENT: Final = 60


@dataclass(slots=True, eq=False)
class Candidate:
    """A reader and what speaks for it, while the choice is made."""

    entry: ReaderEntry
    evidence: Evidence
    sniffed: bool = False

    @property
    def score(self) -> float:
        """The score of its evidence."""
        return self.evidence.score

    @property
    def rank(self) -> tuple[float, int, int]:
        """What decides; equal ranks are a tie."""
        spec = self.entry.spec
        return (-self.score, -spec.priority, -self.evidence.specificity)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The reader of a file.

    Parameters
    ----------
    entry : ReaderEntry
        The reader and its plugin.
    probe : Probe
        What the file looked like.
    reason : str
        Why this one.
    """

    entry: ReaderEntry
    probe: Probe
    reason: str


@dataclass(slots=True, eq=False)
class _Contest:
    """All readers before one file."""

    probe: Probe
    found: Registry
    candidates: list[Candidate] = field(default_factory=list)
    #: Why HDF5 cannot look into the file although it is one.
    damage: str = ""
    #: Name of the reader that the configuration gives this extension to.
    pinned: str = ""
    reason: str = ""

    def ranked(self) -> list[Candidate]:
        """Return the candidates that could read it, best first."""
        usable = [c for c in self.candidates if c.evidence.score > 0 and not c.entry.missing]
        return sorted(usable, key=lambda c: (*c.rank, c.entry.spec.name))

    def winner_by_extension(self) -> Candidate | None:
        """Return the reader that the configuration names for the extension."""
        for candidate in self.ranked() if self.pinned else ():
            if candidate.entry.spec.name == self.pinned:
                self.reason = f"config.readers gives this extension to {self.pinned!r}"
                return candidate
        return None

    def tied(self) -> list[Candidate]:
        """Return those that share the first place."""
        ranked = self.ranked()
        return [c for c in ranked if c.rank == ranked[0].rank]


def choose(path: str | PathLike[str], reader: str | ReaderSpec | None = None) -> Choice:
    """Choose the reader of a file.

    Parameters
    ----------
    path : path-like
        The file.
    reader : str or ReaderSpec, optional
        The name of a reader or the id of a format, instead of choosing among all; a
        specification of your own is taken as it is.

    Raises
    ------
    UnrecognisedFile
        When no installed reader claims the file, or none has the name asked for.
    AmbiguousFile
        When several claim it equally.
    MissingDependency
        When the reader asked for needs something that is not installed.
    CorruptFile
        When it is an HDF5 file that HDF5 cannot open, or empty.
    MissingFile, NotAFile
        When there is nothing to read at the path.

    Notes
    -----
    Reads head and tail of the file once; imports no reader.
    """
    found = registry()
    probe = _probe(path, found)
    if reader is not None:
        return _asked_for(reader, probe, found)
    contest = _contest(probe, found, found.readers)
    winner = _winner(contest)
    return Choice(winner.entry, probe, contest.reason)


def explain(path: str | PathLike[str]) -> Explanation:
    """Tell which reader reads a file and why, and why the others do not.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    Explanation
        A row per reader; printed, it is a table.

    Raises
    ------
    MissingFile, NotAFile, CorruptFile
        When there is nothing to choose a reader for.
    """
    found = registry()
    probe = _probe(path, found)
    contest = _contest(probe, found, found.readers)
    winner: Candidate | None = None
    problem = ""
    try:
        winner = _winner(contest)
    except ReaderError as error:
        problem = error.message
    chosen = None if winner is None else winner.entry
    order = sorted(
        contest.candidates,
        key=lambda c: (c.entry is not chosen, *c.rank, c.entry.spec.name),
    )
    rows = tuple(_row(c, chosen) for c in order)
    return Explanation(probe.path, probe.size, rows, contest.reason, problem, found.broken)


def _probe(path: str | PathLike[str], found: Registry) -> Probe:
    directories = any(entry.spec.claims_directories for entry in found.readers)
    return Probe.of(path, directories=directories)


def _asked_for(reader: str | ReaderSpec, probe: Probe, found: Registry) -> Choice:
    if isinstance(reader, ReaderSpec):
        entry = ReaderEntry(reader, Plugin(reader.name, reader.reader.partition(":")[0]))
        return Choice(entry, probe, "given by the caller")
    exact = found.reader(reader)
    entries = (exact,) if exact is not None else found.by_format(reader)
    if not entries:
        raise UnrecognisedFile(advice.no_such_reader(reader, found), path=probe.path)
    usable = tuple(entry for entry in entries if not entry.missing)
    if not usable:
        raise MissingDependency(advice.not_installed(entries[0]))
    reason = f"asked for by reader={reader!r}"
    if len(usable) == 1:
        return Choice(usable[0], probe, reason)
    contest = _contest(probe, found, usable)
    if not contest.ranked():
        # the user knows better than the bytes; which of the readers is still open
        contest.candidates = [Candidate(entry, Evidence(1, (reason,))) for entry in usable]
    return Choice(_winner(contest).entry, probe, reason)


def _contest(probe: Probe, found: Registry, entries: tuple[ReaderEntry, ...]) -> _Contest:
    """Weigh every reader, and ask the sniffers that can change the outcome."""
    contest = _Contest(probe, found)
    ending, name = _pinned_by_extension(probe)
    with Layout(probe) as layout:
        for entry in entries:
            pinned = entry.spec.name == name
            evidence = weigh(entry.spec, probe, layout, pinned_ending=pinned)
            contest.candidates.append(Candidate(entry, evidence))
        contest.damage = layout.problem if probe.is_hdf5 else ""
    contest.pinned = _installed(name, ending, found)
    if contest.winner_by_extension() is None:
        while _sniff_the_close(contest):
            pass
    return contest


def _pinned_by_extension(probe: Probe) -> tuple[str, str]:
    pins = config.readers
    ending = probe.extension(tuple(key for key in pins if key.startswith(".")))
    return ending, pins.get(ending, "")


def _installed(name: str, key: str, found: Registry) -> str:
    """Return a configured name if there is such a reader; warn if there is not."""
    if name and found.reader(name) is None:
        warn(f"config.readers[{key!r}] is {name!r}, and there is no such reader", PluginWarning)
        return ""
    return name


def _sniff_the_close(contest: _Contest) -> bool:
    """Ask the sniffers of the leading candidates; tell whether any was asked."""
    ranked = contest.ranked()
    if not ranked:
        return False
    best = ranked[0].score
    close = [c for c in ranked if best - c.score <= _CLOSE]
    if len(close) == 1 and best >= _CONTENT and _has_usual_name(close[0], contest.probe):
        return False
    asked = False
    for candidate in close:
        target = candidate.entry.spec.sniff
        if target is None or candidate.sniffed:
            continue
        candidate.sniffed = asked = True
        confidence, reason = sniff(target, contest.probe)
        evidence = candidate.evidence
        candidate.evidence = Evidence(
            evidence.score + _CLOSE * confidence if confidence else 0,
            (*evidence.reasons, reason),
            evidence.specificity,
        )
    return asked


def _has_usual_name(candidate: Candidate, probe: Probe) -> bool:
    """Say whether the name of the file speaks for a reader, too, or may not."""
    extensions = candidate.entry.spec.extensions
    return not extensions or bool(probe.extension(extensions))


def _winner(contest: _Contest) -> Candidate:
    """Return the best candidate, or raise what teaches how to get one."""
    ranked = contest.ranked()
    path = contest.probe.path
    if not ranked:
        if contest.damage:
            msg = f"is an HDF5 file, but {contest.damage}"
            raise CorruptFile(msg, path=path, format="HDF5")
        weighed = [(c.entry, c.evidence) for c in contest.candidates]
        msg = advice.nothing_found(contest.probe, weighed, contest.found)
        raise UnrecognisedFile(msg, path=path)
    pinned = contest.winner_by_extension() or _winner_by_format(contest)
    if pinned is not None:
        return pinned
    tied = contest.tied()
    if len(tied) > 1:
        raise AmbiguousFile(advice.tie([c.entry for c in tied], contest.probe), path=path)
    contest.reason = "; ".join(ranked[0].evidence.reasons)
    return ranked[0]


def _winner_by_format(contest: _Contest) -> Candidate | None:
    """Return the reader that the configuration names for the format of the best."""
    for best in contest.tied():
        key = best.entry.spec.format
        name = _installed(config.readers.get(key, ""), key, contest.found)
        pinned = next((c for c in contest.ranked() if c.entry.spec.name == name), None)
        if pinned is not None:
            contest.reason = f"config.readers[{key!r}]"
            return pinned
    return None


def _row(candidate: Candidate, chosen: ReaderEntry | None) -> Row:
    entry, evidence = candidate.entry, candidate.evidence
    reasons = list(evidence.reasons)
    if entry.missing:
        reasons.append(f"needs {pip_command(entry.spec.requires or '')}")
    return Row(
        reader=entry.spec.name,
        format=entry.spec.format,
        distribution=entry.plugin.distribution,
        version=entry.plugin.version,
        score=round(evidence.score, 1),
        priority=entry.spec.priority,
        chosen=entry is chosen,
        reason="; ".join(reasons),
    )
