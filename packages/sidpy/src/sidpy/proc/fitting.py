"""The two fitters as functions: everything goes in at once, every result comes out.

A fitter is filled by several calls and fits in the last.  What its results have in their
history is the one call below that does the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from sidpy.sid.dataset import Dataset

__all__ = ["labelled_fit", "sid_fit", "sid_fit_refactor"]


@operation(name="sidpy.proc.fitting.sid_fit")
def sid_fit(  # noqa: PLR0913 - what the released package's class takes
    dataset: Dataset,
    fit_fn: Callable[..., Any],
    *,
    xvec: Any = None,
    ind_dims: Any = None,
    guess_fn: Callable[..., Any] | None = None,
    num_fit_parms: int | None = None,
    km_guess: bool = False,
    n_clus: int | None = None,
    return_cov: bool = False,
    return_std: bool = False,
    return_fit: bool = False,
    fit_parameter_labels: Any = None,
    start: Any = None,
    **options: Any,
) -> list[Dataset]:
    """Fit a function to the curve at every position, as `SidFitter` does.

    Parameters
    ----------
    dataset, fit_fn, xvec, ind_dims, guess_fn, num_fit_parms, km_guess, n_clus, return_cov
        As for `SidFitter`.
    return_std, return_fit, fit_parameter_labels
        As for `SidFitter`.
    start : ndarray of shape (parameters,) or (positions..., parameters), optional
        Start values, the ``p0`` of `SidFitter.do_fit`.
    **options
        The others of `SidFitter.do_fit`.

    Returns
    -------
    list of Dataset
        As `SidFitter.do_fit` returns.
    """
    from .fitter import SidFitter

    fitter = SidFitter(
        dataset, fit_fn, xvec, ind_dims, guess_fn, num_fit_parms, km_guess, n_clus,
        return_cov, return_std, return_fit, fit_parameter_labels,
    )  # fmt: skip
    return fitter.do_fit(p0=start, **options)


@operation(name="sidpy.proc.fitting.sid_fit_refactor")
def sid_fit_refactor(  # noqa: PLR0913 - what the released package's class takes
    dataset: Dataset,
    model_function: Callable[..., Any],
    guess_function: Callable[..., Any],
    *,
    ind_dims: Any = None,
    num_params: int | None = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    chunks: Any = "auto",
    **options: Any,
) -> Dataset | tuple[Dataset, Dataset]:
    """Fit a function to the curve at every position, as `SidpyFitterRefactor` does.

    Parameters
    ----------
    dataset, model_function, guess_function, ind_dims, num_params, lower_bounds, upper_bounds
        As for `SidpyFitterRefactor`.
    chunks
        As for `SidpyFitterRefactor.setup_calc`.
    **options
        As for `SidpyFitterRefactor.do_fit`.

    Returns
    -------
    Dataset or tuple of two
        As `SidpyFitterRefactor.do_fit` returns.
    """
    from .fitter_refactor import SidpyFitterRefactor

    fitter = SidpyFitterRefactor(
        dataset, model_function, guess_function, ind_dims, num_params, lower_bounds, upper_bounds
    )
    fitter.setup_calc(chunks)
    return fitter.do_fit(**options)


@operation(name="sidpy.proc.fitting.labelled_fit")
def labelled_fit(
    dataset: Dataset,
    parameters: Any,
    model_function: Callable[..., Any],
    guess_function: Callable[..., Any],
    *,
    ind_dims: Any = None,
    num_params: int | None = None,
) -> Dataset:
    """Return fit parameters as a dataset, as `SidpyFitterRefactor.transform_to_sidpy` does.

    Parameters
    ----------
    dataset, model_function, guess_function, ind_dims, num_params
        As for `SidpyFitterRefactor`.
    parameters : array of shape (positions..., parameters)
        What was fitted.
    """
    from .fitter_refactor import SidpyFitterRefactor

    fitter = SidpyFitterRefactor(dataset, model_function, guess_function, ind_dims, num_params)
    return fitter.transform_to_sidpy(parameters)
