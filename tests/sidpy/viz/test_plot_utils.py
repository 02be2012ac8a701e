"""Small plotting functions draw what they are given, in physical terms, and refuse the rest."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from sidpy.viz import plot_utils

X = np.linspace(0, 1, 50)
CURVES = np.array([np.sin((k + 1) * 6 * X) for k in range(30)])
MAP = np.arange(200.0).reshape(10, 20) * 1e-8 - 1e-6
STACK = np.array([MAP * (k + 1) for k in range(12)])
BLACK_RED = [(0, (0, 0, 0, 0)), (255, (255, 0, 0, 255))]


@pytest.fixture
def axis():
    return Figure().add_subplot()


@pytest.fixture(autouse=True)
def no_figure_is_left():
    before = plt.get_fignums()
    yield
    plt.close("all")
    assert before == []


# ------------------------------------------------------------------ colour maps


def test_a_discrete_map_has_so_many_colours_of_the_other():
    steps = plot_utils.discrete_cmap(4, "jet")

    assert (steps.name, steps.N) == ("jet", 4)
    assert np.allclose(steps([0, 1, 2, 3]), mpl.colormaps["jet"](np.linspace(0, 1, 4)))
    assert plot_utils.discrete_cmap(1).N == 1


@pytest.mark.parametrize("order", [1, -1])
def test_a_map_from_colours_goes_straight_between_them(order):
    fade = plot_utils.cmap_from_rgba("fade", BLACK_RED[::order], 255)

    assert fade.name == "fade"
    assert np.allclose(fade([0.0, 0.5, 1.0])[:, 0], [0, 128 / 255, 1])
    assert np.allclose(fade([0.0, 0.5, 1.0])[:, 3], [0, 128 / 255, 1])


def test_an_alpha_map_has_one_colour_that_becomes_opaque():
    veil = plot_utils.make_linear_alpha_cmap("veil", (0, 51, 255), 255, 0.2, 0.8)

    assert np.allclose(veil([0.0, 1.0]), [(0, 0.2, 1, 0.2), (0, 0.2, 1, 0.8)])


def test_the_named_maps_have_the_released_colours():
    hot, jet = plot_utils.cmap_hot_desaturated(), plot_utils.cmap_jet_white_center()

    assert (hot.name, jet.name) == ("hot_desaturated", "white_jet")
    assert np.allclose(hot([0.0, 1.0]) * 255, [(71, 71, 219, 255), (255, 76, 76, 255)])
    assert np.allclose(jet([0.0, 1.0]) * 255, [(0, 0, 127.5, 255), (127.5, 0, 0, 255)])
    assert jet(0.5)[:3] > (0.98, 0.98, 0.98)
    assert plot_utils.default_cmap(0.5) == mpl.colormaps["viridis"](0.5)


# ------------------------------------------------------------------ maps


def test_a_map_is_drawn_in_readable_numbers_with_limits_to_match(axis):
    image, bar = plot_utils.plot_map(axis, MAP, cbar_label="I (A)", stdevs=1)

    low, high = MAP.mean() - MAP.std(), MAP.mean() + MAP.std()
    assert image.origin == "lower"
    assert np.allclose(image.get_array(), MAP * 1e6)
    assert np.allclose(image.get_clim(), [low * 1e6, high * 1e6])
    assert bar.ax.get_ylabel() == "I (A) x $10^{-6}$"


@pytest.mark.parametrize("limits", [{"vmin": -1e-6, "vmax": 0}, {"clim": (-1e-6, 0)}])
def test_given_limits_mean_the_data_not_what_is_written(axis, limits):
    image, _ = plot_utils.plot_map(axis, MAP, stdevs=2, **limits)

    assert np.allclose(image.get_clim(), [-1, 0])


@pytest.mark.parametrize(
    ("factor", "power"), [(1e-3, "-3"), (1e-2, ""), (5e3, ""), (2e4, "4"), (0, "")]
)
def test_numbers_that_can_be_read_stay_as_they_are(axis, factor, power):
    _, bar = plot_utils.plot_map(axis, np.array([[0, 1.0], [1, 1]]) * factor)

    assert bar.ax.get_ylabel() == (f" x $10^{{{power}}}$" if power else "")


def test_positions_are_written_at_the_pixels(axis):
    plot_utils.plot_map(axis, MAP, x_vec=5, y_vec=np.linspace(-1e-6, 1e-6, 10), num_ticks=3)

    assert [text.get_text() for text in axis.get_xticklabels()] == ["0", "2.25", "4.75"]
    assert list(axis.get_xticks()) == [0, 9, 19]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["-1e-06", "-1.11e-07", "1e-06"]


def test_close_positions_are_told_apart_and_few_pixels_have_few_ticks(axis):
    plot_utils.plot_map(axis, MAP[:2], x_vec=1000 + np.arange(20) * 0.01)

    assert axis.get_xticklabels()[0].get_text() == "1000"
    assert len({text.get_text() for text in axis.get_xticklabels()}) == 4
    assert list(axis.get_yticks()) == [0, 1]


def test_pixels_have_their_real_proportions_when_asked_for(axis):
    plot_utils.plot_map(axis, MAP, x_vec=np.arange(20), y_vec=2 * np.arange(10), infer_aspect=True)

    assert axis.get_aspect() == 2


def test_a_map_without_ticks_and_bar_is_only_that(axis):
    image, bar = plot_utils.plot_map(axis, MAP, show_xy_ticks=False, show_cbar=False)

    assert bar is None
    assert list(axis.get_xticks()) == list(axis.get_yticks()) == []
    assert np.array_equal(image.get_array(), MAP)


def test_blank_constant_masked_and_logarithmic_maps_are_drawn(axis):
    plot_utils.plot_map(axis, np.full((3, 4), np.nan), stdevs=2)
    plot_utils.plot_map(axis, np.zeros((3, 4)), stdevs=2)
    masked, _ = plot_utils.plot_map(axis, np.ma.masked_greater(MAP * 1e6, 0.5), stdevs=2)
    positive, _ = plot_utils.plot_map(axis, np.abs(MAP) + 1e-9, norm=LogNorm(), stdevs=2)
    axis.figure.canvas.draw()

    assert masked.get_clim()[1] < 1
    assert positive.get_array().max() < 1e-3


def test_the_colour_bar_is_as_high_as_the_map(axis):
    _, bar = plot_utils.plot_map(axis, MAP, tick_font_size=5)
    axis.figure.canvas.draw()

    assert np.isclose(bar.ax.get_window_extent().height, axis.get_window_extent().height)
    assert {label.get_size() for label in bar.ax.get_yticklabels()} == {5}


def test_a_lazy_map_is_drawn(axis):
    import dask.array as da

    image, _ = plot_utils.plot_map(axis, da.from_array(MAP))

    assert np.allclose(image.get_array(), MAP * 1e6)


def test_a_stack_shows_its_first_maps_each_in_its_own_colours():
    figure, axes = plot_utils.plot_map_stack(STACK, num_comps=4, title="T", x_label="x")

    titles = [one.get_title() for one in axes]
    limits = [one.images[0].get_clim() for one in axes]
    assert titles == [f"Component {k}" for k in range(4)]
    assert np.allclose(limits[1], np.multiply(limits[0], 2))
    assert figure.get_suptitle() == "T"
    assert [axes[k].get_xlabel() for k in range(4)] == ["", "", "x", "x"]


def test_one_bar_for_a_stack_means_one_scale():
    _, axes = plot_utils.plot_map_stack(
        STACK, num_comps=3, color_bar_mode="single", stdevs=None, colorbar_label="I", cmap="magma"
    )

    images = [one.images[0] for one in axes]
    assert {image.get_clim() for image in images} == {images[0].get_clim()}
    assert np.isclose(images[0].get_clim()[1], STACK[:3].max() * 1e6)
    assert axes.cbar_axes[0].get_ylabel() == "I x $10^{-6}$"
    assert images[0].get_cmap().name == "magma"


def test_each_map_of_a_stack_has_its_bar_when_asked_for():
    _, axes = plot_utils.plot_map_stack(STACK, num_comps=5, color_bar_mode="each")

    assert [bar.get_visible() for bar in axes.cbar_axes] == [True] * 5 + [False]
    assert [one.get_visible() for one in axes] == [True] * 5 + [False]


def test_a_stack_may_be_spread_reversed_and_named():
    _, axes = plot_utils.plot_map_stack(
        np.moveaxis(STACK, 0, 2), num_comps=3, evenly_spaced=True, reverse_dims=True
    )
    _, named = plot_utils.plot_map_stack(STACK, num_comps=2, subtitle=["a", "b"])

    assert [one.get_title() for one in axes][:3] == ["Component 0", "Component 5", "Component 11"]
    assert np.array_equal(axes[1].images[0].get_array(), STACK[5])
    assert [one.get_title() for one in named] == ["a", "b"]


def test_only_the_maps_that_are_drawn_are_read():
    class Stack:
        ndim, shape, asked = 3, STACK.shape, []

        def __getitem__(self, i):
            self.asked.append(i)
            return STACK[i]

    stack = Stack()
    plot_utils.plot_map_stack(stack, num_comps=2, evenly_spaced=True)

    assert stack.asked == [0, 11]


# ------------------------------------------------------------------ curves


def test_a_rainbow_is_one_unbroken_curve(axis):
    plot_utils.rainbow_plot(axis, X, X**2, num_steps=7, lw=3, cmap="jet")

    points = np.concatenate([line.get_xydata() for line in axis.lines])
    joints = np.array(axis.collections[0].get_segments())
    ends = np.array([line.get_xydata()[[0, -1]] for line in axis.lines])
    assert np.array_equal(points, np.column_stack([X, X**2]))
    assert np.array_equal(joints[:, 0], ends[:-1, 1])
    assert np.array_equal(joints[:, 1], ends[1:, 0])
    assert np.allclose(axis.lines[3].get_color(), mpl.colormaps["jet"](3 / 7))
    assert set(axis.collections[0].get_linewidths()) == {3}


def test_a_short_curve_has_fewer_colours_when_nobody_says(axis):
    plot_utils.rainbow_plot(axis, [0, 1, 2, 3], [1, 2, 3, 4])

    assert len(axis.lines) == 2


def test_a_family_has_names_colours_and_steps(axis):
    plot_utils.plot_line_family(
        axis, X, CURVES[:4], line_names=list("abcd"), label_prefix="U =", label_suffix="V",
        y_offset=2, show_cbar=True,
    )  # fmt: skip

    assert [line.get_label() for line in axis.lines] == [f"U = {n} V" for n in "abcd"]
    assert np.array_equal(axis.lines[3].get_ydata(), CURVES[3] + 6)
    assert axis.lines[1].get_color() == mpl.colormaps["viridis"](0.25)
    assert len(axis.figure.axes) == 2


@pytest.mark.parametrize(("steps", "first", "count"), [(5, ["0", "1"], 5), (40, ["0", "3"], 14)])
def test_a_bar_for_lines_names_as_many_as_can_be_read(axis, steps, first, count):
    bar = plot_utils.cbar_for_line_plot(axis, steps, label="line")

    labels = [text.get_text() for text in bar.ax.get_yticklabels()]
    assert labels[:2] == first
    assert len(labels) == count
    assert bar.ax.get_ylabel() == "line"


def test_a_scree_plot_is_logarithmic_and_counts_from_one():
    figure, axis = plot_utils.plot_scree([4, 2, 1], title="PCA", color="k")

    (line,) = axis.lines
    assert (axis.get_xscale(), axis.get_yscale(), axis.get_title()) == ("log", "log", "PCA")
    assert list(line.get_xdata()) == [1, 2, 3]
    assert (line.get_color(), axis.figure) == ("k", figure)


def test_curves_of_several_datasets_share_panels():
    figure, axes = plot_utils.plot_curves(
        [X, X * 2], [CURVES, -CURVES], num_plots=5, dataset_names=["a", "b"], x_label="t",
        y_label="U", title="T", subtitle_prefix="P", figsize=(6, 4),
    )  # fmt: skip

    panels = axes.ravel()
    assert axes.shape == (2, 3)
    assert [one.get_visible() for one in panels] == [True] * 5 + [False]
    assert [one.get_title() for one in panels[:5]] == ["P 0", "P 7", "P 14", "P 21", "P 29"]
    assert np.array_equal(panels[1].lines[1].get_xydata(), np.column_stack([2 * X, -CURVES[7]]))
    assert [one.get_xlabel() for one in panels[:5]] == ["", "", "t", "t", "t"]
    assert [text.get_text() for text in panels[4].get_legend().get_texts()] == ["a", "b"]
    assert figure.get_suptitle() == "T"


def test_curves_may_be_complex_rainbows_and_placed():
    where = np.array([[k % 6, k // 6] for k in range(30)])
    _, axes = plot_utils.plot_curves(X, CURVES * (1 + 2j), num_plots=2, h5_pos=where)
    _, axis = plot_utils.plot_curves(X, CURVES, num_plots=1, use_rainbow_plots=True, cmap="jet")

    assert [one.get_title() for one in axes] == ["Row 0 Col 0", "Row 4 Col 5"]
    assert np.allclose(axes[0].lines[1].get_ydata(), 2 * CURVES[0])
    assert axes[0].lines[1].get_linestyle() == "--"
    assert len(axis.lines) == 25


def test_complex_spectra_show_amplitude_over_phase():
    spectra = CURVES[:6] * np.exp(1j)
    figure, axes = plot_utils.plot_complex_spectra(
        spectra, X, num_comps=2, amp_units="V", title="T", x_label="f", y_label="A"
    )

    assert [one.get_title() for one in axes.ravel()] == [
        "Component 0 - Amplitude (V)", "Component 5 - Amplitude (V)",
        "Component 0 - Phase (rad)", "Component 5 - Phase (rad)",
    ]  # fmt: skip
    assert np.allclose(axes[0, 1].lines[0].get_ydata(), np.abs(spectra[5]))
    assert np.allclose(
        axes[1, 1].lines[0].get_xydata(), np.column_stack([X, np.angle(spectra[5])])
    )
    assert (axes[1, 0].get_xlabel(), axes[0, 0].get_ylabel()) == ("f", "A")
    assert tuple(figure.get_size_inches()) == (8, 4)


def test_complex_maps_have_the_same_colours_for_the_same_phase():
    maps = STACK * np.exp(1j * np.arange(20) / 4)
    _, axes = plot_utils.plot_complex_spectra(maps, num_comps=3, stdevs=None)
    _, one = plot_utils.plot_complex_spectra(maps, num_comps=1)

    assert {panel.images[0].get_clim() for panel in axes[1]} == {(-np.pi, np.pi)}
    assert axes[0, 0].images[0].get_clim()[0] >= 0
    assert [panel.get_title() for panel in one] == ["Amplitude (a.u.)", "Phase (rad)"]


# ------------------------------------------------------------------ looks


@pytest.mark.parametrize(
    ("count", "grid"),
    [(1, (1, 1)), (2, (1, 2)), (3, (1, 3)), (4, (2, 2)), (5, (2, 3)), (7, (2, 4)), (9, (3, 3)),
     (13, (3, 5)), (30, (5, 6))],
)  # fmt: skip
def test_grids_are_nearly_square_and_have_room(count, grid):
    assert plot_utils.get_plot_grid_size(count) == grid
    assert plot_utils.get_plot_grid_size(count, fewer_rows=False) == grid[::-1]


def test_letters_at_ticks_are_set_for_any_number_of_axes():
    _, axes = plt.subplots(2, 2)
    plot_utils.set_tick_font_size(axes, 7)
    plot_utils.set_tick_font_size([axes[0, 0]], 8)
    plot_utils.set_tick_font_size(axes[0, 1], 9)

    sizes = [one.get_xticklabels()[0].get_size() for one in axes.flat]
    assert sizes == [8, 9, 7, 7]


@pytest.mark.parametrize(("is_x", "wanted"), [(True, "2.00e-01"), (False, "2.0E+04")])
def test_ticks_may_be_written_in_a_format(axis, is_x, wanted):
    axis.plot([0, 1e5])
    plot_utils.use_scientific_ticks(axis, is_x, "%.2e" if is_x else "%.1E")
    axis.figure.canvas.draw()

    ticks = axis.get_xticklabels() if is_x else axis.get_yticklabels()
    assert ticks[2].get_text() == wanted


def test_nice_letters_go_away_again():
    with mpl.rc_context():
        plot_utils.use_nice_plot_params()
        assert mpl.rcParams["font.size"] == 14
        plot_utils.reset_plot_params()
        assert mpl.rcParams["font.size"] == mpl.rcParamsDefault["font.size"]


def test_a_mappable_has_the_range(axis):
    mappable = plot_utils.make_scalar_mappable(-1, 3, "jet")

    assert (mappable.get_clim(), mappable.cmap.name) == ((-1, 3), "jet")


def test_the_numbers_of_a_figure_are_exported(tmp_path):
    figure, axes = plt.subplots(2)
    axes[0].plot([1, 2], [0.1, 1 / 3], label="fit")
    axes[0].set(title="first", xlabel="t")
    axes[1].imshow([[1, 2], [3, 4]], extent=(0, 2, 0, 1))
    plot_utils.export_fig_data(figure, tmp_path / "a.txt")
    plot_utils.export_fig_data(figure, str(tmp_path / "b.txt"), include_images=True)

    curves = "Axis: first\nLine: fit\nt\tY\n1.0\t0.1\n2.0\t0.3333333333333333\n\n"
    assert (tmp_path / "a.txt").read_text("utf-8") == curves
    text = (tmp_path / "b.txt").read_text("utf-8")
    assert text.startswith(curves)
    assert "1.0\t2.0\n3.0\t4.0\nX\t0\t2\nY\t0\t1" in text


# ------------------------------------------------------------------ refusals

REFUSED = {
    "cmap object": lambda _: plot_utils.get_cmap_object(3),
    "bins": lambda _: plot_utils.discrete_cmap(4.0),
    "rgba name": lambda _: plot_utils.cmap_from_rgba(3, BLACK_RED, 255),
    "rgba colours": lambda _: plot_utils.cmap_from_rgba("n", 3, 255),
    "rgba end": lambda _: plot_utils.cmap_from_rgba("n", BLACK_RED, 256),
    "rgba full": lambda _: plot_utils.cmap_from_rgba("n", BLACK_RED, "a"),
    "alpha colour": lambda _: plot_utils.make_linear_alpha_cmap("n", (1, 2), 255),
    "alpha order": lambda _: plot_utils.make_linear_alpha_cmap("n", (1, 2, 3), 255, 0.9, 0.2),
    "grid": lambda _: plot_utils.get_plot_grid_size("a"),
    "grid of none": lambda _: plot_utils.get_plot_grid_size(0),
    "range": lambda _: plot_utils.make_scalar_mappable(1, 0),
    "tick axes": lambda _: plot_utils.set_tick_font_size("a", 3),
    "tick size": lambda axis: plot_utils.set_tick_font_size(axis, "a"),
    "tick side": lambda axis: plot_utils.use_scientific_ticks(axis, is_x="a"),
    "tick format": lambda axis: plot_utils.use_scientific_ticks(axis, formatting=3),
    "map axis": lambda _: plot_utils.plot_map("a", MAP),
    "map list": lambda axis: plot_utils.plot_map(axis, [[1, 2], [3, 4]]),
    "map 3-D": lambda axis: plot_utils.plot_map(axis, STACK),
    "map complex": lambda axis: plot_utils.plot_map(axis, MAP * 1j),
    "map text": lambda axis: plot_utils.plot_map(axis, np.array([["a"]])),
    "map x": lambda axis: plot_utils.plot_map(axis, MAP, x_vec=[1, 2]),
    "map y": lambda axis: plot_utils.plot_map(axis, MAP, y_vec="a"),
    "map ticks": lambda axis: plot_utils.plot_map(axis, MAP, num_ticks=1),
    "map spread": lambda axis: plot_utils.plot_map(axis, MAP, stdevs=-1),
    "map label": lambda axis: plot_utils.plot_map(axis, MAP, cbar_label=3),
    "map bar": lambda axis: plot_utils.plot_map(axis, MAP, show_cbar=1),
    "stack 2-D": lambda _: plot_utils.plot_map_stack(MAP),
    "stack count": lambda _: plot_utils.plot_map_stack(STACK, num_comps=0),
    "stack bar": lambda _: plot_utils.plot_map_stack(STACK, color_bar_mode="x"),
    "stack size": lambda _: plot_utils.plot_map_stack(STACK, fig_mult=3),
    "stack pad": lambda _: plot_utils.plot_map_stack(STACK, pad_mult=(-1, 2)),
    "stack names": lambda _: plot_utils.plot_map_stack(STACK, subtitle=["a"]),
    "stack title": lambda _: plot_utils.plot_map_stack(STACK, title=3),
    "stack x": lambda _: plot_utils.plot_map_stack(STACK, x_vec=[1]),
    "rainbow lengths": lambda axis: plot_utils.rainbow_plot(axis, X[:3], X),
    "rainbow steps": lambda axis: plot_utils.rainbow_plot(axis, X, X, num_steps=50),
    "rainbow no steps": lambda axis: plot_utils.rainbow_plot(axis, X, X, num_steps=0),
    "family 1-D": lambda axis: plot_utils.plot_line_family(axis, X, X),
    "family length": lambda axis: plot_utils.plot_line_family(axis, X[:4], CURVES),
    "family names": lambda axis: plot_utils.plot_line_family(axis, X, CURVES, line_names=["a"]),
    "family texts": lambda axis: plot_utils.plot_line_family(axis, X, CURVES, line_names="abc"),
    "family step": lambda axis: plot_utils.plot_line_family(axis, X, CURVES, y_offset="a"),
    "line bar": lambda axis: plot_utils.cbar_for_line_plot(axis, 2.5),
    "scree": lambda _: plot_utils.plot_scree("a"),
    "scree title": lambda _: plot_utils.plot_scree([1], title=3),
    "curves 1-D": lambda _: plot_utils.plot_curves(X, X),
    "curves length": lambda _: plot_utils.plot_curves(X[:3], CURVES),
    "curves count": lambda _: plot_utils.plot_curves(X, CURVES, num_plots=0),
    "curves positions": lambda _: plot_utils.plot_curves(X, [CURVES, CURVES[:2]]),
    "curves vectors": lambda _: plot_utils.plot_curves([X, X, X], [CURVES, CURVES]),
    "curves colours": lambda _: plot_utils.plot_curves(X, [CURVES] * 2, line_colors=["r"]),
    "curves places": lambda _: plot_utils.plot_curves(X, CURVES, h5_pos=3),
    "curves label": lambda _: plot_utils.plot_curves(X, CURVES, x_label=3),
    "complex 1-D": lambda _: plot_utils.plot_complex_spectra(CURVES[0]),
    "complex length": lambda _: plot_utils.plot_complex_spectra(CURVES, X[:3]),
    "complex count": lambda _: plot_utils.plot_complex_spectra(CURVES, num_comps=2.5),
    "complex units": lambda _: plot_utils.plot_complex_spectra(CURVES, amp_units=3),
    "export": lambda _: plot_utils.export_fig_data("a", "b.txt"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_is_refused_before_anything_is(axis, name):
    with pytest.raises(plot_utils.ArgumentError, match=r"should|opacities"):
        REFUSED[name](axis)

    assert not axis.has_data()
    assert plt.get_fignums() == []


@pytest.mark.parametrize("builtin", [TypeError, ValueError, AssertionError])
def test_refusals_are_what_the_released_functions_raise(builtin):
    assert issubclass(plot_utils.ArgumentError, builtin)


def test_an_unknown_name_of_a_map_is_a_value_error():
    with pytest.raises(ValueError, match="nope"):
        plot_utils.get_cmap_object("nope")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot_utils.plot_map_stack(STACK, bogus=1),
        lambda: plot_utils.plot_curves(X, CURVES, bogus=1),
        lambda: plot_utils.plot_complex_spectra(CURVES, bogus=1),
        lambda: plot_utils.plot_scree([1], bogus=1),
    ],
)
def test_a_keyword_that_matplotlib_refuses_leaves_no_figure(draw):
    with pytest.raises(AttributeError, match="bogus"):
        draw()

    assert plt.get_fignums() == []


def test_old_addresses_lead_to_the_same_functions():
    from sidpy.viz.plot_utils import cmap, curve, image, misc

    for module in (cmap, curve, image, misc):
        for name in module.__all__:
            assert getattr(plot_utils, name) is getattr(module, name)
