"""Acme scans: one image with its pixel size and units, all numbers big-endian.

=====  ====  ==========================================================
byte   type  meaning
=====  ====  ==========================================================
0      8 s   ``ACMESCAN``
8      u2    version of the format: 1
10     u2    type of the values: 1 int16, 2 float32, 3 float64
12     u4    rows
16     u4    columns
20     f8    distance of neighbouring pixels, in nm
28     16 s  units of the values, ASCII, filled up with NUL
44     32 s  quantity that was measured, UTF-8, filled up with NUL
76     52 s  not used
128          values, row by row from the top
=====  ====  ==========================================================
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np

import sidpy
from sidpy.errors import CorruptFile, UnsupportedFile

FORMAT = "acme.scan"
HEADER = struct.Struct(">8sHHIId16s32s52x")
TYPES = {1: np.dtype(">i2"), 2: np.dtype(">f4"), 3: np.dtype(">f8")}


def read_scan(path):
    """Read an Acme scan; the values stay in the file until they are computed.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    sidpy.Dataset of shape (rows, columns)
        With axes y and x in nm.

    Raises
    ------
    CorruptFile
        When the file is cut short or its header makes no sense.
    UnsupportedFile
        When it is of another version.
    """
    # layout: one read for all of the header
    with Path(path).open("rb") as file:
        head = file.read(HEADER.size)
    if len(head) < HEADER.size:
        msg = f"the header has {HEADER.size} bytes, and the file ends after {len(head)}"
        raise CorruptFile(msg, path=path, format=FORMAT)

    # parse: from bytes to what they mean, checked before anything is believed
    magic, version, code, rows, columns, step, units, quantity = HEADER.unpack(head)
    if magic != b"ACMESCAN":
        msg = f"an Acme scan begins with b'ACMESCAN', found {magic!r}"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=0)
    if version != 1:
        msg = f"this is version {version} of the format; only version 1 is known"
        raise UnsupportedFile(msg, path=path, format=FORMAT, offset=8)
    if code not in TYPES:
        msg = f"the type of the values is one of {list(TYPES)}, found {code}"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=10)
    if not (rows and columns):
        msg = f"an image of {rows} rows and {columns} columns has no pixels"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=12)
    if not (math.isfinite(step) and step > 0):
        msg = f"the distance of pixels should be a positive number, found {step}"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=20)

    # label: FileArray checks that the file is as long as the header says
    values = sidpy.FileArray(path, TYPES[code], (rows, columns), offset=HEADER.size)
    dataset = sidpy.Dataset.from_array(values, title=Path(path).stem, datatype="IMAGE")
    dataset.quantity = text(quantity) or "generic"
    dataset.units = text(units) or "generic"
    dataset.source = "Acme microscope"
    for axis, (name, length) in enumerate((("y", rows), ("x", columns))):
        positions = step * np.arange(length)
        dataset.set_dimension(axis, sidpy.Dimension(positions, name, "distance", "nm", "SPATIAL"))
    return dataset


def text(field):
    """Return the text of a field that is filled up with NUL."""
    return field.rstrip(b"\0").decode("utf-8", "replace")


def write_scan(datasets, path):
    """Write one image as an Acme scan.

    Parameters
    ----------
    datasets : dict of str to sidpy.Dataset
        A single image with two spatial dimensions in nm.
    path : path-like
        The file to make.

    Raises
    ------
    UnsupportedFile
        When the format cannot hold the datasets.
    """
    dataset = only_image(datasets)
    values = dataset.compute()
    code = {dtype.newbyteorder("="): code for code, dtype in TYPES.items()}.get(
        values.dtype.newbyteorder("=")
    )
    if code is None:
        msg = f"an Acme scan holds int16, float32 or float64, found {values.dtype}"
        raise UnsupportedFile(msg, format=FORMAT)
    head = HEADER.pack(
        b"ACMESCAN", 1, code, *values.shape, step_of(dataset),
        dataset.units.encode("ascii", "replace"), dataset.quantity.encode(),
    )  # fmt: skip
    Path(path).write_bytes(head + values.astype(TYPES[code]).tobytes())


def only_image(datasets):
    """Return the one image that the format has room for."""
    images = list(datasets.values())
    if len(images) != 1 or images[0].ndim != 2:
        msg = f"an Acme scan holds one image, found shapes {[one.shape for one in images]}"
        raise UnsupportedFile(msg, format=FORMAT)
    return images[0]


def step_of(dataset):
    """Return the distance of pixels in nm, which must be the same along both axes."""
    steps = [np.diff(dataset._axes[axis].values) for axis in range(2)]
    units = {dataset._axes[axis].units for axis in range(2)}
    every = np.concatenate(steps) if any(map(len, steps)) else np.ones(1)
    if units != {"nm"} or not np.allclose(every, every[0], rtol=1e-9, atol=0):
        msg = "an Acme scan has square pixels in nm; resample the image and convert its axes"
        raise UnsupportedFile(msg, format=FORMAT)
    return float(every[0])
