"""A replay says whether results follow from their raw data, and where they stop to."""

from __future__ import annotations

import json
import shutil

import h5py
import numpy as np
import pytest

import sidpy
from sidpy.errors import MissingFile, NotReplayable
from sidpy.sid import Step


def outcomes(found):
    return {verdict.key: verdict.outcome for verdict in found}


def change_value(path, key, index, by):
    """Change a stored number behind everybody's back."""
    lazy = sidpy.read(path)[key]
    (source,) = sidpy.sid.sources_of(lazy)
    with h5py.File(path, "a") as file:
        file[source.name][index] += by


def test_results_follow_from_their_raw_data_bit_for_bit(results):
    found = sidpy.replay(results)

    assert outcomes(found) == dict.fromkeys(("scan", "flat", "result"), "identical")
    assert all(verdict.is_confirmed and not verdict.notes for verdict in found)
    assert found[2].steps >= 7
    assert str(found[2]) == "result  bit-identical"


def test_the_file_is_not_touched(results):
    before = results.read_bytes()
    results.chmod(0o444)
    sidpy.replay(results)

    assert results.read_bytes() == before


def test_one_dataset_can_be_asked_for(results):
    assert outcomes(sidpy.replay(results, "flat")) == {"flat": "identical"}
    with pytest.raises(ValueError, match=r"has scan, flat, result, but no 'x'"):
        sidpy.replay(results, "x")


def test_a_flipped_bit_in_the_raw_file_is_noticed(results, raw, flip):
    flip(raw, 16 + 8 * 100 + 5)
    found = sidpy.replay(results)

    assert outcomes(found) == dict.fromkeys(("scan", "flat", "result"), "different")
    for verdict in found:
        assert verdict.step.function == "sidpy.read"
        assert verdict.reason == "raw file scan.toy is not the one that was read"
    assert found[0].comparison.differing == 1


def test_a_raw_file_that_changed_where_no_value_is_gives_the_same_and_is_named(results, raw):
    with raw.open("ab") as file:
        file.write(b"a comment")
    (verdict,) = sidpy.replay(results, "result")

    assert verdict.outcome == "identical"
    assert not verdict.is_confirmed
    assert "it has 9,625 bytes, it had 9,616, yet the values are the same" in verdict.reason


def test_a_changed_result_is_different_at_its_own_step(results):
    change_value(results, "result", 3, 0.25)
    found = {verdict.key: verdict for verdict in sidpy.replay(results)}

    assert outcomes(found.values()) == {"scan": "identical", "flat": "identical",
                                        "result": "different"}  # fmt: skip
    assert found["result"].step.function == "mean"
    assert found["result"].comparison.differing == 1
    assert found["result"].comparison.absolute == pytest.approx(0.25)


def test_a_changed_dataset_on_the_way_is_the_one_that_is_named(results):
    change_value(results, "flat", (2, 9), 1e-3)
    found = {verdict.key: verdict for verdict in sidpy.replay(results)}

    assert outcomes(found.values()) == {"scan": "identical", "flat": "different",
                                        "result": "identical"}  # fmt: skip
    assert found["flat"].step.function == "subtract"


def test_when_both_are_wrong_the_first_is_named(results):
    change_value(results, "flat", (2, 9), 1e-3)
    change_value(results, "result", 0, 1)
    verdict = sidpy.replay(results)[2]

    assert verdict.step.function == "subtract"
    assert verdict.reason == "its result is stored as 'flat' and differs already"


def test_rounding_is_within_tolerance_and_tolerance_can_be_given(results):
    change_value(results, "result", 3, 1e-12)
    assert sidpy.replay(results, "result")[0].outcome == "close"
    change_value(results, "result", 4, 1e-3)
    assert sidpy.replay(results, "result")[0].outcome == "different"
    (verdict,) = sidpy.replay(results, "result", rtol=0.01)
    assert verdict.outcome == "close"
    assert verdict.is_confirmed
    assert sidpy.replay(results, "result", rtol=0, atol=0.01)[0].outcome == "close"


class TestWhereTheRawFileIs:
    def test_beside_the_results(self, results, raw, tmp_path):
        folder = tmp_path / "moved"
        folder.mkdir()
        for path in (results, raw):
            shutil.move(path, folder / path.name)

        assert outcomes(sidpy.replay(folder / "results.nxs"))["result"] == "identical"

    def test_in_a_folder_that_is_named(self, results, raw, tmp_path):
        folder = tmp_path / "archive" / "2026"
        folder.mkdir(parents=True)
        shutil.move(raw, folder / raw.name)

        found = sidpy.replay(results, raw_dir=tmp_path / "archive")
        assert outcomes(found)["result"] == "identical"

    def test_the_one_with_the_right_content_is_taken(self, results, raw, tmp_path, write_raw):
        other, right = tmp_path / "a", tmp_path / "b"
        for folder in (other, right):
            folder.mkdir()
        shutil.copy(raw, right / raw.name)
        write_raw(other / raw.name, seed=2)
        write_raw(raw, seed=3)

        found = sidpy.replay(results, raw_dir=[other, right])
        assert outcomes(found)["result"] == "identical"

    def test_nowhere(self, results, raw):
        raw.unlink()
        scan, flat, result = sidpy.replay(results)

        assert scan.outcome == "not replayable"
        assert scan.step.function == "sidpy.read"
        assert "raw file scan.toy is not found (looked in " in scan.reason
        assert str(raw) in scan.reason
        # what is stored beside them is as good to begin with
        assert (flat.outcome, result.outcome) == ("identical", "identical")
        assert "begins with 'scan' as it is stored here" in result.notes[0]


def test_data_from_memory_are_raw(toy, tmp_path):
    data = sidpy.Dataset.from_array(np.arange(12.0).reshape(3, 4), title="made")
    path = tmp_path / "made.nxs"
    sidpy.write({"raw": data, "sum": data.sum(axis=1)}, path)
    sidpy.write({"sum": data.sum(axis=1)}, tmp_path / "alone.nxs")

    assert outcomes(sidpy.replay(path)) == {"raw": "raw", "sum": "identical"}
    (alone,) = sidpy.replay(tmp_path / "alone.nxs")
    assert alone.outcome == "not replayable"
    assert alone.reason == "it began with an array in memory, which is not stored in alone.nxs"


def test_results_of_results_lead_back_to_the_raw_data(results, tmp_path):
    flat = sidpy.read(results)["flat"]
    second = tmp_path / "second.nxs"
    sidpy.write({"more": flat * 2}, second)

    assert outcomes(sidpy.replay(second)) == {"more": "identical"}
    change_value(results, "flat", (0, 0), 1.0)
    (verdict,) = sidpy.replay(second)
    assert verdict.outcome == "different"
    assert verdict.reason == "raw file results.nxs is not the one that was read"
    results.unlink()
    (verdict,) = sidpy.replay(second)
    assert verdict.outcome == "identical"
    assert "what it held was computed from what it was made of" in verdict.notes[0]


def test_a_file_between_that_never_followed_from_its_raw_data_is_named(results, tmp_path):
    change_value(results, "flat", (0, 0), 1.0)
    second = tmp_path / "second.nxs"
    sidpy.write({"more": sidpy.read(results)["flat"] * 2}, second)
    (verdict,) = sidpy.replay(second)

    assert verdict.outcome == "different"
    assert verdict.step.function == "subtract"
    assert "what was read from results.nxs is not what its own history gives" in verdict.reason


def test_a_growing_file_is_the_same_raw_data(toy, tmp_path):
    path = tmp_path / "grows.h5"
    with h5py.File(path, "w") as file:
        file["entry/data"] = np.arange(20.0)
        file["entry"].attrs.update(NX_class="NXdata", signal="data")
    data = next(iter(sidpy.read(path, reader="nexus").values()))
    sidpy.write(data.cumsum(axis=0), tmp_path / "out.nxs")
    with h5py.File(path, "a") as file:
        file["more"] = np.zeros(1000)

    (verdict,) = sidpy.replay(tmp_path / "out.nxs")
    assert verdict.is_confirmed, verdict


def test_options_of_a_reader_are_part_of_it(raw, tmp_path):
    data = sidpy.read(raw, gain=3.0)["Channel_000"]
    sidpy.write(data + 1, tmp_path / "out.nxs")

    assert sidpy.replay(tmp_path / "out.nxs")[0].outcome == "identical"


def test_a_step_by_another_version_is_named_when_values_differ(raw, tmp_path):
    scan = sidpy.read(raw)["Channel_000"]
    history = (scan - 1).provenance_record.last
    names = ("function", "package", "parameters", "inputs", "output", "parents", "call", "places")
    old = {name: getattr(history, name) for name in names}
    wrong = np.exp(scan - 2)
    last = wrong.provenance_record.last
    first = Step(**{**old, "version": "0.9"})
    new = {name: getattr(last, name) for name in names}
    changed = Step(**{**new, "parents": (first,)})
    wrong.provenance_record = type(wrong.provenance_record)(changed)
    sidpy.write(wrong, tmp_path / "out.nxs")
    (verdict,) = sidpy.replay(tmp_path / "out.nxs")

    assert verdict.outcome == "different"
    assert verdict.step.function == "subtract"
    assert verdict.reason.startswith("was done by sidpy 0.9, now by ")


def test_names_of_steps_alone_cannot_be_followed(toy, tmp_path):
    data = sidpy.Dataset.from_array([1.0, 2.0])
    data.provenance = {"fit_2026-01-02-03:04:05.678901": {"package": "old", "version": "0.1"}}
    sidpy.write(data, tmp_path / "old.nxs")
    (verdict,) = sidpy.replay(tmp_path / "old.nxs")

    assert verdict.outcome == "not replayable"
    assert "names of steps only" in verdict.reason


def test_an_argument_that_was_not_kept_is_named(toy, tmp_path):
    data = sidpy.Dataset.from_array(np.arange(4.0))
    sidpy.write({"raw": data, "new": data.map_blocks(lambda block: block + 1)}, tmp_path / "f.nxs")
    verdict = sidpy.replay(tmp_path / "f.nxs")[1]

    assert verdict.outcome == "not replayable"
    assert "<lambda>" in verdict.reason


def test_a_vendor_file_is_raw_data(raw):
    assert outcomes(sidpy.replay(raw)) == {"Channel_000": "raw"}
    with pytest.raises(MissingFile, match="no such file"):
        sidpy.replay(raw.with_name("nothing.toy"))


@pytest.mark.parametrize(
    "function",
    ["os.system", "builtins.eval", "builtins.exec", "numpy.load", "subprocess.run", "sidpy.write",
     "sidpy.sid.operations.import_module", "sidpy.__loader__.load_module", "pickle.loads",
     "posix.system", "sidpy.errors.__builtins__.eval", "", "..", "sidpy.io.write.write"],
)  # fmt: skip
@pytest.mark.parametrize("call", ["", "same"])
def test_a_file_does_not_decide_what_runs(toy, tmp_path, function, call):
    victim = tmp_path / "victim"
    victim.write_text("here")
    data = sidpy.Dataset.from_array(np.arange(4.0))
    parent = data.provenance_record.last
    made = data + 1
    step = Step(
        function or "x", package="sidpy", parameters={"command": f"rm {victim}"},
        inputs=(data.name,), output=made.name, parents=(parent,),
        call=function if call else "", places=(("data",),),
    )  # fmt: skip
    made.provenance_record = type(made.provenance_record)(step)
    sidpy.write({"raw": data, "evil": made}, tmp_path / "evil.nxs")
    verdict = sidpy.replay(tmp_path / "evil.nxs")[1]
    recipe = sidpy.Recipe.from_text(sidpy.recipe(made).to_text())

    assert verdict.outcome == "not replayable"
    assert victim.exists()
    with pytest.raises(NotReplayable):
        recipe.run(data)


def test_what_is_found_can_be_handed_to_a_program(results, raw, flip):
    flip(raw, 16 + 8 * 100 + 5)
    facts = [verdict.as_dict() for verdict in sidpy.replay(results)]

    assert json.loads(json.dumps(facts))[2]["outcome"] == "different"
    assert facts[2]["step"]["function"] == "sidpy.read"


def test_a_long_chain_of_steps(toy, tmp_path):
    data = sidpy.Dataset.from_array(np.arange(4.0))
    made = data
    for _ in range(200):
        made = made + 1
    sidpy.write({"raw": data, "made": made}, tmp_path / "long.nxs")

    assert outcomes(sidpy.replay(tmp_path / "long.nxs"))["made"] == "identical"
