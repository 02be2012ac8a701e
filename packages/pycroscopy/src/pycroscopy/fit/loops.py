"""Fits of hysteresis loops: nine parameters, or six where the data tell no more.

The model is that of `sidpy.proc.beps.hysteresis` [1]_.  Its four widths take most of what a
loop says about its coercive biases: with one width for both branches their errors are five
times smaller.  Which of both nested models a loop deserves, the information criterion of
Schwarz [2]_ says.

References
----------
.. [1] Jesse, Lee, Kalinin, Rev. Sci. Instrum. 77, 073702 (2006), doi:10.1063/1.2214699
.. [2] Schwarz, Ann. Stat. 6, 461 (1978), doi:10.1214/aos/1176344136
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from sidpy.proc.beps.hysteresis import LOOP_PARAMETER_LABELS, switched_share
from sidpy.proc.fitted import DatasetFit
from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

from .branches import Branches, falling_points
from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["HysteresisLoop", "LoopFit", "fit_loops"]

#: Widths that follow the first one in the model of six parameters.
_TIED: Final = dict.fromkeys(LOOP_PARAMETER_LABELS[6:], "branch_scale_1")
#: Parameters of the nested models.
_COUNTS: Final = (6, 9)


class HysteresisLoop(Model):
    """Nine-parameter hysteresis loop along a bias that falls and rises.

    Whether a point is on the falling or the rising branch is seen from its neighbours; where
    the cycle begins does not matter.  ``coercive_left`` and the first two widths (towards
    negative bias and towards positive bias of it) are of the falling branch,
    ``coercive_right`` and the last two of the rising one.

    Examples
    --------
    >>> bias = np.array([5.0, 0, -5, -5, 0, 5])
    >>> HysteresisLoop()([0, 1, -2, 2, 0, 1, 1, 1, 1], bias).round(3)
    array([1.   , 0.998, 0.   , 0.   , 0.002, 1.   ])
    """

    parameters = tuple(LOOP_PARAMETER_LABELS)

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        offset, amplitude, left, right, slope, *widths = p
        falling = falling_points(x)
        center = np.where(falling, left, right)
        below = np.where(falling, widths[0], widths[2])
        above = np.where(falling, widths[1], widths[3])
        share = switched_share(x, center, below, above)
        if jac is not None:
            jac[:, 0], jac[:, 1], jac[:, 4] = 1.0, share, x
            slopes = _slopes(x - center, (below, above), share, amplitude)
            for first, second, slope_of in zip((2, 5, 6), (3, 7, 8), slopes, strict=True):
                jac[:, first], jac[:, second] = slope_of * falling, slope_of * ~falling
        return np.asarray(offset + amplitude * share + slope * x)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return levels at the ends, and the biases where steps of the same area are."""
        branches = Branches.of(x)
        low, high = y @ branches.low, y @ branches.high
        step = high - low
        with np.errstate(divide="ignore", invalid="ignore"):
            left, right = (
                branches.top - (y @ w - low * branches.span) / step
                for w in (branches.area_falling, branches.area_rising)
            )
        span = branches.span
        middle = branches.top - span / 2
        left, right = (
            np.clip(
                np.where(np.isfinite(v), v, middle), middle - 0.45 * span, middle + 0.45 * span
            )
            for v in (left, right)
        )
        width = np.full_like(low, span / 10)
        return np.stack([low, step, left, right, 0 * low, *[width] * 4], axis=1)

    def starts(self, x: Any, y: NDArray[Any], number: int = 4) -> Floats:
        """Return the guess with narrower and wider steps."""
        start = np.repeat(self.guess(x, y)[:, None], number, axis=1)
        start[..., 5:] *= np.array([1.0, 2.5, 0.4, 5.0, 0.15, 8.0])[:number, None]
        return start

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return positive widths, coercive biases within what was applied."""
        low, high = super().bounds(x)
        low[5:] = 1e-3
        if x is not None:
            x = np.asarray(x, np.float64)
            span = float(np.ptp(x)) or 1.0
            low[2:4], high[2:4] = x.min(), x.max()
            low[5:], high[5:] = 1e-3 * span, 2 * span
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (y, y, x, x, f"{y}/{x}" if x and y else "", x, x, x, x)


def _slopes(
    away: Floats, widths: tuple[Floats, Floats], share: Floats, amplitude: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the derivatives with respect to coercive bias, lower and upper width."""
    from scipy.special import erf

    below, above = widths
    lower = away < 0
    scaled = away / np.where(lower, below, above)
    bell = 2 / np.sqrt(np.pi) * np.exp(-(scaled**2))
    total = below + above
    own = erf(scaled) - scaled * bell
    return (
        -amplitude * bell / total,
        amplitude * (np.where(lower, own + 1, 1.0) - share) / total,
        amplitude * (np.where(lower, 0.0, own) - share) / total,
    )


@dataclass(frozen=True, repr=False, eq=False)
class LoopFit(DatasetFit):
    """The fit of a loop at every position; made by `fit_loops`."""

    evidence_values: Any = None

    @property
    def evidence(self) -> sidpy.Dataset:
        """By how much the criterion of six parameters exceeds that of nine.

        Above zero the four widths are worth their parameters.  A dataset of the positions.

        Raises
        ------
        ValueError
            When one model was asked for.
        """
        if self.evidence_values is None:
            msg = "nothing was compared: evidence is there for fit_loops(..., model='select')"
            raise ValueError(msg)
        import dask.array as da

        values = self.evidence_values
        array = values if hasattr(values, "dask") else da.from_array(values)
        return self._labelled(array, [], "evidence")

    def part(self, name: str) -> sidpy.Dataset:
        """Return a dataset by the name its history has for it; see `DatasetFit.part`."""
        return self.evidence if name == "evidence" else super().part(name)


@operation(name="pycroscopy.fit.fit_loops")
def fit_loops(
    data: Any,
    *,
    dim: str | int | None = None,
    model: Literal["select", "nine", "six"] = "select",
    bounds: Mapping[str, tuple[float, float]] | None = None,
    mask: Any = None,
    starts: int = 3,
    compute: bool = True,
) -> LoopFit:
    """Fit a hysteresis loop at every position.

    Parameters
    ----------
    data : Dataset, real, of shape (..., bias)
        Loops, such as those of `project_loops`; NaN is missing.
    dim : str or int, optional
        The axis of the bias, in the order of time: by default the only spectral one, or the
        last.
    model : {"select", "nine", "six"}
        Four widths, one for all, or at each position what has the lower information
        criterion.
    bounds : mapping of str to (float, float), optional
        Other bounds for some parameters: coercive biases are within the range of the bias,
        widths from a thousandth of it to twice of it.
    mask : ndarray of bool, optional
        True where a point, a position or a bias is left out.
    starts : int
        Starts of each fit, with steps of different widths.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    LoopFit
        Parameters ``offset`` and ``amplitude`` (the switchable part, both in the units of the
        data), ``coercive_left`` and ``coercive_right`` (falling and rising branch), ``slope``
        and ``branch_scale_1`` to ``branch_scale_4`` (units of the bias), with errors,
        covariances, reduced chi-squared, status.  Fits that fail, and constant loops, are NaN
        and counted in ``n_failed``.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        When the bias does not both fall and rise, for fewer than ten points and unknown words.

    Notes
    -----
    Errors are those of the chosen model; that it was chosen by the same data is not in them.

    Examples
    --------
    >>> from pycroscopy.simulate import loop_scan
    >>> made = loop_scan((2, 3), noise=0.0, angle=0.0)
    >>> found = fit_loops(made.data.real)
    >>> bool(np.allclose(found["coercive_left"], made.truth["coercive_left"], atol=1e-5))
    True
    """
    from sidpy.proc.dataset_fit import fit_dataset

    if model not in ("select", "nine", "six"):
        msg = f"model is {model!r}; it can be 'select', 'nine' or 'six'"
        raise ValueError(msg)
    rows = Rows.of(data, dim, least=len(LOOP_PARAMETER_LABELS) + 1)
    if rows.dataset.dtype.kind == "c":
        msg = "loops are fitted to real numbers; project_loops makes them of complex ones"
        raise TypeError(msg)
    Branches.of(rows.x)
    curves = rows.varying()
    options: dict[str, Any] = {
        "dims": rows.axis, "bounds": bounds, "mask": mask, "starts": starts, "compute": compute,
    }  # fmt: skip
    loop = HysteresisLoop()
    if model == "select":
        small = fit_dataset(curves, loop, tied=_TIED, **options)
        large = fit_dataset(curves, loop, **options)
        packed, evidence = _selected(small, large)
        return _loop_fit(large, packed, evidence)
    found = fit_dataset(curves, loop, tied=_TIED if model == "six" else None, **options)
    return _loop_fit(found, found.packed, None)


def _loop_fit(fit: DatasetFit, packed: Any, evidence: Any) -> LoopFit:
    kept = {f.name: getattr(fit, f.name) for f in fields(DatasetFit) if f.name != "call"}
    return LoopFit(**{**kept, "packed": packed}, evidence_values=evidence)


def _selected(small: DatasetFit, large: DatasetFit) -> tuple[Any, Any]:
    """Return the better of two fits at each position, and the evidence for the second."""
    options = {"chi": large._layout.where("reduced_chi_squared")}
    options |= {"cost": large._layout.where("cost"), "status": large._layout.where("status")}
    if hasattr(small.packed, "dask"):
        import dask.array as da

        count = small.packed.ndim
        joined = da.map_blocks(
            _better, small.packed, large.packed, dtype=np.float64,
            chunks=(*small.packed.chunks[:-1], (small.packed.shape[-1] + 1,)),
            meta=np.empty((0,) * count), **options,
        )  # fmt: skip
    else:
        joined = _better(small.packed, large.packed, **options)
    return joined[..., :-1], joined[..., -1]


def _better(small: Floats, large: Floats, *, chi: int, cost: int, status: int) -> Floats:
    """Return the packed results of the better model, and the evidence as one more column."""
    criteria = []
    for packed, count in zip((small, large), _COUNTS, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            squares = 2 * packed[..., cost]
            points = np.round(squares / packed[..., chi]) + count
            # loops without noise: what rounding leaves is no evidence
            floor = 1e-20 * points * np.maximum(packed[..., 1] ** 2, 1e-280)
            mean = np.maximum(squares, floor) / points
            criteria.append(points * np.log(mean) + count * np.log(points))
    evidence = criteria[0] - criteria[1]
    ended = [packed[..., status] > 0 for packed in (small, large)]
    chosen = ended[1] & (~ended[0] | (evidence > 0))
    result = np.where(chosen[..., None], large, small)
    evidence = np.where(ended[0] & ended[1], evidence, np.nan)
    return np.concatenate([result, evidence[..., None]], axis=-1)
