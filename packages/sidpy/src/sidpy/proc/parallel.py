"""Call a function for every row of an array, on whatever dask has to work with.

An active `dask.distributed` client does the work on its cluster; otherwise threads or
processes of this machine do.  Rows travel in blocks, several for each worker, so that a
fast worker takes over from a slow one and memory holds a block per worker, not the data:
a lazy array is read block by block where it is needed.
"""

from __future__ import annotations

import logging
import sys
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import LabelTypeError, LabelValueError, SidpyError

from .resources.cores import recommend_cpu_cores
from .resources.mpi import get_MPI
from .resources.scheduling import active_client, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

__all__ = ["in_blocks", "parallel_compute"]

logger = logging.getLogger(__name__)

#: What the released package called ways to work, and the schedulers that do it here.
_SCHEDULERS: Final = {
    None: "processes",
    "loky": "processes",
    "multiprocessing": "processes",
    "processes": "processes",
    "threading": "threads",
    "threads": "threads",
    "sequential": "synchronous",
    "synchronous": "synchronous",
}
#: Blocks per worker.
_SHARE: Final = 4


def parallel_compute(  # noqa: PLR0913, PLR0917 - the released package's signature
    data: Any,
    func: Callable[..., Any],
    cores: int | None = None,
    lengthy_computation: bool = False,  # noqa: FBT001, FBT002 - the same
    func_args: Sequence[Any] | None = None,
    func_kwargs: dict[str, Any] | None = None,
    verbose: bool = False,  # noqa: FBT001, FBT002 - the same
    joblib_backend: str | None = "multiprocessing",
) -> list[Any]:
    """Return ``[func(row, *func_args, **func_kwargs) for row in data]``, worked out together.

    Parameters
    ----------
    data : ndarray or dask array of shape (rows, ...)
        What is mapped over, along its first axis; lazy arrays are never held whole.
    func : callable
        Called with one row and the further arguments.
    cores : int, optional
        The most to use on this machine; by default what `recommend_cpu_cores` says.
    lengthy_computation : bool
        Whether one call takes so long that a few of them are worth a process.
    func_args : list, optional
        Further arguments.
    func_kwargs : dict, optional
        Further arguments by name.
    verbose : bool
        Log who works as information.
    joblib_backend : str, optional
        ``"multiprocessing"``, ``"loky"``, ``"processes"`` or None: processes;
        ``"threading"``, ``"threads"``: threads; ``"sequential"``: no others.  With an
        active distributed client its cluster works, whatever is said here.

    Returns
    -------
    list
        One result per row, in order.

    Raises
    ------
    TypeError
        When `data` is no array, `func` not callable, the arguments no list or no dict.
    ValueError
        For an unknown backend.
    SidpyError
        When the worker processes die; a script needs ``if __name__ == "__main__":``.

    Notes
    -----
    Processes get `func` by value: functions of notebooks and lambdas work.  When a single
    core is enough, and in a job of MPI, no other process or thread is started.

    Examples
    --------
    >>> import numpy as np
    >>> parallel_compute(np.eye(3), np.argmax, joblib_backend="threading")
    [np.int64(0), np.int64(1), np.int64(2)]
    """
    _check(data, func, func_args, func_kwargs)
    if joblib_backend not in _SCHEDULERS:
        words = sorted(filter(None, _SCHEDULERS))
        msg = f"joblib_backend is {joblib_backend!r}; it can be None or one of {words}"
        raise LabelValueError(msg)
    scheduler, arguments = _SCHEDULERS[joblib_backend], (func, func_args or (), func_kwargs or {})
    if not len(data):
        return []
    client = active_client()
    if "mpi4py" in sys.modules and get_MPI() is not None:
        hands, client = 1, None  # other processes have their own rows
    elif client is None:
        hands = recommend_cpu_cores(
            len(data), cores, lengthy_computation=lengthy_computation, verbose=verbose
        )
    else:
        hands = workers()
    logger.log(
        logging.INFO if verbose else logging.DEBUG,
        "%d rows on %s",
        len(data),
        client or f"{hands} of {scheduler}" if hands > 1 or client else "this thread",
    )
    if client is None and hands == 1 and isinstance(data, np.ndarray):
        return _mapped(data, *arguments)
    return _on_blocks(data, arguments, hands, scheduler if client is None else None)


def _check(data: Any, func: Any, func_args: Any, func_kwargs: Any) -> None:
    lazy = hasattr(data, "__dask_graph__") and hasattr(data, "chunks")
    if not (isinstance(data, np.ndarray) or lazy) or not data.ndim:
        msg = f"data should be an array with rows, found {type(data).__name__}"
        raise LabelTypeError(msg)
    if not callable(func):
        msg = f"func should be a function of one row, found {func!r}"
        raise LabelTypeError(msg)
    if func_args is not None and not isinstance(func_args, list | tuple):
        msg = f"func_args should be a list, found {func_args!r}"
        raise LabelTypeError(msg)
    if func_kwargs is not None and not isinstance(func_kwargs, dict):
        msg = f"func_kwargs should be a dictionary, found {func_kwargs!r}"
        raise LabelTypeError(msg)


def _on_blocks(
    data: Any, arguments: tuple[Any, ...], hands: int, scheduler: str | None
) -> list[Any]:
    """Compute blocks of rows as tasks; `scheduler` is None where a cluster works."""
    func, args, kwargs = arguments
    call = partial(_mapped, func=func, args=args, kwargs=kwargs)
    found = in_blocks(data, call, hands=hands, scheduler=scheduler)
    return [result for part in found for result in part]


def in_blocks(
    data: Any,
    call: Callable[[Any], Any],
    *,
    hands: int,
    scheduler: str | None = None,
    pool: Any = None,
    shown: bool = True,
) -> list[Any]:
    """Return what a function makes of each of several blocks of rows, in order.

    Parameters
    ----------
    data : ndarray or dask array of shape (rows, ...)
        What is cut into blocks along its first axis.
    call : callable
        Taking one block; it travels by value.
    hands : int
        How many work at the same time.
    scheduler : {"threads", "processes"}, optional
        Of this machine; by default the active distributed client.
    pool : concurrent.futures.Executor, optional
        Workers that are there already.
    shown : bool
        Show a bar of its own.

    Raises
    ------
    SidpyError
        When the worker processes die.

    Examples
    --------
    >>> import numpy as np
    >>> in_blocks(np.ones((8, 2)), np.sum, hands=1, scheduler="threads")
    [np.float64(4.0), np.float64(4.0), np.float64(4.0), np.float64(4.0)]
    """
    from concurrent.futures.process import BrokenProcessPool

    import dask

    from .progress import compute

    parts = _parts(data, -(-len(data) // (_SHARE * hands)))
    scheduling: AbstractContextManager[Any] = nullcontext()
    if scheduler is not None:
        scheduling = dask.config.set(
            scheduler="synchronous" if hands == 1 and pool is None else scheduler,
            num_workers=hands, pool=pool, chunksize=1,
        )  # fmt: skip
    elif isinstance(data, np.ndarray):
        # distributed warns of graphs that carry data
        parts = active_client().scatter(parts, hash=False)
    task = dask.delayed(_called, pure=False)
    packed = dask.delayed(call, traverse=False)
    try:
        with scheduling:
            return compute([task(packed, part) for part in parts], label="rows" if shown else None)
    except BrokenProcessPool as error:
        msg = (
            "the worker processes died; a script has to do its work below "
            "if __name__ == '__main__':, or ask for joblib_backend='threading'"
        )
        raise SidpyError(msg) from error


def _called(call: Callable[[Any], Any], part: Any) -> Any:
    return call(part)


def _parts(data: Any, rows: int) -> list[Any]:
    """Cut data along its first axis into blocks of about `rows`; lazy ones stay lazy."""
    if isinstance(data, np.ndarray):
        return [data[first : first + rows] for first in range(0, len(data), rows)]
    from sidpy.sid import plain

    whole = dict.fromkeys(range(1, data.ndim), -1)
    return list(plain(data).rechunk({0: rows, **whole}).to_delayed().ravel())


def _mapped(
    rows: Any, func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> list[Any]:
    return [func(row, *args, **kwargs) for row in rows]
