from . import decompose as decompose
from . import matrix_factor as matrix_factor
from .decompose import TensorFactor as TensorFactor
from .matrix_factor import MatrixFactor as MatrixFactor
