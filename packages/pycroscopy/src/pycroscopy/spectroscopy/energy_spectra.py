"""Spectra along an energy: their axis, and work done on each of them while its block is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset, lazy, set_dimensions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    import sidpy

__all__ = ["Spectra"]

#: Units of an axis of energies, in eV; none are taken for eV.
_UNITS: Final = {"eV": 1.0, "": 1.0, "generic": 1.0, "unknown": 1.0}

#: X-rays are often in keV; energy losses in it are more likely a mistake.
_KILO: Final = {"keV": 1000.0, **_UNITS}

#: Values worked on at a time: what a fit needs is a dozen times as much.
_TILE: Final = 1 << 19

#: How much steps of the axis may differ from their mean.
_UNEVEN = 1e-3


class Spectra(NamedTuple):
    """A dataset whose last axis is an energy loss, or the energy of X-rays."""

    dataset: sidpy.Dataset
    """Of shape (..., energy)."""
    energy: NDArray[np.float64]
    """Values of the last axis, eV, ascending."""
    photons: bool = False
    """Whether these are X-rays."""

    @classmethod
    def of(cls, data: Any, *, least: int = 3, photons: bool = False) -> Spectra:
        """Return the spectra of a dataset, or of an array.

        Parameters
        ----------
        data : Dataset or array of shape (..., energy)
            Real numbers.
        least : int
            Fewest channels that make sense.
        photons : bool
            Whether these are X-rays, whose axis may also be in keV.

        Raises
        ------
        TypeError
            When the values are no real numbers.
        ValueError
            When there are too few channels, or the axis does not ascend in eV.
        """
        dataset = as_dataset(data)
        if dataset.ndim < 1 or dataset.shape[-1] < least:
            msg = (
                f"expected spectra of at least {least} channels, [..., energy], found the shape "
                f"{dataset.shape} of {dataset.title!r}"
            )
            raise ValueError(msg)
        if dataset.dtype.kind not in "biuf":
            what = "X-rays" if photons else "energy losses"
            msg = f"{what} are counted in real numbers, found {dataset.dtype}"
            raise TypeError(msg)
        axis = dataset._axes[dataset.ndim - 1]
        units = _KILO if photons else _UNITS
        if str(axis.units) not in units:
            what = "energies of X-rays in eV or keV" if photons else "energy losses in eV"
            msg = (
                f"the axis {axis.name!r} of {dataset.title!r} is in {axis.units!r}; expected "
                f"{what}: scale the axis and set its units"
            )
            raise ValueError(msg)
        energy = units[str(axis.units)] * np.asarray(axis.values, float)
        if not (np.diff(energy) > 0).all():
            msg = f"the axis {axis.name!r} of {dataset.title!r} does not ascend; reverse it"
            raise ValueError(msg)
        return cls(dataset, energy, photons)

    @property
    def step(self) -> float:
        """Width of a channel, eV."""
        return float(self.energy[-1] - self.energy[0]) / (len(self.energy) - 1)

    def even(self) -> Spectra:
        """Return the same; raise a ValueError when the channels are not equally wide."""
        steps = np.diff(self.energy)
        if np.abs(steps - self.step).max() > _UNEVEN * self.step:
            msg = (
                f"channels of {steps.min():.6g} to {steps.max():.6g} eV in "
                f"{self.dataset.title!r}; expected equal steps: interpolate the spectra first"
            )
            raise ValueError(msg)
        return self

    def channels(self, window: tuple[float, float] | None, least: int = 1) -> NDArray[np.bool_]:
        """Return which channels lie in a window of energies.

        Parameters
        ----------
        window : (float, float), optional, eV
            First energy, and the energy before which the window ends; None for all.
        least : int
            Fewest channels it needs.
        """
        if window is None:
            return np.ones(len(self.energy), bool)
        start, stop = (float(value) for value in window)
        inside: NDArray[np.bool_] = (self.energy >= start) & (self.energy < stop)
        if inside.sum() < least:
            msg = (
                f"{inside.sum()} channels from {start:g} to {stop:g} eV in an axis from "
                f"{self.energy[0]:g} to {self.energy[-1]:g} eV; expected at least {least}"
            )
            raise ValueError(msg)
        return inside

    def beside(self, other: Any, what: str, *, channels: bool = True) -> Spectra:
        """Return other spectra that fit these: one for all of them, or one for each.

        Parameters
        ----------
        other : Dataset or array of shape (energy,) or (..., energy)
            An array without an axis is taken to have that of these spectra.
        what : str
            What it is, for the error.
        channels : bool
            Whether the energies have to be the same; otherwise the step only.
        """
        dataset = as_dataset(other)
        found = Spectra.of(dataset, photons=self.photons)
        if other is not dataset and len(found.energy) == len(self.energy):
            found = found._replace(energy=self.energy)
        same = abs(found.step / self.step - 1) < _UNEVEN
        if channels:
            same &= len(found.energy) == len(self.energy)
            same = same and abs(found.energy[0] - self.energy[0]) < 0.01 * self.step
        if not same:
            msg = (
                f"{what} from {found.energy[0]:g} eV in {len(found.energy)} steps of "
                f"{found.step:g} eV, spectra from {self.energy[0]:g} eV in {len(self.energy)} "
                f"steps of {self.step:g} eV; expected the same"
                f"{'' if channels else ' step'}"
            )
            raise ValueError(msg)
        if dataset.ndim > 1 and dataset.shape[:-1] != self.dataset.shape[:-1]:
            msg = (
                f"{what} of shape {dataset.shape} for spectra of shape {self.dataset.shape}; "
                "expected one spectrum for all, or one for each"
            )
            raise ValueError(msg)
        return found

    def mapped(
        self,
        function: Callable[..., NDArray[Any]],
        shape: Sequence[int],
        others: Sequence[Any] = (),
        **options: Any,
    ) -> Any:
        """Return what a function makes of each spectrum, lazily.

        Parameters
        ----------
        function : callable
            Takes spectra as the rows of an array of float64, in which missing is NaN, then
            rows of each of `others`; returns an array of the shape (rows, *shape).
        shape : sequence of int
            Of what it returns for a spectrum.
        others : sequence of array
            Of one axis, for all; or of the shape (scan..., n), a row for each spectrum.
        **options : Any
            Handed to the function.

        Returns
        -------
        dask.array.Array of shape (scan..., *shape), float64
        """
        import dask.array as da

        array = lazy(self.dataset)
        rank = array.ndim - 1
        scan, last = tuple(range(rank)), rank
        pairs: list[Any] = [array.rechunk({last: -1}), (*scan, last)]
        for i, other in enumerate(others, 1):
            part = lazy(other) if hasattr(other, "_axes") else da.asarray(other)
            part = part.rechunk({part.ndim - 1: -1})
            pairs += [part, (*(scan if part.ndim > 1 else ()), rank + 100 + i)]
        new = {rank + 200 + i: n for i, n in enumerate(shape)}
        return da.blockwise(
            _on_rows,
            (*scan, *new),
            *pairs,
            new_axes=new,
            concatenate=True,
            function=function,
            shape=tuple(shape),
            options=options,
            dtype=np.float64,
            meta=np.empty((0,) * (rank + len(shape))),
        )

    def labelled(self, values: Any, title: str, **labels: Any) -> sidpy.Dataset:
        """Return values for each spectrum, of shape (scan..., more...), with the scan's axes.

        Parameters
        ----------
        values : array
            One or several values for each position.
        title : str
            What they are.
        **labels : Any
            ``quantity``, ``units``, and ``energy``, the last axis where there is one, in eV,
            with what it is as ``axis``, by default an energy loss.
        """
        import sidpy

        energy, what = labels.pop("energy", None), labels.pop("axis", "energy loss")
        axes = [self.dataset._axes[i] for i in range(self.dataset.ndim - 1)]
        kinds = {0: "UNKNOWN", 1: "SPECTRUM", 2: "IMAGE"}
        if energy is not None:
            kinds = {0: "SPECTRUM", 1: "UNKNOWN", 2: "SPECTRAL_IMAGE"}
            name = self.dataset._axes[self.dataset.ndim - 1].name
            axes.append(sidpy.Dimension(energy, name, what, "eV", "SPECTRAL"))
        result = sidpy.Dataset.from_array(
            values,
            title=f"{self.dataset.title} {title}",
            datatype=kinds.get(self.dataset.ndim - 1, "UNKNOWN"),
            modality=self.dataset.modality,
            source=self.dataset.title,
            **{"quantity": self.dataset.quantity, "units": self.dataset.units, **labels},
        )
        set_dimensions(result, axes)
        result.metadata = dict(self.dataset.metadata)
        return result


def _on_rows(
    block: Any, *others: Any, function: Any, shape: tuple[int, ...], options: dict[str, Any]
) -> NDArray[np.float64]:
    """Call a function with the spectra of a block as rows."""
    scan = block.shape[:-1]
    count = int(np.prod(scan))
    if not block.size:
        return np.empty((*scan, *shape))
    rows = block.reshape(count, -1)
    more = [part.reshape(count if part.ndim > 1 else 1, part.shape[-1]) for part in others]
    result = np.empty((count, *shape))
    height = max(1, _TILE // rows.shape[1])
    for first in range(0, count, height):
        part = slice(first, first + height)
        beside = (_plain(other[part] if len(other) > 1 else other) for other in more)
        result[part] = function(_plain(rows[part]), *beside, **options)
    return result.reshape(*scan, *shape)


def _plain(block: Any) -> NDArray[np.float64]:
    """Return values as float64, NaN where they are masked or infinite."""
    values = np.ma.filled(np.ma.asarray(block).astype(float), np.nan)
    return np.where(np.isfinite(values), values, np.nan)
