"""Scanning probe formats."""
