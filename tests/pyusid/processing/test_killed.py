"""A kill at any moment loses nothing that was complete, and harms nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

#: SIDPY_KILLS=1000 kills that often; the script says more.
KILLS = os.environ.get("SIDPY_KILLS", "10")
SCRIPT = Path(__file__).with_name("killing.py")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills children that were forked")
def test_killed_at_random_and_resumed(tmp_path):
    ran = subprocess.run(
        [sys.executable, SCRIPT, KILLS, "1", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"{KILLS} kills")


def test_metadata_on_disk_is_complete_between_checkpoints(h5_main, path, kit, tmp_path):
    """A copy of the file, taken in the middle of a batch, is what a kill would leave."""

    class Copied(kit.Resumable):
        copies = 0

        def _write_results_chunk(self):
            super()._write_results_chunk()
            self.h5_results_grp.create_group(f"more_{self.copies}")  # which HDF5 remembers
            self.copies += 1
            (tmp_path / f"copy_{self.copies}.h5").write_bytes(path.read_bytes())

    process = Copied(h5_main, checkpoint_every=0.0)
    process._max_pos_per_read = 30
    process.compute()
    assert process.copies == 4
    for number in range(1, 5):
        with h5py.File(tmp_path / f"copy_{number}.h5") as file:
            group = file["Measurement_000/Channel_000/Raw_Data-Mean_000"]
            done = np.flatnonzero(group["completed_positions"][()])
            assert len(done) == 30 * (number - 1)
            np.testing.assert_array_equal(group["Mean"][: len(done)], kit.expected()[done])
            assert len([name for name in group if name.startswith("more")]) == number - 1


def test_the_results_reach_the_file_before_the_status(h5_main, kit):
    order = []

    class Watched(kit.Resumable):
        def _create_results_datasets(self):
            super()._create_results_datasets()
            assert self.h5_mean.id.get_offset() is None

        def _write_results_chunk(self):
            assert self.h5_mean.id.get_offset() is not None
            super()._write_results_chunk()
            rows = self._get_pixels_in_current_batch()
            order.append((rows[-1], int(self._h5_status_dset[()].sum())))

    process = Watched(h5_main, checkpoint_every=0.0)
    process._max_pos_per_read = 50
    process.compute()
    assert order == [(49, 0), (99, 50)]


def test_checkpoints_come_by_time(h5_main, kit, monkeypatch):
    from pyUSID.processing.ledger import Ledger

    kept, checkpoint = [], Ledger.checkpoint
    monkeypatch.setattr(
        Ledger, "checkpoint", lambda *args: (kept.append(args), checkpoint(*args))[1]
    )
    process = kit.Resumable(h5_main, checkpoint_every=3600.0)
    process._max_pos_per_read = 10
    process.compute()
    assert len(kept) == 1


def test_ctrl_c_keeps_what_is_complete(h5_main, kit):
    process = kit.Resumable(h5_main)
    process._max_pos_per_read = 10
    write, left = process._write_results_chunk, [4]

    def written():
        left[0] -= 1
        if not left[0]:
            signal.raise_signal(signal.SIGINT)
        write()

    process._write_results_chunk = written
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job run with & has none
    try:
        with pytest.raises(KeyboardInterrupt):
            process.compute()
    finally:
        signal.signal(signal.SIGINT, before)
    (group,) = kit.Resumable(h5_main).partial_h5_groups
    assert group["completed_positions"][()].sum() == 30
