"""A main dataset and what explains its rows and columns: names, sizes, values, sorting."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import h5py

from sidpy._warnings import warn
from sidpy.hdf.recovery import open_to_read

from .blocks import GridArray
from .dimension import DimType
from .flaws import require_main
from .grid import Layout
from .sides import Side, texts_of

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Explained"]

_IN_FILE_ORDER = "Data dimensions are in the order they occur in the file."
#: The released text; the order is slowest to fastest.
_SORTED = "Data dimensions are sorted in order from fastest changing dimension to slowest."


class Explained(h5py.Dataset):
    """A main dataset that knows its dimensions; see `USIDataset`, which reads the data too."""

    def __init__(self, h5_ref: h5py.Dataset, sort_dims: bool = False) -> None:  # noqa: FBT001, FBT002 - released signature
        linked = require_main(h5_ref)
        super().__init__(h5_ref.id, readonly=h5_ref.file.mode == "r")
        self.h5_pos_inds, self.h5_pos_vals, self.h5_spec_inds, self.h5_spec_vals = linked
        self._is_sorted = bool(sort_dims)
        self._positions = Side(linked[0], linked[1], is_spectroscopic=False)
        self._steps = Side(linked[2], linked[3], is_spectroscopic=True)
        self._labels = (*self._positions.labels, *self._steps.labels)
        self._arrays: dict[bool, GridArray] = {}
        for side in self._sides:
            if side.grid is None and DimType.INCOMPLETE not in side.modes():
                warn(f"{self.name} has no N-dimensional form: {side.why_no_grid}")

    @classmethod
    def _reopened(cls, path: str, name: str, sort_dims: bool) -> Self:  # noqa: FBT001 - called by pickle
        return cls(open_to_read(path)[name], sort_dims)

    def __reduce__(self) -> tuple[Any, ...]:
        if not Path(self.file.filename).is_file():
            msg = f"{self.name} lies in a file in memory and cannot be pickled"
            raise TypeError(msg)
        return self._reopened, (self.file.filename, self.name, self._is_sorted)

    @property
    def _sides(self) -> tuple[Side, Side]:
        return self._positions, self._steps

    @cached_property
    def _has_grid(self) -> bool:
        return self._positions.grid is not None and self._steps.grid is not None

    def _array(self) -> GridArray:
        """Return the N-D form, to be read part by part."""
        if self._is_sorted not in self._arrays:
            grids = self._positions.require_grid(), self._steps.require_grid()
            self._arrays[self._is_sorted] = GridArray(self, Layout(*grids, self._is_sorted))
        return self._arrays[self._is_sorted]

    # --- what the dimensions are ---------------------------------------------------

    @property
    def n_dim_labels(self) -> list[str]:
        """Names of all dimensions, positions first."""
        return self.pos_dim_labels + self.spec_dim_labels

    @property
    def n_dim_sizes(self) -> list[int]:
        """Number of steps of all dimensions, positions first."""
        return self.pos_dim_sizes + self.spec_dim_sizes

    @property
    def pos_dim_labels(self) -> list[str]:
        """Names of the position dimensions."""
        return [self._positions.labels[i] for i in self._order(self._positions)]

    @property
    def spec_dim_labels(self) -> list[str]:
        """Names of the spectroscopic dimensions."""
        return [self._steps.labels[i] for i in self._order(self._steps)]

    @property
    def pos_dim_sizes(self) -> list[int]:
        """Number of steps of the position dimensions."""
        return [self._positions.sizes[i] for i in self._order(self._positions)]

    @property
    def spec_dim_sizes(self) -> list[int]:
        """Number of steps of the spectroscopic dimensions."""
        return [self._steps.sizes[i] for i in self._order(self._steps)]

    @property
    def pos_dim_descriptors(self) -> list[str]:
        """Label and units of each position dimension, always in file order."""
        return self._positions.descriptors

    @property
    def spec_dim_descriptors(self) -> list[str]:
        """Label and units of each spectroscopic dimension, always in file order."""
        return self._steps.descriptors

    @property
    def data_descriptor(self) -> str:
        """Quantity and units of the data."""
        return f"{texts_of(self, 'quantity')[0]} ({texts_of(self, 'units')[0]})"

    def _order(self, side: Side) -> tuple[int, ...]:
        if self._is_sorted and side.grid is not None:
            return side.grid.slow_first
        return tuple(range(len(side.labels)))

    def __repr__(self) -> str:
        if not self:
            return super().__repr__()
        lines = [super().__repr__(), "located at:", f"\t{self.name}"]
        lines += ["Data contains:", f"\t{self.data_descriptor}"]
        lines += ["Data dimensions and original shape:", "Position Dimensions:"]
        lines += _size_lines(self.pos_dim_labels, self.pos_dim_sizes)
        lines += ["Spectroscopic Dimensions:"]
        lines += _size_lines(self.spec_dim_labels, self.spec_dim_sizes)
        if self.dtype.names is None:
            lines += ["Data Type:", f"\t{self.dtype.name}"]
        else:
            lines += ["Data Fields:", "\t" + ", ".join(self.dtype.names)]
        return "\n".join(lines)

    # --- order of the dimensions ---------------------------------------------------

    def get_current_sorting(self) -> None:
        """Print whether dimensions are in file order or sorted."""
        sys.stdout.write((_SORTED if self._is_sorted else _IN_FILE_ORDER) + "\n")

    def toggle_sorting(self) -> None:
        """Switch between file order and the order from slowest to fastest."""
        self._is_sorted = not self._is_sorted

    # --- values --------------------------------------------------------------------

    def get_pos_values(self, dim_name: str) -> npt.NDArray[Any]:
        """Return the values of a position dimension, an ndarray of shape (steps,).

        Raises
        ------
        TypeError
            When the name is no str.
        KeyError
            When there is no such dimension.
        ValueError
            When the dimensions are incomplete.
        """
        return _values(self._positions, dim_name)

    def get_spec_values(self, dim_name: str) -> npt.NDArray[Any]:
        """Return the values of a spectroscopic dimension, an ndarray of shape (steps,).

        Raises
        ------
        TypeError
            When the name is no str.
        KeyError
            When there is no such dimension.
        ValueError
            When the dimensions are incomplete.
        """
        return _values(self._steps, dim_name)


def _size_lines(labels: list[str], sizes: list[int]) -> list[str]:
    return [f"\t{name} - size: {size}" for name, size in zip(labels, sizes, strict=True)]


def _values(side: Side, name: str) -> npt.NDArray[Any]:
    if not isinstance(name, str):
        msg = f"dim_name should be a string, not {type(name).__name__}"
        raise TypeError(msg)
    if name not in side.labels:
        msg = f"{name!r} is not among the dimensions {list(side.labels)}"
        raise KeyError(msg)
    return side.unit_values(side.labels.index(name))
