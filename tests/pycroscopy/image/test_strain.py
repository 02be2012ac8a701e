"""Strain, rotation and polarisation have the size that they were made with."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled
from scipy.integrate import cumulative_trapezoid
from scipy.ndimage import gaussian_filter1d

import sidpy
from pycroscopy.image import (
    AtomPositions,
    atom_strain,
    fit_lattice,
    lattice_waves,
    neighbour_graph,
    phase_strain,
    polarization,
    refine_atoms,
    sublattices,
)
from pycroscopy.image.point_tables import columns_of

ROWS, COLUMNS = np.mgrid[:200, :301].astype(float)
STEP = 0.02 / (1 + np.exp(-(np.arange(301) - 150) / 25))
MOVED = cumulative_trapezoid(STEP, initial=0)
STRAINED = 1 + 0.5 * (np.cos(2 * np.pi * (COLUMNS - MOVED) / 12) + np.cos(2 * np.pi * ROWS / 12))
INNER = np.s_[40:-40, 60:-60]


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


# ------------------------------------------------------------------ geometric phase


def test_a_smooth_step_of_strain_is_mapped_without_bias():
    """Gaussian of 8 px: what it blurs is all that is wrong."""
    reference = np.zeros(STRAINED.shape, bool)
    reference[40:-40, 60:80] = True
    found = phase_strain(STRAINED, resolution=8, reference=reference)
    error = np.asarray(found.columns) - STEP
    error -= error[reference].mean()

    blurred = error - gaussian_filter1d(STEP, 8) + STEP
    blurred -= blurred[INNER].mean()

    assert rms(error[INNER]) < 8e-5
    assert rms(blurred[INNER]) < 1.5e-5
    assert np.abs(np.asarray(found.rows)[INNER]).max() < 1e-5
    assert np.abs(np.asarray(found.shear)[INNER]).max() < 1e-4


@pytest.mark.parametrize(("counts", "width", "limit"), [(100, 16, 5.2e-4), (10, 24, 8e-4)])
def test_counting_noise_is_known(counts, width, limit):
    """0.047 % at 100 counts a pixel and 0.072 % at 10 are what others reach."""
    image = np.random.default_rng(0).poisson(counts * np.maximum(STRAINED, 0)).astype(float)
    found = phase_strain(image, resolution=width)
    rows = np.asarray(found.rows)[INNER]

    assert rms(rows - rows.mean()) < limit
    stated = np.sqrt(np.asarray(found.rows.variance)[INNER].mean())
    assert rms(rows - rows.mean()) == pytest.approx(stated, rel=0.35)


@pytest.mark.parametrize("pixel", [(0.02, 0.02), (0.02, 0.03)])
def test_a_homogeneous_deformation_is_exact_in_units_of_the_axes(pixel):
    gradient = np.array([[0.01, 0.004], [-0.006, -0.015]])
    waves = np.array([[4.0, 0.8], [-0.5, 3.5]])
    at = np.stack([ROWS * pixel[0], COLUMNS * pixel[1]])
    moved = at - np.einsum("ij,jrc->irc", gradient, at)
    image = sum(np.cos(2 * np.pi * np.einsum("i,irc->rc", g, moved)) for g in waves)
    data = labelled(np.where(np.hypot(ROWS - 90, COLUMNS - 200) < 3, np.nan, image), pixel=pixel)
    given = waves.copy()
    found = phase_strain(data, resolution=0.3, vectors=given, reference="vectors")
    refined = phase_strain(data, resolution=0.3, vectors=given).vectors

    here = {name: np.asarray(getattr(found, name))[100, 100] for name in
            ("rows", "columns", "shear", "rotation")}  # fmt: skip
    expected = {"rows": 0.01, "columns": -0.015, "shear": -0.001, "rotation": -0.005}
    assert here == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(refined, waves - waves @ gradient, atol=1e-3)
    np.testing.assert_array_equal(given, waves)
    assert found.rotation.units == "rad"
    assert found.rows.x.units == "nm"
    assert found.rows.history[-1].function == "pycroscopy.image.phase_strain"
    assert found.rows.history[-1].part == "rows"
    assert np.isnan(np.asarray(found.rows)[90, 200])


def test_a_rotation_turns_from_rows_towards_columns():
    angle = 0.02
    turned = np.where(COLUMNS > 150, np.sin(angle) * (COLUMNS - 150), 0.0)
    image = np.cos(2 * np.pi * (ROWS + turned) / 10) + np.cos(2 * np.pi * COLUMNS / 10)
    reference = COLUMNS < 100
    found = phase_strain(image, resolution=10, reference=reference)

    # rows of atoms rise towards larger columns: u_r falls with the column
    assert np.asarray(found.shear)[100, 230] == pytest.approx(-angle / 2, abs=2e-4)
    assert np.asarray(found.rotation)[100, 230] == pytest.approx(angle / 2, abs=2e-4)


@pytest.mark.parametrize("shape", [(128, 128), (150, 97)])
def test_the_waves_of_a_lattice_are_found(shape):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    image = (
        5
        + np.cos(2 * np.pi * (0.11 * rows + 0.03 * columns))
        + 0.7 * np.cos(2 * np.pi * (0.02 * rows - 0.13 * columns))
    )
    found = lattice_waves(labelled(image, pixel=(0.5, 0.25)))

    np.testing.assert_allclose(found, [[0.22, 0.12], [0.04, -0.52]], atol=0.006)
    with pytest.raises(ValueError, match="no two waves"):
        lattice_waves(np.cos(rows / 3.0) * 0 + 1)


def test_waves_that_span_nothing_are_refused():
    with pytest.raises(ValueError, match="at an angle"):
        phase_strain(STRAINED, resolution=8, vectors=[[0.1, 0], [0.2, 0]])
    with pytest.raises(ValueError, match="do not fit pixels"):
        phase_strain(STRAINED, resolution=8, vectors=[[0.7, 0], [0, 0.1]])


def test_strain_maps_are_drawn():
    figure = phase_strain(STRAINED, resolution=8).plot()

    titles = [axes.get_title() for axes in figure.axes[:4]]
    assert titles == ["strain of rows", "strain of columns", "shear strain", "rotation"]


# ------------------------------------------------------------------ lattices of atoms


def cells(n=(9, 11), vectors=((8.0, 1.0), (-1.5, 9.0)), origin=(20.0, 10.0)):
    index = np.stack(np.mgrid[: n[0], : n[1]], -1).reshape(-1, 2)
    return index @ np.asarray(vectors) + origin


def test_a_lattice_is_fitted_with_errors():
    random = np.random.default_rng(0)
    scaled = []
    for _ in range(30):
        found = fit_lattice(cells() + random.normal(0, 0.1, (99, 2)), [[8, 1], [-1.5, 9]])
        scaled.append((found.vectors - [[8, 1], [-1.5, 9]]) / found.errors[:, None])
        assert found.member.all()
    assert rms(scaled) == pytest.approx(1, abs=0.2)


def test_atoms_that_are_missing_or_moved_do_not_break_a_lattice():
    atoms = cells()
    atoms[[3, 40]] = np.nan
    atoms[50] += 3.5
    found = fit_lattice(atoms)

    assert abs(np.linalg.det(found.vectors)) == pytest.approx(8 * 9 + 1.5, rel=1e-6)
    assert found.member.sum() == 96
    np.testing.assert_allclose(found.places()[found.member], atoms[found.member], atol=1e-9)
    with pytest.raises(ValueError, match="four atoms"):
        fit_lattice(atoms[:3])


@pytest.mark.parametrize("pixel", [(0.02, 0.02), (0.02, 0.03)])
def test_homogeneous_strain_of_atoms_is_exact(pixel):
    gradient = np.array([[0.02, 0.005], [-0.011, -0.03]])
    ideal = cells() * pixel
    atoms = (ideal + ideal @ gradient.T) / pixel
    table = atom_strain(
        atoms, labelled(np.zeros((99, 121)), pixel=pixel), vectors=[[8, 1], [-1.5, 9]]
    )
    found = columns_of(table)

    np.testing.assert_allclose(found["strain_rows"], 0.02, atol=1e-9)
    np.testing.assert_allclose(found["strain_columns"], -0.03, atol=1e-9)
    np.testing.assert_allclose(found["shear"], -0.003, atol=1e-9)
    np.testing.assert_allclose(found["rotation"], -0.008, atol=1e-9)
    assert found["neighbours"].max() == 8
    assert table.data_type is sidpy.DataType.POINT_CLOUD
    assert table.history[-1].function == "pycroscopy.image.atom_strain"


def test_the_errors_of_atom_strain_cover_it():
    random = np.random.default_rng(1)
    scaled = []
    for _ in range(10):
        atoms = cells((14, 15)) + random.normal(0, 0.05, (210, 2))
        found = columns_of(atom_strain(atoms, np.zeros((200, 200)), vectors=[[8, 1], [-1.5, 9]]))
        scaled.append(found["strain_rows"] / found["strain_rows_error"])
        scaled.append(found["shear"] / found["shear_error"])
    assert rms(scaled) == pytest.approx(1, abs=0.12)
    assert np.mean(np.abs(scaled) < 1) == pytest.approx(0.68, abs=0.05)


def test_sublattices_are_told_apart_in_a_strained_lattice():
    corners, centers = cells((9, 12)), cells((8, 11)) + np.array([3.25, 5.0])
    atoms = np.vstack([corners, centers])
    atoms[:, 1] += 0.0005 * atoms[:, 1] ** 2
    order = np.random.default_rng(0).permutation(len(atoms))
    labels = sublattices(atoms[order], [[8, 1], [-1.5, 9]])

    np.testing.assert_array_equal(labels, (order >= len(corners)).astype(int))


def test_polarisation_is_the_shift_from_the_middle_with_errors():
    random = np.random.default_rng(0)
    image = labelled(np.zeros((120, 150)), pixel=(0.02, 0.03))
    corners, centers = cells((9, 12)), cells((8, 11)) + np.array([3.55, 4.8])
    exact = columns_of(polarization(centers, corners, image))
    np.testing.assert_allclose(exact["displacement_rows"], 0.3 * 0.02, atol=1e-9)
    np.testing.assert_allclose(exact["displacement_columns"], -0.2 * 0.03, atol=1e-9)
    np.testing.assert_allclose(exact["direction"], np.arctan2(-0.006, 0.006))

    noisy = [
        AtomPositions(
            at + random.normal(0, 0.05, at.shape), np.tile(0.05**2 * np.eye(2), (len(at), 1, 1)),
            {"sigma": np.ones(len(at))}, np.ones(len(at), np.int8), np.zeros(len(at), np.intp),
            image,
        )
        for at in (centers, corners)
    ]  # fmt: skip
    table = polarization(*noisy, image)
    found = columns_of(table)
    scaled = (found["displacement_rows"] - 0.006) / found["displacement_rows_error"]
    assert rms(scaled) == pytest.approx(1, abs=0.25)
    assert table.metadata["points"]["units"][2] == "nm"


def test_an_atom_that_is_not_surrounded_has_no_polarisation():
    corners = cells((5, 5), ((10, 0), (0, 10)))
    found = columns_of(
        polarization([[25.0, 15.0], [4.0, 15.0], [np.nan, 1]], corners, np.zeros((80, 80)))
    )

    assert np.isfinite(found["displacement"]).tolist() == [True, False, False]
    with pytest.raises(ValueError, match="cannot surround"):
        polarization([[5, 5]], corners[:3], np.zeros((80, 80)))


def test_a_table_of_refined_atoms_is_as_good_as_the_atoms():
    at = cells((4, 5), ((12, 0), (0, 12)))
    rows, columns = np.mgrid[:80, :80]
    image = sum(np.exp(-((rows - r) ** 2 + (columns - c) ** 2) / 8) for r, c in at)
    atoms = refine_atoms(labelled(image), at)

    np.testing.assert_allclose(fit_lattice(atoms.to_dataset()).vectors, fit_lattice(atoms).vectors)
    with pytest.raises(TypeError, match="table of points"):
        columns_of(labelled(image))


# ------------------------------------------------------------------ neighbours


def test_neighbours_of_a_square_lattice():
    atoms = cells((5, 6), ((10.0, 0), (0, 10.0)))
    nearest = neighbour_graph(atoms, kind="radius", radius=11)
    triangles = neighbour_graph(atoms)

    inner = nearest.coordination == 4
    assert inner.sum() == 3 * 4
    np.testing.assert_allclose(nearest.lengths, 10)
    assert set(nearest.directions.round(3)) == {0, 1.571}
    assert nearest.of(0).tolist() == [1, 6]
    assert len(triangles.edges) == 49 + 20
    assert len(neighbour_graph(atoms, radius=11).edges) == 49
    assert neighbour_graph(atoms, kind="nearest", n=1).coordination.min() >= 1
    with pytest.raises(ValueError, match="does not fit"):
        neighbour_graph(atoms, kind="radius")
    with pytest.raises(ValueError, match="no triangles"):
        neighbour_graph(atoms[:2])
    assert nearest.plot().axes[0].get_title() == "49 neighbours"
