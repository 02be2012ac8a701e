"""Recipes as text: exact, readable, and read with suspicion."""

from __future__ import annotations

import datetime as dt
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sidpy
from sidpy.errors import FormatError, NotReplayable
from sidpy.history import Recipe
from sidpy.history.forms import LARGEST_ARRAY, from_form, to_form
from sidpy.history.toml import document_text, value_text
from sidpy.sid.arguments import Reference
from sidpy.sid.trees import same_tree

TEXT = """\
recipe = 1
result = "mean_1"

[inputs.scan]
file = "scan.dm4"
key = "Channel_000"

[[steps]]
name = "sel_1"
call = "Dataset.sel"
package = "sidpy"
inputs = ["scan"]

[steps.parameters]
x = { slice = "2:10" }

[[steps]]
name = "mean_1"
call = "Dataset.mean"
package = "sidpy"
inputs = ["sel_1"]

[steps.parameters]
axis = 0
"""


def through_text(value):
    return from_form(tomllib.loads(document_text({"x": to_form(value)}, {}))["x"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (2, "2"),
        (2.0, "2.0"),
        (float("-inf"), "-inf"),
        (None, "{ none = true }"),
        ("a\"\\\n\x7f\0é", r'"a\"\\\n\u007f\u0000é"'),
        ((0, (1,)), "{ tuple = [0, { tuple = [1] }] }"),
        (slice(2, 10), '{ slice = "2:10" }'),
        (slice(None, None, -2), '{ slice = "::-2" }'),
        (slice("1 nm", None), '{ slice = ["1 nm"] }'),
        (slice(0.5, None, 2), '{ slice = [0.5, { none = true }, 2] }'),
        (..., "{ ellipsis = true }"),
        (1 + 2j, "{ complex = [1.0, 2.0] }"),
        (np.dtype("<f4"), '{ dtype = "<f4" }'),
        (Reference("numpy:hypot"), '{ function = "numpy:hypot" }'),
        (np.array([0.25, 0.5]), '{ array = [0.25, 0.5], dtype = "<f8" }'),
        (np.float32(0.5), '{ scalar = 0.5, dtype = "<f4" }'),
        (2**70, '{ "$" = "int", v = "0x400000000000000000" }'),
        (dt.date(2026, 1, 31), '{ "$" = "date", v = "2026-01-31" }'),
        ({"a b": {"c": [1]}}, '{ "a b" = { c = [1] } }'),
        ({"tuple": [1]}, '{ dict = [["tuple", [1]]] }'),
    ],
)  # fmt: skip
def test_a_value_is_readable_and_comes_back_as_it_was(value, text):
    assert value_text(to_form(value)) == text
    assert same_tree(through_text(value), value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers()
    | st.text(st.characters(codec="utf-8")) | st.binary()
    | st.slices(10) | st.just(...)
    | st.sampled_from(
        [np.arange(6.0).reshape(2, 3), np.zeros((70, 2), "c8"), np.array(1.5), np.uint64(2**63),
         np.float16(0.1), np.array([], "i4"), np.array(["a", "é"]), np.zeros(2, [("a", "f4", 2)])]
    ),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple)
    | st.dictionaries(st.text(st.characters(codec="utf-8")) | st.sampled_from(["tuple", "$"]),
                      inner),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
def test_every_value_comes_back_as_it_was(value):
    assert same_tree(through_text(value), value)


def test_a_large_array_is_refused_and_says_what_to_do():
    array = np.zeros(LARGEST_ARRAY // 8)

    assert same_tree(through_text(array), array)
    with pytest.raises(ValueError, match=r"array of 262,152 bytes.*as a Dataset"):
        to_form(np.zeros(LARGEST_ARRAY // 8 + 1))


@pytest.mark.parametrize("value", [object(), [object()], sidpy, "\ud800"])
def test_what_no_text_can_hold_is_refused(value):
    with pytest.raises(ValueError, match=r"it has|is of a type"):
        to_form(value)


@pytest.mark.parametrize(
    "form",
    [
        {"slice": "x"}, {"slice": "5"}, {"slice": []}, {"slice": [1, 2, 3, 4]}, {"slice": 5},
        {"complex": [1]}, {"complex": "1j"}, {"none": False}, {"tuple": 3}, {"dict": [[1]]},
        {"array": [1, 2.5], "dtype": "<i4"}, {"array": [300], "dtype": "|u1"},
        {"array": [1], "dtype": "no type"}, {"array": [[1], [1, 2]], "dtype": "<f8"},
        {"array": [1], "dtype": "|O"}, {"scalar": "1", "dtype": "<f8"}, {"dtype": "nonsense"},
        {"base64": "AAAA", "dtype": "<f8", "shape": [4]},
        {"base64": "?", "dtype": "|u1", "shape": []},
        {"base64": "", "dtype": "|O", "shape": [1]}, {"function": 3}, dt.date(2026, 1, 1),
        {"$": "ndarray", "dtype": "<f8", "at": 0}, {"$": "lazy", "at": 0, "dtype": "<f8"},
        {"$": "complex", "v": ["a", "b"]}, {"$": "deep", "v": 3}, {"$": "uuid"} | {"v": []},
    ],
    ids=str,
)  # fmt: skip
def test_a_form_that_says_nothing_is_one_error(form):
    try:
        value = from_form(form)
    except FormatError:
        return
    assert value == form  # a kind of a later version is kept as it is


def test_a_recipe_comes_back_as_it_was():
    recipe = Recipe.from_text(TEXT)

    assert [one.name for one in recipe.steps] == ["sel_1", "mean_1"]
    assert recipe.steps[0].step.parameters == {"x": slice(2, 10)}
    again = Recipe.from_text(recipe.to_text())
    assert again.to_text() == recipe.to_text()
    assert again.inputs == recipe.inputs


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("recipe = 1", "recipe = 2", 1, "version 2"),
        ("recipe = 1", "recipe = true", 1, "recipe is a number"),
        ('result = "mean_1"', 'result = "sum_1"', 2, "'sum_1' is the name of no step"),
        ("[inputs.scan]", "[inputs.scan]\ncolour = 3", 5, "'colour' means nothing"),
        ("[inputs.scan]", "[inputs.9]", 4, "named by letters"),
        ('key = "Channel_000"', "key = 3", 6, "key is a text, found 3"),
        ('call = "Dataset.mean"', "", 17, "one of 'call' and 'function'"),
        ('call = "Dataset.mean"', "cal = 1", 19, "'cal' means nothing"),
        ('call = "Dataset.mean"', 'call = "Dataset.mean"\nseed = 1', 20, "'seed' means nothing"),
        ('inputs = ["sel_1"]', 'inputs = ["sel_2"]', 21, "'sel_2', which is no input"),
        ('name = "mean_1"', 'name = "sel_1"', 18, "the name of an input or a step above"),
        ('name = "mean_1"', 'name = "mean 1"', 18, "named by letters"),
        ("axis = 0", 'axis = { slice = "x" }', 24, "axis: a slice is written"),
        ("axis = 0", "axis = 2026-01-31", 24, "axis: 2026-01-31 is no form"),
        ('inputs = ["sel_1"]', 'inputs = ["sel_1"]\nplaces = [1]', 22, "places has a list"),
        ("[[steps]]\nname = \"sel_1\"", "[[steps]]\nlabel = \"sel_1\"", 8, "has no 'name'"),
    ],
)  # fmt: skip
def test_every_problem_has_its_line(before, after, line, message):
    with pytest.raises(FormatError) as caught:
        Recipe.from_text(TEXT.replace(before, after, 1), "my.toml")

    assert "my.toml" in str(caught.value)
    assert any(one.startswith(f"line {line}: ") and message in one
               for one in caught.value.problems), caught.value.problems  # fmt: skip


def test_all_problems_are_reported_at_once():
    text = TEXT.replace("axis = 0", 'axis = { complex = "x" }').replace('"2:10"', '"a:b"')
    with pytest.raises(FormatError, match="no recipe that can be followed") as caught:
        Recipe.from_text(text)

    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    "text", ["[", "recipe = 1\nrecipe = 1", "a = " + "[" * 5000, "recipe = 1"]
)
def test_what_is_no_recipe_is_one_error(text):
    with pytest.raises(FormatError, match=r"is no TOML|no recipe|has no 'result'"):
        Recipe.from_text(text)


def test_a_file_that_is_no_text_is_an_error(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="no text"):
        Recipe.read(path)


def test_a_parameter_that_cannot_be_written_names_its_step():
    data = sidpy.Dataset.from_array(np.zeros(3))
    step = sidpy.sid.Step(
        "acme.filter", parameters={"kernel": np.zeros(10**5)}, inputs=(data.name,),
        parents=(data.provenance_record.last,),
    )  # fmt: skip
    data.provenance_record = data.provenance_record.then(step)

    with pytest.raises(NotReplayable, match="kernel of 'filter_1' cannot be written"):
        sidpy.recipe(data).to_text()


def test_a_dataset_without_a_history_has_no_recipe():
    data = sidpy.Dataset.from_array([1])
    data.provenance = {}

    with pytest.raises(NotReplayable, match="no history"):
        sidpy.recipe(data)


def test_inputs_are_asked_for_by_name():
    recipe = Recipe.from_text(TEXT)

    with pytest.raises(ValueError, match="has the inputs scan, found dark"):
        recipe.run({"dark": "dark.dm4"})
    with pytest.raises(TypeError, match="'scan' is a Dataset or a path"):
        recipe.run(3)
