"""Computations over all positions of a main dataset, complete even if they are interrupted.

A subclass says what is computed for a position, where results go and how they are written;
`Process` reads batches of positions, has them computed, keeps account of what is done and
finds results that are there already.
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from pyUSID.io.main import check_if_main, require_main
from pyUSID.io.results import check_for_old
from pyUSID.io.usi_data import USIDataset
from sidpy.errors import LabelValueError, SidpyError
from sidpy.hdf.attrs import put_texts
from sidpy.hdf.flushing import one_flush
from sidpy.proc.comp_utils import (
    get_available_memory,
    get_MPI,
    group_ranks_by_socket,
    parallel_compute,
    recommend_cpu_cores,
)
from sidpy.proc.progress import counted
from sidpy.proc.resources.scheduling import logical_cores

from .arguments import checked_arguments, checked_cores, checked_memory, require_settled
from .earlier import Position, sorted_groups, states
from .failures import BlockCall, Failure, RowCall, nothing_like
from .hands import Hands, checked_executor
from .ledger import Ledger, allotted, held_together
from .pace import Pace, none_alone
from .ranks import Ranks, communicator, fresh

if TYPE_CHECKING:
    import h5py
    from numpy.typing import NDArray

__all__ = [
    "Process", "USIDataset", "check_for_old", "check_if_main", "get_MPI", "get_available_memory",
    "group_ranks_by_socket", "parallel_compute", "recommend_cpu_cores",
]  # fmt: skip

logger = logging.getLogger(__name__)

#: Positions that may fail before one succeeds.
_PATIENCE: Final = 16
#: Bytes of a block of lazy data.
_BLOCK: Final = 2**24


def _is_stretch(rows: NDArray[np.intp]) -> bool:
    return bool(rows.size and rows[-1] - rows[0] + 1 == rows.size)


class Process:
    """A computation over the positions of a main dataset.

    Inherit, and define `_map_function` (or `_map_block`), `_create_results_datasets`,
    `_write_results_chunk` and, to be able to resume, `_get_existing_datasets`.

    Parameters
    ----------
    h5_main : h5py.Dataset
        The source.
    process_name : str
        What is done; part of the name of the group of results.
    parms_dict : dict, optional
        Parameters: results with the same ones are not computed again. The object is kept.
    cores : int, optional
        Threads or processes; a negative number counts by its magnitude. By default one of up
        to four cores is left to others, and two of more.
    max_mem_mb : int, MB
        Memory to use at most.
    mem_multiplier : float
        How many times the bytes of a position are needed to compute it.
    lazy : bool
        Let `data` be a dask array, which is read where it is computed.
    h5_target_group : h5py.Group, optional
        Where results are, also in another file; beside the source by default.
    verbose : bool
        Log what happens as information.
    executor : {"serial", "threads", "processes"} or distributed.Client, optional
        Who computes blocks of positions. By default the active distributed client, or
        processes where the work is worth starting them.
    checkpoint_every : float, s
        Longest time after which what is done is kept in the file; checked after each batch,
        and batches are so small that several fit in.

    Attributes
    ----------
    data : array of shape (rows, ...)
        The batch that is worked on, None at the end.
    h5_results_grp : h5py.Group
        The results, None before they are created or found.
    duplicate_h5_groups, partial_h5_groups : list of h5py.Group
        Results with the same source, name and parameters: complete and interrupted ones.

    Raises
    ------
    ValueError
        When `h5_main` is no main dataset, `mem_multiplier` less than one, or `executor`
        unknown.
    TypeError
        For a wrong type of any argument.
    OSError
        When the file of the results is open for reading only, or a kill left a change of the
        file of the source that has to be finished first.

    Notes
    -----
    Nothing is written before `compute` is called. A position whose function raises an error
    is marked, filled with NaN and reported at the end; the others are computed, and the next
    `compute` tries it again.

    Examples
    --------
    >>> import h5py, numpy as np, pyUSID
    >>> class Mean(pyUSID.Process):
    ...     @staticmethod
    ...     def _map_block(rows):
    ...         return rows.mean(axis=1)
    ...     def _create_results_datasets(self):
    ...         self.h5_results_grp = pyUSID.hdf_utils.create_results_group(
    ...             self.h5_main, self.process_name, self._h5_target_group)
    ...         self.h5_results_grp.create_dataset("Mean", len(self.h5_main), "f4")
    ...     def _get_existing_datasets(self):
    ...         pass
    ...     def _write_results_chunk(self):
    ...         rows = self._get_rows_in_current_batch()
    ...         self.h5_results_grp["Mean"][rows] = self._results
    >>> file = h5py.File("mean.h5", "w", driver="core", backing_store=False)
    >>> h5_main = pyUSID.hdf_utils.write_main_dataset(
    ...     file, np.arange(6.0).reshape(3, 2), "Raw", "Current", "nA",
    ...     pyUSID.Dimension("X", "nm", 3), pyUSID.Dimension("Bias", "V", 2))
    >>> Mean(h5_main, "Average").compute()["Mean"][:]
    array([0.5, 2.5, 4.5], dtype=float32)
    >>> Mean(h5_main, "Average").duplicate_h5_groups
    [<HDF5 group "/Raw-Average_000" (2 members)>]
    """

    #: Defaults of what hooks may read before the constructor has come to it.
    mpi_comm: Any = None
    mpi_rank: int = 0
    mpi_size: int = 1
    data: Any = None
    _results: Any = None
    h5_results_grp: Any = None
    _h5_status_dset: Any = None
    _status_dset_name: str = "completed_positions"
    _max_pos_per_read: float = 1
    _batch: Any = None
    _hands: Any = None
    _pace: Any = None
    _jobs: Any = None
    _ranks: Any = None
    _made: Any = None
    _example: ClassVar[tuple[Any, ...]] = ()
    _failed: ClassVar[dict[int, Failure]] = {}

    def __init__(  # noqa: PLR0913, PLR0917 - released signature
        self,
        h5_main: h5py.Dataset,
        process_name: str,
        parms_dict: dict[str, Any] | None = None,
        cores: int | None = None,
        max_mem_mb: int = 4096,
        mem_multiplier: float = 1.0,
        lazy: bool = False,  # noqa: FBT001, FBT002 - released signature
        h5_target_group: h5py.Group | None = None,
        verbose: bool = False,  # noqa: FBT001, FBT002 - released signature
        *,
        executor: Any = None,
        checkpoint_every: float = 30.0,
    ) -> None:
        self.mpi_comm = communicator()
        if self.mpi_comm is not None:
            self.mpi_rank, self.mpi_size = self.mpi_comm.Get_rank(), self.mpi_comm.Get_size()
        require_settled(h5_main)
        require_main(h5_main)
        self._h5_target_group = checked_arguments(
            h5_main, process_name, parms_dict, h5_target_group, self._needs_to_write(h5_main)
        )
        self.h5_main = h5_main if isinstance(h5_main, USIDataset) else USIDataset(h5_main)
        self.process_name = process_name
        self.parms_dict: Any = {} if parms_dict is None else parms_dict
        self.verbose = bool(verbose)
        self.lazy = bool(lazy)
        self.executor = checked_executor(executor)
        self.checkpoint_every = float(checkpoint_every)
        self._set_memory_and_cores(
            cores=cores, man_mem_limit=max_mem_mb, mem_multiplier=mem_multiplier
        )
        self.duplicate_h5_groups, self.partial_h5_groups = self._check_for_duplicates()

    def _needs_to_write(self, h5_main: h5py.Dataset) -> bool:
        return self.mpi_rank == 0 or h5_main.file.driver == "mpio"

    def _log(self, message: str, *values: Any) -> None:
        logger.log(logging.INFO if self.verbose else logging.DEBUG, message, *values)

    # --- hooks ----------------------------------------------------------------------

    def test(self, **kwargs: Any) -> Any:
        """Try the computation on a position without writing anything; for subclasses."""
        msg = f"{type(self).__name__} has no test()"
        raise NotImplementedError(msg)

    @staticmethod
    def _map_function(*args: Any, **kwargs: Any) -> Any:
        """Return the result for the values of one position, its first argument."""
        msg = "_map_function, or _map_block for whole blocks, has to be defined"
        raise NotImplementedError(msg)

    #: Optional, a function like `_map_function` that takes a block of shape (rows, columns)
    #: and returns a result for each row, best as an array; used instead of it.
    _map_block: Any = None

    def _create_results_datasets(self) -> None:
        """Create the group and the datasets of results; set `h5_results_grp`."""
        msg = f"{type(self).__name__} has to define _create_results_datasets"
        raise NotImplementedError(msg)

    def _get_existing_datasets(self) -> None:
        """Take the datasets of results from `h5_results_grp`, to go on writing there."""
        msg = f"{type(self).__name__} cannot resume: it has no _get_existing_datasets"
        raise NotImplementedError(msg)

    def _write_results_chunk(self) -> None:
        """Write `_results` to the rows `_get_pixels_in_current_batch()` of the results."""
        msg = f"{type(self).__name__} has to define _write_results_chunk"
        raise NotImplementedError(msg)

    def _read_data_chunk(self) -> None:
        """Let `data` be the next batch of positions, None when all are done."""
        rows = self._next_rows()
        self._batch = rows
        if not rows.size:
            self.data = None
            return
        where = self._get_rows_in_current_batch()
        self.data = self._lazy_rows(where) if self.lazy else self.h5_main[where]

    def _unit_computation(self, *args: Any, **kwargs: Any) -> None:
        """Turn `data` into `_results`, one for each position.

        Parameters
        ----------
        *args, **kwargs
            Further arguments of `_map_function` or `_map_block`.
        """
        if self._map_block is None:
            call: Any = RowCall(self._map_function, args, kwargs)
        else:
            call = BlockCall(self._map_block, args, kwargs)
        hands = self._hands or Hands("serial", 1)
        left = 0 if self._jobs is None else self._jobs.size
        self._results = self._without_failures(hands.map(call, self.data, left))

    def _set_memory_and_cores(
        self,
        cores: int | None = None,
        man_mem_limit: int | None = None,
        mem_multiplier: float = 1.0,
    ) -> None:
        """Decide how many cores work, and how many positions are in memory.

        Parameters
        ----------
        cores : int, optional
            As for the class.
        man_mem_limit : int, MB, optional
            Memory to use at most.
        mem_multiplier : float
            As for the class.
        """
        self._cores = 1 if self.mpi_size > 1 else checked_cores(cores, logical_cores())
        memory = checked_memory(man_mem_limit, mem_multiplier, get_available_memory())
        position = self.h5_main.dtype.itemsize * self.h5_main.shape[1] * mem_multiplier
        self._max_pos_per_read = max(1, int(memory / self._cores / max(position, 1)))
        self._log("%d cores, up to %d positions at a time", self._cores, self._max_pos_per_read)

    # --- what was computed before -----------------------------------------------------

    def _check_for_duplicates(self) -> tuple[list[h5py.Group], list[h5py.Group]]:
        """Return groups with the same source, name and parameters: complete, interrupted."""
        groups = check_for_old(
            self.h5_main,
            self.process_name,
            new_parms=self.parms_dict or {},
            h5_parent_goup=self._h5_target_group,
        )
        found = sorted_groups(groups, self._status_dset_name, self.h5_main.shape[0])
        self._log("%d complete and %d interrupted results", *map(len, found))
        return found

    def use_partial_computation(self, h5_partial_group: h5py.Group | None = None) -> None:
        """Choose interrupted results that `compute` goes on with.

        Parameters
        ----------
        h5_partial_group : h5py.Group, optional
            One of `partial_h5_groups`; the last of them by default.

        Raises
        ------
        ValueError
            When there are none, or it is none of them.
        """
        if not self.partial_h5_groups:
            msg = f"no interrupted {self.process_name!r} of {self.h5_main.name} was found"
            raise LabelValueError(msg)
        if h5_partial_group is None:
            h5_partial_group = self.partial_h5_groups[-1]
        elif h5_partial_group not in self.partial_h5_groups:
            names = [group.name for group in self.partial_h5_groups]
            msg = f"{h5_partial_group!r} is none of the interrupted results {names}"
            raise LabelValueError(msg)
        self.h5_results_grp = h5_partial_group

    def _is_resumable(self) -> bool:
        return (
            type(self)._get_existing_datasets is not Process._get_existing_datasets
            or "_get_existing_datasets" in vars(self)
        )

    # --- the computation --------------------------------------------------------------

    def compute(self, override: bool = False, *args: Any, **kwargs: Any) -> h5py.Group:  # noqa: FBT001, FBT002 - released signature
        """Compute what is missing, and return the results.

        Parameters
        ----------
        override : bool
            Compute everything once more, into another group.
        *args, **kwargs
            For `_unit_computation`, which hands them to `_map_function`.

        Returns
        -------
        h5py.Group
            Complete results; those of an earlier computation if there are any.

        Raises
        ------
        Exception
            What a hook raised, or the function at the first positions if it fails at each.

        Warns
        -----
        UserWarning
            When positions failed, with their number and the first of them.

        Notes
        -----
        When it is interrupted, by an error, by Ctrl-C or by a kill, what was written until
        the last checkpoint counts; a new instance goes on there.
        """
        if self.mpi_size > 1 and not self._writes_with_others():
            return self._compute_together(override, args, kwargs)
        return self._compute(override, args, kwargs)

    def _compute_together(self, override: Any, args: Any, kwargs: Any) -> h5py.Group:
        """Compute in all processes of an MPI job, of which the first alone writes."""
        ranks = Ranks(self.mpi_comm)
        if self.mpi_rank:
            told = ranks.serve()
            if isinstance(told, str):
                msg = f"rank 0 failed: {told}"
                raise SidpyError(msg)
            self.h5_results_grp = fresh(*told)
            return self.h5_results_grp
        self._ranks, told = ranks, "it was interrupted"
        try:
            ranks.gather()
            group = self._compute(override, args, kwargs)
            told = (group.file.filename, group.name)
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._ranks = None
            ranks.dismiss(told)
        return group

    def _compute(self, override: Any, args: Any, kwargs: Any) -> h5py.Group:
        if override:
            if self._made is not None and self._made == (
                self.h5_results_grp, self._status_dset_name,
            ):  # fmt: skip
                self.h5_results_grp = None
        elif self._found_complete():
            return self.h5_results_grp
        with ExitStack() as stack:
            target = self._h5_target_group.file
            writable = [f for f in (target, self.h5_main.file) if f.mode != "r"]
            stack.enter_context(held_together(*writable))
            ledger, align = self._begun()
            stack.callback(ledger.close)
            self._run(ledger, align, args, kwargs)
        self._made = (self.h5_results_grp, self._status_dset_name)
        return self.h5_results_grp

    def _found_complete(self) -> bool:
        """Take earlier results; whether nothing is left to do."""
        if self.duplicate_h5_groups:
            self.h5_results_grp = self.duplicate_h5_groups[-1]
            known = states(self.h5_results_grp, self._status_dset_name, self.h5_main.shape[0])
            failed = known is not None and bool(np.any(known == Position.FAILED))
            return not (failed and self._is_resumable())
        if self.partial_h5_groups and self.h5_results_grp is None and self._is_resumable():
            self.use_partial_computation()
        return False

    def _begun(self) -> tuple[Ledger, int]:
        """Create or reopen the results."""
        target = self._h5_target_group.file
        with one_flush(target):
            self._create_or_reopen()
            group, count = self.h5_results_grp, self.h5_main.shape[0]
            align = allotted(group, count)
            ledger = Ledger(group, self._status_dset_name, count)
        self._h5_status_dset = ledger.status
        return ledger, align

    def _create_or_reopen(self) -> None:
        if self.h5_results_grp is not None:
            self._get_existing_datasets()
            return
        self._create_results_datasets()
        if self.h5_results_grp is None:
            msg = f"{type(self).__name__}._create_results_datasets set no h5_results_grp"
            raise NotImplementedError(msg)
        self._write_source_dset_provenance()

    def _run(self, ledger: Ledger, align: int, args: Any, kwargs: Any) -> None:
        """Read, compute and write batch after batch."""
        self._jobs = self._share(ledger.todo())
        self._log("%d of %d positions are left", self._jobs.size, len(ledger.states))
        self._hands = Hands(self.executor, self._cores, self._ranks)
        self._pace = Pace(self.checkpoint_every / 3, self._hands.count, align)
        self._example = ()
        others = [file for file in [self.h5_main.file] if file.mode != "r"]
        done = len(ledger.states) - self._jobs.size
        try:
            with counted(self.process_name, len(ledger.states), done) as advance:
                self._loop(ledger, others, advance, args, kwargs)
        finally:
            self._hands.close()
            self._hands = self._jobs = None
            ledger.checkpoint(*others)

    def _loop(self, ledger: Ledger, others: Any, advance: Any, args: Any, kwargs: Any) -> None:
        kept = began = time.monotonic()
        self._read_data_chunk()
        while self.data is not None:
            self._failed = {}
            rows, start = self._get_pixels_in_current_batch(), time.monotonic()
            self._unit_computation(*args, **kwargs)
            self._hands.took(len(rows), time.monotonic() - start)
            if len(self._failed) < len(rows) or self._example:
                self._write_results_chunk()
            else:
                self._give_up(ledger)
            ledger.finished(rows, self._failed)
            advance(len(rows))
            now = time.monotonic()
            self._pace.took(len(rows), now - began)
            if now - kept >= self.checkpoint_every and not self._writes_with_others():
                ledger.checkpoint(*others)
                kept = now
            began = time.monotonic()
            self._read_data_chunk()

    def _give_up(self, ledger: Ledger) -> None:
        """Raise what every position raised so far, when these are many or all."""
        failed = {**ledger.failed, **self._failed}
        if len(failed) >= _PATIENCE or not self._jobs.size:
            raise next(iter(failed.values())).error

    def _share(self, todo: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return what this process reads: everything, unless all processes write."""
        if not self._writes_with_others():
            return todo
        each = todo.size // self.mpi_size
        last = todo.size if self.mpi_rank == self.mpi_size - 1 else each * (self.mpi_rank + 1)
        return todo[each * self.mpi_rank : last]

    def _writes_with_others(self) -> bool:
        """Whether all processes write, and have to flush together."""
        return self.mpi_size > 1 and self.h5_main.file.driver == "mpio"

    def _next_rows(self) -> NDArray[np.intp]:
        """Take the next positions from those that are left."""
        if self._jobs is None or not self._jobs.size:
            return np.zeros(0, np.intp)
        most = self._max_pos_per_read
        size = self._pace.size(most, int(self._jobs[0]))
        size = none_alone(size, most, self._jobs.size)
        rows, self._jobs = self._jobs[:size], self._jobs[size:]
        return rows

    def _lazy_rows(self, where: Any) -> Any:
        import dask.array as da

        width = max(1, self.h5_main.shape[1] * self.h5_main.dtype.itemsize)
        rows = max(1, min(int(self._max_pos_per_read), _BLOCK // width))
        whole = da.from_array(self.h5_main, chunks=(rows, -1), name=False, lock=True)
        return whole[where]

    def _get_pixels_in_current_batch(self) -> NDArray[np.intp]:
        """Return the row numbers of the batch, increasing."""
        return np.zeros(0, np.intp) if self._batch is None else self._batch

    def _get_rows_in_current_batch(self) -> slice | NDArray[np.intp]:
        """Return the rows of the batch as HDF5 takes them fastest, as a slice if it can be."""
        rows = self._get_pixels_in_current_batch()
        return slice(int(rows[0]), int(rows[-1]) + 1) if _is_stretch(rows) else rows

    def _without_failures(self, found: list[Any]) -> Any:
        """Join the results of blocks, with something that says "nothing" where one failed."""
        if found and all(isinstance(part, np.ndarray) for part in found):
            self._example = (found[0][0],)
            return found[0] if len(found) == 1 else np.concatenate(found)
        results = [result for part in found for result in part]
        failed = {i: one for i, one in enumerate(results) if isinstance(one, Failure)}
        if not self._example and len(failed) < len(results):
            self._example = (next(one for one in results if not isinstance(one, Failure)),)
        if failed:
            rows = self._get_pixels_in_current_batch()
            if len(results) != len(rows):  # which position failed is not known
                raise next(iter(failed.values())).error
            self._failed = {int(rows[i]): one for i, one in failed.items()}
            if self._example:
                nothing = self._nothing(next(iter(failed.values())))
                results = [nothing if i in failed else one for i, one in enumerate(results)]
        return results

    def _nothing(self, failure: Failure) -> Any:
        try:
            return nothing_like(self._example[0])
        except TypeError as error:
            failure.error.add_note(str(error))
            raise failure.error from error

    def _write_source_dset_provenance(self) -> None:
        """Write where the source is, when the results are in another file."""
        if self.h5_results_grp.file != self.h5_main.file:
            texts = {
                "source_file_path": str(self.h5_main.file.filename),
                "source_dataset_path": str(self.h5_main.name),
            }
            put_texts(self.h5_results_grp, texts)

    def _estimate_compute_time_per_pixel(self, *args: Any, **kwargs: Any) -> float:
        """Return the seconds that a position takes, found by trying a few.

        Parameters
        ----------
        *args, **kwargs
            Further arguments of `_map_function` or `_map_block`.
        """
        count = self.h5_main.shape[0]
        rows = np.unique(np.linspace(0, count - 1, min(count, 5)).astype(int))
        data = self.h5_main[rows]
        began = time.perf_counter()
        if self._map_block is not None:
            self._map_block(data, *args, **kwargs)
        else:
            for row in data:
                self._map_function(row, *args, **kwargs)
        return (time.perf_counter() - began) / len(rows)
