"""Scikit-learn's factorisations on a matrix, each with a way back that is exact.

Every method gives abundances and components such that ``offset + abundances @ components``
is its best account of the data, whatever the library calls its factors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from sidpy.base.optional import needed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ESTIMATORS", "Estimate", "check", "estimate", "way_back"]

#: Classes of `sklearn.decomposition` by the names of the released package.
ESTIMATORS: Final = {"nmf": "NMF", "pca": "PCA", "ica": "FastICA", "kernelpca": "KernelPCA"}


class Estimate(NamedTuple):
    """A matrix as offset + abundances @ components."""

    abundances: NDArray[Any]
    """Shape (positions, components)."""
    components: NDArray[Any]
    """Shape (components, channels)."""
    offset: NDArray[Any]
    """Shape (channels,)."""
    model: Any
    """The fitted estimator."""

    @property
    def fit(self) -> NDArray[Any]:
        """Shape (positions, channels)."""
        return np.asarray(self.offset + self.abundances @ self.components)


def estimate(values: NDArray[Any], method: str, count: int, options: dict[str, Any]) -> Estimate:
    """Factorise a matrix by an estimator of scikit-learn.

    Parameters
    ----------
    values : ndarray of shape (positions, channels)
        Real and finite; not negative for "nmf".
    method : str
        One of `ESTIMATORS`.
    count : int
        Components.
    options : dict
        For the constructor of the estimator. ``random_state`` is 0 unless given, so that
        results repeat.

    Returns
    -------
    Estimate
        Factors and the fitted estimator.

    Raises
    ------
    TypeError
        For complex values.
    ValueError
        When values are not finite or, for "nmf", negative; when there are fewer positions
        or channels than components.
    MissingDependency
        Without scikit-learn.

    Notes
    -----
    The components of "kernelpca" live in no space of spectra: ours are the spectra that,
    weighted with the abundances, come closest to the data.
    """
    library = needed("sklearn.decomposition", f"method {method!r}", "pycroscopy[learn]")
    check(values, method, count)
    settings = {"random_state": 0, **options}
    if method == "nmf":
        settings = {"max_iter": 1000, **settings}
    if method == "ica" and (values == values[:1]).all():
        msg = "all spectra are the same: there is nothing independent in them"
        raise ValueError(msg)
    model = getattr(library, ESTIMATORS[method])(n_components=count, **settings)
    scores = np.asarray(model.fit_transform(values))
    return Estimate(scores, *way_back(model, scores, values), model)


def way_back(
    model: Any, scores: NDArray[Any], values: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what turns the scores of a fitted estimator into data.

    Parameters
    ----------
    model : estimator
        Of `sklearn.decomposition`, fitted.
    scores : ndarray of shape (positions, components)
        What it made of the data.
    values : ndarray of shape (positions, channels)
        The data.

    Returns
    -------
    components : ndarray of shape (components, channels)
        Such that ``offset + scores @ components`` is its account of the data.
    offset : ndarray of shape (channels,)
        The mean spectrum, or zeros where the estimator subtracts none.
    """
    if hasattr(model, "mixing_"):
        # the unmixing matrix turns data into sources; its inverse turns them back
        return np.asarray(model.mixing_.T), values.mean(axis=0)
    if not hasattr(model, "components_"):
        offset = values.mean(axis=0)
        return np.linalg.lstsq(scores, values - offset, rcond=None)[0], offset
    components = np.asarray(model.components_)
    offset = getattr(model, "mean_", None)
    if getattr(model, "whiten", False):
        components = components * np.sqrt(model.explained_variance_)[:, None]
    return components, np.zeros(values.shape[1], values.dtype) if offset is None else offset


def check(values: NDArray[Any], method: str, count: int) -> None:
    """Refuse what a method cannot factorise.

    Parameters
    ----------
    values : ndarray of shape (positions, channels)
        The data.
    method : str
        One of `ESTIMATORS`.
    count : int
        Components.

    Raises
    ------
    TypeError, ValueError
        As for `estimate`.
    """
    if values.dtype.kind == "c":
        msg = f"{method!r} needs real data, found {values.dtype}: factorise modulus or parts"
        raise TypeError(msg)
    if not np.isfinite(values).all():
        msg = f"{method!r} needs finite data: mask or interpolate NaN and infinity first"
        raise ValueError(msg)
    if not 1 <= count <= min(values.shape):
        msg = f"{count} components cannot be found in a matrix of {values.shape}"
        raise ValueError(msg)
    if method == "nmf" and values.min() < 0:
        msg = (
            f"'nmf' needs data that are not negative, the least is {values.min():.4g}: subtract "
            "the background, or use 'svd'"
        )
        raise ValueError(msg)
