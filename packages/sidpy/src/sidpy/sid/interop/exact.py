"""Any value as one text, for places that hold text only, and back.

The text holds an exact record (`sidpy.hdf.records`) and, in base64, the arrays it refers to.
"""

from __future__ import annotations

import base64
import io
import json
from importlib import import_module
from typing import Any

import numpy as np

from sidpy.sid.structures import describe, revive

__all__ = ["from_text", "to_text"]


def to_text(value: Any) -> str:
    """Return a value as text; lazy arrays in it are computed.

    Examples
    --------
    >>> from_text(to_text({1: (2, None)}))
    {1: (2, None)}
    """
    # by name: HDF5 is a room above this one
    encoded = import_module("sidpy.hdf.encoding").encode_record(value, describe)
    arrays = [_packed(np.asarray(array)) for array in encoded.arrays]
    return json.dumps({"record": encoded.text, "arrays": arrays})


def from_text(text: str) -> Any:
    """Return the value that `to_text` made a text of.

    Raises
    ------
    ValueError
        When the text is something else, or of a newer version.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or not {"record", "arrays"} <= set(found):
        msg = f"this is no exact record: {text[:60]!r}"
        raise ValueError(msg)
    decode = import_module("sidpy.hdf.decoding").decode_record
    return decode(
        found["record"], lambda number: _unpacked(found["arrays"][number]), {"ase.Atoms": revive}
    )


def _packed(array: np.ndarray[Any, Any]) -> str:
    # in the form of a file: dates and text have no form of their own in a .npy
    lowered = import_module("sidpy.hdf.arrays").lowered(array)
    buffer = io.BytesIO()
    np.save(buffer, lowered, allow_pickle=False)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _unpacked(text: str) -> np.ndarray[Any, Any]:
    loaded: np.ndarray[Any, Any] = np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False)
    return loaded
