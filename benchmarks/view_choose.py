"""What a click costs: showing another place beside drawing the picture anew.

Promise: at most 0.4 times.  What matplotlib then takes to put the picture on the screen is
the same for both and is left out.  The data are lazy, in blocks of one row of the scan each,
as a file would have them.
"""

from functools import partial

import dask.array as da
import numpy as np
from _table import Table
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sidpy
from sidpy.viz import make_view

TYPES = {
    "y": ("nm", "spatial"), "x": ("nm", "spatial"), "energy": ("eV", "spectral"),
    "v": ("1/nm", "reciprocal"), "u": ("1/nm", "reciprocal"), "time": ("s", "temporal"),
}  # fmt: skip

DATA = {
    "pixel of a spectral image": ((96, 96, 1024), "spectral_image", "y x energy"),
    "pattern of a scan": ((32, 32, 128, 128), "image_4d", "y x v u"),
    "frame of a stack": ((64, 512, 512), "image_stack", "time y x"),
}


def dataset(shape, kind, names):
    """Return a lazy dataset with one block per row of the scan, or per frame."""
    values = np.random.default_rng(0).random(shape, dtype=np.float32)
    data = sidpy.Dataset.from_array(da.from_array(values, chunks=(1, *shape[1:])), datatype=kind)
    for axis, name in enumerate(names.split()):
        units, dimension_type = TYPES[name]
        dimension = sidpy.Dimension(np.arange(shape[axis]), name, name, units, dimension_type)
        data.set_dimension(axis, dimension)
    return data


def anew(data):
    """Draw the whole picture."""
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return make_view(data, figure)


def choose(view, places):
    """Show another place in a picture that is there."""
    place = places.pop(0)
    places.append(place)
    if hasattr(view, "select"):
        view.select(place, place)
    else:
        view.show(place)


def main():
    """Print the table."""
    table = Table("choosing beside drawing anew", limit=0.4, repeats=5)
    for name, recipe in DATA.items():
        data = dataset(*recipe)
        table.row(name, choose=partial(choose, anew(data), [3, 17, 29]), anew=partial(anew, data))
    table.finish()


if __name__ == "__main__":
    main()
