"""A file becomes datasets, or one error of the family that says why not."""

from __future__ import annotations

import hashlib
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import sidpy
from sidpy.errors import (
    CorruptFile,
    MissingDependency,
    MissingFile,
    ReaderError,
    SidpyError,
    UnrecognisedFile,
    UnsupportedFile,
)


@pytest.fixture
def toy(site):
    """The site with one reader of toy scans."""
    site.add_reader("toy", dist="acme-toys", version="2.5")
    return site


def reader_that(site, body: str, name: str = "toy", **kwargs) -> None:
    """Install a reader whose function has this body."""
    site.module("own_reader", f"import numpy as np\nimport sidpy\ndef read(path):\n    {body}\n")
    site.add_reader(name, reader="own_reader:read", **kwargs)


def test_datasets_are_keyed_lazy_and_right(toy, toy_file):
    (item,) = sidpy.read(toy_file).items()

    key, dataset = item
    assert key == "Channel_000"
    assert isinstance(dataset, sidpy.Dataset)
    assert dataset.title == "toy"
    np.testing.assert_array_equal(dataset.compute(), [[0, 1, 2], [3, 4, 5]])


def test_the_history_says_which_file_and_who_read_it(toy, toy_file):
    dataset = sidpy.read(toy_file, scale=2)["Channel_000"]

    step = dataset.history[-1]
    assert (step.function, step.package, step.version) == ("sidpy.read", "acme-toys", "2.5")
    fingerprint = sidpy.plugins.Probe.of(toy_file).fingerprint
    digest = hashlib.sha256(toy_file.read_bytes()).hexdigest()
    assert step.parameters == {
        "reader": "toy", "format": "toy.scan", "file": "scan.toy", "key": "Channel_000",
        "path": str(toy_file), "size": 24, "fingerprint": fingerprint,
        "content": {"kind": "file", "algorithm": "sha256", "digest": digest},
        "options": {"scale": 2},
    }  # fmt: skip
    assert fingerprint in step.inputs


def test_eager_datasets_are_the_same_and_need_the_file_no_more(toy, toy_file):
    lazy = sidpy.read(toy_file)["Channel_000"]
    eager = sidpy.read(toy_file, lazy=False)["Channel_000"]
    values = lazy.compute()
    toy_file.unlink()

    assert (eager.title, eager.units, eager.dtype) == (lazy.title, lazy.units, lazy.dtype)
    np.testing.assert_array_equal(eager.compute(), values)
    with pytest.raises((MissingFile, FileNotFoundError)):
        sidpy.read(toy_file)


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ("return sidpy.Dataset.from_array([1, 2])", ["Channel_000"]),
        ("return [sidpy.Dataset.from_array([1, 2])] * 2", ["Channel_000", "Channel_001"]),
        ("return (sidpy.Dataset.from_array([1, 2]),)", ["Channel_000"]),
        ("return {'height': sidpy.Dataset.from_array([1, 2])}", ["height"]),
        (
            "return type('R', (), {'read': lambda self: [sidpy.Dataset.from_array([1])]})()",
            ["Channel_000"],
        ),
    ],
)
def test_whatever_a_reader_returns_becomes_a_dictionary(site, toy_file, body, keys):
    reader_that(site, body)

    assert list(sidpy.read(toy_file)) == keys


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ("raise ValueError('bad header')", CorruptFile, "make sense.*ValueError: bad header"),
        ("return np.zeros(3)[7]", CorruptFile, "IndexError"),
        ("raise RecursionError", CorruptFile, "RecursionError$"),
        ("raise NotImplementedError('type 9')", UnsupportedFile, "this variant.*type 9"),
        ("import lib_zzz", MissingDependency, "needs lib_zzz.*pip install 'lib-zzz>=1'"),
        ("open('/no/such.hdr')", MissingFile, "needs a file that is not there: /no/such.hdr"),
        ("raise sidpy.errors.UnsupportedFile('v9', path=path, offset=4)", UnsupportedFile,
         "at byte 4: v9"),
        ("raise BlockingIOError(11, 'locked')", ReaderError, "does a program write it.*locked"),
        ("return None", ReaderError, "returned NoneType instead of Datasets"),
        ("return [np.zeros(3)]", ReaderError, "returned ndarray at 'Channel_000'"),
        ("return {3: sidpy.Dataset.from_array([1])}", ReaderError, "returned Dataset at 3"),
        ("return []", CorruptFile, "found no data in it"),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_in_a_reader_is_of_the_family(
    site, toy_file, monkeypatch, body, error, message
):
    reader_that(site, body, dist="acme-toys", version="2.5")
    spec = sidpy.plugins.registry().readers[0].spec
    monkeypatch.setattr(sidpy.plugins.ReaderEntry, "missing", ())
    object.__setattr__(spec, "requires", "lib-zzz>=1")

    with pytest.raises(error, match=f"(?s){message}") as caught:
        sidpy.read(toy_file)

    assert isinstance(caught.value, SidpyError)
    if "offset" not in body and error is not MissingDependency:
        assert "'toy' of acme-toys 2.5" in str(caught.value)
        assert str(toy_file) in str(caught.value)
        assert "toy.scan" in str(caught.value)


def test_the_readers_own_error_stays_attached(site, toy_file):
    reader_that(site, "raise ValueError('bad header')")

    with pytest.raises(OSError, match="bad header") as caught:
        sidpy.read(toy_file)

    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize("exception", ["MemoryError", "KeyboardInterrupt", "SystemExit"])
def test_what_is_not_about_the_file_passes(site, toy_file, exception):
    reader_that(site, f"raise {exception}")

    with pytest.raises((MemoryError, KeyboardInterrupt, SystemExit)):
        sidpy.read(toy_file)


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        ("no_such_module:read", MissingDependency, "needs no_such_module"),
        ("toy_reader:no_such_function", ReaderError, "cannot be loaded from toy_reader:no_such"),
        ("toy_reader:__name__", ReaderError, "cannot be called"),
    ],
)
def test_a_reader_that_cannot_be_loaded_is_named(site, toy_file, target, error, message):
    site.add_reader("toy", reader=target)

    with pytest.raises(error, match=f"'toy' of toy-dist 1.0.*{message}|{message}"):
        sidpy.read(toy_file)


def test_an_unknown_option_is_the_callers_mistake(toy, toy_file):
    with pytest.raises(TypeError, match=r"'colour'.*\(it has: scale\)"):
        sidpy.read(toy_file, colour="red")


def test_a_reader_class_or_function_of_ones_own(site, toy_file):
    class Own(sidpy.Reader):
        def read(self):
            return {"mine": sidpy.Dataset.from_array([1, 2, 3])}

    assert list(sidpy.read(toy_file, Own)) == ["mine"]
    dataset = sidpy.read(toy_file, lambda path: sidpy.Dataset.from_array([1]))["Channel_000"]
    assert dataset.history[-1].package == "sidpy"
    with pytest.raises(TypeError, match="found 7"):
        sidpy.read(toy_file, 7)


def test_a_spec_of_ones_own_needs_no_installation(site, toy_file):
    spec = sidpy.plugins.ReaderSpec(
        name="draft", format="toy.scan", summary="draft", extensions=(".toy",),
        reader="toy_reader:read_toy",
    )  # fmt: skip

    assert list(sidpy.read(toy_file, spec)) == ["Channel_000"]


def test_lazy_datasets_pickle_and_hold_no_file(toy, toy_file):
    dataset = sidpy.read(toy_file)["Channel_000"]
    copy = pickle.loads(pickle.dumps(dataset))

    np.testing.assert_array_equal(copy.compute(), dataset.compute())
    if sys.platform == "linux":
        assert toy_file not in [link.resolve() for link in Path("/proc/self/fd").iterdir()]


def test_threads_may_read_at_once(toy, toy_file):
    def total(_):
        return sidpy.read(toy_file)["Channel_000"].compute().sum()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(total, range(16))) == [15] * 16


# bad input, at the host


BAD = {
    "missing": (None, MissingFile),
    "empty": (b"", CorruptFile),
    "random": (np.random.default_rng(1).bytes(5000), UnrecognisedFile),
    "text": (b"name,value\n1,2\n" * 50, UnrecognisedFile),
    "too many pixels": (b"TOYSCAN1" + b"\xff" * 4 + bytes(12), CorruptFile),
    "header only": (b"TOYSCAN1" + bytes([0, 2, 0, 3]), CorruptFile),
    "header cut": (b"TOYSCAN1" + bytes([0, 2]), CorruptFile),
    "signature only": (b"TOYSCAN1", CorruptFile),
    "half a signature": (b"TOYS", UnrecognisedFile),
}


@pytest.mark.parametrize(("content", "error"), BAD.values(), ids=BAD)
def test_bad_input_is_one_error_that_names_the_file(toy, tmp_path, capfd, content, error):
    path = tmp_path / "input.toy"
    if content is not None:
        path.write_bytes(content)
        before = path.stat().st_mtime_ns

    with pytest.raises(error, match=r"input.toy") as caught:
        sidpy.read(path)

    assert isinstance(caught.value, ReaderError)
    assert str(caught.value.path) == str(path)
    assert capfd.readouterr().out == ""
    if content is not None:
        assert (path.read_bytes(), path.stat().st_mtime_ns) == (content, before)


def test_every_truncation_is_of_the_family(toy, toy_file):
    content = toy_file.read_bytes()

    for tenths in range(10):
        toy_file.write_bytes(content[: len(content) * tenths // 10])
        with pytest.raises(ReaderError, match=r"scan.toy"):
            sidpy.read(toy_file)


def test_a_good_file_with_a_wrong_extension_is_read(toy, toy_file):
    renamed = toy_file.rename(toy_file.with_name("scan.dm4"))

    assert sidpy.read(renamed)["Channel_000"].shape == (2, 3)


def test_a_name_in_any_script_is_read(toy, toy_file):
    renamed = toy_file.rename(toy_file.with_name("Prüfung µ 試料.toy"))

    assert sidpy.read(str(renamed))["Channel_000"].shape == (2, 3)


def test_a_directory_is_refused(toy, tmp_path):
    with pytest.raises(IsADirectoryError, match="is a directory"):
        sidpy.read(tmp_path)
