"""Images that BioIO reads, as Datasets: one per scene and channel, [time, z, y, x].

Source: documentation of BioIO: `BioImage` gives arrays of T, C, Z, Y, X (and S, the samples of
a color), sizes of a pixel, and their units in `dimension_properties`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from SciFiReaders.labelled import color_axis, dataset
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, MissingDependency

from .tiff import image_axis
from .tiff_series import MICRO, axis

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

    from .notes import Step

__all__ = ["read_bioimage"]


def read_bioimage(path: str | PathLike[str], **options: Any) -> list[Dataset]:
    """Read a file by the reader of BioIO that is installed for it.

    Parameters
    ----------
    path : path-like
        The file.
    **options
        For `bioio.BioImage`.

    Returns
    -------
    list of Dataset
        One per scene and channel; lazy where BioIO is.

    Raises
    ------
    MissingDependency
        Without BioIO or a reader of it for this format.
    CorruptFile
        For whatever it raises.
    """
    try:
        from bioio import BioImage
    except ImportError as error:
        msg = f"this needs {error.name}: pip install 'SciFiReaders[bioio]'"
        raise MissingDependency(msg, name=error.name) from error
    try:
        image = BioImage(str(path), **options)
        return [one for scene in image.scenes for one in _scene(path, image, scene)]
    except ImportError as error:
        msg = f"BioIO has no reader for this file: {error}"
        raise MissingDependency(msg, name=error.name) from error
    except Exception as error:
        msg = f"BioIO cannot read it: {type(error).__name__}: {error}"
        raise CorruptFile(msg, path=path) from error


def _scene(path: str | PathLike[str], image: Any, scene: str) -> list[Dataset]:
    image.set_scene(scene)
    colors = "S" in image.dims.order
    array = image.get_image_dask_data("TCZYXS" if colors else "TCZYX")
    names = [str(name) for name in image.channel_names or ()]
    steps = _steps(image)
    stem = Path(path).stem if len(image.scenes) == 1 else f"{Path(path).stem} {scene}"
    found = []
    for channel in range(array.shape[1]):
        part = array[:, channel]
        axes = [axis("z" if name == "Z" else "time", part.shape[i], steps.get(name))
                for i, name in enumerate("TZ") if part.shape[i] > 1]  # fmt: skip
        kind = {0: "IMAGE", 1: "IMAGE_STACK"}.get(len(axes), "UNKNOWN")
        shape = [n for n in part.shape[:2] if n > 1] + list(part.shape[2:])
        axes += [image_axis(name.lower(), part.shape[i], steps.get(name))
                 for i, name in ((2, "Y"), (3, "X"))]  # fmt: skip
        axes += [color_axis(part.shape[4])] if colors else []
        found.append(
            dataset(
                part.reshape(shape),
                tuple(axes),
                title=f"{stem} {names[channel]}" if channel < len(names) else stem,
                data_type=kind,
                quantity="intensity",
                source="bioio",
                metadata={"experiment": {}},
                original_metadata={"metadata": str(image.metadata), "scale": _scale(image)},
            )
        )
    return found


def _scale(image: Any) -> dict[str, float]:
    """Return the size of a pixel along each axis, in whatever unit."""
    sizes = {name: getattr(image.scale, name, None) for name in "TZYX"}
    # a time may be a difference of two
    spans = {k: v.total_seconds() if hasattr(v, "total_seconds") else v for k, v in sizes.items()}
    return {name: size for name, value in spans.items() if (size := number(value))}


def _steps(image: Any) -> dict[str, Step]:
    """Return the size of a pixel along each axis whose unit is known."""
    found: dict[str, Step] = {}
    units = getattr(image, "dimension_properties", None)
    for name, size in _scale(image).items():
        unit = str(getattr(getattr(units, name, None), "unit", None) or "")
        unit = _UNITS.get(unit, MICRO.get(unit, unit))
        if hasattr(getattr(image.scale, name), "total_seconds"):
            unit = "s"
        if unit:
            found[name] = (0.0, size, unit)
    return found


#: Words of BioIO for units.
_UNITS = {"second": "s", "micrometer": "µm", "nanometer": "nm", "millimeter": "mm"}
