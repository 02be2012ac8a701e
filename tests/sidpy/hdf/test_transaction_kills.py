"""A program that is killed at any call of the system leaves the old file or the new one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLED = Path(__file__).with_name("killed.py")
#: SIDPY_KILLS=1 tries every call, the default every 60th and each of the last 16.
EVERY = "1" if "SIDPY_KILLS" in os.environ else "60"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are forked")
@pytest.mark.parametrize("libver", ["earliest", "latest"] if EVERY == "1" else ["earliest"])
def test_a_kill_at_any_call_leaves_all_or_nothing(tmp_path, libver):
    done = subprocess.run(
        [sys.executable, KILLED, tmp_path, libver, EVERY],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )

    assert not done.returncode, done.stderr
    seen = json.loads(done.stdout)
    assert seen["wrong"] == []
    # all three states are met, or the calls that matter are no longer among those tried
    assert min(seen["old"], seen["promised"], seen["new"], seen["recoveries"]) > 0
