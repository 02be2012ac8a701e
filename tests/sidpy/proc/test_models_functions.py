"""User functions as models: vectorised where that is right, looped where it is not."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from sidpy.proc.fit import batch_fit
from sidpy.proc.models import from_function

X = np.linspace(0, 4, 30)


def decay(x, amplitude, rate):
    return amplitude * np.exp(-rate * x)


def branching(x, amplitude, rate):
    if rate > 1:
        return amplitude * np.exp(-rate * x)
    return amplitude * np.exp(-rate * x) * 1.0


def normalised(x, amplitude, rate):
    curve = np.exp(-rate * x)
    return amplitude * curve / np.max(curve)  # the maximum of all rows, once vectorised


P = np.array([[1.0, 0.5], [2.0, -1.5], [3.0, 0.1], [0.5, 2.0]])


@pytest.mark.parametrize(
    ("function", "takes_columns"),
    [
        (decay, True),
        (branching, False),
        (normalised, False),
        (lambda x, a, b: [a * v + b for v in x], False),
        (lambda x, a, b: a + b, True),
    ],
)
def test_values_are_those_of_single_rows_whatever_the_function(function, takes_columns):
    model = from_function(function)

    values = model(P, X)

    single = [np.broadcast_to(function(X, *row), X.shape) for row in P]
    np.testing.assert_allclose(values, single, rtol=1e-12)
    assert model.takes_columns is takes_columns


def test_a_function_that_disagrees_later_is_looped_from_then_on():
    def clipped(x, a, b):
        return a * x + b if np.max(a) < 5 else np.max(a) * x + b

    model = from_function(clipped)
    model(P, X)
    large = P * 10

    for _ in range(len(P)):
        values = model(large, X)

    assert model.takes_columns is False
    np.testing.assert_allclose(values, [clipped(X, *row) for row in large])


def test_images_are_functions_of_a_sequence_of_coordinates():
    model = from_function(lambda x, a, b: a * x[0] + b * x[1])
    row, column = np.meshgrid(np.arange(3.0), np.arange(4.0), indexing="ij")
    x = np.stack([row.ravel(), column.ravel()])

    fit = batch_fit(model, model(P, x), [1.0, 1.0], x=x)

    np.testing.assert_allclose(fit.parameters, P, atol=1e-9)


def test_names_come_from_the_signature_or_are_given():
    assert from_function(decay).parameters == ("amplitude", "rate")
    assert from_function(lambda x, *p: p[0] * x, parameters=2).parameters == ("p0", "p1")
    with pytest.raises(ValueError, match="does not name its parameters"):
        from_function(lambda x, *p: p[0] * x)


def test_guess_bounds_units_and_jacobian_are_used():
    model = from_function(
        decay,
        guess=lambda x, y: [y[0], 1.0],
        bounds=([0, 0], [np.inf, 10]),
        units=["nA", "1/s"],
        jacobian=lambda x, a, k: np.stack([np.exp(-k * x), -a * x * np.exp(-k * x)]),
    )
    y = model(P[[0, 2]], X)

    np.testing.assert_allclose(model.guess(X, y), [[1, 1], [3, 1]])
    assert model.units("s", "nA") == ("nA", "1/s")
    np.testing.assert_allclose(model.bounds()[1], [np.inf, 10])
    np.testing.assert_allclose(
        model.jacobian(P, X), from_function(decay, jacobian="complex-step").jacobian(P, X)
    )
    fit = batch_fit(model, y, model.guess(X, y), x=X, bounds=model.bounds())
    np.testing.assert_allclose(fit.parameters, P[[0, 2]], rtol=1e-7)


def test_a_model_of_a_module_function_travels_to_other_processes():
    model = pickle.loads(pickle.dumps(from_function(decay)))

    np.testing.assert_allclose(model(P, X), from_function(decay)(P, X))
