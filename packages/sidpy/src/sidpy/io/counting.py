"""A bar that says how far something is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

from . import dialogs

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Progress", "progress_bar"]

#: A bar is drawn anew after each so-manieth part, also when parts come at once.
_MOST_STEPS = 100


class Progress:
    """A progress bar in a notebook or terminal.

    Parameters
    ----------
    title : str
        What is being done.
    start, stop : float
        The values at the beginning and at the end.
    file : file-like, optional
        Where to write; standard error by default, and nothing where that is no terminal.

    Examples
    --------
    >>> with Progress("fitting", 0, 3) as bar:
    ...     for i in range(3):
    ...         bar.set_value(i + 1)
    >>> bar.value
    3
    """

    def __init__(
        self, title: str = "Progress", start: float = 0, stop: float = 100, *, file: Any = None
    ) -> None:
        from tqdm.auto import tqdm

        self.start, self.stop = start, stop
        self.value = self._shown = start
        self._bar = tqdm(total=stop - start, desc=title, file=file, disable=None)

    def set_value(self, value: float) -> None:
        """Show that it has come to `value`; the bar closes itself at the end."""
        self.value = min(max(value, self.start), self.stop)
        self._bar.update(self.value - self.start - self._bar.n)
        if abs(self.value - self._shown) * _MOST_STEPS >= self.stop - self.start:
            self._shown = self.value
            self._bar.refresh()
        if self.value >= self.stop:
            self.close()

    def update(self, step: float = 1) -> None:
        """Show that it is `step` further."""
        self.set_value(self.value + step)

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def progress_bar(title: str = "Progress", start: int = 0, stop: int = 100) -> Any:
    """Return a progress bar: call its ``set_value`` as the work goes on.

    A program with windows of Qt gets a dialog; a notebook or a terminal a bar.

    Parameters
    ----------
    title : str
        What is being done.
    start, stop : int
        The values at the beginning and at the end.

    Returns
    -------
    Progress or ProgressDialog

    Raises
    ------
    ValueError
        When `stop` is not greater than `start`.
    """
    if not stop > start:
        msg = f"a progress bar runs from start to a greater stop, found {start!r} and {stop!r}"
        raise ValueError(msg)
    if not _has_windows():
        return Progress(title, start, stop)
    bar = dialogs.ProgressDialog(title, stop)
    bar.setRange(start, stop)
    bar.set_value(start)
    return bar


def _has_windows() -> bool:
    """Tell whether an application of Qt is running in this process."""
    loaded = (sys.modules.get(f"{name}.QtWidgets") for name in dialogs.BINDINGS)
    return any(widgets and widgets.QApplication.instance() for widgets in loaded)
