"""Choosing one of several datasets in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sidpy.base.optional import needed
from sidpy.errors import LabelValueError
from sidpy.sid import Dataset, DataType

from .display import show

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ChooseDataset"]


class ChooseDataset:
    """A list of datasets in a notebook, of which one is taken.

    Parameters
    ----------
    input_object : dict of str to Dataset, list of Dataset, or Dataset
        What `sidpy.read` returned, for instance; entries that are no Datasets are left out.
    data_type : DataType or str, or list of these, optional
        Only datasets of these types.
    show_dialog : bool
        Whether the list is shown at once.

    Attributes
    ----------
    dataset, key : Dataset, str
        The chosen one and its key, the first one before a choice is made.
    dataset_names, dataset_list : list of str
        Keys of the datasets, those of logs last, and what is written in the list.
    select_dataset : ipywidgets.Dropdown
        The list.

    Raises
    ------
    ValueError
        When there is no Dataset, or none of `data_type`.
    MissingDependency
        When ipywidgets is not installed.

    Examples
    --------
    In one cell of a notebook, and in the next::

        chooser = sidpy.ChooseDataset(sidpy.read("scan.dm4"))
        chooser.dataset.plot()
    """

    def __init__(
        self,
        input_object: Any,
        data_type: Any = None,
        show_dialog: bool = True,  # noqa: FBT001, FBT002 - the released signature
    ) -> None:
        self.datasets: dict[str, Any] = _named(input_object)
        self.dataset_type = _types(data_type)
        self.dataset_names: list[str] = []
        self.dataset_list: list[str] = []
        self.dataset: Dataset | None = None
        self.key = ""
        self.get_dataset_list()
        widgets = needed("ipywidgets", "A ChooseDataset", "sidpy[widgets]")
        self.select_dataset = widgets.Dropdown(
            options=self.dataset_list, value=self.dataset_list[0], description="select dataset:",
            style={"description_width": "initial"},
        )  # fmt: skip
        self.set_dataset(0)
        self.select_dataset.observe(self.set_dataset, names="value")
        if show_dialog:
            show(self.select_dataset)

    def get_dataset_list(self) -> None:
        """List the datasets that may be chosen, those with ``Log`` in key or title last."""
        found = {key: one for key, one in self.datasets.items() if isinstance(one, Dataset)}
        fitting = {
            key: one
            for key, one in found.items()
            if not self.dataset_type or one.data_type in self.dataset_type
        }
        if not fitting:
            raise LabelValueError(_nothing_to_choose(found.values(), self.dataset_type))
        ordered = sorted(fitting, key=lambda key: "Log" in key or "Log" in fitting[key].title)
        self.dataset_names = ordered
        self.dataset_list = [f"{key}: {fitting[key].title}" for key in ordered]

    def set_dataset(self, b: Any = None) -> None:  # noqa: ARG002 - as widgets call it
        """Take the dataset that is selected."""
        self.key = self.dataset_names[self.select_dataset.index]
        self.dataset = self.datasets[self.key]


def _named(given: Any) -> dict[str, Any]:
    """Return datasets by key, whatever they came in."""
    if isinstance(given, Dataset):
        given = [given]
    if isinstance(given, (list, tuple)):
        return {f"Channel_{i:03}": one for i, one in enumerate(given)}
    if isinstance(given, Mapping):
        return given if isinstance(given, dict) else dict(given)
    msg = (
        "datasets to choose from come as a dictionary, a list or one Dataset, "
        f"found {type(given).__name__}"
    )
    raise LabelValueError(msg)


def _types(given: Any) -> tuple[DataType, ...]:
    if given is None:
        return ()
    several = given if isinstance(given, (list, tuple, set)) else [given]
    return tuple(_type(one) for one in several)


def _type(given: Any) -> DataType:
    if isinstance(given, DataType):
        return given
    try:
        return DataType[str(given).upper()]
    except KeyError:
        names = ", ".join(one.name for one in DataType)
        msg = f"data_type should be one of {names}; found {given!r}"
        raise LabelValueError(msg) from None


def _nothing_to_choose(found: Iterable[Dataset], wanted: tuple[DataType, ...]) -> str:
    there = sorted({one.data_type.name for one in found})
    if not there:
        return "there is no sidpy.Dataset to choose from"
    return f"there is no dataset of type {' or '.join(one.name for one in wanted)}, only {there}"
