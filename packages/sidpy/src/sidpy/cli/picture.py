"""``sidpy plot``: a picture of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from matplotlib.figure import Figure

__all__ = ["add", "draw", "run"]

#: More datasets than this in one picture could not be told apart.
_MOST = 16

#: How many frames of a stack a still picture shows.
_FRAMES = 6


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser("plot", parents=[common], help="save a picture of a file")
    words.add_argument("file", metavar="FILE")
    words.add_argument(
        "-o", "--output", required=True, metavar="PNG",
        help="the picture; its ending decides the format (png, svg, pdf, ...)",
    )  # fmt: skip
    words.add_argument(
        "--dataset", default="all", metavar="KEY", help="one of the keys that 'sidpy info' shows"
    )
    words.add_argument("--reader", help="use this reader or format")
    words.add_argument("--scale-bar", action="store_true", help="a scale bar instead of ticks")
    words.add_argument("--dpi", type=int, default=150, help="pixels per inch (150)")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Draw the datasets of a file."""
    import sidpy

    _check_ending(arguments.output)
    datasets = _chosen(sidpy.read(arguments.file, reader=arguments.reader), arguments.dataset)
    figure = draw(datasets, scale_bar=arguments.scale_bar)
    figure.savefig(arguments.output, dpi=arguments.dpi)
    console.write(str(arguments.output))


def draw(datasets: Mapping[str, Any], **options: Any) -> Figure:
    """Draw datasets on a figure that no window and no notebook knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from sidpy.viz.dispatch import make_view, view_class
    from sidpy.viz.views.gallery import plot_gallery

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    options |= {"frames": _FRAMES}
    if len(datasets) == 1:
        (dataset,) = datasets.values()
        figure.set_size_inches(view_class(dataset).size)
        make_view(dataset, figure, **options)
    else:
        plot_gallery(datasets, figure, **options)
    return figure


def _check_ending(output: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    known = FigureCanvasAgg.get_supported_filetypes()
    ending = Path(output).suffix.removeprefix(".").lower()
    if ending not in known:
        msg = f"a picture ends in one of {', '.join(sorted(known))}, found {output!r}"
        raise console.UsageError(msg)


def _chosen(datasets: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    if key != "all" or key in datasets:
        return {key: console.chosen(datasets, key)}
    if len(datasets) > _MOST:
        console.complain(
            f"showing the first {_MOST} of {len(datasets)} datasets; --dataset KEY shows any other"
        )
    return dict(list(datasets.items())[:_MOST])
