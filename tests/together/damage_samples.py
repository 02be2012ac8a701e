"""Sound files for `damage.py`: several kinds for each reader.

The model formats have their kinds here.  What the vendor formats have is made by their own
tests, in ``tests/scifireaders/made``.
"""

from __future__ import annotations

import pkgutil
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np


def example():
    """Return a spectral image with a variance, metadata of all kinds and a history."""
    import sidpy

    numbers = np.arange(120, dtype=np.float32).reshape(4, 5, 6)
    data = sidpy.Dataset.from_array(numbers, title="IV map", units="nA", quantity="Current")
    data.modality, data.source, data.data_type = "STM", "Omicron", "spectral_image"
    data.set_dimension(0, sidpy.Dimension(np.arange(4) * 0.5, "x", "Length", "nm", "spatial"))
    data.set_dimension(1, sidpy.Dimension(np.arange(5) * 0.5, "y", "Length", "nm", "spatial"))
    data.set_dimension(2, sidpy.Dimension([0, 1, 3, 9, 10, 11], "bias", "Bias", "V", "spectral"))
    data.metadata = {"temperature": 4.2, "tip": "W", "channels": ["I", "dIdV"], 5: ("a", 1, None)}
    data.original_metadata = {"vendor": {"name": "acme", "deep": {"er": [1, 2]}}}
    return data


def write_plain(path):
    import sidpy

    sidpy.write({"first": example(), "second": example() * 2}, path)


def write_compressed(path):
    import sidpy

    data = example()
    data.variance = np.ones(data.shape)
    sidpy.write(data, path, compression="gzip", fletcher32=True, chunks=(2, 5, 6))


def write_results(path):
    import h5py

    import pyNSID
    from sidpy.hdf.prov_utils import create_indexed_group

    data = example()
    with h5py.File(path, "w") as file:
        channel = create_indexed_group(create_indexed_group(file, "Measurement_"), "Channel_")
        main = pyNSID.hdf_io.write_nsid_dataset(data, channel)
        for parent in (channel, main.parent):
            pyNSID.io.write_results(
                parent, dataset=data.mean(axis=2), attributes={"a": 1}, process_name="Avg"
            )


def write_structures(path):
    import sidpy

    data = example()
    try:
        import ase.build
    except ModuleNotFoundError:
        data.metadata["cell"] = np.eye(3)
    else:
        data.structures["Al"] = ase.build.bulk("Al", cubic=True)
    sidpy.write(data, path)


def write_records(path):
    import sidpy

    data = example()
    data.metadata["large"] = np.arange(20_000)
    data.metadata["dates"] = [np.datetime64("2026-01-02"), {"deep": {"er": (1, {2, 3})}}]
    data.point_cloud = {"coordinates": np.arange(40.0).reshape(20, 2)}
    sidpy.write(data.astype("M8[s]"), path)


def write_virtual(path):
    import h5py

    import pyNSID

    source = path.with_name("parts.h5")
    with h5py.File(source, "w") as file:
        file["numbers"] = np.arange(120, dtype=np.float32).reshape(4, 5, 6)
    layout = h5py.VirtualLayout((4, 5, 6), np.float32)
    layout[:] = h5py.VirtualSource(source.name, "numbers", (4, 5, 6))
    with h5py.File(path, "w") as file:
        old = pyNSID.hdf_io.write_nsid_dataset(example(), file, main_data_name="d")
        axes = {axis: dimension[0] for axis, dimension in enumerate(old.dims)}
        texts = {k: v for k, v in old.attrs.items() if not k.startswith("DIMENSION")}
        del file["d/d"]
        new = file["d"].create_virtual_dataset("d", layout)
        for name, value in texts.items():
            new.attrs[name] = value
        pyNSID.io.hdf_utils.link_as_main(new, axes)


def write_latest(path):
    """Write with the newest forms of everything, as for readers beside a writer."""
    import h5py

    import pyNSID

    with h5py.File(path, "w", libver="latest") as file:
        pyNSID.hdf_io.write_nsid_dataset(
            example(), file, chunks=(1, 5, 6), maxshape=(None, 5, 6), compression="gzip"
        )
        file.swmr_mode = True


def write_usid(path):
    import sidpy

    sidpy.write({"first": example(), "second": example() * 2}, path, format="usid")


def write_model(path):
    """Write main datasets as pyUSID does: shared ancillaries, compound data, a result."""
    import h5py

    import pyUSID

    pos = [pyUSID.Dimension("X", "nm", 5), pyUSID.Dimension("Y", "nm", 4)]
    spec = pyUSID.Dimension("Bias", "V", np.linspace(-1, 1, 6))
    numbers = np.arange(120, dtype="f4").reshape(20, 6)
    with h5py.File(path, "w") as file:
        group = pyUSID.hdf_utils.create_indexed_group(file, "Measurement")
        main = pyUSID.hdf_utils.write_main_dataset(
            group, numbers, "Raw_Data", "Current", "nA", pos, spec, compression="gzip"
        )
        fit = pyUSID.hdf_utils.create_results_group(main, "Fit")
        pyUSID.hdf_utils.create_empty_dataset(main, [("a", "f4"), ("b", "i4")], "Fit", fit)
        main.reduce("Bias", to_hdf5=True)
        for item in (main.h5_pos_inds, main.h5_spec_vals):  # as until 2020
            item.attrs["region"] = item.regionref[:2]


def write_scattered(path):
    """Write positions without a grid, with texts of variable length."""
    import h5py

    import pyUSID

    incomplete = pyUSID.DimType.INCOMPLETE
    pos = [pyUSID.Dimension(n, "nm", np.sin(np.arange(9)), mode=incomplete) for n in "XY"]
    spec = pyUSID.Dimension("Bias", "V", 6)
    with h5py.File(path, "w") as file:
        main = pyUSID.hdf_utils.write_main_dataset(
            file, np.ones((9, 6)), "Raw_Data", "Current", "nA", pos, spec
        )
        for item in (main.h5_pos_inds, main.h5_pos_vals):
            item.attrs["labels"], item.attrs["units"] = ["Y", "X"], ["nm", "nm"]


def write_nexus(path):
    import sidpy

    sidpy.write({"first": example()}, path, format="nexus")


KINDS = {
    "nsid": (
        write_plain, write_compressed, write_results, write_structures, write_records,
        write_virtual, write_latest,
    ),
    "usid": (write_usid, write_model, write_scattered),
    "nexus": (write_nexus,),
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A sound file, alone in its folder but for what belongs to it, and who reads it."""

    reader: str
    path: Path

    @property
    def words(self):
        """What it is, in a word."""
        return self.path.parent.name

    def victims(self):
        """Return the files that may be damaged: itself, and what lies beside it."""
        beside = sorted(p for p in self.path.parent.iterdir() if p.is_file() and p != self.path)
        return [self.path, *beside]


def readers():
    """Return the names of all that can be damaged."""
    return [*KINDS, *_made()]


def make_samples(folder, reader):
    """Write the sound files of a reader, or of all vendor formats, in order."""
    if reader == "vendor":
        return [s for name in sorted(_made()) for s in make_samples(folder, name)]
    if reader in KINDS:
        return _model_samples(folder, reader)
    return _vendor_samples(folder / reader, reader)


def _model_samples(folder, reader):
    ending = ".nxs" if reader == "nexus" else ".h5"
    paths = []
    for number, write in enumerate(KINDS[reader]):
        place = folder / write.__name__
        place.mkdir(parents=True)
        paths.append(place / f"sample{number}{ending}")
        write(paths[-1])
    return [Sample(reader, path) for path in paths]


def _vendor_samples(folder, reader):
    """Give each file a folder of its own with everything that was made beside it."""
    import shutil

    folder.mkdir(parents=True)
    made = [Path(path) for path in _made()[reader](folder)]
    samples = []
    for number, path in enumerate(made):
        if path.is_dir():
            continue
        place = folder.parent / f"{reader}-{number}"
        others = [p.name for p in made if p != path and p.parent == path.parent]
        shutil.copytree(path.parent, place, ignore=shutil.ignore_patterns(*others))
        samples.append(Sample(reader, place / path.name))
    shutil.rmtree(folder)
    return samples


def _made():
    """Return what makes the files of each vendor format whose libraries are installed."""
    from importlib.util import find_spec

    from SciFiReaders.plugin import sidpy_readers

    tests = Path(__file__).resolve().parents[1] / "scifireaders"
    if str(tests) not in sys.path:
        sys.path.insert(0, str(tests))
    modules = [m.name for m in pkgutil.iter_modules([str(tests / "made")])]
    tables = [getattr(import_module(f"made.{name}"), "MADE", {}) for name in modules]
    makers = {name: make for table in tables for name, make in table.items()}
    needed = {spec.name: spec.requires for spec in sidpy_readers()}
    return {
        name: make
        for name, make in makers.items()
        if not needed[name] or find_spec(needed[name].partition("[")[0])
    }
