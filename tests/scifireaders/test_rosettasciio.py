"""Formats of an installed RosettaSciIO: offered behind our own, imported when used."""

from __future__ import annotations

import subprocess
import sys
import types

import numpy as np
import pytest

import sidpy
from SciFiReaders.formats import rosettasciio
from SciFiReaders.readers.generic.rosettasciio import read_signals
from sidpy.errors import CorruptFile, MissingDependency

SPECTRUM = {
    "data": np.arange(12.0).reshape(3, 4),
    "axes": [
        {"name": "x", "units": "nm", "scale": 2.0, "offset": 1.0, "size": 3, "navigate": True,
         "index_in_array": 0},
        {"name": "Energy", "units": "eV", "axis": [0.0, 1.0, 3.0, 7.0], "navigate": False,
         "index_in_array": 1},
    ],
    "metadata": {
        "General": {"title": "line scan"},
        "Signal": {"quantity": "X-rays (Counts)", "signal_type": "EDS_SEM"},
        "Acquisition_instrument": {"SEM": {"beam_energy": 15.0}},
    },
    "original_metadata": {"raw": np.float32(2.5), "bytes": b"abc", 3: np.arange(3)},
}  # fmt: skip


@pytest.fixture
def library(monkeypatch):
    """A module that answers as those of the library do, `found` being what it reads."""
    module = types.ModuleType("rsciio.edax")
    module.calls = []
    module.found = [SPECTRUM]

    def file_reader(filename, lazy=False, **options):
        module.calls.append((filename, lazy, options))
        if isinstance(module.found, Exception):
            raise module.found
        return module.found

    module.file_reader = file_reader
    monkeypatch.setitem(sys.modules, "rsciio", types.ModuleType("rsciio"))
    monkeypatch.setitem(sys.modules, "rsciio.edax", module)
    return module


def test_signals_become_datasets_with_their_axes(library, tmp_path):
    (dataset,) = read_signals(tmp_path / "line.spd", module="edax", navigation="auto")

    assert library.calls == [(str(tmp_path / "line.spd"), True, {"navigation": "auto"})]
    np.testing.assert_array_equal(dataset.compute(), SPECTRUM["data"])
    assert (dataset.title, dataset.units, dataset.quantity) == ("line scan", "Counts", "X-rays")
    assert dataset.source == "rosettasciio.edax"
    assert dataset._axes[0].values.tolist() == [1.0, 3.0, 5.0]
    assert dataset._axes[1].values.tolist() == [0.0, 1.0, 3.0, 7.0]
    assert dataset._axes[1].units == "eV"
    assert dataset.data_type is sidpy.DataType.SPECTRAL_IMAGE
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 15e3
    original = dataset.original_metadata["original_metadata"]
    assert original == {"raw": 2.5, "bytes": "abc", "3": [0, 1, 2]}


@pytest.mark.parametrize(
    ("raised", "error", "words"),
    [
        (ValueError("no header"), CorruptFile, "ValueError: no header"),
        (
            ImportError("no sparse", name="sparse"),
            MissingDependency,
            r"SciFiReaders\[rosettasciio\]",
        ),
    ],
)
def test_what_it_raises_becomes_one_family(library, tmp_path, raised, error, words):
    library.found = raised

    with pytest.raises(error, match=words):
        read_signals(tmp_path / "line.spd", module="edax")


def test_nothing_is_offered_that_is_not_installed(monkeypatch):
    monkeypatch.setattr(rosettasciio, "find_spec", lambda name: None)

    assert rosettasciio.readers([]) == ()


def test_formats_that_we_read_are_left_to_us(monkeypatch):
    monkeypatch.setattr(rosettasciio, "find_spec", lambda name: object())

    specs = rosettasciio.readers(["edax.spd"])

    assert "rosettasciio.edax" not in {spec.name for spec in specs}
    assert {spec.support for spec in specs} == {"adapter"}
    assert max(spec.priority for spec in specs) == -100


# --- with the library itself ----------------------------------------------------------


def test_every_format_of_the_library_is_ours_or_offered():
    rsciio = pytest.importorskip("rsciio")
    #: Its modules for what we read under another name.
    ours = {
        "blockfile", "digitalmicrograph", "emd", "empad", "hspy", "image", "mrc", "msa", "nexus",
        "numpy", "quantumdetector", "renishaw", "tia", "tiff", "tvips", "usid", "zspy",
    }  # fmt: skip

    modules = {plugin["api"].rpartition(".")[2] for plugin in rsciio.IO_PLUGINS}

    assert modules - ours == {module for module, *_ in rosettasciio.FORMATS}


def test_listing_formats_does_not_import_it():
    pytest.importorskip("rsciio")
    code = (
        "import sys; from SciFiReaders.plugin import sidpy_readers\n"
        "names = [spec.name for spec in sidpy_readers()]\n"
        "print(any(n.startswith('rosettasciio.') for n in names), 'rsciio' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )

    assert done.stdout.split() == ["True", "False"]


@pytest.mark.vendor
@pytest.mark.filterwarnings("ignore")  # of the library
@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("trivista", "trivista-tvf"), ("quadstar", "quadstar"), ("phenom", "phenom-elid"),
        ("hamamatsu", "hamamatsu-img"), ("digitalsurf", "digitalsurf"),
    ],
)  # fmt: skip
def test_real_files_are_read_through_the_library(vendor_data, module, file):
    pytest.importorskip("rsciio")
    import judging

    record = next(
        one for one in judging.records(vendor_data)
        if one["file"].startswith(file + "/") and one["expect"] == "read"
    )  # fmt: skip

    datasets = read_signals(vendor_data / record["file"], module=module)

    shapes = [tuple(n for n in d.shape if n > 1) for d in datasets]
    wanted = [tuple(n for n in d["shape"] if n > 1) for d in record["datasets"]]
    assert any(sorted(shape) == sorted(wanted[0]) for shape in shapes)
    assert all(np.asarray(d.compute()).size for d in datasets)
