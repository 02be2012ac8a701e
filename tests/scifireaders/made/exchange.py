"""Files that programs exchange pictures in: Ripple, Semper, Panta Rhei."""

from __future__ import annotations

import json
import struct
import zipfile
from io import BytesIO

import numpy as np

CUBE = np.arange(3 * 4 * 5).reshape(3, 4, 5)
WORDS = {"f": "float", "i": "signed", "u": "unsigned", "c": "complex"}
NAMES = {"image": ("depth", "height", "width"), "vector": ("height", "width", "depth")}


def write_rpl(path, numbers, *, by="image", offset=0, **keys):
    """Write a table and its numbers; keys of Python have an underscore for a dash."""
    shape = (1,) * (3 - numbers.ndim) + numbers.shape
    names = NAMES.get(by, NAMES["image"])
    order = {">": "big-endian", "<": "little-endian", "|": "dont-care", "=": "dont-care"}
    table = dict(zip(names, shape, strict=True))
    table |= {
        "offset": offset,
        "data-length": numbers.dtype.itemsize,
        "data-type": WORDS[numbers.dtype.kind],
        "byte-order": order[numbers.dtype.byteorder],
        "record-by": by,
    }
    table |= {key.replace("_", "-"): value for key, value in keys.items()}
    lines = [";a comment", "key\tvalue", *(f"{key}\t{value}" for key, value in table.items())]
    path.write_text("\n".join(lines) + "\n")
    path.with_suffix(".raw").write_bytes(bytes(offset) + numbers.tobytes())
    return path


def write_unf(path, numbers, *, order="<", form=None, title="", label=True):
    """Write a picture of Semper, 2 nm a step along x, from 30."""
    kinds = {"i1": 0, "i2": 1, "f4": 2, "c8": 3, "i4": 4}
    kind = numbers.dtype.str[1:]
    form = kinds[kind] if form is None else form
    layers, rows, columns = (1,) * (3 - numbers.ndim) + numbers.shape
    flag = 20000 + 1000 * label + len(title)
    records = [struct.pack(f"{order}6h", columns, rows, layers, 1, form, flag)]
    if title:
        records.append(title.encode())
    if label:
        words = bytearray(256)
        words[:6] = b"Semper"
        words[22:28] = bytes([120, 3, 4, 5, 6, 7])
        struct.pack_into(f"{order}6f", words, 75, 2, 30, 3, 40, 4, 50)
        for i, unit in zip((244, 248, 252), (b"nm", b"um", b"nm"), strict=True):
            words[i : i + 2] = unit
        records.append(np.array(list(words), f"{order}i2").tobytes())
    stored = numbers.astype(numbers.dtype.newbyteorder(order)).reshape(-1, columns)
    records += [row.tobytes() for row in stored]
    sizes = [struct.pack(f"{order}I", len(record)) for record in records]
    pairs = zip(sizes, records, strict=True)
    path.write_bytes(b"".join(size + record + size for size, record in pairs))
    return path


def _npy(array, *, pickled=False):
    held = BytesIO()
    np.save(held, array, allow_pickle=pickled)
    return held.getvalue()


CALIBRATION = (
    {"name": "Length", "value": 2e-9, "unit": "m", "offset": 5, "pixel_factor": 2.0},
    {"name": "Length", "value": 3e-9, "unit": "m", "offset": 0.0, "pixel_factor": 1.0},
    None,
)


def write_prz(path, numbers, *, calibration=CALIBRATION, packed=False, text=True):
    """Write an archive of Panta Rhei; the fastest axis is calibrated first."""
    notes = {
        "repo_id": "AB.0",
        "device.calib": calibration,
        "electron_gun.voltage": 200000,
        "scan_generator.dwell_time": 1.5e-5,
    }
    members = {"data": _npy(numbers), "file_format_version": _npy(np.array(7))}
    members["meta_data"] = _npy(np.array([notes], object), pickled=True)
    if text:
        members["meta_data_json"] = _npy(np.array(json.dumps([notes])))
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


MADE = {
    "SciFiReaders.ripple": lambda folder: [
        write_rpl(folder / "image.rpl", CUBE.astype("<u2"), depth_units="eV"),
        write_rpl(folder / "vector.rpl", CUBE.astype(">f4"), by="vector", offset=7),
    ],
    "SciFiReaders.semper_unf": lambda folder: [
        write_unf(folder / "cube.unf", CUBE.astype("f4")),
        write_unf(folder / "big.unf", CUBE[0].astype("i2"), order=">", title="plate"),
    ],
    "SciFiReaders.pantarhei_prz": lambda folder: [
        write_prz(folder / "image.prz", CUBE[0].astype("u2")),
        write_prz(folder / "packed.prz", CUBE.astype("f4"), packed=True),
    ],
}
