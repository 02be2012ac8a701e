"""Signals of HyperSpy as Datasets, at the address of the released package."""

from sidpy import convert_hyperspy

__all__ = ["convert_hyperspy"]
