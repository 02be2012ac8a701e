"""Fits of currents over the bias, and over the distance of a tip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

from .conduction import LAWS, Diode, Emission, Ohmic, SimmonsBarrier
from .estimates import EstimatedCurves
from .local import LocalPolynomials
from .rows import Rows
from .starts import best_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sidpy.proc.fitted import DatasetFit

    Floats = NDArray[np.float64]

__all__ = ["TunnelDecay", "fit_barrier_height", "fit_current", "linearize_current"]

#: What a nA and a nm are in some units.
_CURRENTS: Final = {"A": 1e-9, "mA": 1e-6, "uA": 1e-3, "µA": 1e-3, "nA": 1.0, "pA": 1e3,
                    "fA": 1e6}  # fmt: skip
_LENGTHS: Final = {"m": 1e-9, "um": 1e-3, "µm": 1e-3, "nm": 1.0, "angstrom": 10.0, "Å": 10.0,
                   "A": 10.0, "pm": 1e3}  # fmt: skip
_VOLTS: Final = {"V": 1.0, "mV": 1e3, "uV": 1e6, "µV": 1e6}
#: 2 sqrt(2 m e) / hbar, 1/(nm sqrt(V)) (CODATA 2018).
_DECAY: Final = 10.246334446


class TunnelDecay(Model):
    """A current that falls exponentially with the distance, and an offset.

    ``current * exp(-2 k x) + offset`` with ``k`` of free electrons below a barrier in eV.

    Parameters
    ----------
    nanometer : float
        A nm in units of the axis.

    Examples
    --------
    >>> TunnelDecay()([1.0, 4.0, 0.0], np.array([0.0, 0.1])).round(4)
    array([1.    , 0.1288])
    """

    parameters = ("current", "barrier", "offset")

    def __init__(self, nanometer: float = 1.0) -> None:
        super().__init__("decay")
        self.nanometer = nanometer

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        current, barrier, offset = p
        root = np.sqrt(np.maximum(barrier, 0.0))
        way = _DECAY / self.nanometer * np.asarray(x, np.float64)
        shape = np.exp(np.clip(-way * root, -700.0, 700.0))
        if jac is not None:
            jac[:, 0], jac[:, 2] = shape, 1.0
            jac[:, 1] = -current * shape * way / (2 * np.maximum(root, 1e-150))
        return np.asarray(current * shape + offset)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of a grid of barriers."""
        x = np.asarray(x, np.float64)
        first, span = float(x.min()), float(np.ptp(x)) / self.nanometer
        rates = np.geomspace(0.1, 60, 48) / span
        shapes = (
            ((rate / _DECAY) ** 2,
             np.stack([np.exp(-rate * (x - first) / self.nanometer), np.ones_like(x)], axis=1))
            for rate in rates
        )  # fmt: skip
        found, heights = best_shapes(y, shapes, heights=0)
        away = np.clip(_DECAY * np.sqrt(found) * first / self.nanometer, -700, 700)
        heights[:, :1] *= np.exp(away)
        return np.stack([heights[:, 0], found[:, 0], heights[:, 1]], axis=1)

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return barriers above zero."""
        low, high = super().bounds(x)
        low[1] = 1e-9
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:  # noqa: ARG002 - eV takes it
        """Return the unit of each parameter."""
        return (y, "eV", y)

    def __repr__(self) -> str:
        return f"TunnelDecay({self.nanometer!r})"


@operation(name="pycroscopy.fit.fit_current")
def fit_current(
    data: Any,
    model: Literal[
        "ohmic", "diode", "simmons", "fowler-nordheim", "poole-frenkel", "schottky"
    ] = "ohmic",
    *,
    window: tuple[float, float] | None = None,
    mass: float = 1.0,
    area: float | None = None,
    dim: str | int | None = None,
    compute: bool = True,
) -> DatasetFit:
    """Fit a law of conduction to the current over the bias at every position.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        Currents; NaN is missing.
    model : {"ohmic", "diode", "simmons", "fowler-nordheim", "poole-frenkel", "schottky"}
        See `Ohmic`, `Diode`, `SimmonsBarrier` and `Emission` for their parameters.
    window : (float, float), units of the axis
        Where the law holds; everything by default.
    mass : float
        Of the electrons in the barrier of "simmons", in electron masses.
    area : float, optional, nm**2
        Of the barrier of "simmons", where it is known; height, thickness and area together
        are hardly determined.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    DatasetFit
        Parameters with errors, covariances and status. Fits that fail, and constant curves,
        are NaN and counted in ``n_failed``.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer than five points in the window, unknown words, and for "simmons" units that
        are no currents and voltages.

    Notes
    -----
    Currents themselves are fitted, so that noise does not bias the result; fits start from
    the line through the linearized curve (see `linearize_current`) or from a grid.

    Examples
    --------
    >>> bias = np.linspace(-1, 1, 21)
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array(bias / 50, units="nA")
    >>> data.set_dimension(0, sidpy.Dimension(bias, "bias", "bias", "V", "SPECTRAL"))
    >>> found = fit_current(data)
    >>> round(float(found["resistance"]), 6), found["resistance"].units
    (50.0, 'V/nA')
    """
    from sidpy.proc.dataset_fit import fit_dataset

    rows = Rows.of(data, dim, least=5).real("currents").within(window, least=5)
    if not (mass > 0 and (area is None or area > 0)):
        msg = f"mass and area are positive, found {mass!r} and {area!r}"
        raise ValueError(msg)
    law: Model
    if model == "simmons":
        volt = _scale(rows.units[0] or "V", _VOLTS, "the bias")
        current = _scale(rows.units[1] or "nA", _CURRENTS, "the current")
        law = SimmonsBarrier(float(mass), current, volt, area)
    elif model in ("ohmic", "diode"):
        law = Ohmic() if model == "ohmic" else Diode()
    elif model in LAWS:
        law = Emission(model)
    else:
        words = ("ohmic", "diode", "simmons", *LAWS)
        msg = f"model is {model!r}; it can be {', '.join(map(repr, words))}"
        raise ValueError(msg)
    return fit_dataset(rows.varying(), law, dims=rows.axis, compute=compute)


@operation(name="pycroscopy.fit.fit_barrier_height")
def fit_barrier_height(
    data: Any, *, window: tuple[float, float] | None = None, dim: str | int | None = None,
    compute: bool = True,
) -> DatasetFit:  # fmt: skip
    """Fit the height of the barrier to the current over the distance at every position.

    Parameters
    ----------
    data : Dataset or array of shape (..., distance), real
        Currents.
    window : (float, float), units of the axis
        Where the decay is exponential; everything by default.
    dim : str or int, optional
        The axis of the distance, larger away from the sample, in m, um, nm, angstrom or pm
        (without a unit in nm): by default the only spectral one, or the last.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    DatasetFit
        Parameters ``current`` (at distance zero), ``barrier`` (eV, apparent: the mean of both
        work functions where nothing else drops) and ``offset``, with errors, covariances and
        status. Fits that fail, and constant curves, are NaN and counted.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer than five points in the window, and other units.

    Examples
    --------
    >>> way = np.linspace(0, 0.5, 41)
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array(TunnelDecay()([2.0, 4.5, 0.01], way))
    >>> data.set_dimension(0, sidpy.Dimension(way, "z", "distance", "nm", "SPECTRAL"))
    >>> round(float(fit_barrier_height(data)["barrier"]), 6)
    4.5
    """
    from sidpy.proc.dataset_fit import fit_dataset

    rows = Rows.of(data, dim, least=5).real("currents").within(window, least=5)
    model = TunnelDecay(_scale(rows.units[0] or "nm", _LENGTHS, "the distance"))
    return fit_dataset(rows.varying(), model, dims=rows.axis, compute=compute)


@operation(name="pycroscopy.fit.linearize_current")
def linearize_current(
    data: Any,
    law: Literal["fowler-nordheim", "poole-frenkel", "schottky"],
    *,
    side: Literal[1, -1] = 1,
    dim: str | int | None = None,
) -> EstimatedCurves:
    """Return the curve that a law of emission makes a line.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        Currents.
    law : {"fowler-nordheim", "poole-frenkel", "schottky"}
        ``ln(i / x**2)`` over ``1 / x``, ``ln(i / x)`` over ``sqrt(x)``, or ``ln(i)`` over
        ``sqrt(x)``.
    side : {1, -1}
        Positive or negative biases.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.

    Returns
    -------
    EstimatedCurves
        Lazy; NaN where a current does not exceed its noise. Errors are of first order: fit
        currents (`fit_current`) where they are near the noise.

    Raises
    ------
    ValueError
        For fewer than two biases on this side, and unknown words.

    Examples
    --------
    >>> bias = np.linspace(1, 3, 21)
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array(Emission("schottky")([0.5, 2.0], bias))
    >>> data.set_dimension(0, sidpy.Dimension(bias, "bias", "bias", "V", "SPECTRAL"))
    >>> line = linearize_current(data, "schottky").values
    >>> bool(np.allclose(line, 0.5 + 2 * line._axes[0].values))
    True
    """
    import sidpy

    rows = Rows.of(data, dim, least=5).real("currents")
    if law not in LAWS or side not in (1, -1):
        msg = f"law is {law!r} and side {side!r}; expected one of {', '.join(LAWS)}, and 1 or -1"
        raise ValueError(msg)
    chosen = np.flatnonzero(side * rows.x > 0)
    if len(chosen) < 2:
        msg = f"{len(chosen)} biases on side {side} of {rows.dataset.title!r}; 2 needed"
        raise ValueError(msg)
    before, within = LAWS[law]
    size = np.abs(rows.x[chosen])
    places = size**within
    order = np.argsort(places, kind="stable")
    here = LocalPolynomials.of(rows.x, rows.x, 0.05 * float(np.ptp(rows.x)), 2)
    packed = rows.mapped(
        _linearized, 2 * len(order) + 1, here=here, chosen=chosen[order],
        shift=before * np.log(size[order]), side=side,
    )  # fmt: skip
    name = {-1.0: "inverse bias", 0.5: "root of the bias"}[within]
    unit = rows.units[0] and {-1.0: f"1/{rows.units[0]}", 0.5: f"{rows.units[0]}**0.5"}[within]
    along = sidpy.Dimension(places[order], "place", name, unit or "generic", "SPECTRAL")
    count, title = len(order), f"{law} plot of {rows.dataset.title}"
    return EstimatedCurves(
        rows.placed(packed[..., :count], title, "", "logarithm of the current", along),
        rows.placed(
            packed[..., count:-1], f"{title}, error", "", "standard deviation", along
        ),
        rows.placed(packed[..., -1], f"noise of {rows.dataset.title}", rows.dataset.units,
                    "standard deviation"),
    )  # fmt: skip


def _linearized(
    block: Any, *, here: LocalPolynomials, chosen: NDArray[np.intp], shift: Floats, side: int
) -> Floats:
    """Return logarithms, errors and noise side by side."""
    y = np.asarray(block, np.float64)
    noise = here.noise(y.reshape(-1, y.shape[-1])).reshape(*y.shape[:-1], 1)
    size = side * y[..., chosen]
    with np.errstate(all="ignore"):
        size = np.where(size > np.nan_to_num(noise), size, np.nan)
        parts = [np.log(size) - shift, noise / size, noise]
    return np.concatenate(parts, axis=-1)


def _scale(unit: str, known: dict[str, float], what: str) -> float:
    if unit not in known:
        msg = f"{what} is in {unit!r}; expected {', '.join(known)}"
        raise ValueError(msg)
    return known[unit]
