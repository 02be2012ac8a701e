"""Crystal structures: ase.Atoms in HDF5 and back, atom by atom.

The released packages keep the cell, the scaled positions and the chemical *formula*, from
which the order of the atoms cannot be told.  Here the atomic numbers and the periodicity
stand beside them, as attributes that the released readers pass over; everything else ase
knows of the atoms is in the exact record of the dataset.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import MissingDependency
from sidpy.hdf import walking
from sidpy.hdf.attrs import put, write_book_keeping_attrs, write_tree
from sidpy.hdf.damage import oversize
from sidpy.hdf.groups import read_tree
from sidpy.hdf.objects import is_dataset, is_group, last_name, require
from sidpy.hdf.prov_utils import assign_group_index
from sidpy.sid.structures import is_atoms, require_ase

from .layout import legal_name

if TYPE_CHECKING:
    import h5py

__all__ = [
    "add_crystal_structure",
    "ase_from_dictionary",
    "ase_to_dict",
    "read_structures",
    "structures_to_h5",
]

logger = logging.getLogger(__name__)


def ase_to_dict(atoms: Any) -> dict[str, Any]:
    """Return what is stored of a crystal structure.

    Parameters
    ----------
    atoms : ase.Atoms
        The structure.

    Returns
    -------
    dict
        ``unit_cell`` (3 x 3), ``elements`` (the chemical formula), ``base`` (scaled positions,
        n x 3), ``info``, and what the released packages do not store: ``numbers`` (n) and
        ``pbc`` (3).

    Raises
    ------
    TypeError
        For anything else.
    """
    if not is_atoms(atoms):
        msg = f"a structure should be an ase.Atoms object, found {type(atoms).__name__}"
        raise TypeError(msg)
    return {
        "unit_cell": np.array(atoms.cell),
        "elements": atoms.get_chemical_formula(),
        "base": atoms.get_scaled_positions(),
        "info": dict(atoms.info),
        "numbers": np.array(atoms.numbers),
        "pbc": np.array(atoms.pbc),
    }


def ase_from_dictionary(tags: Mapping[str, Mapping[str, Any]]) -> tuple[Any, str]:
    """Return a crystal structure from what was stored of it.

    Parameters
    ----------
    tags : dict
        ``{name: dictionary of ase_to_dict}``.

    Returns
    -------
    tuple of ase.Atoms and str
        The structure and its name.

    Raises
    ------
    MissingDependency
        When ase is not installed.
    TypeError
        When there is no such dictionary.
    """
    for name, stored in tags.items() if isinstance(tags, Mapping) else ():
        if isinstance(stored, Mapping) and {"unit_cell", "base"} <= set(stored):
            return _atoms(stored), name
    msg = (
        f"expected a dictionary {{name: {{'unit_cell', 'elements', 'base'}}}}, found {tags!r:.200}"
    )
    raise TypeError(msg)


def _atoms(stored: Mapping[str, Any]) -> Any:
    ase = require_ase()
    kinds = stored["numbers"] if "numbers" in stored else _symbols(stored.get("elements", ""))
    return ase.Atoms(
        kinds,
        cell=stored["unit_cell"],
        scaled_positions=stored["base"],
        pbc=stored.get("pbc"),
        info=dict(stored.get("info", {})),
    )


def _symbols(elements: Any) -> Any:
    """Return what ase takes for the kinds of the atoms: a formula, or a list of symbols."""
    return elements if isinstance(elements, str) else [str(symbol) for symbol in elements]


def structures_to_h5(h5_group: h5py.Group, structures: Mapping[str, Any]) -> None:
    """Write crystal structures, each into a group ``Structure_NNN``.

    Parameters
    ----------
    h5_group : h5py.Group
        Where to write.
    structures : dict of str to ase.Atoms
        The structures by title.

    Raises
    ------
    TypeError
        For a wrong type of either argument or of a structure.
    """
    if not isinstance(structures, Mapping):
        msg = f"structures should be a dictionary, found {type(structures).__name__}"
        raise TypeError(msg)
    for title, atoms in structures.items():
        add_crystal_structure(h5_group, atoms, name=str(title))


def add_crystal_structure(
    h5_group: h5py.Group, input_structure: Any, name: str | None = None
) -> h5py.Group:
    """Write one crystal structure into a new group ``Structure_NNN``.

    Parameters
    ----------
    h5_group : h5py.Group
        Where to write.
    input_structure : ase.Atoms or dict
        The structure, or what `ase_to_dict` gives.
    name : str, optional
        Its name; by default its title or its chemical formula.

    Returns
    -------
    h5py.Group
        The group; it holds one group of the given name.

    Raises
    ------
    TypeError
        For a wrong type of either argument.
    """
    require("group", h5_group, "h5_group")
    if is_atoms(input_structure):
        stored = ase_to_dict(input_structure)
    elif isinstance(input_structure, Mapping):
        stored = dict(input_structure)
    else:
        found = type(input_structure).__name__
        msg = f"input_structure should be a dictionary or an ase.Atoms object, found {found}"
        raise TypeError(msg)
    info = dict(stored.get("info", {}))
    title = (
        str(info.get("title") or stored.get("elements") or "structure") if name is None else name
    )
    stored["info"] = {"title": title, **info}
    group = h5_group.create_group(assign_group_index(h5_group, "Structure"))
    write_book_keeping_attrs(group)
    _write_one(group, legal_name(title) or "structure", stored)
    return group


def _write_one(group: Any, title: str, stored: Mapping[str, Any]) -> None:
    """Write the arrays as attributes, those of more than 64 kB as datasets aside.

    The released readers fail on a dataset within the group of a structure, and pass over
    groups whose name begins with ``_``.
    """
    inner = group.create_group(title)
    for key, value in stored.items():
        if isinstance(value, Mapping):
            write_tree(inner.create_group(key), value)
        elif not put(inner, key, value):
            aside = group.parent.require_group(f"_{last_name(group)}")
            aside.create_dataset(key, data=np.asarray(value))


def read_structures(group: h5py.Group) -> dict[str, Any]:
    """Return the crystal structures beside a main dataset, by name.

    Without ase they are the dictionaries that are stored.
    """
    found: dict[str, Any] = {}
    for name in group:
        member = walking.member(group, name) if name.startswith("Structure_") else None
        if not is_group(member):
            continue
        aside = walking.member(group, f"_{name}")
        for title, inner in walking.members(member):
            if is_group(inner):
                large = _large(aside) if is_group(aside) else {}
                found[title] = _built({**read_tree(inner, skip_datasets=True), **large})
    return found


def _large(aside: Any) -> dict[str, Any]:
    """Return the arrays that attributes could not hold."""
    return {
        key: item[()]
        for key, item in walking.members(aside)
        if is_dataset(item) and not walking.obstacles(item) and not oversize(item)
    }


def _built(stored: dict[str, Any]) -> Any:
    try:
        return _atoms(stored) if {"unit_cell", "base"} <= set(stored) else stored
    except MissingDependency:
        return stored
    except Exception as error:  # noqa: BLE001 - whatever ase says to values that are no atoms
        logger.warning("a crystal structure is read as its dictionary: %s", error)
        return stored
