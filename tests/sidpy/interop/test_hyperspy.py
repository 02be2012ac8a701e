"""Datasets as signals of HyperSpy and back, with HyperSpy itself where it is installed.

Everywhere else a stand-in, which keeps what it is given in the places that HyperSpy's
documentation names, shows that the right things go to the right places.
"""

import copy
import importlib.util
import sys
from types import ModuleType, SimpleNamespace

import dask.array as da
import numpy as np
import pytest

import sidpy

REAL = importlib.util.find_spec("hyperspy") is not None
needs_hyperspy = pytest.mark.skipif(not REAL, reason="HyperSpy is not installed")


class Tree:
    """Metadata of the stand-in: a dictionary that is written to by dotted names."""

    def __init__(self):
        self.tree = {"_HyperSpy": {"Folding": {}}}

    def add_dictionary(self, tree):
        self.tree.update(copy.deepcopy(tree))

    def set_item(self, name, value):
        *parents, last = name.split(".")
        node = self.tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value

    def has_item(self, name):
        node = self.tree
        for part in name.split("."):
            if part not in node:
                return False
            node = node[part]
        return True

    def as_dictionary(self):
        return copy.deepcopy(self.tree)


class Signal:
    """A signal of the stand-in."""

    def __init__(self, data, axes=None, lazy=False):
        self.data, self._lazy, self.noise = data, lazy, None
        axes = axes or [{"size": n, "navigate": False} for n in data.shape]
        self.axes = [self.axis(i, **words) for i, words in enumerate(axes)]
        inner = [axis for axis in self.axes if not axis.navigate]
        outer = [axis for axis in self.axes if axis.navigate]
        # HyperSpy counts the fastest axis first
        self.axes_manager = SimpleNamespace(
            navigation_axes=tuple(outer[::-1]), signal_axes=tuple(inner[::-1])
        )
        self.metadata, self.original_metadata = Tree(), Tree()

    @staticmethod
    def axis(index, size=None, offset=0, scale=1, axis=None, name=None, units=None, navigate=True):
        values = offset + scale * np.arange(size) if axis is None else np.asarray(axis)
        undefined = object()
        return SimpleNamespace(
            index_in_array=index, axis=values, size=len(values), navigate=navigate,
            name=name or undefined, units=units or undefined,
        )  # fmt: skip

    def as_lazy(self):
        self._lazy = True
        return self

    def set_noise_variance(self, variance):
        self.noise = variance

    def get_noise_variance(self):
        return self.noise

    def set_signal_type(self, name):
        self.metadata.set_item("Signal.signal_type", name)


@pytest.fixture(params=["stand-in", pytest.param("real", marks=needs_hyperspy)])
def hyperspy(request, monkeypatch):
    """HyperSpy, or a stand-in."""
    if request.param == "real":
        # whatever it warns of is not about us
        monkeypatch.setattr("warnings.filters", [("ignore", None, Warning, None, 0)])
        return importlib.import_module("hyperspy.api")
    names = ("BaseSignal", "Signal1D", "Signal2D", "ComplexSignal", "ComplexSignal1D",
             "ComplexSignal2D")  # fmt: skip
    api = ModuleType("hyperspy.api")
    api.signals = SimpleNamespace(**{name: type(name, (Signal,), {}) for name in names})
    package = ModuleType("hyperspy")
    package.api = api
    monkeypatch.setitem(sys.modules, "hyperspy", package)
    monkeypatch.setitem(sys.modules, "hyperspy.api", api)
    return api


def kind(signal):
    return type(signal).__name__.removeprefix("Lazy").replace("Signal", "", 1) or "Base"


def axes(signal):
    found = (*signal.axes_manager.navigation_axes, *signal.axes_manager.signal_axes)
    return sorted(found, key=lambda axis: axis.index_in_array)


def test_a_spectral_image_becomes_a_lazy_signal(hyperspy, spectra):
    signal = spectra.to_hyperspy()

    # with eXSpy, which knows the signal type EELS, it is a class of that
    assert kind(signal) in ("1D", "EELSSpectrum")
    assert (signal._lazy, type(signal.data)) == (True, da.Array)
    assert [axis.name for axis in axes(signal)] == ["y", "x", "loss"]
    assert [axis.navigate for axis in axes(signal)] == [True, True, False]
    assert [axis.units for axis in axes(signal)] == ["nm", "nm", "eV"]
    for axis, dimension in zip(axes(signal), spectra.labels_record.dimensions, strict=True):
        np.testing.assert_array_equal(axis.axis, dimension.values)
    tree = signal.metadata.as_dictionary()
    assert tree["General"]["title"] == "a map"
    assert tree["Signal"]["quantity"] == "Intensity (counts)"
    assert tree["Signal"]["signal_type"] == "EELS"
    assert tree["gain"] == (1, 2)
    assert signal.original_metadata.as_dictionary()["header"] == [1, "two"]
    np.testing.assert_array_equal(signal.get_noise_variance().data, np.full((2, 3, 4), 0.25))


def test_everything_comes_back(hyperspy, spectra):
    spectra.point_cloud = {"coordinates": np.eye(2)}
    back = sidpy.convert_hyperspy(spectra.to_hyperspy())

    assert back == spectra
    assert (back.title, back.metadata) == (spectra.title, spectra.metadata)
    assert isinstance(back.metadata["gain"], tuple)
    assert back.original_metadata == spectra.original_metadata
    assert back.variance.dtype == np.float32
    names = [step.function for step in back.history]
    assert names == ["from_array", "relabel", "from_hyperspy"]
    assert back.numblocks == spectra.numblocks


@pytest.mark.parametrize(
    ("shape", "dtype", "labels", "expected"),
    [
        ((), "f8", "UNKNOWN", "Base"),
        ((5,), "f8", "SPECTRUM", "1D"),
        ((5,), "c8", "SPECTRUM", "Complex1D"),
        ((4, 5), "u2", "IMAGE", "2D"),
        ((4, 5), "c16", "IMAGE", "Complex2D"),
        ((3, 4, 5), "f4", "IMAGE_STACK", "2D"),
        ((2, 3, 4, 5), "u1", "IMAGE_4D", "2D"),
        ((4, 5), "f8", "LINE_PLOT_FAMILY", "1D"),
    ],
)
def test_the_data_type_decides_the_class(hyperspy, shape, dtype, labels, expected):
    numbers = np.arange(np.prod(shape)).astype(dtype).reshape(shape)
    dataset = sidpy.Dataset.from_array(numbers, datatype=labels)
    signal = dataset.to_hyperspy()
    back = sidpy.Dataset.from_hyperspy(signal)

    assert kind(signal) == expected
    assert (back.shape, back.dtype, back.data_type) == (shape, np.dtype(dtype), dataset.data_type)
    np.testing.assert_array_equal(back.compute(), numbers)


def test_signal_axes_go_last_and_back_to_their_place(hyperspy, spectra):
    first = spectra.transpose(2, 0, 1)
    signal = first.to_hyperspy()

    assert signal.data.shape == (2, 3, 4)
    assert sidpy.convert_hyperspy(signal) == first
    image = spectra.to_hyperspy(signal_dimensions=["y", 1], lazy=False)
    assert (kind(image), image.data.shape, type(image.data)) == ("2D", (4, 2, 3), np.ndarray)
    with pytest.raises(ValueError, match="there is no dimension 'z'"):
        spectra.to_hyperspy(signal_dimensions="z")
    with pytest.raises(ValueError, match="among the axes 0 to 2, found 3"):
        spectra.to_hyperspy(signal_dimensions=3)


@pytest.mark.parametrize("values", [[3.0, 1, 2], [0, 0, 0], [np.nan, 1, 2], [1e300, -1e300, 0]])
def test_values_that_are_not_ordered_are_counted_and_come_back(hyperspy, values):
    dataset = sidpy.Dataset.from_array(np.ones(3))
    dataset.set_dimension(0, sidpy.Dimension(values, "x"))
    signal = dataset.to_hyperspy()

    assert axes(signal)[0].axis.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(sidpy.convert_hyperspy(signal).x.values, values)


@pytest.mark.parametrize("values", [[5.0, 3, 1], [9.0], [0.1, 0.2, 0.30000000000000004]])
def test_linear_values_come_back_bit_by_bit(hyperspy, values):
    dataset = sidpy.Dataset.from_array(np.ones(len(values)))
    dataset.set_dimension(0, sidpy.Dimension(values, "x", units="nm"))

    back = sidpy.convert_hyperspy(dataset.to_hyperspy())
    assert back.x.values.tolist() == values


def test_what_was_changed_there_is_right(hyperspy, spectra):
    signal = spectra.to_hyperspy()
    signal.metadata.set_item("General.title", "better")
    signal.metadata.set_item("gain", 7)
    back = sidpy.convert_hyperspy(signal)

    assert (back.title, back.metadata["gain"]) == ("better", 7)


def test_a_broken_record_is_passed_over(hyperspy, spectra, caplog):
    signal = spectra.to_hyperspy()
    signal.metadata.set_item("Sidpy.record", '{"no": "record"}')
    back = sidpy.convert_hyperspy(signal)

    assert back.title == "a map"
    assert "metadata.Sidpy.record is passed over" in caplog.text


# ---------------------------------------------------------------- signals of others


def signal_of(hyperspy, name, shape, *words):
    made = getattr(hyperspy.signals, name)
    described = [{"size": n, **one} for n, one in zip(shape, words, strict=True)]
    return made(np.arange(np.prod(shape), dtype=float).reshape(shape), axes=described)


def test_a_signal_of_others_gets_its_types_from_units_and_place(hyperspy):
    signal = signal_of(
        hyperspy, "Signal1D", (2, 3, 4),
        {"name": "y", "units": "µm", "scale": 0.5, "navigate": True}, {"navigate": True},
        {"name": "Energy", "units": "keV", "offset": 1.0, "navigate": False},
    )  # fmt: skip
    signal.metadata.set_item("Signal.quantity", "X-rays (Counts)")
    signal.metadata.set_item("General.title", "grain")
    signal.metadata.set_item("Acquisition_instrument.TEM.microscope", "Titan")
    signal.set_noise_variance(2.5)
    dataset = sidpy.convert_hyperspy(signal)

    assert dataset.data_type is sidpy.DataType.SPECTRAL_IMAGE
    assert [dim.name for dim in dataset.labels_record.dimensions] == ["y", "b", "Energy"]
    assert [kind.name for kind in dataset.get_dimensions_types()] == [
        "SPATIAL", "SPATIAL", "SPECTRAL",
    ]  # fmt: skip
    assert dataset.y.values.tolist() == [0, 0.5]
    assert (dataset.b.units, dataset.Energy.units) == ("generic", "keV")
    assert (dataset.title, dataset.quantity, dataset.units) == ("grain", "X-rays", "Counts")
    assert dataset.source == "Titan"
    assert dataset.metadata["General"]["title"] == "grain"
    assert "_HyperSpy" not in dataset.metadata
    assert dataset.variance.compute().tolist() == np.full((2, 3, 4), 2.5).tolist()


@pytest.mark.parametrize(
    ("units", "expected"),
    [("nm", "SPATIAL"), ("1/nm", "RECIPROCAL"), ("mrad", "RECIPROCAL"), (None, "SPATIAL")],
)
def test_frames_are_stacks_of_images(hyperspy, units, expected):
    words = {"navigate": False, **({"units": units} if units else {})}
    time = {"name": "time", "units": "s", "navigate": True}
    dataset = sidpy.convert_hyperspy(
        signal_of(hyperspy, "Signal2D", (2, 3, 4), time, words, words)
    )

    assert dataset.data_type is sidpy.DataType.IMAGE_STACK
    assert [kind.name for kind in dataset.get_dimensions_types()] == [
        "TEMPORAL", expected, expected,
    ]  # fmt: skip


def test_what_is_no_signal_is_told(hyperspy):
    with pytest.raises(TypeError, match=r"takes a signal of HyperSpy, found numpy.ndarray"):
        sidpy.convert_hyperspy(np.ones(3))


def test_without_hyperspy_the_command_is_named(spectra, monkeypatch):
    monkeypatch.setitem(sys.modules, "hyperspy", None)
    monkeypatch.setitem(sys.modules, "hyperspy.api", None)

    for action in (lambda: sidpy.convert_hyperspy(3), spectra.to_hyperspy):
        with pytest.raises(sidpy.errors.MissingDependency, match=r"'sidpy\[hyperspy\]'"):
            action()
