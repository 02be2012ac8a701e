"""Pictures into files of the universal model: every pixel is a position.

The picture is transposed before it is flattened, so that ``X`` is the slower dimension and
comes first in the file, as the released package wrote it.
"""

from __future__ import annotations

from enum import Enum
from numbers import Integral
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from sidpy.base.string_utils import validate_single_string_arg
from sidpy.errors import ExistingFile, MissingFile

from .array_translator import ArrayTranslator
from .dimension import Dimension

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["ImageTranslator", "read_image", "resample_dict"]

#: What files call the ways to interpolate; the second word is misspelt there since 2017.
resample_dict = {0: "NEAREST", 1: "LANCOS", 2: "BILINEAR", 3: "BICUBIC", 4: "BOX", 5: "HAMMING"}

#: Endings of tables of numbers, and what separates the columns.
_TABLES = {".txt": None, ".csv": ","}
#: Modes of Pillow in which a pixel is one number.
_GRAY = ("L", "I", "F", "I;16", "I;16L", "I;16B", "I;16N")


class ImageTranslator(ArrayTranslator):
    """Write a picture into a file of the universal model.

    See Also
    --------
    sidpy.read : reads a picture as a `sidpy.Dataset`.
    """

    def translate(  # type: ignore[override]
        self,
        image_path: str | PathLike[str],
        h5_path: str | PathLike[str] | None = None,
        bin_factor: int | tuple[int, int] | None = None,
        interp_func: int | Enum = Image.Resampling.BICUBIC,
        normalize: bool = False,  # noqa: FBT001, FBT002 - released signature
        **image_args: Any,
    ) -> str:
        """Write a picture, smaller on request.

        Parameters
        ----------
        image_path : str or path-like
            A picture, or a table of numbers in a file ``.txt`` or ``.csv``.
        h5_path : str or path-like, optional
            The file to write, a new one; beside the picture when not given.
        bin_factor : int or pair of int, optional
            How many rows, and columns, become one.
        interp_func : int or PIL.Image.Resampling
            How, see `resample_dict`.
        normalize : bool
            Bring the values to 0 to 1.
        **image_args
            For `read_image`.

        Returns
        -------
        str
            `h5_path`; an absolute path when it was not given.

        Raises
        ------
        TypeError
            When an argument is of the wrong type.
        ValueError
            When a factor is below 1 or larger than the picture, or there is no such
            interpolation.
        FileNotFoundError
            When there is no such picture.
        FileExistsError
            When there is a file `h5_path`.
        """
        source, target = _paths(image_path, h5_path)
        mode = _mode(interp_func)
        factors = None if bin_factor is None else _factors(bin_factor)
        pixels = read_image(source, **image_args)
        if pixels.ndim != 2:
            msg = f"{source} has pixels of several numbers: read it as_grayscale"
            raise ValueError(msg)
        parameters: dict[str, Any] = {"normalized": bool(normalize)}
        if factors is not None:
            pixels = _binned(pixels, factors, mode)
            parameters["image_binning_size"] = np.array(factors)
            parameters["image_PIL_resample_mode"] = resample_dict[mode]
        if normalize:
            pixels = _normalized(pixels)
        parameters |= {"image_min": pixels.min(), "image_max": pixels.max()}
        rows, columns = pixels.shape
        return str(
            super().translate(
                target, "ImageData", pixels.T.reshape(-1, 1), "Intensity", "a.u.",
                [Dimension("Y", "a.u.", rows), Dimension("X", "a.u.", columns)],
                Dimension("arb", "a.u.", 1), "ImageTranslator", parameters,
            )
        )  # fmt: skip


def read_image(
    image_path: str | PathLike[str],
    as_grayscale: bool = True,  # noqa: FBT001, FBT002 - released signature
    as_numpy_array: bool = True,  # noqa: FBT001, FBT002
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Read a picture, or a table of numbers in a file ``.txt`` or ``.csv``.

    Parameters
    ----------
    image_path : str or path-like
        The file.
    as_grayscale : bool
        Make one number of each pixel of a colored picture; numbers of any depth stay as they
        are.
    as_numpy_array : bool
        Return an array instead of a picture of Pillow.
    *args, **kwargs
        For `numpy.loadtxt`, or `PIL.Image.open`.

    Returns
    -------
    ndarray of shape (rows, columns) or (rows, columns, colors), or PIL.Image.Image

    Raises
    ------
    TypeError
        When the path is none.
    FileNotFoundError
        When there is no such file.
    """
    path = Path(image_path)
    ending = path.suffix.lower()
    if ending in _TABLES:
        kwargs.setdefault("delimiter", _TABLES[ending])
        table = np.loadtxt(path, *args, **kwargs)
        return table if as_numpy_array else Image.fromarray(table).convert("L")
    with Image.open(path, *args, **kwargs) as picture:
        if as_grayscale and picture.mode not in _GRAY:
            found = picture.convert("L")
        else:
            picture.load()
            found = picture.copy()
    return np.asarray(found) if as_numpy_array else found


def _paths(image_path: object, h5_path: object) -> tuple[str, str]:
    source = Path(_path(image_path, "image_path")).absolute()
    if not source.exists():
        msg = "there is no such picture; is the name spelt right?"
        raise MissingFile(msg, path=source)
    default = source.with_suffix(".h5")
    target = str(default) if h5_path is None else _path(h5_path, "h5_path")
    if Path(target).exists():
        msg = "there is a file of this name: give another h5_path, or remove it"
        raise ExistingFile(msg, path=target)
    return str(source), target


def _path(given: Any, name: str) -> str:
    text = fspath(given) if isinstance(given, PathLike) else given
    return validate_single_string_arg(text, name)


def _mode(interp_func: Any) -> int:
    number = interp_func.value if isinstance(interp_func, Enum) else interp_func
    if not isinstance(number, Integral):
        msg = f"interp_func is a member of PIL.Image.Resampling or its number: {interp_func!r}"
        raise TypeError(msg)
    if number not in resample_dict:
        msg = f"interp_func is one of {resample_dict}, not {interp_func!r}"
        raise ValueError(msg)
    return int(number)


def _factors(bin_factor: Any) -> tuple[int, int]:
    """Return how many rows and how many columns become one."""
    pair = [bin_factor] * 2 if isinstance(bin_factor, Integral) else bin_factor
    if not isinstance(pair, list | tuple | np.ndarray):
        msg = f"bin_factor is a whole number or two of them, found {bin_factor!r}"
        raise TypeError(msg)
    if len(pair) != 2:
        msg = f"bin_factor has two numbers, for rows and for columns, found {bin_factor!r}"
        raise ValueError(msg)
    if not all(isinstance(n, Integral | float | np.floating) and n % 1 == 0 for n in pair):
        msg = f"the numbers of bin_factor are whole, found {bin_factor!r}"
        raise TypeError(msg)
    if min(pair) < 1:
        msg = f"the numbers of bin_factor are 1 or more, found {bin_factor!r}"
        raise ValueError(msg)
    return int(pair[0]), int(pair[1])


def _binned(pixels: npt.NDArray[Any], factors: tuple[int, int], mode: int) -> npt.NDArray[Any]:
    """Return a smaller picture; what Pillow cannot resize comes as single precision."""
    rows, columns = (n // factor for n, factor in zip(pixels.shape, factors, strict=True))
    if not rows or not columns:
        msg = f"bin_factor={factors} is larger than the picture of {pixels.shape} pixels"
        raise ValueError(msg)
    numbers = pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)
    resized = Image.fromarray(numbers).resize((columns, rows), Image.Resampling(mode))
    return np.asarray(resized)


def _normalized(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    numbers = pixels.astype(np.float32)
    numbers -= numbers.min()
    return numbers / (numbers.max() or 1)
