"""The history of a dataset."""

import json
import pickle

import numpy as np
import pytest

import sidpy
from sidpy.sid.provenance import Provenance, Step, record


def test_every_step_is_there_in_order(scan):
    result = np.sqrt(scan[0] + 1).mean(axis=0)

    names = [step.function for step in result.history]
    assert names == ["from_array", "relabel", "getitem", "add", "sqrt", "mean"]
    assert result.history[3].parameters["operands"] == [1]
    assert result.history[-1].output == result.name
    assert result.history[-1].inputs == (result.history[-2].output,)


def test_both_operands_are_in_the_history_and_shared_steps_once(scan):
    shifted = scan + 1
    result = shifted * (shifted - 2)

    names = [step.function for step in result.history]
    assert sorted(names) == ["add", "from_array", "multiply", "relabel", "subtract"]
    assert len(result.history[-1].parents) == 2


def test_the_dictionary_has_the_known_form(scan):
    first, second = list(scan.sum(axis=0).provenance)

    assert first == "sidpy"
    assert list(scan.provenance["sidpy"]) == ["from_array_"]
    assert scan.provenance["sidpy"]["from_array_"].startswith(f"_{sidpy.__version__}_")
    assert second.startswith("sum_")


def test_add_provenance_of_other_packages(scan):
    scan.add_provenance("acme", "polish", version=2, linked_data="wax")
    key, entry = list(scan.provenance.items())[-1]

    assert key.startswith("polish_")
    assert (entry["package"], entry["version"], entry["linked_data"]) == ("acme", "2", "wax")
    names = [step.function for step in (scan + 1).history]
    assert names == ["from_array", "relabel", "polish", "add"]


def test_a_stored_dictionary_is_kept_and_read(scan):
    scan.provenance = {"sum_2024-01-02-03:04:05.000006": {"package": "other", "version": "0.1"}}
    result = scan + 1

    assert [(s.package, s.function) for s in result.history] == [
        ("other", "sum"),
        ("sidpy", "relabel"),
        ("sidpy", "add"),
    ]
    assert "sum_2024-01-02-03:04:05.000006" in result.provenance


def test_writing_into_the_dictionary_stays(scan):
    scan.provenance["note"] = "mine"

    assert (scan + 1).provenance["note"] == "mine"
    assert "add" in [step.function for step in (scan + 1).history]


def test_ten_thousand_steps_pickle_and_print():
    provenance = Provenance(Step("from_array"))
    for number in range(10_000):
        provenance = provenance.then(
            Step("add", parameters={"n": number}, parents=(provenance.last,))
        )
    twin = pickle.loads(pickle.dumps(provenance))

    assert len(twin) == 10_001
    assert twin.steps()[-1].parameters == {"n": 9_999}
    assert len(twin.as_dict()) == 10_001


def test_one_step_costs_the_same_after_many(scan):
    result = scan[0, 0]
    for _ in range(300):
        result = result + 1

    assert len(result.history) == 303
    assert result.history[-1].parents[0].parents[0].function == "add"


def test_entries_are_plain_values(scan):
    result = record(
        scan + 0,
        function="acme.tools.align",
        parameters={
            "window": slice(1, 5), "order": np.int64(2), "kernel": np.arange(3.0),
            "mask": np.zeros((100, 100)), "how": np.mean, "data": scan, "kind": scan.data_type,
        },
        inputs=[scan],
        version="1.2",
    )  # fmt: skip
    entry = result.history[-1].entry()

    json.dumps(entry)
    assert entry["package"] == "acme"
    assert entry["parameters"]["window"] == "slice(1, 5, None)"
    assert entry["parameters"]["kernel"] == [0, 1, 2]
    assert "sha256" in entry["parameters"]["mask"]
    assert entry["parameters"]["data"] == scan.name


def test_a_missing_package_has_no_version(scan):
    assert record(scan + 0, function="nowhere.f", inputs=[scan]).history[-1].version == ""


@pytest.mark.parametrize("text", ["add(operands=[1])", "sidpy"])
def test_a_step_prints_as_one_line(scan, text):
    assert text in str((scan + 1).history[-1])
