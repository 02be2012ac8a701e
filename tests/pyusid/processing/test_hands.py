"""Whoever computes, the results are the same; nothing is started that is not worth it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pyUSID.processing.hands import Hands
from pyUSID.processing.pace import Pace


@pytest.mark.slow
def test_a_script_without_a_guard_may_use_processes(tmp_path):
    """Processes get functions of the script by value, and do not run the script again."""
    (tmp_path / "work.py").write_text(
        "import h5py, numpy as np, pyUSID\n"
        "print('begun')\n"
        "class Twice(pyUSID.Process):\n"
        "    @staticmethod\n"
        "    def _map_function(row, factor):\n"
        "        import os\n"
        "        return np.array([factor * row.sum(), os.getpid()])\n"
        "    def _create_results_datasets(self):\n"
        "        self.h5_results_grp = pyUSID.hdf_utils.create_results_group(\n"
        "            self.h5_main, self.process_name)\n"
        "    def _write_results_chunk(self):\n"
        "        self.found = np.array(self._results)\n"
        "with h5py.File('any.h5', 'w') as file:\n"
        "    main = pyUSID.hdf_utils.write_main_dataset(\n"
        "        file, np.ones((40, 3)), 'Raw', 'Current', 'nA',\n"
        "        pyUSID.Dimension('X', 'nm', 40), pyUSID.Dimension('Bias', 'V', 3))\n"
        "    import pyUSID.processing.process as process\n"
        "    process.logical_cores = lambda: 2\n"
        "    twice = Twice(main, 'Twice', cores=2, executor='processes')\n"
        "    twice.compute(False, 2)\n"
        "    assert (twice.found[:, 0] == 6).all()\n"
        "    import os\n"
        "    print(os.getpid() not in twice.found[:, 1], len(set(twice.found[:, 1])) <= 2)\n"
    )
    ran = subprocess.run(
        [sys.executable, "work.py"],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split("\n")[:-1] == ["begun", "True True"]


@pytest.mark.distributed
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.filterwarnings("default")  # distributed closes its sockets late
def test_a_cluster_does_the_work(h5_main, kit, cluster, given):
    import os

    class Where(kit.Resumable):
        @staticmethod
        def _map_function(row):
            return row.mean() if os.getpid() != parent else -1.0

    parent = os.getpid()
    process = Where(h5_main, executor=cluster if given else None)
    np.testing.assert_array_equal(process.compute()["Mean"], kit.expected())


def scheduler(hand, left):
    return hand._scheduler(left)


def test_processes_are_started_only_where_they_are_worth_it():
    hand = Hands(None, 2)
    assert scheduler(hand, 10**6) == "serial"
    hand.took(10, 1.0)
    assert scheduler(hand, 20) == "serial"
    assert scheduler(hand, 1000) == "processes"
    assert scheduler(Hands("threads", 2), 1) == "threads"
    one = Hands(None, 1)
    one.took(1, 1.0)
    assert scheduler(one, 1000) == "serial"


def test_the_last_batch_counts_as_work_that_is_left_and_finds_processes_that_are_there():
    def process_of_rows(rows):  # local: sent by value, other processes cannot import this file
        return os.getpid()

    hand = Hands(None, 2)
    hand.took(1, 1.0)
    rows = np.zeros((8, 2))
    try:
        first = hand.map(process_of_rows, rows, 0)
        hand.took(8, 1e-6)
        second = hand.map(process_of_rows, rows, 0)
    finally:
        hand.close()

    assert os.getpid() not in {*first, *second}


class Unsendable:
    def __reduce__(self):
        msg = "not this one"
        raise TypeError(msg)


def test_a_function_that_cannot_be_sent_is_computed_here(caplog):
    open_file, rows = Unsendable(), np.zeros((7, 2))
    hand = Hands(None, 2)
    hand.took(1, 1.0)
    assert hand.map(lambda rows: (open_file, len(rows))[1], rows, 100) == [7]
    assert "not this one" in caplog.text
    assert hand._scheduler(100) == "serial"
    hand = Hands("processes", 2)
    with pytest.raises(TypeError, match="not this one"):
        hand.map(lambda rows: (open_file, len(rows))[1], rows, 100)
    hand.close()


def test_the_pace_grows_to_a_third_of_the_time_and_not_beyond():
    pace, sizes, first = Pace(seconds=1.0, hands=2), [], 0
    for _ in range(8):
        sizes.append(pace.size(10**9, first))
        first += sizes[-1]
        pace.took(sizes[-1], sizes[-1] * 0.001)
    assert sizes == [16, 128, *[1000] * 6]


def test_the_pace_is_as_fast_as_memory_allows():
    pace = Pace(seconds=10.0)
    assert pace.size(50.9) == 50
    pace.took(50, 1e-6)
    assert pace.size(50.9, 50) == 50


@pytest.mark.parametrize(("first", "size"), [(0, 96), (96, 96), (100, 92)])
def test_the_pace_ends_where_chunks_do(first, size):
    pace = Pace(seconds=10.0, align=32)
    pace.took(1000, 0.1)
    assert pace.size(100, first) == size


def test_chunks_that_are_longer_than_memory_are_taken_in_parts():
    assert Pace(seconds=10.0, align=1000).size(100, 50) == 100
