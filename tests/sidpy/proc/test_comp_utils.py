"""Cores, memory and MPI: what the machine, the container and the job allow."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest

import sidpy
from sidpy import _memory
from sidpy.errors import MissingDependency
from sidpy.proc.comp_utils import (
    get_available_memory,
    get_MPI,
    group_ranks_by_socket,
    recommend_cpu_cores,
)


@pytest.fixture
def cores(monkeypatch):
    def there_are(number):
        monkeypatch.setattr("sidpy.proc.resources.cores.logical_cores", lambda: number)

    return there_are


#: What the released package recommends on eight logical cores: (short, lengthy).
EIGHT = {
    (100, None): (2, 6),
    (1000, None): (6, 6),
    (10, None): (1, 6),
    (100, 4): (4, 4),
    (10, 4): (1, 4),
    (1000, 20): (8, 8),
    (1000, -3): (3, 3),
    (119, None): (2, 6),
    (120, None): (6, 6),
}


@pytest.mark.parametrize(("jobs", "requested"), EIGHT)
def test_recommendations_on_eight_cores(cores, jobs, requested):
    cores(8)
    found = tuple(
        recommend_cpu_cores(jobs, requested, lengthy_computation=lengthy)
        for lengthy in (False, True)
    )
    assert found == EIGHT[jobs, requested]


@pytest.mark.parametrize(
    ("there", "spare", "expected"),
    [
        (1, None, 1), (2, None, 1), (4, None, 3), (5, None, 3), (16, None, 14),
        (8, 0, 8), (8, 3, 5), (8, 7, 1),
    ],
)  # fmt: skip
def test_some_cores_are_left_to_others(cores, there, spare, expected):
    cores(there)
    assert recommend_cpu_cores(10**6, min_free_cores=spare) == expected


def test_there_is_always_a_core_and_never_more_than_there_are(cores):
    choices = itertools.product((1, 39, 41, 1000), (None, 1, -7, 30), (None, 0), (False, True))
    for there in (1, 2, 3, 8):
        cores(there)
        for jobs, requested, spare, lengthy in choices:
            assert 1 <= recommend_cpu_cores(jobs, requested, spare, lengthy) <= there


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((0,), ValueError, "num_jobs"),
        ((1.5,), TypeError, "num_jobs"),
        ((10, 0), ValueError, "requested_cores is 0"),
        ((10, "2"), TypeError, "requested_cores"),
        ((10, None, 8), ValueError, "min_free_cores"),
        ((10, None, -1), ValueError, "min_free_cores"),
        ((10, None, 1.0), TypeError, "min_free_cores"),
    ],
)
def test_wrong_numbers_are_named(cores, arguments, error, words):
    cores(8)
    with pytest.raises(error, match=words):
        recommend_cpu_cores(*arguments)


def test_available_memory_is_a_positive_number_of_bytes():
    found = get_available_memory()
    assert isinstance(found, int)
    assert 2**20 < found <= _memory.total()


GIB = 2**30


def machine(root, total=16 * GIB, free=8 * GIB):
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(
        f"MemTotal: {total // 1024} kB\nMemAvailable:   {free // 1024} kB\nHugePages_Total: 0\n"
    )
    return root


def group(folder, names, limit, used, statistics=""):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in zip(names, (limit, used), strict=True):
        (folder / name).write_text(f"{value}\n")
    (folder / "memory.stat").write_text(statistics)


V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes")
V2 = ("memory.max", "memory.current")


def test_a_machine_without_limits(tmp_path):
    root = machine(tmp_path)
    assert (_memory.total(root), _memory.available(root)) == (16 * GIB, 8 * GIB)


def test_a_container_of_control_groups_2(tmp_path):
    root = machine(tmp_path)
    (root / "proc/self/cgroup").write_text("0::/\n")
    group(root / "sys/fs/cgroup", V2, 4 * GIB, 3 * GIB, f"anon 5\ninactive_file {2 * GIB}\n")
    assert (_memory.total(root), _memory.available(root)) == (4 * GIB, 3 * GIB)


def test_the_tightest_group_above_counts(tmp_path):
    """The group of the process has no limit, but the job it belongs to has."""
    root = machine(tmp_path)
    (root / "proc/self/cgroup").write_text("0::/job/step\n")
    group(root / "sys/fs/cgroup/job/step", V2, "max", GIB)
    group(root / "sys/fs/cgroup/job", V2, 2 * GIB, GIB)
    assert (_memory.total(root), _memory.available(root)) == (2 * GIB, GIB)


def test_a_job_of_control_groups_1(tmp_path):
    root = machine(tmp_path)
    (root / "proc/self/cgroup").write_text("5:cpu,cpuacct:/x\n4:memory:/slurm/job\n0::/\n")
    group(root / "sys/fs/cgroup/memory/slurm/job", V1, GIB, GIB // 2)
    group(root / "sys/fs/cgroup/memory", V1, 2**63 - 4096, 9 * GIB)
    assert (_memory.total(root), _memory.available(root)) == (GIB, GIB // 2)


def test_the_path_of_the_host_is_not_there_in_a_container(tmp_path):
    root = machine(tmp_path)
    (root / "proc/self/cgroup").write_text("4:memory:/docker/abcdef\n")
    group(root / "sys/fs/cgroup/memory", V1, 3 * GIB, GIB)
    assert (_memory.total(root), _memory.available(root)) == (3 * GIB, 2 * GIB)


def test_more_in_use_than_allowed_is_nothing_left(tmp_path):
    root = machine(tmp_path)
    (root / "proc/self/cgroup").write_text("0::/\n")
    group(root / "sys/fs/cgroup", V2, GIB, 2 * GIB)
    assert _memory.available(root) == 0


def test_the_memory_budget_follows_the_container(monkeypatch):
    monkeypatch.setattr("sidpy._memory.total", lambda: 4 * GIB)
    assert sidpy.config.memory_budget == GIB
    monkeypatch.setattr("sidpy._memory.total", lambda: None)
    assert sidpy.config.memory_budget == 2 * GIB
    monkeypatch.setattr("sidpy._memory.available", lambda: None)
    assert get_available_memory() == 2 * GIB


class FakeMPI:
    """Three ranks on two nodes."""

    class COMM_WORLD:  # noqa: N801 - its name in MPI
        @staticmethod
        def Get_size():
            return 3

        @staticmethod
        def allgather(_name):
            return ["left", "right", "left"]

    @staticmethod
    def Get_processor_name():
        return "left"


def test_ranks_are_grouped_by_node(monkeypatch):
    import types

    package = types.ModuleType("mpi4py")
    package.MPI = FakeMPI
    monkeypatch.setitem(sys.modules, "mpi4py", package)

    assert get_MPI() is FakeMPI
    np.testing.assert_array_equal(group_ranks_by_socket(), [0, 1, 0])


def test_without_mpi(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)

    assert get_MPI() is None
    with pytest.raises(MissingDependency, match="pip install mpi4py"):
        group_ranks_by_socket()


def test_the_module_is_found_where_it_was_promised():
    assert sidpy.comp_utils is sidpy.proc.comp_utils
    assert sidpy.comp_utils.get_available_memory is get_available_memory
