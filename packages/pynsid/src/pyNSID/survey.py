"""What is in a file: its main datasets, those that claim to be one, and what is wrong.

HDF5 visits a thousand datasets quickly, but gives up at the first object that it cannot
read, and does not say where.  Then every group is looked into on its own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import MissingDependency, ReaderError, UnsupportedFile
from sidpy.hdf.damage import DAMAGE, Problem
from sidpy.hdf.objects import is_dataset, is_group
from sidpy.hdf.walking import Walk, identity, is_external_wanted

from .fields import HIDDEN, MAIN_ATTRIBUTES
from .looking import Look, look_at
from .validate import main_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    import h5py

__all__ = ["Survey", "check_if_main", "get_all_main", "group_problems", "survey"]

logger = logging.getLogger(__name__)

#: Attributes by which a dataset claims to be a main one, whatever it may lack.
_CLAIMS: Final = (b"main_data_name", b"pyNSID_version")


@dataclass(slots=True)
class Survey:
    """What was found below a group."""

    looks: list[Look] = field(default_factory=list)
    """What a look at each main dataset has shown, in alphabetical order of their addresses."""
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with datasets that claim to be one, and what cannot be looked into."""

    def judge(self, item: Any) -> None:
        """Sort in a dataset that claims to be a main one."""
        look = look_at(item)
        self.problems += look.problems
        if not look.problems:
            self.looks.append(look)

    @property
    def mains(self) -> list[Any]:
        """The main datasets."""
        return [look.dataset for look in self.looks]


def check_if_main(h5_main: object, verbose: bool = False) -> bool:  # noqa: FBT001, FBT002 - the released package's signature
    """Return `is_main`; with `verbose`, log the reasons at the level INFO."""
    reasons = main_problems(h5_main)
    for reason in reasons:
        logger.log(logging.INFO if verbose else logging.DEBUG, "no main dataset: %s", reason)
    return not reasons


def get_all_main(parent: h5py.Group, verbose: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 - the released package's signature
    """Return every main dataset below a group, in alphabetical order of the addresses.

    Parameters
    ----------
    parent : h5py.File or h5py.Group
        Where to search; links are not followed.
    verbose : bool
        Log at the level INFO what is found, and what is wrong with what is not.

    Raises
    ------
    TypeError
        When `parent` is no group.
    """
    if not is_group(parent):
        msg = f"parent should be a h5py.File or h5py.Group object, found {type(parent).__name__}"
        raise TypeError(msg)
    found = survey(parent)
    level = logging.INFO if verbose else logging.DEBUG
    if logger.isEnabledFor(level):
        for look in found.looks:
            logger.log(level, "main dataset %s", look.name)
    for problem in found.problems:
        logger.log(level, "no main dataset: %s", problem)
    return found.mains


def survey(group: h5py.Group) -> Survey:
    """Return the main datasets below a group, and what is wrong with others."""
    found = Survey()
    try:
        for name in _claiming(group):
            found.judge(_dataset(group, name))
    except DAMAGE as error:
        logger.info("%r is looked into group by group: %s", group.name, error)
        found = Survey()
        for item in _carefully(group, found.problems):
            if is_dataset(item) and _claims(item):
                found.judge(item)
    return found


def _claiming(group: Any) -> list[bytes]:
    """Return the addresses of datasets that claim to be main ones, relative to a group."""
    from h5py import h5a, h5o

    found: list[tuple[bytes, int]] = []

    def visit(name: bytes, info: Any) -> None:
        # fewer attributes than a main dataset needs: it is not even opened
        if info.type == h5o.TYPE_DATASET and info.num_attrs >= len(MAIN_ATTRIBUTES):
            found.append((name, info.num_attrs))

    h5o.visit(group.id, visit, info=True)
    where = group.id
    return [
        name
        for name, _ in found
        if any(h5a.exists(where, claim, obj_name=name) for claim in _CLAIMS)
    ]


def _dataset(group: Any, name: bytes) -> Any:
    import h5py
    from h5py import h5o

    return h5py.Dataset(h5o.open(group.id, name))


def _claims(item: Any) -> bool:
    from h5py import h5a

    try:
        return any(h5a.exists(item.id, claim) for claim in _CLAIMS)
    except DAMAGE:
        return False


def group_problems(group: h5py.Group) -> list[Problem]:
    """Return everything that is wrong below a group; see `validate.problems`."""
    found = Survey()
    for item in _carefully(group, found.problems, links=True):
        if is_dataset(item) and _claims(item):
            found.judge(item)
    for look in found.looks:
        found.problems += _reading_problems(look)
    if not found.looks:
        reason = "it holds no main dataset of the NSID model that can be read"
        found.problems.append(Problem(str(group.name), reason))
    return found.problems


def _reading_problems(look: Look) -> list[Problem]:
    """Return what a sound layout cannot show: labels and a record that are damaged."""
    from .read import read_main, read_record_of

    found = []
    try:
        read_record_of(look.group)
    except DAMAGE as error:
        where = f"{look.group.name}/{HIDDEN}"
        found.append(Problem(where, f"the exact record cannot be read: {error}"))
    try:
        read_main(look)
    except (ReaderError, MissingDependency) as error:
        found.append(Problem(look.name, getattr(error, "message", str(error))))
    return found


def _carefully(group: Any, problems: list[Problem], *, links: bool = False) -> Iterator[Any]:
    """Give what is below a group, note what cannot be opened, and with `links` bad links."""
    walk = Walk(external=is_external_wanted())
    known = {identity(group): str(group.name)}
    waiting = [(group, str(group.name).rstrip("/"))]
    while waiting:
        parent, address = waiting.pop()
        try:
            names = list(parent)
        except DAMAGE as error:
            problems.append(Problem(address or "/", f"its members cannot be listed: {error}"))
            continue
        below = []
        for name in names:
            at = f"{address}/{name}"
            item = _hard_member(parent, name, at, problems, walk if links else None)
            if is_dataset(item):
                yield item
            elif is_group(item):
                seen = known.setdefault(identity(item), at)
                if seen == at:
                    below.append((item, at))
                elif links and f"{at}/".startswith(f"{seen.rstrip('/')}/"):
                    problems.append(Problem(at, f"it leads back to {seen}, in which it lies"))
        waiting += reversed(below)


def _hard_member(
    group: Any, name: str, address: str, problems: list[Problem], walk: Walk | None
) -> Any:
    """Return what lies in a group under a name, None for links and what cannot be opened."""
    import h5py

    try:
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.HardLink):
            return group[name]
        if walk is not None and walk.find(group, name) is None:
            problems.append(Problem(address, _lost(link)))
    except UnsupportedFile as error:
        problems.append(Problem(address, error.message.partition("' ")[2]))
    except DAMAGE as error:
        problems.append(Problem(address, f"it cannot be opened: {error}"))
    return None


def _lost(link: Any) -> str:
    import h5py

    if isinstance(link, h5py.ExternalLink):
        return f"it is a link to {link.path!r} in {link.filename!r}, where nothing is"
    return f"it is a link to {link.path!r}, where nothing is, or which leads back to it"
