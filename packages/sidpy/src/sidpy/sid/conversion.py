"""Other units for the same measurement: ``ds.to("pA")``, ``ds.to(x="um")``."""

from __future__ import annotations

from typing import Any

from sidpy.base import units as unit

from ._dask import plain
from ._labelled import Labelled
from .labels import keep
from .operators import new_title

__all__ = ["Conversions"]


class Conversions(Labelled):
    """Values and axes in other units."""

    __slots__ = ()

    def to(self, units: str | None = None, **axes: str) -> Any:
        """Return the dataset with its values, and any of its axes, in other units.

        Parameters
        ----------
        units : str, optional
            New units of the values.
        **axes : str
            New units of dimensions by their names.

        Returns
        -------
        Dataset
            Lazy. The variance is multiplied by the factor squared; an offset, as between
            degC and K, leaves it alone.

        Raises
        ------
        LabelValueError
            When units are unknown or measure something else (a ValueError).
        DimensionError
            When there is no dimension of a name (a ValueError).
        LabelTypeError
            For units that are no str (a TypeError).

        Notes
        -----
        Nothing is converted that was not asked for. To say what the units are, without a
        conversion, set ``ds.units`` or ``ds.x.units``.

        Examples
        --------
        >>> import sidpy
        >>> line = sidpy.Dataset.from_array([1.5, 2], units="nA")
        >>> line.set_dimension(0, sidpy.Dimension([0, 0.5], "x", "Length", "nm"))
        >>> line.to("pA").compute()
        array([1500., 2000.])
        >>> line.to(x="pm").x.values
        array([  0., 500.])
        """
        labels = self.labels_record
        result, errors = plain(self), labels.variance
        parameters: dict[str, Any] = dict(axes)
        changes: dict[str, Any] = {}
        if units is not None:
            convert = unit.needed_conversion(labels.units, units, "values")
            result = convert(result)
            if errors is not None and convert.factor != 1.0:
                errors = errors * convert.factor**2
            changes["units"] = parameters["units"] = units
        if axes:
            dimensions = list(labels.dimensions)
            for name, wanted in axes.items():
                axis = labels.axis(name)
                dimensions[axis] = dimensions[axis].to(wanted)
            changes["dimensions"] = tuple(dimensions)
        labels = keep(labels, title=new_title(labels), variance=errors, **changes)
        return self.labelled(result, labels, "to", inputs=[self], parameters=parameters)
