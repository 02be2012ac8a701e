"""Local crystallography by the names of the released packages, where ours is right."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.stats import LocalCrystallography, LocalCrystallography_n
from pycroscopy.stats.atom_stats import intersection
from pycroscopy.stats.neighborhoods import neighborhoods
from sidpy.errors import SidpyWarning

SHAPE = (90, 131)


def lattice(spacing=14, jitter=0.4, seed=0):
    """True positions on a jittered square lattice in an odd, non-square image."""
    rows, columns = np.mgrid[12 : SHAPE[0] - 10 : spacing, 12 : SHAPE[1] - 10 : spacing]
    points = np.column_stack([rows.ravel(), columns.ravel()]).astype(float)
    return points + np.random.default_rng(seed).uniform(-jitter, jitter, points.shape)


def picture(points, widths=(2.2, 2.2)):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    peaks = (
        np.exp(-(((y - r) / widths[0]) ** 2 + ((x - c) / widths[1]) ** 2) / 2) for r, c in points
    )
    return 0.5 + sum(peaks)


def test_refinement_finds_the_positions_in_either_direction():
    truth = lattice()
    start = np.round(truth)  # up and down, left and right
    image = picture(truth) + 0.02 * np.random.default_rng(1).standard_normal(SHAPE)
    found = LocalCrystallography(image, start, window_size=13)

    positions, fits = found.refine_atomic_positions()

    before, after = (np.sqrt(np.mean((p - truth) ** 2)) for p in (start, positions))
    assert before > 0.2
    assert after < 0.03
    np.testing.assert_allclose(found.corrections, positions - start)
    assert found.corrections.min() < -0.2 < 0.2 < found.corrections.max()
    errors = np.array([np.sqrt(np.diagonal(covariance)[1:3]) for _, covariance in fits])
    assert 0.8 < np.std((positions - truth) / errors) < 1.2


def test_fits_are_parameters_of_the_oval_gaussian():
    truth = lattice()
    image = picture(truth, (1.8, 2.6))

    _, fits = LocalCrystallography(image, truth.round(), window_size=13).refine_atomic_positions()

    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    (amplitude, row, column, height, width, offset), covariance = fits[10]
    np.testing.assert_allclose([height, width], [1.8, 2.6], rtol=5e-3)
    np.testing.assert_allclose([amplitude, offset], [1.0, 0.5], rtol=1e-2)
    np.testing.assert_allclose([row, column], truth[10], atol=5e-3)
    assert covariance.shape == (6, 6)
    model = LocalCrystallography.gauss_oval_2D((y, x), *fits[10][0]).reshape(SHAPE)
    at = tuple(truth[10].round().astype(int))
    assert model[at] == pytest.approx(image[at], rel=1e-2)


def test_an_atom_that_is_not_there_keeps_its_start_and_is_counted():
    truth = lattice()
    image = picture(truth[:-1])
    found = LocalCrystallography(image, truth, window_size=9)

    with pytest.warns(SidpyWarning, match="1 of 40 atoms could not be fitted"):
        positions, fits = found.refine_atomic_positions()

    np.testing.assert_array_equal(positions[-1], truth[-1])
    assert np.isnan(found.corrections[-1]).all()
    assert np.isnan(fits[-1][0]).any()


def test_neighborhoods_are_sorted_by_angle_and_right():
    points = lattice()
    found = LocalCrystallography(np.zeros(SHAPE), points)

    result = found.compute_neighborhood(8)

    expected = np.sort(np.linalg.norm(points[:, None] - points, axis=-1), axis=1)[:, 1:9]
    np.testing.assert_allclose(np.sort(result["distance_mat"], axis=1), expected)
    assert (np.diff(result["angles_mat"], axis=1) >= 0).all()
    steps = [result[name] for name in ("xdistance_mat", "ydistance_mat")]
    np.testing.assert_allclose(np.hypot(*steps), result["distance_mat"])
    np.testing.assert_allclose(np.arctan2(*steps[::-1]), result["angles_mat"])
    np.testing.assert_array_equal(found.neighbor_indices[:, 0], np.arange(len(points)))
    np.testing.assert_array_equal(
        result["atom_neighbor_positions"], points[found.neighbor_indices[:, 1:]]
    )
    assert result is found.neighborhood_results


def test_only_atoms_of_one_type_count_when_asked_by_number_or_name():
    points = lattice()
    types = np.arange(len(points)) % 2
    found = LocalCrystallography(np.zeros(SHAPE), points, {0: "Sr", 1: "Ti"}, atom_types=types)

    by_number, by_name = (found.compute_neighborhood(4, one) for one in (1, "Ti"))

    np.testing.assert_array_equal(by_number["distance_mat"], by_name["distance_mat"])
    np.testing.assert_allclose(
        by_name["distance_mat"], neighborhoods(points[types == 1], 4).distances
    )
    with pytest.raises(ValueError, match=r"no atom of type 'O'; there are \[0, 1, 'Sr', 'Ti'\]"):
        found.compute_neighborhood(4, "O")


def test_the_border_is_measured_along_each_axis_by_its_own_length():
    corners = [[4, 60], [85, 60], [45, 6], [45, 124], [45, 60], [7, 60], [45, 9]]

    found = LocalCrystallography(np.zeros(SHAPE), corners, border=0.05)

    assert found.border_pixel_inds == [0, 1, 2, 3]
    assert found.nonborder_pixel_inds == [4, 5, 6]
    with pytest.raises(ValueError, match=r"border is 0\.7"):
        found.determine_border_indices(0.7)


def test_all_atoms_are_grouped_and_drawn_without_pyplot():
    pytest.importorskip("sklearn")
    import matplotlib.pyplot as plt

    points = lattice(jitter=0.05)
    points[: len(points) // 2, 1] *= 0.9  # another lattice
    found = LocalCrystallography(picture(points), points, image_name="film")
    before = plt.get_fignums()

    figures, left = found.compute_pca_of_neighbors()
    centroids, labels, figure = found.compute_kmeans_neighbors(3)

    assert (len(figures), left.shape) == (3, (len(points), 8))
    np.testing.assert_allclose(left.T @ left, np.eye(8), atol=1e-10)
    assert (centroids.shape, labels.shape) == ((3, 16), (len(points),))
    assert set(labels) == {0, 1, 2}
    assert figure.axes[0].get_title() == "film groups of neighbourhoods"
    assert plt.get_fignums() == before


def test_a_component_of_a_stack_and_further_attributes():
    cube = np.stack([np.zeros(SHAPE), picture(lattice())], axis=-1)

    found = LocalCrystallography(cube, lattice(), comp=1, sample="A7")

    assert (found.image_size_x, found.image_size_y) == SHAPE
    assert found.image.max() > 1
    assert found.sample == "A7"


@pytest.mark.parametrize(
    ("image", "points", "options", "says"),
    [
        (np.zeros(5), [[1, 2]], {}, "expected rows and columns"),
        (np.zeros((5, 5)), [1, 2], {}, r"expected \(points, 2\)"),
        (np.zeros((5, 5)), np.zeros((0, 2)), {}, "there are 0 points"),
        (np.zeros((5, 5)), [[1, np.nan]], {}, "1 of 1 points are not finite"),
        (np.zeros((5, 5)), [[1, 2]], {"atom_types": [1, 2]}, r"shape \(2,\) for 1 atoms"),
    ],
)
def test_impossible_atoms_are_refused(image, points, options, says):
    with pytest.raises(ValueError, match=says):
        LocalCrystallography(image, points, **options)


def test_too_few_atoms_for_their_neighbours_are_refused():
    found = LocalCrystallography(np.zeros((9, 9)), [[1, 1], [2, 2], [3, 4]])

    with pytest.raises(ValueError, match=r"8 neighbours were asked for; with 3 points .* most 2"):
        found.compute_neighborhood_indices()


def test_points_at_the_same_place_are_each_others_neighbours():
    found = neighborhoods([[0, 0], [0, 0], [3, 4]], 2)

    assert sorted(found.indices[0].tolist()) == [1, 2]
    assert sorted(found.indices[1].tolist()) == [0, 2]
    np.testing.assert_allclose(np.sort(found.distances, axis=1), [[0, 5], [0, 5], [5, 5]])


def test_intersection_keeps_the_order_of_the_first():
    assert intersection([1, 2, 3, 5], [5, 3, 2]) == [2, 3, 5]


def with_structure(units, scale, origin):
    ase = pytest.importorskip("ase")
    points = lattice(jitter=0)
    data = sidpy.Dataset.from_array(picture(points), title="film")
    for axis in range(2):
        at = origin[axis] + scale * np.arange(SHAPE[axis])
        data.set_dimension(axis, sidpy.Dimension(at, "yx"[axis], "length", units, "spatial"))
    in_units = points * scale + origin
    angstrom = in_units * {"nm": 10, "angstrom": 1, "a.u.": 1}[units]
    symbols = ["Sr", "Ti"] * (len(points) // 2) + ["O"] * (len(points) % 2)
    atoms = ase.Atoms(symbols, np.column_stack([angstrom, np.zeros(len(points))]))
    data.structures["film"] = atoms
    return data, points


@pytest.mark.parametrize(
    ("units", "scale", "origin"),
    [("nm", 0.02, (1.0, -2.0)), ("angstrom", 0.2, (0, 0)), ("a.u.", 1, (0, 3))],
)
def test_atoms_of_a_structure_become_pixels_of_their_image(units, scale, origin):
    data, points = with_structure(units, scale, origin)

    found = LocalCrystallography_n(data, window_size=13)

    np.testing.assert_allclose(found.atom_positions, points, atol=1e-9)
    assert (found.struct, found.image_name) == ("film", "film")
    assert found.compute_neighborhood(4, "Ti")["distance_mat"].shape[1] == 4
    found.compute_neighborhood_indices(6)
    assert found.neighbor_indices.shape == (len(points), 7)
    positions, _ = found.refine_atomic_positions()
    np.testing.assert_allclose(positions, points, atol=1e-3)


def test_the_border_of_a_structure_is_a_share_or_a_list():
    data, points = with_structure("nm", 0.02, (0, 0))
    found = LocalCrystallography_n(data, "film")

    found.determine_border_indices(border_prop=0.2)
    wide = list(found.border_pixel_inds)
    found.determine_border_indices(border_ind=[2, 1])

    assert 0 < len(wide) < len(points)
    assert found.border_pixel_inds == [1, 2]
    assert len(found.nonborder_pixel_inds) == len(points) - 2


def test_a_dataset_without_the_structure_says_what_it_has():
    data, _ = with_structure("nm", 0.02, (0, 0))

    with pytest.raises(ValueError, match=r"has no structure 'bulk'; it has \['film'\]"):
        LocalCrystallography_n(data, "bulk")
    with pytest.raises(TypeError, match=r"needs a sidpy.Dataset, found ndarray"):
        LocalCrystallography_n(np.zeros((4, 4)))
