"""The notes of TVIPS cameras in tag 37706 of a TIFF: records of EM-MENU 1 to 4.

========== ============ ============================================================
bytes      type         meaning
========== ============ ============================================================
0          i32          version, 1 or 2
4          80 chars     comment
84         40 x i32     conditions, `FIRST`
244        fields       version 2 only: `SECOND`; texts are UTF-16 of fixed length
..         u32          AAAAAAAA
========== ============ ============================================================

``PixelSizeX`` is the distance of two pixels in nm, ``ExposureTime`` is in ms.

Source: the help file of EM-MENU (version 1); the fields of version 2 as documented by
tifffile (BSD-3-Clause).
"""

from __future__ import annotations

from typing import Any, Final

from SciFiReaders.binary import Cursor
from SciFiReaders.text import decode, decode_utf16, until_nul

__all__ = ["tvips_notes"]

FIRST: Final = (
    "HighTension", "SphericalAberration", "IlluminationAperture", "Magnification",
    "PostMagnification", "FocalLength", "Defocus", "Astigmatism", "AstigmatismDirection",
    "BiprismVoltage", "SpecimenTiltAngle", "SpecimenTiltDirection",
    "IlluminationTiltDirection", "IlluminationTiltAngle", "ImageMode", "EnergySpread",
    "ChromaticAberration", "ShutterType", "DefocusSpread", "CcdNumber", "CcdSize", "OffsetXV1",
    "OffsetYV1", "PhysicalPixelSize", "Binning", "ReadoutSpeed", "GainV1", "SensitivityV1",
    "ExposureTimeV1", "FlatCorrected", "DeadPxCorrected", "ImageMean", "ImageStd",
    "DisplacementX", "DisplacementY", "DateV1", "TimeV1", "ImageMin", "ImageMax",
    "ImageStatisticsQuality",
)  # fmt: skip

#: Name and `struct` code; a number before s is the length of a text in bytes.
SECOND: Final = (
    ("ImageName", "160s"), ("ImageFolder", "160s"), ("ImageSizeX", "i"), ("ImageSizeY", "i"),
    ("ImageSizeZ", "i"), ("ImageSizeE", "i"), ("ImageDataType", "i"), ("Date", "i"),
    ("Time", "i"), ("Comment", "1024s"), ("ImageHistory", "1024s"), ("Scaling", "16f"),
    ("ImageStatistics", "32d"), ("ImageType", "i"), ("ImageDisplayType", "i"),
    ("PixelSizeX", "f"), ("PixelSizeY", "f"), ("ImageDistanceZ", "f"), ("ImageDistanceE", "f"),
    ("ImageMisc", "32f"), ("TemType", "160s"), ("TemHighTension", "f"),
    ("TemAberrations", "32f"), ("TemEnergy", "32f"), ("TemMode", "i"),
    ("TemMagnification", "f"), ("TemMagnificationCorrection", "f"), ("PostMagnification", "f"),
    ("TemStageType", "i"), ("TemStagePosition", "5f"), ("TemImageShift", "2f"),
    ("TemBeamShift", "2f"), ("TemBeamTilt", "2f"), ("TilingParameters", "7f"),
    ("TemIllumination", "3f"), ("TemShutter", "i"), ("TemMisc", "32f"), ("CameraType", "160s"),
    ("PhysicalPixelSizeX", "f"), ("PhysicalPixelSizeY", "f"), ("OffsetX", "i"),
    ("OffsetY", "i"), ("BinningX", "i"), ("BinningY", "i"), ("ExposureTime", "f"), ("Gain", "f"),
    ("ReadoutRate", "f"), ("FlatfieldDescription", "160s"), ("Sensitivity", "f"), ("Dose", "f"),
    ("CamMisc", "32f"), ("FeiMicroscopeInformation", "1024s"),
    ("FeiSpecimenInformation", "1024s"),
)  # fmt: skip

_MAGIC: Final = 0xAAAAAAAA


def tvips_notes(raw: bytes, order: str = "<") -> dict[str, Any]:
    """Return the fields of both records, as many as there are.

    Parameters
    ----------
    raw : bytes
        Values of the tag.
    order : {"<", ">"}
        Byte order of the numbers.

    Raises
    ------
    CorruptFile
        When the second record has not its end.
    """
    cursor = Cursor(raw, format="tiff", order=order)
    version = cursor.i4()
    notes: dict[str, Any] = {"Version": version, "CommentV1": until_nul(decode(cursor.take(80)))}
    notes |= dict(zip(FIRST, cursor.unpack(f"{len(FIRST)}i"), strict=True))
    if version < 2:
        return notes
    for name, code in SECOND:
        values = cursor.unpack(code)
        if code.endswith("s"):
            notes[name] = until_nul(decode_utf16(values[0], order))
        else:
            notes[name] = values[0] if len(values) == 1 else values
    if cursor.u4() != _MAGIC:
        msg = "the notes of the camera do not end as they should"
        raise cursor.corrupt(msg)
    return notes
