"""Kept address: the same module as `sidpy.viz.plot_utils`."""

from __future__ import annotations

import sys

from sidpy.viz import plot_utils

sys.modules[__name__] = plot_utils
