"""A toy format with a plugin of its own, found like an installed one."""

import importlib
from textwrap import dedent

import numpy as np
import pytest

from sidpy import plugins
from sidpy.cli import main

_PLUGIN = """
    from sidpy.plugins import ReaderSpec, Signature, WriterSpec, hookimpl

    @hookimpl
    def sidpy_readers():
        return (
            ReaderSpec(
                name="toy", format="toy.scan", summary="toy scans", extensions=(".toy",),
                signatures=(Signature(b"TOYSCAN1"),), reader="toy_format:read_toy",
                support="real files",
            ),
            ReaderSpec(
                name="picky", format="picky.scan", summary="picky scans",
                extensions=(".picky",), signatures=(Signature(b"PICKY"),),
                reader="toy_format:read_toy", requires="a-library-nobody-has",
            ),
        )

    @hookimpl
    def sidpy_writers():
        return (
            WriterSpec(
                name="toy-writer", format="toy.scan", summary="toy scans",
                extensions=(".toy",), writer="toy_format:write_toy",
            ),
        )
"""
_FORMAT = '''
    """Bytes: "TOYSCAN1", rows and columns as u32, then f32 row by row."""

    import numpy as np
    import sidpy

    def read_toy(path):
        rows, columns = np.fromfile(path, "<u4", 2, offset=8)
        pixels = sidpy.FileArray(path, "<f4", (int(rows), int(columns)), offset=16)
        scan = sidpy.Dataset.from_array(
            pixels, title="µ scan", datatype="image", units="nA", quantity="current"
        )
        for axis, name in enumerate("yx"):
            values = 0.5 * np.arange(scan.shape[axis])
            scan.set_dimension(
                axis, sidpy.Dimension(values, name, "distance", "nm", "spatial")
            )
        scan.metadata = {"experiment": {"bias": 0.25, "tip": float("nan")}, "user": "Ω"}
        return [scan, 2 * scan]

    def write_toy(datasets, path):
        first = next(iter(datasets.values())).compute().astype("<f4")
        with open(path, "wb") as file:
            file.write(b"TOYSCAN1" + np.array(first.shape, "<u4").tobytes() + first.tobytes())
'''
PIXELS = np.arange(12, dtype="<f4").reshape(3, 4)


def _install(folder, name, source):
    folder.joinpath(f"plugin_of_{name}.py").write_text(dedent(source), "utf-8")
    info = folder / f"{name}_dist-1.2.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.2\n", "utf-8"
    )
    info.joinpath("entry_points.txt").write_text(f"[sidpy]\n{name} = plugin_of_{name}\n", "utf-8")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path of imports with the plugin of the toy format, and only that one."""
    folder = tmp_path / "site"
    folder.mkdir()
    folder.joinpath("toy_format.py").write_text(dedent(_FORMAT), "utf-8")
    _install(folder, "toy", _PLUGIN)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("SIDPY_PLUGINS", "toy")
    importlib.invalidate_caches()
    plugins.reset()
    yield folder
    plugins.reset()


@pytest.fixture
def broken_plugin(site, monkeypatch):
    """A second plugin, which cannot be imported."""
    _install(site, "wreck", "raise RuntimeError('this plugin is broken')\n")
    monkeypatch.setenv("SIDPY_PLUGINS", "toy,wreck")
    importlib.invalidate_caches()
    plugins.reset()


@pytest.fixture
def scan(site, tmp_path):
    """A toy scan whose name is not ASCII."""
    path = tmp_path / "Ångström µ.toy"
    path.write_bytes(b"TOYSCAN1" + np.array([3, 4], "<u4").tobytes() + PIXELS.tobytes())
    return path


@pytest.fixture
def sidpy_command(capsys):
    """Run the command: exit code, stdout and stderr."""

    def run(*words):
        code = main([str(word) for word in words])
        written = capsys.readouterr()
        return code, written.out, written.err

    return run
