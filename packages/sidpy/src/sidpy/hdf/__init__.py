"""The one home of HDF5 helpers."""
