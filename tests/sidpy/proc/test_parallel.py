"""parallel_compute gives what a loop gives, on every scheduler."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import dask.array as da
import numpy as np
import pytest

from sidpy.errors import SidpyError
from sidpy.proc.comp_utils import parallel_compute

ROWS = np.random.default_rng(0).normal(size=(103, 7))


def weighted(row, weight, power=1):
    return float(weight * (row**power).sum())


EXPECTED = [weighted(row, 3.0, power=2) for row in ROWS]


@pytest.mark.parametrize("backend", ["threading", "sequential"])
@pytest.mark.parametrize("cores", [None, 1, 2])
def test_results_are_those_of_a_loop(backend, cores):
    found = parallel_compute(
        ROWS, weighted, cores=cores, func_args=[3.0], func_kwargs={"power": 2},
        joblib_backend=backend,
    )  # fmt: skip
    assert found == EXPECTED


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["multiprocessing"])
def test_processes_take_functions_that_have_no_name(backend, two_cores):
    found = parallel_compute(
        ROWS, lambda row: (os.getpid(), row.sum()), cores=2, lengthy_computation=True,
        joblib_backend=backend,
    )  # fmt: skip
    assert [total for _, total in found] == [row.sum() for row in ROWS]
    assert os.getpid() not in {process for process, _ in found}


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr("sidpy.proc.resources.cores.logical_cores", lambda: 2)


def test_threads_share_the_process(two_cores):
    found = parallel_compute(
        ROWS, lambda row: threading.current_thread().name, cores=2, lengthy_computation=True,
        joblib_backend="threading",
    )  # fmt: skip
    assert threading.main_thread().name not in found


def test_lazy_rows_are_read_block_by_block(two_cores):
    held, most = [0], []

    def block(values):
        held[0] += 1
        most.append(values.shape[0])
        return values

    lazy = da.from_array(ROWS, chunks=(10, 3)).map_blocks(block, dtype=float)
    lazy = lazy.rechunk((10, 7))
    most.clear()
    found = parallel_compute(
        lazy, weighted, cores=2, func_args=[3.0], func_kwargs={"power": 2},
        lengthy_computation=True, joblib_backend="threading",
    )  # fmt: skip
    assert found == EXPECTED
    assert max(most) <= 14


def test_rows_of_any_shape_and_none_at_all():
    assert parallel_compute(np.zeros((0, 3)), weighted) == []
    assert parallel_compute(np.arange(3.0), lambda number: number + 1) == [1, 2, 3]
    images = np.arange(24.0).reshape(2, 3, 4)
    assert parallel_compute(images, np.shape) == [(3, 4)] * 2


@pytest.mark.distributed
def test_an_active_cluster_does_the_work(cluster):
    found = parallel_compute(ROWS, lambda row: os.getpid())

    workers = set(cluster.run(os.getpid).values())
    assert set(found) <= workers


def test_errors_of_the_function_are_not_hidden(two_cores):
    def fails(row):
        msg = "row"
        raise ZeroDivisionError(msg)

    for lengthy in (False, True):
        with pytest.raises(ZeroDivisionError, match="row"):
            parallel_compute(ROWS, fails, lengthy_computation=lengthy, joblib_backend="threading")


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_what_to_do(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\n"
        "import sidpy.proc.resources.cores as cores\n"
        "cores.logical_cores = lambda: 2\n"
        "from sidpy.proc.comp_utils import parallel_compute\n"
        "parallel_compute(np.zeros((4, 2)), np.sum, cores=2, lengthy_computation=True)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 1
    assert f"{SidpyError.__name__}: the worker processes died" in done.stderr
    assert "__main__" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"data": [[1, 2]]}, TypeError),
        ({"data": np.float64(3)}, TypeError),
        ({"func": "sum"}, TypeError),
        ({"func_args": 3}, TypeError),
        ({"func_kwargs": [3]}, TypeError),
        ({"cores": 1.5}, TypeError),
        ({"joblib_backend": "bogus"}, ValueError),
    ],
)
def test_wrong_arguments_are_refused(arguments, error):
    with pytest.raises(error):
        parallel_compute(**{"data": ROWS, "func": np.sum, **arguments})
