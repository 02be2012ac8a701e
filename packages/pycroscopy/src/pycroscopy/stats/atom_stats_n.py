"""Local crystallography of the atoms that a dataset carries as a structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.units import conversion_factor

from .atom_stats import LocalCrystallography

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    import sidpy

__all__ = ["LocalCrystallography_n"]


class LocalCrystallography_n(LocalCrystallography):  # noqa: N801 - the released package's name
    """Atoms of ``Dataset.structures`` and what surrounds each of them.

    Parameters
    ----------
    dataset : Dataset
        An image with structures (``ase.Atoms``); positions along the first two axes.
    struct : str, optional
        Which structure; the only one, or the first, by default.
    window_size, border, image_name, comp
        As for `LocalCrystallography`; the title of the dataset is the default name.
    **kwargs
        Kept as attributes.

    Attributes
    ----------
    struct : str
        The name of the structure.

    Raises
    ------
    TypeError
        When `dataset` is no Dataset.
    ValueError
        When it has no such structure.

    Notes
    -----
    Positions of a structure are Å. They become pixels by the axes of the image where these
    are lengths; where they are not, positions are taken in units of the axes. Atom types
    are atomic numbers, with symbols as descriptors.
    """

    def __init__(
        self,
        dataset: sidpy.Dataset,
        struct: str | None = None,
        window_size: int = 25,
        border: float = 0.03,
        image_name: str = "",
        comp: int = 0,
        **kwargs: Any,
    ) -> None:
        import sidpy

        if not isinstance(dataset, sidpy.Dataset):
            msg = f"LocalCrystallography_n needs a sidpy.Dataset, found {type(dataset).__name__}"
            raise TypeError(msg)
        known = list(dataset.structures)
        name = struct if struct is not None else next(iter(known), None)
        if name is None or name not in known:
            msg = f"{dataset.title!r} has no structure {struct!r}; it has {known}"
            raise ValueError(msg)
        atoms = dataset.structures[name]
        numbers = np.asarray(atoms.numbers)
        symbols = dict(zip(numbers.tolist(), atoms.get_chemical_symbols(), strict=True))
        super().__init__(
            dataset,
            _pixels(dataset, np.asarray(atoms.positions, np.float64)),
            symbols,
            window_size,
            numbers,
            border,
            image_name or dataset.title,
            comp,
            **kwargs,
        )
        self.dataset, self.struct = dataset, name

    def determine_border_indices(
        self, border_prop: float | None = None, border_ind: ArrayLike | None = None
    ) -> None:
        """Sort the atoms into those at the border and the others.

        Parameters
        ----------
        border_prop : float, optional
            Share of the image along each edge; `border` by default.
        border_ind : array of int, optional
            The atoms at the border, where they are known otherwise.
        """
        if border_ind is None:
            super().determine_border_indices(self.border if border_prop is None else border_prop)
            return
        at_border = np.zeros(self.num_atoms, bool)
        at_border[np.asarray(border_ind, int)] = True
        self.border_pixel_inds = np.flatnonzero(at_border).tolist()
        self.nonborder_pixel_inds = np.flatnonzero(~at_border).tolist()


def _pixels(dataset: sidpy.Dataset, positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn positions in Å into rows and columns of an image."""
    found = np.empty((len(positions), 2))
    for axis in range(2):
        dimension = dataset._axes[axis]
        values = np.asarray(dimension.values, np.float64)
        factor = conversion_factor("angstrom", dimension.units)
        scale = 1.0 if factor is None else factor
        slope = (values[-1] - values[0]) / max(len(values) - 1, 1) or 1.0
        found[:, axis] = (positions[:, axis] * scale - values[0]) / slope
    return found
