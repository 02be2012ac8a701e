"""What `visualize` draws of what is left of a dataset."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from pyUSID.io.dimension import Dimension
from pyUSID.io.usi_data import USIDataset
from pyUSID.io.writing import write_main_dataset


@pytest.fixture(autouse=True)
def closed():
    """Close every figure after the test."""
    yield
    plt.close("all")


CURVE = {"X": 1, "Y": 0, "Cycle": 0}
MAP = {"Bias": 0, "Cycle": 0}


def texts(labels):
    return [label.get_text() for label in labels]


def test_one_dimension_is_a_curve(h5_main):
    figure, axes = h5_main.visualize(CURVE, figsize=(5, 3), color="red")
    [line] = axes.lines

    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == (
        h5_main.name, "Bias (V)", "Current (nA)",
    )  # fmt: skip
    np.testing.assert_array_equal(
        line.get_xydata(), np.transpose([[-1, 0, 1, 2], np.arange(4) + 100])
    )
    assert tuple(figure.get_size_inches()) == (5, 3)
    assert line.get_color() == "red"


@pytest.mark.parametrize(
    ("selection", "labels"),
    [
        (MAP, ("X (nm)", "Y (um)")),
        ({"X": 0, "Y": 0}, ("Bias (V)", "Cycle ()")),
        ({"X": 0, "Cycle": 0}, ("Bias (V)", "Y (um)")),
    ],
)
def test_two_dimensions_are_an_image(h5_main, selection, labels):
    figure, axes = h5_main.visualize(selection)
    [image] = axes.images

    assert (axes.get_xlabel(), axes.get_ylabel()) == labels
    assert axes.get_title() == h5_main.name
    np.testing.assert_array_equal(image.get_array(), h5_main.slice(selection)[0])
    assert [other.get_ylabel() for other in figure.axes if other is not axes] == []
    assert axes.child_axes[0].get_ylabel() == "Current (nA)"


def test_ticks_begin_and_end_at_the_rounded_values(h5_file):
    x, y = (
        Dimension("X", "m", np.linspace(0.123, 4.567, 9) * 1e-7),
        Dimension("Y", "m", [1, 2.345]),
    )
    h5_main = write_main_dataset(
        h5_file, np.ones((18, 1)), "a", "q", "u", [x, y], Dimension("arb", "", 1)
    )
    _, axes = h5_main.visualize()

    assert axes.get_xlabel() == "X (m) x $10^{-7}$"
    assert texts(axes.get_xticklabels())[0] == "0.12"
    assert texts(axes.get_xticklabels())[-1] == "4.57"
    assert texts(axes.get_yticklabels()) == ["1.0", "2.35"]


def test_large_numbers_are_divided_and_the_label_says_so(h5_main):
    h5_main[...] = h5_main[()] * 1e7
    _, axes = h5_main.visualize(CURVE)

    assert axes.get_ylabel() == "Current (nA) x $10^{9}$"
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [1, 1.01, 1.02, 1.03], rtol=1e-6)


def test_values_close_together_stay_apart_at_the_ticks(h5_file):
    x, y = Dimension("X", "m", [5.0001, 5.0002, 5.0003]), Dimension("Y", "m", 2)
    h5_main = write_main_dataset(
        h5_file, np.ones((6, 1)), "a", "q", "u", [x, y], Dimension("arb", "", 1), values_dtype="f8"
    )

    assert texts(h5_main.visualize()[1].get_xticklabels()) == ["5.0001", "5.0002", "5.0003"]


def test_complex_data_are_magnitude_and_phase(h5_file, dims, data):
    h5_main = write_main_dataset(h5_file, data * 1j, "a", "Current", "nA", *dims)
    _, curves = h5_main.visualize(CURVE)
    _, images = h5_main.visualize(MAP)

    assert [axes.get_title() for axes in images] == ["/a\n(Magnitude)", "/a\n(Phase)"]
    assert [axes.get_ylabel() for axes in curves] == ["Current (nA)", "Phase (rad)"]
    np.testing.assert_array_equal(images[0].images[0].get_array(), h5_main.slice(MAP)[0].imag)
    np.testing.assert_allclose(curves[1].lines[0].get_ydata(), np.pi / 2)


def test_compound_data_have_one_panel_for_each_field(h5_file, dims, data):
    numbers = np.zeros((6, 8), dtype=[("amp [V]", "f4"), ("n", "i4"), ("q", "f4")])
    numbers["amp [V]"] = data
    h5_main = write_main_dataset(h5_file, numbers, "a", "q", "u", *dims)
    figure, curves = h5_main.visualize(CURVE)
    _, images = h5_main.visualize(MAP)

    assert isinstance(curves, np.ndarray)
    assert [axes.get_title() for axes in images] == ["amp [V]", "n", "q"]
    assert [axes.get_ylabel() for axes in curves] == ["amp [V]", "n", "q"]
    assert len(figure.axes) == 3
    np.testing.assert_array_equal(curves[0].lines[0].get_ydata(), data[1, :4])


def test_no_dimension_is_the_value(h5_main):
    assert h5_main.visualize({"X": 2, "Y": 1, "Cycle": 0, "Bias": 3}) == 1203
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("selection", "sliders"),
    [(None, ["Y", "X", "Cycle", "Bias"]), ({"Cycle": 1}, ["Y", "X", "Bias"])],
)
def test_more_dimensions_get_sliders(h5_main, selection, sliders):
    viewer = h5_main.visualize(selection).viewer
    for slider, value in zip(viewer.sliders, [1, 2, *[1] * len(sliders)], strict=False):
        slider.value = value
    viewer.sliders[-1].value = 3
    shown = viewer.halves[0].axes.images[0].get_array()

    assert [slider.description for slider in viewer.sliders] == sliders
    np.testing.assert_array_equal(shown, h5_main.slice({"Bias": 3, "Cycle": 1})[0])
    if len(sliders) == 3:
        assert viewer.halves[1].axes.get_ylabel() == "Current (nA)"


def test_too_many_dimensions_are_refused(h5_file):
    three = [Dimension(name, "nm", 2) for name in "ABC"]
    h5_main = write_main_dataset(
        h5_file, np.ones((8, 2)), "a", "q", "u", three, Dimension("B", "V", 2)
    )
    with pytest.raises(NotImplementedError, match=r"has 3 and 1 \(C: 2, B: 2, A: 2, B: 2\)"):
        h5_main.visualize()
    with pytest.raises(ValueError, match="choose single steps of others with slice_dict"):
        h5_main.visualize({"B": [0, 1]})


def test_what_cannot_be_shown_says_what_can_be_done(fast_first):
    fast_first.file["old/Position_Indices"][5] = [0, 0]
    with pytest.warns(UserWarning, match="no N-dimensional form"):
        scattered = USIDataset(fast_first)
    with pytest.raises(ValueError, match=r"to_sidpy\(\).plot\(\), or .*map_grid_to_cartesian"):
        scattered.visualize()
    with pytest.raises(TypeError, match="slice_dict should be a dictionary"):
        scattered.visualize(5)


def test_sorted_datasets_are_drawn_as_they_are_listed(fast_first):
    dataset = USIDataset(fast_first)
    _, as_written = dataset.visualize(MAP)
    dataset.toggle_sorting()
    _, as_sorted = dataset.visualize(MAP)

    assert (as_written.get_xlabel(), as_sorted.get_xlabel()) == ("Y (um)", "X (nm)")
    np.testing.assert_array_equal(
        as_written.images[0].get_array().T, as_sorted.images[0].get_array()
    )
