"""Diffractograms of every vendor, written from the documented layouts."""

from __future__ import annotations

import struct
import zipfile

import numpy as np

COUNTS = np.array([8, 11, 6, 10, 22, 7, 9], dtype="f4")


# --- PANalytical ------------------------------------------------------------------------


def xrdml(scans, *, version="1.5", kind="Scan", name="specimen"):
    """A measurement of some scans, each the XML of its ``dataPoints``."""
    body = "".join(
        f'<scan appendNumber="{i}" mode="Continuous" scanAxis="Gonio" status="Completed">'
        f"<header><startTimeStamp>2024-01-0{i + 1}T11:00:00</startTimeStamp></header>"
        f"<dataPoints>{points}</dataPoints></scan>"
        for i, points in enumerate(scans)
    )
    space = f"http://www.xrdml.com/XRDMeasurement/{version}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xrdMeasurements xmlns="{space}" status="Completed">
<sample type="To be analyzed"><id>7</id><name>{name}</name></sample>
<xrdMeasurement measurementType="{kind}" status="Completed">
<usedWavelength intended="K-Alpha 1"><kAlpha1 unit="Angstrom">1.5405980</kAlpha1></usedWavelength>
<incidentBeamPath><xRayTube><tension unit="kV">45</tension><current unit="mA">40</current>
<anodeMaterial>Cu</anodeMaterial></xRayTube></incidentBeamPath>{body}
</xrdMeasurement></xrdMeasurements>"""


def points(counts=COUNTS, *, omega=4.0, inner=None, places=None):
    """The points of a scan from 30 degrees in steps of 0.5."""
    end = 30 + 0.5 * (len(counts) - 1)
    places = places or f"<startPosition>30</startPosition><endPosition>{end}</endPosition>"
    values = " ".join(f"{value:g}" for value in counts)
    inner = inner or f'<intensities unit="counts">{values}</intensities>'
    return f"""<positions axis="2Theta" unit="deg">{places}</positions>
<positions axis="Omega" unit="deg"><commonPosition>{omega}</commonPosition></positions>
<commonCountingTime unit="seconds">0.440</commonCountingTime>{inner}"""


def _xrdml(folder):
    single, area = folder / "one.xrdml", folder / "area.xrdml"
    single.write_text(xrdml([points()]))
    maps = [points(COUNTS + i, omega=10 + 0.25 * i) for i in range(3)]
    area.write_text(xrdml(maps, version="2.1", kind="Area measurement"))
    return [single, area]


# --- Bruker -----------------------------------------------------------------------------


def raw_1(ranges=2, counts=COUNTS):
    """A file of version 1."""
    parts = [b"RAW "]
    for i in range(ranges):
        head = bytearray(152)
        struct.pack_into("<IffII4f", head, 0, len(counts), 1.5, 0.25, 0, 0, 20 + i, 10, 1, 2)
        head[36:43] = b"powder\0"
        struct.pack_into("<ff", head, 68, 1.5406, 1.54439)
        struct.pack_into("<I", head, 148, int(i + 1 < ranges))
        parts += [bytes(head), (counts + i).astype("<f4").tobytes()]
    return b"".join(parts)


def raw_2(ranges=2, counts=COUNTS):
    """A file of version 2."""
    head = bytearray(256)
    head[:4] = b"RAW2"
    struct.pack_into("<H", head, 4, ranges)
    head[168:188] = b"12-Mar-2001 10:11:12"
    head[188:190] = b"Cu"
    struct.pack_into("<3f", head, 190, 1.5406, 1.54439, 0.5)
    parts = [bytes(head)]
    for i in range(ranges):
        part = bytearray(64)
        struct.pack_into("<HHIfff", part, 0, 64, len(counts), 0, 2.0, 0.25, 20 + i)
        struct.pack_into("<H", part, 46, 298)
        parts += [bytes(part), (counts + i).astype("<f4").tobytes()]
    return b"".join(parts)


def raw_3(ranges=2, counts=COUNTS, *, drive=0, measured=False, extra=40):
    """A file of version 3; with `measured` each record has its own place."""
    head = bytearray(712)
    head[:8] = b"RAW1.01\0"
    struct.pack_into("<II", head, 8, 1, ranges)
    head[16:24], head[26:34] = b"06/12/08", b"10:27:58"
    head[36:40], head[326:332] = b"user", b"powder"
    struct.pack_into("<f", head, 564, 200.5)
    head[608:610] = b"Cu"
    struct.pack_into("<5d", head, 616, 1.5418, 1.5406, 1.54439, 1.39222, 0.5)
    parts = [bytes(head)]
    for i in range(ranges):
        part = bytearray(304)
        struct.pack_into("<II7d", part, 0, 304, len(counts), 5 + i, 20 + i, 1, 2, 3, 4, 5)
        struct.pack_into("<d", part, 176, 0.25)
        struct.pack_into("<fI", part, 192, 0.5, drive)
        struct.pack_into("<II", part, 224, 40, 30)
        struct.pack_into("<d", part, 240, 1.5406)
        struct.pack_into("<III", part, 248, int(measured), 12 if measured else 4, extra)
        table = np.zeros(len(counts), [("n", "<f4"), ("p", "<f8")] if measured else [("n", "<f4")])
        table["n"] = counts + i
        if measured:
            table["p"] = 20 + i + 0.26 * np.arange(len(counts))
        parts += [bytes(part), bytes(extra), table.tobytes()]
    return b"".join(parts)


def raw_4(ranges=2, counts=COUNTS, *, size=4, kind=b"Locked Coupled"):
    """A file of version 4."""
    head = bytearray(61)
    head[:7], head[12:22], head[24:32] = b"RAW4.00", b"03/14/2021", b"09:26:53"
    word = struct.pack("<III", 10, 36 + 8, 0) + b"SAMPLEID".ljust(24, b"\0") + b"powder\0\0"
    tube = bytearray(120)
    struct.pack_into("<II", tube, 0, 30, 120)
    struct.pack_into("<5d", tube, 72, 1.5418, 1.5406, 1.54439, 1.39222, 0.5)
    tube[116:118] = b"Cu"
    parts = [bytes(head), word, bytes(tube)]
    for i in range(ranges):
        drives = b""
        for name, moves, place in ((b"2Theta", 1, 20 + i), (b"Phi", 0, 45.0)):
            part = bytearray(64)
            struct.pack_into("<III", part, 0, 50, 64, moves)
            part[12 : 12 + len(name)] = name
            struct.pack_into("<d", part, 56, place)
            drives += bytes(part)
        header = bytearray(160)
        header[32 : 32 + len(kind)] = kind
        struct.pack_into("<ddIf", header, 72, 20 + i, 0.25, len(counts), 0.5)
        struct.pack_into("<ff4xd", header, 100, 40, 30, 1.5406)
        struct.pack_into("<II", header, 136, size, len(drives))
        table = np.zeros((len(counts), size // 4), "<f4")
        table[:, 0] = counts + i
        parts += [bytes(header), drives, table.tobytes()]
    return b"".join(parts)


def _raw(folder):
    files = {"v1": raw_1(), "v2": raw_2(), "v3": raw_3(), "v4": raw_4()}
    files |= {"measured": raw_3(1, measured=True, extra=0), "pairs": raw_4(1, size=8)}
    for name, content in files.items():
        (folder / f"{name}.raw").write_bytes(content)
    return [folder / f"{name}.raw" for name in files]


UXD = """; written by hand
_FILEVERSION=2
_SAMPLE='powder'
_WL1=1.540600
_ANODE='Cu'
; (Data for Range number 1)
_DRIVE='COUPLED'
_STEPTIME=0.500000
_STEPSIZE=0.250000
_START=20.000000
_KV=40
_MA=30
_COUNTS
8 11 6
10 22 7 9
; (Data for Range number 2)
_DRIVE='THETA'
_STEPSIZE=0.100000
_START=5.000000
_CPS
1.5 2.5 3.5
"""


def _uxd(folder):
    path = folder / "ranges.uxd"
    path.write_text(UXD)
    return [path]


_VIEWS = """<DataViews>
<RawDataView xsi:type="FixedRawDataView" Start="0" Length="1" LogicName="MeasuredTime"/>
<RawDataView xsi:type="FixedRawDataView" Start="1" Length="1" LogicName="AbsorptionFactor"/>
<RawDataView xsi:type="VaryingRawDataView" Start="2" Length="2"><Varying>
<FieldDefinitions FieldName="Theta" AxisId="Theta"/>
<FieldDefinitions FieldName="TwoTheta" AxisId="TwoTheta"/></Varying></RawDataView>
<RawDataView xsi:type="RecordedRawDataView" Start="4" Length="{width}">
<Recording><Unit Base="Counts"/></Recording></RawDataView></DataViews>"""


def brml(path, scans):
    """A measurement of scans, each an array of [points] or [points, channels]."""
    head = '<RawData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    fixed = """<FixedInformation><Instrument><PrimaryTracks><WaveLengthAlpha1 Value="1.5406"/>
<Voltage Value="40"/><Current Value="30"/></PrimaryTracks></Instrument></FixedInformation>"""
    names = [f"Experiment0/RawData{i}.xml" for i in range(len(scans))]
    contents = "".join(f"<string>{name}</string>" for name in names)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "Experiment0/DataContainer.xml",
            f'<DataContainer><MeasurementInfo SampleName="powder" UserName="me"/>'
            f"<RawDataReferenceList>{contents}</RawDataReferenceList></DataContainer>",
        )
        for name, values in zip(names, scans, strict=True):
            table = np.asarray(values).reshape(len(values), -1)
            rows = "".join(
                f"<Datum>0.5,1,{10 + 0.125 * i},{20 + 0.25 * i},"
                + ",".join(f"{value:g}" for value in row)
                + "</Datum>"
                for i, row in enumerate(table)
            )
            archive.writestr(
                name,
                f"{head}<TimeStampStarted>2021-03-14T09:26:53</TimeStampStarted>{fixed}"
                f'<DataRoutes><DataRoute RouteFlag="Measured"><ScanInformation VisibleName='
                f'"Coupled TwoTheta/Theta"><TimePerStep>0.5</TimePerStep><ScanAxes>'
                f'<ScanAxisInfo AxisId="TwoTheta"><Unit Base="Degree"/></ScanAxisInfo>'
                f"</ScanAxes></ScanInformation>{rows}{_VIEWS.format(width=table.shape[1])}"
                f"</DataRoute></DataRoutes></RawData>",
            )
    return path


def _brml(folder):
    frames = np.arange(15.0).reshape(3, 5)
    return [
        brml(folder / "one.brml", [COUNTS]),
        brml(folder / "frames.brml", [frames]),
        brml(folder / "map.brml", [COUNTS, COUNTS + 1]),
    ]


# --- Rigaku -----------------------------------------------------------------------------


def ras(scans, *, attenuated=False):
    """A file of scans in counts."""
    parts = ["*RAS_DATA_START"]
    for counts in scans:
        parts += [
            "*RAS_HEADER_START",
            '*FILE_SAMPLE "powder"',
            '*MEAS_SCAN_AXIS_X "2-Theta/Theta"',
            '*MEAS_SCAN_UNIT_X "deg"',
            '*MEAS_SCAN_UNIT_Y "counts"',
            '*HW_XG_WAVE_LENGTH_ALPHA1 "1.540593"',
            '*HW_XG_TARGET_NAME "Cu"',
            '*MEAS_COND_XG_VOLTAGE "40"',
            '*MEAS_COND_AXIS_NAME-0 "Phi"',
            '*MEAS_COND_AXIS_POSITION-0 "45.5"',
            "*RAS_HEADER_END",
            "*RAS_INT_START",
        ]
        for i, value in enumerate(counts):
            factor = 10.0 if attenuated and i == 2 else 1.0
            parts.append(f"{20 + 0.25 * i:.4f} {value:.4f} {factor:.4f}")
        parts.append("*RAS_INT_END")
    return "\n".join([*parts, "*RAS_DATA_END", ""])


ASC = """*TYPE\t\t=  Raw
*SAMPLE\t\t=  powder
*TARGET\t\t=  Cu
*WAVE_LENGTH1\t=  1.54056
*SCAN_AXIS\t=  2theta/theta
*XUNIT\t\t=  deg
*YUNIT\t\t=  cps
*GROUP_COUNT\t=  2
*BEGIN
*GROUP\t\t=  0
*START\t\t=  20.0
*STOP\t\t=  21.5
*STEP\t\t=  0.25
*COUNT\t\t=  7
8, 11, 6, 10
22, 7, 9
*END
*BEGIN
*GROUP\t\t=  1
*START\t\t=  40.0
*STEP\t\t=  0.5
*COUNT\t\t=  3
1.5, 2.5, 3.5
*END
*EOF
"""


def _ras(folder):
    plain, attenuated = folder / "two.ras", folder / "attenuated.ras"
    plain.write_text(ras([COUNTS, COUNTS[:5]]))
    attenuated.write_text(ras([COUNTS], attenuated=True))
    return [plain, attenuated]


def _asc(folder):
    path = folder / "groups.asc"
    path.write_text(ASC)
    return [path]


# --- text -------------------------------------------------------------------------------

PSI = """HRPT, powder
lambda=  1.49400, T= 300.000
  10.000   0.500  14.500 18000000., sample="powder"
   7444.   7639.   7731.   7762.   7479.
   7718.   7820.   7861.   7945.   8090.
     86.3    87.4    87.9    88.1    86.5
     87.9    88.4    88.7    89.1    89.9
 Filelist='HRPT/2001'
"""
XYE = """'Id: "powder" Anode: "Cu" Scantype: "Coupled TwoTheta/Theta" TimePerStep: "0.5"
20.00 8 2.8
20.25 11 3.3
20.50 6 2.4
20.75 10 3.2
"""
CIF = """#\\#CIF_1.1
data_powder
_pd_block_id 'powder|2020'
_diffrn_radiation_wavelength 1.5406(1)
_publ_section_title
;
loop_ this is no loop
_pd_meas_counts_total nor is this a name
;
loop_
_atom_site_label
_atom_site_fract_x
Si1 0.1250(3)
'O 1' .
loop_
_pd_meas_2theta_scan
_pd_meas_counts_total
_pd_calc_intensity_total
20.00 8 8.5
20.25 11(3) 10.5
20.50 6 ?
20.75 10 9.5
"""


def _pattern(folder):
    path = folder / "psi.dat"
    path.write_text(PSI)
    return [path]


def _columns(folder):
    path = folder / "bruker.xye"
    path.write_text(XYE)
    return [path]


def _cif(folder):
    path = folder / "powder.cif"
    path.write_text(CIF)
    return [path]


MADE = {
    "SciFiReaders.panalytical_xrdml": _xrdml,
    "SciFiReaders.bruker_raw": _raw,
    "SciFiReaders.bruker_uxd": _uxd,
    "SciFiReaders.bruker_brml": _brml,
    "SciFiReaders.rigaku_ras": _ras,
    "SciFiReaders.rigaku_asc": _asc,
    "SciFiReaders.powder_text": _pattern,
    "SciFiReaders.powder_columns": _columns,
    "SciFiReaders.cif_powder": _cif,
}


def philips_rd(version=3):
    """A scan of PC-APD from 20 degrees in steps of 0.25."""
    head = bytearray(250 if version == 3 else 810)
    head[:4], head[146:152] = f"V{version}RD".encode(), b"powder"
    struct.pack_into("<ddd", head, 214, 0.25, 20.0, 21.5)
    return bytes(head) + np.ceil(np.sqrt(100 * COUNTS)).astype("<u2").tobytes()


UDF = """SampleIdent,powder ,/
Title1,by hand ,/
Anode,Cu,/
LabdaAlpha1, 1.54060,/
GeneratorVoltage,  40,/
TubeCurrent,  50,/
DataAngleRange,  20.0000,  21.5000,/
ScanStepSize,    0.250,/
ScanStepTime,    12.00,/
RawScan
       8,      11,       6,      10
      22,       7,       9/
"""
CPI = """SIETRONICS XRD SCAN
20.00
21.50
0.25
Cu
1.54056
1-1-1900
0.600
powder
SCANDATA
8
11
6
10
22
7
9
"""
CHI = """powder.tif
2-Theta Angle (Degrees)
Intensity
       4
  2.000000E+01  8.0
  2.025000E+01  1.1E+01
  2.050000E+01  6.0
  2.075000E+01  1.0E+01
"""


def _philips_rd(folder):
    paths = [folder / f"v{version}.rd" for version in (3, 5)]
    for path, version in zip(paths, (3, 5), strict=True):
        path.write_bytes(philips_rd(version))
    return paths


def _text(name, content):
    def write(folder):
        path = folder / name
        path.write_text(content)
        return [path]

    return write


MADE |= {
    "SciFiReaders.philips_rd": _philips_rd,
    "SciFiReaders.philips_udf": _text("scan.udf", UDF),
    "SciFiReaders.sietronics_cpi": _text("scan.cpi", CPI),
    "SciFiReaders.chiplot": _text("curve.chi", CHI),
}


_CONDITIONS = """<Configuration><RASHeader>
<Pair><Key>*FILE_SAMPLE</Key><Value>powder</Value></Pair>
<Pair><Key>*MEAS_SCAN_AXIS_X</Key><Value>2-Theta/Theta</Value></Pair>
<Pair><Key>*MEAS_SCAN_UNIT_X</Key><Value>deg</Value></Pair>
<Pair><Key>*MEAS_SCAN_UNIT_Y</Key><Value>counts</Value></Pair>
<Pair><Key>*HW_XG_WAVE_LENGTH_ALPHA1</Key><Value>1.540593</Value></Pair>
</RASHeader></Configuration>"""


def rasx(path, scans, *, attenuated=False):
    """A file of scans of SmartLab Studio."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, counts in enumerate(scans):
            lines = [
                f"{20 + 0.25 * i:.4f}\t{value:.4f}\t{10.0 if attenuated and i == 2 else 1.0:.4f}"
                for i, value in enumerate(counts)
            ]
            archive.writestr(f"Data{n}/Profile{n}.txt", "\ufeff" + "\r\n".join(lines))
            archive.writestr(f"Data{n}/MesurementConditions{n}.xml", _CONDITIONS)
    return path


def _rasx(folder):
    return [rasx(folder / "two.rasx", [COUNTS, COUNTS[:5]])]


MADE |= {"SciFiReaders.rigaku_rasx": _rasx}
