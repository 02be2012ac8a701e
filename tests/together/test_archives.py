"""What a user downloads holds everything it should and nothing else.

Runs in the ``build`` session, which makes the archives and names their folder in SIDPY_DIST.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from repository import DISTRIBUTIONS, Distribution

DIST = os.environ.get("SIDPY_DIST")
pytestmark = pytest.mark.skipif(not DIST, reason="the build session makes the archives")


def sources(distribution: Distribution) -> set[str]:
    """Return the files that must be importable, relative to the folder above the package."""
    files = (path for path in distribution.source.rglob("*") if path.is_file())
    return {
        path.relative_to(distribution.source.parent).as_posix()
        for path in files
        if "__pycache__" not in path.parts
    }


def archive(distribution: Distribution, ending: str) -> Path:
    """Return the one archive of a kind."""
    (found,) = Path(DIST).glob(f"{distribution.folder}-*{ending}")
    return found


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_the_wheel_is_the_source_and_its_description(distribution):
    with zipfile.ZipFile(archive(distribution, ".whl")) as wheel:
        names = set(wheel.namelist())

    described = {name for name in names if ".dist-info/" in name}
    assert names - described == sources(distribution)
    endings = {name.partition(".dist-info/")[2] for name in described}
    assert {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"} <= endings
    assert ("entry_points.txt" in endings) == (distribution.name != "pycroscopy")


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_the_sdist_can_be_built_again(distribution):
    with tarfile.open(archive(distribution, ".tar.gz")) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}

    expected = {"pyproject.toml", "PKG-INFO", "README.md", "LICENSE"}
    expected |= {f"src/{name}" for name in sources(distribution)}
    extra = {name for name in names - expected if not name.startswith("changes/")}
    assert expected <= names
    assert extra <= {".gitignore"}
