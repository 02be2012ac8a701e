"""sidpy's own reader of NeXus reads the real files of other writers right."""

from __future__ import annotations

import judging
import pytest

import sidpy
from sidpy.errors import ReaderError

pytestmark = pytest.mark.vendor
FILES = ("nexus_dls_example_no_axes.nxs", "simple_signal.nxs")


@pytest.mark.parametrize("name", FILES)
def test_signals_are_those_of_the_reference(name, vendor_data):
    (record,) = (
        one for one in judging.records(vendor_data) if one["file"] == f"nexus/rosettasciio/{name}"
    )

    datasets = sidpy.read(vendor_data / record["file"])

    assert judging.judge(record, datasets.values()) == []


def test_groups_that_name_no_class_are_not_read_as_nexus(vendor_data):
    path = vendor_data / "nexus" / "rosettasciio" / "nexus_test_datakey.nxs"

    with pytest.raises(ReaderError, match=r"nexus_test_datakey\.nxs"):
        sidpy.read(path, "nexus")
