"""Where the atoms are: the result of finding and refining them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pycroscopy._inputs import set_dimensions
from sidpy.sid.operations import Call, begin, operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = [
    "AtomPositions", "ImageAxes", "coordinates_of", "image_axes", "is_table", "select_atoms",
]  # fmt: skip

#: Columns that every table has, first and last.
_COLUMNS = ("row", "column", "row_error", "column_error", "status", "frame")


class ImageAxes(NamedTuple):
    """Which axes of a dataset are the image, and how large its pixels are."""

    rows: int
    columns: int
    frames: int | None
    """The axis that counts images, None for one image."""
    pixel: tuple[float, float]
    """Spacing along rows and columns, positive, in the units of the axes."""

    @property
    def aspect(self) -> tuple[float, float]:
        """Pixel sizes over the finer one."""
        finer = min(self.pixel)
        return self.pixel[0] / finer, self.pixel[1] / finer


def image_axes(dataset: sidpy.Dataset) -> ImageAxes:
    """Find the two image axes, and the one that counts images.

    Parameters
    ----------
    dataset : Dataset
        Two or three axes; spatial or reciprocal ones are the image, or else the last two.

    Raises
    ------
    TypeError
        When the data are complex or have another number of axes.
    """
    if dataset.ndim not in (2, 3) or dataset.dtype.kind not in "fiub":
        msg = (
            f"expected a real image or stack of images, found shape {dataset.shape} of "
            f"{dataset.dtype} ({dataset.data_type.name})"
        )
        raise TypeError(msg)
    kinds = [dataset._axes[axis].dimension_type.name for axis in range(dataset.ndim)]
    found = [axis for axis, kind in enumerate(kinds) if kind in ("SPATIAL", "RECIPROCAL")]
    rows, columns = found if len(found) == 2 else range(dataset.ndim)[-2:]
    frames = next((axis for axis in range(dataset.ndim) if axis not in (rows, columns)), None)
    return ImageAxes(
        rows, columns, frames, (_spacing(dataset._axes[rows]), _spacing(dataset._axes[columns]))
    )


def _spacing(dimension: Any) -> float:
    values = np.asarray(dimension.values, np.float64)
    step = abs(values[-1] - values[0]) / (len(values) - 1) if len(values) > 1 else 1.0
    return float(step) if np.isfinite(step) and step > 0 else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class AtomPositions:
    """Atoms with their positions, uncertainties and quality.

    Row i of every array is one atom.  A failed refinement is NaN and has a `status` of zero
    or below.  ``np.asarray`` gives rows, columns and widths in pixels, as `find_atoms` does.
    """

    positions: Floats
    """Shape (atoms, 2), px: row and column, pixel centres at whole numbers."""
    covariance: Floats
    """Shape (atoms, 2, 2), px^2; NaN where positions were not refined."""
    columns: Mapping[str, Floats]
    """What else is known of each atom, by name: `sigma`, `amplitude`, `background`,
    `reduced_chi_squared`, ... and their errors, ``sigma_error``, ...; lengths in px of the
    finer axis."""
    status: NDArray[np.int8]
    """How each fit ended: a `FitStatus` or a `PeakStatus`."""
    frames: NDArray[np.intp]
    """Image of a stack each atom is in."""
    image: sidpy.Dataset
    """Where the atoms were found."""
    call: Call | Callable[[], Call] | None = None
    """How they were found, which their table has in its history."""

    def __len__(self) -> int:
        return len(self.positions)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Floats:  # noqa: FBT001 - NumPy's protocol
        table = np.column_stack([self.positions, self.columns["sigma"]])
        return table if dtype is None else table.astype(dtype)

    def __repr__(self) -> str:
        failed = f", {self.n_failed} failed" if self.n_failed else ""
        images = f" in {self.frames.max() + 1} images" if self._axes.frames is not None else ""
        return f"{len(self)} atoms{images} of {self.image.title!r}{failed}"

    @property
    def _axes(self) -> ImageAxes:
        return image_axes(self.image)

    @property
    def good(self) -> NDArray[np.bool_]:
        """Which atoms can be used, shape (atoms,)."""
        return self.status > 0

    @property
    def n_failed(self) -> int:
        """Number of atoms that are NaN."""
        return int(np.count_nonzero(~self.good))

    @property
    def errors(self) -> Floats:
        """Standard errors of `positions`, shape (atoms, 2), px."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))

    @property
    def coordinates(self) -> Floats:
        """Positions in the units of the image axes, shape (atoms, 2)."""
        return coordinates_of(self.image, self.positions)

    @property
    def coordinate_errors(self) -> Floats:
        """Standard errors of `coordinates`, shape (atoms, 2)."""
        slopes = [
            _at(d, p)[1] for d, p in zip(self._image_dimensions, self.positions.T, strict=True)
        ]
        return self.errors * np.column_stack(slopes)

    @property
    def _image_dimensions(self) -> tuple[Any, Any]:
        axes = self._axes
        return self.image._axes[axes.rows], self.image._axes[axes.columns]

    def select(self, keep: NDArray[Any]) -> AtomPositions:
        """Return some of the atoms.

        Parameters
        ----------
        keep : ndarray
            Booleans or indices, for instance ``atoms.good``.
        """
        keep = np.array(keep)
        return replace(
            self,
            positions=self.positions[keep],
            covariance=self.covariance[keep],
            columns={name: values[keep] for name, values in self.columns.items()},
            status=self.status[keep],
            frames=self.frames[keep],
            call=partial(begin, select_atoms, self, keep, image=self.image),
        )

    def frame(self, number: int) -> AtomPositions:
        """Return the atoms of one image of a stack."""
        return self.select(self.frames == number)

    def to_dataset(self) -> sidpy.Dataset:
        """Return the atoms as a point cloud: a table with coordinates and history.

        Returns
        -------
        Dataset of shape (atoms, columns)
            POINT_CLOUD; ``point_cloud["coordinates"]`` across and down, as a picture is
            drawn, in the units of the image axes;
            ``metadata["atoms"]`` names the columns and their units.

        Raises
        ------
        ValueError
            When there is no atom.
        """
        import sidpy

        if not len(self):
            msg = f"no atoms in {self.image.title!r}: there is no table of nothing"
            raise ValueError(msg)
        rows, columns = self._image_dimensions
        names = [*_COLUMNS[:4], *self.columns, *_COLUMNS[4:]]
        table = np.column_stack(
            [self.positions, self.errors, *self.columns.values(), self.status, self.frames]
        )
        result = sidpy.Dataset.from_array(
            table,
            title=f"{self.image.title} atoms",
            datatype="POINT_CLOUD",
            modality=self.image.modality,
            source=self.image.title,
            units="px",
            quantity="position",
            coordinates=self.coordinates[:, ::-1],
        )
        set_dimensions(
            result,
            [
                sidpy.Dimension(np.arange(len(self)), "atom", "index", "a.u.", "point_cloud"),
                sidpy.Dimension(np.arange(len(names)), "quantity", "index", "a.u.", "spectral"),
            ],
        )
        result.point_cloud = {
            "coordinates": self.coordinates[:, ::-1],
            "spacial_units": rows.units,
            "quantity": rows.quantity,
        }
        result.metadata = {
            **self.image.metadata,
            "atoms": {
                "columns": names,
                "coordinates": [columns.name, rows.name],
                "coordinate_units": [columns.units, rows.units],
                "pixel_size": list(self._axes.pixel),
            },
        }
        call = self.call if self.call is None or isinstance(self.call, Call) else self.call()
        return result if call is None else call.on(result)

    @classmethod
    def from_dataset(cls, table: sidpy.Dataset, image: sidpy.Dataset) -> AtomPositions:
        """Return the atoms of a table that `to_dataset` made.

        Parameters
        ----------
        table : Dataset of shape (atoms, columns)
            Perhaps from a file.
        image : Dataset
            Where the atoms were found.

        Raises
        ------
        TypeError
            When it is no table of atoms.

        Notes
        -----
        A table has the errors of rows and columns and not how they depend on each other:
        that part of the `covariance` is zero.
        """
        if not is_table(table):
            msg = f"expected a Dataset that AtomPositions.to_dataset made, found {table!r}"
            raise TypeError(msg)
        names = table.metadata["atoms"]["columns"]
        values = dict(zip(names, np.asarray(table, np.float64).T, strict=True))
        covariance = np.zeros((len(table), 2, 2))
        for axis, name in enumerate(("row_error", "column_error")):
            covariance[:, axis, axis] = values.pop(name) ** 2
        positions = np.column_stack([values.pop("row"), values.pop("column")])
        status, frames = values.pop("status"), values.pop("frame")
        return cls(
            positions=positions,
            covariance=covariance,
            columns=values,
            status=status.astype(np.int8),
            frames=frames.astype(np.intp),
            image=image,
        )

    def made_by(self, call: Call) -> None:
        """Keep the call, to write it on the table; `sidpy.operation` asks for this."""
        object.__setattr__(self, "call", call)

    def part(self, name: str) -> sidpy.Dataset:
        """Return the table, which is all that there is in a history."""
        if name:
            msg = f"atoms have one table and no {name!r}"
            raise KeyError(msg)
        return self.to_dataset()

    def plot(self, frame: int = 0, figure: Figure | None = None) -> Figure:
        """Draw the atoms on the image, and what failed in another colour.

        Parameters
        ----------
        frame : int
            Which image of a stack.
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.points import draw_atoms

        return draw_atoms(self, frame, figure)


def coordinates_of(image: sidpy.Dataset, positions: Floats) -> Floats:
    """Return positions in the units of the image axes.

    Parameters
    ----------
    image : Dataset
        The image, or stack.
    positions : ndarray of shape (points, 2), px
        Rows and columns.

    Returns
    -------
    ndarray of shape (points, 2)
        Linear between pixels and beyond the ends.
    """
    axes = image_axes(image)
    both = (image._axes[axes.rows], image._axes[axes.columns])
    return np.column_stack([_at(d, p)[0] for d, p in zip(both, positions.T, strict=True)])


def is_table(value: Any) -> bool:
    """Whether a value is a dataset that `AtomPositions.to_dataset` made."""
    described = getattr(value, "metadata", None)
    if not isinstance(described, dict) or getattr(value, "ndim", 0) != 2:
        return False
    columns = described.get("atoms", {}).get("columns", ())
    return len(columns) == value.shape[1] and set(_COLUMNS) <= set(columns)


@operation(name="pycroscopy.image.select_atoms")
def select_atoms(
    atoms: AtomPositions | sidpy.Dataset, keep: NDArray[Any], *, image: sidpy.Dataset
) -> AtomPositions:
    """Return some of the atoms; `AtomPositions.select` does the same.

    Parameters
    ----------
    atoms : AtomPositions, or its Dataset
        All of them.
    keep : ndarray
        Booleans or indices, for instance ``atoms.good``.
    image : Dataset
        Where they were found.

    Returns
    -------
    AtomPositions
        In the order of `keep`.
    """
    if is_table(atoms):
        atoms = AtomPositions.from_dataset(atoms, image)
    return atoms.select(keep)


def _at(dimension: Any, pixel: Floats) -> tuple[Floats, Floats]:
    """Return value and |slope| of a dimension at fractional pixels, linear beyond its ends."""
    values = np.asarray(dimension.values, np.float64)
    if len(values) < 2:
        return values[0] + pixel, np.ones_like(pixel)
    known = np.isfinite(pixel)
    left = np.clip(np.floor(np.where(known, pixel, 0)).astype(np.intp), 0, len(values) - 2)
    slope = values[left + 1] - values[left]
    return np.where(known, values[left] + (pixel - left) * slope, np.nan), np.abs(slope)
