"""The rules of NeXus for an NXdata, as a list of what breaks them.

Facts of the definition of NXdata, version 2024.02 and later,
https://manual.nexusformat.org/classes/base_classes/NXdata.html, and of the rules for
attributes and default plots, https://manual.nexusformat.org/datarules.html.
"""

import h5py

#: Classes of groups that may hold an NXdata or lead to one.
CLASSES = {"NXroot", "NXentry", "NXsubentry", "NXprocess", "NXcollection", "NXdata"}


def broken_rules(group):
    """Return what is wrong with a group as an NXdata; nothing when it is one."""
    found = []
    if text(group, "NX_class") != "NXdata":
        found.append("NX_class is not NXdata")
    signal = group.get(text(group, "signal") or "")
    if not isinstance(signal, h5py.Dataset):
        return [*found, "signal names no dataset of the group"]
    if signal.dtype.kind not in "biufc":
        found.append(f"the signal is of type {signal.dtype}, no number")
    found += texts_of(signal, "the signal")
    axes = names(group, "axes")
    if len(axes) != signal.ndim:
        found.append(f"axes names {len(axes)} for a signal of rank {signal.ndim}")
    if len(set(axes)) != len(axes):
        found.append("two axes have one name")
    for number, name in enumerate(axes[: signal.ndim]):
        found += [f"axis {name}: {rule}" for rule in broken_axis(group, name, number, signal)]
    title = group.get("title")
    if "title" not in axes and not (
        isinstance(title, h5py.Dataset)
        and h5py.check_string_dtype(title.dtype)
        and title.shape == ()
    ):
        found.append("the title is no scalar text")
    indices = {key.removesuffix("_indices") for key in group.attrs if key.endswith("_indices")}
    found += [f"{name}_indices belongs to no dataset" for name in indices if name not in group]
    return found


def broken_axis(group, name, number, signal):
    axis = group.get(name)
    if not isinstance(axis, h5py.Dataset):
        return ["there is no such dataset"]
    found = texts_of(axis, "it")
    if axis.ndim != 1 or axis.dtype.kind not in "biuf":
        found.append("it is no row of numbers")
    # one more would be the edges of the bins of a histogram
    elif axis.shape[0] not in (signal.shape[number], signal.shape[number] + 1):
        found.append(f"{axis.shape[0]} values for a length of {signal.shape[number]}")
    indices = group.attrs.get(f"{name}_indices")
    if indices is None or indices.dtype.kind not in "iu" or indices.ravel().tolist() != [number]:
        found.append(f"indices are {indices!r} and not {number}")
    return found


def texts_of(dataset, what):
    return [f"{what} has no {name}" for name in ("units", "long_name") if not text(dataset, name)]


def broken_path(file, wanted=None):
    """Return what is wrong with the way from a group to its default plot."""
    found, node = [], file
    for _ in range(12):
        kind = text(node, "NX_class")
        if kind not in CLASSES:
            found.append(f"{node.name} has the class {kind!r}")
        if kind == "NXdata":
            break
        below = node.get(text(node, "default") or "")
        if not isinstance(below, h5py.Group):
            return [*found, f"default of {node.name} leads nowhere"]
        node = below
    if wanted is not None and node != wanted:
        found.append(f"the way leads to {node.name}, not to {wanted.name}")
    return found


def text(item, name):
    value = item.attrs.get(name, "")
    return value if isinstance(value, str) else ""


def names(group, name):
    value = group.attrs.get(name, ())
    return [value] if isinstance(value, str) else [str(one) for one in value]
