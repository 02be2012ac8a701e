"""Dimensions of the USID model: a `sidpy.Dimension` that also says how complete it is.

The order of the arguments differs from sidpy's: name and units come before the values.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Self

import numpy as np

import sidpy
from sidpy._warnings import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["DimType", "Dimension", "validate_dimensions"]


class DimType(Enum):
    """How a dimension is varied, ordered from simple to difficult.

    Members compare with one another only: anything else is a TypeError.
    """

    #: Every combination with the other dimensions was visited.
    DEFAULT = 0
    #: Some combinations are missing: sparse, spiral or aborted scans.
    INCOMPLETE = 1
    #: The values are a function of another dimension.
    DEPENDENT = 2

    def _rank_of(self, other: object) -> int:
        if not isinstance(other, DimType):
            msg = f"a DimType compares with a DimType only, not with {other!r}"
            raise TypeError(msg)
        return int(other.value)

    def __lt__(self, other: object) -> bool:
        return int(self.value) < self._rank_of(other)

    def __le__(self, other: object) -> bool:
        return int(self.value) <= self._rank_of(other)

    def __gt__(self, other: object) -> bool:
        return int(self.value) > self._rank_of(other)

    def __ge__(self, other: object) -> bool:
        return int(self.value) >= self._rank_of(other)

    def __eq__(self, other: object) -> bool:
        return int(self.value) == self._rank_of(other)

    def __hash__(self) -> int:
        return hash(self.value)


class Dimension(sidpy.Dimension):
    """The values over which one parameter of a measurement was varied.

    Parameters
    ----------
    name : str
        Short name, ``"X"``.
    units : str
        Units of the values; may be empty.
    values : int or array_like of shape (n,)
        The values, or their number: 3 stands for 0, 1, 2.
    quantity : str
        What is varied, ``"Length"``.
    dimension_type : sidpy.DimensionType or str
        What varies: space, energy, time, ...
    mode : DimType
        Whether all combinations with the other dimensions were visited.

    Raises
    ------
    TypeError
        For labels that are not strings, values that are empty or no numbers, and a mode
        that is no `DimType`.
    ValueError
        For a number of values below 1, values of two or more dimensions, a blank name.

    Examples
    --------
    >>> Dimension("Bias", "V", [-1, 0, 1])
    Bias: generic (V) mode:DimType.DEFAULT : [-1.  0.  1.]
    """

    _blank_units = True
    _mode: DimType = DimType.DEFAULT

    def __new__(  # noqa: D102 - documented by the class; released signature
        cls,
        name: str,
        units: str,
        values: int | npt.ArrayLike,
        quantity: str = "generic",
        dimension_type: sidpy.DimensionType | str = "unknown",
        mode: DimType = DimType.DEFAULT,
    ) -> Self:
        _require_values(values)
        self = super().__new__(cls, values, name, quantity, units, dimension_type)
        self.mode = mode
        return self

    @classmethod
    def from_sidpy(cls, dimension: sidpy.Dimension, units: str | None = None) -> Self:
        """Take over the labels and values of a dimension of sidpy.

        Parameters
        ----------
        dimension : sidpy.Dimension
            The dimension.
        units : str, optional
            Units to use instead, for instance an empty string for ``"generic"``.
        """
        return cls(
            dimension.name,
            dimension.units if units is None else units,
            dimension.values,
            dimension.quantity,
            dimension.dimension_type,
        )

    @property
    def mode(self) -> DimType:
        """Whether all combinations with the other dimensions were visited."""
        return self._mode

    @mode.setter
    def mode(self, value: DimType) -> None:
        if not isinstance(value, DimType):
            msg = (
                f"mode must be of type pyUSID.DimType. Provided object was of type: {type(value)}"
            )
            raise TypeError(msg)
        self._mode = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dimension):
            if isinstance(other, sidpy.Dimension):
                return super().__eq__(other)
            msg = f"Cannot compare against object type: {type(other)}"
            raise TypeError(msg)
        return (
            self._identity() == other._identity()
            and self.size == other.size
            and bool(np.allclose(self.values, other.values, equal_nan=True))
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        # values are compared with a tolerance, so they cannot be part of the hash
        return hash((*self._identity(), self.size))

    def _identity(self) -> tuple[Any, ...]:
        return self.name, self.quantity, self.units, self.mode

    def __repr__(self) -> str:
        return (
            f"{self.name}: {self.quantity} ({self.units}) "
            f"mode:{type(self.mode).__name__}.{self.mode.name} : {self.values}"
        )

    __str__ = __repr__


def _require_values(values: object) -> None:
    """Raise what the released package raises where sidpy raises something else."""
    if isinstance(values, int | np.integer):
        if values < 1:
            msg = f"values must be a whole number of 1 or more, {values} provided"
            raise ValueError(msg)
        return
    if np.ndim(values) and np.asarray(values).dtype.kind not in "biufcM":  # type: ignore[arg-type]
        msg = f"values of a Dimension should be numbers, found {values!r}"
        raise TypeError(msg)


def validate_dimensions(
    dimensions: Dimension | Sequence[Dimension], dim_type: str = "Position"
) -> Sequence[Dimension]:
    """Return dimensions as a sequence, whether one or several were given.

    Parameters
    ----------
    dimensions : Dimension or sequence of Dimension
        What was given.
    dim_type : str
        What they are called in the message.

    Raises
    ------
    TypeError
        When a member is no `pyUSID.Dimension`.

    Warns
    -----
    UserWarning
        When they come in an array of two or more dimensions, which is unravelled.
    """
    if isinstance(dimensions, Dimension):
        return [dimensions]
    if isinstance(dimensions, np.ndarray):
        if dimensions.ndim > 1:
            warn(f"{dim_type} dimensions come in an array of shape {dimensions.shape}: unravelled")
        dimensions = list(dimensions.ravel())
    if not isinstance(dimensions, (list, tuple)):
        msg = (
            f"{dim_type} dimensions should be array-like of Dimension objects, "
            f"not {type(dimensions).__name__}"
        )
        raise TypeError(msg)
    for member in dimensions:
        if not isinstance(member, Dimension):
            msg = (
                f"{dim_type} dimensions should be a sequence of Dimension objects, "
                f"found {type(member).__name__}"
            )
            raise TypeError(msg)
    return dimensions
