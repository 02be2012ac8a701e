"""Running the ways of ``users.py`` whole, killed in the middle, and with the released packages."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import users

SCRIPT = Path(users.__file__)


@dataclass(frozen=True)
class Finished:
    """A file after one of the ways has been gone on it."""

    path: Path
    #: what the way calls a group of results -> its address
    groups: dict[str, str]
    #: for each stage, the positions in the order in which they were written
    computed: list[list[int]]
    #: whatever the simulation knows
    truth: object = field(default=None, compare=False)

    def read(self, group: str, name: str) -> np.ndarray:
        """Return a dataset of a group of results."""
        with h5py.File(self.path) as file:
            return file[self.groups[group]][name][()]


def go(way: str, path: Path, batch: int, truth: object = None) -> Finished:
    """Go a way to its end, in this process."""
    return Finished(path, **users.go(way, path, batch), truth=truth)


def go_and_die(way: str, path: Path, batch: int, stage: int = 0) -> None:
    """Go a way in a process that kills itself in the second batch of a stage."""
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), way, str(path), str(batch), str(stage), "1"],
        capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert ran.returncode == -signal.SIGKILL, ran.stderr


def go_with_released(ways: dict[str, Path], batch: dict[str, int]) -> dict[str, Finished] | None:
    """Go several ways with the released packages, in one process; None where they are not."""
    python = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not python:
        return None
    asked = [argument for way, path in ways.items() for argument in (way, str(path), batch[way])]
    ran = subprocess.run(
        [python, str(SCRIPT), "--several", *map(str, asked)],
        capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    return {way: Finished(ways[way], **found) for way, found in told.items()}


@dataclass(frozen=True)
class Interrupted:
    """What lay in a file when the process that wrote it was killed."""

    done: np.ndarray
    rest: np.ndarray


def mark_what_is_done(path: Path, status: str, name: str) -> tuple[Interrupted, bytes]:
    """Overwrite the results of the positions that are done, so that computing them again shows.

    ``status`` and ``name`` are the addresses of the flags and of a dataset of results. Returns
    what was done, and the bytes that one position of the results has from now on.
    """
    with h5py.File(path, "r+") as file:
        flags = file[status][()]
        done = np.flatnonzero(flags == 1)
        assert set(np.unique(flags)) <= {0, 1}
        results = file[name]
        mark = np.zeros(results.shape[1:], results.dtype)
        mark.view("u1")[...] = 0x3A  # no number that any of the processes finds
        for row in done:
            results[row] = mark
    return Interrupted(done, np.flatnonzero(flags == 0)), mark.tobytes()


def marked(path: Path, name: str, mark: bytes) -> list[int]:
    """Return the positions whose results are still the mark."""
    with h5py.File(path) as file:
        results = file[name][()]
    return [row for row in range(len(results)) if results[row].tobytes() == mark]


def assert_same_results(ours: Finished, theirs: Finished) -> None:
    """Compare every dataset in the groups of results of two files; NaN equals NaN."""
    with h5py.File(ours.path) as a, h5py.File(theirs.path) as b:
        for group in sorted(set(theirs.groups.values())):
            for name, item in b[group].items():
                if isinstance(item, h5py.Dataset):
                    _assert_same(a[group][name], item)


def _assert_same(ours: h5py.Dataset, theirs: h5py.Dataset) -> None:
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype), theirs.name
    for part in ours.dtype.names or [...]:
        np.testing.assert_allclose(
            ours[()][part], theirs[()][part], rtol=1e-6, atol=1e-12, err_msg=theirs.name
        )
