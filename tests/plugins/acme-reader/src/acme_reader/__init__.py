"""Acme microscope scans for sidpy."""
