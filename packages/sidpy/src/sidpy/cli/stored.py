"""``sidpy tree``: what an HDF5 file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run_tree", "show_tree", "tree_of"]

#: Attributes that are worth a line in the tree.
_TELLING = ("title", "quantity", "units", "data_type")


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    tree = commands.add_parser("tree", parents=[common], help="show the tree of an HDF5 file")
    tree.add_argument("--attributes", action="store_true", help="show every group and attribute")
    tree.add_argument("file", metavar="FILE.h5")
    tree.add_argument("--json", action="store_true", help="write JSON for a program")
    tree.set_defaults(run=run_tree)


def run_tree(arguments: argparse.Namespace) -> None:
    """Show groups and datasets."""
    root = tree_of(arguments.file)
    if arguments.json:
        console.write_json({"file": arguments.file, "root": root})
    else:
        console.write(arguments.file)
        show_tree(root, every_attribute=arguments.attributes)


def tree_of(path: str) -> dict[str, Any]:
    """Return groups, datasets, links and attributes of an HDF5 file as plain values.

    Raises
    ------
    MissingFile
        When there is no such file.
    UnrecognisedFile
        When it is no HDF5 file.
    """
    from pathlib import Path

    import h5py

    from sidpy.errors import MissingFile, UnrecognisedFile
    from sidpy.hdf.recovery import open_to_read

    if not Path(path).exists():
        msg = "there is no such file; is the name spelt right?"
        raise MissingFile(msg, path=path)
    if not h5py.is_hdf5(path):
        msg = "is no HDF5 file and has no tree; 'sidpy info' shows what it holds"
        raise UnrecognisedFile(msg, path=path)
    with open_to_read(path) as h5_file:
        return _node("/", h5_file, seen={})


def _node(name: str, h5_object: Any, seen: dict[Any, str]) -> dict[str, Any]:
    import h5py

    node: dict[str, Any] = {"name": name, "attributes": _attributes(h5_object)}
    if isinstance(h5_object, h5py.Dataset):
        node |= {
            "kind": "dataset",
            "shape": None if h5_object.shape is None else list(h5_object.shape),
            "dtype": _dtype_text(h5_object.dtype),
            "chunks": h5_object.chunks,
            "compression": h5_object.compression,
            "bytes": int(h5_object.id.get_storage_size()),
        }
        return node
    node |= {"kind": "group", "children": []}
    address = h5py.h5o.get_info(h5_object.id).addr
    if address in seen:  # a hard link back up: the tree would have no end
        return node | {"kind": "link", "target": seen[address]}
    for child in h5_object:
        node["children"].append(_child(child, h5_object, seen | {address: h5_object.name}))
    return node


def _child(name: str, parent: Any, seen: dict[Any, str]) -> dict[str, Any]:
    import h5py

    link = parent.get(name, getlink=True)
    if isinstance(link, h5py.ExternalLink):
        return {"name": name, "kind": "link", "target": f"{link.filename}:{link.path}"}
    if isinstance(link, h5py.SoftLink):
        return {"name": name, "kind": "link", "target": link.path}
    found = parent[name]
    if isinstance(found, h5py.Datatype):
        return {"name": name, "kind": "type", "dtype": _dtype_text(found.dtype)}
    return _node(name, found, seen)


def _attributes(h5_object: Any) -> dict[str, Any]:
    found = {}
    for name in h5_object.attrs:
        try:
            found[name] = _attribute(h5_object.attrs[name])
        except (OSError, TypeError, ValueError) as error:  # a type that h5py does not know
            found[name] = f"(cannot be read: {error})"
    return found


def _attribute(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if getattr(value, "dtype", None) is not None and value.dtype.kind == "O":
        return [_attribute(item) for item in value.ravel().tolist()]
    return value


def _dtype_text(dtype: Any) -> str:
    import h5py

    return "str" if h5py.check_string_dtype(dtype) else str(dtype)


def show_tree(node: dict[str, Any], indent: str = "", *, every_attribute: bool = False) -> None:
    """Write the children of a node of `tree_of` for a person."""
    if every_attribute:
        for name, value in node.get("attributes", {}).items():
            console.write(f"{indent}@{name} = {_one_line(value)}")
    for number, child in enumerate(children := node.get("children", [])):
        last = number == len(children) - 1
        attributes, groups, is_folded = _folded(child)
        is_folded = is_folded and groups > 0 and not every_attribute
        words = f"{_title(child)}  … {attributes} attributes" if is_folded else _title(child)
        console.write(f"{indent}{'└─ ' if last else '├─ '}{words}")
        if is_folded:
            continue
        further = indent + ("   " if last else "│  ")
        show_tree(child, further, every_attribute=every_attribute)


def _folded(node: dict[str, Any]) -> tuple[int, int, bool]:
    """Count attributes and groups below a node, and say whether that is all there is."""
    attributes, groups = len(node.get("attributes", ())), 0
    is_all = node["kind"] == "group"
    for child in node.get("children", ()):
        more, further, bare = _folded(child)
        attributes, groups, is_all = attributes + more, groups + 1 + further, is_all and bare
    return attributes, groups, is_all


def _title(node: dict[str, Any]) -> str:
    if node["kind"] == "link":
        return f"{node['name']} -> {node['target']}"
    if node["kind"] == "group":
        return f"{node['name']}/{_telling(node)}"
    if node["kind"] == "type":
        return f"{node['name']}  type {node['dtype']}"
    shape = "empty" if node["shape"] is None else "×".join(map(str, node["shape"])) or "one value"
    packed = f", {node['compression']}" if node["compression"] else ""
    return f"{node['name']}  {shape} {node['dtype']}{packed}{_telling(node)}"


def _telling(node: dict[str, Any]) -> str:
    words = [_one_line(node["attributes"][key]) for key in _TELLING if key in node["attributes"]]
    words = [word for word in words if word and word != "generic"]
    return f"  ({', '.join(words)})" if words else ""


def _one_line(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
