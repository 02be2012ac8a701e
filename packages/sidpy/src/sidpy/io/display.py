"""Showing a widget where there is somebody to see it."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["show"]


def show(widget: Any) -> bool:
    """Show a widget in a notebook; elsewhere do nothing and say so."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is None:
        return False
    from IPython.display import display

    display(widget)
    return True
