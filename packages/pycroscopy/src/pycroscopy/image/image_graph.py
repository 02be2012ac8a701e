"""Structural units and polygons by the names of the released packages."""

from __future__ import annotations

from pycroscopy.viz.polygons import add_graph

from .polygons import (
    circum_center,
    inner_angles,
    polygon_angles,
    polygon_area,
    polygon_similarity,
    polygon_sort,
    polygon_sort2,
    polygons_inner,
    turning_function,
    voronoi_volumes,
)
from .structural_units import (
    find_clusters,
    find_overlapping_interstitials,
    find_structural_units,
    get_polygons,
    get_voronoi,
    make_structural_units,
    sort_polyhedra_by_vertices,
)

__all__ = [
    "add_graph", "circum_center", "find_clusters", "find_overlapping_interstitials",
    "find_structural_units", "get_polygons", "get_voronoi", "inner_angles",
    "make_structural_units", "polygon_angles", "polygon_area", "polygon_similarity",
    "polygon_sort", "polygon_sort2", "polygons_inner", "sort_polyhedra_by_vertices",
    "turning_function", "voronoi_volumes",
]  # fmt: skip
