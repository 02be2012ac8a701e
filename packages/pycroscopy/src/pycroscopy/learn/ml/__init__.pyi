from .matrix_factor import MatrixFactor as MatrixFactor
