"""Nanoscope files: counts become heights, forces and phases, upright, of any width."""

import numpy as np
import pytest
from made.nanoscope import COUNTS, VOLUME, curves, image, write_nanoscope

import sidpy
from SciFiReaders import BrukerAFMReader
from SciFiReaders.readers.probe.bruker_nanoscope import read_nanoscope
from sidpy import DataType
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile

CURVE = np.arange(9, dtype="<i2")


@pytest.mark.parametrize("kind", ["<i2", "<i4"])
def test_counts_times_scale_over_their_range_times_sensitivity(tmp_path, kind):
    path = write_nanoscope(tmp_path / "a.001", [image(COUNTS.astype(kind))])

    (found,) = read_nanoscope(path)

    steps = 2 ** (8 * np.dtype(kind).itemsize)
    np.testing.assert_allclose(found.compute(), COUNTS * (440 / steps * 15), rtol=1e-12)
    assert (found.title, found.quantity, found.units) == ("Height (Trace)", "Height", "nm")
    assert found.data_type is DataType.IMAGE


def test_row_0_is_the_top_and_each_side_has_its_own_length(tmp_path):
    scan = {"X Offset": "1000 nm", "Y Offset": "-2000 nm"}
    path = write_nanoscope(tmp_path / "a.001", [image(COUNTS)], scan=scan)

    y, x = read_nanoscope(path)[0]._axes.values()

    np.testing.assert_allclose(x.values, 1 + 0.5 * np.arange(-3, 4))
    np.testing.assert_allclose(y.values, -2 + 0.25 * np.array([2, 1, 0, -1, -2]))
    assert (x.units, y.units) == ("µm", "µm")


@pytest.mark.parametrize(
    ("facts", "scan", "wanted"),
    [
        ({"Scan Size": None}, {}, (4000, 8000, "nm")),
        ({"Scan Size": "6 ~m", "Aspect ratio": "1:1"}, {}, (6, 6, "µm")),
        ({"Scan Size": None}, {"Scan Size": "0 nm"}, (None, None, "px")),
        ({"Scan Size": None}, {"Scan Size": None}, (None, None, "px")),
    ],
    ids=["aspect ratio of the scan", "own aspect ratio", "no size", "not said"],
)
def test_the_size_of_a_scan_comes_from_where_the_file_says_it(tmp_path, facts, scan, wanted):
    path = write_nanoscope(tmp_path / "a.001", [image(COUNTS, **facts)], scan=scan)

    y, x = read_nanoscope(path)[0]._axes.values()

    height, width, units = wanted
    assert x.units == units
    if height:
        assert abs(y.slope) * 5 == pytest.approx(height)
        assert x.slope * 7 == pytest.approx(width)


@pytest.mark.parametrize(
    ("scale", "soft", "factor", "units"),
    [
        ("V [Sens. Phase] (0.0055 deg/LSB) 360.0 deg", "V 1.000000 ", 360, "deg"),
        ("V [Sens. Deg] (0.0055 º/LSB) 180.0 º", "V 1.000000 ", 180, "°"),
        ("V [Sens. Amp] (0.015 mV/LSB) 1000.0 mV", "V 62.0 nm/V", 62, "nm"),
        ("V [Sens. F] (0.06 Arb/LSB) 4096.0 Arb", "V 33.48 nN/Arb", 4096 * 33.48, "nN"),
        ("V [Sens. K] (0.06 Arb/LSB) 10.0 Arb", "V 2.0 N/m*Arb", 20, "N/m"),
        ("V [Sens. B] (0.0003 V/LSB) 10.0 V", "V 1000.0 mV/V", 10000, "mV"),
        ("V [Sens. L] (0.0004 log(Arb)/LSB) 32 log(Arb)", "V 1 log(Pa)/log(Arb)", 32, "log(Pa)"),
        ("V (0.000011 kHz/LSB) 83.2 kHz", None, 83.2, "kHz"),
    ],
    ids=["no units", "degrees", "prefix", "arbitrary", "product", "voltage", "logarithm", "none"],
)  # fmt: skip
def test_soft_scales_of_every_kind(tmp_path, scale, soft, factor, units):
    name = scale.partition("[")[2].partition("]")[0]
    path = write_nanoscope(
        tmp_path / "a.001", [image(COUNTS, "X", scale)], scales={f"@{name}": soft} if soft else {}
    )

    (found,) = read_nanoscope(path)

    np.testing.assert_allclose(found.compute(), COUNTS * (factor / 65536), rtol=1e-12)
    assert found.units == units


def test_a_channel_without_a_scale_keeps_its_counts(tmp_path):
    path = write_nanoscope(tmp_path / "a.001", [image(COUNTS, **{"@2:Z scale": None})])

    (found,) = read_nanoscope(path)

    assert found.dtype == np.dtype("i2")
    np.testing.assert_array_equal(found.compute(), COUNTS)
    assert found.units == "generic"


def test_every_channel_is_a_dataset_with_its_direction(tmp_path):
    channels = [image(COUNTS), image(COUNTS, "Phase", **{"Line direction": "Retrace"})]
    path = write_nanoscope(tmp_path / "a.001", channels)

    assert [d.title for d in BrukerAFMReader(str(path)).read()] == [
        "Height (Trace)", "Phase (Retrace)",
    ]  # fmt: skip


def test_a_force_curve_is_two_halves_along_the_measured_height(tmp_path):
    sensor = curves(CURVE * 2, (5, 4), "Height Sensor", "V [Sens. Zscan] (0.01 V/LSB) 3 V")
    path = write_nanoscope(
        tmp_path / "a.001", [curves(CURVE, (5, 4)), sensor], kind="Force file list"
    )

    found = read_nanoscope(path)

    assert [(d.title, d.shape) for d in found] == [
        ("Deflection Error (Approach)", (5,)), ("Deflection Error (Retract)", (4,)),
        ("Height Sensor (Approach)", (5,)), ("Height Sensor (Retract)", (4,)),
    ]  # fmt: skip
    np.testing.assert_allclose(found[1].compute(), CURVE[5:] * 0.001 * 70)
    axis = found[1]._axes[0]
    np.testing.assert_allclose(axis.values, CURVE[5:] * 2 * 0.01 * 15)
    assert (axis.name, axis.units, axis.quantity) == ("z", "nm", "Height Sensor")
    experiment = found[0].metadata["experiment"]
    assert experiment["spring_constant"] == 40
    assert experiment["start_date_time"] == "2020-07-02T18:42:39"
    assert len(BrukerAFMReader(path).read()) == 2


def test_a_curve_without_a_sensor_lies_along_the_ramp(tmp_path):
    ramp = {"@4:Ramp size": "V [Sens. Zscan] (0.0048 V/LSB) 10.0 V"}
    path = write_nanoscope(tmp_path / "a.001", [curves(CURVE, (5, 4), **ramp)])
    bare = write_nanoscope(tmp_path / "b.001", [curves(CURVE, (5, 4))])

    axis = read_nanoscope(path)[0]._axes[0]

    np.testing.assert_allclose(axis.values, 30 * np.arange(5))
    assert (axis.name, axis.units) == ("z", "nm")
    assert read_nanoscope(bare)[0]._axes[0].name == "point"


@pytest.mark.parametrize("step", ["0.001", "1.52587890625e-08"], ids=["of 2 bytes", "of 4 bytes"])
def test_hard_scales_of_either_width_give_the_same_force(tmp_path, step):
    scale = f"V [Sens. DeflSens] ({step} V/LSB) 24.576 V"
    path = write_nanoscope(
        tmp_path / "a.001", [curves(CURVE.astype("<i4") << 16, (5, 4), scale=scale)]
    )

    found = read_nanoscope(path)

    np.testing.assert_allclose(found[0].compute(), CURVE[:5] * 0.001 * 70, rtol=1e-9)


@pytest.mark.parametrize("how", ["image", "line"])
def test_a_force_volume_is_an_upright_image_of_curves(tmp_path, how):
    channels = [image(VOLUME[..., 0])] if how == "image" else []
    # the image tells the width of the counts, without it the header has to
    facts = {"Bytes/pixel": 4} if how == "line" else {}
    force = {"force/line": 3} if how == "line" else {}
    path = write_nanoscope(
        tmp_path / "a.spm",
        [*channels, curves(VOLUME, (5, 4), **facts)],
        kind="Force file list",
        force=force,
    )

    approach, retract = read_nanoscope(path)[-2:]

    assert (approach.shape, retract.shape) == ((2, 3, 5), (2, 3, 4))
    assert approach.data_type is DataType.SPECTRAL_IMAGE
    np.testing.assert_allclose(
        retract.compute(), VOLUME[..., 5:] * (0.001 / 65536 * 70), rtol=1e-9
    )


def test_an_image_that_was_stopped_gives_its_lines_and_says_so(tmp_path):
    path = write_nanoscope(tmp_path / "a.001", [image(COUNTS, **{"Number of lines": 10})])

    with pytest.warns(SidpyWarning, match="5 of the 10 lines"):
        (found,) = read_nanoscope(path)

    assert found.shape == (5, 7)
    assert abs(found._axes[0].slope) == pytest.approx(5 / 4 / 10)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"Samps/line": None}, "Samps/line"),
        ({"Number of lines": 3}, "2 or 4 bytes"),
        ({"Data length": 10**12}, "cut short"),
        ({"Data offset": -4}, "Data offset"),
        ({"Samps/line": 99999999, "Number of lines": 99999999}, "2 or 4 bytes"),
    ],
)
def test_an_image_that_cannot_be_is_refused(tmp_path, facts, words):
    path = write_nanoscope(tmp_path / "a.001", [image(COUNTS, **facts)])

    with pytest.raises(CorruptFile, match=words):
        read_nanoscope(path)


def test_what_is_no_file_of_ours_is_named(tmp_path):
    old = tmp_path / "old.001"
    old.write_bytes(b"\\*File list\r\n\\Date: x\r\n\\*AFM image list\r\n\\*File list end\r\n")
    open_end = tmp_path / "b.001"
    open_end.write_bytes(b"\\*File list\r\n\\Date: x\r\n")
    other = tmp_path / "c.001"
    other.write_text("something else")

    with pytest.raises(UnsupportedFile, match="Ciao"):
        read_nanoscope(old)
    with pytest.raises(CorruptFile, match="no end"):
        read_nanoscope(open_end)
    with pytest.raises(UnrecognisedFile, match="file list"):
        BrukerAFMReader(other).read()


@pytest.mark.vendor
def test_a_real_force_curve_is_read_as_the_released_class_did(vendor_data):
    path = next((vendor_data / "bruker-nanoscope").rglob("*TAP525.001"))

    found = BrukerAFMReader(str(path)).read()

    assert [d.shape for d in found] == [(512,), (512,)]
    assert len(sidpy.read(path)) == 4
