"""Tables of points in an image: one row each, with coordinates to draw them at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import set_dimensions

from .positions import coordinates_of, image_axes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    import sidpy

__all__ = ["columns_of", "point_table"]


def point_table(
    image: sidpy.Dataset,
    positions: NDArray[np.float64],
    columns: Mapping[str, Any],
    *,
    title: str,
    units: Mapping[str, str] | None = None,
) -> sidpy.Dataset:
    """Return what is known of points in an image as a point cloud.

    Parameters
    ----------
    image : Dataset
        Where the points are.
    positions : ndarray of shape (points, 2), px
        Rows and columns; the first two columns of the table.
    columns : mapping
        The other columns by name, one number for each point.
    title : str
        Of the table.
    units : mapping, optional
        Units of columns, by name.

    Returns
    -------
    Dataset of shape (points, columns), POINT_CLOUD
        ``metadata["points"]`` has the `columns` and their `units`.

    Raises
    ------
    ValueError
        When there is no point.
    """
    import sidpy

    if not len(positions):
        msg = f"no points in {image.title!r}: there is no table of nothing"
        raise ValueError(msg)
    axes = image_axes(image)
    rows = image._axes[axes.rows]
    at = coordinates_of(image, positions)[:, ::-1]
    table = np.column_stack([positions, *(np.asarray(v, np.float64) for v in columns.values())])
    result = sidpy.Dataset.from_array(
        table, title=title, datatype="POINT_CLOUD", modality=image.modality, source=image.title,
        units="px", quantity="position", coordinates=at,
    )  # fmt: skip
    names = ["row", "column", *columns]
    set_dimensions(
        result,
        [
            sidpy.Dimension(np.arange(len(table)), "point", "index", "a.u.", "point_cloud"),
            sidpy.Dimension(np.arange(len(names)), "quantity", "index", "a.u.", "spectral"),
        ],
    )
    result.point_cloud = {
        "coordinates": at, "spacial_units": rows.units, "quantity": rows.quantity,
    }  # fmt: skip
    known = {"row": "px", "column": "px", **(units or {})}
    about = {"columns": names, "units": [known.get(name, "1") for name in names]}
    result.metadata = {**image.metadata, "points": about}
    return result


def columns_of(table: sidpy.Dataset) -> dict[str, NDArray[np.float64]]:
    """Return the columns of a table of points, or of atoms, by name.

    Parameters
    ----------
    table : Dataset of shape (points, columns)
        As `point_table` makes, or `AtomPositions.to_dataset`.

    Raises
    ------
    TypeError
        When it is no such table.
    """
    metadata = getattr(table, "metadata", {})
    about = metadata.get("points", metadata.get("atoms", {}))
    names = about.get("columns", ())
    if getattr(table, "ndim", 0) != 2 or len(names) != table.shape[1]:
        msg = f"expected a table of points, found {table!r}"
        raise TypeError(msg)
    return dict(zip(names, np.asarray(table, np.float64).T, strict=True))
