"""Weighted sums over patterns: nothing is rounded, in any layout, with and without numba."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

import sidpy
from pycroscopy.diffraction import annulus, center_of_mass, compiled, disk, mask, virtual_images


@pytest.fixture
def numba(monkeypatch):
    """Have compiled code used from the first byte on."""
    pytest.importorskip("numba", reason="numba, which compiles the sums, is not installed")
    monkeypatch.setattr(compiled, "_ENOUGH", 0)


@pytest.fixture
def never(monkeypatch):
    monkeypatch.setattr(compiled, "_ENOUGH", float("inf"))


def extremes(dtype, shape):
    """Patterns of the largest, of the smallest, and of any values."""
    limits = np.iinfo(dtype)
    values = np.random.default_rng(0).integers(
        limits.min, limits.max, shape, dtype.newbyteorder("="), endpoint=True
    )
    values[0], values[1] = limits.max, limits.min
    return values.astype(dtype)


def assert_exact(values):
    v, u = values.shape[-2:]
    middle = {"center": ((v - 1) / 2, (u - 1) / 2)}
    detectors = {
        "all": disk(1e6, **middle),
        "BF": disk(v / 6, **middle),
        "ADF": annulus(v / 4, v / 2.2, **middle),
        "rows": mask(np.repeat(np.arange(v)[:, None] % 5, u, axis=1)),
        "columns": mask(np.repeat(np.arange(u)[None] % 3, v, axis=0)),
    }
    images = virtual_images(values, detectors)

    whole = values.astype(np.int64)
    y, x = np.ogrid[:v, :u]
    for name, detector in detectors.items():
        weights = detector.weights(y.ravel(), x.ravel()).astype(np.int64)
        np.testing.assert_array_equal(images[name].compute(), (whole * weights).sum((-2, -1)))


@pytest.mark.parametrize("dtype", ["u1", "i1", "<u2", ">u2", "i2", "i4", ">u4"])
@pytest.mark.parametrize("shape", [(4, 5, 33, 18), (3, 300, 700)])
def test_integers_are_summed_without_an_error(never, dtype, shape):
    assert_exact(extremes(np.dtype(dtype), shape))


@pytest.mark.parametrize("dtype", ["u1", "i1", "<u2", ">u2", "i2"])
@pytest.mark.parametrize("shape", [(4, 5, 33, 18), (3, 300, 700)])
def test_and_so_they_are_by_compiled_code(numba, dtype, shape):
    assert_exact(extremes(np.dtype(dtype), shape))


def test_compiled_code_gives_the_same_bits(numba, monkeypatch):
    values = extremes(np.dtype("u2"), (3, 7, 40, 56))
    ours = center_of_mass(values).persist()
    assert compiled._compiled.cache_info().currsize

    monkeypatch.setattr(compiled, "_ENOUGH", float("inf"))
    plain = center_of_mass(values).persist()

    for name in ours.names:
        np.testing.assert_array_equal(getattr(ours, name), getattr(plain, name))


def test_numba_is_loaded_only_after_enough_data(monkeypatch):
    loaded = []
    monkeypatch.setattr(compiled, "_compiled", lambda: loaded.append(1))
    monkeypatch.setattr(compiled, "_passed", {"bytes": 0})
    scan = np.ones((64, 64, 16, 16), "u2")

    virtual_images(scan, disk(4))["detector"].compute()
    assert not loaded

    monkeypatch.setattr(compiled, "_ENOUGH", 2 * scan.nbytes)
    virtual_images(scan, disk(4))["detector"].compute()
    assert loaded


@pytest.mark.parametrize("error", [None, ImportError("numba needs another NumPy")])
def test_without_numba_there_is_numpy(monkeypatch, error):
    import sys

    monkeypatch.setattr(compiled, "_ENOUGH", 0)
    monkeypatch.setattr(compiled, "find_spec", lambda name: error)
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled._compiled.cache_clear()

    assert compiled.whole_sums(np.dtype("u2"), (3, 4), 1) is None
    assert_exact(extremes(np.dtype("u2"), (3, 2, 9, 7)))
    compiled._compiled.cache_clear()


@pytest.mark.parametrize("compiled_code", [True, False])
def test_any_layout_in_memory_will_do(request, compiled_code):
    request.getfixturevalue("numba" if compiled_code else "never")
    stored = np.maximum(extremes(np.dtype("u2"), (6, 5, 4, 20, 24)), 1)
    for values in (
        stored.transpose(1, 0, 2, 3, 4),
        stored.transpose(0, 2, 1, 4, 3),
        stored[::2, 1:, ::-1, 3:17, ::2],
        np.asfortranarray(stored),
    ):
        data = sidpy.Dataset.from_array(da.from_array(values, chunks=-1))
        mass = center_of_mass(data).persist()
        total = values.sum((-2, -1), dtype=float)
        rows = (values * np.arange(values.shape[-2])[:, None].astype(float)).sum((-2, -1)) / total
        np.testing.assert_allclose(mass.rows, rows, rtol=1e-13)
        np.testing.assert_array_equal(mass.total, total)


@pytest.mark.parametrize("dtype", ["<u2", ">u2", ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_file_is_summed_as_it_lies_there(tmp_path, dtype, order):
    values = np.random.default_rng(2).integers(0, 9999, (6, 5, 12, 10)).astype(dtype)
    path = tmp_path / "scan.raw"
    path.write_bytes(b"header" + values.tobytes(order))
    source = sidpy.FileArray(path, dtype, values.shape, offset=6, order=order)
    for array in (source, source.transpose((1, 0, 2, 3))):
        data = sidpy.Dataset.from_array(array, chunks=(2, 3, 12, 10))
        expected = values if array is source else values.transpose(1, 0, 2, 3)
        images = virtual_images(data, disk(4, center=(6, 5)), center_of_mass=True).persist()
        inside = np.hypot(*np.ogrid[-6:6, -5:5]) < 4
        np.testing.assert_array_equal(
            images["detector"], expected[..., inside].sum(-1, dtype=float)
        )
        np.testing.assert_array_equal(
            images.center_of_mass.total, expected.sum((2, 3), dtype=float)
        )


def test_a_pattern_larger_than_the_cache_is_summed_in_bands(monkeypatch, never):
    from pycroscopy.diffraction import sums

    monkeypatch.setattr(sums, "_TILE", 1000)
    assert_exact(extremes(np.dtype("u2"), (4, 90, 31)))


def test_what_has_no_weight_does_no_harm():
    values = np.ones((2, 6, 8))
    values[1, 0, 0] = np.inf
    values[1, 3, 4] = np.nan
    inside = np.zeros((6, 8))
    inside[1:, 1:] = 1
    holes = inside.copy()
    holes[3, 4] = 0

    images = virtual_images(values, {"NaN inside": mask(inside), "around it": mask(holes)})

    assert np.isnan(images["NaN inside"].compute()[1])
    assert images["around it"].compute().tolist() == [34, 34]
