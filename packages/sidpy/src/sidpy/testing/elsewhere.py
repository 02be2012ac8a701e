"""What happens in an interpreter that has imported nothing."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sidpy.sid.dataset import Dataset

__all__ = ["computed_elsewhere", "imported_by_listing"]

_LIST = """
import json, sys, warnings
warnings.simplefilter("ignore")
import sidpy.plugins
sidpy.plugins.registry()
sys.stdout.write(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))
"""

_COMPUTE = """
import pickle, sys, warnings
warnings.simplefilter("ignore")
with open(sys.argv[1], "rb") as file:
    datasets = pickle.load(file)
with open(sys.argv[2], "wb") as file:
    pickle.dump([dataset.compute() for dataset in datasets], file)
"""


def imported_by_listing(modules: Sequence[str]) -> list[str]:
    """Return those of the modules that are loaded once all readers are listed."""
    found: list[str] = json.loads(_fresh_python(_LIST, *modules))
    return found


def computed_elsewhere(datasets: Sequence[Dataset], folder: Path) -> list[Any]:
    """Return the values of datasets, computed by a process that gets nothing else."""
    task, answer = folder / "datasets.pickle", folder / "values.pickle"
    task.write_bytes(pickle.dumps(list(datasets)))
    _fresh_python(_COMPUTE, str(task), str(answer))
    values: list[Any] = pickle.loads(answer.read_bytes())
    return values


def _fresh_python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
