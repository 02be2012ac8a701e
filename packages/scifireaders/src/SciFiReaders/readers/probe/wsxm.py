"""WSxM images, curves, spectroscopy images and movies as Datasets.

What the bytes are stands in `wsxm_numbers`; here they get their labels.  Images lie turned
by 180 degrees in the file and are turned upright; y descends.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.strided import StridedArray
from SciFiReaders.values import moment, number, typed
from sidpy.errors import CorruptFile, UnrecognisedFile

from .calibrated import equal_steps, frame, in_units, known
from .wsxm_numbers import FORMAT, MAGIC, Curve, Wsxm, parse_wsxm

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

    from .wsxm_header import Header

__all__ = ["WSxM1DReader", "WSxM2DReader", "WSxM3DReader", "read_wsxm"]

#: Words for the two lines of a curve, by what the file is.
PARTS: Final = {"FZ": ("approach", "retract"), "": ("forward", "backward")}
MOMENTS: Final = ("%d/%m/%Y, %H:%M:%S.%f", "%d/%m/%Y, %H:%M:%S")
_RAMP: Final = "Spectroscopy images ramp value list"
#: What the files of one measurement begin with: ``name_0001``.
_STEM: Final = re.compile(r".+?_\d{4}")


def read_wsxm(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file: images [y, x], movies [frame, y, x], spectroscopy [y, x, ramp], curves.

    Each line of a curve is a dataset of its own along its own x.  Only this file is read;
    the classes of earlier releases also read the channels beside it.

    Raises
    ------
    UnrecognisedFile, UnsupportedFile, CorruptFile
        See `parse_wsxm`.
    """
    file = parse_wsxm(path)
    found: list[Dataset] = []
    if all(file.shape):
        found += [] if file.is_movie else [_image(file)]
        found += [_layers(file)] if file.layers else []
    name = file.header.text("y axis text")
    for number_, curve in enumerate(file.curves, 1):
        found += _lines(file, curve, number_ if len(file.curves) > 1 or not name else 0)
    if not found:
        msg = "it has neither an image nor a point of a curve"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _image(file: Wsxm, *, transposed: bool = False) -> Dataset:

    rows, columns = file.shape
    if file.table is not None:
        array = lazy(file.table[::-1, ::-1])
    else:
        array = _valued(file, _planes(file, 0, ())[0], "z amplitude")
    _, units = file.header.amount("z amplitude")
    axes = _axes(file, (rows, columns))
    return dataset(
        array.T if transposed else array,
        axes[::-1] if transposed else axes,
        title=file.header.text("acquisition channel") or "image",
        data_type="IMAGE",
        units=units,
        **_labels(file, file.header),
    )


def _layers(file: Wsxm) -> Dataset:
    """Return a movie, or an image of curves."""
    axes = _axes(file, file.shape)
    if file.is_movie:
        array = _valued(file, _planes(file, 0, (file.layers,))[0], "z amplitude")
        _, units = file.header.amount("z amplitude")
        steps = Axis("frame", np.arange(file.layers), "frame", "frame", "TEMPORAL")
        kind, axes_ = "IMAGE_STACK", (steps, *axes)
        title = file.header.text("acquisition channel") or "movie"
    else:
        source, _ = _planes(file, file.plane, (file.layers,), last=True)
        array = _converted(file, source)
        _, units = file.header.amount("spectroscopy amplitude")
        kind, axes_ = "SPECTRAL_IMAGE", (*axes, _ramp(file))
        title = file.header.text("spectroscopy channel") or "spectroscopy"
    return dataset(
        array, axes_, title=title, data_type=kind, units=units, **_labels(file, file.header)
    )


def _planes(
    file: Wsxm, first: int, layers: tuple[int, ...], *, last: bool = False
) -> tuple[StridedArray, int]:
    """Return images turned by 180 degrees, `layers` of them along the first or last axis."""
    rows, columns = file.shape
    width = file.dtype.itemsize
    shape, strides = [rows, columns], [-columns * width, -width]
    if layers:
        place = 2 if last else 0
        shape.insert(place, layers[0])
        strides.insert(place, file.plane)
    offset = file.header.end + first + file.plane - width
    return StridedArray(file.path, file.dtype, shape, offset, strides), file.plane


def _valued(file: Wsxm, source: StridedArray, label: str) -> Any:
    """Return the values of counts, whose range is an amplitude; computed with them."""
    import dask.array as da

    array = lazy(source)
    amplitude, _ = file.header.amount(label)
    if file.dtype.kind == "f" or amplitude is None:
        return array
    counts = array.astype("f8")
    extent = counts.max() - counts.min()
    # an image that is flat has no scale: it stays at zero
    return counts * da.where(extent > 0, amplitude / da.where(extent > 0, extent, 1), 0.0)


def _converted(file: Wsxm, source: StridedArray) -> Any:
    """Return the values of counts of a converter, whose factors the header has."""
    array = lazy(source)
    volts, _ = file.header.amount("adc to v conversion factor")
    factor, _ = file.header.amount("conversion factor 0 for input channel")
    if file.dtype.kind == "f" or volts is None:
        return array
    offset, _ = file.header.amount("conversion offset 0 for input channel")
    return array.astype("f8") * (volts * (1.0 if factor is None else factor)) + (offset or 0.0)


def _lines(file: Wsxm, curve: Curve, index: int) -> list[Dataset]:
    """Return the lines of a curve that have a point."""
    header = curve.header
    name = _bare(header.text("y axis text")) or "curve"
    title = f"{name} ({index})" if index else name
    words = _parts(header, len(curve.lines))
    found = []
    for (place, count), word in zip(curve.lines, words, strict=True):
        if not count:
            continue
        if curve.table is not None:
            pairs = curve.table[place : place + count]
            x, y = pairs[:, 0], lazy(np.ascontiguousarray(pairs[:, 1]))
        else:
            x = StridedArray(file.path, "<f8", (count,), place, (16,))[...]
            y = lazy(StridedArray(file.path, "<f8", (count,), place + 8, (16,)))
        # x went through single precision
        x = equal_steps(x, np.abs(x) * 2.0**-23)
        axis = Axis.swept(_bare(header.text("x axis text")) or "x", x, header.text("x axis unit"))
        found.append(
            dataset(
                y,
                (axis,),
                title=f"{title}, {word}" if word else title,
                data_type="SPECTRUM",
                units=header.text("y axis unit"),
                quantity=name,
                **_labels(file, header, direction=word),
            )
        )
    return found


def _parts(header: Header, count: int) -> tuple[str, ...]:
    """Return what the lines of a curve are called."""
    if count == 1:
        return ("",)
    if count != 2:
        return tuple(f"line {i + 1}" for i in range(count))
    words = PARTS["FZ" if header.kind.upper().startswith("FZ") else ""]
    return words[::-1] if header.text("first forward").lower() == "no" else words


def _bare(text: str) -> str:
    """Return the text of an axis without the place for its units: ``Z [#x]``."""
    return text.partition("[")[0].strip()


def _ramp(file: Wsxm) -> Axis:
    """Return the values of the ramp, in the order of the images."""
    values, units = [], ""
    for label, text in file.header.section(_RAMP).items():
        amount, _, unit = text.partition(" ")
        value = number(amount)
        if label.lower().startswith("image") and value is not None:
            values.append(value)
            units = unit.strip()
    if len(values) != file.layers:
        return Axis("point", np.arange(file.layers), "", "point", "SPECTRAL")
    return Axis.swept("ramp", np.array(values), units)


def _axes(file: Wsxm, shape: tuple[int, int]) -> tuple[Axis, Axis]:
    height, own = file.header.amount("y amplitude")
    width, units = file.header.amount("x amplitude")
    if own != units:
        height = None
    return frame(shape, (height, width), units)


def _labels(file: Wsxm, header: Header, direction: str = "") -> dict[str, Any]:
    every = {**file.header.values, **header.values}
    return {
        "source": "SciFiReaders.wsxm",
        "metadata": _metadata(file.header, header, direction),
        "original_metadata": {key: typed(value) for key, value in every.items()},
    }


def _metadata(main: Header, header: Header, direction: str) -> dict[str, Any]:
    experiment: dict[str, Any] = {
        "start_date_time": moment(main.text("acquisition time"), *MOMENTS),
        "mode": main.text("head type"),
        "comment": main.text("comments"),
        "instrument": main.text("head name"),
    }
    setpoint, units = main.amount("set point")
    experiment |= {
        "setpoint": setpoint,
        "setpoint_units": units,
        "bias": in_units(main.text("topography bias"), "V"),
        "spring_constant": in_units(main.text("force constant"), "N/m"),
        "frequency": in_units(main.text("resonance frequency"), "Hz"),
    }
    scan: dict[str, Any] = {
        "direction": direction or main.text("x scanning direction").lower(),
        "angle": main.amount("angle")[0],
        "line_rate": main.amount("x-frequency")[0],
        "curve": header.count("index of this curve"),
    }
    for axis in "xy":
        value, units = main.amount(f"{axis} offset")
        scan |= {f"{axis}_offset": value, f"{axis}_offset_units": units}
    return {"experiment": known(experiment), "scan": known(scan)}


# --- the classes of earlier releases ---------------------------------------------------


class _Siblings(ReleasedReader):
    """Read one kind of data of every file of a measurement, ``name_####*``."""

    function = "SciFiReaders.readers.probe.wsxm:read_wsxm"
    spec = "SciFiReaders.wsxm"
    kind: str

    def _call(self, **options: Any) -> list[Dataset]:  # noqa: ARG002 - of the class above
        own = Path(self._input_file_path)
        files = [parse_wsxm(own)]
        if match := _STEM.match(own.name):
            beside = sorted(own.parent.glob(f"{_escaped(match[0])}*"))
            files = [parse_wsxm(path) for path in beside if path == own or _is_ours(path)]
        found = [dataset for file in files for dataset in self._of(file)]
        if not found:
            msg = f"neither this file nor those beside it hold {self.kind}"
            raise UnrecognisedFile(msg, path=own, format=FORMAT)
        return found

    def _of(self, file: Wsxm) -> list[Dataset]:
        raise NotImplementedError


def _escaped(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


class WSxM1DReader(_Siblings):
    """WSxM curves of every file of a measurement.

    Parameters
    ----------
    file_path : str or path-like
        One of the files, ``name_0001.f.curves``.
    """

    kind = "curves"

    def _of(self, file: Wsxm) -> list[Dataset]:
        """Return [x, line] for curves whose lines lie alike, the lines one by one otherwise."""
        found: list[Dataset] = []
        for index, curve in enumerate(file.curves, 1):
            lines = _lines(file, curve, index)
            first = lines[0]._axes[0].values if lines else np.empty(0)
            alike = all(np.array_equal(line._axes[0].values, first) for line in lines)
            found += [_side_by_side(lines)] if alike and len(lines) > 1 else lines
        return [_with_header(dataset, file) for dataset in found]


def _side_by_side(lines: list[Dataset]) -> Dataset:
    import dask.array as da

    first = lines[0]
    axis = first._axes[0]
    return dataset(
        da.stack([da.asarray(line) for line in lines], axis=1),
        (
            Axis("x", axis.values, axis.units, axis.quantity, "SPECTRAL"),
            Axis("b", np.arange(len(lines)), "", "", "UNKNOWN"),
        ),
        title=first.title.partition(",")[0],
        data_type="LINE_PLOT_FAMILY",
        units=first.units,
        quantity=first.quantity,
        source="SciFiReaders.WSxM1DReader",
        metadata=first.metadata,
        original_metadata=first.original_metadata,
    )


class WSxM2DReader(_Siblings):
    """WSxM images of every channel of a measurement, [x, y] with y from the top.

    Parameters
    ----------
    file_path : str or path-like
        One of the files, ``name_0001.f.top``.
    """

    kind = "an image"

    def _of(self, file: Wsxm) -> list[Dataset]:
        if not all(file.shape) or file.layers or file.curves:
            return []
        return [_with_header(_image(file, transposed=True), file)]


class WSxM3DReader(_Siblings):
    """WSxM spectroscopy images and movies of a measurement.

    Parameters
    ----------
    file_path : str or path-like
        One of the files, ``name_0001.gsi`` or ``.mpp``.
    """

    kind = "a movie or an image of curves"

    def _of(self, file: Wsxm) -> list[Dataset]:
        return [_with_header(_layers(file), file)] if file.layers and all(file.shape) else []


def _with_header(found: Dataset, file: Wsxm) -> Dataset:
    """Add the lines of the header to the metadata, as the released classes did."""
    found.metadata = {**file.header.values, **found.metadata}
    return found
