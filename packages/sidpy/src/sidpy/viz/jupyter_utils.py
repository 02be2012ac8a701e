"""The released address of notebook helpers; for a Dataset prefer its ``plot()``."""

from sidpy.sid import Dimension

from .ndim import simple_ndim_visualizer
from .plot_utils import export_fig_data, plot_map
from .saving import save_fig_filebox_button

__all__ = [
    "Dimension", "export_fig_data", "plot_map", "save_fig_filebox_button",
    "simple_ndim_visualizer",
]  # fmt: skip
