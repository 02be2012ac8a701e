"""Files of NT-MDT (``.mdt``): scans, curves, curves at points, data of any dimensions.

The bytes are those of `mdt_frames`, `mdt_calibrations` and `mdt_curves`, the datasets those of
`mdt_datasets`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.readers.released import ReleasedReader
from sidpy.errors import CorruptFile, UnfitDataset

from .mdt_datasets import SOURCE, Labels, of_frame, point_by_point
from .mdt_frames import FORMAT, Folder, parse_frames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from sidpy import Dataset

__all__ = ["MDTReader", "read_mdt"]


def read_mdt(path: str | PathLike[str]) -> list[Dataset]:
    """Read every frame with numbers.

    Parameters
    ----------
    path : path-like
        The ``.mdt`` file.

    Returns
    -------
    list of Dataset
        Images [y, x] with row 0 at the top; maps with the spectral axis last; curves; sweeps
        at points as [point, number].  Lazy: numbers are read when computed.

    Raises
    ------
    UnrecognisedFile
        When it is no NT-MDT file.
    CorruptFile
        When no frame of it holds numbers.
    """
    frames = parse_frames(path)
    labels = Labels(path, frames)
    found = [one for frame in frames for one in of_frame(labels, frame)]
    if not found:
        msg = f"none of its {len(frames)} frames holds numbers"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


class MDTReader(ReleasedReader):
    """NT-MDT files.

    Parameters
    ----------
    file_path : str or path-like
        The ``.mdt`` file.
    """

    function: ClassVar[str] = "SciFiReaders.readers.probe.ntmdt_mdt:read_mdt"
    container: ClassVar[Literal["dict", "list", "one"]] = "dict"
    spec: ClassVar[str] = "SciFiReaders.ntmdt_mdt"

    def __init__(self, file_path: str | PathLike[str], *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the released package takes and ignores more
        super().__init__(file_path)

    def read(self, verbose: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - the released package's signature
        """Read the file.

        Parameters
        ----------
        verbose : bool
            Log what is found at level INFO.

        Returns
        -------
        dict
            ``001_<title>`` for each frame: a Dataset, a dict of them (several measurands or
            dots; ``point_0``, ... of curves at points, each [x, channel]), or None for a
            frame without numbers.
        """
        self._verbose = verbose
        frames = parse_frames(self._input_file_path)
        labels = Labels(self._input_file_path, frames)
        found: dict[str, Any] = {}
        every: list[Dataset] = []
        for frame in frames:
            if isinstance(frame.content, Folder):
                value: Any = point_by_point(labels, frame, frame.content)
                found[f"{frame.number:03}_Point_Cloud"] = value
                every += list(value.values())
                continue
            parts = of_frame(labels, frame)
            every += parts
            key = f"{frame.number:03}_{frame.title or 'Unknown'}"
            several = {part.title: part for part in parts}
            found[key] = several if len(parts) > 1 else parts[0] if parts else None
        self._contained(every)
        return found

    def to_point_cloud(self, spectrum_dict: Mapping[str, Dataset]) -> Dataset:
        """Put the curves of several points into one dataset.

        Parameters
        ----------
        spectrum_dict : dict of Dataset
            As `read` returns them for curves at points.

        Returns
        -------
        Dataset
            A point cloud [point, channel, x]; ``metadata["point_cloud"]`` has the places.

        Raises
        ------
        UnfitDataset
            When the points were swept differently; nothing is interpolated.
        """
        import dask.array as da

        spectra = list(spectrum_dict.values())
        if not spectra:
            msg = "no points are given"
            raise UnfitDataset(msg)
        first = spectra[0]
        for one in spectra:
            if one.shape != first.shape or not np.array_equal(
                one._axes[0].values, first._axes[0].values
            ):
                msg = (
                    f"the points were swept differently ({one.shape} and {first.shape} numbers); "
                    "a point cloud would have to invent values"
                )
                raise UnfitDataset(msg)
        x, channel = (
            Axis(a.name, a.values, a.units, a.quantity, a.dimension_type.name)
            for a in (first._axes[0], first._axes[1])
        )
        point = Axis("point number", np.arange(len(spectra)), "", "Point number", "POINT_CLOUD")
        result = dataset(
            da.stack([da.asarray(one).T for one in spectra]),
            (point, channel, x),
            title=first.title,
            data_type="POINT_CLOUD",
            units=first.units,
            quantity=first.quantity,
            source=SOURCE,
            metadata={key: v for key, v in first.metadata.items() if key != "coordinate"},
            original_metadata=first.original_metadata,
        )
        result.point_cloud = {
            "coordinates": np.array([one.metadata["coordinate"] for one in spectra]),
            "spacial_units": first.metadata["coordinate_units"],
            "quantity": "Length",
        }
        return result
