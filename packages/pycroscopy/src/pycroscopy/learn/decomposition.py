"""Principal components of data of any size, with a rank that the noise decides.

`decompose` sees a dataset as a matrix (positions x spectra), finds its singular value
decomposition in one pass over the file, counts the components that noise cannot explain
and says how trustworthy each is.  `Decomposition` holds the result and gives back the
data without the noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset, lazy, passing
from sidpy._warnings import warn
from sidpy.sid.operations import operation

from . import rank as ranks
from .counting import Settings, plain_factors, weighted_factors
from .factors import SOLVERS, Factors
from .layout import Labels, Layout, labelled, maps, numbered, spectra
from .recomposition import recompose
from .streaming import TallMatrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy
    from sidpy.sid.operations import Call

__all__ = ["Decomposition", "decompose"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Decomposition:
    """A matrix of data as a sum of components, strongest first.

    ``data = mean + sum over i of abundances[..., i] * components[i]``, plus noise.
    """

    abundances: sidpy.Dataset
    """Position axes and one axis ``weights``; in the units of the data. Lazy when it would
    not fit into the memory budget."""
    components: sidpy.Dataset
    """One axis ``component_number`` and the spectral axes; orthonormal, of weighted counts
    after they are multiplied by the weights."""
    mean: sidpy.Dataset | None
    """Mean spectrum that was removed first, None when none was."""
    singular_values: NDArray[np.float64]
    """All singular values, falling, not only those of the components kept."""
    rank: int
    """Number of components."""
    noise: float
    """Standard deviation of the noise of one value of the data; of weighted data in units of
    the noise of counts, which is 1 for counts themselves."""
    shape: tuple[int, int]
    """Positions and channels of the matrix."""
    solver: str
    """``"gram"`` or ``"qr"``: how the singular values were found."""
    data: sidpy.Dataset
    """What was decomposed."""
    row_axes: tuple[int, ...]
    """Axes of the data that are positions."""
    call: Call | None = None
    """How it was made, which every dataset of it has in its history."""
    live: tuple[int, int] | None = None
    """Of weighted counts, the positions and channels in which anything was counted."""

    def __repr__(self) -> str:
        positions, channels = self.shape
        share = self.explained_variance_ratio.sum()
        return (
            f"{self.rank} components of {self.data.title!r} ({positions} positions x {channels} "
            f"channels) with {share:.3%} of its sum of squares; noise {self.noise:.3g}"
        )

    @property
    def explained_variance(self) -> NDArray[np.float64]:
        """Variance of the data along each component kept, shape (rank,)."""
        return self.singular_values[: self.rank] ** 2 / max(self.shape[0] - 1, 1)

    @property
    def explained_variance_ratio(self) -> NDArray[np.float64]:
        """Share of the sum of squares of the data in each component, shape (rank,)."""
        total = np.sum(self.singular_values**2)
        return self.singular_values[: self.rank] ** 2 / (total if total > 0 else 1.0)

    @property
    def shrunk_values(self) -> NDArray[np.float64]:
        """Singular values without the share of the noise, shape (rank,)."""
        kept = self.singular_values[: self.rank]
        shape = self.live or self.shape
        return ranks.shrink(kept, self.noise, max(shape), min(shape))

    @property
    def fidelity(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Expected |cosine| of abundances and of components to the true ones, (rank,) each.

        1 is exact; a component of fidelity 0.5 is turned 60 degrees away by the noise.
        """
        kept = self.singular_values[: self.rank]
        shape = self.live or self.shape
        long, short = ranks.fidelity(kept, self.noise, max(shape), min(shape))
        return (long, short) if self.shape[0] >= self.shape[1] else (short, long)

    def reconstruction(self, rank: int | None = None, *, shrink: bool = True) -> sidpy.Dataset:
        """Return the data without the noise, lazily, with all axes of the data.

        Parameters
        ----------
        rank : int, optional
            Components used; all by default.
        shrink : bool
            Weigh each component as is best for the squared error; otherwise the data are
            projected on the components as they are.

        Returns
        -------
        Dataset
            As the data, titled ``<title> denoised``.
        """
        k = self.rank if rank is None else rank
        if not 0 <= k <= self.rank:
            msg = f"rank is {k}; there are {self.rank} components"
            raise ValueError(msg)
        weights = np.ones(k)
        if shrink:
            weights = self.shrunk_values[:k] / self.singular_values[:k]
        return recompose(
            self.data,
            self.abundances,
            self.components,
            mean=self.mean,
            weights=weights,
            row_axes=self.row_axes,
        )

    def made_by(self, call: Call) -> None:
        """Write the call on every dataset; `sidpy.operation` asks for this."""
        object.__setattr__(self, "call", call)
        for name in ("abundances", "components", "mean"):
            if getattr(self, name) is not None:
                call.on(getattr(self, name), name)

    def part(self, name: str) -> sidpy.Dataset:
        """Return one of `to_datasets`."""
        return self.to_datasets()[name]

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        found = {
            "abundances": self.abundances,
            "components": self.components,
            "singular_values": _singular_values(self),
        }
        return found if self.mean is None else {**found, "mean": self.mean}

    def plot(self, n_components: int = 4, figure: Figure | None = None) -> Figure:
        """Draw the singular values, the first components and where they are.

        Parameters
        ----------
        n_components : int
            How many components, at most the rank.
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.components import draw_decomposition

        return draw_decomposition(self, n_components, figure)


@operation(name="pycroscopy.learn.decompose")
def decompose(
    data: Any,
    *,
    rank: int | Literal["auto"] = "auto",
    center: bool = False,
    row_axes: Sequence[int] | None = None,
    noise: float | Literal["poisson"] | None = None,
    solver: Literal["auto", "gram", "qr"] = "auto",
    memory_budget: int = 1 << 30,
) -> Decomposition:
    """Decompose data into orthogonal components: SVD, or PCA with ``center=True``.

    Parameters
    ----------
    data : Dataset or array of any number of axes, real or complex
        The spatial axes are the rows of the matrix and all others its columns; where
        there is no such distinction the last axis is the columns.
    rank : int or "auto"
        Number of components; "auto" keeps those that rise above white noise, and one with
        a warning where none does.
    center : bool
        Remove the mean spectrum first.
    row_axes : sequence of int, optional
        Axes that are positions, if not the spatial ones.
    noise : float or "poisson", optional
        Standard deviation of the noise of one value, in units of the data; estimated
        from the median singular value when not given. "poisson" weighs counts to equal
        noise first, so that weak components in weak channels are found and every
        component gets its right weight in a reconstruction.
    solver : {"auto", "gram", "qr"}
        "gram" squares the matrix: one pass, fast, good for components stronger than 1e-4
        of the strongest. "qr" is as accurate as LAPACK at four times the time. "auto"
        takes "gram" and goes on to "qr" only where its accuracy is needed; 4 million values
        and more that single precision holds are squared in single precision first, and
        again in double precision where that was too coarse.
    memory_budget : int, bytes
        Blocks are at most an eighth of it. Each worker thread holds a block and a square
        of the short side; abundances of more than half of the budget stay lazy.

    Returns
    -------
    Decomposition
        Abundances, components, singular values, rank, noise; `reconstruction` and `plot`.

    Raises
    ------
    TypeError
        When `data` is no dataset and no array.
    ValueError
        When values are not finite, there are fewer than two axes, an axis is named twice,
        `rank`, `noise` or `solver` is impossible, counts are negative or to be centred, or
        the square of the short side does not fit into the memory budget.

    Warns
    -----
    SidpyWarning
        When not even the strongest component rises above the noise.

    Notes
    -----
    Two passes over the data, both lazy and in blocks on whatever dask scheduler is
    active: one for the Gram matrix, one for the abundances. Singular values of the
    components agree with LAPACK to 1e-6 and better, those of the noise to 1e-4 where the
    first was in single precision. No random numbers are involved.
    The rank is the number of singular values above the edge of white noise, whose level
    comes from their median [1]_ [2]_. Noise that differs between channels has a softer
    edge. So the rank of counts (whole numbers, none negative) is found from weighted
    counts [3]_, in four more passes, even where the components are to be those of the
    counts as they are.

    References
    ----------
    .. [1] Gavish, Donoho, IEEE Trans. Inf. Theory 60, 5040 (2014),
           doi:10.1109/TIT.2014.2323359
    .. [2] Gavish, Donoho, IEEE Trans. Inf. Theory 63, 2137 (2017),
           doi:10.1109/TIT.2017.2653801
    .. [3] Landa, Zhang, Kluger, SIAM J. Math. Data Sci. 4, 1420 (2022),
           doi:10.1137/21M1456807

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).standard_normal((20, 20, 50))
    >>> position, energy = np.mgrid[:20, :20].sum(axis=0), np.arange(50)
    >>> result = decompose(np.multiply.outer(np.sin(position), np.cos(energy / 5)) * 9 + noise)
    >>> result.rank, round(result.noise, 1)
    (1, 1.0)
    >>> result.abundances.shape, result.components.shape
    ((20, 20, 1), (1, 50))
    """
    dataset = as_dataset(data)
    layout = Layout.of(dataset, row_axes)
    shape = layout.sizes(dataset)
    _check(rank, solver, shape, memory_budget)
    _check_noise(noise, dataset.dtype.kind, center=center)
    tall = shape[0] >= shape[1]
    matrix = TallMatrix.of(
        lazy(dataset),
        layout.rows if tall else layout.columns,
        center=("columns" if tall else "rows") if center else "none",
        block_bytes=memory_budget // 8,
        cut=partial(passing, dataset),
    )
    settings = Settings(rank, solver, memory_budget)
    if noise == "poisson":
        factors, live = weighted_factors(matrix, settings)
    else:
        factors, live = plain_factors(matrix, settings, noise), None
    if rank == "auto" and not _above_noise(factors, live or shape):
        warn(
            f"no component of {dataset.title!r} rises above the noise of {factors.noise:.3g}; "
            f"the strongest {factors.rank} kept have a fidelity of 0"
        )
    live = live if live is None or tall else live[::-1]
    result = _labelled(dataset, layout, _oriented(factors, tall=tall), center=center)
    return result if live is None else replace(result, live=live)


def _check_noise(noise: Any, kind: str, *, center: bool) -> None:
    if noise == "poisson" and kind == "c":
        msg = "complex numbers are no counts: noise cannot be 'poisson'"
        raise TypeError(msg)
    if noise == "poisson" and center:
        msg = (
            "weighted counts are not centred: their mean is the first component; leave center "
            "at False"
        )
        raise ValueError(msg)
    number = isinstance(noise, int | float | np.number) and np.isfinite(noise) and noise >= 0
    if noise is not None and noise != "poisson" and not number:
        msg = f"noise is {noise!r}; expected a standard deviation, 'poisson' or None"
        raise ValueError(msg)


def _check(rank: Any, solver: str, shape: tuple[int, ...], budget: int) -> None:
    """Refuse what cannot be, before anything is read."""
    short = min(shape)
    if solver not in SOLVERS:
        msg = f"solver is {solver!r}; it can be one of {SOLVERS}"
        raise ValueError(msg)
    if rank != "auto" and not (isinstance(rank, int | np.integer) and 0 < rank <= short):
        msg = f"rank is {rank!r}; expected 'auto' or 1 to {short} for a matrix of {shape}"
        raise ValueError(msg)
    if short == 0:
        msg = f"nothing to decompose in a matrix of {shape[0]} x {shape[1]}"
        raise ValueError(msg)
    if 4 * 8 * short**2 > budget:
        msg = (
            f"the short side of {shape[0]} x {shape[1]} needs {32 * short**2:.2e} bytes to be "
            f"squared, more than the memory budget of {budget:.2e}: raise memory_budget, bin "
            "the data or choose other row_axes"
        )
        raise ValueError(msg)


def _above_noise(factors: Factors, shape: tuple[int, ...]) -> bool:
    """Whether the strongest component is more than noise can make."""
    edge = ranks.noise_edge(factors.noise, max(shape), min(shape))
    return bool(factors.values[0] > edge)


class _Parts(NamedTuple):
    """Factors as rows and columns of the data, no longer as long and short."""

    factors: Factors
    abundances: Any
    """Shape (*row axes, rank) or (rows, rank)."""
    components: Any
    """Shape (rank, *column axes) or (rank, columns)."""


def _oriented(factors: Factors, *, tall: bool) -> _Parts:
    """Give components a definite sign and put both sides where they belong."""
    values = factors.values[: factors.rank]
    pivots = factors.vectors[np.abs(factors.vectors).argmax(axis=0), np.arange(factors.rank)]
    phase = np.abs(pivots) / pivots
    vectors, scores = factors.vectors * phase, factors.scores * phase
    if tall:
        return _Parts(factors, scores, vectors.conj().T)
    # the tall matrix was the transpose: its left side are the components
    inverse = np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)
    axes = (scores.ndim - 1, *range(scores.ndim - 1))
    return _Parts(factors, vectors.conj() * values, (scores * inverse).transpose(axes))


def _labelled(
    dataset: sidpy.Dataset, layout: Layout, parts: _Parts, *, center: bool
) -> Decomposition:
    """Make datasets of the factors, each with its axes."""
    factors = parts.factors
    size = layout.sizes(dataset)
    mean = None
    if center:
        values = factors.mean
        if values is None:
            kind = np.result_type(dataset.dtype, np.float64)
            values = lazy(dataset).mean(axis=layout.rows, dtype=kind)
        kind = "SPECTRUM" if len(layout.columns) == 1 else "UNKNOWN"
        mean = spectra(dataset, layout, values.reshape(-1), Labels("mean", kind, has_units=True))
    abundances = Labels("abundances", "IMAGE_STACK", has_units=True)
    components = Labels("components", "LINE_PLOT_FAMILY", has_units=False)
    return Decomposition(
        abundances=maps(dataset, layout, parts.abundances, abundances),
        components=spectra(dataset, layout, parts.components, components),
        mean=mean,
        singular_values=factors.values,
        rank=factors.rank,
        noise=factors.noise,
        shape=size,
        solver=factors.solver,
        data=dataset,
        row_axes=layout.rows,
    )


def _singular_values(result: Decomposition) -> sidpy.Dataset:
    values = result.singular_values
    dimension = numbered(len(values), "component_number")
    labels = Labels("singular values", "SPECTRUM", has_units=True)
    found = labelled(result.data, values, [dimension], labels)
    found.metadata["rank"], found.metadata["noise"] = result.rank, result.noise
    return found if result.call is None else result.call.on(found, "singular_values")
