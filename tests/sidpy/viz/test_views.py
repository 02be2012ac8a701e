"""Every dataset has a picture: the right panels, labels in units, and no surprises."""

import dask.array as da
import numpy as np
import pytest
from matplotlib import pyplot as plt

from sidpy import Dimension
from sidpy.errors import UnknownOption
from sidpy.viz import make_view, plot, plot_dataset

NAMES = [
    "number", "spectrum", "line plot", "complex spectrum", "spectra in columns", "family",
    "family of 12", "complex family", "family of 40", "image", "image x y",
    "image without names", "complex image", "flags", "big-endian image",
    "half precision image", "image of one value", "image of nothing", "image of one row",
    "image of one pixel", "colours", "byte colours", "stack", "stack at the end",
    "complex stack", "stack of colours", "image map", "spectral image",
    "complex spectral image", "spectral image with channels", "line of spectra",
    "spectral image over time", "patterns", "complex patterns", "four axes without names",
    "six axes", "point cloud", "complex point cloud", "point cloud with channels",
    "points with one value",
]  # fmt: skip

VIEWS = {
    "number": ("NumberView", 1),
    "spectrum": ("CurveVisualizer", 1),
    "complex spectrum": ("CurveVisualizer", 2),
    "complex family": ("CurveVisualizer", 2),
    "family of 40": ("ImageVisualizer", 1),
    "complex image": ("ImageVisualizer", 2),
    "stack of colours": ("ImageStackVisualizer", 1),
    "image map": ("ImageStackVisualizer", 1),
    "spectral image": ("SpectralImageVisualizer", 2),
    "complex spectral image": ("ComplexSpectralImageVisualizer", 3),
    "spectral image over time": ("SpectralImageVisualizer", 2),
    "line of spectra": ("SpectralImageVisualizer", 2),
    "patterns": ("FourDimImageVisualizer", 2),
    "six axes": ("FourDimImageVisualizer", 2),
    "point cloud": ("PointCloudVisualizer", 2),
    "complex point cloud": ("PointCloudVisualizer", 3),
    "points with one value": ("PointCloudVisualizer", 1),
}


def saved(view):
    """Render a view as a file would have it."""
    view.fig.canvas.draw()
    return np.asarray(view.fig.canvas.buffer_rgba())


def test_the_table_names_every_recipe(recipes):
    assert set(NAMES) == set(recipes)


@pytest.mark.parametrize("name", NAMES)
def test_every_dataset_has_a_picture_with_its_title(name, sample, figure):
    view = make_view(sample(name), figure)
    pixels = saved(view)

    texts = [axes.get_title() for axes in view.axes] + [figure.get_suptitle()]
    assert any("a title" in text for text in texts)
    assert (pixels[..., :3] < 250).any()


@pytest.mark.parametrize(("name", "expected"), VIEWS.items(), ids=VIEWS)
def test_each_kind_has_its_view_and_panels(name, expected, sample, figure):
    view = make_view(sample(name), figure)

    assert (type(view).__name__, len(view.axes)) == expected


def test_pictures_are_drawn_without_pyplot_when_a_figure_is_given(sample, figure):
    make_view(sample("spectral image"), figure)

    assert plt.get_fignums() == []


def test_a_curve_has_its_data_units_and_error_band(sample, figure):
    spectrum = sample("spectrum")
    axes = make_view(spectrum, figure).axes[0]

    line = axes.lines[0]
    np.testing.assert_array_equal(line.get_xdata(), spectrum.energy.values)
    np.testing.assert_array_equal(line.get_ydata(), spectrum.compute())
    assert axes.get_xlabel() == "energy-loss (eV)"
    assert axes.get_ylabel() == "intensity (counts)"
    (band,) = axes.collections
    assert band.get_paths()[0].vertices[:, 1].min() == pytest.approx(
        (spectrum.compute() - 0.1).min()
    )


def test_complex_curves_are_magnitude_and_phase(sample, figure):
    data = sample("complex spectrum")
    magnitude, phase = make_view(data, figure).axes

    np.testing.assert_allclose(magnitude.lines[0].get_ydata(), abs(data.compute()))
    np.testing.assert_allclose(phase.lines[0].get_ydata(), 1.0)
    assert magnitude.get_ylabel() == "intensity, magnitude (counts)"
    assert phase.get_ylabel() == "phase (rad)"


def test_a_family_draws_each_curve_and_says_which_is_which(sample, figure):
    axes = make_view(sample("family"), figure).axes[0]

    assert [line.get_label() for line in axes.lines] == ["0 V", "1 V", "2 V"]
    np.testing.assert_array_equal(axes.lines[2].get_ydata(), sample("family").compute()[2])
    assert axes.get_legend().get_title().get_text() == "bias (V)"


def test_a_large_family_has_a_colour_bar_of_its_axis(sample, figure):
    make_view(sample("family of 12"), figure)

    assert figure.axes[-1].get_ylabel() == "bias (V)"


@pytest.mark.parametrize("name", ["image", "image x y"])
def test_x_runs_right_and_the_first_row_is_at_the_top(name, sample, figure):
    axes = make_view(sample(name), figure).axes[0]
    image = axes.images[0]

    np.testing.assert_array_equal(image.get_array(), sample("image").compute())
    left, right, bottom, top = image.get_extent()
    assert (left, right, bottom, top) == (-0.25, 3.25, 2.25, -0.25)
    assert image.origin == "upper"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("distance (nm)", "distance (nm)")


def test_an_image_without_names_is_drawn_rows_first(sample, figure):
    axes = make_view(sample("image without names"), figure).axes[0]

    assert axes.images[0].get_array().shape == (5, 7)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("b", "a")


def test_a_complex_image_has_two_images_and_two_colour_bars(sample, figure):
    view = make_view(sample("complex image"), figure)

    magnitude, phase = (axes.images[0] for axes in view.axes)
    np.testing.assert_allclose(magnitude.get_array(), abs(sample("complex image").compute()))
    assert phase.get_clim() == pytest.approx((-np.pi, np.pi))
    assert len(figure.axes) == 4


def test_the_standard_deviation_is_shown_on_request(sample, figure):
    view = make_view(sample("image"), figure, uncertainty=True)

    sigma = view.axes[1].images[0].get_array()
    np.testing.assert_allclose(sigma, np.sqrt(sample("image").compute()))


def test_colours_are_drawn_as_colours(sample, figure):
    view = make_view(sample("colours"), figure)

    pixels = view.axes[0].images[0].get_array()
    assert pixels.shape == (5, 7, 3)
    assert pixels.max() == 1.0
    assert len(figure.axes) == 1


def test_an_opacity_that_nobody_filled_in_hides_nothing(make, figure):
    colours = np.zeros((3, 4, 4), dtype="u1")
    colours[..., 0] = 200
    view = make_view(make(colours, "IMAGE", "y x channel"), figure)

    assert view.axes[0].images[0].get_array().shape == (3, 4, 3)


def test_an_axis_that_is_not_linear_keeps_its_places(make, figure):
    data = make(np.ones((3, 4)), "UNKNOWN")
    data.set_dimension(1, Dimension([0.0, 1.0, 10.0, 100.0], "b"))
    axes = make_view(data, figure).axes[0]

    assert axes.get_xlim() == pytest.approx((-0.5, 145.0))
    assert axes.get_ylim() == pytest.approx((2.5, -0.5))


def test_an_axis_with_missing_values_is_drawn_by_index(make, figure):
    data = make(np.ones((3, 4)), "IMAGE", "y x")
    data.set_dimension(1, Dimension([0.0, np.nan, 1.0, 2.0], "x", "distance", "nm"))

    assert make_view(data, figure).axes[0].get_xlabel() == "distance, index"


def test_metres_are_written_in_nanometres(make, figure):
    data = make(1e-9 * np.arange(20.0).reshape(4, 5), "IMAGE", units="m", quantity="height")
    for axis, name in enumerate("yx"):
        values = np.arange(data.shape[axis]) * 2e-8
        data.set_dimension(axis, Dimension(values, name, "distance", "m", "spatial"))
    axes = make_view(data, figure).axes[0]
    figure.canvas.draw()

    assert axes.get_xlabel() == axes.get_ylabel() == "distance (nm)"
    assert "80" in [text.get_text() for text in axes.get_xticklabels()]
    assert figure.axes[1].get_ylabel() == "height (nm)"
    assert axes.images[0].get_array().max() == 1.9e-8


def test_one_value_everywhere_has_a_prefix_too(make, figure):
    make_view(make(np.full((3, 4), 1.7e-11), "IMAGE", "y x", units="m"), figure)

    assert figure.axes[1].get_ylabel() == "intensity (pm)"


@pytest.mark.parametrize(
    ("units", "step", "text"),
    [("nm", 0.5, "1 nm"), ("A", 0.5, "1 A"), ("1/nm", 2.0, "2 1/nm"), ("m", 1e-9, "2 nm"),
     ("generic", 1.0, "2 px")],
)  # fmt: skip
def test_a_scale_bar_has_a_round_length_in_any_unit(units, step, text, make, figure):
    data = make(np.ones((6, 8)), "IMAGE")
    for axis, name in enumerate("vu"):
        values = np.arange(data.shape[axis]) * step
        data.set_dimension(axis, Dimension(values, name, "distance", units, "reciprocal"))
    axes = make_view(data, figure, scale_bar=True).axes[0]

    assert [words.get_text() for words in axes.texts] == [text]
    assert len(axes.get_xticks()) == 0


def test_a_stack_turns_with_the_wheel(sample, figure):
    view = make_view(sample("stack"), figure)
    for _ in range(3):
        view._onscroll(type("Event", (), {"button": "up"}))

    np.testing.assert_array_equal(view.img.get_array(), sample("stack").compute()[3])
    assert view.axes[0].get_title().startswith("Image stack: a title")
    assert view.place_text.get_text() == "4 of 4, time = 0.3 s"
    assert view.slider.value == view.slider.max == 3
    view._onscroll(type("Event", (), {"button": "up"}))
    assert view.ind == 0


def test_frames_are_shown_side_by_side_on_one_scale(sample, figure):
    view = make_view(sample("stack"), figure, frames=3)

    assert [axes.get_title() for axes in view.axes] == [
        "1 of 4, time = 0 s", "3 of 4, time = 0.2 s", "4 of 4, time = 0.3 s",
    ]  # fmt: skip
    assert {axes.images[0].get_clim() for axes in view.axes} == {(0.0, 138.0)}


def test_a_spectral_image_is_a_map_a_pixel_and_the_mean(sample, figure):
    data = sample("spectral image").compute()
    view = make_view(sample("spectral image"), figure)

    np.testing.assert_allclose(view.img.get_array(), data.mean(axis=2))
    pixel, mean = view.axes[1].lines
    np.testing.assert_allclose(pixel.get_ydata(), data[view.y, view.x])
    np.testing.assert_allclose(mean.get_ydata(), data.mean(axis=(0, 1)))
    assert len(view.axes[1].collections) == 1
    assert view.axes[1].get_xlabel() == "energy-loss (eV)"


def test_a_click_on_the_map_chooses_the_pixel(sample, figure):
    data = sample("spectral image").compute()
    view = make_view(sample("spectral image"), figure)
    event = type("Event", (), {"inaxes": view.axes[0], "xdata": 2.4, "ydata": 0.6})
    view.on_click(event)

    assert (view.y, view.x) == (1, 5)
    np.testing.assert_allclose(view.axes[1].lines[0].get_ydata(), data[1, 5])
    assert view.rect.get_xy() == pytest.approx((2.25, 0.25))


def test_patterns_are_a_map_and_the_mean_until_a_click(sample, figure):
    data = sample("patterns").compute()
    view = make_view(sample("patterns"), figure)

    np.testing.assert_allclose(view.img.get_array(), data.mean(axis=(2, 3)))
    np.testing.assert_allclose(view.pattern.get_array(), data.mean(axis=(0, 1)))
    event = type("Event", (), {"inaxes": view.axes[0], "xdata": 3.0, "ydata": 2.0})
    view.on_click(event)
    np.testing.assert_allclose(view.pattern.get_array(), data[4, 6])
    assert view.axes[1].get_title() == "pattern at 3 nm, 2 nm"


def test_a_point_cloud_shows_the_nearest_point_everywhere(sample, figure):
    data = sample("point cloud")
    view = make_view(data, figure)
    x, y = data.point_cloud["coordinates"][7]
    view.on_click(type("Event", (), {"inaxes": view.axes[0], "xdata": x, "ydata": y}))

    assert view.point == 7
    np.testing.assert_allclose(view.axes[1].lines[0].get_ydata(), data.compute()[7])
    assert view.axes[1].get_title() == "point 7"
    np.testing.assert_allclose(
        np.unique(view.img.get_array()), np.unique(data.compute().mean(axis=1))
    )
    assert view.axes[0].get_xlabel() == "distance (nm)"


REDUCED = {
    "map": (lambda si: si.mean(axis=2), "ImageVisualizer"),
    "sum spectrum": (lambda si: si.sum(axis=(0, 1)), "CurveVisualizer"),
    "one energy": (lambda si: si[:, :, 3], "ImageVisualizer"),
    "one pixel": (lambda si: si[2, 3], "CurveVisualizer"),
    "one row": (lambda si: si[2], "SpectralImageVisualizer"),
    "a row of length one": (lambda si: si[2:3], "SpectralImageVisualizer"),
    "a pixel of length one": (lambda si: si[2:3, 3:4], "CurveVisualizer"),
}


@pytest.mark.parametrize(("reduce", "expected"), REDUCED.values(), ids=REDUCED)
def test_what_remains_of_a_spectral_image_is_drawn_as_what_it_is(reduce, expected, sample, figure):
    view = make_view(reduce(sample("spectral image")), figure)

    assert type(view).__name__ == expected
    assert view.notes == []


def test_dataset_plot_keeps_its_view(sample):
    data = sample("image")
    drawn = data.plot()

    assert data.view.fig is drawn
    assert type(data.view).__name__ == "ImageVisualizer"


def test_keywords_of_matplotlib_reach_it(sample, figure):
    view = make_view(sample("image"), figure, cmap="gray", vmax=3)

    assert view.axes[0].images[0].get_clim()[1] == 3


def test_unknown_keywords_are_refused_with_what_would_be_known(sample, figure):
    with pytest.raises(UnknownOption, match=r"'linewidht'; did you mean linewidth") as caught:
        make_view(sample("spectrum"), figure, linewidht=1)

    assert isinstance(caught.value, AttributeError)
    assert "colorbar" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("spectrum", {"lw": 3, "color": "r", "marker": "o"}),
        ("image", {"interpolation": "bilinear"}),
        ("stack", {"vmin": 0, "clim": (0, 9)}),
        ("spectral image", {"cmap": "gray", "norm": None}),
    ],
)
def test_what_matplotlib_knows_is_passed_through(name, keywords, sample, figure):
    assert saved(make_view(sample(name), figure, **keywords)).size


def test_titles_and_colour_bars_can_be_left_out(sample, figure):
    view = make_view(sample("image"), figure, set_title=False, colorbar=False)

    assert view.axes[0].get_title() == ""
    assert len(figure.axes) == 1


def test_a_title_with_dollars_is_no_formula(make, figure):
    view = make_view(make(np.ones((3, 4)), "IMAGE", title="5 $ and $ \\frac"), figure)

    assert saved(view).size


def test_what_is_no_dataset_is_refused():
    with pytest.raises(TypeError, match=r"should be a sidpy\.Dataset, found ndarray"):
        plot_dataset(np.ones(3))


def test_words_are_written_down(make, figure):
    words = [f"$ entry {number}" for number in range(30)]
    view = make_view(make(np.array(words), "UNKNOWN"), figure)

    assert saved(view).size
    assert view.axes[0].texts[0].get_text().splitlines() == words[:20]
    assert view.notes == ["the first 20 of 30 entries"]


def test_several_datasets_share_a_figure(sample):
    drawn = plot({"a": sample("image"), "b": sample("spectrum"), "c": sample("patterns")})
    drawn.canvas.draw()

    assert len(drawn.subfigs) >= 3
    titles = [axes.get_title() for axes in drawn.axes] + [f.get_suptitle() for f in drawn.subfigs]
    assert titles.count("a title") == 3


def test_an_empty_gallery_is_refused():
    with pytest.raises(ValueError, match="at least one dataset"):
        plot({})


def counting(shape, chunks):
    """Return a lazy array and the list of how many numbers were computed."""
    taken = []

    def block(block_info=None):
        size = block_info[None]["chunk-shape"]
        taken.append(np.prod(size))
        return np.ones(size)

    return da.map_blocks(block, chunks=da.core.normalize_chunks(chunks, shape), dtype=float), taken


def test_one_frame_of_a_lazy_stack_is_computed(make, figure):
    lazy, taken = counting((50, 20, 30), (1, 20, 30))
    make_view(make(lazy, "IMAGE_STACK", "time y x"), figure)

    assert sum(taken) == 20 * 30


def test_a_large_image_is_thinned_out_and_says_so(make, figure):
    view = make_view(make(da.ones((9000, 300), chunks=1000), "IMAGE", "y x"), figure)

    assert view.axes[0].images[0].get_array().shape == (1800, 300)
    assert view.notes == ["one pixel in 5 shown"]
    assert figure.get_supxlabel() == "one pixel in 5 shown"


def test_the_map_of_a_huge_spectral_image_is_sampled(make, figure, monkeypatch):
    monkeypatch.setattr("sidpy.viz.sampling.BUDGET", 2000)
    data = make(np.arange(20 * 10 * 64.0).reshape(20, 10, 64), "SPECTRAL_IMAGE", "y x energy")
    view = make_view(data, figure)

    assert "one in" in view.notes[0]
    np.testing.assert_allclose(view.img.get_array(), data.compute().mean(axis=2), atol=64)


def test_missing_values_do_not_spoil_the_mean(make, figure):
    cube = np.ones((4, 5, 6))
    cube[1, 2, 3] = np.nan
    view = make_view(make(cube, "SPECTRAL_IMAGE", "y x energy"), figure)

    np.testing.assert_array_equal(view.img.get_array(), np.ones((4, 5)))
