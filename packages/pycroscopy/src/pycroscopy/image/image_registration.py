"""Registration by the names of the released packages.

`register` and `register_nonrigid` do the same for any stack, with errors and quality.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import SidpyError
from sidpy.sid.operations import operation

from .nonrigid import register_nonrigid
from .registration import frames_first, move_stack, register, shared_area

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

__all__ = [
    "NoImageStack", "complete_registration", "crop_image_stack", "demon_registration",
    "rig_reg_drift", "rigid_registration",
]  # fmt: skip


class NoImageStack(SidpyError, TypeError, AttributeError):
    """What should be registered is no stack; the releases raised one or the other builtin."""


def _stack(dataset: Any, function: str) -> sidpy.Dataset:
    import sidpy

    if not isinstance(dataset, sidpy.Dataset):
        msg = f"{function} needs a sidpy.Dataset, found {type(dataset).__name__}"
        raise NoImageStack(msg)
    if dataset.data_type is not sidpy.DataType.IMAGE_STACK:
        msg = (
            f"{function} needs a Dataset of data_type IMAGE_STACK, found {dataset.data_type.name}"
        )
        raise NoImageStack(msg)
    return frames_first(dataset)


@operation(name="pycroscopy.image.rigid_registration")
def rigid_registration(dataset: sidpy.Dataset, normalization: str | None = None) -> sidpy.Dataset:
    """Register a stack of images by shifts below a pixel, cropped to what all show.

    Parameters
    ----------
    dataset : Dataset, IMAGE_STACK
        Frames along any axis.
    normalization : {None, "phase"}
        "phase" for phase correlation.

    Returns
    -------
    Dataset, IMAGE_STACK
        Lazy; first axis `frame`. ``metadata`` has `drift` (px, zero at the middle frame),
        `input_crop` and `input_shape`, and the same in
        ``metadata["analysis"]["rigid_registration"]``.

    Raises
    ------
    NoImageStack
        A TypeError and an AttributeError, when it is no Dataset of a stack.
    ValueError
        For an unknown word.

    See Also
    --------
    register : With errors, quality, and more choices.
    """
    stack = _stack(dataset, "rigid_registration")
    if normalization not in {None, "phase"}:
        msg = f"normalization is {normalization!r}; it can be None or 'phase'"
        raise ValueError(msg)
    found = register(stack, whiten=normalization == "phase")
    facts = {
        "drift": np.asarray(found.drift),
        "input_crop": list(found.crop),
        "input_shape": list(dataset.shape),
    }
    result = found.stack
    result.metadata = _with_analysis({**dataset.metadata, **facts}, "rigid_registration", facts)
    return result


def _with_analysis(metadata: dict[str, Any], name: str, facts: dict[str, Any]) -> dict[str, Any]:
    analysis = metadata.get("analysis", {})
    analysis = dict(analysis) if isinstance(analysis, dict) else {"before": analysis}
    return {**metadata, "analysis": {**analysis, name: facts}}


@operation(name="pycroscopy.image.demon_registration")
def demon_registration(
    dataset: sidpy.Dataset,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - the released package's signature
) -> sidpy.Dataset:
    """Bend every frame of a stack until it fits the mean of all.

    Parameters
    ----------
    dataset : Dataset, IMAGE_STACK
        Rigidly registered frames.
    verbose : bool
        Has no effect: long work shows a bar.

    Returns
    -------
    Dataset, IMAGE_STACK
        First axis `frame`.

    Raises
    ------
    NoImageStack
        A TypeError and an AttributeError, when it is no Dataset of a stack.
    MissingDependency
        Without SimpleITK.

    See Also
    --------
    register_nonrigid : With all choices.
    """
    result = register_nonrigid(_stack(dataset, "demon_registration"))
    facts = {"method": "diffeomorphic demons", "iterations": 200, "smoothing": 1.0}
    result.metadata = _with_analysis(dict(dataset.metadata), "non_rigid_demon_registration", facts)
    return result


def complete_registration(
    main_dataset: sidpy.Dataset,
    storage_channel: Any = None,  # noqa: ARG001 - the released package's signature
) -> tuple[sidpy.Dataset, sidpy.Dataset]:
    """Register a stack by shifts, then beyond.

    Parameters
    ----------
    main_dataset : Dataset, IMAGE_STACK
        Frames along any axis.
    storage_channel : object
        Has no effect: nothing is written.

    Returns
    -------
    non_rigid, rigid : Dataset, IMAGE_STACK
        The bent and the shifted frames.
    """
    rigid = rigid_registration(main_dataset)
    return demon_registration(rigid), rigid


def rig_reg_drift(
    dset: sidpy.Dataset, rel_drift: ArrayLike
) -> tuple[sidpy.Dataset, NDArray[np.float64]]:
    """Apply a drift that is known from frame to frame.

    Parameters
    ----------
    dset : Dataset, IMAGE_STACK
        Frames along any axis.
    rel_drift : ndarray of shape (frames, 2) or (frames - 1, 2), px
        The shift that brings each frame onto the one before it; the first of as many as
        there are frames is passed over.

    Returns
    -------
    stack : Dataset, IMAGE_STACK
        Shifted frames, NaN where a frame shows nothing; not cropped.
    drift : ndarray of shape (frames, 2), px
        The shift that brings each frame onto the middle one.
    """
    stack = _stack(dset, "rig_reg_drift")
    steps = np.asarray(rel_drift, np.float64)
    if steps.ndim != 2 or steps.shape[1] != 2 or len(stack) - len(steps) not in {0, 1}:
        msg = f"rel_drift has shape {steps.shape}; {len(stack)} frames need ({len(stack)}, 2)"
        raise ValueError(msg)
    steps = steps[len(steps) - len(stack) + 1 :]
    drift = np.vstack([np.zeros(2), steps.cumsum(axis=0)])
    drift -= drift[len(stack) // 2]
    moved, _ = move_stack(stack, drift, crop=False)
    return moved, drift


def crop_image_stack(rig_reg: Any, drift: ArrayLike) -> tuple[Any, list[int]]:
    """Cut off what not all frames of a shifted stack show.

    Parameters
    ----------
    rig_reg : Dataset or array of shape (frames, rows, columns)
        Shifted frames.
    drift : ndarray of shape (frames, 2), px
        By how much.

    Returns
    -------
    cropped : Dataset or array
        The part that all show.
    crop : list of int
        Start and stop of the rows, start and stop of the columns.
    """
    box = shared_area(np.asarray(drift, np.float64), rig_reg.shape[1:3])
    return rig_reg[:, box[0] : box[1], box[2] : box[3]], list(box)
