"""A recipe for many files: one result each, failures written down, nothing done twice."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sidpy
from sidpy.cli import main
from sidpy.history import Recipe, run_batch


@pytest.fixture
def recipe(results, tmp_path):
    """The recipe of the result, with one number changed by hand."""
    text = sidpy.recipe(sidpy.read(results)["result"]).to_text()
    assert "operands = [1.5]" in text
    path = tmp_path / "recipe.toml"
    path.write_text(text.replace("operands = [1.5]", "operands = [2.5]"), "utf-8")
    return path


@pytest.fixture
def scans(toy, tmp_path, write_raw):
    """Three raw files, the second of them cut short."""
    folder = tmp_path / "scans"
    folder.mkdir()
    files = [write_raw(folder / f"s{i}.toy", seed=i) for i in (1, 2, 3)]
    files[1].write_bytes(files[1].read_bytes()[:500])
    return files


def expected(path):
    values = np.fromfile(path, "<f8", offset=16).reshape(40, 30)
    part = (values - values.mean(axis=0))[:, 4:17]
    return np.sqrt(part * part + 2.5).mean(axis=0)


def test_each_file_has_its_result_and_the_damaged_one_its_reason(recipe, scans, tmp_path):
    done = run_batch(recipe, scans, tmp_path / "out" / "{stem}.nxs")

    assert [one.outcome for one in done] == ["done", "failed", "done"]
    assert "s2.toy" in done[1].reason
    assert "cut short" in done[1].reason
    assert not done[1].output.exists()
    for one in (done[0], done[2]):
        result = sidpy.read(one.output)["Channel_000"]
        np.testing.assert_allclose(result.compute(), expected(one.inputs["scan"]), rtol=1e-12)
        assert result.x.units == "nm"
        assert [v.outcome for v in sidpy.replay(one.output)] == ["identical"]


def test_what_is_there_is_kept_replaced_or_continued(recipe, scans, tmp_path, write_raw):
    out = tmp_path / "out" / "{stem}.nxs"
    first = tmp_path / "out" / "s1.nxs"
    run_batch(recipe, scans, out)
    before = first.stat().st_mtime_ns
    again = run_batch(recipe, scans, out)
    assert [one.outcome for one in again] == ["failed"] * 3
    assert "exists already" in again[0].reason
    write_raw(scans[1], seed=2)
    third = run_batch(recipe, scans, out, resume=True)
    assert [one.outcome for one in third] == ["skipped", "done", "skipped"]
    assert first.stat().st_mtime_ns == before

    assert [one.outcome for one in run_batch(recipe, scans, out, overwrite=True)] == ["done"] * 3
    assert first.stat().st_mtime_ns != before


@pytest.mark.parametrize("change", ["input", "recipe", "file"])
def test_a_result_of_something_else_is_not_taken_for_complete(
    change, recipe, scans, tmp_path, flip
):
    out = tmp_path / "s1.nxs"
    run_batch(recipe, scans[:1], out)
    if change == "input":
        flip(scans[0], 300)
    elif change == "recipe":
        recipe.write_text(recipe.read_text("utf-8").replace("[2.5]", "[3.5]"), "utf-8")
    else:
        out.write_bytes(b"half a file")
    (one,) = run_batch(recipe, scans[:1], out, resume=True)

    assert one.outcome == "failed"
    assert "was not made from this by these steps" in one.reason


def test_several_inputs_by_name(raw, tmp_path, write_raw):
    scan, dark = (sidpy.read(path)["Channel_000"] for path in
                  (raw, write_raw(tmp_path / "dark.toy", seed=9)))  # fmt: skip
    how = sidpy.recipe(scan - dark * 0.5)
    assert [one.name for one in how.inputs] == ["scan", "dark"]
    files = [write_raw(tmp_path / f"n{i}.toy", seed=i) for i in range(2)]
    done = run_batch(how, {"dark": tmp_path / "dark.toy", "scan": files},
                     tmp_path / "{stem}_{number}.nxs")  # fmt: skip

    assert [one.output.name for one in done] == ["n0_1.nxs", "n1_2.nxs"]
    read = [np.fromfile(path, "<f8", offset=16).reshape(40, 30) for path in
            (files[1], tmp_path / "dark.toy")]  # fmt: skip
    result = sidpy.read(done[1].output)["Channel_000"].compute()
    np.testing.assert_array_equal(result, read[0] - read[1] * 0.5)
    with pytest.raises(ValueError, match="name the files of each"):
        run_batch(how, files, tmp_path)
    with pytest.raises(ValueError, match="as many as the others; found scan 2, dark 3"):
        run_batch(how, {"scan": files, "dark": [*files, raw]}, tmp_path)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("{stem}", "would replace an input"),
        ("out/same.h5".replace("same", "{{x}}") + "{number:z}", "stem.* and .*number.* only"),
        ("{nonsense}.h5", "and .number. only"),
        ("{stem.__class__}.h5", "and .number. only|would"),
        ("out{{}}/x.h5", "several results would be"),
    ],
)
def test_where_results_go_is_settled_before_anything_is_done(
    recipe, scans, tmp_path, output, message
):
    target = f"{tmp_path}/scans/{{stem}}.toy" if output == "{stem}" else f"{tmp_path}/{output}"
    with pytest.raises(ValueError, match=message):
        run_batch(recipe, scans, target)


class TestCommands:
    @pytest.fixture
    def command(self, capsys):
        def run(*words):
            code = main([str(word) for word in words])
            written = capsys.readouterr()
            return code, written.out, written.err

        return run

    def test_from_a_result_to_results_of_other_files(self, command, results, scans, tmp_path):
        code, text, _ = command("recipe", results, "--dataset", "result")
        assert code == 0
        path = tmp_path / "r.toml"
        path.write_text(text, "utf-8")
        pattern = scans[0].with_name("s*.toy")
        target = tmp_path / "out" / "{stem}.nxs"
        code, out, _ = command("run", path, pattern, "-o", target)

        assert code == 1
        lines = out.splitlines()
        assert lines[0].split() == ["result", "outcome", "time", "reason"]
        assert [line.split()[:2] for line in lines[1:4]] == [
            ["s1.nxs", "done"], ["s2.nxs", "failed"], ["s3.nxs", "done"],
        ]  # fmt: skip
        assert lines[4].startswith("2 done, 1 failed in ")
        code, out, _ = command("run", path, scans[0], "-o", target, "--continue", "--json")
        facts = json.loads(out)
        assert (code, facts["failed"], facts["runs"][0]["outcome"]) == (0, 0, "skipped")

    def test_a_replay_has_an_exit_code_for_each_end(self, command, results, raw, flip):
        code, out, _ = command("replay", results)
        assert code == 0
        assert out.splitlines() == [f"{key}  bit-identical" for key in ("scan", "flat", "result")]
        flip(raw, 16 + 8 * 100 + 5)
        code, out, _ = command("replay", results, "--dataset", "result")
        assert code == 1
        assert "raw file scan.toy is not the one that was read" in out
        raw.unlink()
        code, out, _ = command("replay", results, "--json")
        assert code == 2
        assert json.loads(out)["datasets"][0]["outcome"] == "not replayable"

    def test_which_dataset_has_to_be_said(self, command, results, raw, tmp_path):
        code, _, err = command("recipe", results)
        assert code == 2
        assert "flat, result; choose one by --dataset KEY" in err
        code, _, err = command("recipe", raw)
        assert code == 1
        assert "has no history of steps" in err

    def test_words_that_do_not_fit_are_refused(self, command, recipe, scans, tmp_path):
        for words, message in {
            ("--input", "dark=x.toy"): "NAME one of scan",
            (tmp_path / "none*.toy",): "no file fits",
            (): "no files for scan",
            (scans[1], "--input", f"scan={scans[0]}"): "use --input",
        }.items():
            code, _, err = command("run", recipe, *words, "-o", tmp_path / "out")
            assert (code, message in err) == (2, True), err

    def test_files_may_stand_before_options_and_behind_them(
        self, command, recipe, scans, tmp_path
    ):
        target = tmp_path / "{stem}.nxs"
        code, out, err = command("run", recipe, scans[0], "-o", target, scans[2], "--json")
        assert (code, len(json.loads(out)["runs"])) == (0, 2), err
        code, _, err = command("run", recipe, "-o", target, scans[0], "--what")
        assert (code, "unrecognized arguments" in err, "--what" in err) == (2, True, True)
        code, _, err = command("history", scans[0], scans[1])
        assert (code, "unrecognized arguments" in err) == (2, True)

    def test_a_recipe_that_is_not_there_is_told(self, command, scans, tmp_path):
        code, _, err = command("run", tmp_path / "none.toml", scans[0], "-o", tmp_path / "out")

        assert code == 1
        assert "none.toml': there is no such recipe; 'sidpy recipe RESULT.h5 > recipe" in err

    def test_a_recipe_with_a_mistake_is_explained(self, command, recipe, scans, tmp_path):
        recipe.write_text(recipe.read_text("utf-8").replace("[2.5]", "{ slice = 1 }"), "utf-8")
        code, _, err = command("run", recipe, scans[0], "-o", tmp_path / "out")

        assert code == 1
        assert "operands: slice is a text such as" in err
        assert "line " in err


@pytest.mark.distributed
@pytest.mark.slow
def test_a_cluster_computes(recipe, scans, tmp_path, cluster):
    target = tmp_path / "s1.nxs"
    words = ["run", recipe, scans[0], "-o", target, "--scheduler", cluster.scheduler.address]

    assert main([*map(str, words)]) == 0
    result = sidpy.read(target)["Channel_000"].compute(scheduler="synchronous")
    np.testing.assert_allclose(result, expected(scans[0]), rtol=1e-12)


def test_a_recipe_is_followed_with_datasets_and_with_files(recipe, scans):
    how = Recipe.read(recipe)
    data = sidpy.read(scans[0])["Channel_000"]

    np.testing.assert_array_equal(how.run(data).compute(), how.run(scans[0]).compute())
    np.testing.assert_allclose(how.run({"scan": data}).compute(), expected(scans[0]), rtol=1e-12)
