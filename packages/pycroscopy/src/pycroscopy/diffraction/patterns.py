"""Scans of diffraction patterns: a dataset whose last two axes are those of a pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["Patterns"]


class Patterns(NamedTuple):
    """A dataset whose last two axes are those of a diffraction pattern."""

    dataset: sidpy.Dataset
    """Of shape (..., v, u)."""
    v: NDArray[np.float64]
    """Values of the second to last axis, the rows of a pattern."""
    u: NDArray[np.float64]
    """Values of the last axis."""

    @classmethod
    def of(cls, data: Any) -> Patterns:
        """Return the patterns of a dataset, or of an array.

        Raises
        ------
        TypeError
            When the values are no real numbers.
        ValueError
            When there are fewer than two axes, or the pattern is empty.
        """
        dataset = as_dataset(data)
        if dataset.ndim < 2 or 0 in dataset.shape[-2:]:
            msg = (
                f"expected diffraction patterns, [..., v, u], found the shape {dataset.shape} "
                f"of {dataset.title!r}"
            )
            raise ValueError(msg)
        if dataset.dtype.kind not in "biuf":
            msg = f"diffraction patterns are real numbers, found {dataset.dtype}"
            raise TypeError(msg)
        v, u = (np.asarray(dataset._axes[dataset.ndim - i].values, float) for i in (2, 1))
        return cls(dataset, v, u)

    @property
    def scan_shape(self) -> tuple[int, ...]:
        """Shape without that of a pattern."""
        return tuple(self.dataset.shape[:-2])

    def scanned(self, values: Any, title: str, **labels: Any) -> sidpy.Dataset:
        """Return values at each position, of shape (scan..., more...), with the scan's axes.

        Parameters
        ----------
        values : array
            One or several values for each position.
        title : str
            What they are.
        **labels : Any
            ``quantity``, ``units``, and ``more``, dimensions behind those of the scan.
        """
        import sidpy
        from pycroscopy._inputs import set_dimensions

        more = labels.pop("more", [])
        rank = len(self.scan_shape)
        kind = {1: "SPECTRUM", 2: "IMAGE"}.get(rank, "UNKNOWN") if not more else "UNKNOWN"
        kind = "SPECTRAL_IMAGE" if rank == 2 and len(more) == 1 else kind
        result = sidpy.Dataset.from_array(
            values,
            title=f"{self.dataset.title} {title}",
            datatype=kind,
            modality=self.dataset.modality,
            source=self.dataset.title,
            **{"quantity": self.dataset.quantity, "units": self.dataset.units, **labels},
        )
        set_dimensions(result, [*(self.dataset._axes[i] for i in range(rank)), *more])
        result.metadata = dict(self.dataset.metadata)
        return result
