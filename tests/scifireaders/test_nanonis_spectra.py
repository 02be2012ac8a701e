"""Nanonis grids and curves: any shape, what was swept by its name, stopped measurements."""

import numpy as np
import pytest
from made.nanonis import PARAMETERS, write_3ds, write_dat

import sidpy
from SciFiReaders import Nanonis3dsReader, NanonisDatReader
from SciFiReaders.readers.probe.nanonis_3ds import read_3ds
from SciFiReaders.readers.probe.nanonis_dat import read_dat
from sidpy import DataType, DimensionType
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

SEGMENTS = "Segment Start (V), Segment End (V), Settling (s), Integration (s), Steps (xn), Lockin"


@pytest.fixture
def spectra():
    """Two channels of 3 rows and 4 columns of 5 points."""
    return np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)


# --- grids ----------------------------------------------------------------------------


def test_a_grid_is_rows_columns_points_and_every_parameter_an_image(tmp_path, spectra):
    channels = ("Current (A)", "LI Demod 1 X [bwd] (V)")
    path = write_3ds(tmp_path / "a.3ds", spectra, channels=channels)

    found = read_3ds(path)

    assert [(d.title, d.units) for d in found[:2]] == [
        ("Current", "A"), ("LI Demod 1 X [bwd]", "V"),
    ]  # fmt: skip
    np.testing.assert_array_equal(found[1].compute(), spectra[1])
    assert [d.metadata["scan"]["sweep_direction"] for d in found[:2]] == ["forward", "backward"]
    assert [d.title for d in found[2:]] == ["Sweep Start", "Sweep End", "X", "Y", "Z"]
    np.testing.assert_array_equal(found[-1].compute(), 2 + 3 * np.arange(12).reshape(3, 4))
    assert found[-1].data_type is DataType.IMAGE
    assert found[0].data_type is DataType.SPECTRAL_IMAGE


def test_pixels_of_a_grid_are_width_over_number_apart(tmp_path, spectra):
    path = write_3ds(
        tmp_path / "a.3ds", spectra[:1], **{"Grid settings": "1E-6;-2E-6;8E-9;3E-9;4.5E+1"}
    )

    y, x, bias = read_3ds(path)[0]._axes.values()

    np.testing.assert_allclose(x.values, 1e-6 + 2e-9 * np.array([-1.5, -0.5, 0.5, 1.5]))
    np.testing.assert_allclose(y.values, -2e-6 + 1e-9 * np.array([-1, 0, 1]))
    assert (x.units, y.units, bias.name, bias.units) == ("m", "m", "Bias", "V")
    np.testing.assert_allclose(bias.values, [-1, -0.5, 0, 0.5, 1])
    assert read_3ds(path)[0].metadata["scan"]["angle"] == 45


@pytest.mark.parametrize("settings", [None, "1;2", "0;0;0;3E-9;0", "wide"])
def test_a_grid_that_does_not_say_its_size_has_pixels(tmp_path, spectra, settings):
    path = write_3ds(tmp_path / "a.3ds", spectra[:1], **{"Grid settings": settings})

    assert read_3ds(path)[0]._axes[1].units == "px"


def test_a_line_of_spectra_has_no_width(tmp_path, spectra):
    path = write_3ds(
        tmp_path / "a.3ds", spectra[:1, :1], **{"Grid settings": "0;1E-9;4E-9;0E+0;0"}
    )

    y, x, _ = read_3ds(path)[0]._axes.values()

    assert (list(y.values), y.units) == ([1e-9], "m")
    np.testing.assert_allclose(x.values, [-1.5e-9, -0.5e-9, 0.5e-9, 1.5e-9])


@pytest.mark.parametrize("left", [1, 3, 4, 6, 8, 11])
def test_a_stopped_grid_is_filled_with_nan_and_says_so(tmp_path, spectra, left):
    path = write_3ds(tmp_path / "a.3ds", spectra, channels=("Current (A)", "Z (m)"))
    record = 4 * (2 + len(PARAMETERS) + 10)
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) - (12 - left) * record + 7])

    with pytest.warns(SidpyWarning, match=f"{left} of the 12 spectra"):
        found = read_3ds(path)

    values = found[1].compute().reshape(12, 5)
    np.testing.assert_array_equal(values[:left], spectra[1].reshape(12, 5)[:left])
    assert np.isnan(values[left:]).all()
    assert np.isnan(found[-1].compute().ravel()[left:]).all()
    assert found[0].shape == (3, 4, 5)


@pytest.mark.parametrize(
    ("segments", "wanted"),
    [
        ("-1,0,1E-3,1E-3,3,0,0;0,2,1E-3,1E-3,2,0,0", [-1, -0.5, 0, 0, 2]),
        ("-1,0,1E-3,1E-3,3,0,0;0,2,1E-3,1E-3,3,0,0", [-1, -0.5, 0, 1, 2]),
    ],
    ids=["ends twice", "ends once"],
)
def test_the_points_of_a_sweep_in_segments_lie_where_they_were(
    tmp_path, spectra, segments, wanted
):
    path = write_3ds(
        tmp_path / "a.3ds", spectra[:1], **{"Filetype": "MLS", SEGMENTS: segments, "Points": '"5"'}
    )

    np.testing.assert_allclose(read_3ds(path)[0]._axes[2].values, wanted)


def test_segments_that_do_not_add_up_leave_the_points_unplaced(tmp_path, spectra):
    path = write_3ds(tmp_path / "a.3ds", spectra[:1], **{SEGMENTS: "0,1,0,0,4,0;2,3,0,0,4,0"})

    with pytest.warns(SidpyWarning, match="8 steps, but there are 5 points"):
        axis = read_3ds(path)[0]._axes[2]

    assert (axis.name, axis.units) == ("point", "generic")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"Grid dim": '"4 x 0"'}, "Grid dim"),
        ({"Grid dim": '"4"'}, "Grid dim"),
        ({"Grid dim": '"99999999 x 99999999"'}, "cut short"),
        ({"Points": None}, "'points'"),
        ({"Points": 6}, "per pixel"),
        ({"Channels": '""'}, "0 channels"),
        ({"# Parameters (4 byte)": 2}, "parameters"),
    ],
)
def test_a_grid_header_that_cannot_be_true_is_refused(tmp_path, spectra, header, words):
    path = write_3ds(tmp_path / "a.3ds", spectra[:1], **header)

    with pytest.raises(CorruptFile, match=words):
        read_3ds(path)


def test_the_grid_class_returns_the_channels_alone_with_released_keys(tmp_path, spectra):
    path = write_3ds(tmp_path / "a.3ds", spectra[:1], Comment="a=b", Date='"04.06.2016 20:13:23"')

    (found,) = Nanonis3dsReader(str(path)).read()

    assert [axis.name for axis in found._axes.values()] == ["Y", "X", "Bias"]
    header = found.original_metadata
    assert (header["dim_px"], header["sweep_signal"]) == ([4, 3], "Bias (V)")
    assert (header["size_xy"], header["angle"]) == ([8e-9, 3e-9], 0.0)
    assert header["Comment"] == "a=b"
    assert found.metadata["experiment"]["start_date_time"] == "2016-06-04T20:13:23"


def test_a_large_grid_opens_without_reading_a_spectrum(tmp_path, spectra):
    path = write_3ds(tmp_path / "a.3ds", spectra[:1], **{"Grid dim": '"4096 x 4096"'})
    with path.open("ab") as file:
        file.truncate(file.tell() + 4096 * 4096 * 40)

    found = read_3ds(path)[0]

    assert found.shape == (4096, 4096, 5)
    assert not found[-1, -2:].compute().any()


# --- curves ---------------------------------------------------------------------------


def test_each_column_is_a_curve_along_the_first(tmp_path):
    names = ["Z rel (m)", "Current (A)", "Phase [bwd] (deg)", "Input 3 (V) [bwd] [filt]", "Count"]
    rows = np.arange(20.0).reshape(4, 5)
    path = write_dat(tmp_path / "a.dat", names, rows)

    found = read_dat(path)

    assert [(d.title, d.quantity, d.units) for d in found] == [
        ("Current", "Current", "A"),
        ("Phase [bwd]", "Phase", "deg"),
        ("Input 3 [bwd] [filt]", "Input 3", "V"),
        ("Count", "Count", "generic"),
    ]
    np.testing.assert_array_equal(found[2].compute(), rows[:, 3])
    axis = found[0]._axes[0]
    assert (axis.name, axis.quantity, axis.units) == ("Z_rel", "Length", "m")
    assert axis.dimension_type is DimensionType.SPECTRAL


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_one_row_is_a_curve_of_one_point(tmp_path, end):
    path = write_dat(tmp_path / "a.dat", ["Bias (V)", "Current (A)"], [[1, 2e-12]], end=end)

    (found,) = read_dat(path)

    assert found.compute().tolist() == [2e-12]


def test_no_row_at_all_is_refused_with_the_reason(tmp_path):
    path = write_dat(tmp_path / "a.dat", ["Bias (V)", "Current (A)"], [])

    with pytest.raises(CorruptFile, match="stopped before it began"):
        read_dat(path)


def test_a_row_cut_short_is_left_out_and_said(tmp_path):
    path = write_dat(tmp_path / "a.dat", ["Bias (V)", "Current (A)"], [[1, 2], [3, 4]])
    path.write_bytes(path.read_bytes().rpartition(b"\t")[0])

    with pytest.warns(SidpyWarning, match="cut short"):
        found = read_dat(path)

    assert found[0].shape == (1,)


def test_a_history_runs_along_its_sample_period(tmp_path):
    header = [("Experiment", "History Data"), ("Sample Period (ms)", "20")]
    path = write_dat(tmp_path / "a.dat", ["Current (A)", "Z (m)"], [[1, 2], [3, 4]], header)

    found = read_dat(path)

    assert [d.title for d in found] == ["Current", "Z"]
    axis = found[0]._axes[0]
    assert axis.dimension_type is DimensionType.TEMPORAL
    np.testing.assert_allclose(axis.values, [0, 0.02])


@pytest.mark.parametrize(
    ("column", "kind", "quantity"),
    [("Time (s)", DimensionType.TEMPORAL, "Time"), ("Frequency (Hz)", None, "Frequency")],
)
def test_time_series_and_spectra_are_named_after_their_axis(tmp_path, column, kind, quantity):
    rows = [[0, 1], [0.5, 2], [2.0, 3]]
    path = write_dat(tmp_path / "a.dat", [column, "Current (A/sqrt(Hz))"], rows)

    axis = read_dat(path)[0]._axes[0]

    assert axis.quantity == quantity
    assert axis.dimension_type is (kind or DimensionType.SPECTRAL)
    assert axis.values.tolist() == [0, 0.5, 2.0]


def test_rounded_steps_are_equal_and_measured_places_stay(tmp_path):
    exact = np.linspace(-3, 3, 200)
    path = write_dat(tmp_path / "a.dat", ["Bias (V)", "Current (A)"], [[v, 0] for v in exact])
    moved = exact.copy()
    moved[7] += 1e-3
    other = write_dat(tmp_path / "b.dat", ["Bias (V)", "Current (A)"], [[v, 0] for v in moved])

    np.testing.assert_array_equal(read_dat(path)[0]._axes[0].values, exact)
    np.testing.assert_allclose(read_dat(other)[0]._axes[0].values, moved, atol=5e-6)


def test_the_header_keeps_every_value_to_its_last_line(tmp_path):
    header = [
        ("Experiment", "bias spectroscopy"),
        ("Comment01", "5 Å\nsecond line"),
        ("Scan>Range", "1E-9\t2E-9\t3"),
        ("Z-Controller>Setpoint", "100E-12"),
        ("Z-Controller>Setpoint unit", "A"),
    ]
    path = write_dat(tmp_path / "a.dat", ["Bias (V)", "Current (A)"], [[1, 2]], header)
    raw = path.read_bytes().replace(b"A\t\n\n[DATA]", b"A\t\n[DATA]")
    path.write_bytes(raw.replace(b"second line\t", b"second line"))

    found = NanonisDatReader(path).read()[0]

    assert found.original_metadata["Comment01"] == "5 Å\nsecond line"
    assert found.original_metadata["Scan>Range"] == [1e-9, 2e-9, 3]
    experiment = found.metadata["experiment"]
    assert (experiment["setpoint"], experiment["setpoint_units"]) == (1e-10, "A")


def test_gaps_and_decimal_commas_are_numbers_and_words_are_not(tmp_path):
    path = write_dat(tmp_path / "a.dat", ["Bias (V)", "Current (A)"], [[1, 2], [3, 4]])
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"2.0000", b"2,5000").replace(b"4.00000E+00", b"N/A"))

    assert np.isnan(read_dat(path)[0].compute()).tolist() == [False, True]
    path.write_bytes(raw.replace(b"4.00000E+00", b"four"))
    with pytest.raises(CorruptFile, match="row 2"):
        read_dat(path)


def test_other_text_is_a_type_error(tmp_path):
    path = tmp_path / "a.dat"
    path.write_text("1 2 3\n[DATA]\n")

    with pytest.raises(UnrecognisedFile, match=r"\[DATA\]"):
        NanonisDatReader(path).read()


# --- real files -----------------------------------------------------------------------


@pytest.mark.vendor
def test_real_files_give_what_the_released_classes_gave(vendor_data):
    folder = vendor_data / "nanonis-3ds" / "SciFiDatasets"
    grid = Nanonis3dsReader(str(folder / "NanonisReader_STS_grid_lockin.3ds")).read()
    folder = vendor_data / "nanonis-dat" / "SciFiDatasets"
    curves = NanonisDatReader(str(folder / "NanonisReader_BiasSpectroscopy.dat")).read()

    assert [d.shape for d in grid] == [(30, 30, 200)] * 4
    assert [d.shape for d in curves] == [(256,)] * 24
    assert curves[0].labels == ["Voltage (V)"]


@pytest.mark.vendor
def test_stored_positions_of_a_real_grid_prove_its_spacing(vendor_data):
    path = next((vendor_data / "nanonis-3ds").rglob("*.3ds"))
    found = {d.title: d for d in sidpy.read(path).values()}
    x, y = found["X"].compute().astype("f8"), found["Y"].compute().astype("f8")

    step = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1)).mean()

    assert step == pytest.approx(5e-9 / 30, rel=2e-3)
    assert found["Current"]._axes[1].slope == pytest.approx(5e-9 / 30)
