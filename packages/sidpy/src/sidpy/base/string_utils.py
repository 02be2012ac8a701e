"""Strings: formatting quantities for people, checking names, preparing text for HDF5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

__all__ = [
    "clean_string_att",
    "format_quantity",
    "format_size",
    "format_time",
    "formatted_str_to_number",
    "get_time_stamp",
    "remove_extra_delimiters",
    "str_to_other",
    "validate_list_of_strings",
    "validate_single_string_arg",
    "validate_string_args",
]


def format_quantity(
    value: float, unit_names: Sequence[str], factors: Sequence[float], decimals: int = 2
) -> str:
    """Write a value in the largest unit that leaves it at least one.

    Parameters
    ----------
    value : float
        The value in base units.
    unit_names : sequence of str
        Names of the units, in increasing size.
    factors : sequence of float
        Size of each unit in base units.
    decimals : int
        Digits kept after the point.

    Returns
    -------
    str
        The rounded number, a blank and the unit.

    Raises
    ------
    TypeError
        When a name is not a string or the factors are not iterable.
    ValueError
        When there is not one factor for each name.

    Examples
    --------
    >>> format_quantity(315, ["sec", "mins", "hours"], [1, 60, 3600])
    '5.25 mins'
    """
    names = validate_list_of_strings(unit_names, "unit_names")
    _require_numbers(factors, "factors")
    _require_same_length(names, factors, ("unit_names", "factors"))
    size, unit = factors[0], names[0]
    for candidate, name in zip(factors, names, strict=True):
        if abs(value) >= candidate:
            size, unit = candidate, name
    return f"{np.round(value / size, decimals)} {unit}"


def format_time(time_in_seconds: float, decimals: int = 2) -> str:
    """Write a duration given in seconds in msec, sec, mins or hours.

    Examples
    --------
    >>> format_time(0.001), format_time(300)
    ('1.0 msec', '5.0 mins')
    """
    units = ["msec", "sec", "mins", "hours"]
    return format_quantity(time_in_seconds, units, [0.001, 1, 60, 3600], decimals)


def format_size(size_in_bytes: float, decimals: int = 2) -> str:
    """Write a size given in bytes in bytes, kB, MB, GB or TB of 1024 each.

    Examples
    --------
    >>> format_size(2048)
    '2.0 kB'
    """
    units = ["bytes", "kB", "MB", "GB", "TB"]
    return format_quantity(size_in_bytes, units, [1024**n for n in range(5)], decimals)


def formatted_str_to_number(
    str_val: str,
    magnitude_names: Sequence[str],
    magnitude_values: Sequence[float],
    separator: str = " ",
) -> float | None:
    """Read a number followed by a unit, such as ``"4.32 MHz"``.

    Parameters
    ----------
    str_val : str
        Number, separator, unit.
    magnitude_names : sequence of str
        The units that are known.
    magnitude_values : sequence of float
        What each of them stands for in base units.
    separator : str
        What stands between number and unit.

    Returns
    -------
    float or None
        The value in base units; None when the unit is not among the names.

    Raises
    ------
    TypeError
        When an argument is of the wrong type.
    ValueError
        When the text is not one number, one separator and one unit.

    Examples
    --------
    >>> formatted_str_to_number("4.32 MHz", ["MHz", "kHz"], [1e6, 1e3])
    4320000.0
    """
    [text] = validate_string_args(str_val, "str_val")
    names = validate_list_of_strings(magnitude_names, "magnitude_names")
    if not isinstance(separator, str):
        msg = f"separator must be a string, not {type(separator).__name__}"
        raise TypeError(msg)
    _require_numbers(magnitude_values, "magnitude_values")
    _require_same_length(names, magnitude_values, ("magnitude_names", "magnitude_values"))
    parts = text.split(separator)
    if len(parts) != 2:
        msg = f"expected number, {separator!r} and unit, as in '123.45{separator}V', got {text!r}"
        raise ValueError(msg)
    number = float(parts[0])
    known = dict(zip(names, magnitude_values, strict=True))
    return number * known[parts[1]] if parts[1] in known else None


def _require_numbers(values: object, name: str) -> None:
    if not isinstance(values, Iterable):
        msg = f"{name} must be an Iterable, not {type(values).__name__}"
        raise TypeError(msg)
    for value in values:
        if isinstance(value, str) or not np.isscalar(value):
            msg = f"{name} should contain numbers, found {value!r}"
            raise TypeError(msg)


def _require_same_length(
    first: Sequence[object], second: Sequence[object], names: tuple[str, str]
) -> None:
    if len(first) != len(second):
        msg = (
            f"{names[0]} and {names[1]} must be of the same length, "
            f"got {len(first)} and {len(second)}"
        )
        raise ValueError(msg)


def get_time_stamp() -> str:
    """Return the local time as ``YYYY_MM_DD-HH_MM_SS``."""
    return datetime.now().astimezone().strftime("%Y_%m_%d-%H_%M_%S")


def str_to_other(value: str) -> int | float | bool | str:
    """Convert a word to int, float or bool, in this order; what is none of them stays text.

    Raises
    ------
    TypeError
        When the value is not a string.
    ValueError
        When it contains a blank.

    Examples
    --------
    >>> [str_to_other(word) for word in ("5", "1e5", "True", "abc")]
    [5, 100000.0, True, 'abc']
    """
    if not isinstance(value, str):
        msg = f"Expected object of type str. Provided object was: {type(value)}"
        raise TypeError(msg)
    if " " in value:
        msg = f'Expected a string without spaces. Got: "{value}"'
        raise ValueError(msg)
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(value.lower(), value)


def remove_extra_delimiters(line: str, separator: str = " ") -> str:
    """Reduce runs of a separator to one and strip it from both ends.

    Raises
    ------
    TypeError
        When either is not a string.
    ValueError
        When the separator is empty.

    Examples
    --------
    >>> remove_extra_delimiters("a  b   c")
    'a b c'
    """
    for name, value in (("line", line), ("separator", separator)):
        if not isinstance(value, str):
            msg = f"{name} should be a string, not {type(value).__name__}"
            raise TypeError(msg)
    if not separator:
        msg = "separator should not be empty"
        raise ValueError(msg)
    words = line.strip().split(separator)
    return separator.join(word for word in words if word)


def validate_single_string_arg(value: str, name: str) -> str:
    """Return a string without the blanks around it.

    Parameters
    ----------
    value : str
        What was given.
    name : str
        What it is called, for the message.

    Raises
    ------
    TypeError
        When it is not a string.
    ValueError
        When nothing is left.
    """
    if not isinstance(value, str):
        msg = f"{name} should be a string, not {type(value).__name__}"
        raise TypeError(msg)
    if not (stripped := value.strip()):
        msg = f"{name} should not be an empty string"
        raise ValueError(msg)
    return stripped


def validate_list_of_strings(
    str_list: str | Sequence[str], parm_name: str = "parameter"
) -> list[str]:
    """Return a list of stripped strings from one string, a list or a tuple.

    Raises
    ------
    TypeError
        When it is another container or a member is not a string.
    ValueError
        When a member is blank.
    """
    if isinstance(str_list, str):
        str_list = [str_list]
    if not isinstance(str_list, (list, tuple)):
        msg = f"{parm_name} should be a string or list / tuple of strings"
        raise TypeError(msg)
    return [validate_single_string_arg(item, parm_name) for item in str_list]


def validate_string_args(
    arg_list: str | Sequence[str], arg_names: str | Sequence[str]
) -> list[str]:
    """Strip several arguments at once, naming the faulty one in the message.

    Parameters
    ----------
    arg_list : str or sequence of str
        The values.
    arg_names : str or sequence of str
        Their names, one each.

    Raises
    ------
    TypeError
        When a value is not a string or the containers are of another kind.
    ValueError
        When a value is blank, or values and names differ in number.
    """
    containers = {"arg_list": arg_list, "arg_names": arg_names}
    for name, container in containers.items():
        if not isinstance(container, (str, list, tuple)):
            msg = f"{name} should be a tuple or a list or a string"
            raise TypeError(msg)
    values = [arg_list] if isinstance(arg_list, str) else list(arg_list)
    names = [arg_names] if isinstance(arg_names, str) else list(arg_names)
    _require_same_length(values, names, ("arg_list", "arg_names"))
    return [validate_single_string_arg(*pair) for pair in zip(values, names, strict=True)]


def clean_string_att(att_val: Any) -> Any:
    r"""Turn text into what an HDF5 attribute holds.

    Parameters
    ----------
    att_val : object
        The value of an attribute.

    Returns
    -------
    object
        An array of fixed-length UTF-8 byte strings for a list, tuple or array with any
        string in it, in the same shape; a plain str for a numpy string; anything else
        unchanged.

    Raises
    ------
    TypeError
        When a list holds objects that are neither numbers nor text.

    Examples
    --------
    >>> clean_string_att(["nm", "µm"])
    array([b'nm', b'\xc2\xb5m'], dtype='|S3')
    """
    if isinstance(att_val, np.str_):
        return str(att_val)
    if not isinstance(att_val, (list, tuple, np.ndarray)):
        return att_val
    if isinstance(att_val, np.ndarray) and att_val.dtype.kind not in "UO":
        return att_val
    members = _members(att_val)
    if any(isinstance(member, (str, bytes)) for member in members):
        return _encoded(att_val)
    if any(member is None or not isinstance(member, _PLAIN) for member in members):
        msg = f"Failed to clean: {att_val}"
        raise TypeError(msg)
    return att_val


#: What h5py stores in an attribute without help.
_PLAIN = (bool, int, float, complex, np.generic, dict)


def _members(values: Any) -> list[Any]:
    """Return the innermost members of a list of any depth."""
    if isinstance(values, np.ndarray):
        return list(values.ravel())
    flat: list[Any] = []
    for value in values:
        flat.extend(_members(value) if isinstance(value, (list, tuple, np.ndarray)) else [value])
    return flat


def _encoded(values: Any) -> Any:
    """Encode every member as UTF-8, keeping the shape of a regular nesting."""
    try:
        boxes = np.array(values, dtype=object)
    except ValueError:  # ragged
        boxes = np.array(_members(values), dtype=object)
    return np.array([_utf8(member) for member in boxes.ravel()]).reshape(boxes.shape)


def _utf8(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")
