"""The plugin host: who can read or write which file.

A plugin is a small module with functions marked by `hookimpl` that return `ReaderSpec`
and `WriterSpec` records; an entry point of the group ``sidpy`` names it.  See
``tests/plugins/acme-reader`` in the repository for a complete one.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
