"""Datasets from the objects of other libraries, at the address of earlier releases."""

from SciFiReaders.interop import convert_hyperspy

__all__ = ["convert_hyperspy"]
