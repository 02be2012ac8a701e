"""The released address of plots of curves; for a Dataset prefer its ``plot()``."""

from .cmap import default_cmap, discrete_cmap, get_cmap_object
from .image import plot_map
from .lines import cbar_for_line_plot, plot_line_family, plot_scree, rainbow_plot
from .panels import plot_complex_spectra, plot_curves
from .style import get_plot_grid_size, make_scalar_mappable

__all__ = [
    "cbar_for_line_plot", "default_cmap", "discrete_cmap", "get_cmap_object",
    "get_plot_grid_size", "make_scalar_mappable", "plot_complex_spectra", "plot_curves",
    "plot_line_family", "plot_map", "plot_scree", "rainbow_plot",
]  # fmt: skip
