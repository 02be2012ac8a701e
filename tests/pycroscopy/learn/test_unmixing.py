"""Pure spectra and their shares, against exact cases and one pixel at a time."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

import sidpy
from pycroscopy.learn import fit_references, unmix
from pycroscopy.learn.endmembers import nfindr, vca
from pycroscopy.learn.shares import solve_shares
from sidpy.errors import SidpyWarning

T = np.linspace(0, 1, 200)
PURE = np.array(
    [
        0.2 + np.exp(-0.5 * ((T - center) / width) ** 2)
        for center, width in ((0.25, 0.08), (0.5, 0.12), (0.75, 0.06))
    ]
)


def mixed(snr=None, seed=0, pixels=2500):
    """The set-up of the accuracy table: Dirichlet shares, three pixels pure."""
    r = np.random.default_rng(seed)
    shares = r.dirichlet([1, 1, 1], pixels)
    shares[:3] = np.eye(3)
    values = shares @ PURE
    if snr is not None:
        noise = np.sqrt(np.mean(values**2)) * 10 ** (-snr / 20)
        values = values + noise * r.standard_normal(values.shape)
    return values, shares


def mean_angle(found):
    """Mean angle in degrees of the best assignment to the true spectra."""
    lengths = np.linalg.norm(found, axis=1)[:, None] * np.linalg.norm(PURE, axis=1)
    angles = np.degrees(np.arccos(np.clip(found @ PURE.T / lengths, -1, 1)))
    return min(np.mean(angles[list(order), range(3)]) for order in permutations(range(3)))


@pytest.mark.parametrize("method", ["nfindr", "vca", "mcr"])
def test_pure_pixels_are_found_exactly(method):
    values, shares = mixed(pixels=600)

    found = unmix(values, 3, method=method, random_state=0)

    assert mean_angle(np.asarray(found.endmembers)) < 1e-4
    if method != "mcr":
        assert sorted(found.pixels) == [0, 1, 2]
        np.testing.assert_allclose(
            np.asarray(found.abundances)[:, np.argsort(found.pixels)], shares, atol=1e-9
        )
        np.testing.assert_allclose(np.asarray(found.reconstruction()), values, atol=1e-9)


@pytest.mark.parametrize(
    ("snr", "raw", "ours"), [(40, 0.50, 0.07), (30, 1.59, 0.22), (20, 5.17, 0.75)]
)
def test_angles_with_noise_are_those_of_the_table_and_a_tenth_in_the_plane(snr, raw, ours):
    images = [mixed(snr, seed)[0] for seed in range(3)]

    measured, in_plane = (
        [mean_angle(np.asarray(unmix(one, 3, denoise=denoise).endmembers)) for one in images]
        for denoise in (False, True)
    )

    assert np.mean(measured) < 1.05 * raw
    assert np.mean(in_plane) < ours


def test_nmf_starts_from_the_corners_and_stays_there():
    pytest.importorskip("sklearn")
    values, _ = mixed(pixels=600)

    assert mean_angle(np.asarray(unmix(values, 3, method="nmf", random_state=0).endmembers)) < 0.1
    with pytest.raises(ValueError, match="not negative, the least is"):
        unmix(values - 1, 3, method="nmf")


def test_nfindr_takes_the_largest_of_all_simplices():
    values = np.random.default_rng(3).standard_normal((40, 2))

    def area(chosen):
        a, b, c = values[list(chosen)]
        return abs(np.linalg.det([b - a, c - a]))

    largest = max(area(three) for three in combinations(range(40), 3))
    assert area(nfindr(values, 3)) == pytest.approx(largest)


def test_vca_repeats_with_its_seed():
    values = mixed(20)[0]

    first, second = (vca(values, 3, np.random.default_rng(5)) for _ in range(2))

    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("spectra", [2, 5, 9])
def test_positive_shares_are_those_of_one_pixel_at_a_time(spectra):
    r = np.random.default_rng(spectra)
    references = r.random((spectra, 31))
    values = (r.random((120, spectra)) * (r.random((120, spectra)) > 0.5)) @ references
    values += 0.3 * r.standard_normal(values.shape)

    found = solve_shares(values, references, "positive").values

    np.testing.assert_allclose(found, [nnls(references.T, one)[0] for one in values], atol=1e-9)


def test_fully_constrained_shares_are_the_minimum():
    r = np.random.default_rng(0)
    references = r.random((4, 31))
    values = r.dirichlet(np.ones(4) / 2, 30) @ references + 0.2 * r.standard_normal((30, 31))

    found = solve_shares(values, references, "full").values

    def best(pixel):
        return minimize(
            lambda x: 0.5 * np.sum((x @ references - pixel) ** 2),
            np.full(4, 0.25),
            jac=lambda x: (x @ references - pixel) @ references.T,
            bounds=[(0, None)] * 4,
            constraints={"type": "eq", "fun": lambda x: x.sum() - 1, "jac": lambda x: np.ones(4)},
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        ).x

    np.testing.assert_allclose(found, [best(one) for one in values], atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert found.min() >= 0


@pytest.mark.parametrize("limits", ["none", "sum"])
def test_the_errors_cover_68_percent(limits):
    r = np.random.default_rng(0)
    shares = r.dirichlet([5, 5, 5], 4000)
    values = shares @ PURE[:, ::5] + 0.1 * r.standard_normal((4000, 40))

    found = solve_shares(values, PURE[:, ::5], limits)

    inside = np.abs(found.values - shares) < found.errors
    assert 0.66 < inside.mean() < 0.70


def test_a_pixel_that_is_not_finite_is_counted_and_stays_unknown():
    values, _ = mixed(pixels=60)
    values[7, 5], values[8, 6] = np.nan, np.inf

    with pytest.warns(SidpyWarning, match=r"2 of 60 positions of .* are not finite"):
        found = unmix(values, 3)

    lost = np.isnan(np.asarray(found.abundances)).all(axis=1)
    assert np.flatnonzero(lost).tolist() == [7, 8]
    assert sorted(found.pixels) == [0, 1, 2]


def test_maps_keep_axes_units_metadata_and_history():
    values, _ = mixed(pixels=63)
    data = sidpy.Dataset.from_array(values.reshape(7, 9, 200), title="film", units="counts")
    for axis, (name, kind) in enumerate((("y", "spatial"), ("x", "spatial"), ("E", "spectral"))):
        at = 0.5 * np.arange(data.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, name, "length", "nm", kind))
    data.metadata["experiment"] = {"dose": 3}

    found = unmix(data, 3, random_state=1)

    assert found.abundances.shape == found.errors.shape == (7, 9, 3)
    assert [d.name for d in found.abundances._axes.values()] == ["y", "x", "weights"]
    assert [d.name for d in found.endmembers._axes.values()] == ["component_number", "E"]
    assert found.endmembers.units == found.residual.units == "counts"
    assert found.residual.data_type is sidpy.DataType.IMAGE
    assert found.abundances.metadata["experiment"] == {"dose": 3}
    step = found.abundances.history[-1]
    assert (step.function, step.parameters["random_state"]) == ("pycroscopy.learn.unmix", 1)
    assert found.reconstruction().shape == data.shape


def test_known_spectra_are_fitted_lazily_with_errors():
    r = np.random.default_rng(0)
    truth = r.uniform(-1, 3, (12, 5, 3))
    data = sidpy.Dataset.from_array(
        truth @ PURE + 0.05 * r.standard_normal((12, 5, 200)), chunks=(5, 5, 60)
    )

    found = fit_references(data, PURE)

    expected = np.linalg.lstsq(PURE.T, np.asarray(data).reshape(-1, 200).T, rcond=None)[0].T
    np.testing.assert_allclose(np.asarray(found.abundances).reshape(-1, 3), expected, atol=1e-9)
    assert found.errors.shape == (12, 5, 3)
    pulls = (np.asarray(found.abundances) - truth) / np.asarray(found.errors)
    assert 0.8 < pulls.std() < 1.2
    assert np.asarray(found.residual) == pytest.approx(0.05, rel=0.2)


def test_weights_make_counts_fit_better():
    r = np.random.default_rng(0)
    peaks = np.array([400 * np.exp(-(((T - 0.5) / 0.02) ** 2)), np.ones(200)])
    truth = np.column_stack([r.uniform(1, 2, 800), r.uniform(1, 2, 800)])
    counts = r.poisson(truth @ peaks)

    plain = np.asarray(fit_references(counts, peaks).abundances)
    weighted = np.asarray(fit_references(counts, peaks, variance=counts.mean(axis=0)).abundances)

    error = [np.std((one - truth)[:, 1]) for one in (plain, weighted)]
    assert error[1] < 0.95 * error[0]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: unmix(PURE, 3, method="magic"), ValueError, "method is 'magic'"),
        (lambda: unmix(PURE, 3, limits="magic"), ValueError, "limits are 'magic'"),
        (lambda: unmix(PURE + 1j, 3), TypeError, "is complex"),
        (lambda: unmix(PURE, 4), ValueError, "4 end members cannot be found in 3 pixels"),
        (lambda: unmix(np.ones((9, 5)), 3), ValueError, "a simplex with 1 corners, not with 3"),
        (lambda: unmix(np.ones((0, 5)), 3), ValueError, "0 positions"),
        (lambda: unmix(np.full((9, 5), np.nan), 3), ValueError, "no position"),
        (lambda: unmix(np.arange(5.0), 2), ValueError, "at least two axes"),
        (
            lambda: fit_references(PURE, PURE[:, :9]),
            ValueError,
            r"expected finite \(spectra, 200\)",
        ),
        (lambda: fit_references(PURE, PURE[[0, 0]]), ValueError, "depend on each other"),
        (lambda: fit_references(PURE, PURE, variance=np.zeros(200)), ValueError, "200 positive"),
    ],
)
def test_what_cannot_be_unmixed_is_refused_with_the_reason(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_the_picture_shows_each_spectrum_over_its_map():
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib.figure import Figure

    figure = unmix(mixed(pixels=60)[0], 3).plot(2, Figure())

    assert [axes.get_title() for axes in figure.axes] == [
        "component 0", "abundance 0", "component 1", "abundance 1", "residual",
    ]  # fmt: skip
