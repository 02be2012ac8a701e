"""The dataset as a notebook shows it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.string_utils import format_size

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["dataset_html"]

_STYLE = (
    "<style>.sidpy-ds{font-family:sans-serif;font-size:13px;max-width:60em}"
    ".sidpy-ds table{border-collapse:collapse;margin:.3em 0;font-size:inherit}"
    ".sidpy-ds td,.sidpy-ds th{padding:.15em .8em .15em 0;text-align:left;font-weight:normal}"
    ".sidpy-ds th{opacity:.6}.sidpy-ds summary{cursor:pointer;opacity:.8}"
    ".sidpy-ds ul{margin:.1em 0;padding-left:1.4em;list-style:none}</style>"
)

#: Entries of one level of metadata that are shown; the rest is counted.
_MOST_ENTRIES = 60
#: Characters of one value that are shown.
_MOST_CHARACTERS = 120


def dataset_html(dataset: Dataset) -> str:
    """Return what the dataset is as HTML; computes nothing, escapes everything."""
    labels = dataset.labels_record
    head = (
        f"<b>{escape(labels.title) or 'untitled'}</b> &nbsp; {escape(dataset.data_descriptor)}"
        f"<br><span style='opacity:.7'>{labels.data_type.name} &nbsp; shape {dataset.shape} "
        f"&nbsp; {escape(str(dataset.dtype))} &nbsp; {format_size(int(dataset.nbytes))} "
        f"&nbsp; {dataset.npartitions} block{'s' * (dataset.npartitions != 1)}"
        f"{' &nbsp; with variance' if labels.variance is not None else ''}</span>"
    )
    rows = "".join(
        f"<tr><td><b>{escape(dim.name)}</b></td><td>{escape(dim.quantity)}</td><td>{_span(dim)}"
        f"</td><td>{escape(dim.units)}</td><td>{dim.size}</td>"
        f"<td>{dim.dimension_type.name.lower()}</td></tr>"
        for dim in labels.dimensions
    )
    table = (
        "<table><tr><th>dimension</th><th>quantity</th><th>range</th><th>units</th><th>points"
        f"</th><th>type</th></tr>{rows}</table>"
    )
    trees = [
        ("metadata", labels.metadata),
        ("original metadata", labels.original_metadata),
        ("structures", labels.structures),
    ]
    folded = "".join(_folded(name, tree) for name, tree in trees if tree)
    steps = labels.provenance.steps()
    history = "".join(f"<li>{escape(str(step))}</li>" for step in steps[-_MOST_ENTRIES:])
    past = f"<details><summary>history ({len(steps)})</summary><ul>{history}</ul></details>"
    return f"{_STYLE}<div class='sidpy-ds'>{head}{table}{folded}{past if steps else ''}</div>"


def _span(dimension: Any) -> str:
    values = np.asarray(dimension)
    return f"{values[0]:.6g} … {values[-1]:.6g}" if values.size else "empty"


def _folded(name: str, tree: Mapping[str, Any]) -> str:
    return f"<details><summary>{escape(name)} ({len(tree)})</summary>{_list_of(tree)}</details>"


def _list_of(tree: Mapping[str, Any]) -> str:
    items = []
    for number, (key, value) in enumerate(tree.items()):
        if number == _MOST_ENTRIES:
            items.append(f"<li>… and {len(tree) - number} more</li>")
            break
        if isinstance(value, Mapping) and value:
            items.append(f"<li>{_folded(str(key), value)}</li>")
        else:
            text = str(value)
            text = text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
            items.append(f"<li>{escape(str(key))}: {escape(text)}</li>")
    return f"<ul>{''.join(items)}</ul>"
