"""Work on all cores ends, also where other threads cannot help."""

from __future__ import annotations

import threading
import time

import h5py
import numpy as np
import pytest

from sidpy.base import parallel
from sidpy.base.parallel import each


@pytest.fixture(autouse=True)
def _three_cores(monkeypatch):
    monkeypatch.setattr(parallel, "logical_cores", lambda: 3)


def threads_of_work():
    """Return which threads work on a hundred things that take a moment."""
    threads = set()

    def work(_):
        time.sleep(0.002)
        threads.add(threading.get_ident())

    each(work, range(100))
    return threads


def test_several_threads_work():
    assert len(threads_of_work()) > 1


def test_work_within_work_ends():
    found = []
    each(lambda i: each(found.append, range(i)), range(20))

    assert len(found) == 190


def test_no_other_thread_works_in_a_function_that_visits_a_file(tmp_path):
    """h5py lets no other thread in meanwhile: both would wait for ever for each other."""
    path = tmp_path / "file.h5"
    with h5py.File(path, "w") as file:
        file["numbers"] = np.arange(4)
        found = file.visititems(lambda *_: threads_of_work())

    assert found == {threading.get_ident()}
