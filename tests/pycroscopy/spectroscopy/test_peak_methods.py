"""What follows from peaks: Raman maps, lattices and crystallites, elements and energies."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

import sidpy
from pycroscopy.simulate import photoemission_map, powder_map, raman_map
from pycroscopy.spectroscopy import (
    Caglioti,
    calibrate_energy,
    crystallite_size,
    fit_caglioti,
    fit_peaks,
    lattice_spacing,
    quantify_elements,
    remove_cosmic_rays,
    williamson_hall,
)
from sidpy.sid import operations


def with_variance(values, spread, units="deg", **metadata):
    data = sidpy.Dataset.from_array(np.asarray(values, float), title="found", units=units)
    data.variance = np.full(data.shape, float(spread) ** 2)
    data.metadata = metadata
    return data


def within(found, truth):
    """Return which share of values is within its error."""
    return np.mean(np.abs(np.asarray(found) - truth) < np.sqrt(np.asarray(found.variance)))


# ------------------------------------------------------------------ simulators


@pytest.mark.parametrize("make", [raman_map, powder_map, photoemission_map])
def test_simulations_are_lazy_seeded_and_the_same_in_blocks(make):
    made, again = make((3, 2), seed=4), make((3, 2), seed=4)
    assert isinstance(made.data, da.Array)
    assert made.data.dtype == np.uint32
    np.testing.assert_array_equal(made.data, again.data)
    assert np.any(np.asarray(made.data) != np.asarray(make((3, 2), seed=5).data))
    clean = np.asarray(make((3, 2), seed=4, counts=None).data)
    for name, values in made.truth.items():
        assert values.shape == (3, 2), name
    p = np.stack(list(made.truth.values()), axis=-1)
    model = made.model.on(made.data._axes[2].values)
    assert model.parameters == tuple(made.truth)
    first, last = (model(p[place], made.data._axes[2].values) for place in ((0, 0), (2, 1)))
    np.testing.assert_allclose(
        clean[2, 1], last * (np.ptp(clean[0, 0]) / np.ptp(first)), rtol=1e-9
    )


def test_a_large_simulation_costs_what_is_looked_at():
    made = raman_map((900, 50), 1001)
    assert made.data.nbytes > 1.5e8
    assert np.asarray(made.data[800, 20]).shape == (1001,)


# ------------------------------------------------------------------ Raman


def test_cosmic_rays_go_and_lines_stay():
    clean = raman_map((9, 11), counts=300.0)
    made = raman_map((9, 11), counts=300.0, cosmic_rays=0.4)
    truth = np.asarray(made.data) != np.asarray(clean.data)
    cleaned, spikes = remove_cosmic_rays(made.data)
    found, values = np.asarray(spikes), np.asarray(cleaned)

    assert 20 < truth.sum() < 60
    assert np.all(found[truth])
    assert found.sum() < 3.2 * truth.sum()
    expected = np.asarray(raman_map((9, 11), counts=None).data) * 0.3
    off = (values - expected)[found] / np.sqrt(expected[found])
    assert np.abs(off).max() < 5
    np.testing.assert_array_equal(values[~found], np.asarray(made.data)[~found])
    assert np.asarray(remove_cosmic_rays(clean.data)[1]).mean() < 2e-4
    assert cleaned._axes[2].units == "1/cm"


def test_cosmic_rays_in_any_chunks_beside_missing_spectra_and_in_one_spectrum():
    values = np.asarray(raman_map((5, 6), counts=300.0, cosmic_rays=0.5).data, float)
    values[2, 3] = np.nan
    whole = [np.asarray(one) for one in remove_cosmic_rays(values)]
    chunked = remove_cosmic_rays(da.from_array(values, chunks=(2, 3, 70)))
    for expected, found in zip(whole, chunked, strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.isnan(whole[0]), np.isnan(values))

    single = np.random.default_rng(0).normal(100, 1, 99)
    single[40] += 200
    np.testing.assert_array_equal(np.flatnonzero(remove_cosmic_rays(single)[1]), [39, 40, 41])
    with pytest.raises(TypeError, match="real"):
        remove_cosmic_rays(np.ones((3, 30), complex))


def test_the_ratio_of_bands_is_found_with_its_error():
    made = raman_map((20, 24), counts=300.0)
    found = fit_peaks(made.data, made.model, noise="poisson")
    ratio = found.ratio("D", "G", of="height")
    truth = made.truth["D.height"] / made.truth["G.height"]

    assert 0.63 < within(ratio, truth) < 0.73
    assert ratio.shape == (20, 24)
    assert ratio._axes[0].units == "nm"


# ------------------------------------------------------------------ diffraction


def test_planes_crystallites_and_strain_of_a_known_powder():
    size, strain = np.linspace(20e-9, 60e-9, 12).reshape(3, 4), 1e-3
    made = powder_map((3, 4), size=size, strain=strain, counts=None)
    found = fit_peaks(made.data, made.model)
    places = [found[f"{line}.center"] for line in found.lines]
    widths = [found.fwhm(line) for line in found.lines]

    spacing = lattice_spacing(places[0])
    np.testing.assert_allclose(spacing, 5.431e-10 / np.sqrt(3), rtol=1e-9)
    assert spacing.units == "m"
    both = williamson_hall([one.persist() for one in places], [one.persist() for one in widths])
    np.testing.assert_allclose(both.size, size, rtol=1e-6)
    np.testing.assert_allclose(both.strain, strain, rtol=1e-6)
    alone = crystallite_size(places[0], widths[0])
    theta = np.arcsin(1.540593 / 2 / 5.431 * np.sqrt(3))
    inverse = 1 / size + 4 * strain * np.sin(theta) / (0.9 * 1.540593e-10)
    np.testing.assert_allclose(alone, 1 / inverse, rtol=1e-6)
    assert spacing.history[-1].function == "pycroscopy.spectroscopy.lattice_spacing"


@pytest.mark.parametrize("profile", ["lorentzian", "gaussian"])
def test_sizes_and_strains_without_the_instrument_have_errors_that_cover(profile):
    rng, shape, wave = np.random.default_rng(0), (40, 50), 1.54e-10
    angles, instrument = [30.0, 50.0, 70.0, 90.0], Caglioti(0.002, -0.001, 0.004, np.eye(3))
    widths, spread = [], 2e-3
    for angle in angles:
        theta = np.deg2rad(angle / 2)
        parts = np.rad2deg([0.9 * wave / (30e-9 * np.cos(theta)), 4 * 2e-3 * np.tan(theta)])
        power = 1 if profile == "lorentzian" else 2
        full = (np.sum(parts**power) + instrument.width(angle) ** power) ** (1 / power)
        widths.append(with_variance(full + spread * rng.standard_normal(shape), spread))
    places = [with_variance(np.full(shape, angle), 1e-4) for angle in angles]
    found = williamson_hall(
        places, widths, wavelength=wave, instrument=instrument, profile=profile
    )

    assert 0.64 < within(found.size, 30e-9) < 0.72
    assert 0.64 < within(found.strain, 2e-3) < 0.72
    assert float(np.mean(found.reduced_chi_squared)) == pytest.approx(1, abs=0.1)
    alone = crystallite_size(places[0], widths[0], wavelength=wave, instrument=100.0)
    assert np.isnan(np.asarray(alone)).all()
    again = operations.call(found.size.history[-1], [*places, *widths])
    np.testing.assert_array_equal(again, found.size)
    assert len(found.plot().axes) == 4


def test_errors_of_distances_and_of_the_resolution_cover():
    rng = np.random.default_rng(1)
    found = lattice_spacing(with_variance(40 + 0.01 * rng.standard_normal(4000), 0.01),
                            wavelength=1.54e-10)  # fmt: skip
    assert 0.66 < within(found, 1.54e-10 / 2 / np.sin(np.deg2rad(20))) < 0.70

    truth, angle = Caglioti(0.02, -0.01, 0.01, np.eye(3)), np.linspace(20, 130, 9)
    inside = []
    for _ in range(600):
        width = truth.width(angle) + 1e-3 * rng.standard_normal(9)
        fit = fit_caglioti(angle, width, np.full(9, 1e-3))
        inside.append(np.abs(np.array(fit[:3]) - truth[:3]) < np.sqrt(np.diag(fit.covariance)))
    assert 0.63 < np.mean(inside) < 0.73


def test_diffraction_without_what_it_takes():
    angle = np.array([30.0, 40.0])
    with pytest.raises(ValueError, match="wavelength"):
        lattice_spacing(angle)
    with pytest.raises(ValueError, match="degrees"):
        lattice_spacing(with_variance(angle, 0.1, "rad"), wavelength=1e-10)
    with pytest.raises(ValueError, match="two or more"):
        williamson_hall([angle], [angle], wavelength=1e-10)
    with pytest.raises(ValueError, match="four"):
        fit_caglioti(angle, angle)
    with pytest.raises(ValueError, match="gaussian"):
        crystallite_size(angle, angle, wavelength=1e-10, profile="voigt")
    known = with_variance([30.0, 200.0], 0.1, experiment={"wavelength": 1.54e-10})
    np.testing.assert_array_equal(np.isnan(np.asarray(lattice_spacing(known))), [False, True])


# ------------------------------------------------------------------ photoemission


def test_shares_of_elements_have_errors_that_cover():
    rng = np.random.default_rng(2)
    expected = {"C": 1.0 * 0.5 * 1000, "O": 2.93 * 0.9 * 0.3 * 1000, "Si": 0.82 * 0.2 * 1000}
    areas = {
        name: with_variance(value * (1 + 0.05 * rng.standard_normal(5000)), 0.05 * value, "counts")
        for name, value in expected.items()
    }
    found = quantify_elements(areas, {"C": 1.0, "O": 2.93, "Si": 0.82}, transmission={"O": 0.9})
    for name, truth in {"C": 0.5, "O": 0.3, "Si": 0.2}.items():
        assert 0.66 < within(found[name], truth) < 0.70, name
    np.testing.assert_allclose(sum(np.asarray(one) for one in found.values()), 1)
    with pytest.raises(ValueError, match="Si"):
        quantify_elements(areas, {"C": 1.0, "O": 2.93})


def test_an_axis_is_shifted_to_a_reference():
    made = photoemission_map((2, 3))
    found = fit_peaks(made.data, made.model, noise="poisson")
    shifted = calibrate_energy(made.data, found["metal.center"], 31.0)

    np.testing.assert_allclose(
        shifted._axes[2].values - made.data._axes[2].values, -0.3, atol=0.01
    )
    np.testing.assert_array_equal(shifted, made.data)
    assert shifted._axes[2].units == "eV"
    assert shifted.title == made.data.title
    with pytest.raises(ValueError, match="finite"):
        calibrate_energy(made.data, np.full(3, np.nan), 31.0)


def test_an_oxide_is_measured_beside_its_metal():
    oxide = np.tile(np.linspace(0.1, 0.6, 24), (20, 1))
    made = photoemission_map((20, 24), oxide=oxide)
    found = fit_peaks(made.data, made.model, noise="poisson")
    share = found.share("oxide")
    x = found.x
    parts = [
        found.model.components[found.model.labels.index(name)].area(
            np.stack([made.truth[k].ravel() for k in found.names if k.startswith(name)], axis=1), x
        )
        for name in ("oxide", "metal")
    ]
    truth = (parts[0] / (parts[0] + parts[1])).reshape(20, 24)

    assert found.n_failed == 0
    assert 0.63 < within(share, truth) < 0.73
