"""The arguments of `Process`, checked."""

from __future__ import annotations

import os
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidpy.base.redo import promise_file
from sidpy.errors import LabelTypeError, LabelValueError, UnfinishedChange, UnwritableFile
from sidpy.hdf.objects import is_dataset, require

if TYPE_CHECKING:
    import h5py

__all__ = ["checked_arguments", "checked_cores", "checked_memory", "require_settled"]


def require_settled(h5_main: Any) -> None:
    """Refuse a file in which a kill left a change half made.

    Raises
    ------
    UnfinishedChange
        An OSError; it says how to finish the change.
    """
    if not is_dataset(h5_main) or not h5_main:
        return
    path = Path(os.path.realpath(h5_main.file.filename))
    if promise_file(path).exists():
        msg = (
            "a kill left a change of it that has to be finished: close it, call "
            "sidpy.hdf.recovery.recover(path), and open it again"
        )
        raise UnfinishedChange(msg, path=path)


def checked_arguments(
    h5_main: h5py.Dataset,
    process_name: Any,
    parms_dict: Any,
    h5_target_group: Any,
    needs_to_write: bool,  # noqa: FBT001 - a private function
) -> h5py.Group:
    """Return the group where results are.

    Raises
    ------
    TypeError
        For a wrong type.
    OSError
        When the file of the group is open for reading only.
    """
    if not isinstance(process_name, str):
        msg = f"process_name should be a string, found {process_name!r}"
        raise LabelTypeError(msg)
    if parms_dict is not None and not isinstance(parms_dict, dict):
        msg = f"parms_dict should be a dict, found {type(parms_dict).__name__}"
        raise LabelTypeError(msg)
    group = h5_main.parent if h5_target_group is None else h5_target_group
    require("group", group, "h5_target_group")
    if needs_to_write and group.file.mode == "r":
        msg = "is open for reading only; results need it open with mode 'r+'"
        raise UnwritableFile(msg, path=group.file.filename)
    return group


def checked_cores(cores: Any, there: int) -> int:
    """Return how many cores to use of those that are there.

    Raises
    ------
    TypeError
        When it is no whole number.
    """
    if cores is None:
        return max(1, there - (1 if there <= 4 else 2))
    if not isinstance(cores, Integral) or isinstance(cores, bool):
        msg = f"cores should be a whole number, found {cores!r}"
        raise LabelTypeError(msg)
    return max(1, min(abs(int(cores)), there))


def checked_memory(limit: Any, multiplier: Any, available: int) -> int:
    """Return the bytes to use.

    Raises
    ------
    TypeError
        When the limit, in MB, is no whole number, or the multiplier no float.
    ValueError
        When the multiplier is less than 1.
    """
    if not isinstance(multiplier, float):
        msg = f"mem_multiplier should be a float, found {multiplier!r}"
        raise LabelTypeError(msg)
    if not multiplier >= 1:
        msg = f"mem_multiplier should be 1.0 or more, found {multiplier!r}"
        raise LabelValueError(msg)
    if limit is None:
        return available
    if not isinstance(limit, Integral) or isinstance(limit, bool):
        msg = f"max_mem_mb should be a whole number, found {limit!r}"
        raise LabelTypeError(msg)
    return min(available, abs(int(limit)) * 1024**2)
