"""Registration beyond shifts: every frame is bent until it fits the mean of all.

Diffeomorphic demons [1]_ by SimpleITK, which is installed with
``pip install 'pycroscopy[registration]'``.

References
----------
.. [1] Vercauteren, Pennec, Perchant, Ayache, NeuroImage 45, S61 (2009),
       doi:10.1016/j.neuroimage.2008.10.040
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import lazy
from sidpy.base.optional import needed
from sidpy.proc.progress import compute
from sidpy.sid.operations import operation

from .frames import filled, labelled_like
from .registration import frames_first

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["register_nonrigid"]


@operation(name="pycroscopy.image.register_nonrigid")
def register_nonrigid(
    stack: Any,
    *,
    reference: Any = None,
    iterations: int = 200,
    smoothing: float = 1.0,
    presmoothing: float = 2.0,
) -> sidpy.Dataset:
    """Bend every frame of a stack until it fits a reference.

    Parameters
    ----------
    stack : Dataset or array of three axes
        Frames that lie on top of each other but for small distortions; NaN counts as missing.
    reference : array of shape (rows, columns), optional
        What they are bent to; the mean of the frames by default.
    iterations : int
        Of the demons.
    smoothing : float, px
        Standard deviation of the smoothing of the field of displacements.
    presmoothing : float, px^2
        Variance of the smoothing of frames while they are compared.

    Returns
    -------
    Dataset
        The bent frames, first axis `frame`.

    Raises
    ------
    TypeError
        When it is no real stack.
    MissingDependency
        Without SimpleITK.

    Notes
    -----
    Computes at once, chunk by chunk: a frame costs too much to be bent each time it is
    looked at.
    """
    needed("SimpleITK", "non-rigid registration", "pycroscopy[registration]")
    import dask

    dataset = frames_first(stack)
    array = lazy(dataset).rechunk({0: 1, 1: -1, 2: -1})
    fixed = _mean(array) if reference is None else np.asarray(reference, np.float64)
    if fixed.shape != dataset.shape[1:]:
        msg = f"the reference has shape {fixed.shape}, the frames {dataset.shape[1:]}"
        raise ValueError(msg)
    bend = dask.delayed(_bent, pure=False)
    tasks = [
        bend(frame, fixed, iterations, smoothing, presmoothing)
        for frame in array.to_delayed().ravel()
    ]
    frames = np.stack(compute(tasks, label="demons"))
    result = labelled_like(dataset, frames, title=f"{dataset.title} non-rigidly registered")
    result.data_type = "IMAGE_STACK"
    return result


def _mean(array: Any) -> Floats:
    import dask.array as da

    total, count = da.compute(da.nansum(array, axis=0), da.isfinite(array).sum(axis=0))
    found: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return found


def _bent(block: NDArray[Any], fixed: Floats, iterations: int, smoothing: float,
          presmoothing: float) -> Floats:  # fmt: skip
    itk = needed("SimpleITK", "non-rigid registration", "pycroscopy[registration]")
    target, _ = filled(fixed)
    frame, valid = filled(np.asarray(block[0], np.float64))
    demons = itk.DiffeomorphicDemonsRegistrationFilter()
    demons.SetNumberOfIterations(iterations)
    demons.SetStandardDeviations(smoothing)
    still, moving = (
        itk.DiscreteGaussian(itk.GetImageFromArray(image), presmoothing)
        for image in (target, frame)
    )
    field = itk.Cast(demons.Execute(still, moving), itk.sitkVectorFloat64)
    transform = itk.DisplacementFieldTransform(field)

    def through(image: Floats, how: Any) -> Floats:
        source = itk.GetImageFromArray(image)
        found = itk.Resample(source, source, transform, how, 0.0)
        return np.asarray(itk.GetArrayFromImage(found), np.float64)

    bent = through(frame, itk.sitkBSpline)
    inside = through(valid.astype(np.float64), itk.sitkLinear) > 0.999
    # the library leaves what comes from beyond the edge at zero; there the frame stays
    return np.where(inside, bent, np.where(valid & ~_reached(inside), frame, np.nan))


def _reached(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what is not at the edge of the frame."""
    reached = np.zeros_like(inside)
    reached[1:-1, 1:-1] = True
    return reached
