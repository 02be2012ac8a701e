"""Formats of many instruments: pictures, arrays, and what other libraries read."""
