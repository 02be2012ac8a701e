"""Into which shards an array is cut: whole dask blocks, together with their neighbours.

A shard should be large, because thousands of small files are slow on every shared file
system; it should begin and end where chunks do, because then chunks are copied packed; and
it should be no larger than it must, because it is what a worker holds, and what is
computed anew after a crash.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST_SHARDS", "SHARD_BYTES", "fitting_chunk", "shard_lengths"]

#: Size of a shard that is aimed at, before compression.
SHARD_BYTES: Final = 2**27

#: Largest number of shards of one array; beyond it shards grow.
MOST_SHARDS: Final = 2048


def shard_lengths(
    blocks: Sequence[Sequence[int]],
    itemsize: int,
    chunk: Sequence[int] | None = None,
    size: int = SHARD_BYTES,
) -> tuple[tuple[int, ...], ...]:
    """Return the lengths of the shards along each axis.

    Parameters
    ----------
    blocks : sequence of sequences of int
        Lengths of the blocks of the dask array along each axis, its ``chunks``.
    itemsize : int
        Bytes of a value.
    chunk : sequence of int, optional
        Shape of a chunk of the file.
    size : int
        Bytes a shard may have; a block that is larger is a shard of its own.

    Returns
    -------
    tuple of tuples of int
        In the form of `blocks`: neighbours are joined, none is cut.

    Notes
    -----
    Blocks are joined until shards end where chunks do, where that takes no more than four
    times `size`; then along the last axes first, as far as `size` goes.

    Examples
    --------
    >>> shard_lengths(((16, 16, 16, 16), (64, 64)), 8, (32, 32), size=40_000)
    ((32, 32), (128,))
    """
    steps = [_until_aligned(lengths, axis) for lengths, axis in _paired(blocks, chunk)]
    if _bytes(blocks, steps, itemsize) > 4 * size:
        steps = [1] * len(steps)
    while True:
        grown = _grown(blocks, list(steps), itemsize, size)
        lengths = tuple(_joined(one, step) for one, step in zip(blocks, grown, strict=True))
        if math.prod(len(one) for one in lengths) <= MOST_SHARDS:
            return lengths
        size *= 2


def _paired(
    blocks: Sequence[Sequence[int]], chunk: Sequence[int] | None
) -> list[tuple[Sequence[int], int]]:
    return list(zip(blocks, chunk or [1] * len(blocks), strict=True))


def _until_aligned(lengths: Sequence[int], chunk: int) -> int:
    """Return how many blocks together end where a chunk does, 1 when none do."""
    if any(length != lengths[0] for length in lengths[:-1]):
        return 1
    step = chunk // math.gcd(chunk, lengths[0])
    return min(step, len(lengths))


def _grown(
    blocks: Sequence[Sequence[int]], steps: list[int], itemsize: int, size: int
) -> list[int]:
    """Join twice as many blocks along the last axes, while the shard does not exceed `size`."""
    for axis in reversed(range(len(steps))):
        while steps[axis] < len(blocks[axis]):
            wider = [*steps[:axis], 2 * steps[axis], *steps[axis + 1 :]]
            if _bytes(blocks, wider, itemsize) > size:
                break
            steps = wider
    return steps


def _bytes(blocks: Sequence[Sequence[int]], steps: Sequence[int], itemsize: int) -> int:
    longest = [max(_joined(one, step)) for one, step in zip(blocks, steps, strict=True)]
    return math.prod(longest) * itemsize


def _joined(lengths: Sequence[int], step: int) -> tuple[int, ...]:
    return tuple(sum(lengths[i : i + step]) for i in range(0, len(lengths), step))


def fitting_chunk(chunk: Sequence[int], blocks: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return a chunk about as large that ends where the blocks of an array do, if one does.

    Parameters
    ----------
    chunk : sequence of int
        The chunk that would be chosen without regard to blocks.
    blocks : sequence of sequences of int
        Lengths of the blocks along each axis.

    Examples
    --------
    >>> fitting_chunk((32, 64), ((100, 100), (256,)))
    (25, 64)
    """
    return tuple(_fitting(one, lengths) for one, lengths in zip(chunk, blocks, strict=True))


def _fitting(chunk: int, lengths: Sequence[int]) -> int:
    block = lengths[0]
    if len(lengths) == 1 or any(length != block for length in lengths[:-1]):
        return chunk
    if chunk >= block:
        return min(round(chunk / block) * block, sum(lengths))
    parts = [block // n for n in range(1, block + 1) if block % n == 0]
    nearest = min(parts, key=lambda part: abs(math.log(part / chunk)))
    return nearest if chunk / 2 <= nearest <= chunk * 2 else chunk
