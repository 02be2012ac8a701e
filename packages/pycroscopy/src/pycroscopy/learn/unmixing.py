"""Pixels as mixtures: which pure spectra there are, and how much of each is where.

`unmix` finds both; `fit_references` finds the shares of spectra that are known.  Either
gives an `Unmixing` with standard errors and what is left of each pixel.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pycroscopy._inputs import as_dataset, lazy
from sidpy.base.optional import needed
from sidpy.proc.progress import counted
from sidpy.sid.operations import operation

from . import endmembers as corners
from .layout import Labels, Layout, finite_rows, maps, matrix, spectra
from .recomposition import recompose
from .shares import LIMITS, Shares, solve_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["Unmixing", "fit_references", "unmix"]

Limits = Literal["none", "sum", "positive", "full"]

_METHODS = ("nfindr", "vca", "nmf", "mcr")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Unmixing:
    """Data as shares of a few spectra."""

    endmembers: sidpy.Dataset
    """Axis ``component_number`` and the spectral axes; in the units of the data."""
    abundances: sidpy.Dataset
    """Position axes and one axis ``weights``; NaN where the data are not finite."""
    errors: sidpy.Dataset
    """Standard deviations of the abundances, of the same shape."""
    residual: sidpy.Dataset
    """Root mean square of what is left at each position; in the units of the data."""
    data: sidpy.Dataset
    """What was unmixed."""
    row_axes: tuple[int, ...]
    """Axes of the data that are positions."""
    pixels: NDArray[np.intp] | None = None
    """Pure pixels as numbers of the flattened positions, where the method chooses pixels."""

    def __repr__(self) -> str:
        count = self.endmembers.shape[0]
        return f"{count} end members of {self.data.title!r} on {self.abundances.shape[:-1]}"

    def reconstruction(self) -> sidpy.Dataset:
        """Return the mixtures without what is left, lazily, with all axes of the data."""
        return recompose(self.data, self.abundances, self.endmembers, row_axes=self.row_axes)

    def plot(self, n_components: int = 4, figure: Figure | None = None) -> Figure:
        """Draw the first spectra, where they are, and what is left of each pixel.

        Parameters
        ----------
        n_components : int
            How many.
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.components import draw_pairs

        parts = (self.endmembers, self.abundances)
        return draw_pairs(*parts, n_components, figure, residual=self.residual)


@operation(name="pycroscopy.learn.unmix")
def unmix(
    data: Any,
    n_endmembers: int,
    *,
    method: Literal["nfindr", "vca", "nmf", "mcr"] = "nfindr",
    limits: Limits = "full",
    denoise: bool = True,
    row_axes: Sequence[int] | None = None,
    random_state: int | None = None,
) -> Unmixing:
    """Find pure spectra and their share in each pixel.

    Parameters
    ----------
    data : Dataset or array of two axes or more, real
        The spatial axes are the pixels. Pixels with NaN or infinity are left out, with a
        warning, and get NaN.
    n_endmembers : int
        How many, at least two.
    method : {"nfindr", "vca", "nmf", "mcr"}
        "nfindr" and "vca" choose pixels, and are right where each material is somewhere
        alone. "nmf" factorises into positive parts (scikit-learn). It and "mcr" start from
        "nfindr"; "mcr" refines shares and spectra in turn, both kept positive.
    limits : {"full", "positive", "sum", "none"}
        What shares may be: not negative and adding up to one, only the first, only the
        second, anything. "nmf" and "mcr" know no sum while they look for spectra.
    denoise : bool
        Give the spectra of chosen pixels in the plane of all pixels, which averages their
        noise away; otherwise as measured.
    row_axes : sequence of int, optional
        Axes that are positions, if not the spatial ones.
    random_state : int, optional
        For "vca" and "nmf"; drawn and written into the history by default.

    Returns
    -------
    Unmixing
        Spectra, shares with errors, residuals.

    Raises
    ------
    TypeError
        For complex data.
    ValueError
        For an unknown word, data that span fewer end members, or negative values in "nmf".
    MissingDependency
        "nmf" without scikit-learn.

    Notes
    -----
    Reads the data into memory: a choice of corners needs all pixels at hand. Row 11 of the
    accuracy benchmarks holds the angles between found and true spectra.

    Examples
    --------
    >>> pure = np.array([[1.0, 0.0, 0.2, 0.0], [0.0, 1.0, 0.2, 0.5]])
    >>> share = np.linspace(0, 1, 7)
    >>> found = unmix(np.column_stack([share, 1 - share]) @ pure, 2)
    >>> found.abundances.shape, bool(np.allclose(found.residual, 0, atol=1e-12))
    ((7, 2), True)
    """
    dataset = as_dataset(data)
    _check(dataset, method, limits)
    layout = Layout.of(dataset, row_axes)
    values = matrix(dataset, layout).astype(np.float64)
    good = finite_rows(values, dataset.title)
    kept = values[good]
    pixels = None
    if method in {"nfindr", "vca"}:
        rng = np.random.default_rng(random_state)
        find = corners.nfindr if method == "nfindr" else corners.vca
        chosen = find(kept, n_endmembers, *([rng] if method == "vca" else []))
        found = _pure_spectra(kept, chosen, denoise=denoise)
        pixels = np.flatnonzero(good)[chosen]
    elif method == "nmf":
        found = _nmf(kept, n_endmembers, random_state)
    else:
        found = _mcr(kept, corners.nfindr(kept, n_endmembers))
    return _unmixing(dataset, layout, found, solve_shares(values, found, limits), pixels)


@operation(name="pycroscopy.learn.fit_references")
def fit_references(
    data: Any,
    references: Any,
    *,
    limits: Limits = "none",
    variance: Any = None,
    row_axes: Sequence[int] | None = None,
) -> Unmixing:
    """Fit each pixel by known spectra: multiple linear least squares.

    Parameters
    ----------
    data : Dataset or array of two axes or more, real
        The spatial axes are the pixels.
    references : Dataset or array of shape (spectra, channels)
        The spectra, on the channels of the data; a row of ones is a constant background.
    limits : {"none", "sum", "positive", "full"}
        As for `unmix`.
    variance : array of shape (channels,), optional
        Variance of the noise of each channel, up to a factor; the same in all by default.
        The mean spectrum, for counts.
    row_axes : sequence of int, optional
        Axes that are positions, if not the spatial ones.

    Returns
    -------
    Unmixing
        Abundances with standard errors, residuals; lazy.

    Raises
    ------
    TypeError
        For complex data.
    ValueError
        When the spectra do not fit the channels or depend on each other, or a variance is
        not positive.

    Notes
    -----
    Lazy and block by block: data of any size.

    Examples
    --------
    >>> line = np.arange(4.0)
    >>> found = fit_references([2 * line + 1, 3 - line], [line, np.ones(4)])
    >>> np.asarray(found.abundances).round(9)
    array([[ 2.,  1.],
           [-1.,  3.]])
    """
    dataset = as_dataset(np.asarray(data) if isinstance(data, list) else data)
    _check(dataset, "nfindr", limits)
    layout = Layout.of(dataset, row_axes)
    channels = layout.sizes(dataset)[1]
    known = np.asarray(references, np.float64)
    if known.ndim < 2 or known[0].size != channels or not np.isfinite(known).all():
        msg = f"references have shape {known.shape}; expected finite (spectra, {channels})"
        raise ValueError(msg)
    known = known.reshape(len(known), channels)
    scale = np.ones(channels)
    if variance is not None:
        spread = np.asarray(variance, np.float64).ravel()
        if spread.shape != (channels,) or not (np.isfinite(spread) & (spread > 0)).all():
            msg = f"variance must be {channels} positive numbers, one for each channel"
            raise ValueError(msg)
        scale = np.sqrt(spread.mean() / spread)
    solve_shares(np.zeros((1, channels)), known * scale, limits)  # refuses what cannot be
    return _unmixing(dataset, layout, known, _lazy_shares(dataset, layout, known, scale, limits))


def _lazy_shares(
    dataset: sidpy.Dataset, layout: Layout, known: Any, scale: Any, limits: str
) -> Shares:
    """Solve block by block when somebody asks."""
    import dask.array as da

    array = lazy(dataset).transpose((*layout.rows, *layout.columns))
    n_rows, count = len(layout.rows), len(known)
    array = array.rechunk(dict.fromkeys(range(n_rows, array.ndim), -1))
    solved = da.map_blocks(
        _block_shares, array, known=known, scale=scale, limits=limits, n_rows=n_rows,
        dtype=np.float64, chunks=(*array.chunks[:n_rows], (2 * count + 1,)),
        drop_axis=list(range(n_rows, array.ndim)), new_axis=[n_rows],
        meta=np.empty((0,) * (n_rows + 1)),
    )  # fmt: skip
    return Shares(solved[..., :count], solved[..., count : 2 * count], solved[..., -1].reshape(-1))


def _block_shares(block: Any, known: Any, scale: Any, limits: str, n_rows: int) -> Any:
    values = np.asarray(block).reshape(-1, known.shape[1])
    found = solve_shares(values * scale, known * scale, limits)
    together = np.column_stack([found.values, found.errors, found.residual])
    return together.reshape(*block.shape[:n_rows], -1)


def _check(dataset: sidpy.Dataset, method: str, limits: str) -> None:
    if method not in _METHODS:
        msg = f"method is {method!r}; it can be one of {_METHODS}"
        raise ValueError(msg)
    if limits not in LIMITS:
        msg = f"limits are {limits!r}; they can be one of {tuple(LIMITS)}"
        raise ValueError(msg)
    if dataset.dtype.kind == "c":
        msg = f"{dataset.title!r} is complex; shares are real: unmix its modulus or its parts"
        raise TypeError(msg)


def _pure_spectra(values: Any, chosen: Any, *, denoise: bool) -> Any:
    if not denoise:
        return values[chosen]
    mean, axes, scores = corners.simplex_plane(values, len(chosen))
    return mean + scores[chosen] @ axes


def _nmf(values: Any, count: int, random_state: int | None) -> Any:
    """Factorise into positive parts, from the corners of the cloud: the nearest minimum."""
    from .estimators import check

    library = needed("sklearn.decomposition", "method 'nmf'", "pycroscopy[learn]")
    check(values, "nmf", count)
    start = np.maximum(values[corners.nfindr(values, count)], 0.0)
    shares = solve_shares(values, start, "positive").values
    seed = int(random_state or 0) % 2**32
    model = library.NMF(count, init="custom", max_iter=500, random_state=seed)
    with warnings.catch_warnings():
        # its measure of progress is the first step, which is none from the right corners
        warnings.filterwarnings("ignore", "Maximum number of iterations")
        model.fit_transform(values, W=shares, H=start)
    return model.components_


def _mcr(values: Any, start: Any, rounds: int = 200, tolerance: float = 1e-7) -> Any:
    """Refine spectra and shares in turn, both positive, until the residual stays."""
    found, before = np.maximum(values[start], 0.0), np.inf
    with counted("unmix: refining", rounds) as advance:
        for _ in range(rounds):
            share = solve_shares(values, found, "positive").values
            found = solve_shares(values.T, share.T, "positive").values.T
            left = float(np.square(values - share @ found).sum())
            advance(1)
            if left >= before * (1 - tolerance) or left == 0:
                break
            before = left
    return found


def _unmixing(
    dataset: sidpy.Dataset, layout: Layout, found: Any, shares: Shares, pixels: Any = None
) -> Unmixing:
    stack = Labels("abundances", "IMAGE_STACK", has_units=False)
    image = "IMAGE" if len(layout.rows) == 2 else "UNKNOWN"
    return Unmixing(
        endmembers=spectra(
            dataset, layout, found, Labels("end members", "LINE_PLOT_FAMILY", has_units=True)
        ),
        abundances=maps(dataset, layout, shares.values, stack),
        errors=maps(dataset, layout, shares.errors, stack._replace(title="errors of abundances")),
        residual=maps(dataset, layout, shares.residual, Labels("residual", image, has_units=True)),
        data=dataset,
        row_axes=layout.rows,
        pixels=pixels,
    )
