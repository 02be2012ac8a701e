"""Crystal structures of a dataset: told from other things, taken apart and made again.

A structure is an ``ase.Atoms``.  ase is imported when one is made, and never to tell one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.errors import MissingDependency

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["describe", "is_atoms", "require_ase", "revive"]


def is_atoms(value: object) -> bool:
    """Whether a value is an ase.Atoms, told without importing ase."""
    return hasattr(value, "get_scaled_positions") and hasattr(value, "get_chemical_formula")


def require_ase() -> Any:
    """Return the library ase.

    Raises
    ------
    MissingDependency
        When it is not installed.
    """
    try:
        import ase
    except ModuleNotFoundError as error:
        msg = "crystal structures need ase: pip install ase"
        raise MissingDependency(msg) from error
    return ase


def describe(value: Any) -> tuple[str, Any] | None:
    """Say what an exact record keeps of a structure: everything but its calculator."""
    if not (is_atoms(value) and hasattr(value, "todict")):
        return None
    stored = dict(value.todict())
    stored["info"] = dict(value.info)
    constraints = [one.todict() for one in value.constraints if hasattr(one, "todict")]
    return "ase.Atoms", {**stored, "constraints": constraints}


def revive(stored: Mapping[str, Any]) -> Any:
    """Return the structure that `describe` described; its dictionary when ase is missing."""
    try:
        ase = require_ase()
    except MissingDependency:
        return stored
    from ase.constraints import dict2constraint

    fields = dict(stored)
    constraints = [dict2constraint(one) for one in fields.pop("constraints")]
    info = fields.pop("info")
    atoms = ase.Atoms.fromdict(fields)
    atoms.info = info
    atoms.set_constraint(constraints)
    return atoms
