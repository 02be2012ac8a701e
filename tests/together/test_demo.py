"""The main job: a vendor's file becomes a picture and one HDF5 file with results and history."""

import importlib
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
from repository import ROOT

import sidpy
from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from SciFiReaders.simulate.specimen import lattice_image, spectrum_image

EXAMPLES = ROOT / "examples"
SAMPLE = EXAMPLES / "data" / "lattice.dm4"
NM = DMAxis(0.1, units="nm")

#: One real file of each format and kind of data that can be read.
VENDOR_FILES = [
    "gatan-dm3/rosettasciio/2D/multi_signal.dm3",
    "gatan-dm3/SciFiDatasets/DMReader_EELS_STO.dm3",
    "gatan-dm3/SciFiDatasets/DMReader_SpectrumImage_SI-EELS.dm3",
    "gatan-dm4/rosettasciio/2D/test_fft_packed_complex8.dm4",
    "gatan-dm5/nionswift-io/ref_F_1_2.dm5",
    "igor-ibw/SciFiDatasets/IgorIBWReader_ForceCurve.ibw",
    "igor-ibw/SciFiDatasets/IgorIBWReader_ImageStack_BTFO_DSO.ibw",
    "nanonis-sxm/pynxtools-spm/Au_mica_2023_Y_A_diPAMY_195.sxm",
    "gwyddion-gsf/SciFiDatasets/GwiddionReader_chip.gsf",
    "gwyddion-gwy/SciFiDatasets/PTO_110_Virgin0001.gwy",
]


@pytest.fixture
def demo(monkeypatch):
    """The script of the demonstration as a module."""
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module("demo")


def test_the_sample_is_what_its_script_writes(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(EXAMPLES)
    made = importlib.import_module("make_sample").make(tmp_path / "lattice.dm4")

    assert made.read_bytes() == SAMPLE.read_bytes()
    assert SAMPLE.stat().st_size < 200_000


def test_the_sample_becomes_a_picture_and_atoms_with_their_history(tmp_path, request):
    # every warning is an error, except what this test session itself was told to ignore
    filters = ["error", *(request.config.getoption("pythonwarnings") or [])]
    folder = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, *(f"-W{one}" for one in filters),
         EXAMPLES / "demo.py", "--output", folder],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    for words in ("HAADF of SrTiO3", "atoms in", "Measurement_000/", "refine_atoms", "lattice.h5"):
        assert words in done.stdout
    assert {file.name for file in folder.iterdir()} == {"lattice.png", "lattice.h5"}
    check_picture(folder / "lattice.png")
    check_atoms(sidpy.read(folder / "lattice.h5"))


def check_picture(picture):
    """Small enough for a README, wide, and in colour."""
    pixels = matplotlib.image.imread(picture)
    assert picture.stat().st_size < 400_000
    assert pixels.shape[1] > pixels.shape[0] > 500
    assert np.ptp(pixels[..., :3], axis=2).max() > 0.5


def check_atoms(stored):
    """The raw image, and every atom that the simulator put well inside of it."""
    raw = sidpy.read(SAMPLE)["Channel_000"]
    np.testing.assert_array_equal(stored["Channel_000"].compute(), raw.compute())
    truth = lattice_image((256, 256), dose=400.0, seed=7).atoms
    truth = truth[np.all((truth > 8) & (truth < 247), axis=1)]
    assert stored["atoms"].metadata["atoms"]["columns"][:2] == ["row", "column"]
    found = stored["atoms"].compute()[:, :2]
    distance = np.linalg.norm(truth[:, None] - found[None], axis=2).min(axis=1)
    assert len(distance) > 250
    assert np.median(distance) < 0.1
    assert distance.max() < 0.5
    functions = [step.function for step in stored["atoms"].history]
    assert functions.index("sidpy.read") < functions.index("pycroscopy.image.refine_atoms")


def test_a_spectral_image_is_decomposed(demo, tmp_path, capsys):
    simulated = spectrum_image((16, 20), channels=64)
    path = write_dm(
        tmp_path / "map.dm4",
        DMImage(
            np.moveaxis(simulated.data, 2, 0).copy(),
            "EELS map",
            [DMAxis(1.0, 500.0, "eV"), NM, NM],
            DMAxis(units="counts"),
        ),
    )
    assert demo.main([str(path), "--output", str(tmp_path / "out")]) == 0

    assert "components hold" in capsys.readouterr().out
    stored = sidpy.read(tmp_path / "out" / "map.h5")
    assert list(stored)[:3] == ["Channel_000", "abundances", "components"]
    assert stored["abundances"].shape[:2] == (16, 20)
    assert (tmp_path / "out" / "map.png").is_file()


OTHERS = {
    "curve": DMImage(np.arange(50.0, dtype="f4"), "a curve", [DMAxis(1.0, units="eV")]),
    "wide image": DMImage(np.eye(40, dtype="f4"), "wide", [DMAxis(1.0, units="µm")] * 2),
    "stack": DMImage(np.ones((3, 20, 20), "u2"), "frames", [DMAxis(1.0, units="s"), NM, NM]),
    "complex image": DMImage(np.ones((20, 20), "c8"), "wave", [NM, NM]),
    "small image": DMImage(np.ones((2, 3), "f4"), "small", [NM, NM]),
    "flat image": DMImage(np.ones((32, 32), "f4"), "nothing in it", [NM, NM]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_anything_else_is_drawn_and_stored(name, demo, tmp_path):
    path = write_dm(tmp_path / "other.dm4", OTHERS[name])
    assert demo.main([str(path), "--output", str(tmp_path / "out")]) == 0

    stored = sidpy.read(tmp_path / "out" / "other.h5")
    np.testing.assert_array_equal(
        stored["Channel_000"].compute(), sidpy.read(path)["Channel_000"].compute()
    )
    assert (tmp_path / "out" / "other.png").is_file()


@pytest.mark.vendor
@pytest.mark.parametrize("name", VENDOR_FILES)
def test_real_files_go_all_the_way(name, demo, tmp_path, vendor_data):
    assert demo.main([str(vendor_data / name), "--output", str(tmp_path)]) == 0

    (stored,) = tmp_path.glob("*.h5")
    (picture,) = tmp_path.glob("*.png")
    raw = sidpy.read(vendor_data / name)
    kept = sidpy.read(stored)
    for key, dataset in raw.items():
        np.testing.assert_array_equal(kept[key].compute(), dataset.compute())
        assert kept[key]._axes == dataset._axes
    assert picture.stat().st_size > 1000


def test_a_file_nobody_knows_is_one_line(demo, tmp_path, capsys):
    stranger = tmp_path / "notes.txt"
    stranger.write_text("no microscope wrote this", "utf-8")

    assert demo.main([str(stranger), "--output", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.startswith("demo: ")
