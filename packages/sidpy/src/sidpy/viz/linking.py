"""Views that share a place: choosing it in one chooses it in the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sidpy.errors import LabelValueError

if TYPE_CHECKING:
    from .views.base import View

__all__ = ["Link", "link"]


class Link:
    """The tie between several views; `unlink` cuts it.

    Parameters
    ----------
    views : tuple of View
        At least two; each shares the name of a dimension with another one.
    """

    def __init__(self, views: tuple[View, ...]) -> None:
        self.views = views
        self._busy = False
        for view in views:
            view.follow(self._tell)

    def _tell(self, moved: Any) -> None:
        if self._busy:  # the others move because this one did
            return
        self._busy = True
        try:
            for view in self.views:
                if view is not moved:
                    view.go_to(moved.place)
        finally:
            self._busy = False

    def unlink(self) -> None:
        """Let every view go its own way."""
        for view in self.views:
            view.unfollow(self._tell)


def link(*views: View) -> Link:
    """Let views share the place that is chosen in any of them.

    Dimensions are matched by name and by value in their units: two maps of different
    pixel sizes show the same place, a stack and a curve along its frames the same moment.

    Parameters
    ----------
    *views : View
        What ``dataset.view`` or `make_view` give, at least two.

    Returns
    -------
    Link
        With ``unlink()``.

    Raises
    ------
    LabelValueError
        A ValueError, for fewer than two views, or one without a dimension in common with
        another, or where the units of a common one differ.
    """
    if len(views) < 2:
        msg = f"a link needs at least two views, found {len(views)}"
        raise LabelValueError(msg)
    units = [_units(view) for view in views]
    for number, own in enumerate(units):
        others: dict[str, str] = {}
        for some in units[:number] + units[number + 1 :]:
            others |= some
        _check_shared(number, own, others)
    return Link(views)


def _check_shared(number: int, own: dict[str, str], others: dict[str, str]) -> None:
    """Raise unless a view shares a dimension with the others, in the same units."""
    common = own.keys() & others.keys()
    if not common:
        msg = (
            f"view {number} has the dimensions {', '.join(own)}, the others "
            f"{', '.join(others)}: nothing to share"
        )
        raise LabelValueError(msg)
    for name in common:
        if own[name] != others[name]:
            msg = (
                f"the dimension {name} is in {own[name]!r} in one view and in {others[name]!r} "
                "in another: convert one of them first"
            )
            raise LabelValueError(msg)


def _units(view: View) -> dict[str, str]:
    """Return name -> units of the dimensions along which a view has a place."""
    found = {dimension.name: dimension.units for dimension in view.dataset._axes.values()}
    cloud = getattr(view.dataset, "point_cloud", None) or {}
    if view.layout.points is not None:
        units = str(cloud.get("spacial_units", "px"))
        found |= {"x": units, "y": units}
    return found
