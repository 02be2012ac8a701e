"""Claim: listing all readers costs no more than three times finding their entry points.

Finding the entry points of one group means looking through every installed distribution;
that is the price of plugins without registration, about 5 ms for 200 distributions.  What
sidpy adds is importing and checking the descriptions, and that is done once per process.
"""

from __future__ import annotations

import tempfile
import warnings
from importlib.metadata import entry_points
from pathlib import Path

from _table import Table

from sidpy import plugins
from sidpy.plugins import Probe


def list_readers() -> plugins.Registry:
    """Find and check every plugin, as the first call of a process does."""
    plugins.reset()
    return plugins.registry()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = list_readers()
    path = Path(tempfile.mkdtemp(), "unknown.data")
    path.write_bytes(b"no reader knows this " * 10_000)
    table = Table(f"{len(found.readers)} readers of {len(found.plugins)} plugins", limit=3.0)
    table.row("listing", ours=list_readers, entry_points=lambda: entry_points(group="sidpy"))
    table.finish()
    choosing = Table("choosing among them, beside one look at the file")
    choosing.row("explain", ours=lambda: plugins.explain(path), probe=lambda: Probe.of(path))
    choosing.finish()
