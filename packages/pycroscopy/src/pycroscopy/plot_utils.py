"""Maps by the name of classic pycroscopy; prefer `sidpy.viz.plot_utils`."""

from __future__ import annotations

from sidpy.base.addresses import also_at

__getattr__ = also_at(__name__, {"plot_map": "sidpy.viz.plot_utils"})
