"""Features at zero bias: a peak, a dip, or an interference of both [1]_, on a smooth ground.

References
----------
.. [1] Fano, Phys. Rev. 124, 1866 (1961), doi:10.1103/PhysRev.124.1866
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pycroscopy.fit.rows import Rows
from pycroscopy.fit.starts import best_shapes
from sidpy.proc.models.backgrounds import Polynomial
from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sidpy.proc.fitted import DatasetFit

    Floats = NDArray[np.float64]

__all__ = ["FanoLine", "fit_zero_bias"]


class FanoLine(Model):
    """A Lorentzian line with an even and an odd part.

    ``(even + odd * e) / (1 + e**2)`` with ``e = (x - center) / width``. In the form of Fano,
    up to a constant, ``a * (q + e)**2 / (1 + e**2)`` has ``even = a * (q**2 - 1)`` and
    ``odd = 2 * a * q``; unlike `a` and `q` these are always determined.

    Examples
    --------
    >>> FanoLine()([2.0, 1.0, 0.0, 0.5], np.array([0.0, 0.5]))
    array([2. , 1.5])
    """

    parameters = ("even", "odd", "center", "width")

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name or "line")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        even, odd, center, width = p
        away = (x - center) / width
        shape = 1 / (1 + away**2)
        values = (even + odd * away) * shape
        if jac is not None:
            by_away = odd * shape - 2 * away * shape * values
            jac[:, 0], jac[:, 1] = shape, away * shape
            jac[:, 2], jac[:, 3] = -by_away / width, -by_away * away / width
        return np.asarray(values)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of a grid of centers and widths, with a straight ground."""
        x = np.asarray(x, np.float64)
        span, middle = float(np.ptp(x)), float((x.max() + x.min()) / 2)

        def shapes() -> Iterator[tuple[Any, Floats]]:
            for width in np.geomspace(max(span / len(x), span / 100), span / 4, 8):
                for center in middle + span * np.linspace(-0.2, 0.2, 9):
                    parts = [self([*part, center, width], x) for part in ((1, 0), (0, 1))]
                    columns = [*parts, np.ones_like(x), x - middle]
                    yield (center, width), np.stack(columns, axis=1)

        found, heights = best_shapes(y, shapes(), heights=0)
        start = np.concatenate([heights[:, :2], found], axis=1)
        return np.where(np.isfinite(start), start, [0.0, 0.0, middle, span / 10])

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return centers within the axis, and widths that points can show."""
        low, high = super().bounds(x)
        low[3] = 0.0
        if x is not None:
            span = float(np.ptp(x))
            low[2:] = np.min(x), 0.2 * span / len(x)
            high[2:] = np.max(x), 2 * span
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (y, y, x, x)


@operation(name="pycroscopy.spectroscopy.fit_zero_bias")
def fit_zero_bias(
    data: Any,
    *,
    shape: Literal["lorentzian", "fano"] = "fano",
    window: tuple[float, float] | None = None,
    degree: int = 1,
    dim: str | int | None = None,
    compute: bool = True,
) -> DatasetFit:
    """Fit a peak, a dip or a Fano line near zero bias to the conductance at every position.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        Conductances.
    shape : {"lorentzian", "fano"}
        Without or with an odd part.
    window : (float, float), units of the axis
        Around the feature; everything by default.
    degree : int
        Of the polynomial below it.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    DatasetFit
        Parameters ``line.even`` (the height; negative for a dip), ``line.odd``,
        ``line.center``, ``line.width`` (half width at half maximum) and ``ground.c0`` ...,
        with errors, covariances and status. Fits that fail are NaN and counted.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For too few points in the window, and unknown words.

    Examples
    --------
    >>> bias = np.linspace(-20, 20, 81)
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array(FanoLine()([2.0, 1.0, 0.5, 3.0], bias) + 5)
    >>> data.set_dimension(0, sidpy.Dimension(bias, "bias", "bias", "mV", "SPECTRAL"))
    >>> round(float(fit_zero_bias(data)["line.width"]), 6)
    3.0
    """
    from sidpy.proc.dataset_fit import fit_dataset

    if shape not in ("lorentzian", "fano") or degree < 0:
        msg = (
            f"shape is {shape!r} and degree {degree!r}; expected 'lorentzian' or 'fano', and 0 "
            "or more"
        )
        raise ValueError(msg)
    rows = Rows.of(data, dim, least=6).real("conductances").within(window, least=degree + 6)
    return fit_dataset(
        rows.varying(), FanoLine() + Polynomial(degree, "ground"), dims=rows.axis,
        fixed={"line.odd": 0.0} if shape == "lorentzian" else None, compute=compute,
    )  # fmt: skip
