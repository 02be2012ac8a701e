"""Every reader says what it was tested on, truly."""

from __future__ import annotations

import judging
import pytest

from SciFiReaders.formats.tested import REAL
from SciFiReaders.plugin import sidpy_readers


def test_every_reader_says_what_it_was_tested_on():
    words = {spec.name: spec.support for spec in sidpy_readers()}

    assert set(words.values()) <= {"real files", "synthetic files", "adapter"}
    assert words["SciFiReaders.tiff"] == "real files"
    assert words["SciFiReaders.zeiss_czi"] == "synthetic files"


@pytest.mark.vendor
def test_real_files_are_there_for_what_says_so(vendor_data):
    """A format may be a part of another one's folder, as a series beside its description."""
    folders = {record["file"].partition("/")[0] for record in judging.records(vendor_data)}
    formats = {spec.format.replace(".", "-") for spec in sidpy_readers()}

    without = {name for name in REAL & formats if not any(f.startswith(name) for f in folders)}
    assert without == {"fei-ser"}
