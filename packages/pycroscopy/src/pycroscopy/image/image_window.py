"""Sliding windows in the manner of the released packages; `sliding_windows` is the function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .frames import filled
from .patches import clean_patches, patch_components
from .windowing import WindowSettings, center_crop, chosen_image, resampled, sliding_windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    import sidpy

__all__ = ["ImageWindowing"]


class ImageWindowing:
    """Windows that slide over an image, their Fourier transforms, and denoising by them.

    Parameters
    ----------
    parms_dict : mapping
        `window_size_x`, `window_size_y`, `window_step_x`, `window_step_y`: pixels, x along
        the first axis of the image. Optional: `mode` ("image" or "fft"), `fft_mode` ("abs",
        "phase", "complex"), `interpol_factor` and `zoom_factor` (number or pair; windows are
        cut down to the middle by the zoom, then resampled), `filter` ("blackman", "hamming",
        "hann"; before the transform).
    verbose : bool
        Has no effect.

    Raises
    ------
    ValueError
        When a parameter is missing, unknown or impossible.

    Examples
    --------
    >>> import numpy as np, sidpy
    >>> image = sidpy.Dataset.from_array(np.random.default_rng(0).random((10, 7)))
    >>> windows = ImageWindowing(
    ...     dict(window_size_x=4, window_size_y=7, window_step_x=2, window_step_y=2)
    ... )
    >>> windows.MakeWindows(image).shape
    (1, 4, 4, 7)
    """

    def __init__(
        self,
        parms_dict: Mapping[str, Any],
        verbose: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
    ) -> None:
        self.parms_dict = dict(parms_dict)
        self.verbose = verbose
        self._settings = WindowSettings.of(self.parms_dict)
        self.window_size_x, self.window_size_y = self._settings.size
        self.window_step_x, self.window_step_y = self._settings.step
        self.mode, self.fft_mode = self._settings.mode, self._settings.fft_mode
        self.filter = self._settings.filter
        self.window_dataset: sidpy.Dataset | None = None
        """Windows, once they were made."""
        self.pos_vec: NDArray[np.intp] | None = None
        """Shape (windows, 2): first pixel of each window along both axes of the image."""
        self.image_shape: tuple[int, ...] | None = None
        self._image: NDArray[np.float64] | None = None

    def MakeWindows(self, dataset: sidpy.Dataset, dim_slice: Any = None) -> sidpy.Dataset:  # noqa: N802 - the released package's name
        """Cut windows out of an image.

        Parameters
        ----------
        dataset : Dataset
            An image, or one of many.
        dim_slice : int or tuple of int, optional
            Which image of more than two dimensions.

        Returns
        -------
        Dataset, IMAGE_4D
            Element [i, j] is the window i along the second axis and j along the first.

        See Also
        --------
        sliding_windows : What is called, with more to say.
        """
        windows = sliding_windows(dataset, self.parms_dict, dim_slice)
        self._image, _ = chosen_image(dataset, dim_slice)
        self.image_shape = self._image.shape
        rows, columns = self._settings.starts(self._image.shape)
        second, first = np.meshgrid(columns, rows, indexing="ij")
        self.pos_vec = np.column_stack([first.ravel(), second.ravel()])
        self.window_dataset = windows
        return windows

    @property
    def pca_mat(self) -> NDArray[Any] | None:
        """Windows as the rows of a matrix, in the order of `pos_vec`; None before there are."""
        if self.window_dataset is None:
            return None
        values = np.asarray(self.window_dataset)
        return values.reshape(values.shape[0] * values.shape[1], -1)

    def do_PCA_window_cleaning(self, num_comps: int | None = None) -> NDArray[np.float64]:  # noqa: N802 - the released package's name
        """Remove noise by the principal components of the windows.

        Parameters
        ----------
        num_comps : int, optional
            How many; by default those that rise above white noise, weighed by the share of
            them that is signal.

        Returns
        -------
        ndarray of the shape of the image
            Every pixel is the mean over all windows that hold it.

        Raises
        ------
        ValueError
            Before `MakeWindows`, and for Fourier transforms.
        AssertionError
            When zoom or interpolation changed the size of windows.
        """
        if self._image is None:
            msg = "there are no windows yet: call MakeWindows first"
            raise ValueError(msg)
        if self._settings.mode != "image":
            msg = "an image can be cleaned by its windows, not by their transforms: mode='image'"
            raise ValueError(msg)
        if self._settings.final != self._settings.size:
            msg = f"zoom or interpolation made {self._settings.final} of {self._settings.size}"
            raise AssertionError(msg)
        whole, valid = filled(self._image)
        rank: Any = "auto" if num_comps is None else int(num_comps)
        found = patch_components(whole, self._settings.size, rank)
        if num_comps is not None:
            found = found._replace(weights=np.ones_like(found.weights))
        return np.where(valid, clean_patches(whole, found, self._settings.step), np.nan)

    def zoom(self, img_window: NDArray[Any], zoom_factor: Any) -> NDArray[Any]:
        """Return the middle of a window.

        Parameters
        ----------
        img_window : ndarray of shape (rows, columns)
            A window.
        zoom_factor : float or pair of float
            Size of the window over that of the middle.
        """
        return center_crop(np.asarray(img_window), _two(zoom_factor))

    def rescale_win(self, img_window: NDArray[Any], interpol_factor: Any) -> NDArray[Any]:
        """Return a window with more or fewer pixels.

        Parameters
        ----------
        img_window : ndarray of shape (rows, columns)
            A window.
        interpol_factor : float or pair of float
            Pixels for each pixel.
        """
        return resampled(np.asarray(img_window), _two(interpol_factor))


def _two(factor: Any) -> tuple[float, float]:
    first, second = factor if np.ndim(factor) else (factor, factor)
    return float(first), float(second)
