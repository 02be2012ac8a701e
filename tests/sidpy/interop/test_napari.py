"""Datasets as layers, and the plugin that lets napari open every format."""

from importlib.metadata import distribution
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import yaml

import sidpy
from sidpy import napari
from sidpy.plugins.sniffing import load

MANIFEST = Path(sidpy.__file__).with_name("napari.yaml")


def image(array, *units, **labels):
    dataset = sidpy.Dataset.from_array(array, **labels)
    for axis, unit in enumerate(units):
        dimension = sidpy.Dimension(np.arange(dataset.shape[axis]) * 0.5 + 1, f"d{axis}",
                                    units=unit, dimension_type="spatial")  # fmt: skip
        dataset.set_dimension(axis, dimension)
    return dataset


# ---------------------------------------------------------------- layers


def test_an_image_keeps_scale_place_units_and_labels():
    ((data, words, kind),) = image(da.ones((4, 5)), "nm", "nm", title="t", units="V").to_napari()

    assert (kind, data.shape, type(data)) == ("image", (4, 5), da.Array)
    assert (words["scale"], words["translate"]) == ([0.5, 0.5], [1, 1])
    assert (words["units"], words["axis_labels"]) == (["nm", "nm"], ["d0", "d1"])
    assert (words["name"], words["metadata"]["units"]) == ("t", "V")


def test_the_image_comes_last(spectra):
    ((data, words, _),) = spectra.to_napari(colormap="viridis")

    assert data.shape == (4, 2, 3)
    assert words["axis_labels"] == ["loss", "y", "x"]
    assert words["scale"] == [0.5, 2, 2]
    assert words["colormap"] == "viridis"
    np.testing.assert_array_equal(data[1].compute(), spectra[:, :, 1].compute())


def test_falling_axes_are_turned_round():
    dataset = sidpy.Dataset.from_array(np.arange(6).reshape(2, 3))
    dataset.set_dimension(1, sidpy.Dimension([4.0, 2, 0], "x", units="nm"))
    ((data, words, _),) = dataset.to_napari()

    assert (words["scale"][1], words["translate"][1]) == (2, 0)
    np.testing.assert_array_equal(data, [[2, 1, 0], [5, 4, 3]])


def test_a_spectrum_is_an_image_of_one_row(spectra):
    ((data, words, _),) = spectra[0, 0].to_napari()

    assert data.shape == (1, 4)
    assert {len(words[key]) for key in ("scale", "translate", "units", "axis_labels")} == {2}


def test_complex_numbers_are_two_layers():
    amplitude, phase = image(np.full((2, 2), 3j), "nm", "nm", title="wave").to_napari()

    assert amplitude[1]["name"] == "wave (amplitude)"
    assert float(amplitude[0].max()) == 3
    assert float(phase[0].max()) == pytest.approx(np.pi / 2)


def test_colours_are_colours():
    dataset = image(np.zeros((4, 5, 3), np.uint8), "nm", "nm")
    dataset.set_dimension(2, sidpy.Dimension(3, "rgb", dimension_type="channel"))
    ((data, words, _),) = dataset.to_napari()

    assert words["rgb"]
    assert (data.shape, len(words["scale"])) == ((4, 5, 3), 2)
    assert "colormap" not in words


def test_units_that_nobody_knows_are_pixels():
    ((_, words, _),) = image(np.ones((2, 2)), "furlongs of old", "generic").to_napari()

    assert words["units"] == ["pixel", "pixel"]


def test_atoms_are_points_in_the_units_of_the_image():
    ase = pytest.importorskip("ase", reason="crystal structures need ase")
    dataset = image(np.ones((4, 5)), "nm", "nm")
    dataset.add_structure(ase.Atoms("CO", positions=[[10, 20, 0], [0, 0, 5]]), "gas")
    _, (places, words, kind) = dataset.to_napari()

    assert (kind, words["name"]) == ("points", "gas")
    np.testing.assert_allclose(places, [[2, 1], [0, 0]])
    assert list(words["features"]["symbol"]) == ["C", "O"]


def test_a_point_cloud_is_points_with_values():
    dataset = sidpy.Dataset.from_array(
        np.arange(6.0).reshape(3, 2), datatype="point_cloud",
        coordinates=[[1.0, 10], [2, 20], [3, 30]],
    )  # fmt: skip
    ((places, words, kind),) = dataset.to_napari()

    assert kind == "points"
    assert places.tolist() == [[10, 1], [20, 2], [30, 3]]
    assert words["features"]["value"].tolist() == [0.5, 2.5, 4.5]


@pytest.mark.parametrize("values", [np.array(["a", "b"]), np.zeros((0, 3))])
def test_what_is_no_picture_is_told(values):
    with pytest.raises(ValueError, match="napari shows numbers, found"):
        sidpy.Dataset.from_array(values).to_napari()


# ---------------------------------------------------------------- the plugin


def test_the_manifest_names_commands_that_are_there():
    manifest = yaml.safe_load(MANIFEST.read_text("utf-8"))
    commands = {one["id"]: one["python_name"] for one in manifest["contributions"]["commands"]}
    used = [*manifest["contributions"]["readers"], *manifest["contributions"]["writers"]]

    assert manifest["name"] == "sidpy"
    assert {one["command"] for one in used} == set(commands)
    assert all(callable(load(name)) for name in commands.values())
    assert all(name.startswith("sidpy.") for name in commands)


def test_napari_finds_the_manifest():
    (point,) = distribution("sidpy").entry_points.select(group="napari.manifest")

    module, _, name = point.value.partition(":")
    assert (point.name, module) == ("sidpy", "sidpy")
    assert MANIFEST.name == name
    assert MANIFEST.is_file()


def test_every_format_of_every_plugin_opens(site, toy_file):
    site.add_reader("toy")
    read = napari.get_reader(str(toy_file))
    ((data, words, kind),) = read(str(toy_file))

    assert (data.shape, words["name"], kind) == ((2, 3), "toy", "image")
    assert len(napari.get_reader([str(toy_file)] * 2)([str(toy_file)] * 2)) == 2


def test_a_file_that_nobody_claims_is_left_to_others(site, toy_file, tmp_path):
    site.add_reader("toy")
    picture = tmp_path / "photo.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")

    assert napari.get_reader(str(picture)) is None
    assert napari.get_reader([str(toy_file), str(picture)]) is None
    assert napari.get_reader(str(tmp_path / "absent.toy")) is None
    assert napari.get_reader(str(tmp_path)) is None


def test_choosing_reads_no_pixel(site, toy_file):
    site.add_reader("toy", reader="a_reader_that_is_absent:read")

    assert napari.get_reader(str(toy_file)) is not None


def test_layers_are_written_and_come_back(spectra, tmp_path):
    pytest.importorskip("sidpy.io.plugin")
    path = tmp_path / "map.nxs"

    assert napari.write_layers(str(path), spectra.to_napari()) == [str(path)]
    (back,) = sidpy.read(path).values()
    assert (back.title, back.units, back.data_type) == ("a map", "counts", spectra.data_type)
    assert back.metadata == spectra.metadata
    np.testing.assert_array_equal(back.loss.values, spectra.loss.values)
    np.testing.assert_array_equal(back.compute(), np.moveaxis(spectra.compute(), 2, 0))


def test_only_images_are_written(tmp_path):
    with pytest.raises(ValueError, match="found one of the type 'points'"):
        napari.write_layers(str(tmp_path / "a.nxs"), [(np.ones((2, 2)), {}, "points")])
