"""Which axes of a dataset are the rows of a matrix, and the labels on the way back.

Every method of learning sees data as a matrix, positions x channels.  The functions here
say which axes are which, and turn what was found into datasets: maps on the axes of the
positions, spectra on the axes of the channels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pycroscopy._inputs import lazy, set_dimensions
from sidpy._warnings import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    import sidpy

__all__ = ["Labels", "Layout", "finite_rows", "labelled", "maps", "matrix", "numbered", "spectra"]


class Layout(NamedTuple):
    """Which axes of the data are the rows of the matrix."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @classmethod
    def of(
        cls, dataset: sidpy.Dataset, row_axes: Sequence[int] | None = None, *, least: int = 2
    ) -> Layout:
        """Decide which axes are positions: the spatial ones, or all but the last.

        Parameters
        ----------
        dataset : Dataset
            The data.
        row_axes : sequence of int, optional
            The positions, if not the spatial axes.
        least : int
            Axes that the method needs.

        Raises
        ------
        ValueError
            When there are too few axes, or `row_axes` are impossible.
        """
        if dataset.ndim < least:
            msg = f"a decomposition needs at least two axes, found shape {dataset.shape}"
            raise ValueError(msg)
        everything = range(dataset.ndim)
        if row_axes is None:
            spatial = [a for a in everything if dataset._axes[a].dimension_type.name == "SPATIAL"]
            rows = spatial if 0 < len(spatial) < dataset.ndim else list(everything)[:-1]
        else:
            rows = [int(axis) % dataset.ndim for axis in row_axes]
        columns = [axis for axis in everything if axis not in rows]
        if len(set(rows)) != len(rows) or not rows or not columns:
            msg = (
                f"row_axes are {row_axes}; expected some, not all, of the {dataset.ndim} axes, "
                "each once"
            )
            raise ValueError(msg)
        return cls(tuple(rows), tuple(columns))

    def shapes(self, dataset: sidpy.Dataset) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the lengths of the axes of positions, and of those of channels."""
        return (
            tuple(dataset.shape[axis] for axis in self.rows),
            tuple(dataset.shape[axis] for axis in self.columns),
        )

    def sizes(self, dataset: sidpy.Dataset) -> tuple[int, int]:
        """Return the numbers of positions and channels."""
        rows, columns = self.shapes(dataset)
        return math.prod(rows), math.prod(columns)


def matrix(dataset: sidpy.Dataset, layout: Layout) -> NDArray[Any]:
    """Read the data into memory as positions x channels, numbers as they are.

    Parameters
    ----------
    dataset : Dataset
        The data.
    layout : Layout
        What is what.

    Raises
    ------
    ValueError
        When there is no position or no channel.
    """
    sizes = layout.sizes(dataset)
    if 0 in sizes:
        msg = f"{dataset.title!r} has {sizes[0]} positions and {sizes[1]} channels: nothing to do"
        raise ValueError(msg)
    values = np.asarray(lazy(dataset).transpose((*layout.rows, *layout.columns)))
    return values.reshape(sizes)


def finite_rows(values: NDArray[Any], what: str) -> NDArray[np.bool_]:
    """Tell which positions are finite in all channels, and warn of the others.

    Parameters
    ----------
    values : ndarray of shape (positions, channels)
        The data.
    what : str
        Of what they are, for the message.

    Raises
    ------
    ValueError
        When no position is finite.
    """
    good = np.isfinite(values).all(axis=1)
    lost = int(len(good) - np.count_nonzero(good))
    if lost == len(good):
        msg = f"no position of {what!r} is finite in all of its {values.shape[1]} channels"
        raise ValueError(msg)
    if lost:
        warn(f"{lost} of {len(good)} positions of {what!r} are not finite and are left out")
    return good


def numbered(length: int, name: str, kind: str = "CHANNEL") -> Any:
    """Return a dimension that counts.

    Parameters
    ----------
    length : int
        How far.
    name : str
        Of the dimension.
    kind : str
        Its type.
    """
    import sidpy

    return sidpy.Dimension(np.arange(length), name, "component", "a.u.", kind)


class Labels(NamedTuple):
    """What a result is called."""

    title: str
    """Stands behind the title of the data."""
    kind: str
    """Type of the data."""
    has_units: bool
    """Whether it has the units and the quantity of the data."""


def labelled(
    parent: sidpy.Dataset, array: Any, dimensions: Sequence[Any], labels: Labels
) -> sidpy.Dataset:
    """Label an array with axes, and with the units of the parent if it has them.

    Parameters
    ----------
    parent : Dataset
        Lends title, source, units and metadata.
    array : array or dask array
        The values.
    dimensions : sequence of Dimension
        One for each axis.
    labels : Labels
        The rest.
    """
    import sidpy

    units = {"units": parent.units, "quantity": parent.quantity} if labels.has_units else {}
    result = sidpy.Dataset.from_array(
        array,
        title=f"{parent.title} {labels.title}",
        datatype=labels.kind,
        modality=parent.modality,
        source=parent.title,
        **units,
    )
    set_dimensions(result, dimensions)
    result.metadata = dict(parent.metadata)
    return result


def maps(parent: sidpy.Dataset, layout: Layout, values: Any, labels: Labels) -> sidpy.Dataset:
    """Return what was found at each position on the axes of the positions.

    Parameters
    ----------
    parent : Dataset
        The data.
    layout : Layout
        What is what.
    values : array of shape (positions,) or (positions, components)
        Its last axis, if there are two, becomes ``weights``.
    labels : Labels
        Title and type of the result.
    """
    axes = [parent._axes[axis] for axis in layout.rows]
    shape = layout.shapes(parent)[0]
    if values.ndim == 1:
        return labelled(parent, values.reshape(shape), axes, labels)
    count = values.shape[-1]
    return labelled(
        parent, values.reshape((*shape, count)), [*axes, numbered(count, "weights")], labels
    )


def spectra(parent: sidpy.Dataset, layout: Layout, values: Any, labels: Labels) -> sidpy.Dataset:
    """Return spectra on the axes of the channels, one behind another if there are several.

    Parameters
    ----------
    parent : Dataset
        The data.
    layout : Layout
        What is what.
    values : array of shape (channels,) or (components, channels)
        Its first axis, if there are two, becomes ``component_number``.
    labels : Labels
        Title and type of the result.
    """
    axes = [parent._axes[axis] for axis in layout.columns]
    shape = layout.shapes(parent)[1]
    if values.ndim == 1:
        return labelled(parent, values.reshape(shape), axes, labels)
    count = len(values)
    first = numbered(count, "component_number")
    return labelled(parent, values.reshape((count, *shape)), [first, *axes], labels)
