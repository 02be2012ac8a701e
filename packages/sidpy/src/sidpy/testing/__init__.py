"""The conformance kit for authors of reader plugins."""
