"""Correlations are those of numpy, with lags on an axis."""

from __future__ import annotations

import numpy as np
import pytest
from signals_made import STEP, noise, scan

import pycroscopy
from pycroscopy.signal import correlate, correlation_coefficient


@pytest.mark.parametrize("kind", [float, complex])
def test_a_correlation_is_that_of_numpy(kind):
    values, other = noise((2, 3, 31)).astype(kind), noise(31, 1).astype(kind)
    if kind is complex:
        values = values * np.exp(1j * noise((2, 3, 31), 2))

    found = np.asarray(correlate(scan(values), other, normalize=False))

    centred, rest = values[1, 2] - values[1, 2].mean(), other - other.mean()
    np.testing.assert_allclose(found[1, 2], np.correlate(centred, rest, "full"), atol=1e-12)


def test_a_delay_is_on_the_axis():
    pulse = np.exp(-(((np.arange(101) - 40) / 4) ** 2))

    found = correlate(scan(np.roll(pulse, 7)[None]), pulse)

    assert found.lag.values[np.argmax(np.asarray(found)[0])] == pytest.approx(7 * STEP)
    assert found.lag.units == "s"
    assert np.asarray(found).max() <= 1 + 1e-12


def test_a_signal_is_like_itself():
    found = np.asarray(correlate(noise((4, 50))))

    np.testing.assert_allclose(found[:, 49], 1)
    np.testing.assert_allclose(found, found[:, ::-1], atol=1e-12)


def test_coefficients_are_those_of_numpy_without_what_is_missing():
    values, other = noise((5, 40)), noise(40, 1)
    values[2, 5] = np.nan
    values[3] = 4.0

    found = np.asarray(correlation_coefficient(1e-9 * values + 3e-9, other))

    assert found[0] == pytest.approx(np.corrcoef(values[0], other)[0, 1])
    keep = np.arange(40) != 5
    assert found[2] == pytest.approx(np.corrcoef(values[2, keep], other[keep])[0, 1])
    assert np.isnan(found).tolist() == [False, False, False, True, False]
    assert np.isnan(np.asarray(correlate(values))).all(axis=-1).tolist() == [0, 0, 1, 1, 0]


def test_a_reference_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"shape \(39,\); expected \(40,\)"):
        correlate(noise((5, 40)), noise(39))
    with pytest.raises(ValueError, match="no values"):
        correlate(np.zeros((0, 4)))


def test_correlation_is_where_the_release_announced_it():
    assert pycroscopy.corr.correlate is correlate
