"""How large a pixel is, from a resolution that may be meant for a printer only.

Cameras and drawing programs write 72, 96 or 300 dots per inch into every picture.  That
is how large to print it, not how large the thing on it is: no length is made of it.
"""

from __future__ import annotations

from typing import Final

__all__ = ["METRES", "pixel_size"]

#: Length of the unit that a resolution counts per: in metres.
METRES: Final = {"inch": 0.0254, "cm": 0.01, "m": 1.0}

#: Dots per inch of screens and printers.
PRINTED: Final = (
    *(1, 50, 72, 75, 90, 96, 100, 120, 127, 144, 150, 180, 192, 200, 220, 240, 250, 254, 288, 300),
    *(350, 360, 400, 450, 480, 500, 508, 600, 720, 800, 900, 960, 1000, 1016, 1200, 1440, 1600),
    *(1800, 2000, 2400, 2540, 2880, 3200, 3600, 4000, 4800, 5400, 5760, 6400, 9600),
)


def pixel_size(resolution: float, unit: str) -> float | None:
    """Return the size of a pixel in metres, None where only a print is meant.

    Parameters
    ----------
    resolution : float
        Pixels per unit.
    unit : {"inch", "cm", "m"}
        What it counts per; anything else says nothing.

    Examples
    --------
    >>> pixel_size(72.0, "inch"), pixel_size(2835, "m"), pixel_size(1e6, "cm")
    (None, None, 1e-08)
    """
    if unit not in METRES or not 0 < resolution < 1e15:
        return None
    per_inch = resolution * METRES["inch"] / METRES[unit]
    # whole numbers per metre are 1 part in 10 000 off the dots per inch they stand for
    if any(abs(per_inch - dots) <= 1e-3 * dots for dots in PRINTED) or resolution == 1:
        return None
    return METRES[unit] / resolution
