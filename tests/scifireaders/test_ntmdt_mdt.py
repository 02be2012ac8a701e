"""NT-MDT files: every kind of frame, upright, in the units of the file, nothing invented."""

import numpy as np
import pytest
from made.mdt import data, dots, folder, frame, mdt_bytes, points, scan, text

from SciFiReaders import MDTReader
from SciFiReaders.readers.probe.ntmdt_mdt import read_mdt
from sidpy import DataType
from sidpy.errors import CorruptFile, SidpyWarning, UnfitDataset, UnrecognisedFile

IMAGE = np.arange(35).reshape(5, 7)
XY = [("x", "um", 1.0, 0.5), ("y", "um", 2.0, 0.25)]


@pytest.fixture
def write(tmp_path):
    def _write(*frames):
        path = tmp_path / "a.mdt"
        path.write_bytes(mdt_bytes(*frames))
        return path

    return _write


def test_an_old_scan_is_upright_in_its_own_units(write):
    (image,) = read_mdt(write(scan(IMAGE)))

    np.testing.assert_allclose(image.compute(), 2 + 0.5 * IMAGE[::-1])
    assert (image.title, image.units, image.data_type) == ("Height", "Å", DataType.IMAGE)
    y, x = image._axes[0], image._axes[1]
    np.testing.assert_allclose(x.values, 0.25 + 0.5 * np.arange(7))
    np.testing.assert_allclose(y.values, 0.125 + 0.25 * np.arange(5)[::-1])
    assert (x.units, y.units) == ("nm", "nm")
    assert image.metadata["experiment"] == {
        "instrument": "Solver", "start_date_time": "2005-11-08T17:48:19", "bias": -1.5,
        "setpoint": 0.75,
    }  # fmt: skip
    assert image.original_metadata["TextComment"] == "note"


def test_a_scan_of_unknown_units_has_pixels_and_no_length(write):
    (image,) = read_mdt(write(scan(IMAGE, x=(0, 1, 99), y=(0, 1, 3))))

    assert [axis.units for axis in image._axes.values()] == ["px", "px"]
    assert image._axes[1].values.tolist() == list(range(7))


@pytest.mark.parametrize("kind", [1, 201])
def test_curves_that_follow_each_other_are_a_family(write, kind):
    (curves,) = read_mdt(write(scan(IMAGE, x=(1, 0.5, 2), z=(0, 0.5, 1), kind=kind)))

    np.testing.assert_allclose(curves.compute(), 0.5 * IMAGE)
    assert curves.data_type is DataType.LINE_PLOT_FAMILY
    assert curves._axes[1].values.tolist() == [1, 1.5, 2, 2.5, 3, 3.5, 4]
    assert (curves._axes[1].units, curves.units) == ("V", "nA")


def test_dots_give_a_curve_there_and_one_back(write):
    pairs = [([1, 2, 3], [4, 5]), ([6], [])]

    curves = read_mdt(write(dots(pairs, [(1, 2), (3, 4)])))

    assert [curve.compute().tolist() for curve in curves] == [[0.25, 0.5, 0.75], [1, 1.25], [1.5]]
    assert [curve.title for curve in curves] == [
        "I(V), point 0 (forward)", "I(V), point 0 (backward)", "I(V), point 1 (forward)",
    ]  # fmt: skip
    assert curves[2].metadata["coordinate"] == [3, 4]
    assert curves[0].metadata["coordinate_units"] == "um"
    assert curves[0]._axes[0].values.tolist() == [1, 1.5, 2]


@pytest.mark.parametrize("kind", [-1, -2, 2, -4, 8, -5892, -13320])
def test_data_of_every_type_are_upright_and_calibrated(write, kind):
    from made.mdt import KINDS

    array = IMAGE.astype(KINDS[kind])

    (image,) = read_mdt(write(data(array, XY, [("I", "nA", 1.0, 0.5, kind)])))

    np.testing.assert_allclose(image.compute(), 1 + 0.5 * IMAGE[::-1])
    y, x = image._axes[0], image._axes[1]
    # the calibration spans 6 steps of 0.5, shared by 7 pixels
    np.testing.assert_allclose(x.values, 1 + 3 / 7 * (np.arange(7) + 0.5))
    np.testing.assert_allclose(y.values, 2 + 1 / 5 * (np.arange(5)[::-1] + 0.5))
    assert (x.units, image.units, image.title) == ("um", "nA", "Iprobe")
    assert image.metadata["experiment"]["spring_constant"] == 2.5


def test_several_measurands_of_a_cell_are_several_datasets(write):
    records = np.zeros((2, 3), [("a", "<f4"), ("b", "<i2")])
    records["a"], records["b"] = np.arange(6).reshape(2, 3), 10 * np.arange(6).reshape(2, 3)
    measurands = [("Amplitude", "V", 0.0, 1.0, -5892), ("Phase", "deg", 5.0, 0.1, -2)]

    amplitude, phase = read_mdt(write(data(records, XY, measurands)))

    np.testing.assert_allclose(amplitude.compute(), records["a"][::-1])
    np.testing.assert_allclose(phase.compute(), 5 + 0.1 * records["b"][::-1])
    assert [one.title for one in (amplitude, phase)] == ["Iprobe, Amplitude", "Iprobe, Phase"]
    assert phase.units == "deg"


def test_a_curve_has_one_dimension(write):
    (curve,) = read_mdt(
        write(data(np.arange(4.0), [("Bias", "V", -1.0, 0.5)], [("I", "nA", 0, 1, -13320)]))
    )

    assert curve.shape == (4,)
    assert curve._axes[0].values.tolist() == [-1, -0.5, 0, 0.5]
    assert curve.data_type is DataType.SPECTRUM


@pytest.mark.parametrize("spectral_is_fastest", [True, False])
def test_the_spectral_axis_of_a_map_is_last(write, spectral_is_fastest):
    cube = np.arange(24.0).reshape(2, 3, 4)  # y, x, shift
    shift = ("Raman shift", "1/cm", 100.0, 2.0)
    dimensions = [shift, *XY] if spectral_is_fastest else [*XY, shift]
    stored = cube if spectral_is_fastest else cube.transpose(2, 0, 1)

    (result,) = read_mdt(
        write(data(np.ascontiguousarray(stored), dimensions, [("Counts", "", 0, 1, -13320)]))
    )

    np.testing.assert_array_equal(result.compute(), cube[::-1])
    assert result.data_type is DataType.SPECTRAL_IMAGE
    assert [axis.units for axis in result._axes.values()] == ["um", "um", "1/cm"]
    assert result._axes[2].values.tolist() == [100, 102, 104, 106]


def test_sweeps_at_points_stay_as_they_were_taken(write):
    sweeps = [([[1, 2, 3], [7, 8, 9]], [[4, 5, 6], [0, 0, 1]]), ([[1], [2]], [[3], [4]])]
    first = [sweeps[0], sweeps[0]]

    (cloud,) = read_mdt(write(points(first)))

    assert cloud.compute().tolist() == [[1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 1]] * 2
    assert cloud._axes[1].values.tolist() == [-1, 0, 1, 1, 0, -1] * 2
    assert (cloud._axes[1].units, cloud._axes[1].quantity) == ("V", "BV")
    assert (cloud.title, cloud.units, cloud.quantity) == ("I(V)", "nA", "Iprobe")
    np.testing.assert_array_equal(cloud.point_cloud["coordinates"], [[0.5, 2], [1.5, 2]])
    assert cloud[1, 3:5].compute().tolist() == [4, 5]


def test_points_with_other_sweeps_are_datasets_of_their_own(write):
    sweeps = [([[1, 2, 3]], [[4, 5, 6]]), ([[1, 2]], [[3, 4]])]

    long, short = read_mdt(write(points(sweeps)))

    assert (long.shape, short.shape) == ((6,), (4,))
    assert long.data_type is DataType.SPECTRUM
    assert short.metadata["coordinate"].tolist() == [1.5, 2]


def test_whole_numbers_of_sweeps_are_scaled_and_others_are_not(write):
    sweeps = [([[2, 4]], [[6, 8]])]
    quantity = 'bias="1" scale="0.5"'

    (whole,) = read_mdt(write(points(sweeps, kind="int16", quantity=quantity)))
    assert whole.compute().tolist() == [2, 3, 4, 5]

    (real,) = read_mdt(write(points(sweeps, kind="float32", quantity=quantity)))
    assert real.compute().tolist() == [2, 4, 6, 8]


def test_the_class_gives_every_frame_by_number_and_title(write):
    sweeps = [([[1, 2]], [[3, 4]]), ([[5, 6]], [[7, 8]])]
    reader = MDTReader(str(write(text("words"), scan(IMAGE), points(sweeps), frame(107, b""))))

    found = reader.read()

    assert list(found) == ["000_Text Frame", "001_Height", "002_Point_Cloud", "003_Unknown"]
    assert found["000_Text Frame"] is None
    assert found["003_Unknown"] is None
    assert found["001_Height"].original_metadata["texts"] == ["words"]
    spectrum = found["002_Point_Cloud"]["point_1"]
    assert spectrum.compute().tolist() == [[5], [6], [7], [8]]
    assert spectrum.metadata["channels"] == ["Iprobe"]
    cloud = reader.to_point_cloud(found["002_Point_Cloud"])
    assert cloud.shape == (2, 1, 4)
    assert cloud.data_type is DataType.POINT_CLOUD
    assert [axis.name for axis in cloud._axes.values()] == ["point number", "channel", "x"]


def test_a_point_cloud_of_different_sweeps_is_refused(write):
    reader = MDTReader(write(points([([[1, 2]], [[3, 4]]), ([[5]], [[7]])])))

    with pytest.raises(UnfitDataset, match="invent"):
        reader.to_point_cloud(reader.read()["000_Point_Cloud"])


def test_a_damaged_frame_is_left_out_with_a_warning(write):
    bad = data(IMAGE.astype("<i2"), XY, [("I", "nA", 0, 1, 77)])

    with pytest.warns(SidpyWarning, match="frame 0 of 2 is damaged .*type 77"):
        (image,) = read_mdt(write(bad, scan(IMAGE)))

    assert image.title == "Height"


def test_a_file_that_is_cut_short_gives_its_whole_frames(write):
    path = write(scan(IMAGE), scan(IMAGE, title="lost"))
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.warns(SidpyWarning, match="frame 1 of 2"):
        (image,) = read_mdt(path)

    assert image.title == "Height"


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([text("only words")], "none of its 1 frames"),
        ([frame(107, b"palette")], "none of its 1 frames"),
    ],
)
def test_a_file_without_numbers_says_so(write, frames, words):
    with pytest.raises(CorruptFile, match=words):
        read_mdt(write(*frames))


def test_curves_without_an_index_are_left_out_with_a_warning(write):
    with pytest.warns(SidpyWarning, match=r"without their index\.xml"):
        read_mdt(write(folder([("data0.dat", bytes(8))]), scan(IMAGE)))


def test_a_sweep_outside_its_member_is_left_out_with_a_warning(write):
    bad = points([([[1, 2]], [])]).replace(b'count="2" type', b'count="9" type')

    with pytest.warns(SidpyWarning, match="9 numbers of the type 'float64'"):
        read_mdt(write(bad, scan(IMAGE)))


def test_a_file_of_another_kind_is_a_type_error(tmp_path):
    path = tmp_path / "a.mdt"
    path.write_bytes(b"not what it says" * 4)

    with pytest.raises(UnrecognisedFile, match="01 B0 93 FF"):
        MDTReader(path).read()


# --- real files -----------------------------------------------------------------------


@pytest.mark.vendor
def test_the_real_points_are_those_of_the_instrument(vendor_data):
    path = vendor_data / "ntmdt-mdt" / "SciFiDatasets" / "test_mdt.mdt"

    found = MDTReader(path).read()

    assert list(found) == ["000_Text Frame", "001_1F:Iprobe", "002_Point_Cloud"]
    image, cloud = found["001_1F:Iprobe"], found["002_Point_Cloud"]
    assert (image.shape, image.units) == ((256, 256), "nA")
    assert len(cloud) == 25
    assert cloud["point_0"].shape == (3522, 1)
    assert float(cloud["point_0"][0, 0].compute()) == pytest.approx(-1.19477230848)
