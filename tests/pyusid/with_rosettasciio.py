"""Run by a Python with RosettaSciIO, which reads and writes the model by means of pyUSID.

``python with_rosettasciio.py FOLDER`` writes ``theirs.h5`` there and prints, as JSON, what it
reads from every other file in the folder.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from rsciio.usid import file_reader, file_writer

warnings.simplefilter("error")


def tell(path):
    """Return what is read from a file, lazily and at once."""
    told = []
    for signal, lazy in zip(file_reader(path), file_reader(path, lazy=True), strict=True):
        data = np.asarray(signal["data"])
        if not np.array_equal(data, np.asarray(lazy["data"].compute())):
            sys.exit(f"{path} is another one when read lazily")
        told.append(
            {
                "title": signal["metadata"]["General"]["title"],
                "quantity": signal["original_metadata"]["quantity"],
                "axes": [
                    [str(axis["name"]), str(axis["units"]), float(axis["offset"]),
                     float(axis["scale"]), int(axis["size"])]
                    for axis in signal["axes"]
                ],
                "data": np.abs(data).astype(float).tolist(),
            }
        )  # fmt: skip
    return told


def write(path):
    """Write a signal as HyperSpy hands it over."""
    axes = [
        {"name": name, "units": units, "offset": offset, "scale": scale, "size": size,
         "navigate": navigate, "_type": "UniformDataAxis", "is_binned": False}
        for name, units, offset, scale, size, navigate in (
            ("y", "nm", 5.0, 2.0, 2, True), ("x", "nm", 0.0, 1.0, 3, True),
            ("bias", "V", -1.0, 0.5, 4, False),
        )
    ]  # fmt: skip
    signal = {
        "data": np.arange(24.0).reshape(2, 3, 4), "axes": axes, "attributes": {},
        "metadata": {"General": {"title": "iv"}, "Signal": {"signal_type": ""}},
        "original_metadata": {}, "package": "", "package_version": "", "tmp_parameters": {},
        "learning_results": {},
    }  # fmt: skip
    file_writer(str(path), signal)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    told = {file.name: tell(str(file)) for file in folder.glob("*.h5")}
    write(folder / "theirs.h5")
    sys.stdout.write(json.dumps(told))
