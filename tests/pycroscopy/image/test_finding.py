"""Every atom once and nothing else: dense, noisy, weak, on pixels that are not square."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from pycroscopy.image import locate_atoms, refine_atoms
from pycroscopy.simulate import Crystal, lattice_image, lattice_stack

DENSE = Crystal(vectors=((0.2, 0.0), (0.05, 0.19)), motif=((0, 0),), heights=(1.0,))
PEROVSKITE = Crystal(vacancies=0.05, dopants=0.1)


def judged(found, made, margin=6.0):
    """Recall, precision and distances, px, of what is not at the border."""
    shape = np.array(made.image.shape)

    def inner(at):
        return at[np.all((at > margin) & (at < shape - 1 - margin), axis=1)]

    missed, _ = cKDTree(found.positions).query(inner(made.positions))
    away, which = cKDTree(made.positions).query(inner(found.positions))
    twice = len(which) - len(np.unique(which))
    return np.mean(missed < 2.5), np.mean(away < 2.5) - twice / len(away), away


@pytest.mark.parametrize("method", ["template", "threshold"])
@pytest.mark.parametrize(
    ("crystal", "pixel", "noise", "least"),
    [(DENSE, (0.02, 0.02), 0.0, 1.0), (DENSE, (0.02, 0.02), 0.2, 1.0),
     (PEROVSKITE, (0.02, 0.03), 0.0, 1.0), (PEROVSKITE, (0.02, 0.03), 0.1, 1.0),
     (PEROVSKITE, (0.02, 0.02), 0.3, 0.93), (PEROVSKITE, (0.03, 0.02), 0.1, 1.0)],
)  # fmt: skip
def test_all_atoms_are_found_and_nothing_else(method, crystal, pixel, noise, least):
    made = lattice_image(
        crystal, (190, 211), noise=noise, pixel=pixel, background=lambda r, c: 0.2 + 0.002 * r
    )

    recall, precision, away = judged(locate_atoms(made.image, atom_size=0.05, method=method), made)

    assert precision == 1
    assert recall >= least
    assert np.sqrt(np.mean(away**2)) < 0.85


def test_in_noise_shapes_are_found_where_blobs_are_not():
    made = lattice_image(PEROVSKITE, (190, 211), noise=0.3)

    blobs, shapes = (
        judged(locate_atoms(made.image, atom_size=0.05, method=m), made)
        for m in ("log", "template")
    )

    assert shapes[0] > blobs[0] + 0.2
    assert shapes[1] >= blobs[1]


def test_weak_atoms_beside_strong_ones_are_found_by_their_shape():
    made = lattice_image(Crystal(heights=(1.0, 0.25)), (190, 211), noise=0.1)

    recall, precision, _ = judged(
        locate_atoms(made.image, atom_size=0.05, method="template"), made
    )

    assert (recall, precision) == (1, 1)


def test_centres_of_mass_are_between_pixels():
    made = lattice_image(Crystal(motif=((0, 0),), heights=(1,)), (100, 121))

    found = locate_atoms(made.image, atom_size=0.05, method="threshold")

    # the nearest pixel is 0.41 px off, rms over both axes
    _, _, away = judged(found, made)
    assert np.sqrt(np.mean(away**2)) < 0.2
    width = np.median(found.columns["sigma"])
    assert 0.5 < width / 2.5 < 1.1


@pytest.mark.parametrize("method", ["template", "threshold"])
def test_what_is_found_is_refined_to_the_noise(method):
    made = lattice_image(Crystal(motif=((0, 0),), heights=(1,)), (150, 171), noise=0.1)

    found = refine_atoms(made.image, locate_atoms(made.image, atom_size=0.05, method=method))

    good = found.select(found.good)
    _, precision, away = judged(good, made, margin=12)
    assert precision == 1
    # the bound is sqrt(2 / pi) 0.1 px along each axis
    assert np.sqrt(np.mean(away**2) / 2) < 1.15 * 0.0798


def test_a_template_may_be_cut_out_of_an_image():
    made = lattice_image(Crystal(heights=(1.0, 0.7)), (140, 161), noise=0.02)
    row, column = np.rint(made.positions[20]).astype(int)
    cut = np.asarray(made.image)[row - 8 : row + 9, column - 8 : column + 9]

    found = locate_atoms(made.image, atom_size=0.05, method="template", template=cut)

    at = made.positions[made.atoms.sublattice == made.atoms.sublattice[20]]
    inner = at[np.all((at > 12) & (at < np.array([128, 149])), axis=1)]
    best = found.positions[found.columns["response"] > 0.95]
    assert cKDTree(best).query(inner)[0].max() < 1.5
    assert found.columns["response"].max() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("shape", [(4, 6), (5, 7), (4, 7)])
def test_the_middle_of_a_template_is_the_position(shape):
    image = np.zeros((40, 50))
    pattern = np.random.default_rng(0).random(shape)
    image[10 : 10 + shape[0], 20 : 20 + shape[1]] = pattern

    found = locate_atoms(image, atom_size=2, method="template", template=pattern)

    middle = [10 + (shape[0] - 1) / 2, 20 + (shape[1] - 1) / 2]
    np.testing.assert_allclose(found.positions[0], middle)
    assert found.columns["response"][0] == pytest.approx(1)


@pytest.mark.parametrize("method", ["log", "template", "threshold"])
def test_noise_nothing_and_constants_hold_no_atoms(method):
    noise = np.random.default_rng(0).standard_normal((120, 140))

    # four deviations: three of 10^5 values, fewer where they hang together
    assert len(locate_atoms(noise, atom_size=2.5, method=method)) < (400 if method == "log" else 5)
    assert len(locate_atoms(np.full((20, 30), 3.0), atom_size=2, method=method)) == 0
    assert len(locate_atoms(np.full((20, 30), np.nan), atom_size=2, method=method)) == 0


@pytest.mark.parametrize("method", ["template", "threshold"])
def test_missing_pixels_hold_no_atoms_and_hide_no_others(method):
    made = lattice_image(Crystal(), (120, 141), noise=0.05)
    image = np.array(made.image)
    image[50:70, 60:80] = np.nan

    found = locate_atoms(image, atom_size=2.5, method=method)

    at = np.rint(found.positions).astype(int)
    assert np.isfinite(image[tuple(at.T)]).all()
    far = np.any(np.abs(made.positions - [60, 70]) > 16, axis=1)
    inner = np.all((made.positions > 6) & (made.positions < np.array([113, 134])), axis=1)
    assert cKDTree(found.positions).query(made.positions[far & inner])[0].max() < 2


def test_stacks_are_searched_frame_by_frame():
    made = lattice_stack(Crystal(), (90, 101), 3, drift=(2.0, 1.0), noise=0.05)

    found = locate_atoms(made.stack, atom_size=0.05, method="template")

    for number in range(3):
        at = found.positions[found.frames == number] - made.drift[number]
        inner = np.all((at > 8) & (at < np.array([80, 90])), axis=1)
        assert cKDTree(made.first.positions).query(at[inner])[0].max() < 1.5
    assert set(found.frames) == {0, 1, 2}


def test_levels_may_be_given():
    made = lattice_image(Crystal(heights=(1.0, 0.4)), (120, 141))

    strong = locate_atoms(made.image, atom_size=0.05, method="threshold", threshold=0.6)

    bright = made.positions[made.atoms.sublattice == 0]
    inner = np.all((strong.positions > 8) & (strong.positions < np.array([111, 132])), axis=1)
    assert cKDTree(bright).query(strong.positions[inner])[0].max() < 1
    assert np.count_nonzero(inner) >= 30
    assert len(locate_atoms(made.image, atom_size=0.05, method="template", threshold=1.1)) == 0


def test_impossible_searches_are_refused():
    image = np.random.default_rng(0).random((30, 40))
    with pytest.raises(ValueError, match="'log', 'template' or 'threshold'"):
        locate_atoms(image, atom_size=2, method="best")
    for template in (np.ones((3, 3)), np.ones(3), np.full((3, 3), np.nan)):
        with pytest.raises(ValueError, match="not constant"):
            locate_atoms(image, atom_size=2, method="template", template=template)
