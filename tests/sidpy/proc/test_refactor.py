"""SidpyFitterRefactor: the same engine under the other set of names."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

import sidpy
from sidpy.errors import DimensionError, SidpyWarning
from sidpy.proc.fitter_refactor import SidpyFitterRefactor

TIME = np.linspace(0, 3, 30)


def decay(x, height, rate):
    return height * np.exp(-rate * x)


def guess(x, y):
    return [y[0], 1.0]


def scan(values, spectral=(2,), title="scan"):
    data = sidpy.Dataset.from_array(values, title=title, units="nA")
    data.metadata = {"operator": {"name": "Ada"}}
    data.original_metadata = {"gain": 3}
    for axis, length in enumerate(values.shape):
        axis_values = TIME if length == TIME.size else 0.5 * np.arange(length)
        kind = "spectral" if axis in spectral else "spatial"
        data.set_dimension(
            axis, sidpy.Dimension(axis_values, "yxtuv"[axis], "Q", "s", dimension_type=kind)
        )
    return data


@pytest.fixture
def truth():
    return np.random.default_rng(0).uniform(1, 2, (3, 5, 2))


@pytest.fixture
def data(truth):
    noise = 0.01 * np.random.default_rng(1).normal(size=(3, 5, TIME.size))
    return scan(decay(TIME, truth[..., :1], truth[..., 1:]) + noise)


def by_least_squares(data, **options):
    rows = np.asarray(data).reshape(-1, TIME.size)
    found = [
        least_squares(lambda p, y=row: decay(TIME, *p) - y, [row[0], 1.0], **options).x
        for row in rows
    ]
    return np.stack(found).reshape(*data.shape[:-1], 2)


def test_parameters_are_those_of_least_squares_and_errors_are_right(data, truth):
    table, covariance = SidpyFitterRefactor(data, decay, guess).do_fit(return_cov=True)

    np.testing.assert_allclose(table, by_least_squares(data), rtol=1e-5)
    errors = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    pulls = (np.asarray(table) - truth) / errors
    assert 0.7 < pulls.std() < 1.3


def test_tables_are_labelled_as_ever_and_know_their_parent(data):
    fitter = SidpyFitterRefactor(data, decay, guess, lower_bounds=0)
    fitter.setup_calc(chunks=2)
    table, covariance = fitter.do_fit(fit_parameter_labels=["height", "rate"], return_cov=True)

    assert (table.title, table.data_type.name) == ("scan_fit_params", "IMAGE_STACK")
    assert (covariance.title, covariance.data_type.name) == ("scan_fit_covariance", "UNKNOWN")
    assert table.dtype == np.float64
    assert [a.name for a in table._axes.values()] == ["y", "x", "fit_parameters"]
    assert (table.y, table.x) == (data.y, data.x)
    assert (table.fit_parameters.quantity, table.fit_parameters.units) == ("Label", "generic")
    assert [a.name for a in covariance._axes.values()][2:] == ["parameter_row", "parameter_col"]
    assert table.metadata["operator"] == {"name": "Ada"}
    assert table.original_metadata == {"gain": 3}
    assert table.metadata["fit_parameters"] == {
        "ind_dims": (2,), "is_complex": False, "use_kmeans": False, "n_clusters": None,
        "lower_bounds": 0, "upper_bounds": None, "loss": "linear", "f_scale": 1.0,
        "return_cov": True, "fit_parameter_labels": ["height", "rate"],
    }  # fmt: skip
    assert table.metadata["source_code"]["model_function"][0].startswith("def decay")
    assert table.metadata["dataset_info"] == {
        "original_name": data.name, "original_shape": (3, 5, 30)
    }  # fmt: skip
    assert table.metadata["num_params"] == 2
    assert table.provenance["sidpy"]["generated_from"] == "scan"
    assert covariance.provenance["sidpy"]["parent_fit"] == "scan_fit_params"
    assert table.history[-1].parents[0] is data.history[-1]


def test_nothing_has_to_be_set_up(data):
    guesses = SidpyFitterRefactor(data, decay, guess).do_guess()

    assert guesses.shape == (3, 5, 2)
    np.testing.assert_array_equal(guesses[..., 0], np.asarray(data)[..., 0])


@pytest.mark.parametrize("flat", [True, False])
def test_axes_of_different_lengths_are_fitted_along(flat):
    """The function gets the values of each axis and returns values on their grid."""
    slopes = np.random.default_rng(2).uniform(1, 2, (3, 2))
    u, v = 0.5 * np.arange(4), 0.5 * np.arange(6)
    values = slopes[:, 0, None, None] * u[:, None] + slopes[:, 1, None, None] * v**2

    def surface(x, a, b):
        x0, x1 = x
        grid = a * x0[:, None] + b * x1**2
        return np.ravel(grid) if flat else grid

    fitter = SidpyFitterRefactor(scan(values, spectral=(1, 2)), surface, lambda x, y: [1.5, 1.5])
    np.testing.assert_allclose(fitter.do_fit(), slopes, rtol=1e-6)


def test_one_bad_pixel_does_not_end_the_others(data):
    values = np.array(data)
    values[1, 1] = np.nan
    values[2, 2, 3:6] = np.nan

    def fails_on_gaps(x, y):
        if np.isnan(y).all():
            msg = "nothing there"
            raise ZeroDivisionError(msg)
        return [1.0, 1.0]

    with pytest.warns(SidpyWarning, match="1 of 15 fits failed.*nothing there"):
        table = SidpyFitterRefactor(scan(values), decay, fails_on_gaps, num_params=2).do_fit()
    bad = np.isnan(np.asarray(table)).any(axis=-1)
    assert np.argwhere(bad).tolist() == [[1, 1]]


def test_complex_data():
    r = np.random.default_rng(3)
    truth = r.uniform(1, 2, (2, 3, 2))

    def spiral(x, height, rate):
        return height * np.exp(1j * rate * x)

    data = scan(spiral(TIME, truth[..., :1], truth[..., 1:]))
    table = SidpyFitterRefactor(data, spiral, lambda x, y: [abs(y[0]), 1.5]).do_fit()
    np.testing.assert_allclose(table, truth, rtol=1e-6)


@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
def test_outliers_count_less(data, loss):
    values = np.array(data)
    values[..., 10] += 5
    table = SidpyFitterRefactor(scan(values), decay, guess).do_fit(loss=loss, f_scale=0.05)

    expected = by_least_squares(scan(values), loss=loss, f_scale=0.05)
    np.testing.assert_allclose(table, expected, rtol=1e-3)


def test_bounds_for_all_or_for_each(data):
    low = SidpyFitterRefactor(data, decay, guess, lower_bounds=0, upper_bounds=1.2).do_fit()
    each = SidpyFitterRefactor(data, decay, guess, [2], None, [0, 0], [5, 1.2]).do_fit()

    assert np.asarray(low).max() <= 1.2
    assert np.asarray(each)[..., 1].max() <= 1.2 < np.asarray(each)[..., 0].max()


def test_clusters_give_the_start_values(data):
    fitter = SidpyFitterRefactor(data, decay, guess)
    starts = fitter.do_kmeans_guess(3)
    assert starts.shape == (3, 5, 2)
    assert len(np.unique(np.asarray(starts)[..., 0])) <= 3

    table = fitter.do_fit(use_kmeans=True, n_clusters=3)
    np.testing.assert_allclose(table, by_least_squares(data), rtol=1e-5)
    assert table.metadata["fit_parameters"]["n_clusters"] == 3


@pytest.mark.parametrize("ind_dims", [2, -1, "t", "spectral", ("t",), (2,)])
def test_axes_are_numbers_names_or_kinds(data, ind_dims):
    assert SidpyFitterRefactor(data, decay, guess, ind_dims).ind_dims == (2,)


@pytest.mark.distributed
def test_an_active_cluster_does_the_work(data, cluster):
    # functions that travel by value: workers need not import this file
    fitter = SidpyFitterRefactor(
        data, lambda x, height, rate: height * np.exp(-rate * x), lambda x, y: [y[0], 1.0]
    )
    table = fitter.do_fit()

    np.testing.assert_allclose(table, by_least_squares(data), rtol=1e-5)


def test_wrong_arguments_say_what_would_fit(data):
    with pytest.raises(TypeError, match=r"sidpy\.Dataset"):
        SidpyFitterRefactor(np.zeros(3), decay, guess)
    with pytest.raises(DimensionError, match=r"'w'.*t \(SPECTRAL\)"):
        SidpyFitterRefactor(data, decay, guess, "w")
    with pytest.raises(ValueError, match=r"length \(3\) does not match num_params \(2\)"):
        SidpyFitterRefactor(data, decay, guess, lower_bounds=[0, 0, 0]).do_fit()
    with pytest.raises(ValueError, match=r"indices: \[0, 1\]"):
        SidpyFitterRefactor(data, decay, guess, lower_bounds=1, upper_bounds=0).do_fit()
    with pytest.raises(ValueError, match="loss is 'bogus'"):
        SidpyFitterRefactor(data, decay, guess).do_fit(loss="bogus")
    with pytest.raises(ValueError, match="pass num_params"):
        SidpyFitterRefactor(data, decay, lambda x, y: 1 / 0).do_fit()


def test_source_becomes_a_function_only_where_it_is_asked_to():
    make = SidpyFitterRefactor.reconstruct_function

    assert make("def a(x):\n    return x\ndef b(x):\n    return 2 * x\n")(3) == 6
    assert make(["    def a(x):\n", "        return scale * x\n"], {"scale": 5})(3) == 15
    with pytest.raises(RuntimeError, match="SyntaxError"):
        make("def a(x:")
    with pytest.raises(ValueError, match="no function"):
        make("x = 1")
    with pytest.raises(TypeError, match="int"):
        make(3)


def test_parameters_from_elsewhere_become_a_dataset(data):
    table = SidpyFitterRefactor(data, decay, guess).transform_to_sidpy(np.zeros((3, 5, 2)))

    assert (table.title, table.shape) == ("scan_fit_params", (3, 5, 2))
