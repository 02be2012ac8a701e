"""Signals and images from fewer samples than unknowns, because few of them are not zero.

References
----------
.. [1] Chen, Donoho, Saunders, SIAM Rev. 43, 129 (2001), doi:10.1137/S003614450037906X
.. [2] Candes, Romberg, Tao, IEEE Trans. Inf. Theory 52, 489 (2006),
       doi:10.1109/TIT.2005.862083
.. [3] Combettes, Pesquet, IEEE J. Sel. Top. Signal Process. 1, 564 (2007),
       doi:10.1109/JSTSP.2007.910264
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import as_dataset
from sidpy._warnings import warn
from sidpy.proc.progress import counted
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

__all__ = ["basis_pursuit", "reconstruct_sparse"]


def basis_pursuit(matrix: ArrayLike, samples: ArrayLike) -> NDArray[np.float64]:
    """Find the signal of least absolute sum that explains all samples exactly [1]_.

    Parameters
    ----------
    matrix : ndarray of shape (samples, unknowns), real
        How each sample depends on the unknowns.
    samples : ndarray of shape (samples,), real
        What was measured.

    Returns
    -------
    ndarray of shape (unknowns,)
        The sparsest solution, as long as it is sparse enough.

    Raises
    ------
    ValueError
        When shapes do not fit, values are not finite or no signal explains the samples.

    Notes
    -----
    A linear program, solved exactly: succeeds up to the transition of Donoho and Tanner.

    Examples
    --------
    >>> matrix = np.random.default_rng(0).standard_normal((10, 20))
    >>> basis_pursuit(matrix, 3 * matrix[:, 4]).round(6).nonzero()[0].tolist()
    [4]
    """
    from scipy.optimize import linprog

    a, y = np.asarray(matrix, np.float64), np.asarray(samples, np.float64)
    if (
        a.ndim != 2
        or y.shape != a.shape[:1]
        or not (np.isfinite(a).all() and np.isfinite(y).all())
    ):
        msg = f"expected finite (samples, unknowns) and (samples,), found {a.shape} and {y.shape}"
        raise ValueError(msg)
    n = a.shape[1]
    found = linprog(np.ones(2 * n), A_eq=np.hstack([a, -a]), b_eq=y, method="highs")
    if found.x is None:
        msg = f"no signal explains the samples: {found.message}"
        raise ValueError(msg)
    return np.asarray(found.x[:n] - found.x[n:])


@operation(name="pycroscopy.learn.reconstruct_sparse")
def reconstruct_sparse(
    data: Any,
    mask: Any = None,
    *,
    noise: float = 0.0,
    rounds: int = 500,
    tolerance: float = 1e-5,
) -> sidpy.Dataset:
    """Fill in what was not measured, from the sparsest cosine transform [2]_.

    Parameters
    ----------
    data : Dataset or array of one axis or more, real
        An image, spectrum or cube of which some values are known.
    mask : array of bool, optional
        True where the data were measured; where they are finite by default.
    noise : float, in units of the data
        Standard deviation of the measured values; 0 keeps them exactly.
    rounds : int
        At most.
    tolerance : float
        Relative change that ends them.

    Returns
    -------
    Dataset
        As the data, titled ``<title> reconstructed``, complete.

    Raises
    ------
    ValueError
        When nothing was measured, a measured value is not finite, or shapes differ.

    Warns
    -----
    SidpyWarning
        When the result still changes after all rounds.

    Notes
    -----
    Douglas-Rachford splitting [3]_ between the measured values and soft thresholds of the
    orthonormal cosine transform. In memory.

    Examples
    --------
    >>> truth = np.cos(np.pi * (np.arange(64) + 0.5) * 5 / 64)
    >>> known = np.random.default_rng(0).random(64) < 0.4
    >>> found = reconstruct_sparse(np.where(known, truth, np.nan))
    >>> bool(np.allclose(found, truth, atol=1e-2))
    True
    """
    from scipy.fft import dctn, idctn

    dataset = as_dataset(data)
    values = np.asarray(dataset)
    known = np.isfinite(values) if mask is None else np.asarray(mask, bool)
    _check(values, known, noise)
    samples = np.where(known, values, 0.0).astype(np.float64)
    middle = samples[known].mean()
    samples = np.where(known, samples - middle, 0.0)
    size = float(np.abs(dctn(samples, norm="ortho")).max()) or 1.0
    threshold = 0.02 * size
    budget = noise * np.sqrt(np.count_nonzero(known))

    def fitted(image: NDArray[Any]) -> NDArray[Any]:
        """The closest image that explains the samples."""
        off = np.where(known, samples - image, 0.0)
        length = float(np.linalg.norm(off))
        share = 1.0 if budget == 0 or length == 0 else max(0.0, 1 - budget / length)
        return np.asarray(image + share * off)

    state = samples.copy()
    result = fitted(state)
    with counted("reconstructing", rounds) as advance:
        for _ in range(rounds):
            before = result
            mirrored = dctn(2 * result - state, norm="ortho")
            shrunk = np.sign(mirrored) * np.maximum(np.abs(mirrored) - threshold, 0.0)
            state = state + idctn(shrunk, norm="ortho") - result
            result = fitted(state)
            advance(1)
            change = np.linalg.norm(result - before)
            if change <= tolerance * max(float(np.linalg.norm(result)), 1e-300):
                break
        else:
            warn(f"the reconstruction still changes after {rounds} rounds")
    return dataset.like_data(result + middle, title=f"{dataset.title} reconstructed")


def _check(values: NDArray[Any], known: NDArray[np.bool_], noise: float) -> None:
    if known.shape != values.shape:
        msg = f"the mask has shape {known.shape}, the data {values.shape}"
        raise ValueError(msg)
    if values.dtype.kind == "c" or not known.any() or not np.isfinite(values[known]).all():
        msg = (
            f"of {values.size} values of {values.dtype} {np.count_nonzero(known)} are measured; "
            "expected one or more, real and finite"
        )
        raise ValueError(msg)
    if not noise >= 0:
        msg = f"noise is {noise}; expected a standard deviation"
        raise ValueError(msg)
