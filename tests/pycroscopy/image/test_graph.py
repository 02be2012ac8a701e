"""Rings of lattices, and the polygons they are."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled
from matplotlib.figure import Figure

from pycroscopy.image import add_graph, find_structural_units, get_polygons
from pycroscopy.image.image_graph import (
    circum_center,
    find_clusters,
    find_overlapping_interstitials,
    inner_angles,
    polygon_angles,
    polygon_area,
    polygon_similarity,
    polygon_sort,
    polygon_sort2,
    polygons_inner,
    sort_polyhedra_by_vertices,
    turning_function,
    voronoi_volumes,
)

IMAGE = labelled(np.zeros((90, 120)), pixel=(0.02, 0.02))
SQUARE = [[0, 0], [2, 0], [2, 2], [0, 2]]


def lattice(first, second, n=(8, 8), origin=(8.0, 9.0)):
    i, j = (grid.ravel() for grid in np.mgrid[: n[0], : n[1]])
    return np.multiply.outer(i, first) + np.multiply.outer(j, second) + origin


def graphene(bond=7.0):
    a = np.array([0, bond * np.sqrt(3)])
    b = np.array([1.5 * bond, 0.5 * bond * np.sqrt(3)])
    cells = lattice(b, a, (5, 6), (10, 8))
    return np.concatenate([cells, cells + np.array([bond, 0.0])])


# ------------------------------------------------------------------ units


def test_a_square_lattice_is_made_of_squares():
    atoms = lattice([10.0, 0], [0, 10.0])
    units = find_structural_units(atoms, 0.09, IMAGE)
    found = get_polygons(units)

    assert len(units) == 49
    assert set(found["cyclicity"]) == {4}
    np.testing.assert_allclose(found["areas"], 100)
    np.testing.assert_allclose(found["inner_angles"], 90)
    sites = np.array([unit["interstitial_site"] for unit in units.values()])
    np.testing.assert_allclose(np.sort(sites[:, 0]) % 10, 3, atol=1e-9)
    np.testing.assert_allclose(sites, found["centers"], atol=1e-9)
    np.testing.assert_allclose(units[0]["length"], 10)
    assert units[0]["faces"].shape == (4, 2)
    assert units[0]["triangles"].shape == (2, 3)


def test_graphene_is_made_of_hexagons_and_no_unit_is_lost():
    atoms = graphene()
    units = find_structural_units(atoms, 0.06, IMAGE)
    found = get_polygons(units)

    inner = found["cyclicity"] == 6
    assert inner.sum() >= 15
    np.testing.assert_allclose(found["areas"][inner], 1.5 * np.sqrt(3) * 49, rtol=1e-6)
    assert sum(len(unit["triangles"]) for unit in units.values()) == sum(
        len(unit["combined_vertices"]) for unit in units.values()
    )
    used = sorted(one for unit in units.values() for one in unit["combined_vertices"])
    assert used == list(range(len(used)))
    assert [unit["interstitial_index"] for unit in units.values()] == list(units)


def test_a_lattice_without_overlapping_circles_keeps_its_triangles():
    atoms = lattice([10.0, 0], [5.0, 5 * np.sqrt(3)], (5, 6), (8, 9))
    units = find_structural_units(atoms, 0.099, IMAGE)

    assert {len(unit["vertices"]) for unit in units.values()} == {3}
    np.testing.assert_allclose([unit["volume"] for unit in units.values()], 25 * np.sqrt(3))


def test_pixels_that_are_not_square_are_taken_into_account():
    """Twice as many pixels across: the lattice is square in the specimen alone."""
    image = labelled(np.zeros((90, 240)), pixel=(0.02, 0.01))
    units = find_structural_units(lattice([10.0, 0], [0, 20.0]), 0.09, image)

    assert {len(unit["vertices"]) for unit in units.values()} == {4}
    assert len(units) == 49


def test_a_radius_is_a_number_and_of_an_atom():
    atoms = lattice([10.0, 0], [0, 10.0], (3, 3))
    with pytest.raises(TypeError, match="r_a should be"):
        find_structural_units(atoms, "0.1", IMAGE)
    with pytest.warns(UserWarning, match="unit of the axes"):
        find_structural_units(atoms, 0.3, IMAGE)
    with pytest.raises(ValueError, match="no triangles"):
        find_structural_units(atoms[:2], 0.1, IMAGE)


def test_units_are_drawn_with_and_without_a_figure():
    graph = get_polygons(find_structural_units(graphene(), 0.06, IMAGE))
    figure = add_graph(graph)
    again = add_graph({"rings": graph}, "areas", 0, 200, fig=Figure())

    for one, label in ((figure, "cyclicity"), (again, "areas")):
        assert one.axes[1].get_ylabel() == label
        assert len(one.axes[0].collections[0].get_paths()) == len(graph["areas"])
    assert again.axes[0].collections[0].get_clim() == (0, 200)
    with pytest.raises(ValueError, match="quantity is 'volume'"):
        add_graph(graph, "volume")


def test_units_are_chosen_by_their_corners():
    units = find_structural_units(graphene(), 0.06, IMAGE)

    assert len(sort_polyhedra_by_vertices(units, visible=[6])) == sum(
        len(unit["vertices"]) == 6 for unit in units.values()
    )
    sizes = [len(units[key]["vertices"]) for key in sort_polyhedra_by_vertices(units)]
    assert sizes == sorted(sizes)


def test_no_pairs_make_no_clusters():
    pairs = find_overlapping_interstitials([[0, 0], [9, 0]], [1.0, 1.0], 0.5)

    assert len(pairs) == 0
    assert find_clusters(pairs) == ([], [])
    assert find_overlapping_interstitials([[0, 0], [1, 0], [9, 9]], [1, 1, 1], 0.5).tolist() == [
        [0, 1]
    ]
    assert len(find_overlapping_interstitials([[0, 0], [1, 0]], [1, 1], 0.5, cheat=0.4)) == 0


# ------------------------------------------------------------------ polygons


def test_corners_are_sorted_counter_clockwise():
    shuffled = np.array(SQUARE, float)[[2, 0, 3, 1]]
    found = polygon_sort(shuffled)

    np.testing.assert_allclose(found, [[2, 2, 45], [0, 2, 135], [0, 0, 225], [2, 0, 315]])
    np.testing.assert_allclose(polygon_angles(shuffled), [45, 225, 135, 315])
    points = np.vstack([[9, 9], [8, 8], shuffled])
    assert polygon_sort2([5, 3, 4, 2], points)[:, 0].tolist() == [2, 4, 3, 5]


def test_areas_and_centroids_know_no_direction_and_no_distance_from_zero():
    for corners in (SQUARE, SQUARE[::-1]):
        assert polygon_area(np.add(corners, 1e6)) == pytest.approx((4, 1e6 + 1, 1e6 + 1))
    assert polygon_area([[0, 0], [1, 1], [2, 2]]) == (0.0, 1.0, 1.0)
    arrow = [[0, 0], [4, 0], [4, 4], [2, 1]]
    assert polygon_area(arrow)[0] == pytest.approx(6)


def test_inner_angles_of_a_polygon_add_up():
    arrow = [[0, 0], [5, 0], [4, 4], [3, 1]]
    for corners in (arrow, arrow[::-1], SQUARE):
        assert inner_angles(corners).sum() == pytest.approx(360)
    assert inner_angles(arrow).max() > 180
    np.testing.assert_allclose(polygons_inner([0, 1, 2, 3], SQUARE), 90)
    turned = inner_angles(np.roll(arrow, 2, axis=0), rotational_invariant=True)
    np.testing.assert_allclose(turned, inner_angles(arrow, rotational_invariant=True))


def test_alike_polygons_have_the_same_angles_whatever_their_size():
    arrow = np.array([[0, 0], [4, 0], [4, 4], [3, 1]], float)

    assert polygon_similarity(3 * arrow, arrow) == pytest.approx(1)
    assert polygon_similarity(np.roll(arrow, 1, axis=0), arrow) < 1
    assert polygon_similarity(np.roll(arrow, 1, axis=0), arrow, True) == pytest.approx(1)
    assert polygon_similarity(SQUARE[:3], SQUARE) == 0


def test_an_outline_turns_once():
    found = turning_function([0, 1, 2, 3], SQUARE)

    np.testing.assert_allclose(found, [[0.25, 0], [0.5, 90], [0.75, 180], [1, 270]])


def test_circles_and_spheres_through_corners():
    corners = np.random.default_rng(0).normal(size=(4, 3))
    for points in (corners[:3, :2], corners):
        center, radius = circum_center(points)
        np.testing.assert_allclose(np.linalg.norm(points - center, axis=1), radius)
    assert circum_center([[0, 0], [1, 1], [2, 2]])[1] == 0
    with pytest.raises(ValueError, match="three points"):
        circum_center([[0, 0]])


def test_cells_at_the_edge_are_open():
    volumes = voronoi_volumes(lattice([2.0, 0], [0, 3.0], (4, 4)))

    assert np.isinf(volumes).sum() == 12
    np.testing.assert_allclose(volumes[np.isfinite(volumes)], 6)
