"""What every diffractogram is, whoever wrote it: intensities along the drive that moved.

Vendors agree on the physics and on nothing else: the same drive is ``2Theta``, ``COUPLED``,
``Gonio`` or ``2θ/θ``.  Here a drive becomes an axis, and a scan or a map a Dataset.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sidpy import Dataset

__all__ = ["ANGSTROM", "Scan", "drive_axis", "labelled", "steps"]

ANGSTROM: Final = 1e-10
#: Name of a dimension and its quantity, by a drive's name without case and signs.
_DRIVES: Final = {
    "2theta": ("two_theta", "2Theta"),
    "2thetatheta": ("two_theta", "2Theta"),
    "2thetaomega": ("two_theta", "2Theta"),
    "omega2theta": ("two_theta", "2Theta"),
    "thetatheta": ("two_theta", "2Theta"),
    "twotheta": ("two_theta", "2Theta"),
    "gonio": ("two_theta", "2Theta"),
    "coupled": ("two_theta", "2Theta"),
    "lockedcoupled": ("two_theta", "2Theta"),
    "unlockedcoupled": ("two_theta", "2Theta"),
    "detectorscan": ("two_theta", "2Theta"),
    "theta": ("theta", "Theta"),
    "omega": ("omega", "Omega"),
    "rockingcurve": ("omega", "Omega"),
    "phi": ("phi", "Phi"),
    "chi": ("chi", "Chi"),
    "khi": ("chi", "Chi"),
    "psi": ("psi", "Psi"),
    "2thetachi": ("two_theta_chi", "2ThetaChi"),
    "x": ("x", "X"),
    "y": ("y", "Y"),
    "z": ("z", "Z"),
    "time": ("time", "Time"),
}


@dataclass(frozen=True)
class Scan:
    """Intensities along one drive, and along a second one if it is a map."""

    values: Any
    """[points] or [scans, points], in memory or array-like in the file."""
    axes: tuple[Axis, ...]
    title: str = ""
    units: str = ""
    quantity: str = "Intensity"
    experiment: Mapping[str, Any] = field(default_factory=dict)
    original: Mapping[str, Any] = field(default_factory=dict)


def drive_axis(drive: str, places: np.ndarray, units: str) -> Axis:
    """Return the axis of a drive, by whatever name its vendor knows it.

    Examples
    --------
    >>> import numpy as np
    >>> axis = drive_axis("2-Theta/Omega", np.arange(3.0), "deg")
    >>> axis.name, axis.quantity, axis.kind
    ('two_theta', '2Theta', 'SPECTRAL')
    """
    word = re.sub(r"[^0-9a-z]", "", drive.lower().replace("θ", "theta").replace("ω", "omega"))
    word = word.removesuffix("scan") if word.removesuffix("scan") in _DRIVES else word
    name, quantity = _DRIVES.get(word, ("", drive))
    if not name:
        name = "_".join(re.findall(r"[a-z0-9]+", drive.lower())) or "position"
        name = name if name.isidentifier() else f"drive_{name}"
    kind = "SPATIAL" if name in ("x", "y", "z") else "SPECTRAL"
    return Axis(name, places, units, quantity, kind)


def steps(start: float, step: float, count: int) -> np.ndarray:
    """Return where the points of a scan lie that moves in equal steps."""
    return start + step * np.arange(count)


def labelled(scans: list[Scan], source: str) -> list[Dataset]:
    """Return a Dataset per scan; curves are spectra, maps are images of two drives.

    Parameters
    ----------
    scans : list of Scan
        In the order of the file.
    source : str
        Name of the reader.
    """
    return [_label(scan, source) for scan in scans]


def _label(scan: Scan, source: str) -> Dataset:

    array = lazy(scan.values)
    known = {key: value for key, value in scan.experiment.items() if value not in (None, "", {})}
    found = dataset(
        array,
        scan.axes,
        title=scan.title,
        data_type="SPECTRUM" if len(scan.axes) == 1 else "IMAGE",
        units=scan.units,
        quantity=scan.quantity,
        source=f"SciFiReaders.{source}",
        metadata={"experiment": known},
        original_metadata=scan.original,
    )
    found.modality = "XRD"
    return found
