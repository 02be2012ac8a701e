"""Labels that are read when they are first asked for.

Of a thousand datasets in a file one is looked at.  A list of them needs what they are called
and little else; the rest of their labels waits in the file.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from .labels import Labels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["LateLabels", "changed_later"]


class _Late:
    """A field that is read with all the others that wait."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, labels: LateLabels | None, owner: type | None = None) -> Any:
        if labels is None:
            return self
        state = labels.__dict__
        for name, value in state["_read"]().items():
            state.setdefault(name, value)
        return state[self.name]


class _Once:
    """A function that is called once, however many records wait for what it returns."""

    __slots__ = ("_found", "_function")

    def __init__(self, function: Callable[[], Mapping[str, Any]]) -> None:
        self._function: Callable[[], Mapping[str, Any]] | None = function
        self._found: Mapping[str, Any] = {}

    def __call__(self) -> Mapping[str, Any]:
        function = self._function
        if function is not None:
            self._found = function()
            self._function = None
        return self._found


class LateLabels(Labels):
    """A record of labels of which some are read when they are first asked for.

    Parameters
    ----------
    read : function
        Returns the fields `LATE`; called at most once, and again when it has failed.
    **known
        The other fields.

    Notes
    -----
    Laws and operations treat it as any record; what it pickles to is one without anything
    that waits.

    Examples
    --------
    >>> labels = LateLabels(lambda: {**Labels().__dict__, "metadata": {"a": 1}}, title="scan")
    >>> labels.title, labels.metadata
    ('scan', {'a': 1})
    """

    def __init__(self, read: Callable[[], Mapping[str, Any]], **known: Any) -> None:
        self.__dict__.update(known)
        self.__dict__["_read"] = _Once(read)

    dimensions = _Late()
    metadata = _Late()
    original_metadata = _Late()
    provenance = _Late()
    structures = _Late()
    variance = _Late()
    point_cloud = _Late()
    extras = _Late()

    def but(self, **changes: Any) -> Labels:
        """Return a record with some fields changed; what waits goes on waiting."""
        result = object.__new__(LateLabels)
        result.__dict__.update(self.__dict__)
        result.__dict__.update(changes)
        return result

    def settled(self) -> Labels:
        """Return the same record with nothing that waits."""
        return Labels(**{one.name: getattr(self, one.name) for one in fields(Labels)})

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LateLabels):
            other = other.settled()
        return self.settled() == other

    __hash__ = Labels.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.settled().__dict__,)


#: Fields that may wait.
LATE: Final = tuple(name for name, value in vars(LateLabels).items() if isinstance(value, _Late))


def _restored(known: dict[str, Any]) -> Labels:
    return Labels(**known)


def changed_later(labels: Labels, name: str, function: Callable[[Any], Any]) -> Labels:
    """Return a record with a field that is made of what it is; later, when it waits.

    Parameters
    ----------
    labels : Labels
        Stays as it is.
    name : str
        The field.
    function : function
        Of the value it has.
    """
    if not isinstance(labels, LateLabels) or name in labels.__dict__:
        return labels.but(**{name: function(getattr(labels, name))})
    before = labels.__dict__["_read"]
    result = labels.but()
    result.__dict__["_read"] = _Once(lambda: {**before(), name: function(before()[name])})
    return result
