"""A raw file of a toy format, and a file of results that were made of it."""

from __future__ import annotations

import os

import numpy as np
import pytest

import sidpy
from sidpy import plugins

_READER = '''
    """Bytes: "TOYSCAN1", rows and columns as u32, then f8 row by row."""

    import numpy as np
    import sidpy

    def read_toy(path, gain=1.0):
        rows, columns = np.fromfile(path, "<u4", 2, offset=8)
        values = sidpy.FileArray(path, "<f8", (int(rows), int(columns)), offset=16)
        scan = sidpy.Dataset.from_array(values, title="scan", units="nA", quantity="current")
        for axis, name in enumerate("yx"):
            positions = 0.5 * np.arange(scan.shape[axis])
            scan.set_dimension(
                axis, sidpy.Dimension(positions, name, "distance", "nm", "spatial")
            )
        return [scan if gain == 1 else scan * gain]
'''


def _write_raw(path, seed=1, shape=(40, 30)):
    values = np.random.default_rng(seed).normal(5, 1, shape)
    path.write_bytes(b"TOYSCAN1" + np.array(shape, "<u4").tobytes() + values.tobytes())
    return path


def _flip(path, place):
    """Change one bit of a file as somebody would tomorrow."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))


@pytest.fixture
def write_raw():
    return _write_raw


@pytest.fixture
def flip():
    return _flip


@pytest.fixture
def toy(site, monkeypatch):
    """The toy format beside the formats of sidpy itself."""
    site.add_reader("toy", dist="acme-toys", version="2.5")
    site.module("toy_reader", _READER)
    monkeypatch.setenv("SIDPY_PLUGINS", "toy,sidpy")
    plugins.reset()
    yield site
    plugins.reset()


@pytest.fixture
def raw(toy, tmp_path):
    return _write_raw(tmp_path / "scan.toy")


@pytest.fixture
def results(raw, tmp_path):
    """A file with a scan, its background, and the spectrum that both were needed for."""
    scan = sidpy.read(raw)["Channel_000"]
    flat = scan - scan.mean(axis=0)
    part = flat.sel(x=slice("2 nm", "8 nm"))
    part.title = "part"
    root = np.sqrt(part * part + 1.5)
    path = tmp_path / "results.nxs"
    sidpy.write({"scan": scan, "flat": flat, "result": root.mean(axis=0)}, path)
    return path
