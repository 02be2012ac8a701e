"""X-rays against what was simulated, and errors against their spread."""

from __future__ import annotations

from dataclasses import replace

import dask
import dask.array as da
import numpy as np
import pytest

import sidpy
from pycroscopy.simulate import emission_image
from pycroscopy.spectroscopy import (
    Detector,
    calibrate,
    cliff_lorimer,
    fit_lines,
    fit_sum,
    window_intensities,
    xray_families,
    zeta_factor_method,
    zeta_factors,
)
from sidpy.sid import operations

ELEMENTS = ["O", "Si", "Ti", "Fe"]


@pytest.fixture(autouse=True)
def _with_data():
    pytest.importorskip("xraylib")


@pytest.fixture(scope="module")
def noisy():
    pytest.importorskip("xraylib")
    return emission_image((40, 50), photons=1e4, seed=1)


@pytest.fixture(scope="module")
def fitted(noisy):
    return fit_lines(noisy.data, ELEMENTS).persist()


def on_axis(values, energy, units="eV"):
    data = sidpy.Dataset.from_array(values, title="film", units="counts")
    axis = sidpy.Dimension(energy, "energy", "energy", units, "SPECTRAL")
    data.set_dimension(data.ndim - 1, axis)
    return data


def covered(found, errors, truth):
    """Return bias in units of the spread, and the share within an error."""
    off = np.asarray(found) - truth
    return abs(off.mean() / off.std()), np.mean(np.abs(off) < np.asarray(errors))


def test_noiseless_intensities_are_exact_with_axes_and_history():
    made = emission_image((3, 5), photons=None, detector=Detector(135.0, escape=True))

    found = fit_lines(made.data, ELEMENTS, detector=made.detector)

    for name, truth in made.intensities.items():
        np.testing.assert_allclose(found[name].compute(), truth, atol=1e-8)
    np.testing.assert_allclose(found.fitted().compute()[..., 20:], made.data.compute()[..., 20:])
    assert np.nanmax(np.abs(found.residual().compute())) < 1e-9
    summed = np.nansum(found.background().compute(), axis=-1)
    np.testing.assert_allclose(
        summed[0] / made.background[0], summed[0, 0] / made.background[0, 0]
    )
    assert found["Ti_K"]._axes[1].units == "nm"
    assert found.background()._axes[2].units == "eV"
    assert found["Ti_K"].history[-1].function == "pycroscopy.spectroscopy.fit_lines"


@pytest.mark.parametrize("name", ["O_K", "Si_K", "Ti_K", "Ti_L", "Fe_K", "Fe_L"])
def test_intensities_are_found_to_their_errors(noisy, fitted, name):
    bias, share = covered(fitted[name], fitted.errors[name], noisy.intensities[name])

    assert bias < 0.08
    assert 0.65 < share < 0.715


def test_spectra_of_few_counts_have_no_bias():
    made = emission_image((40, 50), photons=60, seed=2)

    found = fit_lines(made.data, ELEMENTS)

    for name in ("O_K", "Si_K", "Ti_K"):
        off = found[name].compute() - made.intensities[name]
        assert abs(off.mean() / off.std()) < 0.08
    assert abs(found.misfit.compute().mean() - 1) < 0.2


def test_lines_that_are_not_there_are_within_their_errors():
    shares = {"O": 0.3, "Si": 0.5, "Fe": 0.7 * (np.arange(40) < 4)}
    made = emission_image((50, 40), composition=shares, photons=1e3, seed=2)

    found = fit_lines(made.data, ["O", "Si", "Fe"])

    values, errors = found["Fe_K"].compute()[:, 4:], found.errors["Fe_K"].compute()[:, 4:]
    assert abs(values.mean() / values.std()) < 0.08
    assert 0.65 < np.mean(np.abs(values) < errors) < 0.735


def test_errors_follow_the_gain(noisy, fitted):
    found = fit_lines(4.0 * noisy.data[:3], ELEMENTS, gain=4.0, mean=4.0 * noisy.data.mean((0, 1)))

    np.testing.assert_allclose(found["Fe_K"], 4 * fitted["Fe_K"][:3], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.errors["Fe_K"], 4 * fitted.errors["Fe_K"][:3], rtol=1e-6)
    np.testing.assert_allclose(found.misfit, fitted.misfit[:3], rtol=1e-6)


def test_overlapping_lines_are_told_apart():
    """The Kb of titanium lies on the Ka of vanadium."""
    shares = {"Ti": 0.5, "V": np.linspace(0, 0.1, 30), "O": 0.4}
    made = emission_image((40, 30), composition=shares, photons=3e4)

    found = fit_lines(made.data, ["Ti_K", "Ti_L", "V_K", "V_L", "O_K"])

    bias, share = covered(found["V_K"], found.errors["V_K"], made.intensities["V_K"])
    assert bias < 0.08
    assert 0.64 < share < 0.72
    weight = cliff_lorimer(found, {name: made.zeta[name] for name in ("Ti_K", "V_K", "O_K")})
    bias, share = covered(weight.weight["V"], weight.weight_errors["V"], made.weight["V"])
    assert bias < 0.08
    assert 0.64 < share < 0.72


def test_the_axis_and_the_resolution_are_found_to_their_errors():
    made = emission_image((30, 10), photons=1e4, detector=137.0)
    moved = calibrate(made.data, offset=-12.0, scale=1.003)

    found = fit_sum(moved, ELEMENTS)

    scale = 1 / 1.003
    for name, truth in (("offset", 12 * scale), ("scale", scale), ("resolution", 137.0)):
        off = found.calibration[name] - truth
        assert abs(off) < 4 * found.calibration_errors[name]
    assert found.calibration_errors["offset"] < 0.2
    for name, value in found.intensities.items():
        assert abs(value - made.intensities[name].sum()) < 4 * found.errors[name]
    again = found.calibrated(moved)
    np.testing.assert_allclose(again._axes[2].values, made.data._axes[2].values, atol=0.5)
    assert 0.8 < found.misfit < 1.2
    fixed = fit_sum(made.data, ELEMENTS, detector=137.0, free=())
    assert fixed.calibration == {"offset": 0.0, "scale": 1.0, "resolution": 137.0}


def test_calibrations_spread_as_their_errors():
    pulls = []
    for seed in range(30):
        made = emission_image((1, 2), photons=2e4, seed=seed)
        found = fit_sum(made.data, ["O", "Si", "Ti", "Fe_K"])
        pulls.append([
            (found.calibration["offset"]) / found.calibration_errors["offset"],
            (found.calibration["scale"] - 1) / found.calibration_errors["scale"],
            (found.calibration["resolution"] - 130) / found.calibration_errors["resolution"],
        ])  # fmt: skip

    spread = np.sqrt(np.mean(np.square(pulls), axis=0))
    assert (spread > 0.65).all()
    assert (spread < 1.4).all()


def test_windows_give_the_same_where_lines_are_alone(noisy):
    found = window_intensities(noisy.data, ["Si_K", "Ti_K", "Fe_K"])

    for name in found.intensities:
        bias, share = covered(found[name], found.errors[name], noisy.intensities[name])
        assert bias < 0.15
        assert 0.64 < share < 0.72
    bare = emission_image((2, 3), photons=None, background=0.0, composition={"Si": 1, "Fe": 1})
    exact = window_intensities(bare.data, ["Si_K", "Fe_K"], beside=0)
    np.testing.assert_allclose(exact["Fe_K"], bare.intensities["Fe_K"], rtol=1e-9)


@pytest.mark.parametrize("angle", [None, 22.0])
def test_compositions_are_exact_without_noise(angle):
    thick = np.linspace(20, 400, 5)
    made = emission_image((3, 5), photons=None, take_off_angle=angle, thickness=thick)
    names = ["O_K", "Si_K", "Ti_K", "Fe_K"]
    counts = {name: made.intensities[name] for name in names}
    zeta = {name: made.zeta[name] for name in names}

    found = zeta_factor_method(counts, zeta, made.electrons, take_off_angle=angle)
    known = {} if angle is None else {
        "take_off_angle": angle, "mass_thickness": made.mass_thickness,
    }  # fmt: skip
    ratio = cliff_lorimer(counts, {name: 7 * value for name, value in zeta.items()}, **known)

    np.testing.assert_allclose(found.mass_thickness, made.mass_thickness, rtol=1e-9)
    for result in (found, ratio):
        for element in made.weight:
            np.testing.assert_allclose(result.weight[element], made.weight[element], atol=1e-8)
            np.testing.assert_allclose(result.atomic[element], made.atomic[element], atol=1e-8)
    assert ratio.mass_thickness is None
    assert found.weight["Fe"].units == "%"


def test_errors_of_a_composition_cover_with_absorption_too():
    shares = {"O": 0.45, "Si": 0.2, "Ti": 0.3, "Fe": 0.05}
    film = {"take_off_angle": 20.0, "thickness": 150.0}
    made = emission_image((30, 40), composition=shares, photons=1e4, **film)
    names = ["O_K", "Si_K", "Ti_K", "Fe_K"]
    zeta = {name: made.zeta[name] for name in names}
    masses = {name: np.mean(made.mass_thickness * w / 100) for name, w in made.weight.items()}
    lines = fit_lines(made.data, ELEMENTS, masses=masses, take_off_angle=20.0)

    found = zeta_factor_method(lines, zeta, made.electrons, take_off_angle=20.0)

    values = dask.compute(found.to_datasets())[0]
    for element, kind in (("Ti", "weight"), ("Fe", "atomic"), ("O", "atomic")):
        name = f"{element}_{kind}"
        truth = getattr(made, kind)[element]
        bias, share = covered(values[name], values[f"{name}_errors"], truth)
        assert bias < 0.1
        assert 0.64 < share < 0.72
    errors = values["mass_thickness_errors"]
    bias, share = covered(values["mass_thickness"], errors, made.mass_thickness)
    assert bias < 0.15
    assert 0.64 < share < 0.72


def test_errors_of_factors_are_part_of_those_of_the_composition():
    counts = {"Si_K": 4e9, "Fe_K": 6e9}
    k = {"Si_K": 1.0, "Fe_K": 1.5}
    rng = np.random.default_rng(0)
    drawn = rng.normal(1.5, 0.1, 4000)

    found = cliff_lorimer(counts, k, k_errors={"Fe_K": 0.1})

    shares = 100 * drawn * 6 / (4 + drawn * 6)
    assert abs(float(found.weight_errors["Fe"].compute()) / shares.std() - 1) < 0.05
    assert np.isclose(float(found.weight["Fe"].compute()), 100 * 9 / 13)


def test_results_are_lazy_and_the_same_in_any_chunks(noisy, fitted):
    values = np.asarray(noisy.data)[:5, :7]
    known = {"mean": noisy.data.mean((0, 1)), "beam_energy": 2e5}
    data = noisy.data[:5, :7]
    whole = fit_lines(data.like_data(values), ELEMENTS, **known)
    pieces = fit_lines(data.like_data(values).rechunk((2, 3, 100)), ELEMENTS, **known)

    assert isinstance(whole["O_K"], da.Array)
    assert pieces["O_K"].numblocks == (3, 3)
    np.testing.assert_allclose(whole["Fe_K"], pieces["Fe_K"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(whole["Fe_K"], np.asarray(fitted["Fe_K"])[:5, :7], atol=1e-6)


@pytest.mark.parametrize("kind", ["<u2", ">u2", ">f4", "<i8", "bool"])
def test_numbers_of_any_kind_are_counts(noisy, kind):
    values = np.asarray(noisy.data)[:3, :2]
    data = noisy.data[:3, :2].like_data(values.astype(kind))

    found = fit_lines(data, ELEMENTS)
    expected = fit_lines(noisy.data[:3, :2].like_data(values.astype(kind).astype(float)), ELEMENTS)

    np.testing.assert_array_equal(found["Si_K"].compute(), expected["Si_K"].compute())


def test_an_axis_in_kev_is_one_of_energies():
    made = emission_image((2, 3), photons=None)
    data = on_axis(np.asarray(made.data), 0.01 * np.arange(1024), "keV")

    found = fit_lines(data, ELEMENTS, beam_energy=2e5)

    np.testing.assert_allclose(found["Ti_K"], made.intensities["Ti_K"], atol=1e-6)
    assert found.fitted()._axes[2].units == "eV"
    with pytest.raises(ValueError, match="in 'nm'; expected energies of X-rays in eV or keV"):
        fit_lines(on_axis(np.ones((2, 1024)), np.arange(1024.0), "nm"), "Fe", beam_energy=2e5)
    # energies in keV that say nothing of it
    with pytest.raises(ValueError, match="channels from 150"):
        fit_lines(on_axis(np.ones((2, 1024)), 0.01 * np.arange(1024)), "Fe", beam_energy=2e5)


def test_what_is_missing_costs_nothing_else():
    made = emission_image((3, 4), photons=1e4)
    values = np.asarray(made.data, float)
    clean = fit_lines(made.data, ELEMENTS)["Ti_K"].compute()
    values[0, 1, 700:720] = np.nan
    values[1, 2] = np.nan
    values[2, 3] = 0
    masked = np.ma.masked_array(
        np.asarray(made.data), np.arange(12288).reshape(3, 4, 1024) % 1024 == 900
    )

    found = fit_lines(made.data.like_data(values), ELEMENTS)
    again = fit_lines(made.data.like_data(da.from_array(masked)), ELEMENTS)["Ti_K"].compute()

    maps = found["Ti_K"].compute()
    assert np.argwhere(np.isnan(maps)).tolist() == [[1, 2], [2, 3]]
    np.testing.assert_allclose(maps[0, :3], clean[0, :3], rtol=0.02, atol=20)
    np.testing.assert_allclose(again, clean, rtol=0.02, atol=20)
    parts = cliff_lorimer(found, {"Ti_K": 1.0, "Si_K": 1.0})
    assert np.isnan(parts.weight["Ti"].compute()).sum() == 2


@pytest.mark.filterwarnings("error")
def test_strange_spectra_give_no_false_numbers_and_no_warning():
    energy = 10.0 * np.arange(1024)
    options = {"beam_energy": 2e5}
    for strange in (np.zeros((2, 3, 1024)), np.full((2, 3, 1024), np.nan), -np.ones((2, 1024))):
        with pytest.raises(ValueError, match="no counts in the mean spectrum"):
            fit_lines(on_axis(strange, energy), "Fe_K", **options)
        with pytest.raises(ValueError, match="no counts in the mean spectrum"):
            fit_sum(on_axis(strange, energy), "Fe_K", **options)
    flat = fit_lines(on_axis(np.ones((2, 1024)), energy), "Fe_K", **options)
    assert np.isfinite(flat["Fe_K"].compute()).all()
    noise = np.random.default_rng(0).normal(0.5, 3, (50, 1024))
    assert fit_lines(on_axis(noise, energy), "Fe_K", **options)["Fe_K"].compute().shape == (50,)
    one = fit_lines(on_axis(np.ones(1024), energy), "Fe_K", **options)
    assert one["Fe_K"].shape == ()
    with pytest.raises(ValueError, match="no spectra"):
        fit_lines(on_axis(np.ones((0, 1024)), energy), "Fe_K", **options)


def test_what_cannot_be_fitted_is_refused():
    energy = 10.0 * np.arange(1024)
    data = on_axis(np.ones((2, 1024)), energy)
    known = {"beam_energy": 2e5}
    with pytest.raises(ValueError, match="give beam_energy in eV"):
        fit_lines(data, "Fe")
    with pytest.raises(ValueError, match="a beam of 200 eV"):
        fit_lines(data, "Fe", beam_energy=200)
    with pytest.raises(TypeError, match="X-rays are counted in real numbers"):
        fit_lines(np.ones(1024, complex), "Fe", **known)
    with pytest.raises(ValueError, match="at least 3 channels"):
        fit_lines(np.ones((4, 2)), "Fe", **known)
    with pytest.raises(ValueError, match="for 4 shapes"):
        fit_lines(data, "Fe_K", window=(6390, 6430), **known)
    with pytest.raises(ValueError, match="equal steps"):
        fit_lines(on_axis(np.ones(99), np.geomspace(100, 9000, 99)), "Fe", **known)
    with pytest.raises(ValueError, match="no element has the symbol 'Xx'"):
        fit_lines(data, ["Fe", "Xx"], **known)
    with pytest.raises(ValueError, match="of the order 9"):
        fit_lines(data, "Fe", order=9, **known)
    with pytest.raises(ValueError, match="a gain of 0"):
        fit_lines(data, "Fe", gain=0, **known)
    with pytest.raises(ValueError, match="a gain of -1"):
        fit_sum(data, "Fe", gain=-1, **known)
    with pytest.raises(TypeError, match="its resolution in eV, found str"):
        fit_lines(data, "Fe", detector="SDD", **known)
    with pytest.raises(ValueError, match="masses None below 20 degrees; give both"):
        fit_lines(data, "Fe", take_off_angle=20, **known)
    with pytest.raises(ValueError, match="a mean spectrum from"):
        fit_lines(data, "Fe", mean=on_axis(np.ones(1024), energy + 100), **known)
    with pytest.raises(ValueError, match="expected some of"):
        fit_sum(data, "Fe", free=["width"], **known)
    with pytest.raises(ValueError, match="a scale of 0"):
        calibrate(data, scale=0)
    with pytest.raises(ValueError, match="expected none below 0"):
        window_intensities(data, "Fe", gap=-1, **known)
    with pytest.raises(ValueError, match="0 channels from"):
        window_intensities(data[:, :650], "Fe_K", **known)


def test_families_of_the_same_shape_are_refused():
    data = on_axis(np.ones((2, 1024)), 10.0 * np.arange(1024))
    known = {"beam_energy": 2e5}
    iron = xray_families("Fe_K")[0]
    with pytest.raises(ValueError, match="cannot be told apart"):
        fit_lines(data, [iron, replace(iron, element="Xx")], **known)
    with pytest.raises(ValueError, match="cannot be told apart"):
        fit_sum(data, [iron, replace(iron, element="Xx")], **known)


def test_what_cannot_be_quantified_is_refused():
    counts = {"Fe_K": np.ones((2, 3)), "O_K": np.ones((2, 3)), "Fe_L": np.ones((2, 3))}
    k = {"Fe_K": 1.0, "O_K": 2.0}
    with pytest.raises(ValueError, match="intensities of"):
        cliff_lorimer(counts, {"Si_K": 1.0})
    with pytest.raises(ValueError, match="one family for each element"):
        cliff_lorimer(counts, {"Fe_K": 1.0, "Fe_L": 1.0})
    with pytest.raises(ValueError, match="expected numbers above 0"):
        cliff_lorimer(counts, {"Fe_K": 1.0, "O_K": 0.0})
    with pytest.raises(ValueError, match="give both"):
        cliff_lorimer(counts, k, take_off_angle=20)
    with pytest.raises(ValueError, match="errors of factors of"):
        cliff_lorimer(counts, k, k_errors={"Si_K": 0.1})
    with pytest.raises(ValueError, match="take-off angle of 100"):
        zeta_factor_method(counts, k, 1e9, take_off_angle=100)
    with pytest.raises(ValueError, match=r"numbers of shape \(4,\)"):
        zeta_factor_method(counts, k, np.ones(4))
    with pytest.raises(ValueError, match="expected more than 0"):
        zeta_factor_method(counts, k, 0)
    with pytest.raises(ValueError, match="expected the same"):
        cliff_lorimer({"Fe_K": np.ones(2), "O_K": np.ones(3)}, k)
    with pytest.raises(TypeError, match="mapping of families to counts"):
        cliff_lorimer(np.ones((2, 3)), k)
    nothing = cliff_lorimer({"Fe_K": np.zeros(2), "O_K": np.array([0.0, np.nan])}, k)
    assert np.isnan(nothing.weight["Fe"].compute()).all()


def test_simulations_repeat_and_keep_what_is_asked():
    first, second = (emission_image((4, 9), photons=500, seed=3) for _ in range(2))
    other = emission_image((4, 9), photons=500, seed=4)

    np.testing.assert_array_equal(first.data.compute(), second.data.compute())
    assert (first.data.compute() != other.data.compute()).any()
    total = first.data.compute().sum(axis=-1)
    assert abs(total.mean() / 500 - 1) < 0.05
    assert abs(sum(first.weight.values()) - 100).max() < 1e-9
    assert abs(sum(first.atomic.values()) - 100).max() < 1e-9
    large = emission_image((20000, 3), photons=10)
    assert large.data.shape == (20000, 3, 1024)
    assert large.data[:2].compute().shape == (2, 3, 1024)
    with pytest.raises(ValueError, match="none below 0"):
        emission_image(composition={"Fe": -1.0, "O": 2.0})
    with pytest.raises(ValueError, match="expected more than 0"):
        emission_image(thickness=0)
    with pytest.raises(ValueError, match="expected 0 to below 1"):
        emission_image(background=1.0)
    with pytest.raises(ValueError, match="'Xx'"):
        emission_image(composition={"Xx": 1.0})


def test_results_are_made_again_from_their_history():
    made = emission_image((2, 3), photons=1e4)
    lines = fit_lines(made.data, ["O", "Ti_K"], detector=Detector(135.0, escape=True))
    k = zeta_factors(["O_K", "Ti_K"], beam_energy=2e5)
    shares = cliff_lorimer(lines, k)
    for result, inputs in (
        (lines["Ti_K"], [made.data]),
        (window_intensities(made.data, "Ti_K").errors["Ti_K"], [made.data]),
        (fit_sum(made.data, ["O", "Ti_K", "Si_K"]).fitted, [made.data]),
        (shares.atomic["Ti"], [lines.to_dataset()]),
        (calibrate(made.data, offset=3), [made.data]),
    ):
        again = operations.call(result.history[-1], inputs)
        np.testing.assert_array_equal(np.asarray(again), np.asarray(result))


def test_results_are_drawn(noisy):
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    lines = fit_lines(noisy.data[:3, :4], ["O", "Ti"])
    for result in (
        lines,
        window_intensities(noisy.data[:3, :4], "Ti_K"),
        fit_sum(noisy.data[:3, :4], ["O", "Ti", "Si"]),
        cliff_lorimer(lines, {"O_K": 1.0, "Ti_K": 2.0}),
        zeta_factor_method(lines, {"O_K": 1.0, "Ti_K": 2.0}, 1e9),
    ):
        drawn = result.plot(Figure())
        assert drawn.axes
        assert repr(result)
        assert result.to_datasets()
    with pytest.raises(KeyError, match="no family 'Au_L'"):
        lines["Au_L"]


@pytest.mark.distributed
def test_a_cluster_gives_the_same(cluster):
    made = emission_image((6, 7), photons=2e3)
    with dask.config.set(scheduler="threads"):
        expected = cliff_lorimer(fit_lines(made.data, ELEMENTS), {"O_K": 1.0, "Ti_K": 2.0})
        expected = expected.weight["Ti"].compute()

    with cluster.as_current():
        found = cliff_lorimer(fit_lines(made.data, ELEMENTS), {"O_K": 1.0, "Ti_K": 2.0})
        found = found.weight["Ti"].compute()

    np.testing.assert_allclose(found, expected, rtol=1e-9)
