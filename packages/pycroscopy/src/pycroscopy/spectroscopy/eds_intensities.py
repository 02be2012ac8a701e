"""Counts of families of lines, for each spectrum: with errors, and how they go together."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import set_dimensions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    from .energy_spectra import Spectra

__all__ = ["LineIntensities", "packed", "unpacked"]

#: Where a table keeps what its columns are.
_KEY = "families_of_lines"


@dataclass(frozen=True, eq=False, repr=False)
class LineIntensities:
    """How many photons of each family of lines a spectrum has."""

    intensities: dict[str, sidpy.Dataset]
    """By family, ``Fe_K``: of the shape of the scan, in the units of the data; lazy."""
    errors: dict[str, sidpy.Dataset]
    """Standard deviations of `intensities`."""
    covariance: sidpy.Dataset
    """Of the intensities, of shape (scan..., pairs): row by row, up to the diagonal."""
    misfit: sidpy.Dataset
    """Chi square over the degrees of freedom: one where the model is right."""

    def __repr__(self) -> str:
        return f"intensities of {', '.join(self.intensities)} in {self.misfit.size} spectra"

    def __getitem__(self, name: str) -> sidpy.Dataset:
        if name not in self.intensities:
            msg = f"no family {name!r}; there are {', '.join(self.intensities)}"
            raise KeyError(msg)
        return self.intensities[name]

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {
            **self.intensities,
            **{f"{name}_errors": part for name, part in self.errors.items()},
            "covariance": self.covariance,
            "misfit": self.misfit,
        }

    def persist(self) -> Self:
        """Return the same in memory, everything computed together in one pass."""
        from dask import persist

        found = self.to_datasets()
        kept = dict(zip(found, persist(*found.values()), strict=True))
        return replace(
            self,
            intensities={name: kept[name] for name in self.intensities},
            errors={name: kept[f"{name}_errors"] for name in self.errors},
            **{field.name: kept[field.name] for field in fields(self) if field.name in kept},
        )

    def to_dataset(self) -> sidpy.Dataset:
        """Return intensities and their covariance as one table, lazily.

        Returns
        -------
        Dataset of shape (scan..., families + pairs)
            Which the functions that quantify take as well.
        """
        import dask.array as da

        import sidpy
        from pycroscopy._inputs import lazy

        parts = [lazy(part)[..., None] for part in self.intensities.values()]
        stacked = da.concatenate([*parts, lazy(self.covariance)], axis=-1)
        stacked = stacked.rechunk({stacked.ndim - 1: -1})
        table = sidpy.Dataset.from_array(
            stacked,
            title="intensities of lines",
            quantity=self.misfit.quantity,
            units=next(iter(self.intensities.values())).units,
            modality=self.misfit.modality,
            source=self.misfit.source,
        )
        axes = [self.misfit._axes[i] for i in range(self.misfit.ndim)]
        columns = sidpy.Dimension(stacked.shape[-1], "column", "column", "generic", "SPECTRAL")
        set_dimensions(table, [*axes, columns])
        table.metadata = {**self.misfit.metadata, _KEY: list(self.intensities)}
        return table

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw a map of each family.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps(self.intensities, figure)


def packed(covariance: NDArray[Any]) -> NDArray[np.float64]:
    """Return the lower triangles of symmetric matrices, row by row."""
    i, j = np.tril_indices(covariance.shape[-1])
    return np.asarray(covariance[..., i, j])


def unpacked(pairs: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Return symmetric matrices of their lower triangles."""
    i, j = np.tril_indices(count)
    found = np.empty((*pairs.shape[:-1], count, count))
    found[..., i, j] = pairs
    found[..., j, i] = pairs
    return found


def labelled_parts(spectra: Spectra, found: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return the fields of `LineIntensities`.

    Parameters
    ----------
    spectra : Spectra
        What was measured.
    found : dask.array.Array of shape (scan..., families + pairs + 1 or more)
        Intensities, covariance and misfit of each spectrum.
    names : sequence of str
        Of the families.
    """
    count = len(names)
    pairs = count * (count + 1) // 2
    units, quantity = spectra.dataset.units, spectra.dataset.quantity
    intensities, errors = {}, {}
    for i, name in enumerate(names):
        intensities[name] = spectra.labelled(
            found[..., i], f"intensity of {name}", quantity=quantity, units=units
        )
        diagonal = count + i * (i + 3) // 2
        errors[name] = spectra.labelled(
            found[..., diagonal] ** 0.5,
            f"error of {name}",
            quantity="standard deviation",
            units=units,
        )
    return {
        "intensities": intensities,
        "errors": errors,
        "covariance": with_columns(
            spectra, found[..., count : count + pairs], "covariance of the intensities"
        ),
        "misfit": spectra.labelled(
            found[..., count + pairs],
            "misfit",
            quantity="chi square per degree of freedom",
            units="",
        ),
    }


def with_columns(spectra: Spectra, values: Any, title: str) -> sidpy.Dataset:
    """Return numbers for each spectrum, with the axes of the scan and one that counts them."""
    import sidpy

    result = sidpy.Dataset.from_array(
        values,
        title=f"{spectra.dataset.title} {title}",
        quantity=title,
        modality=spectra.dataset.modality,
        source=spectra.dataset.title,
    )
    axes = [spectra.dataset._axes[i] for i in range(spectra.dataset.ndim - 1)]
    columns = sidpy.Dimension(values.shape[-1], "column", "column", "generic", "SPECTRAL")
    set_dimensions(result, [*axes, columns])
    result.metadata = dict(spectra.dataset.metadata)
    return result


def table_of(lines: Any) -> tuple[sidpy.Dataset, list[str]]:
    """Return a table of intensities and covariances, and the families of its first columns.

    Parameters
    ----------
    lines : LineIntensities, Dataset or mapping of str to array
        A result, the table that `LineIntensities.to_dataset` makes of it, or counts of each
        family, which are taken to have the errors of Poisson.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        When arrays differ in shape.
    """
    if isinstance(lines, LineIntensities):
        return lines.to_dataset(), list(lines.intensities)
    known = getattr(lines, "metadata", {}).get(_KEY) if hasattr(lines, "_axes") else None
    if known is not None:
        return lines, list(known)
    if not hasattr(lines, "items") or hasattr(lines, "_axes") or not lines:
        msg = (
            f"expected intensities of lines or a mapping of families to counts, found "
            f"{type(lines).__name__}"
        )
        raise TypeError(msg)
    return _table_of_counts(lines), list(lines)


def _table_of_counts(counts: Mapping[str, Any]) -> sidpy.Dataset:
    """Return a table of counts, each with the variance of Poisson and on its own."""
    import dask.array as da

    import sidpy
    from pycroscopy._inputs import as_dataset, lazy

    maps = [as_dataset(np.asarray(one, float) if not hasattr(one, "shape") else one)
            for one in counts.values()]  # fmt: skip
    shapes = {tuple(one.shape) for one in maps}
    if len(shapes) > 1:
        msg = f"counts of the shapes {sorted(shapes)} for {list(counts)}; expected the same"
        raise ValueError(msg)
    values = [lazy(one).astype(float) for one in maps]
    zero = da.zeros_like(values[0])
    pairs = [
        da.maximum(values[i], 0.0) if i == j else zero
        for i, j in zip(*np.tril_indices(len(values)), strict=True)
    ]
    stacked = da.stack([*values, *pairs], axis=-1)
    first = maps[0]
    table = sidpy.Dataset.from_array(
        stacked.rechunk({stacked.ndim - 1: -1}), title=first.title, units=first.units
    )
    axes = [first._axes[i] for i in range(first.ndim)]
    columns = sidpy.Dimension(stacked.shape[-1], "column", "column", "generic", "SPECTRAL")
    set_dimensions(table, [*axes, columns])
    table.metadata = dict(first.metadata)
    return table
