"""Run by the Python of the released pyUSID: write files, and tell what it sees in others.

``python with_upstream.py FOLDER`` writes ``theirs.h5``, ``theirs_array.h5`` and
``theirs_image.h5`` there and prints, as JSON, what the package says about every file in the
folder.
"""

import contextlib
import io
import json
import pathlib
import sys
import warnings

import numpy as np

if not hasattr(np, "product"):  # the release does not run with NumPy 2 otherwise
    setattr(np, "product", np.prod)  # noqa: B010 - a name that NumPy no longer has
warnings.simplefilter("ignore")

import h5py  # noqa: E402 - NumPy is mended first

import pyUSID  # noqa: E402

hdf_utils = pyUSID.hdf_utils


def write(path):
    """Write one dataset fast to slow and one slow to fast, and a group of results."""
    data = np.arange(48, dtype="f4").reshape(6, 8)
    pos = [pyUSID.Dimension("X", "nm", [0, 1, 2]), pyUSID.Dimension("Y", "um", [-70, 23])]
    spec = [pyUSID.Dimension("Bias", "V", [-1, 0, 1, 2]), pyUSID.Dimension("Cycle", "", [0, 1])]
    with h5py.File(path, "w") as file:
        group = hdf_utils.create_indexed_group(file, "Measurement")
        main = hdf_utils.write_main_dataset(group, data, "Raw", "Current", "nA", pos, spec)
        results = hdf_utils.create_results_group(main, "Fit")
        hdf_utils.write_simple_attrs(results, {"a": 1, "b": [1.5, 2], "c": ["x", "yy"], "d": "e"})
        hdf_utils.write_reduced_anc_dsets(results, main.h5_pos_inds, main.h5_pos_vals, "X")
        hdf_utils.create_empty_dataset(main, np.complex64, "Copy", h5_group=results)
        hdf_utils.write_main_dataset(
            file, data, "Slow", "Current", "nA", pos[::-1], spec[::-1], slow_to_fast=True
        )

        compound = np.zeros((6, 8), [("a", "f4"), ("b", "i4")])
        compound["a"], compound["b"] = data / 3, data
        for name, values in (("Complex", data * (1 + 2j)), ("Compound", compound)):
            hdf_utils.write_main_dataset(
                results, values, name, "Current", "nA", None, spec,
                h5_pos_inds=main.h5_pos_inds, h5_pos_vals=main.h5_pos_vals, aux_spec_prefix=name,
            )  # fmt: skip


def translate(folder, whose):
    """Write whole files with both translators, and the picture that one of them reads."""
    from PIL import Image

    data = np.arange(48, dtype="f4").reshape(6, 8)
    pos = [pyUSID.Dimension("X", "nm", [0, 1, 2]), pyUSID.Dimension("Y", "um", [-70, 23])]
    spec = [pyUSID.Dimension("Bias", "V", [-1, 0, 1, 2]), pyUSID.Dimension("Cycle", "", [0, 1])]
    parameters = {"a": 1, "b": "str", "c": [1, 2], "d": ["x", "yy"], "nested": {"e": 1.5}}
    pyUSID.ArrayTranslator().translate(
        str(folder / f"{whose}_array.h5"), "MyType", data, "Current", "nA", pos, spec,
        parm_dict=parameters, extra_dsets={"Extra": [1, 2, 3]}, compression="gzip",
    )  # fmt: skip
    picture = folder / f"{whose}.png"
    Image.fromarray(np.arange(240, dtype=np.uint8).reshape(12, 20)).save(picture)
    pyUSID.ImageTranslator().translate(
        str(picture), str(folder / f"{whose}_image.h5"), bin_factor=(2, 4), interp_func=1,
        normalize=True,
    )  # fmt: skip


def tell(path):
    """Return what the package says about every main dataset of a file."""
    with h5py.File(path, "r") as file:
        tree = io.StringIO()
        with contextlib.redirect_stdout(tree):
            hdf_utils.print_tree(file)
        found = {"": tree.getvalue().splitlines()}
        for main in hdf_utils.get_all_main(file):
            compound = main.dtype.names is not None
            n_dim = main.get_n_dim_form(as_scalar=compound)
            part = main.slice({main.pos_dim_labels[0]: 1}, ndim_form=not compound)[0]
            part = part if not compound else part["a"]
            found[main.name] = {
                "repr": [line.strip() for line in repr(main).splitlines()],
                "labels": [str(label) for label in main.n_dim_labels],
                "sizes": [int(size) for size in main.n_dim_sizes],
                "descriptors": [*main.pos_dim_descriptors, *main.spec_dim_descriptors],
                "data": np.abs(n_dim).astype(float).tolist(),
                "values": {
                    label: main.get_pos_values(label).tolist() for label in main.pos_dim_labels
                },
                "part": np.abs(part).astype(float).tolist(),
                "results": [item.name for item in hdf_utils.find_results_groups(main, "Fit")],
                "old": [
                    item.name for item in hdf_utils.check_for_old(main, "Fit", {"a": 1, "d": "e"})
                ],
            }
    return found


def tell_reader(path):
    """Return what the reader of the released SciFiReaders makes of a file, None without it."""
    try:
        from SciFiReaders import Usid_reader
    except ImportError:
        return None
    dataset = Usid_reader(str(path)).read()
    return {
        "names": [dataset._axes[i].name for i in range(dataset.ndim)],
        "units": dataset.units,
        "data": np.asarray(dataset).tolist(),
    }


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    write(folder / "theirs.h5")
    translate(folder, "theirs")
    told = {file.name: tell(file) for file in folder.glob("*.h5")}
    told["SciFiReaders"] = tell_reader(folder / "ours_array.h5")
    sys.stdout.write(json.dumps(told))
