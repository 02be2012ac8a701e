"""Ways a file goes bad: cut short, bits flipped, a header that claims too much."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["flipped", "overclaiming", "truncated"]

#: Where headers are, for most formats: damage here does more than damage in the pixels.
_HEADER = 4096


def truncated(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the content cut at every tenth of its length, and one byte short."""
    for tenths in range(1, 10):
        yield f"cut at {tenths}/10", content[: len(content) * tenths // 10]
    yield "one byte short", content[:-1]


def flipped(content: bytes, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield copies with one byte changed each, half of them near the beginning."""
    chance = random.Random(seed)
    for i in range(count):
        place = chance.randrange(min(len(content), _HEADER) if i % 2 else len(content))
        damaged = bytearray(content)
        damaged[place] ^= chance.randrange(1, 256)
        yield f"byte {place} is {damaged[place]:#04x}", bytes(damaged)


def overclaiming(content: bytes, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield copies in which a number near the beginning is as large as it can be."""
    largest = [b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\xff" * 8, b"\xff\xff"]
    chance = random.Random(seed)
    for _ in range(count):
        claim = chance.choice(largest)
        place = 2 * chance.randrange(max(1, min(len(content), 512) // 2))
        damaged = bytearray(content)
        damaged[place : place + len(claim)] = claim[: len(content) - place]
        yield f"{claim.hex()} at byte {place}", bytes(damaged)
