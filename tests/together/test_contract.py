"""Nothing that calling code finds in the released packages is missing here."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from contract import Fact, addresses, compare, facts, is_within, lines, shortcomings
from repository import DISTRIBUTIONS

import sidpy

MODULES = [(one.name, module) for one in DISTRIBUTIONS for module in facts(one.name)]
PACKAGES = [one.name for one in DISTRIBUTIONS]
GAPS = lines("gaps.txt")

#: Walks from each package to its addresses by attributes alone, as code does after ``import``.
WALK = """
import functools, importlib, json, sys
lost = []
for address in json.load(sys.stdin):
    first, *rest = address.split(".")
    try:
        functools.reduce(getattr, rest, importlib.import_module(first))
    except AttributeError:
        lost.append(address)
print(json.dumps(lost))
"""


@cache
def missing(module: str) -> dict[str, str]:
    """Return what a module lacks, gaps too."""
    names = facts(module.partition(".")[0])[module]
    return dict(shortcomings(module, names))


def beyond_gaps(where: dict[str, str]) -> list[str]:
    """Return what is wrong and not listed as a gap."""
    return [
        f"{address} {what}"
        for address, what in where.items()
        if not any(is_within(address, gap) for gap in GAPS)
    ]


@pytest.mark.parametrize("module", [module for _, module in MODULES])
def test_every_name_of_the_release_is_here(module):
    assert beyond_gaps(missing(module)) == []


def imported(address: str) -> object:
    """Return what ``from owner import name`` gives; the owner may also be a class."""
    owner, _, name = address.rpartition(".")
    try:
        module = importlib.import_module(owner)
    except ModuleNotFoundError:
        return getattr(imported(owner), name)
    return getattr(module, name)


@cache
def lost_addresses() -> dict[str, str]:
    """Return what applications write and what is wrong with it, gaps too."""
    wrong = {}
    for address, same in addresses().items():
        try:
            if same is not None and imported(address) != imported(same):
                wrong[address] = f"is not {same}"
            imported(address)
        except (ImportError, AttributeError, ValueError) as error:
            wrong[address] = str(error)
    return wrong


@pytest.mark.parametrize("package", PACKAGES)
def test_what_applications_write_can_be_imported(package):
    wrong = {k: v for k, v in lost_addresses().items() if is_within(k, package)}

    assert beyond_gaps(wrong) == []


def test_what_applications_write_is_there_as_attributes():
    """After importing the package alone, whatever it loads on first use."""
    done = subprocess.run(
        [sys.executable, "-c", WALK],
        input=json.dumps([*addresses()]), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    assert beyond_gaps(dict.fromkeys(json.loads(done.stdout), "is no attribute")) == []


def test_every_gap_is_one():
    """What is here by now has to leave the list."""
    wrong = {**lost_addresses()}
    for _, module in MODULES:
        wrong |= missing(module)

    assert [gap for gap in GAPS if not any(is_within(address, gap) for address in wrong)] == []


@pytest.mark.parametrize("package", ["sidpy", "pyNSID"])
def test_the_core_is_whole(package):
    assert [gap for gap in GAPS if is_within(gap, package)] == []


#: What ``from sidpy import *`` gives in the release, had it not failed.
STAR = """
    __version__ num_utils string_utils dict_utils hdf_utils prov_utils reg_ref dtype_utils
    interface_utils nexus FileWidget ChooseDataset sidpy_to_nexus_hdf5 nexus_to_sidpy fitter
    fitter_refactor Dimension DimensionType Dataset DataType Reader Translator convert_hyperspy
    plot_utils jupyter_utils dataset_viz comp_utils
""".split()  # noqa: SIM905 - reads better than a list


def test_everything_in_all_of_the_core_can_be_imported_by_star():
    done = subprocess.run(
        [sys.executable, "-c", f"from sidpy import *; {', '.join(STAR)}"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


PLAIN = ("point_cloud", "provenance", "view", "h5_filename", "h5_dataset_name", "axes")


@pytest.mark.parametrize("name", PLAIN)
def test_attributes_that_are_in_no_signature_can_be_set_and_read(name):
    dataset = sidpy.Dataset.from_array(np.zeros((2, 3)))
    value = {"coordinates": np.zeros((2, 2))} if name == "point_cloud" else {"any": 1}

    setattr(dataset, name, value)

    assert getattr(dataset, name).keys() == value.keys()


def test_the_axes_of_a_dataset_are_a_dictionary_of_numbers():
    dataset = sidpy.Dataset.from_array(np.zeros((2, 3)))

    assert [*dataset._axes] == [0, 1]
    assert all(isinstance(axis, sidpy.Dimension) for axis in dataset._axes.values())
    assert dataset.structures == {}


class Measured(sidpy.Reader):
    """A reader as application packages write it."""

    def read(self):
        self.datasets = [sidpy.Dataset.from_array(np.zeros(3))]
        return self._list_to_dict()


def test_a_reader_of_an_application_finds_its_private_names(tmp_path):
    path = tmp_path / "some.dm3"
    path.write_bytes(b"x")

    reader = Measured(str(path))

    assert reader._input_file_path == str(path)
    assert reader._file_type == ".dm3"
    assert reader.datasets == []
    assert [*reader.read()] == ["Channel_000"]


class Named(sidpy.Dimension):
    """A dimension as pyUSID writes it: name first."""

    def __new__(cls, name, units, values, quantity="generic", dimension_type="unknown"):
        return sidpy.Dimension.__new__(cls, values, name, quantity, units, dimension_type)


def test_a_dimension_may_be_subclassed_by_its_constructor():
    dimension = Named("bias", "V", [0.0, 0.5], "voltage", "spectral")

    assert isinstance(dimension, Named)
    assert (dimension.name, dimension.units, dimension.quantity) == ("bias", "V", "voltage")
    assert dimension.dimension_type is sidpy.DimensionType.SPECTRAL
    assert dimension.values.tolist() == [0.0, 0.5]


@pytest.mark.parametrize(
    "viewer",
    ["SpectralImageVisualizer", "FourDimImageVisualizer", "PointCloudVisualizer"],
)
def test_a_click_reaches_a_viewer_by_its_private_name(viewer):
    assert callable(getattr(sidpy.viz.dataset_viz, viewer)._onclick)


#: Functions that pyUSID has in a form of its own: its groups have other attributes.
OWN_OF_PYUSID = {
    "check_for_old", "create_indexed_group", "create_results_group", "find_dataset",
    "find_results_groups", "get_h5_obj_refs", "get_source_dataset", "print_tree",
    "write_book_keeping_attrs",
}  # fmt: skip


@pytest.mark.parametrize(
    ("repeats", "own"),
    [("pyUSID.io.hdf_utils", OWN_OF_PYUSID), ("pyNSID.io.hdf_utils", set())],
)
@pytest.mark.parametrize("home", ["hdf_utils", "prov_utils", "dtype_utils", "reg_ref"])
def test_hdf5_helpers_have_one_home(home, repeats, own):
    ours, theirs = importlib.import_module(f"sidpy.hdf.{home}"), importlib.import_module(repeats)
    shared = {name for name in vars(ours).keys() & vars(theirs).keys() if not name.startswith("_")}

    others = {name for name in shared if getattr(ours, name) is not getattr(theirs, name)}
    assert others <= own


def newer(data, extra=1, *, sum_frames=False, kind=(1,)):
    """Stand for a function of ours."""


@pytest.mark.parametrize(
    ("fact", "wrong"),
    [
        (Fact("newer", "(data)"), []),
        (Fact("newer", "(data, extra=1)"), []),
        (Fact("newer", "(data, kind=[1])"), ["x(kind) is not accepted in place 1"]),
        (Fact("newer", "(data, extra=2)"), ["x(extra) means 1 when not given"]),
        (Fact("newer", "(data, other)"), ["x(other) is not accepted"]),
        (Fact("newer", "(data, *, kind=[1])"), []),
        (Fact("newer", "(data, *, sum_frames=0)"), ["x(sum_frames) means False when not given"]),
        (Fact("older"), ["x is not there"]),
        (Fact("newer", members=[Fact("part")]), ["x.part is not there"]),
    ],
)
def test_the_comparison_sees_what_calls_would_notice(fact, wrong):
    found = [f"{where} {what}" for where, what in compare(sys.modules[__name__], fact, "sidpy.x")]

    assert found == [f"sidpy.{line}" for line in wrong]
