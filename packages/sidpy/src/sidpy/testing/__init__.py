"""The conformance kit for authors of reader plugins.

A test file of a plugin needs three lines to be held to what every reader promises:

.. code-block:: python

    from sidpy.testing import ReaderConformance


    class TestAcmeScan(ReaderConformance):
        spec_name = "acme-scan"
        samples = ["tests/data/small.acm", "tests/data/spectra.acm"]

It needs pytest: ``pip install 'sidpy[testing]'``.
"""

from ._rewriting import REWRITTEN as REWRITTEN  # first: it prepares the import of the others
from .comparison import assert_same_datasets
from .conformance import ReaderConformance
from .foreign import foreign_files

__all__ = ["ReaderConformance", "assert_same_datasets", "foreign_files"]
