"""The viewers at their released address; prefer ``dataset.plot()``, which chooses one.

Each class is the view that `sidpy.viz.plot` uses.  Made by its name it is particular about
the dataset, and starts as released: the first pixel, pixels along maps.
"""

from matplotlib import colormaps

from sidpy.base.num_utils import convert_length
from sidpy.hdf.dtype_utils import is_complex_dtype

from .views.curve import CurveVisualizer
from .views.fit import ComplexSpectralImageFitVisualizer, SpectralImageFitVisualizer
from .views.four_d import FourDimImageVisualizer
from .views.gallery import DictionaryVisualizer
from .views.image import ImageVisualizer
from .views.multi_stack import MultiImageStackVisualizer
from .views.point_cloud import PointCloudVisualizer, PointCloudVisualizerBase
from .views.spectral import (
    ComplexSpectralImageVisualizer,
    SpectralImageVisualizer,
    SpectralImageVisualizerBase,
)
from .views.stack import ImageStackVisualizer

__all__ = [
    "ComplexSpectralImageFitVisualizer",
    "ComplexSpectralImageVisualizer",
    "CurveVisualizer",
    "DictionaryVisualizer",
    "FourDimImageVisualizer",
    "ImageStackVisualizer",
    "ImageVisualizer",
    "MultiImageStackVisualizer",
    "PointCloudVisualizer",
    "PointCloudVisualizerBase",
    "SpectralImageFitVisualizer",
    "SpectralImageVisualizer",
    "SpectralImageVisualizerBase",
    "convert_length",
    "default_cmap",
    "is_complex_dtype",
]

default_cmap = colormaps["viridis"]
