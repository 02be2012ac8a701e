"""Counts have the rank they have, whatever their level."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.learn import decompose
from pycroscopy.learn.counting import are_counts
from pycroscopy.learn.streaming import TallMatrix


def spectrum_image(level, seed=0, shape=(30, 25), channels=120):
    """Three peaked spectra with a weak background, thickness between 0.3 and 2."""
    r = np.random.default_rng(seed)
    t = np.linspace(0, 1, channels)
    peaks = ((0.25, 0.03), (0.5, 0.05), (0.75, 0.02))
    spectra = np.array([0.05 + 3 * np.exp(-0.5 * ((t - c) / w) ** 2) for c, w in peaks])
    pixels = shape[0] * shape[1]
    shares = r.dirichlet(np.ones(3), pixels) * r.uniform(0.3, 2, (pixels, 1))
    expected = level * (shares @ spectra)
    return r.poisson(expected).reshape(*shape, channels), expected.reshape(*shape, channels)


@pytest.mark.parametrize("level", [1, 5, 50])
@pytest.mark.parametrize("dtype", [np.uint16, np.float64])
def test_the_rank_of_counts_is_right_without_being_told(level, dtype):
    counts, _ = spectrum_image(level)

    assert decompose(counts.astype(dtype)).rank == 3


def test_white_noise_of_the_same_strength_everywhere_would_see_too_many():
    counts, _ = spectrum_image(50)

    assert decompose(1.7 * counts).rank > 10  # no whole numbers: not known to be counts
    assert decompose(1.7 * counts, noise="poisson").rank == 3


@pytest.mark.parametrize("level", [1, 5, 50])
def test_weighted_counts_have_noise_one_and_less_error_than_unweighted(level):
    counts, truth = spectrum_image(level)

    plain, weighted = decompose(counts), decompose(counts, noise="poisson")

    assert weighted.rank == 3
    assert weighted.noise == pytest.approx(1, abs=0.02)
    errors = [np.mean((np.asarray(d.reconstruction()) - truth) ** 2) for d in (plain, weighted)]
    assert errors[1] < 0.95 * errors[0] < 0.08 * np.mean((counts - truth) ** 2)


@pytest.mark.parametrize("gain", [0.2, 3.0])
def test_a_gain_changes_the_noise_and_not_the_rank(gain):
    counts, _ = spectrum_image(5)

    found = decompose(gain * counts, noise="poisson")

    assert found.rank == 3
    assert found.noise == pytest.approx(np.sqrt(gain), rel=0.02)


def test_factors_of_weighted_counts_add_up_to_the_counts():
    counts, _ = spectrum_image(5, shape=(6, 7), channels=20)
    counts[2, 3] = 0
    counts[..., 11] = 0

    found = decompose(counts, rank=20, noise="poisson")

    assert found.live == (41, 19)
    np.testing.assert_allclose(
        np.asarray(found.reconstruction(shrink=False)), counts, atol=1e-9 * counts.max()
    )


def test_dead_channels_and_pixels_do_not_count():
    counts, _ = spectrum_image(5)
    counts[..., :20] = 0
    counts[3] = 0

    found = decompose(counts, noise="poisson")

    assert found.rank == decompose(counts).rank == 3
    assert found.noise == pytest.approx(1, abs=0.02)
    assert np.asarray(found.components)[:, :20].any() == False  # noqa: E712 - numpy's own


def test_wide_matrices_and_centred_ones_have_the_same_rank():
    counts, _ = spectrum_image(5)
    flat = counts.reshape(-1, 120)

    assert decompose(flat.T.copy()).rank == 3
    assert decompose(flat.T.copy(), noise="poisson").live == (120, 750)
    assert decompose(counts, center=True).rank <= 3


def test_lazy_results_are_those_in_memory():
    counts, _ = spectrum_image(5)
    data = sidpy.Dataset.from_array(counts, chunks=(7, 25, 60))

    small = decompose(data, rank=3, noise="poisson", memory_budget=1 << 20)
    large = decompose(counts, rank=3, noise="poisson")

    assert small.singular_values[:3] == pytest.approx(large.singular_values[:3], rel=1e-9)
    for name in ("abundances", "components"):
        np.testing.assert_allclose(
            np.asarray(getattr(small, name)),
            np.asarray(getattr(large, name)),
            rtol=1e-6,
            atol=1e-6,
        )


def test_counts_without_structure_have_no_component_beyond_their_mean():
    counts = np.random.default_rng(0).poisson(4, (300, 80))

    assert decompose(counts).rank == 1


@pytest.mark.parametrize(
    ("values", "options", "says"),
    [
        (-np.ones((5, 4)), {}, "not negative and finite, found -1"),
        (np.full((5, 4), np.nan), {}, "found nan"),
        (np.zeros((5, 4)), {}, "all values are zero"),
        (np.ones((5, 4)), {"center": True}, "leave center at False"),
    ],
)
def test_what_are_no_counts_is_refused(values, options, says):
    with pytest.raises(ValueError, match=says):
        decompose(values, rank=1, noise="poisson", **options)


def test_an_unknown_word_for_the_noise_is_refused():
    with pytest.raises(ValueError, match="noise is 'gamma'; expected a standard deviation"):
        decompose(np.ones((5, 4)), noise="gamma")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(12).reshape(4, 3), True),
        (np.arange(12.0).reshape(4, 3), True),
        (np.arange(12).reshape(4, 3) - 1, False),
        (np.arange(12).reshape(4, 3) / 2, False),
        (np.ones((4, 3)), False),
        (np.ones((4, 3)) * 1j, False),
    ],
)
def test_counts_are_told_from_other_numbers(values, expected):
    data = sidpy.Dataset.from_array(values)
    matrix = TallMatrix.of(data, [0], center="none", block_bytes=1 << 20)

    assert are_counts(matrix) is expected
