"""Data items of Nion Swift: axes as calibrated, arrays mapped inside the zip."""

from __future__ import annotations

import numpy as np
import pytest
from made.nion import CUBE, EV, NM, NOTES, write_ndata, write_nion_h5

import SciFiReaders
import sidpy
from SciFiReaders.readers.electron.nion import read_h5, read_ndata
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile


@pytest.mark.parametrize("kind", ["ndata", "h5"])
def test_a_map_of_spectra(tmp_path, kind):
    write = write_ndata if kind == "ndata" else write_nion_h5
    path = write(tmp_path / f"edge.{kind}")

    (dataset,) = SciFiReaders.NionReader(path).read().values()

    np.testing.assert_array_equal(dataset.compute(), CUBE)
    np.testing.assert_allclose(dataset.y.values, [-4, -2, 0])
    np.testing.assert_allclose(dataset.x.values, 1 + 0.25 * np.arange(4))
    np.testing.assert_allclose(dataset.energy_loss.values, 100 + 0.5 * np.arange(5))
    assert (dataset.title, dataset.source) == ("edge", "NionReader")
    assert dataset.data_type == sidpy.DataType.SPECTRAL_IMAGE
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 60000


def test_the_class_has_the_methods_of_the_released_package(tmp_path):
    reader = SciFiReaders.NionReader(write_ndata(tmp_path / "a.ndata"))
    other = sidpy.Dataset.from_array(CUBE)

    reader.set_data_type(other)

    np.testing.assert_array_equal(reader.data, CUBE)
    assert [d.name for d in reader.get_dimensions().values()] == ["y", "x", "energy_loss"]
    assert other.data_type == sidpy.DataType.SPECTRAL_IMAGE
    assert reader.extract_crucial_metadata(0)["acceleration_voltage"] == 60000
    assert reader.tags["title"] == "edge"
    assert reader.can_read()


@pytest.mark.parametrize("kind", ["u1", "i2", ">u4", "f8", "c8"])
@pytest.mark.parametrize("order", "CF")
def test_arrays_of_every_type_and_order(tmp_path, kind, order):
    data = np.array(CUBE, dtype=kind, order=order)

    (dataset,) = read_ndata(write_ndata(tmp_path / "a.ndata", data))

    np.testing.assert_array_equal(dataset.compute(), CUBE)
    np.testing.assert_array_equal(dataset[1, 2].compute(), CUBE[1, 2])


@pytest.mark.parametrize(
    ("counts", "shape", "kind", "names"),
    [
        ((True, 0, 2), (2, 3, 4), "IMAGE_STACK", ["frame", "y", "x"]),
        ((False, 2, 2), (2, 3, 4, 5), "IMAGE_4D", ["y", "x", "v", "u"]),
        ((False, 0, 2), (3, 4), "IMAGE", ["y", "x"]),
        ((False, 0, 1), (4,), "LINE_PLOT", ["x"]),
    ],
)
def test_what_the_axes_are(tmp_path, counts, shape, kind, names):
    words = ("is_sequence", "collection_dimension_count", "datum_dimension_count")
    notes = dict(zip(words, counts, strict=True))
    path = write_ndata(tmp_path / "a.ndata", np.zeros(shape), notes)

    (dataset,) = read_ndata(path)

    assert dataset.data_type.name == kind
    assert [dataset._axes[i].name for i in range(len(shape))] == names
    assert dataset.title == "a"


def test_colours_are_turned_around(tmp_path):
    notes = {**NOTES, "collection_dimension_count": 0, "datum_dimension_count": 2}
    data = np.arange(24, dtype="u1").reshape(2, 3, 4)

    (dataset,) = read_ndata(write_ndata(tmp_path / "a.ndata", data, notes))

    np.testing.assert_array_equal(dataset.compute(), data[..., [2, 1, 0, 3]])


def test_a_calibration_of_the_numbers_is_kept_and_not_applied(tmp_path):
    way = {"offset": 5.0, "scale": 2.0, "units": "e"}
    notes = {**NOTES, "intensity_calibration": way}

    (dataset,) = read_h5(write_nion_h5(tmp_path / "a.h5", notes=notes))

    np.testing.assert_array_equal(dataset.compute(), CUBE)
    assert dataset.metadata["intensity"] == {"offset": 5.0, "scale": 2.0}


def test_old_files_have_a_list_of_sources(tmp_path):
    inner = {"dimensional_calibrations": [NM, NM, EV]}
    notes = {"title": "old", "data_sources": [inner]}

    (dataset,) = read_ndata(write_ndata(tmp_path / "a.ndata", notes=notes))

    assert dataset.title == "old"
    assert dataset.energy_loss.units == "eV"


def test_a_packed_archive_is_read_all_the_same(tmp_path):
    packed, plain = (write_ndata(tmp_path / f"{i}.ndata", packed=bool(i)) for i in (1, 0))

    for one, other in zip(read_ndata(packed), read_ndata(plain), strict=True):
        np.testing.assert_array_equal(one.compute(), other.compute())


def test_foreign_and_damaged_files_are_named(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "other.ndata", "w") as archive:
        archive.writestr("words.txt", "words")
    (tmp_path / "text.ndata").write_bytes(b"text" * 50)
    objects = write_ndata(tmp_path / "objects.ndata", np.array([{}, None], dtype=object))
    broken = write_ndata(tmp_path / "broken.ndata")
    broken.write_bytes(broken.read_bytes().replace(b"NUMPY", b"DUMPY"))

    for name in ("other", "text"):
        with pytest.raises(UnrecognisedFile):
            read_ndata(tmp_path / f"{name}.ndata")
    with pytest.raises(UnsupportedFile):
        read_ndata(objects)
    with pytest.raises(CorruptFile, match="no readable header"):
        read_ndata(broken)
    with pytest.raises(TypeError):
        SciFiReaders.NionReader(tmp_path / "text.ndata").read()
    with pytest.raises(FileNotFoundError):
        SciFiReaders.NionReader(tmp_path / "absent.ndata")
