"""Groups of positions, and how a pixel compares with the mean of its group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pycroscopy._inputs import as_dataset
from pycroscopy.viz.clusters import cluster_colours, draw_dendrogram, draw_responses, linkage_of
from pycroscopy.viz.maps import numbers_of
from pycroscopy.viz.panels import label_abscissa, value_caption
from sidpy.viz.scales import set_label

from .base import ResultView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    import sidpy
    from pycroscopy.learn.clustering import Clustering

__all__ = ["ClusterView"]


class ClusterView(ResultView):
    """The map of groups, their mean responses, their tree, and the chosen pixel.

    Parameters
    ----------
    result : Clustering
        As `pycroscopy.learn.cluster` makes.
    data : Dataset, optional
        What was grouped, to show the pixel that is chosen.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    **options
        As for `ResultView`.

    Raises
    ------
    ValueError
        When the data have other positions than the labels.
    """

    size: ClassVar[tuple[float, float]] = (12.0, 7.0)

    def __init__(
        self, result: Clustering, data: Any = None, figure: Figure | None = None, **options: Any
    ) -> None:
        self.result, self.count = result, len(result.sizes)
        self.data = None if data is None else as_dataset(data)
        self.row_axes = self._row_axes()
        maps = {"cluster": result.labels}
        if result.probabilities is not None:
            chances = result.probabilities
            maps |= {f"probability of {i}": chances[..., i] for i in range(self.count)}
        super().__init__(maps, figure, **options)

    def _row_axes(self) -> tuple[int, ...]:
        """Return which axes of the data are those of the labels."""
        if self.data is None:
            return ()
        names = [dimension.name for dimension in self.data._axes.values()]
        wanted = [dimension.name for dimension in self.result.labels._axes.values()]
        axes = tuple(names.index(name) for name in wanted if name in names)
        if tuple(self.data.shape[axis] for axis in axes) != self.result.labels.shape:
            msg = (
                f"labels of {dict(zip(wanted, self.result.labels.shape, strict=True))} do not fit "
                f"data of {dict(zip(names, self.data.shape, strict=True))}"
            )
            raise ValueError(msg)
        return axes

    def heading(self) -> str:
        """Name the data and the quality of the groups."""
        title = self.result.labels.title if self.data is None else self.data.title
        return f"{title}: {self.result!r}"

    def make_panels(self) -> list[Any]:
        """Make map, responses, tree and pixel."""
        return list(self.fig.subplots(2, 2).ravel())

    def draw_beside(self) -> None:
        """Draw mean responses and tree."""
        _, means, tree, pixel = self.axes
        draw_responses(means, self.result)
        if self.count > 1:
            draw_dendrogram(tree, linkage_of(self.result), cluster_colours(self.count))
        else:
            tree.set_axis_off()
        several = self.result.responses.ndim != 2
        width = int(np.prod(self.result.responses.shape[1:]))
        if several:
            pixel.set_xlabel("channel")
        x = np.arange(width) if several else label_abscissa(pixel, self.result.responses._axes[1])
        self.places = np.asarray(x)
        blank = np.full(width, np.nan)
        (self.mean_line,) = pixel.plot(x, blank, lw=1.6, label="mean of its cluster")
        (self.line,) = pixel.plot(x, blank, ".", ms=3, color="0.3", label="measured")
        self.band: Any = None
        set_label(pixel.set_ylabel, value_caption(self.result.responses))

    def colour(self) -> None:
        """Give each group its colour; other maps as usual."""
        if self.map_name != "cluster":
            self.map_bar.ax.yaxis.set_visible(True)
            super().colour()
            return
        from matplotlib.colors import BoundaryNorm, ListedColormap

        colours = ListedColormap(cluster_colours(max(self.count, 1)))
        self.img.set_array(np.ma.masked_less(np.asarray(self.map_values), 0))
        self.img.set_cmap(colours)
        self.img.set_norm(BoundaryNorm(np.arange(colours.N + 1) - 0.5, colours.N))
        self.axes[0].set_title("cluster", fontsize="medium")
        self.map_bar.update_normal(self.img)
        self.map_bar.set_ticks(np.arange(0, colours.N, max(1, -(-colours.N // 12))))
        self.map_bar.minorticks_off()
        self.map_bar.set_label("cluster")

    def choose(self, name: str) -> None:
        """Show the groups, or the probability of one."""
        if name != self.map_name:
            from matplotlib.colors import Normalize

            self.img.set_norm(Normalize())
        super().choose(name)

    def show_place(self, index: tuple[int, ...]) -> None:
        """Show the pixel with the mean and the spread of its group."""
        pixel = self.axes[3]
        number = int(np.asarray(self.result.labels[index]))
        where = f"at {self.place_text()}"
        if self.band is not None:
            self.band.remove()
            self.band = None
        if number < 0:
            self.mean_line.set_ydata(np.full(len(self.places), np.nan))
            pixel.set_title(f"{where}: in no cluster", fontsize="medium", parse_math=False)
        else:
            mean = numbers_of(self.result.responses[number]).ravel()
            wide = np.asarray(self.result.spread[number], np.float64).ravel()
            colour = cluster_colours(self.count)[number]
            self.mean_line.set(ydata=mean, color=colour)
            self.band = pixel.fill_between(
                self.places, mean - wide, mean + wide, color=colour, alpha=0.2, linewidth=0
            )
            pixel.set_title(f"{where}: cluster {number}", fontsize="medium", parse_math=False)
        if self.data is not None:
            self.line.set_ydata(numbers_of(self.shown()).ravel())
        handles = [
            line for line in (self.line, self.mean_line) if np.isfinite(line.get_ydata()).any()
        ]
        pixel.legend(handles=handles, frameon=False, fontsize="small")
        pixel.relim()
        pixel.autoscale_view()

    def shown(self) -> sidpy.Dataset:
        """Return the chosen pixel, or the labels without data."""
        if self.data is None:
            return self.result.labels
        picked: list[Any] = [slice(None)] * self.data.ndim
        for axis, place in zip(self.row_axes, self.index, strict=True):
            picked[axis] = place
        return self.data[tuple(picked)]
