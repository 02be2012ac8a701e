"""Ways to make a dataset: of an array, of an array and a record, of another dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sidpy.errors import LabelValueError

from ._dask import Array, as_lazy, plain
from .agreement import default_dimensions
from .described import Described
from .kinds import DataType, DimensionType
from .labels import Labels, check_fit, keep
from .late import LateLabels
from .operators import new_title
from .provenance import Provenance, Step, identity
from .recording import sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .dimension import Dimension

__all__ = ["Construction", "view_subclass"]


class Construction(Described):
    """Constructors other than dask's own."""

    __slots__ = ()

    @classmethod
    def from_array(  # noqa: PLR0913, PLR0917 - the released package's signature
        cls,
        x: Any,
        title: str = "generic",
        chunks: Any = "auto",
        lock: Any = False,  # noqa: FBT002 - the released package's signature
        datatype: DataType | str = "UNKNOWN",
        units: str = "generic",
        quantity: str = "generic",
        modality: str = "generic",
        source: str = "generic",
        coordinates: Any = None,
        variance: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Make a dataset of an array; what is in a file or lazy stays there.

        Parameters
        ----------
        x : array-like
            NumPy and dask arrays, HDF5 datasets, memory maps, `FileArray`, lists, numbers.
        title : str
            What the dataset is called; ``name=`` is understood too.
        chunks, lock
            As for `dask.array.from_array`.
        datatype : DataType or str
            What it shows.
        units, quantity, modality, source : str
            Labels.
        coordinates : array_like of shape (points, 2), optional
            Where the points of a point cloud are.
        variance : array_like of the shape of `x`, optional
            Squared standard deviation of each value.
        **kwargs
            Ignored, but for `name`; older callers pass more than is known here.

        Raises
        ------
        ValueError
            For labels that are no str and a point cloud without coordinates.
        IndexError
            For more than 26 axes.

        Notes
        -----
        Stays lazy. Dimensions are called a, b, c, ... until `set_dimension` says better.
        """
        given = {
            "x": x, "title": title, "chunks": chunks, "datatype": datatype, "units": units,
            "quantity": quantity, "modality": modality, "source": source,
            "coordinates": coordinates, "variance": variance, "kwargs": kwargs,
        }  # fmt: skip
        array = as_lazy(x, chunks, lock=lock)
        result = cls._wrap(array, Labels(dimensions=default_dimensions(array.shape)))
        name = kwargs.get("name")
        result.title = name if title == "generic" and isinstance(name, str) else title
        result.units, result.quantity = units, quantity
        result.modality, result.source = modality, source
        result.data_type = datatype
        if result.data_type is DataType.POINT_CLOUD:
            result._become_point_cloud(coordinates)
        elif coordinates is not None:
            result.point_cloud = {"coordinates": coordinates}
        if variance is not None:
            result.variance = variance
        if isinstance(x, Described):
            sign([("", result)], "Dataset.from_array", "from_array", given)
            return result
        inputs = () if isinstance(x, Array) else (identity(array),)
        result._put(provenance=Provenance(Step("from_array", inputs=inputs, output=array.name)))
        return result

    @classmethod
    def from_labels(cls, x: Any, labels: Labels, chunks: Any = "auto") -> Self:
        """Make a dataset of an array and everything that is known about it.

        Parameters
        ----------
        x : array-like
            As for `from_array`.
        labels : Labels
            With one dimension per axis, of its length.
        chunks
            As for `dask.array.from_array`.

        Raises
        ------
        LabelError
            When the dimensions do not fit.
        """
        array = as_lazy(x, chunks)
        if not isinstance(labels, LateLabels):  # whose dimensions are not known yet
            check_fit(labels, array.shape)
        return cls._wrap(array, labels)

    def _become_point_cloud(self, coordinates: Any) -> None:
        if coordinates is None:
            msg = "a point cloud needs coordinates=, an array of shape (points, 2)"
            raise LabelValueError(msg)
        kinds = (DimensionType.POINT_CLOUD, DimensionType.SPECTRAL, DimensionType.CHANNEL)
        for axis, kind in zip(range(self.ndim), kinds, strict=False):
            self._axes[axis].dimension_type = kind
        self.point_cloud = {"coordinates": coordinates}

    def like_data(
        self,
        data: Any,
        title: str | None = None,
        chunks: Any = "auto",
        lock: Any = False,  # noqa: FBT002 - the released package's signature
        coordinates: Any = None,
        variance: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Return a dataset of other numbers under this one's labels.

        Parameters
        ----------
        data : array-like
            The numbers.
        title : str, optional
            By default this title followed by "_new".
        chunks, lock
            As for `dask.array.from_array`.
        coordinates, variance
            As for `from_array`; neither is taken over.
        **kwargs
            ``title_prefix``, ``title_suffix``, ``reset_units``, ``reset_quantity``;
            others are ignored.

        Notes
        -----
        Axes of equal length are taken over. A linear axis of another length keeps its step,
        name and units and starts at 0; any other becomes a plain count.
        """
        array = as_lazy(data, chunks, lock=lock)
        labels = keep(self.labels_record, point_cloud=None)
        changes: dict[str, Any] = {
            "title": _like_title(labels, title, kwargs),
            "dimensions": _like_dimensions(labels, array.shape),
        }
        if kwargs.get("reset_units"):
            changes["units"] = "generic"
        if kwargs.get("reset_quantity"):
            changes["quantity"] = "generic"
        result: Self = self.labelled(array, labels.but(**changes), "like_data", inputs=[self])
        if coordinates is not None:
            result.point_cloud = {"coordinates": coordinates}
        result.variance = variance
        return result


def _like_title(labels: Labels, title: str | None, options: Mapping[str, Any]) -> str:
    prefix, suffix = options.get("title_prefix") or "", options.get("title_suffix") or ""
    if title is None:
        title = labels.title if prefix or suffix else new_title(labels)
    return f"{prefix}{title}{suffix}"


def _like_dimensions(labels: Labels, shape: tuple[int, ...]) -> tuple[Dimension, ...]:
    result = list(default_dimensions(shape))
    for axis, (length, old) in enumerate(zip(shape, labels.dimensions, strict=False)):
        if length == old.size:
            result[axis] = old
        elif old.is_linear and old.size > 1:
            step = (old[-1] - old[0]) / (old.size - 1)
            result[axis] = old.with_values(step * np.arange(length))
    return tuple(result)


def view_subclass(dask_array: Any, cls: type[Any]) -> Any:
    """Return a dask array as an instance of `cls`, a Dataset or a class of one.

    Prefer `Dataset.from_array`.
    """
    return cls._wrap(plain(dask_array), Labels(dimensions=default_dimensions(dask_array.shape)))
