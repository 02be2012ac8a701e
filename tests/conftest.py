"""What every test may rely on: no window opens, real files are found or their absence is said."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from workers import Workers, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]

os.environ.setdefault("MPLBACKEND", "Agg")

# a busy machine is no reason for a law to fail, and the same commit is green twice;
# SIDPY_EXAMPLES=1000 looks further, at random; a package alone is tried with a few
_EXAMPLES = "10" if "SIDPY_INSTALLED" in os.environ else "40"
settings.register_profile(
    "sidpy",
    deadline=None,
    max_examples=int(os.environ.get("SIDPY_EXAMPLES", _EXAMPLES)),
    derandomize="SIDPY_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sidpy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked ``distributed`` where that library is not installed."""
    for item in items:
        if item.get_closest_marker("distributed") and not _installed("distributed"):
            item.add_marker(pytest.mark.skip(reason="needs the library distributed"))


def _installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


@pytest.fixture(scope="session")
def vendor_data() -> Path:
    """The folder of real instrument files, named by SIDPY_VENDOR_DATA or beside the checkout."""
    folder = Path(os.environ.get("SIDPY_VENDOR_DATA", ROOT.parent / "shared" / "vendor-data"))
    if not folder.is_dir():
        pytest.skip(f"no real instrument files: {folder} does not exist (set SIDPY_VENDOR_DATA)")
    return folder


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    """Close the figures of a test: pyplot keeps them all."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch, tmp_path_factory) -> None:
    """Keep a user's own settings out of the tests, and the tests out of the user's folders."""
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))


@pytest.fixture(autouse=True)
def _forgotten_modules(tmp_path_factory) -> Iterator[None]:
    """Forget modules that a test wrote: the next one may write others of the same names."""
    yield
    written = str(tmp_path_factory.getbasetemp())
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(written):
            del sys.modules[name]


@pytest.fixture(scope="session")
def _shared_workers() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.end()


@pytest.fixture
def cluster(_shared_workers):
    """A client of two worker processes on this machine; mark the test ``distributed``."""
    with client_of(_shared_workers) as client:
        yield client


@pytest.fixture
def own_cluster():
    """The same for a test that kills workers, or changes them."""
    workers = Workers()
    try:
        with client_of(workers) as client:
            yield client
    finally:
        workers.end()
