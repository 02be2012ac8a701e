"""Labels that wait are read once, when the first of them is asked for."""

import pickle

import numpy as np
import pytest

import sidpy
from sidpy.errors import CorruptFile
from sidpy.sid.late import LATE, LateLabels, changed_later


@pytest.fixture
def known():
    data = sidpy.Dataset.from_array(np.arange(6.0).reshape(2, 3), title="scan", units="nA")
    data.metadata = {"gain": 3}
    data.variance = np.ones((2, 3))
    return data


@pytest.fixture
def late(known):
    """A dataset of which most waits, and how often that was read."""
    full, calls = known.labels_record, []

    def read():
        calls.append(1)
        return {name: getattr(full, name) for name in LATE}

    texts = {name: value for name, value in full.__dict__.items() if name not in LATE}
    return sidpy.Dataset.from_labels(known, LateLabels(read, **texts)), calls


def test_what_a_list_shows_reads_nothing(late):
    data, calls = late

    assert (data.title, data.units, data.shape, data.dtype) == ("scan", "nA", (2, 3), "f8")
    data.units = "pA"
    data.change_label("provenance", lambda history: history)
    assert not calls


def test_what_waits_is_read_once_and_is_all_there(late, known):
    data, calls = late

    assert data.metadata == {"gain": 3}
    assert data.labels_record == known.labels_record
    assert known.labels_record == data.labels_record
    assert (data[0] + 1).metadata == {"gain": 3}
    assert len(calls) == 1


def test_what_waits_can_be_changed_before_it_is_read(late, known):
    data, calls = late

    labels = changed_later(data.labels_record, "metadata", lambda found: {**found, "new": 1})
    assert not calls
    assert labels.metadata == {"gain": 3, "new": 1}
    assert data.metadata == {"gain": 3}
    assert changed_later(known.labels_record, "title", str.upper).title == "SCAN"
    assert len(calls) == 1


def test_a_pickle_holds_everything(late, known):
    data, _ = late

    copy = pickle.loads(pickle.dumps(data))

    assert type(copy.labels_record) is type(known.labels_record)
    assert copy == known
    assert copy.metadata == {"gain": 3}


def test_what_could_not_be_read_is_tried_again():
    attempts = []

    def read():
        attempts.append(1)
        if len(attempts) == 1:
            msg = "not now"
            raise CorruptFile(msg)
        return {name: {} for name in LATE}

    labels = LateLabels(read, title="scan")
    with pytest.raises(CorruptFile, match="not now"):
        _ = labels.metadata
    assert labels.metadata == {}
