"""Nanosurf files of both generations."""

from __future__ import annotations

import h5py
import numpy as np


def channel(counts, name="Z-Axis", frame="Scan forward", order="Intel", **facts):
    """Return a channel: its facts and its counts, lines as they are stored."""
    counts = np.asarray(counts)
    lines, points = counts.shape
    values = {
        "Points": points,
        "Lines": lines,
        "Frame": frame,
        "Dim0Name": "X*",
        "Dim0Unit": "m",
        "Dim0Range": points * 2e-9,
        "Dim0Min": 0,
        "Dim1Unit": "m",
        "Dim1Range": lines * 1e-9,
        "Dim1Min": 0,
        "Dim2Name": name,
        "Dim2Unit": "m",
        "Dim2Range": 2e-6,
        "Dim2Min": -1e-6,
        "SaveMode": "Binary",
        "SaveBits": 8 * counts.dtype.itemsize,
        "SaveSign": "Signed" if counts.dtype.kind == "i" else "Unsigned",
        "SaveOrder": order,
        **facts,
    }
    kind = counts.dtype.newbyteorder("<" if order == "Intel" else ">")
    return values, counts.astype(kind).tobytes()


def write_nid(path, groups, info=()):
    """Write groups of channels, by the name of the group."""
    index, sections, body = {"Version": 2, "GroupCount": len(groups)}, {}, b""
    for i, (name, channels) in enumerate(groups.items()):
        index[f"Gr{i}-Name"] = name
        for k, (facts, raw) in enumerate(channels):
            index[f"Gr{i}-Ch{k}"] = f"DataSet-{i}:{k}"
            sections[f"DataSet-{i}:{k}"] = facts
            body += raw
    lines = []
    for name, values in {"DataSet": index, "DataSet-Info": dict(info), **sections}.items():
        lines += [f"[{name}]", *(f"{key}={value}" for key, value in values.items()), ""]
    path.write_bytes("\r\n".join(lines).encode("latin-1") + b"#!" + body)
    return path


def write_nhf(path, measurements, *, version=2, maps=()):
    """Write measurements: attributes and segments, by name; segments: attributes and channels."""
    word = "measurement_name" if version == 2 else "name"
    with h5py.File(path, "w") as file:
        file.attrs["nsf_file_version_major"] = version
        file.attrs["nsf_file_version_minor"] = 0 if version == 2 else 1
        for i, (name, (facts, segments)) in enumerate(measurements.items()):
            group = file.create_group(f"group_{i:04d}")
            group.attrs.update({word: name, **facts})
            for k, (run, channels) in enumerate(segments.items()):
                part = group.create_group(f"subgroup_{k:04d}")
                part.attrs["segment_name" if version == 2 else "name"] = run
                for n, (values, numbers) in enumerate(channels):
                    counts = np.asarray(numbers)
                    blank = np.iinfo(counts.dtype).min
                    stored = part.create_dataset(f"dataset_{n:04d}", data=counts, fillvalue=blank)
                    stored.attrs.update(values)
        if maps:
            group = file.create_group("calibration")
            group.attrs["group_type"] = "calibration"
            for i, one in enumerate(maps):
                group.create_dataset(f"map_{i}", data=0).attrs.update(one)
    return path


COUNTS = np.arange(35, dtype="i2").reshape(5, 7)
IMAGE = {
    "signal_name": "Topography",
    "dataset_element_type": "int32",
    "signal_calibration_min": -2e-6,
    "signal_calibration_max": 2e-6,
    "signal_calibration_unit": "Meter (m)",
}
SIZES = {
    "image_points_per_line": 7,
    "image_number_of_lines": 5,
    "image_size_x": 7e-9,
    "image_size_y": 10e-9,
}


def _nid(folder):
    curves = channel(np.arange(12, dtype="i4").reshape(2, 6), "Deflection", "Spec forward")
    return [write_nid(folder / "scan.nid", {"Scan": [channel(COUNTS)], "Spec": [curves]})]


def _nhf(folder):
    segments = {"Forward": [(IMAGE, COUNTS.ravel().astype("i4"))]}
    return [write_nhf(folder / "scan.nhf", {"Image 1": (SIZES, segments)})]


MADE = {"SciFiReaders.nanosurf_nid": _nid, "SciFiReaders.nanosurf_nhf": _nhf}
