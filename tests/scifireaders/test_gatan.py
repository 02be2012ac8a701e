"""Gatan DM3, DM4: what the writer wrote is what the readers find, labels included."""

from __future__ import annotations

import pickle
from pathlib import Path

import judging
import numpy as np
import pytest

import SciFiReaders
import sidpy
from SciFiReaders.readers.electron.gatan_dm import read_dm
from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from sidpy.errors import SidpyDeprecationWarning

VARIANTS = [(3, "<"), (3, ">"), (4, "<"), (4, ">")]
variants = pytest.mark.parametrize(
    ("version", "order"), VARIANTS, ids=[f"dm{v} {o}" for v, o in VARIANTS]
)

NUMBERS = ["i2", "f4", "c8", "u1", "i4", "i1", "u2", "u4", "f8", "c16", "?", "i8", "u8"]

EELS = {"Meta Data": {"Format": "Spectrum image", "Signal": "EELS"}}
NM = DMAxis(0.5, 1.0, "nm")
EV = DMAxis(0.25, 350.0, "eV")


def _numbers(kind, shape):
    """Numbers that fill the range of a type, so that a wrong sign or byte order shows."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 256, (*shape, np.dtype(kind).itemsize), "u1").view(kind)[..., 0]


def _number(kind, shape):
    if np.dtype(kind).kind in "fc":
        rng = np.random.default_rng(3)
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(kind)
    return _numbers(kind, shape) if kind != "?" else _numbers("u1", shape) > 127


def _read(folder, *images, **options):
    return read_dm(write_dm(Path(folder, "scan.dm4"), images, **options))


def _names(dataset):
    return [dimension.name for dimension in dataset._axes.values()]


@pytest.mark.filterwarnings("ignore:Casting complex")
@pytest.mark.parametrize("kind", NUMBERS)
@variants
def test_every_type_of_number_comes_back(tmp_path, kind, version, order):
    if np.dtype(kind).kind == "f":
        data = _number("c16", (5, 7)).real.astype(kind)
    else:
        data = _number(kind, (5, 7))

    (dataset,) = _read(tmp_path, DMImage(data), version=version, order=order)

    assert dataset.dtype.newbyteorder("=") == np.dtype(kind)
    np.testing.assert_array_equal(dataset.compute(), data)


@variants
def test_colours_come_in_the_order_red_green_blue_alpha(tmp_path, version, order):
    colours = np.random.default_rng(1).integers(0, 256, (3, 5, 4), dtype="u1")
    options = {"version": version, "order": order}

    (rgba,) = _read(tmp_path, DMImage(colours, data_type=23), **options)
    np.testing.assert_array_equal(rgba.compute(), colours)
    (rgb,) = _read(tmp_path, DMImage(colours[..., :3], data_type=8), **options)
    np.testing.assert_array_equal(rgb.compute(), colours[..., :3])

    assert _names(rgba) == ["y", "x", "color"]
    assert rgba.data_type.name == "IMAGE"


@pytest.mark.parametrize("shape", [(6, 8), (5, 7), (5, 8), (6, 7), (1, 4), (2, 2)])
@pytest.mark.parametrize(("data_type", "kind"), [(27, "c8"), (28, "c16")])
@variants
def test_a_packed_transform_is_the_one_numpy_computes(
    tmp_path, shape, data_type, kind, version, order
):
    image = np.random.default_rng(5).normal(size=shape)
    half = np.fft.fftshift(np.fft.rfft2(image), axes=0).conj()
    half = np.ascontiguousarray(half, kind)
    # the vendor stores the numbers as plain reals
    packed = DMImage(half.view(half.real.dtype), data_type=data_type, shape=shape)

    (dataset,) = _read(tmp_path, packed, version=version, order=order)

    whole = np.fft.fftshift(np.fft.fft2(image))
    np.testing.assert_allclose(dataset.compute(), whole, atol=1e-5)
    np.testing.assert_allclose(dataset[1:, :2].compute(), whole[1:, :2], atol=1e-5)


@pytest.mark.parametrize("shape", [(4, 4), (8, 8), (6, 8), (2, 2)])
def test_the_older_packed_transform_is_completed(tmp_path, shape):
    whole = np.fft.fftshift(np.fft.fft2(np.random.default_rng(6).normal(size=shape)))
    middle, centre = shape[0] // 2, shape[1] // 2
    packed = whole[:, centre:].copy()
    # column 0: zero frequency below the middle, highest frequency above, real pairs merged
    packed[:middle, 0] = whole[middle:, 0]
    packed[middle, 0] = whole[middle, centre].real + 1j * whole[0, centre].real
    packed[0, 0] = whole[middle, 0].real + 1j * whole[0, 0].real

    (dataset,) = _read(tmp_path, DMImage(packed.astype("c8"), data_type=5, shape=shape))

    np.testing.assert_allclose(dataset.compute(), whole, atol=1e-5)


def test_short_arrays_of_u16_are_pixels_not_text(tmp_path):
    data = np.array([[72, 101], [108, 108]], "u2")

    (dataset,) = _read(tmp_path, DMImage(data))

    np.testing.assert_array_equal(dataset.compute(), data)


def test_an_image_has_rows_first_and_its_calibration(tmp_path):
    data = np.arange(15, dtype="i4").reshape(3, 5)
    image = DMImage(data, "HAADF", [DMAxis(0.2, -1.0, "nm"), DMAxis(0.1, 3.0, "µm")])

    (dataset,) = _read(tmp_path, image)

    assert dataset.title == "HAADF"
    assert dataset.data_type.name == "IMAGE"
    assert _names(dataset) == ["y", "x"]
    np.testing.assert_allclose(dataset.y.values, [-1.0, -0.8, -0.6])
    np.testing.assert_allclose(dataset.x.values, 3 + 0.1 * np.arange(5))
    assert (dataset.y.units, dataset.x.units) == ("nm", "µm")
    assert dataset.x.dimension_type.name == "SPATIAL"
    assert dataset.x.quantity == "distance"


def test_axes_without_calibration_count_pixels_without_units(tmp_path):
    (dataset,) = _read(tmp_path, DMImage(np.zeros((3, 5), "f4")))

    assert (dataset.x.units, dataset.x.quantity) == ("generic", "generic")
    np.testing.assert_array_equal(dataset.x.values, np.arange(5))


def test_a_scale_of_zero_is_no_calibration(tmp_path):
    (dataset,) = _read(tmp_path, DMImage(np.zeros((3, 5), "f4"), axes=[DMAxis(0, 0, "nm")] * 2))

    np.testing.assert_array_equal(dataset.x.values, np.arange(5))


def test_a_stack_has_its_frames_first(tmp_path):
    data = np.arange(24, dtype="i2").reshape(2, 3, 4)

    (dataset,) = _read(tmp_path, DMImage(data, axes=[DMAxis(), NM, NM]))

    np.testing.assert_array_equal(dataset.compute(), data)
    assert dataset.data_type.name == "IMAGE_STACK"
    assert _names(dataset) == ["frame", "y", "x"]
    assert dataset.frame.dimension_type.name == "TEMPORAL"


def test_a_slow_axis_in_seconds_is_time(tmp_path):
    data = np.zeros((2, 3, 4), "i2")

    (dataset,) = _read(tmp_path, DMImage(data, axes=[DMAxis(0.5, units="s"), NM, NM]))

    assert _names(dataset) == ["time", "y", "x"]


def test_a_spectrum_knows_its_energies(tmp_path):
    image = DMImage(np.arange(9, dtype="f4"), "core loss", [EV], tags=EELS)

    (dataset,) = _read(tmp_path, image)

    assert dataset.data_type.name == "SPECTRUM"
    assert dataset.energy_loss.quantity == "energy-loss"
    np.testing.assert_allclose(dataset.energy_loss.values, 350 + 0.25 * np.arange(9))


def test_a_spectrum_image_has_its_energy_last(tmp_path):
    data = np.arange(60, dtype="f4").reshape(5, 3, 4)

    (dataset,) = _read(tmp_path, DMImage(data, axes=[EV, NM, NM], tags=EELS))

    np.testing.assert_array_equal(dataset.compute(), np.moveaxis(data, 0, -1))
    assert dataset.data_type.name == "SPECTRAL_IMAGE"
    assert _names(dataset) == ["y", "x", "energy_loss"]


@pytest.mark.parametrize(
    ("tags", "axis", "name"),
    [
        ({"Meta Data": {"Format": "Spectrum image", "Signal": "X-ray"}}, EV, "energy"),
        ({"Meta Data": {"Format": "Spectrum image", "Signal": "CL"}}, NM, "wavelength"),
        ({"Meta Data": {"Format": "Spectrum image", "Signal": "EELS"}}, DMAxis(), "energy_loss"),
        ({"Meta Data": {"Format": "Spectrum image"}}, DMAxis(), "channel"),
    ],
    ids=["x-rays", "light", "uncalibrated", "unknown"],
)
def test_the_spectral_axis_is_named_by_the_signal(tmp_path, tags, axis, name):
    data = np.zeros((5, 3, 4), "f4")

    (dataset,) = _read(tmp_path, DMImage(data, axes=[axis, NM, NM], tags=tags))

    assert _names(dataset) == ["y", "x", name]
    assert dataset._axes[2].dimension_type.name == "SPECTRAL"


def test_a_line_scan_stays_flat_for_read_and_grows_for_the_class(tmp_path):
    data = np.arange(12, dtype="f4").reshape(3, 4)
    path = write_dm(tmp_path / "line.dm3", DMImage(data, axes=[NM, EV], tags=EELS), version=3)

    (flat,) = read_dm(path)
    grown = SciFiReaders.DMReader(path).read()["Channel_000"]

    assert _names(flat) == ["x", "energy_loss"]
    np.testing.assert_array_equal(flat.compute(), data)
    assert _names(grown) == ["x", "y", "energy_loss"]
    np.testing.assert_array_equal(grown.compute(), data[:, None])


SCAN = [DMAxis(2, units="nm")] * 2
DETECTOR = [DMAxis(0.1, -1, "1/nm")] * 2
FOUR_D = {"Meta Data": {"Format": "Diffraction image"}}
SWAPPED = {"Meta Data": {"Format": "Diffraction image", "Data Order Swapped": True}}
SAID_NO = {"Meta Data": {"Format": "Diffraction image", "Data Order Swapped": "false"}}


@pytest.mark.parametrize(
    ("axes", "tags", "order"),
    [
        ([*SCAN, *DETECTOR], SWAPPED, (0, 1, 2, 3)),
        ([*DETECTOR, *SCAN], FOUR_D, (2, 3, 0, 1)),
        ([*DETECTOR, *SCAN], {}, (2, 3, 0, 1)),
        ([], FOUR_D, (2, 3, 0, 1)),
        ([], SWAPPED, (0, 1, 2, 3)),
        ([], SAID_NO, (2, 3, 0, 1)),
        ([], {}, (0, 1, 2, 3)),
    ],
    ids=["swapped", "scan fastest", "by units", "bare", "bare swapped", "in words", "unknown"],
)
def test_four_dimensions_have_the_scan_first(tmp_path, axes, tags, order):
    data = np.arange(2 * 3 * 4 * 5, dtype="u2").reshape(2, 3, 4, 5)

    (dataset,) = _read(tmp_path, DMImage(data, axes=axes, tags=tags))

    np.testing.assert_array_equal(dataset.compute(), data.transpose(order))
    assert dataset.data_type.name == "IMAGE_4D"
    assert _names(dataset) == ["y", "x", "v", "u"]
    if axes:
        assert dataset.u.dimension_type.name == "RECIPROCAL"


def test_a_file_without_names_is_called_after_the_file(tmp_path):
    (dataset,) = _read(tmp_path, DMImage(np.zeros((2, 2), "f4")))

    assert dataset.title == "scan"


THUMBNAIL = DMImage(np.zeros((4, 4, 4), "u1"), data_type=23)
NAMED = {"Thumbnails": {0: {"ImageIndex": 0}}}


@pytest.mark.parametrize("root", [NAMED, {}], ids=["named", "not named"])
def test_the_preview_is_left_out(tmp_path, root):
    images = [THUMBNAIL, *(DMImage(np.full((2, 3), i, "f4"), f"image {i}") for i in range(12))]

    datasets = _read(tmp_path, *images, root=root)

    assert [dataset.title for dataset in datasets] == [f"image {i}" for i in range(12)]
    assert [dataset.compute()[0, 0] for dataset in datasets] == list(range(12))


def test_a_preview_alone_is_read(tmp_path):
    (dataset,) = _read(tmp_path, THUMBNAIL, root=NAMED)

    assert dataset.shape == (4, 4, 4)


CONDITIONS = {
    "EELS": {
        "Acquisition": {"Exposure (s)": 0.2, "Number of frames": 5},
        "Experimental Conditions": {
            "Convergence semi-angle (mrad)": 30.0,
            "Collection semi-angle (mrad)": 33.0,
        },
    },
    "Microscope Info": {
        "Voltage": 200000.0,
        "Name": "Unknown",
        "Illumination Mode": "STEM",
        "Probe Current (nA)": 0.05,
        "Emission Current (µA)": 0.0,
        "Stage Position": {"Stage X": 1.5},
    },
    "Session Info": {"Specimen": "STO", "Microscope": "Nion 100"},
    "DataBar": {"Acquisition Time (OS)": 1.3220483561436376e17},
    "DigiScan": {"Sample Time": 10.0},
}


def test_the_conditions_of_the_experiment_are_found(tmp_path):
    (dataset,) = _read(tmp_path, DMImage(np.zeros((2, 2), "f4"), tags=CONDITIONS))

    experiment = dataset.metadata["experiment"]
    numbers = {key: value for key, value in experiment.items() if isinstance(value, float)}
    assert numbers == pytest.approx(
        {
            "single_exposure_time": 0.2,
            "exposure_time": 1.0,
            "convergence_angle": 30.0,
            "collection_angle": 33.0,
            "acceleration_voltage": 2e5,
            "current": 5e-11,
            "pixel_time": 1e-5,
        }
    )
    assert experiment["number_of_frames"] == 5
    assert experiment["microscope"] == "Nion 100"
    assert experiment["sample"] == "STO"
    assert experiment["stage"] == {"Stage X": 1.5}
    assert experiment["start_date_time"].startswith("2019-12-10T20:32:41")
    assert "instrument" not in experiment
    assert dataset.units == "counts"


@variants
def test_the_whole_tree_is_kept_but_the_pixels(tmp_path, version, order):
    tags = {
        "text": "3 µm Ångström",
        "deep": {"er": {"still": True}},
        "integer": -7,
        "real": 2.5,
        "short real": np.float32(0.5),
        "pair": (1, 2.5),
        "list": np.arange(3.0),
        "table": np.zeros(2, [("a", "i2"), ("b", "f4")]),
        "long": np.zeros(5000),
        "numbers": np.array([1, 2, 3], "u2"),
        "empty": {},
    }
    images = DMImage(np.zeros((2, 3), "f4"), "scan", tags=tags)

    (dataset,) = _read(tmp_path, images, version=version, order=order, root={"InImageMode": True})

    kept = dataset.original_metadata
    found = dict(kept["ImageTags"])
    assert found.pop("long").startswith("5000 values of type float64 at byte ")
    assert found == {
        "text": "3 µm Ångström",
        "deep": {"er": {"still": True}},
        "integer": -7,
        "real": 2.5,
        "short real": 0.5,
        "pair": (1, 2.5),
        "list": [0.0, 1.0, 2.0],
        "table": [(0, 0.0), (0, 0.0)],
        "numbers": [1, 2, 3],
        "empty": {},
    }
    assert kept["DM"]["dm_version"] == version
    assert kept["Document"] == {"InImageMode": True}
    assert "Data" not in kept["ImageData"]
    assert kept["ImageData"]["Dimensions"] == {"0": 3, "1": 2}


def test_units_of_the_values_are_stated_or_left_open(tmp_path):
    zeros = np.zeros((2, 2), "f4")
    plain, stated, scaled = _read(
        tmp_path,
        DMImage(zeros),
        DMImage(zeros, brightness=DMAxis(units="e-")),
        DMImage(zeros, brightness=DMAxis(0.5, 1.0, "e-")),
    )

    assert (plain.units, stated.units, scaled.units) == ("generic", "e-", "generic")
    assert scaled.metadata["brightness"] == {"origin": -2.0, "scale": 0.5, "units": "e-"}


def test_the_data_stay_in_the_file_until_they_are_computed(tmp_path):
    data = np.arange(24, dtype=">f4").reshape(2, 3, 4)
    (dataset,) = _read(tmp_path, DMImage(data, axes=[EV, NM, NM], tags=EELS))

    copy = pickle.loads(pickle.dumps(dataset))

    assert len(pickle.dumps(dataset)) < 50_000
    np.testing.assert_array_equal(copy.compute(), np.moveaxis(data, 0, -1))


def test_two_readings_of_a_file_are_the_same_to_dask(tmp_path):
    half = np.zeros((4, 6), "f4")
    images = [DMImage(half), DMImage(half, data_type=27, shape=(4, 4))]
    path = write_dm(tmp_path / "scan.dm4", images)

    for once, again in zip(read_dm(path), read_dm(path), strict=True):
        assert once.name == again.name


def test_the_class_reverses_all_axes(tmp_path):
    data = np.arange(24, dtype="i2").reshape(2, 3, 4)
    tall = [DMAxis(1, units="nm"), DMAxis(2, units="nm")]
    images = [
        DMImage(data[0], "image", tall),
        DMImage(data, "map", [EV, *tall], tags=EELS),
        DMImage(data, "stack", [DMAxis(), *tall]),
    ]
    path = write_dm(tmp_path / "three.dm4", images)

    reader = SciFiReaders.DMReader(str(path))
    image, spectra, stack = reader.read().values()

    np.testing.assert_array_equal(image.compute(), data[0].T)
    assert (_names(image), image.x.slope) == (["x", "y"], 2.0)
    np.testing.assert_array_equal(spectra.compute(), data.T)
    assert _names(spectra) == ["x", "y", "energy_loss"]
    np.testing.assert_array_equal(stack.compute(), data.T)
    assert _names(stack) == ["x", "y", "frame"]


def test_the_class_answers_to_the_released_names(tmp_path):
    data = np.arange(6, dtype="i2").reshape(2, 3)
    path = write_dm(tmp_path / "scan.dm3", DMImage(data, "scan"), version=3)

    reader = SciFiReaders.DMReader(str(path), verbose=False)
    image = reader.tags["ImageList"]["0"]

    assert isinstance(reader, sidpy.Reader)
    assert list(reader.read()) == ["Channel_000"]
    assert reader.get_filename() == reader.filename == str(path)
    assert reader.get_tags() is reader.tags
    np.testing.assert_array_equal(reader.get_raw(image), data.T)
    assert reader.get_dataset(image).title == "scan"
    with pytest.raises(ValueError, match="none of the"):
        reader.get_dataset(dict(image))


@pytest.mark.parametrize(
    "image",
    [
        DMImage(np.zeros((3, 4), "f4"), axes=[NM, EV], tags=EELS),
        DMImage(np.zeros((2, 3, 4), "f4"), axes=[EV, NM, NM], tags=EELS),
        DMImage(np.zeros((2, 3, 4, 5), "u2"), axes=[*SCAN, *DETECTOR]),
        DMImage(np.zeros((3, 4, 4), "u1"), data_type=23),
    ],
    ids=["line", "map", "4D", "colours"],
)
def test_lost_labels_can_be_set_again(tmp_path, image):
    reader = SciFiReaders.DMReader(write_dm(tmp_path / "scan.dm4", image))
    dataset = reader.read()["Channel_000"]
    again = sidpy.Dataset.from_array(np.zeros(dataset.shape))
    again.original_metadata = dataset.original_metadata

    reader.set_dimensions(again)
    reader.set_data_type(again)
    reader.close()

    count = dataset.ndim - ("color" in _names(dataset))
    assert again.data_type == dataset.data_type
    assert _names(again)[:count] == _names(dataset)[:count]
    np.testing.assert_array_equal(again._axes[0].values, dataset._axes[0].values)
    assert reader.extract_crucial_metadata("Channel_000") == dataset.metadata["experiment"]


def test_the_old_name_warns(tmp_path):
    path = write_dm(tmp_path / "scan.dm3", DMImage(np.zeros((2, 2), "f4")), version=3)

    with pytest.warns(SidpyDeprecationWarning, match="use DMReader"):
        reader = SciFiReaders.DM3Reader(path)

    assert reader.read()["Channel_000"].shape == (2, 2)


def test_foreign_and_missing_files_raise_what_callers_catch(tmp_path):
    foreign = tmp_path / "image.dm3"
    foreign.write_bytes(b"\x89PNG\r\n\x1a\n" * 10)

    with pytest.raises(TypeError, match="not a DM3 or DM4 File"):
        SciFiReaders.DMReader(str(foreign))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        SciFiReaders.DMReader(str(tmp_path / "nowhere.dm3"))
    with pytest.raises(IsADirectoryError, match="folder"):
        read_dm(tmp_path)


@pytest.mark.vendor
def test_the_facts_clients_rely_on(vendor_data):
    folder = vendor_data / "gatan-dm3" / "SciFiDatasets"
    image = SciFiReaders.DMReader(str(folder / "DMReader_SpectrumImage_SI-EELS.dm3")).read()
    spectrum = SciFiReaders.DMReader(str(folder / "DMReader_EELS_STO.dm3")).read()

    image, spectrum = image["Channel_000"], spectrum["Channel_000"]
    assert image.shape == (6, 49, 1024)
    assert image.compute()[0, 3, 200] == 2304.0
    assert image.energy_loss.values[200] == 450.0
    assert image.data_type.name == "SPECTRAL_IMAGE"
    assert image.title == "06-EELS Spectrum Image"
    assert spectrum.data_type.name == "SPECTRUM"
    assert spectrum.compute()[200] == 135727.0
    assert spectrum.energy_loss.values[200] == 400.0
    assert spectrum.original_metadata["DM"]["dm_version"] == 3
    assert spectrum.original_metadata["ImageTags"]["EELS"]["Acquisition"]["Exposure (s)"] == 2.0


@pytest.mark.vendor
def test_the_class_returns_every_real_file_with_all_axes_reversed(vendor_data):
    faults = {}
    for record in judging.records(vendor_data, "Gatan DM3", "Gatan DM4"):
        datasets = SciFiReaders.DMReader(vendor_data / record["file"]).read()
        faults[record["file"]] = judging.judge(record, datasets.values(), reverse=True)

    assert len(faults) == 22
    # the last one: see the next test
    assert [file for file in faults if faults[file]] == [
        "gatan-dm4/rosettasciio/2D/test_fft_packed_complex8.dm4"
    ]


@pytest.mark.vendor
def test_the_packed_transform_of_the_vendor_is_complete(vendor_data):
    """The one other reader drops the last of five columns; ours ends in it.

    The image behind it grows from 0 to 4 towards the right.
    """
    path = vendor_data / "gatan-dm4/rosettasciio/2D/test_fft_packed_complex8.dm4"
    (dataset,) = read_dm(path)

    values = dataset.compute()
    image = np.fft.ifft2(np.fft.ifftshift(values))

    np.testing.assert_allclose(image, np.tile(np.arange(5), (5, 1)), atol=1e-6)
    np.testing.assert_allclose(values[2, :4].sum(), 12.5 - 4.061495780944824j, atol=1e-4)


def test_what_was_drawn_is_listed_with_the_image_it_is_on(tmp_path):
    def drawing(kind, place, **words):
        return {"AnnotationType": kind, "Rectangle": tuple(map(float, place)), **words}

    def display(source, *drawings):
        group = {"AnnotationGroupList": dict(enumerate(drawings))} if drawings else {}
        return {"AnnotationType": 20, "ImageSource": source, **group}

    inner = {"AnnotationType": 17, "AnnotationGroupList": {0: drawing(5, (0, 0, 1, 1))}}
    root = {
        "ImageSourceList": {0: {"ImageRef": 0}, 1: {"ImageRef": 7}},
        "DocumentObjectList": {
            0: display(
                0, drawing(13, (1, 2, 3, 4), Text="grain"), drawing(8, (5, 6, 7, 8)), inner
            ),
            1: display(1, drawing(6, (9, 9, 9, 9))),
        },
    }
    write_dm(tmp_path / "a.dm4", DMImage(np.zeros((3, 4), "i2"), "a"), root=root)

    (image,) = read_dm(tmp_path / "a.dm4")

    assert image.metadata["annotations"] == [
        {"kind": "text", "text": "grain", "rectangle": [1.0, 2.0, 3.0, 4.0]},
        {"kind": "spot mask", "rectangle": [5.0, 6.0, 7.0, 8.0]},
        {"kind": "box", "rectangle": [0.0, 0.0, 1.0, 1.0]},
    ]


@pytest.mark.parametrize("wrong", [3, "text", (1.0, 2.0), {"a": 1}])
def test_drawings_of_a_damaged_file_are_left_out(tmp_path, wrong):
    root = {"DocumentObjectList": {0: {"AnnotationType": 20, "AnnotationGroupList": wrong}}}
    write_dm(tmp_path / "a.dm4", DMImage(np.zeros((3, 4), "i2"), "a"), root=root)

    (image,) = read_dm(tmp_path / "a.dm4")

    assert "annotations" not in image.metadata
