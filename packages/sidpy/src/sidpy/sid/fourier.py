"""Fourier transforms with reciprocal axes.

Zero frequency is in the middle of each transformed axis, where the axis value is 0; the
other axes, the frames of a stack or the pixels of a spectral image, stay where they are.
"""

from __future__ import annotations

from typing import Any, Final

import dask.array as da
import numpy as np

from sidpy.errors import DimensionError, LabelTypeError

from ._dask import plain
from ._labelled import Labelled
from .dimension import Dimension
from .kinds import DataType, DimensionType
from .labels import keep
from .operators import new_title

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


class Fourier(Labelled):
    """The Fourier transform."""

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

        Notes
        -----
        Stays lazy; the transformed axes are in one block each.
        """
        labels = self.labels_record
        kind = self._kind_to_transform(dimension_type)
        axes = [i for i, dim in enumerate(labels.dimensions) if dim.dimension_type is kind]
        number, becomes = _TRANSFORMED[kind]
        if len(axes) != number:
            msg = f"{kind.name} transforms need {number} such dimensions, found {len(axes)}"
            raise LabelTypeError(msg)
        dimensions = list(labels.dimensions)
        rows_first = [dimensions[axis].name for axis in axes] == ["y", "x"]
        for axis, name in zip(axes, "vu" if rows_first else "uv", strict=False):
            dimensions[axis] = _reciprocal(labels.dimensions[axis], name, becomes)
        whole = plain(self).rechunk(dict.fromkeys(axes, -1))
        result = da.fft.fftshift(da.fft.fftn(whole, axes=axes), axes=axes)
        labels = keep(
            labels,
            dimensions=tuple(dimensions),
            title=new_title(labels),
            units="a.u.",
            modality="fft",
        )
        parameters = {"dimension_type": kind.name}
        return self.labelled(result, labels, "fft", inputs=[self], parameters=parameters)

    def _kind_to_transform(self, given: DimensionType | str | None) -> DimensionType:
        labels = self.labels_record
        if given is None:
            axis = 2 if labels.data_type in _BY_THIRD_AXIS else 0
            given = labels.dimensions[axis].dimension_type
        if isinstance(given, str):
            given = DimensionType[given.strip().upper()]
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


def _reciprocal(dimension: Dimension, name: str, kind: DimensionType) -> Dimension:
    if not dimension.is_linear:
        msg = f"dimension {dimension.name!r} is not linear and has no reciprocal axis"
        raise DimensionError(msg)
    step = dimension.slope or 1.0
    values = np.fft.fftshift(np.fft.fftfreq(dimension.size, step))
    quantity = "reciprocal" if kind is DimensionType.SPECTRAL else "reciprocal_length"
    return Dimension(values, name, quantity, f"1/{dimension.units}", kind)
