"""Which keywords a picture understands: its own, and those of the matplotlib artist it draws.

A misspelt keyword is refused before anything is computed or drawn, with the nearest names
that would have been understood.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Literal

from sidpy.errors import UnknownOption

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Artist", "check_keywords", "known_to"]

#: What a view draws first and passes foreign keywords to.
Artist = Literal["image", "mesh", "line", "nothing"]

#: More names than this are not read.
MOST_NAMES = 40


@cache
def known_to(artist: Artist) -> frozenset[str]:
    """Return the keywords that matplotlib's imshow, pcolormesh or plot takes."""
    from matplotlib.artist import ArtistInspector
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

    if artist == "nothing":  # what others would take is not misspelt
        return known_to("image") | known_to("line")
    drawn, method = {
        "image": (AxesImage, Axes.imshow),
        "mesh": (QuadMesh, Axes.pcolormesh),
        "line": (Line2D, Axes.plot),
    }[artist]
    inspector = ArtistInspector(drawn)
    aliases = {alias for names in inspector.aliasd.values() for alias in names}
    named = {
        name
        for name, parameter in signature(method).parameters.items()
        if parameter.kind is Parameter.KEYWORD_ONLY or parameter.default is None
    }
    return frozenset(inspector.get_setters()) | aliases | named | set(inspector.aliasd)


def check_keywords(given: Iterable[str], own: Iterable[str], artist: Artist, who: str) -> None:
    """Raise when a keyword is neither an option of the view nor known to matplotlib.

    Raises
    ------
    UnknownOption
        An AttributeError, as matplotlib would raise; it names what would be understood.
    """
    known = known_to(artist)
    for keyword in given:
        if keyword not in known:
            raise unknown(keyword, sorted({*own, *known}), sorted(own), who)


def unknown(keyword: str, known: list[str], own: list[str], who: str) -> UnknownOption:
    """Return the error about one keyword."""
    close = get_close_matches(keyword, known, n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    msg = (
        f"{who} does not know the keyword {keyword!r}{hint} "
        f"Its own are {', '.join(own[:MOST_NAMES])}; those of the matplotlib artist pass through"
    )
    return UnknownOption(msg)


def only_known(style: dict[str, Any], artist: Artist) -> dict[str, Any]:
    """Return the part of a style that an artist understands."""
    known = known_to(artist)
    return {key: value for key, value in style.items() if key in known}
