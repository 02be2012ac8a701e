"""Simulated lattices are what they say: peak by peak, block by block, scan by scan."""

from __future__ import annotations

import pickle

import dask
import numpy as np
import pytest

from pycroscopy.image import correct_scan_pair, refine_atoms, register
from pycroscopy.simulate import Crystal, Scan, lattice_image, lattice_pair, lattice_stack


def peaks(made, background):
    """The image written down plainly, atom by atom on all pixels."""
    rows, columns = np.indices(made.image.shape).astype(float)
    image = np.full(made.image.shape, background)
    spare = 3.0
    size = np.array(made.image.shape) * made.pixel
    lines, ahead = made.scan.offsets(made.image.shape)
    if made.scan.slow == "rows":
        rows, columns = rows + lines[:, :1], columns + lines[:, 1:] + ahead
    else:
        rows, columns = rows + lines[:, 0] + ahead[:, None], columns + lines[:, 1]
    for place, height in zip(*made.crystal.atoms(-spare, size + spare)[::3], strict=True):
        square = (rows * made.pixel[0] - place[0]) ** 2 + (columns * made.pixel[1] - place[1]) ** 2
        image += height * np.exp(-0.5 * square / made.crystal.sigma**2)
    return image


@pytest.mark.parametrize("pixel", [(0.02, 0.02), (0.02, 0.035)])
def test_an_image_is_the_sum_of_its_peaks(pixel):
    crystal = Crystal(
        vectors=((0.4, 0.03), (-0.05, 0.35)), vacancies=0.1, dopants=0.2, disorder=0.01,
        polarization=(0.02, -0.03), deformation=((0.02, 0.01), (0.0, -0.03)),
    )  # fmt: skip
    made = lattice_image(crystal, (70, 91), background=0.3, pixel=pixel)

    np.testing.assert_allclose(np.asarray(made.image), peaks(made, 0.3), atol=1e-6)
    assert [str(d.units) for d in made.image._axes.values()] == ["nm", "nm"]
    np.testing.assert_allclose(made.image.x.values[:3], np.arange(3) * pixel[1])


def test_the_truth_is_where_peaks_are_fitted():
    made = lattice_image(Crystal(dopants=0.2), (110, 131), background=0.0)

    found = refine_atoms(made.image, made.positions, background="none")

    inner = np.all(
        (made.positions > 12) & (made.positions < np.array(made.image.shape) - 13), axis=1
    )
    np.testing.assert_allclose(found.positions[inner], made.positions[inner], atol=1e-3)
    np.testing.assert_allclose(
        found.columns["amplitude"][inner], made.atoms.heights[inner], rtol=2e-3
    )
    assert np.count_nonzero(inner) > 45


def test_any_part_can_be_made_by_itself():
    crystal = Crystal(vacancies=0.2, dopants=0.1, disorder=0.02, seed=3)
    whole = crystal.atoms((-2, -1), (6, 7))
    parts = [crystal.atoms((a, b), (a + 4, b + 4)).places for a in (-2, 2) for b in (-1, 3)]

    joined = np.concatenate(parts)
    order = [np.lexsort(at.T) for at in (whole.places, joined)]
    np.testing.assert_array_equal(whole.places[order[0]], joined[order[1]])


def test_a_large_image_is_lazy_and_its_blocks_are_those_of_a_small_one():
    crystal = Crystal(deformation=((0.01, 0), (0, -0.02)), vacancies=0.1)

    with dask.config.set(scheduler="sync"):
        large = lattice_image(crystal, (4_000, 90_000), noise=0.1).image
        corner = np.asarray(large[:60, :60])
        far = np.asarray(large[3_000:3_020, 80_000:80_020])
        small = np.asarray(lattice_image(crystal, (600, 700), noise=0.1).image)

    np.testing.assert_array_equal(corner, small[:60, :60])
    assert far.std() > 0.2


def test_shares_and_sizes_are_those_asked_for():
    crystal = Crystal(vacancies=0.05, dopants=0.1, disorder=0.01, dopant_height=2.0)
    atoms = crystal.atoms((0, 0), (40, 40))

    n = len(atoms.places)
    assert np.mean(atoms.vacant) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 / n))
    assert np.mean(atoms.doped) == pytest.approx(0.095, abs=4 * np.sqrt(0.1 / n))
    assert sorted(set(atoms.heights)) == [0.0, 0.6, 1.0, 1.2, 2.0]
    away = atoms.places - atoms.lattice
    assert away.std(axis=0) == pytest.approx([0.01, 0.01], rel=0.03)
    assert np.abs(np.corrcoef(away.T)[0, 1]) < 0.03
    assert not np.array_equal(
        atoms.heights, Crystal(vacancies=0.05, seed=1).atoms((0, 0), (40, 40)).heights
    )


def test_strain_and_polarisation_are_those_of_the_fields():
    def bent(at):
        return np.stack([0 * at[:, 0], 0.002 * at[:, 1] ** 2], axis=1)

    crystal = Crystal(deformation=bent, polarization=lambda at: np.sin(at) * 0.01)
    atoms = crystal.atoms((0, 0), (5, 6))

    strain = crystal.strain(atoms.lattice)
    np.testing.assert_allclose(strain[:, 1, 1], 0.004 * atoms.lattice[:, 1], atol=1e-9)
    away = atoms.places - atoms.lattice - bent(atoms.lattice)
    np.testing.assert_allclose(away[atoms.sublattice == 0], 0, atol=1e-12)
    last = atoms.sublattice == 1
    np.testing.assert_allclose(away[last], np.sin(atoms.lattice[last]) * 0.01, atol=1e-12)


def test_counts_are_poisson_and_seeded():
    crystal = Crystal(heights=(0.0,), motif=((0, 0),))
    image, same, other = (
        np.asarray(lattice_image(crystal, (600, 530), background=0.5, counts=40, seed=s).image)
        for s in (1, 1, 2)
    )

    np.testing.assert_array_equal(image, same)
    assert not np.array_equal(image, other)
    assert image.mean() == pytest.approx(20, rel=0.005)
    assert image.var() == pytest.approx(20, rel=0.02)
    assert not np.array_equal(image[:10, :10], image[512:522, :10])


def test_a_background_may_vary():
    made = lattice_image(shape=(30, 40), background=lambda r, c: r + 100 * c)
    plain = lattice_image(shape=(30, 40), background=0.0)

    difference = np.asarray(made.image) - np.asarray(plain.image)
    np.testing.assert_allclose(difference[7], 7 + 100 * np.arange(40))


@pytest.mark.parametrize("slow", ["rows", "columns"])
def test_a_distorted_scan_is_the_sum_of_its_peaks_where_the_probe_was(slow):
    scan = Scan(
        drift=lambda t: np.stack([3 * t**2, -2 * t], axis=1), flyback=(3.0, 12.0), slow=slow,
        jitter=0.3,
    )  # fmt: skip
    made = lattice_image(shape=(90, 71), scan=scan)

    np.testing.assert_allclose(np.asarray(made.image), peaks(made, 0.1), atol=1e-6)


@pytest.mark.parametrize("slow", ["rows", "columns"])
def test_a_distorted_scan_shows_atoms_where_it_says(slow):
    made = lattice_image(shape=(110, 131), scan=Scan(drift=(3.0, -2.0), slow=slow))
    still = lattice_image(shape=(110, 131))

    inner = np.all((made.positions > 12) & (made.positions < np.array([98, 119])), axis=1)
    found = refine_atoms(made.image, made.positions[inner])

    np.testing.assert_allclose(found.positions, made.positions[inner], atol=0.01)
    ends = made.positions[[0, -1]] - still.positions[[0, -1]]
    assert np.abs(ends).max() > 0.8


def test_lines_out_of_place_are_out_by_the_truth():
    scan = Scan(jitter=0.5, seed=4)
    made = lattice_image(Crystal(motif=((0, 0),), heights=(1,)), (60, 90), scan=scan)
    still = lattice_image(Crystal(motif=((0, 0),), heights=(1,)), (60, 90), scan=Scan(
        drift=lambda t: np.tile(made.drift[24], (len(t), 1))))  # fmt: skip

    np.testing.assert_allclose(np.asarray(made.image)[24], np.asarray(still.image)[24], atol=1e-6)
    assert made.drift.std() == pytest.approx(0.5, rel=0.2)


def test_two_scans_at_right_angles_are_corrected():
    crystal = Crystal(disorder=0.02, vacancies=0.15, sigma=0.08)
    first, second = lattice_pair(crystal, (120, 140), scan=Scan(drift=(3.0, -2.0)), noise=0.02)

    found = correct_scan_pair(first.image, second.image, knots=3)

    lines = slice(5, -5)
    offset = (found.drift_first - first.drift)[lines].mean(axis=0)
    np.testing.assert_allclose(
        (found.drift_first - first.drift)[lines], np.tile(offset, (110, 1)), atol=0.1
    )
    assert second.scan.slow == "columns"
    assert len(second.drift) == 140


def test_a_stack_drifts_as_it_says():
    way = np.random.default_rng(0).uniform(-2, 2, (4, 2))
    made = lattice_stack(
        Crystal(vacancies=0.1, disorder=0.01), (90, 101), 4, drift=way, noise=0.05, seed=3
    )

    found = register(made.stack)

    drift = np.asarray(found.drift)
    np.testing.assert_allclose(drift - drift[0], -(way - way[0]), atol=0.05)
    frames = np.asarray(made.stack)
    assert np.std(frames[0] - np.asarray(made.first.image)) > 0.04
    assert not np.array_equal(frames[0], frames[1])


def test_simulations_go_to_other_processes():
    made = lattice_image(shape=(20, 30), noise=0.1, scan=Scan(jitter=0.1))

    again = pickle.loads(pickle.dumps(made))

    np.testing.assert_array_equal(np.asarray(again.image), np.asarray(made.image))


@pytest.mark.parametrize(
    ("make", "message"),
    [(lambda: Crystal(vectors=((1, 0), (2, 0))), "span no cell"),
     (lambda: Crystal(heights=(1,)), "motif of shape"),
     (lambda: Crystal(sigma=0), "expected positive"),
     (lambda: Scan(slow="x"), "'rows' or 'columns'"),
     (lambda: Scan(flyback=(3, 2)), "twice the offset"),
     (lambda: lattice_image(pixel=(0, 1)), "expected positive"),
     (lambda: lattice_stack(frames=3, drift=np.zeros((2, 3))), "for 3 frames")],
)  # fmt: skip
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
