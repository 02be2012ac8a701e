"""A dataset as a plain array of memory, by the protocols of NumPy and DLPack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["CPU", "as_dlpack", "as_ndarray"]

#: What ``__dlpack_device__`` calls the memory of the processor: kDLCPU of DLPack, number 0.
CPU: Final = (1, 0)


def as_ndarray(dataset: Any, dtype: npt.DTypeLike | None, *, copy: bool | None) -> Any:
    """Return the numbers in memory; see `Dataset.__array__`."""
    if copy is False:
        msg = (
            "a Dataset is lazy: its numbers are new memory each time they are computed, so that "
            "copy=False cannot be; leave copy out"
        )
        raise ValueError(msg)
    computed = np.asarray(dataset.compute())
    # the numbers may be a block that the graph itself holds
    return computed.astype(computed.dtype if dtype is None else dtype, copy=bool(copy))


def as_dlpack(
    dataset: Any, stream: Any, device: tuple[int, int] | None, *, copy: bool | None, **options: Any
) -> Any:
    """Return the numbers as a DLPack capsule; see `Dataset.__dlpack__`."""
    if stream is not None or device not in (None, CPU):
        msg = f"the numbers of a Dataset are computed into the memory of the processor {CPU}"
        raise BufferError(msg)
    if copy is False:
        msg = "a Dataset is lazy: its numbers cannot be had without computing them; leave copy out"
        raise BufferError(msg)
    computed = np.asarray(dataset.compute())
    native = computed.dtype.newbyteorder("=")  # DLPack knows no other
    if computed.dtype != native or not computed.flags.writeable:
        computed = computed.astype(native)
    return computed.__dlpack__(**options)
