"""`SidFitter`: fit a function to the curve at every position of a dataset.

The class of the released package, on the batched engine: no cluster is started, and one
that is active does the work.  `sidpy.proc.fit.batch_fit` is the engine itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.addresses import also_at
from sidpy.errors import LabelTypeError, LabelValueError
from sidpy.sid import Dataset, DataType, Dimension, DimensionType
from sidpy.sid.operations import begin

from .curvewise.clusters import cluster_fits
from .curvewise.curves import Curves, axes_of, spectral_axes
from .curvewise.notes import pickled_text, source_text
from .curvewise.pixelwise import Fitted, fit_block, fit_curves, guess_curves
from .curvewise.recipes import CurveRecipe
from .curvewise.user_models import UserModel
from .resources.scheduling import active_client, logical_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["DataType", "Dataset", "Dimension", "DimensionType", "SidFitter"]

__getattr__ = also_at(__name__, {"SpectralImageFitVisualizer": "sidpy.viz.dataset_viz"})


class _NoCluster:
    """What stands for a client where there is none."""

    dashboard_link = ""

    def __repr__(self) -> str:
        return "no cluster: threads of this process work"


class SidFitter:
    """Fit a function to the curve at every position.

    Parameters
    ----------
    sidpy_dataset : Dataset
        Real or complex, lazy or not; points that are not finite are left out.
    fit_fn : callable
        ``fit_fn(xvec, *parameters)`` returns a curve.  With several axes along the curve
        `xvec` has a row for each, flattened as ``np.meshgrid(..., indexing="ij")``.  For
        complex data it returns complex values, or real and imaginary parts end to end.
    xvec : ndarray or list, optional
        Independent values, a list of arrays for several axes; the dimensions' by default.
    ind_dims : tuple of int, optional
        The positions; by default every axis that is not spectral.
    guess_fn : callable, optional
        ``guess_fn(xvec, curve)`` returns start values.
    num_fit_parms : int, optional
        Number of parameters; needed without `guess_fn`.
    km_guess : bool
        Start each fit from the fit of the mean of a k-means cluster of curves.
    n_clus : int, optional
        Number of clusters; 2 by default.
    return_cov, return_std, return_fit : bool
        What `do_fit` returns besides the parameters.
    fit_parameter_labels : list of str, optional
        Names of the parameters, kept in the metadata.
    num_workers, threads : int
        Where no distributed client is active, their product is the number of threads, up
        to the number of cores.

    Raises
    ------
    ValueError
        Without `guess_fn` and `num_fit_parms`, for a wrong number of arrays in `xvec`, and
        when there is nothing to fit along.
    TypeError
        When the dataset is none or `xvec` is not made of arrays.

    Examples
    --------
    >>> import numpy as np, sidpy
    >>> bias = np.linspace(-1, 1, 50)
    >>> data = sidpy.Dataset.from_array(np.outer([1.0, 2.0, 3.0], bias) + 0.5)
    >>> data.set_dimension(1, sidpy.Dimension(bias, "bias", dimension_type="spectral"))
    >>> fitter = SidFitter(data, lambda x, slope, offset: slope * x + offset, num_fit_parms=2)
    >>> [table] = fitter.do_fit()
    >>> np.asarray(table).round(6)
    array([[1. , 0.5],
           [2. , 0.5],
           [3. , 0.5]])
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the released package's signature
        self,
        sidpy_dataset: Dataset,
        fit_fn: Callable[..., Any],
        xvec: NDArray[Any] | Sequence[Any] | None = None,
        ind_dims: Sequence[int] | None = None,
        guess_fn: Callable[..., Any] | None = None,
        num_fit_parms: int | None = None,
        km_guess: bool = False,  # noqa: FBT001, FBT002 - the same
        n_clus: int | None = None,
        return_cov: bool = False,  # noqa: FBT001, FBT002 - the same
        return_std: bool = False,  # noqa: FBT001, FBT002 - the same
        return_fit: bool = False,  # noqa: FBT001, FBT002 - the same
        fit_parameter_labels: Sequence[str] | None = None,
        num_workers: int = 2,
        threads: int = 2,
    ) -> None:
        if not isinstance(sidpy_dataset, Dataset):
            msg = f"expected a sidpy.Dataset, found {type(sidpy_dataset).__name__}"
            raise LabelTypeError(msg)
        if guess_fn is None and num_fit_parms is None:
            msg = "without guess_fn the number of parameters is needed: pass num_fit_parms"
            raise LabelValueError(msg)
        self.dataset = sidpy_dataset
        self.fit_fn, self.guess_fn = fit_fn, guess_fn
        self.num_fit_parms = num_fit_parms
        self.fit_labels = None if fit_parameter_labels is None else list(fit_parameter_labels)
        self.km_guess, self.n_clus = km_guess, 2 if n_clus is None else n_clus
        self.km_priors: Any = None
        self.km_labels: Any = None
        self.km_centers: Any = None
        self.return_cov, self.return_std = return_cov, return_std
        self.return_fit = return_fit
        self.num_workers, self.threads = num_workers, threads
        self._curves = Curves(sidpy_dataset, _along(sidpy_dataset, ind_dims))
        self.ind_dims, self.dep_dims = self._curves.across, self._curves.along
        self.dep_vec = _independent_values(self._curves, xvec)
        self.num_computations = self._curves.count
        self._xvec = xvec
        self.prior: Any = None
        self._guessed: Any = None
        self.guess_completed = False
        self.fitted_dset: Dataset | None = None
        self.mean_fit_results: list[Any] = []
        self.cov_fit_results: Any = None
        self.std_fit_results: Any = None

    @property
    def client(self) -> Any:
        """The active distributed client, or an object without a dashboard."""
        return active_client() or _NoCluster()

    def do_guess(self) -> None:
        """Call `guess_fn` for every curve and keep what it says in `prior`.

        Raises
        ------
        ValueError
            Without a `guess_fn`.
        """
        if self.guess_fn is None:
            msg = "there is no guess_fn; do_fit works without one"
            raise LabelValueError(msg)
        with self._hands():
            self.prior = self._guessed = guess_curves(self._curves, self._recipe({}))
        self.guess_completed = True

    def get_km_priors(self, **kwargs: Any) -> None:
        """Group similar curves, fit the mean of each group, and start from those fits.

        Parameters
        ----------
        **kwargs
            As for `do_fit`.

        Notes
        -----
        Fills `km_centers`, `km_labels`, `km_priors` and `prior`.  Holds all curves.
        """
        recipe = self._recipe(kwargs).checked()
        with self._hands():
            clusters = cluster_fits(self._curves, recipe, self.n_clus)
        self.km_centers, self.km_labels = clusters.means, clusters.labels
        self.km_priors, self.prior = clusters.parameters, clusters.starts

    def do_fit(self, **kwargs: Any) -> list[Dataset]:
        """Fit every curve.

        Parameters
        ----------
        **kwargs
            As for `scipy.optimize.curve_fit`: ``bounds``, ``sigma``, ``absolute_sigma``,
            ``ftol``, ``xtol``, ``gtol``, ``maxfev`` are understood by the engine; others
            (``method``, ``jac``, ``loss``, a matrix ``sigma``, ...) call ``curve_fit`` for
            each curve. ``p0`` of shape (parameters,) or (positions..., parameters) starts
            the fits.

        Returns
        -------
        list of Dataset
            Parameters, and as they were asked for: covariances, standard deviations, and
            the fitted curves (lazy).

        Raises
        ------
        TypeError
            For an option that ``curve_fit`` does not know.

        Warns
        -----
        SidpyWarning
            When fits failed, which then are NaN.

        Notes
        -----
        Starts from ``p0``, else the clusters (`km_guess`), else `guess_fn`, else 1 or the
        middle of the bounds.
        """
        p0 = kwargs.pop("p0", None)
        recipe = self._recipe(kwargs).checked()
        if p0 is None and self.km_guess:
            self.get_km_priors(**kwargs)
        elif p0 is None and self.prior is not self._guessed:
            p0 = self.prior  # from clusters that were asked for, or of the caller
        with self._hands():
            fitted = fit_curves(self._curves, recipe, self.prior if p0 is None else p0)
        return self._results(fitted, recipe, p0)

    def get_fitted_dataset(self) -> Dataset:
        """Return the fitted curves as a dataset like the one that was fitted.

        Raises
        ------
        RuntimeError
            Before `do_fit`, or without ``return_fit``.
        """
        if self.fitted_dset is None:
            msg = "there are no fitted curves yet: pass return_fit=True, then call do_fit()"
            raise RuntimeError(msg)
        return self.fitted_dset

    def visualize_fit_results(self, figure: Any = None, horizontal: bool = True) -> Any:  # noqa: FBT001, FBT002 - as in the released package
        """Show the data with the fitted curve of the position that is clicked.

        Parameters
        ----------
        figure : matplotlib Figure, optional
            Drawn into.
        horizontal : bool
            Image and curve side by side.

        Raises
        ------
        NotImplementedError
            For data that are no spectral image.
        RuntimeError
            Before `do_fit`, or without ``return_fit``.
        """
        if self.dataset.data_type is not DataType.SPECTRAL_IMAGE:
            msg = f"only spectral images are shown, found {self.dataset.data_type.name}"
            raise NotImplementedError(msg)
        # by name: pictures are a room beside this one
        viewer = import_module("sidpy.viz.dataset_viz").SpectralImageFitVisualizer
        fitted = self.get_fitted_dataset()
        return viewer(self.dataset, fitted, figure=figure, horizontal=horizontal)

    @staticmethod
    def default_curve_fit(
        fit_fn: Callable[..., Any],
        xvec: Any,
        yvec: Any,
        num_fit_parms: int | None,
        return_cov: bool = True,  # noqa: FBT001, FBT002 - as in the released package
        **kwargs: Any,
    ) -> Any:
        """Fit a single curve.

        Parameters
        ----------
        fit_fn, xvec
            As for the class.
        yvec : ndarray
            The curve.
        num_fit_parms : int
            Number of parameters; not needed with ``p0``.
        return_cov : bool
            Whether to return the covariance as well.
        **kwargs
            As for `do_fit`.

        Returns
        -------
        ndarray or tuple of ndarray
            Parameters, and their covariance; NaN when the fit failed.
        """
        p0 = kwargs.pop("p0", None)
        curve = np.asarray(yvec)
        count = num_fit_parms if p0 is None else np.size(p0)
        size = curve.size * (1 + np.iscomplexobj(curve))
        model = UserModel(fit_fn, xvec, size)
        recipe = CurveRecipe(model, None, (curve.size,), count, kwargs).checked()
        start = None if p0 is None else np.asarray(p0, float).reshape(1, -1)
        fitted = fit_block(recipe, curve.reshape(1, -1), start)
        fitted.warn_of_failures()
        parameters, covariance = fitted.parameters[0], fitted.covariance[0]
        return (parameters, covariance) if return_cov else parameters

    # ------------------------------------------------------------------ inside

    def _recipe(self, options: dict[str, Any]) -> CurveRecipe:
        curves = self._curves
        size = curves.points * (1 + curves.is_complex)
        model = UserModel(self.fit_fn, self.dep_vec, size)
        shape = curves.grid
        return CurveRecipe(model, self.guess_fn, shape, self.num_fit_parms, options)

    def _hands(self) -> Any:
        import dask

        wanted = max(1, int(self.num_workers) * int(self.threads))
        return dask.config.set(num_workers=min(wanted, logical_cores()))

    def _results(self, fitted: Fitted, recipe: CurveRecipe, start: Any) -> list[Dataset]:
        """Return what was asked for, labelled, and keep it."""
        curves, count = self._curves, fitted.parameters.shape[1]
        shape = (*curves.shape, count)
        stack, four = DataType.IMAGE_STACK, DataType.IMAGE_4D
        column = _column(count, "fit_parms", "fit_parameters", "TEMPORAL")
        table = curves.table(fitted.parameters.reshape(shape), "Fitting_Map", stack, [column])
        results = [table]
        if self.return_cov:
            names = ("fit_cov_parms_x", "fit_cov_parms_y")
            columns = [_column(count, name, "fit_cov_parameters", "SPECTRAL") for name in names]
            values = fitted.covariance.reshape(*shape, count)
            self.cov_fit_results = curves.table(values, "Fitting_Map_Covariance", four, columns)
            results.append(self.cov_fit_results)
        if self.return_std:
            column = _column(count, "std_dev", "std_dev_fit_parms", "TEMPORAL")
            values = fitted.errors.reshape(shape)
            self.std_fit_results = curves.table(values, "Fitting_Map_std_dev", stack, [column])
            results.append(self.std_fit_results)
        if self.return_fit:
            self.fitted_dset = curves.evaluated(recipe.model, fitted.parameters)
            results.append(self.fitted_dset)
        self.mean_fit_results = [table]
        self._note(results, recipe, start)
        return results

    def _note(self, results: list[Dataset], recipe: CurveRecipe, start: Any) -> None:
        """Write down, on every result, what was fitted and how."""
        from .fitting import sid_fit

        notes = {
            "fit_parameters_labels": self.fit_labels,
            "fitting_function": source_text(self.fit_fn),
            "guess_function": source_text(self.guess_fn),
            "ind_dims": self.ind_dims,
        }
        call = begin(
            sid_fit, self.dataset, self.fit_fn, xvec=self._xvec, ind_dims=self.ind_dims,
            guess_fn=self.guess_fn, num_fit_parms=self.num_fit_parms, km_guess=self.km_guess,
            n_clus=self.n_clus, return_cov=self.return_cov, return_std=self.return_std,
            return_fit=self.return_fit, fit_parameter_labels=self.fit_labels,
            start=start, **recipe.options,
        )  # fmt: skip
        results[0].metadata["fitting_functions"] = {"func1": pickled_text(self.fit_fn)}
        for number, result in enumerate(results):
            result.metadata["fit_parms_dict"] = dict(notes)
            call.on(result, str(number))


def _along(dataset: Dataset, ind_dims: Any) -> tuple[int, ...]:
    """Return the axes along the curve: those that are no positions."""
    if ind_dims is None:
        return spectral_axes(dataset)
    positions = axes_of(dataset, ind_dims)
    return tuple(axis for axis in range(dataset.ndim) if axis not in positions)


def _independent_values(curves: Curves, given: Any) -> Any:
    """Return what the function gets first: an array, with a row per axis for several axes."""
    axes = len(curves.along)
    if given is None:
        vectors = curves.vectors()
        return vectors[0] if axes == 1 else _mesh(vectors)
    if axes == 1:
        if not isinstance(given, np.ndarray | list):
            msg = f"xvec should be an array or a list of numbers, found {type(given).__name__}"
            raise LabelTypeError(msg)
        return np.asarray(given)
    if not isinstance(given, list):
        msg = f"xvec should be a list of {axes} arrays, found {type(given).__name__}"
        raise LabelTypeError(msg)
    if len(given) != axes:
        msg = f"xvec has {len(given)} arrays for {axes} axes to fit along"
        raise LabelValueError(msg)
    return _mesh([np.asarray(vector, float) for vector in given])


def _mesh(vectors: list[NDArray[Any]]) -> NDArray[np.float64]:
    return np.stack([part.ravel() for part in np.meshgrid(*vectors, indexing="ij")])


def _column(length: int, name: str, quantity: str, kind: str) -> Dimension:
    values = np.arange(length)
    return Dimension(values, name, quantity=quantity, units="a.u.", dimension_type=kind)
