"""Sliding windows over an image, and the Fourier transform of each [1]_.

References
----------
.. [1] Vasudevan et al., Appl. Phys. Lett. 106, 091601 (2015), doi:10.1063/1.4914016
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import lazy, set_dimensions
from sidpy.sid.operations import operation

from .fourier import window as window_of
from .patches import window_starts
from .positions import image_axes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    import sidpy

__all__ = ["WindowSettings", "center_crop", "chosen_image", "resampled", "sliding_windows"]

#: Values of windows in one chunk.
_CHUNK = 1 << 22

_WORDS = {
    "mode": ("image", "fft"),
    "fft_mode": ("abs", "phase", "complex"),
    "filter": (None, "blackman", "hamming", "hann"),
}


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How windows slide over an image and what becomes of them, checked."""

    size: tuple[int, int]
    """Pixels along the first and second axis of the image."""
    step: tuple[int, int]
    mode: str = "image"
    fft_mode: str = "abs"
    interpolation: tuple[float, float] = (1.0, 1.0)
    zoom: tuple[float, float] = (1.0, 1.0)
    filter: str | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> WindowSettings:
        """Return the settings in a dictionary of the released package.

        Parameters
        ----------
        parameters : mapping
            `window_size_x`, `window_size_y`, `window_step_x`, `window_step_y`, and perhaps
            `mode`, `fft_mode`, `interpol_factor`, `zoom_factor`, `filter`.

        Raises
        ------
        ValueError
            When one is missing, a word is unknown or a number impossible.
        """
        needed = [f"window_{what}_{axis}" for what in ("size", "step") for axis in "xy"]
        missing = [name for name in needed if name not in parameters]
        if missing:
            msg = f"the parameters of windows lack {', '.join(missing)}"
            raise ValueError(msg)
        sizes = [parameters[name] for name in needed]
        if any(size != int(size) or size < 1 for size in sizes):
            msg = f"windows need sizes and steps of whole pixels, found {sizes}"
            raise ValueError(msg)
        words = {name: parameters.get(name, known[0]) for name, known in _WORDS.items()}
        for name, known in _WORDS.items():
            if words[name] not in known:
                msg = f"{name} is {words[name]!r}; it can be one of {list(known)}"
                raise ValueError(msg)
        whole = [int(size) for size in sizes]
        return cls(
            size=(whole[0], whole[1]),
            step=(whole[2], whole[3]),
            interpolation=_pair(parameters, "interpol_factor"),
            zoom=_pair(parameters, "zoom_factor"),
            **words,
        )

    @property
    def final(self) -> tuple[int, int]:
        """Size of a window that was zoomed and interpolated."""
        zoomed = [max(1, int(n / z)) for n, z in zip(self.size, self.zoom, strict=True)]
        rows, columns = (
            max(1, int(n * f)) for n, f in zip(zoomed, self.interpolation, strict=True)
        )
        return rows, columns

    def starts(self, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return where windows begin along both axes of an image."""
        if any(n < w for n, w in zip(shape, self.size, strict=True)):
            msg = f"a window of {self.size} pixels does not fit into an image of {shape}"
            raise ValueError(msg)
        rows, columns = map(window_starts, shape, self.size, self.step)
        return rows, columns


def _pair(parameters: Mapping[str, Any], name: str) -> tuple[float, float]:
    value = parameters.get(name, 1)
    first, second = value if np.ndim(value) else (value, value)
    if not (first > 0 and second > 0):
        msg = f"{name} should be positive, found {value!r}"
        raise ValueError(msg)
    return float(first), float(second)


def center_crop(image: NDArray[Any], factor: tuple[float, float]) -> NDArray[Any]:
    """Return the middle of an image: its size over a factor, zero frequency in its middle.

    Parameters
    ----------
    image : ndarray of shape (..., rows, columns)
        One image or many.
    factor : pair of float
        Along rows and columns.
    """
    parts = []
    for n, f in zip(image.shape[-2:], factor, strict=True):
        size = max(1, int(n / f))
        start = n // 2 - size // 2
        parts.append(slice(start, start + size))
    return image[(..., *parts)]


def resampled(image: NDArray[Any], factor: tuple[float, float]) -> NDArray[Any]:
    """Return images with more or fewer pixels over the same area, linearly interpolated.

    Parameters
    ----------
    image : ndarray of shape (..., rows, columns)
        One image or many, real or complex.
    factor : pair of float
        Pixels for each pixel along rows and columns.
    """
    for axis, f in zip((-2, -1), factor, strict=True):
        n = image.shape[axis]
        size = max(1, int(n * f))
        if size == n:
            continue
        at = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
        left = np.minimum(at.astype(np.intp), max(n - 2, 0))
        share = (at - left).reshape((-1,) + (1,) * (-1 - axis))
        before, after = image.take(left, axis), image.take(np.minimum(left + 1, n - 1), axis)
        image = before * (1 - share) + after * share
    return image


@operation(name="pycroscopy.image.sliding_windows")
def sliding_windows(
    dataset: sidpy.Dataset, parameters: Mapping[str, Any], dim_slice: Any = None
) -> sidpy.Dataset:
    """Return the windows that slide over an image, or their Fourier transforms.

    Parameters
    ----------
    dataset : Dataset
        An image, or one of many.
    parameters : mapping
        As for `ImageWindowing`.
    dim_slice : int or tuple of int, optional
        Which image of more than two dimensions: index into the axes that are no image.

    Returns
    -------
    Dataset, IMAGE_4D
        Shape (windows along the second axis, windows along the first, rows, columns). The
        first two axes hold the middle of each window; the last two distances from there, or
        frequencies. ``metadata`` is that of the data with the parameters.

    Raises
    ------
    ValueError
        When a window does not fit, a parameter is wrong, or `dim_slice` is needed.

    Notes
    -----
    The image is read at once, windows are cut and transformed when they are computed, in
    chunks of many.
    """
    import dask
    import dask.array as da

    import sidpy

    settings = WindowSettings.of(parameters)
    image, dimensions = chosen_image(dataset, dim_slice)
    rows, columns = settings.starts(image.shape)
    per_column = len(rows) * settings.final[0] * settings.final[1]
    count = max(1, _CHUNK // max(per_column, 1))
    source = dask.delayed(image)
    kind = np.complex128 if _is_complex(settings) else np.float64
    parts = [
        da.from_delayed(
            dask.delayed(_windows)(source, settings, rows, columns[at : at + count]),
            (len(columns[at : at + count]), len(rows), *settings.final),
            dtype=kind,
        )
        for at in range(0, len(columns), count)
    ]
    result = sidpy.Dataset.from_array(
        da.concatenate(parts), title=f"{dataset.title} windows", datatype="IMAGE_4D",
        units=dataset.units, quantity=dataset.quantity, modality=dataset.modality,
        source=dataset.title,
    )  # fmt: skip
    set_dimensions(result, _axes(settings, dimensions, (rows, columns)))
    result.data_type = "IMAGE_4D"
    result.metadata = {**dataset.metadata, **dict(parameters)}
    return result


def _is_complex(settings: WindowSettings) -> bool:
    return settings.mode == "fft" and settings.fft_mode == "complex"


def chosen_image(dataset: sidpy.Dataset, dim_slice: Any) -> tuple[NDArray[np.float64], list[Any]]:
    """Return one image of a dataset and its two dimensions.

    Parameters
    ----------
    dataset : Dataset
        Of two dimensions or more.
    dim_slice : int or tuple of int, or None
        Index into the axes that are no image.
    """
    kinds = [axis.dimension_type.name for axis in dataset._axes.values()]
    spatial = [axis for axis, kind in enumerate(kinds) if kind in ("SPATIAL", "RECIPROCAL")]
    if dataset.ndim == 2:
        spatial = [0, 1]
    elif len(spatial) != 2:
        spatial = [0, 1] if dataset.ndim != 3 else list(image_axes(dataset)[:2])
    others = [axis for axis in range(dataset.ndim) if axis not in spatial]
    if others and dim_slice is None:
        msg = f"data of shape {dataset.shape} hold many images: dim_slice says which"
        raise ValueError(msg)
    index: list[Any] = [slice(None)] * dataset.ndim
    chosen = tuple(np.atleast_1d(dim_slice)) if others else ()
    if len(chosen) != len(others):
        msg = f"dim_slice is {dim_slice!r}; {len(others)} numbers are needed"
        raise ValueError(msg)
    for axis, number in zip(others, chosen, strict=True):
        index[axis] = int(number)
    if dataset.dtype.kind == "c":
        msg = f"windows are cut from real images, found {dataset.dtype}; take its abs()"
        raise TypeError(msg)
    image = np.asarray(lazy(dataset)[tuple(index)].compute(), np.float64)
    return image, [dataset._axes[axis] for axis in spatial]


def _windows(
    image: NDArray[np.float64],
    settings: WindowSettings,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> NDArray[Any]:
    """Cut windows and do with them what the settings say."""
    view = np.lib.stride_tricks.sliding_window_view(image, settings.size)
    found: NDArray[Any] = view[rows][:, columns].swapaxes(0, 1)
    if settings.filter is not None:
        found = found * window_of(settings.size, settings.filter)
    if settings.mode == "fft":
        found = np.fft.fftshift(np.fft.fft2(found), axes=(-2, -1))
    found = resampled(center_crop(found, settings.zoom), settings.interpolation)
    if settings.mode == "fft" and settings.fft_mode == "abs":
        found = np.abs(found)
    elif settings.mode == "fft" and settings.fft_mode == "phase":
        found = np.angle(found)
    return found if _is_complex(settings) else np.ascontiguousarray(found, np.float64)


def _axes(settings: WindowSettings, dimensions: list[Any], starts: Any) -> list[Any]:
    """Return the axes of windows: where they are, and what is in them."""
    import sidpy

    at, inside = [], []
    for axis, dimension in enumerate(dimensions):
        values, size = np.asarray(dimension.values, np.float64), settings.size[axis]
        step = (values[-1] - values[0]) / (len(values) - 1) if len(values) > 1 else 1.0
        middle = np.interp(starts[axis] + (size - 1) / 2, np.arange(len(values)), values)
        kind = dimension.dimension_type
        at.append(
            sidpy.Dimension(middle, dimension.name, dimension.quantity, dimension.units, kind)
        )
        inside.append(_inner_axis(settings, axis, dimension, step))
    return [at[1], at[0], *inside]


def _inner_axis(settings: WindowSettings, axis: int, dimension: Any, step: float) -> Any:
    import sidpy

    size, zoom = settings.size[axis], settings.zoom[axis]
    if settings.mode == "fft":
        values = np.fft.fftshift(np.fft.fftfreq(size, abs(step) or 1.0))
    else:
        values = (np.arange(size) - (size - 1) / 2) * step
    kept = max(1, int(size / zoom))
    start = size // 2 - kept // 2
    values = resampled(values[None, start : start + kept], (1.0, settings.interpolation[axis]))[0]
    if settings.mode == "fft":
        return sidpy.Dimension(
            values, "uv"[axis], "reciprocal_length", f"1/{dimension.units}", "reciprocal"
        )
    name = f"{dimension.name}_in_window"
    return sidpy.Dimension(values, name, dimension.quantity, dimension.units, "spatial")
