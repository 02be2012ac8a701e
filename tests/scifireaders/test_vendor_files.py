"""Every real file of a format we read: right, or refused in our own words."""

from __future__ import annotations

import hashlib
import os
from contextlib import nullcontext
from pathlib import Path

import judging
import numpy as np
import pytest

import sidpy
from SciFiReaders.plugin import sidpy_readers
from sidpy.errors import MissingDependency, ReaderError, SidpyWarning
from sidpy.plugins.requirements import missing

pytestmark = pytest.mark.vendor

#: Files whose reference rests on a single reader that is wrong; each has a test of its own.
DISPUTED = {
    "image/rosettasciio/renishaw_wire.jpg": "its place is that of a corner, not of a pixel",
    "igor-ibw/SciFiDatasets/20230110-152047_ScV6Sn6-2023-01-10-STM_NANOPROBE_AtomManipulation"
    "--37_1-I 3_Backward_Down.ibw": "the reference lies as the wave does, [x, y]",
    "mrc/rosettasciio/20241021_00405_movie.mrc": "1 nm and 1/nm are in no file beside it",
    "emd-prismatic/rosettasciio/Si100_1x1x3-zStart6.7875.emd": "its depths are known",
    "quadstar/rosettasciio/1-200amu-3cycles.sbc": "times of its cycles have fractions of a second",
    "quadstar/rosettasciio/1-50amu-2cycles.sbc": "times of its cycles have fractions of a second",
    "quadstar/rosettasciio/10-50amu-2cycles.sbc": "times of its cycles have fractions of a second",
    "quadstar/rosettasciio/airdemo.sac": "its cycles are not at equal distances",
    "trivista-tvf/rosettasciio/linescan.tvf": "its stage counts in units that it does not tell",
    "nanomegas-app5/rosettasciio/topspin_test_C.app5": "x of an image has the offset of its Y",
    "princeton-spe2/xylib/1d-1.spe": "its header says that the axis is in nm",
    "princeton-spe2/xylib/1d-3.spe": "its header says that the axis is in nm",
    "delmic-h5/rosettasciio/sparc-hyperspectral-spot.h5": "its wavelengths are not regular",
    "delmic-h5/rosettasciio/sparc-streak-camera-spot.h5": "its wavelengths are not regular",
    "jeol/rosettasciio/InvalidFrame/Sample/00_Dummy-Data/Dummy-Data_0000007.pts": "not empty",
    "jeol/rosettasciio/InvalidFrame/dummy2.ASW": "one of its maps is not empty",
    "gatan-dm4/rosettasciio/2D/test_fft_packed_complex8.dm4": "one column of five is lost",
    "tiff/rosettasciio/olympus_SIS.tif": "its pixel is rounded to 15 decimals of a metre",
}

#: Files that are read, with a warning.
WARNED = {
    "anfatec-pifm/SciFiDatasets/PiFM/MAPIold_0012.txt": "not beside it: MAPIold_0012ScanSensor",
}


def _folder() -> Path:
    default = Path(__file__).resolve().parents[3] / "shared" / "vendor-data"
    return Path(os.environ.get("SIDPY_VENDOR_DATA", default))


def _is_read(record):
    """Whether there is a reader: folders are named like formats, ``gatan-dm3``."""
    installed = [spec for spec in sidpy_readers() if not missing(spec.requires)]
    formats = {spec.format.replace(".", "-") for spec in installed}
    folder = record["file"].partition("/")[0]
    return bool({folder, folder.rstrip("0123456789")} & formats)


RECORDS = (
    [record for record in judging.records(_folder()) if _is_read(record)]
    if (_folder() / "expected.json").exists()
    else []
)


def _params(*expectations):
    chosen = [record for record in RECORDS if record["expect"] in expectations]
    return [pytest.param(record, id=record["file"]) for record in chosen]


def _fingerprint(path):
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return [(p, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files]


@pytest.mark.filterwarnings("ignore::sidpy.errors.SidpyWarning")  # of scans that stopped early
@pytest.mark.parametrize("record", _params("read"))
def test_a_real_file_is_read_right(record, vendor_data):
    path = vendor_data / record["file"]
    before = _fingerprint(path)

    words = WARNED.get(record["file"])
    with pytest.warns(SidpyWarning, match=words) if words else nullcontext():
        datasets = sidpy.read(path)

    assert _judged(record, datasets) == []
    assert _fingerprint(path) == before


def _judged(record, datasets):
    """Return what differs from the reference; a library that is not there is a reason to skip."""
    if record["file"] in DISPUTED:
        return []
    try:
        return judging.judge(record, datasets.values())
    except MissingDependency as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("record", _params("refuse"))
def test_a_damaged_file_is_refused_by_name(record, vendor_data):
    path = vendor_data / record["file"]

    with pytest.raises(ReaderError) as caught:
        sidpy.read(path)

    assert path.name in str(caught.value)


@pytest.mark.parametrize("record", _params("unspecified"))
def test_a_file_without_reference_is_read_or_refused(record, vendor_data):
    path = vendor_data / record["file"]
    datasets, refusal = {}, None

    try:
        datasets = sidpy.read(path)
    except ReaderError as error:
        refusal = str(error)

    assert all(np.asarray(d.compute()).size for d in datasets.values())
    assert datasets if refusal is None else path.name in refusal
