"""Igor binary waves (``.ibw``) as Datasets.

The bytes are described in `SciFiReaders.readers.probe.igor_wave`; here is what they mean.

* A wave of one dimension is a curve; its axis is the scaling of the wave.
* A wave of two dimensions whose columns have labels is a table: one curve per column
  (Asylum force curves: ``Raw``, ``Defl``, ``ZSnsr``).
* A wave whose first two dimensions are lengths, or have no units, is an image with y
  upwards: the image is the wave turned by 90 degrees anticlockwise, its y axis descends.
  Layers with labels are one image each; layers without are frames, or the spectral axis
  when they carry units.
* Any other wave (angle against energy, ...) has its axes reversed, so that the fastest
  dimension comes last; nothing is turned.

Units are those of the file.  Asylum Research keeps all channels of a file in one wave of
one unit, which can be true of one of them only; its software holds every channel in the
SI unit of its kind (`SciFiReaders.readers.probe.igor_notes`).

Source: WaveMetrics, Technical Note 003.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.labelled import LENGTHS, Axis, dataset, lazy
from sidpy import Reader
from sidpy.errors import UnsupportedFile

from .igor_notes import (
    channel_units,
    is_asylum,
    metadata_of,
    parse_note,
    split_units,
    vendor_facts,
)
from .igor_wave import FORMAT, Wave, WaveDimension, parse_wave

if TYPE_CHECKING:
    from os import PathLike

    from dask.array import Array

    from sidpy import Dataset

__all__ = ["IgorIBWReader", "IgorMatrixReader", "label", "read_ibw"]

_EPOCH = datetime(1904, 1, 1)  # Igor writes local time, no zone


def read_ibw(path: str | PathLike[str], *, parm_encoding: str = "utf-8") -> list[Dataset]:
    """Read an Igor binary wave, rows first.

    Parameters
    ----------
    path : path-like
        The file.
    parm_encoding : str
        Encoding of names and note.

    Returns
    -------
    list of Dataset
        One per layer, column or wave; the numbers stay in the file.

    Raises
    ------
    ReaderError
        When the file is no wave, damaged or of a kind not supported.
    """
    return label(parse_wave(path, encoding=parm_encoding))


class IgorIBWReader(Reader):
    """Images, force curves and plain waves of Igor; arrays in the order of the wave.

    Parameters
    ----------
    file_path : str or path-like
        The ``.ibw`` file.
    """

    def read(
        self,
        verbose: bool = False,  # noqa: FBT001, FBT002 - released signature; kept, not needed
        parm_encoding: str = "utf-8",
    ) -> dict[str, Dataset]:
        """Return the datasets keyed ``Channel_000``, ...; images are [x, y].

        The axis of a force curve is the Z sensor, as it was measured; `sidpy.read` keeps
        the time axis of the file and rows first.
        """
        del verbose
        wave = parse_wave(self._input_file_path, encoding=parm_encoding)
        self.datasets = label(wave, turned=False)
        return {f"Channel_{i:03d}": dataset for i, dataset in enumerate(self.datasets)}

    def can_read(self) -> bool:
        """Say whether the suffix is ``.ibw``; `sidpy.explain` looks into the file."""
        return self._file_type.lower() == ".ibw"


class IgorMatrixReader(IgorIBWReader):
    """Omicron Matrix exports: one image or volume."""

    def read(
        self,
        verbose: bool = False,  # noqa: FBT001, FBT002 - released signature; kept, not needed
        parm_encoding: str = "utf-8",
    ) -> Any:
        """Return the one Dataset of the file, [x, y]; a dict when there are several."""
        datasets = super().read(verbose, parm_encoding)
        return datasets["Channel_000"] if len(datasets) == 1 else datasets


# --- label ----------------------------------------------------------------------------


def label(wave: Wave, *, turned: bool = True) -> list[Dataset]:
    """Return the datasets of a wave.

    Parameters
    ----------
    wave : Wave
        As parsed.
    turned : bool
        Rows first and row 0 at the top; else the axes of the wave in their order.

    Raises
    ------
    UnsupportedFile
        For a wave without points: there is nothing to label.
    """
    if 0 in wave.shape:
        msg = f"the wave {wave.name!r} has no points"
        raise UnsupportedFile(msg, path=wave.path, format=FORMAT)
    note = parse_note(wave.note)
    if wave.dtype is None:
        return [_text_dataset(wave, note)]
    stored = _stored(wave)
    names = _element_labels(wave)
    if len(wave.shape) == 1:
        return [_curve(wave, note, stored, _title(wave, note), wave.units)]
    if names and len(wave.shape) == 2:
        return _columns(wave, note, stored, names, turned=turned)
    if names and len(wave.shape) == 3:
        return [
            _image(wave, note, stored[k : k + 1], name, turned=turned)
            for k, name in enumerate(names)
        ]
    if _is_image(wave):
        return [_image(wave, note, stored, "", turned=turned)]
    return [_table(wave, note, stored, turned=turned)]


def _stored(wave: Wave) -> Array:
    """Return the numbers as they lie in the file: the fastest dimension last."""
    from sidpy import FileArray

    return lazy(FileArray(wave.path, wave.dtype, wave.shape[::-1], offset=wave.offset))


def _element_labels(wave: Wave) -> tuple[str, ...]:
    """Return the names of columns or layers when the last dimension has any."""
    last = wave.dimensions[-1]
    if len(wave.shape) < 2 or not any(last.labels[: last.size]):
        return ()
    known = (*last.labels, *[""] * last.size)[: last.size]
    return tuple(name or f"{wave.name} {k}" for k, name in enumerate(known))


def _title(wave: Wave, note: dict[str, Any]) -> str:
    return str(note.get("Spectrum Name") or wave.name or "wave")


def _swept(dimension: WaveDimension, fallback: str) -> Axis:
    quantity, units = split_units(dimension.units)
    return Axis.swept(fallback, dimension.values(), units, quantity or dimension.title)


def _curve(wave: Wave, note: dict[str, Any], array: Any, title: str, units: str) -> Dataset:
    quantity, units = split_units(units)
    axis = _swept(wave.dimensions[0], "x")
    kind = "LINE_PLOT" if axis.kind == "TEMPORAL" else "SPECTRUM"
    return _dataset(
        wave, note, array, (axis,), title=title, data_type=kind, units=units, quantity=quantity
    )


def _columns(
    wave: Wave, note: dict[str, Any], stored: Array, names: tuple[str, ...], *, turned: bool
) -> list[Dataset]:
    axis = _swept(wave.dimensions[0], "x")
    if not turned:
        axis = _sensor_axis(note, stored, names) or axis
    kind = "LINE_PLOT" if axis.kind == "TEMPORAL" else "SPECTRUM"
    result = []
    for k, name in enumerate(names):
        quantity, units = channel_units(wave.units, note, name)
        result.append(
            _dataset(
                wave,
                note,
                stored[k],
                (axis,),
                title=name,
                data_type=kind,
                units=units,
                quantity=quantity,
            )
        )
    return result


def _sensor_axis(note: dict[str, Any], stored: Array, names: tuple[str, ...]) -> Axis | None:
    """Return the Z sensor, else the raw piezo, as the axis of a force curve."""
    for name in ("ZSnsr", "Raw"):
        if is_asylum(note) and name in names:
            values = np.asarray(stored[names.index(name)], dtype=float)
            return Axis(name, values, "m", name, "SPECTRAL")
    return None


def _is_image(wave: Wave) -> bool:
    units = {split_units(dimension.units)[1] for dimension in wave.dimensions[:2]}
    return units <= LENGTHS or units == {""}


def _image(
    wave: Wave, note: dict[str, Any], stored: Array, channel: str, *, turned: bool
) -> Dataset:
    """Return an image, or a stack or volume of them; `stored` is [..., y, x], y upwards."""
    quantity, units = (
        channel_units(wave.units, note, channel) if channel else split_units(wave.units)
    )
    x, y = (
        Axis.scanned(name, dimension.values(), split_units(dimension.units)[1])
        for name, dimension in zip("xy", wave.dimensions[:2], strict=True)
    )
    array, axes, kind = stored, (), "IMAGE"
    if channel or stored.ndim == 2:
        array = stored.reshape(stored.shape[-2:])
    else:
        behind = range(stored.ndim - 1, 1, -1)
        axes = tuple(_behind(wave.dimensions[i], "xyzt"[i]) for i in behind)
        kind = _kind_of_volume(wave)
    if not turned:
        array, axes = array.T, (x, y, *axes[::-1])
    elif kind in {"IMAGE", "IMAGE_STACK"}:
        array, axes = array[..., ::-1, :], (*axes, y.flipped(), x)
    else:
        order = (array.ndim - 2, array.ndim - 1, *range(array.ndim - 3, -1, -1))
        array, axes = array[..., ::-1, :].transpose(order), (y.flipped(), x, *axes[::-1])
    return _dataset(
        wave, note, array, axes, title=channel or _title(wave, note), data_type=kind, units=units,
        quantity=quantity,
    )  # fmt: skip


def _behind(dimension: WaveDimension, name: str) -> Axis:
    """Return the axis of what lies behind an image: frames when it has no units."""
    if dimension.units or dimension.title:
        return _swept(dimension, name)
    return Axis("frame" if name == "z" else name, dimension.values(), "", "frame", "TEMPORAL")


def _kind_of_volume(wave: Wave) -> str:
    if len(wave.shape) > 3:
        return "IMAGE_4D"
    return (
        "IMAGE_STACK"
        if split_units(wave.dimensions[2].units)[1] in {"", "s", "ms"}
        else "SPECTRAL_IMAGE"
    )


def _table(wave: Wave, note: dict[str, Any], stored: Array, *, turned: bool) -> Dataset:
    """Return a wave that is no picture: the axes reversed, nothing turned."""
    quantity, units = split_units(wave.units)
    axes = _distinct([_swept(d, name) for d, name in zip(wave.dimensions, "xyzt", strict=False)])
    if turned:
        array, axes = stored, axes[::-1]
    else:
        array = stored.T
    kind = {2: "LINE_PLOT_FAMILY", 3: "SPECTRAL_IMAGE"}.get(array.ndim, "UNKNOWN")
    return _dataset(
        wave, note, array, axes, title=_title(wave, note), data_type=kind,
        units=units, quantity=quantity,
    )  # fmt: skip


def _distinct(axes: list[Axis]) -> tuple[Axis, ...]:
    """Return the axes, those of a name already taken under Igor's own x, y, z, t."""
    seen: set[str] = set()
    result = []
    for axis, own in zip(axes, "xyzt", strict=False):
        name = own if axis.name in seen else axis.name
        seen.add(name)
        result.append(Axis(name, axis.values, axis.units, axis.quantity, axis.kind))
    return tuple(result)


def _text_dataset(wave: Wave, note: dict[str, Any]) -> Dataset:
    array = np.array(wave.texts, dtype=np.str_).reshape(wave.shape[::-1])
    axes = _distinct([_swept(d, name) for d, name in zip(wave.dimensions, "xyzt", strict=False)])[
        ::-1
    ]
    return _dataset(
        wave, note, array, axes, title=wave.name, data_type="UNKNOWN", units="", quantity=""
    )


def _dataset(  # noqa: PLR0913 - the labels of a dataset
    wave: Wave,
    note: dict[str, Any],
    array: Any,
    axes: tuple[Axis, ...],
    *,
    title: str,
    data_type: str,
    units: str,
    quantity: str,
) -> Dataset:
    return dataset(
        array,
        axes,
        title=title,
        data_type=data_type,
        units=units,
        quantity=quantity,
        source="SciFiReaders.IgorIBWReader",
        metadata=metadata_of(note),
        original_metadata={**note, **vendor_facts(note), **_wave_facts(wave)},
    )


def _wave_facts(wave: Wave) -> dict[str, Any]:
    facts: dict[str, Any] = {"bname": wave.name, "version": wave.version}
    if wave.created:
        facts["creationDate"] = (_EPOCH + timedelta(seconds=wave.created)).isoformat()
    if wave.modified:
        facts["modDate"] = (_EPOCH + timedelta(seconds=wave.modified)).isoformat()
    if wave.formula:
        facts["formula"] = wave.formula
    return facts
