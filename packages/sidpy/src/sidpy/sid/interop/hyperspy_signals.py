"""Datasets as signals of HyperSpy; `hyperspy` has the way back and says what is what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.base.units import NO_UNITS
from sidpy.errors import LabelValueError
from sidpy.sid._dask import Array, plain
from sidpy.sid.kinds import DataType, DimensionType

from .exact import to_text
from .hyperspy import NODE, TEXTS, TREES
from .hyperspy_axes import as_axis, with_text_keys
from .required import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from sidpy.sid.labels import Labels

__all__ = ["to_hyperspy"]


def to_hyperspy(dataset: Any, signal_dimensions: Any = None, *, lazy: bool = True) -> Any:
    """Return a dataset as a signal; see `Dataset.to_hyperspy`."""
    signals = require("hyperspy.api", "to_hyperspy").signals
    labels = dataset.labels_record
    inner = _signal_axes(labels, signal_dimensions)
    order = [axis for axis in range(dataset.ndim) if axis not in inner] + inner
    axes = [{**as_axis(labels.dimensions[axis]), "navigate": axis not in inner} for axis in order]

    def signal_of(array: Array) -> Any:
        # a single value is an array of one element there
        turned = array.transpose(order) if order else array.reshape((1,))
        make = getattr(signals, _class_name(len(inner), array.dtype))
        made = make(turned if lazy else turned.compute(), **({"axes": axes} if order else {}))
        return made.as_lazy() if lazy else made

    signal = signal_of(plain(dataset))
    _write_metadata(signal, labels, order)
    if labels.variance is not None:
        signal.set_noise_variance(signal_of(labels.variance))
    return signal


def _class_name(inner: int, dtype: np.dtype[Any]) -> str:
    suffix = f"{inner}D" if inner in (1, 2) else ""
    if dtype.kind == "c":
        return f"ComplexSignal{suffix}"
    return f"Signal{suffix}" if suffix else "BaseSignal"


def _signal_axes(labels: Labels, wanted: Any) -> list[int]:
    """Return the axes that are seen at one place."""
    if wanted is not None:
        names = [wanted] if isinstance(wanted, str | int) else list(wanted)
        axes = [labels.axis(name) if isinstance(name, str) else int(name) for name in names]
        rank = len(labels.dimensions)
        if any(not -rank <= axis < rank for axis in axes):
            msg = f"signal_dimensions should be among the axes 0 to {rank - 1}, found {wanted!r}"
            raise LabelValueError(msg)
        return [axis % rank for axis in axes]
    kinds = [dimension.dimension_type for dimension in labels.dimensions]
    spatial, reciprocal, spectral = (
        [axis for axis, kind in enumerate(kinds) if kind is DimensionType[name]]
        for name in ("SPATIAL", "RECIPROCAL", "SPECTRAL")
    )
    if labels.data_type is DataType.IMAGE_4D:
        return reciprocal[-2:] if len(reciprocal) >= 2 else list(range(len(kinds)))[-2:]
    if labels.data_type in (DataType.IMAGE, DataType.IMAGE_STACK, DataType.IMAGE_MAP):
        images = sorted(spatial + reciprocal)
        return images[-2:] if len(images) >= 2 else list(range(len(kinds)))[-2:]
    for found in (spectral, reciprocal[-2:]):
        if found:
            return found
    if len(spatial) == len(kinds) == 2:
        return spatial
    return list(range(len(kinds)))[-1:]


def _write_metadata(signal: Any, labels: Labels, order: Sequence[int]) -> None:
    shown = with_text_keys(labels.metadata)
    signal.metadata.add_dictionary(shown)
    signal.original_metadata.add_dictionary(with_text_keys(labels.original_metadata))
    signal.metadata.set_item("General.title", labels.title)
    if labels.quantity not in NO_UNITS or labels.units not in NO_UNITS:
        signal.metadata.set_item("Signal.quantity", f"{labels.quantity} ({labels.units})")
    history = labels.provenance
    record = {
        "order": list(order),
        "axes": [dim.copy() for dim in labels.dimensions],
        "data_type": labels.data_type.name,
        "metadata": dict(labels.metadata),
        "original_metadata": dict(labels.original_metadata),
        "provenance": {"rows": history.rows(), "stored": dict(history.stored)},
        **{key: getattr(labels, key) for key in (*TEXTS, *TREES)},
    }
    signal.metadata.set_item(f"{NODE}.record", to_text(record))
    signal_type = shown.get("Signal", {})
    name = signal_type.get("signal_type") if isinstance(signal_type, dict) else None
    name = name or (labels.modality if labels.modality in ("EELS", "EDS_TEM", "EDS_SEM") else "")
    if name:
        signal.set_signal_type(name)
