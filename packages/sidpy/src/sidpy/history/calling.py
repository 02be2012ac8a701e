"""Call a recorded step once more, whoever knows how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.errors import NotReplayable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sidpy.sid.dataset import Dataset
    from sidpy.sid.provenance import Step

__all__ = ["Repeater"]


class Repeater:
    """Calls steps; several parts of the result of one call are computed once.

    Parameters
    ----------
    trust : iterable of str
        Packages whose functions may be called besides those of this family and of
        installed plugins.
    """

    def __init__(self, trust: Iterable[str] = ()) -> None:
        self.trust = tuple(trust)
        self._results: dict[Any, Any] = {}

    def __call__(self, step: Step, inputs: Sequence[Any]) -> Dataset:
        """Return the result of a step on other inputs.

        Raises
        ------
        NotReplayable
            When the step cannot be called again, or raises.
        """
        from sidpy.sid import calls, operations

        try:
            if operations.is_operation(step) and not step.call:
                return operations.call(step, inputs, self.trust, results=self._results)
            return calls.again(step, inputs, self.trust)
        except (NotReplayable, MemoryError, Warning):
            raise
        except Exception as error:
            msg = f"the step {step.function} raises {type(error).__name__}: {error}"
            raise NotReplayable(msg) from error
