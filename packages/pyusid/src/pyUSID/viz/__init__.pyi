from . import plot_utils as plot_utils
