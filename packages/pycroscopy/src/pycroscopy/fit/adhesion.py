"""Adhesive contacts: the retraction of a sphere, until it comes off.

Between deformation and force stand the relations of Derjaguin, Muller and Toporov [1]_ (stiff
samples, little adhesion) or of Johnson, Kendall and Roberts [2]_ (soft samples), the latter
solved through the radius of contact, not approximated.  The lever and the sample share the way;
the tip comes off where a further step back would need no force: on the curve of Johnson, Kendall
and Roberts at a distance that depends on the stiffness of the lever.

References
----------
.. [1] Derjaguin, Muller, Toporov, J. Colloid Interface Sci. 53, 314 (1975),
       doi:10.1016/0021-9797(75)90018-1
.. [2] Johnson, Kendall, Roberts, Proc. R. Soc. A 324, 301 (1971), doi:10.1098/rspa.1971.0141
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

from .rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sidpy.proc.fitted import DatasetFit

    Floats = NDArray[np.float64]

__all__ = ["AdhesiveContact", "fit_adhesion", "jump_places"]

#: Rounds of Newton's method: each takes a sixth off what is left, or squares it.
_ROUNDS: Final = 24
#: Points on either side that a jump is looked for with.
_SIDE: Final = 5
#: Moduli that a guess tries.
_TRIED: Final = 40


class AdhesiveContact(Model):
    """Force of a sphere that sticks, over the way towards the sample.

    Parameters
    ----------
    theory : {"jkr", "dmt"}
        Of the contact.
    radius : float
        Of the sphere.
    poisson_ratio : float
        Of the sample.
    spring_constant : float
        Of the lever; infinite where the axis is the position of the tip.

    Notes
    -----
    Parameters are the place where the undeformed surface would be touched at no force, the
    modulus, the work of adhesion per area, and the line of the free lever. On the far side of
    the jump only that line is left.

    Examples
    --------
    >>> model = AdhesiveContact("dmt", 1.0, 0.0)
    >>> (model([0.0, 0.75, 1.0, 0.0, 0.0], np.array([-1.0, 0.0, 4.0])) + 2 * np.pi).round(6)
    array([6.283185, 0.      , 8.      ])
    """

    parameters = ("contact", "modulus", "adhesion", "offset", "tilt")

    def __init__(
        self,
        theory: str = "jkr",
        radius: float = 1.0,
        poisson_ratio: float = 0.5,
        spring_constant: float = np.inf,
    ) -> None:
        super().__init__("contact")
        if theory not in ("jkr", "dmt"):
            msg = f"theory is {theory!r}; it can be 'jkr' or 'dmt'"
            raise ValueError(msg)
        self.theory, self.radius, self.poisson_ratio = theory, radius, poisson_ratio
        self.spring_constant = spring_constant

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        return self.attached(p, x, jac, None)

    def attached(
        self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None, touched: Any
    ) -> NDArray[Any]:
        """Return forces where it is known at which points the tip is attached.

        Parameters
        ----------
        p : ndarray of shape (5, rows, 1)
            Parameters.
        x : ndarray of shape (points,)
            The way.
        jac : ndarray of shape (rows, 5, points), optional
            Where derivatives are written to.
        touched : ndarray of bool, shape (rows, points), or None
            Points of contact; None for those that the parameters say. Beyond the last place
            of contact the force stays as it is there.
        """
        contact, modulus, work, offset, tilt = p
        reduced = modulus / (1 - self.poisson_ratio**2)
        relation = self._jkr if self.theory == "jkr" else self._dmt
        force, slopes = relation(x - contact, reduced, np.maximum(work, 1e-300), touched)
        if jac is not None:
            jac[:, 0] = -slopes[0]
            jac[:, 1] = slopes[1] / (1 - self.poisson_ratio**2)
            jac[:, 2] = slopes[2]
            jac[:, 3], jac[:, 4] = 1.0, x
        return np.asarray(force + offset + tilt * x)

    def pull_off(self, modulus: Any, work: Any) -> tuple[Any, Any]:
        """Return the way, from the contact, at which the tip comes off, and the force there.

        Parameters
        ----------
        modulus, work : float or ndarray
            Of the sample.
        """
        reduced, work = np.asarray(modulus) / (1 - self.poisson_ratio**2), np.asarray(work)
        if self.theory == "dmt":
            least = -2 * np.pi * self.radius * work
            return least / self.spring_constant, least
        root = self._last(reduced, work)
        place, _, force, _ = self._at(root, reduced, work)
        return place, force

    def _dmt(
        self, way: Any, reduced: Any, work: Any, touched: Any
    ) -> tuple[Any, tuple[Any, Any, Any]]:
        """Return the force, and its slopes by way, reduced modulus and work."""
        from .force_curves import indentation

        size, pull = 4 / 3 * np.sqrt(self.radius), 2 * np.pi * self.radius
        soft = 1 / self.spring_constant
        way = way + pull * work * soft
        touched = way >= 0 if touched is None else touched
        deep = indentation(way, size * reduced * soft, 1.5)
        rate = 1.5 * size * reduced * np.sqrt(deep)
        given = 1 / (1 + soft * rate)
        force = np.where(touched, size * reduced * deep**1.5 - pull * work, 0.0)
        by_way = touched * rate * given
        by_modulus = touched * size * deep**1.5 * given
        return force, (by_way, by_modulus, touched * pull * (rate * soft * given - 1))

    def _at(self, root: Any, reduced: Any, work: Any) -> tuple[Any, Any, Any, Any]:
        """Return way, its slope, force, its slope at the root of a radius of contact."""
        radius, soft = self.radius, 1 / self.spring_constant
        gap, pull = np.sqrt(2 * np.pi * work / reduced), np.sqrt(8 * np.pi * work * reduced)
        square = root * root
        cube = square * root
        force = 4 * reduced / (3 * radius) * cube * cube - pull * cube
        by_force = 8 * reduced / radius * cube * square - 3 * pull * square
        way = square * square / radius - gap * root + soft * force
        return way, 4 * cube / radius - gap + soft * by_force, force, by_force

    def _last(self, reduced: Any, work: Any) -> Any:
        """Return the root of the radius of contact at which the tip comes off."""
        radius, soft = self.radius, 1 / self.spring_constant
        gap, pull = np.sqrt(2 * np.pi * work / reduced), np.sqrt(8 * np.pi * work * reduced)
        root = np.cbrt(radius * np.maximum(gap / 4, 3 * pull / (8 * reduced) if soft else 0.0))
        for _ in range(_ROUNDS if soft else 0):  # from above on a convex function
            square = root * root
            slope = 8 * reduced / radius * square * square * root - 3 * pull * square
            bend = 40 * reduced / radius * square * square - 6 * pull * root
            step = 4 * square * root / radius - gap + soft * slope
            root = root - step / (12 * square / radius + soft * bend)
        return root

    def _jkr(
        self, way: Any, reduced: Any, work: Any, touched: Any
    ) -> tuple[Any, tuple[Any, Any, Any]]:
        """Return the force, and its slopes by way, reduced modulus and work."""
        radius, soft = self.radius, 1 / self.spring_constant
        last = self._last(reduced, work)
        ends = self._at(last, reduced, work)[0]
        touched = way >= ends if touched is None else touched
        target = np.maximum(way, ends)
        gap, pull = np.sqrt(2 * np.pi * work / reduced), np.sqrt(8 * np.pi * work * reduced)
        # above the solution: all that pulls is outweighed by half of what pushes
        least = np.cbrt(np.maximum(2 * gap * radius, 3 * radius * pull / (4 * reduced)))
        root = np.maximum(least, (2 * radius * np.maximum(target, 0.0)) ** 0.25)
        with np.errstate(divide="ignore", invalid="ignore"):
            for _ in range(_ROUNDS):
                here, slope, _, _ = self._at(root, reduced, work)
                root = np.maximum(root - (here - target) / slope, last)
                root = np.where(np.isfinite(root), root, last)
            _, slope, force, by_force = self._at(root, reduced, work)
            cube = root**3
            by_modulus = 4 * cube * cube / (3 * radius) - pull / (2 * reduced) * cube
            by_work = -pull / (2 * work) * cube
            rate = np.where((slope > 0) & (way > ends), by_force / slope, 0.0)
            way_modulus = gap / (2 * reduced) * root + soft * by_modulus
            way_work = -gap / (2 * work) * root + soft * by_work
        return np.where(touched, force, 0.0), (
            touched * rate,
            touched * (by_modulus - rate * way_modulus),
            touched * (by_work - rate * way_work),
        )

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of some moduli, with the jump where it is in the data."""
        x = np.asarray(x, np.float64)
        with np.errstate(all="ignore"):
            return np.nan_to_num(self._guess(x, y), nan=1.0)

    def _guess(self, x: Floats, y: NDArray[Any]) -> Floats:
        places, depth, lines = jump_places(x, y)
        pull = 2.0 if self.theory == "dmt" else 1.5
        work = np.maximum(depth, 1e-3 * np.ptp(y, axis=1)) / (pull * np.pi * self.radius)
        rest = y - lines[:, :1] - lines[:, 1:] * x
        top = rest[np.arange(len(y)), np.full(len(y), int(x.argmax()))]
        way = np.maximum(x.max() - places, np.ptp(x) / len(x))
        scale = 0.75 * np.maximum(top + depth, 1e-3 * depth) / np.sqrt(self.radius * way**3)
        start = np.zeros((len(y), 5))
        least = np.full(len(y), np.inf)
        for factor in np.geomspace(0.03, 3e3, _TRIED):
            modulus = scale * factor * (1 - self.poisson_ratio**2)
            contact = places - self.pull_off(modulus, work)[0]
            p = np.stack([contact, modulus, work, lines[:, 0], lines[:, 1]], axis=1)
            away = ((y - self(p, x)) ** 2).sum(axis=1)
            better = away < least
            start[better], least = p[better], np.minimum(away, least)
        return start

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return modulus and adhesion above zero."""
        low, high = super().bounds(x)
        low[1:3] = 1e-300
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        slope = f"{y}/{x}" if x and y else ""
        si = (x, y) == ("m", "N")
        square = f"{y}/{x}**2" if slope else ""
        return (x, "Pa" if si else square, "J/m**2" if si else slope, y, slope)

    def __repr__(self) -> str:
        return (
            f"AdhesiveContact({self.theory!r}, {self.radius!r}, {self.poisson_ratio!r}, "
            f"{self.spring_constant!r})"
        )


def jump_places(x: Floats, y: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """Return where forces jump down most, how far, and the line before.

    Parameters
    ----------
    x : ndarray of shape (points,)
        The way towards the sample.
    y : ndarray of shape (rows, points)
        Forces.

    Returns
    -------
    places : ndarray of shape (rows,)
        Between two points.
    depth : ndarray of shape (rows,)
        How far the next points, continued to the jump, are below the line; at least zero.
    lines : ndarray of shape (rows, 2)
        Offset and tilt of all that is before the jump.
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], np.asarray(y, np.float64)[:, order]
    side = min(_SIDE, len(x) // 4)
    sums = np.concatenate([np.zeros((len(y), 1)), np.cumsum(y, axis=1)], axis=1)
    means = (sums[:, side:] - sums[:, :-side]) / side
    steps = means[:, side:] - means[:, :-side]
    # at least so many points make the line
    first = max(side, 3) - side
    at = steps[:, first:].argmin(axis=1) + first + side
    before = np.arange(len(x)) < at[:, None]
    count = before.sum(axis=1)
    centre = (before * x).sum(axis=1) / count
    mean = (before * y).sum(axis=1) / count
    off = before * (x - centre[:, None])
    tilt = (off * y).sum(axis=1) / np.maximum((off**2).sum(axis=1), 1e-300)
    line = np.stack([mean - tilt * centre, tilt], axis=1)
    rows = np.arange(len(y))
    next_, then = (means[rows, np.minimum(at + n * side, means.shape[1] - 1)] for n in (0, 1))
    level = next_ + (next_ - then) / 2
    depth = np.maximum(line[:, 0] + tilt * x[at] - level, 0.0)
    return (x[at - 1] + x[at]) / 2, depth, line


@operation(name="pycroscopy.fit.fit_adhesion")
def fit_adhesion(  # noqa: PLR0913 - the tip, the lever and the sample, all by keyword
    data: Any,
    *,
    theory: Literal["jkr", "dmt"] = "jkr",
    radius: float,
    poisson_ratio: float = 0.5,
    spring_constant: float | None = None,
    gap: int = 3,
    dim: str | int | None = None,
    compute: bool = True,
) -> DatasetFit:
    """Fit modulus and work of adhesion to the retraction at every position.

    Parameters
    ----------
    data : Dataset, real, of shape (..., way)
        Forces of one retraction, attraction negative; NaN is missing.
    theory : {"jkr", "dmt"}
        Johnson, Kendall and Roberts (soft, sticky), or Derjaguin, Muller and Toporov (stiff).
    radius : float, units of the axis
        Of the tip.
    poisson_ratio : float
        Of the sample.
    spring_constant : float, optional
        Of the lever, in units of the data over those of the axis, where the axis is the way
        of the piezo; without it the axis is the position of the tip.
    gap : int
        Points on either side of the jump that are left out: where exactly a tip comes off is
        chance.
    dim : str or int, optional
        The axis of the way, larger towards the sample, in any order: by default the only
        spectral one, or the last.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    DatasetFit
        Parameters ``contact`` (of the undeformed surface), ``modulus``, ``adhesion`` (work per
        area), ``offset`` and ``tilt`` of the free lever, with errors, covariances and status.
        Fits that fail, and constant curves, are NaN and counted in ``n_failed``.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer than sixteen points, unknown words, and numbers that make no tip.

    Notes
    -----
    The jump is where it is in the data, and both of its sides are fitted: a model that decides
    by itself where the tip comes off cannot be fitted by derivatives. Data need a piece of the
    free lever.

    Examples
    --------
    >>> way = np.linspace(-60e-9, 40e-9, 201)
    >>> import sidpy
    >>> made = AdhesiveContact("jkr", 50e-9)([1e-9, 2e6, 0.02, 0.0, 0.0], way)
    >>> data = sidpy.Dataset.from_array(made, units="N")
    >>> data.set_dimension(0, sidpy.Dimension(way, "z", "distance", "m", "SPECTRAL"))
    >>> found = fit_adhesion(data, radius=50e-9)
    >>> round(float(found["modulus"]) / 1e6, 4), round(float(found["adhesion"]), 6)
    (2.0, 0.02)
    """
    from sidpy.proc._blocks import Layout
    from sidpy.proc.fitted import DatasetFit
    from sidpy.proc.progress import compute as compute_together

    stiff = np.inf if spring_constant is None else float(spring_constant)
    if not (radius > 0 and stiff > 0 and -1 <= poisson_ratio <= 0.5 and gap >= 0):
        msg = (
            "expected a positive radius and spring constant, a Poisson ratio from -1 to 0.5 and "
            f"a gap of 0 or more, found {radius}, {spring_constant}, {poisson_ratio} and {gap}"
        )
        raise ValueError(msg)
    model = AdhesiveContact(theory, float(radius), float(poisson_ratio), stiff)
    rows = Rows.of(data, dim, least=16).real("force curves")
    curves = Rows(rows.varying(), rows.axis, rows.x)
    columns = Layout(len(model.parameters)).columns
    packed = curves.mapped(_fitted, columns, x=rows.x, model=model, gap=int(gap))
    if compute:
        packed = compute_together([packed], label=f"fitting {rows.dataset.title}")[0]
    return DatasetFit(rows.dataset, model, (rows.axis,), rows.x, packed)


def _fitted(block: Any, x: Floats, model: AdhesiveContact, gap: int) -> Floats:
    """Return packed fits of a block, each with its own jump."""
    from sidpy.proc._blocks import Layout
    from sidpy.proc.fit import batch_fit
    from sidpy.proc.guess import filled

    def values(p: Floats, x: Floats, touched: Any) -> Floats:
        return model.attached(p.T[:, :, None], x, None, touched)

    def jacobian(p: Floats, x: Floats, touched: Any) -> Floats:
        found = np.empty((*p.shape, len(x)))
        model.attached(p.T[:, :, None], x, found, touched)
        return found

    layout = Layout(len(model.parameters))
    y = np.asarray(block, np.float64).reshape(-1, len(x)).copy()
    if not len(y):
        return np.empty((*block.shape[:-1], layout.columns))
    whole = filled(y)
    places = jump_places(x, whole)[0][:, None]
    start = model.guess(x, whole)
    # where exactly a tip comes off is chance
    near = np.sort(np.abs(x - places), axis=1)[:, [min(2 * gap, len(x)) - 1]]
    y[(np.abs(x - places) <= near) & (gap > 0)] = np.nan
    found = batch_fit(
        values, y, start, x=x, each=(x > places,), jacobian=jacobian, bounds=model.bounds(x)
    )
    return layout.packed(found).reshape(*block.shape[:-1], -1)
