"""The history of a dataset."""

import json
import pickle
import sys
import time

import numpy as np
import pytest

import sidpy
from sidpy.errors import NotReplayable
from sidpy.hdf.records import decode_record, encode_record
from sidpy.sid.arguments import NotKept, Reference, frozen
from sidpy.sid.calls import again
from sidpy.sid.provenance import Provenance, Step, record
from sidpy.sid.trees import copy_tree, same_tree


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


# ---------------------------------------------------------------- what is stored


def there_and_back(history):
    """Return a history from its rows, as a record keeps them."""
    encoded = encode_record(history.rows())
    assert encoded.lossy == []
    return Provenance.from_rows(decode_record(encoded.text, encoded.arrays.__getitem__))


#: A record that version 1.0.0 wrote before steps were kept exactly.
FIRST_FORM = (
    '{"version": 1, "value": {"rows": [{"$": "tuple", "v": ["from_array", "sidpy", "1.0.0", {}, '
    '{"$": "tuple", "v": ["array-7d"]}, "array-7d", 1795288913880848874, null, {"$": "tuple", '
    '"v": []}]}, {"$": "tuple", "v": ["subtract", "sidpy", "1.0.0", {"operands": [2]}, {"$": '
    '"tuple", "v": ["array-7d"]}, "sub-e4", 1795288913891178417, null, {"$": "tuple", "v": [0]}]'
    '}, {"$": "tuple", "v": ["getitem", "sidpy", "1.0.0", {"index": [0, "slice(1, None, None)"]}'
    ', {"$": "tuple", "v": ["sub-e4"]}, "getitem-4a", 1795288913891841335, null, {"$": "tuple", '
    '"v": [1]}]}, {"$": "tuple", "v": ["polish", "acme", "2", {}, {"$": "tuple", "v": []}, '
    '"getitem-4a", 1795288913891864528, {"wax": 1}, {"$": "tuple", "v": [2]}]}], "stored": {}}}'
)


def test_rows_of_the_first_form_are_read(scan):
    history = Provenance.from_rows(decode_record(FIRST_FORM)["rows"])
    first, subtract, getitem, polish = history.steps()

    assert [step.function for step in history] == ["from_array", "subtract", "getitem", "polish"]
    assert (polish.package, polish.version, polish.linked_data) == ("acme", "2", {"wax": 1})
    assert subtract.parents == (first,)
    assert (subtract.parameters, subtract.inputs) == ({"operands": [2]}, ("array-7d",))
    assert (getitem.places, getitem.call, getitem.output) == (None, "", "getitem-4a")
    assert same_tree(there_and_back(history).rows(), history.rows())
    with pytest.raises(NotReplayable, match=r"the step subtract of 2026.*were not kept"):
        again(subtract, [scan])


def test_fields_of_a_newer_version_survive(scan):
    *rows, last = (scan + 1).provenance_record.rows()
    history = Provenance.from_rows([*rows, {**last, "energy": {"J": 5}, "seal": (1, None)}])
    twin = pickle.loads(pickle.dumps(there_and_back(history)))

    assert twin.last.more == {"energy": {"J": 5}, "seal": (1, None)}
    assert twin.rows()[-1]["seal"] == (1, None)
    assert twin.last.function == "add"


@pytest.mark.parametrize(
    "value",
    [
        np.arange(5000.0).reshape(50, 100), np.array([1 + 2j, np.nan]), slice(0.5, None, -1), ...,
        None, range(2, 9, 3), np.dtype([("a", "<f4"), ("b", "i1", (2,))]), np.float32(0.1),
        sidpy.DimensionType.SPATIAL, 2 - 3j, (1, [2, (3,)]), Reference("numpy:linalg.norm"),
        NotKept("a lambda"), {"a": {1: "b"}}, float("inf"), 2**80, b"\x00", np.datetime64(5, "s"),
        slice(np.int64(1), "2 nm"), np.array(["a", "ü"]), frozenset({1, 2}),
    ],
    ids=repr,
)  # fmt: skip
def test_parameters_come_back_exactly(scan, value):
    history = Provenance(Step("f", parameters={"value": value}))
    back = there_and_back(history).last.parameters["value"]

    assert same_tree(back, value)
    assert getattr(back, "dtype", None) == getattr(value, "dtype", None)


def test_functions_are_kept_by_their_names_and_nothing_is_imported(monkeypatch):
    assert frozen(np.linalg.norm) == Reference("numpy.linalg:norm")
    assert frozen(np.sqrt) == Reference("numpy:sqrt")
    assert frozen(json.dumps) == Reference("json:dumps")
    assert "<lambda>" in frozen(lambda x: x).what
    assert "cannot be found again" in frozen(there_and_back.__get__(1)).what
    assert frozen(object()).what == (
        "an object of type builtins.object, which a history does not hold"
    )

    forged = json.dumps({"version": 1, "value": {"$": "Reference", "v": "this:s"}})
    monkeypatch.delitem(sys.modules, "this", raising=False)
    assert decode_record(forged) == Reference("this:s")
    assert "this" not in sys.modules


def test_long_histories_are_stored_and_shown_fast(scan):
    history = Provenance(Step("from_array"))
    for number in range(10_000):
        history = history.then(
            Step("add", parameters={"operands": [number]}, inputs=("a",), output="b",
                 parents=(history.last,), call="operator.add", places=(("operands", 0),))
        )  # fmt: skip
    begin = time.process_time()
    back = there_and_back(history)
    assert time.process_time() - begin < 4  # two thirds of a second on a quiet machine
    assert len(back) == 10_001

    scan.provenance_record = back
    assert len(repr(scan.history)) < 10_000
    assert "9,961 more steps" in repr(scan.history)
    assert len(scan._repr_html_()) < 20_000
    assert next(iter(back.as_dict(newest=5))) == "sidpy"
    assert len(back.as_dict(newest=5)) == 6


def test_deep_labels_are_copied_and_compared_without_recursion(scan):
    tree = leaf = {}
    for _ in range(5000):
        leaf["next"] = [{}]
        leaf = leaf["next"][0]
    scan.metadata = tree
    twin = (scan + 1).metadata
    leaf["changed"] = True

    assert not same_tree(twin, tree)
    del leaf["changed"]
    assert same_tree(twin, tree)
    leaf["next"] = tree
    with pytest.raises(sidpy.errors.LabelValueError, match="does it contain itself"):
        copy_tree(tree)


def test_entries_that_a_user_added_leave_the_steps_alone(scan):
    result = scan[0]
    result.provenance["note"] = "mine"
    step = (result + 1).history[-2]

    assert (step.function, step.parameters["index"]) == ("getitem", 0)
