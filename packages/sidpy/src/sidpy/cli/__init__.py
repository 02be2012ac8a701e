"""The ``sidpy`` command: look at files, convert, draw and follow their history.

Exit codes: 0 done; 1 something is wrong with a file, a reader or a writer; 2 the command
line is wrong; 3 no installed reader knows the file; 4 several readers claim it; 5 a
library is missing; 130 interrupted; 141 nobody reads the output any more.
"""

from .main import main

__all__ = ["main"]
