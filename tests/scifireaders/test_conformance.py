"""Our own readers keep every promise that is asked of a third party's.

The folder ``made`` has a module per format, whose ``MADE`` maps the name of a reader to a
function that writes files for it into a folder, whose ``LEFT_OUT``, if it has one, maps
it to tests that cannot be asked, with their reason, and whose ``GENUINE`` names the kinds of
foreign files that are of this format.  A new format is held to all of this by
putting its module there.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import sidpy
from SciFiReaders.plugin import sidpy_readers
from sidpy.plugins.requirements import missing
from sidpy.testing import ReaderConformance
from sidpy.testing.elsewhere import computed_elsewhere


def _made(table):
    folder = str(Path(__file__).with_name("made"))
    modules = [import_module(f"made.{found.name}") for found in pkgutil.iter_modules([folder])]
    return {name: part for module in modules for name, part in getattr(module, table, {}).items()}


def _is_installed(name):
    (spec,) = [spec for spec in sidpy_readers() if spec.name == name]
    return not missing(spec.requires)


ALL = _made("MADE")
LEFT_OUT = _made("LEFT_OUT")
GENUINE = _made("GENUINE")
MADE = {name: make for name, make in ALL.items() if _is_installed(name)}


class Promises(ReaderConformance):
    """The kit with fewer damaged copies: the readers' own tests do more where it matters."""

    flips = 24
    claims = 24
    # one process for all of them, below: starting one costs more than all the rest
    test_computes_in_another_process = None
    test_computes_on_a_distributed_worker = None


def _kit(name, make):
    members = {"spec_name": name, "samples": lambda _, folder: make(folder)}
    members |= dict.fromkeys(LEFT_OUT.get(name, ()))
    members["genuine"] = GENUINE.get(name, ())
    return type(f"Test_{name.rpartition('.')[2]}", (Promises,), members)


globals().update({kit.__name__: kit for kit in (_kit(*item) for item in MADE.items())})


@pytest.fixture
def datasets(tmp_path):
    """Everything the samples of all readers hold, lazily."""
    found = []
    for name, make in MADE.items():
        folder = tmp_path / name
        folder.mkdir()
        for path in make(folder):
            found += sidpy.read(path, name).values()
    return found


def test_all_of_them_compute_in_another_process(datasets, tmp_path):
    for there, dataset in zip(computed_elsewhere(datasets, tmp_path), datasets, strict=True):
        np.testing.assert_array_equal(there, dataset.compute())


@pytest.mark.distributed
@pytest.mark.filterwarnings("ignore")  # of a library that is not under test
def test_all_of_them_compute_on_a_worker(datasets, cluster):
    here = [dataset.compute(scheduler="synchronous") for dataset in datasets]
    there = [dataset.compute() for dataset in datasets]

    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_reader_is_held_to_it():
    own = {spec.name for spec in sidpy_readers() if spec.support != "adapter"}
    assert own == set(ALL)
