"""NeXus files that other programs wrote: every form of naming signal, axes and errors."""

import h5py
import numpy as np
import pytest

import sidpy
from sidpy.io.nexus import nexus_to_sidpy

DATA = np.arange(12.0).reshape(3, 4)
X, T = np.array([1.0, 2, 4, 8]), np.array([0.0, 0.5, 1.0])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "beamline.nxs"


@pytest.fixture
def file(path):
    with h5py.File(path, "w") as file:
        yield file


def group(parent, name, kind, **attributes):
    made = parent.create_group(name)
    made.attrs["NX_class"] = kind
    made.attrs.update(attributes)
    return made


def put(parent, name, values, **attributes):
    made = parent.create_dataset(name, data=values)
    made.attrs.update(attributes)
    return made


def nxdata(file, **attributes):
    """An NXdata with the numbers `counts` and the axes `t` and `x`, unnamed so far."""
    made = group(group(file, "scan", "NXentry"), "plot", "NXdata", **attributes)
    put(made, "counts", DATA, units="counts", long_name="Intensity (counts)")
    put(made, "t", T, units="s", long_name="Time [s]")
    put(made, "x", X, units="nm")
    return made


def by_names(file):
    nxdata(file, signal="counts", axes=["t", "x"], x_indices=1, t_indices=0)


def by_bytes(file):
    nxdata(file, signal=np.bytes_("counts"), axes=np.array([b"t", b"x"]))


def by_indices_in_another_order(file):
    nxdata(file, signal="counts", axes=["x", "t"], x_indices=1, t_indices=0)


def by_one_text(file):
    nxdata(file, signal="counts", axes="t,x")


def by_axes_of_the_signal(file):
    made = nxdata(file)
    made["counts"].attrs.update({"signal": 1, "axes": "t:x"})


def by_axes_in_brackets(file):
    made = nxdata(file)
    made["counts"].attrs.update({"signal": "1", "axes": "[t,x]"})


def by_numbers(file):
    made = nxdata(file)
    made["counts"].attrs["signal"] = np.array([1])
    made["t"].attrs["axis"], made["x"].attrs["axis"] = 1, "2"
    other = put(made, "other", np.zeros(4), axis=2)
    made["x"].attrs["primary"] = 1
    assert other.shape == made["x"].shape


FORMS = [
    by_names, by_bytes, by_indices_in_another_order, by_one_text, by_axes_of_the_signal,
    by_axes_in_brackets, by_numbers,
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_naming_signal_and_axes_is_understood(file, form):
    form(file)
    dataset = nexus_to_sidpy(file)

    np.testing.assert_array_equal(dataset.compute(), DATA)
    assert (dataset.units, dataset.quantity) == ("counts", "Intensity")
    assert [dataset._axes[i].name for i in range(2)] == ["t", "x"]
    np.testing.assert_array_equal(dataset.x.values, X)
    np.testing.assert_array_equal(dataset.t.values, T)
    assert (dataset.t.quantity, dataset.t.units) == ("Time", "s")
    assert dataset.t.dimension_type is sidpy.DimensionType.TEMPORAL
    assert (dataset.x.quantity, dataset.x.dimension_type) == ("x", sidpy.DimensionType.SPATIAL)


def test_soft_links_are_followed(file):
    made = nxdata(file, signal="counts", axes=["t", "x"])
    group(file["scan"], "detector", "NXdetector")
    made.move("counts", "/scan/detector/frames")
    made["counts"] = h5py.SoftLink("/scan/detector/frames")

    np.testing.assert_array_equal(nexus_to_sidpy(file).compute(), DATA)


def test_links_in_a_circle_lead_nowhere(file):
    made = nxdata(file, signal="counts")
    del made["counts"]
    made["counts"] = h5py.SoftLink("other")
    made["other"] = h5py.SoftLink("counts")

    with pytest.raises(ValueError, match="no signal 'counts'"):
        nexus_to_sidpy(file)


def test_axes_that_are_absent_or_single_values_are_counted(file):
    made = group(group(file, "e", "NXentry"), "d", "NXdata", signal="s", axes=[".", "one", "x"])
    put(made, "s", np.zeros((2, 1, 4)))
    put(made, "one", 7.5, units="K")
    put(made, "x", X)
    dataset = nexus_to_sidpy(file)

    assert [dataset._axes[i].name for i in range(3)] == ["a", "one", "x"]
    assert dataset.one.values.tolist() == [7.5]
    assert dataset.a.values.tolist() == [0, 1]


def test_a_signal_without_axes_is_read(file):
    made = group(group(file, "e", "NXentry"), "d", "NXdata")
    put(made, "data", DATA)

    assert nexus_to_sidpy(file).shape == (3, 4)


def test_edges_of_bins_become_their_middles(file):
    made = nxdata(file, signal="counts", axes=["t", "x"])
    del made["x"]
    put(made, "x", [0.0, 1, 3, 5, 7])

    assert nexus_to_sidpy(file).x.values.tolist() == [0.5, 2, 4, 6]


def test_an_axis_of_text_is_counted(file):
    made = nxdata(file, signal="counts", axes=["t", "x"])
    del made["x"]
    put(made, "x", ["a", "b", "c", "d"])

    assert nexus_to_sidpy(file).x.values.tolist() == [0, 1, 2, 3]


def test_an_axis_along_two_dimensions_is_unsupported(file):
    nxdata(file, signal="counts", axes=["t", "x"], x_indices=[0, 1])

    with pytest.raises(NotImplementedError, match=r"'x' .* varies along 2 dimensions"):
        nexus_to_sidpy(file)


@pytest.mark.parametrize("name", ["counts_errors", "errors", "sigma"])
def test_errors_are_standard_deviations(file, name):
    made = nxdata(file, signal="counts", axes=["t", "x"])
    made["counts"].attrs["uncertainties"] = "sigma"
    put(made, name, np.full((3, 4), 3, "i4"))
    dataset = nexus_to_sidpy(file)

    assert dataset.variance.compute().tolist() == [[9.0] * 4] * 3


def test_errors_of_another_shape_are_none(file):
    put(nxdata(file, signal="counts"), "errors", np.zeros(4))

    assert nexus_to_sidpy(file).variance is None


@pytest.mark.parametrize(
    ("word", "shape", "kind"),
    [("spectrum", (2, 3, 9), "UNKNOWN"), ("image", (5, 3, 4), "IMAGE_STACK"),
     ("image", (3, 4), "IMAGE"), ("spectrum", (9,), "SPECTRUM")],
)  # fmt: skip
def test_how_the_numbers_are_meant_decides_what_they_show(file, word, shape, kind):
    made = group(group(file, "e", "NXentry"), "d", "NXdata", signal="s")
    put(made, "s", np.zeros(shape), interpretation=word)

    assert nexus_to_sidpy(file).data_type is sidpy.DataType[kind]


def test_title_instrument_and_the_rest_of_the_entry_are_kept(file, path):
    nxdata(file, signal="counts")
    entry = file["scan"]
    put(entry, "title", "night shift")
    put(group(entry, "instrument", "NXinstrument"), "name", ["ID21"])
    put(group(entry, "sample", "NXsample"), "temperature", 4.2, units="K")
    dataset = nexus_to_sidpy(file)

    assert (dataset.title, dataset.source) == ("night shift", "ID21")
    sample = dataset.original_metadata["sample"]
    assert sample["temperature"] == {"value": 4.2, "@units": "K"}
    assert dataset.history[-1].inputs == (path.name,)


def test_the_default_chain_is_followed(file):
    for name in ("first", "second"):
        entry = group(file, name, "NXentry", default="process")
        process = group(entry, "process", "NXprocess", default="b")
        for data in "ab":
            put(group(process, data, "NXdata", signal="s"), "s", [ord(data)], long_name=name)
    file.attrs["default"] = "second"

    found = nexus_to_sidpy(file)
    assert (found.quantity, found.compute()[0]) == ("second", ord("b"))
    assert nexus_to_sidpy(file, "first").quantity == "first"
    assert nexus_to_sidpy(file, "first", "process/a").compute()[0] == ord("a")


def test_all_plots_of_a_file_are_read(file, path):
    nxdata(file, signal="counts", axes=["t", "x"], auxiliary_signals=["second", "gone"])
    put(file["scan/plot"], "second", DATA + 1)
    entry = group(file, "tail", "NXentry")
    put(group(entry, "one", "NXdata", signal="s"), "s", [1.0])
    put(group(entry, "two", "NXdata", signal="s"), "s", [2.0])
    group(entry, "broken", "NXdata", signal="absent")
    file.close()
    found = sidpy.read(path)

    assert list(found) == ["scan", "scan/plot", "tail/one", "tail/two"]
    assert found["scan/plot"].quantity == "second"
    assert found["tail/two"].compute()[0] == 2
    np.testing.assert_array_equal(found["scan"].compute(), DATA)


def test_a_file_without_numbers_is_refused(file, path):
    group(group(file, "scan", "NXentry"), "plot", "NXdata", signal="gone")
    file.close()

    with pytest.raises(sidpy.errors.CorruptFile, match="no signal 'gone'"):
        sidpy.read(path)


def test_text_is_no_signal(file, path):
    made = group(group(file, "scan", "NXentry"), "plot", "NXdata", signal="log")
    put(made, "log", ["beam lost", "beam back"])
    file.close()

    with pytest.raises(sidpy.errors.UnsupportedFile, match="'/scan/plot/log' is of type object"):
        sidpy.read(path)


# ---------------------------------------------------------------- files nobody vouches for


@pytest.fixture
def elsewhere(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = DATA
    return tmp_path / "other.h5"


def external_link(made, other):
    made["counts"] = h5py.ExternalLink(other.name, "/secret")


def virtual(made, other):
    layout = h5py.VirtualLayout(DATA.shape, float)
    layout[:] = h5py.VirtualSource(other, "secret", DATA.shape)
    made.create_virtual_dataset("counts", layout)


def raw(made, other):
    other.with_suffix(".raw").write_bytes(DATA.tobytes())
    where = [(str(other.with_suffix(".raw")), 0, h5py.h5f.UNLIMITED)]
    made.create_dataset("counts", shape=DATA.shape, dtype=float, external=where)


@pytest.mark.parametrize("way", [external_link, virtual, raw])
def test_other_files_are_opened_only_when_asked_for(file, path, elsewhere, way):
    made = nxdata(file, signal="counts")
    del made["counts"]
    way(made, elsewhere)
    file.close()

    with pytest.raises(NotImplementedError, match=r"in another file, .*external_links=True"):
        sidpy.read(path)
    assert nexus_to_sidpy(path, external_links=True).shape == (3, 4)
    np.testing.assert_array_equal(sidpy.read(path, external_links=True)["scan"].compute(), DATA)


def test_an_absurd_shape_is_refused_before_memory_is(file):
    made = group(group(file, "scan", "NXentry"), "plot", "NXdata", signal="s")
    made.create_dataset("s", shape=(10**13,), dtype="u1", chunks=(2**20,))

    with pytest.raises(sidpy.errors.CorruptFile, match=r"claims the shape \(10000000000000,\)"):
        nexus_to_sidpy(file)


def test_a_broken_record_is_passed_over(path, caplog):
    sidpy.Dataset.from_array(DATA, title="ours").save(path)
    with h5py.File(path, "r+") as file:
        file["Channel_000/sidpy_metadata"].attrs["record"] = '{"version": 99, "value": {}}'
        del file["Channel_000/sidpy_metadata/provenance"]
        file["Channel_000/sidpy_metadata/provenance"] = "no JSON"
    found = nexus_to_sidpy(path)

    assert (found.title, found.provenance) == ("ours", {})
    assert "record of '/Channel_000/data/data' is passed over" in caplog.text
