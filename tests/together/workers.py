"""A cluster of two worker processes in a process of its own.

It lasts as long as its standard input: whatever becomes of the tests, nothing is left.
The tests' own process has no thread of it, so it can fork and count what is open.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A busy machine starts processes slowly, s.
PATIENCE = 120
SLOWLY = {"distributed.comm.timeouts.connect": f"{PATIENCE}s"}


class Workers:
    """Two workers that the tests of a session share, made when the first test asks for them."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._address = ""

    def address(self) -> str:
        """Return where their scheduler listens."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        return self._address

    def _start(self) -> None:
        self._process = process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )  # fmt: skip
        too_late = threading.Timer(PATIENCE, self._kill)
        too_late.start()
        self._address = process.stdout.readline().strip()
        too_late.cancel()
        if not self._address:
            self.end()
            msg = f"no cluster within {PATIENCE} s"
            raise TimeoutError(msg)

    def end(self) -> None:
        """End the workers, by force if that takes long; the next test gets others."""
        if self._process is None:
            return
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait(PATIENCE)
        self._process.stdout.close()
        self._process = None

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()


@contextlib.contextmanager
def client_of(workers: Workers) -> Iterator[object]:
    """Make a client of the workers the scheduler of dask; replace workers that it harmed."""
    import dask
    from distributed import Client

    with dask.config.set(SLOWLY), Client(workers.address(), timeout=PATIENCE) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        before = set(client.scheduler_info()["workers"])
        yield client
        sound = set(client.scheduler_info()["workers"]) == before
    if not sound:
        workers.end()


def main() -> None:
    import dask
    from distributed import LocalCluster

    # what no worker can do fails at last
    limits = {
        "distributed.nanny.timeout": f"{PATIENCE}s",
        "distributed.scheduler.no-workers-timeout": f"{PATIENCE}s",
    }
    with (
        dask.config.set(SLOWLY | limits),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
