"""Which axis goes where: by the axes that are there, then by the data type."""

import pytest

from sidpy import Dimension
from sidpy.viz import arrange

KINDS = {
    "y": "SPATIAL", "x": "SPATIAL", "z": "SPATIAL", "v": "RECIPROCAL", "u": "RECIPROCAL",
    "energy": "SPECTRAL", "time": "TEMPORAL", "channel": "CHANNEL", "point": "POINT_CLOUD",
}  # fmt: skip


def axes(text):
    """Return dimensions for ``"y4 x5"``: their names and lengths."""
    found = []
    for word in text.split():
        name = word.rstrip("0123456789")
        kind = KINDS.get(name, "UNKNOWN")
        found.append(Dimension(int(word[len(name) :]), name, dimension_type=kind))
    return found


def roles(layout):
    """Return the roles that are taken, as a dictionary."""
    words = ("rows", "columns", "abscissa", "members", "frames", "rows2", "columns2", "points",
             "colour")  # fmt: skip
    return {word: getattr(layout, word) for word in words if getattr(layout, word) is not None}


TABLE = [
    ("UNKNOWN", "", "number", {}),
    ("IMAGE", "y1 x1", "number", {}),
    ("SPECTRUM", "energy9", "curve", {"abscissa": 0}),
    ("LINE_PLOT", "a9", "curve", {"abscissa": 0}),
    ("IMAGE", "y1 x5", "curve", {"abscissa": 1}),
    ("SPECTRAL_IMAGE", "energy9", "curve", {"abscissa": 0}),
    ("SPECTRUM", "a9 b3", "family", {"abscissa": 0, "members": 1}),
    ("SPECTRUM", "channel3 energy9", "family", {"abscissa": 1, "members": 0}),
    ("LINE_PLOT", "x9 channel2", "family", {"abscissa": 0, "members": 1}),
    ("LINE_PLOT_FAMILY", "a3 b9", "family", {"abscissa": 1, "members": 0}),
    ("LINE_PLOT_FAMILY", "energy9 a3", "family", {"abscissa": 0, "members": 1}),
    ("LINE_PLOT_FAMILY", "a30 energy9", "image", {"rows": 0, "columns": 1}),
    ("UNKNOWN", "energy9 channel2", "family", {"abscissa": 0, "members": 1}),
    ("IMAGE", "y4 x5", "image", {"rows": 0, "columns": 1}),
    ("IMAGE", "x5 y4", "image", {"rows": 1, "columns": 0}),
    ("IMAGE", "u5 v4", "image", {"rows": 1, "columns": 0}),
    ("IMAGE", "a4 b5", "image", {"rows": 0, "columns": 1}),
    ("SPECTRAL_IMAGE", "y4 x5", "image", {"rows": 0, "columns": 1}),
    ("SPECTRAL_IMAGE", "x5 energy9", "spectral", {"rows": 0, "abscissa": 1}),
    ("SPECTRAL_IMAGE", "energy9 x5", "spectral", {"rows": 1, "abscissa": 0}),
    ("UNKNOWN", "x5 energy9", "image", {"rows": 0, "columns": 1}),
    ("IMAGE_STACK", "time3 x5", "image", {"rows": 1, "columns": 0}),
    ("IMAGE", "y4 x5 channel3", "image", {"rows": 0, "columns": 1, "colour": 2}),
    ("IMAGE", "x5 y4 a4", "image", {"rows": 1, "columns": 0, "colour": 2}),
    ("IMAGE_STACK", "time4 y4 x5", "stack", {"frames": 0, "rows": 1, "columns": 2}),
    ("IMAGE_STACK", "y4 x5 time3", "stack", {"frames": 2, "rows": 0, "columns": 1}),
    ("IMAGE_STACK", "a4 b4 c5", "stack", {"frames": 0, "rows": 1, "columns": 2}),
    ("IMAGE_STACK", "z4 y4 x3", "stack", {"frames": 0, "rows": 1, "columns": 2}),
    ("UNKNOWN", "y4 x5 a7", "stack", {"frames": 2, "rows": 0, "columns": 1}),
    ("IMAGE_MAP", "y4 x5 a7", "stack", {"frames": 2, "rows": 0, "columns": 1}),
    ("SPECTRAL_IMAGE", "y4 x5 energy9", "spectral", {"rows": 0, "columns": 1, "abscissa": 2}),
    ("SPECTRAL_IMAGE", "energy9 x5 y4", "spectral", {"rows": 2, "columns": 1, "abscissa": 0}),
    ("SPECTRAL_IMAGE", "a4 b5 c9", "spectral", {"rows": 0, "columns": 1, "abscissa": 2}),
    ("SPECTRAL_IMAGE", "a9 y4 x5", "spectral", {"rows": 1, "columns": 2, "abscissa": 0}),
    ("UNKNOWN", "y4 x5 energy9", "spectral", {"rows": 0, "columns": 1, "abscissa": 2}),
    ("SPECTRAL_IMAGE", "y4 x5 channel3", "stack", {"frames": 2, "rows": 0, "columns": 1}),
    (
        "SPECTRAL_IMAGE", "y4 x5 energy9 channel2", "spectral",
        {"rows": 0, "columns": 1, "abscissa": 2, "members": 3},
    ),
    (
        "IMAGE_4D", "y4 x5 v6 u7", "four_d",
        {"rows": 0, "columns": 1, "rows2": 2, "columns2": 3},
    ),
    (
        "IMAGE_4D", "u7 v6 x5 y4", "four_d",
        {"rows": 3, "columns": 2, "rows2": 1, "columns2": 0},
    ),
    (
        "UNKNOWN", "a4 b5 c6 d7", "four_d",
        {"rows": 0, "columns": 1, "rows2": 2, "columns2": 3},
    ),
    (
        "IMAGE_STACK", "time3 y4 x5 channel3", "stack",
        {"frames": 0, "rows": 1, "columns": 2, "colour": 3},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data_type", "text", "kind", "expected"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE]
)
def test_every_axis_gets_its_role(data_type, text, kind, expected):
    layout = arrange(data_type, axes(text))

    assert layout.kind == kind
    assert roles(layout) == expected


def test_axes_without_a_place_are_shown_at_one_value():
    layout = arrange("SPECTRAL_IMAGE", axes("time3 y4 x5 energy9"))

    assert (layout.kind, layout.dropped) == ("spectral", (0,))


def test_axes_of_length_one_do_not_count():
    layout = arrange("IMAGE_STACK", axes("time1 y4 x5"))

    assert (layout.kind, layout.dropped) == ("image", (0,))


@pytest.mark.parametrize("ndim", range(12))
def test_any_number_of_axes_finds_a_picture_that_uses_each_axis_once(ndim):
    layout = arrange("UNKNOWN", [Dimension(3, f"d{i}") for i in range(ndim)])

    assert sorted([*roles(layout).values(), *layout.dropped]) == list(range(ndim))


def test_points_with_coordinates_are_a_cloud():
    layout = arrange("POINT_CLOUD", axes("point30 energy9 channel2"), points=True)

    assert roles(layout) == {"points": 0, "abscissa": 1, "members": 2}


def test_a_cloud_whose_points_were_averaged_is_a_curve():
    assert arrange("POINT_CLOUD", axes("energy9"), points=True).kind == "curve"
