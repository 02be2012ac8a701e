"""What the axes of foreign data are, and what the data show, as far as their units tell.

Other programs' files and objects say in which units an axis is, and rarely what varies along
it.  Length, reciprocal length, energy and time leave little doubt; everything else stays
UNKNOWN.  What a source states is never overruled by a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sidpy.base.units import NO_UNITS, conversion_factor

from .kinds import DataType, DimensionType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dimension import Dimension

__all__ = ["data_type_of", "dimension_type_of"]

#: Units that anything of one kind converts to.
_BY_UNITS: Final = (
    ("m", DimensionType.SPATIAL),
    ("1/m", DimensionType.RECIPROCAL),
    ("eV", DimensionType.SPECTRAL),
    ("Hz", DimensionType.SPECTRAL),
    ("V", DimensionType.SPECTRAL),
    ("s", DimensionType.TEMPORAL),
)

#: Scattering angles; pint cannot tell them from plain numbers.
_ANGLES: Final = frozenset({"rad", "mrad", "urad", "µrad", "μrad"})

_IMAGE: Final = (DimensionType.SPATIAL, DimensionType.RECIPROCAL)


def dimension_type_of(units: str) -> DimensionType:
    """Return what varies along an axis in these units.

    Examples
    --------
    >>> dimension_type_of("nm"), dimension_type_of("keV"), dimension_type_of("generic")
    (<DimensionType.SPATIAL: 1>, <DimensionType.SPECTRAL: 3>, <DimensionType.UNKNOWN: -1>)
    """
    if units in NO_UNITS or not units.strip():
        return DimensionType.UNKNOWN
    if units in _ANGLES:
        return DimensionType.RECIPROCAL
    for target, kind in _BY_UNITS:
        if conversion_factor(units, target) is not None:
            return kind
    return DimensionType.UNKNOWN


def data_type_of(dimensions: Sequence[Dimension]) -> DataType:
    """Return what data along these dimensions show, UNKNOWN when that is not clear.

    Examples
    --------
    >>> from sidpy import Dimension
    >>> data_type_of([Dimension(3, "y", units="nm", dimension_type="spatial")] * 2)
    <DataType.IMAGE: 4>
    """
    kinds = [dimension.dimension_type for dimension in dimensions]
    images = sum(kind in _IMAGE for kind in kinds)
    spectra = kinds.count(DimensionType.SPECTRAL)
    if len(kinds) == 1:
        return DataType.SPECTRUM if spectra else DataType.LINE_PLOT
    shown = {
        (2, 2, 0): DataType.IMAGE,
        (2, 1, 1): DataType.SPECTRAL_IMAGE,
        (2, 0, 1): DataType.LINE_PLOT_FAMILY,
        (3, 2, 1): DataType.SPECTRAL_IMAGE,
        (4, 4, 0): DataType.IMAGE_4D,
    }
    if len(kinds) == 3 and images == 2 and not spectra and DimensionType.CHANNEL not in kinds:
        return DataType.IMAGE_STACK
    return shown.get((len(kinds), images, spectra), DataType.UNKNOWN)
