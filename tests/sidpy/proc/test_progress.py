"""Progress: the values come back in order, and a bar appears where somebody looks."""

from __future__ import annotations

import sys
import types

import dask
import pytest

from sidpy.proc import progress


@dask.delayed
def squared(number):
    return number**2


def test_values_come_back_in_order():
    assert progress.compute([squared(n) for n in (3, 1, 2)], label="squares") == [9, 1, 4]
    assert progress.compute([], label="nothing") == []


def test_the_bar_counts_the_tasks_of_local_schedulers(monkeypatch):
    bars = []

    class Bar:
        def __init__(self, **options):
            self.options, self.total, self.count = options, None, 0
            bars.append(self)

        def reset(self, total):
            self.total = total

        def update(self):
            self.count += 1

        def close(self):
            self.closed = True

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    progress.compute([squared(n) for n in range(5)], label="squares")

    [bar] = bars
    assert bar.total == bar.count == 5
    assert bar.options["desc"] == "squares"
    assert bar.closed


def test_the_bar_is_closed_after_an_error(monkeypatch):
    @dask.delayed
    def fails():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        progress.compute([fails()], label="failing")


@pytest.mark.distributed
def test_a_cluster_shows_its_own_bar_to_those_who_look(cluster, monkeypatch):
    import time

    shown = []
    monkeypatch.setattr("sidpy.proc.progress._DELAY", 0.2)
    monkeypatch.setattr("distributed.progress", lambda futures, notebook: shown.append(notebook))
    slow = dask.delayed(lambda n: (time.sleep(0.6), n)[1], pure=False)
    assert progress.compute([slow(1)], label="unseen") == [1]
    assert shown == []

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert progress.compute([slow(2)], label="seen") == [2]
    assert shown == [False]

    ipython = types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(kernel=1))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert progress.compute([slow(3)], label="in a notebook") == [3]
    assert shown == [False, True]

    fails = dask.delayed(lambda: 1 / 0, pure=False)
    with pytest.raises(ZeroDivisionError):
        progress.compute([fails()], label="failing")
