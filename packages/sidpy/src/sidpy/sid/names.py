"""Dimensions by number, name and kind, as attributes and through methods.

``ds.bias`` and ``ds.dim_2`` are the same dimension.  A dimension whose name is that of a
member (``T``, ``mean``) never hides it: reach it as ``ds.dim_0``.  Any other attribute a
user sets belongs to the user; it is carried along and saved.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

from ._labelled import Labelled
from .dimension import Dimension
from .kinds import DimensionType, as_dimension_type

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Names"]

_IMAGE = (DimensionType.SPATIAL, DimensionType.RECIPROCAL)


class AxisError(DimensionError, KeyError, IndexError):
    """There is no axis of this number or name."""

    __str__ = Exception.__str__  # a KeyError would show its message in quotes


class Names(Labelled):
    """Access to dimensions."""

    __slots__ = ()

    @property
    def _axes(self) -> dict[int, Dimension]:
        """Dimensions by axis; changes of theirs are changes of the dataset."""
        result: dict[int, Dimension] = self._thawed("dimensions")
        return result

    @property
    def labels(self) -> list[str]:
        """The text of each axis: quantity (units)."""
        return [dimension.label for dimension in self.labels_record.dimensions]

    # ------------------------------------------------------------------ as attributes

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_labels" not in self.__dict__:
            raise AttributeError(name)
        axis = self._axis_called(name)
        if axis is not None:
            return self._axes[axis]
        extras = self._thawed("extras") if self._has_extras() else {}
        if name in extras:
            return extras[name]
        raise _NoSuchName(name, self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
            return
        axis = self._axis_called(name)
        if axis is not None:
            self._replace_dimension(axis, value)
        else:
            self._thawed("extras")[name] = value

    def __delattr__(self, name: str) -> None:
        if self._has_extras() and name in self._thawed("extras"):
            del self._thawed("extras")[name]
            return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        dimensions = self.labels_record.dimensions
        numbers = [f"dim_{axis}" for axis in range(len(dimensions))]
        names = [dim.name for dim in dimensions if dim.name.isidentifier()]
        return sorted({*super().__dir__(), *numbers, *names, *self.labels_record.extras})

    def _has_extras(self) -> bool:
        state = self.__dict__
        return bool(state["_labels"].extras) or "extras" in state["_working"]

    def _axis_called(self, name: str) -> int | None:
        working = self.__dict__["_working"].get("dimensions")
        dimensions = working or dict(enumerate(self.__dict__["_labels"].dimensions))
        for axis, dimension in dimensions.items():
            if name in (dimension.name, f"dim_{axis}"):
                return int(axis)
        return None

    def _replace_dimension(self, axis: int, value: Any) -> None:
        old = self._axes[axis]
        if not isinstance(value, Dimension):
            msg = f"dimension {old.name!r} can be replaced by a Dimension only, found {value!r}"
            raise AttributeError(msg)  # noqa: TRY004 - what old callers catch
        if value.size != old.size:
            msg = f"dimension {old.name!r} has {old.size} values, found {value.size}"
            raise NotImplementedError(msg)
        if value.name != old.name:
            self._check_free(value.name, axis)
        self._axes[axis] = value.copy()

    # ------------------------------------------------------------------ through methods

    def set_dimension(self, ind: int, dimension: Dimension) -> None:
        """Say what an axis is; a copy of `dimension` is kept.

        Parameters
        ----------
        ind : int
            The axis, not negative.
        dimension : Dimension
            As long as the axis, of a name that no other axis has.

        Raises
        ------
        TypeError
            When `dimension` is no Dimension or `ind` no integer.
        IndexError
            For an axis that is not there.
        ValueError
            When the length does not fit or the name is taken.
        """
        if not isinstance(dimension, Dimension):
            msg = f"dimension should be a sidpy.Dimension, found {dimension!r}"
            raise LabelTypeError(msg)
        ind = self._checked_axis(ind)
        if dimension.size != self.shape[ind]:
            msg = (
                f"dimension {dimension.name!r} has {dimension.size} values, but axis {ind} of "
                f"the dataset has {self.shape[ind]}"
            )
            raise DimensionError(msg)
        self._check_free(dimension.name, ind)
        self._axes[ind] = dimension.copy()

    def rename_dimension(self, ind: int, name: str) -> None:
        """Give the dimension of an axis another name.

        Raises
        ------
        TypeError
            When `ind` is no integer or `name` no str.
        IndexError
            For an axis that is not there.
        ValueError
            For a blank name or one that is taken.
        """
        ind = self._checked_axis(ind)
        if not isinstance(name, str):
            msg = f"name of a dimension should be a str, found {name!r}"
            raise LabelTypeError(msg)
        self._check_free(name.strip(), ind)
        self._axes[ind] = self._axes[ind].renamed(name)

    def del_dimension(self, ind: int | Iterable[int] | None = None) -> None:
        """Forget what one, several or all axes are; they become plain counts when next used."""
        axes = range(self.ndim) if ind is None else [ind] if isinstance(ind, int) else ind
        for axis in list(axes):
            self._axes.pop(axis, None)

    def get_dimension_by_number(self, dims_in: int | Iterable[int]) -> list[Dimension]:
        """Return the dimensions of some axes.

        Raises
        ------
        ValueError
            For anything but integers.
        KeyError
            For an axis that is not there.
        """
        numbers = [dims_in] if isinstance(dims_in, int | np.integer | str) else list(dims_in)
        for number in numbers:
            if not isinstance(number, int | np.integer):
                msg = f"axes should be integers, found {number!r}"
                raise LabelValueError(msg)
        return [self._axes[self._axis_number(number)] for number in numbers]

    def get_dimensions_types(self) -> list[DimensionType]:
        """Return what varies along each axis."""
        return [dimension.dimension_type for dimension in self.labels_record.dimensions]

    def get_dimensions_by_type(self, dims_in: Any, return_axis: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 - the released package's signature
        """Return the axes, or with `return_axis` the dimensions, of one or several types."""
        wanted = dims_in if isinstance(dims_in, list | tuple | set) else [dims_in]
        kinds = {_known_type(kind) for kind in wanted}
        axes = [axis for axis, kind in enumerate(self.get_dimensions_types()) if kind in kinds]
        return [self._axes[axis] for axis in axes] if return_axis else axes

    def get_image_dims(self, return_axis: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 - the released package's signature
        """Return the spatial and reciprocal axes, or their dimensions."""
        return self.get_dimensions_by_type(_IMAGE, return_axis)

    def get_spectral_dims(self, return_axis: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 - the released package's signature
        """Return the spectral axes, or their dimensions."""
        return self.get_dimensions_by_type(DimensionType.SPECTRAL, return_axis)

    def get_dimension_slope(self, dim: int | Dimension) -> float:
        """Return the step of an axis.

        Raises
        ------
        ValueError
            When its steps differ.
        KeyError
            For an axis that is not there.
        AttributeError
            For anything that is neither a dimension nor its number.
        """
        dimension = (
            self._axes[self._axis_number(dim)] if isinstance(dim, int | np.integer) else dim
        )
        if not isinstance(dimension, Dimension):
            msg = f"a dimension is given by its number or itself, found {dim!r}"
            raise AttributeError(msg)  # noqa: TRY004 - what old callers catch
        if not dimension.is_linear:
            msg = f"dimension {dimension.name!r} is not linear: it has no one step"
            raise DimensionError(msg)
        return dimension.slope

    def get_extent(self, dimensions: Iterable[int | str]) -> list[float]:
        """Return the outer edges of one or two axes, as matplotlib's ``extent``.

        The second of them is reversed: rows run downwards. An axis whose steps differ ends
        half its first and half its last step beyond its values, one of a single value half a
        unit.

        Raises
        ------
        KeyError
            For an axis that is not there.
        """
        labels, extent = self.labels_record, list[float]()
        for place, which in enumerate(dimensions):
            edges = _outer_edges(labels.dimensions[self._axis_number(which)])
            extent += edges[::-1] if place else edges
        return extent

    def _axis_number(self, which: Any) -> int:
        """Return the axis of a number, negative ones from the end, or of a name."""
        dimensions = self.labels_record.dimensions
        if isinstance(which, str):
            names = [dimension.name for dimension in dimensions]
            if which in names:
                return names.index(which)
            msg = f"there is no dimension {which!r}; there are {names}"
            raise AxisError(msg)
        if not isinstance(which, int | np.integer) or isinstance(which, bool):
            msg = f"the axis should be an integer or a name, found {which!r}"
            raise LabelTypeError(msg)
        if not -len(dimensions) <= which < len(dimensions):
            msg = f"the dataset has axes 0 to {len(dimensions) - 1}, found {which}"
            raise AxisError(msg)
        return int(which) % len(dimensions)

    def _checked_axis(self, ind: Any) -> int:
        if not isinstance(ind, int | np.integer) or isinstance(ind, bool):
            msg = f"the axis should be an integer, found {ind!r}"
            raise LabelTypeError(msg)
        if not 0 <= ind < self.ndim:
            msg = f"the dataset has axes 0 to {self.ndim - 1}, found {ind}"
            raise IndexError(msg)
        return int(ind)

    def _check_free(self, name: str, axis: int) -> None:
        others = [dim.name for other, dim in self._axes.items() if other != axis]
        if name in others and name != "none":
            msg = f"another dimension already is called {name!r}; dimensions are {others}"
            raise DimensionError(msg)


def _outer_edges(dimension: Dimension) -> list[float]:
    values = np.asarray(dimension)
    if values.size < 2:
        steps = [1.0, 1.0]
    elif dimension.is_linear:
        steps = [(values[-1] - values[0]) / (values.size - 1)] * 2
    else:
        steps = [values[1] - values[0], values[-1] - values[-2]]
    if not values.size:
        return [0.0, 0.0]
    return [float(values[0] - steps[0] / 2), float(values[-1] + steps[1] / 2)]


def _known_type(kind: DimensionType | str) -> DimensionType:
    if isinstance(kind, str) and kind.strip().upper() not in DimensionType.__members__:
        words = {"FRAME", "TIME", "STACK"}
        if kind.strip().upper() not in words:
            msg = f"{kind!r} is no dimension type; there are {list(DimensionType.__members__)}"
            raise KeyError(msg)
    return as_dimension_type(kind)


class _NoSuchName(AttributeError):
    """Names what a dataset has instead; looked for when it is read, since dask only asks."""

    def __init__(self, name: str, dataset: Names) -> None:
        super().__init__(name, name=name, obj=dataset)
        self._asked = name, dataset

    def __str__(self) -> str:
        name, dataset = self._asked
        close = difflib.get_close_matches(name, dir(dataset), n=3)
        hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
        names = [dimension.name for dimension in dataset.labels_record.dimensions]
        return f"a Dataset with dimensions {names} has no attribute {name!r}{hint}"

    def __reduce__(self) -> tuple[type[AttributeError], tuple[str]]:
        return AttributeError, (str(self),)
