"""Formats of an installed BioIO: offered behind our own, imported when used."""

from __future__ import annotations

import sys
import types
from types import SimpleNamespace

import numpy as np
import pytest

from SciFiReaders.formats import bioio
from SciFiReaders.readers.generic.bioimages import read_bioimage
from sidpy.errors import CorruptFile, MissingDependency

DATA = np.arange(2 * 2 * 3 * 4 * 5).reshape(2, 2, 3, 4, 5)


class BioImage:
    """What the library's class of this name answers."""

    scenes = ("one", "two")
    dims = SimpleNamespace(order="TCZYX")
    channel_names = ("red", "green")
    metadata = "<xml/>"
    scale = SimpleNamespace(T=0.5, C=None, Z=2.0, Y=0.25, X=0.5)
    dimension_properties = SimpleNamespace(
        **{name: SimpleNamespace(unit="micrometer") for name in "ZYX"},
        T=SimpleNamespace(unit=None),
    )

    def __init__(self, path):
        if "bad" in path:
            msg = "no header"
            raise ValueError(msg)

    def set_scene(self, scene):
        self.scene = scene

    def get_image_dask_data(self, order):
        import dask.array as da

        assert order == "TCZYX"
        return da.from_array(DATA + 1000 * self.scenes.index(self.scene))


@pytest.fixture
def library(monkeypatch):
    module = types.ModuleType("bioio")
    module.BioImage = BioImage
    monkeypatch.setitem(sys.modules, "bioio", module)


def test_scenes_and_channels_are_datasets(library, tmp_path):
    found = read_bioimage(tmp_path / "cells.lif")

    assert [one.title for one in found] == [
        "cells one red", "cells one green", "cells two red", "cells two green"
    ]  # fmt: skip
    np.testing.assert_array_equal(found[3].compute(), DATA[:, 1] + 1000)
    axes = [(a.name, a.units, a.values[1]) for a in found[0]._axes.values()]
    # nobody says what the times are counted in
    assert axes == [
        ("time", "generic", 1), ("z", "µm", 2.0), ("y", "µm", 0.25), ("x", "µm", 0.5)
    ]  # fmt: skip


def test_what_it_raises_becomes_one_family(library, monkeypatch, tmp_path):
    with pytest.raises(CorruptFile, match="ValueError: no header"):
        read_bioimage(tmp_path / "bad.lif")

    monkeypatch.setitem(sys.modules, "bioio", None)
    with pytest.raises(MissingDependency, match=r"SciFiReaders\[bioio\]"):
        read_bioimage(tmp_path / "cells.lif")


def test_only_what_is_installed_and_not_ours_is_offered(monkeypatch):
    there = {"bioio", "bioio_lif", "bioio_nd2"}
    monkeypatch.setattr(bioio, "find_spec", lambda name: object() if name in there else None)

    (spec,) = bioio.readers(["nikon.nd2"])

    assert (spec.name, spec.support, spec.priority) == ("bioio.lif", "adapter", -100)
    there.remove("bioio")
    assert bioio.readers([]) == ()


@pytest.mark.filterwarnings("ignore")  # of the library
def test_a_real_library_reads_what_we_read(tmp_path):
    pytest.importorskip("bioio_ome_tiff")
    tifffile = pytest.importorskip("tifffile")
    data = np.arange(6 * 35, dtype="u2").reshape(2, 3, 5, 7)
    notes = {"axes": "CZYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25, "PhysicalSizeZ": 2.0}
    names = {"Channel": {"Name": ["red", "green"]}}
    tifffile.imwrite(tmp_path / "cells.ome.tif", data, metadata={**notes, **names})

    red, green = read_bioimage(tmp_path / "cells.ome.tif")

    np.testing.assert_array_equal(red.compute(), data[0])
    np.testing.assert_array_equal(green.compute(), data[1])
    assert [one.title.rpartition(" ")[2] for one in (red, green)] == ["red", "green"]
    # its reader says how large a pixel is, and not in what
    assert red.original_metadata["scale"] == {"Z": 2.0, "Y": 0.25, "X": 0.5}
    assert {axis.units for axis in red._axes.values()} == {"generic"}
