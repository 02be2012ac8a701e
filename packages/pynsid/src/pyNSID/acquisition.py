"""A growing acquisition: frames are appended while other programs read what is complete.

The writer uses HDF5's single-writer multiple-reader mode.  Numbers come first, then the
variance, then the values of the axis, and last the length up to which all of them are
complete (`committed`); a reader looks at that length first and never beyond it, so that it
never sees half of a frame.
"""

from __future__ import annotations

import logging
import os
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from sidpy.errors import ExistingFile, MissingFile
from sidpy.hdf.arrays import lowered
from sidpy.sid.dataset import Dataset

from .beginning import STEPS, begin, resume, truncate
from .committed import COMMITTED, State, replaced, state_of, write_state
from .fields import HIDDEN, VARIANCE
from .swmr import Claim

if TYPE_CHECKING:
    from os import PathLike

    import h5py
    import numpy.typing as npt

    from sidpy.sid.dimension import Dimension

__all__ = ["Growing", "growing"]

logger = logging.getLogger(__name__)

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
            h5_main = resume(target, template, along)
        else:
            h5_main = begin(target, template, along, length, options)
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
        assert found is not None
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
        return int(stop)

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
            return first + step * np.arange(start, stop, dtype=np.float64)
        found = np.asarray(values, dtype=np.float64).reshape(-1)
        if len(found) != stop - start:
            msg = f"{stop - start} frames were given with {len(found)} values of their axis"
            raise ValueError(msg)
        return found

    def _steps(self) -> tuple[float, float]:
        """Return where the axis begins and its step, as the template had them."""
        first, step = self._scale.parent[HIDDEN][COMMITTED].attrs[STEPS]
        return float(first), float(step)

    def _put(self, target: Any, block: npt.NDArray[Any], start: int, stop: int) -> None:
        _lengthen(target, self._axis, stop)
        target[(slice(None),) * self._axis + (slice(start, stop),)] = block

    def commit(self) -> None:
        """Show readers everything that was appended; it survives this process from now on."""
        for dataset in (self._main, self._variance, self._scale):
            if dataset is not None:
                dataset.flush()
        write_state(self._state, State(self._length, finished=False, axis=self._axis))
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
            write_state(self._state, State(self._length, finished=True, axis=self._axis))
            longer = self._main.shape[self._axis] > self._length
        finally:
            self._file.close()
            self._file = None
        try:
            if longer:  # an append failed after it had made room
                truncate(self.path)
        finally:
            self._claim.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _lengthen(dataset: Any, axis: int, length: int) -> None:
    if dataset.shape[axis] < length:
        dataset.resize(length, axis)
