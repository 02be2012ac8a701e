"""The dataset as a notebook shows it.

One block of HTML without scripts: a line of facts, a small picture, the dimensions, and
metadata, structures and history folded away.  Colors are those of the page, so that it is
read on light and dark.  Everything from a file is escaped, cut and counted: text of a
thousand pages, or dictionaries nested a thousand deep, give a short page too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from reprlib import Repr
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.string_utils import format_size

from .glimpse import Glimpse, glimpse
from .thumbnail import drawn, image_tag

if TYPE_CHECKING:
    from .dataset import Dataset
    from .dimension import Dimension

__all__ = ["dataset_html", "dimension_html", "span", "step"]

#: Three times the class, so that a notebook's own rules for tables do not win.
_OURS: Final = ".sidpy-ds.sidpy-ds.sidpy-ds"
_STYLE: Final = (
    "<style>.sidpy-ds{font-family:sans-serif;font-size:13px;line-height:1.35;max-width:62em}"
    ".sidpy-ds .sidpy-top{display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start}"
    f"{_OURS} table{{border-collapse:collapse;margin:.4em 0;font-size:inherit;"
    "background:none;color:inherit}"
    f"{_OURS} tr{{background:none}}"
    f"{_OURS} td,{_OURS} th{{padding:.1em .9em .1em 0;text-align:left;font-weight:normal;"
    "border:none;overflow-wrap:anywhere}"
    f"{_OURS} th,.sidpy-ds .sidpy-faint{{opacity:.65}}"
    f"{_OURS} .sidpy-number{{text-align:right;font-variant-numeric:tabular-nums}}"
    ".sidpy-ds figure{margin:.2em 0;max-width:128px;opacity:1}"
    ".sidpy-ds figcaption{font-size:11px;opacity:.65;overflow-wrap:anywhere}"
    ".sidpy-ds img{image-rendering:pixelated;display:block;border:1px solid "
    "rgba(128,128,128,.4)}"
    ".sidpy-ds svg{display:block;border:1px solid rgba(128,128,128,.4)}"
    ".sidpy-ds summary{cursor:pointer;opacity:.85}"
    ".sidpy-ds ul{margin:.1em 0;padding-left:1.4em;list-style:none}"
    ".sidpy-ds li{overflow-wrap:anywhere}</style>"
)

#: Entries of metadata that are shown altogether, and of one level; the rest is counted.
_MOST_ENTRIES: Final = 300
_MOST_OF_A_LEVEL: Final = 60
#: Levels of metadata that are shown.
_MOST_LEVELS: Final = 12
#: Characters of one text that are shown.
_MOST_CHARACTERS: Final = 120


def dataset_html(dataset: Dataset) -> str:
    """Return what the dataset is as HTML; computes next to nothing, escapes everything."""
    labels = dataset.labels_record
    steps = labels.provenance.steps()
    trees = {
        "metadata": labels.metadata,
        "original metadata": labels.original_metadata,
        "structures": labels.structures,
        "attributes": labels.extras,
    }
    left = iter(range(_MOST_ENTRIES))
    folded = "".join(_folded(name, tree, left) for name, tree in trees.items() if tree)
    return (
        f"{_STYLE}<div class='sidpy-ds'><div class='sidpy-top'>{_picture(dataset)}<div>"
        f"{_head(dataset)}{_table(labels.dimensions)}</div></div>{folded}{_past(steps)}</div>"
    )


def dimension_html(dimension: Dimension) -> str:
    """Return what one dimension is as HTML."""
    return f"{_STYLE}<div class='sidpy-ds'>{_table((dimension,))}</div>"


def span(dimension: Dimension) -> str:
    """Return the first and the last value as text."""
    values = np.asarray(dimension)
    if not values.size:
        return "empty"
    return f"{values[0]:.6g}" if values.size == 1 else f"{values[0]:.6g} … {values[-1]:.6g}"


def step(dimension: Dimension) -> str:
    """Return the step between values as text, "uneven" where there is no one step."""
    if dimension.size < 2:
        return ""
    return f"{dimension.slope:.6g}" if dimension.is_linear else "uneven"


def _cut(text: object) -> str:
    """Return a text, escaped, of bounded length."""
    text = str(text)
    if len(text) > _MOST_CHARACTERS:
        text = text[: _MOST_CHARACTERS - 1] + "…"
    return escape(text, quote=True)


def _head(dataset: Dataset) -> str:
    labels = dataset.labels_record
    blocks = f"{dataset.npartitions} block{'s' * (dataset.npartitions != 1)}"
    facts = [
        labels.data_type.name, f"shape {dataset.shape}", str(dataset.dtype),
        format_size(int(dataset.nbytes)), blocks,
    ]  # fmt: skip
    if labels.variance is not None:
        facts.append("with variance")
    origin = [
        f"{name} {_cut(text)}"
        for name, text in (("modality", labels.modality), ("source", labels.source))
        if text not in ("", "generic")
    ]
    lines = [" &nbsp; ".join(map(escape, facts)), " &nbsp; ".join(origin)]
    return (
        f"<b>{_cut(labels.title) or 'untitled'}</b> &nbsp; {_cut(dataset.data_descriptor)}"
        + "".join(f"<br><span class='sidpy-faint'>{line}</span>" for line in lines if line)
    )


def _table(dimensions: tuple[Dimension, ...]) -> str:
    if not dimensions:
        return ""
    rows = "".join(
        f"<tr><td><b>{_cut(dim.name)}</b></td><td>{_cut(dim.quantity)}</td>"
        f"<td class='sidpy-number'>{escape(span(dim))}</td><td>{_cut(dim.units)}</td>"
        f"<td class='sidpy-number'>{escape(step(dim))}</td>"
        f"<td class='sidpy-number'>{dim.size}</td><td>{dim.dimension_type.name.lower()}</td></tr>"
        for dim in dimensions
    )
    return (
        "<table><tr><th>dimension</th><th>quantity</th><th class='sidpy-number'>range</th>"
        "<th>units</th><th class='sidpy-number'>step</th><th class='sidpy-number'>points</th>"
        f"<th>type</th></tr>{rows}</table>"
    )


def _picture(dataset: Dataset) -> str:
    """Return the thumbnail the user set, else what can be seen at a glance."""
    if dataset.thumbnail is not None:
        return f"<figure>{image_tag(dataset.thumbnail, 'thumbnail')}</figure>"
    seen = _remembered(dataset)
    picture = drawn(seen)
    if not picture and not seen.note:
        return ""
    caption = f"<figcaption>{_cut(seen.note)}</figcaption>" if seen.note else ""
    return f"<figure>{picture}{caption}</figure>"


def _remembered(dataset: Dataset) -> Glimpse:
    """Return the glimpse of a dataset, looked at again only when its numbers or axes changed."""
    labels = dataset.labels_record
    key = (dataset.name, labels.data_type, labels.dimensions)
    known = dataset.__dict__.get("_glimpse")
    if known is None or known[0] != key:
        known = dataset.__dict__["_glimpse"] = (key, glimpse(dataset))
    seen: Glimpse = known[1]
    return seen


def _past(steps: list[Any]) -> str:
    if not steps:
        return ""
    items = "".join(f"<li>{_cut(one)}</li>" for one in steps[-_MOST_OF_A_LEVEL:])
    if len(steps) > _MOST_OF_A_LEVEL:
        items = f"<li>… {len(steps) - _MOST_OF_A_LEVEL} earlier</li>{items}"
    return f"<details><summary>history ({len(steps)})</summary><ul>{items}</ul></details>"


# ---------------------------------------------------------------- nested metadata


class _Short(Repr):
    """Values as one short text, however large and whatever their own words for it do."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = _MOST_CHARACTERS
        self.maxlist = self.maxtuple = self.maxset = self.maxarray = 8
        self.maxdict = 4

    def repr_ndarray(self, array: Any, level: int) -> str:  # noqa: ARG002 - reprlib's protocol
        """Write an array by its first values, shape and type."""
        if array.size <= 8:
            return str(array.tolist())
        first = ", ".join(map(str, array.ravel()[:4].tolist()))
        return f"[{first}, …] {array.dtype} of shape {array.shape}"


_SHORT: Final = _Short()


def _folded(name: str, tree: Mapping[Any, Any], left: Iterator[int], level: int = 1) -> str:
    inside = _list_of(tree, left, level) if level <= _MOST_LEVELS else "<ul><li>…</li></ul>"
    return f"<details><summary>{_cut(name)} ({len(tree)})</summary>{inside}</details>"


def _list_of(tree: Mapping[Any, Any], left: Iterator[int], level: int) -> str:
    items = []
    for number, (key, value) in enumerate(tree.items()):
        if number == _MOST_OF_A_LEVEL or next(left, None) is None:
            items.append(f"<li>… and {len(tree) - number} more</li>")
            break
        if isinstance(value, Mapping) and value:
            items.append(f"<li>{_folded(str(key), value, left, level + 1)}</li>")
        else:
            text = value if isinstance(value, str) else _SHORT.repr(value)
            items.append(f"<li><span class='sidpy-faint'>{_cut(key)}:</span> {_cut(text)}</li>")
    return f"<ul>{''.join(items)}</ul>"
