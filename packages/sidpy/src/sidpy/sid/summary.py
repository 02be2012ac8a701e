"""What a dataset says of itself in a notebook and at a prompt."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from sidpy._warnings import warn
from sidpy.base.dict_utils import print_nested_dict
from sidpy.base.string_utils import format_size

from ._html import dataset_html, span, step
from ._labelled import Labelled
from .thumbnail import of_figure

if TYPE_CHECKING:
    from typing import TextIO

    import numpy as np
    import numpy.typing as npt

    from .dimension import Dimension

__all__ = ["Summary"]


class Summary(Labelled):
    """Descriptions for people: HTML, text, metadata as a list, a thumbnail."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return dataset_html(self)  # type: ignore[arg-type]

    def _ipython_key_completions_(self) -> list[str]:
        """Return the fields that square brackets take; of metadata, IPython asks the dict."""
        return list(self.dtype.names or ())

    def info(self, buf: TextIO | None = None) -> None:
        """Write what the dataset is, in a few lines; computes nothing.

        Parameters
        ----------
        buf : text stream, optional
            Where to; standard output by default.

        Examples
        --------
        >>> import sidpy
        >>> line = sidpy.Dataset.from_array([10.0, 20, 30], title="line", units="nA")
        >>> line.set_dimension(0, sidpy.Dimension([0, 0.5, 1], "x", "Length", "nm", "spatial"))
        >>> line.info()
        line: generic (nA)
        UNKNOWN of shape (3,), float64, 24.0 bytes in 1 block
        dimensions:
            x  Length  0 … 1 nm  3 points, step 0.5  spatial
        history: 2 steps
        """
        stream = sys.stdout if buf is None else buf
        stream.write("\n".join(_lines(self)) + "\n")

    def view_metadata(self) -> None:
        """Print `metadata`, one entry in a line, deeper levels indented by tabs."""
        print_nested_dict(dict(self.labels_record.metadata))

    def view_original_metadata(self) -> None:
        """Print `original_metadata`, one entry in a line, deeper levels indented by tabs."""
        print_nested_dict(dict(self.labels_record.original_metadata))

    # ------------------------------------------------------------------ the thumbnail

    @property
    def thumbnail(self) -> npt.NDArray[np.uint8] | None:
        """The picture that `set_thumbnail` made, of shape (rows, columns, 4), or None."""
        return self.__dict__.get("_thumbnail")

    def set_thumbnail(self, figure: Any = None, thumbnail_size: int = 128) -> Any:
        """Keep a small picture, in the HDF5 file of the dataset too if it has one.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional
            What to picture; by default the last figure that `plot` made, or a new one.
        thumbnail_size : int
            Pixels along the longer side.

        Returns
        -------
        ndarray of uint8, shape (rows, columns, 4)
            Red, green, blue and opacity; also kept as `thumbnail`.

        Raises
        ------
        LabelTypeError
            When `figure` is no figure (a TypeError).
        LabelValueError
            For a size that is no positive integer (a ValueError).

        Warns
        -----
        SidpyWarning
            When the file of the dataset is open for reading only.
        """
        if figure is None:
            figure = getattr(getattr(self, "view", None), "fig", None) or _own_figure(self)
        pixels = of_figure(figure, thumbnail_size)
        h5_dataset = getattr(self, "h5_dataset", None)
        if h5_dataset:  # an h5py object is false once its file is closed
            _store(h5_dataset.file, pixels)
        self.__dict__["_thumbnail"] = pixels
        return pixels


def _own_figure(dataset: Any) -> Any:
    """Draw a dataset into a figure that no window shows, and keep its view as it was."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3))
    dataset.copy().plot(figure=figure)
    return figure


def _store(file: Any, pixels: npt.NDArray[np.uint8]) -> None:
    if file.mode == "r":
        warn(
            f"{file.filename} is open for reading only: the thumbnail is kept with the dataset "
            "and not in its file"
        )
        return
    group = file.require_group("Thumbnail")
    if "Thumbnail" in group:
        del group["Thumbnail"]
    group.create_dataset("Thumbnail", data=pixels)


# ---------------------------------------------------------------- text


def _lines(dataset: Any) -> list[str]:
    labels = dataset.labels_record
    blocks = f"{dataset.npartitions} block{'s' * (dataset.npartitions != 1)}"
    size = format_size(int(dataset.nbytes))
    lines = [
        f"{labels.title or 'untitled'}: {dataset.data_descriptor}",
        f"{labels.data_type.name} of shape {dataset.shape}, {dataset.dtype}, {size} in {blocks}",
    ]
    if labels.variance is not None:
        lines[-1] += ", with variance"
    if labels.dimensions:
        lines += ["dimensions:", *_columns([_cells(dim) for dim in labels.dimensions])]
    for name in ("modality", "source"):
        if getattr(labels, name) not in ("", "generic"):
            lines.append(f"{name}: {getattr(labels, name)}")
    for name in ("metadata", "original_metadata", "structures"):
        tree = getattr(labels, name)
        if tree:
            lines.append(f"{name}: {', '.join(map(str, tree))}")
    steps = len(labels.provenance.steps())
    lines.append(f"history: {steps} step{'s' * (steps != 1)}")
    return lines


def _cells(dim: Dimension) -> list[str]:
    points = f"{dim.size} point{'s' * (dim.size != 1)}"
    between = step(dim)
    if between:
        points += f", step {between}" if between != "uneven" else ", uneven steps"
    kind = dim.dimension_type.name.lower()
    return [dim.name, dim.quantity, f"{span(dim)} {dim.units}", points, kind]


def _columns(rows: list[list[str]]) -> list[str]:
    """Return rows of cells as lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "    "
        + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
