"""After a crash: changes that count and are not made yet.

Everything of ours that opens an HDF5 file by its path calls `recover` first.  The work is
done in `sidpy.base.redo`, since also what lies below this package opens files.
"""

from __future__ import annotations

from sidpy.base.redo import promise_file, recover

__all__ = ["promise_file", "recover"]
