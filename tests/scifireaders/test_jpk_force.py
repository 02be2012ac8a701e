"""Force curves of JPK: every segment, every scaling, maps as cubes the right way up."""

import warnings

import numpy as np
import pytest
from made.jpk import (
    DISTANCE,
    ENCODERS,
    FORCE,
    VOLTS,
    channel_info,
    write_curve,
    write_map,
    write_zip,
    zip_bytes,
)

from SciFiReaders.readers.probe.jpk_force import read_jpk_force
from SciFiReaders.readers.probe.zip_members import Archive
from sidpy import DataType
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile


def _volts(raw):
    return np.asarray(raw, "f8") * VOLTS[0] + VOLTS[1]


def _force(raw):
    return (_volts(raw) * DISTANCE[0] + DISTANCE[1]) * FORCE[0] + FORCE[1]


@pytest.mark.parametrize("encoder", ENCODERS)
def test_numbers_go_through_every_slot_up_to_the_default(tmp_path, encoder):
    raw = [0, 1, 32_767, 7]
    path = write_curve(tmp_path / "a.jpk-force", {"extend": raw}, encoder=encoder)

    (curve,) = read_jpk_force(path)

    np.testing.assert_allclose(curve.compute(), _force(raw), rtol=1e-15)
    assert (curve.units, curve.quantity) == ("N", "Force")
    assert curve.title == "vDeflection, segment 0 (extend)"


@pytest.mark.parametrize(("slot", "units"), [("volts", "V"), ("distance", "m"), ("force", "N")])
def test_a_slot_can_be_asked_for(tmp_path, slot, units):
    path = write_curve(tmp_path / "a.jpk-force", {"extend": [-4, 4]})

    (curve,) = read_jpk_force(path, slot=slot)

    volts = _volts([-4, 4])
    expected = {"volts": volts, "distance": volts * 2e-8, "force": _force([-4, 4])}[slot]
    np.testing.assert_allclose(curve.compute(), expected, rtol=1e-15)
    assert curve.units == units


def test_floating_point_numbers_need_no_encoder(tmp_path):
    info = channel_info(None, kind="float-data", default="volts") | {"unit.unit": "V"}
    path = write_curve(tmp_path / "a.jpk-force", {"pause": [1.5, 2.5]}, encoder=None, info=info)

    (curve,) = read_jpk_force(path)

    assert curve.compute().tolist() == [1.5, 2.5]
    assert curve.units == "V"


def test_a_default_slot_that_was_never_calibrated_leaves_the_base_and_warns(tmp_path):
    info = channel_info(default="force")
    info = {k: v for k, v in info.items() if "force.base" not in k}
    path = write_curve(tmp_path / "a.jpk-force", {"extend": [1, 2]}, info=info)

    with pytest.warns(SidpyWarning, match="default slot"):
        (curve,) = read_jpk_force(path)

    np.testing.assert_allclose(curve.compute(), _volts([1, 2]))
    assert curve.units == "V"


def test_every_segment_is_there_in_the_order_of_time(tmp_path):
    segments = {"extend": [1, 2], "pause": [3], "modulation": [4, 5, 6], "retract": [7]}
    path = write_curve(tmp_path / "a.jpk-force", segments)

    curves = read_jpk_force(path)

    assert [curve.metadata["segment"]["style"] for curve in curves] == list(segments)
    assert [curve.shape for curve in curves] == [(2,), (1,), (3,), (1,)]
    assert curves[2]._axes[0].values.tolist() == [0.25, 0.75, 1.25]
    assert curves[2]._axes[0].units == "s"


def test_times_of_a_channel_of_their_own_are_used(tmp_path):
    more = {"channel.time.data.start": "3.0", "channel.time.data.step": "0.5"}
    path = write_curve(tmp_path / "a.jpk-force", {"extend": [1, 2, 3]}, **more)

    (curve,) = read_jpk_force(path)

    assert curve._axes[0].values.tolist() == [3.0, 3.5, 4.0]


def test_conditions_are_in_the_metadata(tmp_path):
    (curve,) = read_jpk_force(write_curve(tmp_path / "a.jpk-force", {"extend": [1]}))

    experiment = curve.metadata["experiment"]
    assert experiment["spring_constant"] == FORCE[0]
    assert experiment["deflection_sensitivity"] == DISTANCE[0]
    assert experiment["instrument"] == "NanoWizard"
    assert experiment["start_date_time"] == "2016-03-31 17:51:14.543 +0200"
    assert curve.metadata["scan"]["position"] == [-1.5e-5, 2.5e-5]
    assert curve.original_metadata["force-segment-header.duration"] == 0.5


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
@pytest.mark.parametrize("back_and_forth", [True, False])
def test_a_map_is_a_cube_with_its_first_row_at_the_bottom(tmp_path, shared, back_and_forth):
    curves = {n: [[10 * n, 10 * n + 1]] for n in range(6)}
    path = write_map(
        tmp_path / "a.jpk-force-map",
        curves,
        columns=3,
        rows=2,
        back_and_forth=back_and_forth,
        shared=shared,
    )

    (cube,) = read_jpk_force(path)

    top = [5, 4, 3] if back_and_forth else [3, 4, 5]
    np.testing.assert_allclose(cube.compute()[..., 0], _force(10 * np.array([top, [0, 1, 2]])))
    assert cube.data_type is DataType.SPECTRAL_IMAGE
    y, x = cube._axes[0], cube._axes[1]
    np.testing.assert_allclose(x.values, 1e-6 + 1e-7 * np.array([-1, 0, 1]))
    np.testing.assert_allclose(y.values, 2e-6 + 1e-7 * np.array([1, -1]))
    assert (x.units, y.units) == ("m", "m")
    np.testing.assert_allclose(cube[0, 1:].compute()[..., 1], _force(10 * np.array(top[1:]) + 1))


def test_the_position_of_a_curve_wins_over_the_flag(tmp_path):
    curves = {n: [[n]] for n in range(6)}
    positions = {3: (1e-6 - 1e-7, 2.1e-6)}  # on the left, though the flag says meander
    path = write_map(
        tmp_path / "a.jpk-force-map",
        curves,
        columns=3,
        rows=2,
        back_and_forth=True,
        positions=positions,
    )

    (cube,) = read_jpk_force(path)

    np.testing.assert_allclose(cube.compute()[0, :, 0], _force([3, 4, 5]))


def test_missing_curves_and_the_ends_of_short_ones_are_nan(tmp_path):
    curves = {0: [[1, 2, 3], [9]], 2: [[4]], 5: [[5, 6]]}
    path = write_map(tmp_path / "a.jpk-qi-data", curves, columns=3, rows=2, back_and_forth=False)

    extend, pause = read_jpk_force(path)

    values = extend.compute()
    assert np.isfinite(values).sum(axis=2).tolist() == [[0, 0, 2], [3, 0, 1]]
    assert np.isfinite(pause.compute()).sum() == 1
    assert pause.title == "height, segment 1 (pause)"


def test_curves_on_no_grid_are_a_stack(tmp_path):
    path = write_map(
        tmp_path / "a.jpk-force-map", {0: [[1]], 2: [[2]]}, columns=3, rows=1,
        back_and_forth=False,
        **{"force-scan-map.position-pattern.grid.ilength": "none"},
    )  # fmt: skip

    (stack,) = read_jpk_force(path)

    np.testing.assert_allclose(stack.compute()[:, 0], [_force(1), _force(2)])
    assert stack._axes[0].values.tolist() == [0, 2]
    assert stack.data_type is DataType.LINE_PLOT_FAMILY


def test_a_few_curves_taken_out_of_a_map_are_a_stack_and_a_stopped_map_is_a_cube(tmp_path):
    folder = {"columns": 4, "rows": 3, "back_and_forth": False}
    taken = write_map(tmp_path / "a.jpk-force-map", {1: [[1]], 5: [[2]]}, **folder)
    stopped = write_map(tmp_path / "b.jpk-force-map", {0: [[1]], 1: [[2]]}, **folder)

    (stack,), (cube,) = read_jpk_force(taken), read_jpk_force(stopped)

    assert (stack.shape, cube.shape) == ((2, 1), (3, 4, 1))
    np.testing.assert_allclose(stack.compute()[:, 0], _force([1, 2]))
    assert stack._axes[0].values.tolist() == [1, 5]


def test_a_map_of_one_curve_is_that_curve(tmp_path):
    path = write_map(
        tmp_path / "a.jpk-force-map",
        {4: [[1, 2]]},
        columns=3,
        rows=2,
        back_and_forth=False,
        positions={4: (3e-6, 4e-6)},
    )

    (curve,) = read_jpk_force(path)

    assert curve.shape == (2,)
    assert curve.metadata["scan"]["position"] == [3e-6, 4e-6]


def test_opening_unpacks_no_numbers(tmp_path):
    path = write_map(
        tmp_path / "a.jpk-qi-data", {n: [[n]] for n in range(6)}, columns=3, rows=2,
        back_and_forth=False,
    )  # fmt: skip
    name = "index/4/segments/0/channels/height.dat"
    place = Archive.of(path, "zip").members[name][0]
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)

    (cube,) = read_jpk_force(path)

    np.testing.assert_allclose(cube[1].compute()[:, 0], _force([0, 1, 2]))
    with pytest.raises(CorruptFile, match="no member of the zip begins here"):
        cube[0].compute()


def test_numbers_of_an_unknown_type_are_refused(tmp_path):
    info = channel_info() | {"encoder.type": "ternary", "type": "ternary-data"}
    path = write_curve(tmp_path / "a.jpk-force", {"extend": [1]}, info=info)

    with pytest.raises(UnsupportedFile, match="ternary"):
        read_jpk_force(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"conversion-set.conversion.distance.base-calibration-slot": "force"}, "circle"),
        ({"encoder.scaling.multiplier": "many"}, "multiplier"),
    ],
)
def test_scalings_that_cannot_be_are_refused(tmp_path, change, words):
    info = channel_info() | change
    path = write_curve(tmp_path / "a.jpk-force", {"extend": [1]}, info=info)

    with pytest.raises(CorruptFile, match=words):
        read_jpk_force(path)


def test_a_grid_larger_than_any_scanner_is_refused(tmp_path):
    path = write_map(
        tmp_path / "a.jpk-force-map", {0: [[1]], 1: [[1]]}, columns=3, rows=2, back_and_forth=True,
        **{"force-scan-map.position-pattern.grid.ilength": "99999999999"},
    )  # fmt: skip

    with pytest.raises(CorruptFile, match="grid of 99999999999"):
        read_jpk_force(path)


def test_a_zip_of_something_else_is_a_type_error(tmp_path):
    path = write_zip(tmp_path / "a.jpk-force", {"readme.txt": b"hello"})

    with pytest.raises(UnrecognisedFile, match="the zip has no header"):
        read_jpk_force(path)


def test_a_member_that_claims_more_than_it_can_hold_is_refused(tmp_path):
    path = write_curve(tmp_path / "a.jpk-force", {"extend": [1]})
    raw = bytearray(path.read_bytes())
    place = raw.find(b"PK\x01\x02")
    raw[place + 24 : place + 28] = (1 << 30).to_bytes(4, "little")
    path.write_bytes(raw)

    with pytest.raises(CorruptFile, match="cannot become 1073741824 bytes"):
        read_jpk_force(path)


def test_a_zip_with_a_comment_and_64_bit_fields_is_read(tmp_path):
    """As a writer makes it that does not know the size beforehand."""
    import zipfile

    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"PK would like to say " * 50
        with archive.open("name", "w", force_zip64=True) as member:
            member.write(b"content")

    found = Archive.of(path, "zip")

    assert found.read("name", 100) == b"content"
    with pytest.raises(CorruptFile, match="at most 3"):
        found.read("name", 3)


def test_a_directory_beyond_4_gb_is_found_by_its_64_bit_record(tmp_path):
    import struct

    raw = zip_bytes({"name": b"content"})
    end = raw.rfind(b"PK\x05\x06")
    length, begin = struct.unpack_from("<2I", raw, end + 12)
    wide = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, length, begin)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    tail = bytearray(raw[end:])
    tail[12:20] = b"\xff" * 8
    path = tmp_path / "a.zip"
    path.write_bytes(raw[:end] + wide + locator + tail)

    assert Archive.of(path, "zip").read("name", 100) == b"content"


# --- real files -----------------------------------------------------------------------


@pytest.mark.vendor
def test_the_first_force_of_a_real_curve_is_what_its_header_says(vendor_data):
    path = next((vendor_data / "jpk-force").rglob("*spot3*"))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curves = {curve.title: curve for curve in read_jpk_force(path)}

    force = curves["vDeflection, segment 0 (extend)"]
    assert float(force[0].compute()) == pytest.approx(-5.145579192349918e-10, rel=1e-12)
    assert force._axes[0].values[-1] == pytest.approx(1 - 0.5 / 2000)
