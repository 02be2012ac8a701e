"""Images of beamline detectors and netCDF, written from their specifications."""

from __future__ import annotations

import struct

import h5py
import numpy as np

IMAGE = (np.arange(12) * 3 - 5).reshape(3, 4)
_EDF = {
    "i1": "SignedByte",
    "u1": "UnsignedByte",
    "i2": "SignedShort",
    "u2": "UnsignedShort",
    "i4": "SignedInteger",
    "u4": "UnsignedLong",
    "i8": "Signed64",
    "u8": "Unsigned64",
    "f4": "FloatValue",
    "f8": "DoubleValue",
}


def edf(frames, *, dtype="<u2", extra=""):
    """A file of some frames."""
    parts = []
    order = "HighByteFirst" if dtype.startswith(">") else "LowByteFirst"
    for i, frame in enumerate(frames):
        raw = np.asarray(frame).astype(dtype).tobytes()
        rows, columns = np.shape(frame)
        text = f"""{{
HeaderID = EH:{i + 1:06d}:000000:000000 ;
Image = {i + 1} ;
ByteOrder = {order} ;
DataType = {_EDF[dtype[1:]]} ;
Dim_1 = {columns} ;
Dim_2 = {rows} ;
Size = {len(raw)} ;
PSize_1 = 1.72e-4 ;
PSize_2 = 8.6e-5 ;
ExposureTime = 0.5 ;
{extra}"""
        size = -(-(len(text) + 2) // 512) * 512
        parts += [(text.ljust(size - 2) + "}\n").encode(), raw]
    return b"".join(parts)


def _edf(folder):
    files = {"one": edf([IMAGE + 5]), "series": edf([IMAGE, IMAGE + 1, IMAGE + 2], dtype=">i4")}
    files["several"] = edf([IMAGE, IMAGE[:2]], dtype="<f4")
    for name, content in files.items():
        (folder / f"{name}.edf").write_bytes(content)
    return [folder / f"{name}.edf" for name in files]


def packed(values):
    """Byte offsets of numbers, one after the other as the specification says."""
    raw, last = bytearray(), 0
    for value in np.asarray(values).ravel().tolist():
        step, last = value - last, value
        if -(2**7) < step < 2**7:
            raw += struct.pack("<b", step)
        elif -(2**15) < step < 2**15:
            raw += struct.pack("<bh", -(2**7), step)
        elif -(2**31) < step < 2**31:
            raw += struct.pack("<bhi", -(2**7), -(2**15), step)
        else:
            raw += struct.pack("<bhiq", -(2**7), -(2**15), -(2**31), step)
    return bytes(raw)


def cbf(image, *, conversions="x-CBF_BYTE_OFFSET", element="signed 32-bit integer", raw=None):
    """A file with a header of Dectris and one image."""
    rows, columns = image.shape
    raw = packed(image) if raw is None else raw
    lines = f"""###CBF: VERSION 1.5, CBFlib v0.7.8 - PILATUS detectors

data_frame

_array_data.header_convention "SLS_1.0"
_array_data.header_contents
;
# Detector: PILATUS 300K
# Pixel_size 172e-6 m x 86e-6 m
# Exposure_time 0.095 s
# Wavelength 1.0332 A
# Detector_distance 0.25 m
;

_array_data.data
;
--CIF-BINARY-FORMAT-SECTION--
Content-Type: application/octet-stream;
     conversions="{conversions}"
Content-Transfer-Encoding: BINARY
X-Binary-Size: {len(raw)}
X-Binary-ID: 1
X-Binary-Element-Type: "{element}"
X-Binary-Element-Byte-Order: LITTLE_ENDIAN
X-Binary-Number-of-Elements: {rows * columns}
X-Binary-Size-Fastest-Dimension: {columns}
X-Binary-Size-Second-Dimension: {rows}
X-Binary-Size-Padding: 128

"""
    head = lines.replace("\n", "\r\n").encode() + b"\x0c\x1a\x04\xd5"
    return head + raw + bytes(128) + b"\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n"


STEPS = np.array([[0, 127, -1, 128, 40000], [-70000, 2**31 - 1, -(2**31), 5, -128]])


def _cbf(folder):
    plain = IMAGE.astype("<f4")
    files = {"packed": cbf(STEPS)}
    files["plain"] = cbf(
        plain, conversions="none", element="signed 32-bit real", raw=plain.tobytes()
    )
    for name, content in files.items():
        (folder / f"{name}.cbf").write_bytes(content)
    return [folder / f"{name}.cbf" for name in files]


# --- netCDF -----------------------------------------------------------------------------

_CODES = {
    "i1": 1, "S1": 2, "i2": 3, "i4": 4, "f4": 5, "f8": 6, "u1": 7, "u2": 8, "u4": 9, "i8": 10,
}  # fmt: skip


def _filled(raw):
    return raw + bytes(-len(raw) % 4)


def _big(array):
    return np.asarray(array).astype(np.asarray(array).dtype.newbyteorder(">"))


class Classic:
    """A classic file of one version; a dimension of size 0 is that of the records."""

    def __init__(self, version, dimensions, variables, records):
        self.version, self.dimensions, self.records = version, dimensions, records
        self.variables = variables  # by name: dimensions, attributes, array

    def size(self, count):
        return struct.pack(">Q" if self.version == 5 else ">I", count)

    def name(self, text):
        return self.size(len(text)) + _filled(text.encode())

    def attributes(self, words):
        parts = []
        for key, value in words.items():
            if isinstance(value, str):
                parts.append(self.name(key) + struct.pack(">I", 2) + self.name(value))
                continue
            array = _big(np.atleast_1d(value))
            code = struct.pack(">I", _CODES[array.dtype.str[1:]])
            parts.append(self.name(key) + code + self.size(array.size) + _filled(array.tobytes()))
        tag = struct.pack(">I", 12 if parts else 0)
        return tag + self.size(len(parts)) + b"".join(parts)

    def is_record(self, dims):
        return bool(dims) and self.dimensions[dims[0]] == 0

    def head(self):
        names = [self.name(key) + self.size(count) for key, count in self.dimensions.items()]
        begin = b"CDF" + bytes([self.version]) + self.size(self.records) + struct.pack(">I", 10)
        return (
            begin
            + self.size(len(names))
            + b"".join(names)
            + self.attributes({"Conventions": "CF-1.8"})
        )

    def listing(self, places):
        names, parts = list(self.dimensions), []
        for (key, (dims, words, array)), place in zip(self.variables.items(), places, strict=True):
            part = self.name(key) + self.size(len(dims))
            part += b"".join(self.size(names.index(dim)) for dim in dims)
            part += self.attributes(words) + struct.pack(">I", _CODES[array.dtype.str[1:]])
            begin = struct.pack(">I" if self.version == 1 else ">Q", place)
            parts.append(part + self.size(array.nbytes) + begin)
        return struct.pack(">I", 11) + self.size(len(parts)) + b"".join(parts)

    def content(self):
        head, fixed, places = self.head(), b"", []
        start = len(head) + len(self.listing([0] * len(self.variables)))
        series = [array for dims, _, array in self.variables.values() if self.is_record(dims)]
        fill = _filled if len(series) > 1 else bytes
        for dims, _, array in self.variables.values():
            places.append(None if self.is_record(dims) else start + len(fixed))
            fixed += b"" if self.is_record(dims) else _filled(_big(array).tobytes())
        place = start + len(fixed)
        for i, (_, _, array) in enumerate(self.variables.values()):
            if places[i] is None:
                places[i], place = place, place + len(fill(array[0].tobytes()))
        rows = (
            fill(_big(array[row : row + 1]).tobytes())
            for row in range(self.records)
            for array in series
        )
        return head + self.listing(places) + fixed + b"".join(rows)


def weather(version, *, records=3):
    """A grid with places, packed numbers with gaps, and two record variables."""
    rows = np.arange(2, dtype="f4") * 0.5
    columns = np.arange(3, dtype="f8") + 10
    grid = np.array([[1, 2, -999], [4, 5, 6]], "i2")
    times = np.arange(records, dtype="f8") / 4
    series = np.arange(records * 3, dtype="i2").reshape(records, 3)
    packing = {
        "units": "K",
        "scale_factor": 0.5,
        "add_offset": 100.0,
        "_FillValue": np.int16(-999),
    }
    return Classic(
        version,
        {"time": 0, "y": 2, "x": 3},
        {
            "y": (("y",), {"units": "m"}, rows),
            "x": (("x",), {"units": "m", "long_name": "across"}, columns),
            "temperature": (("y", "x"), packing, grid),
            "time": (("time",), {"units": "s"}, times),
            "signal": (("time", "x"), {"units": "V"}, series),
        },
        records,
    ).content()


def _classic(folder):
    paths = [folder / f"v{version}.nc" for version in (1, 2, 5)]
    for path, version in zip(paths, (1, 2, 5), strict=True):
        path.write_bytes(weather(version))
    return paths


def netcdf4(path):
    """The grid of `weather` as a library of version 4 writes it."""
    with h5py.File(path, "w") as file:
        file.attrs["_NCProperties"] = "version=2,netcdf=4.9.2,hdf5=1.14.0"
        file["y"], file["x"] = np.arange(2, dtype="f4") * 0.5, np.arange(3.0) + 10
        file["t"] = np.zeros(4, ">f4")
        for name in ("y", "x", "t"):
            file[name].make_scale(name)
        file["t"].attrs["NAME"] = "This is a netCDF dimension but not a netCDF variable.         4"
        file["x"].attrs["units"] = "m"
        stored = file.create_dataset(
            "group/temperature", data=np.arange(6, dtype="i2").reshape(2, 3)
        )
        stored.attrs["units"], stored.attrs["scale_factor"] = "K", [0.5]
        stored.dims[0].attach_scale(file["y"])
        stored.dims[1].attach_scale(file["x"])
        file["series"] = np.arange(4.0)
        file["series"].dims[0].attach_scale(file["t"])
    return path


def _netcdf4(folder):
    return [netcdf4(folder / "grid.nc")]


MADE = {
    "SciFiReaders.esrf_edf": _edf,
    "SciFiReaders.cbf": _cbf,
    "SciFiReaders.netcdf_classic": _classic,
    "SciFiReaders.netcdf4": _netcdf4,
}
