"""``python -m sidpy.cli`` is the ``sidpy`` command."""

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
