"""Atoms: found, refined without bias to the limit of the noise, labelled and pictured."""

from __future__ import annotations

import dask
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import sidpy
from pycroscopy.image import AtomPositions, PeakStatus, locate_atoms, refine_atoms

SIGMA, OFFSET = 2.5, (0.23, -0.31)


def peaks(shape, positions, *, amplitude=1.0, sigma=SIGMA, background=0.0):
    """Sum of Gaussians; `sigma` may be a pair for rows and columns."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    sr, sc = np.broadcast_to(sigma, 2)
    image = np.full(shape, float(background))
    for row, column in positions:
        image += amplitude * np.exp(
            -0.5 * (((rows - row) / sr) ** 2 + ((columns - column) / sc) ** 2)
        )
    return image


def mosaic(n, spacing=22):
    """n x n peaks far enough apart to be fitted one by one; starts are whole pixels."""
    start = np.stack(np.mgrid[:n, :n], -1).reshape(-1, 2) * float(spacing) + spacing // 2
    return (n * spacing, n * spacing), start, start + OFFSET


def labelled(values, *, pixel=(0.02, 0.02), units="nm", title="lattice"):
    data = sidpy.Dataset.from_array(values, title=title, datatype="IMAGE", units="counts")
    for axis, (name, step) in enumerate(zip(("y", "x"), pixel, strict=True)):
        at = 5 + step * np.arange(values.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, name, "distance", units, "spatial"))
    return data


def bound(model, truth, variance):
    """Cramer-Rao bound of every parameter, from central differences of the model."""
    truth = np.asarray(truth, float)
    columns = []
    for k in range(len(truth)):
        step = np.zeros_like(truth)
        step[k] = 1e-5 * max(abs(truth[k]), 1)
        columns.append((model(truth + step) - model(truth - step)).ravel() / (2 * step[k]))
    slopes = np.stack(columns)
    return np.sqrt(np.diag(np.linalg.inv((slopes / np.ravel(variance)) @ slopes.T)))


def window(p):
    """One peak in 21 x 21 pixels: amplitude, row, column, width, background."""
    return peaks((21, 21), [(10 + p[1], 10 + p[2])], amplitude=p[0], sigma=p[3], background=p[4])


# ------------------------------------------------------------------ bias and precision


@pytest.mark.parametrize("shape", ["circular", "elliptical"])
@pytest.mark.parametrize("size", [40, 41])
@pytest.mark.parametrize("level", [0.0, 0.7])
@pytest.mark.parametrize("radius", [None, 8, 9])
def test_a_noiseless_peak_is_found_exactly_with_and_without_background(size, level, radius, shape):
    image = peaks((size, size + 3), [(19.77, 20.31)], background=level)

    atoms = refine_atoms(image, [[20, 20]], shape=shape, radius=radius)

    np.testing.assert_allclose(atoms.positions, [[19.77, 20.31]], atol=1e-6)
    assert atoms.columns["sigma"][0] == pytest.approx(SIGMA, abs=1e-5)
    assert atoms.columns["amplitude"][0] == pytest.approx(1, abs=1e-5)
    assert atoms.columns["background"][0] == pytest.approx(level, abs=1e-5)


@pytest.mark.parametrize("noise", [0.05, 0.1, 0.3])
def test_white_noise_is_the_only_limit(noise):
    shape, start, truth = mosaic(17)
    image = peaks(shape, truth, background=0.2)
    image += noise * np.random.default_rng(0).standard_normal(shape)
    limit = bound(window, [1, *OFFSET, SIGMA, 0.2], noise**2)

    atoms = refine_atoms(image, start, radius=10)

    error = atoms.positions - truth
    rms, n = np.sqrt(np.nanmean(error**2)), 2 * len(start)
    assert limit[1] == pytest.approx(np.sqrt(2 / np.pi) * noise, rel=0.01)
    assert rms <= 1.1 * limit[1]
    assert np.all(np.abs(np.nanmean(error, axis=0)) < 4 * rms / np.sqrt(n / 2))
    assert np.nanmedian(atoms.errors) == pytest.approx(limit[1], rel=0.05)
    assert atoms.n_failed <= 0.01 * len(start)


@pytest.mark.parametrize("counts", [100, 1000, 10000])
def test_counting_is_the_only_limit(counts):
    shape, start, truth = mosaic(17)
    amplitude = counts / (2 * np.pi * SIGMA**2)
    image = np.random.default_rng(1).poisson(
        peaks(shape, truth, amplitude=amplitude, background=0.1 * amplitude)
    )
    parameters = [amplitude, *OFFSET, SIGMA, 0.1 * amplitude]
    limit = bound(window, parameters, window(parameters))

    atoms = refine_atoms(image, start, radius=10, noise="poisson")

    error = atoms.positions - truth
    rms = np.sqrt(np.nanmean(error**2))
    assert rms <= 1.1 * limit[1]
    assert np.all(np.abs(np.nanmean(error, axis=0)) < 4 * rms / np.sqrt(len(start)))
    assert np.nanmedian(atoms.errors) == pytest.approx(limit[1], rel=0.06)
    assert atoms.n_failed <= 0.02 * len(start)


def lattice(spacing, n=5, seed=2):
    shift = np.random.default_rng(seed).uniform(-0.4, 0.4, (n * n, 2))
    start = np.stack(np.mgrid[:n, :n], -1).reshape(-1, 2) * float(spacing) + 9
    return (n * spacing + 9, n * spacing + 10), np.rint(start + shift), start + shift


@pytest.mark.parametrize("spacing", [8, 9, 12])
@pytest.mark.parametrize("shape", ["circular", "elliptical"])
def test_neighbours_do_not_pull(spacing, shape):
    size, start, truth = lattice(spacing)

    atoms = refine_atoms(peaks(size, truth, background=0.3), start, shape=shape)

    np.testing.assert_allclose(atoms.positions, truth, atol=0.005)


def test_crowded_atoms_reach_the_joint_limit_and_know_it():
    size, start, truth = lattice(9, n=4)
    noise, repetitions = 0.05, 14
    r = np.random.default_rng(3)

    def whole(p):
        table = p[:-1].reshape(-1, 4)
        rows, columns = np.mgrid[: size[0], : size[1]]
        square = (rows - table[:, 1, None, None]) ** 2 + (columns - table[:, 2, None, None]) ** 2
        spread = np.exp(-0.5 * square / table[:, 3, None, None] ** 2)
        return p[-1] + np.einsum("n,nij->ij", table[:, 0], spread)

    ones = np.ones(len(truth))
    parameters = np.append(np.column_stack([ones, truth, SIGMA * ones]).ravel(), 0.3)
    limit = bound(whole, parameters, noise**2)[:-1].reshape(-1, 4)[:, 1:3]
    found = [
        refine_atoms(whole(parameters) + noise * r.standard_normal(size), start)
        for _ in range(repetitions)
    ]

    error = np.stack([atoms.positions for atoms in found]) - truth
    assert np.sqrt(np.mean(error**2)) <= 1.1 * np.sqrt(np.mean(limit**2))
    stated = np.stack([atoms.errors for atoms in found])
    np.testing.assert_allclose(np.mean(stated, axis=0), limit, rtol=0.15)
    assert abs(np.mean(error)) < 0.01
    chi = np.mean([atoms.columns["reduced_chi_squared"] for atoms in found])
    assert chi == pytest.approx(noise**2, rel=0.1)


def test_known_variance_weighs_the_pixels_and_makes_chi_squared_one():
    shape, start, truth = mosaic(8)
    sigma = np.where(np.arange(shape[1]) % 2, 0.02, 0.3)
    values = peaks(shape, truth) + sigma * np.random.default_rng(4).standard_normal(shape)
    image = labelled(values, pixel=(1.0, 1.0))
    image.variance = np.broadcast_to(sigma**2, shape).copy()

    weighted = refine_atoms(image, start)
    plain = refine_atoms(values, start)

    rms = [np.sqrt(np.mean((atoms.positions - truth) ** 2)) for atoms in (weighted, plain)]
    assert rms[0] < 0.4 * rms[1]
    assert rms[0] == pytest.approx(np.sqrt(np.mean(weighted.errors**2)), rel=0.15)
    assert np.mean(weighted.columns["reduced_chi_squared"]) == pytest.approx(1, abs=0.03)


def test_an_elliptical_atom_gives_both_widths_and_its_angle():
    rows, columns = np.mgrid[:41, :45] - np.array([20.3, 22.6])[:, None, None]
    angle = 0.5
    along = np.cos(angle) * rows + np.sin(angle) * columns
    across = -np.sin(angle) * rows + np.cos(angle) * columns
    image = 0.4 + 2 * np.exp(-0.5 * ((along / 4) ** 2 + (across / 2) ** 2))
    image += 0.01 * np.random.default_rng(5).standard_normal(image.shape)

    atoms = refine_atoms(image, [[20, 23]], shape="elliptical")

    for name, true in {"sigma": 4, "sigma_minor": 2, "angle": 0.5, "amplitude": 2}.items():
        value, error = atoms.columns[name][0], atoms.columns[f"{name}_error"][0]
        assert abs(value - true) < 4 * error
        assert 0 < error < 0.05


@pytest.mark.parametrize("background", ["none", "constant", "plane"])
def test_a_sloping_background_pulls_unless_it_is_part_of_the_model(background):
    image = peaks((40, 40), [(20.2, 19.6)]) + 0.02 * np.arange(40)

    atoms = refine_atoms(image, [[20, 20]], background=background, radius=9)

    shift = np.abs(atoms.positions - [20.2, 19.6]).max()
    assert (shift < 1e-6) == (background == "plane")


# ------------------------------------------------------------------ what can go wrong


def test_missing_pixels_and_the_border_are_left_out_of_the_fit():
    truth = np.array([[1.3, 20.4], [25.2, 25.7], [38.6, 44.2]])
    image = peaks((40, 47), truth, background=0.5)
    image[23:25, 20:30] = np.nan

    atoms = refine_atoms(image, np.rint(truth))

    np.testing.assert_allclose(atoms.positions, truth, atol=0.005)
    assert np.all(atoms.good)


def test_dark_missing_and_far_atoms_fail_and_say_why():
    image = peaks((80, 80), [(60, 60)]) - peaks((80, 80), [(15, 15)])
    image[50:80, 0:30] = np.nan

    atoms = refine_atoms(image, [[15, 15], [62, 12], [-30, 4], [60, 55], [60, 60]], radius=9,
                         max_shift=2)  # fmt: skip

    status = [PeakStatus(s) if s < 0 else s for s in atoms.status.tolist()]
    assert status[0] in (PeakStatus.NO_PEAK, PeakStatus.MOVED)
    assert status[1:3] == [PeakStatus.OUTSIDE] * 2
    assert status[4] > 0
    assert atoms.n_failed >= 3
    assert np.isnan(atoms.positions[:3]).all()
    assert np.isnan(atoms.errors[:3]).all()


def test_a_dark_spot_alone_has_no_peak():
    atoms = refine_atoms(1 - peaks((40, 40), [(20, 20)]), [[20, 20]], radius=8)

    assert atoms.status.tolist()[0] < 0
    assert np.isnan(atoms.positions).all()


def test_pixels_need_not_be_square():
    truth = np.array([[20.3, 30.4], [50.7, 88.1]])
    pixel = (0.04, 0.02)
    image = labelled(peaks((70, 120), truth, sigma=(1.5, 3.0)), pixel=pixel)

    found = locate_atoms(image, atom_size=0.1)
    atoms = refine_atoms(image, found)

    order = np.argsort(atoms.positions[:, 0])
    np.testing.assert_allclose(atoms.positions[order], truth, atol=0.005)
    np.testing.assert_allclose(atoms.columns["sigma"], 3.0, atol=0.01)
    np.testing.assert_allclose(atoms.coordinates[order], 5 + truth * pixel, atol=2e-4)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"shape": "round"}, ValueError, "shape is 'round'; it can be one of"),
        ({"background": "cubic"}, ValueError, "background is 'cubic'; it can be one of"),
        ({"noise": "pink"}, ValueError, "noise is 'pink'; it can be one of"),
        ({"atoms": [1, 2]}, ValueError, r"atoms have shape \(2,\); expected \(atoms, 2\)"),
        ({"image": np.ones(5)}, TypeError, r"expected a real image or stack of images, found"),
        ({"image": "a.tif"}, TypeError, "expected a sidpy.Dataset or an array, found str"),
    ],
)
def test_wrong_arguments_are_named(change, error, match):
    arguments = {"image": np.ones((20, 20)), "atoms": [[5, 5]]} | change

    with pytest.raises(error, match=match):
        refine_atoms(arguments.pop("image"), arguments.pop("atoms"), **arguments)


# ------------------------------------------------------------------ finding


def test_every_atom_of_a_noisy_lattice_is_located_once():
    size, _start, truth = lattice(12, n=7)
    image = peaks(size, truth, background=0.3)
    image += 0.05 * np.random.default_rng(6).standard_normal(size)

    atoms = locate_atoms(image, atom_size=3)

    distance = np.linalg.norm(atoms.positions[:, None] - truth, axis=2)
    assert len(atoms) == len(truth)
    assert np.all(distance.min(axis=0) < 1.5)
    assert np.isnan(atoms.errors).all()


def test_holes_are_no_atoms():
    size, _, truth = lattice(12)
    image = peaks(size, truth)
    image[20:23] = np.nan

    atoms = locate_atoms(image, atom_size=3)

    assert np.isfinite(image[tuple(atoms.positions.astype(int).T)]).all()
    assert len(locate_atoms(np.full((9, 9), np.nan), atom_size=2)) == 0


# ------------------------------------------------------------------ labels, stacks, pictures


def test_positions_carry_units_errors_and_the_whole_history():
    size, _start, truth = lattice(12)
    values = peaks(size, truth) + 0.02 * np.random.default_rng(7).standard_normal(size)
    image = labelled(values)

    atoms = refine_atoms(image, locate_atoms(image, atom_size=0.06))
    table = atoms.to_dataset()

    assert isinstance(atoms, AtomPositions)
    assert np.asarray(atoms).shape == (25, 3)
    np.testing.assert_allclose(atoms.coordinates, 5 + 0.02 * atoms.positions)
    np.testing.assert_allclose(atoms.coordinate_errors, 0.02 * atoms.errors)
    assert table.data_type is sidpy.DataType.POINT_CLOUD
    assert table.title == "lattice atoms"
    assert table.shape[0] == 25
    names = table.metadata["atoms"]["columns"]
    np.testing.assert_array_equal(np.asarray(table)[:, names.index("row")], atoms.positions[:, 0])
    np.testing.assert_array_equal(table.point_cloud["coordinates"], atoms.coordinates[:, ::-1])
    assert table.point_cloud["spacial_units"] == "nm"
    functions = [step.function for step in table.history]
    assert functions[-2:] == ["pycroscopy.image.locate_atoms", "pycroscopy.image.refine_atoms"]
    assert table.history[-2].parameters["atom_size"] == 0.06


def stack_of(n_frames=5):
    _, _start, truth = lattice(14, n=3)
    frames = np.stack(
        [peaks((60, 64), truth + np.array([0.2 * t, -0.1 * t])) for t in range(n_frames)]
    )
    data = sidpy.Dataset.from_array(frames, title="series", chunks=(2, 30, 64),
                                    datatype="IMAGE_STACK")  # fmt: skip
    for axis, (name, kind) in enumerate(
        [("frame", "temporal"), ("y", "spatial"), ("x", "spatial")]
    ):
        at = np.arange(frames.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, name, "distance", "nm", kind))
    return data, truth


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_a_stack_is_worked_through_frame_by_frame(scheduler):
    data, truth = stack_of()

    with dask.config.set(scheduler=scheduler):
        atoms = refine_atoms(data, locate_atoms(data, atom_size=3))

    assert atoms.frames.tolist() == sorted(np.repeat(np.arange(5), 9).tolist())
    for t in range(5):
        found = atoms.frame(t).positions
        expected = truth + np.array([0.2 * t, -0.1 * t])
        distance = np.linalg.norm(found[:, None] - expected, axis=2)
        assert distance.min(axis=0).max() < 0.01


def test_the_frames_may_come_last():
    data, truth = stack_of(2)
    turned = data.transpose(1, 2, 0)

    atoms = refine_atoms(turned, np.rint(truth))

    assert len(atoms) == 18
    np.testing.assert_allclose(atoms.frame(0).positions, truth, atol=0.01)


@pytest.mark.distributed
def test_a_cluster_gives_the_same_atoms(cluster):
    data, truth = stack_of()
    with dask.config.set(scheduler="threads"):
        expected = refine_atoms(data, np.rint(truth))

    with cluster.as_current():
        atoms = refine_atoms(data, np.rint(truth))

    np.testing.assert_allclose(atoms.positions, expected.positions, atol=1e-9)
    np.testing.assert_array_equal(atoms.frames, expected.frames)


def test_the_picture_shows_the_atoms_in_the_units_of_the_image():
    from matplotlib.figure import Figure

    size, start, truth = lattice(12)
    atoms = refine_atoms(labelled(peaks(size, truth)), start)

    figure = atoms.plot(figure=Figure())

    axes = figure.axes[0]
    assert axes.get_xlabel() == "x (nm)"
    shown = np.column_stack([axes.lines[0].get_ydata(), axes.lines[0].get_xdata()])
    np.testing.assert_allclose(shown, atoms.coordinates)


def test_no_atoms_make_no_table():
    atoms = locate_atoms(np.ones((20, 20)), atom_size=2)

    assert len(atoms) == 0
    with pytest.raises(ValueError, match="no atoms in 'generic'"):
        atoms.to_dataset()


def test_blurred_impulses_are_found_exactly():
    comb = np.zeros((64, 64))
    comb[4:64:8, 4:64:8] = 1

    atoms = locate_atoms(gaussian_filter(comb, 2), atom_size=0.1)

    assert len(atoms) >= 64
    assert set(np.unique(atoms.positions[:64])) == set(range(4, 64, 8))
