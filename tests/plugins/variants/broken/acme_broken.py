"""A plugin that cannot be imported here, as happens after an upgrade of something else."""

import acme_firmware_library  # noqa: F401 - its absence is what this plugin is for
