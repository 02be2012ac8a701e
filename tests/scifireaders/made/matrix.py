"""Result files of Omicron MATRIX and the parameters beside them."""

from __future__ import annotations

from struct import pack

import numpy as np

MAGIC = b"ONTMATRX0101"
SCAN = {
    "Points": 4, "Lines": 3, "Width": 8e-9, "Height": 6e-9, "X_Offset": 1e-8, "Y_Offset": 2e-8,
    "Angle": 30, "X_Retrace": True, "Y_Retrace": True, "Enable_Subgrid": False,
    "Subgrid_X": 2, "Subgrid_Y": 2, "Subgrid_Match_Mode": 0,
}  # fmt: skip
SWEEP = {
    "Device_1_Start": (-1.0, "Volt"), "Device_1_End": (1.0, "Volt"), "Device_1_Points": 5,
    "Enable_Device_1_Ramp_Reversal": True,
}  # fmt: skip
LINEAR = ("TFF_Linear1D", {"Factor": 2.0, "Offset": 10})
MULTI = (
    "TFF_MultiLinear1D",
    {"Raw_1": 6, "PreOffset": 2, "NeutralFactor": 2.0, "PreFactor": 4.0, "Offset": 1},
)


def text(words):
    return pack("<I", len(words)) + words.encode("utf-16-le")


def value(item):
    if isinstance(item, bool):
        return b"LOOB" + pack("<I", item)
    if isinstance(item, int):
        return b"GNOL" + pack("<i", item)
    if isinstance(item, float):
        return b"BUOD" + pack("<d", item)
    return b"GRTS" + text(item)


def block(kind, body, *, timed=True):
    return kind[::-1].encode() + pack("<I", len(body)) + bytes(8) * timed + body


def prop(name, item):
    item, units = item if isinstance(item, tuple) else (item, "--")
    return text(name) + text(units) + bytes(4) + value(item)


def parameters(name, instances, transfer, *, channel, units="m", changes=()):
    """Return parameters of a result file of this name."""
    body = b"".join(
        text(key) + pack("<I", len(props)) + b"".join(prop(*one) for one in props.items())
        for key, props in instances.items()
    )
    head = block("EEPA", bytes(4) + pack("<I", len(instances)) + body)
    channels = bytes(8) + pack("<I", 1) + bytes(16) + text("device") + text("x")
    channels += pack("<I", 1) + bytes(4) + pack("<I", 7) + bytes(8) + text(channel) + text(units)
    channels += pack("<I", 1) + bytes(8) + bytes(4) + pack("<I", 7) + text("path")
    kind, numbers = transfer
    scaling = bytes(4) + pack("<I", 7) + text(kind) + text(units) + pack("<I", len(numbers))
    scaling += b"".join(text(key) + value(item) for key, item in numbers.items())
    inner = block("DICT", channels, timed=False) + block("XFER", scaling, timed=False)
    head += block("CCSY", bytes(4) + inner)
    head += block("MARK", text("MTRX$SAMPLE_NAME-Au(111)"))
    for instance, key, item in changes:
        head += block("PMOD", bytes(4) + text(instance) + prop(key, item))
    other = block("BREF", bytes(4) + text("another file"))
    late = block("PMOD", bytes(4) + text("XYScanner") + prop("Points", 999))
    return MAGIC + head + other + block("BREF", bytes(4) + text(name)) + late


def result(numbers, *, planned=None):
    numbers = np.asarray(numbers, "<i4").ravel()
    head = bytes(20) + pack("<ii", planned or numbers.size, numbers.size)
    inner = block("DESC", head, timed=False) + block("DATA", numbers.tobytes(), timed=False)
    return MAGIC + b"TLKB" + pack("<I", 12 + len(inner)) + bytes(12) + inner


def write_matrix(
    folder, numbers, *, channel="Z", scan=None, sweep=None, transfer=LINEAR, units="m", changes=()
):
    """Write a result file and its parameters; return the path of the result."""
    name = f"default--1_2.{channel}_mtrx"
    instances = {
        "XYScanner": SCAN | (scan or {}),
        "Spectroscopy": SWEEP | (sweep or {}),
        "GapVoltageControl": {"Voltage": (-0.5, "Volt")},
        "Regulator": {"Setpoint_1": (1e-10, "Ampere")},
    }
    raw = parameters(name, instances, transfer, channel=channel, units=units, changes=changes)
    (folder / "default_0001.mtrx").write_bytes(raw)
    (folder / name).write_bytes(result(numbers))
    return folder / name


IMAGE = np.arange(4 * 3 * 4)


def _write(folder):
    (folder / "curve").mkdir()
    return [
        write_matrix(folder, IMAGE),
        write_matrix(folder / "curve", range(10), channel="I(V)", units="A"),
    ]


MADE = {"SciFiReaders.omicron_matrix": _write}
# the parameters are named after a part of the name of the result: the kit cannot copy them
LEFT_OUT = {"SciFiReaders.omicron_matrix": ["test_leaves_the_file_untouched"]}
