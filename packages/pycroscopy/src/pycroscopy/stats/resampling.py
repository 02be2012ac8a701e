"""How far a number can be trusted, by drawing the data again (bootstrap).

References
----------
.. [1] Efron, J. Am. Stat. Assoc. 82, 171 (1987), doi:10.1080/01621459.1987.10478410
.. [2] Kuensch, Ann. Statist. 17, 1217 (1989), doi:10.1214/aos/1176347265
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.proc.progress import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Bootstrap", "bootstrap"]


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """A statistic with its uncertainty."""

    value: Any
    """Of the data themselves."""
    error: Any
    """Standard deviation over the resampled data."""
    low: Any
    """Lower end of the interval."""
    high: Any
    """Upper end of the interval."""
    bias: Any
    """Mean over the resampled data minus the value."""
    samples: NDArray[Any]
    """The statistic of each resampled data set, shape (resamples, ...)."""


def bootstrap(
    data: Any,
    statistic: Callable[[NDArray[Any]], Any],
    *,
    axis: int = 0,
    confidence: float = 0.68,
    method: Literal["bca", "percentile"] = "bca",
    resampling: tuple[int, int] = (1000, 1),
    random_state: int | None = None,
) -> Bootstrap:
    """Find the uncertainty of any statistic by resampling.

    Parameters
    ----------
    data : Dataset or array
        Read into memory.
    statistic : callable
        Takes an array like the data, of the same length along `axis`, and returns a number
        or an array of real numbers.
    axis : int
        Along it are the independent observations: atoms, spectra, repetitions.
    confidence : float
        Of the interval.
    method : {"bca", "percentile"}
        Corrected for bias and skewness [1]_, or plain quantiles.
    resampling : tuple of two int
        How often, and how many neighbouring observations are drawn together: more than 1
        for a series or rows of an image that are correlated [2]_.
    random_state : int, optional
        Of the draws; an unpredictable one by default.

    Returns
    -------
    Bootstrap
        Value, error, interval, bias.

    Raises
    ------
    ValueError
        When there are fewer than two observations or blocks, or a word or share is
        impossible.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(5, 2, 400)
    >>> found = bootstrap(values, np.mean, random_state=1)
    >>> round(float(found.error), 2), bool(found.low < 5 < found.high)  # 2 / sqrt(400)
    (0.1, True)
    """
    values = np.moveaxis(np.asarray(data), axis, 0)
    if values.dtype.kind not in "biufc":
        msg = f"numbers are resampled, found {values.dtype}"
        raise TypeError(msg)
    n, (repeats, block) = len(values), resampling
    _check(n, (confidence, method), repeats, block)

    def evaluated(rows: Any) -> Any:
        return np.asarray(statistic(np.moveaxis(values[rows], 0, axis)))

    rng = np.random.default_rng(random_state)
    whole = np.asarray(statistic(np.moveaxis(values, 0, axis)))
    if whole.dtype.kind not in "biuf":
        msg = f"intervals are those of real numbers; the statistic returns {whole.dtype}"
        raise TypeError(msg)
    samples = np.empty((repeats, *whole.shape), np.result_type(whole.dtype, np.float64))
    with counted("bootstrap", repeats) as advance:
        for number in range(repeats):
            starts = rng.integers(0, n - block + 1, -(-n // block))
            rows = (starts[:, None] + np.arange(block)).ravel()[:n]
            samples[number] = evaluated(rows)
            advance(1)
    tails = np.array([0.5 - confidence / 2, 0.5 + confidence / 2])
    with np.errstate(invalid="ignore"):  # infinite statistics have no spread
        if method == "percentile":
            low, high = np.quantile(samples, tails, axis=0)
        else:
            left = np.stack([evaluated(rows) for rows in _without_one(n, block)])
            low, high = _corrected(samples, whole, left, tails)
        error, bias = samples.std(axis=0, ddof=1), samples.mean(axis=0) - whole
    return Bootstrap(whole[()], error, low, high, bias, samples)


def _check(n: int, words: tuple[float, str], repeats: int, block: int) -> None:
    confidence, method = words
    if not 1 <= block <= n // 2:
        msg = f"{n} observations in blocks of {block}: two blocks or more are needed"
        raise ValueError(msg)
    if method not in {"bca", "percentile"} or not 0 < confidence < 1 or repeats < 2:
        msg = (
            f"method is {method!r}, confidence {confidence}, {repeats} resamples; expected 'bca' "
            "or 'percentile', a share between 0 and 1, and two or more"
        )
        raise ValueError(msg)


def _without_one(n: int, block: int) -> Any:
    """Yield the observations without each block: at most 200 of them."""
    starts = np.unique(np.linspace(0, n - block, min(200, n // block)).astype(int))
    for start in starts:
        yield np.r_[0:start, start + block : n]


def _corrected(samples: Any, whole: Any, left: Any, tails: NDArray[Any]) -> tuple[Any, Any]:
    """Quantiles at levels corrected for median bias and acceleration, eq. (2.3) of [1]_."""
    from scipy.special import ndtr, ndtri

    flat = samples.reshape(len(samples), -1)
    value, jack = np.ravel(whole), left.reshape(len(left), -1)
    below = (flat < value).mean(axis=0) + 0.5 * (flat == value).mean(axis=0)
    shift = ndtri(np.clip(below, 0.5 / len(flat), 1 - 0.5 / len(flat)))
    deviation = jack.mean(axis=0) - jack
    power = np.square(deviation).sum(axis=0) ** 1.5
    skew = np.divide(
        (deviation**3).sum(axis=0), 6 * power, out=np.zeros_like(power), where=power > 0
    )
    ends = []
    for level in ndtri(tails):
        moved = shift + level
        corrected = ndtr(shift + moved / (1 - skew * moved))
        ends.append([np.quantile(column, c) for column, c in zip(flat.T, corrected, strict=True)])
    low, high = (np.asarray(end).reshape(whole.shape)[()] for end in ends)
    return low, high
