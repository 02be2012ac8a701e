"""Peaks that nobody has named: found in the mean spectrum, as many as it has evidence for.

One line after the other is put where the residual of all before it has its most prominent
peak, and all are fitted together; the information criterion of Schwarz [1]_ says when the
next one is not worth its parameters.

References
----------
.. [1] Schwarz, Ann. Stat. 6, 461 (1978), doi:10.1214/aos/1176344136
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pycroscopy._inputs import lazy
from pycroscopy.fit.rows import Rows
from pycroscopy.signal.peaks import find_peaks, noise_of_signal
from sidpy.proc.engine.multistart import smoothed

from .line_shapes import SHAPES
from .lines import Line
from .peak_model import PeakModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .inelastic import Shirley, Tougaard

    Floats = NDArray[np.float64]

__all__ = ["guess_peaks"]

#: Points of which a line is at least as wide.
_NARROWEST = 2.0
#: Widths over which a residual is smoothed before the next line is sought, in points.
_SOFT = (0.0, 1.0, 3.0)


def guess_peaks(  # noqa: PLR0913 - what lines, on what, in what noise, all by keyword
    data: Any,
    *,
    shape: str = "gaussian",
    size: Literal["height", "area"] = "height",
    most: int = 12,
    background: Any = "linear",
    losses: Shirley | Tougaard | None = None,
    noise: Literal["white", "poisson"] = "white",
    dim: str | int | None = None,
) -> PeakModel:
    """Find the peaks of the mean spectrum, and return a model of them.

    Parameters
    ----------
    data : Dataset or array, real
        Spectra; those with values that are not finite count where they are.
    shape, size : str
        Of all lines; see `Line`.
    most : int
        Lines to try, at most.
    background, losses
        Of the model; see `PeakModel`.
    noise : {"white", "poisson"}
        Of the data; the sum of counts is fitted by its likelihood.
    dim : str or int, optional
        The axis of the spectra: by default the only spectral one, or the last.

    Returns
    -------
    PeakModel
        Lines ``p1``, ``p2`` ... along the axis, to be fitted to each spectrum by `fit_peaks`.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For unknown words, or when no value is finite.

    Notes
    -----
    Reads all data once.  A number of lines without evidence for any gives a background only.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> two = np.exp(-(((x - 30) / 5) ** 2)) + 0.5 * np.exp(-(((x - 41) / 5) ** 2))
    >>> noisy = two + 0.01 * np.random.default_rng(0).standard_normal((20, 100))
    >>> model = guess_peaks(noisy)
    >>> [round(line.begin["center"]) for line in model.lines.values()]
    [30, 41]
    """
    rows = Rows.of(data, dim, least=6).real("spectra with peaks")
    spectrum = _mean(rows, total=noise == "poisson")
    known = np.isfinite(spectrum)
    order = np.argsort(rows.x[known])
    x, y = rows.x[known][order], spectrum[known][order]
    if len(x) < 6:
        msg = f"{len(x)} finite values in the mean spectrum of {rows.dataset.title!r}; 6 needed"
        raise ValueError(msg)
    model = PeakModel({}, background=background) if background != "none" else None
    best, rest, least = model, y, _criterion(model, x, y, noise)[0]
    lines: dict[str, Line] = {}
    for _ in range(most):
        place = _next(x, rest)
        if place is None:
            break
        added = Line(shape, center=place[0], fwhm=place[1], size=size)
        tried = PeakModel({**lines, f"p{len(lines) + 1}": added}, background=background,
                          losses=losses)  # fmt: skip
        if tried.free(x) >= len(x):
            break
        criterion, fitted, lines = _criterion(tried, x, y, noise)
        if not criterion < least:
            break
        best, rest, least = tried.with_lines(lines), y - fitted, criterion
    if best is None or not best.lines:
        return replace(model, losses=None) if model else PeakModel({}, background="constant")
    ordered = sorted(best.lines.values(), key=lambda line: line.begin["center"])
    return best.with_lines({f"p{k}": line for k, line in enumerate(ordered, 1)})


def _mean(rows: Rows, *, total: bool) -> Floats:
    """Return the mean of what is finite at each point, or of counts the sum."""
    import dask
    import dask.array as da

    array = da.moveaxis(lazy(rows.dataset), rows.axis, -1).astype(np.float64)
    others = tuple(range(array.ndim - 1))
    count = da.isfinite(array).sum(axis=others)
    added = da.where(da.isfinite(array), array, 0.0).sum(axis=others)
    values, number = (np.asarray(one) for one in dask.compute(added, count))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = values / number
    return np.asarray(mean * number.max() if total else mean)


def _criterion(
    model: PeakModel | None, x: Floats, y: Floats, noise: Any
) -> tuple[float, Floats, dict[str, Line]]:
    """Return Schwarz's criterion of a model, its curve, and its lines as they were fitted."""
    from sidpy.proc.fit import batch_fit

    if model is None:
        found, curve, free, lines = 0.5 * float(y @ y), 0 * y, 0, {}
        if noise == "poisson":
            found = np.inf
    else:
        made, free = model.on(x), model.free(x)
        fit = batch_fit(made, y, made.starts(x, y[None], 2), x=x, bounds=made.bounds(x),
                        noise=noise)  # fmt: skip
        if not fit.converged[0]:
            return np.inf, y, dict(model.lines)
        curve, found = made(fit.parameters[0], x), float(fit.cost[0])
        lines = {
            name: _fitted(model.lines[name], fit.parameters, where)
            for name, where in made.lines.items()
        }
    punishment = free * np.log(len(x))
    if noise == "poisson":
        return 2 * found + punishment, curve, lines
    # below this the residual is rounding, and no evidence
    floor = 1e-20 * max(float(y @ y), 1e-280)
    return len(x) * np.log(max(2 * found, floor) / len(x)) + punishment, curve, lines


def _fitted(line: Line, p: Floats, where: slice) -> Line:
    """Return a line that begins where it was fitted."""
    values = dict(zip(line.parameters, p[0, where], strict=True))
    names = SHAPES[line.kind].parameters
    others: dict[str, Any] = {name: float(values[name]) for name in names if name != "fwhm"}
    width = float(line.fwhm(p[:, where])[0])
    return Line(line.kind, center=float(values["center"]), fwhm=width, size=line.size, **others)


def _next(x: Floats, rest: Floats) -> tuple[float, float] | None:
    """Return position and width of the most significant peak of a residual."""
    best: tuple[float, float, float] | None = None
    noise = noise_of_signal(rest)
    index = np.arange(len(x), dtype=float)
    for width in _SOFT:
        soft = smoothed(rest[None], width)[0] if width else rest
        level = noise / np.sqrt(max(2 * np.sqrt(np.pi) * width, 1.0))
        padded = np.concatenate([[soft.min()], soft, [soft.min()]])
        found = find_peaks(padded, prominence=2 * level, noise=level)
        for at, high, wide in zip(*(np.asarray(one) for one in (
            found.position, found.height, found.width)), strict=True):  # fmt: skip
            merit = high * np.sqrt(max(wide, _NARROWEST))
            if best is None or merit > best[2]:
                best = (float(at) - 1, float(wide), float(merit))
    if best is None:
        return None
    step = float(np.ptp(x)) / (len(x) - 1)
    return float(np.interp(best[0], index, x)), max(best[1], _NARROWEST) * step
