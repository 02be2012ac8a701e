"""Classic band excitation: right parameters, into the file, found again."""

from __future__ import annotations

import numpy as np
import pytest
from usid_made import file  # noqa: F401 - a fixture

from pycroscopy.analysis.utils import be_loop, be_sho
from pycroscopy.simulate import band_excitation_scan

BAND = np.linspace(290e3, 350e3, 119)
COEFFICIENTS = np.array([-1.0, 2.0, -3.0, 3.5, 0.01, 2.0, 2.2, 2.4, 2.6])
BIAS = np.roll(8 * np.interp(np.arange(64), [0, 16, 48, 64], [0, 1, -1, 0]), -16)


def test_guesses_are_those_of_the_oscillator():
    truth = [1.3, 321e3, 90.0, 0.7]
    response = be_sho.SHOfunc(truth, BAND)

    np.testing.assert_allclose(be_sho.SHOestimateGuess(response, BAND), truth, rtol=1e-6)
    fast = be_sho.SHOfastGuess(BAND, response, qual_factor=90)
    np.testing.assert_allclose(fast, truth, rtol=0.15)
    low, high = be_sho.SHOlowerBound(BAND), be_sho.SHOupperBound(BAND)
    assert all(a < t < b for a, t, b in zip(low, truth, high, strict=True))


@pytest.fixture
def scan(file):  # noqa: F811 - the fixture
    """Six positions, two steps of a bias, 119 frequencies; the frequency varies fastest."""
    import pyUSID

    made = band_excitation_scan((6, 2), noise=3.0)
    values = np.asarray(made.data).reshape(6, -1).astype(np.complex64)
    main = pyUSID.hdf_utils.write_main_dataset(
        file, values, "Raw", "Deflection", "V", pyUSID.Dimension("X", "nm", 6),
        [pyUSID.Dimension("Frequency", "Hz", BAND), pyUSID.Dimension("Bias", "V", [-1.0, 1.0])],
    )  # fmt: skip
    return main, made.truth


def test_resonances_are_fitted_into_the_file(scan):
    from pycroscopy.analysis import BESHOfitter

    main, truth = scan
    fitter = BESHOfitter(main, cores=1)

    fit = fitter.do_fit()
    guess = fitter.do_guess()

    assert fit.shape == (6, 2)
    assert fit.spec_dim_labels == ["Bias"]
    error = fit["Frequency [Hz]"] - truth["resonance_frequency"]
    # noise of 3 at a height of 100: the bound is 31 Hz
    assert np.sqrt(np.mean(error**2)) < 2 * 31
    coarse = guess["Frequency [Hz]"] - truth["resonance_frequency"]
    assert np.sqrt(np.mean(coarse**2)) < 500
    assert np.all(fit["R2 Criterion"] >= guess["R2 Criterion"] - 1e-5)
    assert np.all(fit["R2 Criterion"] > 0.9)


def test_a_resonance_is_tried_and_found_again(scan):
    from pycroscopy.analysis import BESHOfitter

    main, truth = scan
    guess, fit = BESHOfitter(main, cores=1).test(pixel_ind=3)
    assert "Raw-SHO_Fit_000" not in main.parent
    np.testing.assert_allclose(fit["Quality Factor"], truth["quality_factor"][3], rtol=0.2)
    assert guess.shape == (2,)

    group = BESHOfitter(main, cores=1).compute()
    assert BESHOfitter(main, cores=1).compute() == group
    np.testing.assert_allclose(group["Fit"][3]["Quality Factor"], fit["Quality Factor"])


def test_spectra_without_a_resonance_are_nan(file):  # noqa: F811 - the fixture
    import pyUSID
    from pycroscopy.analysis import BESHOfitter

    values = np.stack([be_sho.SHOfunc([1, 320e3, 100, 0.5], BAND), np.zeros(119), 0 * BAND + 1j])
    main = pyUSID.hdf_utils.write_main_dataset(
        file, values.astype(np.complex128), "Raw", "Deflection", "V",
        pyUSID.Dimension("X", "nm", 3), pyUSID.Dimension("Frequency", "Hz", BAND),
    )  # fmt: skip

    fit = BESHOfitter(main, cores=1).compute()["Fit"][()]

    assert fit["Frequency [Hz]"][0, 0] == pytest.approx(320e3, rel=1e-6)
    assert np.isnan(fit["Frequency [Hz]"][1:]).all()


def test_real_data_and_other_dimensions_are_refused(file):  # noqa: F811 - the fixture
    import pyUSID
    from pycroscopy.analysis import BESHOfitter

    for number, (values, message) in enumerate(
        ((np.ones((2, 5)), "complex spectra"), (1j * np.ones((2, 5)), "has to be 'Frequency'"))
    ):
        main = pyUSID.hdf_utils.write_main_dataset(
            file.create_group(f"Measurement_{number}"), values, "Raw", "a", "V",
            pyUSID.Dimension("X", "nm", 2), pyUSID.Dimension("Bias", "V", 5),
        )  # fmt: skip
        with pytest.raises((TypeError, ValueError), match=message):
            BESHOfitter(main)


def test_loops_are_fitted_and_told_from_lines():
    loop = be_loop.loop_fit_function(BIAS, COEFFICIENTS)
    noisy = loop + 0.02 * np.random.default_rng(0).standard_normal(64)

    found, criteria, fitted = be_loop.fit_loop(BIAS, noisy, be_loop.generate_guess(BIAS, noisy))
    exact, _, _ = be_loop.fit_loop(BIAS, loop, COEFFICIENTS * 1.1)

    np.testing.assert_allclose(exact.x, COEFFICIENTS, atol=1e-4)
    assert np.sqrt(np.mean((fitted - loop) ** 2)) < 0.015
    assert found.success
    assert criteria[0] < criteria[2]
    assert criteria[1] < criteria[3]
    line = 0.1 * BIAS + 0.02 * np.random.default_rng(1).standard_normal(64)
    _, straight, _ = be_loop.fit_loop(BIAS, line, COEFFICIENTS)
    assert straight[3] < straight[1]


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.2])
def test_a_loop_is_projected_at_any_angle(angle):
    loop = be_loop.loop_fit_function(BIAS, COEFFICIENTS)
    response = loop * np.exp(1j * angle)

    found = be_loop.projectLoop(BIAS, np.abs(response), np.angle(response))

    np.testing.assert_allclose(found["Projected Loop"], loop, atol=1e-9)
    assert found["Rotation Matrix"] == pytest.approx((angle, 0.0), abs=1e-9)
    assert found["Geometric Area"] == pytest.approx(13, rel=0.02)
    turned = be_loop.get_rotation_matrix(angle) @ [1, 0]
    np.testing.assert_allclose(turned, [np.cos(angle), np.sin(angle)])


def test_coefficients_mean_what_the_loop_shows():
    found = be_loop.calc_switching_coef_vec([COEFFICIENTS, COEFFICIENTS], 0.03)

    assert found.shape == (2, 1)
    # values of the released package; the biases of nucleation on a grid there
    told = found[1, 0]
    assert list(told)[:7] == pytest.approx([3.5, -3.0, 0.25, 1.0, -1.0, 2.0, 13.0])
    assert list(told)[7:] == pytest.approx([0.339, -0.042], abs=2e-3)
    flat = [*COEFFICIENTS]
    flat[4] = 0.0
    at = np.array([told["Nucleation Bias 2"], told["Nucleation Bias 1"]])
    np.testing.assert_allclose(
        be_loop.loop_fit_function(at, flat), [1 - 0.03 * 2, -1 + 0.03 * 2], atol=1e-9
    )
    by_name = be_loop.get_switching_coefs((0.1, 0.2), COEFFICIENTS)
    assert by_name["Work of Switching"] == pytest.approx(13)
    with pytest.raises(ValueError, match="a share"):
        be_loop.calc_switching_coef_vec(COEFFICIENTS, 1.5)


def test_derivatives_are_those_of_the_loop():
    slopes = be_loop.loop_fit_jacobian(BIAS, COEFFICIENTS)

    assert slopes.shape == (64, 9)
    step = np.array([0, 0, 1e-3, -2e-3, 0, 1e-3, 0, 0, 1e-3])
    change = be_loop.loop_fit_function(BIAS, COEFFICIENTS + step) - be_loop.loop_fit_function(
        BIAS, COEFFICIENTS
    )
    np.testing.assert_allclose(slopes @ step, change, atol=2e-6)
