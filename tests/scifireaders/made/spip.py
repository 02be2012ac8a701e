"""Images and spectra as SPIP writes them."""

from __future__ import annotations

import numpy as np


def write_asc(path, numbers, *, notes=(), **header):
    """Write an image [row, column] or spectra [row, column, point]."""
    rows, columns = numbers.shape[:2]
    values = {
        "Original file": "C:\\data\\scan.mtrx",
        "x-pixels": columns,
        "y-pixels": rows,
        "x-length": columns * 2,
        "y-length": rows,
        "x-offset": 10,
        "y-offset": 20,
        "z-unit": "nA",
        **({"z-points": numbers.shape[2]} if numbers.ndim == 3 else {}),
        **{key.replace("_", "-"): value for key, value in header.items()},
    }
    lines = ["# File Format = ASCII", "# Created by SPIP 4.0 2004-11-17 17:06"]
    lines += [f"# {key} = {value}" for key, value in values.items()]
    for section, entries in dict(notes).items():
        lines += [f".  {section}:", *(f".  .  {key} = {value}" for key, value in entries.items())]
    table = numbers.reshape(-1, numbers.shape[-1])
    lines += ["# Start of Data:", *("\t".join(map(str, row)) for row in table.tolist()), ""]
    path.write_bytes("\r\n".join(lines).encode("latin-1"))
    return path


def write_bcr(path, image, *, order="<", wide=False, size=None, **header):
    """Write an image of i2 or f4."""
    image = np.asarray(image)
    kind = "bcrstm" if image.dtype.kind == "i" else "bcrf"
    values = {
        "fileformat": kind + ("_unicode" if wide else ""),
        "headersize": size,
        "xpixels": image.shape[1],
        "ypixels": image.shape[0],
        "xlength": image.shape[1] * 2,
        "ylength": image.shape[0],
        "bit2nm": 0.5 if kind == "bcrstm" else 1,
        "intelmode": int(order == "<"),
        **header,
    }
    text = "".join(f"{key} = {value}\n" for key, value in values.items() if value is not None)
    head = text.ljust(size or 2048).encode("utf-16-le" if wide else "latin-1")
    path.write_bytes(head + image.astype(image.dtype.newbyteorder(order)).tobytes())
    return path


IMAGE = np.arange(35).reshape(5, 7)


def _asc(folder):
    return [
        write_asc(folder / "image.asc", IMAGE),
        write_asc(folder / "spectra.asc", np.arange(24.0).reshape(2, 3, 4)),
    ]


def _bcr(folder):
    return [
        write_bcr(folder / "image.bcr", IMAGE.astype("i2")),
        write_bcr(folder / "wide.bcrf", IMAGE.astype("f4"), order=">", wide=True),
    ]


MADE = {"SciFiReaders.spip_asc": _asc, "SciFiReaders.spip_bcr": _bcr}
