"""Plugins are found, loaded one by one, and a broken one harms nobody."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sidpy import plugins
from sidpy.errors import PluginWarning


def readers() -> list[str]:
    return [entry.spec.name for entry in plugins.registry().readers]


def test_an_installed_plugin_is_found_with_its_distribution(site):
    site.add_reader("toy", dist="acme-toys", version="2.5")

    (entry,) = plugins.registry().readers

    assert (entry.spec.name, entry.plugin.distribution, entry.plugin.version) == (
        "toy", "acme-toys", "2.5",
    )  # fmt: skip
    assert entry.plugin.label == "acme-toys 2.5"


def test_readers_come_in_the_same_order_always(site):
    for name in ("b", "c", "a"):
        site.add_reader(name)

    assert readers() == ["a", "b", "c"]


HOOK = "from sidpy.plugins import ReaderSpec, hookimpl\n@hookimpl\n"
EMPTY_SPEC = "ReaderSpec(name='', format='', summary='', extensions=(), reader='')"
FAULTS = {
    "absent import": ("import a_library_that_is_absent", "ModuleNotFoundError: .*is_absent"),
    "raises": ("raise RuntimeError('boom')", "RuntimeError: boom"),
    "exits": ("raise SystemExit(3)", "SystemExit: 3"),
    "syntax": ("def broken(:", "SyntaxError"),
    "no hook": ("", "implements no hook; is @hookimpl missing"),
    "unknown hook": (HOOK + "def sidpy_raeders(): return ()", "unknown hook 'sidpy_raeders'"),
    "unknown argument": (HOOK + "def sidpy_readers(paht): return ()", "'faulty = .*'paht'"),
    "no list": (HOOK + "def sidpy_readers(): return 7", "TypeError"),
    "no spec": (
        HOOK + "def sidpy_readers(): return ['x']",
        "sidpy_readers should return ReaderSpec records, found 'x'",
    ),
    "bad spec": (
        HOOK + f"def sidpy_readers(): return [{EMPTY_SPEC}]",
        "SpecError: .*name is one word.*nothing tells its files",
    ),
}


@pytest.mark.parametrize(("source", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_broken_plugin_is_one_warning_and_the_others_work(site, source, reason):
    site.add("faulty", source, dist="faulty-dist", version="0.3")
    site.add_reader("good")

    with pytest.warns(
        PluginWarning, match=rf"(?s)'faulty' of faulty-dist 0.3 .*{reason}"
    ) as caught:
        assert readers() == ["good"]

    (broken,) = plugins.registry().broken
    assert len(caught) == 1
    assert (broken.name, broken.status) == ("faulty", "broken")
    assert broken.reason in str(caught[0].message)


def test_a_broken_plugin_is_complained_about_once(site, recwarn):
    site.add("faulty", "raise RuntimeError('boom')")

    for _ in range(3):
        plugins.registry()

    assert len(recwarn) == 1


def test_the_first_of_two_readers_of_one_name_stays(site):
    site.add_reader("twin", dist="first")
    site.add(
        "zweiter",
        site.folder.joinpath("plugin_of_twin.py").read_text(),
        dist="second",
        version="2.0",
    )

    with pytest.warns(PluginWarning, match="'twin' of second 2.0 is left out.*first 1.0 uses"):
        (entry,) = plugins.registry().readers

    assert entry.plugin.distribution == "first"
    (second,) = (p for p in plugins.registry().plugins if p.name == "zweiter")
    assert second.problems == ["twin has a name that first 1.0 uses already"]


def test_one_module_under_two_names_is_registered_once(site):
    site.add_reader("toy")
    info = site.folder / "again-1.0.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: again\nVersion: 1.0\n")
    info.joinpath("entry_points.txt").write_text("[sidpy]\ntoy = plugin_of_toy\n")
    site.refresh()

    with pytest.warns(PluginWarning, match="registered already"):
        assert readers() == ["toy"]


def test_a_reader_for_a_newer_interface_is_left_out(site):
    site.add_reader("newer", more="api=2,")
    site.add_reader("good")

    with pytest.warns(PluginWarning, match="version 2 of the plugin interface .*upgrade sidpy"):
        assert readers() == ["good"]


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ("", ["a", "b", "c"]),
        ("a,b", ["a", "b"]),
        ("a, c ,-c", ["a"]),
        ("off", []),
        ("OFF", []),
        ("B_dist", ["b"]),
    ],
)
@pytest.mark.filterwarnings("ignore::sidpy.errors.PluginWarning")  # of what is really installed
def test_the_environment_allows_and_blocks(site, monkeypatch, switch, expected):
    for name in ("a", "b", "c"):
        site.add_reader(name)
    monkeypatch.setenv("SIDPY_PLUGINS", switch)
    plugins.reset()

    found = [name for name in readers() if name in {"a", "b", "c"}]
    assert found == expected


@pytest.mark.filterwarnings("ignore::sidpy.errors.PluginWarning")  # of what is really installed
def test_all_but_one_are_loaded(site, monkeypatch):
    for name in ("a", "b"):
        site.add_reader(name)
    monkeypatch.setenv("SIDPY_PLUGINS", "-a-dist")
    plugins.reset()

    statuses = {plugin.name: plugin.status for plugin in plugins.registry().plugins}
    assert (statuses["a"], statuses["b"]) == ("blocked", "active")


def test_a_blocked_plugin_is_not_even_imported(site, monkeypatch):
    site.add("bad", "raise RuntimeError('imported')")
    site.add_reader("good")
    monkeypatch.setenv("SIDPY_PLUGINS", "good")
    plugins.reset()

    assert readers() == ["good"]


def test_a_name_that_is_not_installed_is_complained_about(site, monkeypatch):
    monkeypatch.setenv("SIDPY_PLUGINS", "nobody")
    plugins.reset()

    with pytest.warns(PluginWarning, match="names 'nobody', which is not installed"):
        plugins.registry()


def test_what_was_found_is_remembered_until_reset(site):
    site.add_reader("a")
    first = plugins.registry()

    assert plugins.registry() is first
    plugins.reset()
    assert plugins.registry() is not first


@pytest.mark.filterwarnings("ignore::sidpy.errors.PluginWarning")  # of what is really installed
def test_finding_plugins_reads_no_metadata_and_no_reader(site, monkeypatch):
    """What makes discovery quick: the modules of the entry points and nothing else are read."""
    for i in range(5):
        site.add_reader(f"plugin{i}")

    monkeypatch.delenv("SIDPY_PLUGINS")  # whose names would have to be compared
    plugins.reset()

    entries = [e for e in plugins.registry().readers if e.plugin.module.startswith("plugin_of")]

    assert len(entries) == 5
    assert "toy_reader" not in sys.modules
    assert not any({"distribution", "version"} & set(vars(entry.plugin)) for entry in entries)


def test_importing_the_host_loads_pluggy_and_nothing_heavy():
    code = (
        "import sys, sidpy.plugins; from sidpy.plugins import ReaderSpec, hookimpl\n"
        "print([name for name in ('dask', 'h5py', 'numpy.linalg', 'scipy', 'importlib.metadata')"
        " if name in sys.modules], 'pluggy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split("\n")[0] == "[] True"
