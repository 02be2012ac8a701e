"""Fit a model along some dimensions of a dataset, at every position of the others.

The data stay lazy: each block of positions is read, fitted by `sidpy.proc.fit.batch_fit`
and forgotten, on whatever dask scheduler is active.  What comes back is small: parameters,
their covariances, the quality of each fit, as datasets that know their units.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.errors import DimensionError
from sidpy.sid.operations import operation

from ._blocks import Layout, Recipe
from ._tasks import Task
from .fit import FitSettings
from .fitted import DatasetFit
from .guess import KMeansPrior, filled, neighbour_start
from .models.written import model_of
from .progress import compute as compute_together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from sidpy.sid.dataset import Dataset

    from .models import Model

    Floats = NDArray[np.float64]

__all__ = ["fit_dataset"]

#: Spectra that k-means priors are made from, at most.
_SAMPLE = 4000
#: Rounds in which failed fits start anew from their neighbours.
_ROUNDS = 3


@operation(name="sidpy.fit_dataset")
def fit_dataset(  # noqa: PLR0913 - the independent choices of a fit, all by keyword
    dataset: Dataset,
    model: Model | Callable[..., Any] | str | Mapping[str, Any],
    *,
    dims: str | int | Sequence[str | int] | None = None,
    start: Mapping[str, float] | ArrayLike | None = None,
    guess: Literal["model", "kmeans"] = "model",
    bounds: Mapping[str, tuple[float, float]] | None = None,
    fixed: Mapping[str, float] | None = None,
    tied: Mapping[str, str | tuple[str, float, float]] | None = None,
    shared: Sequence[str] = (),
    weights: Any = "variance",
    mask: Any = None,
    noise: Literal["white", "poisson"] = "white",
    loss: Literal["linear", "soft_l1", "huber", "cauchy", "arctan"] = "linear",
    f_scale: float = 1.0,
    starts: int = 1,
    clusters: int = 10,
    refit: bool = True,
    seed: int = 0,
    settings: FitSettings | Mapping[str, Any] | None = None,
    memory: int = 1 << 28,
    compute: bool = True,
) -> DatasetFit:
    """Fit a model along some dimensions of a dataset, at every position of the others.

    Parameters
    ----------
    dataset : Dataset
        Real or complex data; NaN is missing.
    model : Model, callable or str
        One of `sidpy.proc.models`, a sum of them, their text ``"Gaussian() + Constant()"``,
        or a function ``f(x, a, b, ...)``.
    dims : str, int or sequence of them, optional
        Names or numbers of the fitted dimensions, in the order of the model's coordinates;
        by default the spectral ones, or as many last ones as the model has coordinates.
    start : mapping of str to float, or ndarray of shape (*positions, parameters), optional
        Start values of some parameters, or of all at each position (NaN: guessed); by
        default guessed from the data.
    guess : {"model", "kmeans"}
        Guess each spectrum by itself, or fit means of similar spectra first.
    bounds : mapping of str to (float, float), optional
        Other bounds than the model's own for some parameters.
    fixed : mapping of str to float, optional
        Parameters that are known.
    tied : mapping of str to str or (str, factor, offset), optional
        Parameters that follow others.
    shared : sequence of str
        Parameters that have one value at all positions; the data are then fitted in one
        piece.
    weights : "variance", ndarray, Dataset or None
        Inverse variance of the noise, of the shape of the dataset or of its fitted
        dimensions; "variance" takes the dataset's own if it has one.
    mask : ndarray or Dataset of bool, optional
        True where a point, a position (shape of the positions) or a channel (shape of the
        fitted dimensions) is left out.
    noise : {"white", "poisson"}
        Least squares, or maximum likelihood of counts.
    loss, f_scale
        Robust losses; see `sidpy.proc.fit.batch_fit`.
    starts : int
        Starts of each fit; noisy data need several (4) not to end in false minima.
    clusters : int
        Groups of similar spectra for `guess` "kmeans".
    refit : bool
        Start failed fits anew from converged neighbours.
    seed : int
        Seed of the k-means.
    settings : FitSettings or dict, optional
        Tolerances and iterations.
    memory : int, bytes
        Working memory of one task; blocks of positions are cut to fit in.
    compute : bool
        Fit now, with a progress bar; otherwise the result is lazy and failed fits are not
        started anew.

    Returns
    -------
    DatasetFit
        Parameters, errors, covariances, quality, fitted curves; failed fits are NaN.

    Raises
    ------
    DimensionError
        When dimensions do not exist or their number is not that of the model.
    TypeError
        When `model` is neither a model nor a function.
    ValueError
        When parameters do not exist, shapes do not fit or words are unknown.

    See Also
    --------
    sidpy.proc.fit.batch_fit : the same for plain arrays, without guesses and labels.

    Notes
    -----
    Stays within `memory` per worker plus the result, which holds
    ``parameters * (parameters + 1) + 4`` numbers for each position.

    Examples
    --------
    >>> import numpy as np, sidpy
    >>> from sidpy.proc.models import Constant, Gaussian
    >>> energy = sidpy.Dimension(np.linspace(0, 10, 50), "energy", "Energy", "eV", "spectral")
    >>> lines = Gaussian()([[2.0, 4.0, 1.0], [3.0, 6.0, 0.5]], energy.values) + 1
    >>> data = sidpy.Dataset.from_array(lines, title="lines", units="counts")
    >>> data.set_dimension(1, energy)
    >>> found = fit_dataset(data, Gaussian() + Constant())
    >>> found["gaussian.center"].compute().round(6)
    array([4., 6.])
    >>> found["gaussian.center"].units
    'eV'
    """
    model = model_of(model)
    settings = FitSettings(**settings) if isinstance(settings, dict) else settings
    axes = _fitted_axes(dataset, dims, model)
    if model.is_complex and dataset.dtype.kind != "c":
        msg = f"{model!r} is complex and the dataset holds {dataset.dtype}"
        raise ValueError(msg)
    task = Task.of(dataset, axes, mask, weights if noise == "white" else _given(weights))
    x = _coordinates(dataset, axes)
    given, each_start = _start(model, start, task.positions)
    index = {name: k for k, name in enumerate(model.parameters)}
    options = {
        "bounds": _bounds(model, x, bounds, fixed),
        "tied": {
            model.index(k): model.index(v) if isinstance(v, str) else (model.index(v[0]), *v[1:])
            for k, v in (tied or {}).items()
        },
        "shared": [model.index(name) for name in shared],
        "noise": noise,
        "loss": loss,
        "f_scale": f_scale,
        "settings": settings,
    }
    for name, value in (fixed or {}).items():
        given = np.full(len(index), np.nan) if given is None else given
        given[model.index(name)] = value
    recipe = Recipe(model, x, len(axes), given, None, max(1, starts), options)
    task = task.cut(memory, len(model.parameters), whole=bool(shared))
    if guess == "kmeans":
        recipe = replace(recipe, prior=_prior(recipe, task, clusters, seed))
    elif guess != "model":
        msg = f"guess is {guess!r}; it can be 'model' or 'kmeans'"
        raise ValueError(msg)
    packed = task.fitted(recipe, each_start)
    if compute:
        packed = compute_together([packed], label=f"fitting {dataset.title or 'dataset'}")[0]
        if refit and not shared:
            _refit(packed, task, recipe)
    return DatasetFit(dataset, model, axes, x, packed)


def _given(weights: Any) -> Any:
    """Return weights of counts: the variance of counts is in their likelihood already."""
    return None if isinstance(weights, str) else weights


def _fitted_axes(dataset: Dataset, dims: Any, model: Model) -> tuple[int, ...]:
    if dims is None:
        axes = [int(a) for a in dataset.get_spectral_dims()]
        if len(axes) != model.ndim:
            axes = [*range(dataset.ndim)][-model.ndim :]
    else:
        axes = [_axis(dataset, d) for d in ([dims] if isinstance(dims, str | int) else dims)]
    user = not hasattr(model, "function")
    if len(set(axes)) != len(axes) or not axes or (user and len(axes) != model.ndim):
        names = [dataset._axes[a].name for a in axes]
        msg = f"{model!r} needs {model.ndim} dimensions of {dataset.ndim}, found {names}"
        raise DimensionError(msg)
    return tuple(axes)


def _axis(dataset: Dataset, dim: str | int) -> int:
    if isinstance(dim, str):
        return dataset.labels_record.axis(dim)
    if -dataset.ndim <= dim < dataset.ndim:
        return dim % dataset.ndim
    msg = f"there is no dimension {dim}: the dataset has {dataset.ndim}"
    raise DimensionError(msg)


def _coordinates(dataset: Dataset, axes: tuple[int, ...]) -> Floats:
    values = [np.asarray(dataset._axes[a].values, np.float64) for a in axes]
    if len(values) == 1:
        return values[0]
    return np.stack([grid.ravel() for grid in np.meshgrid(*values, indexing="ij")])


def _start(
    model: Model, start: Any, positions: tuple[int, ...]
) -> tuple[Floats | None, Floats | None]:
    """Return start values for all, or those of each position."""
    k = len(model.parameters)
    if start is None:
        return None, None
    if hasattr(start, "items"):
        given = np.full(k, np.nan)
        for name, value in start.items():
            given[model.index(name)] = value
        return given, None
    start = np.array(start, np.float64)
    if start.shape == (k,):
        return start, None
    if start.shape == (*positions, k):
        return None, start
    msg = f"start has shape {start.shape}; expected ({k},) or {(*positions, k)}"
    raise ValueError(msg)


def _bounds(
    model: Model,
    x: Floats,
    bounds: Mapping[str, tuple[float, float]] | None,
    fixed: Mapping[str, float] | None,
) -> tuple[Floats, Floats] | None:
    low, high = model.bounds(x)
    for name, (least, most) in (bounds or {}).items():
        low[model.index(name)], high[model.index(name)] = least, most
    for name, value in (fixed or {}).items():
        low[model.index(name)] = high[model.index(name)] = value
    return None if np.isinf(low).all() and np.isinf(high).all() else (low, high)


def _prior(recipe: Recipe, task: Task, clusters: int, seed: int) -> KMeansPrior:
    """Fit the means of groups of similar spectra of a sample."""
    total = math.prod(task.positions)
    random = np.random.default_rng(seed)
    chosen = np.arange(total)
    if total > _SAMPLE:
        chosen = np.sort(random.choice(total, _SAMPLE, replace=False))
    places = np.stack(np.unravel_index(chosen, task.positions or (1,)), axis=1)
    y, _ = task.rows(places)
    options = {k: v for k, v in recipe.options.items() if k not in ("noise", "shared")}
    return KMeansPrior.of(
        recipe.model, filled(recipe._numbers(y)), lambda means: recipe.begun(means, None)[:, 0],
        clusters=clusters, seed=seed, x=recipe.x, **options,
    )  # fmt: skip


def _refit(packed: Floats, task: Task, recipe: Recipe) -> None:
    """Start failed fits anew from their neighbours, in place, while that helps."""
    layout = Layout(len(recipe.model.parameters))
    if not task.positions:
        return
    for _ in range(_ROUNDS):
        status = packed[..., layout.where("status")]
        # too few data stay too few
        failed = (status <= 0) & (status != -2)
        if not failed.any() or failed.all():
            return
        start = neighbour_start(packed[..., layout.where("parameters")], status <= 0, steps=1)
        helped = failed & np.isfinite(start).all(axis=-1)
        places = np.argwhere(helped)
        if not len(places):
            return
        y, weights = task.rows(places)
        found = replace(recipe, starts=1).fitted(recipe._numbers(y), weights, start[helped])
        rows = layout.packed(found)
        better = found.status > 0
        packed[tuple(places[better].T)] = rows[better]
        if not better.any():
            return
