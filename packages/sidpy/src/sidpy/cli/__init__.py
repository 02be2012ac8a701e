"""The ``sidpy`` command."""
