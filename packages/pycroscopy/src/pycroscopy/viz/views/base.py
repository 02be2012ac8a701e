"""What all views of results share: a choice of maps, and a place in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pycroscopy.viz.maps import MISSING, Colours, label_bar, numbers_of
from pycroscopy.viz.panels import scale_of
from sidpy.viz.layout import Layout
from sidpy.viz.views.map import MAP_PIXELS, MapView

from .ground import Ground
from .kit import WithKit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    import sidpy
    from sidpy.viz.scales import Scale

__all__ = ["ResultView"]


class ResultView(WithKit, MapView):
    """Maps of results; a click chooses the place of which everything is shown beside.

    With the control ``Follow`` the place is where the mouse is.  ``choose`` shows another
    map, ``select`` another place; views can be tied to each other, and to those of
    `sidpy.viz`, with `sidpy.viz.link`.

    Parameters
    ----------
    maps : mapping of str to Dataset of the shape of the positions
        Lazy ones are computed when they are chosen.
    figure : Figure or SubFigure, optional
        Where to draw; a new pyplot figure by default.
    kit : module, optional
        Whose controls are made; by default ipywidgets in a notebook, else those of sidpy.
    **options
        As for the views of `sidpy.viz`.
    """

    size: ClassVar[tuple[float, float]] = (11.0, 4.4)

    #: Colours of maps whose values have one sign.
    cmap: ClassVar[str] = "viridis"

    def __init__(
        self,
        maps: Mapping[str, sidpy.Dataset],
        figure: Any = None,
        *,
        kit: Any = None,
        **options: Any,
    ) -> None:
        self.maps = dict(maps)
        first = next(iter(self.maps.values()))
        self.ground = Ground.of([first._axes[axis] for axis in range(first.ndim)])
        self.kit = kit
        self.map_name = next(iter(self.maps))
        self.pages = [0] * len(self.ground.paged)
        self.follows = False
        layout = Layout("image", rows=0, columns=1)
        super().__init__(self.ground.dataset(self.heading()), figure, layout=layout, **options)

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {self.dataset.title!r}, maps {[*self.maps]}"

    # -- what each view has of its own -------------------------------------------------

    def heading(self) -> str:
        """Return the title of the whole picture."""
        return next(iter(self.maps.values())).title

    def make_panels(self) -> list[Any]:
        """Return the panels, that of the map first."""
        return list(self.fig.subplots(1, 2))

    def draw_beside(self) -> None:
        """Draw what belongs to no place."""

    def show_place(self, index: tuple[int, ...]) -> None:
        """Show what belongs to one position."""

    # -- drawing -----------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the first map, and what belongs to the place in its middle."""
        self.bars: list[Any] = []
        self.start(self.map_steps())
        self.axes = self.make_panels()
        self.axes[0].set_facecolor(MISSING)
        self.draw_map(self.map_numbers(), self.map_name)
        self.colour()
        if self.ground.rows is None:
            self.axes[0].set(yticks=[], ylabel="")
        self.title(self.fig.suptitle)
        self.draw_beside()
        self.update_selection()
        self.make_controls()
        self.connect("motion_notify_event", self.on_move)

    def scale(self, axis: int | None, every: int = 1, like: int | None = None) -> Scale:
        """Return the scale of one axis by its name."""
        from dataclasses import replace

        axes = self.dataset._axes
        scale = scale_of(axes[axis], None if like is None else axes[like])
        return replace(scale, values=scale.values[::every])

    def draw_colorbar(self, ax: Any, drawn: Any, name: str = "") -> None:  # noqa: ARG002 - as its base
        """Draw the scale of colours beside the map."""
        from sidpy.viz.views.image import bar_beside

        self.map_bar = bar_beside(self.fig, drawn, ax)

    def map_steps(self) -> list[int]:
        """Return of how many rows and columns one is drawn."""
        return [max(1, -(-n // MAP_PIXELS)) for n in self.dataset.shape]

    def map_numbers(self) -> NDArray[np.float64]:
        """Compute the numbers of the chosen map."""
        chosen = self.maps[self.map_name]
        return numbers_of(self.ground.picture(chosen, self.pages, self.steps))

    def change_map(self, values: NDArray[Any]) -> None:
        """Show other numbers in the map."""
        self.map_values = values
        self.img.set_array(np.ma.masked_invalid(values))
        self.colour()
        self.redraw()

    def colour(self) -> None:
        """Give the map colours that suit its numbers."""
        colours = Colours.of(np.asarray(self.map_values, np.float64), cmap=self.cmap)
        self.img.set_cmap(colours.cmap)
        self.img.set_clim(colours.low, colours.high)
        self.axes[0].set_title(self.map_name, fontsize="medium", parse_math=False)
        limits = np.array([colours.low, colours.high])
        label_bar(self.map_bar, self.maps[self.map_name], limits)

    # -- choices -----------------------------------------------------------------------

    def make_controls(self) -> None:
        """Make the choice of the map, of pages, and whether the mouse is followed."""
        if len(self.maps) > 1:
            self.map_choice = self.control(
                "Dropdown", lambda change: self.choose(change["new"]), options=[*self.maps],
                value=self.map_name, description="Map",
            )  # fmt: skip
        for number, axis in enumerate(self.ground.paged):
            dimension = self.ground.dimensions[axis]
            self.control(
                "IntSlider", lambda change, n=number: self.turn(n, change["new"]), value=0, min=0,
                max=len(dimension) - 1, description=dimension.name,
            )  # fmt: skip
        self.follow_button = self.control(
            "ToggleButton", self.choose_follow, value=False, description="Follow",
        )  # fmt: skip

    def choose(self, name: str) -> None:
        """Show another map.

        Parameters
        ----------
        name : str
            One of `maps`.

        Raises
        ------
        ValueError
            When there is no such map.
        """
        if name not in self.maps:
            msg = f"there is no map {name!r}; there are {[*self.maps]}"
            raise ValueError(msg)
        if name == self.map_name:
            return
        self.map_name = name
        self.change_map(self.map_numbers())
        if hasattr(self, "map_choice") and self.map_choice.value != name:
            self.map_choice.value = name

    def turn(self, number: int, page: int) -> None:
        """Show another page of one of the paged axes."""
        self.pages[number] = int(page)
        self.change_map(self.map_numbers())
        self.update_selection()
        self.redraw()

    def choose_follow(self, change: Any) -> None:
        """Follow the mouse, or only clicks."""
        self.follows = bool(change["new"])

    def on_move(self, event: Any) -> None:
        """Choose the place under the mouse."""
        if not self.follows or not self.is_clicked(event, self.axes[0]):
            return
        row, column = (
            scale.index_of(at)
            for scale, at in ((self.every_row, event.ydata), (self.every_column, event.xdata))
        )
        if (row, column) != (self.y, self.x):
            self.select(row, column)

    # -- the chosen place --------------------------------------------------------------

    @property
    def index(self) -> tuple[int, ...]:
        """The chosen position, as an index of the positions."""
        return self.ground.position(self.y, self.x, self.pages)

    def update_selection(self) -> None:
        """Show what belongs to the chosen place."""
        self.show_place(self.index)

    def place_text(self) -> str:
        """Write where the chosen place is."""
        axes = (1,) if self.ground.rows is None else (1, 0)
        numbers = {1: self.x, 0: self.y}
        return ", ".join(self.scale(axis).at(numbers[axis]) for axis in axes)

    def shown(self) -> sidpy.Dataset:
        """Return the map that is shown, as a Dataset."""
        return self.maps[self.map_name]
