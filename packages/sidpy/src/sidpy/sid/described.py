"""What a dataset says about itself: its labels as attributes, and its history.

Text labels are checked when they are set.  Dictionaries are the user's to write to: they are
stored by reference, and copied before an operation shares them with its result.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sidpy.errors import LabelTypeError, LabelValueError

from ._dask import Array, as_lazy
from ._labelled import Labelled
from .arguments import frozen, is_input
from .kinds import DataType
from .provenance import Provenance, Step, Steps, version_of

__all__ = ["Described"]

#: Bytes of the largest variance that a history keeps; a larger one is an input.
_LARGEST_KEPT: Final = 2**20


def _text_label(name: str, doc: str) -> property:
    """Return a property for one of the labels that are a str."""

    def get(self: Described) -> str:
        return str(getattr(self.__dict__["_labels"], name))

    def put(self: Described, value: str) -> None:
        if not isinstance(value, str):
            msg = f"{name} should be a string, found {value!r}"
            raise LabelValueError(msg)
        self._put(**{name: value})

    return property(get, put, doc=doc)


def _tree_label(name: str, doc: str) -> property:
    """Return a property for one of the labels that are a dictionary the user may write to."""

    def get(self: Described) -> dict[str, Any]:
        result: dict[str, Any] = self._thawed(name)
        return result

    def put(self: Described, value: dict[str, Any]) -> None:
        if not isinstance(value, dict):
            msg = f"{name} should be a dictionary, found {value!r}"
            raise LabelValueError(msg)
        self.__dict__["_working"][name] = value

    return property(get, put, doc=doc)


class Described(Labelled):
    """Labels, history and the file a dataset came from, as attributes."""

    __slots__ = ()

    title = _text_label("title", "What the dataset is called.")
    units = _text_label("units", "Units of the values, as text.")
    quantity = _text_label("quantity", "What was measured.")
    modality = _text_label("modality", "The kind of experiment.")
    source = _text_label("source", "The instrument or program it came from.")

    metadata = _tree_label(
        "metadata", "What matters about the experiment, nested, yours to write."
    )
    original_metadata = _tree_label("original_metadata", "What the vendor's file said.")
    provenance = _tree_label("provenance", "The history as a dictionary; see `history`.")
    structures = _tree_label("structures", "Crystal structures by title.")

    @property
    def data_type(self) -> DataType:
        """What the dataset shows; settable with a member or its name in any case."""
        result: DataType = self.__dict__["_labels"].data_type
        return result

    @data_type.setter
    def data_type(self, value: DataType | str) -> None:
        if isinstance(value, str) and value.strip().upper() in DataType.__members__:
            value = DataType[value.strip().upper()]
        if isinstance(value, DataType):
            self._put(data_type=value)
            return
        names = list(DataType.__members__)
        if not isinstance(value, str):
            msg = f"data_type should be a DataType or a str of {names}, found {value!r}"
            raise LabelValueError(msg)
        self._put(data_type=DataType.UNKNOWN)
        # old callers catch exactly this: a Warning, raised
        msg = f"Supported data_types for plotting are only: {names}, found {value!r}"
        raise Warning(msg)

    @property
    def variance(self) -> Array | None:
        """Squared standard deviation of each value as a lazy array, or None."""
        return self.__dict__["_labels"].variance

    @variance.setter
    def variance(self, value: Any) -> None:
        if value is None:
            self._put(variance=None)
            return
        array = as_lazy(value)
        if not is_input(value) and array.size * array.dtype.itemsize <= _LARGEST_KEPT:
            self.__dict__["_given_variance"] = array.name, frozen(np.asarray(value))
        if array.shape != self.shape:
            msg = (
                f"variance should have the shape of the dataset {self.shape}, found {array.shape}"
            )
            raise LabelValueError(msg)
        self._put(variance=array)

    @property
    def point_cloud(self) -> dict[str, Any] | None:
        """The coordinates of a point cloud and what else describes it, or None."""
        if "point_cloud" not in self.__dict__["_working"] and (
            self.__dict__["_labels"].point_cloud is None
        ):
            return None
        result: dict[str, Any] | None = self._thawed("point_cloud")
        return result

    @point_cloud.setter
    def point_cloud(self, value: dict[str, Any] | None) -> None:
        self._put(point_cloud=None)
        if value is not None:
            self.__dict__["_working"]["point_cloud"] = value

    @property
    def data_descriptor(self) -> str:
        """The text of a value axis: quantity (units)."""
        return f"{self.quantity} ({self.units})"

    # ------------------------------------------------------------------ history

    @property
    def provenance_record(self) -> Provenance:
        """The history as a record; what was said since the last step is a step of it."""
        return self.labels_record.provenance

    @provenance_record.setter
    def provenance_record(self, value: Provenance) -> None:
        self._put(provenance=value)

    @property
    def history(self) -> Steps:
        """Every step that led here, oldest first; a list that prints a line for each."""
        return self.provenance_record.steps()

    def add_provenance(
        self, package: str, package_function: str, version: Any = 0, linked_data: Any = None
    ) -> None:
        """Write down that a function of another package was applied.

        Parameters
        ----------
        package, package_function : str
            Who did it.
        version : int or str
            By default the installed one.
        linked_data : dict or str, optional
            What belongs to it.
        """
        record = self.provenance_record
        step = Step(
            package_function,
            package=package,
            version=str(version) if version else version_of(package),
            linked_data=linked_data if isinstance(linked_data, dict | str) else None,
            output=self.name,
            parents=() if record.last is None else (record.last,),
        )
        self._put(provenance=record.then(step))

    def add_structure(self, atoms: Any, title: str | None = None) -> None:
        """Attach a crystal structure, an ``ase.Atoms``.

        Raises
        ------
        ValueError
            For anything else.
        """
        if not hasattr(atoms, "get_scaled_positions"):
            msg = f"a structure should be an ase.Atoms object, found {type(atoms).__name__}"
            raise LabelValueError(msg)
        self.structures[atoms.get_chemical_formula() if title is None else title] = atoms

    # ------------------------------------------------------------------ the file it came from

    @property
    def h5_dataset(self) -> Any:
        """The h5py.Dataset it was read from or written to; setting None closes its file."""
        return self.__dict__.get("_h5_dataset")

    @h5_dataset.setter
    def h5_dataset(self, value: Any) -> None:
        if value is None:
            self.hdf_close()
            self.__dict__.pop("_h5_dataset", None)
            return
        import h5py

        if not isinstance(value, h5py.Dataset):
            msg = f"h5_dataset should be a h5py.Dataset, found {value!r}"
            raise LabelTypeError(msg)
        self.__dict__["_h5_dataset"] = value

    def hdf_close(self) -> None:
        """Close the HDF5 file of `h5_dataset`, if there is one."""
        dataset = self.__dict__.get("_h5_dataset")
        if dataset:  # an h5py object is false once its file is closed
            dataset.file.close()
