"""A job of several processes, with an HDF5 that knows nothing of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

pytest.importorskip("mpi4py", reason="needs mpi4py and an MPI library: pip install mpi4py mpich")
MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MPIEXEC is None, reason="needs mpiexec: pip install mpich"),
]

SCRIPT = """
import os, sys
import numpy as np
import pyUSID
from pyUSID.processing.ranks import opened
from sidpy.proc.comp_utils import get_MPI

class Sums(pyUSID.Process):
    @staticmethod
    def _map_function(row, factor):
        if row[0] in BROKEN:
            raise ZeroDivisionError("here")
        return np.array([factor * row.sum(), os.getpid()])
    def _create_results_datasets(self):
        assert self.mpi_rank == 0
        self.h5_results_grp = pyUSID.hdf_utils.create_results_group(self.h5_main, "Sums")
        shape = (self.h5_main.shape[0], 2)
        self.h5_sums = self.h5_results_grp.create_dataset("Sums", shape, "f8")
    def _get_existing_datasets(self):
        self.h5_sums = self.h5_results_grp["Sums"]
    def _write_results_chunk(self):
        if STOP and self._get_pixels_in_current_batch()[0] >= STOP:
            raise SystemError("stopped")
        self.h5_sums[self._get_pixels_in_current_batch()] = self._results

with opened(sys.argv[1]) as file:
    process = Sums(file["Raw_Data"], "Sums")
    process._max_pos_per_read = 20
    group = process.compute(False, 2)
    assert np.isfinite(group["Sums"][0]).all(), "this rank sees what rank 0 wrote"
    sys.stdout.write(f"{process.mpi_rank} of {process.mpi_size}: {group.name}\\n")
"""


def job(path, tmp_path, broken=(), stop=0, ranks=3):
    script = tmp_path / "script.py"
    script.write_text(f"BROKEN, STOP = {broken}, {stop}\n" + SCRIPT)
    return subprocess.run(
        [MPIEXEC, "-n", str(ranks), sys.executable, "-m", "mpi4py", script, path],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture
def source(path, kit):
    with h5py.File(path, "w") as file:
        kit.written(file)
    return path


def test_rank_0_writes_what_the_others_compute_and_a_stopped_job_is_resumed(source, tmp_path, kit):
    ran = job(source, tmp_path, stop=60)
    assert ran.returncode != 0
    assert "SystemError: stopped" in ran.stderr
    with h5py.File(source) as file:
        assert file["Raw_Data-Sums_000/completed_positions"][()].sum() == 60

    ran = job(source, tmp_path)
    assert ran.returncode == 0, ran.stderr
    told = sorted(ran.stdout.splitlines())
    assert told == [f"{rank} of 3: /Raw_Data-Sums_000" for rank in range(3)]
    with h5py.File(source) as file:
        sums = file["Raw_Data-Sums_000/Sums"][()]
    np.testing.assert_array_equal(sums[:, 0], kit.expected() * 8)
    assert len(np.unique(sums[60:, 1])) == 2


def test_a_failing_position_of_another_rank_is_recorded(source, tmp_path, kit):
    ran = job(source, tmp_path, broken=(8.0,), ranks=2)
    assert ran.returncode == 0, ran.stderr
    assert "1 of 100 positions failed: 2" in ran.stderr
    with h5py.File(source) as file:
        group = file["Raw_Data-Sums_000"]
        assert np.flatnonzero(group["completed_positions"][()] == 2).tolist() == [2]
        assert np.isnan(group["Sums"][2]).all()
