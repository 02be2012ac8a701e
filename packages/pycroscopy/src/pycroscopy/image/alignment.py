"""Images of one area laid on top of each other: turned, scaled, sheared.

Key points that look alike in both images [1]_ tell where things are; of their pairs the
largest set that agrees with one map counts [2]_.  The brightness of all pixels then gives the
map to a small part of a pixel, by Gauss and Newton [3]_.  Needs scikit-image, which comes with
``pip install 'pycroscopy[image]'``.

References
----------
.. [1] Lowe, Int. J. Comput. Vis. 60, 91 (2004), doi:10.1023/B:VISI.0000029664.99615.94
.. [2] Fischler, Bolles, Commun. ACM 24, 381 (1981), doi:10.1145/358669.358692
.. [3] Lucas, Kanade, Proc. IJCAI 2, 674 (1981)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from sidpy.base.optional import needed
from sidpy.sid.operations import operation

from .frames import filled, labelled_like, one_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Alignment", "align"]

Kind = Literal["shift", "euclidean", "similarity", "affine"]

#: Derivatives of the matrix of a map with respect to its parameters, beside the shift.
_GENERATORS: Final[dict[str, list[list[list[float]]]]] = {
    "shift": [],
    "euclidean": [[[0, -1], [1, 0]]],
    "similarity": [[[1, 0], [0, 1]], [[0, -1], [1, 0]]],
    "affine": [[[1, 0], [0, 0]], [[0, 1], [0, 0]], [[0, 0], [1, 0]], [[0, 0], [0, 1]]],
}
#: Pairs that a map needs before it is believed.
_LEAST: Final = 6
#: Widths, px, over which images are smoothed while they are compared.
_SCALES: Final = (2.0, 1.0, 0.0)
#: Width, px, over which slopes are averaged at least: their noise makes steps worse.
_SLOPES: Final = 1.5
#: Steps that move no pixel farther than this, px, are none.
_SETTLED: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Alignment:
    """An image on top of another one, and how it got there."""

    image: sidpy.Dataset
    """The image where the reference shows the same, with its axes; NaN beyond the edge."""
    matrix: Floats
    """Shape (2, 3), px: pixel (row, column) of the reference to that of the image."""
    errors: Floats
    """Shape (2, 3): standard errors of the numbers that are free, from what is left of the
    difference of both images."""
    center: Floats
    """Shape (2,), px: the errors of the shift are those at this pixel of the reference."""
    pairs: Floats
    """Shape (pairs, 2, 2): key points of the reference and of the image, px."""
    agreed: NDArray[np.bool_]
    """Shape (pairs,): those that agree with the map."""
    residual: float
    """Root mean square difference over the standard deviation of the reference."""

    def __repr__(self) -> str:
        return (
            f"{self.image.source!r} aligned by {np.count_nonzero(self.agreed)} of "
            f"{len(self.agreed)} pairs of points, difference {self.residual:.2%}"
        )


class _Map(NamedTuple):
    """p to matrix (p - center) + center + shift."""

    matrix: Floats
    shift: Floats


@operation(name="pycroscopy.image.align")
def align(
    image: Any,
    reference: Any,
    *,
    kind: Kind = "affine",
    features: Literal["sift", "orb"] = "sift",
    tolerance: float = 2.0,
    refine: bool = True,
    seed: int = 0,
) -> Alignment:
    """Lay an image on top of another one, whatever the angle between them.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        What is moved; NaN counts as missing.
    reference : Dataset or array of shape (rows, columns)
        What it is laid on, not necessarily of the same shape.
    kind : {"shift", "euclidean", "similarity", "affine"}
        Which maps are looked for: shifts; with a rotation; with a scale too; any that keeps
        parallels.
    features : {"sift", "orb"}
        Key points.
    tolerance : float, px
        Farthest that a pair may be from the map.
    refine : bool
        Whether the brightness of all pixels tells in the end; up to gain and offset it has to
        be that of the reference.
    seed : int
        Of the search for pairs that agree.

    Returns
    -------
    Alignment
        The moved image, the map with errors, pairs and residual.

    Raises
    ------
    TypeError
        When one is no real image.
    ValueError
        When a word is unknown, or fewer than six pairs of points agree.
    MissingDependency
        Without scikit-image.

    Notes
    -----
    Lattices look alike everywhere: their key points tell nothing without something else.
    Computes at once.
    """
    if kind not in _GENERATORS or features not in ("sift", "orb"):
        msg = f"kind is {kind!r}, features {features!r}; known are {[*_GENERATORS]}, sift and orb"
        raise ValueError(msg)
    (dataset, moving), (fixed_set, fixed) = (one_image(i, "align") for i in (image, reference))
    pairs = _pairs(fixed, moving, features)
    agreed = _agreed(pairs, kind, tolerance, seed)
    center = (np.array(fixed.shape) - 1) / 2
    start = _least_squares(pairs[agreed], kind, center)
    generators = np.array(_GENERATORS[kind], float).reshape(-1, 2, 2)
    found, covariance, residual = _refined(
        (fixed, moving), start, generators, center, _SCALES if refine else ()
    )
    matrix = np.column_stack([found.matrix, found.shift + center - found.matrix @ center])
    errors = np.zeros((2, 3))
    errors[:, 2] = np.sqrt(np.diag(covariance)[:2])
    spread = np.einsum("kij,kl,lij->ij", generators, covariance[2:-2, 2:-2], generators)
    errors[:, :2] = np.sqrt(spread)
    moved = _through(moving, found, center, fixed.shape, 0.0)[0]
    result = labelled_like(fixed_set, moved, title=f"{dataset.title} aligned", units=dataset.units)
    result.source = dataset.title
    return Alignment(result, matrix, errors, center, pairs, agreed, residual)


def _pairs(fixed: Floats, moving: Floats, features: str) -> Floats:
    """Return key points that look alike, shape (pairs, 2, 2)."""
    library = needed("skimage.feature", "align", "pycroscopy[image]")
    points, looks = [], []
    for image in (fixed, moving):
        whole, valid = filled(image)
        low, high = np.quantile(whole[valid], [0.001, 0.999])
        shown = np.clip((whole - low) / (high - low or 1.0), 0, 1)
        detector = library.SIFT() if features == "sift" else library.ORB(n_keypoints=1500)
        try:
            detector.detect_and_extract(shown)
        except RuntimeError:  # nothing was found
            return np.empty((0, 2, 2))
        points.append(np.asarray(detector.keypoints, float))
        looks.append(detector.descriptors)
    ratio = 0.8 if features == "sift" else 0.9
    found = library.match_descriptors(*looks, cross_check=True, max_ratio=ratio)
    return np.stack([points[k][found[:, k]] for k in range(2)], axis=1)


def _agreed(pairs: Floats, kind: str, tolerance: float, seed: int) -> NDArray[np.bool_]:
    """Return the largest set of pairs that one map explains."""
    sample = {"shift": 1, "euclidean": 2, "similarity": 2, "affine": 3}[kind]
    rng = np.random.default_rng(seed)
    best = np.zeros(len(pairs), bool)
    for _ in range(1000 if len(pairs) >= _LEAST else 0):
        chosen = rng.choice(len(pairs), sample, replace=False)
        trial = _least_squares(pairs[chosen], kind, np.zeros(2))
        away = pairs[:, 0] @ trial.matrix.T + trial.shift - pairs[:, 1]
        agreed = np.hypot(*away.T) < tolerance
        if agreed.sum() > best.sum():
            best = agreed
    if best.sum() < _LEAST:
        msg = (
            f"{best.sum()} of {len(pairs)} pairs of points agree with a map of the kind {kind!r}; "
            f"expected {_LEAST} or more: the images may show different things, or only a lattice"
        )
        raise ValueError(msg)
    return best


def _least_squares(pairs: Floats, kind: str, center: Floats) -> _Map:
    """Return the map that is nearest to pairs of points."""
    one, two = pairs[:, 0] - center, pairs[:, 1] - center
    middle, target = one.mean(axis=0), two.mean(axis=0)
    a, b = one - middle, two - target
    if kind == "shift":
        matrix = np.eye(2)
    elif kind == "affine":
        matrix = np.linalg.lstsq(a, b, rcond=None)[0].T
    else:
        turn = np.sum((a[:, 0] - 1j * a[:, 1]) * (b[:, 0] + 1j * b[:, 1]))
        size = abs(turn) if kind == "euclidean" else np.sum(a**2)
        turn = turn / size if size > 0 else 1.0
        matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return _Map(matrix, target - matrix @ middle)


def _refined(
    images: tuple[Floats, Floats], start: _Map, generators: Floats, center: Floats,
    scales: tuple[float, ...],
) -> tuple[_Map, Floats, float]:  # fmt: skip
    """Fit the map, a gain and an offset to all pixels, from coarse to fine."""
    from scipy import ndimage

    fixed, valid = filled(images[0])
    found, count = start, 2 + len(generators) + 2
    covariance, residual = np.full((count, count), np.nan), np.nan
    for scale in scales:
        target = ndimage.gaussian_filter(fixed, scale) if scale else fixed
        wide = max(scale, _SLOPES)
        slopes = [ndimage.gaussian_filter(fixed, wide, order=o) for o in ((1, 0), (0, 1))]
        for _ in range(30):
            shown, inside = _through(images[1], found, center, fixed.shape, scale)
            used = inside & valid
            if used.sum() <= 4 * count:
                break
            design = _design((*slopes, shown), used, found, generators, center)
            answer, *_ = np.linalg.lstsq(design[:, -2:], target[used], rcond=None)
            left = target[used] - design[:, -2:] @ answer
            square = design.T @ design
            step = np.linalg.lstsq(square, design.T @ left, rcond=None)[0]
            found = _moved(found, step, generators)
            # how far the step moves the farthest corner, px
            if np.abs(step[:2]).max() + np.abs(step[2:-2]).sum() * center.max() < _SETTLED:
                break
        noise = np.sum(left**2) / (used.sum() - count)
        covariance = noise * np.linalg.pinv(square)
        residual = float(np.sqrt(noise) / (target[used].std() or 1.0))
    return found, covariance, residual


def _design(
    parts: tuple[Floats, Floats, Floats], used: NDArray[np.bool_], found: _Map,
    generators: Floats, center: Floats,
) -> Floats:  # fmt: skip
    """Return derivatives of the shown image: shift, matrix, gain, offset."""
    # slopes of the reference: its noise at a pixel is not in them, as that of an interpolated
    # image would be, and so does not pull
    slopes = np.stack(parts[:2], axis=-1)[used] @ np.linalg.inv(found.matrix)
    at = np.argwhere(used) - center
    ways = [*np.eye(2)[:, None, :], *(at @ (g @ found.matrix if len(generators) < 4 else g).T
                                      for g in generators)]  # fmt: skip
    columns = [(slopes * way).sum(axis=1) for way in ways]
    return np.stack([*columns, parts[2][used], np.ones(len(at))], axis=1)


def _moved(found: _Map, step: Floats, generators: Floats) -> _Map:
    """Return the map after a step; a rotation stays one."""
    change = np.tensordot(step[2 : 2 + len(generators)], generators, axes=1)
    if len(generators) == 0:
        matrix = found.matrix
    elif len(generators) == 1:
        angle = step[2]
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = turn @ found.matrix
    else:
        matrix = found.matrix + (change if len(generators) == 4 else change @ found.matrix)
    return _Map(matrix, found.shift + step[:2])


def _through(
    moving: Floats, found: _Map, center: Floats, shape: tuple[int, ...], scale: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the image as the map shows it, and where that is known; NaN elsewhere."""
    from scipy import ndimage

    whole, valid = filled(moving)
    if scale:
        whole = ndimage.gaussian_filter(whole, scale)
    grid = np.stack(np.indices(shape), axis=-1) - center
    at = np.moveaxis(grid @ found.matrix.T + center + found.shift, -1, 0)
    inside = np.all([(a >= 0) & (a <= n - 1) for a, n in zip(at, moving.shape, strict=True)], 0)
    if not valid.all():
        known = ndimage.map_coordinates(valid.astype(float), at, order=1, mode="nearest")
        inside &= known > 0.999
    shown = ndimage.map_coordinates(whole, at, order=3, mode="nearest")
    return np.where(inside, shown, np.nan), inside
