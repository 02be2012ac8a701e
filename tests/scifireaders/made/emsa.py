"""A spectrum in the EMSA format."""

from __future__ import annotations

TEXT = """#FORMAT      : EMSA/MAS Spectral Data File
#VERSION     : 1.0
#TITLE       : edge
#NPOINTS     : 6.
#NCOLUMNS    : 3.
#XUNITS      : eV
#YUNITS      : counts
#DATATYPE    : Y
#XPERCHAN    : 0.5
#OFFSET      : 500.
#SIGNALTYPE  : ELS
#BEAMKV   -kV: 200.
##VENDOR     : words
#SPECTRUM    : here
1, 2, 3
4 5\t6.5e1
#ENDOFDATA   :
"""


def _msa(folder):
    path = folder / "edge.msa"
    path.write_text(TEXT)
    return [path]


MADE = {"SciFiReaders.emsa_msa": _msa}
