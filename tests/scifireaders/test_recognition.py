"""Formats are known by their content: names may lie, and the host is told the truth."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import h5py
import numpy as np
import pytest

import SciFiReaders
import sidpy
from SciFiReaders.ingestor import ingest
from SciFiReaders.simulate.dm4 import DMImage, write_dm
from SciFiReaders.simulate.mrc import write_mrc
from sidpy.errors import ReaderError


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", ["scan.dm4", "scan.dm3", "scan.sxm", "scan"])
def test_gatan_files_are_known_by_their_first_bytes(tmp_path, version, order, name):
    data = np.arange(6, dtype="i2").reshape(2, 3)
    path = write_dm(tmp_path / name, DMImage(data, "scan"), version=version, order=order)

    datasets = sidpy.read(path)

    assert list(datasets) == ["Channel_000"]
    np.testing.assert_array_equal(datasets["Channel_000"].compute(), data)
    assert ingest(path)["Channel_000"].title == "scan"


def test_dm5_is_told_from_other_hdf5(tmp_path):
    other = tmp_path / "other.dm5"
    with h5py.File(other, "w") as file:
        file["measurement"] = np.zeros(3)

    with pytest.raises(ReaderError, match=r"other\.dm5"):
        sidpy.read(other)


@pytest.mark.parametrize(
    "content", [b"", b"text\n" * 100, bytes(5000)], ids=["empty", "text", "0"]
)
def test_a_good_name_does_not_make_a_file(tmp_path, content):
    path = tmp_path / "scan.dm4"
    path.write_bytes(content)

    with pytest.raises(ReaderError, match=r"scan\.dm4"):
        sidpy.read(path)


def test_all_readers_are_the_exported_classes():
    from SciFiReaders import readers
    from SciFiReaders.readers import all_readers

    assert SciFiReaders.DMReader in all_readers
    assert all(issubclass(reader, sidpy.Reader) for reader in all_readers)
    assert {reader.__name__ for reader in all_readers} <= set(SciFiReaders.__all__)
    assert [getattr(readers, reader.__name__) for reader in all_readers] == all_readers
    with pytest.raises(AttributeError, match="no attribute 'NoReader'"):
        _ = readers.NoReader


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("afm.bruker_nano", ["BrukerAFMReader"]),
        ("afm.gwyddion", ["GwyddionReader"]),
        ("afm.igor_ibw", ["IgorIBWReader", "IgorMatrixReader"]),
        ("afm.wsxm", ["WSxM1DReader", "WSxM2DReader", "WSxM3DReader"]),
        ("stm.nanonis_3ds", ["Nanonis3dsReader"]),
        ("stm.nanonis_dat", ["NanonisDatReader"]),
        ("stm.nanonis_sxm", ["NanonisSXMReader"]),
        ("stm.omicron_asc", ["AscReader"]),
    ],
)
def test_readers_of_probe_microscopes_are_at_their_old_addresses(address, names):
    module = import_module(f"SciFiReaders.readers.microscopy.spm.{address}")

    assert [getattr(module, name) for name in names] == [
        getattr(SciFiReaders, name) for name in names
    ]


def test_importing_the_package_and_its_plugin_imports_no_reader():
    code = (
        "import sys, SciFiReaders, SciFiReaders.plugin\n"
        "SciFiReaders.plugin.sidpy_readers()\n"
        "heavy = ('dask', 'h5py', 'scipy', 'matplotlib', 'pint', 'igor2')\n"
        "print([m for m in sys.modules if m in heavy or m.startswith('SciFiReaders.readers.')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("columns", [2, 3, 5, 6])
def test_an_old_mrc_of_few_columns_is_no_igor_wave(tmp_path, columns):
    data = np.arange(4 * 3 * columns, dtype="u2").reshape(4, 3, columns)
    path = write_mrc(tmp_path / "old.mrc", data)
    raw = bytearray(path.read_bytes())
    raw[208:216] = bytes(8)  # before MRC2000 there was no MAP; 5 columns begin as an Igor wave
    path.write_bytes(raw)

    assert sidpy.explain(path).chosen == "SciFiReaders.mrc_old"
    np.testing.assert_array_equal(sidpy.read(path)["Channel_000"].compute(), data)
