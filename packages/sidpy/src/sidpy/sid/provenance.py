"""Where a dataset came from and what was done to it.

Every operation adds one `Step` that points to the steps before it, so that adding one
costs the same after ten thousand operations as after one.  Seen from a dataset the steps
form a graph: two datasets that were added have both their histories in the sum.
A step holds its arguments exactly (see `sidpy.sid.arguments`), so that `sidpy.sid.calls` can
call it again.

`Provenance` is what the labels of a dataset hold: the last step and, for files of other
programs, whatever dictionary they stored.  Its dictionary form is the one the released
packages write: ``{"sidpy": {"from_array_": ...}, "sum_<time>": {"package": ...}, ...}``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sidpy.__version__ import version as sidpy_version

from .arguments import frozen
from .plain_values import identity, plain_value
from .trees import copy_tree

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["Provenance", "Step", "Steps", "identity", "plain_value", "record"]

#: Longest text that an argument has in the line of a step.
_LONGEST_TEXT: Final = 120

Place = tuple[str | int, ...]

DatasetT = TypeVar("DatasetT", bound="Dataset")


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One thing that was done.

    Examples
    --------
    >>> Step("sum", parameters={"axis": 2}).entry()["parameters"]
    {'axis': 2}
    """

    function: str
    """What was called: ``"sum"``, ``"pycroscopy.image.find_atoms"``."""
    package: str = "sidpy"
    version: str = sidpy_version
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What it was given besides its inputs, exactly."""
    inputs: tuple[str, ...] = ()
    """Identities of what went in: names of lazy arrays, fingerprints of files."""
    output: str = ""
    """Identity of what came out."""
    time_ns: int = field(default_factory=time.time_ns)
    """Nanoseconds since 1970."""
    linked_data: Any = None
    """What a caller of ``add_provenance`` wanted to keep with the step."""
    parents: tuple[Step, ...] = field(default=(), repr=False)
    """The steps whose results went in; where there are `places`, one for each input."""
    part: str = ""
    """Which of several results of one call this is: ``"1"``, ``"residual"``."""
    call: str = ""
    """What to call again where it is not `function`: ``"Dataset.sel"``, ``"numpy.add"``."""
    places: tuple[Place, ...] | None = None
    """Where among the arguments the inputs stood, None where that was not written down."""
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What a newer version has stored with the step."""
    _plain: list[Any] = field(default_factory=list, init=False, repr=False)
    """The parameters as plain values, once they were asked for."""

    @property
    def time(self) -> str:
        """When, as ``YYYY-MM-DD-HH:MM:SS.ffffff`` in local time."""
        return datetime.fromtimestamp(self.time_ns / 1e9).strftime("%Y-%m-%d-%H:%M:%S.%f")

    def entry(self) -> dict[str, Any]:
        """Return the step as a dictionary of plain values, without its parents."""
        entry: dict[str, Any] = {
            "package": self.package,
            "version": self.version,
            "function": self.function,
            "time_ns": self.time_ns,
        }
        if self.parameters:
            entry["parameters"] = _copy_stored(self.plain_parameters())
        if self.inputs:
            entry["inputs"] = list(self.inputs)
        if self.places and self.places != (("self",),):
            entry["places"] = [".".join(map(str, place)) for place in self.places]
        if self.output:
            entry["output"] = self.output
        if self.part:
            entry["part"] = self.part
        if self.linked_data is not None:
            entry["linked_data"] = plain_value(self.linked_data)
        return entry

    def plain_parameters(self) -> dict[str, Any]:
        """Return the parameters as numbers, texts, lists and dictionaries; not to be changed."""
        if not self._plain:
            relabel = self.call == "relabel"
            parameters = _compact(self.parameters) if relabel else self.parameters
            self._plain.append(plain_value(parameters))
        result: dict[str, Any] = self._plain[0]
        return result

    def row(self, parents: tuple[int, ...]) -> dict[str, Any]:
        """Return the step as it is stored: its fields, but for those that say nothing."""
        row = {name: getattr(self, name) for name in _ALWAYS}
        row |= {name: value for name in _WHERE_SAID if (value := getattr(self, name))}
        if self.places is not None:
            row["places"] = [list(place) for place in self.places]
        return {**self.more, **row, "parents": list(parents)}

    @classmethod
    def from_row(cls, row: Mapping[str, Any], steps: list[Step]) -> Step:
        """Return the step of a row; `steps` are those of the rows before it."""
        values = {name: row[name] for name in (*_ALWAYS, *_WHERE_SAID) if name in row}
        values["inputs"] = tuple(row.get("inputs", ()))
        places = row.get("places")
        if places is not None:
            values["places"] = tuple(tuple(place) for place in places)
        known = {*values, "places", "parents"}
        return cls(
            **values,
            parents=tuple(steps[i] for i in row.get("parents", ())),
            more={name: value for name, value in row.items() if name not in known},
        )

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={_short(v)}" for name, v in self.plain_parameters().items())
        part = f"[{self.part}]" if self.part else ""
        return (
            f"{self.time[:19]}  {self.package} {self.version}  {self.function}({arguments}){part}"
        )


#: Fields of a step that every stored row has, and those that only some have.
_ALWAYS: Final = ("function", "package", "version", "time_ns")
_WHERE_SAID: Final = ("parameters", "inputs", "output", "linked_data", "part", "call")


def _compact(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return new labels with the keys of dictionaries in place of all that is in them."""
    axes = changes.get("dimensions", {}).values()
    others = {name: value for name, value in changes.items() if name != "dimensions"}
    named = {
        name: list(value) if isinstance(value, Mapping) else _shape(value)
        for name, value in others.items()
    }
    return {**({"dimensions": [str(axis) for axis in axes]} if axes else {}), **named}


def _shape(value: Any) -> Any:
    return f"array of shape {value.shape}" if hasattr(value, "shape") else value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 3]}..."


class Steps(list[Step]):
    """The steps of a history, oldest first; a list that prints one line for each."""

    def lines(self, longest: int = 40) -> list[str]:
        """Return one line for each step, those in the middle of a long history left out."""
        if len(self) <= longest:
            return [str(step) for step in self]
        first, last = self[: longest // 2], self[-(longest // 2) :]
        between = f"... {len(self) - len(first) - len(last):,} more steps ..."
        return [*map(str, first), between, *map(str, last)]

    def __repr__(self) -> str:
        return "\n".join(self.lines()) or "no history"


class Provenance:
    """The history of one dataset.

    Parameters
    ----------
    last : Step, optional
        The step that made the dataset.
    stored : mapping
        A provenance dictionary from a file or from the user, kept as it is.
    """

    __slots__ = ("_last", "_stored")

    def __init__(self, last: Step | None = None, stored: Mapping[str, Any] | None = None) -> None:
        self._last = last
        self._stored = stored or {}

    @property
    def last(self) -> Step | None:
        """The step that made the dataset, None when only a stored dictionary is known."""
        return self._last

    @property
    def stored(self) -> Mapping[str, Any]:
        """What came from a file or the user; not to be changed."""
        return self._stored

    def steps(self) -> Steps:
        """Return every step that led here, each once, inputs before what used them."""
        return Steps([*_stored_steps(self._stored), *_in_order(self._last)])

    def then(self, step: Step) -> Provenance:
        """Return the history with one more step; `step` already names its parents."""
        return Provenance(step, self._stored)

    def as_dict(self, newest: int | None = None) -> dict[str, Any]:
        """Return the dictionary form, new at each call.

        Parameters
        ----------
        newest : int, optional
            Leave out what lies between the first step and so many newest ones.
        """
        result: dict[str, Any] = _copy_stored(self._stored)
        steps = _in_order(self._last)
        if newest is not None and len(steps) > newest + 1:
            steps = [steps[0], *steps[-newest:]]
        for step in steps:
            if step.call == "relabel":  # the released form has operations only
                continue
            if step.function == "from_array" and "sidpy" not in result:
                result["sidpy"] = {"from_array_": f"_{step.version}_{step.time}"}
                continue
            key = f"{step.function}_{step.time}"
            while key in result:
                key += "_"
            result[key] = step.entry()
        return result

    def edited(self, entries: Mapping[str, Any]) -> Provenance:
        """Return the history after a user has written into its dictionary form.

        Entries that were added are kept beside the steps; where an entry was changed or
        removed, the dictionary is all that is left.
        """
        own = self.as_dict()
        if own == entries:
            return self
        if any(key not in entries or entries[key] != value for key, value in own.items()):
            return Provenance(stored=copy_tree(entries))
        added = {key: value for key, value in entries.items() if key not in own}
        return Provenance(self._last, {**self._stored, **copy_tree(added)})

    def __len__(self) -> int:
        return len(self.steps())

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps())

    def __repr__(self) -> str:
        return repr(self.steps())

    def rows(self) -> list[dict[str, Any]]:
        """Return the steps as they are stored: the fields of each, with parents by row number."""
        steps = _in_order(self._last)
        number = {id(step): i for i, step in enumerate(steps)}
        return [step.row(tuple(number[id(parent)] for parent in step.parents)) for step in steps]

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any] | tuple[Any, ...]],
        stored: Mapping[str, Any] | None = None,
    ) -> Provenance:
        """Return the history that `rows` gave these rows of.

        Rows of the first form, tuples whose parameters are plain values, are read too; their
        steps cannot be called again.  Fields that are not known are kept with the step.
        """
        steps: list[Step] = []
        for row in rows:
            named = row if isinstance(row, Mapping) else dict(zip(_FIRST_FORM, row, strict=True))
            steps.append(Step.from_row(named, steps))
        return cls(steps[-1] if steps else None, stored)

    def __reduce__(self) -> tuple[Any, ...]:
        # a chain of ten thousand steps must not be pickled by recursion
        return Provenance.from_rows, (self.rows(), dict(self._stored))


#: The fields of a row of the first form, in their order.
_FIRST_FORM: Final = (
    "function", "package", "version", "parameters", "inputs", "output", "time_ns", "linked_data",
    "parents",
)  # fmt: skip


def _in_order(last: Step | None) -> list[Step]:
    """Return the graph below `last`, parents first, without recursion."""
    if last is None:
        return []
    order: list[Step] = []
    seen: set[int] = set()
    waiting: list[tuple[Step, bool]] = [(last, False)]
    while waiting:
        step, parents_done = waiting.pop()
        if parents_done:
            order.append(step)
        elif id(step) not in seen:
            seen.add(id(step))
            waiting.append((step, True))
            waiting.extend((parent, False) for parent in reversed(step.parents))
    return order


def _stored_steps(stored: Mapping[str, Any]) -> list[Step]:
    steps = []
    for key, entry in stored.items():
        if isinstance(entry, Mapping) and "package" in entry:
            steps.append(
                Step(
                    function=str(entry.get("function", key.rpartition("_")[0] or key)),
                    package=str(entry["package"]),
                    version=str(entry.get("version", "")),
                    parameters=_mapping(entry.get("parameters")),
                    inputs=tuple(map(str, entry.get("inputs", ()))),
                    output=str(entry.get("output", "")),
                    time_ns=int(entry.get("time_ns", _time_of(key))),
                    linked_data=entry.get("linked_data"),
                )
            )
        elif key == "sidpy" and isinstance(entry, Mapping) and "from_array_" in entry:
            _, version, when = [*str(entry["from_array_"]).split("_", 2), "", ""][:3]
            steps.append(Step("from_array", version=version, time_ns=_time_of(f"_{when}")))
    return steps


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _time_of(key: str) -> int:
    """Return the time in a key ``<function>_<time>`` in nanoseconds, 0 when there is none."""
    try:
        when = datetime.strptime(key.rpartition("_")[2], "%Y-%m-%d-%H:%M:%S.%f")
    except ValueError:
        return 0
    return int(when.timestamp() * 1e6) * 1000


def _copy_stored(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy_stored(item) for key, item in value.items()}
    return value


@cache
def version_of(package: str) -> str:
    """Return the installed version of a distribution, "" when it is not installed."""
    if package == "sidpy":
        return sidpy_version
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def record(
    result: DatasetT,
    *,
    function: str,
    parameters: Mapping[str, Any] | None = None,
    inputs: Iterable[Any] = (),
    package: str | None = None,
    version: str | None = None,
) -> DatasetT:
    """Write down how `result` was made, on `result` itself.

    Parameters
    ----------
    result : Dataset
        What came out; whatever history it has is replaced by that of its inputs.
    function : str
        Full name, ``"pycroscopy.image.find_atoms"``.
    parameters : mapping
        Everything that decides the result, with units where there are any.
    inputs : iterable
        Datasets, arrays or identities (str) that went in.
    package, version : str, optional
        By default the first word of `function` and its installed version.

    Returns
    -------
    Dataset
        `result`.

    Examples
    --------
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array([1, 2, 3])
    >>> doubled = record(2 * data, function="acme.double", inputs=[data], version="3.1")
    >>> [step.function for step in doubled.history]
    ['from_array', 'acme.double']
    """
    inputs = list(inputs)
    if any(value is result for value in inputs):
        from .relabelling import settle  # which knows labels, and labels know this

        settle(result)  # its labels are what this step has made
    package = function.partition(".")[0] if package is None else package
    histories = [
        value.provenance_record for value in inputs if hasattr(value, "provenance_record")
    ]
    step = Step(
        function=function,
        package=package,
        version=version_of(package) if version is None else version,
        parameters=frozen(dict(parameters or {})),
        inputs=tuple(x if isinstance(x, str) else identity(x) for x in inputs),
        output=result.name,
        parents=tuple(history.last for history in histories if history.last is not None),
    )
    stored: dict[str, Any] = {}
    for history in histories:
        stored.update(history.stored)
    result.provenance_record = Provenance(step, stored)
    return result
