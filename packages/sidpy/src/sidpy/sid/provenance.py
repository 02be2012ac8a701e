"""Where a dataset came from and what was done to it.

Every operation adds one `Step` that points to the steps before it, so that adding one
costs the same after ten thousand operations as after one.  Seen from a dataset the steps
form a graph: two datasets that were added have both their histories in the sum.

`Provenance` is what the labels of a dataset hold: the last step and, for files of other
programs, whatever dictionary they stored.  Its dictionary form is the one the released
packages write: ``{"sidpy": {"from_array_": ...}, "sum_<time>": {"package": ...}, ...}``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from sidpy.__version__ import version as sidpy_version

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["Provenance", "Step", "record"]

#: Longest array that is written into a step value by value.
_LONGEST_LIST: Final = 64

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
    inputs: tuple[str, ...] = ()
    """Identities of what went in: names of lazy arrays, fingerprints of files."""
    output: str = ""
    """Identity of what came out."""
    time_ns: int = field(default_factory=time.time_ns)
    """Nanoseconds since 1970."""
    linked_data: Any = None
    """What a caller of ``add_provenance`` wanted to keep with the step."""
    parents: tuple[Step, ...] = field(default=(), repr=False)
    """The steps whose results went in."""

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
            entry["parameters"] = plain_value(self.parameters)
        if self.inputs:
            entry["inputs"] = list(self.inputs)
        if self.output:
            entry["output"] = self.output
        if self.linked_data is not None:
            entry["linked_data"] = plain_value(self.linked_data)
        return entry

    def __str__(self) -> str:
        arguments = ", ".join(
            f"{name}={value!r}" for name, value in plain_value(self.parameters).items()
        )
        return f"{self.time[:19]}  {self.package} {self.version}  {self.function}({arguments})"


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

    def steps(self) -> list[Step]:
        """Return every step that led here, each once, inputs before what used them."""
        return [*_stored_steps(self._stored), *_in_order(self._last)]

    def then(self, step: Step) -> Provenance:
        """Return the history with one more step; `step` already names its parents."""
        return Provenance(step, self._stored)

    def as_dict(self) -> dict[str, Any]:
        """Return the dictionary form, new at each call."""
        result: dict[str, Any] = _copy_stored(self._stored)
        for step in _in_order(self._last):
            if step.function == "from_array" and "sidpy" not in result:
                result["sidpy"] = {"from_array_": f"_{step.version}_{step.time}"}
                continue
            key = f"{step.function}_{step.time}"
            while key in result:
                key += "_"
            result[key] = step.entry()
        return result

    def matches(self, other: Mapping[str, Any]) -> bool:
        """Whether `other` still is this history's dictionary form."""
        return self.as_dict() == other

    def __len__(self) -> int:
        return len(self.steps())

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps())

    def __repr__(self) -> str:
        return "\n".join(map(str, self.steps())) or "no history"

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the steps as plain values: the fields of each, with parents by row number."""
        steps = _in_order(self._last)
        number = {id(step): i for i, step in enumerate(steps)}
        return [
            (
                step.function, step.package, step.version, plain_value(step.parameters),
                step.inputs, step.output, step.time_ns, step.linked_data,
                tuple(number[id(parent)] for parent in step.parents),
            )
            for step in steps
        ]  # fmt: skip

    @classmethod
    def from_rows(
        cls, rows: Iterable[tuple[Any, ...]], stored: Mapping[str, Any] | None = None
    ) -> Provenance:
        """Return the history that `rows` gave these rows of."""
        steps: list[Step] = []
        for row in rows:
            *values, parents = row
            steps.append(Step(*values, parents=tuple(steps[i] for i in parents)))  # type: ignore[misc]
        return cls(steps[-1] if steps else None, stored)

    def __reduce__(self) -> tuple[Any, ...]:
        # a chain of ten thousand steps must not be pickled by recursion
        return Provenance.from_rows, (self.rows(), dict(self._stored))


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


def plain_value(value: Any) -> Any:
    """Return `value` as numbers, strings, lists and dictionaries, ready to be stored.

    Long arrays become their shape, type and fingerprint; objects become their name.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return plain_value(value.item())
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, complex):
        return repr(value)
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain_value(value.tolist()) if value.size <= _LONGEST_LIST else _digest(value)
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "__dask_graph__"):
        return identity(value)
    return repr(value)


def _digest(array: np.ndarray[Any, Any]) -> str:
    from hashlib import sha256

    digest = sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"array of shape {array.shape}, {array.dtype}, sha256 {digest[:16]}"


def identity(value: Any) -> str:
    """Return what tells one input from another: the name of a lazy array, or its kind."""
    name = getattr(value, "name", None)
    if isinstance(name, str) and hasattr(value, "__dask_graph__"):
        return name
    if isinstance(value, np.ndarray):
        return f"ndarray {value.shape} {value.dtype}"
    return repr(plain_value(value))


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
    package = function.partition(".")[0] if package is None else package
    histories = [
        value.provenance_record for value in inputs if hasattr(value, "provenance_record")
    ]
    step = Step(
        function=function,
        package=package,
        version=version_of(package) if version is None else version,
        parameters=dict(parameters or {}),
        inputs=tuple(x if isinstance(x, str) else identity(x) for x in inputs),
        output=result.name,
        parents=tuple(history.last for history in histories if history.last is not None),
    )
    stored: dict[str, Any] = {}
    for history in histories:
        stored.update(history.stored)
    result.provenance_record = Provenance(step, stored)
    return result
