"""A dashboard for notebooks: choose data, an analysis and its settings, look at the result.

Everything is ipywidgets, which keep values and call back with or without a browser: what a
person does with the mouse, code does by setting ``value``.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any, Final

from sidpy.base.optional import needed

from .analyses import ANALYSES, Analysis, suited

if TYPE_CHECKING:
    import sidpy
    from sidpy.viz.views.base import View

    from .analyses import Setting

__all__ = ["Dashboard"]

#: What pip is asked for.
_EXTRA: Final = "pycroscopy[widgets]"

#: Data of more bytes are at first analysed only where somebody looks.
_LARGE: Final = 1 << 30

#: Width of the column of choices.
_WIDTH: Final = "330px"

#: How small words are written.
_SMALL: Final = "line-height: 1.35; font-size: 11px"


class Dashboard:
    """Choose data and an analysis, run it, look at its result, take the code away.

    In a notebook with ipympl the pictures answer to the mouse.  At first the data themselves
    are shown.  Analyses of single pixels can be made where somebody looks only (``Only where
    I look``), which is how data larger than memory begin.

    Parameters
    ----------
    data : Dataset, array or mapping of str to Dataset
        Such as `sidpy.read` returns.
    name : str
        What the data are called in the code that is given.
    analyses : tuple of Analysis, optional
        What is offered, of `pycroscopy.viz.analyses`.

    Raises
    ------
    MissingDependency
        Without ipywidgets, and in a notebook without ipympl.
    TypeError
        When there are no data.

    Examples
    --------
    >>> import numpy as np
    >>> board = Dashboard(np.random.default_rng(0).poisson(9.0, (6, 7, 30)).astype(float))
    >>> board.analysis.value = "Clusters (k-means, mixtures, ...)"
    >>> board.settings["n_clusters"].value = 2
    >>> print(board.code)
    import pycroscopy
    <BLANKLINE>
    result = pycroscopy.learn.cluster(data, n_clusters=2, method='kmeans', random_state=0)
    view = pycroscopy.viz.explore(result, data=data)
    >>> int(board.run().sizes.sum())
    42
    """

    def __init__(
        self, data: Any, *, name: str = "data", analyses: tuple[Analysis, ...] = ANALYSES
    ) -> None:
        self.kit = needed("ipywidgets", "a dashboard", _EXTRA)
        self.datasets, self.named = _named(data)
        self.name, self.analyses = name, analyses
        self.result: Any = None
        self.view: View | None = None
        self.settings: dict[str, Any] = {}
        self._make()
        self._offer()
        self.look()

    def __repr__(self) -> str:
        return f"Dashboard of {', '.join(self.datasets)}; {self.analysis.value}"

    def _repr_mimebundle_(self, **words: Any) -> Any:
        """Show the widget in a notebook."""
        return self.widget._repr_mimebundle_(**words)

    # -- what there is on the screen ---------------------------------------------------

    def _make(self) -> None:
        """Make all widgets."""
        kit = self.kit
        wide = {"layout": kit.Layout(width="99%"), "style": {"description_width": "70px"}}
        self.choice = kit.Dropdown(options=[*self.datasets], description="Data", **wide)
        self.about = kit.HTML()
        self.analysis = kit.Dropdown(description="Analysis", **wide)
        self.setting_box = kit.VBox()
        self.live = kit.Checkbox(description="Only where I look", indent=False)
        self.run_button = kit.Button(description="Run", button_style="primary", icon="play")
        self.look_button = kit.Button(description="Show the data", icon="eye")
        self.progress = kit.IntProgress(
            min=0, max=1, layout=kit.Layout(width="99%", height="10px", visibility="hidden")
        )
        self.status = kit.HTML()
        self.code_box = kit.HTML()
        self.stage = kit.VBox(layout=kit.Layout(flex="1 1 auto", min_width="0"))
        left = kit.VBox(
            [
                self.choice, self.about, self.analysis, self.setting_box, self.live,
                kit.HBox([self.run_button, self.look_button]), self.progress,
                self.status, self.code_box,
            ],
            layout=kit.Layout(width=_WIDTH, flex="0 0 auto"),
        )  # fmt: skip
        self.widget = kit.HBox([left, self.stage])
        self.choice.observe(self._other_data, names="value")
        self.analysis.observe(self._other_analysis, names="value")
        self.live.observe(self._changed, names="value")
        self.run_button.on_click(lambda _: self._guarded(self.run))
        self.look_button.on_click(lambda _: self._guarded(self.look))

    @property
    def data(self) -> sidpy.Dataset:
        """The dataset that is chosen."""
        return self.datasets[self.choice.value]

    @property
    def chosen(self) -> Analysis | None:
        """The analysis that is chosen; None where none suits the data."""
        found = {one.title: one for one in self.analyses}
        return found.get(self.analysis.value)

    @property
    def values(self) -> dict[str, Any]:
        """The settings by name."""
        return {name: widget.value for name, widget in self.settings.items()}

    @property
    def code(self) -> str:
        """The lines that do what is chosen; ``Show the data`` where nothing suits."""
        name = f"{self.name}[{self.choice.value!r}]" if self.named else self.name
        if self.chosen is None:
            return f"{name}.plot()"
        return self.chosen.code(name, self.values)

    # -- choices -----------------------------------------------------------------------

    def _offer(self) -> None:
        """Offer what suits the chosen data."""
        data = self.data
        axes = " × ".join(f"{d.name} {len(d)}" for d in data._axes.values())
        large = data.nbytes >= 1e9
        size = f"{data.nbytes / (1e9 if large else 1e6):.3g} {'GB' if large else 'MB'}"
        words = escape(f"{axes}, {data.dtype}, {size}")
        self.about.value = f'<div style="{_SMALL}">{words}</div>'
        titles = [one.title for one in suited(data, self.analyses)]
        self.analysis.options = titles
        self.analysis.value = titles[0] if titles else None
        self.run_button.disabled = not titles
        self._set_out()

    def _set_out(self) -> None:
        """Make the widgets for the settings of the chosen analysis."""
        chosen = self.chosen
        self.settings = {one.name: self._setting(one) for one in chosen.settings} if chosen else {}
        for widget in self.settings.values():
            widget.observe(self._changed, names="value")
        self.setting_box.children = tuple(self.settings.values())
        can = chosen is not None and chosen.live
        self.live.layout.display = "" if can else "none"
        self.live.value = can and self.data.nbytes > _LARGE
        self._changed()

    def _setting(self, setting: Setting) -> Any:
        """Return the widget for one setting."""
        kit = self.kit
        words = {
            "description": (setting.label or setting.name).replace("_", " "),
            "layout": kit.Layout(width="99%"),
            "style": {"description_width": "55%"},
        }
        if setting.options:
            return kit.Dropdown(options=list(setting.options), value=setting.default, **words)
        if isinstance(setting.default, bool):
            words["style"] = {"description_width": "initial"}
            return kit.Checkbox(value=setting.default, indent=False, **words)
        if isinstance(setting.default, int):
            return kit.BoundedIntText(value=setting.default, min=0, max=10**6, **words)
        if isinstance(setting.default, float):
            return kit.FloatText(value=setting.default, **words)
        return kit.Text(value=str(setting.default), **words)

    def _other_data(self, _: Any) -> None:
        self._offer()
        self._guarded(self.look)

    def _other_analysis(self, _: Any) -> None:
        self._set_out()

    def _changed(self, _: Any = None) -> None:
        """Write the code that belongs to what is chosen now."""
        style = f"{_SMALL}; white-space: pre-wrap; margin: 4px 0"
        self.code_box.value = f'<pre style="{style}">{escape(self.code)}</pre>'

    # -- running -----------------------------------------------------------------------

    def run(self) -> Any:
        """Run the chosen analysis, show its result, and return it.

        Returns
        -------
        result of the analysis
            None where pixels are analysed one by one as somebody looks at them.

        Raises
        ------
        ValueError
            When nothing suits the data; and whatever the analysis raises.
        """
        chosen, data, values = self.chosen, self.data, self.values
        if chosen is None:
            msg = f"no analysis on offer suits {self.choice.value!r}; choose other data"
            raise ValueError(msg)
        if chosen.live and self.live.value:
            from .views.fits import LiveFitView

            self.result = None

            def fit_one(one: Any) -> Any:
                return chosen.run(one, values, compute=False)  # lazy: without a bar for each

            self._show(lambda **words: LiveFitView(data, fit_one, **words))
            self.say("fitted where you look; click on the map")
            return None
        self.say("running ...")
        start = time.perf_counter()
        with warnings.catch_warnings(record=True) as told, self._counting():
            warnings.simplefilter("always")
            self.result = result = chosen.run(data, values)
        seconds = time.perf_counter() - start
        from .explore import explore

        extra = {chosen.view_takes: data} if chosen.view_takes else {}
        self._show(lambda **words: explore(result, **extra, **words))
        notes = dict.fromkeys(
            str(one.message) for one in told if not issubclass(one.category, DeprecationWarning)
        )
        self.say("\n".join([f"done in {seconds:.1f} s: {result!r}", *notes]))
        return result

    def look(self) -> View:
        """Show the data themselves, and return the view."""
        from sidpy.viz import make_view

        data = self.data
        view = self._show(lambda **words: make_view(data, **words), own_kit=False)
        self.say("")
        return view

    def _guarded(self, work: Any) -> None:
        """Do what a person asked for with a click, and say what went wrong."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - nobody is there to catch it: it is shown
            self.say(f"{type(error).__name__}: {error}", wrong=True)

    def say(self, words: str, *, wrong: bool = False) -> None:
        """Write a line below the buttons.

        Parameters
        ----------
        words : str
            What to write.
        wrong : bool
            In red.
        """
        colour = "#b00020" if wrong else "#444"
        text = escape(words).replace("\n", "<br>")
        self.status.value = f'<div style="{_SMALL}; color: {colour}">{text}</div>'

    def _counting(self) -> Any:
        """Show how many tasks of dask are done while something is computed here."""
        from .progress import Counting

        return Counting(self.progress)

    # -- the picture -------------------------------------------------------------------

    def _show(self, make: Any, *, own_kit: bool = True) -> View:
        """Draw a view into a new figure, and put it and its controls on the stage."""
        from .canvas import new_canvas

        figure, canvas = new_canvas((9.5, 5.4))
        words = {"kit": self.kit} if own_kit else {}
        view: View = make(figure=figure, controls=False, **words)
        controls = [one for one in view.controls if isinstance(one, self.kit.Widget)]
        row = self.kit.HBox(controls, layout=self.kit.Layout(flex_flow="row wrap"))
        for old in self.stage.children:
            old.close()
        self.view, self.canvas = view, canvas
        self.stage.children = (row, canvas)
        view.redraw()
        return view


def _named(data: Any) -> tuple[dict[str, sidpy.Dataset], bool]:
    """Return the datasets by name, and whether names are needed to tell them apart."""
    from pycroscopy._inputs import as_dataset

    if isinstance(data, Mapping):
        if not data:
            msg = "a dashboard needs data, found an empty mapping"
            raise TypeError(msg)
        return {str(name): as_dataset(one) for name, one in data.items()}, True
    dataset = as_dataset(data)
    return {dataset.title or "data": dataset}, False
