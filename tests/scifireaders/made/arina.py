"""Dectris Arina: a master that links to two files of frames, and the scan beside."""

from __future__ import annotations

import h5py
import numpy as np

FRAMES = np.arange(6 * 5 * 4, dtype="u4").reshape(6, 5, 4)


def write_arina(folder, *, name="scan", target="{name}_data_{i:06d}.h5", scan=(2, 3), lost=()):
    """Write the files of a scan and return the master."""
    master = folder / f"{name}_master.h5"
    with h5py.File(master, "w") as file:
        detector = file.create_group("entry/instrument/detector")
        detector["description"] = b"Dectris ARINA"
        detector["count_time"] = 1e-4
        detector["detectorSpecific/photon_energy"] = 300000.0
        data = file.create_group("entry/data")
        for i, part in ((1, FRAMES[:4]), (2, FRAMES[4:])):
            link = target.format(name=name, i=i)
            data[f"data_{i:06d}"] = h5py.ExternalLink(link, "/entry/data/data")
            if i not in lost:
                with h5py.File(folder / f"{name}_data_{i:06d}.h5", "w") as other:
                    frames = other.create_dataset(
                        "entry/data/data", data=part, chunks=(1, 5, 4), compression="gzip"
                    )
                    frames.attrs["image_nr_low"] = 1
                    frames.attrs["image_nr_high"] = len(part)
    if scan:
        with h5py.File(folder / f"{name}.h5", "w") as file:
            notes = file.create_group("STEM Metadata").attrs
            notes["NumPixelsY"], notes["NumPixelsX"] = map(str, scan)
            notes["Pixel Size"], notes["High Tension"] = [0.5], [200000.0]
    return master


def _frames(folder):
    write_arina(folder, name="alone", scan=None)
    return [folder / "alone_data_000002.h5"]


MADE = {
    "SciFiReaders.dectris_master": lambda folder: [write_arina(folder)],
    "SciFiReaders.dectris_data": _frames,
}
#: the master lies beside its frames; one file cannot be copied alone
LEFT_OUT = {"SciFiReaders.dectris_master": ["test_leaves_the_file_untouched"]}
