"""What every analysis does with its arguments before the physics starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sidpy

__all__ = ["as_dataset", "lazy", "set_dimensions"]


def as_dataset(data: Any) -> sidpy.Dataset:
    """Return `data` as a Dataset; an array becomes one with unnamed axes."""
    import sidpy

    if isinstance(data, sidpy.Dataset):
        return data
    if isinstance(data, str) or not hasattr(data, "__array__"):
        msg = f"expected a sidpy.Dataset or an array, found {type(data).__name__}"
        raise TypeError(msg)
    return sidpy.Dataset.from_array(data if hasattr(data, "chunks") else np.asarray(data))


def lazy(dataset: sidpy.Dataset) -> Any:
    """Return the plain dask array behind a dataset."""
    from sidpy.sid import plain

    return plain(dataset)


def set_dimensions(dataset: sidpy.Dataset, dimensions: Sequence[Any]) -> None:
    """Give all axes new dimensions at once; names may move from one axis to another."""
    import sidpy

    for axis, length in enumerate(dataset.shape):
        dataset.set_dimension(axis, sidpy.Dimension(length, f"axis_{axis}_before"))
    for axis, dimension in enumerate(dimensions):
        dataset.set_dimension(axis, dimension)
