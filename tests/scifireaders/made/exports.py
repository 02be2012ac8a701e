"""Spectra that programs export as text or XML: LabSpec, WITec, TriVista, XSYG."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import numpy as np

SPECTRA = np.arange(6 * 4).reshape(6, 4) + 0.5
FALLING = (900.0, 700.0, 400.0, 100.0)


def _lsx(code, text, form=7):
    return f'<LSX Format="{form}" ID="{code}">{text}</LSX>'


def _lsx_axis(number, kind, units, values):
    listed = " ".join(f"{value:g}" for value in values)
    inner = _lsx("0x7D6CD4DB", listed, 6) + _lsx("0x6D707974", kind) + _lsx("0x7C696E75", units)
    return _lsx(f"0x{number:X}", inner, 9)


def write_horiba(path, spectra=SPECTRA, *, axes=(("X", "µm", (-1, 0, 1)), ("Y", "µm", (2, 4))),
                 spectral=("Spectr", "1/cm", FALLING), settings=()):  # fmt: skip
    """Write spectra of [point, channel]; the first axis of a scan is the faster one."""
    intensity = _lsx("0x0", _lsx("0x6D707974", "Intens") + _lsx("0x7C696E75", "Cnt/sec"), 9)
    parts = [intensity, _lsx_axis(1, *spectral)]
    parts += [_lsx_axis(2 + i, *axis) for i, axis in enumerate(axes)]
    named = "".join(
        _lsx("0x1", _lsx("0x6D6D616E", name) + _lsx("0x7D6C61DB", shown)
             + _lsx("0x8736F70", exact, 5), 9)
        for name, shown, exact in settings
    )  # fmt: skip
    rows = "".join(
        f'<LSX_Row Format="6" Index="{i}" Size="{len(row)}">\n'
        + " ".join(map(repr, map(float, row)))
        + " </LSX_Row>"
        for i, row in enumerate(spectra)
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<LSX_Data><LSX_Tree Format="9" ID="0x69746164">'
        + _lsx("0x6C7469D9", "made") + _lsx("0x7A74D9D6", _lsx("0x7B697861", "".join(parts), 9), 9)
        + _lsx("0x6C62D4D9", named, 9) + f"</LSX_Tree><LSX_Matrix>{rows}</LSX_Matrix></LSX_Data>",
        encoding="utf-8",
    )  # fmt: skip
    return path


def write_labspec(path, spectra=SPECTRA, *, axes=(("X", "µm"), ("Y", "µm")), places=None,
                  channels=FALLING, settings=()):  # fmt: skip
    """Write spectra of [point, channel] as text; a row has its places, the slowest first."""
    lines = [f"#{name}=\t{value}" for name, value in settings]
    kinds = [("Intens", "Cnt"), ("Spectr", "1/cm"), *axes]
    for n, (kind, units) in enumerate(kinds):
        lines += [f"#AxisType[{n}]=\t{kind}", f"#AxisUnit[{n}]=\t{units}"]
    if not axes:
        lines += [f"{c}\t{v}" for c, v in zip(channels, spectra[0], strict=True)]
    else:
        if places is None:
            places = [(y, x) for y in (2.5, 3) for x in (-1, 0, 1)]
        lines.append("\t" * len(axes) + "\t".join(map(str, channels)))
        lines += [
            "\t".join(map(str, (*np.atleast_1d(place), *row)))
            for place, row in zip(places, spectra, strict=True)
        ]
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    return path


def write_witec(path, spectra=SPECTRA, *, x=FALLING, header=(), comma=","):
    """Write spectra of [spectrum, channel] as the columns of a table."""
    lines = ["//Exported ASCII-File", "[Header]", "FileName = C:\\a.wip"]
    lines += [f"{key} = {value}" for key, value in header]
    names = [f"Spectrum{i}" for i in range(len(spectra))]
    lines += ["", "[Data]", comma.join(["X-Axis", *names])]
    lines.append(comma.join(["rel. 1/cm", *["CCD cts"] * len(spectra)]))
    lines += [
        f"{comma} ".join(f"{value:.9E}" for value in (place, *row))
        for place, row in zip(x, np.transpose(spectra), strict=True)
    ]
    path.write_bytes("\r\n".join(lines).encode())
    return path


def _info(groups):
    inner = "".join(
        f"<Group><Name>{name}</Name><Items>"
        + "".join(f"<Item><Name>{k}</Name><Value>{v}</Value></Item>" for k, v in items.items())
        + "</Items><Groups /></Group>"
        for name, items in groups.items()
    )
    return f'<?xml version="1.0" encoding="utf-16"?>\n<Info><Groups>{inner}</Groups></Info>'


def write_trivista(path, spectra=SPECTRA, *, groups=(), x=FALLING[::-1], stamps=None):
    """Write frames of [frame, channel] with groups of settings."""
    frames = "".join(
        f'<Frame xDim="{len(x)}" yDim="1" TimeStamp="{stamp}" Type="Number" Peaks="[]">'
        + ";".join(map(repr, map(float, np.ravel(row)))) + "</Frame>"
        for row, stamp in zip(spectra, stamps or [0] * len(spectra), strict=True)
    )  # fmt: skip
    values = "|".join([str(len(x)), *map(repr, map(float, x))])
    info = quoteattr(_info(dict(groups)), {"\n": "&#xA;"})
    path.write_text(
        "\ufeff<!--TriVista-File. -->\n<XmlMain Version='1.0.1'><Hardware Version='2'>"
        "<Spectrometers Count='1'><Spectrometer Model='SP' Wavelength='925.01'/></Spectrometers>"
        "</Hardware><Documents Count='1'><Document Version='2' Label='Intensity' "
        f"DataLabel='Counts' RecordTime='06/27/2022 17:55:55' InfoSerialized={info}>"
        f"<xDim Length='{len(x)}'><Calibration Unit='Nanometer' LaserWave='532.0' "
        f"Type='ValueArray' ValueArray='{values}'/></xDim><Data DataType='Double'>{frames}</Data>"
        "</Document></Documents></XmlMain>",
        encoding="utf-8",
    )
    return path


def write_xsyg(path, curves):
    """Write curves of (attributes, text)."""
    inner = "".join(
        "<Curve " + " ".join(f"{k}={quoteattr(v)}" for k, v in attributes.items())
        + f">{escape(text)}</Curve>"
        for attributes, text in curves
    )  # fmt: skip
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<Sample name="disc" lexsygID="1">\n'
        '<Sequence position="1"><Record recordType="TL" sequenceStepNumber="3">'
        f"{inner}</Record></Sequence></Sample>",
        encoding="utf-8",
    )
    return path


COUNTS = {"curveType": "measured", "detector": "UVVIS", "curveDescripter": "t [s]; cts [1/ch]"}
HEAT = {"curveType": "measured", "stimulator": "plate", "curveDescripter": "t [s]; T [°C]"}
COLOURS = {
    "curveType": "measured", "detector": "Spectrometer", "wavelengthtable": "[700|500|300]",
    "curveDescripter": "t [s]; λ [nm]; cts [1/ch]",
}  # fmt: skip
CURVES = [
    (COUNTS, "0.1,5;0.2,7;0.35,6"),
    (HEAT, "0,20;10,70.5"),
    (COLOURS, "1,[1|2|3];2,[4|5|6]"),
]

MADE = {
    "SciFiReaders.horiba_xml": lambda folder: [write_horiba(folder / "map.xml")],
    "SciFiReaders.horiba_txt": lambda folder: [
        write_labspec(folder / "map.txt"),
        write_labspec(folder / "one.txt", axes=()),
    ],
    "SciFiReaders.witec_txt": lambda folder: [
        write_witec(folder / "map.txt", header=(("SizeX", 3), ("SizeY", 2)))
    ],
    "SciFiReaders.trivista_tvf": lambda folder: [write_trivista(folder / "frames.tvf")],
    "SciFiReaders.xsyg": lambda folder: [write_xsyg(folder / "discs.xsyg", CURVES)],
}
