"""What language models may do with files: list formats, look, convert."""

from __future__ import annotations

import sys
import types
import typing

import numpy as np
import pytest

import sidpy
from SciFiReaders import mcp
from SciFiReaders.simulate.gsf import write_gsf
from sidpy.errors import MissingDependency, UnrecognisedFile


class FakeServer:
    """Stands in for the server of the package mcp."""

    def __init__(self, name):
        self.name, self.tools = name, {}

    def tool(self, name):
        return lambda function: self.tools.setdefault(name, function)


@pytest.fixture
def server(monkeypatch):
    for package in ("mcp", "mcp.server"):
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
    module = types.ModuleType("mcp.server.fastmcp")
    module.FastMCP = FakeServer
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.setitem(sys.modules, "mcp.server.fastmcp", module)
    return mcp.create_mcp_server("mine")


@pytest.fixture
def field(tmp_path):
    return write_gsf(tmp_path / "field.gsf", np.arange(12, dtype="f4").reshape(3, 4))


def test_the_server_offers_three_tools_in_plain_types(server):
    assert server.name == "mine"
    assert sorted(server.tools) == ["export_nexus", "list_readers", "read_file"]
    for tool in server.tools.values():
        assert "return" in typing.get_type_hints(tool)


def test_a_file_is_described_without_its_values(server, field):
    found = server.tools["read_file"](str(field))

    (dataset,) = found["datasets"].values()
    assert dataset["shape"] == [3, 4]
    assert [axis["size"] for axis in dataset["axes"]] == [3, 4]
    assert found["reader"]["name"] == "SciFiReaders.gwyddion_gsf"


def test_a_file_becomes_nexus_once(server, field, tmp_path):
    written = server.tools["export_nexus"](str(field), str(tmp_path / "out"))

    (back,) = sidpy.read(written).values()
    np.testing.assert_array_equal(back.compute(), np.arange(12.0).reshape(3, 4))
    with pytest.raises(FileExistsError):
        server.tools["export_nexus"](str(field), written)


def test_what_is_no_such_file_is_an_error_of_ours(server, tmp_path):
    (tmp_path / "a.gsf").write_bytes(b"nothing")
    with pytest.raises(UnrecognisedFile):
        server.tools["read_file"](str(tmp_path / "a.gsf"))


def test_without_the_package_the_command_is_named(monkeypatch):
    for other in ("mcp.server.mcpserver", "mcp.server.fastmcp"):
        monkeypatch.setitem(sys.modules, other, None)
    with pytest.raises(MissingDependency, match=r"SciFiReaders\[mcp\]"):
        mcp.create_mcp_server()
