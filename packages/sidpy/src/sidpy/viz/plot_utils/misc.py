"""The released address of small helpers; prefer the same names in `sidpy.viz.plot_utils`."""

from sidpy.base.num_utils import get_exponent

from .cmap import default_cmap
from .export import export_fig_data
from .style import (
    get_plot_grid_size,
    make_scalar_mappable,
    reset_plot_params,
    set_tick_font_size,
    use_nice_plot_params,
    use_scientific_ticks,
)

__all__ = [
    "default_cmap", "export_fig_data", "get_exponent", "get_plot_grid_size",
    "make_scalar_mappable", "reset_plot_params", "set_tick_font_size", "use_nice_plot_params",
    "use_scientific_ticks",
]  # fmt: skip
