"""Which reader reads a file: what decides, in which order, and what is said when nothing does."""

from __future__ import annotations

import sys

import h5py
import pytest

import sidpy
from sidpy import plugins
from sidpy.errors import (
    AmbiguousFile,
    CorruptFile,
    MissingDependency,
    NotAFile,
    PluginWarning,
    UnrecognisedFile,
)
from sidpy.plugins import choose


def chosen(path, reader=None) -> str:
    return choose(path, reader).entry.spec.name


def test_the_signature_beats_the_extension(site, toy_file):
    site.add_reader("by-bytes", more='signatures=(Signature(b"TOYSCAN1"),),')
    site.add_reader("by-name", more="")

    assert chosen(toy_file) == "by-bytes"


def test_the_longer_signature_wins(site, toy_file):
    site.add_reader("long", more='signatures=(Signature(b"TOYSCAN1"),),')
    site.add_reader("short", more='signatures=(Signature(b"TOY"),),')

    assert chosen(toy_file) == "long"


def test_a_file_is_known_by_its_bytes_under_any_name(site, toy_file):
    site.add_reader("toy")

    assert chosen(toy_file.rename(toy_file.with_name("scan.dat"))) == "toy"


def test_a_contradiction_counts_more_than_the_name(site, tmp_path):
    site.add_reader("toy")
    path = tmp_path / "other.toy"
    path.write_bytes(b"something else")

    assert sidpy.explain(path).row("toy").score == 0
    with pytest.raises(UnrecognisedFile, match=r"'toy' of toy-dist 1.0 reads this extension, but"):
        choose(path)


def test_several_parts_of_an_extension_count_more_than_one(site, tmp_path):
    site.add_reader("general", more="")
    source = site.folder / "plugin_of_general.py"
    site.add("special", source.read_text().replace("'general'", "'special'")
             .replace('(".toy",)', '(".big.toy",)'))  # fmt: skip
    path = tmp_path / "scan.big.toy"
    path.write_bytes(b"x")

    assert chosen(path) == "special"


def test_a_layout_tells_hdf5_files_apart(site, tmp_path):
    site.add_reader("frames", more='hdf5=("entry/frames", "entry@kind=stack"),')
    site.add_reader("spectra", more='hdf5=("entry/spectr*@units",),')
    stack, spectra, neither = (tmp_path / f"{name}.h5" for name in ("a", "b", "c"))
    with h5py.File(stack, "w") as file:
        file["entry/frames"] = [1]
        file["entry"].attrs["kind"] = b"stack"
    with h5py.File(spectra, "w") as file:
        file["entry/spectrum_3"] = [1]
        file["entry/spectrum_3"].attrs["units"] = "eV"
    with h5py.File(neither, "w") as file:
        file["entry/frames"] = [1]
        file["entry"].attrs["kind"] = "movie"

    assert (chosen(stack), chosen(spectra)) == ("frames", "spectra")
    with pytest.raises(UnrecognisedFile, match="no installed reader knows"):
        choose(neither)
    assert sidpy.explain(neither).row("frames").reason == "it holds no 'entry@kind=stack'"


@pytest.mark.parametrize(
    ("entry", "fits"),
    [
        ("@NX_class=NXroot", True),
        ("@NX_class", True),
        ("@NX_class=NXentry", False),
        ("data", True),
        ("data/deeper", False),
        ("data@shape=3", True),
        ("dangling", False),
        ("*@shape", True),
        ("*/*", False),
    ],
)
def test_a_layout_entry_is_a_path_an_attribute_or_its_value(site, tmp_path, entry, fits):
    site.add_reader("layout", more=f"hdf5=({entry!r},),")
    path = tmp_path / "file.h5"
    with h5py.File(path, "w") as file:
        file.attrs["NX_class"] = "NXroot"
        file["data"] = [1]
        file["data"].attrs["shape"] = [2, 3]
        file["dangling"] = h5py.SoftLink("/nowhere")

    assert (sidpy.explain(path).chosen == "layout") is fits


def test_h5py_is_not_loaded_for_files_that_are_not_hdf5(site, toy_file, monkeypatch):
    site.add_reader("layout", more='hdf5=("entry",),')
    site.add_reader("toy")
    monkeypatch.setitem(sys.modules, "h5py", None)  # importing it would fail

    assert chosen(toy_file) == "toy"


def test_an_hdf5_file_that_cannot_be_opened_is_corrupt(site, tmp_path):
    site.add_reader("layout", more='hdf5=("entry",),')
    path = tmp_path / "file.h5"
    with h5py.File(path, "w") as file:
        file["entry"] = list(range(1000))
    path.write_bytes(path.read_bytes()[:900])

    with pytest.raises(CorruptFile, match="is an HDF5 file, but HDF5 cannot open it"):
        choose(path)


@pytest.mark.skipif(sys.platform == "win32", reason="locks files in another way")
def test_a_layout_is_seen_while_another_program_holds_the_lock(site, tmp_path):
    import fcntl

    site.add_reader("layout", more='hdf5=("entry",),')
    path = tmp_path / "file.h5"
    with h5py.File(path, "w") as file:
        file["entry"] = [1]

    with path.open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert chosen(path) == "layout"


def test_a_companion_that_is_absent_refuses(site, tmp_path):
    site.add_reader("cube", more='companions=(".hdr",),')
    path = tmp_path / "cube.toy"
    path.write_bytes(b"x")

    assert sidpy.explain(path).row("cube").reason == "a file '.hdr' should lie beside it"
    tmp_path.joinpath("cube.hdr").write_bytes(b"x")
    assert chosen(path) == "cube"


def test_directories_only_for_readers_that_claim_them(site, tmp_path):
    site.add_reader("files", more="")
    folder = tmp_path / "scan.toy"
    folder.mkdir()
    with pytest.raises(NotAFile, match="is a directory"):
        choose(folder)

    source = site.folder.joinpath("plugin_of_files.py").read_text()
    site.add("folders", source.replace("'files'", "'folders'").replace('".toy"', '".toy/"'))
    assert chosen(folder) == "folders"
    with pytest.raises(UnrecognisedFile, match="directories of this kind"):
        choose(tmp_path)


SNIFFERS = """
    def yes(probe): return probe.head.startswith(b"TOY")
    def no(probe): return False
    def likely(probe): return 0.7
    def perhaps(probe): return 0.2, "only the first line fits"
    def fails(probe): raise KeyError("boom")
    def nonsense(probe): return "yes"
    def too_sure(probe): return 3
"""


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        ("no", "yes", "second"),
        ("perhaps", "likely", "second"),
        ("likely", "perhaps", "first"),
        ("fails", "perhaps", "second"),
        ("nonsense", "perhaps", "second"),
        ("too_sure", "perhaps", "second"),
        (None, "perhaps", "second"),
        (None, "no", "first"),
    ],
)
def test_sniffers_settle_between_close_candidates(site, toy_file, first, second, winner):
    site.module("sniffers", SNIFFERS)
    for name, sniffer in (("first", first), ("second", second)):
        sniff = f'sniff="sniffers:{sniffer}",' if sniffer else ""
        site.add_reader(name, more=f'signatures=(Signature(b"TOYSCAN1"),), {sniff}')

    assert chosen(toy_file) == winner


def test_what_a_sniffer_did_wrong_is_recorded(site, toy_file):
    site.module("sniffers", SNIFFERS)
    site.add_reader("faulty", more='sniff="sniffers:fails",')
    site.add_reader("absent", more='sniff="no_such_module:sniff",')
    site.add_reader("wordy", more='sniff="sniffers:perhaps",')

    explanation = sidpy.explain(toy_file)

    assert "its sniffer failed: KeyError: 'boom'" in explanation.row("faulty").reason
    assert "ModuleNotFoundError" in explanation.row("absent").reason
    assert "says 0.2: only the first line fits" in explanation.row("wordy").reason


def test_no_sniffer_runs_where_the_bytes_decide(site, toy_file):
    site.module("sniffers", SNIFFERS)
    site.add_reader("sure", more='signatures=(Signature(b"TOYSCAN1"),), sniff="sniffers:no",')
    site.add_reader("by-name", more='sniff="sniffers:yes",')

    assert chosen(toy_file) == "sure"
    assert "sniffers" not in sys.modules


def test_a_reader_known_by_the_name_alone_may_still_say_no(site, tmp_path):
    site.module("sniffers", SNIFFERS)
    site.add_reader("text", more='sniff="sniffers:yes",')
    path = tmp_path / "notes.toy"
    path.write_text("nothing of the kind")

    with pytest.raises(UnrecognisedFile, match="its sniffer says no"):
        choose(path)


def test_priority_settles_an_equal_score(site, toy_file):
    signed = 'signatures=(Signature(b"TOYSCAN1"),),'
    site.add_reader("a", more=signed)
    site.add_reader("b", more=signed + "priority=1,")

    assert chosen(toy_file) == "b"


def test_a_tie_asks_and_says_how_to_answer(site, toy_file):
    site.add_reader("one")
    site.add_reader("two", dist="rival", version="7.1")

    with pytest.raises(AmbiguousFile, match="2 readers claim it equally") as caught:
        choose(toy_file)

    message = str(caught.value)
    assert "'two' of rival 7.1" in message
    assert "sidpy.read(path, reader='one')" in message
    assert "sidpy.config.readers['toy.scan'] = 'one'" in message
    assert "SIDPY_READERS=toy.scan=one" in message


def test_the_advice_about_a_tie_works(site, toy_file):
    site.add_reader("one")
    site.add_reader("two")

    assert chosen(toy_file, "one") == "one"
    with sidpy.config.set(readers={"toy.scan": "two"}):
        assert chosen(toy_file) == "two"
    with sidpy.config.set(readers={".toy": "one"}):
        assert chosen(toy_file) == "one"


def test_a_tie_between_formats_is_settled_by_the_extension(site, toy_file):
    site.add_reader("one")
    site.add_reader("two", format="other.scan")

    with pytest.raises(AmbiguousFile, match=r"config.readers\['.toy'\] = 'one'"):
        choose(toy_file)


def test_a_configured_reader_wins_over_a_better_one_but_not_over_the_bytes(site, toy_file):
    site.add_reader("modest", more='signatures=(Signature(b"TOY"),),')
    site.add_reader("strong")
    site.add_reader("stranger", more='signatures=(Signature(b"ELSE"),),')

    with sidpy.config.set(readers={"toy.scan": "modest"}):
        assert chosen(toy_file) == "modest"
    with sidpy.config.set(readers={"toy.scan": "stranger", ".toy": "stranger"}):
        assert chosen(toy_file) == "strong"


def test_an_extension_may_be_given_to_a_reader_that_does_not_list_it(site, tmp_path):
    site.add_reader("toy", more="")
    path = tmp_path / "scan.dat"
    path.write_bytes(b"x")

    with sidpy.config.set(readers={".dat": "toy"}):
        assert chosen(path) == "toy"


def test_a_configured_reader_that_is_not_installed_is_complained_about(site, toy_file):
    site.add_reader("toy")

    with (
        sidpy.config.set(readers={".toy": "nobody"}),
        pytest.warns(PluginWarning, match=r"config.readers\['.toy'\] is 'nobody'"),
    ):
        assert chosen(toy_file) == "toy"


def test_a_format_asks_for_its_best_reader(site, toy_file):
    site.add_reader("weak", more="")
    site.add_reader("strong")
    site.add_reader("elsewhere", format="other.scan", more='signatures=(Signature(b"TOY"),),')

    assert chosen(toy_file, "toy.scan") == "strong"
    assert chosen(toy_file, "other.scan") == "elsewhere"


def test_the_user_may_insist_against_the_bytes(site, tmp_path):
    site.add_reader("a", more='signatures=(Signature(b"ELSE"),), priority=1,')
    site.add_reader("b", more='signatures=(Signature(b"ELSE"),),')
    path = tmp_path / "anything.bin"
    path.write_bytes(b"bytes")

    assert chosen(path, "b") == "b"
    assert chosen(path, "toy.scan") == "a"


def test_an_unknown_reader_is_refused_with_names_that_are_alike(site, toy_file):
    site.add_reader("acme-scan")

    with pytest.raises(UnrecognisedFile, match=r"'acme-scam'; did you mean 'acme-scan'\?"):
        choose(toy_file, "acme-scam")


def test_a_missing_extra_names_the_command(site, toy_file):
    site.add_reader("fast", more='signatures=(Signature(b"TOYSCAN1"),), requires="lib-zzz>=1",')

    command = "needs lib-zzz, which is not installed: pip install 'lib-zzz>=1'"
    with pytest.raises(UnrecognisedFile, match=command):
        choose(toy_file)
    with pytest.raises(MissingDependency, match=command):
        choose(toy_file, "fast")
    assert "needs pip install 'lib-zzz>=1'" in sidpy.explain(toy_file).row("fast").reason


def test_a_reader_that_is_complete_is_taken_before_one_that_is_not(site, toy_file):
    site.add_reader("fast", more='signatures=(Signature(b"TOYSCAN1"),), requires="lib-zzz",')
    site.add_reader("slow", more='signatures=(Signature(b"TOY"),),')

    assert chosen(toy_file) == "slow"


def test_an_extra_is_missing_when_one_of_its_parts_is(site, toy_file):
    site.add_reader("fast", more='signatures=(Signature(b"TOYSCAN1"),), requires="fast-dist[io]",')
    assert chosen(toy_file) == "fast"

    metadata = site.folder / "fast_dist-1.0.dist-info" / "METADATA"
    metadata.write_text(
        metadata.read_text() + "Requires-Dist: numpy\n"
        "Requires-Dist: lib-zzz>=2; extra == 'io'\nRequires-Dist: lib-yyy; extra == 'other'\n"
    )
    plugins.reset()
    with pytest.raises(UnrecognisedFile, match=r"needs lib-zzz, .*'fast-dist\[io\]'"):
        choose(toy_file)


def test_nothing_found_lists_what_might_help(site, tmp_path):
    site.add_reader("toy")
    site.add("faulty", "raise RuntimeError('boom')", version="0.2")
    path = tmp_path / "scan.toyy"
    path.write_bytes(b"\x00unknown bytes")

    with pytest.warns(PluginWarning), pytest.raises(TypeError) as caught:
        choose(path)

    message = str(caught.value)
    assert str(path) in message
    assert r"begins with b'\x00unknown byt'" in message
    assert "1 other readers know neither" in message
    assert "'.toyy' is no known extension; alike are .toy" in message
    assert "faulty-dist 0.2 is broken: RuntimeError: boom" in message


def test_without_any_reader_the_message_says_what_to_install(site, toy_file):
    with pytest.raises(UnrecognisedFile, match=r"no readers are installed.*pip install SciFi"):
        choose(toy_file)


def test_the_explanation_is_a_table_and_a_dictionary(site, toy_file):
    site.add_reader("toy", dist="acme-toys", version="2.5")
    site.add_reader("other", more='signatures=(Signature(b"ELSE"),),')

    explanation = sidpy.explain(toy_file)

    table = str(explanation).splitlines()
    assert table[0] == f"{toy_file} (24 bytes)"
    assert table[1].startswith("read by toy: signature of 64 bits; extension .toy")
    assert table[4].split()[:5] == ["→", "toy", "toy.scan", "acme-toys", "2.5"]
    assert "its bytes are not those of this format" in table[5]
    data = explanation.to_dict()
    assert (data["chosen"], data["size"], data["problem"]) == ("toy", 24, "")
    assert [row["reader"] for row in data["readers"]] == ["toy", "other"]
    with pytest.raises(KeyError, match="nobody"):
        explanation.row("nobody")


def test_the_explanation_of_a_tie_does_not_raise(site, toy_file):
    site.add_reader("one")
    site.add_reader("two")

    explanation = sidpy.explain(toy_file)

    assert explanation.chosen is None
    assert "2 readers claim it equally" in explanation.problem
    assert "no reader: 2 readers claim it equally" in str(explanation)


def test_choosing_imports_no_reader(site, toy_file):
    site.add_reader("toy")

    assert chosen(toy_file) == "toy"
    assert "toy_reader" not in sys.modules
