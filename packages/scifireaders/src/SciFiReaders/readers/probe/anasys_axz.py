"""Documents of Anasys Analysis Studio (``.axz``, ``.axd``) as Datasets: maps and infrared spectra.

An ``.axz`` is an ``.axd`` packed with gzip: XML in UTF-16, namespace
``www.anasysinstruments.com``.

================================= =====================================================
element                           meaning
================================= =====================================================
``HeightMaps/HeightMap``          an image of any channel, ``Label``, ``DataChannel``
.. ``Position``, ``Size``         centre and size of the scan; um
.. ``Rotation/Yaw``               angle of the scan; deg, clockwise
.. ``Resolution``                 pixels of a line, lines
.. ``UnitPrefix``, ``Units``      of the numbers
.. ``Tags/Tag``                   conditions: ``Name``, ``Value``
.. ``SampleBase64``               f32 little-endian, the bottom row first
``RenderedSpectra/*``             a spectrum: ``Label``, ``DataPoints``, ``Location``; um
.. ``StartWavenumber``,           first and last; 1/cm
``EndWavenumber``
.. ``DataChannels``               a curve each: ``Name``, ``SampleBase64`` (NaN where
                                  nothing was measured)
``Backgrounds/IRBackground``      the background a ``BackgroundID`` names
================================= =====================================================

A scan turned by whole quarters is turned upright; one turned by another angle keeps its
frame, with the angle in ``metadata["scan"]["angle"]``.  The document is parsed once, element
by element: its numbers are in memory, nothing else of it.

Source: Anasys Instruments, Analysis Studio, documents saved as XML (self-describing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import numpy as np

from SciFiReaders.labelled import Axis, dataset, pixel_centres
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import at, number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile

from .anasys_document import FORMAT, Curve, decoded, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sidpy import Dataset

__all__ = ["AxzReader", "read_axz"]

_SOURCE: Final = "SciFiReaders.AxzReader"


def read_axz(path: str | PathLike[str]) -> list[Dataset]:
    """Read a document of Analysis Studio.

    Parameters
    ----------
    path : path-like
        An ``.axz`` or ``.axd`` file.

    Returns
    -------
    list of Dataset
        The maps [y, x], row 0 at the top, then every channel of every spectrum.  Parsed at
        once: the numbers are in memory.

    Raises
    ------
    UnrecognisedFile
        When it is no such document.
    CorruptFile
        When it is damaged before its first map or spectrum.

    Warns
    -----
    SidpyWarning
        When it breaks off later, or a map has not the numbers it announces.
    """
    document = parse_document(path)
    found = [one for tree, values in document.maps for one in _map(path, tree, values)]
    found += [
        _spectrum(tree, curve, document.backgrounds)
        for tree, curves in document.spectra
        for curve in curves
        if curve.values.size
    ]
    return _required(path, found)


def _required(path: str | PathLike[str], found: list[Dataset]) -> list[Dataset]:
    if not found:
        msg = "the document holds neither a map nor a spectrum"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _map(
    path: str | PathLike[str], tree: dict[str, Any], values: np.ndarray, *, turned: bool = True
) -> Iterator[Dataset]:
    """Yield a map, upright or as it is stored."""
    columns, rows = (int(number(at(tree, f"Resolution/{axis}")) or 0) for axis in "XY")
    if columns < 1 or rows < 1 or values.size != columns * rows:
        warn(
            f"{path}: map {tree.get('Label')!r} of {columns} x {rows} pixels has {values.size} "
            "numbers; it is left out"
        )
        return
    yaw = number(at(tree, "Rotation/Yaw")) or 0.0
    quarters = round(-yaw / 90)
    is_square = abs(-yaw / 90 - quarters) < 1e-6
    quarters = quarters % 4 if is_square else 0
    axes = _axes(tree, (columns, rows) if quarters % 2 else (rows, columns), odd=quarters % 2 == 1)
    image = values.reshape(rows, columns)
    if turned:
        # the bottom row comes first
        image = np.rot90(image[::-1], quarters)
    else:
        axes = _as_stored(axes, quarters)
    yield dataset(
        image,
        axes,
        title=str(tree.get("Label", "")),
        data_type="IMAGE",
        units=str(tree.get("UnitPrefix") or "") + str(tree.get("Units") or ""),
        quantity=str(tree.get("DataChannel", "")),
        source=_SOURCE,
        metadata=_map_metadata(tree, 0.0 if is_square else -yaw),
        original_metadata=tree,
    )


def _as_stored(axes: tuple[Axis, Axis], quarters: int) -> tuple[Axis, Axis]:
    """Return the axes of an upright map for its block as stored."""
    y, x = axes
    stored = ((y.flipped(), x), (x.flipped(), y.flipped()), (y, x.flipped()), (x, y))
    return stored[quarters]


def _axes(tree: dict[str, Any], shape: tuple[int, int], *, odd: bool) -> tuple[Axis, Axis]:
    rows, columns = shape
    lengths = [number(at(tree, f"Size/{axis}")) for axis in "XY"]
    x0, y0 = (number(at(tree, f"Position/{axis}")) or 0.0 for axis in "XY")
    width, height = lengths[::-1] if odd else lengths
    if not width or not height or min(width, height) <= 0:
        return (
            Axis.scanned("y", np.arange(rows)[::-1], "px"),
            Axis.scanned("x", np.arange(columns), "px"),
        )
    return (
        Axis.scanned("y", pixel_centres(rows, height, y0 - height / 2)[::-1], "um"),
        Axis.scanned("x", pixel_centres(columns, width, x0 - width / 2), "um"),
    )


def _map_metadata(tree: dict[str, Any], angle: float) -> dict[str, Any]:
    listed = at(tree, "Tags/Tag") or []
    tags = {
        str(tag.get("Name")): str(tag.get("Value", ""))
        for tag in (listed if isinstance(listed, list) else [listed])
        if isinstance(tag, dict)
    }
    setpoint, _, units = tags.get("Setpoint", "").partition(" ")
    experiment = {
        "instrument": tags.get("System"),
        "technique": tags.get("ScanMode"),
        "setpoint": number(setpoint),
        "setpoint_units": units,
        "start_date_time": tree.get("TimeStamp"),
    }
    direction = tags.get("TraceRetrace", "")
    words = {"Trace": "forward", "Retrace": "backward"}
    return {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": {
            "angle": angle,
            "direction": next((v for k, v in words.items() if direction.endswith(k)), direction),
        },
        "tags": {key: typed(value) for key, value in tags.items()},
    }


def _spectrum(tree: dict[str, Any], curve: Curve, backgrounds: dict[str, Any]) -> Dataset:
    count = curve.values.size
    start, stop, points = (
        number(tree.get(key)) for key in ("StartWavenumber", "EndWavenumber", "DataPoints")
    )
    if start is not None and stop is not None and points and points > 1:
        values = start + np.arange(count) * ((stop - start) / (points - 1))
        axis = Axis("wavenumber", values, "1/cm", "Wavenumber", "SPECTRAL")
    else:
        axis = Axis.swept("index", np.arange(count), "")
    experiment = {"start_date_time": tree.get("TimeStamp"), "averages": tree.get("CoAverages")}
    background = backgrounds.get(str(tree.get("BackgroundID", "")))
    return dataset(
        curve.values,
        (axis,),
        title=f"{tree.get('Label', '')}: {curve.name}",
        data_type="SPECTRUM",
        units=curve.units,
        quantity=curve.name,
        source=_SOURCE,
        metadata={
            "experiment": {k: typed(v) for k, v in experiment.items() if isinstance(v, str)},
            "coordinate": [number(at(tree, f"Location/{axis}")) for axis in "XYZ"],
            "coordinate_units": "um",
            "channel": curve.channel,
        },
        original_metadata=tree | ({"Background": background} if background else {}),
    )


class AxzReader(ReleasedReader):
    """Documents of Anasys Analysis Studio.

    Parameters
    ----------
    file_path : str or path-like
        The ``.axz`` or ``.axd`` file.
    """

    function: ClassVar[str] = "SciFiReaders.readers.probe.anasys_axz:read_axz"
    container: ClassVar[Literal["dict", "list", "one"]] = "dict"
    spec: ClassVar[str] = "SciFiReaders.anasys_axz"

    def __init__(self, file_path: str | PathLike[str], *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the released package takes and ignores more
        super().__init__(file_path)

    def decode_bs64(self, data: str) -> np.ndarray:
        """Return the numbers that a text in base 64 holds."""
        return decoded(data)

    def read(self, verbose: bool = False) -> Any:  # noqa: FBT001, FBT002 - the released package's signature
        """Read the document.

        Parameters
        ----------
        verbose : bool
            Log what is found at level INFO.

        Returns
        -------
        dict of str to Dataset
            The maps as they are stored; the last channel of every spectrum, which has the
            name of the spectrum; then the other channels of the spectra.
        """
        self._verbose = verbose
        path = self._input_file_path
        document = parse_document(path)
        found = [one for tree, v in document.maps for one in _map(path, tree, v, turned=False)]
        for one, (tree, _) in zip(found, document.maps, strict=False):
            one.metadata = {**one.metadata, **tree, **_last_tag(tree)}
        last, others = [], []
        for tree, curves in document.spectra:
            parts = [
                (c, _spectrum(tree, c, document.backgrounds)) for c in curves if c.values.size
            ]
            for curve, one in parts:
                own = {"Name": curve.name, "DataChannel": curve.channel}
                one.metadata = {**one.metadata, **tree, **own}
                one._axes[0].units, one.units = "cm-1", curve.units or "a.u."
            for _, one in parts[-1:]:
                one.title = str(tree.get("Label", ""))
            last += [one for _, one in parts[-1:]]
            others += [one for _, one in parts[:-1]]
        return self._contained(_required(path, [*found, *last, *others]))


def _last_tag(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the last tag of a map, which the released package has in the metadata."""
    listed = at(tree, "Tags/Tag")
    tag = listed[-1] if isinstance(listed, list) and listed else listed
    return {"Tag": tag, **tag} if isinstance(tag, dict) else {}
