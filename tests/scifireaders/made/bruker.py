"""Bruker Esprit in XML: a spectrum, and results with an image of two planes."""

from __future__ import annotations

import base64

import numpy as np

COUNTS = np.arange(12) ** 2
IMAGE = np.arange(15, dtype="<u2").reshape(3, 5) * 4000

SPECTRUM = """<ClassInstance Type="TRTSpectrum" Name="{name}">
<TRTHeaderedClass><ClassInstance Type="TRTSpectrumHardwareHeader">
<RealTime>30000</RealTime><LifeTime>28046</LifeTime></ClassInstance>
<ClassInstance Type="TRTDetectorHeader"><Type>XFlash 6|30</Type></ClassInstance>
<ClassInstance Type="TRTESMAHeader"><PrimaryEnergy>15</PrimaryEnergy></ClassInstance>
</TRTHeaderedClass>
<ClassInstance Type="TRTSpectrumHeader"><Date>1.2.2020</Date><Time>12:00:00</Time>
<CalibAbs>-0.95</CalibAbs><CalibLin>0.01</CalibLin></ClassInstance>
<Channels>{counts}</Channels>
<ClassInstance Type="TRTResult"><Result><Atom>26</Atom><MassPercent>61.5</MassPercent></Result>
</ClassInstance></ClassInstance>"""
HEAD = '<?xml version="1.0" encoding="WINDOWS-1252" standalone="yes"?>\n'


def spectrum(name="point", counts=COUNTS):
    """Return the element of a spectrum."""
    return SPECTRUM.format(name=name, counts=",".join(map(str, counts)))


def image(planes=(IMAGE, IMAGE[::-1])):
    """Return the element of an image."""
    rows, columns = planes[0].shape
    parts = [
        f"<Plane{i}><Description>plane {i}</Description>"
        f"<Data>{base64.b64encode(plane.tobytes()).decode()}</Data></Plane{i}>"
        for i, plane in enumerate(planes)
    ]
    sizes = f"<Width>{columns}</Width><Height>{rows}</Height>"
    sizes += "<XCalibration>0.5</XCalibration><YCalibration>0.25</YCalibration>"
    return f'<ClassInstance Type="TRTImageData" Name="map">{sizes}{"".join(parts)}</ClassInstance>'


def write_xml(path, *elements):
    """Write elements into a file."""
    path.write_text(f"{HEAD}<TRTSpectrum><RTHeader/>{''.join(elements)}</TRTSpectrum>", "cp1252")
    return path


MADE = {
    "SciFiReaders.bruker_xml": lambda folder: [
        write_xml(folder / "point.spx", spectrum()),
        write_xml(folder / "both.rto", image(), spectrum("a"), spectrum("b")),
    ]
}
