"""Lines of X-rays by element: energies, names and weights, from xraylib.

A family is what fills the vacancies of one shell: its lines keep their ratios, whatever the
specimen, and are fitted together.  The vacancies of subshells are those of electron impact,
moved by Coster-Kronig transitions; they then emit by the yields and the rates of xraylib [1]_.
Names are those of Siegbahn where there is one [2]_, ``Ka1``, and of the levels otherwise.

References
----------
.. [1] Schoonjans et al., Spectrochim. Acta B 66, 776 (2011), doi:10.1016/j.sab.2011.09.011
.. [2] Jenkins et al., X-Ray Spectrom. 20, 149 (1991), doi:10.1002/xrs.1300200308
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from sidpy.base.optional import needed

from .eds_ionisation import ionisation_cross_section

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["XrayFamily", "XrayLine", "data_of_xrays", "xray_families", "xray_lines"]

#: Levels from which an electron falls, by the level it falls into, and the name of the line.
_SIEGBAHN: Final = {
    "K": {
        "L3": "Ka1", "L2": "Ka2", "M3": "Kb1", "N3": "Kb2", "N2": "Kb2'", "M2": "Kb3",
        "N5": "Kb4", "N4": "Kb4'", "M5": "Kb5", "M4": "Kb5'",
    },
    "L1": {
        "M3": "Lb3", "M2": "Lb4", "M5": "Lb9", "M4": "Lb10", "N2": "Lg2", "N3": "Lg3",
        "O3": "Lg4", "O2": "Lg4'",
    },
    "L2": {
        "M4": "Lb1", "M3": "Lb17", "N4": "Lg1", "N1": "Lg5", "O4": "Lg6", "O1": "Lg8",
        "M1": "Ln", "N6": "Lv",
    },
    "L3": {
        "M5": "La1", "M4": "La2", "N5": "Lb2", "O45": "Lb5", "N1": "Lb6", "O1": "Lb7",
        "N4": "Lb15", "M1": "Ll", "M3": "Ls", "M2": "Lt", "N6": "Lu",
    },
    "M3": {"N5": "Mg"},
    "M4": {"N6": "Mb", "N2": "Mz2"},
    "M5": {"N7": "Ma1", "N6": "Ma2", "N3": "Mz1"},
}  # fmt: skip

#: Electrons of a full subshell.
_ELECTRONS: Final = {
    "K": {"K": 2},
    "L": {"L1": 2, "L2": 2, "L3": 4},
    "M": {"M1": 2, "M2": 2, "M3": 4, "M4": 4, "M5": 6},
}

_LINE: Final = re.compile(r"(K|L[1-3]|M[1-5])([LMNOP]\d+)_LINE")

#: Lines of a smaller share of their family are left out.
_LEAST: Final = 1e-5


@dataclass(frozen=True, slots=True)
class XrayLine:
    """A line of an element."""

    element: str
    """Its symbol."""
    name: str
    """After Siegbahn, ``Ka1``; of the levels, ``L3-P1``, where there is none."""
    transition: str
    """The level with the vacancy, and that of the electron: ``K-L3``."""
    energy: float
    """In eV."""
    weight: float
    """Share of the photons of its family."""


@dataclass(frozen=True, slots=True)
class XrayFamily:
    """The lines of an element that fill vacancies of one shell."""

    element: str
    """Its symbol."""
    shell: str
    """``K``, ``L`` or ``M``."""
    lines: tuple[XrayLine, ...]
    """By energy; their weights add up to one."""
    cross_section: float
    """For the emission of a photon in one of the lines by one electron, m²."""

    @property
    def name(self) -> str:
        """Element and shell, ``Fe_K``."""
        return f"{self.element}_{self.shell}"

    @property
    def main(self) -> XrayLine:
        """The line with the largest weight."""
        return max(self.lines, key=lambda line: line.weight)

    def recorded_form(self) -> dict[str, Any]:
        """Return what a history keeps, and `xray_families` takes."""
        return {
            "element": self.element,
            "shell": self.shell,
            "lines": [
                [line.name, line.transition, line.energy, line.weight] for line in self.lines
            ],
            "cross_section": self.cross_section,
        }

    def share(self, group: str) -> float:
        """Return the share of the photons in lines whose name begins so, ``Ka``.

        Raises
        ------
        ValueError
            When there is no such line.
        """
        found = [line.weight for line in self.lines if line.name.startswith(group)]
        if not found:
            names = ", ".join(line.name for line in self.lines)
            msg = f"no line of {self.name} begins with {group!r}; it has {names}"
            raise ValueError(msg)
        return sum(found)


def data_of_xrays() -> Any:
    """Return xraylib.

    Raises
    ------
    MissingDependency
        Without it; the message has the pip command.
    """
    return needed("xraylib", "data of X-ray lines and of absorption", "pycroscopy[eds]")


def xray_lines(
    elements: str | Iterable[str] | None = None,
    *,
    window: tuple[float, float] | None = None,
    beam_energy: float = 200e3,
    least: float = 0.0,
) -> list[XrayLine]:
    """Return lines of X-rays: of some elements, of a range of energies, or both.

    Parameters
    ----------
    elements : str or iterable of str, optional
        Symbols, ``"Fe"``, or families, ``"Fe_K"``; all elements by default.
    window : (float, float), optional, eV
        From where to where.
    beam_energy : float, eV
        Kinetic energy of the electrons.
    least : float
        Smallest share of a family that matters.

    Returns
    -------
    list of XrayLine
        By energy.

    Raises
    ------
    ValueError
        For an unknown element or shell, or a window that is empty.
    MissingDependency
        Without xraylib.

    Examples
    --------
    >>> [(line.name, round(line.energy)) for line in xray_lines("Fe_K", least=0.05)]
    [('Ka2', 6391), ('Ka1', 6404), ('Kb1', 7058)]
    """
    low, high = (-np.inf, np.inf) if window is None else window
    if not low < high:
        msg = f"a window from {low:g} to {high:g} eV; expected the lower energy first"
        raise ValueError(msg)
    found = [
        line
        for symbol, shells in _wanted(elements)
        for shell in shells
        for family in _family(symbol, shell, float(beam_energy))
        for line in family.lines
        if low <= line.energy <= high and line.weight >= least
    ]
    return sorted(found, key=lambda line: line.energy)


def xray_families(
    elements: str | Iterable[str | XrayFamily],
    *,
    window: tuple[float, float] | None = None,
    beam_energy: float = 200e3,
) -> list[XrayFamily]:
    """Return the families of lines of elements whose strongest line is in a range.

    Parameters
    ----------
    elements : str or iterable of str or XrayFamily
        Symbols, ``"Fe"``, for all families in the range; ``"Fe_K"`` for one of them. Families
        stay as they are, and may be made of lines of one's own.
    window : (float, float), optional, eV
        Where their strongest line has to be; anywhere by default.
    beam_energy : float, eV
        Kinetic energy of the electrons.

    Returns
    -------
    list of XrayFamily
        In the order of the elements.

    Raises
    ------
    ValueError
        For an unknown element or shell, for one without a line in the range, and for a
        family that is named twice.
    MissingDependency
        Without xraylib.

    Examples
    --------
    >>> [family.name for family in xray_families(["O", "Au"], window=(0, 20000))]
    ['O_K', 'Au_L', 'Au_M']
    """
    low, high = (-np.inf, np.inf) if window is None else window
    found: list[XrayFamily] = []
    for item in [elements] if isinstance(elements, str) else elements:
        new = _meant(item, float(beam_energy))
        inside = [family for family in new if low <= family.main.energy <= high]
        if not inside:
            lines = [f"{family.main.name} at {family.main.energy:g} eV" for family in new]
            msg = (
                f"no strongest line of {item!r} from {low:g} to {high:g} eV for electrons of "
                f"{beam_energy:g} eV; there are {', '.join(lines) or 'none at all'}"
            )
            raise ValueError(msg)
        found += inside
    names = [family.name for family in found]
    if len(set(names)) < len(names) or not names:
        msg = f"expected families of lines, each once; found {names}"
        raise ValueError(msg)
    return found


def _meant(item: Any, beam_energy: float) -> list[XrayFamily]:
    """Return families: as they are, from what a history kept, or by their name."""
    if isinstance(item, XrayFamily):
        return [item]
    if hasattr(item, "keys"):
        lines = tuple(XrayLine(item["element"], *line) for line in item["lines"])
        return [XrayFamily(item["element"], item["shell"], lines, item["cross_section"])]
    return [
        family
        for symbol, shells in _wanted(item)
        for shell in shells
        for family in _family(symbol, shell, beam_energy)
    ]


def _wanted(elements: str | Iterable[str] | None) -> list[tuple[str, tuple[str, ...]]]:
    """Return symbols, and the shells that are meant."""
    library = data_of_xrays()
    shells = tuple(_ELECTRONS)
    if elements is None:
        return [(library.AtomicNumberToSymbol(number), shells) for number in range(1, 104)]
    found = []
    for item in [elements] if isinstance(elements, str) else elements:
        symbol, _, shell = str(item).partition("_")
        _number(symbol)
        if shell and shell not in shells:
            msg = f"{item!r} names the shell {shell!r}; expected one of {', '.join(shells)}"
            raise ValueError(msg)
        found.append((symbol, (shell,) if shell else shells))
    return found


def _number(symbol: str) -> int:
    """Return the atomic number."""
    try:
        return cast("int", data_of_xrays().SymbolToAtomicNumber(symbol))
    except ValueError as error:
        msg = f"no element has the symbol {symbol!r}; expected 'Fe', or 'Fe_K' for a family"
        raise ValueError(msg) from error


@cache
def _family(symbol: str, shell: str, beam_energy: float) -> tuple[XrayFamily, ...]:
    """Return the family of a shell; nothing where it has no lines, or is not ionised."""
    if not beam_energy > 0:
        msg = f"electrons of {beam_energy:g} eV; expected more than 0"
        raise ValueError(msg)
    number = _number(symbol)
    emitted = _emitted(number, shell, beam_energy)
    lines = [
        (level, outer, energy, rate * emitted[level])
        for level, outer, energy, rate in _transitions(number, shell)
        if emitted[level] > 0
    ]
    total = sum(line[-1] for line in lines)
    lines = [line for line in lines if line[-1] > _LEAST * total]
    total = sum(line[-1] for line in lines)
    if not lines:
        return ()
    made = sorted(
        (
            XrayLine(
                symbol,
                _SIEGBAHN.get(level, {}).get(outer, f"{level}-{outer}"),
                f"{level}-{outer}",
                energy,
                weight / total,
            )
            for level, outer, energy, weight in lines
        ),
        key=lambda line: line.energy,
    )
    return (XrayFamily(symbol, shell, tuple(made), total),)


def _emitted(number: int, shell: str, beam_energy: float) -> dict[str, float]:
    """Return the cross-section for a photon by subshell, m²; vacancies move outwards first."""
    library = data_of_xrays()
    vacancies: dict[str, float] = {}
    for level, electrons in _ELECTRONS[shell].items():
        edge = 1000.0 * _value("EdgeEnergy", number, f"{level}_SHELL")
        vacancies[level] = ionisation_cross_section(edge, beam_energy, electrons)
        for inner, count in list(vacancies.items())[:-1]:
            name = f"F{level[0]}{inner[1]}{level[1]}_TRANS"
            if hasattr(library, name):
                vacancies[level] += count * _value("CosKronTransProb", number, name)
    return {
        level: count * _value("FluorYield", number, f"{level}_SHELL")
        for level, count in vacancies.items()
    }


@cache
def _transitions(number: int, shell: str) -> list[tuple[str, str, float, float]]:
    """Return the lines of a shell: the two levels, the energy in eV, and the rate."""
    found = []
    for name in dir(data_of_xrays()):
        match = _LINE.fullmatch(name)
        if match is None or match[1][0] != shell or match[2][0] == shell:
            continue
        energy, rate = _value("LineEnergy", number, name), _value("RadRate", number, name)
        if energy > 0 and rate > 0:
            found.append((match[1], match[2], 1000.0 * energy, rate))
    return found


def _value(function: str, number: int, name: str) -> float:
    """Return a number of xraylib; zero where it has none."""
    library = data_of_xrays()
    try:
        return float(getattr(library, function)(number, getattr(library, name)))
    except ValueError:
        return 0.0
