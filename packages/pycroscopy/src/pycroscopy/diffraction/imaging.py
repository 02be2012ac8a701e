"""Images from scans of diffraction patterns: virtual detectors and the centre of mass.

Any number of detectors, the centre of mass and its error come out of one pass over the
data, lazily, on memory maps, HDF5 chunks and clusters alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .detectors import Detector
from .mass_centers import CenterOfMass, moment_weights, moments_of
from .patterns import Patterns
from .sums import weighted_sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    import sidpy

__all__ = ["VirtualImages", "center_of_mass", "virtual_images"]


@dataclass(frozen=True, eq=False, repr=False)
class VirtualImages(Mapping[str, "sidpy.Dataset"]):
    """One image for each virtual detector, by name.

    >>> import numpy as np
    >>> from pycroscopy.diffraction import disk, virtual_images
    >>> images = virtual_images(np.ones((3, 4, 8, 8)), {"BF": disk(3, center=(4, 4))})
    >>> images["BF"].shape
    (3, 4)
    """

    images: dict[str, sidpy.Dataset]
    """Lazy, of the shape of the scan."""
    center_of_mass: CenterOfMass | None
    """If it was asked for, from the same pass."""

    def __getitem__(self, name: str) -> sidpy.Dataset:
        return self.images[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.images)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        more = "" if self.center_of_mass is None else " and the centre of mass"
        return f"virtual images {list(self.images)}{more}"

    def persist(self) -> VirtualImages:
        """Return the same in memory, everything computed together in one pass."""
        from dask import persist

        mass = self.center_of_mass
        parts = [] if mass is None else list(mass.to_datasets().values())
        kept = persist(*self.images.values(), *parts)
        images = dict(zip(self.images, kept, strict=False))
        return VirtualImages(images, CenterOfMass(*kept[len(images) :]) if parts else None)

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw all images beside each other.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_images

        return draw_images(self.images, figure)


@operation(name="pycroscopy.diffraction.virtual_images")
def virtual_images(
    data: Any,
    detectors: Mapping[str, Detector] | Detector,
    *,
    center: tuple[float, float] = (0.0, 0.0),
    center_of_mass: bool = False,
) -> VirtualImages:
    """Sum what each virtual detector counts, at each position.

    Parameters
    ----------
    data : Dataset or array of shape (..., v, u), real
        Diffraction patterns; of any size, in any chunks.
    detectors : mapping of str to Detector, or Detector
        `disk`, `annulus`, `segments`, `mask`.
    center : (float, float)
        v and u of the middle of detectors that have none of their own, in the units of the
        axes.
    center_of_mass : bool
        Find the centre of mass of the whole pattern in the same pass.

    Returns
    -------
    VirtualImages
        An image in the units of the data for each detector; lazy. A NaN within a detector
        makes that position NaN.

    Raises
    ------
    TypeError, ValueError
        When the data are no patterns, there is no detector, or a mask has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from pycroscopy.diffraction import annulus
    >>> scan = np.zeros((2, 3, 5, 5))
    >>> scan[1, 2, 2, 4] = 7
    >>> images = virtual_images(scan, {"ADF": annulus(1.5, 3)}, center=(2, 2))
    >>> images["ADF"].compute()[1, 2].item()
    7.0
    """
    patterns = Patterns.of(data)
    named = {"detector": detectors} if isinstance(detectors, Detector) else dict(detectors)
    if not named or not all(isinstance(item, Detector) for item in named.values()):
        msg = f"detectors are Detector objects by name, found {detectors!r}; see disk, annulus"
        raise ValueError(msg)
    columns = [item.weights(patterns.v, patterns.u, center) for item in named.values()]
    if center_of_mass:
        columns += moment_weights(patterns, None)
    sums = weighted_sums(patterns, np.stack(columns))
    images = {name: patterns.scanned(sums[..., i], name) for i, name in enumerate(named)}
    mass = moments_of(patterns, sums[..., len(named) :]) if center_of_mass else None
    return VirtualImages(images, mass)


@operation(name="pycroscopy.diffraction.center_of_mass")
def center_of_mass(
    data: Any,
    detector: Detector | None = None,
    *,
    center: tuple[float, float] = (0.0, 0.0),
    gain: float = 1.0,
) -> CenterOfMass:
    """Find where the weight of each pattern is, and how certainly.

    Parameters
    ----------
    data : Dataset or array of shape (..., v, u), real
        Diffraction patterns; of any size, in any chunks.
    detector : Detector, optional
        What counts; everything by default.
    center : (float, float)
        v and u that the result is measured from, in the units of the axes, and the middle
        of a detector that has none of its own.
    gain : float
        Values of the data that one electron makes; the errors follow from it.

    Returns
    -------
    CenterOfMass
        Rows (v), columns (u), their errors and the sum; lazy. NaN where nothing was counted.

    Raises
    ------
    TypeError, ValueError
        When the data are no patterns, or `gain` is not positive.

    Notes
    -----
    The error is that of counting: the variance of the mean position of N electrons is the
    second moment of the pattern over N; R / (2 sqrt N) for a uniform disk of radius R [1]_.

    References
    ----------
    .. [1] Müller-Caspary et al., Ultramicroscopy 178, 62 (2017),
           doi:10.1016/j.ultramic.2016.05.004

    Examples
    --------
    >>> import numpy as np
    >>> pattern = np.zeros((6, 8))
    >>> pattern[2, 3:5] = 10
    >>> found = center_of_mass(pattern)
    >>> found.rows.compute().item(), found.columns.compute().item()
    (2.0, 3.5)
    """
    if not gain > 0:
        msg = f"gain is {gain}; one electron makes more than nothing"
        raise ValueError(msg)
    patterns = Patterns.of(data)
    image = None if detector is None else detector.weights(patterns.v, patterns.u, center)
    sums = weighted_sums(patterns, np.stack(moment_weights(patterns, image)))
    return moments_of(patterns, sums, center=center, gain=gain)
