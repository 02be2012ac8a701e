"""The names of the released packages: same results where those were right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import sidpy
from pycroscopy.image import atom_refine, find_atoms
from pycroscopy.image.image_atoms import intensity_area, make_gauss

KEYS = {
    "number_of_atoms", "inside", "intensity_area", "maximum_area", "atoms", "gauss_width",
    "gauss_amplitude", "gauss_intensity", "gauss_volume",
}  # fmt: skip


def comb():
    values = np.zeros((64, 64))
    values[4:64:8, 4:64:8] = 1
    data = sidpy.Dataset.from_array(gaussian_filter(values, 2), datatype="IMAGE")
    for axis, name in enumerate("xy"):
        dimension = sidpy.Dimension(np.arange(64), name, "distance", "nm", "spatial")
        data.set_dimension(axis, dimension)
    return data


def test_find_atoms_gives_the_impulses_of_a_blurred_comb_exactly():
    atoms = find_atoms(comb())

    expected = {(r, c) for r in range(4, 64, 8) for c in range(4, 64, 8)}
    assert type(atoms) is np.ndarray
    assert atoms.shape[1] == 3
    assert len(atoms) >= 64
    assert {tuple(a) for a in atoms[:64, :2]} == expected


def test_a_whole_number_and_zero_are_thresholds_too():
    assert len(find_atoms(comb(), threshold=0)) == len(find_atoms(comb(), threshold=-1.0))
    assert len(find_atoms(comb(), threshold=1)) == 0


@pytest.mark.parametrize(
    ("image", "options", "match"),
    [
        (np.ones((8, 8)), {}, "find_atoms needs a sidpy.Dataset, found ndarray"),
        (sidpy.Dataset.from_array(np.ones((8, 8))), {}, "data_type IMAGE, found UNKNOWN"),
        (comb(), {"atom_size": "large"}, "atom_size should be a number, found 'large'"),
        (comb(), {"threshold": "low"}, "threshold should be a number, found 'low'"),
    ],
    ids=["array", "no image", "size", "threshold"],
)
def test_find_atoms_refuses_what_is_no_image_and_no_number(image, options, match):
    with pytest.raises(TypeError, match=match):
        find_atoms(image, **options)


@pytest.mark.parametrize("radius", [7, 7.6])
@pytest.mark.parametrize("level", [0.0, 3.0])
@pytest.mark.parametrize("size", [50, 51])
def test_atom_refine_has_no_bias_and_positive_widths(size, level, radius):
    rows, columns = np.mgrid[:size, :size]
    truth = np.array([[20.3, 24.8]])
    square = (rows - 20.3) ** 2 + (columns - 24.8) ** 2
    image = level + 2 * np.exp(-square / (2 * 2.0**2))

    found = atom_refine(image, np.array([[20, 25, 1.0]]), radius)

    assert set(found) == KEYS
    assert found["number_of_atoms"] == 1
    np.testing.assert_allclose(found["atoms"], truth, atol=1e-5)
    np.testing.assert_allclose(found["gauss_width"], 2, atol=1e-5)
    np.testing.assert_allclose(found["gauss_amplitude"], 2, atol=1e-5)
    np.testing.assert_allclose(found["gauss_volume"], 2 * np.pi * 2 * 4, rtol=1e-5)
    np.testing.assert_allclose(found["gauss_intensity"], 2 * np.pi * 2 * 4, rtol=0.01)
    inside = np.hypot(rows - 20, columns - 25) <= round(radius)
    np.testing.assert_allclose(found["intensity_area"], image[inside].sum())
    np.testing.assert_allclose(found["maximum_area"], image[inside].max())


def test_what_is_rejected_keeps_its_start_as_it_was():
    image = np.zeros((60, 60)) + gaussian_filter(np.eye(60), 1) * 0
    image[20, 20] = image[40, 40] = 100
    image = gaussian_filter(image, 2)
    start = [[20.25, 20.5], [2.5, 2.25], [40.25, 40.0]]

    bright = atom_refine(image, start, 6, max_int=image.sum() / 4)
    dim = atom_refine(image, start, 6, min_int=image.sum())
    near = atom_refine(image, start, 6, max_dist=0.1)

    assert bright["inside"] == [1, -1, 1]
    assert bright["intensity_area"][1] == bright["maximum_area"][1] == -1
    for found in (bright, dim, near):
        assert found["atoms"] == start
        assert np.isnan(found["gauss_width"]).all()
    np.testing.assert_allclose(atom_refine(image, start, 6)["atoms"][2], [40, 40], atol=1e-3)


def test_intensity_area_takes_rows_first():
    image = np.zeros((20, 30))
    image[5, 22] = 7

    assert intensity_area(image, [[5, 22], [22, 5], [10, 10]], 2) == [7.0, -1.0, 0.0]


@pytest.mark.parametrize(("size", "middle"), [(9, 4), (8, 4)])
def test_make_gauss_is_centred_and_sums_to_its_intensity(size, middle):
    gauss = make_gauss(size, size + 2, 0.8, x0=1, intensity=5)

    assert np.unravel_index(gauss.argmax(), gauss.shape) == (middle + 1, (size + 2) // 2)
    assert gauss.sum() == pytest.approx(5)
    assert gauss.shape == (size, size + 2)


def test_a_radius_that_is_no_length_is_refused():
    with pytest.raises(ValueError, match="radius should be a positive number of pixels, found 0"):
        atom_refine(np.ones((9, 9)), [[4, 4]], 0)
