"""Each command does its work, says it to people and to programs, and fails in one line."""

import json
import os
import re
import subprocess
import sys

import h5py
import numpy as np
import pytest

import sidpy
from sidpy.cli import main


def test_readers_lists_what_is_installed(site, sidpy_command):
    code, out, err = sidpy_command("readers")

    assert (code, err) == (0, "")
    assert "2 readers" in out
    assert "1 writers" in out
    assert "  toy    .toy        toy scans" in out
    assert re.search(r"toy scans +real files +toy-dist 1\.2", out)
    assert "toy-dist 1.2" in out
    assert "needs: pip install a-library-nobody-has" in out


def test_readers_tells_why_a_plugin_is_not_used(broken_plugin, sidpy_command):
    code, out, _ = sidpy_command("readers")

    assert code == 0
    assert "broken plugin wreck (wreck-dist 1.2): RuntimeError: this plugin is broken" in out


def test_readers_as_json(broken_plugin, sidpy_command):
    facts = json.loads(sidpy_command("readers", "--json")[1])

    toy, picky = facts["readers"]
    assert toy["name"] == "toy"
    assert toy["extensions"] == [".toy"]
    assert (toy["support"], picky["support"]) == ("real files", "")
    assert picky["missing"] == ["a-library-nobody-has"]
    assert picky["requires"] == "a-library-nobody-has"
    status = {plugin["name"]: plugin["status"] for plugin in facts["plugins"]}
    assert (status["toy"], status["wreck"]) == ("active", "broken")


def test_info_shows_datasets_axes_and_metadata(scan, sidpy_command):
    code, out, err = sidpy_command("info", scan)

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"{scan}: 64 B, read by toy (toy-dist 1.2)"
    assert "Channel_000  µ scan" in lines
    assert "  IMAGE, 3 × 4, float32, 48 B, current (nA)" in lines
    assert "    y  3  0 to 1 nm    distance  spatial" in lines
    assert "    x  4  0 to 1.5 nm  distance  spatial" in lines
    assert "  metadata: 3 entries" in lines
    assert "    experiment.bias  0.25" in lines


def test_info_as_json_is_strict(scan, sidpy_command):
    facts = json.loads(
        sidpy_command("info", scan, "--json", "--explain")[1], parse_constant=pytest.fail
    )

    assert facts["reader"] == {"name": "toy", "package": "toy-dist", "version": "1.2"}
    first = facts["datasets"]["Channel_000"]
    assert (first["shape"], first["dtype"], first["units"]) == ([3, 4], "float32", "nA")
    assert first["axes"][1] == {
        "name": "x", "quantity": "distance", "units": "nm", "type": "SPATIAL",
        "size": 4, "first": 0.0, "last": 1.5, "linear": True,
    }  # fmt: skip
    assert first["metadata"]["experiment"] == {"bias": 0.25, "tip": None}
    assert facts["explanation"]["chosen"] == "toy"


def test_info_explains_the_choice(scan, sidpy_command):
    _, out, _ = sidpy_command("info", scan, "--explain")

    assert "read by toy: " in out
    assert "picky" in out


def test_info_reads_no_pixels(scan, sidpy_command):
    with scan.open("r+b") as file:
        file.seek(8)
        file.write(np.array([2**15, 2**16], "<u4").tobytes())
        file.truncate(16 + 2**33)  # sparse: eight gigabytes that are nowhere

    code, out, _ = sidpy_command("info", scan)
    assert code == 0
    assert "32768 × 65536" in out


def test_plot_saves_a_picture(scan, tmp_path, sidpy_command):
    picture = tmp_path / "scan.png"
    code, out, err = sidpy_command("plot", scan, "-o", picture, "--dpi", "40")

    assert (code, out.strip(), err) == (0, str(picture), "")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_plot_takes_one_dataset_of_several(scan, tmp_path, sidpy_command):
    sizes = []
    for key in ("all", "Channel_001"):
        picture = tmp_path / f"{key}.svg"
        assert sidpy_command("plot", scan, "-o", picture, "--dataset", key)[0] == 0
        sizes.append(picture.read_text("utf-8").count('id="image'))

    assert sizes[0] > sizes[1] > 0


def test_plot_leaves_nothing_in_pyplot(scan, tmp_path, sidpy_command):
    from matplotlib import pyplot as plt

    sidpy_command("plot", scan, "-o", tmp_path / "scan.png", "--dpi", "40")

    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "scan.xyz"), "a picture ends in one of"),
        (("-o", "scan.png", "--dataset", "Channel_7"), "which has Channel_000, Channel_001"),
    ],
)
def test_plot_refuses_what_it_cannot_do(words, message, scan, sidpy_command):
    code, out, err = sidpy_command("plot", scan, *words)

    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_convert_writes_another_file(scan, tmp_path, sidpy_command):
    target = tmp_path / "copy.toy"
    code, out, err = sidpy_command("convert", scan, target)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{target}: 2 datasets, 96 B",
        "not kept: Channel_000  history  2 steps became 1",
        "not kept: Channel_001  history  4 steps became 3",
    ]
    np.testing.assert_array_equal(
        sidpy.read(target)["Channel_000"].compute(), sidpy.read(scan)["Channel_000"].compute()
    )


def test_convert_replaces_only_when_asked(scan, tmp_path, sidpy_command):
    target = tmp_path / "copy.toy"
    target.write_bytes(b"precious")
    code, _, err = sidpy_command("convert", scan, target)

    assert (code, target.read_bytes()) == (1, b"precious")
    assert err == f"sidpy: {str(target)!r} exists already; --overwrite replaces it\n"
    assert sidpy_command("convert", scan, target, "--overwrite")[0] == 0
    assert target.stat().st_size == 64


def test_convert_never_writes_onto_its_input(scan, sidpy_command):
    before = scan.read_bytes()
    code, _, err = sidpy_command("convert", scan, scan, "--overwrite")

    assert code == 2
    assert "the same file" in err
    assert scan.read_bytes() == before


def test_convert_to_a_format_nobody_writes(scan, tmp_path, sidpy_command):
    code, _, err = sidpy_command("convert", scan, tmp_path / "scan.nobody")

    assert code == 3
    assert "toy.scan" in err
    assert list(tmp_path.glob("*scan.nobody*")) == []


@pytest.fixture
def h5_path(tmp_path):
    path = tmp_path / "tree.h5"
    with h5py.File(path, "w") as file:
        file.attrs["made_by"] = "a test"
        raw = file.create_dataset("Measurement_000/Channel_000/raw", (3, 4), "<f4", compression=4)
        raw.attrs["quantity"], raw.attrs["units"] = "current", "nA"
        raw.attrs["words"] = ["a", "b"]
        file["Measurement_000/up"] = file["Measurement_000"]
        file["soft"] = h5py.SoftLink("/Measurement_000/nowhere")
        file["far"] = h5py.ExternalLink("other.h5", "/data")
        file["text"] = "words"
        file["empty"] = h5py.Empty("f4")
    return path


def test_tree_shows_groups_datasets_and_links(h5_path, sidpy_command):
    code, out, err = sidpy_command("tree", h5_path)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        str(h5_path),
        "├─ Measurement_000/",
        "│  ├─ Channel_000/",
        "│  │  └─ raw  3×4 float32, gzip  (current, nA)",
        "│  └─ up -> /Measurement_000",
        "├─ empty  empty float32",
        "├─ far -> other.h5:/data",
        "├─ soft -> /Measurement_000/nowhere",
        "└─ text  one value str",
    ]


def test_tree_shows_attributes_on_request(h5_path, sidpy_command):
    _, out, _ = sidpy_command("tree", h5_path, "--attributes")

    assert "@made_by = a test" in out
    assert "@words = ['a', 'b']" in out


def test_groups_of_nothing_but_attributes_are_one_line(tmp_path, sidpy_command):
    with h5py.File(tmp_path / "notes.h5", "w") as file:
        file.create_group("metadata/tip").attrs["radius"] = 20
        file["metadata"].attrs["user"] = "me"
    _, out, _ = sidpy_command("tree", tmp_path / "notes.h5")
    _, everything, _ = sidpy_command("tree", tmp_path / "notes.h5", "--attributes")

    assert out.splitlines()[1:] == ["└─ metadata/  … 2 attributes"]
    assert "   └─ tip/" in everything.splitlines()


def test_tree_as_json(h5_path, sidpy_command):
    root = json.loads(sidpy_command("tree", h5_path, "--json")[1])["root"]

    (raw,) = root["children"][0]["children"][0]["children"]
    assert (raw["shape"], raw["dtype"], raw["compression"]) == ([3, 4], "float32", "gzip")
    assert raw["attributes"]["words"] == ["a", "b"]


def test_tree_needs_an_hdf5_file(scan, sidpy_command):
    code, out, err = sidpy_command("tree", scan)

    assert (code, out) == (3, "")
    assert "is no HDF5 file" in err


def test_history_shows_each_step(scan, sidpy_command):
    code, out, err = sidpy_command("history", scan)

    assert (code, err) == (0, "")
    assert "Channel_000  µ scan" in out
    size = scan.stat().st_size
    assert f"  ○  1  {scan.name}  (Channel_000, {size} bytes) read by toy-dist 1.2" in out


def test_history_as_json(scan, sidpy_command):
    facts = json.loads(sidpy_command("history", scan, "--json")[1])

    steps = facts["datasets"]["Channel_000"]["steps"]
    assert steps[-1]["function"] == "sidpy.read"
    assert steps[-1]["parameters"]["reader"] == "toy"


@pytest.mark.parametrize("command", ["info", "history", "tree"])
def test_a_missing_file_is_one_line_on_stderr(command, site, tmp_path, sidpy_command):
    code, out, err = sidpy_command(command, tmp_path / "nowhere.toy")

    assert (code, out) == (1, "")
    assert err.startswith("sidpy: ")
    assert "nowhere.toy" in err
    assert "Traceback" not in err


def test_a_damaged_file_is_an_error_of_the_file(scan, sidpy_command):
    with scan.open("r+b") as file:
        file.truncate(40)
    code, out, err = sidpy_command("info", scan)

    assert (code, out) == (1, "")
    assert scan.name in err


def test_a_file_nobody_knows_has_its_own_exit_code(site, tmp_path, sidpy_command):
    stranger = tmp_path / "stranger.xyz"
    stranger.write_bytes(b"no microscope wrote this")
    code, out, _ = sidpy_command("info", stranger)

    assert (code, out) == (3, "")


def test_a_missing_library_has_its_own_exit_code(site, tmp_path, sidpy_command):
    path = tmp_path / "a.picky"
    path.write_bytes(b"PICKY and more")
    code, _, err = sidpy_command("info", path, "--reader", "picky")

    assert code == 5
    assert "a-library-nobody-has" in err


def test_debug_shows_where_an_error_comes_from(site, tmp_path):
    with pytest.raises(sidpy.errors.MissingFile):
        main(["info", "--debug", str(tmp_path / "nowhere.toy")])


def test_wrong_words_are_refused_with_the_usage(capsys):
    assert main(["plot", "file.toy"]) == 2
    assert "usage: sidpy plot" in capsys.readouterr().err


def test_version_and_help_end_well(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sidpy {sidpy.__version__}\n"
    assert main(["--help"]) == 0
    assert "exit codes" in capsys.readouterr().out


def test_the_installed_command_speaks_through_any_terminal(scan, site):
    environment = dict(os.environ) | {"PYTHONPATH": str(site), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "sidpy.cli", "info", str(scan)],
        capture_output=True, text=True, check=False, env=environment, timeout=300,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert "Channel_000  \\xb5 scan" in done.stdout


def test_help_imports_nothing_heavy():
    code = (
        "import sys, sidpy.cli; sidpy.cli.main(['--help']);"
        "heavy = {'numpy', 'dask', 'h5py', 'scipy', 'matplotlib', 'pint', 'pluggy', 'tqdm'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_of_the_output_that_leaves_is_no_error(scan, site):
    reading, writing = os.pipe()
    os.close(reading)
    environment = dict(os.environ) | {"PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-m", "sidpy.cli", "info", str(scan), "--json"],
        stdout=writing, stderr=subprocess.PIPE, text=True, check=False, env=environment,
        timeout=300,
    )  # fmt: skip
    os.close(writing)

    assert (done.returncode, done.stderr) == (141, "")
