"""Process: the contract that classes of the applications rely on."""

import h5py
import numpy as np
import pytest

import pyUSID
from pyUSID.processing.process import Process


class Stop(Exception):
    """What ends a computation early."""


def stopped(process, batches):
    """Let a process end with an error in its batch of some number."""
    compute, left = process._unit_computation, [batches]

    def unit(*args, **kwargs):
        left[0] -= 1
        if not left[0]:
            raise Stop
        compute(*args, **kwargs)

    process._unit_computation = unit
    with pytest.raises(Stop):
        process.compute()


def test_it_computes_and_is_found_again(h5_main, kit):
    process = kit.Mean(h5_main)
    group = process.compute()

    np.testing.assert_array_equal(group["Mean"], kit.expected())
    assert group == process.h5_results_grp
    assert group.name.endswith("/Raw_Data-Mean_000")
    assert group["completed_positions"].dtype == np.uint8
    assert np.all(group["completed_positions"][()] == 1)
    assert group.attrs["last_pixel"] == kit.COUNT
    again = kit.Mean(h5_main)
    assert again.duplicate_h5_groups == [group]
    again._map_function = None
    assert again.compute() == group


def test_arguments_after_override_reach_the_map_function(h5_main, kit):
    group = kit.Mean(h5_main).compute(False, 2.0)
    np.testing.assert_array_equal(group["Mean"], kit.expected(2.0))
    group = kit.Mean(h5_main).compute(override=True, offset=3.0)
    np.testing.assert_array_equal(group["Mean"], kit.expected(3.0))
    assert group.name.endswith("_001")


def test_override_again_on_one_instance_makes_the_next_group(h5_main, kit):
    process = kit.Resumable(h5_main)
    names = [process.compute(override=True).name[-3:] for _ in range(3)]
    assert names == ["000", "001", "002"]
    assert process.compute().name.endswith("002")


def test_an_interrupted_run_is_resumed_where_it_stopped(h5_main, kit):
    process = kit.Resumable(h5_main)
    process._max_pos_per_read = 30.0
    stopped(process, 3)
    group = process.h5_results_grp
    assert group["completed_positions"][()].sum() == 60
    assert group.attrs["last_pixel"] == 60

    again = kit.Resumable(h5_main)
    assert again.partial_h5_groups == [group]
    assert again.duplicate_h5_groups == []
    rows, read = [], again._read_data_chunk

    def noted():
        read()
        rows.extend(again._get_pixels_in_current_batch())

    again._read_data_chunk = noted
    assert again.compute() == group
    assert rows == list(range(60, 100))
    np.testing.assert_array_equal(group["Mean"], kit.expected())
    assert kit.Resumable(h5_main).duplicate_h5_groups == [group]


def test_a_class_that_cannot_resume_begins_anew(h5_main, kit):
    process = kit.Mean(h5_main)
    process._max_pos_per_read = 30
    stopped(process, 2)
    again = kit.Mean(h5_main)
    assert len(again.partial_h5_groups) == 1
    assert again.compute().name.endswith("_001")


def test_being_resumable_is_seen_without_calling(h5_main, kit):
    class Careless(kit.Resumable):
        def _get_existing_datasets(self):
            pytest.fail("called by the constructor")

    assert Careless(h5_main)._is_resumable()
    assert not kit.Mean(h5_main)._is_resumable()


def test_instantiating_writes_nothing(path, kit):
    with h5py.File(path, "w") as file:
        main = kit.written(file)
        group = pyUSID.hdf_utils.create_results_group(main, "Mean")
        group.attrs["last_pixel"] = 40
        group["Mean"] = np.zeros(kit.COUNT)
    before = path.read_bytes()
    with h5py.File(path, "r+") as file:
        process = kit.Resumable(file["Raw_Data"], parms_dict={})
        assert [g.name for g in process.partial_h5_groups] == ["/Raw_Data-Mean_000"]
        assert list(process.partial_h5_groups[0]) == ["Mean"]
    assert path.read_bytes() == before


def test_groups_of_programs_that_counted_rows_are_resumed(h5_main, kit):
    group = pyUSID.hdf_utils.create_results_group(h5_main, "Mean")
    group.attrs["last_pixel"] = 40
    group["Mean"] = np.full(kit.COUNT, -1.0)
    process = kit.Resumable(h5_main, parms_dict={})

    assert process.compute() == group
    assert np.all(group["Mean"][:40] == -1)
    np.testing.assert_array_equal(group["Mean"][40:], kit.expected()[40:])
    assert group.attrs["last_pixel"] == kit.COUNT
    assert kit.Resumable(h5_main, parms_dict={}).duplicate_h5_groups == [group]


def test_duplicates_are_of_the_same_parameters_tool_and_source(h5_main, kit):
    group = kit.Mean(h5_main).compute()
    assert kit.Mean(h5_main, parms_dict={"offset": 1.5}).duplicate_h5_groups == []
    assert kit.Mean(h5_main, parms_dict={}).duplicate_h5_groups == [group]
    other = pyUSID.hdf_utils.create_empty_dataset(h5_main, "f8", "Raw_Data_2")
    assert kit.Mean(other).duplicate_h5_groups == []
    process = kit.Mean(h5_main)
    process.process_name = "Mea"
    assert process._check_for_duplicates() == ([], [])
    process.process_name, process.parms_dict = "Mean", None
    assert process._check_for_duplicates() == ([group], [])


def test_results_in_another_file(h5_main, kit, tmp_path):
    with h5py.File(tmp_path / "results.h5", "w") as file:
        target = file.create_group("here")
        group = kit.Resumable(h5_main, h5_target_group=target).compute()
        assert group.parent == target
        assert group.attrs["source_dataset_path"] == h5_main.name
        assert group.attrs["source_file_path"] == h5_main.file.filename
        np.testing.assert_array_equal(group["Mean"], kit.expected())
        assert kit.Resumable(h5_main, h5_target_group=target).duplicate_h5_groups == [group]
    assert "Raw_Data-Mean_000" not in h5_main.parent


@pytest.mark.parametrize("executor", ["serial", "threads", None])
@pytest.mark.parametrize("lazy", [False, True])
def test_every_way_gives_the_same(h5_main, kit, executor, lazy):
    process = kit.Mean(h5_main, executor=executor, lazy=lazy, cores=2)
    process._max_pos_per_read = 33
    np.testing.assert_array_equal(process.compute()["Mean"], kit.expected())


def test_a_function_for_blocks_is_used_instead(h5_main, kit):
    class Blocks(kit.Mean):
        _map_function = None

        @staticmethod
        def _map_block(rows, offset=0.0):
            return rows.mean(axis=1) + offset

    np.testing.assert_array_equal(Blocks(h5_main).compute(False, 1.0)["Mean"], kit.expected(1))


def test_hooks_assigned_on_the_instance_are_used(h5_main, kit):
    process = Process(h5_main, "Mean")
    other = kit.Mean(h5_main)
    process._create_results_datasets = lambda: (
        other._create_results_datasets(),
        setattr(process, "h5_results_grp", other.h5_results_grp),
    )
    process._unit_computation = Process._unit_computation.__get__(process)
    process._map_function = lambda row: row.sum()
    process._write_results_chunk = lambda: other.h5_mean.__setitem__(
        process._get_pixels_in_current_batch(), process._results
    )
    np.testing.assert_array_equal(process.compute()["Mean"], kit.expected() * 4)


def test_the_flow_of_two_stages_leaves_one_group(h5_main, kit):
    """As BGlib's fitters do it: a guess, then a fit in the same group."""

    class Fitter(kit.Resumable):
        def __init__(self, h5_main):
            super().__init__(h5_main)
            self.parms_dict = None
            self.compute = self.set_up_guess

        def set_up_guess(self):
            self.parms_dict = {"offset": 0.5}
            self._status_dset_name = "completed_guess_positions"
            self.duplicate_h5_groups, self.partial_h5_groups = self._check_for_duplicates()
            return super().compute()

        def set_up_fit(self):
            self._status_dset_name = "completed_fit_positions"
            self.parms_dict = {"offset": 0.5, "fit": "yes"}
            self.duplicate_h5_groups, self.partial_h5_groups = self._check_for_duplicates()
            assert self.duplicate_h5_groups == self.partial_h5_groups == []
            self._status_dset_name = "completed_guess_positions"
            guesses, partial = self._check_for_duplicates_of({})
            assert partial == []
            self._status_dset_name = "completed_fit_positions"
            self.h5_results_grp = guesses[-1]
            self.h5_results_grp.attrs["last_pixel"] = 0
            self.h5_results_grp.create_dataset("Fit", (kit.COUNT,), "f4")
            self.parms_dict = {"offset": 0.5, "fit": "yes"}
            self._write_results_chunk = self.write_fit
            return super().compute(override=False)

        def _check_for_duplicates_of(self, parameters):
            self.parms_dict = parameters
            return self._check_for_duplicates()

        def write_fit(self):
            self.h5_results_grp["Fit"][self._get_pixels_in_current_batch()] = self._results

    fitter = Fitter(h5_main)
    group = fitter.compute()
    assert fitter.set_up_fit() == group
    assert sorted(group) == ["Fit", "Mean", "completed_fit_positions", "completed_guess_positions"]
    for name in ("completed_fit_positions", "completed_guess_positions"):
        assert np.all(group[name][()] == 1)
    np.testing.assert_array_equal(group["Fit"], kit.expected())


def test_memory_and_cores_may_be_decided_by_a_subclass(h5_main, kit):
    class Greedy(kit.Mean):
        def _set_memory_and_cores(self, cores=None, man_mem_limit=None, mem_multiplier=1.0):
            super()._set_memory_and_cores(
                cores=cores, man_mem_limit=man_mem_limit, mem_multiplier=mem_multiplier
            )
            self._max_pos_per_read //= 1.5

    process = Greedy(h5_main, max_mem_mb=3, cores=1, mem_multiplier=2.0)
    assert process._max_pos_per_read == 3 * 2**20 // (8 * 4 * 2) // 1.5
    process._max_pos_per_read = 0
    np.testing.assert_array_equal(process.compute()["Mean"], kit.expected())


def test_parameters_are_kept_by_identity_and_may_hold_references(h5_main, kit):
    parameters = {**pyUSID.hdf_utils.get_attributes(h5_main), "group": h5_main.parent.ref}
    process = Process(h5_main, "Any", parms_dict=parameters)
    assert process.parms_dict is parameters
    assert process.duplicate_h5_groups == []


def test_the_time_of_a_position_is_estimated(h5_main, kit):
    assert 0 < kit.Mean(h5_main)._estimate_compute_time_per_pixel(offset=1.0) < 1


def test_batches_end_where_chunks_do(h5_main, kit):
    class Chunked(kit.Resumable):
        def _create_results_datasets(self):
            super()._create_results_datasets()
            del self.h5_results_grp["Mean"]
            self.h5_mean = self.h5_results_grp.create_dataset(
                "Mean", (kit.COUNT,), "f8", chunks=(16,), compression="gzip"
            )

        def _write_results_chunk(self):
            self.ends = [*getattr(self, "ends", []), self._get_pixels_in_current_batch()[-1] + 1]
            super()._write_results_chunk()

    process = Chunked(h5_main)
    process._max_pos_per_read = 40
    np.testing.assert_array_equal(process.compute()["Mean"], kit.expected())
    assert process.ends == [32, 64, 96, 100]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"process_name": 3}, TypeError),
        ({"parms_dict": [3]}, TypeError),
        ({"cores": 1.5}, TypeError),
        ({"max_mem_mb": 1.5}, TypeError),
        ({"mem_multiplier": 1}, TypeError),
        ({"mem_multiplier": 0.5}, ValueError),
        ({"h5_target_group": "here"}, TypeError),
        ({"executor": "magic"}, ValueError),
    ],
)
def test_wrong_arguments_are_refused(h5_main, arguments, error):
    with pytest.raises(error):
        Process(h5_main, **{"process_name": "any", **arguments})


def test_what_is_no_source_is_refused(h5_main):
    with pytest.raises(ValueError, match="not a Main dataset"):
        Process(h5_main.h5_pos_inds, "any")


def test_a_file_open_for_reading_is_refused(h5_main, path, kit):
    h5_main.file.close()
    with h5py.File(path, "r") as file, pytest.raises(OSError, match="reading only"):
        kit.Mean(file["Measurement_000/Channel_000/Raw_Data"])


@pytest.mark.parametrize(
    "name",
    ["test", "_map_function", "_create_results_datasets", "_get_existing_datasets",
     "_write_results_chunk"],
)  # fmt: skip
def test_hooks_have_to_be_defined(h5_main, name):
    with pytest.raises(NotImplementedError):
        getattr(Process(h5_main, "any"), name)()


def test_partial_results_are_chosen_or_refused(h5_main, kit):
    with pytest.raises(ValueError, match="no interrupted"):
        kit.Mean(h5_main).use_partial_computation()
    for _ in range(2):
        process = kit.Mean(h5_main)
        process._max_pos_per_read = 30
        stopped(process, 2)
    process = kit.Resumable(h5_main)
    with pytest.raises(ValueError, match="none of the interrupted"):
        process.use_partial_computation(h5_main.parent)
    process.use_partial_computation(process.partial_h5_groups[0])
    assert process.compute().name.endswith("_000")


def test_a_status_of_the_wrong_kind_is_refused(h5_main, kit):
    process = kit.Resumable(h5_main)
    process._create_results_datasets()
    process.h5_results_grp["completed_positions"] = np.zeros(3)
    with pytest.raises(ValueError, match="uint8 of shape"):
        process.compute()
