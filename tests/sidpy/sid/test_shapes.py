"""Folding, Fourier transforms and other shapes."""

import numpy as np
import pytest

import sidpy
from sidpy import Dimension, DimensionType

# ---------------------------------------------------------------- fold and unfold


@pytest.mark.parametrize(
    ("arguments", "shape", "kinds"),
    [
        ({"method": "spaspec"}, (12, 5), ["SPATIAL", "SPECTRAL"]),
        ({"method": "spa"}, (12, 5), ["SPATIAL", "SPECTRAL"]),
        ({"method": "spec"}, (3, 4, 5), ["SPATIAL", "SPATIAL", "SPECTRAL"]),
        ({"dim_order": [[0], [1, 2]]}, (3, 20), ["SPATIAL", "UNKNOWN"]),
        ({"dim_order": [[2], [1, 0]]}, (5, 12), ["SPECTRAL", "SPATIAL"]),
        ({"dim_order": [[-1, 0, 1]]}, (60,), ["UNKNOWN"]),
    ],
)
def test_unfold_is_the_exact_inverse_of_fold(scan, arguments, shape, kinds):
    scan.variance = np.arange(60.0).reshape(3, 4, 5)
    folded = scan.fold(**arguments)
    back = folded.unfold()

    assert folded.shape == shape
    assert folded.title == "folded_T"
    assert [kind.name for kind in folded.get_dimensions_types()] == kinds
    assert back == scan
    assert (back.title, back.metadata) == (scan.title, scan.metadata)


def test_fold_of_default_names(scan):
    dataset = sidpy.Dataset.from_array(scan.compute())

    assert dataset.fold([[2, 0], [1]]).unfold() == dataset


def test_a_folded_axis_may_be_cut_when_it_was_one(scan):
    back = scan.fold(method="spaspec")[:, 1:4].unfold()

    assert back.shape == (3, 4, 3)
    assert back.bias == scan.bias[1:4]
    np.testing.assert_array_equal(back.compute(), scan.compute()[..., 1:4])
    with pytest.raises(NotImplementedError, match=r"folded from \['x', 'y'\] was cut"):
        scan.fold(method="spaspec")[3:].unfold()


def test_missing_axes_join_the_last_group(scan):
    with pytest.warns(UserWarning, match=r"axes \[1, 2\] are in no group"):
        assert scan.fold([[0]]).shape == (60,)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({}, "fold needs dim_order"),
        ({"dim_order": 3}, "found dim_order=3"),
        ({"method": "wild"}, "found 'wild'"),
        ({"dim_order": [[0], [0, 1]]}, "in one group only"),
    ],
)
def test_fold_refuses(scan, arguments, match):
    with pytest.raises(NotImplementedError, match=match):
        scan.fold(**arguments)


def test_unfold_needs_a_fold(scan):
    with pytest.raises(NotImplementedError, match="was not folded"):
        scan.unfold()
    with pytest.raises(NotImplementedError, match="no SPATIAL dimension"):
        sidpy.Dataset.from_array(np.zeros((2, 3))).fold(method="spa")


# ---------------------------------------------------------------- Fourier transforms


def test_fft_of_a_stack_leaves_the_frames_in_place():
    stack = sidpy.Dataset.from_array(
        np.ones((5, 8, 6)) * np.arange(1, 6)[:, None, None], datatype="image_stack"
    )
    stack.set_dimension(0, Dimension(5, "frame", "Frame", "frame", "temporal"))
    stack.set_dimension(1, Dimension(np.arange(8) * 2, "x", "Length", "nm", "spatial"))
    stack.set_dimension(2, Dimension(np.arange(6) * 3, "y", "Length", "nm", "spatial"))
    result = stack.fft()

    zero = result.compute()[:, 4, 3]
    np.testing.assert_allclose(zero, 48 * np.arange(1, 6))
    assert (result.u[4], result.v[3]) == (0, 0)
    assert result.frame == stack.frame
    assert (result.u.units, result.u.dimension_type) == ("1/nm", DimensionType.RECIPROCAL)
    assert (result.units, result.modality) == ("a.u.", "fft")
    np.testing.assert_allclose(result.u.values, np.fft.fftshift(np.fft.fftfreq(8, 2)))


def test_fft_finds_the_frequency(scan):
    time = Dimension(np.arange(100) / 50, "t", "Time", "s", "spectral")
    wave = sidpy.Dataset.from_array(np.cos(2 * np.pi * 7 * time.values))
    wave.set_dimension(0, time)
    spectrum = abs(wave.fft())

    peaks = np.sort(np.argsort(spectrum.compute())[-2:])
    np.testing.assert_allclose(spectrum.u.values[peaks], [-7, 7])
    assert spectrum.u.units == "1/s"
    assert scan.fft().u.units == "1/V"
    assert [d.name for d in scan.fft("spatial")._axes.values()] == ["u", "v", "bias"]


@pytest.mark.parametrize(
    ("kind", "error", "match"),
    [
        ("temporal", NotImplementedError, "TEMPORAL are not transformed"),
        ("wavy", KeyError, "WAVY"),
        (3, TypeError, "found 3"),
        ("reciprocal", TypeError, "need 2 such dimensions, found 0"),
    ],
)
def test_fft_refuses(scan, kind, error, match):
    with pytest.raises(error, match=match):
        scan.fft(kind)


def test_fft_needs_linear_axes(scan):
    scan.bias = Dimension([0, 1, 2, 4, 8], "bias", "Bias", "V", "spectral")
    with pytest.raises(ValueError, match="'bias' is not linear"):
        scan.fft("spectral")


# ---------------------------------------------------------------- and back


def described(shape, types, *, rows_first=False):
    """A dataset of axes that start anywhere, of odd and even lengths."""
    rng = np.random.default_rng(0)
    dataset = sidpy.Dataset.from_array(rng.normal(size=shape), title="T", units="nA", chunks=3)
    names = "yxte" if rows_first else "xyte"
    for axis, (length, kind) in enumerate(zip(shape, types, strict=True)):
        values = (axis + 1.5) + np.arange(length) * (0.25 + axis)
        dimension = Dimension(values, names[axis], "Length", "nm", kind)
        dataset.set_dimension(axis, dimension)
    dataset.modality = "STM"
    return dataset


@pytest.mark.parametrize("rows_first", [False, True])
@pytest.mark.parametrize(
    ("shape", "types", "kind"),
    [
        ((5, 8), ("spatial", "spatial"), None),
        ((6, 7, 5), ("spatial", "spatial", "spectral"), "spatial"),
        ((6, 7, 5), ("spatial", "spatial", "spectral"), "spectral"),
        ((9,), ("spectral",), None),
        ((4, 1), ("reciprocal", "reciprocal"), None),
        ((3, 2, 4, 5), ("temporal", "spectral", "reciprocal", "reciprocal"), "reciprocal"),
    ],
)
def test_ifft_is_the_exact_inverse_of_fft(shape, types, kind, rows_first):
    dataset = described(shape, types, rows_first=rows_first)
    back = dataset.fft(kind).ifft()

    np.testing.assert_allclose(back.compute(), dataset.compute(), atol=1e-13)
    assert back._axes == dataset._axes
    assert [dim.dimension_type for dim in back._axes.values()] == dataset.get_dimensions_types()
    assert (back.units, back.modality, back.title) == ("nA", "STM", "T_new")
    assert back.metadata == dataset.metadata
    assert not hasattr(back, "fft_attr")


def test_ifft_of_a_transposed_and_of_a_saved_transform():
    import pickle

    dataset = described((5, 8), ("spatial", "spatial"))
    back = pickle.loads(pickle.dumps(dataset.fft().T)).ifft()

    np.testing.assert_allclose(back.compute(), dataset.compute().T, atol=1e-13)
    assert [dim.name for dim in back._axes.values()] == ["y", "x"]
    assert back.x == dataset.x


def test_ifft_of_some_frequencies_has_fewer_points_over_the_same_range():
    time = np.arange(64) / 16 + 3
    wave = sidpy.Dataset.from_array(np.cos(2 * np.pi * 0.5 * (time - 3)))
    wave.set_dimension(0, Dimension(time, "t", "Time", "s", "spectral"))
    low = wave.fft()[24:40].ifft()

    assert low.t.units == "s"
    np.testing.assert_allclose(low.t.values, 3 + np.arange(16) / 4)
    np.testing.assert_allclose(low.real.compute() * 16 / 64, wave.compute()[::4], atol=1e-12)


def test_ifft_without_a_transform_before_starts_at_zero():
    dataset = sidpy.Dataset.from_array(np.ones((4, 6), complex), datatype="image")
    for axis, (length, name) in enumerate(((4, "u"), (6, "v"))):
        values = np.fft.fftshift(np.fft.fftfreq(length, 0.5))
        dimension = Dimension(values, name, "reciprocal_length", "1/nm", "reciprocal")
        dataset.set_dimension(axis, dimension)
    back = dataset.ifft()

    assert [(dim.name, dim.units) for dim in back._axes.values()] == [("x", "nm"), ("y", "nm")]
    np.testing.assert_allclose(back.y.values, np.arange(6) / 2)
    assert back.x.dimension_type is DimensionType.SPATIAL
    assert back.compute()[0, 0] == 1


def test_the_phase_refers_to_the_first_value():
    x = np.arange(32) / 8 - 1.5
    wave = sidpy.Dataset.from_array(np.exp(2j * np.pi * 0.75 * x))
    wave.set_dimension(0, Dimension(x, "x", "Length", "nm", "spectral"))
    spectrum = wave.fft()
    peak = int(np.argmax(abs(spectrum.compute())))
    referred = spectrum.compute() * np.exp(-2j * np.pi * spectrum.u.values * x[0])

    assert spectrum.u[peak] == 0.75
    assert np.angle(referred[peak]) == pytest.approx(0, abs=1e-12)


# ---------------------------------------------------------------- other shapes


@pytest.mark.parametrize("shape", [(5,), (3, 4)])
def test_flatten_complex_puts_imaginary_parts_behind_real_ones(shape):
    rng = np.random.default_rng(0)
    values = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    dataset = sidpy.Dataset.from_array(values, variance=np.full(shape, 6.0), units="V")
    dataset.set_dimension(len(shape) - 1, Dimension(np.arange(shape[-1]) * 2, "f", "F", "Hz"))
    flat = dataset.flatten_complex()

    expected = np.concatenate([values.real, values.imag], axis=-1)
    np.testing.assert_array_equal(flat.compute(), expected)
    assert flat.f.values.tolist() == [*range(0, 2 * shape[-1], 2)] * 2
    assert (flat.f.units, flat.units, flat.dtype) == ("Hz", "V", np.dtype(float))
    assert set(flat.variance.compute().ravel()) == {3.0}


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (lambda d: d.reshape((12, 5)), ["a", "bias"]),
        (lambda d: d.reshape(3, 20), ["x", "b"]),
        (lambda d: d.reshape(3, 2, 2, -1), ["x", "b", "c", "bias"]),
        (lambda d: d.flatten(), ["a"]),
        (lambda d: d.ravel(), ["a"]),
        (lambda d: np.reshape(d, (12, 5)), ["a", "bias"]),
        (lambda d: d.repeat(2, axis=-1), ["x", "y", "bias"]),
        (lambda d: d.reshape(1, 3, 4, 5), ["a", "x", "y", "bias"]),
    ],
)
def test_whole_axes_keep_their_dimension(scan, function, names):
    scan.variance = scan.compute()
    result = function(scan)
    values = scan.compute()
    expected = (
        values.repeat(2, axis=-1) if result.shape[-1:] == (10,) else values.reshape(result.shape)
    )

    assert isinstance(result, sidpy.Dataset)
    np.testing.assert_array_equal(result.compute(), expected)
    np.testing.assert_array_equal(result.variance.compute(), expected)
    assert [dimension.name for dimension in result._axes.values()] == names


def test_repeat_repeats_the_axis_too(scan):
    assert scan.repeat(2, axis=0).x.values.tolist() == [0, 0, 0.5, 0.5, 1, 1]
    assert scan.repeat(2).shape == (120,)


def test_choose_and_nonzero():
    dataset = sidpy.Dataset.from_array(np.array([0, 1, 1]))

    assert dataset.choose([5, 7]).compute().tolist() == [5, 7, 7]
    assert dataset.nonzero()[0].compute().tolist() == [1, 2]


def test_u_belongs_to_x_when_rows_come_first():
    image = sidpy.Dataset.from_array(np.ones((4, 6)), datatype="image")
    image.set_dimension(0, Dimension(np.arange(4) * 2.0, "y", "Length", "nm", "spatial"))
    image.set_dimension(1, Dimension(np.arange(6) * 3.0, "x", "Length", "nm", "spatial"))

    assert [d.name for d in image.fft()._axes.values()] == ["v", "u"]
    assert image.fft().u.slope == pytest.approx(1 / 18)
