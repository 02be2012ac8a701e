"""Divide an image into parts: by value, by shape, by example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.optional import needed
from sidpy.sid.operations import operation

from .frames import filled, labelled_like, one_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["classify_pixels", "otsu_threshold", "segment", "split_touching"]


def otsu_threshold(values: Floats) -> float:
    """Return the value that divides values in two classes as far apart as can be.

    Parameters
    ----------
    values : ndarray
        Finite.

    Returns
    -------
    float
        Between two of the values; the value itself when all are the same.

    Notes
    -----
    Largest variance between the classes [1]_, from the sorted values: no bins.

    References
    ----------
    .. [1] Otsu, IEEE Trans. Syst. Man Cybern. 9, 62 (1979), doi:10.1109/TSMC.1979.4310076

    Examples
    --------
    >>> otsu_threshold([0, 1, 0, 9, 8, 9])
    4.5
    """
    ordered = np.sort(np.asarray(values, np.float64), axis=None)
    n = len(ordered)
    if n == 0 or ordered[0] == ordered[-1]:
        return float(ordered[0]) if n else 0.0
    below = np.arange(1, n)
    sums = (ordered - ordered.mean()).cumsum()[:-1]
    between = sums**2 / (below * (n - below))
    between[np.diff(ordered) == 0] = -1.0  # equal values are of one class
    cut = int(np.argmax(between))
    return float(0.5 * (ordered[cut] + ordered[cut + 1]))


@operation(name="pycroscopy.image.segment")
def segment(image: Any, *, classes: int = 2, smooth: float = 0.0) -> sidpy.Dataset:
    """Divide an image into classes of brightness.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        NaN belongs to no class.
    classes : int
        How many.
    smooth : float, px
        Standard deviation of a Gaussian over the image first.

    Returns
    -------
    Dataset, IMAGE
        Number of the class, darkest 0; -1 where missing. ``metadata["segmentation"]`` has
        the thresholds.

    Raises
    ------
    ValueError
        When there are fewer than two classes, or more than different values.
    MissingDependency
        Without scikit-image, for more than two classes.

    Notes
    -----
    Otsu's method; for more classes that of Liao, Chen and Chung, by scikit-image.
    """
    from scipy import ndimage

    dataset, values = one_image(image, "segment")
    whole, valid = filled(values)
    if smooth > 0:
        whole = ndimage.gaussian_filter(whole, smooth)
    known = whole[valid]
    if classes < 2 or len(np.unique(known[: 1 << 16])) < classes:
        msg = f"{classes} classes do not fit an image of {len(np.unique(known))} different values"
        raise ValueError(msg)
    if classes == 2:
        thresholds = np.array([otsu_threshold(known)])
    else:
        filters = needed("skimage.filters", "segmentation in many classes", "pycroscopy[image]")
        thresholds = filters.threshold_multiotsu(known, classes)
    labels = np.where(valid, np.digitize(whole, thresholds), -1).astype(np.int32)
    return labelled_like(
        dataset, labels, title=f"{dataset.title} classes", units="1", quantity="class",
        metadata={"segmentation": {"thresholds": thresholds.tolist()}},
    )  # fmt: skip


def split_touching(inside: NDArray[np.bool_], depth: float) -> NDArray[np.int32]:
    """Number parts of a region that hang together by narrow necks.

    Parameters
    ----------
    inside : ndarray of bool, shape (rows, columns)
        The region.
    depth : float, px
        How much thinner a neck is than what it joins.

    Returns
    -------
    ndarray of int
        Numbers from 1; 0 outside.

    Notes
    -----
    Watershed of the distance to the outside, from its maxima of that height, by
    scikit-image.
    """
    from scipy import ndimage

    purpose = "parting what touches"
    split = needed("skimage.segmentation", purpose, "pycroscopy[image]")
    morphology = needed("skimage.morphology", purpose, "pycroscopy[image]")
    distance = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    seeds, _ = ndimage.label(morphology.h_maxima(distance, depth) > 0, np.ones((3, 3)))
    found: NDArray[np.int32] = split.watershed(-distance, seeds, mask=inside).astype(np.int32)
    return found


@operation(name="pycroscopy.image.classify_pixels")
def classify_pixels(
    image: Any, examples: NDArray[Any], *, sigma_max: float = 8.0, seed: int = 0
) -> sidpy.Dataset:
    """Divide an image into classes by examples of each.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        NaN belongs to no class.
    examples : ndarray of int, shape (rows, columns)
        Class of some pixels, from 1; 0 for all others.
    sigma_max : float, px
        Largest scale at which brightness, edges and texture are looked at.
    seed : int
        Of the random forest.

    Returns
    -------
    Dataset, IMAGE
        Class of each pixel; 0 where missing.

    Raises
    ------
    ValueError
        When the examples have another shape, or fewer than two classes.
    MissingDependency
        Without scikit-image or scikit-learn.

    Notes
    -----
    A random forest of scikit-learn on the features of scikit-image at scales of 1, 2, 4, ...
    """
    dataset, values = one_image(image, "classify_pixels")
    given = np.asarray(examples).astype(np.int64)
    whole, valid = filled(values)
    if given.shape != values.shape or len(np.unique(given[given > 0])) < 2:
        msg = (
            f"examples of two classes are needed in the shape {values.shape}, found {given.shape}"
        )
        raise ValueError(msg)
    purpose = "classification by examples"
    feature = needed("skimage.feature", purpose, "pycroscopy[image]")
    ensemble = needed("sklearn.ensemble", purpose, "pycroscopy[learn]")
    described = feature.multiscale_basic_features(whole, sigma_min=1, sigma_max=sigma_max)
    described = described.reshape(whole.size, -1)
    forest = ensemble.RandomForestClassifier(
        n_estimators=50, max_depth=10, max_samples=0.5, random_state=seed
    )
    flat = given.ravel()
    forest.fit(described[flat > 0], flat[flat > 0])
    labels = forest.predict(described).reshape(whole.shape)
    return labelled_like(
        dataset, np.where(valid, labels, 0).astype(np.int32), title=f"{dataset.title} classes",
        units="1", quantity="class",
    )  # fmt: skip
