"""The viewers by their released names: what they need, how they start, what they answer to."""

import base64
import subprocess
import sys

import dask.array as da
import numpy as np
import pytest
from matplotlib import pyplot as plt

import sidpy
from sidpy.proc.curvewise.notes import pickled_text
from sidpy.viz import dataset_viz as viz

NAMED = [name for name in viz.__all__ if name.endswith(("Visualizer", "Base"))]

#: Class -> the recipe of a dataset it draws.
FITTING = {
    "CurveVisualizer": "spectrum",
    "ImageVisualizer": "image x y",
    "ImageStackVisualizer": "stack",
    "SpectralImageVisualizer": "spectral image",
    "SpectralImageVisualizerBase": "spectral image with channels",
    "ComplexSpectralImageVisualizer": "complex spectral image",
    "PointCloudVisualizer": "point cloud",
    "PointCloudVisualizerBase": "complex point cloud",
    "FourDimImageVisualizer": "patterns",
    "MultiImageStackVisualizer": "image map",
}

#: Class -> a dataset that it refuses.
UNFIT = {
    "CurveVisualizer": "image",
    "ImageVisualizer": "spectrum",
    "ImageStackVisualizer": "image",
    "SpectralImageVisualizer": "patterns",
    "SpectralImageVisualizerBase": "spectrum",
    "ComplexSpectralImageVisualizer": "image",
    "PointCloudVisualizer": "spectral image",
    "PointCloudVisualizerBase": "image",
    "FourDimImageVisualizer": "spectral image",
    "MultiImageStackVisualizer": "image",
}


def click(axes, x, y):
    """Make what matplotlib sends when somebody clicks."""
    return type("Event", (), {"inaxes": axes, "xdata": x, "ydata": y, "button": 1})()


def test_every_name_is_tried():
    fits = {"SpectralImageFitVisualizer", "ComplexSpectralImageFitVisualizer"}
    assert set(NAMED) == set(FITTING) | fits | {"DictionaryVisualizer"}
    assert set(FITTING) == set(UNFIT)


@pytest.mark.parametrize("name", NAMED)
def test_what_is_no_dataset_is_refused(name):
    arguments = (np.ones(4),) * (2 if "Fit" in name else 1)
    with pytest.raises(TypeError, match="found ndarray"):
        getattr(viz, name)(*arguments)

    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", UNFIT)
def test_a_dataset_that_does_not_fit_is_refused_without_a_figure(name, sample):
    with pytest.raises(TypeError, match=rf"{name} needs .*; found a dataset of type"):
        getattr(viz, name)(sample(UNFIT[name]))

    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", FITTING)
def test_each_viewer_opens_one_figure_and_draws(name, sample):
    view = getattr(viz, name)(sample(FITTING[name]))
    view.fig.canvas.draw()

    assert plt.get_fignums() == [view.fig.number]
    assert view.dset.title == "a title"
    assert all(axes.lines or axes.images for axes in view.axes)


def test_what_plot_makes_is_of_the_class_with_the_released_name(sample):
    for name, recipe in FITTING.items():
        if not name.endswith("Base") and name != "MultiImageStackVisualizer":
            data = sample(recipe)
            assert data.plot() is data.view.fig
            assert isinstance(data.view, getattr(viz, name))


def test_the_data_module_gives_viewers_without_loading_matplotlib_at_first():
    code = (
        "import sys; from sidpy.sid import dataset; before = 'matplotlib' in sys.modules; "
        "from sidpy.sid.dataset import CurveVisualizer; "
        "from sidpy.viz import dataset_viz; "
        "sys.exit(before or CurveVisualizer is not dataset_viz.CurveVisualizer)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)

    with pytest.raises(AttributeError, match="has no attribute 'BarVisualizer'"):
        _ = sidpy.sid.dataset.BarVisualizer


# ---------------------------------------------------------------- curves and images


def test_a_curve_by_name(sample):
    view = viz.CurveVisualizer(sample("spectrum"))

    assert view.fig.axes == [view.axis]
    np.testing.assert_array_equal(view.axis.lines[0].get_ydata(), sample("spectrum").compute())
    assert (view.axis.get_title(), view.axis.get_xlabel()) == ("a title", "energy-loss (eV)")
    assert len(view.axis.collections) == 1


def test_the_phase_of_a_complex_curve_is_drawn(sample):
    view = viz.CurveVisualizer(sample("complex spectrum"))

    assert [len(axes.lines) for axes in view.fig.axes] == [1, 1]
    np.testing.assert_allclose(view.fig.axes[1].lines[0].get_ydata(), 1.0)


def test_one_line_per_column_of_a_spectrum_each_with_its_band(make):
    data = make(
        np.arange(33.0).reshape(11, 3), "SPECTRUM", "energy bias", variance=np.ones((11, 3))
    )
    view = viz.CurveVisualizer(data)

    assert len(view.axis.lines) == len(view.axis.collections) == 3
    np.testing.assert_array_equal(view.axis.lines[2].get_ydata(), np.arange(2, 33, 3))


def test_spectrum_number_is_a_place_along_an_axis_without_room(make):
    data = make(np.arange(44.0).reshape(2, 2, 11), "SPECTRUM", "time bias energy")
    view = viz.CurveVisualizer(data, 1)

    np.testing.assert_array_equal(view.axis.lines[0].get_ydata(), data.compute()[0, 1])
    assert view.notes == ["bias = 1 V only"]


def test_an_image_by_name(sample):
    view = viz.ImageVisualizer(sample("image x y"))

    np.testing.assert_array_equal(view.img.get_array(), sample("image x y").compute().T)
    assert view.axis.get_title() == "a title"
    assert len(view.fig.axes) == 2


def test_a_complex_image_has_two_images_and_two_colour_bars(sample):
    assert len(viz.ImageVisualizer(sample("complex image")).fig.axes) == 4


def test_real_and_imaginary_part_are_an_option_everywhere(sample):
    data = sample("complex image")
    real, imaginary = viz.ImageVisualizer(data, amp_phase=False).axes
    np.testing.assert_allclose(real.images[0].get_array(), data.compute().real)
    np.testing.assert_allclose(imaginary.images[0].get_array(), data.compute().imag)

    view = viz.CurveVisualizer(sample("complex spectrum"), amp_phase=False)
    np.testing.assert_allclose(
        view.axes[1].lines[0].get_ydata(), sample("complex spectrum").compute().imag
    )


def test_a_frame_of_a_stack_as_an_image(sample):
    view = viz.ImageVisualizer(sample("stack"), image_number=2)

    assert view.axis.get_title() == "a title_image 2"
    np.testing.assert_array_equal(view.img.get_array(), sample("stack").compute()[2])
    assert view.shown().shape == (5, 7)


@pytest.mark.parametrize("shape", [(1, 7), (5, 1), (1, 1)])
def test_axes_of_length_one_are_drawn(shape, make):
    view = viz.ImageVisualizer(make(np.ones(shape), "IMAGE", "y x"))

    assert view.img.get_array().shape == shape


def test_colours_stay_colours_without_a_title(sample):
    view = viz.ImageVisualizer(sample("colours"), set_title=False)

    assert view.img.get_array().shape == (5, 7, 3)
    assert view.axis.get_title() == ""


def test_the_standard_deviation_of_an_image_can_be_chosen(sample):
    view = viz.ImageVisualizer(sample("image"))
    values, sigma = sample("image").compute(), np.sqrt(sample("image").compute())
    for number, expected in enumerate([values, sigma, values + sigma, values - sigma], 1):
        view._variance_button.value = number
        np.testing.assert_allclose(view.img.get_array(), expected)


def test_a_click_marks_the_nearest_pixel(sample):
    view = viz.ImageVisualizer(sample("image"))
    view._onclick(click(view.axis, 1.1, 0.4))

    assert view.place == {"x": 1.0, "y": 0.5}


# ---------------------------------------------------------------- stacks


def test_a_stack_by_name_ends_at_its_last_frame(sample):
    data = sample("stack")
    view = viz.ImageStackVisualizer(data)

    assert view.axis.get_title() == "Image stack: a title\n use scroll wheel to navigate images"
    assert (view.ind, view.number_of_slices) == (0, 4)
    assert view.slider.max == view.play.max == 3
    view.slider.value = 3
    np.testing.assert_array_equal(view.img.get_array(), data.compute()[3])
    view.slider.value = 99
    assert view.ind == 3
    view.play.value = 1
    assert view.ind == view.slider.value == 1


def test_the_average_of_a_stack(sample):
    view = viz.ImageStackVisualizer(sample("stack"))
    view.button.value = True

    np.testing.assert_allclose(view.img.get_array(), sample("stack").compute().mean(axis=0))
    assert view.average
    np.testing.assert_allclose(view.shown().compute(), sample("stack").compute().mean(axis=0))
    view.button.value = False
    np.testing.assert_array_equal(view.img.get_array(), sample("stack").compute()[0])


def test_every_part_of_complex_frames_can_be_chosen(sample):
    data = sample("complex stack").compute()
    view = viz.ImageStackVisualizer(sample("complex stack"))
    parts = {"magnitude": np.abs, "phase (rad)": np.angle, "real part": np.real,
             "imaginary part": np.imag}  # fmt: skip
    for name, part in parts.items():
        view._component_button.value = name
        np.testing.assert_allclose(view.img.get_array(), part(data[0]))


def test_the_deviation_of_frames_and_of_their_average(make):
    data = make(np.ones((4, 5, 7)), "IMAGE_STACK", "time y x", variance=np.full((4, 5, 7), 9.0))
    view = viz.ImageStackVisualizer(data)
    view._variance_button.value = 2
    np.testing.assert_allclose(view.img.get_array(), 3.0)
    view.button.value = True
    np.testing.assert_allclose(view.img.get_array(), 1.5)


def test_a_stack_of_one_frame(make):
    view = viz.ImageStackVisualizer(make(np.ones((1, 5, 7)), "IMAGE_STACK", "time y x"))

    assert view.number_of_slices == 1


# ---------------------------------------------------------------- spectral images


def test_a_spectral_image_by_name_starts_as_released(sample):
    view = viz.SpectralImageVisualizer(sample("spectral image"))

    assert view.get_xy() == [view.x, view.y] == [0, 0]
    assert (view.bin_x, view.bin_y) == (1, 1)
    assert view.button.value == 1
    assert [label for label, _ in view.button.options] == ["Pixel Wise", "Units Wise"]
    assert len(view.fig.axes) == 3
    assert len(view.axes) == 2
    assert view.axes[0].get_xlabel() == "distance [px]"
    assert view.axes[0].get_xlim() == (0, 7)
    assert view.axes[1].get_title() == "spectrum 0, 0"
    assert len(view.axes[1].lines) == 1


def test_a_click_in_pixels_and_in_units(sample):
    data = sample("spectral image").compute()
    view = viz.SpectralImageVisualizer(sample("spectral image"))
    view._onclick(click(view.axes[0], 2.7, 4.2))
    assert view.get_xy() == [2, 4]
    assert view.axes[1].get_title() == "spectrum 2, 4"
    np.testing.assert_allclose(view.axes[1].lines[0].get_ydata(), data[4, 2])

    view.button.value = 2
    assert view.axes[0].get_xlabel() == "distance (nm)"
    assert view.axes[0].get_xlim() == pytest.approx((-0.25, 3.25))
    view._onclick(click(view.axes[0], 2.4, 0.6))
    assert view.get_xy() == [5, 1]
    assert view.rect.get_xy() == pytest.approx((2.25, 0.25))
    assert isinstance(view.get_spectrum(), sidpy.Dataset)
    assert view.place == {"x": 2.5, "y": 0.5}


def test_a_bin_averages_and_steps(sample):
    data = sample("spectral image").compute()
    view = viz.SpectralImageVisualizer(sample("spectral image"))
    view.set_bin([2, 3])
    view._onclick(click(view.axes[0], 3.2, 1.5))

    assert (view.get_xy(), view.bin_x, view.bin_y) == ([2, 0], 2, 3)
    expected = data[0:3, 2:4].mean(axis=(0, 1))
    np.testing.assert_allclose(view.axes[1].lines[0].get_ydata(), expected)
    spectrum = view.get_spectrum()
    np.testing.assert_allclose(spectrum.compute(), expected)
    np.testing.assert_allclose(spectrum.variance.compute(), expected / 6)
    assert view.rect.get_bbox().bounds == (2, 0, 2, 3)
    view.set_bin(99)
    assert (view.bin_x, view.bin_y, view.get_xy()) == (7, 5, [0, 0])


@pytest.mark.parametrize("wrong", [0, [1, -2], [1, 2, 3], 1.5])
def test_a_bin_that_cannot_be_is_refused(wrong, sample):
    view = viz.SpectralImageVisualizer(sample("spectral image"))
    with pytest.raises(ValueError, match="a bin"):
        view.set_bin(wrong)

    assert (view.bin_x, view.bin_y) == (1, 1)


def test_a_window_of_energies_makes_the_map(sample):
    data = sample("spectral image").compute()
    image = sample("spectral image")
    image.plot()
    view = image.view
    view.button.value = 1
    view.set_window(4.0, 9.1)
    np.testing.assert_allclose(view.img.get_array(), data[..., 2:6].mean(axis=2))
    assert view.axes[0].get_title() == "mean from 4 eV to 10 eV"
    assert view.img.colorbar.vmax == view.img.get_array().max()
    view.set_window()
    np.testing.assert_allclose(view.img.get_array(), data.mean(axis=2))
    with pytest.raises(ValueError, match="two ends"):
        view.set_window(3.0)


def test_a_line_scan_is_an_image_of_its_spectra(sample):
    data = sample("line of spectra").compute()
    view = viz.SpectralImageVisualizer(sample("line of spectra"))
    np.testing.assert_array_equal(view.img.get_array(), data)

    view._onclick(click(view.axes[0], 3.0, 4.5))
    assert view.get_xy() == [0, 4]
    np.testing.assert_array_equal(view.axes[1].lines[0].get_ydata(), data[4])


def test_channels_are_lines_of_their_own(sample):
    view = viz.SpectralImageVisualizer(sample("spectral image with channels"))
    view.select(2, 3)
    data = sample("spectral image with channels").compute()

    for line, expected in zip(view.axes[1].lines, data[2, 3], strict=True):
        np.testing.assert_allclose(line.get_ydata(), expected)


def test_the_legend_comes_and_goes(sample):
    view = viz.SpectralImageVisualizer(sample("spectral image"))
    view.set_legend(True)
    assert view.axes[1].get_legend() is not None
    view.set_legend(False)
    assert view.axes[1].get_legend() is None


def test_complex_spectra_in_both_ways(sample):
    data = sample("complex spectral image").compute() * (1 + 0j)
    view = viz.ComplexSpectralImageVisualizer(sample("complex spectral image"))
    assert len(view.axes) == 3
    assert view.button.value == "Real and Imaginary"
    np.testing.assert_allclose(view.axes[2].lines[0].get_ydata(), data[0, 0].imag)
    view.button.value = "Amplitude and Phase"
    view.select(3, 2)
    np.testing.assert_allclose(view.axes[1].lines[0].get_ydata(), abs(data[3, 2]))
    np.testing.assert_allclose(view.axes[2].lines[0].get_ydata(), np.angle(data[3, 2]))
    np.testing.assert_allclose(view.img.get_array(), abs(data).mean(axis=2))


def test_fitted_data_lie_over_the_data(sample):
    data, fit = sample("spectral image"), sample("spectral image") * 2
    view = viz.SpectralImageFitVisualizer(data, fit)
    view._onclick(click(view.axes[0], 2.5, 4.5))

    assert len(view.axes) == 2
    measured, fitted = view.axes[1].lines
    np.testing.assert_allclose(measured.get_ydata(), data.compute()[4, 2])
    np.testing.assert_allclose(fitted.get_ydata(), 2 * data.compute()[4, 2])
    np.testing.assert_allclose(view.get_fit_spectrum(), 2 * data.compute()[4, 2])


def peak(x, height, place):
    return height * np.exp(-((x - place) ** 2) / 16)


@pytest.mark.parametrize("as_dict", [True, False])
def test_parameters_of_this_session_become_a_curve(as_dict, sample, make):
    data = sample("spectral image")
    values = np.stack([data.compute().max(axis=2), np.full((5, 7), 8.0)], axis=2)
    parameters = make(values, "IMAGE_STACK", "y x fit")
    stored = pickled_text(peak)
    parameters.metadata["fitting_functions"] = {"func1": stored} if as_dict else stored
    view = viz.SpectralImageFitVisualizer(data, parameters)
    view.select(3, 4)

    expected = peak(data.energy.values, values[3, 4, 0], 8.0)
    np.testing.assert_allclose(view.axes[1].lines[1].get_ydata(), expected)


def test_a_function_that_is_given_is_used_and_nothing_stored_is_opened(sample, make):
    data = sample("spectral image")
    parameters = make(np.full((5, 7, 1), 2.0), "IMAGE_STACK", "y x fit")
    parameters.metadata["fitting_functions"] = "Not Provided"
    view = viz.SpectralImageFitVisualizer(data, parameters, fit_function=lambda x, a: a * x)
    np.testing.assert_allclose(view.get_fit_spectrum(), 2 * data.energy.values)

    with pytest.raises(TypeError, match=r"'Not Provided', .* Give it as fit_function"):
        viz.SpectralImageFitVisualizer(data, parameters)


def test_a_pickle_from_elsewhere_is_never_opened(sample, make, tmp_path):
    mark = tmp_path / "opened"
    parameters = make(np.ones((5, 7, 2)), "IMAGE_STACK", "y x fit")
    stored = base64.b64encode(f"cos\nsystem\n(S'touch {mark}'\ntR.".encode()).decode()
    parameters.metadata["fitting_functions"] = {"func1": stored}
    with pytest.raises(TypeError, match="what a file says is never run"):
        viz.SpectralImageFitVisualizer(sample("spectral image"), parameters)
    assert not mark.exists()


def test_parameters_without_a_function_are_refused(sample, make):
    parameters = make(np.ones((5, 7, 2)), "IMAGE_STACK", "y x fit")
    with pytest.raises(TypeError, match=r"metadata\['fitting_functions'\]"):
        viz.SpectralImageFitVisualizer(sample("spectral image"), parameters)


def test_a_complex_fit_from_parameters_of_real_parts(sample, make):
    data = sample("complex spectral image")
    parameters = make(np.full((5, 7, 1), 2.0), "IMAGE_STACK", "y x fit")
    parameters.metadata["fitting_functions"] = lambda x, a: np.hstack([a * x, -a * x])
    view = viz.ComplexSpectralImageFitVisualizer(data, parameters)

    np.testing.assert_allclose(view.axes[1].lines[1].get_ydata(), 2 * data.energy.values)
    np.testing.assert_allclose(view.axes[2].lines[1].get_ydata(), -2 * data.energy.values)


# ---------------------------------------------------------------- points and patterns


def test_points_by_name_start_as_released(sample):
    data = sample("point cloud")
    view = viz.PointCloudVisualizer(data)
    assert view.axes[0].get_xlabel() == "distance [px]"
    assert min(view.img.get_array().shape) >= 50
    view._onclick(click(view.axes[0], *view.tree.data[11]))

    assert view.axes[1].get_title() == "point 11"
    np.testing.assert_allclose(view.axes[1].lines[0].get_ydata(), data.compute()[11])
    spectrum, variance = view.get_spectrum(3)
    np.testing.assert_allclose(spectrum.compute(), data.compute()[3])
    assert variance is None
    view.button.value = 2
    assert view.axes[0].get_xlabel() == "distance (nm)"
    view._onclick(click(view.axes[0], *data.point_cloud["coordinates"][5]))
    assert view.point == 5
    row, column = view.px_coord[5]
    assert view.get_xy() == [column, row]


def test_the_deviation_of_a_point_is_a_band(make, recipes):
    data = recipes["point cloud"]()
    data.variance = np.full(data.shape, 4.0)
    view = viz.PointCloudVisualizer(data)

    lines, bands = view.set_spectrum(3)
    assert (len(lines), len(bands)) == (1, 1)
    np.testing.assert_allclose(view.get_spectrum(3)[1].compute(), 4.0)


@pytest.mark.parametrize("span", [0.03, 3, 1e4])
def test_points_of_any_span_have_a_scale_bar(span, make):
    points = span * np.random.default_rng(1).random((12, 2))
    data = make(np.ones((12, 4)), "POINT_CLOUD", "point energy", coordinates=points)
    view = viz.PointCloudVisualizer(data, scale_bar=True)
    view.fig.canvas.draw()

    assert [text.get_text().split()[1] for text in view.axes[0].texts] == ["nm"]


def test_points_over_an_image(sample, make):
    base = make(np.arange(1200.0).reshape(30, 40), "IMAGE", "y x")
    view = viz.PointCloudVisualizer(sample("point cloud"), base_image=base)
    np.testing.assert_array_equal(view.img.get_array(), base.compute())
    points = sample("point cloud").point_cloud["coordinates"]

    np.testing.assert_allclose(view.tree.data, points / 0.5 + 0.5)


def test_complex_points_in_both_ways(sample):
    data = sample("complex point cloud").compute()
    view = viz.PointCloudVisualizer(sample("complex point cloud"))
    np.testing.assert_allclose(view.axes[1].lines[0].get_ydata(), abs(data[0]))
    view.component_button.value = "Real and Imaginary"
    np.testing.assert_allclose(view.axes[2].lines[0].get_ydata(), data[0].imag)
    assert [float(v) for v in view.amp_ph(2j)] == [2.0, np.pi / 2]
    assert [float(v) for v in view.real_imag(2j)] == [0.0, 2.0]


def test_patterns_by_name_start_at_the_first_position(sample):
    data = sample("patterns").compute()
    view = viz.FourDimImageVisualizer(sample("patterns"))
    assert len(view.axes) == 2
    assert view.get_xy() == [0, 0]
    np.testing.assert_allclose(view.pattern.get_array(), data[0, 0])
    view.set_bin([2, 3])
    view._onclick(click(view.axes[0], 3.4, 3.2))
    assert (view.get_xy(), view.axes[1].get_title()) == ([2, 2], "set 2, 2")
    np.testing.assert_allclose(view.pattern.get_array(), data[2:5, 2:4].mean(axis=(0, 1)))
    np.testing.assert_allclose(view.get_image_4d().compute(), view.pattern.get_array())
    view.button.value = True
    np.testing.assert_allclose(view.pattern.get_array(), data.mean(axis=(0, 1)))


def test_complex_patterns_have_a_phase(sample):
    view = viz.FourDimImageVisualizer(sample("complex patterns"))

    assert len(view.axes) == 3
    np.testing.assert_allclose(view.axes[2].images[0].get_array(), np.pi / 2)


def test_the_axes_of_four_can_be_given(sample):
    data = sample("patterns").compute()
    view = viz.FourDimImageVisualizer(
        sample("patterns"), scan_x=0, scan_y=1, image_4d_x=2, image_4d_y=3
    )
    view.select(6, 4)

    np.testing.assert_allclose(view.img.get_array(), data.mean(axis=(2, 3)).T)
    np.testing.assert_allclose(view.pattern.get_array(), data[4, 6].T)
    with pytest.raises(TypeError, match="four different axes"):
        viz.FourDimImageVisualizer(sample("patterns"), scan_x=0, scan_y=0)


def test_several_stacks_show_a_frame_of_a_channel_and_a_pixel_along_the_frames(make):
    values = np.arange(5 * 7 * 4 * 2.0).reshape(5, 7, 4, 2)
    view = viz.MultiImageStackVisualizer(make(values, "IMAGE_STACK", "y x time channel"))
    view.slider.value, view.channel_slider.value = 3, 1
    view.select(4, 2)

    np.testing.assert_array_equal(view.img.get_array(), values[:, :, 3, 1])
    for channel, line in enumerate(view.axes[1].lines):
        np.testing.assert_array_equal(line.get_ydata(), values[4, 2, :, channel])


# ---------------------------------------------------------------- several


def test_a_dictionary_has_a_view_for_every_key(sample):
    datasets = {"a": sample("image"), "b": sample("spectrum"), "c": sample("stack")}
    view = viz.DictionaryVisualizer(datasets, cmap="gray")

    assert list(view.views) == ["a", "b", "c"]
    assert view.views["a"].img.get_cmap().name == "gray"
    drawn = datasets["a"].plot(dict_data=datasets)
    assert list(datasets["a"].view.views) == ["a", "b", "c"]
    assert drawn is datasets["a"].view.fig
    with pytest.raises(AttributeError, match="'wibble'"):
        viz.DictionaryVisualizer(datasets, wibble=1)


# ---------------------------------------------------------------- what is computed


def counting(shape, chunks):
    """Return a lazy array of ones and the list of the blocks computed."""
    taken = []

    def block(block_info=None):
        taken.append(block_info[None]["chunk-location"])
        return np.ones(block_info[None]["chunk-shape"])

    chunks = da.core.normalize_chunks(chunks, shape)
    return da.map_blocks(block, chunks=chunks, dtype=float, meta=np.ones((0,) * len(shape))), taken


SHOWN = {
    "SpectralImageVisualizer": ((4, 6, 50), (1, 1, 50), "SPECTRAL_IMAGE", "y x energy"),
    "FourDimImageVisualizer": ((4, 6, 8, 9), (1, 1, 8, 9), "IMAGE_4D", "y x v u"),
}


@pytest.mark.parametrize(("name", "recipe"), SHOWN.items(), ids=SHOWN)
def test_a_click_computes_the_block_of_its_pixel_and_replaces_no_artist(name, recipe, make):
    shape, chunks, kind, names = recipe
    lazy, taken = counting(shape, chunks)
    view = getattr(viz, name)(make(lazy, kind, names))
    artists = [*view.axes[0].get_children(), *view.axes[1].get_children()]
    taken.clear()
    view._onclick(click(view.axes[0], 4.5, 2.5))

    assert [place[:2] for place in taken] == [(2, 4)]
    assert [*view.axes[0].get_children(), *view.axes[1].get_children()] == artists


def test_a_point_and_a_frame_compute_their_own_blocks(make):
    lazy, taken = counting((30, 11), (1, 11))
    points = np.random.default_rng(2).random((30, 2))
    cloud = viz.PointCloudVisualizer(make(lazy, "POINT_CLOUD", "point energy", coordinates=points))
    taken.clear()
    cloud.select(9)
    assert set(taken) == {(9, 0)}

    lazy, taken = counting((50, 20, 30), (1, 20, 30))
    stack = viz.ImageStackVisualizer(make(lazy, "IMAGE_STACK", "time y x"))
    assert taken == [(0, 0, 0)]
    stack.slider.value = 7
    stack.show(9)
    assert taken == [(0, 0, 0), (7, 0, 0), (9, 0, 0)]
    assert stack.slider.value == 9


def test_four_dimensions_by_name_read_a_sample_for_the_map_and_one_pattern(make, monkeypatch):
    monkeypatch.setattr("sidpy.viz.sampling.BUDGET", 500)
    lazy, taken = counting((10, 10, 16, 16), (1, 1, 1, 1))
    viz.FourDimImageVisualizer(make(lazy, "IMAGE_4D", "y x v u"))

    assert len(taken) <= 500 + 16 * 16
