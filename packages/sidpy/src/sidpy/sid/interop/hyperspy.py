"""Datasets and signals of HyperSpy (https://hyperspy.org).

A signal has navigation axes, the places, and signal axes, what is seen at one place.  Its
array has the navigation axes first and the signal axes last, the rows before the columns,
while HyperSpy counts axes the other way round.

HyperSpy is under the GPL: it is used where it is installed, through what its documentation
promises, and is never required.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import LabelTypeError
from sidpy.sid._dask import Array, as_lazy
from sidpy.sid.agreement import counting, distinct
from sidpy.sid.guesses import dimension_type_of
from sidpy.sid.kinds import DataType, DimensionType
from sidpy.sid.labels import Labels, copy_tree
from sidpy.sid.provenance import Provenance, Step

from .exact import from_text
from .hyperspy_axes import unless_changed, with_text_keys
from .required import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sidpy.sid.dimension import Dimension

__all__ = ["convert_hyperspy", "from_hyperspy"]

logger = logging.getLogger(__name__)

_PARTS: Final = ("data", "axes_manager", "metadata", "original_metadata")
#: Labels that HyperSpy has no place for.
TEXTS: Final = ("title", "units", "quantity", "modality", "source")
TREES: Final = ("structures", "point_cloud", "extras")
#: The node of the metadata that is HyperSpy's own book-keeping.
_PRIVATE: Final = "_HyperSpy"
NODE: Final = "Sidpy"
#: Largest departure from a linear axis that is rounding, as a share of a step.
_ROUNDING: Final = 1e-9

_OF_SIGNALS: Final = {
    (1, 0): DataType.SPECTRUM,
    (1, 1): DataType.SPECTRAL_IMAGE,
    (1, 2): DataType.SPECTRAL_IMAGE,
    (2, 0): DataType.IMAGE,
    (2, 1): DataType.IMAGE_STACK,
    (2, 2): DataType.IMAGE_4D,
    (0, 1): DataType.LINE_PLOT,
    (0, 2): DataType.IMAGE,
}


def from_hyperspy(signal: Any, kind: Any = None) -> Any:
    """Make a dataset of a HyperSpy signal.

    Parameters
    ----------
    signal : hyperspy.signals.BaseSignal
        Of any class; a lazy one stays lazy.
    kind : type of Dataset, optional
        The class of the result.

    Returns
    -------
    Dataset
        With the axes in the order of the signal's array: places first, then what is seen
        at one of them, rows before columns.  One that came from a dataset has the order
        it had there.

    Raises
    ------
    TypeError
        For anything else.
    MissingDependency
        For anything else where HyperSpy is not installed.

    Notes
    -----
    Stays lazy.  What varies along an axis follows from its units and place.
    """
    from sidpy.sid.dataset import Dataset

    if not all(hasattr(signal, part) for part in _PARTS):
        require("hyperspy", "convert_hyperspy")
        found = f"{type(signal).__module__}.{type(signal).__qualname__}"
        msg = f"convert_hyperspy takes a signal of HyperSpy, found {found}"
        raise LabelTypeError(msg)
    array = as_lazy(signal.data)
    axes = sorted(
        (*signal.axes_manager.navigation_axes, *signal.axes_manager.signal_axes),
        key=lambda axis: axis.index_in_array,
    )
    record = _record(signal)
    labels = _labels(signal, axes)
    if record:
        labels, array = _restored(labels, array, record, signal)
    labels = labels.but(provenance=labels.provenance.then(_step(labels.provenance, signal, array)))
    return (kind or Dataset).from_labels(array, labels)


def convert_hyperspy(s: Any) -> Any:
    """Make a dataset of a HyperSpy signal, as `from_hyperspy`.

    Parameters
    ----------
    s : hyperspy.signals.BaseSignal
        The signal.
    """
    return from_hyperspy(s)


def _step(history: Provenance, signal: Any, array: Array) -> Step:
    return Step(
        "from_hyperspy",
        parameters={"signal": type(signal).__name__},
        output=array.name,
        parents=() if history.last is None else (history.last,),
    )


def _labels(signal: Any, axes: Sequence[Any]) -> Labels:
    metadata = _tree(signal.metadata)
    quantity, units = _quantity(str(_at(metadata, "Signal", "quantity") or ""))
    signal_type = str(_at(metadata, "Signal", "signal_type") or "")
    inner = sum(not axis.navigate for axis in axes)
    return Labels(
        dimensions=_dimensions(axes, inner),
        title=str(_at(metadata, "General", "title") or "generic"),
        quantity=quantity,
        units=units,
        data_type=_OF_SIGNALS.get((inner, len(axes) - inner), DataType.UNKNOWN),
        modality=signal_type or "generic",
        source=str(_at(metadata, "Acquisition_instrument", "TEM", "microscope") or "generic"),
        metadata=metadata,
        original_metadata=_tree(signal.original_metadata),
        variance=_variance(signal),
    )


def _tree(browser: Any) -> dict[str, Any]:
    tree: dict[str, Any] = copy_tree(browser.as_dictionary())
    tree.pop(_PRIVATE, None)
    tree.pop(NODE, None)
    noise = _at(tree, "Signal", "Noise_properties")
    if isinstance(noise, dict):
        # a signal of its own, which is the variance of the dataset
        noise.pop("variance", None)
        noise.pop("_sig_variance", None)
        if not noise:
            del tree["Signal"]["Noise_properties"]
    return tree


def _at(tree: Any, *keys: str) -> Any:
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _quantity(text: str) -> tuple[str, str]:
    """Return quantity and units of a text such as "Intensity (counts)".

    Examples
    --------
    >>> _quantity("Intensity (counts)"), _quantity("Phase")
    (('Intensity', 'counts'), ('Phase', 'generic'))
    """
    name, bracket, units = text.strip().rpartition("(")
    if bracket and units.endswith(")"):
        return name.strip() or "generic", units[:-1].strip() or "generic"
    return text.strip() or "generic", "generic"


def _dimensions(axes: Sequence[Any], inner: int) -> tuple[Dimension, ...]:
    names = iter("abcdefghijklmnopqrstuvwxyz")
    result = []
    for axis in axes:
        default = next(names)
        dimension = counting(axis.size, _word(axis.name) or default).with_values(axis.axis)
        dimension.units = _word(axis.units) or "generic"
        if dimension.name != default:
            dimension.quantity = dimension.name
        dimension.dimension_type = _kind(dimension.units, axis, inner)
        result.append(dimension)
    return distinct(result)


def _word(value: Any) -> str:
    """Return a text of HyperSpy; what nobody set is no text there."""
    return value.strip() if isinstance(value, str) else ""


def _kind(units: str, axis: Any, inner: int) -> DimensionType:
    guess = dimension_type_of(units)
    if not axis.navigate and inner == 1:
        return DimensionType.SPECTRAL
    if guess is not DimensionType.UNKNOWN:
        return guess
    return DimensionType.SPATIAL if inner == 1 or not axis.navigate else DimensionType.UNKNOWN


def _variance(signal: Any) -> Any:
    """Return the variance of the noise, which HyperSpy keeps as a signal or one number."""
    found = signal.get_noise_variance() if hasattr(signal, "get_noise_variance") else None
    if found is None:
        return None
    if isinstance(found, int | float | np.number):
        import dask.array as da

        like = as_lazy(signal.data)
        return da.full(like.shape, float(found), chunks=like.chunks)
    lazy = as_lazy(found.data)
    return lazy if lazy.shape == signal.data.shape else None


# ---------------------------------------------------------------- there and back


def _record(signal: Any) -> dict[str, Any]:
    """Return what `to_hyperspy` wrote for the way back; empty for signals of others."""
    text = _at(signal.metadata.as_dictionary(), NODE, "record")
    if not isinstance(text, str):
        return {}
    try:
        found = from_text(text)
    except ValueError as error:
        logger.warning("metadata.%s.record is passed over: %s", NODE, error)
        return {}
    needed = {"order", "axes", "data_type", "metadata", "original_metadata", "provenance"}
    complete = isinstance(found, dict) and needed.union(TEXTS, TREES) <= set(found)
    return found if complete else {}


def _restored(
    labels: Labels, array: Array, record: Mapping[str, Any], signal: Any
) -> tuple[Labels, Array]:
    """Put back what HyperSpy has no place for, as far as it still fits.

    What HyperSpy does have a place for is right there: an axis that was cropped, a title
    that was changed.
    """
    changes: dict[str, Any] = {key: record[key] for key in TREES}
    quantity = _quantity(f"{record['quantity']} ({record['units']})")
    if (labels.quantity, labels.units) == quantity or not signal.metadata.has_item(
        "Signal.quantity"
    ):
        changes |= {"quantity": record["quantity"], "units": record["units"]}
    changes["modality"], changes["source"] = record["modality"], record["source"]
    if labels.title in (record["title"], "generic"):
        changes["title"] = record["title"]
    for name in ("metadata", "original_metadata"):
        tree = _tree(getattr(signal, name))
        changes[name] = _unless_changed(record[name], tree)
    history = record["provenance"]
    changes["provenance"] = Provenance.from_rows(history["rows"], history["stored"])
    labels = labels.but(**changes)
    before: Sequence[Dimension] = record["axes"]
    order: Sequence[int] = record["order"]
    if not before and array.size == 1:
        empty = None if labels.variance is None else labels.variance.reshape(())
        kind = DataType[record["data_type"]]
        return labels.but(dimensions=(), variance=empty, data_type=kind), array.reshape(())
    known = {dimension.name: dimension for dimension in before}
    dimensions = tuple(
        unless_changed(dimension, known[dimension.name]) if dimension.name in known else dimension
        for dimension in labels.dimensions
    )
    labels = labels.but(dimensions=dimensions)
    if [before[axis].name for axis in order] != [dimension.name for dimension in dimensions]:
        return labels, array
    back = [list(order).index(axis) for axis in range(len(order))]
    labels = labels.but(
        dimensions=tuple(dimensions[place] for place in back),
        variance=None if labels.variance is None else labels.variance.transpose(back),
        data_type=DataType[record["data_type"]],
    )
    return labels, array.transpose(back)


def _unless_changed(exact: Any, tree: dict[str, Any]) -> Any:
    """Return a dictionary as it was, or as it is when somebody changed it."""
    written = with_text_keys(exact)
    same = all(repr(tree.get(key)) == repr(value) for key, value in written.items())
    added = tree.keys() - written.keys() - {"General", "Signal"}
    return exact if same and not added else tree
