"""Resonances of band excitation: a simple harmonic oscillator in each complex spectrum [1]_.

Real and imaginary parts are residuals of their own, which reaches the bound that the noise
sets (Cramer and Rao); a fit of one number, as of a coefficient of determination, does not.

References
----------
.. [1] Jesse, Kalinin, Proksch, Baddorf, Rodriguez, Nanotechnology 18, 435503 (2007),
       doi:10.1088/0957-4484/18/43/435503
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.proc.engine.multistart import smoothed
from sidpy.proc.models.model import Model
from sidpy.proc.models.oscillations import SHO
from sidpy.sid.operations import operation

from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sidpy.proc.fitted import DatasetFit

__all__ = ["ComplexConstant", "fit_resonance"]


class ComplexConstant(Model):
    """The same complex value at all frequencies: feedthrough.

    Examples
    --------
    >>> ComplexConstant()([1.0, 2.0], np.arange(2.0))
    array([1.+2.j, 1.+2.j])
    """

    is_background = True
    is_complex = True
    parameters = ("real", "imaginary")

    def _evaluate(
        self,
        p: NDArray[Any],
        x: Any,  # noqa: ARG002 - the same everywhere
        jac: NDArray[Any] | None,
    ) -> NDArray[Any]:
        if jac is not None:
            jac[:, 0], jac[:, 1] = 1.0, 1.0j
        return np.asarray(p[0] + 1j * p[1])

    def guess(self, x: Any, y: NDArray[Any]) -> NDArray[np.float64]:  # noqa: ARG002 - no x
        """Return the mean."""
        mean = y.mean(axis=1)
        return np.stack([mean.real, mean.imag], axis=1)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:  # noqa: ARG002 - has no x
        """Return the unit of the data, twice."""
        return (y, y)


class _Oscillator(SHO):
    """The oscillator, with starts for resonances that are several points wide."""

    def starts(self, x: Any, y: NDArray[Any], number: int = 2) -> NDArray[np.float64]:
        """Return guesses from the data as they are, then the smoothest first."""
        least, most = 1.0, max(y.shape[-1] / 16, 1.5)
        widths = [0.0, *np.geomspace(most, least, max(number - 1, 1))][:number]
        return np.stack([self.guess(x, smoothed(y, w)) for w in widths], axis=1)

    def __repr__(self) -> str:
        return "SHO()"


@operation(name="pycroscopy.fit.fit_resonance")
def fit_resonance(
    data: Any,
    *,
    dim: str | int | None = None,
    background: Literal["none", "constant"] = "none",
    bounds: Mapping[str, tuple[float, float]] | None = None,
    mask: Any = None,
    starts: int = 2,
    compute: bool = True,
) -> DatasetFit:
    """Fit a simple harmonic oscillator to the complex spectrum at every position.

    Parameters
    ----------
    data : Dataset, complex, of shape (..., frequency)
        Spectra; NaN is missing.
    dim : str or int, optional
        The axis of frequencies: by default the only spectral one, or the last.
    background : {"none", "constant"}
        "constant" adds a complex number that is the same at all frequencies.
    bounds : mapping of str to (float, float), optional
        Other bounds for some parameters: the resonance is within a fifth of the band of it,
        the quality factor from 0.1 to that of a resonance between two points.
    mask : ndarray of bool, optional
        True where a point, a position or a frequency is left out.
    starts : int
        Starts of each fit, from the spectrum as it is and from smoothed ones; two keep spectra
        whose peak is three times the noise from false minima.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    DatasetFit
        Parameters ``amplitude`` (units of the data; the response at resonance is amplitude
        times quality factor), ``resonance_frequency``, ``quality_factor`` and ``phase`` (rad,
        from -pi to pi), with a background ``sho.amplitude`` ... and ``background.real``,
        ``background.imaginary``; their errors, covariances, reduced chi-squared, status.
        Fits that fail are NaN and counted in ``n_failed``.

    Raises
    ------
    TypeError
        When the data are real.
    ValueError
        For fewer than four frequencies, those that are not finite and positive, and unknown
        words.

    Notes
    -----
    The amplitude is positive; its sign is a phase of pi.  Constant spectra hold no resonance
    and count as failed.

    References
    ----------
    Model and guess: `sidpy.proc.models.SHO`.

    Examples
    --------
    >>> from pycroscopy.simulate import band_excitation_scan
    >>> made = band_excitation_scan((2, 3), noise=0.0)
    >>> found = fit_resonance(made.data)
    >>> bool(np.allclose(found["quality_factor"], made.truth["quality_factor"]))
    True
    """
    from sidpy.proc.dataset_fit import fit_dataset

    if background not in ("none", "constant"):
        msg = f"background is {background!r}; it can be 'none' or 'constant'"
        raise ValueError(msg)
    model: Model = _Oscillator("sho")
    if background == "constant":
        model = model + ComplexConstant("background")
    rows = Rows.of(data, dim, least=len(model.parameters) // 2 + 2)
    if rows.dataset.dtype.kind != "c":
        msg = (
            f"a resonance is fitted to complex spectra, found {rows.dataset.dtype} in "
            f"{rows.dataset.title!r}; join amplitude and phase: amplitude * exp(1j * phase)"
        )
        raise TypeError(msg)
    if rows.x.min() <= 0:
        name = rows.dataset._axes[rows.axis].name
        msg = (
            f"frequencies are positive, found {rows.x.min():g} along {name!r}; give the axis its "
            "values with set_dimension"
        )
        raise ValueError(msg)
    return fit_dataset(
        rows.varying(), model, dims=rows.axis, bounds=bounds, mask=mask, starts=starts,
        compute=compute,
    )  # fmt: skip
