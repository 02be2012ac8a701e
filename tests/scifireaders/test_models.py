"""NSID and USID files through the names of earlier releases."""

from __future__ import annotations

import numpy as np
import pytest

import SciFiReaders
import sidpy


def _dataset(title):
    dataset = sidpy.Dataset.from_array(np.arange(6.0).reshape(2, 3), title=title, units="nA")
    for axis, name in enumerate("yx"):
        points = np.arange(dataset.shape[axis])
        dataset.set_dimension(
            axis, sidpy.Dimension(points, name=name, units="nm", dimension_type="SPATIAL")
        )
    return dataset


def test_nsid_files_come_back_by_channel(tmp_path):
    written = {"Channel_000": _dataset("first"), "Channel_001": _dataset("second")}
    path = sidpy.write(written, tmp_path / "scan.h5")

    with SciFiReaders.NSIDReader(str(path)) as reader:
        datasets = reader.read()
        values = datasets["Channel_001"].compute()

    assert [dataset.title for dataset in datasets.values()] == ["first", "second"]
    np.testing.assert_array_equal(values, np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("titles", [["first"], ["first", "second"]], ids=["one", "two"])
def test_usid_files_give_one_dataset_or_a_list(tmp_path, titles):
    written = {f"Channel_{i:03d}": _dataset(title) for i, title in enumerate(titles)}
    path = sidpy.write(written, tmp_path / "scan.h5", "usid")

    reader = SciFiReaders.Usid_reader(str(path), verbose=False)
    found = reader.read()
    reader.close()

    assert isinstance(reader, sidpy.Reader)
    assert isinstance(found, list) == (len(titles) > 1)
    for dataset in found if isinstance(found, list) else [found]:
        np.testing.assert_array_equal(dataset.compute(), np.arange(6.0).reshape(2, 3))


def test_rooms_of_earlier_releases_have_their_classes():
    from SciFiReaders import readers

    assert readers.microscopy.DMReader is SciFiReaders.DMReader
    assert readers.SID.Usid_reader is SciFiReaders.Usid_reader
    assert readers.converters.convert_hyperspy is SciFiReaders.convert_hyperspy
    with pytest.raises(AttributeError, match="'Reader'"):
        _ = readers.microscopy.Reader
