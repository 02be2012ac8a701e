"""Pictures of results; each result also has a method ``plot``."""

from sidpy.base.addresses import also_at

__all__ = ["add_graph", "plot_map"]

__getattr__ = also_at(
    __name__,
    {"add_graph": "pycroscopy.image.graph_plot", "plot_map": "sidpy.viz.plot_utils"},
)
