"""Virtual detectors and the centre of mass against sums by hand and against counting."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

import sidpy
from pycroscopy.diffraction import annulus, center_of_mass, disk, mask, segments, virtual_images

SHAPE = (3, 5, 9, 12)


def scan(values, chunks=-1, step=0.25):
    """A scan in nm of patterns in 1/nm, v and u centred in the middle."""
    array = da.from_array(values, chunks=chunks)
    data = sidpy.Dataset.from_array(array, title="scan", units="counts", quantity="intensity")
    for axis, name in enumerate("yx"):
        points = np.arange(values.shape[axis]) * 0.5
        data.set_dimension(axis, sidpy.Dimension(points, name, "distance", "nm", "spatial"))
    for axis, name in enumerate("vu", start=2):
        points = (np.arange(values.shape[axis]) - values.shape[axis] // 2) * step
        data.set_dimension(axis, sidpy.Dimension(points, name, "q", "1/nm", "reciprocal"))
    return data


def counts(dtype="u2", shape=SHAPE):
    return np.random.default_rng(0).poisson(20, shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["u1", ">u2", "i4", "u8", "f4", ">f8", "?"])
@pytest.mark.parametrize("chunks", [-1, (2, 2, -1, -1), (2, 3, 4, 5)])
def test_images_are_the_sums_in_any_chunks_and_type(dtype, chunks):
    values = counts(dtype)
    data = scan(values, chunks)
    v, u = (data._axes[axis].values for axis in (2, 3))
    radius = np.hypot(v[:, None], u)

    images = virtual_images(data, {"BF": disk(0.6), "ADF": annulus(0.6, 1.2)})

    for name, inside in (("BF", radius < 0.6), ("ADF", (radius >= 0.6) & (radius < 1.2))):
        np.testing.assert_allclose(images[name].compute(), values[..., inside].sum(-1), rtol=1e-6)


def test_an_image_has_the_axes_and_units_of_the_scan_and_its_history():
    image = virtual_images(scan(counts()), {"BF": disk(1)})["BF"]

    assert (image.title, image.units, image.quantity) == ("scan BF", "counts", "intensity")
    assert [image._axes[i].name for i in (0, 1)] == ["y", "x"]
    assert image.data_type == sidpy.DataType.IMAGE
    assert image.history[-1].function == "pycroscopy.diffraction.virtual_images"


def test_segments_cover_their_ring_once():
    data = scan(counts())
    parts = segments(7, 0.3, 1.1, start=0.4)

    images = virtual_images(data, parts | {"ring": annulus(0.3, 1.1)}).persist()

    whole = images["ring"].compute()
    np.testing.assert_allclose(sum(images[name].compute() for name in parts), whole)
    assert len(images) == 8


def test_a_mask_has_its_own_weights():
    values = counts()
    weights = np.random.default_rng(1).normal(size=SHAPE[2:])

    image = virtual_images(scan(values), mask(weights))["detector"]

    np.testing.assert_allclose(image.compute(), (values * weights).sum((2, 3)), rtol=2e-5)


def test_the_center_of_mass_is_in_the_units_of_the_axes():
    values = counts()
    data = scan(values)
    v, u = (data._axes[axis].values for axis in (2, 3))

    found = center_of_mass(data)

    total = values.sum((2, 3))
    np.testing.assert_allclose(found.rows.compute(), (values * v[:, None]).sum((2, 3)) / total,
                               atol=1e-6)  # fmt: skip
    np.testing.assert_allclose(
        found.columns.compute(), (values * u).sum((2, 3)) / total, atol=1e-6
    )
    np.testing.assert_allclose(found.total.compute(), total)
    assert (found.rows.units, found.rows.quantity) == ("1/nm", "position")


def test_all_of_it_comes_from_one_pass():
    reads = []

    def read(block):
        reads.append(block.shape)
        return block

    values = da.from_array(counts(), chunks=(1, -1, -1, -1)).map_blocks(read, dtype="u2")
    reads.clear()
    data = sidpy.Dataset.from_array(values)

    images = virtual_images(data, {"a": disk(5), "b": disk(9)}, center_of_mass=True).persist()

    assert len(reads) == 3
    alone = center_of_mass(data)
    np.testing.assert_array_equal(images.center_of_mass.rows, alone.rows)


@pytest.mark.parametrize("electrons", [100, 1000, 10_000])
def test_the_error_of_a_disk_is_that_of_counting(electrons):
    """Uniform disk of 20 px in 64 x 64: R / (2 sqrt N), and the error says so."""
    rng = np.random.default_rng(electrons)
    y, x = np.mgrid[:64, :64] - 31.5
    inside = np.hypot(y, x) < 20
    expected = np.where(inside, electrons / inside.sum(), 0.0)
    values = rng.poisson(expected, (20, 25, 64, 64)).astype("u2")

    found = center_of_mass(values).persist()

    limit = 20 / (2 * np.sqrt(electrons))
    for name in ("rows", "columns"):
        spread = np.std(getattr(found, name).compute())
        assert 0.93 < spread / limit < 1.07
        error = getattr(found, f"{name[:-1]}_errors").compute()
        assert 0.95 < np.median(error) / limit < 1.05
        inside_error = np.abs(getattr(found, name).compute() - 31.5) < error
        assert 0.62 < inside_error.mean() < 0.74


def test_the_gain_scales_the_error():
    values = counts()

    one, four = (center_of_mass(values, gain=gain).row_errors.compute() for gain in (1, 4))

    np.testing.assert_allclose(four, 2 * one)


def test_nothing_counted_is_nan_and_so_is_a_nan_in_the_detector():
    values = counts("f4")
    values[0, 0] = 0
    values[1, 1, 4, 6] = np.nan

    found = center_of_mass(scan(values))
    image = virtual_images(scan(values), {"outside": annulus(0.5, 2)})["outside"].compute()

    missing = np.isnan(found.rows.compute())
    assert missing.sum() == 2
    assert missing[0, 0]
    assert missing[1, 1]
    inside = np.hypot(*np.ogrid[-1:1.25:0.25, -1.5:1.5:0.25])
    inside = (inside >= 0.5) & (inside < 2)
    assert inside[4, 6] == np.isnan(image).any()  # what is not counted does no harm
    np.testing.assert_array_equal(image, values[..., inside].sum(-1))


def test_one_pattern_has_one_value():
    assert virtual_images(np.ones((4, 5)), disk(9))["detector"].compute() == 20


def test_what_is_no_scan_of_patterns_is_refused():
    with pytest.raises(ValueError, match=r"\[\.\.\., v, u\]"):
        center_of_mass(np.ones(5))
    with pytest.raises(ValueError, match=r"\[\.\.\., v, u\]"):
        center_of_mass(np.ones((3, 0, 4)))
    with pytest.raises(TypeError, match="real"):
        center_of_mass(np.ones((3, 4), complex))
    with pytest.raises(ValueError, match="gain"):
        center_of_mass(np.ones((3, 4)), gain=0)
    with pytest.raises(ValueError, match="Detector objects"):
        virtual_images(np.ones((3, 4)), {})
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        virtual_images(np.ones((3, 4)), mask(np.ones((2, 2))))
    with pytest.raises(ValueError, match="0 <= inner < outer"):
        annulus(3, 2)


def test_pictures_have_axes_and_units():
    images = virtual_images(scan(counts()), {"BF": disk(1)}, center_of_mass=True)

    first, second = images.plot(), images.center_of_mass.plot()

    assert first.axes[0].get_xlabel() == "x (nm)"
    assert second.axes[0].get_ylabel() == "y (nm)"
    assert "1/nm" in second.axes[0].get_title()
