"""How many cores a map over many positions deserves."""

from __future__ import annotations

import logging
from numbers import Integral

from sidpy.errors import LabelTypeError, LabelValueError

from .scheduling import logical_cores

__all__ = ["recommend_cpu_cores"]

logger = logging.getLogger(__name__)

#: Short jobs a core must have to be worth starting, and jobs each then gets.
_FEWEST, _SHARE = 20, 40


def recommend_cpu_cores(
    num_jobs: int,
    requested_cores: int | None = None,
    min_free_cores: int | None = None,
    lengthy_computation: bool = False,  # noqa: FBT001, FBT002 - as in the released package
    verbose: bool = False,  # noqa: FBT001, FBT002 - the same
) -> int:
    """Return the number of cores to use for independent jobs.

    Parameters
    ----------
    num_jobs : int
        Calls to make, for instance the number of spectra.
    requested_cores : int, optional
        As many as there are at most; a negative number counts by its magnitude.
    min_free_cores : int, optional
        Left to the rest of the machine when nothing was requested: by default two of more
        than four cores, none of one, else one.
    lengthy_computation : bool
        Whether one job takes so long that starting a process for a few is worth it.
        Otherwise a core with less than twenty jobs is not, and each gets forty.
    verbose : bool
        Log the reasons as information.

    Raises
    ------
    TypeError
        For numbers that are not whole.
    ValueError
        Without a job, for no core at all, and when no core would be left to work.

    Examples
    --------
    >>> recommend_cpu_cores(10)
    1
    """
    jobs = _whole(num_jobs, "num_jobs")
    if jobs < 1:
        msg = f"num_jobs should be 1 or more, found {jobs}"
        raise LabelValueError(msg)
    there = logical_cores()
    spare = _spare_cores(there, min_free_cores)
    cores = max(1, there - spare)
    if requested_cores is not None:
        cores = min(abs(_whole(requested_cores, "requested_cores")), there)
        if not cores:
            msg = "requested_cores is 0: nobody would work; 1 works without other processes"
            raise LabelValueError(msg)
    if not lengthy_computation and jobs < _FEWEST * cores:
        cores = max(1, min(cores, jobs // _SHARE))
    logger.log(
        logging.INFO if verbose else logging.DEBUG,
        "%d of %d cores for %d jobs (requested: %s, left free: %d, lengthy: %s)",
        cores, there, jobs, requested_cores, spare, bool(lengthy_computation),
    )  # fmt: skip
    return cores


def _spare_cores(there: int, wanted: int | None) -> int:
    if wanted is None:
        return 2 if there > 4 else min(there - 1, 1)
    wanted = _whole(wanted, "min_free_cores")
    if not 0 <= wanted < there:
        msg = f"min_free_cores should leave one of {there} cores to work, found {wanted}"
        raise LabelValueError(msg)
    return wanted


def _whole(value: int, name: str) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool):
        msg = f"{name} should be a whole number, found {value!r}"
        raise LabelTypeError(msg)
    return int(value)
