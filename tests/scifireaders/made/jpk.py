"""Force curves of JPK, alone and in maps, with headers of their own or shared ones."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from .tiff import page, write_tiff

ENCODERS = {
    "signedshort": ">i2",
    "unsignedshort": ">u2",
    "signedinteger": ">i4",
    "unsignedinteger": ">u4",
    "signedlong": ">i8",
}
VOLTS = (0.5, -0.25)
DISTANCE = (2e-8, 0.0)
FORCE = (0.0625, 1e-9)


def linear(place, scaling, unit):
    return {
        f"{place}.type": "linear",
        f"{place}.style": "offsetmultiplier",
        f"{place}.offset": scaling[1],
        f"{place}.multiplier": scaling[0],
        f"{place}.unit.type": "metric-unit",
        f"{place}.unit.unit": unit,
    }


def channel_info(encoder="signedshort", kind=None, default="force"):
    """Return the keys of a channel after its prefix: volts, then distance, then force."""
    info = {
        "type": kind or "integer-data",
        "conversion-set.conversions.list": "distance force",
        "conversion-set.conversions.default": default,
        "conversion-set.conversions.base": "volts",
        "conversion-set.conversion.volts.name": "Volts",
        "conversion-set.conversion.volts.defined": "false",
    }
    for slot, below, scaling, unit in (
        ("distance", "volts", DISTANCE, "m"),
        ("force", "distance", FORCE, "N"),
    ):
        place = f"conversion-set.conversion.{slot}"
        info |= {
            f"{place}.name": slot.capitalize(),
            f"{place}.defined": "true",
            f"{place}.base-calibration-slot": below,
            f"{place}.calibration-slot": slot,
            **linear(f"{place}.scaling", scaling, unit),
        }
    if encoder:
        info |= {"encoder.type": encoder, **linear("encoder.scaling", VOLTS, "V")}
    return info


def properties(values):
    text = "#Thu Mar 31 17:51:15 CEST 2016\n"
    text += "".join(f"{key}={value}\n".replace(":", "\\:") for key, value in values.items())
    return text.encode("latin-1")


def prefixed(prefix, values):
    return {f"{prefix}.{key}": value for key, value in values.items()}


def segment_header(style, points, channels, **more):
    """Return the header of a segment; `channels` maps names to their keys."""
    header = {
        "force-segment-header.num-points": points,
        "force-segment-header.duration": 0.5 * points,
        "force-segment-header.time-stamp": "2016-03-31 17:51:14.543 +0200",
        "force-segment-header.settings.segment-settings.style": style,
        "channels.list": " ".join(channels),
    }
    for name, info in channels.items():
        header |= {
            f"channel.{name}.data.file.name": f"channels/{name}.dat",
            f"channel.{name}.data.num-points": points,
            **prefixed(f"channel.{name}", info),
        }
    return header | more


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content if isinstance(content, bytes) else properties(content))
    return path


def write_curve(path, segments, *, encoder="signedshort", info=None, header=(), **more):
    """Write one curve; `segments` maps a style to the raw numbers of ``vDeflection``."""
    info = channel_info(encoder) if info is None else info
    members = {
        "header.properties": {
            "jpk-data-file": "spm-forcefile",
            "type": "force-scan-series",
            "force-scan-series.header.position.x": "-1.5E-5",
            "force-scan-series.header.position.y": "2.5E-5",
            "force-scan-series.description.instrument": "NanoWizard",
            **dict(header),
        }
    }
    for k, (style, raw) in enumerate(segments.items()):
        kind = np.dtype(ENCODERS.get(encoder, encoder or ">f4"))
        place = f"segments/{k}"
        members[f"{place}/segment-header.properties"] = segment_header(
            style, len(raw), {"vDeflection": info}, **more
        )
        members[f"{place}/channels/vDeflection.dat"] = np.asarray(raw).astype(kind).tobytes()
    return write_zip(path, members)


def write_map(path, curves, *, columns, rows, back_and_forth, positions=None, shared=True, **more):
    """Write a map; `curves` maps the number of a curve to a list of raw segments."""
    grid = {
        "xcenter": 1e-6, "ycenter": 2e-6, "ulength": columns * 1e-7, "vlength": rows * 2e-7,
        "theta": 0.0, "ilength": columns, "jlength": rows,
    }  # fmt: skip
    place = "force-scan-map.position-pattern"
    members = {
        "header.properties": {
            "jpk-data-file": "spm-force-scan-map-file",
            "type": "force-scan-map",
            f"{place}.back-and-forth": str(back_and_forth).lower(),
            **prefixed(f"{place}.grid", grid),
            f"{place}.grid.unit.unit": "m",
            **more,
        }
    }
    info = channel_info("signedinteger")
    if shared:
        members["shared-data/header.properties"] = prefixed("lcd-info.3", info)
        info = {"lcd-info.*": 3}
    for n, segments in curves.items():
        position = (positions or {}).get(n)
        members[f"index/{n}/header.properties"] = {"type": "force-scan-series"} | (
            prefixed("force-scan-series.header.position", dict(zip("xy", position, strict=True)))
            if position
            else {}
        )
        for k, raw in enumerate(segments):
            here = f"index/{n}/segments/{k}"
            header = segment_header("extend" if k == 0 else "pause", len(raw), {"height": info})
            members[f"{here}/segment-header.properties"] = header
            members[f"{here}/channels/height.dat"] = np.asarray(raw, ">i4").tobytes()
    return write_zip(path, members)


def zip_bytes(members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def _force(folder):
    curves = {n: [range(n, n + 4), [n]] for n in (0, 1, 3, 4)}
    return [
        write_curve(folder / "a.jpk-force", {"extend": range(5), "retract": range(5, 0, -1)}),
        write_map(folder / "b.jpk-qi-data", curves, columns=3, rows=2, back_and_forth=True),
    ]


def scan_page(*tags, extent=(7e-6, 5e-6), corner=(1e-6, -2e-6)):
    """Return page 0: a small picture with where the scan lies."""
    numbers = (*corner, *extent, 0.5)
    place = [(0x8040 + k, 12, [number]) for k, number in enumerate(numbers)]
    conditions = (
        "cantilever-calibration-info.spring-constant : 98.5 mN/m\n"
        "cantilever-calibration-info.sensitivity : 8.25 nm/V\nfeedback-mode.name : contact\n"
    )
    own = [(0x8001, 12, [2.0]), (0x8003, 2, "2025-05-20 17:48:42 CEST"), (0x8004, 2, "<empty>")]
    small = np.zeros((4, 4), "u1")
    return page(small, tags=[*place, *own, (0x8065, 2, conditions), *tags])


def channel_page(array, name, *, slots=(), default="", retrace=0, fancy=""):
    """Return the page of a channel; slots are (name, label, units, multiplier, offset)."""
    tags = [(0x8050, 2, name), (0x8051, 3, [retrace]), (0x8080, 4, [len(slots)])]
    tags += [(0x8081, 2, default)] + ([(0x8052, 2, fancy)] if fancy else [])
    for k, (slot, label, units, *scaling) in enumerate(slots):
        base = 0x8090 + 0x30 * k
        tags += [(base, 2, slot), (base + 0x10, 2, label), (base + 0x12, 2, units)]
        tags += [(base + 0x13, 2, "LinearScaling" if scaling else "NullScaling")]
        tags += [(base + 0x14 + i, 12, [number]) for i, number in enumerate(scaling)]
    return page(array, tags=tags)


IMAGE_SLOTS = (
    ("raw", "Raw data", ""),
    ("volts", "Volts", "V", 0.5, 1.0),
    ("force", "Force", "N", 2e-9, -1e-9),
)


def _image(folder):
    image = np.arange(35).reshape(5, 7)
    pages = [
        scan_page(),
        channel_page(image.astype("i4"), "vDeflection", slots=IMAGE_SLOTS, default="force"),
        channel_page(image.astype("u2"), "height", slots=IMAGE_SLOTS, default="raw", retrace=1),
    ]
    return [
        write_tiff(folder / "a.jpk", pages, order=">"),
        write_tiff(folder / "b.jpk-qi-image", pages[:2]),
    ]


MADE = {"SciFiReaders.jpk_force": _force, "SciFiReaders.jpk_image": _image}
