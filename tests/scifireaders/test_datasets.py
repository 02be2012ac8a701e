"""Sample files: known by checksum, fetched once, or taken from a folder."""

from __future__ import annotations

import csv
import hashlib
import posixpath
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

import sidpy
from SciFiReaders import datasets
from sidpy.errors import CorruptFile, MissingDependency, MissingFile, UnknownOption

EMI = "fei-tia/made/scan.emi"
CONTENT = {"made/scan.emi": b"description", "made/scan_1.ser": b"series"}


@pytest.fixture
def registry(monkeypatch):
    """Two files that belong together."""
    monkeypatch.delenv(datasets.FOLDER_VARIABLE, raising=False)
    samples = [
        datasets.Sample(
            f"fei-tia/{path}", "someone/collection", "c0ffee", f"data/{path}",
            hashlib.sha256(content).hexdigest(), "MIT", ("scan_1.ser",) * path.endswith("emi"),
        )
        for path, content in CONTENT.items()
    ]  # fmt: skip
    known = {sample.name: sample for sample in samples}
    monkeypatch.setattr(datasets, "_registry", lambda: known)
    return known


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server that has the files where the real one has them, and lists what it was asked."""
    pytest.importorskip("pooch")
    root = tmp_path / "served"
    for path, content in CONTENT.items():
        place = root / "someone" / "collection" / "c0ffee" / "data" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    class Handler(SimpleHTTPRequestHandler):
        asked: list[str] = []  # noqa: RUF012 - of this server

        def log_message(self, *args):
            self.asked.append(self.path)

    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root)))
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    monkeypatch.setattr(datasets, "_HOST", f"http://127.0.0.1:{served.server_port}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache" / name)
    Handler.root = root
    yield Handler
    served.shutdown()
    thread.join(30)
    served.server_close()


def test_a_file_is_fetched_once_with_what_belongs_to_it(registry, server):
    path = datasets.fetch(EMI)
    again = datasets.fetch(EMI)

    assert path == again
    assert path.read_bytes() == b"description"
    assert path.with_name("scan_1.ser").read_bytes() == b"series"
    assert sorted(server.asked) == [
        f"/someone/collection/c0ffee/data/{path}" for path in sorted(CONTENT)
    ]


def test_another_file_at_the_address_is_not_taken(registry, server):
    for place in server.root.rglob("scan*"):
        place.write_bytes(b"something else")

    with pytest.raises(CorruptFile, match="another file"):
        datasets.fetch(EMI)


def test_without_a_net_the_error_says_what_to_do(registry, server, monkeypatch):
    monkeypatch.setattr(datasets, "_HOST", "http://127.0.0.1:1")

    with pytest.raises(MissingFile, match=r"cannot be fetched.*set SCIFIREADERS_DATASETS"):
        datasets.fetch(EMI)


def test_a_folder_is_all_that_is_looked_at(registry, tmp_path, monkeypatch):
    monkeypatch.setenv(datasets.FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setattr(datasets, "_pooch", lambda: pytest.fail("asked the net"))

    with pytest.raises(MissingFile, match="nothing is fetched"):
        datasets.fetch(EMI)

    for path, content in CONTENT.items():
        place = tmp_path / "fei-tia" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    assert datasets.fetch(EMI) == tmp_path / EMI

    (tmp_path / EMI).write_bytes(b"changed")
    with pytest.raises(CorruptFile, match="checksum"):
        datasets.fetch(EMI)


def test_without_pooch_the_command_is_named(registry, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)

    with pytest.raises(MissingDependency, match=r"pip install 'SciFiReaders\[datasets\]'"):
        datasets.fetch(EMI)


def test_names_are_told_and_alike_ones_are_proposed():
    assert len(datasets.names()) > 200
    assert datasets.names("tiff") == [n for n in datasets.names() if n.startswith("tiff/")]
    with pytest.raises(UnknownOption, match=r"did you mean .*olympus_SIS\.tif"):
        datasets.fetch("tiff/rosettasciio/olympus.tif")


def test_every_sample_is_known_completely():
    for name in datasets.names():
        sample = datasets.about(name)
        assert len(sample.commit) == 40
        assert len(sample.sha256) == 64
        assert sample.licence
        assert sample.repository.count("/") == 1
        for other in sample.beside:
            folder = posixpath.dirname(name)
            assert posixpath.normpath(posixpath.join(folder, other)) in datasets.names()


@pytest.mark.vendor
def test_the_registry_is_that_of_the_real_files(vendor_data, monkeypatch):
    monkeypatch.setenv(datasets.FOLDER_VARIABLE, str(vendor_data))
    with (vendor_data / "provenance.tsv").open(newline="") as file:
        origin = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}

    for name in datasets.names():
        sample, row = datasets.about(name), origin[name]
        assert row["repository"].endswith(f"/{sample.repository}")
        assert (row["commit"], row["path_in_repository"]) == (sample.commit, sample.path)
        assert row["licence"] == sample.licence
        assert datasets.fetch(name) == vendor_data / name


@pytest.mark.vendor
def test_a_sample_is_read(vendor_data, monkeypatch):
    monkeypatch.setenv(datasets.FOLDER_VARIABLE, str(vendor_data))

    found = sidpy.read(datasets.fetch("tiff/rosettasciio/test_loading_image_saved_with_DM.tif"))

    assert found["Channel_000"].shape == (68, 68)
