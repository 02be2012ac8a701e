"""Values that a person may change beside a picture: a frame, a bin, a choice.

In a notebook with ipywidgets the controls are those widgets.  Elsewhere they are the
plain objects below, with the same names, ``value`` and ``observe``, so that a view works
alike under any backend and without a screen; `draw_controls` gives them a face of
matplotlib's own widgets in a window.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from sidpy.errors import LabelValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "Dropdown", "IntSlider", "Play", "ToggleButton", "draw_controls", "is_live", "show_controls",
    "toolkit",
]  # fmt: skip

#: Height of one row of controls in a window, inches.
ROW = 0.38


class Control:
    """A value that tells those who asked when it changes.

    Parameters
    ----------
    value : object
        At the start.
    description : str
        What it is called on the screen.
    """

    def __init__(self, value: Any, *, description: str = "", **_: Any) -> None:
        self.description = description
        self._handlers: list[Callable[[dict[str, Any]], None]] = []
        self._value = self.fit(value)

    def fit(self, value: Any) -> Any:
        """Return the value that is taken when `value` is asked for."""
        return value

    @property
    def value(self) -> Any:
        """The value; setting it tells the observers."""
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        old, self._value = self._value, self.fit(value)
        if old != self._value:
            change = {"name": "value", "old": old, "new": self._value, "owner": self}
            for handler in self._handlers:
                handler(change | {"type": "change"})

    def observe(self, handler: Callable[[Any], None], names: str = "value") -> None:  # noqa: ARG002 - as ipywidgets
        """Call `handler` with a mapping that has ``old`` and ``new`` after each change."""
        self._handlers.append(handler)


class IntSlider(Control):
    """A whole number between two ends, which are included."""

    def __init__(self, value: int = 0, *, min: int = 0, max: int = 100, **words: Any) -> None:  # noqa: A002 - as ipywidgets
        self.min, self.max = min, max
        super().__init__(value, **words)

    def fit(self, value: Any) -> int:
        """Bring a number between the ends."""
        return max(self.min, min(self.max, int(value)))


class Play(IntSlider):
    """A number that counts up while it plays, once per `interval` milliseconds."""

    def __init__(self, value: int = 0, *, interval: int = 500, **words: Any) -> None:
        self.interval = interval
        super().__init__(value, **words)


class ToggleButton(Control):
    """On or off."""

    def __init__(self, *, value: bool = False, **words: Any) -> None:
        super().__init__(value, **words)

    def fit(self, value: Any) -> bool:
        """Take the truth of any value."""
        return bool(value)


class Dropdown(Control):
    """One of several options, each a value or a pair of label and value."""

    def __init__(self, *, options: Sequence[Any], value: Any, **words: Any) -> None:
        self.options = tuple(options)
        super().__init__(value, **words)

    def pairs(self) -> list[tuple[str, Any]]:
        """Return label and value of every option."""
        return [
            option if isinstance(option, tuple) else (option, option) for option in self.options
        ]

    def fit(self, value: Any) -> Any:
        """Refuse a value that is no option."""
        values = [one for _, one in self.pairs()]
        if value not in values:
            msg = f"{self.description or 'this control'} takes one of {values}, found {value!r}"
            raise LabelValueError(msg)
        return value


# ------------------------------------------------------------------ where we are


def toolkit() -> Any:
    """Return the module whose controls fit: ipywidgets in a notebook that has it, else this."""
    if in_notebook():
        try:
            import ipywidgets
        except ImportError:
            return sys.modules[__name__]
        return ipywidgets
    return sys.modules[__name__]


def in_notebook() -> bool:
    """Tell whether this runs in the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def is_live(canvas: Any) -> bool:
    """Tell whether somebody can click on a canvas: it has a window or is a widget."""
    from matplotlib.backend_bases import FigureCanvasBase

    return type(canvas).draw_idle is not FigureCanvasBase.draw_idle


def show_controls(figure: Any, controls: Sequence[Any]) -> list[Any]:
    """Show the controls of a picture where it is: beneath it in a notebook, inside a window.

    Returns
    -------
    list
        What must be kept so that the controls stay alive.
    """
    if not controls or not is_live(figure.canvas) or figure.canvas.figure is not figure:
        return []
    if isinstance(controls[0], Control):
        return draw_controls(figure, controls)
    from IPython.display import display
    from ipywidgets import HBox

    row = HBox(list(controls))
    display(row)
    return [row]


# ------------------------------------------------------------------ in a window


def draw_controls(figure: Any, controls: Sequence[Control]) -> list[Any]:
    """Draw controls as matplotlib widgets in a strip at the foot of a figure.

    Returns
    -------
    list
        The widgets, which matplotlib itself would forget.
    """
    shown = [control for control in controls if not isinstance(control, Play)]
    players = [control for control in controls if isinstance(control, Play)]
    width = figure.get_figwidth()
    strip = ROW / figure.get_figheight()
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, strip, 1, 1 - strip))
    faces, left = [], 0.02
    unit = 0.96 / sum(_WIDTHS[type(control)] for control in controls)
    for number, control in enumerate([*shown, *players]):
        share = unit * _WIDTHS[type(control)]
        place = (left, 0.15 * strip, share - 0.02, 0.7 * strip)
        left += share
        axes = figure.add_axes(place, label=f"control {number}")
        axes.set_in_layout(False)
        faces.append(_FACES[type(control)](axes, control, width * share))
    return faces


def _slider(axes: Any, control: IntSlider, inches: float) -> Any:
    from matplotlib.widgets import Slider

    left, bottom, width, height = axes.get_position().bounds
    words = min(0.6, 0.085 * (len(control.description) + 2) / inches)
    axes.set_position((left + words * width, bottom, (1 - words - 0.4 / inches) * width, height))
    face = Slider(
        axes, control.description, control.min, max(control.max, control.min + 1),
        valinit=control.value, valstep=1, valfmt="%d", initcolor="none",
    )  # fmt: skip
    face.on_changed(lambda value: setattr(control, "value", int(value)))
    control.observe(lambda change: face.val == change["new"] or face.set_val(change["new"]))
    return face


def _switch(axes: Any, control: ToggleButton, inches: float) -> Any:  # noqa: ARG001 - one signature for all
    from matplotlib.widgets import Button

    face = Button(axes, "")

    def show(_: Any = None) -> None:
        axes.set_facecolor("0.6" if control.value else "0.9")
        face.color = face.hovercolor = axes.get_facecolor()
        face.label.set_text(control.description)

    face.on_clicked(lambda _: setattr(control, "value", not control.value))
    control.observe(show)
    show()
    return face


def _choice(axes: Any, control: Dropdown, inches: float) -> Any:  # noqa: ARG001 - one signature for all
    from matplotlib.widgets import Button

    face = Button(axes, "")
    pairs = control.pairs()

    def place() -> int:
        return [value for _, value in pairs].index(control.value)

    def show(_: Any = None) -> None:
        face.label.set_text(f"{control.description}: {pairs[place()][0]}")

    def turn(_: Any) -> None:
        control.value = pairs[(place() + 1) % len(pairs)][1]

    face.on_clicked(turn)
    control.observe(show)
    show()
    return face


def _player(axes: Any, control: Play, inches: float) -> Any:  # noqa: ARG001 - one signature for all
    from matplotlib.widgets import Button

    face = Button(axes, "play")
    timer = axes.figure.canvas.new_timer(interval=control.interval)
    timer.add_callback(partial(_count_up, control))
    face.playing = False

    def turn(_: Any) -> None:
        face.playing = not face.playing
        face.label.set_text("stop" if face.playing else "play")
        (timer.start if face.playing else timer.stop)()

    face.on_clicked(turn)
    face.timer = timer
    return face


def _count_up(control: Play) -> None:
    control.value = control.min if control.value >= control.max else control.value + 1


_FACES = {IntSlider: _slider, ToggleButton: _switch, Dropdown: _choice, Play: _player}
_WIDTHS = {IntSlider: 3, ToggleButton: 2, Dropdown: 3, Play: 1}
