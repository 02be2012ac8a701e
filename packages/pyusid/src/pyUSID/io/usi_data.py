"""USIDataset: a main dataset that knows its dimensions.

It is the `h5py.Dataset` itself, with the N-D form, slices by name of dimension, and the
way to a `sidpy.Dataset` on top.  Nothing is read but the ancillary datasets until asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from .blocks import WHOLE, lazy_n_dim, read_block
from .explained import Explained
from .selection import as_rows, checked, chosen, nothing, part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import h5py
    import numpy as np
    import numpy.typing as npt

    import sidpy

    from .dimension import Dimension

__all__ = ["USIDataset"]


class USIDataset(Explained):
    """A main dataset of the USID model.

    Parameters
    ----------
    h5_ref : h5py.Dataset
        A main dataset, see `pyUSID.io.validate.problems`.
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

    @property
    def __sort_dims(self) -> bool:  # read as `_USIDataset__sort_dims` by others
        return self._is_sorted

    # --- the data ------------------------------------------------------------------

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
        layout = self._array().layout
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
        if ndim_form and self._has_grid:
            data = self._n_dim_part(selection, lazy=lazy)
        else:
            data = self._flat_part(selection, lazy=lazy)
        return (_real(data, lazy=lazy) if as_scalar else data), self._has_grid or not ndim_form

    def _checked(self, slice_dict: Mapping[str, Any] | None) -> dict[str, Any]:
        return checked(slice_dict, self._labels)

    def _n_dim_part(self, selection: dict[str, Any], *, lazy: bool) -> Any:
        array = self._array()
        places = array.layout.places
        key: list[Any] = [WHOLE] * len(places)
        for dimension, name in enumerate(self._labels if selection else ()):
            if name in selection:
                key[places[dimension]] = selection[name]
        if not lazy:
            return array.part(key)
        return lazy_n_dim(self, array.layout, key)

    def _flat_part(self, selection: dict[str, Any], *, lazy: bool) -> Any:
        rows, columns = (chosen(side, selection) for side in self._sides)
        if lazy:
            import dask.array as da

            return da.from_array(self, name=False)[as_rows(rows)][:, as_rows(columns)]
        return read_block(self, rows, columns)

    def _get_pos_spec_slices(
        self, slice_dict: Mapping[str, Any]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return rows and columns of a selection, ascending."""
        selection = self._checked(slice_dict)
        rows, columns = (as_rows(chosen(side, selection)) for side in self._sides)
        return rows, columns

    def _get_dims_for_slice(
        self,
        slice_dict: Mapping[str, Any] | None = None,
        verbose: bool = False,  # noqa: ARG002, FBT001, FBT002 - released signature
    ) -> tuple[list[Dimension], list[Dimension]]:
        """Return the dimensions that are left after a selection, without those of size 1."""
        selection = self._checked(slice_dict)
        left = []
        for side in self._sides:
            dims = [side.dimensions()[i] for i in self._order(side)]
            parts = [part(dim, selection.get(dim.name, slice(None))) for dim in dims]
            left.append([dim for dim in parts if dim.size > 1] or [nothing()])
        return left[0], left[1]

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

    def visualize(
        self,
        slice_dict: Mapping[str, Any] | None = None,
        verbose: bool = False,  # noqa: ARG002, FBT001, FBT002 - released signature
        **kwargs: Any,
    ) -> Any:
        """Show the data, or a part of them, as the dimensions that are left demand.

        Parameters
        ----------
        slice_dict : dict, optional
            As for `slice`; everything when not given.
        verbose : bool
            Without effect.
        **kwargs
            ``figsize``, and options of `Axes.plot` or `sidpy.viz.plot_utils.plot_map`.

        Returns
        -------
        tuple or Figure or scalar
            A curve of one dimension or an image of two as figure and axes: one for real
            data, an array of two (magnitude and phase) for complex ones and of one for each
            field for compound ones.  More dimensions as a figure with sliders; none as the
            value.

        Raises
        ------
        TypeError
            When `slice_dict` is no dictionary.
        NotImplementedError
            When there are more than two dimensions of a side; a part may have fewer.
        ValueError
            When the part that was chosen still has more, or there is no N-D form.
        """
        from .pictures import visualize

        return visualize(self, None if slice_dict is None else self._checked(slice_dict), **kwargs)

    def to_csv(self, output_path: str | None = None, force: bool = False) -> str | None:  # noqa: FBT001, FBT002 - released signature
        """Write the data as a table of text, with what explains rows and columns.

        Parameters
        ----------
        output_path : path-like, optional
            Where to write; beside the file, named after file and dataset, when not given.
        force : bool
            Replace an existing file, and write data of more than 15 MiB too.

        Returns
        -------
        str or None
            Where it was written; None when it would be large.

        Raises
        ------
        TypeError
            When an argument is of the wrong type.
        FileExistsError
            When the file exists.

        Warns
        -----
        UserWarning
            When it would be large; nothing is written then.

        See Also
        --------
        pyUSID.io.tabular : the layout.
        """
        from .tabular import to_csv

        return to_csv(self, output_path, force=force)

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

    @classmethod
    def from_sidpy(
        cls, dataset: sidpy.Dataset, h5_parent_group: h5py.Group, **options: Any
    ) -> Self:
        """Write a `sidpy.Dataset` as a main dataset; `to_sidpy` gives it back.

        Parameters
        ----------
        dataset : sidpy.Dataset
            What to write; lazy data are written block by block.
        h5_parent_group : h5py.Group or h5py.File
            Where to write.
        **options
            For `h5py.Group.create_dataset`.

        See Also
        --------
        pyUSID.io.from_dataset.write_sidpy_dataset : the same as a function.
        """
        from .from_dataset import write_sidpy_dataset

        return cls(write_sidpy_dataset(dataset, h5_parent_group, **options))


def _real(data: Any, *, lazy: bool) -> Any:
    from sidpy.hdf.dtype_utils import flatten_to_real

    return flatten_to_real(data, lazy=lazy)


#: Names that others import from here, and their homes, which import this module.
_KEPT = {
    "Dimension": "dimension",
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
