"""Without torch the networks can be imported and say what is missing."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
sys.modules["torch"] = sys.modules["torch.nn"] = None
import pycroscopy.learn
from pycroscopy.learn import Trainer, datautils, dl, models, nnblocks
from pycroscopy.learn.dl.trainer import set_rng_seed
from sidpy.errors import MissingDependency

def refused(call):
    try:
        call()
    except MissingDependency as error:
        assert "pip install 'pycroscopy[torch]'" in str(error), error
    else:
        raise AssertionError(call)

refused(lambda: models.AutoEncoder((1, 8, 8)))
refused(lambda: nnblocks.ConvBlock(2, 1, 1, 1))
refused(lambda: nnblocks.get_conv(2))
refused(lambda: dl.tor([1.0]))
refused(lambda: Trainer(None, [1], [1]))
refused(lambda: set_rng_seed(1))
"""


def test_networks_name_the_command_that_installs_torch():
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 0, done.stderr
