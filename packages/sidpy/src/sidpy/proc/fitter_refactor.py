"""`SidpyFitterRefactor`: the released package's second fitter, on the batched engine.

It differs from `SidFitter` in what it calls an independent dimension: here the axes along
the curve.  `sidpy.proc.fit.batch_fit` is the engine itself.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import LabelTypeError, LabelValueError
from sidpy.sid import Dataset, DataType, Dimension
from sidpy.sid.operations import Call, begin
from sidpy.sid.provenance import Provenance

from .curvewise.clusters import cluster_fits
from .curvewise.curves import Curves, axes_of, spectral_axes
from .curvewise.notes import source_text
from .curvewise.pixelwise import first_starts, fit_curves, guess_curves
from .curvewise.recipes import CurveRecipe
from .curvewise.user_models import UserModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["SidpyFitterRefactor"]


class SidpyFitterRefactor:
    """Fit a function to the curve at every position.

    Parameters
    ----------
    dataset : Dataset
        Real or complex, lazy or not; points that are not finite are left out.
    model_function : callable
        ``model_function(x, *parameters)`` returns a curve, complex where the data are.
        With several axes along the curve `x` holds the values of each, and the function
        returns its values on their grid, in rows or flattened.
    guess_function : callable
        ``guess_function(x, curve)`` returns start values; the curve is flattened.
    ind_dims : int, str or tuple of them, optional
        The axes along the curve; by default the spectral ones.
    num_params : int, optional
        Number of parameters; by default what the guess returns.
    lower_bounds, upper_bounds : float or sequence, optional
        One for all parameters or one each.

    Raises
    ------
    TypeError
        When `dataset` is none.
    ValueError
        When there is nothing to fit along.

    Examples
    --------
    >>> import sidpy
    >>> time = np.linspace(0, 3, 40)
    >>> data = sidpy.Dataset.from_array(np.exp(-np.outer([1.0, 2.0], time)))
    >>> data.set_dimension(1, sidpy.Dimension(time, "time", dimension_type="spectral"))
    >>> fitter = SidpyFitterRefactor(
    ...     data, lambda x, height, rate: height * np.exp(-rate * x), lambda x, y: [0.5, 1.5]
    ... )
    >>> np.asarray(fitter.do_fit()).round(6)
    array([[1., 1.],
           [1., 2.]])
    """

    def __init__(
        self,
        dataset: Dataset,
        model_function: Callable[..., Any],
        guess_function: Callable[..., Any],
        ind_dims: int | str | Sequence[int | str] | None = None,
        num_params: int | None = None,
        lower_bounds: Any = None,
        upper_bounds: Any = None,
    ) -> None:
        if not isinstance(dataset, Dataset):
            msg = f"expected a sidpy.Dataset, found {type(dataset).__name__}"
            raise LabelTypeError(msg)
        self.dataset = dataset
        self.model_func, self.guess_func = model_function, guess_function
        self.lower_bounds, self.upper_bounds = lower_bounds, upper_bounds
        self.spectral_dims = spectral_axes(dataset)
        along = self.spectral_dims if ind_dims is None else axes_of(dataset, ind_dims)
        self._curves = Curves(dataset, along)
        self.ndim, self.is_complex = dataset.ndim, self._curves.is_complex
        self.ind_dims, self.spat_dims = self._curves.along, list(self._curves.across)
        self.x_axis = _axes_values(self._curves)
        self.num_params = num_params
        self.fit_parameter_labels: list[str] | None = None
        self.guess_result: Any = None
        self.fit_result: Any = None

    def setup_calc(self, chunks: Any = "auto") -> None:
        """Find the number of parameters and settle how the positions are cut into blocks.

        Parameters
        ----------
        chunks : "auto", int or tuple
            Lengths of blocks of positions, as dask understands them.

        Notes
        -----
        `do_guess` and `do_fit` call it when nobody did.
        """
        self._curves.chunks = chunks
        if self.num_params is None:
            curve = np.asarray(self._curves.first())
            reasons: list[str] = []
            start = first_starts(self._recipe(), curve.reshape(1, -1), reasons)
            if reasons or not start.size:
                why = reasons[0] if reasons else "it returned nothing"
                msg = f"the guess tells no number of parameters: {why}; pass num_params"
                raise LabelValueError(msg)
            self.num_params = start.shape[1]

    def do_guess(self) -> NDArray[np.float64]:
        """Return what the guess says of every curve, shape (positions..., parameters)."""
        self._prepare()
        guessed = guess_curves(self._curves, self._recipe())
        self.guess_result = guessed.reshape(*self._curves.shape, -1)
        return self.guess_result

    def do_kmeans_guess(self, n_clusters: int = 10) -> Any:
        """Return start values that are fits of the means of clusters of similar curves.

        Parameters
        ----------
        n_clusters : int
            Clusters, at most.

        Returns
        -------
        dask array of shape (positions..., parameters)
            Computed already.
        """
        import dask.array as da

        self._prepare()
        recipe = self._recipe(self._options("linear", 1.0)).checked()
        starts = cluster_fits(self._curves, recipe, n_clusters).starts
        self.guess_result = da.from_array(starts.reshape(*self._curves.shape, -1), chunks=-1)
        return self.guess_result

    def do_fit(
        self,
        guesses: Any = None,
        use_kmeans: bool = False,  # noqa: FBT001, FBT002 - the same
        n_clusters: int = 10,
        fit_parameter_labels: Sequence[str] | None = None,
        loss: str = "linear",
        f_scale: float = 1.0,
        return_cov: bool = False,  # noqa: FBT001, FBT002 - the same
    ) -> Dataset | tuple[Dataset, Dataset]:
        """Fit every curve.

        Parameters
        ----------
        guesses : array, optional
            Start values, shape (parameters,) or (positions..., parameters).
        use_kmeans : bool
            Start from `do_kmeans_guess`.
        n_clusters : int
            For that.
        fit_parameter_labels : list of str, optional
            Names of the parameters, kept in the metadata.
        loss, f_scale
            As for `scipy.optimize.least_squares`: how large residuals count less.
        return_cov : bool
            Whether to return the covariances as well.

        Returns
        -------
        Dataset or tuple of two
            Parameters, and their covariances.

        Raises
        ------
        ValueError
            For bounds of a wrong number or order and an unknown loss.

        Warns
        -----
        SidpyWarning
            When fits failed, which then are NaN.
        """
        self._prepare()
        labels = fit_parameter_labels
        self.fit_parameter_labels = None if labels is None else list(labels)
        recipe = self._recipe(self._options(loss, f_scale)).checked()
        given = guesses is not None
        if not given and use_kmeans:
            guesses = self.do_kmeans_guess(n_clusters)
        fitted = fit_curves(self._curves, recipe, guesses)
        shape, count = self._curves.shape, fitted.parameters.shape[1]
        self.fit_result = fitted.parameters.reshape(*shape, count)
        settings = {
            "ind_dims": self.ind_dims,
            "is_complex": self.is_complex,
            "use_kmeans": use_kmeans,
            "n_clusters": n_clusters if use_kmeans else None,
            "lower_bounds": self.lower_bounds,
            "upper_bounds": self.upper_bounds,
            "loss": loss,
            "f_scale": f_scale,
            "return_cov": return_cov,
        }
        if self.fit_parameter_labels is not None:
            settings["fit_parameter_labels"] = self.fit_parameter_labels
        call = self._call(guesses if given else None, settings)
        table = self._table(self.fit_result, settings, call, "0" if return_cov else "")
        if not return_cov:
            return table
        covariance = fitted.covariance.reshape(*shape, count, count)
        return table, self._covariances(covariance, settings, call)

    def transform_to_sidpy(self, fit_dask_array: Any) -> Dataset:
        """Return parameters, shape (positions..., parameters), as a dataset."""
        from .fitting import labelled_fit

        call = begin(
            labelled_fit, self.dataset, fit_dask_array, self.model_func, self.guess_func,
            ind_dims=self.ind_dims, num_params=self.num_params,
        )  # fmt: skip
        return self._table(fit_dask_array, {"ind_dims": self.ind_dims}, call)

    @staticmethod
    def reconstruct_function(
        source_code_input: str | Sequence[str], context: Mapping[str, Any] | None = None
    ) -> Callable[..., Any]:
        """Run source text and return the last function it defines.

        **It runs the text.** Call it for text you trust, and never for what a file of
        somebody else's says; nothing in this family of packages calls it.

        Parameters
        ----------
        source_code_input : str or list of str
            Source, as one text or in lines; common indentation is removed.
        context : mapping, optional
            Names the text may use; ``np`` is NumPy without it.

        Raises
        ------
        TypeError
            When the source is neither.
        RuntimeError
            When it cannot be run.
        ValueError
            When it defines no function.

        Examples
        --------
        >>> double = SidpyFitterRefactor.reconstruct_function("def f(x): return 2 * x")
        >>> double(4)
        8
        """
        if isinstance(source_code_input, list | tuple):
            lines = [str(line).rstrip("\n") for line in source_code_input]
            source_code_input = "\n".join(lines)
        if not isinstance(source_code_input, str):
            msg = f"source is a str or a list of str, found {type(source_code_input).__name__}"
            raise LabelTypeError(msg)
        names: dict[str, Any] = {"np": np, "numpy": np, **(context or {})}
        before = dict(names)
        try:
            exec(textwrap.dedent(source_code_input), names)
        except Exception as error:
            msg = f"the source cannot be run: {type(error).__name__}: {error}"
            raise RuntimeError(msg) from error
        new = [
            value
            for name, value in names.items()
            if callable(value) and before.get(name) is not value
        ]
        if not new:
            msg = "the source defines no function"
            raise LabelValueError(msg)
        return new[-1]

    # ------------------------------------------------------------------ inside

    def _prepare(self) -> None:
        if self.num_params is None:
            self.setup_calc(self._curves.chunks)

    def _recipe(self, options: Mapping[str, Any] | None = None) -> CurveRecipe:
        curves = self._curves
        size = curves.points * (1 + curves.is_complex)
        model = UserModel(self.model_func, self.x_axis, size, grid=len(curves.along))
        return CurveRecipe(
            model, self.guess_func, (curves.points,), self.num_params, dict(options or {})
        )

    def _options(self, loss: str, f_scale: float) -> dict[str, Any]:
        losses = ("linear", "soft_l1", "huber", "cauchy", "arctan")
        if not callable(loss) and loss not in losses:
            msg = f"loss is {loss!r}; it can be a function or one of {losses}"
            raise LabelValueError(msg)
        low = -np.inf if self.lower_bounds is None else self.lower_bounds
        high = np.inf if self.upper_bounds is None else self.upper_bounds
        return {"bounds": (low, high), "loss": loss, "f_scale": f_scale}

    def _call(self, guesses: Any, settings: Mapping[str, Any]) -> Call:
        """Return what the fit would be as one call."""
        from .fitting import sid_fit_refactor

        names = ("use_kmeans", "loss", "f_scale", "return_cov")
        options = {name: settings[name] for name in names}
        if settings["use_kmeans"]:
            options["n_clusters"] = settings["n_clusters"]
        return begin(
            sid_fit_refactor, self.dataset, self.model_func, self.guess_func,
            ind_dims=self.ind_dims, num_params=self.num_params, lower_bounds=self.lower_bounds,
            upper_bounds=self.upper_bounds, chunks=self._curves.chunks, guesses=guesses,
            fit_parameter_labels=self.fit_parameter_labels, **options,
        )  # fmt: skip

    def _table(
        self, values: Any, settings: Mapping[str, Any], call: Call, part: str = ""
    ) -> Dataset:
        quantity = "index" if self.fit_parameter_labels is None else "Label"
        column = _column(values.shape[-1], "fit_parameters", quantity)
        title = f"{self.dataset.title}_fit_params"
        table = self._curves.table(values, title, DataType.IMAGE_STACK, [column])
        self._note(table, settings)
        return self._signed(table, call, part, {"generated_from": self.dataset.title})

    def _covariances(self, values: Any, settings: Mapping[str, Any], call: Call) -> Dataset:
        names = ("parameter_row", "parameter_col")
        columns = [_column(values.shape[-1], name, "index") for name in names]
        title = f"{self.dataset.title}_fit_covariance"
        table = self._curves.table(values, title, DataType.UNKNOWN, columns)
        origin = {
            "generated_from": self.dataset.title,
            "parent_fit": f"{self.dataset.title}_fit_params",
        }
        self._note(table, settings)
        return self._signed(table, call, "1", origin)

    def _note(self, table: Dataset, settings: Mapping[str, Any]) -> None:
        """Write down for people what was fitted, how, and from what."""
        source = {
            "model_function": source_text(self.model_func).splitlines(),
            "guess_function": source_text(self.guess_func).splitlines(),
        }
        table.metadata.update({
            "fit_parameters": dict(settings),
            "source_code": source,
            "dataset_info": {
                "original_name": self.dataset.name,
                "original_shape": self.dataset.shape,
            },
            "num_params": self.num_params,
        })  # fmt: skip

    @staticmethod
    def _signed(table: Dataset, call: Call, part: str, origin: Mapping[str, str]) -> Dataset:
        """Write the call into the history, and the origin as the released package does."""
        call.on(table, part)
        history = table.provenance_record
        stored = dict(history.stored)
        stored["sidpy"] = {**_dictionary(stored.get("sidpy")), **origin}
        table.provenance_record = Provenance(history.last, stored)
        return table


def _dictionary(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _axes_values(curves: Curves) -> Any:
    """Return the values along the curve: of one axis, or a row for each of several."""
    vectors = curves.vectors()
    if len(vectors) == 1:
        return vectors[0]
    alike = len({vector.size for vector in vectors}) == 1
    return np.stack(vectors) if alike else vectors


def _column(length: int, name: str, quantity: str) -> Dimension:
    return Dimension(
        np.arange(length), name, quantity=quantity, units="generic", dimension_type="SPECTRAL"
    )
