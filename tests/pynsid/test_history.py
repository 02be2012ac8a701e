"""A long history in a file: all of it in the record, the newest steps for released readers."""

import time

import h5py
import numpy as np

import pyNSID
import sidpy
from sidpy.sid.provenance import Step
from sidpy.sid.trees import same_tree


def test_ten_thousand_steps_are_written_and_read_in_seconds(tmp_path):
    dataset = sidpy.Dataset.from_array(np.ones((2, 3)), title="long")
    history = dataset.provenance_record
    for number in range(10_000):
        step = Step("add", parameters={"operands": [number]}, parents=(history.last,))
        history = history.then(step)
    dataset.provenance_record = history
    path = tmp_path / "long.h5"

    begin = time.process_time()
    sidpy.write(dataset, path)
    back = sidpy.read(path)["Channel_000"]
    assert time.process_time() - begin < 6  # one second on a quiet machine

    rows = back.provenance_record.rows()
    assert rows[-1]["function"] == "sidpy.read"
    assert same_tree(rows[:-1], history.rows())
    with h5py.File(path) as file:
        steps = [name for name in _groups(file) if name.rpartition("/")[2].startswith("add_")]
        assert len(steps) == pyNSID.fields.NEWEST_STEPS


def _groups(file):
    names = []
    file.visit(names.append)
    return [name for name in names if isinstance(file[name], h5py.Group)]
