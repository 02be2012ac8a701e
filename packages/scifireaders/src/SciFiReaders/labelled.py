"""From numbers in a file and what they mean to a Dataset, whatever the format.

What a reader needs once it knows where its numbers are: axes, pixel centres, lazy arrays
in the byte order of the machine, and the dataset itself: rows first, row 0 at the top, x
to the right, spectra last.  Nothing here knows a file format.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dask.array import Array

    from sidpy import Dataset, Dimension

__all__ = ["LENGTHS", "Axis", "color_axis", "dataset", "lazy", "pixel_centres"]

#: Units that measure a length; ``A`` is the ampere and not among them.
LENGTHS = frozenset({"m", "mm", "um", "µm", "μm", "micron", "nm", "pm", "Å", "Ang", "angstrom"})

#: Most bytes to a chunk of a lazy array, where dask's setting is not less still.
_LARGEST_CHUNK = 2**25

#: What a dimension of these units measures: name, quantity, type.
_KNOWN_UNITS = {
    "s": ("time", "Time", "TEMPORAL"),
    "ms": ("time", "Time", "TEMPORAL"),
    "eV": ("energy", "Energy", "SPECTRAL"),
    "V": ("voltage", "Voltage", "SPECTRAL"),
    "mV": ("voltage", "Voltage", "SPECTRAL"),
    "Hz": ("frequency", "Frequency", "SPECTRAL"),
    "kHz": ("frequency", "Frequency", "SPECTRAL"),
    "deg": ("angle", "Angle", "SPECTRAL"),
    "K": ("temperature", "Temperature", "SPECTRAL"),
    "1/cm": ("wavenumber", "Wavenumber", "SPECTRAL"),
    "cm-1": ("wavenumber", "Wavenumber", "SPECTRAL"),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """The values along one axis and what they mean, free of any array library.

    Blank units mean that the file does not say.
    """

    name: str
    values: np.ndarray = field(repr=False)
    units: str = ""
    quantity: str = ""
    kind: str = "UNKNOWN"

    @classmethod
    def scanned(cls, name: str, values: np.ndarray, units: str) -> Axis:
        """Return a direction of a scan, spatial unless its units say otherwise."""
        kind = "SPATIAL" if units in LENGTHS or not units else "UNKNOWN"
        return cls(name, values, units, "Length" if units in LENGTHS else name, kind)

    @classmethod
    def swept(cls, fallback: str, values: np.ndarray, units: str, quantity: str = "") -> Axis:
        """Return the axis of a curve, named by what is measured along it."""
        name, known, kind = _KNOWN_UNITS.get(units, (fallback, "", "SPECTRAL"))
        if quantity:
            word = "_".join(quantity.lower().split())
            return cls(word if word.isidentifier() else name, values, units, quantity, kind)
        if units in LENGTHS:
            known = "Length"
        return cls(name, values, units, known or fallback, kind)

    def flipped(self) -> Axis:
        """Return the same axis run from its other end."""
        return Axis(self.name, self.values[::-1], self.units, self.quantity, self.kind)

    def dimension(self) -> Dimension:
        """Return the dimension of a Dataset that this is."""
        import sidpy

        return sidpy.Dimension(
            self.values,
            name=self.name,
            quantity=self.quantity or "generic",
            units=self.units or "generic",
            dimension_type=self.kind,
        )


def color_axis(count: int = 3) -> Axis:
    """Return the axis of red, green, blue and, with four, alpha.

    Examples
    --------
    >>> color_axis(4).quantity
    'red, green, blue, alpha'
    """
    words = "red, green, blue, alpha" if count == 4 else "red, green, blue"
    return Axis("color", np.arange(count), "", words, "CHANNEL")


def pixel_centres(pixels: int, length: float, start: float = 0.0) -> np.ndarray:
    """Return where the middles of `pixels` pixels lie that fill `length` from `start`.

    Examples
    --------
    >>> pixel_centres(4, 2.0, start=1.0)
    array([1.25, 1.75, 2.25, 2.75])
    """
    return start + (np.arange(pixels) + 0.5) * (length / pixels)


def lazy(source: Any) -> Array:
    """Return a dask array over an array-like, in native byte order.

    An array in memory is one chunk, and shared: it must not be changed any more.  Other
    chunks are of whole rows, of whole images where there are four axes and more, and small
    enough that several cores have some of a file of usual size.

    Stays lazy: nothing is read here; the bytes of a big-endian file are swapped chunk by
    chunk when they are computed, because many libraries take native numbers only.
    """
    import dask
    from dask.array.core import normalize_chunks
    from dask.utils import parse_bytes

    from sidpy.sid import as_lazy, from_source, remember

    if isinstance(source, np.ndarray):
        return as_lazy(source, -1)
    chunks: Any = -1
    limit = min(parse_bytes(dask.config.get("array.chunk-size")), _LARGEST_CHUNK)
    # dask divides by the size of a row
    if 0 not in source.shape and math.prod(source.shape) * source.dtype.itemsize > limit:
        whole = 2 if source.ndim > 3 else int(source.ndim > 1)
        wanted = ("auto",) * (source.ndim - whole) + (-1,) * whole
        chunks = normalize_chunks(wanted, source.shape, limit=limit, dtype=source.dtype)
    array = from_source(source, chunks, fancy=False)
    if source.dtype.names:
        array = array.map_blocks(_join_complex, dtype=_complex_of(source.dtype))
        return remember(array, source, _join_complex)
    if not source.dtype.isnative:
        array = array.astype(source.dtype.newbyteorder("="))
    return remember(array, source)


def _complex_of(pair: np.dtype) -> np.dtype:
    kind = pair[0]
    wide = kind.itemsize > (4 if kind.kind == "f" else 2)
    return np.dtype(np.complex128 if wide else np.complex64)


def _join_complex(block: np.ndarray) -> np.ndarray:
    """Return complex numbers for records of a real and an imaginary number."""
    real, imaginary = block.dtype.names
    result = np.empty(block.shape, _complex_of(block.dtype))
    result.real, result.imag = block[real], block[imaginary]
    return result


def dataset(  # noqa: PLR0913 - the labels of a dataset, by keyword only
    array: Any,
    axes: tuple[Axis, ...],
    *,
    title: str,
    data_type: str,
    units: str = "",
    quantity: str = "",
    source: str = "",
    metadata: Mapping[str, Any] | None = None,
    original_metadata: Mapping[str, Any] | None = None,
) -> Dataset:
    """Return a Dataset with one dimension per axis.

    Parameters
    ----------
    array : dask array or ndarray
        As many axes as `axes`.
    axes : tuple of Axis
        In the order of the array.
    title, quantity, units, source : str
        Labels; blank ones keep sidpy's word for "not said".
    data_type : str
        Name of a `sidpy.DataType`.
    metadata, original_metadata : mapping
        Normalised values, and what the vendor wrote.
    """
    import sidpy

    result = sidpy.Dataset.from_array(array, title=title or "generic")
    result.data_type = data_type
    result.units = units or "generic"
    result.quantity = quantity or title or "generic"
    if source:
        result.source = source
    for i, axis in enumerate(axes):
        result.set_dimension(i, axis.dimension())
    result.metadata = dict(metadata or {})
    result.original_metadata = dict(original_metadata or {})
    return result
