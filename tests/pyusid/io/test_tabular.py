"""Main datasets as tables of text."""

import csv

import h5py
import numpy as np
import pytest

from pyUSID.io.dimension import Dimension
from pyUSID.io.usi_data import USIDataset
from pyUSID.io.writing import write_main_dataset


def cells(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture
def target(tmp_path):
    return tmp_path / "table.csv"


def test_the_layout_is_the_released_one(h5_main, target, data):
    assert h5_main.to_csv(str(target)) == str(target)
    lines = cells(target)

    assert lines[0] == ["", "Cycle ()", *["0.0"] * 4, *["1.0"] * 4]
    assert lines[1] == ["", "Bias (V)", *["-1.0", "0.0", "1.0", "2.0"] * 2]
    assert lines[2] == ["Y (um)", "X (nm)", *["-" * 62] * 8]
    assert lines[3][:3] == ["-70.0", "0.0", "0.000000000000000000e+00"]
    assert lines[8][:2] == ["23.0", "2.0"]
    np.testing.assert_array_equal([[float(cell) for cell in line[2:]] for line in lines[3:]], data)


def test_values_are_written_as_short_as_they_were_stored(h5_file, target):
    x, b = Dimension("X", "nm", [0.1, 1 / 3, 1e-9]), Dimension("a, b", "V", [2e10])
    numbers = np.array([[np.nan], [-0.0], [1e300]])
    write_main_dataset(h5_file, numbers, "a", "q", "u", x, b).to_csv(target)

    assert target.read_text() == (
        '"a, b (V)",2e+10\n'
        f"X (nm),{'-' * 62}\n"
        "0.1,nan\n0.33333334,-0.000000000000000000e+00\n1e-09,1.000000000000000053e+300\n"
    )


@pytest.mark.parametrize("dtype", ["c8", "i4", "?", "u1"])
def test_every_kind_of_number_comes_back(h5_file, dims, target, dtype):
    numbers = (np.arange(48).reshape(6, 8) * (1 + 0.5j if dtype == "c8" else 1)).astype(dtype)
    write_main_dataset(h5_file, numbers, "a", "q", "u", *dims).to_csv(target)
    convert = complex if dtype == "c8" else float

    found = [[convert(cell) for cell in line[2:]] for line in cells(target)[3:]]
    np.testing.assert_array_equal(np.array(found).astype(dtype), numbers)


def test_fields_of_compound_data_are_side_by_side(h5_file, dims, target):
    numbers = np.zeros((6, 8), dtype=[("amp", "f4"), ("n", "i4")])
    numbers["n"] = 3
    write_main_dataset(h5_file, numbers, "a", "q", "u", *dims).to_csv(target)
    lines = cells(target)

    assert lines[2] == ["", "Field", *["amp"] * 8, *["n"] * 8]
    assert [float(cell) for cell in lines[4][2:]] == [0] * 8 + [3] * 8
    assert len(lines[0]) == len(lines[3]) == 18


def test_blocks_join_without_a_seam(h5_main, target, monkeypatch):
    h5_main.to_csv(target)
    whole = target.read_text()
    monkeypatch.setattr("pyUSID.io.tabular._BLOCK", 70)
    h5_main.to_csv(target, force=True)

    assert target.read_text() == whole


def test_scattered_positions_have_a_table_too(fast_first, target):
    fast_first.file["old/Position_Indices"][5] = [0, 0]
    with pytest.warns(UserWarning, match="no N-dimensional form"):
        USIDataset(fast_first).to_csv(target)

    assert len(cells(target)) == 9


def test_the_name_follows_from_file_and_address(tmp_path, data, dims, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with h5py.File(tmp_path / "elsewhere/scan.h5", "w") as file:
        h5_main = write_main_dataset(file.create_group("a/b"), data, "Raw", "q", "u", *dims)
        found = h5_main.to_csv()

    assert found == str(tmp_path / "elsewhere/scan-a-b-Raw.csv")
    assert sorted(p.name for p in tmp_path.rglob("*.*")) == ["scan-a-b-Raw.csv", "scan.h5"]


def test_what_exists_is_replaced_on_request_only(h5_main, target):
    target.write_text("mine")
    with pytest.raises(FileExistsError, match="force=True"):
        h5_main.to_csv(target)
    assert target.read_text() == "mine"
    assert h5_main.to_csv(target, force=True) == str(target)
    assert target.read_text() != "mine"


def test_large_data_are_written_on_request_only(h5_file, target):
    x, b = Dimension("X", "nm", 1000), Dimension("B", "V", 4000)
    h5_main = write_main_dataset(h5_file, (1000, 4000), "a", "q", "u", x, b, dtype="f8")
    with pytest.warns(UserWarning, match="of 31 MiB is not written"):
        assert h5_main.to_csv(target) is None
    assert not target.exists()


def test_a_failure_leaves_no_half_table(h5_main, target, monkeypatch):
    def fail(*_):
        msg = "disk full"
        raise OSError(msg)

    monkeypatch.setattr("pyUSID.io.tabular._columns", fail)
    with pytest.raises(OSError, match="disk full"):
        h5_main.to_csv(target)
    assert not target.exists()


@pytest.mark.parametrize("arguments", [{"force": 1}, {"output_path": 5}])
def test_wrong_arguments_are_refused(h5_main, arguments):
    with pytest.raises(TypeError, match=r"force should be|output_path should be"):
        h5_main.to_csv(**arguments)
