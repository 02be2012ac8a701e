"""The few things a user may settle once instead of at every call.

``sidpy.config`` is one object for the whole process.  Each value has a default, may come
from the environment, and may be set for good or for a block:

>>> import sidpy
>>> with sidpy.config.set(strict=True):
...     sidpy.config.strict
True
>>> sidpy.config.strict
False

=================  =======================  ==========================================
value              environment              meaning
=================  =======================  ==========================================
``readers``        ``SIDPY_READERS``        which reader to take where several could
``strict``         ``SIDPY_STRICT``         disagreeing axes are an error, not a warning
``memory_budget``  ``SIDPY_MEMORY_BUDGET``  bytes a computation may hold at once
``external``       ``SIDPY_EXTERNAL``       HDF5 files may show the content of any others
=================  =======================  ==========================================
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sidpy import _memory
from sidpy.errors import LabelTypeError, LabelValueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Config", "config"]

_UNITS: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_WORDS: Final = {"1": True, "true": True, "yes": True, "on": True}
_NO_WORDS: Final = {"": False, "0": False, "false": False, "no": False, "off": False}
#: What a computation may hold where the machine does not tell how much it has.
_FALLBACK_BUDGET: Final = 2 * 2**30


class Config:
    """Settings of this process; `config` is the only one of its kind that is used.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Where the ``SIDPY_...`` variables are looked up; the process's own by default.

    Raises
    ------
    LabelValueError
        When a variable cannot be understood; it is named.
    """

    __slots__ = ("_external", "_memory_budget", "_readers", "_strict")

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        self._readers = _pairs(environment.get("SIDPY_READERS", ""))
        self._strict = _truth(environment, "SIDPY_STRICT")
        self._external = _truth(environment, "SIDPY_EXTERNAL")
        budget = environment.get("SIDPY_MEMORY_BUDGET", "").strip()
        self._memory_budget = _bytes(budget) if budget else None

    @property
    def readers(self) -> dict[str, str]:
        """Format id (``"gatan.dm4"``) or extension (``".h5"``) to the reader to take.

        It settles between readers that claim a file; it never hands a file to a reader
        that its content contradicts.
        """
        return self._readers

    @readers.setter
    def readers(self, value: Mapping[str, str]) -> None:
        try:
            pairs = dict(value)
        except (TypeError, ValueError):
            pairs = {"": ""}
        for key, name in pairs.items():
            if not (isinstance(key, str) and key and isinstance(name, str) and name):
                msg = (
                    "config.readers maps a format id or an extension to the name of a reader, "
                    f"for instance {{'gatan.dm4': 'acme-dm4'}}; found {value!r}"
                )
                raise LabelTypeError(msg)
        self._readers = pairs

    @property
    def strict(self) -> bool:
        """Whether operands whose axes disagree are an error instead of a warning."""
        return self._strict

    @strict.setter
    def strict(self, value: bool) -> None:
        self._strict = _switch("strict", value)

    @property
    def external(self) -> bool:
        """Whether files outside the folder of an HDF5 file are opened when it refers to them.

        A file from a stranger may refer to any file of this machine; those beside it, such
        as the shards of a large dataset, are opened in any case.
        """
        return self._external

    @external.setter
    def external(self, value: bool) -> None:
        self._external = _switch("external", value)

    @property
    def memory_budget(self) -> int:
        """Bytes one computation may hold; a quarter of all there is by default.

        All there is: of the machine, or of the container or batch job this runs in.
        """
        return _quarter_of_memory() if self._memory_budget is None else self._memory_budget

    @memory_budget.setter
    def memory_budget(self, value: int | str | None) -> None:
        self._memory_budget = None if value is None else _bytes(value)

    @contextmanager
    def set(self, **values: Any) -> Iterator[Config]:
        """Set values for the length of a ``with`` block, in every thread.

        Parameters
        ----------
        **values
            ``readers`` (added to those that are set), ``strict``, ``memory_budget``,
            ``external``.

        Raises
        ------
        LabelValueError
            When there is no value of that name.
        """
        unknown = sorted(set(values) - {name[1:] for name in self.__slots__})
        if unknown:
            msg = (
                "config has readers, strict, memory_budget and external, "
                f"but no {', '.join(unknown)}"
            )
            raise LabelValueError(msg)
        before = {name: getattr(self, name) for name in self.__slots__}
        try:
            for name, value in values.items():
                setattr(self, name, self._readers | dict(value) if name == "readers" else value)
            yield self
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def __repr__(self) -> str:
        return (
            f"Config(readers={self.readers!r}, strict={self.strict!r}, "
            f"memory_budget={self.memory_budget!r}, external={self.external!r})"
        )


def _pairs(text: str) -> dict[str, str]:
    pairs = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, name = (word.strip() for word in part.partition("="))
        if not (key and equals and name):
            msg = f"SIDPY_READERS should read 'gatan.dm4=acme-dm4,.h5=nsid', found {part!r} in it"
            raise LabelValueError(msg)
        pairs[key] = name
    return pairs


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        msg = f"config.{name} is True or False, found {value!r}"
        raise LabelTypeError(msg)
    return value


def _truth(environment: Mapping[str, str], name: str) -> bool:
    words, text = _WORDS | _NO_WORDS, environment.get(name, "")
    try:
        return words[text.strip().lower()]
    except KeyError:
        msg = f"{name} should be 1 or 0, found {text!r}"
        raise LabelValueError(msg) from None


def _bytes(value: int | str) -> int:
    """Return a number of bytes from an integer or from words such as ``"2 GiB"``."""
    match = _SIZE.fullmatch(str(value).strip())
    size = int(float(match[1]) * _UNITS[match[2].upper()]) if match else 0
    if isinstance(value, bool) or size <= 0:
        msg = f"a memory budget is a number of bytes or a text such as '2 GiB', found {value!r}"
        raise LabelValueError(msg)
    return size


def _quarter_of_memory() -> int:
    total = _memory.total()
    return _FALLBACK_BUDGET if total is None else max(total // 4, 1)


#: The settings of this process.
config: Final = Config()
