"""Scattered positions on an even grid."""

import numpy as np
import pytest

from pyUSID.io.dimension import Dimension, DimType
from pyUSID.io.hdf_utils import map_grid_to_cartesian
from pyUSID.io.writing import write_main_dataset

MODES = ["histogram", "linear", "nearest", "cubic"]


@pytest.fixture(params=[1, 3])
def spiral(request, h5_file):
    """The plane 2 u + 3 v of the first and the second dimension, along a spiral, in P steps."""
    angle = np.sqrt(np.arange(1500)) * 2
    u, v = angle * np.cos(angle * 3), angle * np.sin(angle * 3)
    dims = [Dimension(n, "um", w, mode=DimType.INCOMPLETE) for n, w in (("v", v), ("u", u))]
    plane = np.outer(2 * u + 3 * v, np.arange(request.param) + 1.0)
    steps = Dimension("B", "V", request.param)
    return write_main_dataset(h5_file, plane, "a", "q", "u", dims, steps, values_dtype="f8")


@pytest.mark.parametrize("mode", MODES)
def test_a_plane_stays_a_plane(spiral, mode):
    steps = spiral.shape[1]
    found = map_grid_to_cartesian(spiral, (20, 24), mode=mode)

    assert found.shape == ((20, 24) if steps == 1 else (20, 24, steps))
    u, v = spiral.h5_pos_vals[()].T
    # cells of a histogram have centres, interpolation goes from end to end
    inset = 0.5 if mode == "histogram" else 0.0
    across = u.min() + np.ptp(u) * (np.arange(24) + inset) / (24 - 1 + 2 * inset)
    down = v.max() - np.ptp(v) * (np.arange(20) + inset) / (20 - 1 + 2 * inset)
    expected = (2 * across + 3 * down[:, np.newaxis])[..., np.newaxis] * (np.arange(steps) + 1.0)
    inside = ~np.isnan(found.reshape(20, 24, steps)).any(axis=2)
    middle = np.hypot(across, down[:, np.newaxis]) < 60

    assert (inside & middle).sum() > 0.9 * middle.sum()
    tolerance = {"histogram": 20, "nearest": 25, "linear": 1e-6, "cubic": 1e-3}[mode]
    np.testing.assert_allclose(
        found.reshape(20, 24, steps)[inside & middle],
        expected[inside & middle],
        atol=tolerance * steps,
    )


def test_a_histogram_has_means_and_blanks_and_ends_where_told(h5_file):
    side = [Dimension(n, "um", w, mode=DimType.INCOMPLETE)
            for n, w in (("v", [0.0, 0, 3, 9]), ("u", [0.0, 1, 3, 9]))]  # fmt: skip
    numbers = np.array([[1, 10], [3, 30], [8, 80], [5, 50]])
    h5_main = write_main_dataset(h5_file, numbers, "a", "q", "u", side, Dimension("B", "V", 2))
    found = map_grid_to_cartesian(h5_main, [2, 2], range=((0, 4), (0, 4)))

    np.testing.assert_array_equal(found[..., 0], [[np.nan, 8], [2, np.nan]])
    np.testing.assert_array_equal(found[..., 1], [[np.nan, 80], [20, np.nan]])


def test_complex_numbers_are_welcome(h5_main, h5_file, dims):
    numbers = h5_main[()] * (1 + 1j)
    other = write_main_dataset(h5_file, numbers, "a", "q", "u", *dims)
    for mode in ("histogram", "linear"):
        real, both = (map_grid_to_cartesian(m, (3, 2), mode=mode) for m in (h5_main, other))

        np.testing.assert_allclose(both, real * (1 + 1j), rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((3, 2), "spline"), ValueError, "mode should be one of histogram, linear"),
        (((3, 0),), ValueError, "1 or more both ways"),
        (((3, 2, 1),), TypeError, "two integers"),
        (((3.0, 2.5),), TypeError, "two integers"),
        ((5,), TypeError, "two integers"),
    ],
)
def test_wrong_arguments_are_refused(h5_main, arguments, error, message):
    with pytest.raises(error, match=message):
        map_grid_to_cartesian(h5_main, *arguments)


def test_only_two_position_dimensions_of_numbers_can_be_mapped(h5_main, h5_file, dims):
    with pytest.raises(TypeError, match="not ndarray"):
        map_grid_to_cartesian(np.ones((2, 2)), (2, 2))
    one = write_main_dataset(
        h5_file, np.ones((3, 4)), "a", "q", "u", Dimension("X", "nm", 3), Dimension("B", "V", 4)
    )
    with pytest.raises(TypeError, match=r"should have 2 position dimensions, /a has \['X'\]"):
        map_grid_to_cartesian(one, (2, 2))
    compound = write_main_dataset(
        h5_file.create_group("g"), np.zeros((6, 8), [("a", "f4")]), "a", "q", "u", *dims
    )
    with pytest.raises(TypeError, match="should hold numbers"):
        map_grid_to_cartesian(compound, (2, 2))
