"""Decompositions of many values in single precision: right, or done again in double."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.learn import decompose, factors, narrow
from pycroscopy.learn.eigen import eigen_decompose


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    """Have small data treated as large ones are."""
    monkeypatch.setattr(factors, "_MANY", 0)


@pytest.fixture
def passes(monkeypatch):
    """Record in which precision the matrix was squared, and whether that was enough."""
    seen = []

    def spied(name):
        inner = getattr(factors, name)

        def call(*args):
            found = inner(*args)
            seen.append((name.split("_")[2], found is not None))
            return found

        monkeypatch.setattr(factors, name, call)

    spied("_in_single_precision")
    spied("_in_double_precision")
    return seen


def spectra(dtype="f4", shape=(31, 17, 45), *, offset=0.0, scale=1.0, strengths=(4, 3, 1.5)):
    r = np.random.default_rng(1)
    maps = r.standard_normal((*shape[:2], len(strengths))) * strengths
    values = maps @ r.standard_normal((len(strengths), shape[2]))
    return (scale * (values + r.standard_normal(shape) + offset)).astype(dtype)


def lapack(values, *, center):
    flat = values.reshape(-1, values.shape[-1]).astype(np.float64)
    if center:
        flat = flat - flat.mean(axis=0 if len(flat) >= flat.shape[1] else 1, keepdims=True)
        if flat.shape[0] < flat.shape[1]:
            flat = values.reshape(flat.shape).astype(float)
            flat = flat - flat.mean(axis=0)
    return flat, np.linalg.svd(flat, full_matrices=False)


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("dtype", ["f4", ">f4", "f2", "i2", ">u2", "i1"])
@pytest.mark.parametrize("shape", [(31, 17, 45), (5, 7, 90)])
def test_values_vectors_and_mean_are_those_of_lapack(passes, dtype, center, shape):
    values = spectra(dtype, shape, offset=60 if "u" in dtype else 3)
    flat, (left, exact, right) = lapack(values, center=center)

    found = decompose(values, rank=3, center=center)

    assert passes == [("single", True)]
    np.testing.assert_allclose(found.singular_values[:3], exact[:3], rtol=1e-6)
    np.testing.assert_allclose(found.singular_values[:-1], exact[:-1], rtol=1e-4)
    product = np.asarray(found.abundances).reshape(-1, 3) @ np.asarray(found.components)
    expected = left[:, :3] * exact[:3] @ right[:3]
    np.testing.assert_allclose(product, expected, atol=2e-6 * np.abs(flat).max())
    if center:
        mean = values.reshape(-1, shape[2]).astype(float).mean(axis=0)
        np.testing.assert_allclose(found.mean, mean, rtol=0, atol=1e-6 * np.abs(mean).max())


@pytest.mark.parametrize("center", [False, True])
def test_a_large_mean_costs_no_digits(passes, center):
    values = spectra(offset=1e4, shape=(60, 40, 30))
    _, (_, exact, _) = lapack(values, center=center)

    found = decompose(values, rank=4 - center, center=center)

    assert passes == [("single", True)]
    np.testing.assert_allclose(found.singular_values[:3], exact[:3], rtol=1e-6)
    assert found.noise == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("scale", [1e-30, 1e-15, 1e18, 1e30])
def test_the_unit_of_the_data_does_not_matter(passes, scale):
    values = spectra(scale=scale)
    exact = decompose(values.astype(float), center=True)

    found = decompose(values, center=True)

    assert passes == [("double", True), ("single", True)]
    assert found.rank == exact.rank
    assert found.noise == pytest.approx(exact.noise, rel=1e-5)
    np.testing.assert_allclose(found.singular_values[:3], exact.singular_values[:3], rtol=1e-6)


@pytest.mark.parametrize("strength", [300.0, 1e5])
def test_weak_components_beside_a_strong_one_are_found_in_double_precision(passes, strength):
    values = spectra(strengths=(strength, 4, 1.5))
    _, (_, exact, _) = lapack(values, center=False)

    found = decompose(values, rank=3)

    assert passes == [("single", False), ("double", True)]
    np.testing.assert_allclose(found.singular_values[:3], exact[:3], rtol=1e-7)


def test_without_noise_the_rest_is_found_by_qr(passes):
    rows = np.random.default_rng(0).standard_normal((500, 2)).astype("f4")
    values = rows @ np.random.default_rng(1).standard_normal((2, 20)).astype("f4")
    exact = np.linalg.svd(values.astype(float), compute_uv=False)

    found = decompose(values, rank=2)

    assert found.solver == "qr"
    np.testing.assert_allclose(found.singular_values, exact, rtol=1e-6, atol=1e-12 * exact[0])


def test_one_value_beyond_the_range_of_squares_is_no_reason_to_fail(passes):
    values = spectra()
    values[20, 3, 7] = 1e30

    found = decompose(values, rank=1)

    assert passes[-1] == ("double", True)
    assert found.singular_values[0] == pytest.approx(1e30, rel=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_refused_as_ever(bad):
    values = spectra()
    values[3, 4, 5] = bad

    with pytest.raises(ValueError, match="not finite"):
        decompose(values)


def test_double_precision_and_chosen_solvers_are_left_alone(passes):
    decompose(spectra("f8"), rank=3)
    decompose(spectra("i4"), rank=3)
    decompose(spectra(), rank=3, solver="gram")

    assert passes == [("double", True)] * 3


def test_a_file_gives_what_memory_gives_whatever_its_chunks(tmp_path):
    values = spectra(">f4")
    path = tmp_path / "cube.raw"
    path.write_bytes(values.tobytes())
    source = sidpy.FileArray(path, ">f4", values.shape)
    expected = decompose(values, center=True)

    for chunks in ((1, 17, 45), (8, 5, 20), -1):
        found = decompose(sidpy.Dataset.from_array(source, chunks=chunks), center=True)
        np.testing.assert_allclose(found.singular_values, expected.singular_values, rtol=1e-6)
        np.testing.assert_allclose(found.abundances, expected.abundances, atol=1e-4)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 1000])
@pytest.mark.parametrize("own_means", [False, True])
def test_sums_over_rows_are_right_to_seven_digits(monkeypatch, n, own_means):
    monkeypatch.setattr(narrow, "_TILE", 1 << 13)
    rows = np.random.default_rng(n).normal(5, 3, (n, 12)).astype("f4")
    exact = rows.astype(float)
    exact -= exact.mean(axis=1, keepdims=True) if own_means else 0
    about = exact - exact.mean(axis=0)

    mean, gram = narrow.gram_about_mean(rows, own_means=own_means)

    np.testing.assert_allclose(mean, exact.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(gram, about.T @ about, atol=1e-6 * 9 * n)


@pytest.mark.parametrize("n", [2, 255, 256, 301])
def test_eigenvectors_are_orthonormal_and_those_of_lapack(n):
    factor = np.random.default_rng(n).standard_normal((n, n))
    gram = factor @ factor.T
    exact = np.linalg.eigvalsh(gram)[::-1]

    values, vectors_of = eigen_decompose(gram)

    np.testing.assert_allclose(values, exact, atol=1e-12 * exact[0])
    for k in {1, n // 5 or 1, n}:
        vectors = vectors_of(k)
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), atol=1e-12)
        np.testing.assert_allclose(gram @ vectors, vectors * exact[:k], atol=1e-11 * exact[0])
