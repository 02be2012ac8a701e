"""Computation: fitting, models and parallel maps."""
