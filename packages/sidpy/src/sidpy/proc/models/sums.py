"""Sums of models: peaks on backgrounds, overlapping lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from .model import Model
from .shapes import quiet_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Sum"]


class Sum(Model):
    """The sum of models; made by adding them.

    Parameters
    ----------
    components : sequence of Model
        What is added.  Components of one name are numbered: gaussian_1, gaussian_2.

    Raises
    ------
    ValueError
        When the components have different numbers of coordinates.
    """

    form = "sum"

    def __init__(self, *components: Model) -> None:
        super().__init__("sum")
        if len({c.ndim for c in components}) > 1:
            msg = "models of spectra and of images cannot be added: " + ", ".join(
                f"{c!r} has {c.ndim} coordinates" for c in components
            )
            raise ValueError(msg)
        self.components = components
        self.ndim = components[0].ndim  # type: ignore[misc]
        self.is_complex = any(c.is_complex for c in components)  # type: ignore[misc]
        self.is_background = all(c.is_background for c in components)  # type: ignore[misc]
        ends = np.cumsum([len(c.parameters) for c in components])
        self._slices = tuple(
            slice(int(end) - len(c.parameters), int(end))
            for c, end in zip(components, ends, strict=True)
        )

    @classmethod
    def of(cls, *models: Model) -> Sum:
        """Return the sum of models, with sums among them opened."""
        flat = [c for m in models for c in (m.components if isinstance(m, Sum) else (m,))]
        return cls(*flat)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the components, made unique."""
        times, seen, labels = Counter(c.name for c in self.components), Counter[str](), []
        for component in self.components:
            seen[component.name] += 1
            number = f"_{seen[component.name]}" if times[component.name] > 1 else ""
            labels.append(component.name + number)
        return tuple(labels)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names as component.parameter, in order."""
        pairs = zip(self.labels, self.components, strict=True)
        return tuple(f"{label}.{name}" for label, c in pairs for name in c.parameters)

    def component(self, label: str) -> slice:
        """Return which parameters belong to a component.

        Raises
        ------
        ValueError
            When there is no component of this name.
        """
        if label in self.labels:
            return self._slices[self.labels.index(label)]
        msg = f"no component {label!r}; there are {', '.join(self.labels)}"
        raise ValueError(msg)

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        total: Any = None
        for component, where in zip(self.components, self._slices, strict=True):
            part = component._evaluate(p[where], x, None if jac is None else jac[:, where])
            total = part if total is None else total + part
        return np.asarray(total)

    def forms(self) -> tuple[tuple[str, int], ...]:
        """Return the compiled forms of the components, one after the other."""
        if not self.form:
            return super().forms()
        return tuple(form for c in self.components for form in c.forms())

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return start values: backgrounds first, then one component after the other."""
        start = np.empty((len(y), len(self.parameters)))
        rest = np.array(y)
        order = sorted(range(len(self.components)), key=self._not_background)
        quiet = self._quiet_points(x)
        for number in order:
            component, where = self.components[number], self._slices[number]
            if component.is_background:
                start[:, where] = component.guess(np.asarray(x)[..., quiet], rest[:, quiet])
            else:
                start[:, where] = component.guess(x, rest)
            rest = rest - component(start[:, where], x)
        return start

    def _quiet_points(self, x: Any) -> NDArray[np.bool_]:
        """Return where only backgrounds are seen."""
        ends = {c.quiet for c in self.components if not c.is_background}
        chosen = np.ones(np.asarray(x).shape[-1], np.bool_)
        if not ends:
            return chosen
        for where in ends:
            chosen &= quiet_points(x, where)
        needed = sum(len(c.parameters) for c in self.components if c.is_background)
        return chosen if np.count_nonzero(chosen) >= needed else ~np.zeros_like(chosen)

    def _not_background(self, number: int) -> bool:
        return not self.components[number].is_background

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return the bounds of all components."""
        pairs = [c.bounds(x) for c in self.components]
        return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])

    def canonical(self, parameters: Floats) -> Floats:
        """Return the same curves with the phases of all components in their usual range."""
        pairs = zip(self.components, self._slices, strict=True)
        return np.concatenate([c.canonical(parameters[:, where]) for c, where in pairs], axis=1)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the units of the parameters of all components."""
        return tuple(unit for c in self.components for unit in c.units(x, y))

    def __repr__(self) -> str:
        return " + ".join(repr(c) for c in self.components)
