"""Documents of Analysis Studio, packed and not."""

from __future__ import annotations

import base64
import gzip

import numpy as np

MAP = np.arange(35.0).reshape(5, 7)


def numbers(values):
    return base64.b64encode(np.asarray(values, "<f4").tobytes()).decode()


def height_map(
    array, *, label="Height 1", yaw=0, size=(7.0, 10.0), units="m", prefix="n", extra=""
):
    rows, columns = np.shape(array)
    return f"""<HeightMap DataChannel="height" Label="{label}">
<Position><X>1</X><Y>-2</Y><Z>0</Z></Position><Rotation><Yaw>{yaw}</Yaw></Rotation>
<Size><X>{size[0]}</X><Y>{size[1]}</Y></Size>
<Resolution><X>{columns}</X><Y>{rows}</Y></Resolution>
<Units>{units}</Units><UnitPrefix>{prefix}</UnitPrefix>
<Tags><Tag Name="Setpoint" Value="-0.5 V" />
<Tag Name="TraceRetrace" Value="PrimaryRetrace" /></Tags>
<TimeStamp>2024-01-12T13:37:28-05:00</TimeStamp>{extra}
<SampleBase64>{numbers(array)}</SampleBase64></HeightMap>"""


def spectrum(channels, *, label="Spectrum 1", start=1000, stop=1008, points=3):
    """`channels` maps names to values."""
    parts = "".join(
        f'<DataChannels Name="{name}" DataChannel="{name.lower()}">'
        f"<SampleBase64>{numbers(values)}</SampleBase64><Start>{start}</Start></DataChannels>"
        for name, values in channels.items()
    )
    return f"""<IRRenderedSpectra><Label>{label}</Label><DataPoints>{points}</DataPoints>
<StartWavenumber>{start}</StartWavenumber><EndWavenumber>{stop}</EndWavenumber>
<Location><X>6.5</X><Y>-7</Y><Z>0</Z></Location><BackgroundID>abc</BackgroundID>
<AttenuationBase64>{numbers([0.5])}</AttenuationBase64>{parts}</IRRenderedSpectra>"""


def document(maps=(), spectra=(), *, root=""):
    background = "<IRBackground><ID>abc</ID><Table><double>1.5</double></Table></IRBackground>"
    text = f"""<?xml version="1.0" encoding="utf-16"?>
{root}<Document DocType="IR" xmlns="www.anasysinstruments.com">
<HeightMaps>{"".join(maps)}</HeightMaps>
<RenderedSpectra>{"".join(spectra)}</RenderedSpectra>
<Backgrounds>{background}</Backgrounds></Document>"""
    return text.encode("utf-16")


def _write(folder):
    whole = document([height_map(MAP, yaw=-90)], [spectrum({"IR": [1, 2, 3], "Phase": [4, 5, 6]})])
    (folder / "a.axz").write_bytes(gzip.compress(whole, mtime=0))
    (folder / "b.axd").write_bytes(whole)
    return [folder / "a.axz", folder / "b.axd"]


MADE = {"SciFiReaders.anasys_axz": _write}
