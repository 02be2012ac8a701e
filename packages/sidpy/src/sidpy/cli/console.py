"""What the command writes, and how: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "UsageError", "chosen", "complain", "flush", "plain_json", "progress", "size_text", "table",
    "warnings_as_lines", "write", "write_json",
]  # fmt: skip


class UsageError(Exception):
    """The words of the command do not fit together."""


def write(text: str = "") -> None:
    """Write one line of the result."""
    _put(sys.stdout, text)


def complain(text: str) -> None:
    """Write a line about what went wrong, and further lines below it."""
    first, *others = text.splitlines() or [""]
    _put(sys.stderr, "\n".join([f"sidpy: {first}", *others]))


def flush() -> None:
    """Hand over everything written, while a broken pipe can still be answered."""
    sys.stdout.flush()


def _put(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:  # a terminal without µ, or a file name that is no text
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def write_json(value: object) -> None:
    """Write a result as JSON; numbers that JSON lacks become null."""
    write(json.dumps(plain_json(value), indent=2, ensure_ascii=False, allow_nan=False))


def plain_json(value: Any) -> Any:
    """Return `value` in the types that JSON has."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - NaN
    if isinstance(value, dict):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_json(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return plain_json(value.tolist())
    return str(value)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "") -> None:
    """Write rows in columns as wide as their longest word."""
    lines = [list(header), *(list(row) for row in rows)]
    if not any(header):
        lines = lines[1:]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        words = (word.ljust(width) for word, width in zip(line, widths, strict=True))
        write((indent + "  ".join(words)).rstrip())


def size_text(size: float) -> str:
    """Write a number of bytes as a person would."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.3g} {unit}"


def chosen(datasets: Mapping[str, Any], key: str) -> Any:
    """Return the dataset of a key.

    Raises
    ------
    UsageError
        When there is none; the message has those that there are.
    """
    if key not in datasets:
        msg = f"there is no dataset {key!r} in the file, which has {', '.join(datasets)}"
        raise UsageError(msg)
    return datasets[key]


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show each warning as one line on stderr."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        complain(f"warning: {message}")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


@contextmanager
def progress(description: str) -> Iterator[None]:
    """Show how far dask has come, on a terminal, when it takes longer than a moment."""
    from dask.callbacks import Callback
    from tqdm import tqdm

    bar = tqdm(desc=description, unit=" blocks", delay=0.5, disable=None, file=sys.stderr)

    def begin(graph: Any) -> None:
        bar.total = (bar.total or 0) + len(graph)

    def advance(*_: object) -> None:
        bar.update()

    with bar, Callback(start=begin, posttask=advance):
        yield
