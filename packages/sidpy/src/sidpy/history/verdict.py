"""What a replay found out about one dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sidpy.sid.provenance import Step

    from .comparison import Comparison

__all__ = ["Outcome", "Verdict"]

Outcome = Literal["identical", "close", "different", "raw", "not replayable"]

_WORDS = {
    "identical": "bit-identical",
    "close": "within tolerance",
    "different": "different",
    "raw": "raw data",
    "not replayable": "not replayable",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a stored dataset is what its history gives."""

    key: str
    """The key under which `sidpy.read` gives the dataset."""
    title: str
    outcome: Outcome
    """``"identical"``: every bit; ``"close"``: within the tolerance; ``"different"``;
    ``"raw"``: nothing was done to it, so that there is nothing to compute again;
    ``"not replayable"``."""
    steps: int = 0
    """How many steps were done again."""
    comparison: Comparison | None = None
    """How far it is from what was computed again."""
    step: Step | None = None
    """The first step at which it is known to go wrong."""
    reason: str = ""
    """What is wrong there."""
    notes: tuple[str, ...] = ()
    """What else a person should know."""
    seconds: float = 0.0

    @property
    def is_confirmed(self) -> bool:
        """Whether the dataset is what its history gives, from the data that were read then."""
        return self.outcome in {"identical", "close", "raw"} and not self.reason

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for a program."""
        compared = self.comparison
        return {
            "key": self.key,
            "title": self.title,
            "outcome": self.outcome,
            "confirmed": self.is_confirmed,
            "steps": self.steps,
            "values": None if compared is None else compared.size,
            "differing": None if compared is None else compared.differing,
            "outside": None if compared is None else compared.outside,
            "absolute": None if compared is None else compared.absolute,
            "relative": None if compared is None else compared.relative,
            "step": None if self.step is None else self.step.entry() | {"time": self.step.time},
            "reason": self.reason,
            "notes": list(self.notes),
            "seconds": self.seconds,
        }

    def __str__(self) -> str:
        words = f"{self.key}  {_WORDS[self.outcome]}"
        if self.comparison is not None and self.outcome not in {"identical", "raw"}:
            words += f": {self.comparison}"
        if self.step is not None:
            words += f"\n  step {self.step.function} of {self.step.time[:19]}: {self.reason}"
        elif self.reason:
            words += f"\n  {self.reason}"
        return "\n  ".join([words, *self.notes])
