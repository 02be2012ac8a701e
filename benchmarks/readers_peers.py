"""Small real files, opened and read whole by us and by the program made for their format.

    SIDPY_VENDOR_DATA=... python benchmarks/readers_peers.py [word ...]

Each interpreter is named by an environment variable and left out where it is not: programs for
one format each by SIDPY_PEERS_PYTHON, RosettaSciIO by SIDPY_ROSETTASCIIO_PYTHON, the released
SciFiReaders by SIDPY_UPSTREAM_PYTHON.  Words choose the rows that hold one of them.  Times are
those of the processor.  Such files take a few milliseconds, of which `sidpy.read` needs one to
choose the reader, to build the labels and the history: the ratio says what that costs.
"""

from __future__ import annotations

import os
import sys
import warnings
from functools import partial
from pathlib import Path
from time import process_time

from _table import Table
from readers_eds import REAL, peer

import sidpy

ONE, ROSETTASCIIO, RELEASED = (
    "SIDPY_PEERS_PYTHON", "SIDPY_ROSETTASCIIO_PYTHON", "SIDPY_UPSTREAM_PYTHON"
)  # fmt: skip
FILES = (
    ("tiff/rosettasciio/test_loading_image_saved_with_imageJ.tif", ONE, "tifffile:"),
    ("andor-sif/sif_parser/measurement.sif", ONE, "sif_parser:"),
    ("nanosurf-nid/NSFopen/image.nid", ONE, "NSFopen:"),
    ("nanonis-dat/nanonispy/Bias-Spectroscopy002.dat", ONE, "nanonispy:Spec"),
    ("igor-ibw/SciFiDatasets/IgorIBWReader_ImageStack_BTFO_DSO.ibw", ONE, "igor2:"),
    ("renishaw-wdf/spectrochempy_data/depth.wdf", ONE, "wdf:"),
    ("renishaw-wdf/spectrochempy_data/depth.wdf", ROSETTASCIIO, "rsciio:renishaw"),
    ("bruker-bcf/rosettasciio/test_TEM.bcf", ROSETTASCIIO, "rsciio:bruker"),
    ("bruker-bcf/rosettasciio/over16bit.bcf", ROSETTASCIIO, "rsciio:bruker"),
    ("emd-velox/SciFiDatasets/EMDReader_Image_FEI.emd", ROSETTASCIIO, "rsciio:emd"),
    ("trivista-tvf/rosettasciio/linescan.tvf", ROSETTASCIIO, "rsciio:trivista"),
    ("digitalsurf/rosettasciio/test_spectral_map.sur", ROSETTASCIIO, "rsciio:digitalsurf"),
    ("hamamatsu-img/rosettasciio/xaxis_other.img", ROSETTASCIIO, "rsciio:hamamatsu"),
    ("gatan-dm3/SciFiDatasets/DMReader_EELS_STO.dm3", RELEASED, "SciFiReaders:DMReader"),
    ("gwyddion-gwy/SciFiDatasets/PTO_110_Virgin0001.gwy", RELEASED, "SciFiReaders:GwyddionReader"),
    ("igor-ibw/SciFiDatasets/IgorIBWReader_ImageStack_BTFO_DSO.ibw", RELEASED,
     "SciFiReaders:IgorIBWReader"),
    ("anasys-axz/SciFiDatasets/PEA_BDA_film.axz", RELEASED, "SciFiReaders:AxzReader"),
)  # fmt: skip


def seconds(path: Path) -> float:
    """Return the processor's seconds that reading all of a file takes."""
    started = process_time()
    for found in sidpy.read(path).values():
        found.compute()
    return process_time() - started


def main() -> None:
    warnings.simplefilter("ignore")
    folder = os.environ.get(REAL)
    if not folder:
        sys.exit(f"left out: {REAL} names no folder")
    table = Table("opening and reading whole, beside programs for the format", repeats=5)
    for name, environment, what in FILES:
        path, python = Path(folder, name), os.environ.get(environment)
        label = f"{path.name} ({what.strip(':')})"
        if not any(word in label for word in sys.argv[1:] or [""]):
            continue
        if not python or not path.is_file():
            print(f"{label} left out: {environment if not python else path} is not there")
            continue
        try:
            with peer(python) as ask:
                table.seconds(label, ours=partial(seconds, path), peer=partial(ask, what, path))
        except RuntimeError as error:
            print(f"{label} left out: {error}")
    table.finish()


if __name__ == "__main__":
    main()
