"""Lines of a scan cut into pixels in a universal file (extra ``usid``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from sidpy.hdf.attrs import write_simple_attrs

from .whole import as_main, described, dimension, usid

__all__ = ["reshape_from_lines_to_pixels"]

#: Bytes that are copied at once.
_BLOCK = 1 << 26


def reshape_from_lines_to_pixels(
    h5_main: Any, pts_per_cycle: int, scan_step_x_m: float | None = None
) -> Any:
    """Cut the signal of each line into one for each pixel.

    Parameters
    ----------
    h5_main : h5py.Dataset of shape (lines, samples)
        Evenly sampled along one spectroscopic dimension.
    pts_per_cycle : int
        Samples of a pixel; has to divide those of a line.
    scan_step_x_m : float, m, optional
        From pixel to pixel; numbers of pixels by default.

    Returns
    -------
    USIDataset of shape (lines * pixels, pts_per_cycle)
        ``Reshaped_Data`` in a group of results of its own. X varies fastest; with all
        dimensions that the lines have.

    Raises
    ------
    ValueError
        When the samples of a line are no whole number of pixels.
    """
    lines, samples = h5_main.shape
    pixels, rest = divmod(samples, int(pts_per_cycle))
    if rest or not pixels:
        msg = f"lines of {samples} samples are no whole number of pixels of {pts_per_cycle}"
        raise ValueError(msg)
    module = usid()
    main = as_main(h5_main)
    step, units = (1.0, "a.u.") if scan_step_x_m is None else (float(scan_step_x_m), "m")
    others = _dimensions(main)
    taken = any(one.name == "X" for one in others)
    along = dimension("Pixel" if taken else "X", units, np.arange(pixels) * step)
    group = module.create_results_group(main, "Reshape")
    try:
        write_simple_attrs(group, {"pts_per_cycle": int(pts_per_cycle)})
        written = module.write_main_dataset(
            group, (lines * pixels, int(pts_per_cycle)), "Reshaped_Data", *described(main),
            [along, *others], _samples(main, int(pts_per_cycle)),
            dtype=main.dtype,
        )  # fmt: skip
        some = max(1, _BLOCK // max(1, samples * main.dtype.itemsize))
        for start in range(0, lines, some):
            block = main[start : start + some]
            written[start * pixels : (start + len(block)) * pixels] = block.reshape(
                -1, int(pts_per_cycle)
            )
    except BaseException:
        del group.parent[group.name]
        raise
    return written


def _dimensions(main: Any) -> list[Any]:
    """Return the dimensions of the lines, fastest first, those of one place left out."""
    told = zip(main.pos_dim_labels, main.pos_dim_descriptors, main.pos_dim_sizes, strict=True)
    return [
        dimension(name, _units(text), main.get_pos_values(name))
        for name, text, size in reversed([*told])
        if size > 1
    ]


def _samples(main: Any, count: int) -> Any:
    """Return the dimension of the samples of a pixel."""
    (name,) = main.spec_dim_labels
    return dimension(name, _units(main.spec_dim_descriptors[0]), main.h5_spec_vals[0, :count])


def _units(descriptor: str) -> str:
    """Return the units in the text that describes a dimension: ``Bias (V)``."""
    return descriptor.rpartition("(")[2].rstrip(")")
