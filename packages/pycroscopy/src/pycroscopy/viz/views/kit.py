"""One rule for the controls of all views: those of a given kit, else what fits the place."""

from __future__ import annotations

from typing import Any

from sidpy.viz.views.base import View

__all__ = ["WithKit"]


class WithKit(View):
    """A view whose controls a dashboard may want to be of its own kind.

    ``kit`` is a module such as ipywidgets; None takes what `sidpy.viz` takes.
    """

    kit: Any = None

    def control(self, kind: str, handler: Any, **words: Any) -> Any:
        """Make one control, and call `handler` when it changes.

        Parameters
        ----------
        kind : str
            ``"Dropdown"``, ``"IntSlider"`` or ``"ToggleButton"``.
        handler : callable
            Takes the change.
        **words : Any
            For the control.
        """
        if self.kit is None:
            return super().control(kind, handler, **words)
        made = getattr(self.kit, kind)(**words)
        made.observe(handler, names="value")
        self.controls.append(made)
        return made
