"""Every module can be imported, and only what is declared is there to import.

Lazy imports hide typos until a user meets them; here everything is imported eagerly.
"""

from __future__ import annotations

import doctest
import importlib
import json
import os
import subprocess
import sys
from importlib import metadata, util

import numpy as np
import pytest
from repository import ABSENT, PRESENT

#: Imported on first use only; so is everything they bring along.
HEAVY = {
    "IPython", "ase", "dask", "distributed", "h5py", "hdf5plugin", "ipywidgets", "matplotlib",
    "numba", "pandas", "pint", "pluggy", "scipy", "skimage", "sklearn", "tqdm", "xarray",
}  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules loaded after running code in a fresh interpreter."""
    code += "; import sys, json; print(json.dumps([*sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize("distribution", PRESENT, ids=str)
def test_importing_a_package_loads_nothing_heavy(distribution):
    assert loaded_by(f"import {distribution.name}") & HEAVY == set()


def test_importing_all_packages_loads_nothing_heavy():
    assert loaded_by("import " + ", ".join(one.name for one in PRESENT)) & HEAVY == set()


@pytest.mark.parametrize("name", [module.name for one in PRESENT for module in one.modules])
def test_every_module_imports(name):
    importlib.import_module(name)


@pytest.mark.skipif(np.__version__ < "2", reason="NumPy 1 prints its scalars in another way")
@pytest.mark.parametrize(
    "name",
    [module.name for one in PRESENT for module in one.modules if ">>> " in module.text],
)
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=flags, verbose=False)
    for example in doctest.DocTestFinder().find(importlib.import_module(name)):
        runner.run(example, out=report.append)
    told = "".join(report)
    if "SIDPY_INSTALLED" in os.environ and "MissingDependency: " in told:  # a package alone
        pytest.skip("an example needs an extra that is not installed")
    assert runner.failures == 0, told


@pytest.mark.parametrize("distribution", PRESENT, ids=str)
def test_every_public_name_resolves(distribution):
    """A lazy name that is listed but cannot be loaded is a typo a user would find."""
    package = importlib.import_module(distribution.name)

    missing = [name for name in package.__all__ if getattr(package, name, None) is None]
    assert missing == []


@pytest.mark.parametrize("distribution", PRESENT, ids=str)
def test_installed_version_is_the_declared_one(distribution):
    version = importlib.import_module(f"{distribution.name}.__version__").version

    assert version == distribution.project["version"]
    assert metadata.version(distribution.name) == version
    assert importlib.import_module(distribution.name).__version__ == version


@pytest.mark.parametrize("distribution", ABSENT, ids=str)
def test_an_undeclared_sibling_cannot_be_imported(distribution):
    assert util.find_spec(distribution.name) is None
