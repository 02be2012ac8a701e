"""Files as other programs and years left them, made here from the documented layout."""

import warnings

import h5py
import numpy as np
import pytest

import sidpy
from pyUSID.io import hdf_utils
from pyUSID.io.files import read_usid
from pyUSID.io.usi_data import USIDataset
from pyUSID.io.validate import problems

#: Of two positions X (3, fast) and Y (2, slow), and of two steps Bias (4, fast) and Cycle (2).
X, Y = np.tile(np.arange(3), 2), np.repeat(np.arange(2), 3)
BIAS, CYCLE = np.tile(np.arange(4), 2), np.repeat(np.arange(2), 4)
POSITIONS = ([X, Y], [X * 10.0, Y * 5.0 - 1], ["X", "Y"], ["nm", "um"])
STEPS = ([BIAS, CYCLE], [BIAS / 4, CYCLE * 1.0], ["Bias", "Cycle"], ["V", ""])
NOTHING = ([[0]], [[0]], ["arb"], ["a. u."])
NUMBERS = np.arange(48, dtype="f4").reshape(6, 8)

TEXTS = {
    "fixed": lambda texts: np.array(texts, dtype="S"),
    "vlen": lambda texts: texts,
    "object": lambda texts: np.array(
        [t.encode() for t in texts], dtype=h5py.string_dtype("ascii")
    ),
}


def pair(group, kind, side, texts="fixed", dtype="u4", *, regions=True, names=None):
    """Write indices and values of one side; return both."""
    indices, values, labels, units = side
    is_spec, made = kind == "Spectroscopic", []
    matrices = np.array(indices, dtype=dtype), np.array(values, dtype="f4")
    for matrix, ending in zip(matrices, ("Indices", "Values"), strict=True):
        name = f"{kind}_{ending}" if names is None else names + ending
        dataset = group.create_dataset(name, data=matrix if is_spec else matrix.T)
        dataset.attrs["labels"] = TEXTS[texts](labels)
        dataset.attrs["units"] = TEXTS[texts](units)
        for i, label in enumerate(labels if regions else ()):  # as written until 2020
            region = (slice(i, i + 1), slice(None)) if is_spec else (slice(None), slice(i, i + 1))
            dataset.attrs[label] = dataset.regionref[region]
        made.append(dataset)
    return made


def plant(group, data, positions=POSITIONS, steps=STEPS, name="Raw_Data", **options):
    """Write a main dataset as pycroscopy did; return it."""
    h5_main = group.create_dataset(name, data=data)
    explain(h5_main, pair(group, "Position", positions, **options),
            pair(group, "Spectroscopic", steps, **options))  # fmt: skip
    return h5_main


def explain(h5_main, positions, steps):
    """Make a dataset a main one, as pycroscopy did."""
    for kind, datasets in (("Position", positions), ("Spectroscopic", steps)):
        for ending, dataset in zip(("Indices", "Values"), datasets, strict=True):
            h5_main.attrs[f"{kind}_{ending}"] = dataset.ref
    h5_main.attrs["quantity"], h5_main.attrs["units"] = "Current", "nA"
    h5_main.attrs["pycroscopy_version"] = "0.60.1"
    h5_main.attrs["even_rows"] = h5_main.regionref[::2]


@pytest.fixture
def path(tmp_path):
    """Where the file of a test lies."""
    return tmp_path / "wild.h5"


@pytest.fixture
def channel(path):
    """A group as translators of 2018 made it; the file is closed by `read`."""
    with h5py.File(path, "w") as file:
        file.attrs["translator"] = "BEodf"
        measurement = file.create_group("Measurement_000")
        measurement.attrs["grid_size_x"] = 3
        measurement.attrs["timestamp"] = "2018_01_01-00_00_00"
        yield measurement.create_group("Channel_000")


def read(channel, path):
    """Return the one dataset of a file, without any warning."""
    channel.file.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [found] = read_usid(path)
    return found


def axes(dataset):
    """Return name, units, length and kind of each axis."""
    dims = [dataset._axes[i] for i in range(dataset.ndim)]
    return [(d.name, d.units, d.size, d.dimension_type.name) for d in dims]


GRID = [("Y", "um", 2, "SPATIAL"), ("X", "nm", 3, "SPATIAL"),
        ("Cycle", "generic", 2, "SPECTRAL"), ("Bias", "V", 4, "SPECTRAL")]  # fmt: skip


def slow_first(side):
    """Return a side in the order that pyUSID writes since 2020."""
    return tuple(part[::-1] for part in side)


@pytest.mark.parametrize("texts", TEXTS)
@pytest.mark.parametrize("dtype", ["u4", "u2", "i8", "f4"])
@pytest.mark.parametrize("turned", [False, True])
def test_files_of_every_year_have_the_same_content(channel, path, texts, dtype, turned):
    sides = [slow_first(side) if turned else side for side in (POSITIONS, STEPS)]
    h5_main = plant(channel, NUMBERS, *sides, texts=texts, dtype=dtype, regions=not turned)
    h5_main.attrs["quantity"] = b"Current"

    assert problems(h5_main) == []
    usid = USIDataset(h5_main, sort_dims=True)
    found = read(channel, path)

    assert usid.n_dim_labels == ["Y", "X", "Cycle", "Bias"]
    assert axes(found) == GRID
    assert (found.title, found.quantity, found.units) == ("Raw_Data", "Current", "nA")
    np.testing.assert_array_equal(found.compute(), NUMBERS.reshape(2, 3, 2, 4))
    np.testing.assert_array_equal(usid.get_n_dim_form(), NUMBERS.reshape(2, 3, 2, 4))
    assert found._axes[0].values.tolist() == [-1, 4]
    assert found._axes[3].values.tolist() == [0, 0.25, 0.5, 0.75]
    assert found.metadata["grid_size_x"] == 3
    assert found.metadata["translator"] == "BEodf"
    assert "pycroscopy_version" not in found.metadata


def test_an_image_and_a_single_spectrum(channel, path):
    plant(channel, NUMBERS.reshape(-1)[:6, np.newaxis], steps=NOTHING)
    image = read(channel, path)
    del channel["Raw_Data"], channel["Position_Indices"], channel["Position_Values"]
    del channel["Spectroscopic_Indices"], channel["Spectroscopic_Values"]
    plant(channel, NUMBERS[:1], positions=NOTHING)
    spectrum = read(channel, path)

    assert axes(image) == GRID[:2]
    assert image.data_type is sidpy.DataType.IMAGE
    assert axes(spectrum) == GRID[2:]


def test_one_position_of_two_dimensions(channel, path):
    one = ([[0], [0]], [[3.0], [4.0]], ["X", "Y"], ["nm", "nm"])
    h5_main = USIDataset(plant(channel, NUMBERS[:1], positions=one))

    assert h5_main.n_dim_sizes == [1, 1, 4, 2]
    assert h5_main.get_pos_values("Y").tolist() == [4]
    assert h5_main.get_n_dim_form().shape == (1, 1, 4, 2)
    assert h5_main.slice({"X": 0, "Y": 0})[0].shape == (4, 2)
    assert [axis[2] for axis in axes(read(channel, path))] == [1, 1, 2, 4]


@pytest.mark.parametrize("shape", ["sparse", "spiral"])
def test_scattered_positions_are_a_point_cloud(channel, path, shape):
    running, angle = np.arange(6), np.arange(6) / 2
    where = (
        ([5.0, 1, 4, 4, 2, 0], [0.5, 2, 2, 7, 1, 3])
        if shape == "sparse"
        else (angle * np.cos(angle), angle * np.sin(angle))
    )
    side = ([running, running], where, ["X", "Y"], ["um", "um"])
    h5_main = plant(channel, NUMBERS, positions=side)
    with pytest.warns(UserWarning, match="no N-dimensional form"):
        usid = USIDataset(h5_main)
    found = read(channel, path)

    assert found.data_type is sidpy.DataType.POINT_CLOUD
    np.testing.assert_allclose(found.point_cloud["coordinates"], np.transpose(where), rtol=1e-6)
    assert found.point_cloud["units"] == ["um", "um"]
    assert axes(found)[1:] == GRID[2:]
    np.testing.assert_array_equal(found.compute().reshape(6, 8), NUMBERS)
    part, is_n_dim = usid.slice({"Bias": 1})

    assert is_n_dim is False
    np.testing.assert_array_equal(part, NUMBERS[:, [1, 5]])


def test_an_aborted_scan_keeps_what_was_measured(channel, path):
    side = tuple([rows[0][:4], rows[1][:4]] for rows in POSITIONS[:2]) + POSITIONS[2:]
    h5_main = plant(channel, NUMBERS[:4], positions=side)
    with pytest.warns(UserWarning, match="6 combinations, but there are 4 rows"):
        usid = USIDataset(h5_main)
    found = read(channel, path)

    np.testing.assert_array_equal(
        found.point_cloud["coordinates"], [[0, -1], [10, -1], [20, -1], [0, 4]]
    )
    with pytest.raises(ValueError, match="not a grid"):
        usid.get_n_dim_form()
    np.testing.assert_array_equal(usid.slice({"Y": 1})[0], NUMBERS[3:4])


def test_steps_that_depend_on_each_other_stay_one_axis_with_their_values(channel, path):
    field = np.array([0, 0, 1, 1, 0, 0, 1, 2])  # a function of the other dimension
    side = ([BIAS, field], [BIAS / 4, field * 2.0], ["Bias", "Field"], ["V", "V"])
    plant(channel, NUMBERS, steps=side)
    found = read(channel, path)

    assert axes(found) == [*GRID[:2], ("step", "generic", 8, "SPECTRAL")]
    assert found.original_metadata["Spectroscopic_Values"]["Field (V)"].tolist() == list(field * 2)
    np.testing.assert_array_equal(found.compute().reshape(6, 8), NUMBERS)


def test_a_serpentine_scan_is_put_in_order(channel, path):
    there = np.array([0, 1, 2, 2, 1, 0])
    plant(channel, NUMBERS, positions=([there, Y], [there * 10.0, Y * 1.0], *POSITIONS[2:]))
    found = read(channel, path)

    assert axes(found) == GRID
    np.testing.assert_array_equal(found.compute(), NUMBERS[[0, 1, 2, 5, 4, 3]].reshape(2, 3, 2, 4))


def test_equal_labels_are_told_apart(channel, path):
    h5_main = plant(channel, NUMBERS, (*POSITIONS[:2], ["X", "X"], ["nm", "um"]), regions=False)

    assert USIDataset(h5_main).get_n_dim_form().shape == (3, 2, 4, 2)
    assert [name for name, *_ in axes(read(channel, path))][:2] == ["X", "X_2"]


def test_main_datasets_share_ancillaries_that_lie_elsewhere(channel, path):
    raw = plant(channel, NUMBERS)
    kept = channel.file.create_group("somewhere")
    shared = pair(kept, "Position", POSITIONS, names="pos_")
    group = channel.create_group("Raw_Data-SHO_Fit_000")
    fit = np.zeros((6, 1), dtype=[("Amplitude [V]", "f4"), ("Phase [rad]", "f4")])
    fit["Phase [rad]"] = 3
    results = [group.create_dataset(name, data=fit) for name in ("Fit", "Guess")]
    steps = pair(group, "Spectroscopic", NOTHING)
    for h5_main in results:
        explain(h5_main, shared, steps)
    channel.file.flush()
    found = {dataset.title: dataset for dataset in read_usid(path)}

    assert sorted(found) == ["Fit", "Guess", "Raw_Data"]
    assert axes(found["Fit"]) == GRID[:2]
    assert found["Fit"].compute()["Phase [rad]"].tolist() == [[3] * 3] * 2
    assert hdf_utils.find_results_groups(raw, "SHO_Fit") == [group]
    assert hdf_utils.get_source_dataset(group) == raw


def test_results_in_another_file_name_their_source(channel, tmp_path):
    raw = USIDataset(plant(channel, NUMBERS))
    with h5py.File(tmp_path / "results.h5", "w") as file:
        group = hdf_utils.create_results_group(raw, "Fit", h5_parent_group=file)
        fit = hdf_utils.create_empty_dataset(raw, "c8", "Fit", h5_group=group, skip_refs=True)
        hdf_utils.write_main_dataset(
            group, NUMBERS, "copy", "q", "u", None, None, h5_pos_inds=raw.h5_pos_inds,
            h5_pos_vals=raw.h5_pos_vals, h5_spec_inds=raw.h5_spec_inds,
            h5_spec_vals=raw.h5_spec_vals,
        )  # fmt: skip

        assert group.attrs["source_dataset_path"] == raw.name
        assert problems(fit)
    [found] = [d for d in read_usid(tmp_path / "results.h5") if d.title == "copy"]

    assert axes(found) == GRID


@pytest.mark.parametrize(
    ("spoil", "address", "reason"),
    [
        ("labels", "Position_Indices", "0 labels for 2 dimensions: they are missing"),
        ("shape", "Spectroscopic_Values", r"\(2, 7\)"),
        ("reference", "Raw_Data", "'Position_Values' refers to no dataset"),
        ("quantity", "Raw_Data", r"'quantity' should be one text, found array\(\["),
        ("texts", "Position_Values", "should hold numbers, found"),
    ],
)
def test_a_broken_dataset_does_not_keep_the_others_from_being_read(
    channel, path, spoil, address, reason
):
    h5_main = plant(channel, NUMBERS)
    plant(channel.create_group("good"), NUMBERS, name="sound")
    if spoil == "labels":
        del channel["Position_Indices"].attrs["labels"]
    elif spoil == "shape":
        del channel["Spectroscopic_Values"]
        h5_main.attrs["Spectroscopic_Values"] = channel.create_dataset(
            "Spectroscopic_Values", data=np.zeros((2, 7))
        ).ref
    elif spoil == "reference":
        h5_main.attrs["Position_Values"] = channel.file.ref
    elif spoil == "texts":
        del channel["Position_Values"]
        texts = channel.create_dataset("Position_Values", data=np.full((6, 2), b"a"))
        h5_main.attrs["Position_Values"] = texts.ref
    else:
        h5_main.attrs["quantity"] = np.array([b"Current"])
    channel.file.flush()
    found = problems(h5_main)

    assert any(address in p.address + p.text for p in found), found
    with pytest.raises(TypeError, match=reason):
        USIDataset(h5_main)
    assert hdf_utils.check_if_main(h5_main) is False
    assert [item.name for item in hdf_utils.get_all_main(channel.file)] == [
        f"{channel.name}/good/sound"
    ]
    with pytest.warns(UserWarning, match=r"some of .*wild.* cannot be read[\s\S]*Raw_Data"):
        [sound] = read_usid(path)
    assert sound.title == "sound"
    with pytest.raises(sidpy.errors.CorruptFile, match="not all of it"):
        read_usid(path, strict=True)
    with pytest.raises(sidpy.errors.CorruptFile, match="nothing of it"):
        read_usid(path, dataset=h5_main.name)
