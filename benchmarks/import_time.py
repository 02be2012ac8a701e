"""Claim: importing all five packages costs less than twice what importing numpy costs."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from _table import Table

PACKAGES = ("sidpy", "pyNSID", "pyUSID", "SciFiReaders", "pycroscopy")


def importing(*names: str) -> float:
    """Return the seconds an import takes in a fresh interpreter, its own start left out."""
    code = (
        "from time import perf_counter; started = perf_counter(); "
        f"import {', '.join(names)}; print(perf_counter() - started)"
    )
    return float(subprocess.check_output([sys.executable, "-c", code]))


if __name__ == "__main__":
    table = Table("import, beside import numpy", limit=2.0)
    for name in PACKAGES:
        table.seconds(name, ours=partial(importing, name), numpy=partial(importing, "numpy"))
    table.seconds(
        "all five", ours=partial(importing, *PACKAGES), numpy=partial(importing, "numpy")
    )
    table.finish()
