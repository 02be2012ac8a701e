"""Strings: quantities for people, checks of names, text for HDF5."""

import datetime as dt
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidpy.base import string_utils as subject


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.001, "1.0 msec"),
        (0, "0.0 msec"),
        (59.9, "59.9 sec"),
        (300, "5.0 mins"),
        (7200, "2.0 hours"),
        (-5, "-5.0 sec"),
    ],
)
def test_durations(seconds, text):
    assert subject.format_time(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(1023, "1023.0 bytes"), (2048, "2.0 kB"), (5e6, "4.77 MB"), (2e12, "1.82 TB")],
)
def test_sizes(size, text):
    assert subject.format_size(size) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(315, 2, "5.25 mins"), (0.5, 2, "0.5 sec"), (7.777, 1, "7.8 sec")],
)
def test_quantities(value, decimals, text):
    assert subject.format_quantity(value, ["sec", "mins"], [1, 60], decimals) == text


@pytest.mark.parametrize(
    ("names", "factors", "error", "message"),
    [
        (["sec"], [1, 60], ValueError, "same length, got 1 and 2"),
        ([1], [1], TypeError, "unit_names should be a string"),
        (["s"], 1, TypeError, "factors must be an Iterable"),
        (["s"], ["a"], TypeError, "factors should contain numbers"),
    ],
)
def test_quantities_refuse(names, factors, error, message):
    with pytest.raises(error, match=message):
        subject.format_quantity(5, names, factors)


@pytest.mark.parametrize(
    ("text", "separator", "number"),
    [("4.32 MHz", " ", 4.32e6), ("-4.5_kHz", "_", -4500.0), ("4.32 Hz", " ", None)],
)
def test_numbers_with_units(text, separator, number):
    found = subject.formatted_str_to_number(text, ["MHz", "kHz"], [1e6, 1e3], separator)

    assert found == number


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("4.32MHz", ["MHz"], [1e6]), ValueError, "expected number"),
        (("a MHz", ["MHz"], [1e6]), ValueError, "could not convert"),
        (("4 MHz", ["MHz"], [1e6, 1]), ValueError, "same length"),
        ((4, ["MHz"], [1e6]), TypeError, "arg_list"),
        (("4 MHz", ["MHz"], ["a"]), TypeError, "numbers"),
        (("4 MHz", ["MHz"], 1e6), TypeError, "Iterable"),
        (("4 MHz", ["MHz"], [1e6], 5), TypeError, "separator"),
    ],
)
def test_numbers_with_units_refuse(arguments, error, message):
    with pytest.raises(error, match=message):
        subject.formatted_str_to_number(*arguments)


def test_time_stamp_is_now():
    stamp = subject.get_time_stamp()
    then = dt.datetime.strptime(stamp, "%Y_%m_%d-%H_%M_%S")

    assert re.fullmatch(r"\d{4}(_\d\d){2}-\d\d(_\d\d){2}", stamp)
    assert abs((dt.datetime.now() - then).total_seconds()) < 60


@pytest.mark.parametrize(
    ("word", "value"),
    [("5", 5), ("5.0", 5.0), ("1e5", 1e5), ("True", True), ("FALSE", False), ("abc", "abc")],
)
def test_words_become_values(word, value):
    found = subject.str_to_other(word)

    assert found == value
    assert type(found) is type(value)


def test_words_have_no_blanks():
    with pytest.raises(ValueError, match="without spaces"):
        subject.str_to_other("a b")
    with pytest.raises(TypeError, match="type str"):
        subject.str_to_other(5)


def test_delimiters_are_reduced():
    assert subject.remove_extra_delimiters("  a  b   c ") == "a b c"
    assert subject.remove_extra_delimiters("a,,b", ",") == "a,b"


@pytest.mark.parametrize(
    ("line", "separator", "error"),
    [(5, " ", TypeError), ("a", 4, TypeError), ("a", "", ValueError)],
)
def test_delimiters_refuse(line, separator, error):
    with pytest.raises(error, match="should"):
        subject.remove_extra_delimiters(line, separator)


def test_arguments_are_stripped():
    assert subject.validate_single_string_arg(" x ", "n") == "x"
    assert subject.validate_list_of_strings("x ") == ["x"]
    assert subject.validate_list_of_strings(("x", " y")) == ["x", "y"]
    assert subject.validate_string_args(["a ", "b"], ["x", "y"]) == ["a", "b"]
    assert subject.validate_string_args("a ", "x") == ["a"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: subject.validate_single_string_arg(b"x", "title"),
            TypeError,
            "title should be a s",
        ),
        (lambda: subject.validate_single_string_arg(" ", "title"), ValueError, "title should not"),
        (lambda: subject.validate_list_of_strings(np.array(["x"])), TypeError, "list / tuple"),
        (lambda: subject.validate_list_of_strings(["x", 1], "names"), TypeError, "names"),
        (lambda: subject.validate_list_of_strings(["x", " "], "names"), ValueError, "names"),
        (lambda: subject.validate_string_args([1], ["x"]), TypeError, "x should be a string"),
        (lambda: subject.validate_string_args(5, ["x"]), TypeError, "arg_list"),
        (lambda: subject.validate_string_args(["x"], 5), TypeError, "arg_names"),
        (lambda: subject.validate_string_args(["a", "b"], ["x"]), ValueError, "got 2 and 1"),
    ],
)
def test_arguments_refuse(call, error, message):
    with pytest.raises(error, match=message):
        call()


@settings(max_examples=60)
@given(
    st.lists(st.text(max_size=5).filter(lambda t: not t.endswith("\0")), min_size=1, max_size=5)
)
def test_text_for_hdf5_keeps_every_character(words):
    clean = subject.clean_string_att(words)

    assert clean.dtype.kind == "S"
    assert [word.decode("utf-8") for word in clean] == words


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(["a", 1], np.array([b"a", b"1"]), id="number-among-text"),
        pytest.param(np.array(["µ"]), np.array(["µ".encode()]), id="unicode-array"),
        pytest.param([["a", "b"]], np.array([[b"a", b"b"]]), id="nested"),
        pytest.param([b"a", "b"], np.array([b"a", b"b"]), id="bytes-among-text"),
    ],
)
def test_text_for_hdf5(value, expected):
    clean = subject.clean_string_att(value)

    assert clean.dtype == expected.dtype
    np.testing.assert_array_equal(clean, expected)


@pytest.mark.parametrize("value", ["x", b"x", None, 5, [1, 2], [], {"a": 1}, [{"a": 1}]])
def test_other_values_pass_unchanged(value):
    assert subject.clean_string_att(value) is value


def test_numpy_string_becomes_a_string():
    clean = subject.clean_string_att(np.str_("x"))

    assert type(clean) is str


@pytest.mark.parametrize("value", [[None], [1, None], [object()]])
def test_objects_are_refused(value):
    with pytest.raises(TypeError, match="Failed to clean"):
        subject.clean_string_att(value)
