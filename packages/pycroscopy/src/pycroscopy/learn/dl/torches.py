"""Torch where it is installed, and what stands in its place where it is not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sidpy.base.optional import needed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Module", "Sequential", "evaluating", "torch"]


def torch() -> Any:
    """Return the module torch.

    Raises
    ------
    MissingDependency
        When it is not installed.
    """
    return needed("torch", "a neural network", "pycroscopy[torch]")


try:
    from torch.nn import Module, Sequential
except ImportError:

    class Module:  # type: ignore[no-redef]
        """What networks are made of, where torch is not installed."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - as the real one
            torch()

    class Sequential(Module):  # type: ignore[no-redef]
        """Modules one behind the other, where torch is not installed."""


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Use a network as it was trained: fixed normalisation, no gradients; then as before.

    Parameters
    ----------
    model : torch.nn.Module
        The network.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch().no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
