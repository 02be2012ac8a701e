"""Velox files: every X-ray where it was counted, every axis as calibrated."""

from __future__ import annotations

import numpy as np
import pytest

import SciFiReaders
import sidpy
from SciFiReaders.readers.electron import velox_events
from SciFiReaders.readers.electron.velox_emd import read_velox
from SciFiReaders.simulate.velox import write_velox
from sidpy.errors import CorruptFile, UnrecognisedFile

COUNTS = np.random.default_rng(1).poisson(0.4, (3, 4, 7, 32))
SCAN = {"scan": (4, 7)}


@pytest.fixture
def mapped(tmp_path):
    """A file with a map of 4 rows, 7 columns and 3 frames."""
    return write_velox(tmp_path / "map.emd", events=[COUNTS], metadata=SCAN)


def test_a_map_that_is_not_square_keeps_every_count_in_its_pixel(mapped):
    (dataset,) = read_velox(mapped)

    np.testing.assert_array_equal(dataset.compute(), COUNTS.sum(axis=0))
    assert dataset.data_type == sidpy.DataType.SPECTRAL_IMAGE
    assert dataset.metadata["experiment"]["number_of_frames"] == 3


def test_energies_are_those_of_the_detector_unscaled(mapped):
    (dataset,) = read_velox(mapped)

    np.testing.assert_allclose(dataset.energy_scale.values, -100 + 10.0 * np.arange(32))
    assert dataset.energy_scale.units == "eV"
    np.testing.assert_allclose(dataset.y.values, 2 * np.arange(4))
    np.testing.assert_allclose(dataset.x.values, np.arange(7))


def test_detectors_are_added(tmp_path):
    path = write_velox(tmp_path / "map.emd", events=[COUNTS, 2 * COUNTS], metadata=SCAN)

    (dataset,) = read_velox(path)

    np.testing.assert_array_equal(dataset.compute(), 3 * COUNTS.sum(axis=0))
    assert len(dataset.metadata["EDS"]["detectors"]) == 2


def test_frames_beyond_the_end_of_the_map_are_left_out(tmp_path):
    path = write_velox(tmp_path / "map.emd", events=[COUNTS], metadata=SCAN, end_frame=2)

    dataset = read_velox(path)[-1]

    np.testing.assert_array_equal(dataset.compute(), COUNTS[:2].sum(axis=0))


def test_more_counts_than_16_bits_hold(tmp_path):
    counts = np.zeros((1, 1, 1, 8), int)
    counts[..., 3] = 70_000
    path = write_velox(tmp_path / "point.emd", events=[counts])

    (dataset,) = read_velox(path)

    assert dataset.compute().tolist() == [0, 0, 0, 70_000, 0, 0, 0, 0]
    assert dataset.data_type == sidpy.DataType.SPECTRUM


@pytest.mark.parametrize(
    "region", [np.s_[2], np.s_[1:3], np.s_[::2, 3], np.s_[:, :, 5:9], np.s_[3, 6], np.s_[::-1]]
)
def test_a_part_of_a_map_counts_the_same(mapped, region, monkeypatch):
    monkeypatch.setattr(velox_events, "_PIECE", 11)  # a word of the stream at every border
    velox_events._row_starts.cache_clear()
    (dataset,) = read_velox(mapped)

    found = dataset[region].compute()

    np.testing.assert_array_equal(found, COUNTS.sum(axis=0)[region])


def test_a_stream_that_stops_early_fills_what_it_reached(tmp_path, monkeypatch):
    from SciFiReaders.simulate import velox

    words = velox.event_words(COUNTS)
    cut = len(words) // 2
    monkeypatch.setattr(velox, "event_words", lambda _: words[:cut])
    path = write_velox(tmp_path / "map.emd", events=[COUNTS], metadata=SCAN)

    (dataset,) = read_velox(path)

    pixel = np.cumsum(words[:cut] == 65535)[words[:cut] != 65535] % 28
    expected = np.zeros((28, 32), int)
    np.add.at(expected, (pixel, words[:cut][words[:cut] != 65535]), 1)
    np.testing.assert_array_equal(dataset.compute().reshape(28, 32), expected)


def test_channels_that_the_detector_does_not_have_are_damage(tmp_path):
    path = write_velox(tmp_path / "map.emd", events=[COUNTS], metadata=SCAN)
    import h5py

    with h5py.File(path, "r+") as file:
        next(iter(file["Data/SpectrumStream"].values()))["Data"][5] = 4000
    (dataset,) = read_velox(path)

    with pytest.raises(CorruptFile, match="channel 4000 of a detector with 32"):
        dataset.compute()


@pytest.mark.parametrize("version", [8, 11])
def test_images_are_called_what_the_program_showed(tmp_path, version):
    image = np.arange(12, dtype="i2").reshape(3, 4)
    path = write_velox(tmp_path / "map.emd", images={"Fe K": image}, version=version)

    (dataset,) = read_velox(path)

    assert dataset.title == "Fe K"
    assert dataset.original_metadata["Velox"]["version"] == str(version)
    np.testing.assert_array_equal(dataset.compute(), image)


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "u4", "f4", "f8", "c8"])
def test_pixels_of_every_type(tmp_path, kind):
    image = np.arange(12).reshape(3, 4).astype(kind)
    stored = image.view([("real", "f4"), ("imag", "f4")]) if kind == "c8" else image
    path = write_velox(tmp_path / "image.emd", images={"a": stored})

    (dataset,) = read_velox(path)

    assert dataset.dtype == np.dtype(kind)
    np.testing.assert_array_equal(dataset.compute(), image)


def test_a_transform_has_reciprocal_axes(tmp_path):
    image = np.zeros((3, 4), "f4")
    more = {"units": "1/m", "pixel": (2e8, 1e8), "offset": (-3e8, -2e8)}
    path = write_velox(tmp_path / "image.emd", images={"FFT": image}, metadata=more)

    (dataset,) = read_velox(path)

    np.testing.assert_allclose(dataset.y.values, [-0.3, -0.1, 0.1])
    assert dataset.x.units == "1/nm"
    assert dataset.x.dimension_type == sidpy.DimensionType.RECIPROCAL


def test_a_frame_of_a_stack_reads_alone_and_backwards(tmp_path):
    stack = np.arange(60, dtype="u2").reshape(3, 4, 5)
    path = write_velox(tmp_path / "stack.emd", images={"a": stack})

    (dataset,) = read_velox(path)

    np.testing.assert_array_equal(dataset[1].compute(), stack[1])
    np.testing.assert_array_equal(dataset[::-1, 1:3, ::-2].compute(), stack[::-1, 1:3, ::-2])
    np.testing.assert_allclose(dataset.frame.values, [0, 0.5, 1.0])


def test_the_class_has_the_options_of_the_released_package(tmp_path):
    stack = np.arange(84, dtype="u2").reshape(3, 4, 7)
    path = write_velox(
        tmp_path / "both.emd", images={"HAADF": stack}, events=[COUNTS], metadata=SCAN
    )
    reader = SciFiReaders.EMDReader

    both = reader(path).read()
    summed = reader(str(path), sum_frames=True, no_eds=True).read()
    words = reader(path).read(eds_stream=True)["Channel_001"]

    assert list(both) == ["Channel_000", "Channel_001"]
    assert both["Channel_000"].data_type == sidpy.DataType.IMAGE_STACK
    assert both["Channel_001"].shape == (4, 7, 16)
    np.testing.assert_array_equal(
        both["Channel_001"].compute(), COUNTS.sum(0).reshape(4, 7, 16, 2).sum(-1)
    )
    np.testing.assert_allclose(both["Channel_001"].energy_scale.values[:2], [-95, -75])
    np.testing.assert_array_equal(summed["Channel_000"].compute(), stack.sum(0))
    assert len(summed) == 1
    assert words.shape[1] == 1
    assert reader(path).can_read()


def test_the_class_refuses_what_is_no_hdf5(tmp_path):
    path = tmp_path / "image.emd"
    path.write_bytes(b"no such thing" * 100)

    with pytest.raises(TypeError, match="not HDF5"):
        SciFiReaders.EMDReader(path)
    with pytest.raises(FileNotFoundError):
        SciFiReaders.EMDReader(tmp_path / "absent.emd")


def test_other_hdf5_files_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "other.emd"
    with h5py.File(path, "w") as file:
        file["numbers"] = [1, 2]

    with pytest.raises(UnrecognisedFile, match="not a Velox file"):
        read_velox(path)


@pytest.mark.vendor
def test_facts_of_the_released_package(vendor_data):
    folder = vendor_data / "emd-velox" / "SciFiDatasets"
    image = SciFiReaders.EMDReader(folder / "EMDReader_Image_FEI.emd").read()["Channel_000"]
    pair = SciFiReaders.EMDReader(folder / "EMDReader_SpectrumImage_Si.emd").read()

    assert (image.shape, image.units, image.quantity) == ((512, 512), "counts", "intensity")
    assert (int(image[10, 10].compute()), int(image[100, 100].compute())) == (9190, 9191)
    assert [d.data_type.name for d in pair.values()] == ["IMAGE_STACK", "SPECTRAL_IMAGE"]
    assert hasattr(pair["Channel_001"], "energy_scale")
    assert int(pair["Channel_001"].compute().sum()) == 6564


@pytest.mark.vendor
def test_streams_add_up_to_the_spectra_that_were_stored(vendor_data):
    """The program's own sums are the proof of the decoding."""
    path = vendor_data / "emd-velox" / "pycroscopy" / "EDS-STO.emd"
    reader = SciFiReaders.EMDReader(path)
    stored = {d.title: d.compute() for d in reader.get_eds_spectrum()}
    streams = [d.compute()[:, 0] for d in reader.get_eds(eds_stream=True)]
    counted = sum(np.bincount(words, minlength=4096) for words in streams)

    np.testing.assert_array_equal(counted, stored["SuperXG2"])
