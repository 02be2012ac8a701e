"""Fourier transforms with reciprocal axes, and back.

Zero frequency is in the middle of each transformed axis, where the axis value is 0; the
other axes, the frames of a stack or the pixels of a spectral image, stay where they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from sidpy.base import units as unit
from sidpy.errors import DimensionError, LabelTypeError

from ._dask import plain
from ._labelled import Labelled
from .dimension import Dimension
from .folding import dimension_from_text, dimension_text
from .kinds import DataType, DimensionType
from .labels import keep
from .operators import new_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .labels import Labels

__all__ = ["Fourier"]

#: Data whose third axis says what is to be transformed.
_BY_THIRD_AXIS: Final = frozenset(
    {DataType.IMAGE_MAP, DataType.IMAGE_STACK, DataType.SPECTRAL_IMAGE, DataType.IMAGE_4D}
)
#: How many axes of each type are transformed together, and what type they then have.
_TRANSFORMED: Final = {
    DimensionType.SPATIAL: (2, DimensionType.RECIPROCAL),
    DimensionType.RECIPROCAL: (2, DimensionType.SPATIAL),
    DimensionType.SPECTRAL: (1, DimensionType.SPECTRAL),
}
#: The attribute in which a transform writes what its inverse needs.
_NOTES: Final = "fft_attr"
#: Largest distance of zero frequency from the middle of an axis, as a share of a step.
_CENTERED: Final = 1e-6


class Fourier(Labelled):
    """The Fourier transform and its inverse."""

    __slots__ = ()

    def fft(self, dimension_type: DimensionType | str | None = None) -> Any:
        """Return the Fourier transform along the axes of one type.

        Parameters
        ----------
        dimension_type : DimensionType or str, optional
            SPATIAL or RECIPROCAL transform an image of two axes, SPECTRAL a spectrum. By
            default the type of axis 2 of stacks and maps, of axis 0 otherwise.

        Returns
        -------
        Dataset
            Complex, not normalised. Transformed axes are called u (and v; u belongs to x where
            the axes are y, x), in units of ``1/units``, with zero frequency in the middle.

        Raises
        ------
        TypeError
            When there are not two image axes, or one spectral axis.
        NotImplementedError
            For other types of axes.
        ValueError
            For an axis whose steps differ.

        See Also
        --------
        ifft : the exact inverse.

        Notes
        -----
        Stays lazy; the transformed axes are in one block each. Phases refer to the first
        value of an axis, wherever that is: ``exp(-2j * pi * u * x[0])`` times the result has
        phases that refer to x = 0. The variance is dropped, for the errors of the
        coefficients are neither independent nor, at zero frequency, circular. What `ifft`
        needs is kept in the attribute ``fft_attr``.
        """
        labels = self.labels_record
        kind = self._kind_to_transform(dimension_type)
        axes = _axes_of_kind(labels, kind)
        becomes = _TRANSFORMED[kind][1]
        dimensions = list(labels.dimensions)
        rows_first = [dimensions[axis].name for axis in axes] == ["y", "x"]
        notes: dict[str, Any] = {"units": labels.units, "modality": labels.modality, "axes": {}}
        for axis, name in zip(axes, "vu" if rows_first else "uv", strict=False):
            notes["axes"][name] = dimension_text(labels.dimensions[axis])
            dimensions[axis] = _reciprocal(labels.dimensions[axis], name, becomes)
        whole = plain(self).rechunk(dict.fromkeys(axes, -1))
        result = da.fft.fftshift(da.fft.fftn(whole, axes=axes), axes=axes)
        labels = keep(
            labels,
            dimensions=tuple(dimensions),
            title=new_title(labels),
            units="a.u.",
            modality="fft",
            extras={**labels.extras, _NOTES: notes},
        )
        parameters = {"dimension_type": kind.name}
        return self.labelled(result, labels, "fft", inputs=[self], parameters=parameters)

    def ifft(self, dimension_type: DimensionType | str | None = None) -> Any:
        """Return the inverse of `fft`: values, axes and units as they were before.

        Parameters
        ----------
        dimension_type : DimensionType or str, optional
            The type of the axes to transform, as they are now; by default those that `fft`
            made, else those that `fft` would take.

        Returns
        -------
        Dataset
            Complex. Axes that `fft` made are again what they were, also after a part of the
            frequencies was cut out around zero: they then have fewer points over the same
            range. Other axes start at 0.

        Raises
        ------
        ValueError
            When zero frequency is not in the middle of an axis, or its steps differ.
        TypeError, NotImplementedError
            As for `fft`.
        """
        labels = self.labels_record
        notes: Mapping[str, Any] = labels.extras.get(_NOTES, {"axes": {}})
        names = [dimension.name for dimension in labels.dimensions]
        axes = [names.index(name) for name in notes["axes"] if name in names]
        if dimension_type is not None or not axes:
            axes = _axes_of_kind(labels, self._kind_to_transform(dimension_type))
        dimensions = list(labels.dimensions)
        for axis in axes:
            before = notes["axes"].get(names[axis])
            dimensions[axis] = _direct(
                labels.dimensions[axis], None if before is None else dimension_from_text(before)
            )
        whole = plain(self).rechunk(dict.fromkeys(axes, -1))
        result = da.fft.ifftn(da.fft.ifftshift(whole, axes=axes), axes=axes)
        labels = keep(
            labels,
            dimensions=tuple(dimensions),
            title=new_title(labels),
            units=notes.get("units", labels.units),
            modality=notes.get("modality", labels.modality),
            extras={key: value for key, value in labels.extras.items() if key != _NOTES},
        )
        return self.labelled(result, labels, "ifft", inputs=[self], parameters={"axes": axes})

    def _kind_to_transform(self, given: DimensionType | str | None) -> DimensionType:
        labels = self.labels_record
        if given is None:
            axis = 2 if labels.data_type in _BY_THIRD_AXIS and len(labels.dimensions) > 2 else 0
            given = labels.dimensions[axis].dimension_type
        if isinstance(given, str):
            given = _member(given)
        if not isinstance(given, DimensionType):
            msg = f"dimension_type should be a DimensionType or its name, found {given!r}"
            raise LabelTypeError(msg)
        if given not in _TRANSFORMED:
            msg = (
                f"dimensions of type {given.name} are not transformed, only "
                f"{[kind.name for kind in _TRANSFORMED]}; set dimension_type on the axes"
            )
            raise NotImplementedError(msg)
        return given


def _member(name: str) -> DimensionType:
    word = name.strip().upper()
    if word not in DimensionType.__members__:
        msg = f"{word!r} is no dimension type; there are {list(DimensionType.__members__)}"
        raise KeyError(msg)
    return DimensionType[word]


def _axes_of_kind(labels: Labels, kind: DimensionType) -> list[int]:
    axes = [i for i, dim in enumerate(labels.dimensions) if dim.dimension_type is kind]
    number = _TRANSFORMED[kind][0]
    if len(axes) != number:
        msg = f"{kind.name} transforms need {number} such dimensions, found {len(axes)}"
        raise LabelTypeError(msg)
    return axes


def _check_linear(dimension: Dimension) -> None:
    if not dimension.is_linear:
        msg = f"dimension {dimension.name!r} is not linear and has no reciprocal axis"
        raise DimensionError(msg)


def _reciprocal(dimension: Dimension, name: str, kind: DimensionType) -> Dimension:
    _check_linear(dimension)
    step = dimension.slope or 1.0
    values = np.fft.fftshift(np.fft.fftfreq(dimension.size, step))
    quantity = "reciprocal" if kind is DimensionType.SPECTRAL else "reciprocal_length"
    return Dimension(values, name, quantity, f"1/{dimension.units}", kind)


def _direct(dimension: Dimension, before: Dimension | None) -> Dimension:
    """Return the axis of which `dimension` has the frequencies; `before` is what it was."""
    _check_linear(dimension)
    size, frequency = dimension.size, dimension.slope or 1.0
    if abs(dimension[size // 2]) > _CENTERED * abs(frequency):
        msg = (
            f"zero frequency should be in the middle of dimension {dimension.name!r}, at position "
            f"{size // 2} of {size}, where {dimension[size // 2]:.6g} {dimension.units} was found"
        )
        raise DimensionError(msg)
    step = 1 / (size * frequency)
    if before is not None:
        if before.size == size:
            return before
        return before.with_values(before[0] + step * np.arange(size))
    kind = _TRANSFORMED[dimension.dimension_type][1]
    name = {"u": "x", "v": "y"}.get(dimension.name, dimension.name)
    quantity = "generic" if kind is DimensionType.SPECTRAL else "Length"
    units = unit.power(dimension.units, -1)
    return Dimension(step * np.arange(size), name, quantity, units, kind)
