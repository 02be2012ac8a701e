"""A dimension: the values along one axis of a dataset, with their name and units.

A `Dimension` is a one-dimensional float64 array that also says what its numbers are.
It behaves like the array in arithmetic: sums and multiples of a dimension are again a
dimension, everything whose units would no longer be true is a plain array.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from sidpy._warnings import warn
from sidpy.base.addresses import also_at
from sidpy.base.units import needed_conversion
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

from .kinds import DimensionType, as_dimension_type

__all__ = ["Dimension", "DimensionType"]

__getattr__ = also_at(__name__, {"validate_single_string_arg": "sidpy.base.string_utils"})

#: Functions after which the numbers still are positions along the same dimension.
_KEEPING = frozenset(
    {
        np.add, np.subtract, np.multiply, np.divide, np.floor_divide, np.remainder,
        np.negative, np.positive, np.absolute, np.fabs, np.rint, np.floor, np.ceil, np.trunc,
        np.maximum, np.minimum, np.fmax, np.fmin,
    }
)  # fmt: skip

#: Largest departure of a step from the mean step, as a share of it, of a linear axis.
_LINEAR_TOLERANCE = 1e-3


class Dimension(np.ndarray):
    """Named values along one axis.

    Parameters
    ----------
    values : int or array_like of shape (n,)
        The values, or their number: ``Dimension(3)`` has the values 0, 1, 2.
    name : str
        Short name, ``"x"``; it also is the attribute of the dataset.
    quantity : str
        What is measured along the axis, ``"Length"``.
    units : str
        Units of the values, ``"nm"``.
    dimension_type : DimensionType or str
        What varies: space, energy, time, ...
    *args, **kwargs
        Ignored; older callers pass more than is known here.

    Raises
    ------
    TypeError
        For values that are empty, a float or an integer below 1, and for labels that are no str.
    ValueError
        For values of two or more dimensions and for blank labels.

    Examples
    --------
    >>> bias = Dimension([-1, 0, 1], name="bias", quantity="Bias", units="V")
    >>> bias
    bias:  Bias (V) of size (3,)
    >>> (2 * bias).values
    array([-2.,  0.,  2.])
    """

    #: pyUSID allows axes without units, sidpy spells them "generic".
    _blank_units = False

    _name: str
    _quantity: str
    _units: str
    _dimension_type: DimensionType

    def __new__(  # noqa: D102 - documented by the class
        cls,
        values: int | npt.ArrayLike,
        name: str = "none",
        quantity: str = "generic",
        units: str = "generic",
        dimension_type: DimensionType | str = DimensionType.UNKNOWN,
        *args: object,  # noqa: ARG004 - older callers pass more than is known here
        **kwargs: object,  # noqa: ARG004 - the same
    ) -> Self:
        self = _as_values(values).view(cls)
        self._name = _word(name, "name")
        self._quantity = _word(quantity, "quantity")
        self._units = _word(units, "units", blank=cls._blank_units)
        self._dimension_type = as_dimension_type(dimension_type)
        return self

    def __array_finalize__(self, parent: object) -> None:
        if isinstance(parent, Dimension):
            self.__dict__.update(parent.__dict__)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any
    ) -> Any:
        arrays = [x.view(np.ndarray) if isinstance(x, Dimension) else x for x in inputs]
        if out is not None:
            kwargs["out"] = tuple(
                x.view(np.ndarray) if isinstance(x, Dimension) else x for x in out
            )
        result = getattr(ufunc, method)(*arrays, **kwargs)
        if out is not None:
            return out[0] if len(out) == 1 else out
        if method == "__call__" and ufunc in _KEEPING and _fits(result, self):
            result = result.view(type(self))
            result.__dict__.update(self.__dict__)
        return result

    def __array_wrap__(
        self,
        array: npt.NDArray[Any],
        context: Any = None,
        return_scalar: bool = False,  # noqa: FBT001, FBT002 - NumPy's protocol
    ) -> Any:
        return array[()] if return_scalar else array

    @property
    def name(self) -> str:
        """Short name; `Dataset.rename_dimension` changes it."""
        return self._name

    @property
    def quantity(self) -> str:
        """What is measured along the axis."""
        return self._quantity

    @quantity.setter
    def quantity(self, value: str) -> None:
        self._quantity = _word(value, "quantity")

    @property
    def units(self) -> str:
        """Units of the values."""
        return self._units

    @units.setter
    def units(self, value: str) -> None:
        self._units = _word(value, "units", blank=self._blank_units)

    @property
    def dimension_type(self) -> DimensionType:
        """What varies along the axis; settable with a member or its name."""
        return self._dimension_type

    @dimension_type.setter
    def dimension_type(self, value: DimensionType | str) -> None:
        self._dimension_type = as_dimension_type(value)

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """The values as a plain array, a copy."""
        return np.array(self, dtype=float)

    @property
    def slope(self) -> float:
        """Mean step between neighbouring values, 0 for a single value.

        Warns
        -----
        UserWarning
            When the steps differ by more than a thousandth.
        """
        if self.size < 2:
            return 0.0
        steps = np.diff(self.view(np.ndarray))
        slope = float(steps.mean())
        if steps.std() > abs(slope) * _LINEAR_TOLERANCE:
            warn(f"dimension {self.name!r} is not linear: its steps vary by {steps.std():.3g}")
        return slope

    @property
    def is_linear(self) -> bool:
        """Whether all steps are equal to a thousandth."""
        if self.size < 3:
            return True
        steps = np.diff(self.view(np.ndarray))
        spread = np.abs(steps - steps.mean()).max()
        return bool(spread <= abs(steps.mean()) * _LINEAR_TOLERANCE)

    @property
    def label(self) -> str:
        """The text of an axis label: quantity (units)."""
        return f"{self.quantity} ({self.units})"

    @property
    def info(self) -> str:
        """One line with everything."""
        return f"{self.name} - {self.quantity} ({self.units}): {self.values}"

    def renamed(self, name: str) -> Self:
        """Return a copy of another name."""
        result = self.copy()
        result._name = _word(name, "name")
        return result

    def with_values(self, values: npt.ArrayLike) -> Self:
        """Return a dimension of the same labels with other values of shape (n,)."""
        result = np.array(values, dtype=float).view(type(self))
        result.__dict__.update(self.__dict__)
        return result

    def to(self, units: str) -> Self:
        """Return the dimension in other units.

        Raises
        ------
        LabelValueError
            When units are unknown or measure something else (a ValueError).

        Examples
        --------
        >>> Dimension([0, 0.5], "x", "Length", "nm").to("pm").values
        array([  0., 500.])
        """
        convert = needed_conversion(self.units, units, f"dimension {self.name!r}")
        result = self.with_values(convert(self.values))
        result.units = units
        return result

    def copy(self, order: Any = "C") -> Self:  # noqa: ARG002 - ndarray's signature
        """Return an independent copy with all labels."""
        return self.with_values(self)

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, object] | None) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.values, dict(self.__dict__))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Dimension)
            and (self.name, self.quantity, self.units) == (other.name, other.quantity, other.units)
            and np.array_equal(self.view(np.ndarray), other.view(np.ndarray), equal_nan=True)
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __repr__(self) -> str:
        return f"{self.name}:  {self.quantity} ({self.units}) of size {self.shape}"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from ._html import dimension_html

        return dimension_html(self)


def _rebuild(
    cls: type[Dimension], values: npt.NDArray[np.float64], state: dict[str, Any]
) -> Dimension:
    result = values.view(cls)
    result.__dict__.update(state)
    return result


def _fits(result: object, dimension: Dimension) -> bool:
    return (
        type(result) is np.ndarray
        and result.dtype == np.float64
        and result.shape == dimension.shape
    )


def _word(value: object, label: str, *, blank: bool = False) -> str:
    if not isinstance(value, str):
        msg = f"{label} of a Dimension should be a str, found {value!r}"
        raise LabelTypeError(msg)
    word = value.strip()
    if not word and not blank:
        msg = f"{label} of a Dimension should not be blank, found {value!r}"
        raise LabelValueError(msg)
    return word


def _as_values(values: int | npt.ArrayLike) -> npt.NDArray[np.float64]:
    if isinstance(values, int | np.integer):
        if values < 1:
            msg = (
                "When specifying the size of a Dimension, values should at be integers > 1, "
                f"found {values!r}"
            )
            raise LabelTypeError(msg)
        return np.arange(int(values), dtype=float)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        values = values.astype("datetime64[D]")
    array = np.array(values)
    if array.ndim == 0:
        msg = f"values of a Dimension should be an int or a sequence of numbers, found {values!r}"
        raise LabelTypeError(msg)
    if array.ndim > 1:
        msg = f"Dimension can only be 1 dimensional, found values of shape {array.shape}"
        raise DimensionError(msg)
    if array.size == 0:
        msg = (
            "When specifying values over which a parameter is varied, values should not be an "
            "empty array"
        )
        raise LabelTypeError(msg)
    return array.astype(float)
