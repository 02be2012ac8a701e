"""The file of an acquisition: begun, or opened again behind its last complete frame."""

from __future__ import annotations

import math
import os
import secrets
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile, FileInUse
from sidpy.hdf.arrays import stored_dtype
from sidpy.hdf.prov_utils import create_indexed_group
from sidpy.hdf.recovery import recover
from sidpy.sid import as_lazy
from sidpy.sid.dataset import Dataset
from sidpy.sid.dimension import Dimension
from sidpy.sid.kinds import DataType, DimensionType
from sidpy.sid.provenance import record

from .committed import COMMITTED, Growth, replaced, state_of
from .fields import HIDDEN, VARIANCE
from .nexus import mark_path
from .survey import get_all_main
from .swmr import clear_flags
from .write import put_main

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["STEPS", "begin", "resume", "truncate"]

#: The versions of the file format that know of readers beside a writer, and that every HDF5
#: since 1.10 reads.
_FORMATS: Final = ("v110", "v110")

#: A chunk holds as many frames as fit into this many bytes, at least one.
_CHUNK_BYTES: Final = 2**16

#: Attribute of the state: where the axis begins and its step, when nobody says otherwise.
STEPS: Final = "steps"


def begin(
    path: Path,
    template: Any,
    along: str | int | Dimension,
    length: int | None,
    options: dict[str, Any],
) -> Any:
    """Create the file beside its place, and move it there when readers can open it."""
    import h5py

    dataset, axis, steps = _emptied(template, along)
    growth = Growth(axis, length, _frames_per_chunk(dataset, axis, length))
    # Windows does not move a file that is open
    beside = path if os.name == "nt" else path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    file = h5py.File(beside, "w", libver=_FORMATS)
    try:
        measurement = create_indexed_group(file, "Measurement_")
        channel = create_indexed_group(measurement, "Channel_")
        h5_main = put_main(channel, "", dataset, options, growth)
        h5_main.parent[HIDDEN][COMMITTED].attrs[STEPS] = steps
        mark_path(h5_main.parent)
        file.swmr_mode = True
        beside.replace(path)
    except BaseException:
        file.close()
        beside.unlink(missing_ok=True)
        raise
    return h5_main


def _emptied(
    template: Any, along: str | int | Dimension
) -> tuple[Dataset, int, tuple[float, float]]:
    """Return the template without a frame, which axis grows, and where it begins in what steps."""
    if not isinstance(template, Dataset):
        msg = f"an acquisition begins with a template, a sidpy.Dataset, found {template!r:.80}"
        raise TypeError(msg)
    labels = template.labels_record
    dimensions, axis = _with_growing(labels.dimensions, along)
    grows = dimensions[axis]
    dimensions[axis] = grows.with_values(np.empty(0))
    shape = tuple(map(len, dimensions))
    if 0 in replaced(shape, axis, 1):
        msg = f"a frame has no values in a template of shape {template.shape}"
        raise ValueError(msg)
    kind = labels.data_type
    if len(shape) > template.ndim:
        kind = DataType.IMAGE_STACK if kind is DataType.IMAGE else DataType.UNKNOWN
    none = None if labels.variance is None else np.empty(shape, labels.variance.dtype)
    changed = labels.but(
        dimensions=tuple(dimensions),
        data_type=kind,
        variance=None if none is None else as_lazy(none),
    )
    empty = Dataset.from_labels(np.empty(shape, template.dtype), changed)
    made = {"along": grows.name}
    record(empty, function="pyNSID.growing", parameters=made, inputs=[template])
    first = float(grows.values[0]) if len(grows) else 0.0
    step = float(grows.values[1]) - first if len(grows) > 1 else 1.0
    return empty, axis, (first, step)


def _with_growing(
    dimensions: tuple[Dimension, ...], along: str | int | Dimension
) -> tuple[list[Dimension], int]:
    """Return the dimensions of the acquisition, and which one grows."""
    if isinstance(along, int | np.integer):
        return list(dimensions), range(len(dimensions))[along]
    name = along.name if isinstance(along, Dimension) else along
    for axis, dimension in enumerate(dimensions):
        if dimension.name == name:
            new = along if isinstance(along, Dimension) else dimension
            return [*dimensions[:axis], new, *dimensions[axis + 1 :]], axis
    if not isinstance(along, Dimension):
        along = Dimension(1, name, dimension_type=DimensionType.TEMPORAL)
    return [along, *dimensions], 0


def _frames_per_chunk(dataset: Dataset, axis: int, length: int | None) -> int:
    frame = math.prod(replaced(dataset.shape, axis, 1)) * max(dataset.dtype.itemsize, 1)
    fitting = _CHUNK_BYTES // frame
    return int(max(1, fitting if length is None else min(fitting, length)))


# ---------------------------------------------------------------- continuing


def resume(path: Path, template: Dataset | None, along: str | int | Dimension) -> Any:
    """Open a file behind its last complete frame."""
    recover(path)  # what a transaction had promised when it was killed
    clear_flags(path)  # its writer, of whom we hold the claim now, was interrupted
    truncate(path)
    file = _opened(path)
    try:
        (h5_main,) = _acquisitions(file)
        if template is not None:
            _require_like(h5_main, *_emptied(template, along)[:2])
        file.swmr_mode = True
    except BaseException:
        file.close()
        raise
    return h5_main


def _opened(path: Path) -> Any:
    import h5py

    try:
        return h5py.File(path, "r+", libver=_FORMATS)
    except OSError as error:
        if isinstance(error, BlockingIOError) or "already open" in str(error):
            msg = "is open, in this program or in another: close it there before appending to it"
            raise FileInUse(msg, path=path) from error
        msg = f"HDF5 cannot open it for appending: {error}"
        raise CorruptFile(msg, path=path, format="nsid") from error


def _acquisitions(file: Any) -> list[Any]:
    found = [item for item in get_all_main(file) if state_of(item.parent) is not None]
    if len(found) != 1:
        msg = (
            f"{file.filename!r} holds {len(found)} acquisitions, one is needed to continue: "
            "files that pyNSID.growing began hold one"
        )
        raise ValueError(msg)
    return found


def truncate(path: Path) -> None:
    """Take away what was being written when the writer was interrupted."""
    with _opened(path) as file:
        (h5_main,) = _acquisitions(file)
        state = state_of(h5_main.parent)
        assert state is not None
        hidden = h5_main.parent[HIDDEN]
        scale = h5_main.dims[state.axis][0]
        for dataset, axis in (
            (h5_main, state.axis),
            (scale, 0),
            (hidden.get(VARIANCE), state.axis),
        ):
            if dataset is not None and dataset.shape[axis] != state.length:
                dataset.resize(state.length, axis)


def _require_like(h5_main: Any, like: Dataset, axis: int) -> None:
    """Refuse a template that is not of the acquisition in the file."""
    state = state_of(h5_main.parent)
    found = (
        replaced(h5_main.shape, axis, 0),
        h5_main.dtype,
        None if state is None else state.axis,
    )
    wanted = (like.shape, stored_dtype(like.dtype), axis)
    if found != wanted:
        words = ("a shape of {}, the type {} and the growing axis {}".format(*one)
                 for one in (wanted, found))  # fmt: skip
        msg = "the template has {}, the acquisition in the file {}".format(*words)
        raise ValueError(msg)
