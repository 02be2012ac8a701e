"""Energy losses against what was simulated, and errors against their spread."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

import sidpy
from pycroscopy.simulate import core_losses, low_losses
from pycroscopy.spectroscopy import (
    align_zero_loss,
    elastic_part,
    elemental_map,
    fit_background,
    fourier_log,
    fourier_ratio,
    inelastic_part,
    kramers_kronig,
    relative_thickness,
    remove_background,
    zero_loss,
)
from sidpy.sid import operations


def spectra(values, energy, units="eV"):
    data = sidpy.Dataset.from_array(np.asarray(values), title="film", units="counts")
    last = data.ndim - 1
    data.set_dimension(last, sidpy.Dimension(energy, "energy", "energy", units, "SPECTRAL"))
    return data


def pull(found, errors, truth):
    """Return mean and spread of what is found, in units of its error."""
    off = (np.asarray(found) - truth) / np.asarray(errors)
    return abs(off.mean()), off.std()


def test_the_zero_loss_is_found_to_its_error_with_axes_and_history():
    made = low_losses((20, 30), channels=400, electrons=3000, thickness=0.5)

    found = zero_loss(made.data)

    mean, spread = pull(found.position, found.position_errors, made.shift)
    assert mean < 0.15, mean
    assert 0.9 < spread < 1.15, spread
    mean, spread = pull(found.width, found.width_errors, made.width)
    assert mean < 0.5, mean
    assert 0.85 < spread < 1.2, spread
    assert found.position.units == "eV"
    assert found.position._axes[1].units == "nm"
    assert found.position.history[-1].function == "pycroscopy.spectroscopy.zero_loss"


def test_aligned_spectra_have_their_zero_loss_at_zero():
    made = low_losses((5, 4), drift=2.0, electrons=1e6)

    for aligned in (align_zero_loss(made.data), align_zero_loss(made.data, position=made.shift)):
        at = zero_loss(aligned).position.compute()
        assert np.abs(at).max() < 0.01
        assert np.isnan(aligned.compute()).any()


def test_parts_add_up_and_the_elastic_part_is_the_zero_loss():
    made = low_losses((2, 9), electrons=None, width=1.5)

    elastic, rest = elastic_part(made.data).compute(), inelastic_part(made.data).compute()

    np.testing.assert_allclose(elastic + rest, made.data.compute(), atol=1e-12)
    np.testing.assert_allclose(elastic.sum(-1), np.exp(-made.thickness), rtol=0.01)


def test_the_thickness_is_that_of_the_wedge_and_its_error_is_the_spread():
    made = low_losses((6, 9), electrons=None)
    found = relative_thickness(made.data, mean_free_path=100).value.compute()
    np.testing.assert_allclose(found, 100 * made.thickness, rtol=0.02, atol=1)

    made = low_losses((30, 20), electrons=2e4, thickness=0.8, drift=0.0)
    found = relative_thickness(made.data, cut=2.0)
    value, error = found.value.compute(), found.errors.compute()
    assert 0.9 < value.std() / error.mean() < 1.1


@pytest.mark.parametrize("gain", [1.0, 4.0])
def test_backgrounds_are_found_to_their_errors_whatever_the_gain(gain):
    made = core_losses((25, 24), edges={}, electrons=2e4, seed=3)
    data = gain * made.data

    fit = fit_background(data, (200, 400), gain=gain)

    mean, spread = pull(fit.exponent, fit.exponent_errors, 3.0)
    assert mean < 0.15
    assert 0.9 < spread < 1.1
    assert abs(fit.misfit.compute().mean() - 1) < 0.02
    found = fit.signal((400, 500))
    mean, spread = pull(found.signal, found.errors, 0.0)
    assert mean < 0.15
    assert 0.9 < spread < 1.1
    inside = (np.arange(200, 800) >= 400) & (np.arange(200, 800) < 500)
    expected = gain * made.background[inside].sum()
    assert abs(found.background.compute().mean() / expected - 1) < 0.003
    predicted, errors = fit.predict()
    values, spread = predicted.compute()[..., 250], errors.compute()[..., 250]
    assert 0.9 < values.std() / spread.mean() < 1.1
    variance = found.background.compute().std() ** 2
    assert abs((found.h.compute().mean() - 1) / (variance / (gain * expected)) - 1) < 0.15


def test_elemental_maps_are_the_edges():
    made = core_losses((30, 8), electrons=1e5)

    found = elemental_map(made.data, (200, 400), (400, 500))

    energy = np.arange(200, 800)
    counts = made.edges[400.0][(energy >= 400) & (energy < 500)].sum()
    mean, spread = pull(found.signal, found.errors, counts * made.amounts[400.0])
    assert mean < 0.2
    assert 0.85 < spread < 1.15
    assert found.signal._axes[0].units == "nm"


def test_negative_counts_and_missing_channels_leave_a_background_unbiased():
    energy = np.arange(200.0, 500.0)
    expected = 2e8 * energy**-3.0
    rng = np.random.default_rng(2)
    values = rng.poisson(expected + 30, (400, 300)) - 30.0
    values[:, 17] = np.nan
    values[0] = np.nan
    values[1] = -1

    exponents = fit_background(spectra(values, energy), (200, 400)).exponent.compute()

    assert np.isnan(exponents[:2]).all()
    off = exponents[2:]
    assert abs(off.mean() - 3) < 4 * off.std() / np.sqrt(len(off))
    masked = np.ma.masked_invalid(values)
    again = fit_background(spectra(masked.filled(np.inf), energy), (200, 400)).exponent
    np.testing.assert_array_equal(again.compute(), exponents)


def test_a_background_that_was_removed_leaves_what_was_added():
    made = core_losses((2, 3), electrons=None)

    rest = remove_background(made.data, (200, 400)).compute()

    expected = made.edges[400.0] * made.amounts[400.0][..., None]
    np.testing.assert_allclose(rest, expected, atol=1e-6)


@pytest.mark.parametrize("depth", [0.5, 1.0, 2.0])
def test_the_logarithm_is_exact_without_noise(depth):
    energy = 0.25 * np.arange(2048)
    zero = np.exp(-0.5 * ((energy - 20) / 0.5) ** 2)
    zero /= zero.sum()
    single = energy * 4 * 225 / ((energy**2 - 225) ** 2 + (4 * energy) ** 2)
    single *= depth / single.sum()
    waves, peak = np.fft.rfft(single), np.fft.rfft(zero)
    data = np.fft.irfft(peak * np.exp(waves), 2048)
    expected = np.fft.irfft(peak * waves, 2048)

    found = fourier_log(spectra(data, energy - 20), zero, periodic=True).values.compute()

    assert np.abs(found - expected).max() / expected.max() < 1e-14


def test_single_scattering_of_a_wedge_is_the_same_all_over_and_its_errors_hold():
    made = low_losses((3, 5), electrons=None, drift=0.0)
    found = fourier_log(made.data, resolution=1.0).values.compute()
    elastic = np.exp(-made.thickness)
    np.testing.assert_allclose(found.sum(-1), made.thickness * elastic, rtol=0.03, atol=2e-3)
    at = -20 + 0.25 * found[..., 120:].argmax(-1) + 0.25 * 120
    assert np.abs(at - 15).max() < 0.6

    made = low_losses((20, 20), channels=512, electrons=1e5, thickness=1.0, drift=0.0)
    found = fourier_log(made.data)
    spread = found.values.compute().std(axis=(0, 1))[120:300]
    error = found.errors.compute().mean(axis=(0, 1))[120:300]
    assert 0.8 < np.median(spread / error) < 1.05


def test_the_ratio_takes_plural_scattering_out_of_an_edge():
    low = low_losses((1, 1), electrons=None, thickness=0.9, drift=0.0)
    energy = 300 + 0.25 * np.arange(800)
    edge = np.where(energy > 350, 1e4 * (energy / 350) ** -3.0, 0.0)
    spectrum = low.data.compute()[0, 0]
    blurred = np.convolve(edge, spectrum)[80 : 80 + 800]
    peak = low_losses((1, 1), electrons=None, thickness=0.0, drift=0.0).data.compute()[0, 0]
    expected = np.convolve(edge, peak)[80 : 80 + 800] * np.exp(-0.9)

    found = fourier_ratio(spectra([blurred], energy), spectra(spectrum, np.arange(1024) / 4 - 20))

    off = np.abs(found.values.compute()[0] - expected)[:700] / expected.max()
    assert off.max() < 0.02, off.max()


def test_kramers_kronig_gives_free_electrons_back():
    energy = np.arange(0, 200, 0.1)
    plasmon, damping, thickness, angle, beam = 15.0, 3.0, 80.0, 0.01, 200e3
    with np.errstate(divide="ignore", invalid="ignore"):
        truth = 1 - plasmon**2 / (energy**2 + 1j * energy * damping)
    loss = np.imag(-1 / truth[1:])
    rest = 510998.95
    speed = 1 - (rest / (rest + beam)) ** 2
    theta = energy[1:] / (beam * (beam + 2 * rest) / (beam + rest))
    factor = 1e6 * thickness / (np.pi * 0.0529177210903 * rest * speed)
    counts = np.zeros((2, 2000))
    counts[:, 1:] = 0.1 * factor * loss * np.log1p((angle / theta) ** 2)
    data = spectra(counts, energy)

    for known in ({"refractive_index": np.inf}, {"thickness": thickness}):
        found = kramers_kronig(
            data, beam_energy=beam, collection_angle=angle, zero_loss=1e6, **known
        )
        some = (energy[1:] > 5) & (energy[1:] < 50)
        off = np.asarray(found.real + 1j * found.imaginary)[0] - truth[1:]
        assert np.abs(off[some]).max() < 0.01, np.abs(off[some]).max()
        np.testing.assert_allclose(found.thickness.compute(), thickness, rtol=2e-3)


def test_errors_of_the_dielectric_function_are_its_spread():
    energy = np.arange(0.25, 100, 0.25)
    loss = energy * 4 * 225 / ((energy**2 - 225) ** 2 + (4 * energy) ** 2)
    values = np.random.default_rng(5).poisson(1e4 * loss, (300, len(energy)))

    found = kramers_kronig(
        spectra(values, energy), beam_energy=1e5, collection_angle=0.01, refractive_index=3.0,
        zero_loss=np.full(300, 1e5), start=2.0,
    )  # fmt: skip

    for part, errors in (("real", "real_errors"), ("imaginary", "imaginary_errors")):
        spread = getattr(found, part).compute().std(axis=0)[60:200]
        error = getattr(found, errors).compute().mean(axis=0)[60:200]
        assert 0.85 < np.median(spread / error) < 1.15
    deep = found.thickness.compute()
    assert 0.85 < deep.std() / found.thickness_errors.compute().mean() < 1.15


def test_results_are_lazy_and_the_same_in_any_chunks():
    made = low_losses((4, 6), electrons=1e4)
    values = made.data.compute()
    whole = made.data.like_data(np.asarray(values))
    pieces = made.data.like_data(np.asarray(values)).rechunk((1, 2, 100))

    for analyse in (
        lambda data: zero_loss(data).position,
        lambda data: fourier_log(data).values,
        lambda data: fit_background(data, (30, 80)).exponent,
    ):
        first, second = analyse(whole), analyse(pieces)
        assert second.numblocks[0] == 4
        np.testing.assert_allclose(first.compute(), second.compute(), rtol=1e-8, atol=1e-6)


def test_a_missing_channel_loses_its_spectrum_only():
    made = low_losses((2, 3), electrons=1e4)
    values = np.array(made.data.compute(), float)
    values[0, 1, 500] = np.nan
    data = made.data.like_data(values)

    lost = np.isnan(fourier_log(data).values.compute()).all(axis=-1)
    thickness = np.isnan(relative_thickness(data).value.compute())

    assert lost.sum() == thickness.sum() == 1
    assert lost[0, 1]
    assert thickness[0, 1]
    assert not np.isnan(zero_loss(data).position.compute()).any()


def test_what_is_no_spectrum_is_refused():
    energy = np.arange(-10.0, 90.0)
    data = spectra(np.ones((2, 100)), energy)
    with pytest.raises(TypeError, match="real numbers"):
        zero_loss(np.ones(20, complex))
    with pytest.raises(ValueError, match="in 'nm'"):
        zero_loss(spectra(np.ones(100), energy, "nm"))
    with pytest.raises(ValueError, match="does not ascend"):
        zero_loss(spectra(np.ones(100), energy[::-1]))
    with pytest.raises(ValueError, match="expected equal steps"):
        zero_loss(spectra(np.ones(100), np.exp(energy / 50)))
    with pytest.raises(ValueError, match="at least 5 channels"):
        zero_loss(np.ones(4))
    with pytest.raises(ValueError, match="2 channels from 20 to 22 eV"):
        fit_background(data, (20, 22))
    with pytest.raises(ValueError, match="above zero"):
        fit_background(data, (-5, 30))
    with pytest.raises(ValueError, match="overlaps"):
        elemental_map(data, (20, 40), (30, 50))
    with pytest.raises(ValueError, match="expected the same"):
        fourier_log(data, spectra(np.ones(100), energy + 5))
    with pytest.raises(ValueError, match="same step"):
        fourier_ratio(data, spectra(np.ones(100), 2 * energy))
    with pytest.raises(ValueError, match="one spectrum for all"):
        fourier_log(data, spectra(np.ones((3, 100)), energy))
    with pytest.raises(ValueError, match="give one"):
        kramers_kronig(data, beam_energy=1e5, collection_angle=0.01)
    with pytest.raises(ValueError, match="expected zero on it"):
        align_zero_loss(spectra(np.ones(100), energy + 50))
    with pytest.raises(ValueError, match="scan of shape"):
        align_zero_loss(data, position=np.zeros(3))


def test_a_zero_loss_of_two_equal_channels_has_no_wave_of_two_channels():
    values = np.zeros(64)
    values[20:22] = 1000.0
    values[30:50] = 10.0

    data = spectra(values, np.arange(-20.0, 44.0))
    single = fourier_log(data, np.where(np.arange(64) < 25, values, 0.0), periodic=True)
    edge = fourier_ratio(data, spectra(values + 1e-3, np.arange(-20.0, 44.0)))

    found = single.values.compute()
    assert np.isfinite(found).all()
    assert np.isclose(found.sum(), 2000 * np.log(1.1))
    assert np.isfinite(edge.values.compute()).sum() in {0, 64}


@pytest.mark.filterwarnings("error")
def test_noise_without_a_signal_gives_no_false_fit_and_no_warning():
    values = np.random.default_rng(7).normal(0, 3, (200, 120))
    data = spectra(values, np.arange(-20.0, 100.0))

    exponent = fit_background(data, (20, 60))
    for part in (exponent.exponent, exponent.signal((60, 90)).errors, zero_loss(data).position):
        assert part.compute().shape == (200,)
    errors = exponent.exponent_errors.compute()
    assert np.isnan(errors[values[:, 40:80].sum(axis=1) <= 0]).all()
    assert fourier_log(data).values.compute().shape == values.shape
    for strange in (np.zeros((2, 120)), np.full((2, 120), np.nan), -np.ones((2, 120))):
        data = spectra(strange, np.arange(-20.0, 100.0))
        for found in (
            relative_thickness(data).value,
            fourier_log(data).errors,
            fourier_ratio(data, data).values,
            kramers_kronig(
                data, beam_energy=1e5, collection_angle=0.01, refractive_index=2
            ).real,
        ):  # fmt: skip
            assert np.isnan(found.compute()).all()


def test_masked_channels_are_missing():
    made = core_losses((2, 3), electrons=1e5)
    values = np.array(made.data.compute())
    mask = np.broadcast_to(np.arange(600) == 50, values.shape)
    values[mask] = 10**6
    masked = da.ma.masked_array(da.from_array(values, chunks=-1), mask=da.from_array(mask))

    found = fit_background(made.data.like_data(masked), (200, 400))

    assert (np.abs(found.exponent.compute() - 3) < 5 * found.exponent_errors.compute()).all()


def test_results_are_made_again_from_their_history():
    made = core_losses((2, 3), electrons=1e5)
    low = low_losses((2, 3), electrons=1e5)
    for result, inputs in (
        (elemental_map(made.data, (200, 400), (400, 500)).signal, [made.data]),
        (fourier_log(low.data).values, [low.data]),
        (remove_background(made.data, (200, 400)), [made.data]),
    ):
        step = result.history[-1]
        again = operations.call(step, inputs)
        np.testing.assert_array_equal(np.asarray(again), np.asarray(result))


def test_results_are_drawn():
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    made = low_losses((3, 4), electrons=1e5)
    edges = core_losses((3, 4))
    single = fourier_log(made.data)
    for result in (
        zero_loss(made.data),
        relative_thickness(made.data),
        fit_background(edges.data, (200, 400)),
        elemental_map(edges.data, (200, 400), (400, 500)),
        single,
        kramers_kronig(
            single.values, beam_energy=1e5, collection_angle=0.01, refractive_index=4, start=3
        ),
    ):
        drawn = result.plot(Figure())
        assert drawn.axes
        assert repr(result)
        assert result.to_datasets()
