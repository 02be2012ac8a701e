"""Lines against formulae and integrals, fits against the bound that the noise sets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import voigt_profile

import sidpy
from pycroscopy.simulate import photoemission_map, powder_map, raman_map
from pycroscopy.spectroscopy import (
    KAlphaDoublet,
    Line,
    PeakModel,
    Shirley,
    SpinOrbitDoublet,
    Tougaard,
    fit_peaks,
    guess_peaks,
    shirley_background,
    tougaard_background,
)
from sidpy.sid import operations

X = np.linspace(80, 100, 101)
SHAPES = {
    "gaussian": [1.3],
    "lorentzian": [1.3],
    "voigt": [1.1, 0.7],
    "pseudo_voigt": [1.3, 0.3],
    "pearson7": [1.3, 2.2],
    "split_pseudo_voigt": [1.2, 2.0, 0.3],
    "split_pearson7": [1.2, 2.0, 1.8, 2.5],
    "doniach_sunjic": [0.9, 0.4, 0.2],
    "breit_wigner_fano": [1.3, -0.2],
}
ENDLESS = ("doniach_sunjic", "breit_wigner_fano")
PAIR = {"splitting": 3.6, "ratio": 0.7}


def labelled(values, x=X, units="eV"):
    data = sidpy.Dataset.from_array(np.asarray(values), title="map", units="counts")
    data.set_dimension(data.ndim - 1, sidpy.Dimension(x, "energy", "energy", units, "SPECTRAL"))
    return data


def two_lines(**options):
    return PeakModel(
        {"a": Line("gaussian", center=87, fwhm=2), "b": Line("lorentzian", center=92, fwhm=2)},
        **options,
    )


TRUTH = np.array([5.0, 86.8, 2.2, 3.0, 92.3, 1.7, 1.0, 0.05])


def noisy_lines(shape, noise=0.05, seed=0):
    curve = two_lines().on(X)(TRUTH, X)
    return curve + noise * np.random.default_rng(seed).standard_normal((*shape, len(X)))


# ------------------------------------------------------------------ lines


@pytest.mark.parametrize("shape", SHAPES)
def test_a_line_has_its_height_its_width_and_its_area(shape):
    line, q = Line(shape, center=1.0), SHAPES[shape]
    p = np.array([[3.0, 1.0, *q]])
    width = line.fwhm(p)[0]

    assert line(p[0], np.array([1.0]))[0] == pytest.approx(3, rel=1e-12)
    if shape == "breit_wigner_fano":  # what is above the level far away: principal value
        level = 3.0 * q[1] ** 2
        area = quad(lambda d: line(p[0], np.array([1 + d, 1 - d])).sum() - 2 * level, 0, np.inf)[0]
        assert area == pytest.approx(line.area(p, X)[0], rel=1e-7)
    elif shape == "doniach_sunjic":
        x = np.linspace(-3, 8, 4001)
        area = quad(lambda v: line(p[0], np.array([v]))[0], -3, 8, limit=200, points=[1.0])[0]
        assert line.area(p, x)[0] == pytest.approx(area, rel=1e-6)
    else:
        halves = ((-np.inf, 1.0), (1.0, np.inf))
        area = sum(quad(lambda v: line(p[0], np.array([v]))[0], *ends)[0] for ends in halves)
        assert line.area(p, X)[0] == pytest.approx(area, rel=1e-8)
        if not shape.startswith("split"):
            side = line(p[0], np.array([1 - width / 2, 1 + width / 2]))
            np.testing.assert_allclose(side, 1.5, rtol=1e-9)


def test_the_exact_voigt_line_is_that_of_scipy():
    x = np.linspace(-30, 30, 501)
    for gauss, lorentz in ((1.0, 1.0), (0.02, 2.0), (3.0, 1e-4), (1.0, 0.0)):
        sigma = gauss / (2 * np.sqrt(2 * np.log(2)))
        line = Line("voigt", center=0.3, size="area")
        np.testing.assert_allclose(
            line([2.0, 0.3, gauss, lorentz], x), 2 * voigt_profile(x - 0.3, sigma, lorentz / 2),
            rtol=1e-11, atol=1e-15,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("gauss", "lorentz", "a"), [(0.8, 0.3, 0.2), (0.2, 1.0, 0.45), (1, 0.05, 0.01)]
)
def test_a_metal_line_is_the_convolution_of_its_profile(gauss, lorentz, a):
    def profile(e):  # Doniach and Sunjic, the tail towards high binding energy
        g = lorentz / 2
        return np.cos(np.pi * a / 2 - (1 - a) * np.arctan(e / g)) / (e * e + g * g) ** (
            (1 - a) / 2
        )

    sigma = gauss / (2 * np.sqrt(2 * np.log(2)))

    def seen(at):
        def part(t):
            return profile(at - sigma * t) * np.exp(-t * t / 2)

        peak = [max(-12.0, min(12.0, at / sigma))]
        return quad(part, -12, 12, limit=400, points=peak, epsabs=0, epsrel=1e-11)[0]

    places = np.array([-6.0, -1.0, -0.2, 0.0, 0.3, 1.0, 5.0])
    expected = np.array([seen(at) for at in places]) / seen(0.0)
    line = Line("doniach_sunjic", center=0.0)
    np.testing.assert_allclose(line([1, 0, gauss, lorentz, a], places), expected, rtol=1e-8)
    mirrored = Line("doniach_sunjic", center=0.0, tail="low")
    np.testing.assert_allclose(mirrored([1, 0, gauss, lorentz, a], -places), expected, rtol=1e-8)


def test_a_metal_line_without_asymmetry_is_a_voigt_line():
    q = [1.1, 0.7]
    np.testing.assert_allclose(
        Line("doniach_sunjic", center=90)([2, 90, *q, 0.0], X),
        Line("voigt", center=90)([2, 90, *q], X), rtol=1e-9,
    )  # fmt: skip


@pytest.mark.parametrize(
    "losses", [None, Shirley(), Shirley("low"), Tougaard(side="low", c=300.0, d=500.0)]
)
@pytest.mark.parametrize(
    ("shape", "size"),
    [(shape, "height") for shape in SHAPES] + [(s, "area") for s in SHAPES if s not in ENDLESS],
)
def test_derivatives_are_those_of_the_curve(shape, size, losses):
    model = PeakModel(
        {
            "pair": SpinOrbitDoublet(shape, center=85, fwhm=1.2, size=size, **PAIR),
            "reflection": KAlphaDoublet(shape, center=92, fwhm=1.0, size=size),
            "line": Line(shape, center=93, fwhm=2, size=size),
        },
        background=2,
        losses=losses,
    ).on(X)
    p = model._first(X, 2) * (1 + 0.02 * np.random.default_rng(1).standard_normal(1))
    if losses is not None:
        p[:, -1] = 0.03 if isinstance(losses, Shirley) else 400.0
    slopes = model.value_and_jacobian(p, X)[1]
    for k, name in enumerate(model.parameters):
        step = 1e-6 * max(abs(p[0, k]), 0.1) * np.eye(p.shape[1])[k]
        expected = (model(p + step, X) - model(p - step, X)) / (2 * step[k])
        scale = np.abs(expected).max()
        np.testing.assert_allclose(slopes[:, k], expected, atol=1e-6 * scale, err_msg=name)


def test_doublets_are_where_physics_says():
    pair = SpinOrbitDoublet("gaussian", center=85, fwhm=0.5, **PAIR)
    p = pair.first(X)
    np.testing.assert_allclose(pair(p, np.array([85.0, 88.6])), [1, 0.7], rtol=1e-9)
    assert pair.area(p[None], X)[0] == pytest.approx(1.7 * 0.5 * np.sqrt(np.pi / np.log(2)) / 2)

    first, second = 1.540593, 1.544427
    reflection = KAlphaDoublet("gaussian", center=90.0, fwhm=0.02)
    x = np.linspace(89.9, 90.5, 60001)
    curve = reflection(reflection.first(x), x)
    top = x[x > 90.1][np.argmax(curve[x > 90.1])]
    sines = np.sin(np.deg2rad(top / 2)) / np.sin(np.deg2rad(45))
    assert sines == pytest.approx(second / first, abs=1e-7)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": "square"}, "'gaussian'"),
        ({"shape": "gaussian", "size": "depth"}, "height"),
        ({"shape": "doniach_sunjic", "size": "area"}, "no end"),
        ({"shape": "gaussian", "fraction": 0.5}, "fraction"),
        ({"shape": "gaussian", "fwhm": -1.0}, "above zero"),
    ],
)
def test_lines_that_are_none(options, words):
    with pytest.raises(ValueError, match=words):
        Line(**{"center": 1.0, **options})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"background": "cubical"}, "cubic"),
        ({"background": -2}, "degree"),
        ({"bounds": {"c.center": (1, 2)}}, "c.center"),
        ({"tied": {"a.fwhm": "c.fwhm"}}, "c.fwhm"),
    ],
)
def test_models_that_are_none(options, words):
    with pytest.raises(ValueError, match=words):
        fit_peaks(labelled(noisy_lines(())), two_lines(**options))


# ------------------------------------------------------------------ fits


@pytest.mark.parametrize("make", [raman_map, photoemission_map, powder_map])
def test_without_noise_the_truth_comes_back(make):
    made = make((2, 3), counts=None)
    found = fit_peaks(made.data, made.model)

    assert found.n_failed == 0
    for name in found.names:
        np.testing.assert_allclose(found[name], made.truth[name], rtol=1e-6, atol=1e-9)


def test_errors_cover_the_truth_at_the_bound_for_counts():
    made = raman_map((30, 31), 151, spread=0.0, counts=200.0)
    found = fit_peaks(made.data, made.model, noise="poisson")
    truth = np.array([made.truth[name][0, 0] for name in found.names])
    off, errors = np.asarray(found.parameters) - truth, np.asarray(found.errors)
    curve, slopes = (one[0] for one in found.model.value_and_jacobian(truth[None], found.x))
    limit = np.sqrt(np.diag(np.linalg.inv(slopes / curve @ slopes.T)))

    assert found.n_failed == 0
    assert np.all(np.sqrt((off**2).mean(axis=(0, 1))) < 1.08 * limit)
    assert np.all(np.abs(off.mean(axis=(0, 1))) < 0.15 * limit)
    covered = (np.abs(off) < errors).mean(axis=(0, 1))
    assert np.all((covered > 0.63) & (covered < 0.73)), covered
    assert float(np.mean(found.reduced_chi_squared)) == pytest.approx(1, abs=0.03)


def test_areas_widths_and_ratios_have_errors_that_cover():
    data = labelled(noisy_lines((30, 31)))
    found = fit_peaks(data, two_lines())
    model = found.model.components
    areas = [model[k].area(TRUTH[None, 3 * k : 3 * k + 3], X)[0] for k in range(2)]
    derived = {
        "area": (found.area("a"), areas[0]),
        "ratio": (found.ratio("a", "b"), areas[0] / areas[1]),
        "share": (found.share("b"), areas[1] / sum(areas)),
        "weighed": (
            found.share("b", {"a": 2.0, "b": 1.0}),
            areas[1] / (areas[0] / 2 + areas[1]),
        ),
        "fwhm": (found.fwhm("b"), 1.7),
    }
    for name, (value, truth) in derived.items():
        off = np.asarray(value) - truth
        spread = np.sqrt(np.asarray(value.variance))
        assert 0.64 < np.mean(np.abs(off) < spread) < 0.73, name
        assert abs(off.mean()) < 0.2 * off.std(), name
    assert [derived[k][0].units for k in ("area", "ratio", "fwhm")] == ["counts*eV", "", "eV"]
    np.testing.assert_allclose(found.height("a"), found["a.height"])


def test_parts_add_up_and_are_labelled():
    data = labelled(noisy_lines((2, 3)))
    found = fit_peaks(data, two_lines(losses=Shirley()))
    total = found.component("a") + found.component("b") + found.background

    np.testing.assert_allclose(total, found.fitted, rtol=1e-12)
    np.testing.assert_allclose(found.fitted + found.residual, data, rtol=1e-12)
    assert found.background.units == "counts"
    assert found.background.title == "map background"
    assert found.background._axes[2].units == "eV"
    assert found["losses.scattering"].units == "1/eV"


def test_slopes_of_a_background_have_the_unit_of_a_slope():
    made = raman_map((1, 2), 101)
    slope = fit_peaks(made.data, made.model)["background.c1"]
    assert sidpy.base.units.conversion_factor(slope.units, "counts*cm") == pytest.approx(1)


def test_ties_bounds_and_what_is_fixed():
    model = two_lines(
        tied={"b.fwhm": "a.fwhm", "b.center": ("a.center", 1.0, 5.5)},
        fixed={"background.c1": 0.05},
        bounds={"a.height": (4.9, 5.1)},
    )
    found = fit_peaks(labelled(noisy_lines((3, 4))), model)
    np.testing.assert_allclose(found["b.fwhm"], found["a.fwhm"], rtol=1e-12)
    np.testing.assert_allclose(found["b.center"] - found["a.center"], 5.5, rtol=1e-12)
    np.testing.assert_array_equal(found["background.c1"], 0.05)
    np.testing.assert_array_equal(found["background.c1"].variance, 0.0)
    assert np.all((np.asarray(found["a.height"]) >= 4.9) & (np.asarray(found["a.height"]) <= 5.1))

    pair = SpinOrbitDoublet("gaussian", center=85, fwhm=1.2, **PAIR)
    curve = pair([3.0, 85.1, 1.2, 3.5, 0.6], X)[None] + 0 * X
    known = fit_peaks(labelled(curve), PeakModel({"p": pair}, background="none"))
    np.testing.assert_array_equal(known["p.ratio"], 0.7)
    free = {"p.ratio": (0.1, 1.0), "p.splitting": (3.0, 4.0)}
    free = fit_peaks(labelled(curve), PeakModel({"p": pair}, background="none", bounds=free))
    np.testing.assert_allclose(free["p.ratio"], 0.6, rtol=1e-7)
    np.testing.assert_allclose(free["p.splitting"], 3.5, rtol=1e-7)


@pytest.mark.parametrize(
    "change", ["float32", ">f8", "decreasing", "axis first", "nan", "integers"]
)
def test_data_of_any_kind(change):
    values = noisy_lines((2, 3))
    expected = np.asarray(fit_peaks(labelled(values), two_lines())["a.center"])
    options = {}
    if change == "decreasing":
        data = labelled(values[..., ::-1], X[::-1])
    elif change == "axis first":
        data = sidpy.Dataset.from_array(np.moveaxis(values, -1, 0), units="counts")
        data.set_dimension(0, sidpy.Dimension(X, "energy", "energy", "eV", "SPECTRAL"))
    elif change == "integers":
        data = labelled(np.round(1000 * values).astype(">i4"))
    elif change == "nan":
        values = values.copy()
        values[..., 10::17] = np.nan
        data = labelled(values)
    else:
        data = labelled(values.astype(change))
    found = fit_peaks(data, two_lines(), **options)

    limit = {"nan": 0.05, "float32": 1e-5, "integers": 1e-3}.get(change, 1e-7)
    np.testing.assert_allclose(found["a.center"], expected, atol=limit)
    assert found.fitted.shape == data.shape


def test_noise_that_is_known_weighs():
    rng = np.random.default_rng(5)
    level = np.where(X < 90, 0.02, 0.5)
    values = two_lines().on(X)(TRUTH, X) + level * rng.standard_normal((20, 20, 101))
    data = labelled(values)
    data.variance = np.broadcast_to(level**2, values.shape)
    found = fit_peaks(data, two_lines())
    same = fit_peaks(labelled(values), two_lines(), weights=1 / level**2)

    np.testing.assert_allclose(found["a.center"], same["a.center"], rtol=1e-12)
    off = np.asarray(found["a.center"]) - TRUTH[1]
    assert 0.63 < np.mean(np.abs(off) < np.sqrt(np.asarray(found["a.center"].variance))) < 0.73
    assert off.std() < 0.6 * np.std(
        np.asarray(fit_peaks(labelled(values), two_lines())["a.center"])
    )
    assert float(np.mean(found.reduced_chi_squared)) == pytest.approx(1, abs=0.03)


def test_lines_point_downwards_where_bounds_let_them():
    rng = np.random.default_rng(6)
    line = Line("gaussian", center=88, fwhm=2)
    values = 5 - line([2.0, 88.7, 2.5], X) + 0.05 * rng.standard_normal((50, 101))
    bounds = {"dip.height": (-np.inf, np.inf)}
    found = fit_peaks(labelled(values), PeakModel({"dip": line}, bounds=bounds))
    np.testing.assert_allclose(found["dip.height"], -2, atol=0.12)
    np.testing.assert_allclose(found["dip.center"], 88.7, atol=0.1)


def test_missing_and_constant_spectra_are_counted():
    values = noisy_lines((5,))
    values[0], values[1], values[2, 5:] = np.nan, 3.0, np.nan
    found = fit_peaks(labelled(values), two_lines())

    np.testing.assert_array_equal(np.isnan(np.asarray(found["a.center"])), [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(np.isnan(np.asarray(found.area("a"))), [1, 1, 1, 0, 0])
    assert found.n_failed == 3


def test_what_cannot_be_fitted():
    with pytest.raises(TypeError, match="complex"):
        fit_peaks(labelled(np.ones((2, 101), complex)), two_lines())
    with pytest.raises(ValueError, match="7 points for 8 parameters"):
        fit_peaks(labelled(np.arange(7.0), np.linspace(85, 95, 7)), two_lines())
    with pytest.raises(TypeError, match="PeakModel"):
        fit_peaks(labelled(np.arange(101.0)), 3)
    with pytest.raises(ValueError, match="no line 'c'"):
        fit_peaks(labelled(noisy_lines(())), two_lines()).area("c")
    with pytest.raises(ValueError, match="equal ones"):
        PeakModel({}, losses=Tougaard()).on(X**2)


def test_results_are_lazy_and_made_again_from_their_history():
    data = labelled(noisy_lines((3, 4)))
    model = PeakModel(
        {"a": KAlphaDoublet("gaussian", center=87, fwhm=2), "b": Line("voigt", center=92, fwhm=2)},
        losses=Tougaard(),
        tied={"b.fwhm_gauss": ("a.fwhm", 0.5, 0.0)},
    )
    lazily = fit_peaks(data, model, compute=False)
    found = fit_peaks(data, model)

    assert hasattr(lazily.packed, "dask")
    np.testing.assert_allclose(lazily.area("b"), found.area("b"), rtol=1e-6)
    for part in (found.area("a"), found.ratio("a", "b", of="height"), found.background,
                 found.share("a", {"a": 1.5, "b": 2.0}), found["a.center"]):  # fmt: skip
        again = operations.call(part.history[-1], [data])
        assert again.title == part.title
        np.testing.assert_array_equal(again, part)
    assert found.area("a").history[-1].function == "pycroscopy.spectroscopy.fit_peaks"


@pytest.mark.distributed
def test_other_processes_fit_the_same(cluster):
    made = photoemission_map((4, 3))
    here = np.asarray(fit_peaks(made.data, made.model, noise="poisson")["oxide.height"])
    with cluster.as_current():
        found = fit_peaks(made.data, made.model, noise="poisson")
        there, area = np.asarray(found["oxide.height"]), np.asarray(found.area("metal"))

    np.testing.assert_array_equal(here, there)
    assert np.isfinite(area).all()


def test_pictures_show_lines_or_maps():
    figure = fit_peaks(labelled(noisy_lines(())), two_lines()).plot()
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["data", "a", "b", "background", "fit"]
    figure = fit_peaks(labelled(noisy_lines((2, 3))), two_lines()).plot()
    assert figure.axes[0].get_title() == "a.height (counts)"


# ------------------------------------------------------------------ guesses


@pytest.mark.parametrize("noise", ["white", "poisson"])
def test_as_many_peaks_are_found_as_there_are(noise):
    x, rng = np.arange(100.0), np.random.default_rng(3)
    true = ((1.0, 30, 8), (0.5, 41, 8), (0.7, 70, 5))
    lines = [Line("gaussian", center=c, fwhm=w)([h, c, w], x) for h, c, w in true]
    curve = 0.3 + 0.002 * x + sum(lines)
    data = (
        rng.poisson(20 * curve, (20, 100)).astype(">u2")
        if noise == "poisson"
        else curve + 0.05 * rng.standard_normal((20, 100))
    )
    model = guess_peaks(data, noise=noise)

    assert list(model.lines) == ["p1", "p2", "p3"]
    places = [line.begin["center"] for line in model.lines.values()]
    np.testing.assert_allclose(places, [30, 41, 70], atol=1)
    found = fit_peaks(data, model, noise=noise)
    assert found.n_failed == 0


def test_no_peaks_are_found_in_noise_or_in_nothing():
    noise = np.random.default_rng(0).standard_normal((20, 100))
    assert not guess_peaks(noise).lines
    assert not guess_peaks(np.ones((3, 30))).lines
    with pytest.raises(ValueError, match="finite"):
        guess_peaks(np.full((3, 30), np.nan))
    with pytest.raises(TypeError, match="complex"):
        guess_peaks(np.ones((3, 30), complex))


# ------------------------------------------------------------------ backgrounds


@pytest.mark.parametrize("side", ["high", "low"])
def test_backgrounds_of_losses_are_found_again(side):
    line = 100 * np.exp(-(((X - 90) / 0.8) ** 2))
    step = Shirley(side).losses(X, 0.1, line[None])[0]
    found = shirley_background(labelled([line + step + 5, 0 * line + 2]), side=side)
    np.testing.assert_allclose(found, [step + 5, 0 * line + 2], atol=1e-6)
    assert found.title == "map background"

    kind = Tougaard(side=side)
    tail = kind.losses(X, 1500.0, line[None])[0]
    # electrons after any number of losses are those that the last loss made
    np.testing.assert_allclose(1500.0 * kind.once(X, line + tail), tail, rtol=1e-6, atol=1e-9)
    data = labelled((line + tail)[None])
    given = tougaard_background(data, strength=1500.0, side=side)
    np.testing.assert_allclose(given[0], tail, atol=0.01)
    np.testing.assert_allclose(tougaard_background(data, side=side)[0], tail, atol=0.3)


def test_backgrounds_of_what_has_none():
    with pytest.raises(TypeError, match="real"):
        shirley_background(np.ones(30, complex))
    with pytest.raises(ValueError, match="side"):
        shirley_background(np.ones(30), side="up")
    with pytest.raises(ValueError, match="points"):
        tougaard_background(np.ones(5))
