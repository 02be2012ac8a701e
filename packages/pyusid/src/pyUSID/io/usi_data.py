"""USIDataset: a main dataset that knows its dimensions.

It is the `h5py.Dataset` itself, with the N-D form, slices by name of dimension, and the
way to a `sidpy.Dataset` on top.  Nothing is read but the ancillary datasets until asked for.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py

from sidpy._warnings import warn
from sidpy.hdf.recovery import open_to_read

from .blocks import GridArray, as_steps, lazy_n_dim, read_block
from .dimension import Dimension, DimType
from .grid import Layout
from .main import LINKS, require_main
from .selection import checked, chosen, is_list, nothing, part, within
from .sides import Side, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import numpy.typing as npt

    import sidpy

__all__ = ["USIDataset"]

_IN_FILE_ORDER = "Data dimensions are in the order they occur in the file."
#: The released text; the order is slowest to fastest.
_SORTED = "Data dimensions are sorted in order from fastest changing dimension to slowest."


class USIDataset(h5py.Dataset):
    """A main dataset of the USID model.

    Parameters
    ----------
    h5_ref : h5py.Dataset
        A main dataset, see `pyUSID.io.main.problems`.
    sort_dims : bool
        List dimensions and axes from slowest to fastest instead of in file order.

    Attributes
    ----------
    h5_pos_inds, h5_pos_vals, h5_spec_inds, h5_spec_vals : h5py.Dataset
        The ancillary datasets.

    Raises
    ------
    NotUSID
        When it is no main dataset; a TypeError and a ValueError too.

    Warns
    -----
    UserWarning
        When there is no N-D form, with the reason, and the file does not say so itself.
    """

    def __init__(self, h5_ref: h5py.Dataset, sort_dims: bool = False) -> None:  # noqa: FBT001, FBT002 - released signature
        require_main(h5_ref)
        super().__init__(h5_ref.id)
        linked = [h5_ref.file[h5_ref.attrs[name]] for name in LINKS]
        self.h5_pos_inds, self.h5_pos_vals, self.h5_spec_inds, self.h5_spec_vals = linked
        self.__sort_dims = bool(sort_dims)
        self._positions = Side(linked[0], linked[1], is_spectroscopic=False)
        self._steps = Side(linked[2], linked[3], is_spectroscopic=True)
        for side in (self._positions, self._steps):
            if side.grid is None and DimType.INCOMPLETE not in side.modes():
                warn(f"{self.name} has no N-dimensional form: {side.why_no_grid}")

    def __reduce__(self) -> tuple[Any, ...]:
        if not Path(self.file.filename).is_file():
            msg = f"{self.name} lies in a file in memory and cannot be pickled"
            raise TypeError(msg)
        return _reopened, (self.file.filename, self.name, self.__sort_dims)

    # --- what the dimensions are ---------------------------------------------------

    @property
    def n_dim_labels(self) -> list[str]:
        """Names of all dimensions, positions first."""
        return self.pos_dim_labels + self.spec_dim_labels

    @property
    def n_dim_sizes(self) -> list[int]:
        """Number of steps of all dimensions, positions first."""
        return self.pos_dim_sizes + self.spec_dim_sizes

    @property
    def pos_dim_labels(self) -> list[str]:
        """Names of the position dimensions."""
        return [self._positions.labels[i] for i in self._order(self._positions)]

    @property
    def spec_dim_labels(self) -> list[str]:
        """Names of the spectroscopic dimensions."""
        return [self._steps.labels[i] for i in self._order(self._steps)]

    @property
    def pos_dim_sizes(self) -> list[int]:
        """Number of steps of the position dimensions."""
        return [self._positions.sizes[i] for i in self._order(self._positions)]

    @property
    def spec_dim_sizes(self) -> list[int]:
        """Number of steps of the spectroscopic dimensions."""
        return [self._steps.sizes[i] for i in self._order(self._steps)]

    @property
    def pos_dim_descriptors(self) -> list[str]:
        """Label and units of each position dimension, always in file order."""
        return self._positions.descriptors

    @property
    def spec_dim_descriptors(self) -> list[str]:
        """Label and units of each spectroscopic dimension, always in file order."""
        return self._steps.descriptors

    @property
    def data_descriptor(self) -> str:
        """Quantity and units of the data."""
        return f"{texts_of(self, 'quantity')[0]} ({texts_of(self, 'units')[0]})"

    def _order(self, side: Side) -> tuple[int, ...]:
        if self.__sort_dims and side.grid is not None:
            return side.grid.slow_first
        return tuple(range(len(side.labels)))

    def __repr__(self) -> str:
        if not self:
            return super().__repr__()
        lines = [super().__repr__(), "located at:", f"\t{self.name}"]
        lines += ["Data contains:", f"\t{self.data_descriptor}"]
        lines += ["Data dimensions and original shape:", "Position Dimensions:"]
        lines += _size_lines(self.pos_dim_labels, self.pos_dim_sizes)
        lines += ["Spectroscopic Dimensions:"]
        lines += _size_lines(self.spec_dim_labels, self.spec_dim_sizes)
        if self.dtype.names is None:
            lines += ["Data Type:", f"\t{self.dtype.name}"]
        else:
            lines += ["Data Fields:", "\t" + ", ".join(self.dtype.names)]
        return "\n".join(lines)

    # --- order of the dimensions ---------------------------------------------------

    def get_current_sorting(self) -> None:
        """Print whether dimensions are in file order or sorted."""
        sys.stdout.write((_SORTED if self.__sort_dims else _IN_FILE_ORDER) + "\n")

    def toggle_sorting(self) -> None:
        """Switch between file order and the order from slowest to fastest."""
        self.__sort_dims = not self.__sort_dims

    # --- values --------------------------------------------------------------------

    def get_pos_values(self, dim_name: str) -> npt.NDArray[Any]:
        """Return the values of a position dimension, an ndarray of shape (steps,).

        Raises
        ------
        TypeError
            When the name is no str.
        KeyError
            When there is no such dimension.
        ValueError
            When the dimensions are incomplete.
        """
        return _values(self._positions, dim_name)

    def get_spec_values(self, dim_name: str) -> npt.NDArray[Any]:
        """Return the values of a spectroscopic dimension, an ndarray of shape (steps,).

        Raises
        ------
        TypeError
            When the name is no str.
        KeyError
            When there is no such dimension.
        ValueError
            When the dimensions are incomplete.
        """
        return _values(self._steps, dim_name)

    # --- the data ------------------------------------------------------------------

    def _layout(self) -> Layout:
        return Layout(self._positions.require_grid(), self._steps.require_grid(), self.__sort_dims)

    def get_n_dim_form(self, as_scalar: bool = False, lazy: bool = False) -> Any:  # noqa: FBT001, FBT002 - released signature
        """Return the data with one axis for each dimension.

        Parameters
        ----------
        as_scalar : bool
            Make complex and compound data real: parts one after another on the last axis.
        lazy : bool
            Return a dask array; slices of it read only what they need.

        Returns
        -------
        ndarray or dask array of shape `n_dim_sizes`

        Raises
        ------
        ValueError
            When there is no N-D form.
        """
        layout = self._layout()
        data = lazy_n_dim(self, layout) if lazy else layout.unfold(self[()])
        return _real(data, lazy=lazy) if as_scalar else data

    def slice(
        self,
        slice_dict: Mapping[str, Any] | None,
        ndim_form: bool = True,  # noqa: FBT001, FBT002
        as_scalar: bool = False,  # noqa: FBT001, FBT002
        verbose: bool = False,  # noqa: FBT001, FBT002
        lazy: bool = False,  # noqa: FBT001, FBT002
    ) -> tuple[Any, bool]:
        """Return part of the data, chosen by name of dimension.

        Parameters
        ----------
        slice_dict : dict or None
            Name of a dimension to a slice, an index, or a list, tuple or array of indices.
            Several lists select every combination.
        ndim_form : bool
            Return one axis for each dimension, without those of a single index, instead of
            rows and columns in file order.
        as_scalar : bool
            Make complex and compound data real.
        verbose : bool
            Without effect.
        lazy : bool
            Return a dask array.

        Returns
        -------
        tuple
            The data, and whether they are of the form asked for: a dataset without N-D form
            gives rows and columns.

        Raises
        ------
        TypeError
            When an argument or a selection is of the wrong type.
        KeyError
            When there is no dimension of a name.
        IndexError
            When an index lies outside.
        ValueError
            In the 2-D form, for negative indices and empty selections.
        """
        selection = self._checked(slice_dict)
        for name, flag in (("as_scalar", as_scalar), ("verbose", verbose)):
            if not isinstance(flag, bool):
                msg = f"{name} should be a bool, not {type(flag).__name__}"
                raise TypeError(msg)
        has_grid = self._positions.grid is not None and self._steps.grid is not None
        if ndim_form and has_grid:
            data = self._n_dim_part(selection, lazy=lazy)
        else:
            data = self._flat_part(selection, lazy=lazy)
        return (_real(data, lazy=lazy) if as_scalar else data), bool(has_grid or not ndim_form)

    def _checked(self, slice_dict: Mapping[str, Any] | None) -> dict[str, Any]:
        return checked(slice_dict, (*self._positions.labels, *self._steps.labels))

    def _n_dim_part(self, selection: dict[str, Any], *, lazy: bool) -> Any:
        key = tuple(
            as_steps(selection[name], size) if is_list(selection.get(name)) else
            within(selection.get(name, slice(None)), size)
            for name, size in zip(self.n_dim_labels, self.n_dim_sizes, strict=True)
        )  # fmt: skip
        if not lazy:
            return GridArray(self, self._layout())[key]
        data = lazy_n_dim(self, self._layout())
        for axis in range(len(key) - 1, -1, -1):
            data = data[(slice(None),) * axis + (key[axis],)]
        return data

    def _flat_part(self, selection: dict[str, Any], *, lazy: bool) -> Any:
        rows, columns = self._get_pos_spec_slices(selection)
        if lazy:
            import dask.array as da

            return da.from_array(self, name=False)[rows][:, columns]
        return read_block(self, rows, columns)

    def _get_pos_spec_slices(
        self, slice_dict: Mapping[str, Any]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return rows and columns of a selection, ascending."""
        selection = self._checked(slice_dict)
        return chosen(self._positions, selection), chosen(self._steps, selection)

    def _get_dims_for_slice(
        self,
        slice_dict: Mapping[str, Any] | None = None,
        verbose: bool = False,  # noqa: ARG002, FBT001, FBT002 - released signature
    ) -> tuple[list[Dimension], list[Dimension]]:
        """Return the dimensions that are left after a selection, without those of size 1."""
        selection = self._checked(slice_dict)
        left = []
        for side in (self._positions, self._steps):
            dims = [side.dimensions()[i] for i in self._order(side)]
            parts = [part(dim, selection.get(dim.name, slice(None))) for dim in dims]
            left.append([dim for dim in parts if dim.size > 1] or [nothing()])
        return left[0], left[1]

    @property
    def _sides(self) -> tuple[Side, Side]:
        return self._positions, self._steps

    def slice_to_dataset(
        self,
        slice_dict: Mapping[str, Any],
        dset_name: str | None = None,
        verbose: bool = False,  # noqa: ARG002, FBT001, FBT002 - released signature
        **kwargs: Any,
    ) -> USIDataset:
        """Write part of the data as a main dataset in a group ``<name>-slice_NNN``.

        Parameters
        ----------
        slice_dict : dict
            As for `slice`, in the 2-D form.
        dset_name : str, optional
            Name of the new dataset; that of this one when not given.
        verbose : bool
            Without effect.
        **kwargs
            For `h5py.Group.create_dataset`.

        Raises
        ------
        ValueError
            When no dimension is named, or a selection is empty or negative.
        """
        from .derived import slice_to_dataset

        return slice_to_dataset(self, dict(self._checked(slice_dict)), dset_name, **kwargs)

    def reduce(
        self,
        dims: str | list[str],
        ufunc: Callable[..., Any] | None = None,
        to_hdf5: bool = False,  # noqa: FBT001, FBT002 - released signature
        dset_name: str | None = None,
        verbose: bool = False,  # noqa: ARG002, FBT001, FBT002
    ) -> tuple[Any, USIDataset | None]:
        """Reduce the data along dimensions.

        Parameters
        ----------
        dims : str or list of str
            Names of the dimensions.
        ufunc : function, optional
            A reduction of dask or NumPy that takes ``axis=``; the mean when not given.
        to_hdf5 : bool
            Write the result into a group ``<name>-Reduce_NNN`` too.
        dset_name : str, optional
            Name of the new dataset; that of this one when not given.
        verbose : bool
            Without effect.

        Returns
        -------
        tuple
            The result, a dask array, and the new main dataset or None.

        Raises
        ------
        KeyError
            When there is no dimension of a name.
        ValueError
            When there is no N-D form.
        """
        import dask.array as da

        from .derived import reduce

        return reduce(
            self, dims, da.mean if ufunc is None else ufunc, to_hdf5=to_hdf5, dset_name=dset_name
        )

    def to_sidpy(self) -> sidpy.Dataset:
        """Return the data as a `sidpy.Dataset`, lazily, one dimension for each axis.

        Positions become spatial dimensions and steps spectral ones, from slowest to
        fastest; placeholders of size 1 are left out.

        See Also
        --------
        pyUSID.io.labelled : what becomes of datasets without N-D form, and of metadata.
        """
        from .labelled import to_sidpy

        return to_sidpy(self)


def _reopened(path: str, name: str, sort_dims: bool) -> USIDataset:  # noqa: FBT001 - called by pickle
    return USIDataset(open_to_read(path)[name], sort_dims)


def _size_lines(labels: list[str], sizes: list[int]) -> list[str]:
    return [f"\t{name} - size: {size}" for name, size in zip(labels, sizes, strict=True)]


def _values(side: Side, name: str) -> npt.NDArray[Any]:
    if not isinstance(name, str):
        msg = f"dim_name should be a string, not {type(name).__name__}"
        raise TypeError(msg)
    if name not in side.labels:
        msg = f"{name!r} is not among the dimensions {list(side.labels)}"
        raise KeyError(msg)
    return side.unit_values(side.labels.index(name))


def _real(data: Any, *, lazy: bool) -> Any:
    from sidpy.hdf.dtype_utils import flatten_to_real

    return flatten_to_real(data, lazy=lazy)


#: Names that others import from here, and their homes, which import this module.
_KEPT = {
    "check_if_main": "main",
    "create_results_group": "results",
    "get_dimensionality": "inspection",
    "get_sort_order": "inspection",
    "get_unit_values": "inspection",
    "link_as_main": "main",
    "reshape_from_n_dims": "reshape",
    "reshape_to_n_dims": "reshape",
    "write_main_dataset": "writing",
    "write_reduced_anc_dsets": "ancillary",
}


def __getattr__(name: str) -> Any:
    if name not in _KEPT:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"pyUSID.io.{_KEPT[name]}"), name)
