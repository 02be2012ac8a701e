"""Photoelectron spectra, written from ISO 14976 and from what the programs say of themselves."""

from __future__ import annotations

import struct

import numpy as np

_COUNTS = np.arange(1.0, 6.0)
_UNKNOWN = "1E+37"


def block(
    mode="NORM",
    scan="REGULAR",
    *,
    name="C 1s",
    technique="XPS",
    place=(1, 1),
    settings=(),
    left_out=(),
    columns=(("counts", "d"), ("Transmission", "d")),
    table=None,
    lines=(1, 1, 3, 1, 3, 2),
):
    """One block with every entry that its experiment asks for."""
    table = np.stack([_COUNTS, 10 * _COUNTS], 1) if table is None else np.asarray(table)
    profile = mode in ("MAPDP", "MAPSVDP", "SDP", "SDPSV")
    entries = {i + 1: [value] for i, value in enumerate((2024, 2, 29, 10, 20, 30, 1))}
    entries |= {
        8: [2, "first line", "second"],
        9: [technique],
        10: list(place) if mode in ("MAP", "MAPDP") else [],
        11: list(settings),
        12: ["Al"],
        13: [18, 1, 1] if profile else [],
        14: [1486.6],
        15: [150],
        16: [_UNKNOWN, _UNKNOWN],
        17: [400, 300] if mode.startswith(("MAP", "SEM")) else [],
        18: list(lines) if mode in ("MAPSV", "MAPSVDP", "SEM") else [],
        19: [_UNKNOWN],
        20: [_UNKNOWN],
        21: ["FAT"],
        22: [20],
        23: [0.5] if technique == "AES diff" else [],
        24: [_UNKNOWN],
        25: [4.5],
        26: [0],
        27: [_UNKNOWN, _UNKNOWN],
        28: [0, 0],
        29: ["C"],
        30: ["1s", -1],
        31: ["Kinetic Energy", "eV", 1190, 0.5] if scan == "REGULAR" else [],
        32: [len(columns), *(word for column in columns for word in column)],
        33: ["pulse counting"],
        34: [0.1],
        35: [3],
        36: [0],
        37: [3000, _UNKNOWN, 1, 1, 45, 0, "cyclic"] if profile and technique == "XPS" else [],
        38: [0, 0],
        39: [0],
        40: [1, "pressure", "Pa", "1e-7"],
    }
    words = [name, "powder"]
    for number, values in entries.items():
        words += [] if number in left_out else values
    words += [table.size]
    for column in table.T:
        words += [column.min(), column.max()]
    return [str(word) for word in (*words, *table.ravel())]


def vamas(blocks, mode="NORM", scan="REGULAR", *, variables=(), listed=(), grid=(3, 2)):
    """A file of some blocks."""
    head = ["VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"]
    head += ["institute", "instrument", "Not Specified", "experiment", 1, "a comment", mode, scan]
    head += [1] if mode in ("MAP", "MAPDP", "NORM", "SDP") else []
    head += [len(blocks), *grid] if mode in ("MAP", "MAPDP") else []
    head += [len(variables), *(word for variable in variables for word in variable)]
    head += [-len(listed), *listed, 0, 0, 0, len(blocks)]
    lines = [str(word) for word in head]
    for one in blocks:
        lines += one
    return "\r\n".join([*lines, "experiment terminator", ""])


def area():
    """A map of 2 rows and 3 columns, in columns first."""
    places = [(x, y) for x in (1, 2, 3) for y in (1, 2)]
    blocks = [
        block(
            "MAP",
            place=place,
            columns=[("counts", "d")],
            table=_COUNTS[:, None] + 10 * x + 100 * y,
        )
        for place in places
        for x, y in [place]
    ]
    return vamas(blocks, "MAP")


def profile():
    """A depth profile of three etch times; all but the first block leave entries out."""
    out = (1, 2, 3, 4, 5, 6, 7, 8, 12, 14, 31, 32, 40)
    blocks = [
        block(
            "SDP",
            settings=[30.0 * i],
            left_out=out if i else (),
            columns=[("counts", "d")],
            table=_COUNTS[:, None] + i,
        )
        for i in range(3)
    ]
    return vamas(blocks, "SDP", variables=[("Etch Time", "s")], listed=out)


def irregular():
    """A spectrum whose energies are its first variable."""
    energies = np.array([100, 101, 103, 107, 115.0])
    columns = [("Binding Energy", "eV"), ("counts", "d")]
    one = block(scan="IRREGULAR", columns=columns, table=np.stack([energies, _COUNTS], 1))
    return vamas([one], scan="IRREGULAR")


def picture():
    """A map of one value, 2 rows of 3."""
    table = np.arange(6.0)[:, None]
    one = block("MAPSV", "MAPPING", columns=[("counts", "d")], table=table)
    return vamas([one], "MAPSV", "MAPPING")


def _vamas(folder):
    files = {"norm": vamas([block(), block(name="O 1s", technique="AES diff")])}
    files |= {"map": area(), "profile": profile(), "irregular": irregular(), "picture": picture()}
    for name, text in files.items():
        (folder / f"{name}.vms").write_text(text)
    return [folder / f"{name}.vms" for name in files]


SPECS = """# Created by:        SpecsLab Prodigy, Version 4.43
#
# Counts Per Second:        yes
#
# values in kinetic energy
# Group:             sample
# Region:            C 1s
# Acquisition Date:  02/29/24 10:01:10
# Analysis Method:   XPS
# Values/Curve:      3
# Dwell Time:        0.1
# Excitation Energy: 1486.61
# Pass Energy:       20
#
# Cycle: 0, Curve: 0
# ColumnLabels: energy counts/s
1190.0  1
1190.5  2
1191.0  3
#
# Cycle: 1, Curve: 0
# ColumnLabels: energy counts/s
1190.0  4
1190.5  5
1191.0  6
#
# values in binding energy
# Region:            O 1s
# Values/Curve:      2
#
# Cycle: 0, Curve: 0
# ColumnLabels: energy counts/s transmission
530.0  7 0.5
529.5  8 0.6
"""


def _specs(folder):
    path = folder / "regions.xy"
    path.write_text(SPECS)
    return [path]


def phi(spectra=1, kind="SPECTRUM", *, number="<f4"):
    """A file of two regions; the spectra of each follow one another."""
    regions = [("C1s", 5, -0.5, 300.0), ("O1s", 3, -0.25, 540.0)]
    head = ["SOFH", "Technique: XPS", f"FileType:  {kind}", "XraySource: Al 1486.6 mono"]
    head += ["AnalyserWorkFcn: 4.506 eV", "NoSpectralReg: 2"]
    for i, (name, points, step, start) in enumerate(regions):
        end = start + step * (points - 1)
        head.append(
            f"SpectralRegDef: {i + 1} 1 {name} 6 {points} {step} {start} {end} 0 0 1 55 AREA"
        )
    text = "\r\n".join([*head, "EOFH", ""]).encode()
    tables = [
        np.arange(spectra * part[1], dtype=number) + 10 * i for i, part in enumerate(regions)
    ]
    place = 16 + 96 * len(regions)
    records = struct.pack("<4I", 1, len(regions), 96, 16)
    for (_, points, _, _), table in zip(regions, tables, strict=True):
        record = bytearray(96)
        struct.pack_into("<I", record, 20, points)
        record[56:59], record[72:74] = b"c/s", number[1:].encode()
        struct.pack_into("<II", record, 76, table.nbytes, place)
        place += table.nbytes
        records += bytes(record)
    return text + records + b"".join(table.tobytes() for table in tables)


def _phi(folder):
    single, depth = folder / "one.spe", folder / "depth.pro"
    single.write_bytes(phi())
    depth.write_bytes(phi(3, "DEPTHPRO", number="<f8"))
    return [single, depth]


MADE = {
    "SciFiReaders.vamas": _vamas,
    "SciFiReaders.specs_xy": _specs,
    "SciFiReaders.phi_spe": _phi,
}
