from . import ml as ml
from .decomposition import Decomposition as Decomposition
from .decomposition import decompose as decompose
from .ml.matrix_factor import MatrixFactor as MatrixFactor
from .recomposition import recompose as recompose
from .unmixing import Unmixing as Unmixing
from .unmixing import fit_references as fit_references
from .unmixing import unmix as unmix
