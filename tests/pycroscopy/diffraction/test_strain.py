"""Bragg disks, lattices and strain against the crystal that was simulated."""

from __future__ import annotations

import numpy as np
import pytest

from pycroscopy.diffraction import find_disks, fit_lattices, probe_template, strain_maps
from pycroscopy.simulate import diffraction_scan


def field(scan):
    """A stretch along u that grows, a shear and a rotation, to the first order small."""
    y, x = np.mgrid[: scan[0], : scan[1]]
    strain = np.zeros((*scan, 2, 2))
    strain[..., 1, 1] = 0.03 * x / scan[1]
    strain[..., 0, 0] = -0.01 * y / scan[0]
    strain[..., 0, 1] = 0.012
    strain[..., 1, 0] = -0.004
    return strain


def maps_of(made, **options):
    disks = find_disks(made.data, probe_template(made.probe), distance=8, **options)
    lattices = fit_lattices(disks, made.vectors, origin=(0, 0))
    return disks, lattices, strain_maps(lattices, made.vectors)


def test_disks_without_noise_are_where_they_were_drawn():
    made = diffraction_scan((1, 2), electrons=None)

    disks = find_disks(made.data, probe_template(made.probe), distance=8, margin=8)

    numbers = disks.positions @ np.linalg.inv(made.vectors)
    off = (numbers - np.rint(numbers)) @ made.vectors
    assert len(disks) > 20
    assert np.abs(off).max() < 0.03
    assert disks.of(0, 0).shape[1] == 3
    np.testing.assert_allclose(disks.of(0, 1)[0, :2], 0, atol=0.03)


@pytest.mark.parametrize("electrons", [2e3, 2e4])
def test_strain_comes_back_with_errors_that_cover(electrons):
    scan = (8, 10)
    made = diffraction_scan(scan, strain=field(scan), electrons=electrons, seed=4)

    _, lattices, maps = maps_of(made, threshold=0.1, margin=6)

    deformation = made.strain + np.eye(2)
    u, s, vt = np.linalg.svd(deformation)
    stretch = vt.swapaxes(-1, -2) * s[..., None, :] @ vt - np.eye(2)
    turn = u @ vt
    truths = {
        "vv": stretch[..., 0, 0], "uu": stretch[..., 1, 1], "vu": stretch[..., 0, 1],
        "rotation": np.arctan2(turn[..., 0, 1], turn[..., 0, 0]),
    }  # fmt: skip
    assert lattices.counts.min() > 8
    for name, truth in truths.items():
        off = getattr(maps, name).compute() - truth
        errors = getattr(maps, f"{name}_errors").compute()
        assert np.sqrt(np.mean(off**2)) < (0.001 if electrons > 1e4 else 0.003)
        assert 0.55 < np.mean(np.abs(off) < errors) < 0.85


def test_more_electrons_give_less_noise_as_they_should():
    spread = []
    for electrons in (1e4, 1e6):
        made = diffraction_scan((6, 8), electrons=electrons, seed=5)
        spread.append(np.nanstd(maps_of(made, threshold=0.1, margin=6)[2].uu.compute()))

    assert 5 < spread[0] / spread[1] < 16


def test_a_pattern_without_a_lattice_is_nan():
    made = diffraction_scan((2, 3), electrons=None)
    data = made.data.compute()
    data[1, 2] = 0

    disks = find_disks(data, probe_template(made.probe), distance=8)
    middle = np.array(data.shape[2:]) // 2
    lattices = fit_lattices(disks, made.vectors, origin=middle)
    maps = strain_maps(lattices)

    assert np.isnan(maps.uu.compute()).sum() == 1
    assert np.isnan(maps.uu_errors.compute()[1, 2])
    assert lattices.counts[1, 2] == 0


def test_results_do_not_depend_on_chunks():
    made = diffraction_scan((3, 4), electrons=1e4)
    template = probe_template(made.probe)

    one = find_disks(made.data.compute(), template, distance=8)
    other = find_disks(made.data.rechunk((1, 2, 50, 60)), template, distance=8)

    np.testing.assert_array_equal(one.pattern, other.pattern)
    np.testing.assert_allclose(one.strengths, other.strengths)


def test_a_simulation_is_the_same_each_time_and_another_by_another_seed():
    one, same, other = (diffraction_scan((2, 2), seed=s).data.compute() for s in (1, 1, 2))

    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    with pytest.raises(ValueError, match="expected"):
        diffraction_scan((2, 2), strain=np.zeros((2, 2)))


def test_bad_input_is_refused():
    made = diffraction_scan((1, 1))
    template = probe_template(made.probe)

    with pytest.raises(ValueError, match="template of shape"):
        find_disks(made.data, template[:-1], distance=8)
    with pytest.raises(ValueError, match="distance 0"):
        find_disks(made.data, template, distance=0)
    with pytest.raises(ValueError, match="contrast"):
        probe_template(np.ones((5, 5)))
    with pytest.raises(ValueError, match="parallel"):
        fit_lattices(find_disks(made.data, template, distance=8), [[1, 1], [2, 2]], origin=(0, 0))


def test_pictures():
    disks, _, maps = maps_of(diffraction_scan((3, 4)))

    assert disks.plot().axes[0].get_ylabel() == "v (px)"
    assert [a.get_title() for a in maps.plot().axes[:4]] == ["vv", "uu", "vu", "rotation"]
