"""Write, read and describe NSID files with whichever sidpy and pyNSID are installed.

    python either_side.py write FILE       a measurement, a result of it, an empty dataset
    python either_side.py layout FILE      every object with the types of its attributes, JSON
    python either_side.py read FILE        what the installed reader finds in it, JSON

It runs in an environment with the released packages (see test_upstream.py) and with ours;
it uses nothing that only one of the two has.
"""

import json
import sys
import warnings

import h5py
import numpy as np

#: What differs from one machine, day or version to another.
VOLATILE = ("machine_id", "platform", "timestamp", "sidpy_version", "pyNSID_version")


def example():
    """Return the spectral image and the result that the layout is shown with."""
    import ase.build

    import sidpy

    numbers = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    data = sidpy.Dataset.from_array(numbers, title="IV map")
    data.units, data.quantity, data.modality, data.source = "nA", "Current", "STM", "Omicron"
    data.data_type = "spectral_image"
    data.set_dimension(0, sidpy.Dimension(np.arange(2) * 0.5, "x", "Length", "nm", "spatial"))
    data.set_dimension(1, sidpy.Dimension(np.arange(3) * 0.5, "y", "Length", "nm", "spatial"))
    data.set_dimension(2, sidpy.Dimension([-1, 0, 1, 5], "bias", "Bias", "V", "spectral"))
    data.metadata = {
        "temperature": 4.2, "tip": "W", "channels": ["I", "dIdV"], "count": 7, "on": True,
        "setpoint": {"I": 2, "V": 1.0}, "grid": np.eye(2), "micro": "µ", "list": [1, 2],
    }  # fmt: skip
    data.original_metadata = {"vendor": {"name": "acme"}}
    data.add_structure(ase.build.bulk("Al", cubic=True), "Al")
    return data


def write(path):
    import pyNSID
    import sidpy
    from sidpy.hdf.prov_utils import create_indexed_group

    data = example()
    with h5py.File(path, "w") as file:
        measurement = create_indexed_group(file, "Measurement_")
        channel = create_indexed_group(measurement, "Channel_")
        pyNSID.hdf_io.write_nsid_dataset(
            data, channel, main_data_name="Raw_Data", compression="gzip", chunks=(1, 3, 4)
        )
        mean = sidpy.Dataset.from_array(np.ones((2, 3)), title="mean map")
        pyNSID.hdf_io.write_results(
            channel, dataset=mean, attributes={"alpha": 1, "deep": {"b": 2}}, process_name="Avg"
        )
        pyNSID.io.create_empty_dataset((2, 3), file)


def kind_of(dtype):
    text = h5py.check_string_dtype(dtype)
    if text is not None:
        return f"{'fixed' if text.length else 'vlen'} {text.encoding}"
    if h5py.check_ref_dtype(dtype):
        return "reference"
    vlen = h5py.check_vlen_dtype(dtype)
    if vlen is not None:
        return f"vlen {kind_of(np.dtype(vlen))}"
    if dtype.fields:
        return {name: kind_of(field[0]) for name, field in dtype.fields.items()}
    return dtype.str


def value_of(value):
    if isinstance(value, np.ndarray):
        return [value_of(item) for item in value.ravel()]
    if isinstance(value, bytes):
        return value.decode()
    return value if isinstance(value, str) else repr(value.item())


def attributes(item):
    found = {}
    for name in item.attrs:
        attribute = item.attrs.get_id(name)
        row = {"kind": kind_of(attribute.dtype), "shape": list(attribute.shape)}
        if name not in (*VOLATILE, "DIMENSION_LIST", "REFERENCE_LIST", "from_array_"):
            row["value"] = value_of(item.attrs[name])
        found[name] = row
    return found


def layout(path):
    """Return every object of a file: what it is and what it carries."""
    rows = {}
    with h5py.File(path, "r") as file:

        def visit(name, item):
            row = {"attributes": attributes(item)}
            if isinstance(item, h5py.Dataset):
                row |= {
                    "kind": kind_of(item.dtype), "shape": list(item.shape),
                    "maxshape": list(item.maxshape), "compression": item.compression,
                    "chunks": None if item.chunks is None else list(item.chunks),
                    "labels": [dim.label for dim in item.dims],
                    "scales": [[scale.name for scale in dim.values()] for dim in item.dims],
                    "is_scale": bool(item.is_scale),
                }  # fmt: skip
            rows[name] = row

        file.visititems(visit)
        rows["/"] = {"attributes": attributes(file)}
    return rows


def describe(dataset):
    numbers = np.asarray(dataset)
    return {
        "shape": list(numbers.shape), "sum": float(np.abs(numbers).sum()), "title": dataset.title,
        "units": dataset.units, "quantity": dataset.quantity, "modality": dataset.modality,
        "source": dataset.source, "data_type": dataset.data_type.name,
        "axes": [
            [dim.name, dim.units, dim.quantity, dim.dimension_type.name, np.asarray(dim).tolist()]
            for _, dim in sorted(dataset._axes.items())
        ],
        "metadata": sorted(map(str, dataset.metadata)),
        "temperature": float(dataset.metadata.get("temperature", 0)),
        "original_metadata": sorted(map(str, dataset.original_metadata)),
        "structures": {
            name: str(atoms.symbols) for name, atoms in getattr(dataset, "structures", {}).items()
        },
    }  # fmt: skip


def read(path):
    """Return what is found through pyNSID, and through a reader class where there is one."""
    import pyNSID
    from pyNSID.io.hdf_utils import check_if_main, get_all_main, read_h5py_dataset

    found = {"check_if_main": [], "by_name": {}, "reader": {}}
    with h5py.File(path, "r") as file:
        for main in get_all_main(file):
            found["check_if_main"].append(bool(check_if_main(main)))
            found["by_name"][main.name] = describe(read_h5py_dataset(main))
    reader_class = getattr(pyNSID, "NSIDReader", None)
    if reader_class is None:
        from SciFiReaders import NSIDReader as reader_class  # noqa: N813 - a name for either
    reader = reader_class(str(path))
    found["reader"] = {key: describe(data) for key, data in reader.read().items()}
    reader.close()
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    command, target = sys.argv[1:]
    answer = {"write": write, "layout": layout, "read": read}[command](target)
    sys.stdout.write(json.dumps(answer))
