"""Formats of optical, nuclear and mass spectrometers."""
