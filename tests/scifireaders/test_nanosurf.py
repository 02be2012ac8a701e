"""Nanosurf files: counts of every width become values, images upright, curves along theirs."""

import numpy as np
import pytest
from made.nanosurf import COUNTS, IMAGE, SIZES, channel, write_nhf, write_nid

from SciFiReaders.readers.microscopy.spm.afm.nanosurf import NanoSurfNIDReader, nhf_read, nid_read
from SciFiReaders.readers.probe.nanosurf_nhf import read_nhf
from SciFiReaders.readers.probe.nanosurf_nid import read_nid
from sidpy import DataType
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile


@pytest.mark.parametrize("order", ["Intel", "Motorola"])
@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "u1", "u2", "u4"])
def test_counts_of_every_width_and_order_span_the_range(tmp_path, kind, order):
    counts = COUNTS.astype(kind)
    path = write_nid(tmp_path / "a.nid", {"Scan": [channel(counts, order=order)]})

    (found,) = read_nid(path)

    half = 0.5 if kind[0] == "i" else 0.0
    exact = (counts[::-1] / 2.0 ** (8 * int(kind[1])) + half) * 2e-6 - 1e-6
    np.testing.assert_allclose(found.compute(), exact, rtol=1e-12, atol=1e-20)
    assert (found.title, found.units) == ("Z-Axis (Scan forward)", "m")


def test_an_image_lies_where_its_dimensions_say(tmp_path):
    path = write_nid(tmp_path / "a.nid", {"Scan": [channel(COUNTS, Dim0Min=1e-8, Dim1Min=-5e-9)]})

    y, x = read_nid(path)[0]._axes.values()

    np.testing.assert_allclose(x.values, 1e-8 + 2e-9 * (np.arange(7) + 0.5))
    np.testing.assert_allclose(y.values, 1e-9 * np.array([-0.5, -1.5, -2.5, -3.5, -4.5]))


def test_curves_run_from_the_least_to_the_largest_value(tmp_path):
    facts = {"Dim0Name": "Tip voltage", "Dim0Unit": "V", "Dim0Range": 4, "Dim0Min": -2}
    one = channel(np.arange(5, dtype="i2")[None], "Current", "Spec forward", **facts)
    more = channel(np.arange(10, dtype="i2").reshape(2, 5), "Current", "Spec backward", **facts)
    path = write_nid(tmp_path / "a.nid", {"f": [one], "b": [more]})

    first, second = read_nid(path)

    assert (first.shape, first.data_type) == ((5,), DataType.SPECTRUM)
    assert (second.shape, second.data_type) == ((2, 5), DataType.LINE_PLOT_FAMILY)
    for axis in (first._axes[0], second._axes[1]):
        assert (axis.values.tolist(), axis.units) == ([-2, -1, 0, 1, 2], "V")
        assert axis.quantity == "Tip voltage"
    np.testing.assert_allclose(second.compute()[1, 0], 5 / 2**16 * 2e-6, rtol=1e-9)


def test_channels_come_in_the_order_of_their_numbers(tmp_path):
    groups = {"Scan": [channel(COUNTS + k, f"channel {k}") for k in range(12)]}
    path = write_nid(tmp_path / "a.nid", groups)

    found = read_nid(path)

    assert [d.quantity for d in found] == [f"channel {k}" for k in range(12)]
    firsts = [d.compute()[-1, 0] * 2**16 / 2e-6 for d in found]
    np.testing.assert_allclose(firsts, np.arange(12), atol=1e-9)


def test_conditions_have_their_units_converted(tmp_path):
    info = {
        "Tip voltage": "250 mV", "Vibration freq.": "170.165kHz", "Setpoint": "50 %",
        "Date": "18-09-2017", "Time": "15:14:19",
    }  # fmt: skip
    path = write_nid(tmp_path / "a.nid", {"Scan": [channel(COUNTS)]}, info)

    experiment = read_nid(path)[0].metadata["experiment"]

    assert experiment["bias"] == 0.25
    assert experiment["frequency"] == pytest.approx(170165)
    assert (experiment["setpoint"], experiment["setpoint_units"]) == (50, "%")
    assert experiment["start_date_time"] == "2017-09-18T15:14:19"


@pytest.mark.parametrize(
    ("facts", "error", "words"),
    [
        ({"Lines": 6}, CorruptFile, "6 lines of 7 points"),
        ({"Points": -7}, CorruptFile, "Points"),
        ({"Points": 10**9, "Lines": 10**9}, CorruptFile, "cut short"),
        ({"SaveBits": 12}, UnsupportedFile, "SaveBits"),
        ({"SaveMode": "ASCII"}, UnsupportedFile, "ASCII"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(tmp_path, facts, error, words):
    path = write_nid(tmp_path / "a.nid", {"Scan": [channel(COUNTS, **facts)]})

    with pytest.raises(error, match=words):
        read_nid(path)


def test_damaged_text_is_named(tmp_path):
    raw = write_nid(tmp_path / "a.nid", {"Scan": [channel(COUNTS)]}).read_bytes()
    path = tmp_path / "b.nid"
    for change, words in (
        (raw.partition(b"#!")[0], "no end"),
        (raw.replace(b"[DataSet-0:0]", b"[DataSet-9:9]"), "DataSet-0:0"),
        (raw.replace(b"Gr0-Ch0", b"Gr0-XX0"), "no channel"),
    ):
        path.write_bytes(change)
        with pytest.raises(CorruptFile, match=words):
            read_nid(path)
    path.write_text("something else")
    with pytest.raises(UnrecognisedFile, match="Nanosurf"):
        NanoSurfNIDReader(path).read()


def test_the_released_readers_of_arrays_find_kind_way_and_channel(tmp_path):
    spec = channel(np.arange(12, dtype="i2").reshape(2, 6), "Deflection", "Spec backward")
    path = write_nid(tmp_path / "a.nid", {"Scan": [channel(COUNTS)], "Spec": [spec]})

    found = nid_read(str(path), dataframe=False, verbose=False)

    image = found.data["Image"]["Forward"]["Z-Axis"]
    assert image.shape == (5, 7)
    assert image[0, 0] < image[-1, 0]
    assert found.data["Spec"]["Backward"]["Deflection"].shape == (2, 6)
    assert list(NanoSurfNIDReader(str(path)).read()) == ["Channel_000", "Channel_001"]


# --- Nanosurf Studio ------------------------------------------------------------------


def test_counts_between_the_limits_of_their_type_are_values(tmp_path):
    counts = np.array([-(2**31) + 1, 2**31 - 1, 0, -(2**31)], "i4")
    sizes = {**SIZES, "image_points_per_line": 2, "image_number_of_lines": 2}
    path = write_nhf(tmp_path / "a.nhf", {"Image": (sizes, {"Forward": [(IMAGE, counts)]})})

    (found,) = read_nhf(path)

    np.testing.assert_allclose(found.compute(), [[0, np.nan], [-2e-6, 2e-6]], atol=1e-15)
    assert (found.title, found.units) == ("Topography (Forward)", "m")
    y, x = found._axes.values()
    np.testing.assert_allclose(x.values, [-1.75e-9, 1.75e-9])
    np.testing.assert_allclose(y.values, [2.5e-9, -2.5e-9])


def test_version_1_has_numbers_for_types_and_other_names(tmp_path):
    facts = {
        "name": "Position Z", "dataset_element_type": 2, "base_calibration_min": 0.0,
        "base_calibration_max": 65535.0, "base_calibration_unit": "V",
    }  # fmt: skip
    path = write_nhf(
        tmp_path / "a.nhf",
        {"Image": (SIZES, {"Backward": [(facts, COUNTS.astype("u2").ravel())]})},
        version=1,
    )

    (found,) = read_nhf(path)

    np.testing.assert_allclose(found.compute(), COUNTS[::-1], atol=1e-9)
    assert (found.quantity, found.units) == ("Position Z", "V")


def test_the_signal_that_was_selected_is_reached_through_linear_maps(tmp_path):
    facts = {**IMAGE, "signal_id": "adc", "signal_selected": "force"}
    one = {"signal_mapping_type": "linear", "signal_calibration_id": "x"}
    maps = [
        {**one, "signal_source_id": "adc", "signal_sink_id": "volt", "signal_sink_unit": "V",
         "signal_source_unit": "int", "signal_invertibility": "right",
         "signal_mapping_parameters": [0.5, 1.0]},
        {**one, "signal_source_id": "volt", "signal_sink_id": "force", "signal_source_unit": "V",
         "signal_sink_unit": "Newton (N)", "signal_invertibility": "two_way",
         "signal_mapping_parameters": [4.0, 2.0]},
    ]  # fmt: skip
    path = write_nhf(
        tmp_path / "a.nhf",
        {"Image": (SIZES, {"Forward": [(facts, COUNTS.ravel().astype("i4"))]})},
        maps=maps,
    )

    (found,) = read_nhf(path)

    np.testing.assert_allclose(found.compute(), ((COUNTS * 0.5 + 1) - 2)[::-1] / 4)
    assert found.units == "N"


@pytest.mark.parametrize("lengths", [[3, 3], [4, 2]], ids=["equal", "unequal"])
def test_curves_are_parted_by_their_lengths(tmp_path, lengths):
    counts = np.arange(6, dtype="i4")
    facts = {**IMAGE, "dataset_block_size_source": "blocks"}
    blocks = {"dataset_block_size_id": "blocks"}
    path = write_nhf(
        tmp_path / "a.nhf",
        {"Spec": ({}, {"Advance": [(facts, counts), (blocks, np.array(lengths, "i4"))]})},
    )

    (found,) = read_nhf(path)

    assert found.shape == (2, max(lengths))
    assert np.isnan(found.compute()[1]).sum() == max(lengths) - lengths[1]
    assert nhf_read(path).data["Spec"]["Advance"]["Topography"].shape == found.shape


def test_other_versions_and_empty_files_are_refused(tmp_path):
    with pytest.raises(UnsupportedFile, match="version 3"):
        read_nhf(write_nhf(tmp_path / "a.nhf", {}, version=3))
    with pytest.raises(CorruptFile, match="channel"):
        read_nhf(write_nhf(tmp_path / "b.nhf", {"Image": (SIZES, {})}))


# --- real files -----------------------------------------------------------------------


@pytest.mark.vendor
def test_real_images_are_those_of_the_released_readers(vendor_data):
    path = next((vendor_data / "nanosurf-nid").rglob("image.nid"))

    data = nid_read(str(path), verbose=False).data

    assert {way: list(found) for way, found in data["Image"].items()} == {
        "Forward": ["Z-Axis", "Amplitude", "Phase"], "Backward": ["Z-Axis", "Amplitude", "Phase"],
    }  # fmt: skip
    np.testing.assert_allclose(
        data["Image"]["Forward"]["Z-Axis"][0, :2], [1.27952881e-6, 1.27865601e-6]
    )
