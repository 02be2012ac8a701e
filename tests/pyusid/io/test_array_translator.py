"""Whole files from arrays: object by object, complete or not at all."""

import dask.array as da
import h5py
import numpy as np
import pytest

import sidpy
from pyUSID.io.array_translator import ArrayTranslator, NumpyTranslator
from pyUSID.io.dimension import Dimension
from pyUSID.io.usi_data import USIDataset

BOOK_KEEPING = {"machine_id", "platform", "pyUSID_version", "sidpy_version", "timestamp"}


@pytest.fixture
def arguments(tmp_path, data, dims):
    """Return a complete set of arguments; the file is not there yet."""
    return {
        "h5_path": str(tmp_path / "a.h5"), "data_name": "MyType", "raw_data": data,
        "quantity": "Current", "units": "nA", "pos_dims": dims[0], "spec_dims": dims[1],
    }  # fmt: skip


def test_one_measurement_with_one_channel_is_written(arguments, data):
    path = ArrayTranslator().translate(**arguments)

    assert path == arguments["h5_path"]
    with h5py.File(path) as file:
        assert list(file) == ["Measurement_000"]
        assert set(file.attrs) == {"data_type", "translator"} | BOOK_KEEPING
        assert file.attrs["data_type"] == "MyType"
        assert file.attrs["translator"] == "ArrayTranslator"
        assert file.attrs["sidpy_version"] == sidpy.__version__
        assert list(file["Measurement_000"]) == ["Channel_000"]
        assert set(file["Measurement_000"].attrs) == BOOK_KEEPING
        channel = file["Measurement_000/Channel_000"]
        assert set(channel.attrs) == BOOK_KEEPING
        assert list(channel) == [
            "Position_Indices", "Position_Values", "Raw_Data",
            "Spectroscopic_Indices", "Spectroscopic_Values",
        ]  # fmt: skip
        h5_main = USIDataset(channel["Raw_Data"])
        assert h5_main.n_dim_labels == ["Y", "X", "Cycle", "Bias"]
        assert h5_main.data_descriptor == "Current (nA)"
        np.testing.assert_array_equal(h5_main, data)


def test_parameters_are_attributes_of_the_measurement(arguments):
    parameters = {"a": 1, "b": "str", "c": [1, 2], "d": ["x", "yy"], "e": None}
    path = ArrayTranslator().translate(**arguments, parm_dict=parameters, translator_name="Mine")

    with h5py.File(path) as file:
        attrs = file["Measurement_000"].attrs
        assert file.attrs["translator"] == "Mine"
        assert set(attrs) == {*"abcd"} | BOOK_KEEPING
        assert attrs["a"] == 1
        assert attrs["a"].dtype == np.int64
        assert attrs["b"] == "str"
        assert attrs["c"].tolist() == [1, 2]
        assert attrs["d"].tolist() == [b"x", b"yy"]


def test_any_arrays_can_lie_beside_the_data(arguments):
    extras = {
        "list": [1, 2], "tuple": (1.5, 2), "array": np.eye(2), "lazy": da.ones((3, 2), chunks=2),
        "texts": ["µm", "V"], "Raw": [3], " blanks ": [4],
    }  # fmt: skip
    path = ArrayTranslator().translate(**arguments, extra_dsets=extras)

    with h5py.File(path) as file:
        channel = file["Measurement_000/Channel_000"]
        assert len(channel) == 5 + len(extras)
        assert channel["list"][()].tolist() == [1, 2]
        assert channel["tuple"][()].tolist() == [1.5, 2]
        np.testing.assert_array_equal(channel["array"], np.eye(2))
        np.testing.assert_array_equal(channel["lazy"], np.ones((3, 2)))
        assert channel["texts"].asstr()[()].tolist() == ["µm", "V"]
        assert channel["blanks"][()].tolist() == [4]


@pytest.mark.parametrize("chunks", [(6, 8), (2, 3)])
def test_lazy_data_are_written_block_by_block(arguments, data, chunks):
    lazy = da.from_array(data, chunks=chunks)
    path = ArrayTranslator().translate(**arguments | {"raw_data": lazy}, compression="gzip")

    with h5py.File(path) as file:
        found = file["Measurement_000/Channel_000/Raw_Data"]
        assert (found.chunks, found.compression) == ((6, 8), "gzip")
        np.testing.assert_array_equal(found, data)


def test_options_reach_the_main_dataset(arguments, dims):
    turned = {"pos_dims": dims[0][::-1], "spec_dims": dims[1][::-1]}
    path = ArrayTranslator().translate(
        **arguments | turned, slow_to_fast=True, main_dset_attrs={"gain": 2}, aux_pos_prefix="P"
    )

    with h5py.File(path) as file:
        h5_main = USIDataset(file["Measurement_000/Channel_000/Raw_Data"])
        assert h5_main.n_dim_labels == ["Y", "X", "Cycle", "Bias"]
        assert h5_main.attrs["gain"] == 2
        assert h5_main.h5_pos_inds.name.endswith("/P_Indices")


def test_an_existing_file_is_replaced(arguments, tmp_path):
    with h5py.File(arguments["h5_path"], "w") as file:
        file["old"] = 1
    ArrayTranslator().translate(**arguments | {"h5_path": tmp_path / "a.h5"})

    with h5py.File(arguments["h5_path"]) as file:
        assert list(file) == ["Measurement_000"]


def failing():
    msg = "the detector is off"
    raise RuntimeError(msg)


REFUSED = [
    pytest.param({"h5_path": 5}, TypeError, "h5_path", id="path"),
    pytest.param({"h5_path": " "}, ValueError, "h5_path", id="blank-path"),
    pytest.param({"data_name": 5}, TypeError, "data_name", id="data-name"),
    pytest.param({"data_name": " "}, ValueError, "data_name", id="blank-data-name"),
    pytest.param({"translator_name": 5}, TypeError, "translator_name", id="translator"),
    pytest.param({"translator_name": ""}, ValueError, "translator_name", id="blank-translator"),
    pytest.param({"quantity": 5}, TypeError, "quantity", id="quantity"),
    pytest.param({"quantity": ""}, ValueError, "quantity", id="blank-quantity"),
    pytest.param({"units": ["nA"]}, TypeError, "units", id="units"),
    pytest.param({"units": ""}, ValueError, "units", id="blank-units"),
    pytest.param({"raw_data": [[1.0]]}, TypeError, "NumPy or dask", id="raw-data"),
    pytest.param({"raw_data": np.ones(6)}, ValueError, "2 dimensional", id="raw-data-1d"),
    pytest.param({"raw_data": np.ones((6, 2, 4))}, ValueError, "2 dimensional", id="raw-3d"),
    pytest.param({"pos_dims": 5}, TypeError, "Position dimensions", id="pos-dims"),
    pytest.param({"spec_dims": ["X"]}, TypeError, "Spectroscopic dimensions", id="spec-dims"),
    pytest.param({"pos_dims": [Dimension("X", "", 5)]}, ValueError, "Position dim", id="pos-fit"),
    pytest.param({"spec_dims": Dimension("B", "", 7)}, ValueError, "Spectroscopic", id="spec-fit"),
    pytest.param({"parm_dict": 5}, TypeError, "parm_dict", id="parameters"),
    pytest.param({"extra_dsets": [1]}, TypeError, "extra_dsets", id="extras"),
    pytest.param({"extra_dsets": {5: [1]}}, TypeError, "extra_dsets", id="key"),
    pytest.param({"extra_dsets": {" ": [1]}}, ValueError, "extra_dsets", id="blank-key"),
    pytest.param({"extra_dsets": {"a": "text"}}, TypeError, "extra_dsets", id="text"),
    pytest.param({"extra_dsets": {"a": 5}}, TypeError, "extra_dsets", id="number"),
    pytest.param({"extra_dsets": {"a": [1], "a ": [1]}}, KeyError, "'a'", id="twice"),
    pytest.param({"extra_dsets": {"Raw_Data": [1]}}, KeyError, "Raw_Data", id="main"),
    pytest.param(
        {"extra_dsets": {"Spectroscopic_Values": [1]}}, KeyError, "Spectroscopic", id="ancillary"
    ),
    pytest.param({"nonsense": 1}, TypeError, "nonsense", id="option"),
    pytest.param(
        {"raw_data": da.ones((6, 8)).map_blocks(lambda _: failing(), dtype=float)},
        RuntimeError, "detector", id="computation",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "message"), REFUSED)
def test_whatever_goes_wrong_an_existing_file_stays(arguments, tmp_path, changes, error, message):
    before = b"of another program"
    (tmp_path / "a.h5").write_bytes(before)
    with pytest.raises(error, match=message):
        ArrayTranslator().translate(**arguments | changes)

    assert [file.name for file in tmp_path.iterdir()] == ["a.h5"]
    assert (tmp_path / "a.h5").read_bytes() == before


def test_a_folder_that_is_not_there_is_named(arguments, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        ArrayTranslator().translate(**arguments | {"h5_path": str(tmp_path / "nowhere/a.h5")})


class Igor(ArrayTranslator):
    """A translator as applications write it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.folder = folder

    def translate(self, name):
        axis = Dimension("X", "nm", 2), Dimension("Bias", "V", 3)
        return super().translate(
            str(self.folder / name), "Igor", np.ones((2, 3)), "Current", "A", *axis
        )


def test_translators_can_be_derived_from_it(tmp_path):
    assert NumpyTranslator is ArrayTranslator
    assert issubclass(ArrayTranslator, sidpy.Translator)

    with h5py.File(Igor(tmp_path).translate("b.h5")) as file:
        assert file.attrs["data_type"] == "Igor"
