"""Mass spectra: imzML from its specification, TofDAQ from its documented addresses."""

from __future__ import annotations

import uuid
import zlib

import h5py
import numpy as np

_UUID = uuid.UUID("51c1f2a3-0123-4567-89ab-cdef01234567")
_GROUP = """<referenceableParamGroup id="{name}"><cvParam accession="{kind}" name="array"/>
<cvParam accession="{number}" name="type"/><cvParam accession="{packing}" name="packing"/>
</referenceableParamGroup>"""
_ARRAY = """<binaryDataArray encodedLength="0"><referenceableParamGroupRef ref="{name}"/>
<cvParam accession="IMS:1000102" name="external offset" value="{offset}"/>
<cvParam accession="IMS:1000103" name="external array length" value="{count}"/>
<cvParam accession="IMS:1000104" name="external encoded length" value="{size}"/>
<binary/></binaryDataArray>"""
_SPECTRUM = """<spectrum id="Scan={n}" defaultArrayLength="0" index="{n}">
<scanList count="1"><scan>
<cvParam accession="IMS:1000050" name="position x" value="{x}"/>
<cvParam accession="IMS:1000051" name="position y" value="{y}"/></scan></scanList>
<binaryDataArrayList count="2">{arrays}</binaryDataArrayList></spectrum>"""

MASSES = np.array([100, 200.5, 301.25, 404], "f8")


def image(rows=2, columns=3):
    """Intensities of an image: hundreds tell rows, tens columns, ones masses."""
    y, x, m = np.meshgrid(*(np.arange(n) for n in (rows, columns, 4)), indexing="ij")
    return (100 * y + 10 * x + m).astype("f4")


def imzml(path, spectra, *, continuous, packed=False, own=_UUID.bytes):
    """Write a file and its numbers; `spectra` has (masses, intensities) by (row, column)."""
    ibd, parts = bytearray(own), []

    def store(values):
        raw = zlib.compress(values.tobytes()) if packed else values.tobytes()
        ibd.extend(raw)
        return len(ibd) - len(raw), len(values), len(raw)

    shared = store(MASSES) if continuous else None
    for n, ((row, column), (masses, intensities)) in enumerate(spectra.items()):
        lists = (shared or store(masses), store(intensities))
        arrays = "".join(
            _ARRAY.format(name=name, offset=offset, count=count, size=size)
            for name, (offset, count, size) in zip(("mz", "intensity"), lists, strict=True)
        )
        parts.append(_SPECTRUM.format(n=n, x=column + 1, y=row + 1, arrays=arrays))
    packing = "MS:1000574" if packed else "MS:1000576"
    groups = _GROUP.format(name="mz", kind="MS:1000514", number="MS:1000523", packing=packing)
    groups += _GROUP.format(
        name="intensity", kind="MS:1000515", number="MS:1000521", packing=packing
    )
    mode = "IMS:1000030" if continuous else "IMS:1000031"
    path.write_text(f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1"><fileDescription><fileContent>
<cvParam accession="{mode}" cvRef="IMS" name="mode"/>
<cvParam accession="IMS:1000080" name="universally unique identifier" value="{{{_UUID}}}"/>
</fileContent></fileDescription>
<referenceableParamGroupList count="2">{groups}</referenceableParamGroupList>
<scanSettingsList count="1"><scanSettings id="s">
<cvParam accession="IMS:1000046" name="pixel size (x)" value="50"/>
<cvParam accession="IMS:1000047" name="pixel size y" value="25"/>
</scanSettings></scanSettingsList>
<run id="r"><spectrumList count="{len(parts)}">{"".join(parts)}</spectrumList></run></mzML>""")
    path.with_suffix(".ibd").write_bytes(bytes(ibd))
    return path


def continuous(path, **options):
    """An image of 2 rows and 3 columns of 4 masses."""
    values = image()
    spectra = {(r, c): (MASSES, values[r, c]) for r in range(2) for c in range(3)}
    return imzml(path, spectra, continuous=True, **options)


def processed(path, **options):
    """The same without one pixel, and with lists of 2 or 4 masses."""
    values = image()
    spectra = {(r, c): (MASSES, values[r, c]) for r in range(2) for c in range(3)}
    spectra[0, 1] = (MASSES[:2], values[0, 1, :2])
    del spectra[1, 2]
    return imzml(path, spectra, continuous=False, **options)


def _imzml(folder):
    return [
        continuous(folder / "continuous.imzML"),
        processed(folder / "processed.imzML"),
        continuous(folder / "packed.imzML", packed=True),
    ]


def tofwerk(path, *, fib=True):
    """Three slices (or writes) of 2 x 4 (or one) spectra of 5 masses and 2 peaks."""
    shape = (3, 2, 4) if fib else (3, 1, 1)
    with h5py.File(path, "w") as file:
        file.attrs["TofDAQ Version"] = [1.99]
        full = file.create_group("FullSpectra")
        full["MassAxis"] = np.array([1, 2, 4, 7, 12], "f4")
        full["SumSpectrum"] = np.arange(5.0)
        full["SumSpectrum"].attrs["Unit"] = "mV"
        full["TofData"] = np.arange(np.prod(shape) * 5, dtype="f4").reshape(*shape, 5)
        table = np.array(
            [(b"H", 1.0078, 0.9, 1.1), (b"C", 12.0, 11.9, 12.1)],
            [("label", "S8"), ("mass", "f8"), ("lower integration limit", "f8"), ("upper", "f8")],
        )
        file["PeakData/PeakTable"] = table
        file["PeakData/PeakData"] = np.arange(np.prod(shape) * 2, dtype="f4").reshape(*shape, 2)
        if fib:
            file["FIBImages/Image0000/Data"] = np.arange(6.0).reshape(2, 3)
        else:
            file["TimingData/BufTimes"] = np.array([[0.5], [1.5], [2.5]])
    return path


def _tofwerk(folder):
    return [tofwerk(folder / "fib.h5"), tofwerk(folder / "time.h5", fib=False)]


MADE = {"SciFiReaders.imzml": _imzml, "SciFiReaders.tofwerk_h5": _tofwerk}
