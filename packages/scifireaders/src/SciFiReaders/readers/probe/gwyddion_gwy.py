"""Gwyddion files (``.gwy``) as Datasets, and the reader class of both Gwyddion formats.

The tree is described in `SciFiReaders.readers.probe.gwy_tree`; here is what its objects
mean.  A key of the container says where an object belongs, ``<n>`` is its number:

=============================== ====================== ===============================
key                             object                 becomes
=============================== ====================== ===============================
``/<n>/data``                   GwyDataField           image
``/<n>/mask``, ``/<n>/show``    GwyDataField           image, behind all images of data
``/brick/<n>``                  GwyBrick               volume [y, x, z]
``/sps/<n>``                    GwySpectra             spectra with the places they are from
``/<n>/graph/graph/<n>``        GwyGraphModel          one curve per curve
``/surface/<n>``                GwySurface             point cloud
``/lawn/<n>``                   GwyLawn                one curve map [y, x, point] per curve
``/<n>/data/title``             text                   title
``/<n>/meta``                   GwyContainer           original metadata
=============================== ====================== ===============================

GwyDataField: ``xres``, ``yres``, ``xreal``, ``yreal``, ``xoff``, ``yoff``, ``si_unit_xy``,
``si_unit_z`` (each a GwySIUnit with ``unitstr``), ``data``: rows, the top one first.  Pixel
centres lie at half pixels.  GwyBrick has one unit per axis (``si_unit_x`` ... ``_w``), the
level z slowest, and sometimes a ``calibration`` of z.  The prefix of a unit is for
display: numbers always are in base units.

Source: Gwyddion user guide, "Format of Gwyddion Files" (gwyddion.net).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, lazy
from sidpy import Reader
from sidpy.errors import UnrecognisedFile, UnsupportedFile

from .gwy_tree import FORMAT, Block, GwyObject, parse_gwy
from .gwyddion_gsf import MAGIC as GSF_MAGIC
from .gwyddion_gsf import read_gsf
from .gwyddion_item import Item, scanned, units_of
from .gwyddion_lawn import curve_maps

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from sidpy import Dataset

__all__ = ["GwyddionReader", "read_gwy"]

#: Places of a container: pattern of the key, type of the object, rank in the result.
_PLACES: Final = (
    (re.compile(r"/(\d+)/data"), "GwyDataField"),
    (re.compile(r"/(\d+)/(?:mask|show)"), "GwyDataField"),
    (re.compile(r"/brick/(\d+)"), "GwyBrick"),
    (re.compile(r"/sps/(\d+)"), "GwySpectra"),
    (re.compile(r"/\d+/graph/graph/(\d+)"), "GwyGraphModel"),
    (re.compile(r"/(?:surface|xyz)/(\d+)"), "GwySurface"),
    (re.compile(r"/lawn/(\d+)"), "GwyLawn"),
)


def read_gwy(path: str | PathLike[str]) -> list[Dataset]:
    """Read everything measured in a Gwyddion file: images first, then the rest.

    Returns
    -------
    list of Dataset
        Rows first, row 0 at the top; the numbers stay in the file.

    Raises
    ------
    UnrecognisedFile
        When the file is no Gwyddion file.
    CorruptFile
        When it is damaged.
    UnsupportedFile
        When it holds no data of a known type.
    """
    tree = parse_gwy(path)
    if tree.name != "GwyContainer":
        # a file of some other program may hold a single object
        tree = GwyObject("GwyContainer", {_home_of(tree): tree})
    result: list[Dataset] = []
    for key, item in _data_of(tree):
        result += _MAKERS[item.name](Item(path, tree, key, item))
    if not result:
        msg = f"no data of a known type; the file holds {list(tree.items)[:8]}"
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    return result


class GwyddionReader(Reader):
    """Gwyddion files, native (``.gwy``) and simple fields (``.gsf``).

    Parameters
    ----------
    file_path : str or path-like
        The file; its content decides which of the two it is.
    """

    def read(
        self,
        verbose: bool = False,  # noqa: FBT001, FBT002 - released signature; kept, not needed
        parm_encoding: str = "utf-8",
    ) -> list[Dataset]:
        """Return one Dataset per channel."""
        del verbose, parm_encoding
        with open_cursor(self._input_file_path, format="gwyddion") as cursor:
            head = cursor.take(min(len(GSF_MAGIC), cursor.size))
        if head == GSF_MAGIC:
            return self.gsf_read()
        if head[:3] == b"GWY":
            return self.gwy_read()
        msg = "neither a Gwyddion file (GWYP, GWYO) nor a Gwyddion simple field"
        raise UnrecognisedFile(msg, path=self._input_file_path, format="gwyddion", offset=0)

    def gwy_read(self) -> list[Dataset]:
        """Return the datasets of a native file."""
        self.datasets = read_gwy(self._input_file_path)
        return self.datasets

    def gsf_read(self) -> list[Dataset]:
        """Return the one dataset of a simple field."""
        self.datasets = read_gsf(self._input_file_path)
        return self.datasets


# --- label ----------------------------------------------------------------------------


def _home_of(item: GwyObject) -> str:
    """Return a key under which a container would have the object."""
    home = {"GwyBrick": "/brick/0", "GwySpectra": "/sps/0", "GwySurface": "/surface/0"}
    return home.get(item.name, "/0/graph/graph/1" if item.name == "GwyGraphModel" else "/0/data")


def _data_of(tree: GwyObject) -> list[tuple[str, GwyObject]]:
    """Return the objects that hold data, by kind and number."""
    found = []
    for key, item in tree.items.items():
        if not isinstance(item, GwyObject):
            continue
        for rank, (pattern, name) in enumerate(_PLACES):
            if (match := pattern.fullmatch(key)) and item.name == name:
                found.append(((rank, int(match[1]), key), key, item))
    return [(key, item) for _, key, item in sorted(found, key=lambda entry: entry[0])]


def _field(place: Item) -> list[Dataset]:
    item = place.item
    columns, rows = place.resolution("xres", "yres")
    array = lazy(place.array(item, "data", (rows, columns)))
    axes = (scanned(item, "y", rows, "si_unit_xy"), scanned(item, "x", columns, "si_unit_xy"))
    home, _, what = place.key.rpartition("/")
    number = home.strip("/")
    title = place.tree.text(f"{home}/data/title") or f"Data {number}"
    labels = {"title": title, "quantity": title}
    if what != "data":
        # a mask marks pixels of its image, a presentation shows it otherwise
        word = {"mask": "mask", "show": "presentation"}[what]
        labels = {"title": f"{title} {word}", "quantity": word}
    return [
        place.dataset(array, axes, data_type="IMAGE", units=units_of(item, "si_unit_z"), **labels)
    ]


def _brick(place: Item) -> list[Dataset]:
    item = place.item
    columns, rows, levels = place.resolution("xres", "yres", "zres")
    array = lazy(place.array(item, "data", (levels, rows, columns))).transpose(1, 2, 0)
    axes = (
        scanned(item, "y", rows, "si_unit_y"),
        scanned(item, "x", columns, "si_unit_x"),
        _levels(place, levels),
    )
    title = place.title(f"Volume {place.key.rpartition('/')[2]}")
    units = units_of(item, "si_unit_w")
    return [place.dataset(array, axes, title=title, data_type="SPECTRAL_IMAGE", units=units)]


def _levels(place: Item, levels: int) -> Axis:
    """Return the z axis of a volume: calibrated, else evenly spaced from its offset."""
    item = place.item
    calibration = item.child("calibration")
    if calibration is not None:
        values = np.asarray(place.array(calibration, "data", (levels,)))
        return Axis.swept("z", values, units_of(calibration, "si_unit_y"))
    length = item.number("zreal", float(levels)) or float(levels)
    values = item.number("zoff") + np.arange(levels) * (length / levels)
    return Axis.swept("z", values, units_of(item, "si_unit_z"))


def _line_axis(line: GwyObject, count: int) -> Axis:
    length = line.number("real", float(count)) or float(count)
    values = line.number("off") + np.arange(count) * (length / count)
    return Axis.swept("x", values, units_of(line, "si_unit_x"))


def _spectra(place: Item) -> list[Dataset]:
    """Return one Dataset of all spectra when they share an axis, else one for each."""
    import dask.array as da

    item = place.item
    lines = [x for x in item.items.get("data") or [] if isinstance(x, GwyObject)]
    if not lines:
        msg = "GwySpectra without spectra"
        raise place.corrupt(msg)
    counts = [place.block(line, "data").count for line in lines]
    arrays = [lazy(place.array(x, "data", (n,))) for x, n in zip(lines, counts, strict=True)]
    axes = [_line_axis(line, n) for line, n in zip(lines, counts, strict=True)]
    units = [units_of(line, "si_unit_y") for line in lines]
    points = _coordinates(place, len(lines))
    title = item.text("title") or f"Spectra {place.key.rpartition('/')[2]}"
    same = all(
        np.array_equal(axis.values, axes[0].values)
        and (axis.units, u) == (axes[0].units, units[0])
        for axis, u in zip(axes, units, strict=True)
    )
    if same and points is not None:
        index = Axis("point", np.arange(len(lines)), "", "Point", "POINT_CLOUD")
        result = place.dataset(
            da.stack(arrays),
            (index, axes[0]),
            title=title,
            data_type="POINT_CLOUD",
            units=units[0],
        )
        result.point_cloud = {
            "coordinates": points,
            "spacial_units": units_of(item, "si_unit_xy") or "generic",
            "quantity": "Length",
        }
        return [result]
    return [
        place.dataset(array, (axis,), title=f"{title} {k}", data_type="SPECTRUM", units=u)
        for k, (array, axis, u) in enumerate(zip(arrays, axes, units, strict=True))
    ]


def _coordinates(place: Item, count: int) -> np.ndarray | None:
    """Return the places of spectra as (x, y), None where the file has none."""
    block = place.item.items.get("coords")
    if not isinstance(block, Block) or block.count != 2 * count:
        return None
    return np.asarray(place.array(place.item, "coords", (count, 2)))


def _graph(place: Item) -> list[Dataset]:
    model = place.item
    curves = [x for x in model.items.get("curves") or [] if isinstance(x, GwyObject)]
    title = model.text("title") or f"Graph {place.key.rpartition('/')[2]}"
    result = []
    for k, curve in enumerate(curves):
        count = place.block(curve, "ydata").count
        values = np.asarray(place.array(curve, "xdata", (count,)))
        axis = Axis.swept("x", values, units_of(model, "x_unit"), model.text("bottom_label"))
        name = curve.text("description") or str(k)
        result.append(
            place.dataset(
                lazy(place.array(curve, "ydata", (count,))), (axis,), title=f"{title}: {name}",
                data_type="LINE_PLOT", units=units_of(model, "y_unit"),
                quantity=model.text("left_label"),
            )
        )  # fmt: skip
    return result


def _surface(place: Item) -> list[Dataset]:
    item = place.item
    count, rest = divmod(place.block(item, "data").count, 3)
    if rest:
        msg = "the numbers of a GwySurface should be x, y, z triples"
        raise place.corrupt(msg)
    source = place.array(item, "data", (count, 3))
    index = Axis("point", np.arange(count), "", "Point", "POINT_CLOUD")
    title = place.title(f"Surface {place.key.rpartition('/')[2]}")
    result = place.dataset(
        lazy(source)[:, 2],
        (index,),
        title=title,
        data_type="POINT_CLOUD",
        units=units_of(item, "si_unit_z"),
    )
    result.point_cloud = {
        "coordinates": np.asarray(source[:, :2]),
        "spacial_units": units_of(item, "si_unit_xy") or "generic",
        "quantity": "Length",
    }
    return [result]


_MAKERS: Final[dict[str, Callable[[Item], list[Dataset]]]] = {
    "GwyDataField": _field,
    "GwyBrick": _brick,
    "GwySpectra": _spectra,
    "GwyGraphModel": _graph,
    "GwySurface": _surface,
    "GwyLawn": curve_maps,
}
