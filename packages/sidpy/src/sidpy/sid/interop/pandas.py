"""Datasets as tables of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.units import NO_UNITS
from sidpy.errors import DimensionError
from sidpy.sid._dask import plain

from .required import require

if TYPE_CHECKING:
    from sidpy.sid.dimension import Dimension

__all__ = ["to_dataframe", "to_pandas"]


def to_pandas(dataset: Any) -> Any:
    """Return up to two dimensions as a Series or DataFrame; see `Dataset.to_pandas`."""
    pandas = require("pandas", "to_pandas")
    labels = dataset.labels_record
    if dataset.ndim > 2:
        msg = (
            f"to_pandas makes tables of up to 2 dimensions, found {dataset.ndim}; "
            "to_dataframe makes a row of each value"
        )
        raise DimensionError(msg)
    values = np.asarray(plain(dataset).compute())
    indices = [_index(pandas, dimension) for dimension in labels.dimensions]
    name = _with_units(labels.quantity, labels.units, labels.title)
    if dataset.ndim == 2:
        return pandas.DataFrame(values, index=indices[0], columns=indices[1])
    return pandas.Series(np.atleast_1d(values), index=indices[0] if indices else None, name=name)


def to_dataframe(dataset: Any) -> Any:
    """Return a row for each value; see `Dataset.to_dataframe`."""
    pandas = require("pandas", "to_dataframe")
    import dask

    labels = dataset.labels_record
    values, variance = dask.compute(plain(dataset), labels.variance)
    columns: list[tuple[str, Any]] = []
    grids = np.meshgrid(*(np.asarray(d) for d in labels.dimensions), indexing="ij", copy=False)
    for dimension, grid in zip(labels.dimensions, grids, strict=True):
        columns.append((_axis_name(dimension), grid.ravel()))
    columns.append((_with_units(labels.quantity, labels.units, labels.title), np.ravel(values)))
    if variance is not None:
        columns.append(("variance", np.ravel(variance)))
    # two dimensions may have one name
    table = pandas.concat([pandas.Series(column) for _, column in columns], axis=1)
    table.columns = [name for name, _ in columns]
    return table


def _index(pandas: Any, dimension: Dimension) -> Any:
    return pandas.Index(dimension.values, name=_axis_name(dimension))


def _axis_name(dimension: Dimension) -> str:
    return _with_units(dimension.name, dimension.units, dimension.name)


def _with_units(word: str, units: str, other: str) -> str:
    """Return a name with its units, where somebody gave them."""
    name = other if word in NO_UNITS or not word.strip() else word
    return name if units in NO_UNITS or not units.strip() else f"{name} ({units})"
