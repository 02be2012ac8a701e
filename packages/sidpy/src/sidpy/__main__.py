"""``python -m sidpy`` is the ``sidpy`` command."""

from sidpy.cli import main

raise SystemExit(main())
