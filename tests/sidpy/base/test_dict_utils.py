"""Flattening, nesting and merging of metadata dictionaries."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidpy.base import dict_utils as subject

KEYS = st.text(alphabet="abcdef", min_size=1, max_size=3)
LEAVES = st.one_of(
    st.integers(), st.text(max_size=3), st.none(), st.lists(st.integers(), max_size=2)
)
NESTED = st.recursive(
    st.dictionaries(KEYS, LEAVES, min_size=1, max_size=4),
    lambda inner: st.dictionaries(KEYS, st.one_of(LEAVES, inner), min_size=1, max_size=4),
    max_leaves=10,
)


@settings(max_examples=60)
@given(NESTED)
def test_nesting_undoes_flattening(nested):
    assert subject.nest_dict(subject.flatten_dict(nested)) == nested


@pytest.mark.parametrize(
    ("nested", "separator", "flat"),
    [
        pytest.param({"a": {"b": 1}, 5: 2}, "-", {"a-b": 1, "5": 2}, id="joined"),
        pytest.param({"c-d": {"e": 2}}, "-", {"c_d-e": 2}, id="separator-in-key"),
        pytest.param({"a_b": {"c": 1}}, "_", {"a-b_c": 1}, id="underscore-separator"),
        pytest.param({"a": b"x", "b": 1}, "-", {"b": 1}, id="bytes-left-out"),
        pytest.param(
            {"l": [{"p": 1}, {"p": 2}]}, "-", {"dim-p-0": 1, "dim-p-1": 2}, id="list-of-dicts"
        ),
        pytest.param(
            {"l": [{"p": 1}], "m": [{"p": 2}]},
            "-",
            {"dim-p-0": 1, "m-p-0": 2},
            id="two-such-lists",
        ),
        pytest.param({"a_b": 1, "a-b": 2}, "-", {"a_b": 1, "a_b_2": 2}, id="keys-becoming-equal"),
        pytest.param({"a": {}, "b": []}, "-", {"b": []}, id="empty"),
        pytest.param(
            {"l": [{"p": {"q": 1}}, 3]}, "-", {"dim-p-0-q": 1, "l-1": 3}, id="mixed-list"
        ),
    ],
)
def test_flat_keys(nested, separator, flat):
    assert subject.flatten_dict(nested, separator) == flat


@pytest.mark.parametrize(
    ("nested", "separator", "error", "message"),
    [
        ([1], "-", TypeError, "should be a dict, not list"),
        ({"a": 1}, 5, TypeError, "separator should be a string"),
        ({"a": 1}, " ", ValueError, "separator should not be an empty string"),
    ],
)
def test_flatten_refuses(nested, separator, error, message):
    with pytest.raises(error, match=message):
        subject.flatten_dict(nested, separator)


@pytest.mark.parametrize("flat", [{"a": 1, "a-c": 2}, {"a-c": 2, "a": 1}])
def test_value_beside_a_dictionary_is_kept_in_it(flat):
    assert subject.nest_dict(flat) == {"a": {"value": 1, "c": 2}}


def test_what_cannot_be_nested_comes_back_apart():
    assert subject.nest_dict({"a-value": 2, "a": 1}) == ({"a": {"value": 2}}, {"a": 1})


def test_nesting_leaves_the_dictionaries_of_its_input_alone():
    inner = {"b": 1}

    nested = subject.nest_dict({"a": inner, "a-c": 2})

    assert nested == {"a": {"b": 1, "c": 2}}
    assert inner == {"b": 1}


def test_nest_refuses_what_is_no_dictionary_of_strings():
    with pytest.raises(AttributeError, match="items"):
        subject.nest_dict([1])
    with pytest.raises(TypeError, match="not string"):
        subject.nest_dict({5: 1})


def test_one_pair_is_nested():
    assert subject.nested_dict_from_flattened_key({"a-b": 1}) == {"a": {"b": 1}}
    with pytest.raises(TypeError, match="Expected dict"):
        subject.nested_dict_from_flattened_key(("a-b", 1))
    with pytest.raises(ValueError, match="exactly one entry, got 2"):
        subject.nested_dict_from_flattened_key({"a-b": 1, "c": 2})


def test_merging_is_in_place():
    left = {"a": {"b": 1}, "x": np.arange(2)}

    result = subject.merge_dicts(left, {"a": {"c": 2}, "x": np.arange(2)})

    assert result is left
    assert left["a"] == {"b": 1, "c": 2}


def test_merging_conflicting_values_names_the_place_and_changes_nothing():
    left = {"a": {"b": 1}}
    with pytest.raises(ValueError, match=r"Conflict at z\|a\|b: 1 cannot be merged with 2"):
        subject.merge_dicts(left, {"n": 5, "a": {"b": 2}}, ["z"])

    assert left == {"a": {"b": 1}}


def test_printing_indents_by_tabs(capsys):
    subject.print_nested_dict({"a": {"b": {"x": 1}}, "c": 2})

    assert capsys.readouterr().out == "a :\n\tb :\n\t\tx : 1\nc : 2\n"


def test_printing_goes_where_it_is_told():
    stream = io.StringIO()
    subject.print_nested_dict({"a": 1}, level=1, file=stream)

    assert stream.getvalue() == "\ta : 1\n"
    with pytest.raises(TypeError, match="should be a dict"):
        subject.print_nested_dict([1])
