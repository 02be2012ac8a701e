"""Bad files: every reason at its address, the good datasets read, no other file opened."""

import json
import os
import pickle

import h5py
import numpy as np
import pytest

import pyNSID
import sidpy
from pyNSID import hdf_io, hdf_utils
from pyNSID.reader import read_nsid
from pyNSID.validate import problems, validate
from sidpy.errors import CorruptFile, MissingDependency, SidpyWarning
from sidpy.hdf.damage import Problem

NUMBERS = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.fixture
def two(path, iv_map):
    """A file with the main datasets /bad/d and /good/d, open for changing."""
    with h5py.File(path, "w") as file:
        for name in ("bad", "good"):
            hdf_io.write_nsid_dataset(iv_map, file, main_data_name=name)
            file.move(f"{name}/{name}", f"{name}/d")
        yield file


def spoilt(file, spoil):
    """Spoil the first dataset and close the file."""
    spoil(file, file["bad/d"])
    file.close()


def replaced(file, name, **options):
    """Put another dataset in the place of one, with the attributes it had."""
    old = file[name]
    texts = {key: value for key, value in old.attrs.items() if key.islower() or "NSID" in key}
    scales = [dimension[0] for dimension in old.dims] if name.endswith("/d") else []
    for key in texts:
        del old.attrs[key]
    file.move(name, f"old{len(file)}")  # HDF5 may stumble over what took a deleted one's place
    new = file.create_dataset(name, **options)
    for key, value in texts.items():
        new.attrs[key] = value
    for axis, scale in enumerate(scales if new.shape is not None else ()):
        new.dims[axis].attach_scale(scale)
        new.dims[axis].label = scale.name.rpartition("/")[2]
    return new


def other_scale(values):
    def spoil(file, main):
        for scale in list(main.dims[0].values()):
            main.dims[0].detach_scale(scale)
        new = replaced(file, "bad/x", data=values)
        new.make_scale("x")
        main.dims[0].attach_scale(new)

    return spoil


def without_scale(file, main):
    main.dims[1].detach_scale(file["bad/y"])


def scale_gone(file, main):
    del file["bad/y"]


def attribute(name, value):
    def spoil(file, main):
        del main.attrs[name]
        if value is not None:
            value(file, main)

    return spoil


def put(name, **options):
    return attribute(name, lambda file, main: main.attrs.create(name, **options))


def committed_type(file, main):
    file["kind"] = np.dtype("f8")
    main.attrs.create("units", 1.0, dtype=file["kind"])


def gigantic(file, main):
    for scale in list(main.dims[0].values()):
        main.dims[0].detach_scale(scale)
    new = replaced(file, "bad/x", shape=(2**40,), dtype="f8", chunks=(2**20,))
    new.make_scale("x")
    main.dims[0].attach_scale(new)
    replaced(file, "bad/d", shape=(2**40, 3, 4), dtype="f4", chunks=(2**10, 3, 4))


def nothing_in_it(file, main):
    replaced(file, "bad/d", data=h5py.Empty("f4"))


CASES = {
    "wrong length": (other_scale(np.arange(5.0)), "/bad/x", "wrong length 5, the axis has 2"),
    "two axes": (other_scale(np.zeros((2, 2))), "/bad/x", "it has 2 axes itself"),
    "text": (other_scale(np.array([b"a", b"b"])), "/bad/x", "no numbers"),
    "compound": (other_scale(np.zeros(2, "f4,i4")), "/bad/x", "no numbers"),
    "no scale": (without_scale, "/bad/d", "axis 1: no dimension scale is attached"),
    "scale gone": (scale_gone, "/bad/d", "axis 1: there is no dataset 'y'"),
    "missing": (attribute("units", None), "/bad/d", "'units' is missing"),
    "null": (put("units", data=h5py.Empty("f4")), "/bad/d", "'units' is no text"),
    "array": (put("units", data=np.arange(3)), "/bad/d", "'units' is no text"),
    "texts": (put("units", data=["a", "b"]), "/bad/d", "'units' is no text"),
    "reference": (attribute("units", lambda f, m: m.attrs.create("units", f["bad"].ref)),
                  "/bad/d", "'units' is no text"),
    "huge": (put("units", data=np.zeros(8000)), "/bad/d", "'units' is no text"),
    "committed": (attribute("units", committed_type), "/bad/d", "'units' is no text"),
    "gigantic": (gigantic, "/bad/d", "claims the shape"),
    "empty": (nothing_in_it, "/bad/d", "neither a shape nor numbers"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "address", "reason"), CASES.values(), ids=CASES)
def test_a_bad_dataset_is_named_and_the_good_one_is_read(path, two, spoil, address, reason):
    spoilt(two, spoil)

    found = [problem for problem in validate(path) if reason in problem.text]
    with pytest.warns(SidpyWarning, match=r"some of .* cannot be read") as caught:
        datasets = read_nsid(path)

    assert [problem.address for problem in found] == [address]
    assert str(found[0]) in str(caught[0].message)
    assert [dataset.h5_dataset_name for dataset in datasets.values()] == ["/good/d"]
    np.testing.assert_array_equal(datasets["Channel_000"].compute(), NUMBERS)


def test_strictly_one_bad_dataset_is_an_error_with_every_reason(path, two):
    del two["bad/d"].attrs["units"]
    del two["bad/x"].attrs["quantity"]
    two.close()

    for read in (
        lambda: read_nsid(path, strict=True),
        lambda: pyNSID.NSIDReader(path, strict=True).read(),
        lambda: sidpy.read(path, strict=True),
    ):
        with pytest.raises(CorruptFile, match="not all of it can be read") as caught:
            read()
        assert [problem.address for problem in caught.value.problems] == ["/bad/d", "/bad/x"]
        assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems
    with sidpy.config.set(strict=True), pytest.raises(CorruptFile, match="not all"):
        read_nsid(path)


def test_when_nothing_can_be_read_one_error_lists_all(path, two):
    del two["bad/d"].attrs["units"]
    del two["good/d"].attrs["source"], two["good/y"]
    two.close()

    with pytest.raises(CorruptFile, match="nothing of it can be read") as caught:
        read_nsid(path)

    assert len(caught.value.problems) == 3
    for problem in caught.value.problems:
        assert str(problem) in str(caught.value)


def test_a_problem_is_a_text_that_knows_where_also_when_pickled():
    problem = pickle.loads(pickle.dumps(Problem("/a", "it is bad")))

    assert (problem, problem.address, problem.text) == ("/a: it is bad", "/a", "it is bad")


@pytest.mark.parametrize(
    "content", [b"", b"no hdf5", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(2000)]
)
def test_what_is_no_hdf5_file_is_one_problem_of_the_file(tmp_path, content):
    path = tmp_path / "bad.h5"
    path.write_bytes(content)

    (problem,) = validate(path)

    assert problem.address == "/"
    with pytest.raises(CorruptFile, match="HDF5 cannot open it"):
        read_nsid(path)


def test_a_file_without_our_layout_says_so(path):
    with h5py.File(path, "w") as file:
        file["plain"] = np.ones(3)

    assert ["no main dataset" in problem for problem in validate(path)] == [True]
    with pytest.raises(CorruptFile, match="no main dataset"):
        read_nsid(path)
    with pytest.raises(FileNotFoundError):
        validate(path.with_name("absent.h5"))


def test_a_sound_file_has_no_problems(path, iv_map):
    sidpy.write({"a": iv_map, "b": iv_map.mean(axis=0)}, path)

    assert validate(path) == []
    with h5py.File(path) as file:
        assert problems(file) == problems(file["Measurement_000/Channel_000"]) == []


# ---------------------------------------------------------------- links


def test_links_in_circles_and_to_nothing_are_read_over_and_reported(path, two):
    two["good/up"] = two["/"]
    two["good/metadata/self"] = two["good/metadata"]
    two["soft"] = h5py.SoftLink("/soft")
    two["one"], two["other"] = h5py.SoftLink("/other"), h5py.SoftLink("/one")
    two["good/nothing"] = h5py.SoftLink("/gone")
    two["outside"] = h5py.ExternalLink("gone.h5", "/x")
    two.close()

    found = {problem.address: problem.text for problem in validate(path)}
    datasets = read_nsid(path)

    assert set(found) == {
        "/good/up", "/good/metadata/self", "/soft", "/one", "/other", "/good/nothing", "/outside",
    }  # fmt: skip
    assert found["/good/up"] == "it leads back to /, in which it lies"
    assert "where nothing is" in found["/good/nothing"]
    assert len(datasets) == 2
    assert len(hdf_utils.get_all_main(h5py.File(path))) == 2


def external_storage(file, elsewhere):
    elsewhere.write_bytes(NUMBERS.tobytes())
    replaced(file, "bad/d", shape=(2, 3, 4), dtype="f4", external=[(elsewhere, 0, 96)])


def virtual(file, elsewhere):
    with h5py.File(elsewhere, "w") as source:
        source["numbers"] = NUMBERS
    layout = h5py.VirtualLayout((2, 3, 4), "f4")
    layout[:] = h5py.VirtualSource(str(elsewhere), "numbers", (2, 3, 4))
    texts, scales = dict(file["bad/d"].attrs), [dim[0] for dim in file["bad/d"].dims]
    file.move("bad/d", "old")
    for key in texts:
        del file["old"].attrs[key]
    new = file["bad"].create_virtual_dataset("d", layout)
    for key, value in texts.items():
        if key.islower() or "NSID" in key:
            new.attrs[key] = value
    hdf_utils.link_as_main(new, dict(enumerate(scales)))


WAYS = pytest.mark.parametrize("way", [external_storage, virtual])


@WAYS
def test_numbers_outside_the_folder_are_refused_unless_asked_for(tmp_path, path, two, way):
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    inside = tmp_path / "inside"
    inside.mkdir()
    way(two, outside / "secret.h5")
    two.close()
    path = path.rename(inside / path.name)

    (problem,) = validate(path)
    with pytest.warns(SidpyWarning, match=r"outside the folder .* external=True"):
        assert len(read_nsid(path)) == 1
    with sidpy.config.set(external=True):
        assert validate(path) == []
    for datasets in (
        read_nsid(path, external=True),
        sidpy.read(path, external=True),
        pyNSID.NSIDReader(path, external=True).read(),
    ):
        np.testing.assert_array_equal(next(iter(datasets.values())).compute(), NUMBERS)

    assert problem.address == "/bad/d"
    assert validate(path, external=True) == []


@pytest.mark.parametrize("name", ["../elsewhere/secret.h5", "way/secret.h5", "link.h5"])
def test_no_way_of_writing_a_name_leads_out(tmp_path, path, two, name):
    outside, inside = tmp_path / "elsewhere", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "way").symlink_to(outside)
    (inside / "link.h5").symlink_to(outside / "secret.h5")
    virtual(two, outside / "secret.h5")
    with h5py.File(outside / "secret.h5", "a") as other:
        other["group/x"] = 1
    two["linked"] = h5py.ExternalLink(name, "/group")
    two["good/metadata/linked"] = h5py.ExternalLink(name, "/group")
    two.close()
    path = path.rename(inside / path.name)

    found = {problem.address: problem.text for problem in validate(path)}
    with pytest.warns(SidpyWarning, match="outside the folder"):
        (dataset,) = read_nsid(path).values()

    assert set(found) == {"/bad/d", "/linked", "/good/metadata/linked"}
    assert all("outside the folder" in text for text in found.values())
    assert "linked" not in dataset.metadata


def test_numbers_beside_the_file_are_read_and_missing_ones_are_no_zeros(path, two, monkeypatch):
    virtual(two, path.with_name("part.h5"))
    two.close()
    monkeypatch.chdir("/")

    assert validate(path) == []
    assert len(read_nsid(path)) == 2
    path.with_name("part.h5").unlink()
    with pytest.warns(SidpyWarning, match="takes numbers from .*part.h5', which is not there"):
        assert len(read_nsid(path)) == 1


def test_a_file_of_the_working_directory_is_not_taken_for_one_beside(
    tmp_path, path, two, monkeypatch
):
    elsewhere, inside = tmp_path / "elsewhere", tmp_path / "inside"
    elsewhere.mkdir()
    inside.mkdir()
    monkeypatch.chdir(elsewhere)
    virtual(two, elsewhere / "part.h5")
    with h5py.File("part.h5", "a") as other:
        other["x"] = 1
    two["linked"] = h5py.ExternalLink("part.h5", "/x")
    two.close()
    path = path.rename(inside / path.name)

    assert "/linked" in {problem.address for problem in validate(path)}


# ---------------------------------------------------------------- filters, numbers, records


def test_an_unknown_filter_of_one_dataset_leaves_the_others(path, two):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((2, 3, 4))
    plist.set_filter(32099, h5py.h5z.FLAG_OPTIONAL, ())
    space = h5py.h5s.create_simple((2, 3, 4))
    h5py.h5d.create(two["bad"].id, b"new", h5py.h5t.IEEE_F32LE, space, plist)
    new = two["bad/new"]
    for key, value in two["bad/d"].attrs.items():
        if not key.startswith("DIMENSION"):
            new.attrs[key] = value
    hdf_utils.link_as_main(new, {axis: d[0] for axis, d in enumerate(two["bad/d"].dims)})
    del two["bad/d"]
    two.close()

    with pytest.warns(SidpyWarning, match="HDF5 filter 32099"):
        assert len(read_nsid(path)) == 1
    with h5py.File(path) as file, pytest.raises(MissingDependency, match="32099"):
        hdf_utils.read_h5py_dataset(file["bad/new"])


def test_damaged_numbers_are_an_error_when_they_are_computed(path, iv_map):
    sidpy.write(iv_map, path, compression="gzip", fletcher32=True)
    (dataset,) = read_nsid(path).values()
    with h5py.File(path) as file:
        place = file[dataset.h5_dataset_name].id.get_chunk_info(0).byte_offset
    with path.open("r+b") as raw:
        raw.seek(place + 10)
        raw.write(b"\xff\xff\xff")

    with pytest.raises(CorruptFile, match=r"the numbers at .* cannot be read"):
        dataset.compute()


def record_with(**changes):
    document = {"version": 1, "deep": [], "value": {"layout": 1, **changes}}
    return json.dumps(document)


RECORDS = {
    "no JSON": "{", "no record": "[]", "no version": '{"version": "x"}',
    "no value": '{"version": 1}',
    "nested": '{"version": 1, "value": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "array gone": record_with(metadata={"a": {"$": "ndarray", "dtype": "<f8", "at": 7}}),
    "array too large": record_with(
        metadata={"a": {"$": "objects", "shape": [2**40], "v": [1]}}
    ),
    "bad base64": record_with(
        metadata={"a": {"$": "ndarray", "dtype": "<f8", "shape": [2], "v": "!"}}
    ),
    "bad dtype": record_with(metadata={"a": {"$": "dtype", "v": "<q9"}}),
    "bad date": record_with(metadata={"a": {"$": "datetime", "v": "soon"}}),
    "no field": record_with(metadata={"a": {"$": "ndarray"}}),
    "bad fraction": record_with(metadata={"a": {"$": "Fraction", "v": [1, 0]}}),
}  # fmt: skip


@pytest.mark.parametrize("text", RECORDS.values(), ids=RECORDS)
def test_a_damaged_record_is_reported_and_the_attributes_are_read(path, two, text):
    two["bad/_nsid"].attrs["record"] = text
    two.close()

    (problem,) = validate(path)
    datasets = read_nsid(path)

    assert problem.address == "/bad/_nsid"
    assert datasets["Channel_000"].metadata["temperature"] == 4.2
    assert len(datasets) == 2


WRONG = {
    "metadata": 3, "original_metadata": [1], "point_cloud": "x", "extras": [["a"]],
    "structures": 5, "provenance": {"rows": 3, "stored": {}}, "texts": [1],
    "axes": {"0": 1}, "refused": 7, "dtype": "f4",
}  # fmt: skip


@pytest.mark.parametrize(("part", "value"), WRONG.items(), ids=WRONG)
def test_parts_of_a_record_of_a_wrong_type_are_no_other_error(path, two, part, value):
    two["bad/_nsid"].attrs["record"] = record_with(**{part: value})
    two.close()

    found = validate(path)

    assert {problem.address for problem in found} <= {"/bad/_nsid", "/bad/d"}
    if any(problem.address == "/bad/d" for problem in found):
        with pytest.warns(SidpyWarning, match="cannot be read"):
            assert len(read_nsid(path)) == 1
    else:
        assert len(read_nsid(path)) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(path, iv_map):
    sidpy.write(iv_map, path)
    path.chmod(0)

    with pytest.raises(OSError, match="Permission denied"):
        read_nsid(path)
