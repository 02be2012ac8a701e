"""JEOL's Analysis Station: images, events counted where the beam was, index."""

from __future__ import annotations

import numpy as np
import pytest
from made.jeol import IMAGE, XRAYS, write_asw, write_image, write_pts, write_sample

import sidpy
from SciFiReaders.readers.electron import jeol_events
from SciFiReaders.readers.electron.jeol import read_asw, read_image, read_pts
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile


def _expected(frames, rows=8):
    counts = np.zeros((8, 8, 4096), "u4")
    for row, column, channel, count in XRAYS:
        counts[row, column, channel] = count * frames * (row < rows)
    return counts


@pytest.mark.parametrize("kind", ["u1", "<u2", "<u4"])
def test_an_image_with_its_scale(tmp_path, kind):
    (found,) = sidpy.read(write_image(tmp_path / "a.img", IMAGE.astype(kind))).values()

    np.testing.assert_array_equal(found.compute(), IMAGE)
    np.testing.assert_allclose(found.x.values, np.arange(5) * 0.1)
    np.testing.assert_allclose(found.y.values, np.arange(4) * 0.1)
    assert (found.title, found.x.units) == ("BF", "um")
    experiment = found.metadata["experiment"]
    assert experiment["acceleration_voltage"] == 200_000
    assert experiment["start_date_time"] == "2020-06-18T12:00:00"


@pytest.mark.parametrize("piece", [1 << 22, 40])
def test_events_are_counted_where_the_beam_was(tmp_path, monkeypatch, piece):
    monkeypatch.setattr(jeol_events, "_PIECE", piece)
    cube, total = sidpy.read(write_pts(tmp_path / "a.pts", frames=3)).values()

    np.testing.assert_array_equal(cube.compute(), _expected(3))
    np.testing.assert_allclose(cube.energy.values[97], -1.0)
    np.testing.assert_allclose(np.diff(cube.energy.values), 10.0)
    np.testing.assert_allclose(cube.x.values, np.arange(8) * 0.0625)
    np.testing.assert_array_equal(total.compute()[:5], [5, 6, 7, 8, 0])
    np.testing.assert_allclose(total.energy.values[0], -1.0)


@pytest.mark.parametrize("part", [np.s_[3:], np.s_[0, 7], np.s_[::2, 2:, 100:], np.s_[7, 7, 500]])
def test_a_part_is_that_part(tmp_path, part):
    cube = read_pts(write_pts(tmp_path / "a.pts"))[0]

    np.testing.assert_array_equal(np.asarray(cube[part]), _expected(2)[part])


def test_a_frame_that_was_stopped_is_left_out_unless_it_is_the_only_one(tmp_path):
    with pytest.warns(SidpyWarning, match="stopped after 5 of 8 lines and is left out"):
        cube = read_pts(write_pts(tmp_path / "a.pts", frames=2, last=5))[0]
    with pytest.warns(SidpyWarning, match="there is no other"):
        only = read_pts(write_pts(tmp_path / "b.pts", frames=1, last=5))[0]

    np.testing.assert_array_equal(cube.compute(), _expected(1))
    np.testing.assert_array_equal(only.compute(), _expected(1, rows=5))


def test_an_index_reads_what_it_names(tmp_path):
    found = list(sidpy.read(write_sample(tmp_path)).values())

    assert [d.shape for d in found] == [(4, 5), (8, 8, 4096), (4096,)]
    np.testing.assert_array_equal(found[1].compute(), _expected(2))


@pytest.mark.parametrize(
    "name", ["..\\up.img", "C:\\data\\x.img", "\\\\host\\share\\x.img", "\\x.img"]
)
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    write_image(tmp_path / "up.img")
    folder = tmp_path / "inner"
    folder.mkdir()

    with pytest.raises(CorruptFile, match="not below its folder"):
        read_asw(write_asw(folder / "a.ASW", name))


def test_nor_does_a_link(tmp_path):
    write_image(tmp_path / "up.img")
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "link.img").symlink_to(tmp_path / "up.img")

    with pytest.raises(
        CorruptFile, match=r"none of the 1 files that it names is there: .*link\.img"
    ):
        read_asw(write_asw(folder / "a.ASW", ".\\link.img"))


def test_missing_and_damaged_files_are_named(tmp_path):
    index = write_sample(tmp_path)
    (tmp_path / "試料" / "view_0.img").unlink()
    with pytest.warns(SidpyWarning, match="1 files are not there"):
        assert len(read_asw(index)) == 2
    whole = write_image(tmp_path / "a.img").read_bytes()
    (tmp_path / "short.img").write_bytes(whole[:-40])
    with pytest.raises(CorruptFile, match=r"short\.img"):
        read_image(tmp_path / "short.img")
    (tmp_path / "text.pts").write_text("words and more of them")
    with pytest.raises(UnrecognisedFile, match="PTTDFILE"):
        read_pts(tmp_path / "text.pts")
    events = write_pts(tmp_path / "b.pts", xrays=[(1, 1, 4000, 1)]).read_bytes()
    (tmp_path / "short.pts").write_bytes(events[:-8])
    with pytest.raises(CorruptFile, match="cut short"):
        read_pts(tmp_path / "short.pts")


@pytest.mark.vendor
def test_the_x_rays_of_the_only_frame_are_returned(vendor_data):
    """The reference of this file is empty, for its frame was stopped in the 39th of 64 lines."""
    place = "jeol/rosettasciio/InvalidFrame/Sample/00_Dummy-Data/Dummy-Data_0000007.pts"
    words = np.fromfile(vendor_data / place, "<u2", offset=0x8000)

    with pytest.warns(SidpyWarning, match="after 38 of 64 lines"):
        cube = read_pts(vendor_data / place)[0]

    values = cube.compute()
    assert values.sum() == np.count_nonzero(words >> 12 == 11) == 1497
    assert not values[39:].any()
