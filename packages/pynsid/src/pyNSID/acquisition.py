"""A growing acquisition: frames are appended while other programs read what is complete.

The writer uses HDF5's single-writer multiple-reader mode.  Numbers come first, then the
variance, then the values of the axis, and last the length up to which all of them are
complete (`committed`); a reader looks at that length first and never beyond it, so that it
never sees half of a frame.
"""

from __future__ import annotations

import logging
import math
import os
import secrets
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import numpy as np

from sidpy.errors import CorruptFile, ExistingFile, MissingFile
from sidpy.hdf.arrays import lowered, stored_dtype
from sidpy.hdf.prov_utils import create_indexed_group
from sidpy.sid import as_lazy
from sidpy.sid.dataset import Dataset
from sidpy.sid.dimension import Dimension
from sidpy.sid.kinds import DataType, DimensionType
from sidpy.sid.provenance import record

from .committed import COMMITTED, State, state_of, write_state
from .fields import HIDDEN, VARIANCE
from .nexus import mark_path
from .swmr import Claim, clear_flags
from .validate import get_all_main
from .write import Growth, put_main, replaced

if TYPE_CHECKING:
    from os import PathLike

    import h5py
    import numpy.typing as npt

__all__ = ["Growing", "growing"]

logger = logging.getLogger(__name__)

#: The versions of the file format that know of readers beside a writer, and that every HDF5
#: since 1.10 reads.
_FORMATS: Final = ("v110", "v110")

#: A chunk holds as many frames as fit into this many bytes, at least one.
_CHUNK_BYTES: Final = 2**16

#: Attribute of the state: where the axis begins and its step, when nobody says otherwise.
_STEPS: Final = "steps"

#: Acquisitions of this process that are not closed, by their path.
_OPEN: weakref.WeakValueDictionary[Path, Growing] = weakref.WeakValueDictionary()


def growing(
    path: str | PathLike[str],
    template: Dataset | None = None,
    along: str | int | Dimension = "frame",
    length: int | None = None,
    mode: Literal["x", "a", "w"] = "x",
    every: int = 1,
    seconds: float = 0.0,
    **options: Any,
) -> Growing:
    """Begin, or continue, an acquisition that others can read while it grows.

    Parameters
    ----------
    path : path-like
        The file; it holds this one dataset.
    template : sidpy.Dataset
        One frame, or several: its labels, dtype and shape are those of the acquisition.  Its
        numbers are not written.  Needed unless an acquisition is continued.
    along : str, int or sidpy.Dimension
        The dimension that grows: one of the template's, by name or axis, or a new one, which
        becomes the first axis.
    length : int, optional
        How long it may get; without limit when not given.
    mode : {"x", "a", "w"}
        ``"x"`` begins a file that must not exist; ``"a"`` continues where the last complete
        frame is, or begins; ``"w"`` replaces a file.
    every : int
        Readers are shown new frames after this many calls of `Growing.append`, ...
    seconds : float
        ... but not before so much time has passed since they were shown some.
    **options
        Options of `h5py.Group.create_dataset`: ``compression``, ``chunks``, ...

    Returns
    -------
    Growing
        To be closed, best by ``with``.

    Raises
    ------
    ExistingFile
        When the file exists and `mode` is ``"x"``, or another process is appending to it.
    ValueError
        When the template does not fit, or the file to continue holds no acquisition.

    See Also
    --------
    pyNSID.follow : reads what is complete so far, from any process.

    Notes
    -----
    A file that is closed is an ordinary one, for every HDF5 since 1.10.  After a crash, up to
    a kill of the process, everything that readers had been shown is there, and ``mode="a"``
    goes on behind it.  Chunks hold whole frames; a compressed chunk of several small frames
    is written anew each time readers are shown some of it, so set `every` for those.

    Examples
    --------
    >>> import numpy as np, pathlib, pyNSID, sidpy, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "scan.h5")
    >>> frame = sidpy.Dataset.from_array(np.zeros((2, 3)), title="scan", units="nA")
    >>> with pyNSID.growing(path, frame, sidpy.Dimension(1, "time", units="s")) as scan:
    ...     for number in range(4):
    ...         _ = scan.append(np.full((2, 3), number), values=0.5 * number)
    >>> data = sidpy.read(path)["Channel_000"]
    >>> data.shape, data.time.values
    ((4, 2, 3), array([0. , 0.5, 1. , 1.5]))
    """
    target = Path(os.path.realpath(path))
    if mode == "x" and target.exists():
        msg = 'it exists: mode="a" continues it, mode="w" replaces it'
        raise ExistingFile(msg, path=target)
    if not target.parent.is_dir():
        msg = f"there is no folder {str(target.parent)!r}"
        raise MissingFile(msg, path=target)
    left_open = _OPEN.get(target)
    if left_open is not None:  # a cell of a notebook is run again
        logger.warning("%s was still open for appending and has been closed", target)
        left_open.close()
    claim = Claim(target)
    try:
        if mode == "a" and target.exists():
            h5_main = _continued(target, template, along)
        else:
            h5_main = _begun(target, template, along, length, options)
    except BaseException:
        claim.release()
        raise
    result = Growing(target, h5_main, claim, _Policy(every, seconds))
    _OPEN[target] = result
    return result


class _Policy:
    """When readers are shown what was appended."""

    def __init__(self, every: int, seconds: float) -> None:
        self.every = every
        self.seconds = seconds
        self._appended = 0
        self._last = -np.inf

    def is_due(self) -> bool:
        """Count one more call, and say whether it is time."""
        self._appended += 1
        return self._appended >= self.every and time.monotonic() - self._last >= self.seconds

    def done(self) -> None:
        """Begin to count anew."""
        self._appended, self._last = 0, time.monotonic()


class Growing:
    """An acquisition that is being written; made by `growing`."""

    def __init__(self, path: Path, h5_main: h5py.Dataset, claim: Claim, policy: _Policy) -> None:
        self.path = path
        self._main: Any = h5_main
        self._file: Any = h5_main.file
        hidden = h5_main.parent[HIDDEN]
        self._state = hidden[COMMITTED]
        self._variance = hidden.get(VARIANCE)
        self._claim = claim
        self._policy = policy
        found = state_of(h5_main.parent)
        assert found is not None  # noqa: S101 - for the type checker: the callers made it
        self._axis = found.axis
        self._scale: Any = h5_main.dims[self._axis][0]
        self._length = found.length
        self._committed = found.length

    def __len__(self) -> int:
        """Return the length that readers are shown."""
        return self._committed

    def __repr__(self) -> str:
        state = "closed" if self._file is None else "open"
        return f"<{state} acquisition {str(self.path)!r}, {self._committed} complete>"

    def append(
        self,
        frames: npt.ArrayLike | Dataset,
        values: npt.ArrayLike | None = None,
        variance: npt.ArrayLike | None = None,
    ) -> int:
        """Add a frame, or a block of them.

        Parameters
        ----------
        frames : array-like
            One frame, without the growing axis, or a block of them, with it.
        values : float or sequence of float, optional
            Where they are on the growing axis, in its units; by default it goes on in the
            steps of the template, or in steps of one.
        variance : array-like, optional
            Of the shape of `frames`; needed when the template has one, unless `frames` is a
            Dataset that has.

        Returns
        -------
        int
            How long the growing axis is now.

        Raises
        ------
        ValueError
            When a shape does not fit, values cannot be kept exactly in the dtype of the
            acquisition, or the axis would become longer than it may.
        """
        if self._file is None:
            msg = f'the acquisition {str(self.path)!r} is closed: continue it with mode="a"'
            raise ValueError(msg)
        block = self._block(frames, self._main)
        start, stop = self._length, self._length + block.shape[self._axis]
        longest = self._main.maxshape[self._axis]
        if longest is not None and stop > longest:
            msg = f"the axis may be {longest} long and would be {stop}"
            raise ValueError(msg)
        where = self._positions(values, start, stop)
        errors = self._errors(frames, variance, block.shape)
        self._put(self._main, block, start, stop)
        if errors is not None:
            self._put(self._variance, errors, start, stop)
        _lengthen(self._scale, 0, stop)
        self._scale[start:stop] = where
        self._length = stop
        if self._policy.is_due():
            self.commit()
        return stop

    def _block(self, frames: Any, target: Any) -> npt.NDArray[Any]:
        """Return frames with all axes, in the dtype that is stored."""
        array = np.asarray(frames)
        if array.ndim == target.ndim - 1:
            array = np.expand_dims(array, self._axis)
        fits = replaced(tuple(target.shape), self._axis, None)
        if array.ndim != target.ndim or replaced(array.shape, self._axis, None) != fits:
            frame = (*fits[: self._axis], *fits[self._axis + 1 :])
            msg = (
                f"a frame has the shape {frame}, a block of them one more axis at "
                f"{self._axis}; found {np.shape(frames)}"
            )
            raise ValueError(msg)
        form = lowered(array)
        if form.dtype == target.dtype:
            return form
        cast = form.astype(target.dtype)
        if not np.array_equal(cast, form, equal_nan=form.dtype.kind in "fc"):
            msg = (
                f"values of type {array.dtype} cannot be kept exactly as {target.dtype}, the "
                "type of the acquisition: convert them first, or begin it with another template"
            )
            raise ValueError(msg)
        return cast

    def _errors(self, frames: Any, variance: Any, shape: tuple[int, ...]) -> Any:
        if variance is None and isinstance(frames, Dataset):
            variance = frames.variance
        if (variance is None) != (self._variance is None):
            has = "no" if self._variance is None else "a"
            msg = f"the template has {has} variance, and so must what is appended"
            raise ValueError(msg)
        if variance is None:
            return None
        errors = self._block(variance, self._variance)
        if errors.shape != shape:
            msg = f"the variance of frames of shape {shape} has the shape {errors.shape}"
            raise ValueError(msg)
        return errors

    def _positions(self, values: Any, start: int, stop: int) -> npt.NDArray[np.float64]:
        if values is None:
            first, step = self._steps()
            return first + step * np.arange(start, stop)
        found = np.asarray(values, dtype=np.float64).reshape(-1)
        if len(found) != stop - start:
            msg = f"{stop - start} frames were given with {len(found)} values of their axis"
            raise ValueError(msg)
        return found

    def _steps(self) -> tuple[float, float]:
        """Return where the axis begins and its step, as the template had them."""
        first, step = self._scale.parent[HIDDEN][COMMITTED].attrs[_STEPS]
        return float(first), float(step)

    def _put(self, target: Any, block: npt.NDArray[Any], start: int, stop: int) -> None:
        _lengthen(target, self._axis, stop)
        target[(slice(None),) * self._axis + (slice(start, stop),)] = block

    def commit(self) -> None:
        """Show readers everything that was appended; it survives this process from now on."""
        for dataset in (self._main, self._variance, self._scale):
            if dataset is not None:
                dataset.flush()
        write_state(self._state, State(self._length, False, self._axis))
        self._committed = self._length
        self._policy.done()

    def read(self) -> Dataset:
        """Return what readers are shown, lazily, under the path of the file."""
        from .following import snapshot

        return snapshot(self.path).dataset

    def close(self) -> None:
        """Commit the rest, say that nothing more will come, and close the file."""
        if self._file is None:
            return
        try:
            self.commit()
            write_state(self._state, State(self._length, True, self._axis))
            longer = self._main.shape[self._axis] > self._length
        finally:
            self._file.close()
            self._file = None
        try:
            if longer:  # an append failed after it had made room
                _truncate(self.path)
        finally:
            self._claim.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _lengthen(dataset: Any, axis: int, length: int) -> None:
    if dataset.shape[axis] < length:
        dataset.resize(length, axis)


# ---------------------------------------------------------------- beginning


def _begun(
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
        h5_main.parent[HIDDEN][COMMITTED].attrs[_STEPS] = steps
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
    return max(1, min(_CHUNK_BYTES // frame, _CHUNK_BYTES if length is None else length))


# ---------------------------------------------------------------- continuing


def _continued(path: Path, template: Dataset | None, along: str | int | Dimension) -> Any:
    """Open a file behind its last complete frame."""
    clear_flags(path)  # its writer, of whom we hold the claim now, was interrupted
    _truncate(path)
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
        msg = f"it cannot be opened for appending; is it open in another program? {error}"
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


def _truncate(path: Path) -> None:
    """Take away what was being written when the writer was interrupted."""
    with _opened(path) as file:
        (h5_main,) = _acquisitions(file)
        state = state_of(h5_main.parent)
        assert state is not None  # noqa: S101 - for the type checker: it was just found
        hidden = h5_main.parent[HIDDEN]
        scale = h5_main.dims[state.axis][0]
        for dataset, axis in ((h5_main, state.axis), (scale, 0), (hidden.get(VARIANCE), state.axis)):
            if dataset is not None and dataset.shape[axis] != state.length:
                dataset.resize(state.length, axis)


def _require_like(h5_main: Any, like: Dataset, axis: int) -> None:
    """Refuse a template that is not of the acquisition in the file."""
    state = state_of(h5_main.parent)
    found = (replaced(h5_main.shape, axis, 0), h5_main.dtype, None if state is None else state.axis)
    wanted = (like.shape, stored_dtype(like.dtype), axis)
    if found != wanted:
        words = ("a shape of {}, the type {} and the growing axis {}".format(*one)
                 for one in (wanted, found))  # fmt: skip
        msg = "the template has {}, the acquisition in the file {}".format(*words)
        raise ValueError(msg)
