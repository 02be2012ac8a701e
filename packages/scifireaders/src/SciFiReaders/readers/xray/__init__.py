"""Formats of diffractometers, photoelectron and mass spectrometers, and beamlines."""
