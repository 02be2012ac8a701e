"""Every analysis on what people really hand over: odd layouts, holes, constants, too little.

However numbers lie in memory, the result is the same.  What cannot be analysed is refused by
an exception of ours that says why; nothing of the libraries beneath comes through.
"""

from __future__ import annotations

import dataclasses
import pathlib
import traceback
from collections.abc import Mapping

import dask.array as da
import numpy as np
import pytest

import pycroscopy
import sidpy
from pycroscopy import diffraction, fit, image, learn, signal, spectroscopy, stats
from pycroscopy.simulate import (
    band_excitation_scan,
    core_losses,
    current_scan,
    diffraction_scan,
    emission_image,
    loop_scan,
    low_losses,
    raman_map,
    tunnel_scan,
)

pytestmark = pytest.mark.slow
pytest.importorskip("xraylib", reason="needs every optional library of pycroscopy")
OURS = tuple(str(pathlib.Path(package.__file__).parent) for package in (pycroscopy, sidpy))
SPACE = (("y", 0.02, "nm", "spatial", 5.0), ("x", 0.03, "nm", "spatial", 1.0))


def with_axes(values, kind, axes):
    """Return values with axes (name, step, units, type, first value)."""
    data = sidpy.Dataset.from_array(values, title="t", units="counts", datatype=kind)
    for axis, (name, step, units, type_, first) in enumerate(axes):
        at = first + step * np.arange(values.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, name, name, units, type_))
    return data


def like(other):
    """Return a function that puts values on the axes of a dataset, as far as they fit."""

    def labelled(values):
        data = sidpy.Dataset.from_array(values, title="t", units=other.units)
        data.data_type = other.data_type
        for axis in range(min(values.ndim, other.ndim)):
            if values.shape[axis] == other.shape[axis]:
                data.set_dimension(axis, other._axes[axis])
        return data

    values = np.asarray(other.compute())
    return labelled, values if values.dtype.kind == "c" else values.astype(float)


def lattice():
    y, x = np.mgrid[:45, :52]
    columns = [(row, column) for row in range(6, 45, 8) for column in range(6, 52, 8)]
    expected = sum(np.exp(-((y - r) ** 2 + (x - c) ** 2) / 8) for r, c in columns) * 100 + 10
    return np.random.default_rng(0).poisson(expected).astype(float), np.array(columns, float)


def spectra():
    random = np.random.default_rng(1)
    peak = np.exp(-(((np.arange(40) - 20) / 4) ** 2))
    height = np.where(np.arange(30).reshape(5, 6) % 3, 50, 400) + random.integers(0, 9, (5, 6))
    return np.round(100 + np.multiply.outer(height, peak) + 9 * random.random((5, 6, 40)))


def waves():
    phase = np.random.default_rng(2).random((5, 6, 1))
    return np.round(100 * np.sin(2 * np.pi * 0.06 * np.arange(64) + phase))


def patterns():
    made = diffraction_scan(
        (3, 4), (40, 48), radius=4, vectors=((12.0, 2.0), (-1.0, 13.0)), electrons=2e4, seed=0
    )
    return np.round(made.data.compute()).astype(float)


IMAGE, ATOMS = lattice()
SPECIMEN = {"elements": ("O", "Si", "Ti", "Fe"), "beam_energy": 2e5}
HOLES = np.arange(IMAGE.size).reshape(IMAGE.shape) % 97 == 0
EXAMPLES = np.where(IMAGE > 60, 2, np.where(IMAGE < 15, 1, 0))
PROBE = (np.hypot(*np.mgrid[-20:20, -24:24]) < 4).astype(float)
WINDOWS = {f"window_{what}_{axis}": 6 for what in ("size", "step") for axis in "xy"}

ROOMS = {
    "image": (
        lambda v: with_axes(v, "IMAGE", SPACE), IMAGE, {
            "atom_refine": lambda d: image.atom_refine(d, ATOMS, 4),
            "classify_pixels": lambda d: image.classify_pixels(d, EXAMPLES, sigma_max=2),
            "clean_svd": lambda d: image.clean_svd(d, 0.02, 0.1),
            "decon_lr": lambda d: image.decon_lr(d, 0.04),
            "denoise": image.denoise,
            "denoise wavelet": lambda d: image.denoise(d, method="wavelet"),
            "denoise tv": lambda d: image.denoise(d, method="tv"),
            "denoise_patches": lambda d: image.denoise_patches(d, size=6, step=2),
            "diffractogram_spots": lambda d: image.diffractogram_spots(d, 0.3),
            "adaptive_fourier_filter": lambda d: image.adaptive_fourier_filter(
                d, np.array([[6.0, 0, 0], [0, 4.0, 0]]), 1, 0.5
            ),
            "find_grains": image.find_grains,
            "remove_scars": image.remove_scars,
            "flatten_image": image.flatten_image,
            "inpaint": lambda d: image.inpaint(d, missing=HOLES),
            "lattice_waves": image.lattice_waves,
            "level_facets": image.level_facets,
            "level_lines": image.level_lines,
            "level_plane": lambda d: image.level_plane(d, order=2),
            "level_terraces": image.level_terraces,
            "locate_atoms": lambda d: image.locate_atoms(d, atom_size=0.05),
            "refine_atoms": lambda d: image.refine_atoms(d, ATOMS),
            "phase_strain": lambda d: image.phase_strain(
                d, resolution=0.3, vectors=[[6.25, 0], [0, 4.17]]
            ),
            "power_spectral_density": image.power_spectral_density,
            "power_spectrum": image.power_spectrum,
            "radial_spectrum": image.radial_spectrum,
            "richardson_lucy": lambda d: image.richardson_lucy(d, np.outer([1, 2, 1], [1, 2, 1])),
            "segment": image.segment,
            "sliding_windows": lambda d: image.sliding_windows(d, WINDOWS),
            "optical_flow": lambda d: image.optical_flow(d, d),
            "shift_between": lambda d: image.shift_between(d, d),
            "correct_scan_pair": lambda d: image.correct_scan_pair(d, d),
            "morans_i": stats.morans_i,
            "variogram": stats.variogram,
        },
    ),
    "stack": (
        lambda v: with_axes(v, "IMAGE_STACK", (("t", 1.0, "s", "temporal", 0.0), *SPACE)),
        np.stack([np.roll(IMAGE, (k, -k), (0, 1)) for k in range(4)]), {
            "register": lambda d: image.register(d, band=2),
            "rigid_registration": image.rigid_registration,
        },
    ),
    "spectra": (
        lambda v: with_axes(
            v, "SPECTRAL_IMAGE", (*SPACE, ("e", 0.5, "eV", "spectral", 100.0))
        ),
        spectra(), {
            "decompose": learn.decompose,
            "decompose counts": lambda d: learn.decompose(d, noise="poisson"),
            "cluster": lambda d: learn.cluster(d, 2),
            "unmix": lambda d: learn.unmix(d, 2),
            "unmix vca": lambda d: learn.unmix(d, 2, method="vca"),
            "unmix nmf": lambda d: learn.unmix(d, 2, method="nmf"),
            "fit_references": lambda d: learn.fit_references(d, spectra().reshape(-1, 40)[:2]),
            **{
                f"MatrixFactor {method}": lambda d, method=method: learn.MatrixFactor(
                    d, method
                ).do_fit()
                for method in ("svd", "pca", "nmf", "ica", "nfindr")
            },
            "baseline als": signal.baseline,
            "baseline snip": lambda d: signal.baseline(d, method="snip", width=3.0),
            "baseline polynomial": lambda d: signal.baseline(d, method="polynomial"),
            "find_peaks": signal.find_peaks,
            "correlate": signal.correlate,
            "correlation_coefficient": lambda d: signal.correlation_coefficient(
                d, spectra()[0, 0]
            ),
            "remove_outliers": signal.remove_outliers,
            "resample": lambda d: signal.resample(d, 0.3),
            "bootstrap": lambda d: stats.bootstrap(
                d, lambda v: v.mean(axis=0), random_state=0, method="percentile"
            ),
        },
    ),
    "waves": (
        lambda v: with_axes(v, "SPECTRAL_IMAGE", (*SPACE, ("t", 1e-3, "s", "temporal", 0.0))),
        waves(), {
            "analytic_signal": signal.analytic_signal,
            "filter_signals": lambda d: signal.filter_signals(d, noise_tolerance=1e-6),
            "find_tone": signal.find_tone,
            "instantaneous_frequency": signal.instantaneous_frequency,
            "lock_in": lambda d: signal.lock_in(d, 60.0),
            "noise_floor": signal.noise_floor,
        },
    ),
    "patterns": (
        lambda v: with_axes(
            v, "IMAGE_4D",
            (*SPACE, *((n, 0.1, "1/nm", "reciprocal", -2.0) for n in "vu")),
        ),
        patterns(), {
            "virtual_images": lambda d: diffraction.virtual_images(
                d, diffraction.disk(0.5), center_of_mass=True
            ),
            "center_of_mass": diffraction.center_of_mass,
            "radial_profiles": diffraction.radial_profiles,
            "azimuthal_profiles": lambda d: diffraction.azimuthal_profiles(d, 0.5, 1.5),
            "find_disks": lambda d: diffraction.find_disks(
                d, diffraction.probe_template(PROBE), distance=0.6
            ),
            "fit_disk": lambda d: diffraction.fit_disk(d[0, 0], 0.5),
            "fit_ring": lambda d: diffraction.fit_ring(d[0, 0], 1.0, 1.5),
        },
    ),
    "low losses": (
        *like(low_losses((3, 4), channels=200, electrons=1e4).data), {
            "zero_loss": spectroscopy.zero_loss,
            "align_zero_loss": spectroscopy.align_zero_loss,
            "relative_thickness": spectroscopy.relative_thickness,
            "fourier_log": spectroscopy.fourier_log,
            "kramers_kronig": lambda d: spectroscopy.kramers_kronig(
                d, beam_energy=2e5, collection_angle=0.01, refractive_index=2.0
            ),
        },
    ),
    "core losses": (
        *like(core_losses((3, 4), channels=400).data), {
            "fit_background": lambda d: spectroscopy.fit_background(d, (210, 300)),
            "remove_background": lambda d: spectroscopy.remove_background(d, (210, 300)),
            "elemental_map": lambda d: spectroscopy.elemental_map(d, (210, 300), (320, 400)),
        },
    ),
    "resonances": (
        *like(band_excitation_scan((3, 4), 119).data), {"fit_resonance": fit.fit_resonance},
    ),
    "currents": (
        *like(current_scan((3, 4)).data), {
            "conductance": spectroscopy.conductance,
            "normalized_conductance": lambda d: spectroscopy.normalized_conductance(
                d, broadening=0.1
            ),
            "fit_current": fit.fit_current,
            "fit_current diode": lambda d: fit.fit_current(d, "diode"),
        },
    ),
    "tunneling": (
        *like(tunnel_scan((2, 3)).lock_in), {
            "fit_superconducting_gap": lambda d: spectroscopy.fit_superconducting_gap(
                d, temperature=4.2
            ),
            "fit_zero_bias": spectroscopy.fit_zero_bias,
            "fit_band_gap": spectroscopy.fit_band_gap,
        },
    ),
    "Raman": (
        *like(raman_map((2, 3)).data), {
            "guess_peaks": lambda d: [float(len(spectroscopy.guess_peaks(d).lines))],
            "remove_cosmic_rays": spectroscopy.remove_cosmic_rays,
            "shirley_background": spectroscopy.shirley_background,
            "tougaard_background": spectroscopy.tougaard_background,
            "fit_peaks": lambda d: spectroscopy.fit_peaks(
                d, raman_map((1, 1)).model
            ),
        },
    ),
    "emission": (
        *like(emission_image((2, 3)).data), {
            "window_intensities": lambda d: spectroscopy.window_intensities(d, **SPECIMEN),
            "fit_lines": lambda d: spectroscopy.fit_lines(d, **SPECIMEN),
            "fit_sum": lambda d: spectroscopy.fit_sum(d, **SPECIMEN),
        },
    ),
    "loops": (*like(loop_scan((3, 4)).data), {"project_loops": fit.project_loops}),
}  # fmt: skip

CASES = {
    name: (make, values, call)
    for make, values, calls in ROOMS.values()
    for name, call in calls.items()
}


def put(values, one):
    """Return a copy with another value in the middle."""
    copy = values.copy()
    copy[tuple(side // 2 for side in values.shape)] = one
    return copy


LAYOUTS = {
    "other byte order": lambda v: v.astype(v.dtype.newbyteorder(">")),
    "columns first": np.asfortranarray,
    "every second": lambda v: np.repeat(v, 2, axis=-1)[..., ::2],
    "integers": lambda v: v.astype("i4"),
}

ODD = {
    "one NaN": lambda v: put(v, np.nan),
    "one infinite": lambda v: put(v, np.inf),
    "all NaN": lambda v: np.full_like(v, np.nan),
    "constant": lambda v: np.full_like(v, 7),
    "zeros": np.zeros_like,
    "negative": np.negative,
    "one pixel": lambda v: v[(slice(0, 1),) * v.ndim],
    "two rows": lambda v: v[:2],
    "short": lambda v: v[..., :3],
    "an axis more": lambda v: v[None],
    "single precision": lambda v: v.astype("c8" if np.iscomplexobj(v) else "f4"),
    "complex": lambda v: v + 0j,
    "booleans": lambda v: np.abs(v) > np.abs(v).mean(),
    "text": lambda v: np.full(v.shape, "a"),
    "objects": lambda v: v.astype(object),
}


def numbers(result):
    """Return all numbers of a result."""
    if hasattr(result, "to_datasets"):
        result = result.to_datasets()
    elif hasattr(result, "to_dataset"):
        result = result.to_dataset()
    if isinstance(result, Mapping):
        return [array for part in result.values() for array in numbers(part)]
    if isinstance(result, list | tuple):
        return [array for part in result for array in numbers(part)]
    if isinstance(result, da.Array | np.ndarray | np.generic | float):
        return [np.asarray(result)]
    if dataclasses.is_dataclass(result):
        return numbers([getattr(result, field.name) for field in dataclasses.fields(result)])
    return []


def tried(call, data):
    """Return the numbers of a result, or none and the exception."""
    try:
        return numbers(call(data)), None
    except Exception as error:  # noqa: BLE001 - whose it is, is the question
        return [], error


def is_ours(error):
    """Tell whether an exception was raised by our code, for a reason that it tells."""
    raised = traceback.extract_tb(error.__traceback__)[-1].filename
    known = isinstance(error, sidpy.errors.SidpyError) or type(error) in {TypeError, ValueError}
    return known and raised.startswith(OURS) and len(str(error)) > 10


@pytest.mark.filterwarnings("ignore::sidpy.errors.SidpyWarning")
@pytest.mark.parametrize("name", CASES)
def test_the_layout_of_numbers_in_memory_changes_no_result(name):
    make, values, call = CASES[name]
    expected = numbers(call(make(values)))
    assert expected
    for layout, changed in LAYOUTS.items():
        if layout == "integers" and not (values == np.round(values.real)).all():
            continue
        found = numbers(call(make(changed(values))))
        assert len(found) == len(expected), layout
        for one, other in zip(found, expected, strict=True):
            known = np.abs(other[np.isfinite(other)]) if other.dtype.kind in "fc" else [1.0]
            close = 1e-6 * (1 + np.max(known, initial=0))
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=close, err_msg=layout)


@pytest.mark.filterwarnings("ignore::sidpy.errors.SidpyWarning")
@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_analysed_is_refused_by_a_reason_of_ours(name):
    make, values, call = CASES[name]
    for kind, changed in ODD.items():
        found, error = tried(call, make(changed(values)))
        assert found or is_ours(error), f"{kind}: {error!r}"


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_refused(name):
    make, values, call = CASES[name]
    with pytest.raises((TypeError, ValueError)) as caught:
        numbers(call(make(values[..., :0])))

    assert is_ours(caught.value)
