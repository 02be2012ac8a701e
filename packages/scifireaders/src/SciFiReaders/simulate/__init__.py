"""Phantoms and the vendor files to put them in: test data without an instrument."""
