"""All peaks of a crowded image at once, on a background that varies slowly.

Where windows overlap a peak cannot be fitted alone.  Here the heights, positions and shapes
of all peaks and the background are the unknowns of one likelihood, maximised by damped
Gauss-Newton steps.  A peak touches only the pixels of its window, so the Jacobian is sparse
and a thousand peaks are one sparse factorisation.

The background is bilinear between nodes that are several windows apart: local, and still
too smooth to imitate a peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.proc.fit import FitStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .gaussians import PeakModel

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["JointFit", "JointResult"]

#: Distance of the nodes of the background, in half widths of a window.
_NODE_SPACING = 8.0

#: Nearest neighbours whose uncertainty is carried over into that of a peak.
_MOST_NEIGHBOURS = 8

#: Elements of parts of a matrix that are inverted at once.
_AT_ONCE = 1 << 21

_MAX_STEPS = 60

#: Relative change of the cost that is worth no further step: below a thousandth of a
#: standard error in every one of thousands of parameters.
_SETTLED = 1e-10


@dataclass(frozen=True, slots=True)
class JointResult:
    """What `JointFit.run` found."""

    p: Floats
    """Shape (peaks, n_peak): parameters without background, in the image."""
    covariance: Floats
    """Shape (peaks, n_peak, n_peak), for unit noise where no weights were given."""
    background: Floats
    """Shape (peaks,): at the peaks."""
    reduced_chi_squared: Floats
    """Shape (peaks,): in the window of each."""
    status: int
    """A `FitStatus`."""


class JointFit:
    """The likelihood of an image given its peaks.

    Parameters
    ----------
    image : ndarray of shape (rows, columns)
        NaN counts as missing.
    weights : ndarray of shape (rows, columns), optional
        Inverse variance.
    center : ndarray of shape (peaks, 2), px
        Middles of the windows.
    model : PeakModel
        Shape of the peaks.
    radius : tuple of int, px
        Half widths of the fit windows, three widths of a peak; here peaks reach a third
        farther, to where they have fallen to 3e-4.
    noise : {"white", "poisson"}
        Which likelihood.
    """

    def __init__(
        self,
        image: Floats,
        weights: Floats | None,
        center: Integers,
        model: PeakModel,
        radius: tuple[int, int],
        noise: str,
    ) -> None:
        radius = (-(-4 * radius[0] // 3), -(-4 * radius[1] // 3))
        self.model, self.radius, self.noise = model, radius, noise
        pad = [(radius[0],) * 2, (radius[1],) * 2]
        padded = np.pad(image, pad, constant_values=np.nan)
        self.shape = padded.shape
        rows, columns = np.mgrid[-radius[0] : radius[0] + 1, -radius[1] : radius[1] + 1]
        self.grid = (rows.ravel().astype(float), columns.ravel().astype(float))
        middle = (center[:, :1] + radius[0], center[:, 1:] + radius[1])
        self.flat = (middle[0] + rows.ravel()) * self.shape[1] + middle[1] + columns.ravel()
        valid = np.isfinite(padded).ravel()
        seen = np.zeros(padded.size, bool)
        seen[self.flat.ravel()] = True
        self.y = np.where(valid, padded.ravel(), 0.0)
        weight = np.ones(image.shape) if weights is None else np.nan_to_num(weights)
        self.w = np.where(valid & seen, np.pad(weight, pad).ravel(), 0.0)
        self.center = center
        self.nodes = self._nodes()

    def _nodes(self) -> Any:
        """Return hat functions on the padded image, sparse, shape (pixels, nodes)."""
        from scipy import sparse

        if self.model.background == "none":
            return sparse.csc_matrix((self.y.size, 0))
        sides = []
        for length, radius in zip(self.shape, self.radius, strict=True):
            count = round(length / (_NODE_SPACING * radius)) + 1
            if self.model.background == "constant" and count == 2:
                count = 1
            at = np.linspace(0, length - 1, count) if count > 1 else np.zeros(1)
            x = np.arange(length)
            sides.append(
                np.stack([np.interp(x, at, row) for row in np.eye(count)], axis=1)
                if count > 1
                else np.ones((length, 1))
            )
        product = sparse.kron(sparse.csr_matrix(sides[0]), sparse.csr_matrix(sides[1])).tocsc()
        light = np.asarray(product.T @ self.w).ravel()
        return product[:, light > 0]

    def values(self, p: Floats, b: Floats) -> Floats:
        """Return the image that peaks `p` (about their windows) and nodes `b` make."""
        drawn = self.model.peak(p, self.grid)
        peaks = np.bincount(self.flat.ravel(), drawn.ravel(), minlength=self.y.size)
        result: Floats = peaks + self.nodes @ b
        return result

    def cost(self, mu: Floats) -> float:
        """Return half the weighted sum of squares, or half the deviance."""
        if self.noise == "white":
            return float(0.5 * np.sum(self.w * (self.y - mu) ** 2))
        used = self.w > 0
        y, mu, w = self.y[used], mu[used], self.w[used]
        if np.any(mu <= 0):
            return np.inf
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.sum(w * (mu - y + np.where(y > 0, y * np.log(y / mu), 0.0))))

    def linearise(self, p: Floats, mu: Floats) -> tuple[Any, Floats]:
        """Return curvature, sparse, and gradient of the likelihood at `p`."""
        from scipy import sparse

        n, m, k = len(p), self.flat.shape[1], self.model.n_peak
        jac = self.model.jacobian(p, self.grid)[:, :k]
        rows = np.broadcast_to(self.flat[:, None, :], (n, k, m)).reshape(-1)
        starts = np.arange(n * k + 1) * m
        peaks = sparse.csc_matrix((jac.reshape(-1), rows, starts), (self.y.size, n * k))
        slopes = sparse.hstack([peaks, self.nodes], format="csc")
        curvature = self.w if self.noise == "white" else self.w / np.maximum(mu, 1e-12)
        weighted = slopes.copy()
        weighted.data *= curvature[slopes.indices]
        return (slopes.T @ weighted).tocsc(), weighted.T @ (self.y - mu)

    def run(self, p: Floats, low: Floats, high: Floats) -> JointResult:
        """Maximise the likelihood.

        Parameters
        ----------
        p : ndarray of shape (peaks, n_peak)
            Start, row and column about the middles of the windows.
        low, high : ndarray of shape (peaks, n_peak)
            Bounds.

        Returns
        -------
        JointResult
            Estimates, covariances and quality.
        """
        nodes = self.nodes.shape[1]
        free_floor = 0.0 if self.noise == "poisson" else -np.inf
        lower = np.concatenate([low.ravel(), np.full(nodes, free_floor)])
        upper = np.concatenate([high.ravel(), np.full(nodes, np.inf)])
        x = np.concatenate([p.ravel(), np.zeros(nodes)])
        if self.noise == "poisson":
            x[p.size :] = max(np.quantile(self.y[self.w > 0], 0.1), 1e-3)
        heights = np.zeros(len(x), bool)
        heights[: p.size : p.shape[1]] = True
        heights[p.size :] = True
        x, *_ = self._climb(x, lower, upper, only=heights, steps=3)
        x, matrix, status = self._climb(x, lower, upper, only=None, steps=_MAX_STEPS)
        return self._result(x, matrix, p.shape, status)

    def _climb(
        self,
        x: Floats,
        lower: Floats,
        upper: Floats,
        *,
        only: NDArray[np.bool_] | None,
        steps: int,
    ) -> tuple[Floats, Any, int]:
        """Take damped steps with a bounded set of free parameters."""
        mu = self._at(x)
        cost, damping, growth, status = self.cost(mu), 1e-3, 2.0, int(FitStatus.NOT_CONVERGED)
        matrix, gradient = self._linear(x, mu)
        for _ in range(steps):
            free = ~((x <= lower) & (gradient <= 0)) & ~((x >= upper) & (gradient >= 0))
            free &= lower < upper
            free = free if only is None else free & only
            step = _solve(matrix, gradient, free, damping)
            trial = np.clip(x + step, lower, upper)
            step = trial - x
            predicted = gradient @ step - 0.5 * step @ (matrix @ step)
            trial_mu = self._at(trial)
            actual = cost - self.cost(trial_mu)
            small = max(predicted, abs(actual)) <= _SETTLED * cost + 1e-300
            if actual > 0 and predicted > 0:
                ratio = actual / predicted
                x, mu, cost = trial, trial_mu, cost - actual
                matrix, gradient = self._linear(x, mu)
                damping = max(damping * max(0.1, 1 - (2 * min(ratio, 2) - 1) ** 3), 1e-12)
                growth = 2.0
            else:
                damping, growth = damping * growth, 2 * growth
            if small or damping > 1e12:
                status = int(FitStatus.COST if small else FitStatus.STALLED)
                break
        return x, matrix, status

    def _split(self, x: Floats) -> tuple[Floats, Floats]:
        size = len(self.center) * self.model.n_peak
        p = np.zeros((len(self.center), self.model.n_parameters))
        p[:, : self.model.n_peak] = x[:size].reshape(len(p), -1)
        return p, x[size:]

    def _at(self, x: Floats) -> Floats:
        return self.values(*self._split(x))

    def _linear(self, x: Floats, mu: Floats) -> tuple[Any, Floats]:
        return self.linearise(self._split(x)[0], mu)

    def _result(self, x: Floats, matrix: Any, shape: tuple[int, ...], status: int) -> JointResult:
        p, b = self._split(x)
        used = self.w > 0
        mu = self._at(x)
        curvature = self.w if self.noise == "white" else self.w / np.maximum(mu, 1e-12)
        square = curvature * (self.y - mu) ** 2
        freedom = max(np.count_nonzero(used) - len(x), 1) / max(np.count_nonzero(used), 1)
        pixels = np.maximum(used[self.flat].sum(axis=1), 1)
        result = p[:, : shape[1]].copy()
        result[:, 1:3] += self.center
        at = np.rint(result[:, 1:3]).astype(np.intp) + self.radius
        at = np.clip(at, 0, np.array(self.shape) - 1)
        background = np.asarray(self.nodes[at[:, 0] * self.shape[1] + at[:, 1]] @ b).ravel()
        return JointResult(
            p=result,
            covariance=_marginal(matrix.tocsr(), result, self.model),
            background=background,
            reduced_chi_squared=square[self.flat].sum(axis=1) / pixels / freedom,
            status=status,
        )


def _solve(matrix: Any, gradient: Floats, free: NDArray[np.bool_], damping: float) -> Floats:
    """Solve the damped equations of the free parameters, scaled to unit curvature."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    diagonal = matrix.diagonal()
    scale = np.where(free, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 0.0)
    scaled = matrix.copy()
    scaled.data *= scale[matrix.indices] * np.repeat(scale, np.diff(matrix.indptr))
    scaled = scaled + sparse.diags(np.where(free, damping, 1.0), format="csc")
    factor = splu(
        scaled,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return np.asarray(scale * factor.solve(scale * gradient))


def _marginal(matrix: Any, p: Floats, model: PeakModel) -> Floats:
    """Return the covariance of each peak, its nearest neighbours and background left free."""
    from scipy.spatial import cKDTree

    n, q = p.shape
    first_node = n * q
    position = p[:, 1:3] * np.asarray(model.aspect)
    reach = 5.0 * float(np.median(model.widths(p)[:, 0]))
    k = min(_MOST_NEIGHBOURS + 1, n)
    distance, near = cKDTree(position).query(position, k=[*range(1, k + 1)])
    result = np.full((n, q, q), np.inf)
    matrix.sort_indices()
    groups: dict[int, list[tuple[int, Integers]]] = {}
    for i in range(n):
        members = near[i][distance[i] < reach]
        members = np.concatenate([[i], members[members != i]])
        index = (members[:, None] * q + np.arange(q)).ravel()
        touched = matrix.indices[matrix.indptr[i * q] : matrix.indptr[i * q + 1]]
        index = np.concatenate([index, touched[touched >= first_node]])
        groups.setdefault(len(index), []).append((i, index))
    for size, found in groups.items():  # of one size, many at once
        step = max(1, _AT_ONCE // size**2)
        for first in range(0, len(found), step):
            which, index = zip(*found[first : first + step], strict=True)
            result[list(which)] = _inverses(matrix, np.stack(index), q)
    return result


def _inverses(matrix: Any, index: Integers, q: int) -> Floats:
    """Return the first rows and columns of inverses of parts of a matrix, inf where singular.

    `index` has the shape (parts, size), the result (parts, q, q).
    """
    rows, columns = np.broadcast_arrays(index[:, :, None], index[:, None, :])
    block = np.asarray(matrix[rows.ravel(), columns.ravel()]).reshape(rows.shape)
    diagonal = np.diagonal(block, axis1=1, axis2=2)
    known = diagonal > 0
    scale = np.where(known, 1 / np.sqrt(np.where(known, diagonal, 1.0)), 0.0)
    scaled = block * scale[:, :, None] * scale[:, None, :]
    part, at = np.nonzero(~known)
    scaled[part, at, at] = 1.0
    result = np.full((len(index), q, q), np.inf)
    try:
        inverse = np.linalg.inv(scaled)[:, :q, :q]
    except np.linalg.LinAlgError:
        if len(index) == 1:
            return result
        return np.concatenate([_inverses(matrix, one[None], q) for one in index])
    good = np.all(np.diagonal(inverse, axis1=1, axis2=2) > 0, axis=1)
    first = scale[good, :q]
    result[good] = inverse[good] * first[:, :, None] * first[:, None, :]
    return result
