"""Third-party plugins without installation: a folder on sys.path with written metadata."""

from __future__ import annotations

import importlib
import sys
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest

from sidpy import plugins

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """
    ReaderSpec(
        name={name!r}, format={format!r}, summary="toy scans", extensions=(".toy",),
        reader={reader!r}, {more}
    ),
"""
SIGNED = 'signatures=(Signature(b"TOYSCAN1"),),'


class Site:
    """A folder of distributions that are found like installed ones."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.names: list[str] = []
        self._monkeypatch = monkeypatch

    def add(self, name: str, source: str, *, dist: str = "", version: str = "1.0") -> None:
        """Install a plugin module as the distribution `dist`, and load no others."""
        dist = dist or f"{name}-dist"
        module = f"plugin_of_{name.replace('-', '_')}"
        (self.folder / f"{module}.py").write_text(dedent(source), "utf-8")
        self.declare(name, module, dist=dist, version=version)

    def declare(self, name: str, module: str, *, dist: str, version: str) -> None:
        """Write the metadata of a distribution with one entry point."""
        info = self.folder / f"{dist.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n", "utf-8"
        )
        info.joinpath("entry_points.txt").write_text(f"[sidpy]\n{name} = {module}\n", "utf-8")
        self.names.append(name)
        self._monkeypatch.setenv("SIDPY_PLUGINS", ",".join(self.names))
        self.refresh()

    def add_reader(self, name: str, more: str = SIGNED, **kwargs: str) -> None:
        """Install a plugin with one reader called `name` that reads toy scans."""
        fields = {"format": "toy.scan", "reader": "toy_reader:read_toy"}
        fields |= {key: kwargs.pop(key) for key in list(kwargs) if key in fields}
        spec = indent(dedent(SPEC.format(name=name, more=more, **fields)), "        ")
        self.add(
            name,
            "from sidpy.plugins import ReaderSpec, Signature, hookimpl\n"
            f"@hookimpl\ndef sidpy_readers():\n    return (\n{spec}\n    )\n",
            **kwargs,
        )

    def module(self, name: str, source: str) -> None:
        """Write a module that no plugin is."""
        (self.folder / f"{name}.py").write_text(dedent(source), "utf-8")
        self.refresh()

    def refresh(self) -> None:
        """Make what was written findable."""
        importlib.invalidate_caches()
        plugins.reset()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An empty folder for plugins; the ones really installed are not loaded."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("SIDPY_PLUGINS", "off")
    before = set(sys.modules)
    place = Site(folder, monkeypatch)
    place.module(
        "toy_reader",
        """
        import numpy as np
        import sidpy

        def read_toy(path, scale=1):
            rows, columns = np.fromfile(path, ">u2", 2, offset=8)
            numbers = sidpy.FileArray(path, ">u2", (int(rows), int(columns)), offset=12)
            dataset = sidpy.Dataset.from_array(numbers, title="toy")
            return dataset if scale == 1 else dataset * scale
        """,
    )
    yield place
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(folder) in str(
            sys.modules[name].__file__
        ):
            del sys.modules[name]
    plugins.reset()


@pytest.fixture
def toy_file(tmp_path):
    """A scan of 2 × 3 numbers, 0 to 5, in the toy format."""
    path = tmp_path / "scan.toy"
    header = b"TOYSCAN1" + bytes([0, 2, 0, 3])
    path.write_bytes(header + b"".join(bytes([0, i]) for i in range(6)))
    return path
