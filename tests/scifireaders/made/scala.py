"""Omicron SCALA: a parameter file with the images beside it."""

from __future__ import annotations

import numpy as np

HEAD = """;
; Parameter file for SPM data.
;
Format                        : 1;
Version                       : V2.2;
System                        : SCALA;
Date                          : 04.11.03 13:45;
User                          : them;
Comment                       : terraces;
Name                          : gold;
;
Field X Size in nm            : {width};                    [nm]
Field Y Size in nm            : {height};                    [nm]
Image Size in X               : {columns};
Image Size in Y               : {rows};
Increment X                   : 1.0;                          [nm]
Scan Angle                    : 30.0;                         [Degree]
X Offset                      : -5.0;                         [nm]
Y Offset                      : 7.5;                          [nm]
Gap Voltage                   : -0.5;                         [V]
Feedback Set                  : 2.0;                          [nA]
;
"""

CHANNEL = """
Topographic Channel           : {kind};                       Channel
                                {direction};                  Direction
                                {least};                      Minimum raw value
                                {greatest};                   Maximum raw value
                                {low};                        Minimum value in physical unit
                                {high};                       Maximum value in physical unit
                                0.01;                         Resolution
                                {units};                      Physical unit
                                {file};                       Filename
                                {kind} shown;                 Display name
"""

CURVES = """
Spectroscopy Channel          : I;                            Channel
""" + "".join(f"                                {i};    field\n" for i in range(17))

COUNTS = np.arange(5 * 7, dtype="i2").reshape(5, 7) * 1000 - 17000


def write_scala(path, images=None, *, curves=False, field=(14.0, 20.0), **changes):
    """Write images [row, column], the top row first, by kind, direction and unit."""
    images = {("Z", "Forward", "nm"): COUNTS} if images is None else images
    rows, columns = next(iter(images.values())).shape
    facts = {"height": field[0], "width": field[1], "rows": rows, "columns": columns, **changes}
    text = HEAD.format(**facts)
    for number, ((kind, direction, units), counts) in enumerate(images.items()):
        file = f"{path.stem}.t{direction[0].lower()}{number}"
        limits = {"least": -32768, "greatest": 32767, "low": -327.68, "high": 327.67, **changes}
        text += CHANNEL.format(kind=kind, direction=direction, units=units, file=file, **limits)
        path.with_name(file).write_bytes(counts[::-1].astype(">i2").tobytes())
    path.write_text(text + (CURVES if curves else ""))
    return path


BOTH = {
    ("Z", "Forward", "nm"): COUNTS,
    ("Z", "Backward", "nm"): COUNTS + 1,
    ("I", "Forward", "nA"): -COUNTS,
}

MADE = {"SciFiReaders.omicron_scala": lambda folder: [write_scala(folder / "scan.par", BOTH)]}

#: Promises whose tests copy a sample without the files that it names.
LEFT_OUT = {"SciFiReaders.omicron_scala": ["test_leaves_the_file_untouched"]}
