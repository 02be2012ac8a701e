"""Gwyddion files and simple fields: every kind of data, truly labelled, left in the file."""

import numpy as np
import pytest

from SciFiReaders import GwyddionReader
from SciFiReaders.readers.probe.gwy_tree import GwyObject, parse_gwy
from SciFiReaders.readers.probe.gwyddion_gsf import parse_gsf, read_gsf
from SciFiReaders.readers.probe.gwyddion_gwy import read_gwy
from SciFiReaders.simulate.gsf import write_gsf
from SciFiReaders.simulate.gwy import field, gwy_bytes, unit, write_gwy
from SciFiReaders.values import base_units
from sidpy import DataType
from sidpy.errors import CorruptFile, NotAFile, UnrecognisedFile, UnsupportedFile


@pytest.fixture
def image():
    return np.arange(15.0).reshape(3, 5)


@pytest.fixture
def height(image):
    return field(image, units=("m", "m"), xreal=1e-6, yreal=3e-7, xoff=2e-6, yoff=-1e-6)


def line(values, **items):
    return GwyObject("GwyDataLine", {"res": len(values), **items, "data": np.asarray(values)})


# --- native files: images -------------------------------------------------------------


@pytest.mark.parametrize("old", [False, True], ids=["GWYP", "GWYO"])
def test_a_field_becomes_an_image_as_stored(tmp_path, image, height, old):
    path = write_gwy(tmp_path / "a.gwy", {"/0/data": height, "/0/data/title": "Höhe"}, old=old)

    [dataset] = read_gwy(path)

    np.testing.assert_array_equal(dataset.compute(), image)
    assert (dataset.title, dataset.quantity, dataset.units) == ("Höhe", "Höhe", "m")
    assert dataset.data_type is DataType.IMAGE


def test_pixels_are_real_over_resolution_with_centres_at_halves(tmp_path, height):
    [dataset] = read_gwy(write_gwy(tmp_path / "a.gwy", {"/0/data": height}))

    y, x = dataset._axes[0], dataset._axes[1]
    np.testing.assert_allclose(x.values, 2e-6 + 2e-7 * (np.arange(5) + 0.5))
    np.testing.assert_allclose(y.values, -1e-6 + 1e-7 * (np.arange(3) + 0.5))
    assert (y.name, y.units, x.name, x.units) == ("y", "m", "x", "m")


def test_the_prefix_of_a_unit_is_for_display_and_left_out(tmp_path, image):
    data = field(image, units=("µm", "nm"), xreal=8e-5, yreal=8e-5)
    path = write_gwy(tmp_path / "a.gwy", {"/0/data": data}, old=True, encoding="latin-1")

    [dataset] = read_gwy(path)

    assert (dataset.units, dataset._axes[1].units) == ("m", "m")
    assert dataset.original_metadata["si_unit_xy"] == "µm"


@pytest.mark.parametrize(
    ("written", "base"),
    [("nm", "m"), ("m", "m"), ("mol", "mol"), ("kHz", "Hz"), ("Pa", "Pa"), ("cd", "cd"),
     ("mV/nm", "V/m"), ("µm^2", "m^2"), ("kg m/s^2", "kg m/s^2"), ("counts", "counts"),
     ("deg", "deg"), ("", "")],
)  # fmt: skip
def test_base_units_drop_prefixes_only(written, base):
    assert base_units(written) == base


def test_a_field_without_units_is_kept_without_units(tmp_path, image):
    [dataset] = read_gwy(write_gwy(tmp_path / "a.gwy", {"/3/data": field(image)}))

    assert (dataset.units, dataset._axes[0].units, dataset.title) == ("generic", "px", "Data 3")
    np.testing.assert_array_equal(dataset._axes[1].values, np.arange(5))


def test_channels_come_in_the_order_of_their_numbers_masks_behind_them(tmp_path, image, height):
    items = {
        "/10/data": field(2 * image),
        "/2/mask": field(image > 3),
        "/2/data": height,
        "/2/show": field(image),
        "/2/data/title": "Height",
        "/10/data/title": "Phase",
    }

    titles = [dataset.title for dataset in read_gwy(write_gwy(tmp_path / "a.gwy", items))]

    assert titles == ["Height", "Phase", "Height mask", "Height presentation"]


def test_metadata_of_a_channel_are_typed(tmp_path, height):
    meta = GwyObject("GwyContainer", {"Speed": "0.5", "Tip": "PPP-NCHR", "Scan": "0001_a"})

    [dataset] = read_gwy(write_gwy(tmp_path / "a.gwy", {"/0/data": height, "/0/meta": meta}))

    facts = dataset.original_metadata
    assert facts["meta"] == {"Speed": 0.5, "Tip": "PPP-NCHR", "Scan": "0001_a"}
    assert (facts["xres"], facts["xreal"], facts["si_unit_z"]) == (5, 1e-6, "m")


def test_a_single_object_without_a_container_is_read(tmp_path, image, height):
    path = tmp_path / "a.gwy"
    path.write_bytes(gwy_bytes(height))

    np.testing.assert_array_equal(read_gwy(path)[0].compute(), image)


# --- native files: everything else ----------------------------------------------------


def test_a_brick_is_a_volume_with_its_levels_last(tmp_path):
    levels = np.arange(24.0).reshape(2, 3, 4)
    brick = GwyObject(
        "GwyBrick",
        {
            "xres": 4, "yres": 3, "zres": 2, "xreal": 4e-9, "yreal": 6e-9, "zreal": 1.0,
            "zoff": -0.5, "si_unit_x": unit("m"), "si_unit_y": unit("m"), "si_unit_z": unit("V"),
            "si_unit_w": unit("A"), "data": levels.ravel(),
        },
    )  # fmt: skip
    meta = GwyObject("GwyContainer", {"Sweeps": "4"})
    items = {"/brick/0": brick, "/brick/0/title": "dI/dV", "/brick/0/meta": meta}

    [volume] = read_gwy(write_gwy(tmp_path / "a.gwy", items))

    np.testing.assert_array_equal(volume.compute(), np.moveaxis(levels, 0, -1))
    assert (volume.title, volume.units) == ("dI/dV", "A")
    assert volume.data_type is DataType.SPECTRAL_IMAGE
    assert volume.original_metadata["meta"] == {"Sweeps": 4}
    assert (volume._axes[2].name, volume._axes[2].units) == ("voltage", "V")
    np.testing.assert_allclose(volume._axes[2].values, [-0.5, 0.0])
    assert volume._axes[0].slope == pytest.approx(2e-9)


def test_the_calibration_of_a_brick_gives_its_levels(tmp_path):
    calibration = line([1.0, 10.0], si_unit_y=unit("Hz"))
    brick = GwyObject(
        "GwyBrick",
        {"xres": 1, "yres": 1, "zres": 2, "calibration": calibration, "data": np.ones(2)},
    )

    [volume] = read_gwy(write_gwy(tmp_path / "a.gwy", {"/brick/4": brick}))

    np.testing.assert_array_equal(volume._axes[2].values, [1.0, 10.0])
    assert volume._axes[2].units == "Hz"


def test_spectra_of_one_axis_become_one_cloud_of_points(tmp_path):
    lines = [
        line(
            [k + 1.0, k + 2.0, k + 3.0],
            real=3.0,
            off=-1.0,
            si_unit_x=unit("V"),
            si_unit_y=unit("A"),
        )
        for k in range(2)
    ]
    spectra = GwyObject(
        "GwySpectra",
        {
            "title": "IV", "si_unit_xy": unit("m"), "coords": np.array([1.0, 2.0, 3.0, 4.0]),
            "data": lines,
        },
    )  # fmt: skip

    [cloud] = read_gwy(write_gwy(tmp_path / "a.gwy", {"/sps/0": spectra}))

    np.testing.assert_array_equal(cloud.compute(), [[1, 2, 3], [2, 3, 4]])
    assert (cloud.data_type, cloud.units, cloud.title) == (DataType.POINT_CLOUD, "A", "IV")
    np.testing.assert_allclose(cloud._axes[1].values, [-1.0, 0.0, 1.0])
    np.testing.assert_array_equal(cloud.point_cloud["coordinates"], [[1, 2], [3, 4]])


def test_spectra_of_different_axes_become_one_spectrum_each(tmp_path):
    spectra = GwyObject(
        "GwySpectra", {"coords": np.zeros(4), "data": [line([1.0, 2.0]), line([1.0, 2.0, 3.0])]}
    )

    found = read_gwy(write_gwy(tmp_path / "a.gwy", {"/sps/0": spectra}))

    assert [spectrum.shape for spectrum in found] == [(2,), (3,)]


def test_a_graph_becomes_one_curve_per_curve_and_resets_nothing(tmp_path, height):
    curve = GwyObject(
        "GwyGraphCurveModel",
        {
            "description": "cut",
            "xdata": np.array([0.0, 1.0, 5.0]),
            "ydata": np.array([3.0, 2.0, 1.0]),
        },
    )
    model = GwyObject(
        "GwyGraphModel",
        {
            "title": "Profile", "bottom_label": "distance", "left_label": "z",
            "x_unit": unit("m"), "y_unit": unit("V"), "curves": [curve, curve],
        },
    )  # fmt: skip
    items = {
        "/0/graph/graph/1": model,
        "/0/data": height,
        "/filename": "a.gwy",
        "/0/visible": True,
    }

    found = read_gwy(write_gwy(tmp_path / "a.gwy", items))

    assert [dataset.shape for dataset in found] == [(3, 5), (3,), (3,)]
    assert (found[1].title, found[1].units, found[1].quantity) == ("Profile: cut", "V", "z")
    np.testing.assert_array_equal(found[1].compute(), [3, 2, 1])
    np.testing.assert_array_equal(found[1]._axes[0].values, [0, 1, 5])


def test_a_surface_is_a_cloud_of_points(tmp_path):
    points = np.array([[0.0, 1.0, 7.0], [2.0, 3.0, 8.0]])
    surface = GwyObject("GwySurface", {"data": points.ravel(), "si_unit_z": unit("m")})

    [cloud] = read_gwy(write_gwy(tmp_path / "a.gwy", {"/surface/0": surface}))

    np.testing.assert_array_equal(cloud.compute(), [7, 8])
    np.testing.assert_array_equal(cloud.point_cloud["coordinates"], points[:, :2])


def lawn(lengths, data, **items):
    known = {"xres": 2, "yres": 2, "xreal": 2e-6, "yreal": 4e-6, "si_unit_xy": unit("m")}
    lengths = np.array(lengths, "i4")
    return GwyObject("GwyLawn", {**known, **items, "curvelengths": lengths, "data": data})


def test_a_curve_map_of_equal_curves_is_one_volume_per_curve(tmp_path):
    data = np.arange(24.0)
    labels = {"curve_labels": ["Z", "F"], "si_units_curves": [unit("m"), unit("nN")]}
    item = lawn([3, 3, 3, 3], data, ncurves=2, **labels)

    height, force = read_gwy(
        write_gwy(tmp_path / "a.gwy", {"/lawn/0": item, "/lawn/0/title": "FV"})
    )

    np.testing.assert_array_equal(height.compute(), data.reshape(2, 2, 2, 3)[:, :, 0])
    np.testing.assert_array_equal(force.compute(), data.reshape(2, 2, 2, 3)[:, :, 1])
    assert [(c.title, c.quantity, c.units) for c in (height, force)] == [
        ("FV: Z", "Z", "m"), ("FV: F", "F", "N"),
    ]  # fmt: skip
    assert force._axes[0].slope == pytest.approx(2e-6)


def test_shorter_curves_of_a_curve_map_end_in_nan(tmp_path):
    # at each pixel both curves, one after the other: lengths 2, 0, 1, 3
    data = np.array([1, 2, 10, 20, 3, 30, 4, 5, 6, 40, 50, 60], float)
    path = write_gwy(tmp_path / "a.gwy", {"/lawn/0": lawn([2, 0, 1, 3], data, ncurves=2)})

    first, second = read_gwy(path)

    nan = np.nan
    expected = np.array([[[1, 2, nan], [nan, nan, nan]], [[3, nan, nan], [4, 5, 6]]])
    np.testing.assert_array_equal(first.compute(), expected)
    np.testing.assert_array_equal(second.compute(), 10 * expected)


@pytest.mark.parametrize("lengths", [[1, 1, 1, 2], [0, 0, 0, 0], [-1, 3, 1, 1], [1, 1, 1]])
def test_a_curve_map_that_does_not_add_up_is_refused(tmp_path, lengths):
    path = write_gwy(tmp_path / "a.gwy", {"/lawn/0": lawn(lengths, np.ones(4), ncurves=1)})

    with pytest.raises(CorruptFile, match="/lawn/0"):
        read_gwy(path)


@pytest.mark.parametrize("items", [{}, {"/0/data": GwyObject("GwySelectionPoint", {})}])
def test_a_file_without_data_is_refused(tmp_path, items):
    path = write_gwy(tmp_path / "a.gwy", items)

    with pytest.raises(UnsupportedFile, match="no data of a known type"):
        read_gwy(path)


# --- native files: damage -------------------------------------------------------------


def test_objects_nested_without_end_are_refused(tmp_path):
    bomb = GwyObject("GwyContainer", {})
    for _ in range(200):
        bomb = GwyObject("GwyContainer", {"a": bomb})
    path = tmp_path / "a.gwy"
    path.write_bytes(gwy_bytes(bomb))

    with pytest.raises(CorruptFile, match="nested"):
        read_gwy(path)


def test_more_components_than_any_file_has_are_refused(tmp_path):
    many = b"a\0c\0" * (1 << 18)
    path = tmp_path / "a.gwy"
    path.write_bytes(b"GWYPGwyContainer\0" + len(many).to_bytes(4, "little") + many)

    with pytest.raises(CorruptFile, match="more than 262144 names"):
        read_gwy(path)


@pytest.mark.parametrize("letter", ["D", "I", "Q", "C", "S", "O"])
def test_an_array_longer_than_the_file_is_refused(tmp_path, letter):
    body = b"a\0" + letter.encode() + (0xFFFFFFFF).to_bytes(4, "little")
    path = tmp_path / "a.gwy"
    path.write_bytes(b"GWYPGwyContainer\0" + len(body).to_bytes(4, "little") + body)

    with pytest.raises(CorruptFile, match="announced"):
        parse_gwy(path)


@pytest.mark.parametrize(
    "change",
    [{"xres": 6}, {"xres": -5}, {"xres": 0}, {"xres": "5"}, {"yres": 2**31 - 1}, {"data": "none"},
     {"data": np.arange(15, dtype="i4")}],
)  # fmt: skip
def test_a_field_that_does_not_fit_its_numbers_is_refused(tmp_path, height, change):
    height.items.update(change)
    path = write_gwy(tmp_path / "a.gwy", {"/0/data": height})

    with pytest.raises(CorruptFile, match="/0/data"):
        read_gwy(path)


def test_a_component_of_an_unknown_type_is_refused(tmp_path, height):
    path = write_gwy(tmp_path / "a.gwy", {"/0/data": height})
    path.write_bytes(path.read_bytes().replace(b"xres\0i", b"xres\0z"))

    with pytest.raises(CorruptFile, match="'z' is no type"):
        read_gwy(path)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"GWYPGwyContainer\0\x04\0\0\0a\0i\1\0\0\0", "run past its end"),
        (b"GWYPGwyContainer\0\xff\0\0\0a\0i\1\0\0\0", "should take 255 bytes"),
        (b"GWYOGwyContainer\0\x08\0\0\0\7\0\0\0a\0\1\0", "7 is no type"),
        (b"GWYPGwyContainer", "no end"),
    ],
    ids=["past-the-end", "too-large", "old-type", "name"],
)
def test_sizes_and_types_that_cannot_be_are_named(tmp_path, raw, words):
    path = tmp_path / "a.gwy"
    path.write_bytes(raw)

    with pytest.raises(CorruptFile, match=words):
        parse_gwy(path)


# --- simple fields --------------------------------------------------------------------


def test_a_simple_field_becomes_an_image_as_stored(tmp_path, image):
    path = write_gsf(
        tmp_path / "a.gsf", image, XReal=1e-6, YReal=3e-7, XOffset=2e-6, XYUnits="m",
        ZUnits="V", Title="0012", Extra="kept",
    )  # fmt: skip

    [dataset] = read_gsf(path)

    np.testing.assert_array_equal(dataset.compute(), image)
    assert (dataset.title, dataset.units, dataset.dtype) == ("0012", "V", np.dtype("f4"))
    np.testing.assert_allclose(dataset._axes[1].values, 2e-6 + 2e-7 * (np.arange(5) + 0.5))
    np.testing.assert_allclose(dataset._axes[0].values, 1e-7 * (np.arange(3) + 0.5))
    assert dataset.original_metadata["Extra"] == "kept"


@pytest.mark.parametrize("title", ["", "a", "ab", "abc", "abcd"])
def test_a_header_of_any_length_is_padded_to_a_multiple_of_four(tmp_path, image, title):
    path = write_gsf(tmp_path / "a.gsf", image, Title=title)

    assert parse_gsf(path).offset % 4 == 0
    np.testing.assert_array_equal(read_gsf(path)[0].compute(), image)


def test_a_simple_field_without_sizes_is_one_by_one_without_units(tmp_path, image):
    [dataset] = read_gsf(write_gsf(tmp_path / "a.gsf", image))

    assert dataset._axes[1].units == "generic"
    assert dataset._axes[1].slope == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"XRes = 5", b"XRes = 6"), (b"XRes = 5", b"XRes = -5"), (b"XRes = 5", b"XRes = 5.5"),
     (b"YRes = 3", b"YRes = 99999999999"), (b"XRes", b"ARes")],
)  # fmt: skip
def test_a_simple_field_of_impossible_size_is_refused(tmp_path, image, old, new):
    path = write_gsf(tmp_path / "a.gsf", image)
    path.write_bytes(path.read_bytes().replace(old, new))

    with pytest.raises(CorruptFile):
        read_gsf(path)


def test_a_simple_field_whose_header_has_no_end_is_refused(tmp_path, image):
    path = write_gsf(tmp_path / "a.gsf", image)
    path.write_bytes(path.read_bytes().partition(b"\0")[0])

    with pytest.raises(CorruptFile, match="no end"):
        read_gsf(path)


def test_four_gigabytes_open_without_reading_a_pixel(tmp_path):
    path = write_gsf(tmp_path / "large.gsf", shape=(32768, 32768), XReal=1.0)

    [dataset] = read_gsf(path)

    assert path.stat().st_size > 4e9
    assert float(dataset[-1, -4:].compute().sum()) == 0


# --- the class ------------------------------------------------------------------------


def test_the_class_tells_the_two_formats_by_their_content(tmp_path, image, height):
    native = write_gwy(tmp_path / "a.gsf", {"/0/data": height})
    simple = write_gsf(tmp_path / "b.gwy", image)

    for path in (native, simple):
        found = GwyddionReader(str(path)).read(verbose=False)
        assert isinstance(found, list)
        np.testing.assert_array_equal(found[0].compute(), image)


def test_the_class_offers_either_reading_by_name(tmp_path, image, height):
    native = write_gwy(tmp_path / "a.gwy", {"/0/data": height})
    simple = write_gsf(tmp_path / "b.gsf", image)

    assert GwyddionReader(native).gwy_read()[0].shape == (3, 5)
    assert GwyddionReader(simple).gsf_read()[0].shape == (3, 5)
    with pytest.raises(UnrecognisedFile, match="simple field"):
        GwyddionReader(native).gsf_read()
    with pytest.raises(UnrecognisedFile, match="GWYP"):
        GwyddionReader(simple).gwy_read()


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(NotAFile, match="folder"):
        GwyddionReader(tmp_path).read()


def test_a_file_of_another_kind_is_a_type_error(tmp_path):
    path = tmp_path / "a.gwy"
    path.write_text("GIF89a")

    with pytest.raises(UnrecognisedFile, match="neither"):
        GwyddionReader(path).read()


# --- real files -----------------------------------------------------------------------


@pytest.mark.vendor
def test_the_class_keeps_what_clients_of_the_released_reader_rely_on(vendor_data):
    path = vendor_data / "gwyddion-gwy" / "SciFiDatasets" / "PTO_110_Virgin0001.gwy"

    found = GwyddionReader(str(path)).read()

    names = ["HeightRetrace", "AmplitudeRetrace", "DeflectionRetrace", "PhaseRetrace"]
    assert [dataset.title for dataset in found] == names
    assert [dataset.shape for dataset in found] == [(256, 256)] * 4
    assert found[3].units == "deg"


@pytest.mark.vendor
def test_the_same_chip_is_as_large_in_both_formats(vendor_data):
    [old] = read_gwy(vendor_data / "gwyddion-gwy1" / "SciFiDatasets" / "GwiddionReader_chip.gwy")
    [new] = read_gsf(vendor_data / "gwyddion-gsf" / "SciFiDatasets" / "GwiddionReader_chip.gsf")

    assert (old.units, old._axes[1].units) == (new.units, new._axes[1].units) == ("m", "m")
    assert old._axes[1].slope == pytest.approx(new._axes[1].slope)
    np.testing.assert_allclose(old.compute(), new.compute(), rtol=1e-6)
