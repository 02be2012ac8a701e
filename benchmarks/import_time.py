"""Claims: importing all five costs at most 1.5 times numpy; a Dataset 1.15 times dask.array."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from _table import Table, finish

PACKAGES = ("sidpy", "pyNSID", "pyUSID", "SciFiReaders", "pycroscopy")


def seconds(code: str) -> float:
    """Return the seconds that code takes in a fresh interpreter, its own start left out."""
    timed = (
        "from time import perf_counter; started = perf_counter(); "
        f"{code}; print(perf_counter() - started)"
    )
    return float(subprocess.check_output([sys.executable, "-c", timed]))


def importing(*names: str) -> partial[float]:
    """Return the measurement of an import."""
    return partial(seconds, f"import {', '.join(names)}")


if __name__ == "__main__":
    table = Table("import, beside import numpy", limit=1.5)
    for name in PACKAGES:
        table.seconds(name, ours=importing(name), numpy=importing("numpy"))
    table.seconds("all five", ours=importing(*PACKAGES), numpy=importing("numpy"))
    first = Table("the first Dataset, beside import dask.array", limit=1.15)
    first.repeats = 5  # seconds each
    first.seconds(
        "sidpy.Dataset",
        ours=partial(seconds, "import sidpy; sidpy.Dataset"),
        dask=importing("dask.array"),
    )
    finish(table, first)
