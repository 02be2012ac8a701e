"""Local crystallography by the interface of the released packages.

How the neighbourhoods of atoms differ shows phases, boundaries and distortions [1]_.

References
----------
.. [1] Belianinov et al., Nat. Commun. 6, 7801 (2015), doi:10.1038/ncomms8801
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy._warnings import warn
from sidpy.base.optional import needed

from .neighborhoods import as_points, near_edges, neighborhoods

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["LocalCrystallography", "intersection"]


def intersection(list1: Iterable[Any], list2: Iterable[Any]) -> list[Any]:
    """Return what is in both lists, in the order of the first.

    Parameters
    ----------
    list1, list2 : iterable
        Of hashable values.

    Examples
    --------
    >>> intersection([3, 1, 2], [2, 3, 4])
    [3, 2]
    """
    known = set(list2)
    return [value for value in list1 if value in known]


class LocalCrystallography:
    """Atoms of an image and what surrounds each of them.

    Parameters
    ----------
    image_source : Dataset or array of shape (rows, columns) or (rows, columns, components)
        The image.
    atom_positions : array of shape (atoms, 2 or more), px
        Rows and columns.
    atom_descriptors : dict, optional
        Names of the atom types by their numbers.
    window_size : int, px
        Side of the square around an atom in which it is refined.
    atom_types : array of shape (atoms,), optional
        Number of the type of each atom, zero by default.
    border : float
        Share of the image along each edge whose atoms count as border.
    image_name : str
        For titles.
    comp : int
        Which component of an image with several.
    **kwargs
        Kept as attributes.

    Attributes
    ----------
    atom_positions : ndarray of shape (atoms, 2), px
        As given.
    num_atoms : int
        How many.
    atom_types, atom_descriptors
        As given.
    neighbor_indices : ndarray of shape (atoms, neighbors + 1) or None
        The atom itself and its neighbours, nearest first.
    neighborhood_results : dict or None
        Of `compute_neighborhood`.
    border_pixel_inds, nonborder_pixel_inds : list of int
        Atoms at the border, and the others.
    corrections : ndarray of shape (atoms, 2) or None, px
        What refinement added to the positions; NaN where it failed.

    Raises
    ------
    ValueError
        When image or positions have another shape, or there are not as many types.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the released package's signature
        self,
        image_source: Any,
        atom_positions: ArrayLike,
        atom_descriptors: dict[Any, str] | None = None,
        window_size: int = 25,
        atom_types: ArrayLike | None = None,
        border: float = 0.03,
        image_name: str = "",
        comp: int = 0,
        **kwargs: Any,
    ) -> None:
        self.image_source = image_source
        self.image_name, self.comp, self.window_size = image_name, comp, window_size
        shape = np.shape(image_source)
        if len(shape) not in {2, 3}:
            msg = f"the image has shape {shape}; expected rows and columns"
            raise ValueError(msg)
        self.image_size_x, self.image_size_y = shape[:2]
        self.atom_positions = as_points(atom_positions)
        self.num_atoms = len(self.atom_positions)
        types = np.zeros(self.num_atoms, int) if atom_types is None else np.asarray(atom_types)
        if types.shape != (self.num_atoms,):
            msg = f"atom_types have shape {types.shape} for {self.num_atoms} atoms"
            raise ValueError(msg)
        self.atom_types, self.atom_descriptors = types, dict(atom_descriptors or {})
        self.neighbor_indices: NDArray[np.intp] | None = None
        self.neighborhood_results: dict[str, Any] | None = None
        self.corrections: NDArray[np.float64] | None = None
        self.border = border
        self.determine_border_indices(border)
        for name, value in kwargs.items():
            setattr(self, name, value)

    @property
    def image(self) -> Any:
        """Rows and columns of the component that counts."""
        return self.image_source if np.ndim(self.image_source) == 2 else self._component()

    def _component(self) -> Any:
        return np.asarray(self.image_source)[..., self.comp]

    def determine_border_indices(self, border: float = 0.03) -> None:
        """Sort the atoms into those at the border and the others.

        Parameters
        ----------
        border : float
            Share of the image along each edge, 0 to 0.5.

        Raises
        ------
        ValueError
            For another share.
        """
        if not 0 <= border < 0.5:
            msg = f"border is {border}; expected a share of the image from 0 to 0.5"
            raise ValueError(msg)
        self.border = border
        at_border = near_edges(self.atom_positions, (self.image_size_x, self.image_size_y), border)
        self.border_pixel_inds = np.flatnonzero(at_border).tolist()
        self.nonborder_pixel_inds = np.flatnonzero(~at_border).tolist()

    def refine_atomic_positions(self) -> tuple[NDArray[np.float64], list[tuple[Any, Any]]]:
        """Fit an elliptical Gaussian on a background to each atom.

        Returns
        -------
        positions : ndarray of shape (atoms, 2), px
            Refined; as they were where the fit failed, which `corrections` has as NaN.
        fits : list of tuple
            Parameters (amplitude, row, column, width along rows, width along columns,
            offset) and covariance (6, 6) of each; of the covariance the block of row and
            column is correlated, of the others the variances are known. NaN for a failure.

        Warns
        -----
        SidpyWarning
            When atoms could not be fitted.

        See Also
        --------
        pycroscopy.image.refine_atoms : the fit itself.
        """
        from pycroscopy.image.atoms import refine_atoms

        found = refine_atoms(
            np.asarray(self.image, np.float64),
            self.atom_positions,
            shape="elliptical",
            radius=max((self.window_size - 1) / 2, 2.0),
        )
        good = np.isfinite(found.positions).all(axis=1)
        if not good.all():
            warn(f"{np.count_nonzero(~good)} of {self.num_atoms} atoms could not be fitted")
        self.corrections = found.positions - self.atom_positions
        positions = np.where(good[:, None], found.positions, self.atom_positions)
        return positions, [_oval(found, number) for number in range(self.num_atoms)]

    @staticmethod
    def gauss_oval_2D(  # noqa: N802 - the released package's name and signature
        fitting_space: Any,
        amplitude: float,
        xo: float,
        yo: float,
        sigmax: float,
        sigmay: float,
        offset: float,
    ) -> NDArray[np.float64]:
        """Return a Gaussian with two widths, flattened.

        Parameters
        ----------
        fitting_space : pair of ndarray
            First and second coordinate of each pixel.
        amplitude, offset : float
            Height above the offset.
        xo, yo : float
            Centre.
        sigmax, sigmay : float
            Standard deviations along both coordinates.

        Examples
        --------
        >>> LocalCrystallography.gauss_oval_2D(([0.0], [3.0]), 2, 0, 3, 1, 1, 0.5)
        array([2.5])
        """
        x, y = (np.asarray(one, np.float64) for one in fitting_space)
        square = ((x - xo) / sigmax) ** 2 + ((y - yo) / sigmay) ** 2
        return np.asarray(offset + amplitude * np.exp(-square / 2)).ravel()

    def compute_neighborhood_indices(self, num_neighbors: int = 8) -> None:
        """Find the nearest neighbours of each atom.

        Parameters
        ----------
        num_neighbors : int
            How many.

        Raises
        ------
        ValueError
            When there are fewer atoms.
        """
        found = neighborhoods(self.atom_positions, num_neighbors)
        own = np.arange(self.num_atoms)[:, None]
        self.neighbor_indices = np.concatenate([own, found.indices], axis=1)
        self.neighborhood_atom_types = self.atom_types[self.neighbor_indices]
        self.atom_neighbor_positions = self.atom_positions[found.indices]

    def compute_neighborhood(
        self, num_neighbors: int = 8, atom_type: Any = None
    ) -> dict[str, Any]:
        """Describe the neighbours of each atom, in the order of their directions.

        Parameters
        ----------
        num_neighbors : int
            How many.
        atom_type : int or str, optional
            Only atoms of this type, by number or descriptor, count as atoms and neighbours.

        Returns
        -------
        dict
            ``distance_mat``, ``angles_mat`` (radians), ``xdistance_mat`` and
            ``ydistance_mat`` (row and column of the atom minus those of the neighbour) of
            shape (atoms, neighbors), ``atom_neighbor_positions`` of shape
            (atoms, neighbors, 2), nearest first, and ``atom_type``.

        Raises
        ------
        ValueError
            For an unknown type, or when there are fewer atoms.
        """
        chosen = self._of_type(atom_type)
        found = neighborhoods(self.atom_positions[chosen], num_neighbors)
        if atom_type is None:
            self.compute_neighborhood_indices(num_neighbors)
        self.neighborhood_results = {
            "distance_mat": found.distances,
            "angles_mat": found.angles,
            "xdistance_mat": found.steps[..., 0],
            "ydistance_mat": found.steps[..., 1],
            "atom_neighbor_positions": self.atom_positions[chosen][found.indices],
            "atom_type": 0 if atom_type is None else atom_type,
        }
        return self.neighborhood_results

    def _of_type(self, atom_type: Any) -> NDArray[np.intp]:
        if atom_type is None:
            return np.arange(self.num_atoms)
        numbers = [key for key, name in self.atom_descriptors.items() if name == atom_type]
        wanted = [self.atom_types == one for one in (atom_type, *numbers)]
        chosen = np.flatnonzero(np.any(np.broadcast_arrays(*wanted), axis=0))
        if not len(chosen):
            known = sorted({*self.atom_types.tolist(), *self.atom_descriptors.values()}, key=str)
            msg = f"there is no atom of type {atom_type!r}; there are {known}"
            raise ValueError(msg)
        return chosen

    def _neighborhoods(self) -> dict[str, Any]:
        if self.neighborhood_results is None:
            self.compute_neighborhood()
        return self.neighborhood_results or {}

    def compute_pca_of_neighbors(self) -> tuple[list[Any], NDArray[np.float64]]:
        """Find in what the distances to the neighbours differ most.

        Returns
        -------
        figures : list of three Figure
            Scree plot, loadings, and the first components on the atoms. Nothing is shown.
        left : ndarray of shape (atoms, neighbors)
            Left singular vectors of the distances, strongest first.
        """
        from pycroscopy.viz.neighbourhoods import draw_singular_vectors

        distances = self._neighborhoods()["distance_mat"]
        left, values, right = np.linalg.svd(distances, full_matrices=False)
        return draw_singular_vectors(self, left, values, right), left

    def compute_kmeans_neighbors(self, num_clusters: int = 4) -> list[Any]:
        """Sort the neighbourhoods into groups of the same geometry.

        Parameters
        ----------
        num_clusters : int
            How many groups.

        Returns
        -------
        list
            Centroids (clusters, 2 x neighbors): row steps, then column steps; the label of
            each atom (atoms,); a Figure that is not shown.

        Raises
        ------
        MissingDependency
            Without scikit-learn.

        Notes
        -----
        Repeats: the random state is 0.
        """
        from pycroscopy.viz.neighbourhoods import draw_groups

        cluster = needed("sklearn.cluster", "grouping neighbourhoods", "pycroscopy[learn]")
        found = self._neighborhoods()
        features = np.column_stack([found["xdistance_mat"], found["ydistance_mat"]])
        model = cluster.KMeans(num_clusters, n_init=10, random_state=0).fit(features)
        return [model.cluster_centers_, model.labels_, draw_groups(self, model)]


def _oval(found: Any, number: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Turn one refined atom into the parameters of `gauss_oval_2D`."""
    columns = {name: values[number] for name, values in found.columns.items()}
    major, minor, angle = (columns[name] for name in ("sigma", "sigma_minor", "angle"))
    c, s = np.cos(angle) ** 2, np.sin(angle) ** 2
    # marginal widths along both axes of the image
    along = np.sqrt([major**2 * c + minor**2 * s, major**2 * s + minor**2 * c])
    row, column = found.positions[number]
    parameters = np.array([columns["amplitude"], row, column, *along, columns["background"]])
    covariance = np.zeros((6, 6))
    covariance[1:3, 1:3] = found.covariance[number]
    for at, name in ((0, "amplitude"), (3, "sigma"), (4, "sigma_minor"), (5, "background")):
        covariance[at, at] = columns.get(f"{name}_error", np.nan) ** 2
    return parameters, covariance
