"""Files: everything that is wrong, with its address; other files only on request."""

import h5py
import numpy as np
import pytest

import sidpy
from pyUSID.io.dimension import Dimension
from pyUSID.io.files import read_keyed, read_usid
from pyUSID.io.usi_data import USIDataset
from pyUSID.io.validate import problems, validate
from pyUSID.io.writing import write_main_dataset
from sidpy.errors import CorruptFile, MissingFile, NotUSID


@pytest.fixture
def path(tmp_path, data, dims):
    """A sound file with the main datasets /bad/d and /good/d."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in ("bad", "good"):
            write_main_dataset(file.create_group(name), data, "d", "Current", "nA", *dims)
    return tmp_path / "a.h5"


def test_a_sound_file_has_no_problem(path):
    assert validate(path) == []
    assert [dataset.title for dataset in read_usid(path)] == ["d", "d"]


def test_every_problem_has_its_address(path):
    with h5py.File(path, "r+") as file:
        h5_main = file["bad/d"]
        del h5_main.attrs["quantity"], h5_main.attrs["Spectroscopic_Indices"]
        h5_main.attrs["Position_Values"] = h5_main.attrs["Spectroscopic_Values"]
        file["bad/Position_Indices"].attrs["units"] = [b"nm"]
    found = validate(path)

    addresses = [problem.address for problem in found]
    assert addresses == ["/bad/d", "/bad/d", "/bad/Position_Indices"]
    assert [problem.text for problem in found] == [
        "attribute 'quantity' should be one text, and is missing",
        "attribute 'Spectroscopic_Indices' is missing: it should refer to a dataset of the file",
        "its shape and that of /bad/Spectroscopic_Values differ: (6, 2) and (2, 8) (of /bad/d)",
    ]


def test_what_a_dataset_lacks_is_all_in_the_error(path):
    with h5py.File(path, "r+") as file:
        h5_main = file["bad/d"]
        for name in ("quantity", "units", "Position_Indices"):
            del h5_main.attrs[name]
        with pytest.raises(NotUSID) as caught:
            USIDataset(h5_main)

    for name in ("'quantity'", "'units'", "'Position_Indices'"):
        assert name in str(caught.value)


def test_three_axes_and_a_pair_of_the_wrong_length_are_named_together(h5_file):
    file = h5_file
    main = file.create_dataset("m", data=np.zeros((2, 3, 4)))
    other = file.create_dataset("o", data=np.zeros((5, 1)))
    for name in ("Position_Indices", "Position_Values"):
        main.attrs[name] = other.ref

    found = [str(problem) for problem in problems(main)]
    assert found[0] == "/m: it should have 2 axes, positions and steps, found the shape (2, 3, 4)"
    assert any("it has 0 labels for 1 dimensions: they are missing" in text for text in found)


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(MissingFile):
        validate(tmp_path / "absent.h5")
    (tmp_path / "text.h5").write_text("no HDF5")

    [problem] = validate(tmp_path / "text.h5")
    assert problem.address == "/"


def test_a_file_without_main_datasets_says_so(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a"] = [1]

    assert validate(tmp_path / "a.h5") == [
        "/: it holds no main dataset of the USID model that can be read"
    ]


@pytest.fixture
def outside(tmp_path, data, dims):
    """A file whose numbers lie in a file of another folder."""
    (tmp_path / "here").mkdir()
    with h5py.File(tmp_path / "numbers.h5", "w") as file:
        file["n"] = data
    layout = h5py.VirtualLayout(data.shape, data.dtype)
    layout[:] = h5py.VirtualSource(str(tmp_path / "numbers.h5"), "n", data.shape)
    path = tmp_path / "here/a.h5"
    with h5py.File(path, "w") as file:
        old = write_main_dataset(file, data, "d", "Current", "nA", *dims)
        attrs = dict(old.attrs)
        file.move("d", "moved")
        for name in attrs:
            del old.attrs[name]
        new = file.create_virtual_dataset("d", layout)
        new.attrs.update(attrs)
    return path


@pytest.mark.parametrize("read", [read_usid, read_keyed])
def test_other_folders_are_looked_into_on_request_only(outside, data, read):
    with pytest.raises(CorruptFile, match="not opened unless you ask for it with external=True"):
        read(outside)
    [found] = read(outside, external=True)

    np.testing.assert_array_equal(found.compute().reshape(6, 8), data)
    assert validate(outside, external=True) == []
    assert "outside the folder" in validate(outside)[0]


def test_the_host_hands_the_options_on(outside):
    [found] = sidpy.read(outside, reader="usid", external=True).values()

    assert found.title == "d"


def test_fewer_positions_than_dimensions(h5_file):
    three = [Dimension(name, "nm", n) for name, n in (("A", 1), ("B", 2), ("C", 1))]
    numbers = np.arange(8.0).reshape(2, 4)
    h5_main = write_main_dataset(h5_file, numbers, "a", "q", "u", three, Dimension("V", "V", 4))

    assert h5_main.n_dim_labels == ["C", "B", "A", "V"]
    assert h5_main.n_dim_sizes == [1, 2, 1, 4]
    np.testing.assert_array_equal(h5_main.get_n_dim_form(), numbers.reshape(1, 2, 1, 4))
    np.testing.assert_array_equal(h5_main.slice({"B": 1})[0], numbers[1].reshape(1, 1, 4))
    part = h5_main.slice_to_dataset({"V": slice(1, 3)})

    np.testing.assert_array_equal(part.get_n_dim_form(), numbers[:, 1:3].reshape(1, 2, 1, 2))


@pytest.mark.parametrize("dtype", ["f4", "c16", [("a", "f4"), ("b", "i2")]])
def test_datasets_go_there_and_back_without_loss(h5_file, dtype):
    rng = np.random.default_rng(3)
    numbers = np.zeros((4, 3, 5), dtype)
    for part in numbers.dtype.names or [...]:
        numbers[part] = rng.random((4, 3, 5)) * 100
    dataset = sidpy.Dataset.from_array(numbers, title="map", units="pA", quantity="Current")
    dataset.set_dimension(0, sidpy.Dimension(rng.random(4), "y", "Length", "µm", "spatial"))
    dataset.set_dimension(1, sidpy.Dimension(rng.random(3), "t", "Time", "s", "temporal"))
    dataset.set_dimension(2, sidpy.Dimension(rng.random(5), "E", "Energy", "eV", "spectral"))
    dataset.metadata = {"a": {"b": (1, None)}, 5: "five"}
    written = USIDataset.from_sidpy(dataset, h5_file.create_group("g"), compression="gzip")
    found = written.to_sidpy()

    assert type(written) is USIDataset
    assert written.compression == "gzip"
    np.testing.assert_array_equal(found.compute(), numbers)
    assert found.dtype == dataset.dtype
    assert [found._axes[i] == dataset._axes[i] for i in range(3)] == [True] * 3
    assert (found.title, found.units, found.quantity) == ("map", "pA", "Current")
    assert found.metadata == dataset.metadata
