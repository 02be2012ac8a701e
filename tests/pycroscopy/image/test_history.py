"""Results of image operations can be computed again from their last step."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from image_made import labelled, texture

from pycroscopy import image as images
from sidpy.errors import MissingDependency
from sidpy.sid import operations

PICTURE = labelled(texture((40, 53)) + 3)
STACK = labelled(np.stack([texture((40, 53))] * 3))
LATTICE = labelled(
    np.cos(np.mgrid[:60, :72][0] * 2 * np.pi / 9) + np.cos(np.mgrid[:60, :72][1] * 2 * np.pi / 8)
)
CELLS = np.stack(np.mgrid[:5, :6], -1).reshape(-1, 2) * 8.0 + 5
WINDOWS = {"window_size_x": 8, "window_size_y": 9, "window_step_x": 4, "window_step_y": 5}


@pytest.mark.parametrize(
    ("make", "inputs"),
    [
        (lambda: images.level_plane(PICTURE, mask=np.asarray(PICTURE) > 2), [PICTURE]),
        (lambda: images.level_lines(STACK, method="median"), [STACK]),
        (lambda: images.level_facets(PICTURE), [PICTURE]),
        (lambda: images.flatten_image(PICTURE, 2, "col"), [PICTURE]),
        (lambda: images.crop_image(PICTURE, [5.3, 5.1, 6.0, 5.4]), [PICTURE]),
        (lambda: images.denoise_patches(PICTURE, size=5), [PICTURE]),
        (lambda: images.clean_svd(PICTURE), [PICTURE]),
        (lambda: images.decon_lr(PICTURE, 0.03), [PICTURE]),
        (lambda: images.power_spectrum(PICTURE), [PICTURE]),
        (lambda: images.radial_spectrum(PICTURE), [PICTURE]),
        (lambda: images.adaptive_fourier_filter(PICTURE, [[3.0, 4.0]]), [PICTURE]),
        (lambda: images.rigid_registration(STACK), [STACK]),
        (lambda: images.register(STACK, band=1).drift, [STACK]),
        (lambda: images.phase_strain(LATTICE, resolution=0.3).shear, [LATTICE]),
        (lambda: images.atom_strain(CELLS, LATTICE), [LATTICE]),
        (lambda: images.find_grains(PICTURE).table, [PICTURE]),
        (lambda: images.remove_scars(PICTURE), [PICTURE]),
        (lambda: images.sliding_windows(PICTURE, WINDOWS), [PICTURE]),
    ],
)
def test_a_result_is_computed_again_from_its_step(make, inputs):
    result = make()
    step = result.history[-1]
    again = operations.call(step, inputs)

    assert step.function.startswith("pycroscopy.image.")
    assert again.history[-1].part == step.part
    assert [d.units for d in again._axes.values()] == [d.units for d in result._axes.values()]
    assert np.asarray(again).tobytes() == np.asarray(result).tobytes()


@pytest.mark.parametrize(
    ("library", "call"),
    [
        ("skimage.restoration", lambda: images.inpaint(np.array([[1.0, np.nan], [2.0, 3.0]]))),
        ("skimage.restoration", lambda: images.denoise(PICTURE)),
        ("skimage.registration", lambda: images.optical_flow(PICTURE, PICTURE)),
        ("skimage.segmentation", lambda: images.find_grains(PICTURE, split=1)),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_command(library, call, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(MissingDependency, match=r"pip install 'pycroscopy\[image\]'"):
        call()
