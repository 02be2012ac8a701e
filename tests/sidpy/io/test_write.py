"""Datasets become a file: complete, or not there."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import sidpy
from sidpy.errors import (
    AmbiguousFile,
    ExistingFile,
    LabelTypeError,
    LabelValueError,
    MissingDependency,
    MissingFile,
    ReaderError,
    UnrecognisedFile,
)

PLUGIN = """
    from sidpy.plugins import WriterSpec, hookimpl

    @hookimpl
    def sidpy_writers():
        return [
            WriterSpec(name={name!r}, format={format!r}, summary="text", extensions={extensions!r},
                       writer="own_writer:write", capabilities={capabilities!r}),
        ]
"""
WRITER = """
    from pathlib import Path

    def write(datasets, path, fail=False, companion=False):
        path = Path(path)
        with path.open("a") as file:
            for key, dataset in datasets.items():
                file.write(f"{key}: {dataset.compute().tolist()}\\n")
        if companion:
            path.with_suffix(".hdr").write_text("header of " + path.name)
        if fail:
            raise fail
"""


@pytest.fixture
def data():
    return sidpy.Dataset.from_array(np.array([1, 2]), title="two")


@pytest.fixture
def writer(site):
    """Installs a writer of a text format; returns the site."""
    site.module("own_writer", WRITER)
    add_writer(site, "lines")
    return site


def add_writer(site, name, format_id="acme.lines", extensions=(".lines",), capabilities=()):
    fields = {"extensions": extensions, "capabilities": capabilities}
    site.add(name, PLUGIN.format(name=name, format=format_id, **fields))


def test_the_extension_chooses_the_writer(writer, data, tmp_path):
    path = sidpy.write(data, tmp_path / "out.lines")

    assert path == tmp_path / "out.lines"
    assert path.read_text() == "Channel_000: [1, 2]\n"
    assert [file.name for file in tmp_path.iterdir() if file.name != "site"] == ["out.lines"]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda d: d, "Channel_000: [1, 2]\n"),
        (lambda d: [d, 2 * d], "Channel_000: [1, 2]\nChannel_001: [2, 4]\n"),
        (lambda d: (d,), "Channel_000: [1, 2]\n"),
        (lambda d: {"height": d}, "height: [1, 2]\n"),
    ],
    ids=["one", "list", "tuple", "dictionary"],
)
def test_one_several_or_named_datasets_are_written(writer, data, tmp_path, make, expected):
    assert sidpy.write(make(data), tmp_path / "out.lines").read_text() == expected


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (np.zeros(3), LabelTypeError, "found ndarray"),
        ([np.zeros(3)], LabelTypeError, "'Channel_000' should be a Dataset.*from_array"),
        ({3: None}, LabelTypeError, "3 should be"),
        ([], LabelValueError, "nothing to write"),
        (None, LabelTypeError, "found NoneType"),
    ],
)
def test_only_datasets_are_written(writer, tmp_path, value, error, message):
    with pytest.raises(error, match=message):
        sidpy.write(value, tmp_path / "out.lines")


@pytest.mark.parametrize("asked", ["lines", "acme.lines", ".lines", "LINES"])
def test_a_format_is_asked_for_by_any_of_its_names(writer, data, tmp_path, asked):
    assert sidpy.write(data, tmp_path / "out.dat", asked).read_text() == "Channel_000: [1, 2]\n"


def test_an_unknown_format_lists_the_known_ones(writer, data, tmp_path):
    with pytest.raises(UnrecognisedFile, match=r"'acme.line'; did you mean 'acme.lines'.*known: "):
        sidpy.write(data, tmp_path / "out.dat", format="acme.line")
    with pytest.raises(UnrecognisedFile, match=r"known: acme.lines \(.lines\)"):
        sidpy.write(data, tmp_path / "out.dat")


@pytest.mark.parametrize("name", ["out.h5", "out.hf5", "out.HDF5", "out.nsid"])
def test_the_default_names_its_package_when_it_is_absent(writer, data, tmp_path, name):
    with pytest.raises(MissingDependency, match="'nsid' needs pyNSID: pip install pyNSID"):
        sidpy.write(data, tmp_path / name)


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("a.h5", None, "nsid"),
        ("a.hf5", "h5", "nsid"),
        ("a.h5", "usid", "usid"),
        ("a.usid.h5", None, "usid"),
        ("a.lines.h5", None, "nsid"),
        ("a.usid.h5", "nsid", "nsid"),
    ],
)
def test_hdf5_is_written_as_nsid_unless_asked_otherwise(
    writer, data, tmp_path, name, asked, expected
):
    for model, extensions in (("usid", (".h5", ".usid.h5")), ("nsid", (".h5", ".hf5"))):
        add_writer(writer, model, model, extensions)

    entry = importlib.import_module("sidpy.io.write")._writer(tmp_path / name, asked)
    assert entry.spec.format == expected


def test_several_writers_ask(writer, data, tmp_path):
    add_writer(writer, "more")

    with pytest.raises(AmbiguousFile, match="'lines', 'more'; choose one with format='lines'"):
        sidpy.write(data, tmp_path / "out.lines")


def test_a_file_is_not_replaced_unasked(writer, data, tmp_path):
    path = tmp_path / "out.lines"
    path.write_text("precious")

    with pytest.raises(ExistingFile, match="overwrite=True"):
        sidpy.write(data, path)
    assert path.read_text() == "precious"
    assert sidpy.write(data, path, overwrite=True).read_text() == "Channel_000: [1, 2]\n"


def test_appending_is_for_formats_that_can(writer, data, tmp_path):
    path = sidpy.write(data, tmp_path / "out.lines")
    with pytest.raises(ExistingFile, match="cannot be added to"):
        sidpy.write(data, path, append=True)

    add_writer(writer, "growing", "acme.growing", (".grow",), ("append",))
    for _ in range(2):
        path = sidpy.write(data, tmp_path / "out.grow", append=True)
    assert path.read_text() == "Channel_000: [1, 2]\n" * 2


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()], ids=str)
def test_a_failure_leaves_what_was_there(writer, data, tmp_path, failure):
    path = tmp_path / "out.lines"
    path.write_text("precious")
    before = sorted(tmp_path.iterdir())

    with pytest.raises(type(failure)) as caught:
        sidpy.write(data, path, overwrite=True, fail=failure)

    assert path.read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == before
    if isinstance(failure, OSError):
        assert "'lines' of lines-dist 1.0 wrote" in caught.value.__notes__[0]


def test_companions_arrive_with_their_file_or_not_at_all(writer, data, tmp_path):
    path = sidpy.write(data, tmp_path / "out.lines", companion=True)
    assert path.with_suffix(".hdr").read_text() == "header of out.lines"

    path.unlink()
    with pytest.raises(ExistingFile, match=r"out.hdr"):
        sidpy.write(data, path, companion=True)
    assert not path.exists()


def test_a_link_stays_a_link(writer, data, tmp_path):
    real = tmp_path / "real.lines"
    real.write_text("old")
    link = tmp_path / "link.lines"
    link.symlink_to(real)

    sidpy.write(data, link, overwrite=True)

    assert link.is_symlink()
    assert real.read_text() == "Channel_000: [1, 2]\n"


def test_a_folder_that_is_not_there_is_named(writer, data, tmp_path):
    with pytest.raises(MissingFile, match=r"no folder .*nowhere"):
        sidpy.write(data, tmp_path / "nowhere" / "out.lines")


def test_a_writer_that_writes_nothing_is_found_out(writer, data, tmp_path):
    writer.module("own_writer", "def write(datasets, path): pass")

    with pytest.raises(ReaderError, match="made no file"):
        sidpy.write(data, tmp_path / "out.lines")


def test_a_writer_that_cannot_be_loaded_is_named(writer, data, tmp_path):
    writer.module("own_writer", "import lib_zzz")

    with pytest.raises(MissingDependency, match=r"'lines' of lines-dist 1.0 .*lib_zzz"):
        sidpy.write(data, tmp_path / "out.lines")


def test_a_dataset_saves_itself(writer, data, tmp_path):
    assert data.save(tmp_path / "out.lines").read_text() == "Channel_000: [1, 2]\n"
