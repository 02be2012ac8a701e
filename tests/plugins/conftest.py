"""The acme-reader is a distribution of its own: its tests run where it is installed.

The session ``plugin`` installs it and says so by SIDPY_PLUGIN_SESSION; there its absence
is a failure.  Elsewhere nothing here is collected.
"""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("SIDPY_PLUGIN_SESSION") else ["*"]
