"""Force curves and force volumes whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .drawing import by_name, drawn, labelled_scan, spread_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["ForceVolume", "force_volume"]


@dataclass(frozen=True, eq=False)
class ForceVolume:
    """Simulated approaches and retractions, and the contacts that they are of."""

    approach: sidpy.Dataset
    """Shape (y, x, way), N, over the way of the piezo in m, towards the sample; lazy."""
    retraction: sidpy.Dataset
    """The same way back; lazy."""
    truth: dict[str, Floats]
    """Shape (y, x) each: contact, modulus, adhesion (J/m**2), offset, tilt, and
    pull_off_force (N)."""
    noise: float
    """Standard deviation of each force, N."""


def force_volume(  # noqa: PLR0913 - the tip, the lever and the sample, all by keyword
    scan: tuple[int, int] = (16, 20),
    points: int = 301,
    *,
    theory: Literal["hertz", "dmt", "jkr"] = "jkr",
    radius: float = 50e-9,
    spring_constant: float = 1.0,
    modulus: float = 5e6,
    adhesion: float = 0.03,
    spread: float = 0.1,
    tilt: float = 1e-3,
    drift: float = 5e-12,
    noise: float = 3e-11,
    seed: int = 0,
) -> ForceVolume:
    """Simulate force curves of a sphere on a grid of positions.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x), 10 nm apart.
    points : int
        Of each branch.
    theory : {"hertz", "dmt", "jkr"}
        Of the contact, without or with adhesion.
    radius : float, m
        Of the tip; the Poisson ratio of the sample is 0.5.
    spring_constant : float, N/m
        Of the lever.
    modulus : float, Pa
        Mean modulus of the sample.
    adhesion : float, J/m**2
        Mean work of adhesion; not used for "hertz".
    spread : float
        How much modulus and adhesion differ, relative to themselves.
    tilt : float, N/m
        Of the free lever over the way.
    drift : float, m
        Of the contact from one position to the next, in the order of the scan; the surface
        is tilted by 1 nm over the scan besides.
    noise : float, N
        Standard deviation.
    seed : int
        Of truth and noise.

    Returns
    -------
    ForceVolume
        On approach an adhesive tip snaps in where it touches the undeformed surface.

    Raises
    ------
    ValueError
        For unknown words.

    Examples
    --------
    >>> made = force_volume((2, 3))
    >>> made.approach.shape, made.retraction.way.units
    ((2, 3, 301), 'm')
    """
    from pycroscopy.fit import AdhesiveContact

    if theory not in ("hertz", "dmt", "jkr"):
        msg = f"theory is {theory!r}; it can be 'hertz', 'dmt' or 'jkr'"
        raise ValueError(msg)
    work = 0.0 if theory == "hertz" else adhesion
    contact = AdhesiveContact("jkr" if theory == "jkr" else "dmt", radius, 0.5, spring_constant)
    values = spread_parameters(scan, (0.0, modulus, work, 0.0, tilt), spread, (1, 2), seed)
    rows, columns = np.mgrid[: scan[0], : scan[1]]
    across = 1e-9 * (rows / max(scan[0], 2) + columns / max(scan[1], 2))
    values[..., 0] = across + drift * (rows * scan[1] + columns)
    away = contact.pull_off(values[..., 1], values[..., 2])
    low = 2.5 * float(np.min(away[0], initial=0.0)) - 60e-9
    way = np.linspace(low, 40e-9 + float(values[..., 0].max()), points)
    branches = []
    for number, (name, places) in enumerate((("approach", way), ("retraction", way[::-1]))):
        model = _Approach(contact) if name == "approach" else contact
        data = drawn(model, values, places, noise, seed + 1 + number)
        branches.append(
            labelled_scan(
                data, ("way", "distance", "m", places), title=f"simulated {name}", units="N",
                quantity="force", modality="force spectroscopy",
            )
        )  # fmt: skip
    truth = by_name(contact.parameters, values)
    truth["pull_off_force"] = -np.asarray(away[1], np.float64)
    return ForceVolume(branches[0], branches[1], truth, noise)


@dataclass(frozen=True)
class _Approach:
    """A contact that begins where the undeformed surface is touched."""

    contact: Any

    def __call__(self, parameters: Floats, x: Floats) -> Floats:
        forces = self.contact(parameters, x)
        line = parameters[:, 3:4] + parameters[:, 4:] * x
        return np.where(x >= parameters[:, :1], forces, line)
