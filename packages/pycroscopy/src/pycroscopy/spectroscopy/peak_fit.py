"""Fits of peaks at every position of a dataset, at the bound that the noise sets."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from pycroscopy.fit.rows import Rows
from sidpy.proc.fitted import DatasetFit
from sidpy.sid.operations import operation

from .peak_model import PeakModel, PeakSum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["PeakFit", "fit_peaks"]

#: Step of a difference, relative to the parameter or to its error.
_STEP: Final = 1e-5
_KINDS: Final = ("area", "height", "fwhm")


@dataclass(frozen=True, repr=False, eq=False)
class PeakFit(DatasetFit):
    """The fit of peaks at every position; made by `fit_peaks`.

    ``fit["G.center"]`` is the map of a parameter. Areas, heights, widths and ratios have their
    errors from the covariance of all parameters; a parameter that rests on a bound counts as
    known.
    """

    @property
    def peaks(self) -> PeakSum:
        """The model on the axis of the data."""
        return cast("PeakSum", self.model)

    @property
    def lines(self) -> tuple[str, ...]:
        """Names of the lines."""
        return tuple(self.peaks.lines)

    def area(self, line: str) -> sidpy.Dataset:
        """Return the area of a line, of both lines of a doublet; see `Line.area`."""
        return self._of_line(line, "area")

    def height(self, line: str) -> sidpy.Dataset:
        """Return the value of a line at its centre."""
        return self._of_line(line, "height")

    def fwhm(self, line: str) -> sidpy.Dataset:
        """Return the full width of a line at half of its maximum."""
        return self._of_line(line, "fwhm")

    def ratio(self, line: str, other: str, *, of: str = "area") -> sidpy.Dataset:
        """Return a ratio of two lines, such as D over G.

        Parameters
        ----------
        line, other : str
            Names of lines.
        of : {"area", "height", "fwhm"}
            What is compared.
        """
        pair = [self._number(one, of) for one in (line, other)]

        def value(p: Floats) -> Floats:
            return np.asarray(pair[0](p) / pair[1](p))

        return self._derived(value, (line, other), f"ratio({line}, {other}, {of})", "")

    def share(self, line: str, factors: Mapping[str, float] | None = None) -> sidpy.Dataset:
        """Return the share of a line in the sum of areas, each divided by a factor.

        Parameters
        ----------
        line : str
            Name of a line.
        factors : mapping of str to float, optional
            Sensitivity of each line that counts; by default all lines with a factor of one.
        """
        known = dict.fromkeys(self.lines, 1.0) if factors is None else dict(factors)
        if line not in known or not all(value > 0 for value in known.values()):
            msg = f"factors are {known!r}; expected numbers above zero, and one for {line!r}"
            raise ValueError(msg)
        areas = {one: self._number(one, "area") for one in known}

        def value(p: Floats) -> Floats:
            parts = {one: areas[one](p) / known[one] for one in known}
            return np.asarray(parts[line] / sum(parts.values()))

        written = ", ".join(f"{name}={float(factor)!r}" for name, factor in known.items())
        return self._derived(value, tuple(known), f"share({line}, {written})", "")

    @property
    def background(self) -> sidpy.Dataset:
        """What is no line: polynomial and losses; lazy, of the shape of the dataset."""
        from sidpy.sid import plain

        array = plain(self.fitted)
        for line in self.lines:
            array = array - plain(self.component(line))
        result = self.dataset.like_data(array, title=f"{self.dataset.title} background")
        return self._recorded(result, "background")

    def part(self, name: str) -> sidpy.Dataset:
        """Return a dataset by the name its history has for it; see `DatasetFit.part`."""
        if name == "background":
            return self.background
        kind, _, inside = name.partition("(")
        words = [word.strip() for word in inside.removesuffix(")").split(", ")]
        if kind in _KINDS:
            return self._of_line(words[0], kind)
        if kind == "ratio":
            return self.ratio(words[0], words[1], of=words[2])
        if kind == "share":
            pairs = (word.rpartition("=") for word in words[1:])
            return self.share(words[0], {label: float(value) for label, _, value in pairs})
        return super().part(name)

    def plot(self, **options: Any) -> Figure:
        """Draw the parameters; a single spectrum with its lines, background and residual.

        Parameters
        ----------
        **options
            For `matplotlib.pyplot.figure`.
        """
        if self.dataset.ndim > len(self.axes):
            return super().plot(**options)
        from .peak_figures import draw_lines

        return draw_lines(self, **options)

    # ------------------------------------------------------------------ how

    def _number(self, line: str, kind: str) -> Callable[[Floats], Floats]:
        """Return what computes a number of a line from all parameters."""
        if kind not in _KINDS:
            msg = f"of is {kind!r}; it can be one of {list(_KINDS)}"
            raise ValueError(msg)
        where = self._where(line)
        component: Any = self.peaks.components[self.peaks.labels.index(line)]
        if kind == "area":
            return lambda p: component.area(p[:, where], self.x)
        method = getattr(component, kind)
        return lambda p: method(p[:, where])

    def _where(self, line: str) -> slice:
        found = self.peaks.lines
        if line not in found:
            msg = f"there is no line {line!r}; there are {', '.join(found)}"
            raise ValueError(msg)
        return found[line]

    def _of_line(self, line: str, kind: str) -> sidpy.Dataset:
        from sidpy.proc.models.shapes import joined_unit

        x, y = Rows(self.dataset, self.axes[0], self.x).units
        units = {"area": joined_unit(y, x), "height": y, "fwhm": x}[kind]
        value = self._number(line, kind)
        return self._derived(value, (line,), f"{kind}({line})", units)

    def _derived(
        self, value: Callable[[Floats], Floats], lines: tuple[str, ...], title: str, units: str
    ) -> sidpy.Dataset:
        """Return a number made of parameters, with its variance, at every position."""
        columns = [k for one in lines for k in range(*self._where(one).indices(len(self.names)))]
        sizes = [self._where(one).start for one in lines]
        lazy = self._lazy
        packed = lazy.rechunk({lazy.ndim - 1: -1}).map_blocks(
            _propagated, value=value, columns=columns, sizes=sizes, count=len(self.names),
            chunks=(*lazy.chunks[:-1], (2,)), dtype=np.float64,
            meta=np.empty((0,) * lazy.ndim),
        )  # fmt: skip
        result = self._labelled(packed[..., 0], [], title, units)
        result.variance = packed[..., 1]
        return self._recorded(result, title)


def _propagated(
    block: Floats, value: Any, columns: list[int], sizes: list[int], count: int
) -> Floats:
    """Return a number and its variance for each row of packed results."""
    rows = block.reshape(-1, block.shape[-1])
    p = rows[:, :count]
    covariance = rows[:, count : count * (count + 1)].reshape(-1, count, count)
    found = np.full((len(rows), 2), np.nan)
    good = np.isfinite(p).all(axis=1)
    p, covariance = p[good], covariance[good]
    # what rests on a bound or is fixed counts as known, unless it is the size
    spread = np.sqrt(np.maximum(np.nan_to_num(np.einsum("nii->ni", covariance)), 0.0))
    slopes = np.zeros((len(p), len(columns)))
    with np.errstate(all="ignore"):
        found[good, 0] = value(p)
        for number, column in enumerate(columns):
            if not spread[:, column].any():
                continue
            step = _STEP * np.maximum(np.abs(p[:, column]), 1e-3 * spread[:, column])
            step = np.where(step > 0, step, _STEP)
            up, down = np.array(p), np.array(p)
            up[:, column] += step
            down[:, column] -= step
            slope = (value(up) - value(down)) / (2 * step)
            slopes[:, number] = np.where(spread[:, column] > 0, slope, 0.0)
        part = np.nan_to_num(covariance[:, columns][:, :, columns], nan=0.0, posinf=np.inf)
        variance = np.einsum("ni,nij,nj->n", slopes, part, slopes)
    lost = np.isnan(np.einsum("nii->ni", covariance)[:, sizes]).any(axis=1)
    found[good, 1] = np.where(lost, np.nan, variance)
    return found.reshape(*block.shape[:-1], 2)


@operation(name="pycroscopy.spectroscopy.fit_peaks")
def fit_peaks(  # noqa: PLR0913 - the independent choices of a fit, all by keyword
    data: Any,
    model: PeakModel | Mapping[str, Any],
    *,
    dim: str | int | None = None,
    noise: Literal["white", "poisson"] = "white",
    weights: Any = "variance",
    mask: Any = None,
    starts: int = 1,
    compute: bool = True,
) -> PeakFit:
    """Fit lines and background to the spectrum at every position.

    Parameters
    ----------
    data : Dataset or array, real
        Spectra; NaN is missing.
    model : PeakModel
        Lines, background, bounds and ties.
    dim : str or int, optional
        The axis of the spectra: by default the only spectral one, or the last.
    noise : {"white", "poisson"}
        Least squares, or the maximum of the likelihood of counts.
    weights : "variance", ndarray, Dataset or None
        Inverse variance of white noise; "variance" takes the dataset's own if it has one.
    mask : ndarray of bool, optional
        True where a point, a position or a channel is left out.
    starts : int
        Starts of each fit: as given, then with narrower and wider lines.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    PeakFit
        Parameters with errors and covariances, areas, widths, ratios, reduced chi-squared (or
        deviance), status, lines, background and residual.  Fits that fail, and constant
        spectra, are NaN and counted in ``n_failed``.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer points than parameters, parameters that do not exist, and unknown words.

    Notes
    -----
    Sizes are above zero unless bounds say otherwise.  Errors of areas, widths and ratios are
    those of a linear problem.

    Examples
    --------
    >>> from pycroscopy.spectroscopy import Line
    >>> x = np.linspace(0, 20, 81)
    >>> spectrum = 3 * np.exp(-np.log(2) * (x - 9.2) ** 2) + 0.1 * x
    >>> found = fit_peaks(spectrum, PeakModel({"peak": Line("gaussian", center=36, fwhm=6)}))
    >>> round(float(found["peak.center"]), 6), round(float(found.fwhm("peak")), 6)
    (36.8, 8.0)
    """
    from sidpy.proc.dataset_fit import fit_dataset

    model = PeakModel.of(model)
    rows = Rows.of(data, dim, least=3).real("spectra with peaks")
    needed = model.free(rows.x) + 1
    if len(rows.x) < needed:
        msg = f"{len(rows.x)} points for {needed - 1} parameters in {rows.dataset.title!r}"
        raise ValueError(msg)
    curves = rows.varying()
    if rows.dataset.variance is not None:
        curves.variance = rows.dataset.variance
    found = fit_dataset(
        curves, model.on(rows.x), dims=rows.axis, bounds=model.bounds,
        fixed=model.known(), tied=model.tied, weights=weights, mask=mask, noise=noise,
        starts=starts, compute=compute,
    )  # fmt: skip
    kept = {f.name: getattr(found, f.name) for f in fields(DatasetFit) if f.name != "call"}
    return PeakFit(**kept)
