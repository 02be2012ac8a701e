"""What a Dataset is and has."""

import copy
import pickle
import tracemalloc

import dask
import dask.array as da
import h5py
import numpy as np
import pytest

import sidpy
from sidpy import DataType, Dimension, FileArray, H5Array

# ---------------------------------------------------------------- made from


@pytest.mark.parametrize("x", ["text", 5, [1, 2], (1.0,), None, np.float32(2), DataType.IMAGE])
def test_anything_becomes_an_array(x):
    assert sidpy.Dataset.from_array(x).shape == np.shape(x)


def test_unlabelled_axes_are_letters():
    dataset = sidpy.Dataset.from_array(np.zeros((2, 0, 3)))

    assert [d.name for d in dataset._axes.values()] == ["a", "b", "c"]
    assert dataset.title == dataset.units == dataset.quantity == "generic"
    assert dataset.sum(axis=1).compute().tolist() == [[0, 0, 0]] * 2


def test_arrays_in_files_stay_there(tmp_path):
    numbers = np.arange(24, dtype=">i2").reshape(2, 3, 4)
    numbers.tofile(tmp_path / "raw")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = numbers
    mapped = np.memmap(tmp_path / "raw", ">i2", "r", shape=(2, 3, 4))
    with h5py.File(tmp_path / "a.h5") as file:
        kinds = [
            sidpy.Dataset.from_array(source)
            for source in (
                mapped,
                FileArray(tmp_path / "raw", ">i2", (2, 3, 4)),
                file["x"],
                H5Array(tmp_path / "a.h5", "x"),
            )
        ]
    part = sidpy.Dataset.from_array(mapped[1])

    for dataset in kinds:
        assert dataset.dtype == np.dtype(">i2")
        np.testing.assert_array_equal(dataset.compute(), numbers)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(dataset)).compute(), numbers)
    np.testing.assert_array_equal(part.compute(), numbers[1])


def test_a_file_that_is_being_written_is_read_through_its_own_handle(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = sidpy.Dataset.from_array(file.create_dataset("x", data=[1, 2, 3]))
        file["x"][0] = 9

        assert dataset.compute().tolist() == [9, 2, 3]


def test_opening_reads_no_pixels(tmp_path):
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(4 * 2**30)
    dataset = sidpy.Dataset.from_array(FileArray(tmp_path / "huge", "u2", (2**15, 2**16)))

    assert dataset.nbytes == 4 * 2**30
    assert dataset[-1, -1].compute() == 0


def test_a_file_too_short_is_refused(tmp_path):
    (tmp_path / "short").write_bytes(b"1234567")

    with pytest.raises(sidpy.errors.CorruptFile, match=r"needs 8 bytes.*ends after 7") as caught:
        FileArray(tmp_path / "short", "u2", (4,))
    assert isinstance(caught.value, OSError)


def test_an_array_in_memory_is_shared_and_what_is_computed_is_not():
    source = np.zeros((3, 1000, 1000))
    tracemalloc.start()
    dataset = sidpy.Dataset.from_array(source)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    for computed in (dataset.compute(), dataset[1].compute(), dask.compute(dataset.T)[0]):
        assert not np.shares_memory(computed, source)
        assert computed.flags.writeable
    assert most < source.nbytes / 2


@pytest.mark.parametrize("value", [3.0, "text", np.datetime64("2026-01-02")])
def test_an_array_without_axes_is_an_array(value):
    computed = sidpy.Dataset.from_array(np.array(value)).compute()

    assert (computed.shape, computed.tolist()) == ((), np.array(value).tolist())


def test_odd_keywords():
    assert sidpy.Dataset.from_array([1], name="called").title == "called"
    assert sidpy.Dataset.from_array([1], nobody_knows=3).title == "generic"
    with pytest.raises(ValueError, match="title should be a string, found 1"):
        sidpy.Dataset.from_array(1, 1)
    with pytest.raises(IndexError, match="at most 26 dimensions"):
        sidpy.Dataset.from_array(np.zeros((1,) * 27))


@pytest.mark.parametrize("kind", ["point_cloud", DataType.POINT_CLOUD])
def test_point_clouds_need_coordinates(kind):
    cloud = sidpy.Dataset.from_array(np.zeros((3, 4)), datatype=kind, coordinates=np.ones((3, 2)))

    assert [t.name for t in cloud.get_dimensions_types()] == ["POINT_CLOUD", "SPECTRAL"]
    with pytest.raises(ValueError, match="needs coordinates"):
        sidpy.Dataset.from_array(np.zeros((3, 4)), datatype=kind)


# ---------------------------------------------------------------- labels


@pytest.mark.parametrize("name", ["title", "units", "quantity", "modality", "source"])
def test_text_labels_are_text(scan, name):
    setattr(scan, name, "new")

    assert getattr(scan + 1, name).startswith("new")
    with pytest.raises(ValueError, match=f"{name} should be a string, found 7"):
        setattr(scan, name, 7)


@pytest.mark.parametrize("value", ["image", "Image", "IMAGE", DataType.IMAGE])
def test_data_type_in_any_spelling(scan, value):
    scan.data_type = value

    assert scan.data_type is DataType.IMAGE


def test_an_unknown_data_type_raises_the_warning_that_callers_catch(scan):
    with pytest.raises(Warning, match="Supported data_types for plotting are only:"):
        scan.data_type = "hologram"
    assert scan.data_type is DataType.UNKNOWN
    with pytest.raises(ValueError, match="found 3"):
        scan.data_type = 3


@pytest.mark.parametrize("name", ["metadata", "original_metadata"])
def test_dictionaries_are_stored_by_reference_and_never_shared(scan, name):
    tree = {"a": {"b": [1]}}
    setattr(scan, name, tree)
    tree["a"]["c"] = 2
    child = scan + 1
    getattr(child, name)["a"]["b"].append(5)
    getattr(scan, name)["late"] = True

    assert getattr(scan, name) == {"a": {"b": [1], "c": 2}, "late": True}
    assert getattr(child, name) == {"a": {"b": [1, 5], "c": 2}}
    with pytest.raises(ValueError, match="should be a dictionary"):
        setattr(scan, name, [1])


def test_changing_an_axis_of_a_child_leaves_the_parent_alone(scan):
    child = scan * 2
    child.x.units = "m"
    child.y *= 10
    scan.bias.quantity = "Voltage"

    assert scan.x.units == "nm"
    assert scan.y.values.tolist() == [0, 0.5, 1, 1.5]
    assert child.bias.quantity == "Bias"


def test_attributes_of_the_user_are_carried_along(scan):
    scan.my_note = {"checked": True}

    assert (scan + 1)[0].my_note == {"checked": True}
    del scan.my_note
    assert not hasattr(scan, "my_note")


def test_a_wrong_name_gets_a_hint(scan):
    with pytest.raises(AttributeError, match=r"dimensions \['x', 'y', 'bias'\].*mean 'bias'"):
        _ = scan.bia


@pytest.mark.parametrize("name", ["T", "mean", "shape", "title", "dask", "real"])
def test_a_dimension_never_hides_a_member(scan, name):
    scan.rename_dimension(0, name)

    assert scan.dim_0.name == name
    assert scan.mean(axis=0).shape == (4, 5)
    assert scan.T.shape == (5, 4, 3)


# ---------------------------------------------------------------- dimensions


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((0, "x"), TypeError, "should be a sidpy.Dimension"),
        (("0", Dimension(3)), TypeError, "axis should be an integer"),
        ((3, Dimension(3)), IndexError, "axes 0 to 2, found 3"),
        ((-1, Dimension(5)), IndexError, "found -1"),
        ((0, Dimension(4)), ValueError, "has 4 values, but axis 0 of the dataset has 3"),
        ((0, Dimension(3, "y")), ValueError, "already is called 'y'"),
    ],
)
def test_set_dimension_refuses(scan, arguments, error, match):
    with pytest.raises(error, match=match):
        scan.set_dimension(*arguments)


def test_set_dimension_keeps_a_copy(scan):
    dimension = Dimension([1, 2, 3], "row")
    scan.set_dimension(np.int64(0), dimension)
    dimension[0] = 99

    assert scan.row.values.tolist() == [1, 2, 3]
    assert scan.row is scan.dim_0 is scan._axes[0]


def test_replacing_an_axis_by_attribute(scan):
    scan.x = Dimension([7, 8, 9], "x")
    assert scan.x.values.tolist() == [7, 8, 9]
    scan.dim_0 = Dimension([1, 2, 3], "row")
    assert scan.row.values.tolist() == [1, 2, 3]
    with pytest.raises(NotImplementedError, match="has 3 values, found 2"):
        scan.row = Dimension(2, "row")
    with pytest.raises(AttributeError, match="by a Dimension only"):
        scan.row = [1, 2, 3]


def test_dimensions_by_kind(scan):
    assert scan.get_image_dims() == [0, 1]
    assert scan.get_spectral_dims(return_axis=True) == [scan.bias]
    assert scan.get_dimensions_by_type(["spatial", sidpy.DimensionType.SPECTRAL]) == [0, 1, 2]
    assert scan.get_dimension_by_number([2]) == [scan.bias]
    assert scan.get_dimension_slope(2) == 0.5
    assert scan.labels == ["Length (nm)", "Length (nm)", "Bias (V)"]
    with pytest.raises(KeyError, match="no dimension type"):
        scan.get_dimensions_by_type("wavy")


def test_extent_runs_to_the_outer_edges():
    image = sidpy.Dataset.from_array(np.zeros((3, 4)))

    assert image.get_extent([1]) == [-0.5, 3.5]
    assert image.get_extent([0, 1]) == [-0.5, 2.5, 3.5, -0.5]
    assert image[:1].get_extent(["a"]) == [-0.5, 0.5]


def test_deleted_dimensions_become_counts(scan):
    scan.del_dimension(0)

    assert (scan + 1).shape == (3, 4, 5)
    assert (scan + 1).dim_0.values.tolist() == [0, 1, 2]


# ---------------------------------------------------------------- copies and dask


@pytest.mark.parametrize(
    "copied",
    [
        sidpy.Dataset.copy, copy.copy, copy.deepcopy,
        lambda d: pickle.loads(pickle.dumps(d)),
        lambda d: dask.persist(d)[0], lambda d: dask.optimize(d)[0],
    ],
    ids=["method", "copy", "deepcopy", "pickle", "dask.persist", "dask.optimize"],
)  # fmt: skip
def test_copies_know_everything(scan, copied):
    scan.variance = np.ones(scan.shape)
    scan.note = "mine"
    twin = copied(scan)

    assert type(twin) is sidpy.Dataset
    assert twin == scan
    assert (twin.title, twin.metadata) == (scan.title, scan.metadata)
    assert twin.original_metadata == scan.original_metadata
    assert [s.output for s in twin.history] == [s.output for s in scan.history]
    assert twin.note == "mine"


def test_persist_keeps_the_labels(scan):
    result = scan.persist()

    assert result == scan
    assert result.title == "persisted_T"


def test_nothing_is_computed_before_it_is_asked_for():
    def never(block):
        raise AssertionError(block.shape)

    lazy = da.zeros((4, 6), chunks=(2, 3)).map_blocks(never, dtype=float)
    dataset = sidpy.Dataset.from_array(lazy, variance=lazy)
    for result in (
        dataset + 1, dataset.mean(axis=0), dataset[0], dataset.T, dataset.copy(), np.sin(dataset),
        dataset * dataset, dataset.max(axis=1), np.concatenate([dataset, dataset]),
    ):  # fmt: skip
        assert repr(result)
        assert result._repr_html_()


def test_setting_values_changes_this_dataset_alone(scan):
    child = scan + 0
    child[0, 0, 0] = 99.0

    assert child.compute()[0, 0, 0] == 99
    assert (child + 1).compute()[0, 0, 0] == 100
    assert scan.compute()[0, 0, 0] == 0


def test_dask_functions_that_dispatch_keep_the_labels(scan):
    assert da.sin(scan)._axes == scan._axes
    assert type(da.mean(scan, axis=0)) is da.Array


@pytest.mark.parametrize("scheduler", ["threads", "processes", "synchronous"])
def test_results_do_not_depend_on_the_scheduler(scan, scheduler):
    result = (scan.rechunk((1, 4, 5)) * 2).mean(axis=0)

    np.testing.assert_array_equal(
        result.compute(scheduler=scheduler), (scan.compute() * 2).mean(axis=0)
    )


@pytest.mark.distributed
@pytest.mark.slow
def test_results_on_a_cluster(scan, tmp_path, cluster):
    np.arange(60.0).reshape(3, 4, 5).tofile(tmp_path / "raw")
    lazy = sidpy.Dataset.from_array(
        FileArray(tmp_path / "raw", "f8", (3, 4, 5)), chunks=(1, 4, 5), units="nA"
    )
    result = (lazy + 1).mean(axis=0).persist()

    assert len(cluster.scheduler_info()["workers"]) == 2
    assert type(result) is sidpy.Dataset
    assert result.units == "nA"
    np.testing.assert_array_equal(result.compute(), (scan.compute() + 1).mean(axis=0))


# ---------------------------------------------------------------- variance


def test_variance_follows_parts_and_transposes(scan):
    scan.variance = np.arange(60.0).reshape(3, 4, 5)

    np.testing.assert_array_equal(scan[1, :, ::2].variance, scan.variance[1, :, ::2])
    np.testing.assert_array_equal(scan.T.variance, scan.variance.T)
    with pytest.raises(ValueError, match=r"shape of the dataset \(3, 4, 5\), found \(2,\)"):
        scan.variance = [1, 2]


def test_a_function_without_a_rule_loses_the_variance(scan):
    scan.variance = np.ones(scan.shape)

    assert (scan // 2).variance is None
    assert (scan > 1).variance is None


# ---------------------------------------------------------------- like_data


def test_like_data_takes_the_labels_over(scan):
    other = scan.like_data(np.ones((3, 8, 5)), title_prefix="p_", reset_units=True)

    assert (other.title, other.units, other.quantity) == ("p_T", "generic", "Current")
    assert other.y == Dimension(np.arange(8) / 2, "y", "Length", "nm", "spatial")
    assert (other.x, other.bias) == (scan.x, scan.bias)
    assert scan.like_data(np.ones((3, 4))).title == "T_new"
    assert other.original_metadata == scan.original_metadata
    assert other.variance is None


def test_like_data_of_a_bent_axis_counts():
    dataset = sidpy.Dataset.from_array(np.zeros(3))
    dataset.set_dimension(0, Dimension([1, 2, 9], "t", "Time", "s"))

    assert dataset.like_data(np.zeros(4)).a == Dimension(4, "a")


# ---------------------------------------------------------------- how it looks


def test_repr_is_the_documented_one(scan):
    scan.metadata = {}
    assert repr(scan) == (
        "sidpy.Dataset of type SPECTRAL_IMAGE with:\n "
        "dask.array<array, shape=(3, 4, 5), dtype=float64, chunksize=(3, 4, 5), "
        "chunktype=numpy.ndarray>\n data contains: Current (nA)\n and Dimensions: "
        "\nx:  Length (nm) of size (3,)\ny:  Length (nm) of size (4,)"
        "\nbias:  Bias (V) of size (5,)"
    )
    scan.metadata = {"tip": 1}
    assert repr(scan).endswith("\n with metadata: ['tip']")


def test_html_shows_labels_and_escapes_them(scan):
    scan.title = "<script>alert(1)</script>"
    html = scan._repr_html_()

    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Current (nA)" in html
    assert "bias" in html
    assert "material" in html
    assert len(html) < 30_000


# ---------------------------------------------------------------- the file it came from


def test_h5_dataset_is_a_dataset_of_an_open_file(scan, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        scan.h5_dataset = file.create_dataset("x", data=[1])
        assert scan.copy().h5_dataset is scan.h5_dataset
        scan.h5_dataset = None
        assert not file
    assert scan.h5_dataset is None
    with pytest.raises(TypeError, match=r"should be a h5py.Dataset, found 3"):
        scan.h5_dataset = 3
