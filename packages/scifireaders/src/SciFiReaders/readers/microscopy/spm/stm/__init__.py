"""Addresses of the released package; the readers are in `SciFiReaders`."""
