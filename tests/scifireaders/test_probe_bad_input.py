"""Damaged scanning probe files: one family of errors, little memory, nothing changed."""

import hashlib
import random
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from SciFiReaders import GwyddionReader, IgorIBWReader, NanonisSXMReader
from SciFiReaders.readers.probe.gwyddion_gsf import read_gsf
from SciFiReaders.readers.probe.gwyddion_gwy import read_gwy
from SciFiReaders.readers.probe.igor_ibw import read_ibw
from SciFiReaders.readers.probe.nanonis_sxm import read_sxm
from SciFiReaders.simulate.gsf import write_gsf
from SciFiReaders.simulate.gwy import field, write_gwy
from SciFiReaders.simulate.ibw import write_ibw
from SciFiReaders.simulate.sxm import write_sxm
from sidpy.errors import ReaderError

IMAGE = np.arange(35.0).reshape(5, 7)


def _ibw(path):
    return write_ibw(
        path, IMAGE, units="m", dimension_units=["long units", "m"], labels={0: ["a"] * 5},
        note="InvOLS: 3\rScanRate: 2",
    )  # fmt: skip


def _sxm(path):
    return write_sxm(path, [IMAGE, IMAGE])


def _gwy(path):
    items = {"/0/data": field(IMAGE, units=("m", "V"), xreal=1.0, yreal=2.0), "/0/data/title": "Z"}
    return write_gwy(path, items)


def _gsf(path):
    return write_gsf(path, IMAGE, XReal=1.0, Title="Z")


FORMATS = {
    ".ibw": (_ibw, read_ibw, IgorIBWReader),
    ".sxm": (_sxm, read_sxm, NanonisSXMReader),
    ".gwy": (_gwy, read_gwy, GwyddionReader),
    ".gsf": (_gsf, read_gsf, GwyddionReader),
}


@pytest.fixture(params=list(FORMATS))
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A sound file of each format, as bytes."""
    folder = tmp_path_factory.mktemp("sound")
    return {name: make(folder / f"a{name}").read_bytes() for name, (make, _, _) in FORMATS.items()}


@pytest.mark.parametrize("tenth", range(10))
def test_a_file_cut_short_is_refused(tmp_path, sound, kind, tenth):
    raw = sound[kind]
    path = tmp_path / f"a{kind}"
    path.write_bytes(raw[: len(raw) * tenth // 10])

    with pytest.raises(ReaderError, match=f"a{kind}"):
        FORMATS[kind][1](path)


def test_every_truncation_is_refused(tmp_path, sound, kind):
    raw = sound[kind]
    path = tmp_path / f"a{kind}"
    for length in range(0, len(raw), 13):
        path.write_bytes(raw[:length])

        with pytest.raises(ReaderError, match=f"a{kind}"):
            FORMATS[kind][1](path)


@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_are_refused(tmp_path, kind, seed):
    path = tmp_path / f"a{kind}"
    path.write_bytes(random.Random(seed).randbytes(5000))

    for read in (FORMATS[kind][1], lambda path: FORMATS[kind][2](path).read()):
        with pytest.raises(ReaderError, match=f"a{kind}"):
            read(path)


def test_the_content_of_another_format_is_refused(tmp_path, sound, kind):
    path = tmp_path / f"a{kind}"
    for other, raw in sound.items():
        if other != kind:
            path.write_bytes(raw)

            with pytest.raises(ReaderError, match=f"a{kind}"):
                FORMATS[kind][1](path)


@given(data=st.data())
@settings(max_examples=60)
@pytest.mark.parametrize("name", list(FORMATS))
def test_changed_bytes_give_data_or_the_family(tmp_path_factory, sound, name, data):
    raw = bytearray(sound[name])
    header = len(raw) - 8
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, header))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("flips") / f"a{name}"
    path.write_bytes(raw)

    try:
        found = FORMATS[name][1](path)
    except ReaderError:
        found = []

    assert all(dataset.compute().shape == dataset.shape for dataset in found)


def test_damage_costs_no_memory(tmp_path, sound, kind):
    raw = bytearray(sound[kind])
    places = range(len(raw) - 4)
    path = tmp_path / f"a{kind}"
    tracemalloc.start()
    try:
        for place in list(places)[:: max(1, len(places) // 60)]:
            damaged = bytes(raw[:place]) + b"\xff\xff\xff\x7f" + bytes(raw[place + 4 :])
            path.write_bytes(damaged)
            try:
                FORMATS[kind][1](path)
            except ReaderError:
                continue
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 20e6


def test_reading_changes_nothing_and_needs_no_right_to_write(tmp_path, sound, kind):
    path = tmp_path / f"a{kind}"
    path.write_bytes(sound[kind])
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        for dataset in FORMATS[kind][1](path):
            dataset.compute()
    finally:
        tmp_path.chmod(0o755)

    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(sound[kind]).digest()
    assert [entry.name for entry in tmp_path.iterdir()] == [f"a{kind}"]


def test_datasets_outlive_the_reader_and_can_be_sent_elsewhere(tmp_path, sound, kind):
    import pickle

    path = tmp_path / f"a{kind}"
    path.write_bytes(sound[kind])

    for dataset in FORMATS[kind][1](path):
        copy = pickle.loads(pickle.dumps(dataset))
        np.testing.assert_array_equal(copy.compute(), dataset.compute())
        assert copy.title == dataset.title
