"""Which axis of a dataset goes where in a picture.

A `Layout` names a kind of picture and gives every axis of the dataset one role in it.
`arrange` finds it from the data type and from the axes that are there: their types,
lengths and names decide before the data type does, because the data type survives
slices and reductions and the axes do not lie.

Two rules hold everywhere:

* **Right and down.** Data are stored rows first: the later of two image axes runs to the
  right, the earlier one runs down with its first value at the top.  Where the names say
  otherwise (``x, y`` or ``u, v`` in this order, as the released readers give them), the
  names win: ``x`` runs right and the picture is the transpose of the array.
* **Nothing is averaged away silently.** An axis of length 1 is dropped, unless asked for; an
  axis for which the picture has no place is shown at one value, and the picture says so.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sidpy.sid.dimension import Dimension

__all__ = ["Kind", "Layout", "arrange", "right_and_down"]

Kind = Literal[
    "number", "curve", "family", "image", "stack", "spectral", "point_cloud", "four_d"
]  # fmt: skip

#: More curves than this are drawn as an image, one row per curve.
MAX_CURVES = 24

#: Pairs of names of which the first runs right and the second runs down.
_RIGHT_AND_DOWN = (("x", "y"), ("u", "v"), ("kx", "ky"), ("qx", "qy"), ("column", "row"))

_IMAGE_TYPES = ("SPATIAL", "RECIPROCAL")
_SCALES = ("SPECTRAL", "TEMPORAL")
_CURVE_DATA = ("SPECTRUM", "LINE_PLOT", "LINE_PLOT_FAMILY")


@dataclass(frozen=True, slots=True)
class Layout:
    """The role of every axis, by its number; None or empty where there is no such role.

    Parameters
    ----------
    kind : str
        Which view draws it.
    rows, columns : int
        The axes of the image or map that run down and right; a line scan has only rows.
    abscissa : int
        The axis along which curves or spectra are drawn.
    members : int
        The axis that numbers several curves in one plot.
    frames : int
        The axis that is paged through.
    rows2, columns2 : int
        Axes of the image that belongs to each point of the map.
    points : int
        The axis that numbers the points of a cloud.
    colour : int
        The axis of red, green, blue and possibly opacity.
    dropped : tuple of int
        Axes shown at their first value.
    """

    kind: Kind
    rows: int | None = None
    columns: int | None = None
    abscissa: int | None = None
    members: int | None = None
    frames: int | None = None
    rows2: int | None = None
    columns2: int | None = None
    points: int | None = None
    colour: int | None = None
    dropped: tuple[int, ...] = ()


_ROLES = tuple(field.name for field in fields(Layout) if field.name not in ("kind", "dropped"))


def arrange(
    data_type: str, axes: Sequence[Dimension], *, points: bool = False, short: bool = False
) -> Layout:
    """Find the picture for a dataset.

    Parameters
    ----------
    data_type : str
        Name of the `DataType`, ``"SPECTRAL_IMAGE"``.
    axes : sequence of Dimension
        The dimensions in the order of the axes.
    points : bool
        Whether the dataset has coordinates for the points of a cloud.
    short : bool
        Whether axes of length 1 have a role too.

    Returns
    -------
    Layout

    Examples
    --------
    >>> from sidpy import Dimension
    >>> y, x = Dimension(4, "y", dimension_type="spatial"), Dimension(5, "x")
    >>> arrange("IMAGE", [y, x])
    Layout(kind='image', rows=0, columns=1, ...
    >>> arrange("IMAGE", [x, y]).rows
    1
    """
    return _Arranger(data_type, axes, shortest=1 if short else 2).arrange(points=points)


def right_and_down(
    axes: Sequence[Dimension] | Mapping[int, Dimension], first: int, second: int
) -> tuple[int, int]:
    """Return which of two axes in array order runs down and which runs right."""
    names = (axes[first].name.strip().casefold(), axes[second].name.strip().casefold())
    return (second, first) if names in _RIGHT_AND_DOWN else (first, second)


class _Arranger:
    """One question to `arrange`, with the facts every rule asks for."""

    def __init__(self, data_type: str, axes: Sequence[Dimension], shortest: int) -> None:
        self.data_type = data_type
        self.axes = axes
        self.types = [axis.dimension_type.name for axis in axes]
        self.live = [i for i, axis in enumerate(axes) if len(axis) >= shortest]

    def arrange(self, *, points: bool) -> Layout:
        cloud = self.cloud() if points else None
        layout = cloud or self.regular(self.live)
        used = {getattr(layout, role) for role in _ROLES}
        return replace(layout, dropped=tuple(i for i in range(len(self.axes)) if i not in used))

    def regular(self, live: list[int]) -> Layout:
        """Arrange axes of a regular grid by how many of them are longer than one."""
        rules = (self.number, self.curve, self.plane, self.cube, self.hypercube)
        if len(live) >= len(rules):
            return self.regular(self.without(live))
        return rules[len(live)](live)

    def number(self, live: list[int]) -> Layout:  # noqa: ARG002 - one signature for all rules
        return Layout("number")

    def curve(self, live: list[int]) -> Layout:
        return Layout("curve", abscissa=live[0])

    def plane(self, live: list[int]) -> Layout:
        channels = self.of_type(live, "CHANNEL")
        spectral = self.of_type(live, "SPECTRAL") or self.of_type(live, "TEMPORAL")
        if self.data_type in _CURVE_DATA or (len(channels) == 1 and self.data_type != "IMAGE"):
            return self.family(live, channels, spectral)
        if len(spectral) == 1:  # a line of spectra: energy runs right
            line = self.others(live, spectral[0])[0]
            if self.data_type == "SPECTRAL_IMAGE" and self.types[line] not in _SCALES:
                return Layout("spectral", rows=line, abscissa=spectral[0])
            return self.image(line, spectral[0])
        return self.image(*self.down_and_right(live))

    def family(self, live: list[int], channels: list[int], spectral: list[int]) -> Layout:
        if len(channels) == 1:
            abscissa = self.others(live, channels[0])[0]
        elif len(spectral) == 1:
            abscissa = spectral[0]
        else:  # one curve per column of a spectrum, one per row of a family
            abscissa = live[0] if self.data_type == "SPECTRUM" else live[1]
        members = self.others(live, abscissa)[0]
        if len(self.axes[members]) > MAX_CURVES:
            return self.image(members, abscissa)
        return Layout("family", abscissa=abscissa, members=members)

    def cube(self, live: list[int]) -> Layout:
        colour = self.colour(live)
        if colour is not None:
            pair = self.down_and_right(self.others(live, colour))
            return replace(self.image(*pair), colour=colour)
        abscissa = self.spectral_axis(live)
        if abscissa is not None:
            rows, columns = self.down_and_right(self.others(live, abscissa))
            return Layout("spectral", rows=rows, columns=columns, abscissa=abscissa)
        return self.stack(live, self.frame_axis(live))

    def hypercube(self, live: list[int]) -> Layout:
        colour = self.colour(live)
        if colour is not None:
            rest = self.others(live, colour)
            return replace(self.stack(rest, self.frame_axis(rest)), colour=colour)
        channels, spectral = self.of_type(live, "CHANNEL"), self.of_type(live, "SPECTRAL")
        if len(channels) == len(spectral) == 1:
            rows, columns = self.down_and_right(self.others(live, channels[0], spectral[0]))
            return Layout(
                "spectral", rows=rows, columns=columns, abscissa=spectral[0], members=channels[0]
            )
        if self.data_type != "IMAGE_4D" and len(self.of_type(live, "TEMPORAL")) == 1:
            return self.regular(self.without(live))
        return self.four_d(live)

    def four_d(self, live: list[int]) -> Layout:
        spatial = self.of_type(live, "SPATIAL")
        scan = spatial if len(spatial) == 2 else self.scan_by_pattern(live)
        rows, columns = self.down_and_right(scan)
        rows2, columns2 = self.down_and_right(self.others(live, *scan))
        return Layout("four_d", rows=rows, columns=columns, rows2=rows2, columns2=columns2)

    def scan_by_pattern(self, live: list[int]) -> list[int]:
        pattern = self.of_type(live, "RECIPROCAL")
        return self.others(live, *pattern) if len(pattern) == 2 else live[:2]

    def cloud(self) -> Layout | None:
        """Arrange the spectra of scattered points; None when the points were reduced away."""
        typed = self.of_type(self.live, "POINT_CLOUD")
        if len(typed) != 1 or len(self.live) > 3:
            return None
        rest = self.others(self.live, typed[0])
        channels = self.of_type(rest, "CHANNEL")
        spectral = self.of_type(rest, "SPECTRAL") or self.others(rest, *channels)
        abscissa = spectral[0] if spectral else None
        members = self.others(rest, abscissa)
        return Layout(
            "point_cloud", points=typed[0], abscissa=abscissa, members=next(iter(members), None)
        )

    # -- what single axes are ---------------------------------------------------------

    def of_type(self, live: list[int], name: str) -> list[int]:
        return [i for i in live if self.types[i] == name]

    @staticmethod
    def others(live: list[int], *taken: int | None) -> list[int]:
        return [i for i in live if i not in taken]

    def colour(self, live: list[int]) -> int | None:
        """Return the last axis when it holds three or four colours."""
        last = live[-1]
        if self.data_type not in ("IMAGE", "IMAGE_STACK", "UNKNOWN"):
            return None
        names = ("CHANNEL", "UNKNOWN") if self.data_type == "IMAGE" else ("CHANNEL",)
        return last if len(self.axes[last]) in (3, 4) and self.types[last] in names else None

    def spectral_axis(self, live: list[int]) -> int | None:
        spectral = self.of_type(live, "SPECTRAL")
        if len(spectral) == 1 and not self.of_type(self.others(live, *spectral), "CHANNEL"):
            return spectral[0]
        if spectral or self.data_type not in ("SPECTRAL_IMAGE", *_CURVE_DATA):
            return None
        open_axes = self.others(live, *self.in_space(live), *self.of_type(live, "CHANNEL"))
        return open_axes[-1] if open_axes else None

    def in_space(self, live: list[int]) -> list[int]:
        return [i for i in live if self.types[i] in _IMAGE_TYPES]

    def frame_axis(self, live: list[int]) -> int:
        """Return the axis to page through: time, else channels, else what is not space."""
        for name in ("TEMPORAL", "CHANNEL", "POINT_CLOUD"):
            found = self.of_type(live, name)
            if len(found) == 1:
                return found[0]
        outside = self.others(live, *self.in_space(live))
        return outside[0] if len(outside) == 1 else live[0]

    def without(self, live: list[int]) -> list[int]:
        """Leave out the axis that a picture can best be shown at one value of."""
        for name in ("TEMPORAL", "CHANNEL"):
            found = self.of_type(live, name)
            if found:
                return self.others(live, found[0])
        return live[1:]

    def down_and_right(self, pair: list[int]) -> tuple[int, int]:
        """Apply the rule of right and down to two axes in array order."""
        return right_and_down(self.axes, *pair)

    @staticmethod
    def image(rows: int, columns: int) -> Layout:
        return Layout("image", rows=rows, columns=columns)

    def stack(self, live: list[int], frames: int) -> Layout:
        rows, columns = self.down_and_right(self.others(live, frames))
        return Layout("stack", rows=rows, columns=columns, frames=frames)
