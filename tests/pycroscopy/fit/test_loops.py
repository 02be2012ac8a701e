"""Loops: projected exactly, measured and fitted with errors that cover."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.fit import HysteresisLoop, fit_loops, measure_loops, project_loops
from pycroscopy.fit.branches import falling_points
from pycroscopy.simulate import loop_scan
from sidpy.proc.beps.hysteresis import calculate_loop_centroid, loop_fit_function
from sidpy.sid import operations

TRUTH = np.array([-1, 2, -3, 3.5, 0.0, 2, 2, 2, 2])


@pytest.mark.parametrize("degrees", [0, 5.7, 17.2, 34.4, 57.3, 74.5, 85.9, -60])
def test_projection_is_exact_at_any_angle(degrees):
    angle = np.deg2rad(degrees)
    made = loop_scan((2, 3), noise=0.0, angle=angle)
    found = project_loops(made.data)
    flat = loop_scan((2, 3), noise=0.0, angle=0.0).data.compute().real

    np.testing.assert_allclose(found.loops, flat, atol=1e-12)
    np.testing.assert_allclose(found.angle, angle, atol=1e-12)


def test_projection_has_errors_that_cover():
    made = loop_scan((40, 50), angle=1.5, noise=0.3)
    found = project_loops(made.data, reference=1.2).persist()

    assert found.n_failed == 0
    covered = np.mean(np.abs(np.asarray(found.angle) - 1.5) < np.asarray(found.angle_error))
    assert 0.65 < covered < 0.715
    assert np.asarray(found.noise).mean() == pytest.approx(0.3, rel=0.01)
    assert [found.angle.units, found.loops.units, found.loops.bias.units] == ["rad", "m", "V"]
    step = found.angle.history[-1]
    np.testing.assert_array_equal(operations.call(step, [made.data]), found.angle)


def test_projection_of_what_is_missing():
    values = loop_scan((1, 4), noise=0.01).data.compute()[0]
    values[0, ::2] = np.nan
    values[1] = 3 + 1j
    values[2, 3:] = np.nan
    found = project_loops(values)

    np.testing.assert_array_equal(np.isnan(found.angle.compute()), [False, True, True, False])
    assert np.isnan(np.asarray(found.loops)[0]).sum() == 32
    assert found.n_failed == 2


def test_loop_is_the_released_model_and_knows_its_slopes():
    bias = np.concatenate([np.linspace(8, -8, 33)[:-1], np.linspace(-8, 8, 33)[:-1]])
    loop, p = HysteresisLoop(), np.array([-1, 2, -3, 3.5, 0.05, 2, 1.5, 1, 3])
    expected = loop_fit_function(bias[1:-1], *p)
    # the highest and the lowest bias are the ends of both branches
    np.testing.assert_allclose(loop(p, bias)[1:-1], expected, atol=1e-2)
    slopes = loop.jacobian(p[None], bias)[0]
    for number, slope in enumerate(slopes):
        step = 1e-6 * np.eye(9)[number]
        np.testing.assert_allclose(
            slope, (loop(p + step, bias) - loop(p - step, bias)) / 2e-6, atol=1e-6
        )


def test_branches_of_plateaus():
    falling = falling_points([0.0, 0, 1, 1, -1, -1, 0])
    np.testing.assert_array_equal(falling, [0, 0, 0, 0, 1, 1, 0])


@pytest.mark.parametrize(("model", "count"), [("nine", 9), ("six", 6)])
def test_fits_at_the_bound(model, count):
    made = loop_scan((12, 25), spread=0.0, angle=0.0, noise=0.05, seed=5)
    found = fit_loops(made.data.real, model=model)
    slopes = HysteresisLoop().jacobian(TRUTH[None], made.data.bias.values)[0]
    if count == 6:
        slopes = np.concatenate([slopes[:5], slopes[5:].sum(axis=0, keepdims=True)])
    limit = 0.05 * np.sqrt(np.diag(np.linalg.inv(slopes @ slopes.T)))
    off = np.asarray(found.parameters) - TRUTH

    assert found.n_failed == 0
    assert np.all(np.sqrt((off**2).mean(axis=(0, 1)))[1:4] < 1.12 * limit[1:4])
    covered = np.mean(np.abs(off) < np.asarray(found.errors), axis=(0, 1))
    assert np.all((covered[1:4] > 0.62) & (covered[1:4] < 0.75))


def test_the_simpler_model_unless_the_data_tell_more():
    alike = loop_scan((6, 7), angle=0.0, noise=0.02)
    differ = loop_scan(
        (6, 7), angle=0.0, noise=0.02, parameters=(-1, 2, -3, 3.5, 0.0, 0.5, 3, 2, 1)
    )
    first, second = (fit_loops(made.data.real) for made in (alike, differ))

    assert np.mean(np.asarray(first.evidence) > 0) < 0.1
    assert np.mean(np.asarray(second.evidence) > 0) > 0.95
    widths = np.asarray(second.parameters)[..., 5:].mean(axis=(0, 1))
    np.testing.assert_allclose(widths, [0.5, 3, 2, 1], atol=0.25)
    again = operations.call(first.evidence.history[-1], [alike.data.real])
    np.testing.assert_array_equal(again, first.evidence)


def test_lazy_fits_choose_alike():
    made = loop_scan((3, 5), angle=0.0, noise=0.02)
    lazy = fit_loops(made.data.real, compute=False)
    eager = fit_loops(made.data.real)

    assert hasattr(lazy.packed, "dask")
    np.testing.assert_allclose(lazy.parameters, eager.parameters, rtol=1e-9)
    np.testing.assert_allclose(lazy.evidence, eager.evidence, rtol=1e-6, atol=1e-6)


def test_missing_loops_are_counted():
    values = loop_scan((1, 4), angle=0.0, noise=0.02).data.real
    holes = values.compute()
    holes[0, 0, ::4] = np.nan
    holes[0, 1] = np.nan
    holes[0, 2] = 0.7
    found = fit_loops(values.like_data(holes))

    assert found.n_failed == 2
    status = np.asarray(found["amplitude"])
    np.testing.assert_array_equal(np.isnan(status), [[False, True, True, False]])


def test_measured_numbers_and_their_errors():
    flat = loop_scan((1, 1), noise=0.0, angle=0.0, spread=0.0).data.real
    rng = np.random.default_rng(8)
    noisy = flat.compute() + 0.05 * rng.standard_normal((40, 50, 64))
    data = loop_scan((40, 50)).data.real.like_data(noisy)
    found, exact = measure_loops(data, 0.05).persist(), measure_loops(flat, 0.0)

    for name in found.names:
        off = np.asarray(found[name]) - np.asarray(exact[name])
        ratio = np.sqrt(np.mean(off**2)) / np.asarray(found.errors[name]).mean()
        assert 0.93 < ratio < 1.07, name
    assert float(np.asarray(exact["imprint"]).item()) == pytest.approx(0.25, abs=0.02)
    assert found["area"].units == "m*V"
    assert found["coercive_left"].units == "V"
    step = found["area"].history[-1]
    assert (step.function, step.part) == ("pycroscopy.fit.measure_loops", "values.area")


def test_centre_and_area_are_those_of_the_polygon():
    rng = np.random.default_rng(2)
    bias = np.concatenate([np.linspace(-3, 5, 9), np.linspace(4.2, -2.7, 7)])
    data = sidpy.Dataset.from_array(rng.standard_normal((4, 16)))
    data.set_dimension(1, sidpy.Dimension(bias, "bias", "bias", "V", "spectral"))
    found = measure_loops(data, 1.0)
    for number, loop in enumerate(data.compute()):
        (x, y), area = calculate_loop_centroid(bias, loop)
        got = [found[name].compute()[number] for name in ("centroid_bias", "centroid_response")]
        np.testing.assert_allclose([*got, found["area"].compute()[number]], [x, y, area])


def test_what_is_no_loop():
    complex_loops = loop_scan((1, 2)).data
    for function in (fit_loops, lambda data: measure_loops(data, 1.0)):
        with pytest.raises(TypeError, match="project_loops"):
            function(complex_loops)
        with pytest.raises(ValueError, match="falls and rises"):
            function(np.ones((2, 20)))
        with pytest.raises(ValueError, match="3 points"):
            function(np.ones((2, 3)))
    with pytest.raises(TypeError, match="complex numbers"):
        project_loops(np.ones((2, 20)))
    with pytest.raises(ValueError, match="'select', 'nine' or 'six'"):
        fit_loops(np.ones((2, 20)), model="seven")


def test_pictures_of_loops():
    made = loop_scan((3, 4))
    projected = project_loops(made.data)
    measured = measure_loops(projected.loops, projected.noise)

    assert len(projected.plot().axes) >= 3
    axes = measured.plot().axes
    assert "imprint" in [one.get_title() for one in axes]
    assert "imprint (V)" in [one.get_ylabel() for one in axes]
    assert fit_loops(projected.loops).plot().axes


def test_a_simulation_is_the_same_in_any_blocks_of_work():
    made, again = (loop_scan((5, 7), seed=4).data.compute() for _ in range(2))
    np.testing.assert_array_equal(made, again)
    assert not np.array_equal(made, loop_scan((5, 7), seed=5).data.compute())
