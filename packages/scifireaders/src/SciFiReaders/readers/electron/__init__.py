"""Electron microscopes, their cameras and spectrometers."""
