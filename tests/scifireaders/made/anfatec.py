"""Parameter files of Anfatec with the files that they name."""

from __future__ import annotations

import numpy as np


def write_pifm(path, channels, *, spectra=(), wavelengths=None, **values):
    """Write images by caption, spectra [row, column, point] by caption, beside the parameters."""
    arrays = {**dict(channels), **dict(spectra)}
    rows, columns = next(iter(arrays.values())).shape[:2]
    header = {
        "Version": "1.12",
        "StartDate": "05/24/2017",
        "StartTime": "05:29:51 PM",
        "XScanRange": columns * 2,
        "YScanRange": rows * 1,
        "XPhysUnit": "\xb5m",
        "YPhysUnit": "\xb5m",
        "xPixel": columns,
        "yPixel": rows,
        "xCenter": 0,
        "yCenter": 0,
        "Angle": "90 ; degrees",
        **values,
    }
    lines = ["", ";ANFATEC Parameterfile", "", *(f"{k} : {v}" for k, v in header.items()), ""]
    for caption, counts in arrays.items():
        two = "2" if counts.ndim == 3 else ""
        name = f"{path.stem}{caption}.int"
        (path.parent / name).write_bytes(np.ascontiguousarray(counts, "<i4").tobytes())
        facts = {"FileName": name, "Caption": caption, "Scale": 0.5, "PhysUnit": "nm", "Offset": 3}
        if two:
            facts |= {"FileNameWavelengths": "waves.txt", "PhysUnitWavelengths": "cm-1"}
        block = [f"{key} : {value}" for key, value in facts.items()]
        lines += [f"FileDesc{two}Begin", *block, f"FileDesc{two}End", ""]
    path.write_bytes("\r\n".join(lines).encode("latin-1"))
    if wavelengths is not None:
        table = "".join(f"{value}\t1\r\n" for value in wavelengths)
        (path.parent / "waves.txt").write_text("Wavelength\tAttenuation\r\n" + table)
    return path


COUNTS = np.arange(35).reshape(5, 7)


def _made(folder):
    spectra = {"HyPIRFwd": np.arange(35 * 3).reshape(5, 7, 3)}
    channels = {"TopographyFwd": COUNTS, "TopographyBwd": COUNTS + 1}
    return [
        write_pifm(folder / "scan.txt", channels, spectra=spectra, wavelengths=[800, 900, 1000])
    ]


MADE = {"SciFiReaders.anfatec_pifm": _made}

#: Promises whose tests copy a sample without the files that it names.
LEFT_OUT = {"SciFiReaders.anfatec_pifm": ["test_leaves_the_file_untouched"]}
