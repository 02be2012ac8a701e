"""Pictures say what they show: axes with units, scales of colours, what is missing."""

import subprocess
import sys

import numpy as np
import pytest

from pycroscopy import viz
from pycroscopy.fit import fit_loops, fit_resonance, measure_loops, project_loops
from pycroscopy.image import atom_strain, locate_atoms, polarization, sublattices
from pycroscopy.learn import cluster, decompose
from pycroscopy.simulate import band_excitation_scan, diffraction_scan, loop_scan
from pycroscopy.viz.fits import with_error
from pycroscopy.viz.maps import Colours
from sidpy.proc.models import Gaussian2D


def titles(figure):
    return [axes.get_title() for axes in figure.axes if axes.get_title()]


def bars(figure):
    return [axes.get_ylabel() for axes in figure.axes if axes.get_label() == "<colorbar>"]


# ------------------------------------------------------------------ maps


def test_a_map_has_its_axes_its_units_and_a_scale_of_colours(make, axes_of_map, figure):
    height = make(np.arange(12.0).reshape(3, 4) * 1e-9, *axes_of_map(3, 4), quantity="height",
                  units="m")  # fmt: skip

    viz.draw_maps({"surface": height}, figure)
    figure.canvas.draw()

    axes = figure.axes[0]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == (
        "surface", "width (nm)", "height (nm)",
    )  # fmt: skip
    assert bars(figure) == ["height (nm)"]
    extent = [-0.25e-9, 1.75e-9, 1.25e-9, -0.25e-9]
    np.testing.assert_allclose(axes.images[0].get_extent(), extent)
    assert "1.5" in [tick.get_text() for tick in axes.get_xticklabels()]
    np.testing.assert_array_equal(axes.images[0].get_array(), np.asarray(height))


def test_missing_values_are_grey_and_count_for_no_colour(make, axes_of_map, figure):
    values = np.linspace(1, 2, 20).reshape(4, 5)
    values[1, 2] = np.nan

    viz.draw_maps([make(values, *axes_of_map(4, 5), title="gap")], figure)

    axes = figure.axes[0]
    low, high = axes.images[0].get_clim()
    assert axes.get_facecolor()[:3] == (0.8, 0.8, 0.8)
    assert 1 <= low < 1.05
    assert 1.95 < high <= 2
    assert titles(figure) == ["gap"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([-2.0, 0, 1], ("RdBu_r", -1.96, 1.96)),
        ([1.0, 1, 1], ("viridis", 1, 1)),
        ([np.nan, np.nan], ("viridis", 0, 1)),
        ([0.0, 100], ("viridis", 1, 99)),
    ],
)
def test_colours_follow_the_values(values, expected):
    found = Colours.of(np.array(values))

    assert found.cmap == expected[0]
    np.testing.assert_allclose(found[1:], expected[1:])


def test_an_axis_without_even_steps_is_drawn_where_it_is(make, figure):
    import sidpy

    rows = sidpy.Dimension(np.array([0.0, 1, 4]), "depth", "distance", "nm", "spatial")
    columns = sidpy.Dimension(np.arange(4.0), "line", "distance", "nm", "spatial")

    viz.draw_maps([make(np.arange(12.0).reshape(3, 4), rows, columns, title="layers")], figure)

    corners = figure.axes[0].collections[0].get_coordinates()[:, 0, 1]
    np.testing.assert_allclose(corners, [-0.5, 0.5, 2.5, 5.5])


def test_profiles_have_errors_and_single_values_a_place(make, figure):
    import sidpy

    place = sidpy.Dimension(np.arange(3) * 2.0, "place", units="s")
    line = make(np.array([1.0, 2, np.nan]), place, quantity="current", units="A")
    line.variance = np.array([0.01, np.inf, np.nan])

    viz.draw_maps({"profile": line, "one": line.mean()}, figure)

    first, second = figure.axes
    assert (first.get_xlabel(), first.get_ylabel()) == ("place (s)", "current (A)")
    assert second.get_xlabel() == "position"
    segments = first.collections[0].get_segments()
    assert [round(float(np.ptp(s[:, 1])), 3) for s in segments[:2]] == [0.2, 0]


def test_pictures_of_nothing_are_refused():
    with pytest.raises(ValueError, match="nothing to draw"):
        viz.draw_maps({})
    with pytest.raises(ValueError, match="nothing to draw"):
        viz.draw_means({})


def test_arrays_without_labels_get_no_invented_units(figure):
    viz.draw_decomposition(decompose(np.random.default_rng(0).random((6, 5)), rank=1), 1, figure)

    assert not any("generic" in axes.get_xlabel() for axes in figure.axes)


# ------------------------------------------------------------------ components, clusters


def test_complex_components_are_drawn_by_their_magnitude(figure):
    data = np.outer(np.arange(1, 7), np.exp(1j * np.arange(9)))

    viz.draw_decomposition(decompose(data, rank=1), 4, figure)

    line = figure.axes[1].lines[0]
    np.testing.assert_allclose(line.get_ydata(), 1 / 3)


def test_clusters_have_one_colour_everywhere_and_noise_has_none(cube, figure):
    pytest.importorskip("sklearn")
    found = cluster(cube, 3, random_state=0)
    found.labels[0, 0] = -1

    viz.draw_clusters(found, figure)

    where, what, tree = figure.axes[:3]
    image = where.images[0]
    assert image.get_array().mask[0, 0]
    for number, line in enumerate(what.lines):
        assert image.cmap(image.norm(number)) == line.get_color()
    assert what.get_xlabel() == "loss (eV)"
    assert what.get_ylabel() == "intensity (counts)"
    names = [tick.get_text() for tick in tree.get_xticklabels()]
    assert names == ["0", "1", "2"]
    assert bars(figure) == ["cluster"]


def test_more_clusters_than_named_colours_and_a_single_one(cube, figure):
    pytest.importorskip("sklearn")

    viz.draw_clusters(cluster(cube, 12, random_state=0), figure)
    assert len(figure.axes[1].lines) == 12

    figure.clear()
    viz.draw_clusters(cluster(cube, 1, random_state=0), figure)
    assert titles(figure) == ["clusters", "mean responses"]


def test_a_line_of_positions_is_clustered_and_drawn(cube, figure):
    pytest.importorskip("sklearn")

    viz.draw_clusters(cluster(cube[0], 2, random_state=0), figure)

    assert figure.axes[0].get_xlabel() == "width (nm)"


def test_what_is_no_linkage_is_refused(figure):
    with pytest.raises(ValueError, match="a linkage has shape"):
        viz.draw_dendrogram(figure.add_subplot(), np.zeros((2, 2)))


# ------------------------------------------------------------------ fits


def test_a_fit_is_drawn_with_residual_and_errors(figure):
    made = band_excitation_scan((3, 4))
    fit = fit_resonance(made.data)

    viz.draw_fit(fit, (1, 2), figure)

    upper, lower, words = figure.axes
    assert upper.get_ylabel() == "displacement (m)"
    assert lower.get_xlabel() == "frequency (kHz)"
    data = np.asarray(made.data[1, 2])
    np.testing.assert_allclose(upper.lines[0].get_ydata(), data.real)
    rest = np.asarray(fit.residual[1, 2])
    np.testing.assert_allclose(lower.lines[-1].get_ydata(), rest.imag, atol=1e-9)
    text = words.texts[0].get_text()
    frequency = float(np.asarray(fit["resonance_frequency"][1, 2]))
    assert f"resonance_frequency = {frequency:.6g}"[:26] in text
    assert "±" in text


def test_a_fit_of_images_has_data_fit_and_residual(make, axes_of_map, figure):
    import sidpy

    y, x = np.mgrid[:9, :11]
    image = make(np.exp(-((y - 4) ** 2 + (x - 5) ** 2) / 8.0), *axes_of_map(9, 11, 1.0, "nm"))
    fit = sidpy.fit_dataset(image, Gaussian2D(), dims=(0, 1))

    viz.draw_fit(fit, (), figure)

    assert titles(figure) == ["data", "fit", "residual"]


def test_a_position_that_is_not_there_is_refused():
    fit = fit_resonance(band_excitation_scan((3, 4)).data)

    with pytest.raises(ValueError, match=r"position is \(3, 0\)"):
        viz.draw_fit(fit, (3, 0))
    with pytest.raises(ValueError, match="one of the"):
        viz.draw_fit(fit)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (1.0, 0.1, "1.00 ± 0.10 V"),
        (123456.0, 250.0, "123460 ± 250 V"),
        (-3.0e-12, 4e-13, "-3e-12 ± 4e-13 V"),
        (2.0, 0.0, "2 V"),
        (2.0, np.inf, "2 V"),
        (np.nan, 1.0, "failed"),
    ],
)
def test_values_are_written_to_two_digits_of_their_error(value, error, words):
    assert with_error(value, error, "V") == words


def test_a_loop_shows_its_branches_its_fit_and_its_biases(figure):
    made = loop_scan((2, 3))
    projected = project_loops(made.data)
    measured = measure_loops(projected.loops, projected.noise)
    fit = fit_loops(projected.loops)
    marks = {name: float(np.asarray(measured[name][1, 1])) for name in measured.values}

    curve = viz.draw_loop(
        figure.add_subplot(), projected.loops[1, 1], fitted=np.asarray(fit.fitted[1, 1]),
        measured=marks,
    )  # fmt: skip

    falling, rising = (np.isfinite(line.get_ydata()) for line in curve.lines)
    assert (falling | rising).all()
    assert (falling & rising).sum() == 2
    assert curve.marks["imprint"].get_xdata()[0] == marks["imprint"]
    assert curve.axes.get_xlabel() == "bias (V)"
    with pytest.raises(ValueError, match="one loop is drawn at a time"):
        viz.draw_loop(figure.add_subplot(), projected.loops[0])


# ------------------------------------------------------------------ points, vectors


@pytest.fixture(scope="module")
def perovskite():
    """Return the image, corners and shifted atoms in the middle, px."""
    import sidpy

    corners = np.stack(np.mgrid[:5, :6], -1).reshape(-1, 2) * 10.0 + 8
    inner = corners[(corners < [48, 58]).all(axis=1)] + 5 + [0.5, 1.0]
    y, x = np.mgrid[:56, :66]
    spots = [(*at, 1.0) for at in corners] + [(*at, 0.9) for at in inner]
    image = sum(h * np.exp(-((y - r) ** 2 + (x - c) ** 2) / 3.0) for r, c, h in spots)
    found = sidpy.Dataset.from_array(image, title="oxide", datatype="image", quantity="counts")
    for axis, name in enumerate(("depth", "width")):
        found.set_dimension(axis, sidpy.Dimension(np.arange(image.shape[axis]) * 0.05, name,
                                                  "distance", "nm", "spatial"))  # fmt: skip
    return found, corners, inner


def test_displacements_point_where_the_atoms_went(perovskite, figure):
    image, corners, inner = perovskite
    table = polarization(inner, corners, image)

    viz.draw_displacements(table, image, figure)

    axes = figure.axes[0]
    arrows = next(c for c in axes.collections if hasattr(c, "U"))
    np.testing.assert_allclose(arrows.U, 0.05, rtol=1e-6)
    np.testing.assert_allclose(arrows.V, 0.025, rtol=1e-6)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("width (nm)", "depth (nm)")
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert axes.child_axes


def test_values_of_points_have_colours_and_units(perovskite, figure):
    image, corners, _ = perovskite
    table = atom_strain(corners, image)

    viz.draw_point_values(table, "rotation", image, figure)

    assert bars(figure) == ["rotation (rad)"]
    dots = figure.axes[0].collections[0].get_offsets()
    np.testing.assert_allclose(dots, corners[:, ::-1] * 0.05)
    with pytest.raises(ValueError, match="column is 'twist'; it can be one of"):
        viz.draw_point_values(table, "twist", image)
    with pytest.raises(TypeError, match="expected a table of points"):
        viz.draw_point_values(image, "rotation")


def test_points_without_an_image_have_axes_of_their_own(perovskite, figure):
    image, corners, _ = perovskite

    viz.draw_point_values(atom_strain(corners, image), "shear", None, figure)

    assert "(nm)" in figure.axes[0].get_xlabel()


def test_sublattices_have_a_colour_each(perovskite, figure):
    image, _, _ = perovskite
    atoms = locate_atoms(image, atom_size=0.1)
    labels = sublattices(atoms, [[10, 0], [0, 10]])

    viz.draw_sublattices(atoms, labels, figure)

    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["sublattice 0 (30)", "sublattice 1 (20)"]
    with pytest.raises(ValueError, match="one for each atom"):
        viz.draw_sublattices(atoms, labels[1:])
    stacked = locate_atoms(np.asarray(image)[None], atom_size=2)
    with pytest.raises(IndexError, match="there is no frame 1"):
        stacked.plot(frame=1, figure=figure)


def test_vectors_are_coloured_by_direction_and_missing_ones_are_grey(make, axes_of_map, figure):
    down = make(np.array([[0.0, 0, 2], [np.nan, 0, 0]]), *axes_of_map(2, 3), units="px")
    right = make(np.array([[2.0, -2, 0], [0, 1, 0]]), *axes_of_map(2, 3), units="px")

    shown = viz.draw_vectors(figure.add_subplot(), down, right, "shift")

    colours = np.asarray(shown.get_array())
    np.testing.assert_allclose(colours[0, :2], [[1, 0, 0], [0, 1, 1]], atol=1e-9)
    np.testing.assert_allclose(colours[1], [[0.8] * 3, [0.5, 0, 0], [0] * 3], atol=1e-9)
    assert figure.axes[0].get_title() == "shift, up to 2 px"
    assert figure.axes[0].child_axes
    with pytest.raises(ValueError, match="two equal axes"):
        viz.draw_vectors(figure.add_subplot(), down, right[0], "shift")


def test_centres_of_mass_of_a_line_are_profiles(figure):
    from pycroscopy.diffraction import center_of_mass

    center_of_mass(diffraction_scan((2, 5)).data[0]).plot(figure)

    assert figure.axes[0].get_xlabel() == "x (nm)"
    assert len(figure.axes[0].lines) == 2


# ------------------------------------------------------------------ the package


def test_the_package_loads_no_matplotlib():
    code = "import sys, pycroscopy.viz; pycroscopy.viz.__all__; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"


def test_no_analysis_makes_a_figure(cube):
    from matplotlib import pyplot as plt

    decompose(cube, rank=2)
    fit_resonance(band_excitation_scan((2, 3)).data)

    assert plt.get_fignums() == []
