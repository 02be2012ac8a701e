"""HDF5 helpers by the name of classic pycroscopy; prefer `pyUSID.hdf_utils` (extra ``usid``)."""

from typing import Any

from sidpy.base.optional import needed


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(needed("pyUSID.io.hdf_utils", "pycroscopy.hdf_utils", "pycroscopy[usid]"), name)
