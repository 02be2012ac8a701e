"""The Dataset: a dask array that knows what its axes mean.

A dataset *is* a lazy array, with one thing more: a frozen record of labels.  Everything
the array can do it does, and the labels follow by one of the seven laws of
`sidpy.sid.labels`.  The operations live in the mixins, one module for each kind; here is
what a dataset is and has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sidpy.base.addresses import also_at

from . import straight
from ._dask import (
    Array,
    adopt,
    construct,
    few_tasks_here,
    has_unknown_shape,
    owned,
    plain,
    redirect,
)
from ._plotter import VIEWERS, Plotter
from .agreement import default_dimensions
from .blockwise import Blockwise
from .construction import Construction, view_subclass
from .conversion import Conversions
from .described import Described
from .dimension import Dimension
from .folding import Folding
from .fourier import Fourier
from .functions import Functions
from .indexing import is_simple_list, take_part
from .interop.exchange import Exchange
from .interop.hyperspy import convert_hyperspy
from .interpolation import Interpolation
from .kinds import DataType, DimensionType
from .labels import Labels
from .late import changed_later
from .names import Names
from .operators import Operators
from .products import Products
from .provenance import Provenance, Step, identity
from .recording import CALLS, is_inside, record_methods, sign
from .reductions import Reductions
from .regrouping import Regrouping
from .relabelling import current_labels, settle
from .reshaping import Reshaping
from .selection import Selection
from .summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "DataType", "Dataset", "Dimension", "DimensionType", "convert_hyperspy", "is_simple_list",
    "view_subclass",
]  # fmt: skip

__getattr__ = also_at(
    __name__,
    {
        **VIEWERS,
        "get_slope": "sidpy.base.num_utils",
        "print_nested_dict": "sidpy.base.dict_utils",
        "validate_single_string_arg": "sidpy.base.string_utils",
        "version": "sidpy.__version__",
    },
)


class Dataset(
    Construction,
    Operators,
    Products,
    Reductions,
    Reshaping,
    Regrouping,
    Blockwise,
    Folding,
    Fourier,
    Selection,
    Conversions,
    Interpolation,
    Summary,
    Functions,
    Described,
    Exchange,
    Names,
    Array,  # type: ignore[misc]
):
    """An array that knows its axes, units, metadata and history.

    Make one with `Dataset.from_array`, `sidpy.read`, or from another by `like_data`; the
    constructor takes the arguments of `dask.array.Array` and gives a dataset without
    labels.

    Examples
    --------
    >>> import sidpy
    >>> current = sidpy.Dataset.from_array([[1, 2, 3], [4, 5, 6]], title="scan", units="nA")
    >>> current.set_dimension(1, sidpy.Dimension([0, 0.5, 1], "bias", "Bias", "V", "spectral"))
    >>> mean = current.mean(axis=0)
    >>> mean.bias
    bias:  Bias (V) of size (3,)
    >>> mean.compute()
    array([2.5, 3.5, 4.5])
    """

    plot = Plotter()

    # ------------------------------------------------------------------ made from

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: D102 - documented by the class
        array = construct(*args, **kwargs)
        return cls._wrap(array, Labels(dimensions=default_dimensions(array.shape)))

    @classmethod
    def _wrap(cls, array: Array, labels: Labels) -> Self:
        """Return a dataset of this array and these labels."""
        result = adopt(cls, array)
        state = result.__dict__
        state["_labels"] = state["_settled"] = labels
        state["_working"] = {}
        return result

    def copy(self) -> Self:
        """Return an independent dataset of the same numbers with everything it knows."""
        result = self._wrap(plain(self), self.labels_record)
        for name in ("_h5_dataset", "_thumbnail", "view"):
            if name in self.__dict__:
                result.__dict__[name] = self.__dict__[name]
        return result

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (type(self), plain(self), self.labels_record)

    # ------------------------------------------------------------------ labels

    @property
    def labels_record(self) -> Labels:
        """Everything known about the array, as a frozen record."""
        labels: Labels = self.__dict__["_labels"]
        if labels is not self.__dict__["_settled"] or self.__dict__["_working"]:
            labels = current_labels(self)
        return labels

    def _put(self, **changes: Any) -> None:
        state = self.__dict__
        for name in changes:
            state["_working"].pop(name, None)
        state["_labels"] = state["_labels"].but(**changes)
        if "provenance" in changes:
            settle(self)

    def change_label(self, name: str, function: Callable[[Any], Any]) -> None:
        """Put a label in the place of what it is; one that waits in a file goes on waiting."""
        state = self.__dict__
        state["_working"].pop(name, None)
        state["_labels"] = changed_later(state["_labels"], name, function)
        settle(self)

    def _thawed(self, name: str) -> Any:
        """Return a copy of a label that the user may write to, the same one every time."""
        working = self.__dict__["_working"]
        if name not in working:
            working[name] = self.__dict__["_labels"].thawed(name)
        return working[name]

    def labelled(
        self,
        array: Array,
        labels: Labels | None,
        function: str,
        *,
        inputs: Iterable[Any] = (),
        parameters: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return `array` under `labels` with one more step in its history.

        Parameters
        ----------
        array : dask array
            The result of an operation.
        labels : Labels or None
            What a law says of it; None, and a length that dask does not know, give the
            plain array back.
        function : str
            The operation.
        inputs : iterable
            Its operands; numbers among them are written down as parameters.
        parameters : mapping, optional
            What else decided the result.
        """
        if labels is None or has_unknown_shape(array):
            return array
        if is_inside():  # whose step the whole operation is given
            return self._wrap(array, labels)
        names, parents, stored = [], [], self.provenance_record.stored
        values = []
        for operand in inputs:
            history = getattr(operand, "provenance_record", None)
            if history is None:
                values.append(operand if np.isscalar(operand) else identity(operand))
                continue
            names.append(operand.name)
            if history.last is not None:
                parents.append(history.last)
        if values:
            parameters = {**(parameters or {}), "operands": values}
        step = Step(
            function,
            parameters=parameters or {},
            inputs=tuple(names),
            output=array.name,
            parents=tuple(parents),
        )
        return self._wrap(array, labels.but(provenance=Provenance(step, stored)))

    def save(self, path: Any, format: str | None = None, **options: Any) -> Any:  # noqa: A002 - the word the field uses
        """Write the dataset to a file; see `sidpy.write`."""
        from importlib import import_module

        # by name: writing is a room above this one
        return import_module("sidpy.io.write").write(self, path, format=format, **options)

    # ------------------------------------------------------------------ the array

    def __getitem__(self, index: Any) -> Any:
        return take_part(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        array = plain(self).copy()
        array[plain(index)] = plain(value)
        if is_inside():
            redirect(self, array)
            return
        before = self.copy()
        redirect(self, array)
        sign([("", self)], "setitem", "setitem", {"data": before, "index": index, "value": value})

    def __eq__(self, other: object) -> bool:
        """Compare values, units, quantity, source, kind, axes and variance; computes both."""
        if not isinstance(other, Dataset) or self.shape != other.shape:
            return False
        mine, theirs = self.labels_record, other.labels_record
        names = ("units", "quantity", "source", "data_type", "modality", "dimensions")
        if any(getattr(mine, name) != getattr(theirs, name) for name in names):
            return False
        if (mine.variance is None) != (theirs.variance is None):
            return False
        pairs = [(plain(self), plain(other))]
        if mine.variance is not None:
            pairs.append((mine.variance, theirs.variance))
        return all(np.array_equal(one.compute(), two.compute()) for one, two in pairs)

    __hash__ = None  # type: ignore[assignment]

    def compute_chunk_sizes(self) -> Self:
        """Return the dataset; its lengths are always known."""
        return self

    def compute(self, **kwargs: Any) -> Any:
        """Return the numbers as an array in memory.

        Parameters
        ----------
        **kwargs
            As for `dask.compute`.  What is one task, such as one frame of a file, is done
            here and now, unless a scheduler is asked for, configured, or a cluster is active:
            threads would only wait for each other.  A part of a file as it is, is read
            without any task.
        """
        found = straight.read(plain(self), kwargs)
        if found is not None:
            return found
        return super().compute(**few_tasks_here(kwargs))

    def persist(self, **kwargs: Any) -> Self:
        """Compute the blocks and keep them in memory, of the workers if there are any."""
        labels = self.labels_record
        title = labels.title
        title = title if title.startswith("persisted_") else f"persisted_{title}"
        variance = (
            labels.variance if labels.variance is None else labels.variance.persist(**kwargs)
        )
        result: Self = self._wrap(plain(self).persist(**kwargs), labels)
        result._put(title=title, variance=variance)
        return result

    def __dask_postcompute__(self) -> tuple[Any, tuple[Any, ...]]:
        finish, more = plain(self).__dask_postcompute__()
        return owned, (finish, *more)

    def __dask_postpersist__(self) -> tuple[Any, tuple[Any, ...]]:
        rebuild, more = plain(self).__dask_postpersist__()
        return _persisted, (rebuild, more, type(self), self.labels_record)

    def __repr__(self) -> str:
        labels = self.labels_record
        text = (
            f"sidpy.Dataset of type {labels.data_type.name} with:\n {plain(self)!r}"
            f"\n data contains: {self.data_descriptor}\n and Dimensions: "
        )
        text += "".join(f"\n{dimension!r}" for dimension in labels.dimensions)
        if labels.metadata:
            text += f"\n with metadata: {list(labels.metadata)}"
        return text


def _with_item(data: Dataset, index: Any, value: Any) -> Dataset:
    """Return a dataset with other values at an index."""
    result = data.copy()
    result[index] = value
    return result


CALLS["setitem"] = _with_item
CALLS["Dataset.from_array"] = Dataset.from_array
record_methods(Dataset)


def _unpickled(cls: type[Dataset], array: Array, labels: Labels) -> Dataset:
    return cls._wrap(array, labels)


def _persisted(
    graph: Any,
    rebuild: Any,
    more: tuple[Any, ...],
    cls: type[Dataset],
    labels: Labels,
    *,
    rename: Any = None,
) -> Dataset:
    """Put the labels back on an array that dask has computed in place."""
    return cls._wrap(rebuild(graph, *more, rename=rename), labels)
