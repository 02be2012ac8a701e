"""Asking a plugin's own function about a file, without trusting it.

This is the only plugin code that runs before a reader is chosen.  It sees the probe, and
whatever it does wrong counts as a "no" that is kept with its reason.
"""

from __future__ import annotations

import logging
from importlib import import_module
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .probe import Probe

__all__ = ["load", "sniff"]

logger = logging.getLogger(__name__)


def load(target: str) -> Any:
    """Import what ``"module:callable"`` names.

    Raises
    ------
    ImportError, AttributeError
        When it is not there; anything else that the module raises.
    """
    module, _, names = target.partition(":")
    found: Any = import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    return found


def sniff(target: str, probe: Probe) -> tuple[float, str]:
    """Return how sure a sniffer is, from 0 to 1, and why.

    Parameters
    ----------
    target : str
        ``"module:function"``.
    probe : Probe
        The file.
    """
    try:
        answer = load(target)(probe)
        confidence, reason = answer if isinstance(answer, tuple) else (answer, "")
        valid = isinstance(confidence, Real) and 0 <= float(confidence) <= 1
    except Exception as error:
        logger.debug("sniffer %s", target, exc_info=True)
        return 0.0, f"its sniffer failed: {type(error).__name__}: {error}"
    if not valid:
        return 0.0, f"its sniffer answered {answer!r} instead of a bool or a number from 0 to 1"
    says = "says no" if not confidence else f"says {float(confidence):.2g}"
    return float(confidence), f"its sniffer {says}" + (f": {reason}" if reason else "")
