"""Damaged, hostile and foreign Gatan files: the error family, little memory, nothing written."""

from __future__ import annotations

import hashlib
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from SciFiReaders.readers.electron.gatan_dm import DMReader, read_dm
from SciFiReaders.readers.electron.gatan_tags import MAX_TAGS
from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from sidpy.errors import CorruptFile, ReaderError, UnrecognisedFile, UnsupportedFile

#: What a refusal may cost: a block of the cursor, an error, the list of what was read.
OVERHEAD = 600_000


@pytest.fixture(scope="module", params=[3, 4], ids=["dm3", "dm4"])
def sound(request, tmp_path_factory):
    """Bytes of a small sound file with two images and some tags."""
    path = tmp_path_factory.mktemp("sound") / f"sound.dm{request.param}"
    data = np.arange(63, dtype="u2").reshape(7, 9)
    tags = {"Meta Data": {"Format": "Image"}, "list": np.arange(20), "text": "Ångström"}
    image = DMImage(data, "scan", [DMAxis(0.1, units="nm")] * 2, tags=tags)
    return write_dm(path, [image, image], version=request.param).read_bytes()


def _outcome(path):
    """Read everything, give back the error of the family or None."""
    try:
        for dataset in read_dm(path):
            dataset.compute()
    except ReaderError as error:
        return error
    return None


def _cost(path):
    """Return the outcome and the most memory that reading took, in bytes."""
    _outcome(path)  # imports and caches are not the file's fault
    tracemalloc.start()
    try:
        outcome = _outcome(path)
        return outcome, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("tenth", range(10))
def test_a_file_cut_short_is_refused_with_name_and_place(tmp_path, sound, tenth):
    path = tmp_path / "cut.dm4"
    path.write_bytes(sound[: len(sound) * tenth // 10])

    error, cost = _cost(path)

    assert isinstance(error, ReaderError)
    assert "cut.dm4" in str(error)
    assert cost < OVERHEAD
    assert isinstance(error, UnrecognisedFile if tenth == 0 else CorruptFile)


def test_a_file_cut_anywhere_never_raises_anything_else(tmp_path, sound):
    path = tmp_path / "cut.dm4"
    for length in range(0, len(sound), 7):
        path.write_bytes(sound[:length])
        _outcome(path)


@given(data=st.data())
def test_flipped_bytes_give_data_or_the_error_family(tmp_path_factory, sound, data):
    path = tmp_path_factory.getbasetemp() / "flipped.dm4"
    raw = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)

    _outcome(path)

    assert path.read_bytes() == raw


@given(noise=st.binary(max_size=300), version=st.sampled_from([3, 4]))
def test_noise_behind_a_good_header_is_refused(tmp_path_factory, noise, version):
    path = tmp_path_factory.getbasetemp() / "noise.dm4"
    word = "I" if version == 3 else "Q"
    path.write_bytes(struct.pack(f">I{word}I", version, len(noise), 1) + noise)

    assert isinstance(_outcome(path), ReaderError)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"\0\0\0\4", b"\0\0\0\5" * 9, b"text of a person\n" * 50, bytes(4096)],
    ids=["empty", "one byte", "version only", "version 5", "text", "zeros"],
)
def test_what_is_no_such_file_is_refused(tmp_path, content):
    path = tmp_path / "strange.dm3"
    path.write_bytes(content)

    error = _outcome(path)

    assert isinstance(error, ReaderError)
    assert "strange.dm3" in str(error)
    assert path.read_bytes() == content
    if not content.startswith(b"\0\0\0\4"):
        with pytest.raises(TypeError, match="not a DM3 or DM4 File"):
            DMReader(path)


def test_more_pixels_than_the_file_holds_are_refused_before_they_are_allocated(tmp_path):
    image = DMImage(np.zeros((4, 4), "f4"), shape=(60_000, 60_000))
    path = write_dm(tmp_path / "boast.dm4", image)

    error, cost = _cost(path)

    assert isinstance(error, CorruptFile)
    assert "60000 x 60000 pixels" in str(error)
    assert "only 64 are stored" in str(error)
    assert cost < OVERHEAD


@pytest.mark.parametrize("dims", [(0, 4), (), (1,) * 9], ids=["zero", "none", "nine"])
def test_senseless_sizes_are_refused(tmp_path, dims):
    path = write_dm(tmp_path / "odd.dm4", DMImage(np.zeros((4, 4), "f4"), shape=dims))

    with pytest.raises(CorruptFile, match="sizes of an image"):
        read_dm(path)


def test_lists_where_numbers_belong_are_no_numbers(tmp_path):
    root = {"Thumbnails": {0: {"ImageIndex": np.arange(3)}}}
    tags = {"Meta Data": {"Format": (1, 2), "IsSequence": "no"}, "DataBar": 3}
    image = DMImage(np.zeros((2, 3, 4), "f4"), tags=tags)

    (dataset,) = read_dm(write_dm(tmp_path / "odd.dm4", image, root=root))

    assert dataset.shape == (2, 3, 4)


def test_pixels_of_an_unknown_type_are_unsupported(tmp_path):
    path = write_dm(tmp_path / "odd.dm4", DMImage(np.zeros((4, 4), "f4"), data_type=99))

    with pytest.raises(UnsupportedFile, match="DataType 99"):
        read_dm(path)


def test_a_packed_transform_of_no_known_size_is_unsupported(tmp_path):
    odd = DMImage(np.zeros((4, 4), "c8"), data_type=27, shape=(5, 5))

    with pytest.raises(UnsupportedFile, match="neither a half plane"):
        read_dm(write_dm(tmp_path / "odd.dm4", odd))


def test_a_file_without_images_is_refused(tmp_path):
    with pytest.raises(CorruptFile, match="no image with pixels"):
        read_dm(write_dm(tmp_path / "none.dm4", [], root={"InImageMode": True}))


def _file(version, body):
    word = "I" if version == 3 else "Q"
    return struct.pack(f">I{word}I", version, len(body), 1) + body + bytes(8)


def _directory(version, count):
    return struct.pack(">BBI" if version == 3 else ">BBQ", 1, 0, count)


def _entry(version, kind, label=b"a"):
    head = struct.pack(">BH", kind, len(label)) + label
    return head if version == 3 else head + bytes(8)


def _value(version, *words):
    return b"%%%%" + struct.pack(f">{len(words)}{'I' if version == 3 else 'Q'}", *words)


versions = pytest.mark.parametrize("version", [3, 4])


@versions
def test_a_bomb_of_nested_directories_is_cut(tmp_path, version):
    path = tmp_path / "bomb.dm4"
    deeper = _directory(version, 1) + _entry(version, 20)
    path.write_bytes(_file(version, deeper * 100_000 + _directory(version, 0)))

    error, cost = _cost(path)

    assert "nested deeper" in str(error)
    assert cost < OVERHEAD


@versions
@pytest.mark.parametrize("count", [2**31, 2**32 - 1])
def test_an_absurd_number_of_tags_is_refused_at_once(tmp_path, version, count):
    path = tmp_path / "many.dm4"
    path.write_bytes(_file(version, _directory(version, count) + bytes(1000)))

    error, cost = _cost(path)

    assert f"{count} entries of a directory are announced" in str(error)
    assert cost < OVERHEAD


@versions
def test_a_tree_of_nothing_but_tags_has_a_limit(tmp_path, version):
    path = tmp_path / "tags.dm4"
    count = MAX_TAGS + 1
    empty = _entry(version, 20) + _directory(version, 0)
    path.write_bytes(_file(version, _directory(version, count) + empty * count))

    error, cost = _cost(path)

    assert "more than" in str(error)
    assert cost < OVERHEAD


@versions
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((2**31,), "described by"),
        ((3, 20, 3, 2**31), "array should take 8589934592 bytes"),
        ((3, 20, 99, 4), "no known type"),
        ((1, 99), "no known type"),
        ((2, 18, 2**31), "string should take 2147483648 bytes"),
        ((0,), "described by 0 words"),
        ((5, 20, 15, 0, 0, 2**20), "without size"),
        ((4, 15, 0, 2**30, 0), "announces more"),
        ((3, 15, 9, 0), "announces more"),
        ((64, *(15, 0, 1, 0) * 16), "no known type"),
        ((4, 20, 3, 4, 4), "no type and a count"),
    ],
)
def test_impossible_values_are_refused(tmp_path, version, words, said):
    path = tmp_path / "value.dm4"
    body = _directory(version, 1) + _entry(version, 21) + _value(version, *words)
    path.write_bytes(_file(version, body + bytes(300)))

    error, cost = _cost(path)

    assert isinstance(error, CorruptFile)
    assert said in str(error)
    assert cost < OVERHEAD


def test_reading_leaves_the_file_alone(tmp_path, sound):
    path = tmp_path / "kept.dm4"
    path.write_bytes(sound)
    path.chmod(0o444)
    before = (hashlib.sha256(sound).hexdigest(), path.stat().st_mtime_ns)

    assert _outcome(path) is None

    assert (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) == before


def test_four_gigabytes_open_without_reading_pixels(tmp_path):
    zeros = np.broadcast_to(np.zeros((), "f4"), (64, 64, 512, 512))
    axes = [DMAxis(1, units="nm")] * 2 + [DMAxis(0.1, units="1/nm")] * 2
    path = write_dm(tmp_path / "huge.dm4", DMImage(zeros, "4D", axes), sparse=True)

    read_dm(path)
    tracemalloc.start()
    (dataset,) = read_dm(path)
    cost = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert path.stat().st_size > 4 * 2**30
    assert path.stat().st_blocks * 512 < 2**20
    assert dataset.shape == (64, 64, 512, 512)
    assert dataset[-1, -1, -1, -1].compute() == 0
    assert cost < 10 * OVERHEAD
