"""After a crash: changes that count and are not made yet.

`open_to_read` is how everything here opens an HDF5 file by its path; it calls `recover`.
Both live in `sidpy.base`, since also what lies below this package opens files.
"""

from __future__ import annotations

from sidpy.base.opening import open_to_read
from sidpy.base.redo import recover

__all__ = ["open_to_read", "recover"]
