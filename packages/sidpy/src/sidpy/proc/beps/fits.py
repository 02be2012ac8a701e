"""Fits of band-excitation data, with plain numbers and lists going in and coming out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import LabelValueError
from sidpy.proc.fitter_refactor import SidpyFitterRefactor
from sidpy.sid import Dataset, Dimension

from .hysteresis import LOOP_PARAMETER_LABELS, generate_guess, loop_fit_function
from .resonance import SHO_PARAMETER_LABELS, SHO_fit_flattened, sho_guess_fn

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["fit_beps_loops", "fit_sho_response"]


def fit_beps_loops(  # noqa: PLR0913 - the released package's signature
    data: ArrayLike,
    dc_voltage: ArrayLike,
    *,
    use_kmeans: bool = False,
    n_clusters: int = 6,
    return_cov: bool = False,
    loss: str = "linear",
    f_scale: float = 1.0,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    chunks: Any = "auto",
    dataset_name: str = "beps_loop_data",
) -> dict[str, Any]:
    """Fit a hysteresis loop at every position.

    Parameters
    ----------
    data : array of shape (..., points)
        Loops.
    dc_voltage : array of shape (points,), V
        First branch, then second.
    use_kmeans, n_clusters, return_cov, loss, f_scale, lower_bounds, upper_bounds, chunks
        As for `SidpyFitterRefactor`.
    dataset_name : str
        Title of the data.

    Returns
    -------
    dict
        ``parameters`` (nested lists), ``parameter_shape``, ``parameter_metadata``,
        ``parameter_labels``, ``fit_kind``, and the same for the covariance if asked for.

    Raises
    ------
    ValueError
        When the voltages do not fit the loops.
    """
    dataset = _dataset(np.asarray(data, float), dc_voltage, dataset_name, ("dc_voltage", "V"))
    fitter = SidpyFitterRefactor(
        dataset,
        loop_fit_function,
        generate_guess,
        num_params=len(LOOP_PARAMETER_LABELS),
        lower_bounds=lower_bounds,
        upper_bounds=upper_bounds,
    )
    options = {
        "use_kmeans": use_kmeans,
        "n_clusters": n_clusters,
        "return_cov": return_cov,
        "loss": loss,
        "f_scale": f_scale,
    }
    return _answer(fitter, chunks, options, LOOP_PARAMETER_LABELS, "beps_loop")


def fit_sho_response(  # noqa: PLR0913 - the released package's signature
    real_data: ArrayLike,
    frequency: ArrayLike,
    *,
    imag_data: ArrayLike | None = None,
    use_kmeans: bool = False,
    n_clusters: int = 10,
    return_cov: bool = False,
    loss: str = "linear",
    f_scale: float = 1.0,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    chunks: Any = "auto",
    dataset_name: str = "sho_response_data",
) -> dict[str, Any]:
    """Fit a harmonic oscillator to the complex response at every position.

    Parameters
    ----------
    real_data : array of shape (..., points)
        The complex response, or its real part.
    frequency : array of shape (points,), Hz
        Frequencies.
    imag_data : array of the same shape, optional
        The imaginary part.
    use_kmeans, n_clusters, return_cov, loss, f_scale, lower_bounds, upper_bounds, chunks
        As for `SidpyFitterRefactor`.
    dataset_name : str
        Title of the data.

    Returns
    -------
    dict
        As `fit_beps_loops` gives.

    Raises
    ------
    ValueError
        Without an imaginary part, and when shapes do not fit.
    """
    response = np.asarray(real_data)
    if imag_data is not None:
        imaginary = np.asarray(imag_data, float)
        if imaginary.shape != response.shape:
            msg = f"real_data has shape {response.shape}, imag_data {imaginary.shape}"
            raise LabelValueError(msg)
        response = response + 1j * imaginary
    if not np.iscomplexobj(response):
        msg = "an oscillator has a phase: pass complex data, or the imaginary part as imag_data"
        raise LabelValueError(msg)
    fitter = SidpyFitterRefactor(
        _dataset(response, frequency, dataset_name, ("frequency", "Hz")),
        SHO_fit_flattened,
        sho_guess_fn,
        num_params=len(SHO_PARAMETER_LABELS),
        lower_bounds=lower_bounds,
        upper_bounds=upper_bounds,
    )
    options = {
        "use_kmeans": use_kmeans,
        "n_clusters": n_clusters,
        "return_cov": return_cov,
        "loss": loss,
        "f_scale": f_scale,
    }
    return _answer(fitter, chunks, options, SHO_PARAMETER_LABELS, "sho")


def _dataset(values: NDArray[Any], axis: ArrayLike, title: str, label: tuple[str, str]) -> Dataset:
    """Return curves as a dataset whose last axis is spectral."""
    if values.ndim == 0:
        msg = "data should have at least one dimension, found a number"
        raise LabelValueError(msg)
    axis = np.asarray(axis, float).squeeze()
    if axis.shape != values.shape[-1:]:
        msg = (
            f"{label[0]} has shape {axis.shape}; the last axis of the data has {values.shape[-1]}"
        )
        raise LabelValueError(msg)
    dataset = Dataset.from_array(values, title=title)
    names = [f"position_{number}" for number in range(values.ndim - 1)]
    for number, (name, length) in enumerate(zip(names, values.shape, strict=False)):
        dataset.set_dimension(number, Dimension(length, name, dimension_type="SPATIAL"))
    name, units = label
    dataset.set_dimension(
        values.ndim - 1, Dimension(axis, name, units=units, dimension_type="SPECTRAL")
    )
    return dataset


def _answer(
    fitter: SidpyFitterRefactor,
    chunks: Any,
    options: dict[str, Any],
    labels: list[str],
    kind: str,
) -> dict[str, Any]:
    """Fit, and return what came out as lists and dictionaries."""
    fitter.setup_calc(chunks)
    found = fitter.do_fit(fit_parameter_labels=labels, **options)
    tables = found if isinstance(found, tuple) else (found,)
    answer: dict[str, Any] = {}
    for name, table in zip(("parameter", "covariance"), tables, strict=False):
        key = "parameters" if name == "parameter" else name
        answer[key] = table.compute().tolist()
        answer[f"{name}_shape"] = list(table.shape)
        answer[f"{name}_metadata"] = _listed(table.metadata)
    return {**answer, "parameter_labels": list(labels), "fit_kind": kind}


def _listed(value: Any) -> Any:
    """Return nested dictionaries with lists for arrays and tuples, ready for JSON."""
    if isinstance(value, dict):
        return {str(key): _listed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
