"""A third party's distribution, installed by pip beside sidpy, is found and used."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

import numpy as np
import pytest

import sidpy
from sidpy import plugins

VARIANTS = Path(__file__).parent / "variants"
IMAGE = np.arange(6, dtype="f4").reshape(2, 3)


@pytest.fixture
def scan(tmp_path):
    """An Acme scan, written by the installed writer."""
    dataset = sidpy.Dataset.from_array(IMAGE, title="ramp")
    for axis, name in enumerate("yx"):
        positions = 2.0 * np.arange(IMAGE.shape[axis])
        dataset.set_dimension(axis, sidpy.Dimension(positions, name, "distance", "nm", "SPATIAL"))
    return dataset.save(tmp_path / "ramp.acm")


@pytest.fixture
def variant(monkeypatch):
    """Puts one of the faulty distributions beside the good one."""

    def install(name):
        monkeypatch.syspath_prepend(VARIANTS / name)
        plugins.reset()

    yield install
    monkeypatch.undo()
    plugins.reset()


def test_it_is_installed_from_a_wheel_not_from_the_source_tree():
    distribution = metadata.distribution("acme-reader")
    spec = util.find_spec("acme_reader")

    assert [point.value for point in distribution.entry_points] == ["acme_reader.plugin"]
    assert Path(__file__).parent not in Path(spec.origin).parents
    siblings = ("pyNSID", "pyUSID", "SciFiReaders", "pycroscopy")
    assert [name for name in siblings if util.find_spec(name)] == []


def test_its_files_are_read_by_name_and_by_content(scan):
    np.testing.assert_array_equal(sidpy.read(scan)["Channel_000"].compute(), IMAGE)
    renamed = scan.rename(scan.with_suffix(".unknown"))

    assert sidpy.explain(renamed).chosen == "acme-scan"
    assert sidpy.explain(renamed).row("acme-scan").distribution == "acme-reader"


def test_listing_formats_does_not_import_its_reader():
    code = (
        "import json, sys, sidpy.plugins as plugins\n"
        "names = [entry.spec.name for entry in plugins.registry().readers]\n"
        "sys.stdout.write(json.dumps([names, 'acme_reader.scan' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=300
    )

    assert json.loads(done.stdout) == [["acme-scan", "nexus"], False]


def test_a_broken_plugin_beside_it_is_a_warning(scan, variant):
    variant("broken")

    with pytest.warns(sidpy.errors.PluginWarning, match=r"'broken' of acme-broken 0.1.*firmware"):
        assert list(sidpy.read(scan)) == ["Channel_000"]


def test_a_rival_beside_it_asks_which(scan, variant):
    variant("rival")

    with pytest.raises(sidpy.errors.AmbiguousFile, match=r"'acme-rival' of acme-rival 0.3"):
        sidpy.read(scan)
    with sidpy.config.set(readers={"acme.scan": "acme-scan"}):
        assert list(sidpy.read(scan)) == ["Channel_000"]


def test_a_missing_extra_names_the_command(scan, variant):
    variant("lacking")
    scan.write_bytes(b"ACMEZIPD" + scan.read_bytes()[8:])

    with pytest.raises(sidpy.errors.UnrecognisedFile, match=r"pip install 'acme-lacking\[zip\]'"):
        sidpy.read(scan)
