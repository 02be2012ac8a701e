"""Views answer to controls and to the mouse, and read only what is looked at."""

import dask.array as da
import numpy as np
import pytest

import sidpy
from pycroscopy.diffraction import annulus, disk, virtual_images
from pycroscopy.fit import fit_loops, fit_resonance, measure_loops, project_loops
from pycroscopy.image import atom_strain, locate_atoms, polarization, register
from pycroscopy.learn import cluster, decompose, fit_references
from pycroscopy.simulate import band_excitation_scan, diffraction_scan, loop_scan
from pycroscopy.viz import (
    DetectorView,
    DriftView,
    FitView,
    LiveFitView,
    LoopsView,
    PointsView,
    explore,
)
from sidpy.viz import link


@pytest.fixture(scope="module")
def resonances():
    made = band_excitation_scan((4, 6))
    return made.data, fit_resonance(made.data)


def counted(dataset):
    """Return the same dataset, and a list that gets the shape of each part that is read."""
    values, read = np.asarray(dataset), []

    def part(block_info=None):
        place = block_info[None]["array-location"]
        read.append(tuple(stop - start for start, stop in place))
        return values[tuple(slice(*ends) for ends in place)]

    chunks = tuple((1,) * n for n in values.shape[:2]) + tuple((n,) for n in values.shape[2:])
    lazy = da.map_blocks(part, chunks=chunks, dtype=values.dtype, meta=values[:0])
    return dataset.like_data(lazy, title=dataset.title), read


# ------------------------------------------------------------------ fits


def test_a_click_shows_the_fit_of_the_pixel(resonances, figure, mouse):
    data, fit = resonances
    view = explore(fit, figure=figure)

    at = float(data._axes[1].values[5]), float(data._axes[0].values[1])
    mouse(view.axes[0], *at)

    assert view.index == (1, 5)
    np.testing.assert_allclose(view.pixel.parameters, np.asarray(fit.parameters[1, 5]))
    np.testing.assert_allclose(view.pixel.curve, np.asarray(fit.fitted[1, 5]))
    points, line, rest = view.curves.lines[1]
    measured = np.asarray(data[1, 5])
    np.testing.assert_allclose(points.get_ydata(), measured.imag)
    np.testing.assert_allclose(rest.get_ydata(), measured.imag - line.get_ydata())
    assert "resonance_frequency = " in view.words.get_text()
    assert "±" in view.words.get_text()
    np.testing.assert_array_equal(view.shown(), measured)


def test_the_map_of_any_parameter_has_its_units(resonances, figure):
    view = FitView(resonances[1], figure)

    view.map_choice.value = "resonance_frequency"

    shown = np.asarray(view.img.get_array())
    np.testing.assert_allclose(shown, np.asarray(resonances[1]["resonance_frequency"]))
    assert view.map_bar.ax.get_ylabel() == "resonance frequency (kHz)"
    assert view.axes[0].get_title() == "resonance_frequency"

    view.choose("error of phase")
    assert view.map_choice.value == "error of phase"
    assert view.map_bar.ax.get_ylabel() == "error of phase (rad)"
    np.testing.assert_allclose(
        np.asarray(view.img.get_array()), np.asarray(resonances[1].errors)[..., 3]
    )
    with pytest.raises(ValueError, match="there is no map 'colour'"):
        view.choose("colour")


def test_the_mouse_is_followed_only_when_asked(resonances, figure, mouse):
    data, fit = resonances
    view = explore(fit, figure=figure)
    before = view.index
    x, y = (float(data._axes[axis].values[0]) for axis in (1, 0))

    mouse(view.axes[0], x, y, "motion_notify_event")
    assert view.index == before

    view.follow_button.value = True
    mouse(view.axes[0], x, y, "motion_notify_event")
    assert view.index == (0, 0)
    mouse(view.axes[1], 320e3, 0.0, "motion_notify_event")
    assert view.index == (0, 0)


def test_a_failed_fit_says_so(resonances, figure):
    data, _ = resonances
    broken = data.like_data(np.where(np.arange(4)[:, None, None] == 1, np.nan, np.asarray(data)))
    view = explore(fit_resonance(broken), figure=figure)

    view.select(1, 2)

    assert "failed" in view.words.get_text()
    assert np.isnan(view.curves.lines[0][1].get_ydata()).all()


def test_a_line_of_fits_is_a_map_of_one_row(resonances, figure, mouse):
    data, _ = resonances
    view = explore(fit_resonance(data[2]), figure=figure)

    mouse(view.axes[0], float(data._axes[1].values[4]), 0.0)

    assert view.index == (4,)
    assert view.axes[0].get_xlabel() == "x (nm)"
    assert len(view.axes[0].get_yticks()) == 0


def test_further_axes_are_paged(make, axes_of_map, figure):
    x = np.linspace(-3, 3, 21)
    height = np.arange(24.0).reshape(3, 2, 4) + 1
    lines = height[..., None] * np.exp(-(x**2))
    data = make(
        lines, sidpy.Dimension(np.arange(3.0), "time", "time", "s", "temporal"),
        *axes_of_map(2, 4), sidpy.Dimension(x, "energy", "energy", "eV", "spectral"),
    )  # fmt: skip
    view = explore(sidpy.fit_dataset(data, "Gaussian()"), figure=figure)

    view.controls[1].value = 2
    view.select(1, 3)

    assert view.controls[1].description == "time"
    np.testing.assert_allclose(view.map_values, height[2], rtol=1e-6)
    assert view.index == (2, 1, 3)
    np.testing.assert_allclose(view.pixel.parameters[0], 24)


def test_fits_of_images_and_of_one_curve_have_no_map(resonances, make, figure):
    y, x = np.mgrid[:9, :9]
    spot = make(np.exp(-((y - 4) ** 2 + (x - 4) ** 2) / 8.0))

    with pytest.raises(ValueError, match="along 2 axes"):
        explore(sidpy.fit_dataset(spot, "Gaussian2D()", dims=(0, 1)), figure=figure)
    with pytest.raises(ValueError, match="needs positions"):
        explore(fit_resonance(resonances[0][0, 0]), figure=figure)


def test_live_fits_read_and_fit_only_the_pixel(resonances, figure):
    data, fit = resonances
    lazy, read = counted(data)
    view = LiveFitView(lazy, fit_resonance, figure)
    read.clear()

    view.select(3, 2)

    assert set(read) == {(1, 1, data.shape[2])}
    assert len(read) < 12
    np.testing.assert_allclose(view.pixel.parameters, np.asarray(fit.parameters[3, 2]), rtol=1e-4)


class Enormous:
    """A file of 80 TB: a line whose centre tells the place; counts what is read of it."""

    shape, dtype, ndim = (200_000, 100_000, 500), np.dtype(float), 3
    read = 0

    def __getitem__(self, index):
        picked = [np.arange(n)[i] for n, i in zip(self.shape, index, strict=True)]
        rows, columns, channels = (np.atleast_1d(one) for one in picked)
        center = 100 + rows[:, None, None] / 1000 + columns[None, :, None] / 1000
        self.read += rows.size * columns.size * channels.size
        values = np.exp(-(((channels - center) / 20) ** 2))
        return values.reshape(sum((np.shape(one) for one in picked), ()))


def test_of_data_larger_than_memory_a_sample_and_the_pixel_are_read(axes_of_map, make, figure):
    file = Enormous()
    array = da.from_array(file, chunks=(50_000, 50_000, 500), asarray=False)
    channel = sidpy.Dimension(np.arange(500.0), "channel", "energy", "eV", "spectral")
    data = make(array, *axes_of_map(200_000, 100_000), channel)

    view = LiveFitView(data, lambda one: sidpy.fit_dataset(one, "Gaussian()"), figure)
    assert 0 < file.read <= 2**26
    assert any("shown" in note for note in view.notes)
    file.read = 0
    view.select(123_456, 7)

    assert file.read <= 5 * 500
    np.testing.assert_allclose(view.pixel.parameters[1], 100 + 123.463, atol=1e-6)


# ------------------------------------------------------------------ components


def test_components_rebuild_the_pixel(cube, figure, mouse):
    found = decompose(cube, rank=2, center=True)
    view = explore(found, figure=figure)

    mouse(view.axes[0], float(cube._axes[1].values[6]), float(cube._axes[0].values[4]))

    parts = (found.abundances[4, 6], found.components, found.mean)
    weights, spectra, mean = (np.asarray(part) for part in parts)
    rebuilt = mean + weights @ spectra
    np.testing.assert_allclose(view.rebuilt.get_ydata(), rebuilt)
    np.testing.assert_allclose(view.measured.get_ydata(), np.asarray(cube[4, 6]))
    np.testing.assert_allclose(view.left.get_ydata(), np.asarray(cube[4, 6]) - rebuilt)
    assert view.axes[3].get_title() == "at 3 nm, 2 nm"
    assert view.axes[4].get_xlabel() == "loss (eV)"


def test_choosing_a_component_shows_its_spectrum_and_its_singular_value(cube, figure):
    found = decompose(cube, rank=3)
    view = explore(found, figure=figure)

    view.map_choice.value = "component 2"

    assert [line.get_alpha() for line in view.lines] == [0.25, 0.25, 1.0]
    np.testing.assert_allclose(view.mark.get_data(), [[2], [found.singular_values[2]]])
    np.testing.assert_allclose(view.map_values, np.asarray(found.abundances)[..., 2])


def test_shares_have_errors_and_what_is_left_has_a_map(cube, figure):
    references = np.asarray(cube)[[0, 4], [0, 6]]
    found = fit_references(cube, references, limits="none")
    view = explore(found, figure=figure)

    view.select(2, 3)
    view.choose("residual")

    heights = [bar.get_height() for bar in view.shares]
    np.testing.assert_allclose(heights, np.asarray(found.abundances[2, 3]))
    sticks = view.spread.lines[2][0].get_segments()
    np.testing.assert_allclose(
        [np.ptp(stick[:, 1]) / 2 for stick in sticks], np.asarray(found.errors[2, 3])
    )
    np.testing.assert_allclose(view.map_values, np.asarray(found.residual))


def test_complex_data_and_several_spectral_axes(figure):
    rng = np.random.default_rng(0)
    data = sidpy.Dataset.from_array(rng.random((4, 5, 3, 6)) * np.exp(0.3j))
    for axis in (0, 1):
        place = sidpy.Dimension(np.arange(data.shape[axis]), f"p{axis}", units="nm",
                                dimension_type="spatial")  # fmt: skip
        data.set_dimension(axis, place)
    view = explore(decompose(data, rank=2), figure=figure)

    view.select(3, 1)

    assert view.axes[4].get_xlabel() == "channel"
    np.testing.assert_allclose(view.measured.get_ydata(), np.abs(np.asarray(data[3, 1])).ravel())


# ------------------------------------------------------------------ clusters


def test_a_pixel_is_compared_with_the_mean_of_its_cluster(cube, figure, mouse):
    pytest.importorskip("sklearn")
    found = cluster(cube, 3, random_state=0)
    found.labels[0, 1] = -1
    view = explore(found, data=cube, figure=figure)

    view.select(3, 2)
    number = int(np.asarray(found.labels[3, 2]))
    np.testing.assert_allclose(view.line.get_ydata(), np.asarray(cube[3, 2]))
    np.testing.assert_allclose(view.mean_line.get_ydata(), np.asarray(found.responses[number]))
    assert view.axes[3].get_title().endswith(f"cluster {number}")

    view.select(0, 1)
    assert view.axes[3].get_title().endswith("in no cluster")
    assert np.isnan(view.mean_line.get_ydata()).all()


def test_probabilities_of_mixtures_are_maps_too(cube, figure):
    pytest.importorskip("sklearn")
    found = cluster(decompose(cube, rank=2).abundances, 2, method="gaussian", random_state=0)
    view = explore(found, figure=figure)

    view.choose("probability of 1")
    np.testing.assert_allclose(view.map_values, np.asarray(found.probabilities)[..., 1])
    view.choose("cluster")

    assert view.map_bar.ax.get_ylabel() == "cluster"
    assert view.img.norm(1) == 1


def test_labels_of_other_data_are_refused(cube):
    pytest.importorskip("sklearn")
    found = cluster(cube, 2, random_state=0)

    with pytest.raises(ValueError, match="do not fit data of"):
        explore(found, data=cube[:3])


# ------------------------------------------------------------------ loops


def test_a_click_shows_the_loop_its_fit_and_its_biases(figure, mouse):
    made = loop_scan((4, 5))
    projected = project_loops(made.data)
    measured = measure_loops(projected.loops, projected.noise)
    fit = fit_loops(projected.loops)
    view = LoopsView(projected, measured, fit, figure)

    mouse(view.axes[0], float(made.data._axes[1].values[3]), float(made.data._axes[0].values[2]))
    view.map_choice.value = "imprint"

    drawn = np.where(
        np.isfinite(view.curve.lines[0].get_ydata()), view.curve.lines[0].get_ydata(),
        view.curve.lines[1].get_ydata(),
    )  # fmt: skip
    np.testing.assert_allclose(drawn, np.asarray(projected.loops[2, 3]))
    np.testing.assert_allclose(view.curve.fit.get_ydata(), np.asarray(fit.fitted[2, 3]))
    left = float(np.asarray(measured["coercive_left"][2, 3]))
    assert view.curve.marks["coercive_left"].get_xdata() == [left, left]
    np.testing.assert_allclose(view.map_values, np.asarray(measured["imprint"]))
    assert view.map_bar.ax.get_ylabel() == "imprint (V)"
    assert "coercive_left = " in view.words.get_text()


def test_plain_loops_need_no_measurement_and_complex_ones_are_refused(figure):
    made = loop_scan((3, 4), angle=0.0)

    view = LoopsView(made.data.real, figure=figure)
    assert [*view.maps] == ["height"]
    with pytest.raises(TypeError, match="project_loops makes them"):
        LoopsView(made.data)


# ------------------------------------------------------------------ points


@pytest.fixture(scope="module")
def lattice():
    rows, columns = np.mgrid[:60, :75]
    image = np.cos(np.pi * rows / 10) ** 2 * np.cos(np.pi * columns / 10) ** 2
    found = sidpy.Dataset.from_array(image, title="oxide", datatype="image")
    for axis, name in enumerate(("depth", "width")):
        found.set_dimension(axis, sidpy.Dimension(np.arange(image.shape[axis]) * 0.1, name,
                                                  "distance", "nm", "spatial"))  # fmt: skip
    return found


def test_a_click_tells_all_about_the_nearest_atom(lattice, figure, mouse):
    atoms = locate_atoms(lattice, atom_size=0.4)
    view = explore(atoms, figure=figure)
    inside = (np.abs(atoms.positions - [30, 40]) < 8).all(axis=1)
    number = int(np.flatnonzero(inside)[0])
    row, column = atoms.coordinates[number]

    mouse(view.axes[0], column + 0.1, row - 0.1)

    assert view.selected == number
    np.testing.assert_allclose(np.ravel(view.mark.get_data()), [column, row])
    assert "sigma = " in view.words.get_text()
    assert view.place == {"width": column, "depth": row}


def test_points_are_coloured_by_any_column_and_by_sublattice(lattice, figure):
    at = np.stack(np.mgrid[1:6, 1:7], -1).reshape(-1, 2) * 10.0
    table = atom_strain(at, lattice)
    view = PointsView(table, lattice, labels=np.arange(30) % 2, figure=figure)

    view.choice.value = "rotation"
    assert view.bar.ax.get_ylabel() == "rotation (rad)"
    view.choice.value = "sublattice"
    dots = view.artists[0]
    assert len(dots.get_offsets()) == 30
    assert len(figure.axes) == 3
    with pytest.raises(ValueError, match="there is no column 'charm'"):
        view.choose("charm")


def test_displacements_are_arrows_at_first(lattice, figure):
    at = np.stack(np.mgrid[1:6, 1:7], -1).reshape(-1, 2) * 10.0
    inner = (np.stack(np.mgrid[1:5, 1:6], -1).reshape(-1, 2) + 0.5) * 10 + [1.0, 0]
    view = explore(polarization(inner, at, lattice), image=lattice, figure=figure)

    assert view.column == "arrows"
    np.testing.assert_allclose(view.artists[0].V, 0.1)
    view.choose("displacement")
    assert view.choice.value == "displacement"
    assert view.bar.ax.get_ylabel() == "displacement (nm)"


def test_points_need_an_image_and_as_many_labels(lattice):
    table = atom_strain(np.stack(np.mgrid[1:6, 1:7], -1).reshape(-1, 2) * 10.0, lattice)

    with pytest.raises(ValueError, match="give it as image"):
        explore(table)
    with pytest.raises(ValueError, match=r"expected \(30,\)"):
        explore(table, image=lattice, labels=[1, 2])


# ------------------------------------------------------------------ detectors


@pytest.fixture(scope="module")
def scan():
    return diffraction_scan((4, 6)).data


def test_sliders_move_the_detector_and_its_image(scan, figure):
    view = DetectorView(scan, disk(6), figure)
    np.testing.assert_allclose(
        view.map_values, np.asarray(virtual_images(scan, disk(6))["detector"])
    )

    view.sliders["outer"].value = 20
    view.sliders["inner"].value = 8

    expected = np.asarray(virtual_images(scan, annulus(8, 20))["detector"])
    np.testing.assert_allclose(view.map_values, expected, rtol=1e-6)
    assert [circle.get_radius() for circle in view.circles] == [8, 20]
    assert (view.detector.inner, view.detector.outer) == (8, 20)
    assert view.axes[1].get_xlabel() == "u (px)"


def test_dragging_in_the_pattern_moves_the_centre(scan, figure, mouse):
    view = DetectorView(scan, disk(6), figure)

    mouse(view.axes[1], 5.2, -7.1, "button_press_event")
    assert (view.detector.center, view.sliders["column"].value) == ((-7.0, 5.0), view.column)
    mouse(view.axes[1], 9.0, -7.1, "motion_notify_event", buttons=[1])
    assert view.detector.center == (-7.0, 9.0)
    mouse(view.axes[1], 0.0, 0.0, "motion_notify_event")
    assert view.detector.center == (-7.0, 9.0)

    expected = np.asarray(virtual_images(scan, view.detector)["detector"])
    np.testing.assert_allclose(view.map_values, expected)


def test_a_click_on_the_image_reads_that_pattern_alone(scan, figure):
    lazy, read = counted(scan)
    view = DetectorView(lazy, figure=figure)
    read.clear()

    view.select(2, 5)

    assert read == [(1, 1, *scan.shape[2:])]
    np.testing.assert_array_equal(view.pattern.get_array(), np.asarray(scan[2, 5]))
    assert view.axes[1].get_title() == "pattern at 2.5 nm, 1 nm"


def test_what_does_not_fit_is_sampled_and_said_until_all_is_asked_for(scan, figure):
    size = scan.shape[2] * scan.shape[3]
    view = DetectorView(scan, disk(6), figure, budget=6 * size)

    assert view.kept.shape[:2] in {(2, 3), (4, 1), (1, 6), (2, 2)}
    assert view.notes == [f"image from one position in {np.prod(view.every)}"]
    whole = np.asarray(virtual_images(scan, disk(6))["detector"])
    assert not np.allclose(view.map_values, whole)
    view.all_button.value = True
    np.testing.assert_allclose(view.map_values, whole)
    view.move(outer=9)
    assert view.all_button.value is False


def test_radii_stay_in_order_and_words_are_checked(scan, figure):
    view = DetectorView(scan, annulus(5, 9), figure)

    view.move(inner=12)
    assert (view.inner, view.outer) == (12, 13)
    view.move(outer=3)
    assert (view.inner, view.outer) == (2, 3)
    with pytest.raises(ValueError, match="found 'radius'"):
        view.move(radius=3)
    with pytest.raises(ValueError, match="one or two axes more"):
        DetectorView(np.ones((5, 6)))


def test_a_line_scan_has_an_image_of_one_row(scan, figure):
    view = DetectorView(scan[1], disk(6), figure)

    assert np.shape(view.map_values) == (1, 6)
    view.select(0, 4)
    assert view.index == (4,)


# ------------------------------------------------------------------ drift, dispatch, links


def test_the_slider_and_a_click_choose_the_frame(figure, mouse):
    rng = np.random.default_rng(1)
    scene = rng.normal(size=(40, 50)).cumsum(0).cumsum(1)
    stack = np.stack([scene[k : k + 30, 5 : 5 + 35] for k in range(4)])
    found = register(stack)
    view = explore(found, stack=stack, figure=figure)

    view.slider.value = 3
    np.testing.assert_array_equal(view.left.get_array(), stack[3])
    np.testing.assert_allclose(view.right.get_array(), np.asarray(found.stack[3]))
    assert view.line.get_xdata() == [3, 3]
    mouse(view.axes[2], 1.2, 0.0)
    assert view.frame == view.slider.value == 1
    assert view.axes[2].get_ylabel() == "shift (px)"
    with pytest.raises(ValueError, match="4 frames were registered, the stack has 3"):
        DriftView(found, stack[:3])


def test_views_share_a_place(resonances, cube, figure):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    other = Figure(layout="constrained")
    FigureCanvasAgg(other)
    _, fit = resonances
    first, second = explore(fit, figure=figure), explore(fit, figure=other)

    link(first, second)
    first.select(3, 1)

    assert second.index == (3, 1)


def test_results_of_maps_are_shown_by_name(figure):
    made = loop_scan((4, 5))
    projected = project_loops(made.data)

    view = explore(measure_loops(projected.loops, projected.noise), figure=figure)

    view.choose("area_error")
    assert view.map_bar.ax.get_ylabel().startswith("standard deviation")


def test_every_dataset_has_a_view_and_nothing_else_has(cube, figure):
    assert explore(cube, figure=figure).fig is figure
    with pytest.raises(TypeError, match="no view of dict"):
        explore({})


def test_controls_can_be_of_a_kit(resonances, figure):
    kit = pytest.importorskip("ipywidgets")
    view = explore(resonances[1], figure=figure, kit=kit, controls=False)

    assert all(isinstance(one, kit.Widget) for one in view.controls)
    view.map_choice.value = "phase"
    assert view.map_name == "phase"
