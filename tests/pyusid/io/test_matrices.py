"""Matrices of indices and values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyUSID.io import anc_build_utils as subject
from pyUSID.io.matrices import fastest_first

SIZES = st.lists(st.integers(2, 4), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(SIZES)
def test_indices_go_through_every_combination_fastest_first(sizes):
    matrix = subject.make_indices_matrix(sizes, is_position=False)
    strides = np.cumprod([1, *sizes[:-1]])
    rows = [np.arange(np.prod(sizes)) // s % n for n, s in zip(sizes, strides, strict=True)]

    assert matrix.dtype == subject.INDICES_DTYPE
    np.testing.assert_array_equal(matrix, rows)
    np.testing.assert_array_equal(subject.make_indices_matrix(sizes), matrix.T)
    assert list(fastest_first(matrix)) == list(range(len(sizes)))


@pytest.mark.parametrize("steps", [1, [1], np.int64(1), np.array(1)])
def test_an_empty_dimension_has_one_step(steps):
    assert subject.make_indices_matrix(steps).tolist() == [[0]]


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([1, 2], ValueError),
        ([0, 2], ValueError),
        ([2.5, 2], ValueError),
        (["a"], ValueError),
        ([], ValueError),
        (0, ValueError),
        ([-1], ValueError),
        (2.0, TypeError),
        ("a", TypeError),
        (None, TypeError),
    ],
)
def test_impossible_steps_are_refused(steps, error):
    with pytest.raises(error, match="num_steps should"):
        subject.make_indices_matrix(steps)


def test_values_repeat_for_faster_and_tile_over_slower_dimensions():
    indices, values = subject.build_ind_val_matrices([[0.5, 1.5], [5, 6, 7]])

    assert (indices.dtype, values.dtype) == (np.uint32, np.float32)
    np.testing.assert_array_equal(indices, [[0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2]])
    np.testing.assert_array_equal(values, [[0.5, 1.5] * 3, [5, 5, 6, 6, 7, 7]])
    for matrix, transposed in zip(
        (indices, values),
        subject.build_ind_val_matrices([[0.5, 1.5], [5, 6, 7]], is_spectral=False),
        strict=True,
    ):
        np.testing.assert_array_equal(matrix.T, transposed)


@pytest.mark.parametrize(
    ("units", "error"), [("a", TypeError), (np.eye(2), TypeError), ([[[1]]], ValueError),
                         ([], ValueError), ([[]], ValueError)]
)  # fmt: skip
def test_impossible_values_are_refused(units, error):
    with pytest.raises(error, match="unit_values should"):
        subject.build_ind_val_matrices(units)


@pytest.mark.parametrize(
    ("values", "indices"),
    [
        pytest.param([[1, 2, 3] * 2, [5, 5, 5, 6, 6, 6]],
                     [[0, 1, 2] * 2, [0, 0, 0, 1, 1, 1]], id="fast-first"),
        pytest.param([[5, 5, 5, 6, 6, 6], [1, 2, 3] * 2],
                     [[0, 0, 0, 1, 1, 1], [0, 1, 2] * 2], id="slow-first"),
        pytest.param([[0, 1, 0, -1] * 2, [0] * 4 + [1] * 4],
                     [[0, 1, 2, 3] * 2, [0] * 4 + [1] * 4], id="bipolar-triangle"),
        pytest.param([[0, 1, 0] * 2, [0, 0, 0, 1, 1, 1]],
                     [[0, 1, 2] * 2, [0, 0, 0, 1, 1, 1]], id="cycle-ending-where-it-began"),
        pytest.param([[7, 7, 7]], [[0, 0, 0]], id="constant"),
    ],
)  # fmt: skip
def test_indices_are_recovered_from_values(values, indices):
    found = subject.create_spec_inds_from_vals(np.array(values))

    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, indices)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.randoms(use_true_random=False))
def test_indices_are_recovered_in_any_order_of_dimensions(sizes, random):
    matrix = subject.make_indices_matrix(sizes, is_position=False)
    order = list(range(len(sizes)))
    random.shuffle(order)

    np.testing.assert_array_equal(
        subject.create_spec_inds_from_vals(matrix[order] * 1.5 - 2), matrix[order]
    )


def test_recovering_refuses_other_things():
    with pytest.raises(TypeError, match="numpy array"):
        subject.create_spec_inds_from_vals([[1]])
    with pytest.raises(ValueError, match="2D"):
        subject.create_spec_inds_from_vals(np.arange(3))


def test_slicing_of_ancillaries():
    assert subject.get_aux_dset_slicing(["X", "Y"], last_ind=4) == {
        "X": (slice(None, 4), slice(0, 1)),
        "Y": (slice(None, 4), slice(1, 2)),
    }
    assert subject.get_aux_dset_slicing("X", is_spectroscopic=True) == {
        "X": (slice(0, 1), slice(None))
    }
    with pytest.raises(ValueError, match="No valid dim_names"):
        subject.get_aux_dset_slicing([])
    with pytest.raises(TypeError, match="dim_names"):
        subject.get_aux_dset_slicing([1])


@pytest.mark.parametrize(
    ("shape", "size", "options", "chunks"),
    [
        ((16384, 65536), 4, {}, (26, 100)),
        ((16384, 65536), 4, {"unit_chunks": (3, 7)}, (27, 98)),
        ((16384, 65536), 4, {"max_chunk_mem": 50000}, (56, 224)),
        ((16384, 65536), 4, {"max_chunk_mem": 50000, "unit_chunks": (3, 7)}, (57, 224)),
        ((10, 10), np.int64(4), {}, (10, 10)),
        ((3, 100000), 2, {}, (1, 5121)),
    ],
)
def test_chunks_have_the_released_shapes(shape, size, options, chunks):
    assert subject.calc_chunks(shape, size, **options) == chunks


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((5, 4), TypeError), (((10, 10), 4.0), TypeError), (((10, 10), 4, (3,)), ValueError),
     (((10, 10), 4, 5), TypeError)],
)  # fmt: skip
def test_chunks_refuse(arguments, error):
    with pytest.raises(error, match=r"should|must"):
        subject.calc_chunks(*arguments)
