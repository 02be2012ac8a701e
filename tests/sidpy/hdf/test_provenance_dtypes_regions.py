"""Numbered groups, real forms of complex and compound numbers, regions."""

import dask.array as da
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidpy.hdf import dtype_utils as dtypes
from sidpy.hdf import hdf_utils, prov_utils, reg_ref

PAIR = np.dtype([("a", "f4"), ("b", "i4")])


def test_indices_go_on_after_the_largest_and_pass_over_other_names(h5):
    for name in ("Tool_000", "Tool_004", "Tool_more_007", "Tool_x"):
        h5.create_group(name)

    assert prov_utils.assign_group_index(h5, "Tool") == "Tool_005"
    assert prov_utils.assign_group_index(h5, "Tool_") == "Tool_005"
    assert prov_utils.assign_group_index(h5, "New") == "New_000"


def test_a_number_taken_by_a_dataset_is_not_given(h5):
    h5.create_dataset("Tool_000", data=1)

    assert prov_utils.create_indexed_group(h5, "Tool").name == "/Tool_001"


def test_results_group_says_where_it_comes_from(main):
    group = prov_utils.create_results_group(main, "Fit")

    assert group.name == "/measurement/main-Fit_000"
    assert hdf_utils.get_attributes(group, ["tool", "num_source_dsets"]) == {
        "tool": "Fit", "num_source_dsets": 1,
    }  # fmt: skip
    assert main.file[group.attrs["source_000"]] == main
    assert sorted(group.attrs) == [
        "machine_id", "num_source_dsets", "platform", "sidpy_version", "source_000", "timestamp",
        "tool",
    ]  # fmt: skip


def test_a_dash_in_the_tool_is_replaced_with_a_warning(main):
    with pytest.warns(UserWarning, match="'A-B'"):
        assert prov_utils.create_results_group(main, "A-B").name.endswith("main-A_B_000")


@pytest.mark.parametrize(
    ("parameters", "matches"),
    [
        (None, True), ({}, True), ({"a": 1}, True), ({"a": 1.0}, True), ({"a": 2}, False),
        ({"a": "1"}, False), ({"a": [1, 1]}, True), ({"nope": 1}, False), ({"nope": None}, True),
        ({"words": ["x", "y"]}, True), ({"words": ["x"]}, False), ({"words": "x"}, False),
        ({"row": [1.0, 2.0]}, True), ({"row": [1.0, 2.0 + 1e-9]}, True), ({"row": 1.0}, False),
        ({"row": [[1.0, 2.0]]}, True), ({"text": "t"}, True), ({"text": ["t"]}, False),
    ],
)  # fmt: skip
def test_matching_is_a_subset_test_with_tolerance(h5, parameters, matches):
    hdf_utils.write_simple_attrs(h5, {"a": 1, "words": ["x", "y"], "row": [1.0, 2.0], "text": "t"})

    assert prov_utils.check_for_matching_attrs(h5, parameters) is matches


def test_old_results_are_found_by_tool_parameters_and_place(h5, main):
    group = prov_utils.create_results_group(main, "Fit")
    group.attrs["order"] = 2
    group.create_dataset("guess", data=[1]).attrs["seed"] = 4
    elsewhere = prov_utils.create_results_group(main, "Fit", h5_parent_group=h5)

    assert prov_utils.check_for_old(main, "Fit") == [group]
    assert prov_utils.check_for_old(main, "Fit", {"order": 2}) == [group]
    assert prov_utils.check_for_old(main, "Fit", {"order": 3}) == []
    assert prov_utils.check_for_old(main, "Fit", {"seed": 4}, target_dset="guess") == [group]
    assert prov_utils.check_for_old(main, "Fit", {"seed": 4}, target_dset="nope") == []
    assert prov_utils.check_for_old(main, "Fit", h5_parent_goup=h5) == [elsewhere]
    assert prov_utils.check_for_old(main, "Fit", h5_parent_group=h5) == [elsewhere]


def test_results_of_a_dataset_with_a_longer_name_are_not_mixed_in(h5, main):
    other = h5.create_dataset("measurement/main2", data=[1])
    mine = prov_utils.create_results_group(main, "Fit")
    prov_utils.create_results_group(other, "Fit")

    assert prov_utils.find_results_groups(main, "Fit") == [mine]


def test_the_source_is_found_also_from_another_place(h5, main):
    beside = prov_utils.create_results_group(main, "Fit")
    elsewhere = prov_utils.create_results_group(main, "Fit", h5_parent_group=h5)

    assert prov_utils.get_source_dataset(beside) == main
    assert prov_utils.get_source_dataset(elsewhere) == main
    with pytest.raises(ValueError, match="one '-'"):
        prov_utils.get_source_dataset(h5.create_group("a-b-c_000"))
    with pytest.raises(KeyError, match="nope"):
        prov_utils.get_source_dataset(h5.create_group("nope-Fit_000"))


@pytest.mark.parametrize(
    "call",
    [
        lambda h5, main: prov_utils.assign_group_index(3, "x"),
        lambda h5, main: prov_utils.create_indexed_group(3, "x"),
        lambda h5, main: prov_utils.create_results_group(h5, "x"),
        lambda h5, main: prov_utils.create_results_group(main, 4),
        lambda h5, main: prov_utils.create_results_group(main, "x", h5_parent_group=4),
        lambda h5, main: prov_utils.find_results_groups(h5, "x"),
        lambda h5, main: prov_utils.check_for_old(main, "x", 4),
        lambda h5, main: prov_utils.check_for_old(main, "x", {}, target_dset=4),
        lambda h5, main: prov_utils.check_for_matching_attrs(h5, [1]),
        lambda h5, main: prov_utils.get_source_dataset(main),
    ],
)
def test_wrong_types_are_refused(h5, main, call):
    with pytest.raises(TypeError, match="should be"):
        call(h5, main)


@given(st.lists(st.complex_numbers(allow_nan=False, width=64), min_size=1, max_size=8))
def test_complex_to_real_and_back_is_the_identity(values):
    array = np.array([values], dtype=np.complex64)

    flat = dtypes.flatten_to_real(array)

    np.testing.assert_array_equal(flat, np.hstack([array.real, array.imag]))
    np.testing.assert_array_equal(dtypes.stack_real_to_complex(flat), array)
    assert dtypes.stack_real_to_complex(flat).dtype == array.dtype


def test_compound_to_real_and_back_is_the_identity(h5):
    array = np.zeros((2, 3), PAIR)
    array["a"], array["b"] = np.arange(6).reshape(2, 3), 7
    stored = h5.create_dataset("c", data=array)

    flat = dtypes.flatten_compound_to_real(stored)

    np.testing.assert_array_equal(flat, [[0, 1, 2, 7, 7, 7], [3, 4, 5, 7, 7, 7]])
    assert dtypes.stack_real_to_target_dtype(flat, PAIR).tolist() == array.tolist()


def test_lazy_forms_stay_lazy(h5):
    stored = h5.create_dataset("c", data=np.array([[1 + 2j, 3 + 4j]]))

    flat = dtypes.flatten_to_real(stored, lazy=True)
    back = dtypes.stack_real_to_complex(flat, lazy=True)

    assert isinstance(flat, da.Array)
    assert isinstance(back, da.Array)
    np.testing.assert_array_equal(back.compute(), stored[()])
    with pytest.raises(NotImplementedError, match="Lazy"):
        dtypes.stack_real_to_compound(flat, PAIR)


def test_real_values_are_returned_as_they_are(main):
    assert dtypes.flatten_to_real(main) is main
    assert dtypes.flatten_to_real([1]).tolist() == [1]


@pytest.mark.parametrize(
    ("dtype", "answer"),
    [
        (np.complex64, (dtypes.flatten_complex_to_real, True, False, 6, 8)),
        (np.complex128, (dtypes.flatten_complex_to_real, True, False, 6, 16)),
        (PAIR, (dtypes.flatten_compound_to_real, False, True, 6, 8)),
        (np.int64, (np.float32, False, False, 3, 4)),
        (np.float64, (np.float64, False, False, 3, 8)),
    ],
)
def test_check_dtype(h5, dtype, answer):
    assert dtypes.check_dtype(h5.create_dataset("d", (2, 3), dtype)) == answer


def test_check_dtype_needs_features(h5):
    with pytest.raises(ValueError, match="positions and features"):
        dtypes.check_dtype(h5.create_dataset("d", (3,), complex))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: dtypes.flatten_complex_to_real([1]), TypeError, "found list"),
        (lambda: dtypes.flatten_complex_to_real(np.eye(2)), TypeError, "complex valued"),
        (lambda: dtypes.flatten_compound_to_real(np.eye(2)), TypeError, "structured"),
        (lambda: dtypes.stack_real_to_complex(np.eye(3)), ValueError, "even sized"),
        (lambda: dtypes.stack_real_to_complex(np.eye(2) * 1j), TypeError, "complex"),
        (lambda: dtypes.stack_real_to_complex(1.0), TypeError, "iterable"),
        (lambda: dtypes.stack_real_to_compound(np.zeros((2, 5)), PAIR), ValueError, "compatible"),
        (lambda: dtypes.stack_real_to_compound(np.eye(2), np.float32), TypeError, "structured"),
        (lambda: dtypes.stack_real_to_compound(np.zeros(2, PAIR), PAIR), TypeError, "compound"),
        (lambda: dtypes.stack_real_to_target_dtype(np.eye(2), "foo"), TypeError, "foo"),
        (lambda: dtypes.validate_dtype("foo"), TypeError, "foo"),
        (lambda: dtypes.get_compound_sub_dtypes(np.dtype("c8")), TypeError, "structured"),
    ],
)  # fmt: skip
def test_wrong_kinds_are_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_only_native_complex_counts():
    assert dtypes.is_complex_dtype(np.complex64)
    assert not dtypes.is_complex_dtype(np.float32)
    assert not dtypes.is_complex_dtype(PAIR)


@pytest.fixture
def grid(h5):
    return h5.create_dataset("grid", data=np.arange(24).reshape(4, 6))


def test_regions_along_different_axes_are_written_together(grid):
    reg_ref.write_region_references(
        grid, {"rows": (slice(0, None, 2), slice(None)), "columns": (slice(None), slice(0, 2))}
    )

    assert hdf_utils.get_attr(grid, "labels").tolist() == ["rows", "columns"]
    np.testing.assert_array_equal(reg_ref.get_region(grid, "rows"), grid[::2])
    np.testing.assert_array_equal(reg_ref.get_region(grid, "columns"), grid[:, :2])


@pytest.mark.parametrize(
    "region", [np.s_[1:3, 2:4], np.s_[:, :], np.s_[0:4:2, :], np.s_[2:3, 5:6]]
)
def test_every_form_of_the_indices_selects_the_region(grid, region):
    ref = grid.regionref[region]

    slices = reg_ref.get_indices_for_region_ref(grid, ref, "slices")
    points = reg_ref.get_indices_for_region_ref(grid, ref, "points")
    corners = reg_ref.get_indices_for_region_ref(grid, ref, "corners")

    expected = grid[region].ravel()
    np.testing.assert_array_equal(
        np.concatenate([grid[tuple(part)].ravel() for part in slices]), expected
    )
    np.testing.assert_array_equal(grid[()][tuple(points.astype(int).T)], expected)
    np.testing.assert_array_equal(
        np.ravel(grid[reg_ref.create_region_reference(grid, corners)]), expected
    )


def test_a_region_is_repeated_on_another_dataset(h5, grid):
    reg_ref.write_region_references(grid, {"half": (slice(0, 2), slice(None))})
    target = h5.create_dataset("t", data=grid[()] * 2)

    reg_ref.copy_all_region_refs(grid, target)

    np.testing.assert_array_equal(reg_ref.get_region(target, "half"), target[:2])
    with pytest.raises(ValueError, match="does not lie"):
        reg_ref.simple_region_ref_copy(grid, h5.create_dataset("small", data=np.eye(2)), "half")


@pytest.mark.parametrize(("axis", "region"), [(0, np.s_[0:2, :]), (1, np.s_[:, 0:2])])
def test_a_region_follows_its_dimensions_when_others_are_taken_away(h5, axis, region):
    full = np.array([[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]])
    reduced = np.array([[0], [1], [2]])
    source = h5.create_dataset("s", data=np.zeros((6, 4) if axis == 0 else (4, 6)))
    target = h5.create_dataset("t", data=np.arange(12).reshape((3, 4) if axis == 0 else (4, 3)))
    inds = [
        h5.create_dataset(n, data=v if axis == 0 else v.T)
        for n, v in [("a", full), ("b", reduced)]
    ]
    for dataset, labels in zip(inds, (["x", "y"], ["x"]), strict=True):
        hdf_utils.write_simple_attrs(dataset, {"labels": labels})
    source.attrs["part"] = source.regionref[region]

    reg_ref.copy_reg_ref_reduced_dim(source, target, *inds, "part")

    np.testing.assert_array_equal(reg_ref.get_region(target, "part"), target[region])


def test_regions_are_made_up_from_names_with_a_warning(grid):
    with pytest.warns(UserWarning, match="one per row"):
        rows = reg_ref.attempt_reg_ref_build(grid, list("abcd"))
    with pytest.warns(UserWarning, match="one per column"):
        columns = reg_ref.attempt_reg_ref_build(grid, list("abcdef"))

    assert rows["b"] == np.s_[1:2, :]
    assert columns["f"] == np.s_[:, 5:6]
    assert reg_ref.attempt_reg_ref_build(grid, ["a"]) == {}


@pytest.mark.parametrize(
    ("region", "error"),
    [
        ([slice(None), slice(None)], TypeError), ((0, slice(None)), TypeError), ("a", TypeError),
        ((slice(None),), ValueError), ((slice(None),) * 3, ValueError),
    ],
)  # fmt: skip
def test_a_bad_region_writes_nothing(grid, region, error):
    with pytest.raises(error, match=r"[Rr]egion"):
        reg_ref.write_region_references(grid, {"good": (slice(None), slice(None)), "bad": region})

    assert not grid.attrs


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda d: reg_ref.get_region(d, "nope"), KeyError, "no region 'nope'"),
        (lambda d: reg_ref.get_region(3, "x"), TypeError, "h5_dset should be"),
        (lambda d: reg_ref.get_region(d, 3), TypeError, "should be a string"),
        (lambda d: reg_ref.get_indices_for_region_ref(d, 3), TypeError, "RegionReference"),
        (
            lambda d: reg_ref.get_indices_for_region_ref(d, d.regionref[:], "x"),
            ValueError, "one of",
        ),
        (lambda d: reg_ref.create_region_reference(d, [0, 1]), TypeError, "pairs of corners"),
        (lambda d: reg_ref.create_region_reference(d, [[2, 0], [9, 1]]), ValueError, "not lie"),
        (lambda d: reg_ref.attempt_reg_ref_build(d, "a"), TypeError, "list or tuple"),
        (lambda d: reg_ref.write_region_references(d, []), TypeError, "dictionary"),
        (lambda d: reg_ref.write_region_references(d, {3: np.s_[:, :]}), TypeError, "string"),
    ],
)  # fmt: skip
def test_region_functions_refuse(grid, call, error, match):
    with pytest.raises(error, match=match):
        call(grid)
