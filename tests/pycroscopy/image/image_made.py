"""Images that tests of several modules make: not square, odd, with axes that are not plain."""

from __future__ import annotations

import numpy as np

import sidpy


def labelled(values, *, pixel=(0.02, 0.03), names="yx", units="nm", title="film", start=5.0):
    """An image (or a stack, first axis frames) with spatial axes that do not begin at zero."""
    values = np.asarray(values)
    kind = "IMAGE" if values.ndim == 2 else "IMAGE_STACK"
    data = sidpy.Dataset.from_array(values, title=title, datatype=kind, units="counts")
    if values.ndim == 3:
        data.set_dimension(0, sidpy.Dimension(len(values), "t", "time", "s", "temporal"))
    for axis, (name, step) in enumerate(zip(names, pixel, strict=True), values.ndim - 2):
        at = start + step * np.arange(values.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, name, "distance", units, "spatial"))
    data.metadata = {"experiment": {"dwell": 2.0}}
    return data


def texture(shape, *, sigma=2.0, seed=0):
    """Periodic noise smoothed over `sigma` pixels, of standard deviation one."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(seed).standard_normal(shape)
    image = gaussian_filter(noise, sigma, mode="wrap")
    return (image - image.mean()) / image.std()
