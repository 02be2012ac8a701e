"""How many tasks are done of what dask computes, shown by a widget."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Self

__all__ = ["Counting"]


class Counting(AbstractContextManager["Counting"]):
    """Count the tasks of the schedulers of this machine while the context lasts.

    A cluster shows a bar of its own.

    Parameters
    ----------
    bar : ipywidgets.IntProgress
        Gets ``max`` and ``value``; visible while something is computed.
    """

    def __init__(self, bar: Any) -> None:
        self.bar = bar
        self.done = 0

    def __enter__(self) -> Self:
        from dask.callbacks import Callback

        self._callback = Callback(start_state=self._begin, posttask=self._after)
        self._callback.register()
        self.bar.layout.visibility = "visible"
        return self

    def __exit__(self, *_: object) -> None:
        self._callback.unregister()
        self.bar.layout.visibility = "hidden"

    def _begin(self, _graph: Any, state: dict[str, Any]) -> None:
        self.bar.max = sum(len(state[name]) for name in ("ready", "waiting", "running")) or 1
        self.bar.value = 0

    def _after(self, *_: Any) -> None:
        self.done += 1
        self.bar.value = min(self.bar.value + 1, self.bar.max)
