"""A file with everything, held object by object against the layout of the released package."""

import dask.array as da
import h5py
import numpy as np
import pytest

import pyUSID
from pyUSID import hdf_utils

BOOK_KEEPING = {"machine_id", "platform", "pyUSID_version", "sidpy_version", "timestamp"}
CHANNEL = "/Measurement_000/Channel_000"

#: Each object with dtype, shape, chunks and compression, and its attributes with their types:
#: ``text`` is a scalar of variable length in UTF-8, ``S2`` a fixed length flagged as ASCII.
LAYOUT = """
/
    @BK
    @data_type text 'MyType'
    @translator text 'ArrayTranslator'
/Measurement_000
    @BK
    @a int64 () 1
    @b text 'str'
    @c int64 (2,) [1, 2]
    @d S2 (2,) ['x', 'yy']
...
    @BK
.../Extra int64 (3,)
.../Position_Indices uint32 (6, 2)
    @labels S1 (2,) ['Y', 'X']
    @type int64 (2,) [0, 0]
    @units S2 (2,) ['um', 'nm']
.../Position_Values float32 (6, 2)
    @labels S1 (2,) ['Y', 'X']
    @type int64 (2,) [0, 0]
    @units S2 (2,) ['um', 'nm']
.../Raw_Data float32 (6, 8) chunks (6, 8) gzip
    @BK
    @Position_Indices -> .../Position_Indices
    @Position_Values -> .../Position_Values
    @Spectroscopic_Indices -> .../Spectroscopic_Indices
    @Spectroscopic_Values -> .../Spectroscopic_Values
    @quantity text 'Current'
    @units text 'nA'
.../Raw_Data-Mean_Val_000
    @BK
    @last_pixel int64 () 6
    @num_source_dsets int64 () 1
    @p1 float64 () 1.5
    @p2 int64 (3,) [1, 2, 3]
    @p3 text 'abc'
    @source_000 -> .../Raw_Data
    @tool text 'Mean_Val'
.../Raw_Data-Mean_Val_000/Copy_Of complex64 (6, 8) chunks (6, 8) gzip
    @BK
    @Position_Indices -> .../Position_Indices
    @Position_Values -> .../Position_Values
    @Spectroscopic_Indices -> .../Spectroscopic_Indices
    @Spectroscopic_Values -> .../Spectroscopic_Values
    @quantity text 'Current'
    @units text 'nA'
.../Raw_Data-Mean_Val_000/Mean float32 (6, 1)
    @BK
    @Position_Indices -> .../Position_Indices
    @Position_Values -> .../Position_Values
    @Spectroscopic_Indices -> .../Raw_Data-Mean_Val_000/Spectroscopic_Indices
    @Spectroscopic_Values -> .../Raw_Data-Mean_Val_000/Spectroscopic_Values
    @quantity text 'quantity'
    @units text 'units'
.../Raw_Data-Mean_Val_000/Spectroscopic_Indices uint32 (1, 1)
    @labels S5 (1,) ['Empty']
    @type int64 (1,) [0]
    @units S5 (1,) ['a. u.']
.../Raw_Data-Mean_Val_000/Spectroscopic_Values float32 (1, 1)
    @labels S5 (1,) ['Empty']
    @type int64 (1,) [0]
    @units S5 (1,) ['a. u.']
.../Raw_Data-Mean_Val_000/completed_positions uint8 (6,)
.../Raw_Data-Reduce_000
    @BK
    @num_source_dsets int64 () 1
    @source_000 -> .../Raw_Data
    @tool text 'Reduce'
.../Raw_Data-Reduce_000/Raw_Data float32 (6, 2)
    @BK
    @Position_Indices -> .../Position_Indices
    @Position_Values -> .../Position_Values
    @Spectroscopic_Indices -> .../Raw_Data-Reduce_000/Spectroscopic_Indices
    @Spectroscopic_Values -> .../Raw_Data-Reduce_000/Spectroscopic_Values
    @quantity text 'Current'
    @units text 'nA'
.../Raw_Data-Reduce_000/Spectroscopic_Indices uint32 (1, 2)
    @labels S5 (1,) ['Cycle']
    @units S1 (1,) ['']
.../Raw_Data-Reduce_000/Spectroscopic_Values float32 (1, 2)
    @labels S5 (1,) ['Cycle']
    @units S1 (1,) ['']
.../Raw_Data-slice_000
    @BK
    @num_source_dsets int64 () 1
    @source_000 -> .../Raw_Data
    @tool text 'slice'
.../Raw_Data-slice_000/Position_Indices uint32 (2, 1)
    @labels S1 (1,) ['Y']
    @type int64 (1,) [0]
    @units S2 (1,) ['um']
.../Raw_Data-slice_000/Position_Values float32 (2, 1)
    @labels S1 (1,) ['Y']
    @type int64 (1,) [0]
    @units S2 (1,) ['um']
.../Raw_Data-slice_000/Raw_Data float32 (2, 8)
    @BK
    @Position_Indices -> .../Raw_Data-slice_000/Position_Indices
    @Position_Values -> .../Raw_Data-slice_000/Position_Values
    @Spectroscopic_Indices -> .../Spectroscopic_Indices
    @Spectroscopic_Values -> .../Spectroscopic_Values
    @quantity text 'Current'
    @units text 'nA'
.../Spectroscopic_Indices uint32 (2, 8)
    @labels S5 (2,) ['Cycle', 'Bias']
    @type int64 (2,) [0, 0]
    @units S1 (2,) ['', 'V']
.../Spectroscopic_Values float32 (2, 8)
    @labels S5 (2,) ['Cycle', 'Bias']
    @type int64 (2,) [0, 0]
    @units S1 (2,) ['', 'V']
"""


def lines_of(item):
    """Return the lines of one object."""
    line = item.name.replace(CHANNEL, "...")
    if isinstance(item, h5py.Dataset):
        line += f" {item.dtype} {item.shape}"
        line += f" chunks {item.chunks}" if item.chunks else ""
        line += f" {item.compression}" if item.compression else ""
    yield line
    if set(item.attrs) >= BOOK_KEEPING:
        assert {line_of(item, name).split()[1] for name in BOOK_KEEPING} == {"text"}
        yield "    @BK"
    for name in sorted(set(item.attrs) - BOOK_KEEPING):
        yield "    " + line_of(item, name)


def line_of(item, name):
    """Return the line of one attribute, with how it lies in the file."""
    value, low = item.attrs[name], h5py.h5a.open(item.id, name.encode())
    stored = low.get_type()
    if isinstance(value, h5py.Reference):
        assert (low.shape, type(stored)) == ((), h5py.h5t.TypeReferenceID)
        return f"@{name} -> {item.file[value].name.replace(CHANNEL, '...')}"
    if isinstance(value, str):
        assert stored.is_variable_str()
        assert (low.shape, stored.get_cset()) == ((), h5py.h5t.CSET_UTF8)
        return f"@{name} text {value!r}"
    if isinstance(stored, h5py.h5t.TypeStringID):
        assert stored.get_cset() == h5py.h5t.CSET_ASCII
        return f"@{name} S{stored.get_size()} {low.shape} {[text.decode() for text in value]}"
    return f"@{name} {stored.dtype} {low.shape} {value.tolist()}"


@pytest.fixture
def path(tmp_path, data, dims):
    """A file of a translator, with results of a tool, a reduction and a slice."""
    path = pyUSID.ArrayTranslator().translate(
        str(tmp_path / "a.h5"), "MyType", data, "Current", "nA", *dims,
        extra_dsets={"Extra": [1, 2, 3]},
        parm_dict={"a": 1, "b": "str", "c": [1, 2], "d": ["x", "yy"]},
        compression="gzip",
    )  # fmt: skip
    with h5py.File(path, "r+") as file:
        h5_main = pyUSID.USIDataset(file[f"{CHANNEL}/Raw_Data"])
        group = hdf_utils.create_results_group(h5_main, "Mean_Val")
        hdf_utils.write_simple_attrs(group, {"p1": 1.5, "p2": [1, 2, 3], "p3": "abc"})
        mean = data.mean(axis=1, keepdims=True)
        hdf_utils.write_main_dataset(
            group, mean, "Mean", "quantity", "units", None, pyUSID.Dimension("Empty", "a. u.", 1),
            h5_pos_inds=h5_main.h5_pos_inds, h5_pos_vals=h5_main.h5_pos_vals,
        )  # fmt: skip
        group.create_dataset("completed_positions", data=np.ones(6, np.uint8))
        group.attrs["last_pixel"] = 6
        hdf_utils.create_empty_dataset(h5_main, np.complex64, "Copy_Of", h5_group=group)
        h5_main.reduce("Bias", da.mean, to_hdf5=True)
        h5_main.slice_to_dataset({"X": 1})
    return path


def test_a_file_with_everything_has_the_released_layout(path):
    with h5py.File(path) as file:
        found = [*lines_of(file)]
        file.visititems(lambda _, item: found.extend(lines_of(item)))

    assert found == LAYOUT.strip().splitlines()


def test_values_lie_slowest_dimension_first(path, data):
    with h5py.File(path) as file:
        channel = file[CHANNEL]
        positions = [[-70, 0], [-70, 1], [-70, 2], [23, 0], [23, 1], [23, 2]]
        np.testing.assert_array_equal(channel["Position_Values"], positions)
        np.testing.assert_array_equal(channel["Raw_Data"], data)
        reduced = data.reshape(6, 2, 4).mean(axis=2)
        np.testing.assert_array_equal(channel["Raw_Data-Reduce_000/Raw_Data"], reduced)
        np.testing.assert_array_equal(
            channel["Raw_Data-slice_000/Raw_Data"], data.reshape(2, 3, 8)[:, 1]
        )


TREE = """
/
├ Measurement_000
  ---------------
  ├ Channel_000
    -----------
    ├ Extra
    ├ Position_Indices
    ├ Position_Values
    ├ Raw_Data
    ├ Raw_Data-Mean_Val_000
      ---------------------
      ├ Copy_Of
      ├ Mean
      ├ Spectroscopic_Indices
      ├ Spectroscopic_Values
      ├ completed_positions
    ├ Raw_Data-Reduce_000
      -------------------
      ├ Raw_Data
      ├ Spectroscopic_Indices
      ├ Spectroscopic_Values
    ├ Raw_Data-slice_000
      ------------------
      ├ Position_Indices
      ├ Position_Values
      ├ Raw_Data
    ├ Spectroscopic_Indices
    ├ Spectroscopic_Values
"""


def test_its_tree_is_printed_as_released(path, capsys):
    with h5py.File(path) as file:
        hdf_utils.print_tree(file)

    assert capsys.readouterr().out == TREE.lstrip()
