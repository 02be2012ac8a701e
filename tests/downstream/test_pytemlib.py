"""pyTEMlib's public release works on our packages, unchanged.

Run by ``python3 noxfile.py -s downstream``, which installs that release; skipped elsewhere.
Each test goes one way that pyTEMlib's users go.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

pytest.importorskip("ase", reason="pyTEMlib needs ase")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own, on import
    pytest.importorskip("pyTEMlib", reason="the session downstream installs pyTEMlib")

import ase.build
import h5py
from pyTEMlib import atom_tools, eels_tools, file_tools, image_tools

import sidpy
from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm

# pyTEMlib's own warnings are its own affair; ours are not
pytestmark = pytest.mark.filterwarnings("ignore", "error::sidpy.errors.SidpyWarning")

SHAPE = (4, 3)
#: Where the zero loss lies in the spectrum of each pixel, in eV.
SHIFTS = np.linspace(-0.3, 0.3, 12).reshape(SHAPE)
EXPERIMENT = {
    "acceleration_voltage": 200_000.0,
    "convergence_angle": 10.0,
    "collection_angle": 20.0,
}


def zero_loss(energy, center=0.0):
    """Return a product of two Lorentzians, the model pyTEMlib fits, about 1 at its maximum."""
    halves = ((energy - center - side) / 0.4 for side in (-0.05, 0.05))
    return np.prod([1 / (1 + half**2) for half in halves], axis=0)


def plasmon(energy, position=15.0, width=4.0):
    """Return the loss function of free electrons, 0 below 0 eV."""
    e = np.maximum(energy, 1e-9)
    return np.where(
        energy > 0, e * width * position**2 / ((e**2 - position**2) ** 2 + (e * width) ** 2), 0
    )


@pytest.fixture
def energy():
    return np.arange(300) * 0.2 - 6


@pytest.fixture
def low_loss(energy):
    """A spectrum image whose zero loss wanders, with counting noise."""
    clean = [
        [1e5 * zero_loss(energy, SHIFTS[y, x]) + 300 * plasmon(energy) for x in range(SHAPE[1])]
        for y in range(SHAPE[0])
    ]
    counts = np.random.default_rng(5).poisson(np.array(clean)).astype(float)
    dataset = sidpy.Dataset.from_array(
        counts, title="low loss", units="counts", quantity="intensity"
    )
    dataset.data_type = "spectral_image"
    for axis, name in enumerate("xy"):
        dataset.set_dimension(
            axis,
            sidpy.Dimension(
                np.arange(SHAPE[axis]) * 0.5,
                name=name,
                units="nm",
                quantity="distance",
                dimension_type="spatial",
            ),
        )
    dataset.set_dimension(
        2,
        sidpy.Dimension(
            energy, name="energy_loss", units="eV", quantity="energy", dimension_type="spectral"
        ),
    )
    dataset.metadata = {"experiment": dict(EXPERIMENT)}
    return dataset


@pytest.fixture
def image():
    """An image of 64 atoms and of a grating, 0.05 nm to the pixel."""
    rows, columns = np.mgrid[:64, :64]
    data = sum(
        np.exp(-((rows - r) ** 2 + (columns - c) ** 2) / 8)
        for r in range(4, 64, 8)
        for c in range(4, 64, 8)
    )
    dataset = sidpy.Dataset.from_array(data, title="atoms", units="counts", quantity="intensity")
    dataset.data_type = "image"
    for axis, name in enumerate("xy"):
        dataset.set_dimension(
            axis,
            sidpy.Dimension(
                np.arange(64) * 0.05,
                name=name,
                units="nm",
                quantity="Length",
                dimension_type="spatial",
            ),
        )
    return dataset


@pytest.fixture
def dm_file(tmp_path, energy):
    """A DM3 file with one low-loss spectrum."""
    counts = (1e5 * zero_loss(energy) + 300 * plasmon(energy)).astype("f4")
    axis = DMAxis(0.2, float(energy[0]), "eV")
    return write_dm(
        tmp_path / "spectrum.dm3", DMImage(counts, name="zero", axes=(axis,)), version=3
    )


def test_a_dm_file_opens_as_a_dictionary_of_datasets(dm_file, energy):
    datasets = file_tools.open_file(str(dm_file))

    assert [*datasets] == ["Channel_000"]
    spectrum = datasets["Channel_000"]
    assert isinstance(spectrum, sidpy.Dataset)
    assert spectrum.data_type == sidpy.DataType.SPECTRUM
    np.testing.assert_allclose(spectrum.energy_loss.values, energy, atol=1e-6)
    assert spectrum.metadata["filename"] == str(dm_file)
    steps = [step for key, step in spectrum.provenance.items() if key.startswith("open_file_")]
    assert [step["package"] for step in steps] == ["pyTEMlib"]


def test_what_is_saved_comes_back(tmp_path, low_loss, image):
    name = str(tmp_path / "both.hf5")
    group = file_tools.save_dataset({"Channel_000": low_loss, "Channel_001": image}, name)
    group.file.close()

    back = file_tools.open_file(name)

    assert [*back] == ["Channel_000", "Channel_001"]
    for key, dataset in {"Channel_000": low_loss, "Channel_001": image}.items():
        np.testing.assert_array_equal(np.array(back[key]), np.array(dataset))
        assert back[key].data_type == dataset.data_type
        assert back[key].units == "counts"
        assert [axis.name for axis in back[key]._axes.values()] == [
            axis.name for axis in dataset._axes.values()
        ]
    assert back["Channel_000"].metadata["experiment"] == EXPERIMENT


def test_one_dataset_is_saved_and_its_file_shown(tmp_path, image, capsys):
    group = file_tools.save_dataset(image, str(tmp_path / "one.hf5"))

    assert isinstance(image.h5_dataset, h5py.Dataset)
    assert group.name == "/Measurement_000/Channel_000/atoms"
    file_tools.h5_tree(image)
    assert "├ Measurement_000" in capsys.readouterr().out
    group.file.close()


def test_a_crystal_is_written_and_read(tmp_path):
    crystal = ase.build.bulk("Al", cubic=True)
    as_dictionary = {
        "unit_cell": crystal.cell.array,
        "base": crystal.get_scaled_positions(),
        "elements": np.array(crystal.get_chemical_symbols(), dtype=bytes),
    }
    noted = {**as_dictionary, "metadata": {"zone": [1, 1, 0], "source": "a table"}}
    with h5py.File(tmp_path / "crystal.hf5", "w") as file:
        assert file_tools.h5_add_crystal_structure(file, crystal).name == "/Structure_000"
        group = file_tools.h5_add_crystal_structure(file, as_dictionary)
        assert group.name == "/Structure_001"
        file_tools.h5_add_to_structure(group, {"title": "aluminium"})

        atoms = file_tools.h5_get_crystal_structure(group)
        notes = file_tools.h5_add_crystal_structure(file, noted)["metadata"]
        metadata = sidpy.hdf_utils.h5_group_to_dict(notes, {})

    assert atoms.get_chemical_symbols() == crystal.get_chemical_symbols()
    np.testing.assert_allclose(atoms.get_positions(), crystal.get_positions())
    np.testing.assert_allclose(atoms.cell.array, crystal.cell.array)
    assert metadata["metadata"]["source"] == "a table"


def test_a_structure_travels_with_its_dataset(tmp_path, image):
    image.structures.update({"Al": ase.build.bulk("Al", cubic=True)})

    group = file_tools.save_dataset({"Channel_000": image}, str(tmp_path / "s.hf5"))

    assert "Structure_000" in image.h5_dataset.parent
    group.file.close()


def test_the_widgets_list_files_and_datasets(tmp_path, low_loss, image):
    (tmp_path / "there.dm3").write_bytes(b"")

    widget = file_tools.FileWidget(dir_name=str(tmp_path))
    choice = file_tools.ChooseDataset({"Channel_000": low_loss, "Channel_001": image})

    assert "." in widget.dir_list
    assert "there.dm3" in widget.dir_list
    assert widget.datasets == {}
    assert all(isinstance(dataset, sidpy.Dataset) for dataset in choice.datasets.values())
    assert isinstance(choice.dataset, sidpy.Dataset)


def test_the_file_widget_opens_what_is_chosen(dm_file):
    widget = file_tools.FileWidget(dir_name=str(dm_file.parent))
    widget.file_name = str(dm_file)

    widget.select_main()
    widget.add_dataset()

    assert [*widget.datasets] == ["Channel_000", "Channel_001"]
    assert widget.selected_dataset.title == widget.datasets["Channel_001"].title


def test_zero_losses_are_found_and_aligned(low_loss):
    found = eels_tools.get_zero_loss_energy(low_loss)
    aligned = eels_tools.align_zero_loss(low_loss)

    np.testing.assert_allclose(found, SHIFTS, atol=0.05)
    assert isinstance(aligned, sidpy.Dataset)
    assert aligned.energy_loss.units == "eV"
    np.testing.assert_allclose(eels_tools.get_zero_loss_energy(aligned), 0, atol=0.05)


def test_zero_losses_are_fitted_at_every_position(low_loss, energy):
    aligned = eels_tools.align_zero_loss(low_loss)

    model = eels_tools.get_resolution_functions(aligned, -2.0, 2.0, n_workers=1, n_threads=1)

    assert isinstance(model, sidpy.Dataset)
    assert model.metadata["zero_loss"]["fit_parameter"].shape == (*SHAPE, 6)
    near = abs(energy) < 1.0
    difference = np.array(model)[..., near] - np.array(aligned)[..., near]
    assert np.abs(difference).max() < 0.02 * np.array(aligned).max()


def test_one_zero_loss_is_fitted(low_loss):
    spectrum = eels_tools.align_zero_loss(low_loss)[1, 1]

    model = eels_tools.get_resolution_functions(spectrum, -2.0, 2.0)

    assert isinstance(model, sidpy.Dataset)
    assert len(model.metadata["zero_loss"]["fit_parameter"]) == 6
    assert model.energy_loss.units == "eV"


def test_a_plasmon_is_fitted(low_loss, energy):
    spectrum = low_loss[0, 0]
    spectrum.metadata["experiment"] = dict(EXPERIMENT)

    _, parameters = eels_tools.fit_plasmon(spectrum, 8.0, 22.0)

    assert abs(parameters[0] - 15.0) < 1.0
    assert "single_scattering_fit" in spectrum.metadata["plasmon"]


def test_a_background_is_subtracted(low_loss):
    spectrum = low_loss[0, 0]
    background, _ = eels_tools.power_law_background(spectrum, spectrum.energy_loss, [16.0, 20.0])

    assert isinstance(background, np.ndarray)
    assert background.shape == spectrum.shape


def test_the_power_spectrum_has_reciprocal_axes(image):
    transform = image_tools.fourier_transform(image)
    power = image_tools.power_spectrum(image, smoothing=2)

    axes = transform.get_image_dims(return_axis=True)
    assert [(axis.name, axis.units) for axis in axes] == [("u", "1/nm"), ("v", "1/nm")]
    assert power.title.startswith("power spectrum")
    assert power.metadata["fft"]["smoothing"] == 2


def test_atoms_are_found_and_refined(image):
    places = {(r, c) for r in range(4, 64, 8) for c in range(4, 64, 8)}

    found = atom_tools.find_atoms(image)
    refined = atom_tools.atom_refine(np.array(image), [[r, c] for r, c in places], radius=3)

    assert {(int(row[0]), int(row[1])) for row in found} == places
    assert len(refined["atoms"]) == 64


def test_a_drifting_stack_is_registered(image):
    stack = sidpy.Dataset.from_array(
        np.stack([np.roll(np.array(image), (k, 0), (0, 1)) for k in range(4)]), title="stack"
    )
    stack.data_type = "image_stack"
    stack.set_dimension(
        0,
        sidpy.Dimension(
            np.arange(4), name="frame", units="frame", quantity="time", dimension_type="temporal"
        ),
    )
    for axis in (1, 2):
        stack.set_dimension(axis, image._axes[axis - 1].copy())

    registered = image_tools.rigid_registration(stack)

    assert isinstance(registered, sidpy.Dataset)


def test_operations_that_pyTEMlib_writes_keep_the_labels(low_loss):
    total = low_loss.copy()
    total *= 0.0
    total += low_loss
    total += np.ones(low_loss.shape)

    assert isinstance(total, sidpy.Dataset)
    np.testing.assert_array_equal(np.array(total), np.array(low_loss) + 1)
    assert total.energy_loss.units == "eV"
    assert total.data_type == sidpy.DataType.SPECTRAL_IMAGE
    assert low_loss.T.title[11:] == low_loss.title
