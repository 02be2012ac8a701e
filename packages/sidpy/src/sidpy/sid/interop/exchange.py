"""How a dataset becomes an object of another library, and one of those a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sidpy.sid._labelled import Labelled

from .arrays import CPU, as_dlpack, as_ndarray

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Exchange"]


class Exchange(Labelled):
    """Conversions to and from other libraries."""

    __slots__ = ()

    # ------------------------------------------------------------------ arrays in memory

    def __array__(
        self,
        dtype: npt.DTypeLike | None = None,
        copy: bool | None = None,  # noqa: FBT001 - NumPy's protocol
        **kwargs: Any,
    ) -> Any:
        return as_ndarray(self, dtype, copy=copy)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
        **options: Any,
    ) -> Any:
        """Compute the numbers and hand them to another array library without a copy.

        ``torch.from_dlpack(dataset)``, ``numpy.from_dlpack(dataset)``.

        Raises
        ------
        BufferError
            For another device than the processor, for ``copy=False``, and for numbers
            DLPack has no type for.
        """
        return as_dlpack(self, stream, dl_device, copy=copy, **options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Where the numbers will be: in the memory of the processor."""
        return CPU

    # ------------------------------------------------------------------ xarray

    def to_xarray(self, *, portable: bool = False) -> Any:
        """Return the dataset as an `xarray.DataArray`, with everything it knows.

        Parameters
        ----------
        portable : bool
            Keep what is neither number nor text in one attribute of text, so that
            ``to_netcdf`` and ``to_zarr`` take the result.  By default it stays what it is.

        Returns
        -------
        xarray.DataArray
            Named after the title, with the values of each dimension as coordinate and the
            variance, if there is one, as the coordinate ``variance``.

        Raises
        ------
        MissingDependency
            When xarray is not installed.

        See Also
        --------
        from_xarray : the way back.

        Notes
        -----
        Stays lazy.  xarray knows nothing of uncertainties: it takes the variance along in
        selections and transposes, and keeps it unchanged in arithmetic, where it no longer
        is true.  Calculate before the conversion, or drop the coordinate.
        """
        from .xarray import to_xarray

        return to_xarray(self, portable=portable)

    @classmethod
    def from_xarray(cls, data: Any) -> Self | dict[str, Self]:
        """Make a dataset of an `xarray.DataArray`; see `sidpy.from_xarray`."""
        from .xarray import from_xarray

        result: Self | dict[str, Self] = from_xarray(data, cls)
        return result

    # ------------------------------------------------------------------ HyperSpy

    def to_hyperspy(self, *, signal_dimensions: Any = None, lazy: bool = True) -> Any:
        """Return the dataset as a HyperSpy signal.

        Parameters
        ----------
        signal_dimensions : sequence of str or int, optional
            Dimensions that are shown at one place; by default those that the data type
            and the types of the dimensions say: the spectral one of spectra, the two of an
            image, the two of the detector in four dimensions.
        lazy : bool
            Make a lazy signal; when false the numbers are computed.

        Returns
        -------
        hyperspy.signals.BaseSignal
            Of the class for its signal dimensions, dtype and signal type, with navigation
            dimensions first and signal dimensions last in its array.

        Raises
        ------
        MissingDependency
            When HyperSpy is not installed.

        See Also
        --------
        from_hyperspy : the way back.

        Notes
        -----
        Units and names of axes, title, metadata, original metadata and variance go to their
        places in HyperSpy; what it has no place for goes to ``metadata.Sidpy.record``.
        """
        from .hyperspy_signals import to_hyperspy

        return to_hyperspy(self, signal_dimensions, lazy=lazy)

    @classmethod
    def from_hyperspy(cls, signal: Any) -> Self:
        """Make a dataset of a HyperSpy signal; see `sidpy.convert_hyperspy`."""
        from .hyperspy import from_hyperspy

        result: Self = from_hyperspy(signal, cls)
        return result

    # ------------------------------------------------------------------ pandas

    def to_pandas(self) -> Any:
        """Return up to two dimensions as a `pandas.Series` or `pandas.DataFrame`.

        Returns
        -------
        Series or DataFrame
            The first dimension is the index, the second the columns; each is called
            "name (units)".

        Raises
        ------
        DimensionError
            For more dimensions; see `to_dataframe`.
        MissingDependency
            When pandas is not installed.

        Notes
        -----
        Computes at once.
        """
        from .pandas import to_pandas

        return to_pandas(self)

    def to_dataframe(self) -> Any:
        """Return the dataset as a long `pandas.DataFrame`: a row for each value.

        Returns
        -------
        DataFrame
            A column "name (units)" for each dimension, one for the value, called "quantity
            (units)", and one for the variance if there is one.

        Raises
        ------
        MissingDependency
            When pandas is not installed.

        Notes
        -----
        Computes at once.
        """
        from .pandas import to_dataframe

        return to_dataframe(self)

    # ------------------------------------------------------------------ napari

    def to_napari(self, **options: Any) -> list[tuple[Any, dict[str, Any], str]]:
        """Return the dataset as layers of napari.

        Parameters
        ----------
        **options
            Further arguments of the image layer, such as ``colormap`` and ``opacity``.

        Returns
        -------
        list of (data, arguments, layer type)
            An image layer, two for complex numbers, and a points layer for each crystal
            structure and for the points of a point cloud.  For each,
            ``viewer.add_layer(napari.layers.Layer.create(*layer))``.

        Raises
        ------
        LabelValueError
            For numbers that cannot be shown.

        Notes
        -----
        Stays lazy, and needs no napari.  Axes of the image come last, in the order of rows
        and columns; an axis that is not linear is shown with its mean step.
        """
        from .napari import to_napari

        return to_napari(self, options)
