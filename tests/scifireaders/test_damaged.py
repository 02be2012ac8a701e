"""Randomly damaged files of every format are read or refused, and nothing else.

``tests/together/damage.py --reader vendor`` says how, and repeats a case by its number.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "together"))
import damage

#: Of each file; SIDPY_DAMAGED=2000 damages them more often.
TIMES = int(os.environ.get("SIDPY_DAMAGED", "40"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is that of Linux")
@pytest.mark.parametrize(("seed", "times"), [(11, TIMES), (0, damage.STEPS)], ids=["any", "each"])
def test_damaged_files_of_all_formats_are_read_or_refused(seed, times):
    with tempfile.TemporaryDirectory() as folder:
        count = times * len(damage.make_samples(Path(folder), "vendor"))

    endings, words = damage.run(count, seed=seed, reader="vendor")

    bad = {n: (words[n], ending) for n, ending in endings.items() if damage.is_bad(ending)}
    assert not bad, json.dumps(bad, indent=1)
    assert len(endings) == count
    assert {"read", "refused"} <= set(endings.values())
