"""How chunks are packed: which filters there are, and packing on all cores."""

from __future__ import annotations

import threading
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import MissingDependency

from .chunking import chunk_shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from sidpy.sid.kinds import DimensionType

__all__ = ["Compressor", "Locked", "creation_options"]

#: Options of h5py that need chunks.
_NEED_CHUNKS: Final = ("compression", "shuffle", "fletcher32", "scaleoffset", "maxshape")

#: Names for the filters of hdf5plugin.
_PLUGINS: Final = {"blosc": "Blosc", "blosc2": "Blosc2", "bitshuffle": "Bitshuffle", "lz4": "LZ4",
                   "zstd": "Zstd"}  # fmt: skip


def creation_options(
    options: Mapping[str, Any],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    kinds: Sequence[DimensionType],
) -> dict[str, Any]:
    """Return the options for h5py to create the dataset with.

    Parameters
    ----------
    options : dict
        What the caller asked for; ``dtype``, ``shape`` and ``data`` are not theirs to choose.
    shape : tuple of int
        Shape of the dataset.
    dtype : numpy.dtype
        Type of a value in the file.
    kinds : sequence of DimensionType
        What varies along each axis.

    Raises
    ------
    MissingDependency
        For a compression that needs hdf5plugin, when that is not installed.
    """
    chosen = {k: v for k, v in options.items() if k not in ("dtype", "shape", "data", "name")}
    if not shape or 0 in shape:
        return {
            key: value for key, value in chosen.items() if key not in (*_NEED_CHUNKS, "chunks")
        }
    if isinstance(chosen.get("compression"), str):
        chosen |= _filter(chosen["compression"], chosen)
    needed = any(chosen.get(key) not in (None, False) for key in _NEED_CHUNKS)
    if chosen.get("chunks") is True or (needed and chosen.get("chunks") is None):
        chosen["chunks"] = chunk_shape(shape, dtype.itemsize, kinds)
    return chosen


def _filter(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    if name not in _PLUGINS:
        return {}
    try:
        import hdf5plugin
    except ModuleNotFoundError as error:
        msg = f"compression={name!r} needs hdf5plugin: pip install 'sidpy[compression]'"
        raise MissingDependency(msg) from error
    given = options.get("compression_opts")
    made = getattr(hdf5plugin, _PLUGINS[name])(**(given if isinstance(given, dict) else {}))
    return (
        {"compression": made, "compression_opts": None}
        if given is not None
        else {"compression": made}
    )


class Locked:
    """A dataset that one thread at a time writes to."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.shape = dataset.shape
        self.dtype = dataset.dtype
        self.lock = threading.Lock()

    def __setitem__(self, where: tuple[slice, ...], block: npt.NDArray[Any]) -> None:
        with self.lock:
            self.dataset[where] = block


class Compressor(Locked):
    """A gzip-compressed dataset whose chunks are compressed by the threads that bring them.

    zlib lets other threads run; HDF5 itself compresses one chunk at a time.
    """

    @staticmethod
    def can_serve(dataset: Any) -> bool:
        """Whether the filters are those of gzip, with or without shuffling, and no others."""
        filters = dataset.id.get_create_plist()
        names = [filters.get_filter(i)[0] for i in range(filters.get_nfilters())]
        shuffle, deflate = 2, 1  # H5Z_FILTER_SHUFFLE and H5Z_FILTER_DEFLATE
        return dataset.compression == "gzip" and names in ([deflate], [shuffle, deflate])

    def __setitem__(self, where: tuple[slice, ...], block: npt.NDArray[Any]) -> None:
        chunk = self.dataset.chunks
        starts = [part.start for part in where]
        grid = [range(0, n, c) for n, c in zip(block.shape, chunk, strict=True)]
        for corner in np.ndindex(*(len(steps) for steps in grid)):
            inside = [steps[i] for steps, i in zip(grid, corner, strict=True)]
            part = block[tuple(slice(i, i + c) for i, c in zip(inside, chunk, strict=True))]
            packed = self._packed(part)
            offset = tuple(int(a + b) for a, b in zip(starts, inside, strict=True))
            with self.lock:
                self.dataset.id.write_direct_chunk(offset, packed)

    def _packed(self, part: npt.NDArray[Any]) -> bytes:
        if part.shape != self.dataset.chunks:  # at the edge: HDF5 keeps whole chunks
            whole = np.zeros(self.dataset.chunks, self.dtype)
            whole[tuple(slice(n) for n in part.shape)] = part
            part = whole
        data = np.ascontiguousarray(part, self.dtype).tobytes()
        if self.dataset.shuffle and self.dtype.itemsize > 1:
            data = np.frombuffer(data, np.uint8).reshape(-1, self.dtype.itemsize).T.tobytes()
        return zlib.compress(data, self.dataset.compression_opts)
