"""Cathodoluminescence of Delmic: a survey, a single number, a map, a streak."""

from __future__ import annotations

import h5py
import numpy as np

SURVEY = np.arange(12, dtype="u2").reshape(1, 1, 1, 3, 4)
MAP = np.arange(5 * 12, dtype="u2").reshape(5, 1, 1, 3, 4)
STREAK = np.arange(5 * 6, dtype="u4").reshape(5, 6, 1, 1, 1)
WAVELENGTHS = np.array([3.0, 3.1, 3.25, 3.3, 3.5]) * 1e-7


def write_delmic(path, **acquisitions):
    """Write acquisitions by their titles; pixels are 1 um wide and 2 um high."""
    acquisitions = acquisitions or {
        "survey": SURVEY,
        "single": SURVEY[..., :1, :1],
        "map": MAP,
        "streak": STREAK,
    }
    with h5py.File(path, "w") as file:
        for i, (title, numbers) in enumerate(acquisitions.items()):
            group = file.create_group(f"Acquisition{i}")
            group["SVIData/Company"] = "Delmic"
            data = group.create_group("ImageData")
            image = data.create_dataset("Image", data=numbers)
            image.attrs["DIMENSION_LABELS"] = [np.bytes_(word) for word in "CTZYX"]
            data["DimensionScaleX"], data["DimensionScaleY"] = 1e-6, 2e-6
            data["XOffset"], data["YOffset"] = 1e-5, 2e-5
            if numbers.shape[0] > 1:
                data["DimensionScaleC"] = WAVELENGTHS
            if numbers.shape[1] > 1:
                data["DimensionScaleT"] = np.arange(numbers.shape[1]) * 2e-9
            notes = group.create_group("PhysicalData")
            notes["Title"] = title
            notes["IntegrationTime"] = [0.25]
            notes["ExtraSettings"] = ['{"Microscope": {"Manufacturer": ["Delmic", null]}}']
    return path


MADE = {"SciFiReaders.delmic_h5": lambda folder: [write_delmic(folder / "a.h5")]}
