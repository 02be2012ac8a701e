"""Spectra as every format of this room returns them: ascending, and where they were taken.

A spectral axis is named for its quantity, which its units tell where the file does not.
Spectra at places that make no grid are a point cloud, [point, spectral], whose
``point_cloud["coordinates"]`` are the places as (x, y).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis
from sidpy.errors import CorruptFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = [
    "ascending",
    "index_axis",
    "numbers_of",
    "place_points",
    "spectra_type",
    "spectral_axis",
    "unit_of",
]

#: What a spectral axis of these units measures, unless the file knows better.
_QUANTITIES: Final = {
    "nm": "Wavelength",
    "µm": "Wavelength",
    "Å": "Wavelength",
    "eV": "Energy",
    "keV": "Energy",
    "1/cm": "Wavenumber",
    "GHz": "Frequency",
    "THz": "Frequency",
}

#: How instruments spell units, in lower case and without blanks; none that a capital changes.
_SPELLINGS: Final = {
    "nm": "nm", "nanometer": "nm", "nanometers": "nm", "nanometre": "nm", "nanometres": "nm",
    "um": "µm", "µm": "µm", "μm": "µm", "micron": "µm", "microns": "µm", "micrometers": "µm",
    "å": "Å", "angstrom": "Å", "angstroms": "Å",
    "mm": "mm", "cm": "cm", "pm": "pm",
    "cm-1": "1/cm", "1/cm": "1/cm", "cm^-1": "1/cm", "cm⁻¹": "1/cm", "rel.1/cm": "1/cm",
    "ev": "eV", "kev": "keV",
    "cnt": "counts", "counts": "counts", "count": "counts", "cts": "counts", "ccdcts": "counts",
    "cnt/sec": "counts/s", "cnt/s": "counts/s", "counts/s": "counts/s", "cps": "counts/s",
    "sec": "s", "ms": "ms", "µs": "µs", "us": "µs", "ns": "ns", "ps": "ps",
    "min": "min",
    "pixel": "px", "pixels": "px", "px": "px", "no": "", "nounit": "", "a.u.": "",
    "°c": "degC", "degc": "degC",
}  # fmt: skip


def unit_of(text: str) -> str:
    """Return units as sidpy spells them; unknown ones as they stand.

    Examples
    --------
    >>> unit_of("Nanometers"), unit_of("Cnt/sec"), unit_of("rel. 1/cm"), unit_of("MeV")
    ('nm', 'counts/s', '1/cm', 'MeV')
    """
    return _SPELLINGS.get("".join(text.lower().split()), text.strip())


def spectral_axis(values: np.ndarray, units: str, quantity: str = "") -> Axis:
    """Return the axis of a spectrum, named for its quantity.

    Parameters
    ----------
    values : ndarray
        One for each channel.
    units : str
        As `unit_of` spells them; blank where the file does not say.
    quantity : str
        What the file says is measured along it.

    Examples
    --------
    >>> axis = spectral_axis(np.arange(3.0), "1/cm", "Raman shift")
    >>> axis.name, axis.quantity, axis.kind, spectral_axis(np.arange(3.0), "nm").name
    ('raman_shift', 'Raman shift', 'SPECTRAL', 'wavelength')
    """
    known = quantity or _QUANTITIES.get(units, "")
    return Axis.swept("channel", np.asarray(values), units if units != "px" else "", known)


def ascending(axis: Axis, array: Any) -> tuple[Axis, Any]:
    """Return a spectral axis and spectra that run from its low end.

    Parameters
    ----------
    axis : Axis
        As stored.
    array : array of shape (..., channels)
        The spectra; turned with the axis, lazily.
    """
    if axis.values.size > 1 and axis.values[0] > axis.values[-1]:
        return axis.flipped(), array[..., ::-1]
    return axis, array


def index_axis(name: str, count: int, kind: str = "UNKNOWN") -> Axis:
    """Return an axis that only counts."""
    return Axis(name, np.arange(count), "", name, kind)


def numbers_of(text: str, path: str | PathLike[str], format: str) -> np.ndarray:  # noqa: A002 - the word the field uses
    """Return the numbers of a text, separated by blanks, commas or semicolons.

    Raises
    ------
    CorruptFile
        When something else stands among them.

    Examples
    --------
    >>> numbers_of("1 2.5;3", "a.xml", "acme.xml")
    array([1. , 2.5, 3. ])
    """
    words = text.replace(";", " ").replace(",", " ").split()
    try:
        return np.array([float(word) for word in words])
    except ValueError as error:
        msg = f"there is something else among the numbers: {error}"
        raise CorruptFile(msg, path=path, format=format) from error


def spectra_type(axes: tuple[Axis, ...]) -> str:
    """Return the data type of spectra whose last axis is the spectral one.

    Examples
    --------
    >>> x = Axis.scanned("x", np.arange(2.0), "µm")
    >>> shift = spectral_axis(np.arange(3.0), "1/cm")
    >>> spectra_type((x, x, shift)), spectra_type((index_axis("frame", 2), shift))
    ('SPECTRAL_IMAGE', 'LINE_PLOT_FAMILY')
    """
    kinds = [axis.kind for axis in axes[:-1]]
    if not kinds:
        return "SPECTRUM"
    if kinds == ["POINT_CLOUD"]:
        return "POINT_CLOUD"
    if kinds in (["SPATIAL"], ["SPATIAL", "SPATIAL"]):
        return "SPECTRAL_IMAGE"
    if len(kinds) == 1:
        return "LINE_PLOT_FAMILY"
    return "IMAGE_STACK" if kinds[1:] == ["SPATIAL"] else "UNKNOWN"


def place_points(found: Dataset, places: np.ndarray, units: str) -> None:
    """Tell a dataset of [point, spectral] where its points lie.

    Parameters
    ----------
    found : Dataset
        Of data type POINT_CLOUD.
    places : ndarray of shape (points, 2 or 3)
        As (x, y) or (x, y, z).
    units : str
        Of the places.
    """
    found.point_cloud = {
        "coordinates": np.asarray(places, dtype=float),
        "spacial_units": units or "generic",
        "quantity": "Length",
    }
