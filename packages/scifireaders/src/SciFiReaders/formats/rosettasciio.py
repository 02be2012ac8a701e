"""Formats that are read by RosettaSciIO where somebody installed it, and by nobody here.

RosettaSciIO is under the GPL: it is never required, never imported before one of these
formats is read, and called through its public function `file_reader` alone.  A format that
a reader of ours knows is not in the list, and gives way to any reader with evidence.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from sidpy.plugins import ReaderSpec, Signature

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FORMATS", "readers"]

_READER: Final = "SciFiReaders.readers.generic.rosettasciio"

#: Module of RosettaSciIO, format here, what it is, extensions.
FORMATS: Final = (
    ("arina", "dectris.arina", "Dectris Arina: scans of diffraction patterns", (".h5",)),
    ("bruker", "bruker.bcf", "Bruker Esprit hypermaps", (".bcf",)),
    ("delmic", "delmic.h5", "Delmic Odemis: cathodoluminescence", (".h5", ".hdf5")),
    ("dens", "dens.heater", "DENSsolutions heating logs", (".dens",)),
    ("digitalsurf", "digitalsurf", "Digital Surf Mountains", (".sur", ".pro")),
    ("edax", "edax.spd", "EDAX TEAM maps and spectra", (".spd", ".spc", ".lsd")),
    ("hamamatsu", "hamamatsu.img", "Hamamatsu streak cameras", (".img",)),
    ("impulse", "dens.impulse", "DENSsolutions Impulse logs", (".csv",)),
    ("jeol", "jeol", "JEOL Analysis Station: maps and spectra", (".asw", ".pts", ".eds", ".map")),
    ("jobinyvon", "horiba.xml", "Horiba LabSpec: spectra and maps", (".xml",)),
    ("mrcz", "mrcz", "MRC, compressed", (".mrcz",)),
    ("netcdf", "netcdf", "EELSLab spectra in netCDF", (".nc",)),
    ("pantarhei", "pantarhei.prz", "Panta Rhei", (".prz",)),
    ("phenom", "phenom.elid", "Phenom Element Identification", (".elid",)),
    ("protochips", "protochips.csv", "Protochips logs", (".csv",)),
    ("quadstar", "quadstar", "Quadstar mass spectra by cycle", (".sac", ".sbc")),
    ("ripple", "ripple", "Ripple of Lispix", (".rpl",)),
    ("semper", "semper.unf", "Semper pictures", (".unf",)),
    ("tofwerk", "tofwerk", "Tofwerk mass spectra", (".h5",)),
    ("topspin", "nanomegas.app5", "NanoMEGAS TopSpin", (".app5",)),
    ("trivista", "trivista.tvf", "TriVista spectra", (".tvf",)),
)

#: What tells files of shared extensions apart; without it only the name speaks.
_SIGNATURES: Final = {
    "impulse": (Signature(b"TimeStamp,Experiment time"),),
    "protochips": (Signature(b"Time, Notes,"),),
    "jobinyvon": (Signature(b"<?xml"),),
    "hamamatsu": (Signature(b"IM" + bytes(6), mask=b"\xff\xff" + bytes(5) + b"\xff"),),
    "netcdf": (Signature(b"CDF\x01"), Signature(b"CDF\x02"), Signature(b"\x89HDF\r\n\x1a\n")),
}
_LAYOUTS: Final = {
    "arina": ("entry/data", "entry/instrument/detector"),
    "delmic": ("Acquisition*/ImageData/Image",),
    "tofwerk": ("FullSpectra/MassAxis", "PeakData"),
}


def readers(known: Iterable[str]) -> tuple[ReaderSpec, ...]:
    """Describe the readers of an installed RosettaSciIO.

    Parameters
    ----------
    known : iterable of str
        Formats that are read without it.
    """
    if find_spec("rsciio") is None:
        return ()
    ours = set(known)
    return tuple(
        ReaderSpec(
            name=f"rosettasciio.{module}",
            format=format_id,
            summary=f"{summary} (through RosettaSciIO)",
            extensions=extensions,
            signatures=_SIGNATURES.get(module, ()),
            hdf5=_LAYOUTS.get(module, ()),
            priority=-100,
            requires="rosettasciio",
            reader=f"{_READER}:{module}",
            support="adapter",
        )
        for module, format_id, summary, extensions in FORMATS
        if format_id not in ours
    )
