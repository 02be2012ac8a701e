"""Several datasets become one, or agree on their axes: `concat`, `stack`, `align`.

Axes meet by name, not by position.  Units that can be converted are converted to those of
the first dataset; whatever else disagrees is said, or an error under
``sidpy.config.strict``.  Labels are those of the first; entries of metadata that only others
have are added, and the history names all inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from sidpy.base import units as unit
from sidpy.config import config
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

from ._dask import plain
from .agreement import complain, counting, describe, same_axis
from .dimension import Dimension
from .joining import joined_dimension, joined_errors, joined_points
from .kinds import DataType
from .labels import Labels, with_what_only_right_knows
from .operators import new_title
from .recording import recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["concat", "stack"]

#: What a series of datasets of a type shows.
_SERIES: Final = {
    DataType.IMAGE: DataType.IMAGE_STACK,
    DataType.SPECTRUM: DataType.LINE_PLOT_FAMILY,
    DataType.LINE_PLOT: DataType.LINE_PLOT_FAMILY,
}


@recorded("sidpy.concat")
def concat(datasets: Any, dim: str, *, title: str | None = None) -> Any:
    """Join datasets along a dimension that all of them have.

    Parameters
    ----------
    datasets : sequence or dict of Dataset
        What is joined, in this order. A sequence of dicts, as `sidpy.read` gives them,
        is joined entry by entry.
    dim : str
        Name of the dimension.
    title : str, optional
        By default the title of the first followed by "_new".

    Returns
    -------
    Dataset or dict of Dataset
        Lazy. Axes are in the order of the first dataset. Variances are joined; where only
        some have one, that of the others is NaN, unknown.

    Raises
    ------
    DimensionError
        When one has no such dimension, other dimensions, or another length of them (a
        ValueError).
    LabelTypeError
        For anything but datasets and a name (a TypeError).
    LabelValueError
        Under ``config.strict``, when units or axes disagree (a ValueError).

    Warns
    -----
    SidpyWarning
        When units or axes disagree.

    Examples
    --------
    >>> import sidpy
    >>> one = sidpy.Dataset.from_array([1, 2], units="nA")
    >>> one.set_dimension(0, sidpy.Dimension([0, 1], "time", "Time", "s"))
    >>> two = sidpy.Dataset.from_array([3000], units="pA")
    >>> two.set_dimension(0, sidpy.Dimension([2000], "time", "Time", "ms"))
    >>> both = sidpy.concat([one, two], "time")
    >>> both.compute(), both.time.values
    (array([1., 2., 3.]), array([0., 1., 2.]))
    """
    found = _listed(datasets)
    if isinstance(found[0], Mapping):
        return _entry_by_entry(found, lambda members: concat(members, dim, title=title))
    if not isinstance(dim, str):
        msg = f"concat takes the name of a dimension, found {dim!r}; stack joins along a new one"
        raise LabelTypeError(msg)
    for number, dataset in enumerate(found):
        _check_has(dataset.labels_record, number, dim)
    names = _names(found[0].labels_record)
    axis = names.index(dim)
    operands = [_like_the_first(dataset, found[0], n, axis) for n, dataset in enumerate(found)]
    records = [operand.labels_record for operand in operands]
    dimensions = list(records[0].dimensions)
    dimensions[axis] = joined_dimension([labels.dimensions[axis] for labels in records])
    array = da.concatenate([plain(operand) for operand in operands], axis=axis)
    labels = _merged(records).but(
        dimensions=tuple(dimensions),
        variance=joined_errors(da.concatenate, operands, axis),
        point_cloud=joined_points(records, axis),
    )
    return _made("concat", found, array, labels, title, {"dim": dim, **_keys(datasets)})


@recorded("sidpy.stack")
def stack(
    datasets: Any, dim: str | Dimension = "stack", *, axis: int = 0, title: str | None = None
) -> Any:
    """Put datasets of the same axes one after the other along a new dimension.

    Parameters
    ----------
    datasets : sequence or dict of Dataset
        What is stacked, in this order. A sequence of dicts is stacked entry by entry.
    dim : str or Dimension
        The new dimension, or a name for a plain count.
    axis : int
        Where it goes among the axes of the result; negative ones count from the end.
    title : str, optional
        By default the title of the first followed by "_new".

    Returns
    -------
    Dataset or dict of Dataset
        Lazy. Images become an image stack, spectra a family of lines.

    Raises
    ------
    DimensionError
        When the dimensions of the datasets or their lengths differ, the new name is taken, or
        the new dimension has not one value for each (a ValueError).
    LabelTypeError
        For anything but datasets and a dimension (a TypeError).
    LabelValueError
        Under ``config.strict``, when units or axes disagree (a ValueError).

    Warns
    -----
    SidpyWarning
        When units or axes disagree.

    Examples
    --------
    >>> import sidpy
    >>> images = [sidpy.Dataset.from_array([[i, i], [i, i]], datatype="image") for i in range(3)]
    >>> times = sidpy.Dimension([0, 0.5, 1], "time", "Time", "s", "temporal")
    >>> series = sidpy.stack(images, times)
    >>> series.shape, series.data_type.name, int(series.sel(time="500 ms").max())
    ((3, 2, 2), 'IMAGE_STACK', 1)
    """
    found = _listed(datasets)
    if isinstance(found[0], Mapping):
        return _entry_by_entry(found, lambda members: stack(members, dim, axis=axis, title=title))
    first = found[0].labels_record
    along = _new_dimension(dim, len(found), _names(first))
    ndim = len(first.dimensions) + 1
    if not isinstance(axis, int | np.integer) or not -ndim <= axis < ndim:
        msg = f"the new axis goes to one of {-ndim} to {ndim - 1}, found {axis!r}"
        raise DimensionError(msg)
    place = int(axis) % ndim
    operands = [_like_the_first(dataset, found[0], n, None) for n, dataset in enumerate(found)]
    records = [operand.labels_record for operand in operands]
    dimensions = list(records[0].dimensions)
    dimensions.insert(place, along)
    array = da.stack([plain(operand) for operand in operands], axis=place)
    labels = _merged(records).but(
        dimensions=tuple(dimensions),
        variance=joined_errors(da.stack, operands, place),
        data_type=_SERIES.get(first.data_type, DataType.UNKNOWN),
    )
    parameters = {"dim": along.name, "axis": place, **_keys(datasets)}
    return _made("stack", found, array, labels, title, parameters)


# ---------------------------------------------------------------- what was given


def _listed(datasets: Any) -> list[Any]:
    """Return the datasets, or dicts of them, that were given, at least one."""
    if isinstance(datasets, Mapping):
        datasets = datasets.values()
    single = hasattr(datasets, "labels_record") or not hasattr(type(datasets), "__iter__")
    found = [datasets] if single else list(datasets)
    all_dicts = all(isinstance(one, Mapping) for one in found)
    wrong = [one for one in found if not (all_dicts or hasattr(one, "labels_record"))]
    if single or wrong or not found:
        kinds = ", ".join(sorted({type(one).__name__ for one in wrong or found})) or "none"
        msg = f"several datasets are needed, in a list or a dict; found {kinds}"
        raise LabelTypeError(msg)
    return found


def _keys(datasets: Any) -> dict[str, Any]:
    return {"names": [str(key) for key in datasets]} if isinstance(datasets, Mapping) else {}


def _entry_by_entry(found: Sequence[Mapping[str, Any]], join: Any) -> dict[str, Any]:
    """Join dicts of datasets that have the same keys."""
    keys = list(found[0])
    for number, members in enumerate(found):
        if set(members) != set(keys):
            odd = sorted(map(str, set(members) ^ set(keys)))
            msg = f"dicts 0 and {number} do not have the same entries: {', '.join(odd)}"
            raise LabelValueError(msg)
    return {key: join([members[key] for members in found]) for key in keys}


def _new_dimension(dim: str | Dimension, count: int, names: list[str]) -> Dimension:
    if not isinstance(dim, str | Dimension):
        msg = f"the new dimension is a Dimension or a name, found {dim!r}"
        raise LabelTypeError(msg)
    along = dim.copy() if isinstance(dim, Dimension) else counting(count, dim)
    if along.size != count:
        msg = f"dimension {along.name!r} has {along.size} values for {count} datasets"
        raise DimensionError(msg)
    if along.name in names:
        msg = f"the datasets already have a dimension {along.name!r}; concat joins along it"
        raise DimensionError(msg)
    return along


def _names(labels: Labels) -> list[str]:
    return [dimension.name for dimension in labels.dimensions]


def _check_has(labels: Labels, number: int, dim: str) -> None:
    if dim not in _names(labels):
        msg = (
            f"dataset {number} has no dimension {dim!r}, it has {_names(labels)}; stack joins "
            "along a new one"
        )
        raise DimensionError(msg)


# ---------------------------------------------------------------- making them agree


def _like_the_first(dataset: Any, first: Any, number: int, along: int | None) -> Any:
    """Return a dataset with its axes in the order, and its units in those, of the first."""
    if dataset is first:
        return dataset
    labels, model = dataset.labels_record, first.labels_record
    names, wanted = _names(labels), _names(model)
    if sorted(names) != sorted(wanted):
        msg = f"dataset 0 has the dimensions {wanted}, but dataset {number} has {names}"
        raise DimensionError(msg)
    if names != wanted:
        dataset = dataset.transpose([names.index(name) for name in wanted])
        labels = dataset.labels_record
    wrong = list(_conflicts(labels, model, along, number))
    if wrong:
        message = (
            f"datasets 0 and {number} were joined though they disagree; the labels of the first "
            "are kept.\n  " + "\n  ".join(wrong)
        )
        complain(message, strict=config.strict)
    if along is not None:
        other, mine = labels.dimensions[along], model.dimensions[along]
        if unit.conversion(other.units, mine.units) not in (None, (1.0, 0.0)):
            dataset = dataset.to(**{other.name: mine.units})
    if unit.conversion(labels.units, model.units) not in (None, (1.0, 0.0)):
        dataset = dataset.to(model.units)
    return dataset


def _conflicts(labels: Labels, model: Labels, along: int | None, number: int) -> Iterable[str]:
    """Yield what disagrees and cannot be converted."""
    for axis, (mine, other) in enumerate(zip(model.dimensions, labels.dimensions, strict=True)):
        if axis == along:
            if _differ(mine.units, other.units):
                yield f"units of {mine.name!r}: {mine.units!r} and {other.units!r}"
        elif mine.size != other.size:
            msg = (
                f"datasets 0 and {number} have other lengths: {describe(mine)} and "
                f"{describe(other)}; align or interpolate them first"
            )
            raise DimensionError(msg)
        elif not same_axis(mine, other):
            yield f"{describe(mine)} and {describe(other)}"
    if _differ(model.units, labels.units):
        yield f"units of the values: {model.units!r} and {labels.units!r}"
    if not _same_points(model, labels) and along is None:
        yield "coordinates of the points"
    both = {model.quantity, labels.quantity}
    if len(both) == 2 and not both & unit.NO_UNITS and "" not in both:
        yield f"quantity: {model.quantity!r} and {labels.quantity!r}"


def _same_points(one: Labels, other: Labels) -> bool:
    """Whether two point clouds are the same; a dataset without one contradicts nothing."""
    mine, its = ((labels.point_cloud or {}).get("coordinates") for labels in (one, other))
    return mine is None or its is None or np.array_equal(mine, its)


def _differ(one: str, other: str) -> bool:
    """Whether two units contradict each other; what nobody said contradicts nothing."""
    unsaid = one in unit.NO_UNITS or other in unit.NO_UNITS
    return not unsaid and unit.conversion(one, other) is None


def _merged(records: Sequence[Labels]) -> Labels:
    """Return the labels of the first, with what only others know."""
    return reduce(with_what_only_right_knows, records)


def _made(
    function: str,
    inputs: Sequence[Any],
    array: Any,
    labels: Labels,
    title: str | None,
    parameters: dict[str, Any],
) -> Any:
    """Return the dataset with a history that begins at all inputs."""
    if title is not None and not isinstance(title, str):
        msg = f"title should be a string, found {title!r}"
        raise LabelTypeError(msg)
    labels = labels.but(title=new_title(labels) if title is None else title)
    return inputs[0].labelled(array, labels, function, inputs=inputs, parameters=parameters)
