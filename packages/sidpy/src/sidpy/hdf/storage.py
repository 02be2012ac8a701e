"""How the numbers get into the file: `chunking`, `compression` and `streaming` in one place."""

from __future__ import annotations

from .chunking import chunk_shape
from .compression import creation_options
from .streaming import stream, stream_together

__all__ = ["chunk_shape", "creation_options", "stream", "stream_together"]
