"""Find the atoms of images and refine where they are, image by image of any stack.

`locate_atoms` finds bright spots to the pixel, `refine_atoms` fits them to the limit that
the noise allows.  Both take one image or a stack; a stack is worked through chunk by chunk
on whatever dask scheduler is active.
"""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pycroscopy._inputs import as_dataset, lazy
from sidpy.proc.progress import compute
from sidpy.sid.operations import operation

from .gaussians import BACKGROUNDS, SHAPES, PeakModel
from .positions import AtomPositions, ImageAxes, image_axes, is_table
from .refinement import Peaks, RefineSettings, refine_peaks, window_radius

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["locate_atoms", "refine_atoms"]

#: Largest chunk of a stack in one task, in pixels.
_TASK_PIXELS = 1 << 23


@operation(name="pycroscopy.image.locate_atoms")
def locate_atoms(
    image: Any,
    *,
    atom_size: float,
    threshold: float = -1.0,
    method: Literal["log", "template", "threshold"] = "log",
    template: ArrayLike | None = None,
) -> AtomPositions:
    """Find bright atoms to about a pixel.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        Real; NaN counts as missing. Spatial axes are the image.
    atom_size : float, in units of the image axes
        Width (standard deviation) of an atom; the largest one for "log". In pixels for an
        array.
    threshold : float
        For "log" how far an atom must stand out, as a share of the range of the image; the
        standard deviation of the image, in the same units, when it is not positive. For
        "template" the smallest correlation, for "threshold" a level as a share of the range;
        both tell atoms from noise by themselves when it is not positive.
    method : {"log", "template", "threshold"}
        Blobs of any width; likeness to a template, which finds atoms in noise and weak ones
        beside strong ones; or what is above the mean around it, by its centre of mass.
    template : array of shape (rows, columns), optional
        For "template": what to look for, with the position in its middle; a Gaussian of
        `atom_size` by default.

    Returns
    -------
    AtomPositions
        Strongest first within each image; not refined, so the errors are NaN.

    Raises
    ------
    TypeError
        When `image` is not a real image or stack, or a number is a word.
    ValueError
        When the method is unknown, or the template no image with a shape.

    Notes
    -----
    Maxima of the scale-normalised Laplacian of Gaussians [1]_, or of the normalised
    correlation [2]_. Computes at once, a stack chunk by chunk.

    References
    ----------
    .. [1] Lindeberg, Int. J. Comput. Vis. 30, 79 (1998), doi:10.1023/A:1008045108935
    .. [2] Lewis, Vision Interface 95, 120 (1995)

    Examples
    --------
    >>> import numpy as np
    >>> y, x = np.mgrid[:40, :50]
    >>> atoms = locate_atoms(np.exp(-((y - 12) ** 2 + (x - 30) ** 2) / 18), atom_size=4)
    >>> atoms.positions
    array([[12., 30.]])
    """
    dataset = as_dataset(image)
    axes = image_axes(dataset)
    for name, value in (("atom_size", atom_size), ("threshold", threshold)):
        if not isinstance(value, numbers.Real) or isinstance(value, bool):
            msg = f"{name} should be a number, found {value!r}"
            raise TypeError(msg)
    if method not in ("log", "template", "threshold"):
        msg = f"method is {method!r}; it can be 'log', 'template' or 'threshold'"
        raise ValueError(msg)
    # a width is in pixels of the finer axis; along the other it spans fewer of them
    aspect = (1 / axes.aspect[0], 1 / axes.aspect[1])
    sigma = float(atom_size) / min(axes.pixel)
    shown = _template(template, sigma, aspect) if method == "template" else None
    options = (sigma, float(threshold), aspect, method, shown)
    found = _frame_by_frame(dataset, axes, _locate, options, "locate_atoms")
    frames = np.repeat(np.arange(len(found)), [len(blobs.positions) for blobs in found])
    positions = np.concatenate([blobs.positions for blobs in found])
    return AtomPositions(
        positions=positions,
        covariance=np.full((len(positions), 2, 2), np.nan),
        columns={
            "sigma": np.concatenate([blobs.sigma for blobs in found]),
            "response": np.concatenate([blobs.response for blobs in found]),
        },
        status=np.ones(len(positions), np.int8),
        frames=frames,
        image=dataset,
    )


@operation(name="pycroscopy.image.refine_atoms")
def refine_atoms(  # noqa: PLR0913 - the independent choices of a fit, all by keyword
    image: Any,
    atoms: AtomPositions | sidpy.Dataset | ArrayLike,
    *,
    sigma: float | None = None,
    shape: Literal["circular", "elliptical"] = "circular",
    background: Literal["none", "constant", "plane"] = "constant",
    noise: Literal["white", "poisson"] = "white",
    radius: float | None = None,
    max_shift: float | None = None,
) -> AtomPositions:
    """Refine atom positions by fitting Gaussians on a local background.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        Real; NaN counts as missing. Counts for Poisson noise. A variance of the dataset
        weighs its pixels.
    atoms : AtomPositions, its Dataset, or array of shape (atoms, 2 or more)
        Start: rows and columns in pixels; an array serves for every image of a stack.
    sigma : float, in units of the image axes, optional
        Width of an atom to begin with; from `atoms` when they know it, or estimated.
    shape : {"circular", "elliptical"}
        Of an atom in the specimen: pixels that are not square are taken into account.
    background : {"none", "constant", "plane"}
        Below each atom; where windows overlap it varies smoothly from place to place.
    noise : {"white", "poisson"}
        Least squares, or maximum likelihood for counts.
    radius : float, px, optional
        Half width of the window along the finer axis; three fitted widths and a pixel by
        default, which loses no information. Neighbours in it are part of the fit.
    max_shift : float, px, optional
        Atoms that would move farther count as failed; `radius` by default.

    Returns
    -------
    AtomPositions
        Positions with covariances; columns `sigma`, `sigma_minor`, `angle`, `amplitude`,
        `background`, errors of these and `reduced_chi_squared`; a `status` each.

    Raises
    ------
    TypeError
        When `image` is not a real image or stack.
    ValueError
        When a word is unknown, an array of atoms has another shape, or Poisson noise
        meets negative data.

    Notes
    -----
    Unbiased, and as precise as the Cramer-Rao bound: for white noise of deviation s a peak
    of height A is found to sqrt(2/pi) s/A pixels [1]_. Dark atoms fail with the status
    `PeakStatus.NO_PEAK`: negate the image. The model is the Gaussian at the middle of each
    pixel. Computes at once, a stack chunk by chunk.

    Atoms whose windows overlap are fitted together. Where the edge cuts several of these in
    half the fit may not settle, and all of them fail, or may settle away from the truth: leave
    atoms out that lie closer to the edge than their width.

    References
    ----------
    .. [1] Bobroff, Rev. Sci. Instrum. 57, 1152 (1986), doi:10.1063/1.1138619

    Examples
    --------
    >>> import numpy as np
    >>> y, x = np.mgrid[:40, :50]
    >>> image = 2 + np.exp(-((y - 12.3) ** 2 + (x - 30.8) ** 2) / 18)
    >>> refine_atoms(image, [[12, 31]]).positions.round(4)
    array([[12.3, 30.8]])
    """
    dataset = as_dataset(image)
    axes = image_axes(dataset)
    for name, word, known in (
        ("shape", shape, SHAPES), ("background", background, BACKGROUNDS),
        ("noise", noise, ("white", "poisson")),
    ):  # fmt: skip
        if word not in known:
            msg = f"{name} is {word!r}; it can be one of {sorted(known)}"
            raise ValueError(msg)
    if is_table(atoms):
        atoms = AtomPositions.from_dataset(atoms, dataset)
    start, frames = _starts(atoms, dataset, axes)
    model = PeakModel(shape, background, axes.aspect)
    width = _start_width(sigma, atoms, radius, axes)
    options = (start, frames, model, width, radius, max_shift, noise)
    found = _frame_by_frame(dataset, axes, _refine, options, "refine_atoms")
    return _collected(found, model, (start, frames), dataset)


def _is_known(atoms: Any) -> bool:
    return isinstance(atoms, AtomPositions) and len(atoms) > 0


def _starts(
    atoms: Any, dataset: sidpy.Dataset, axes: ImageAxes
) -> tuple[Floats, NDArray[np.intp]]:
    """Return start positions sorted by frame, and the frame of each."""
    n_frames = 1 if axes.frames is None else dataset.shape[axes.frames]
    if isinstance(atoms, AtomPositions):
        if len(atoms) and atoms.frames.max() >= n_frames:
            msg = f"atoms of frame {atoms.frames.max()} in a stack of {n_frames} images"
            raise ValueError(msg)
        order = np.argsort(atoms.frames, kind="stable")
        return atoms.positions[order], atoms.frames[order]
    start = np.asarray(atoms, np.float64)
    if start.ndim != 2 or start.shape[1] < 2:
        msg = f"atoms have shape {start.shape}; expected (atoms, 2): row and column in pixels"
        raise ValueError(msg)
    start = start[:, :2]
    return np.tile(start, (n_frames, 1)), np.repeat(np.arange(n_frames), len(start))


def _start_width(
    sigma: float | None, atoms: Any, radius: float | None, axes: ImageAxes
) -> float | None:
    """Return the width to begin with in px of the finer axis; None asks for an estimate."""
    if sigma is not None:
        return float(sigma) / min(axes.pixel)
    if _is_known(atoms) and "sigma_error" in atoms.columns:
        return float(np.nanmedian(atoms.columns["sigma"]))
    return None if radius is None else max(float(radius) / 3, 0.7)


def _frame_by_frame(
    dataset: sidpy.Dataset,
    axes: ImageAxes,
    kernel: Callable[..., Any],
    options: tuple[Any, ...],
    label: str,
) -> list[Any]:
    """Apply `kernel` to every image, chunk by chunk, and return one result per image."""
    import dask

    arrays = [lazy(dataset)]
    if kernel is _refine and dataset.variance is not None:
        arrays.append(lazy(dataset.variance))
    order = [a for a in (axes.frames, axes.rows, axes.columns) if a is not None]
    arrays = [array.transpose(order) for array in arrays]
    if axes.frames is None:
        arrays = [array[None] for array in arrays]
    pixels = arrays[0].shape[1] * arrays[0].shape[2]
    count = max(1, min(max(arrays[0].chunks[0]), _TASK_PIXELS // max(pixels, 1)))
    blocks = [a.rechunk({0: count, 1: -1, 2: -1}).to_delayed().ravel() for a in arrays]
    apply = dask.delayed(_on_chunk, pure=False)
    tasks = [
        apply(kernel, number * count, options, *chunk)
        for number, chunk in enumerate(zip(*blocks, strict=True))
    ]
    return [result for chunk in compute(tasks, label=label) for result in chunk]


def _on_chunk(
    kernel: Callable[..., Any], first: int, options: tuple[Any, ...], *arrays: Any
) -> list[Any]:
    chunks = zip(*map(np.asarray, arrays), strict=True)
    return [
        kernel(first + number, *images, options=options) for number, images in enumerate(chunks)
    ]


def _template(template: Any, sigma: float, aspect: tuple[float, float]) -> Floats:
    """Return what is looked for."""
    from .finding import gaussian_template

    if template is None:
        return gaussian_template(sigma, aspect)
    shown = np.asarray(template, np.float64)
    if shown.ndim != 2 or not np.isfinite(shown).all() or np.ptp(shown) == 0:
        msg = f"a template is a finite image that is not constant, found shape {shown.shape}"
        raise ValueError(msg)
    return shown


def _locate(_frame: int, image: NDArray[Any], *, options: tuple[Any, ...]) -> Any:
    from .blobs import find_blobs
    from .finding import find_by_template, find_by_threshold

    sigma, threshold, aspect, method, template = options
    if method == "template":
        apart = (2 * sigma * aspect[0], 2 * sigma * aspect[1])
        return find_by_template(image, template, threshold, separation=apart)
    find = find_blobs if method == "log" else find_by_threshold
    return find(image, sigma, threshold, aspect=aspect)


def _refine(
    frame: int, image: NDArray[Any], variance: Any = None, *, options: tuple[Any, ...]
) -> Peaks:
    start, frames, model, width, radius, max_shift, noise = options
    mine = start[frames == frame]
    weights = None
    if variance is not None:
        with np.errstate(divide="ignore"):
            weights = np.where(variance > 0, 1 / variance, 0.0)
    if width is None:
        width = _estimated_width(image, mine, model.aspect)
    peaks = Peaks(*[np.empty(0)] * 4)
    for _ in range(3):
        window = window_radius(width, model.aspect)
        if radius is not None:
            window = tuple(max(1, round(radius / a)) for a in model.aspect)
        settings = RefineSettings(
            model=PeakModel(model.shape, model.background, model.aspect, float(max(window))),
            radius=window,
            sigma=width,
            max_shift=float(max(window)) if max_shift is None else float(max_shift),
            noise=noise,
        )
        peaks = refine_peaks(image, mine, settings, weights=weights)
        good = peaks.status > 0
        if radius is not None or not good.any():
            break
        fitted = float(np.median(model.widths(peaks.parameters[good])[:, 0]))
        needed = np.array(window_radius(fitted, model.aspect))
        if np.all(needed <= window) and np.all(needed > 0.6 * np.array(window)):
            break
        width = fitted
    return peaks


def _estimated_width(image: NDArray[Any], start: Floats, aspect: tuple[float, float]) -> float:
    """Return the width of a typical peak from how it falls off around its top."""
    image = np.asarray(image, np.float64)
    if not np.isfinite(image).any():
        return 2.0
    tops = np.rint(start[np.isfinite(start).all(axis=1)]).astype(np.intp)
    tops = tops[np.all((tops >= 0) & (tops < image.shape), axis=1)]
    if not len(tops):
        return 2.0
    low = np.nanquantile(image, 0.05)
    reach = max(3, min(image.shape) // 4)
    height = np.nanmedian(image[tuple(tops.T)]) - low
    for distance in range(1, reach):
        around = []
        for row, column in ((0, distance), (0, -distance), (distance, 0), (-distance, 0)):
            at = tops + np.array([round(row / aspect[0]), round(column / aspect[1])])
            at = at[np.all((at >= 0) & (at < image.shape), axis=1)]
            around.append(image[tuple(at.T)])
        level = np.nanmedian(np.concatenate(around)) - low if sum(map(len, around)) else 0.0
        if level < 0.6 * height:
            return max(float(distance), 0.7)
    return float(reach) / 3


def _collected(
    found: list[Peaks],
    model: PeakModel,
    started: tuple[Floats, NDArray[np.intp]],
    dataset: sidpy.Dataset,
) -> AtomPositions:
    """Put the peaks of all images into one table."""
    q = model.n_parameters
    parameters = np.concatenate([peaks.parameters.reshape(-1, q) for peaks in found])
    covariance = np.concatenate([peaks.covariance.reshape(-1, q, q) for peaks in found])
    with np.errstate(invalid="ignore"):
        widths = model.widths(parameters)
        width_errors = model.width_errors(parameters, np.nan_to_num(covariance))
        errors = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    failed = np.isnan(parameters[:, 0])
    width_errors[failed] = np.nan
    columns = {
        "sigma": widths[:, 0],
        "sigma_minor": widths[:, 1],
        "angle": widths[:, 2],
        "sigma_error": width_errors[:, 0],
        "sigma_minor_error": width_errors[:, 1],
        "angle_error": width_errors[:, 2],
        "amplitude": parameters[:, 0],
        "amplitude_error": errors[:, 0],
        "background": parameters[:, model.n_peak] if q > model.n_peak else 0 * parameters[:, 0],
        "reduced_chi_squared": np.concatenate([peaks.reduced_chi_squared for peaks in found]),
        "start_row": started[0][:, 0],
        "start_column": started[0][:, 1],
    }
    return AtomPositions(
        positions=parameters[:, 1:3],
        covariance=covariance[:, 1:3, 1:3],
        columns=columns,
        status=np.concatenate([peaks.status for peaks in found]).astype(np.int8),
        frames=started[1],
        image=dataset,
    )
