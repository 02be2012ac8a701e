"""Stand in for PyTorch, which FFTA imports for one method (NFMD) and which takes gigabytes.

NFMD fails with it, as it should: only the names that are read on import are here.
"""


class Tensor:
    """What SciPy asks whether an array is one."""


class optim:  # noqa: N801 - the name of a module
    """Has the optimizer that NFMD has as a default."""

    SGD = None
