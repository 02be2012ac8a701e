"""Phantoms hold the truth they tell, and their files hold the phantoms."""

from __future__ import annotations

import numpy as np
import pytest

from SciFiReaders.readers.electron.gatan_dm import read_dm
from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from SciFiReaders.simulate.specimen import lattice_image, spectrum_image


def test_atoms_are_where_the_truth_says():
    lattice = lattice_image((128, 160), dose=4000.0, seed=4)
    rows, columns = np.rint(lattice.atoms).astype(int).T

    background = np.percentile(lattice.image, 5)
    assert lattice.image.shape == (128, 160)
    assert len(lattice.atoms) > 50
    assert lattice.image[rows, columns].min() > 2 * background


def test_neighbours_are_a_lattice_parameter_apart():
    lattice = lattice_image((256, 256), spacing=0.4, pixel_size=0.02, seed=1)
    gaps = np.linalg.norm(lattice.atoms[:, None] - lattice.atoms[None], axis=-1)
    nearest = np.sort(gaps, axis=1)[:, 1] * lattice.pixel_size

    assert np.median(nearest) == pytest.approx(0.4 / np.sqrt(2), rel=1e-6)


def test_counts_are_poisson_distributed():
    empty = lattice_image((64, 64), spacing=100.0, dose=1000.0, seed=2).image[:20, :20]

    assert empty.mean() == pytest.approx(100, rel=0.03)
    assert empty.var() == pytest.approx(100, rel=0.25)


@pytest.mark.parametrize("simulate", [lattice_image, spectrum_image])
def test_the_same_seed_gives_the_same_specimen(simulate):
    names = {"image", "data"}
    once, again, other = (vars(simulate(seed=seed)) for seed in (3, 3, 4))
    (name,) = names & set(once)

    np.testing.assert_array_equal(once[name], again[name])
    assert not np.array_equal(once[name], other[name])


def test_the_edge_is_as_strong_as_the_concentration():
    phantom = spectrum_image((24, 32), dose=2000.0, seed=0)
    before = phantom.energy < 532
    after = (phantom.energy >= 532) & (phantom.energy < 560)

    jump = phantom.data[..., after].mean(-1) - phantom.data[..., before].mean(-1) / 1.4
    assert np.corrcoef(jump.ravel(), phantom.concentration.ravel())[0, 1] > 0.95
    assert phantom.concentration[12, 16] > 0.9
    assert phantom.concentration[0, 0] < 0.05


def test_a_phantom_survives_its_file(tmp_path):
    phantom = spectrum_image((5, 7), channels=40, seed=9)
    step = DMAxis(phantom.pixel_size, units="nm")
    energies = DMAxis(1.0, phantom.energy[0], "eV")
    stored = np.moveaxis(phantom.data, -1, 0)
    path = write_dm(tmp_path / "map.dm4", DMImage(stored, "map", [energies, step, step]))

    (dataset,) = read_dm(path)

    np.testing.assert_array_equal(dataset.compute(), phantom.data)
    np.testing.assert_allclose(dataset.energy_loss.values, phantom.energy)


@pytest.mark.parametrize("options", [{"version": 5}, {"order": "="}])
def test_other_versions_and_orders_are_refused(tmp_path, options):
    with pytest.raises(ValueError, match="version should be 3 or 4"):
        write_dm(tmp_path / "x.dm4", DMImage(np.zeros((2, 2), "f4")), **options)


def test_pixels_without_a_place_in_the_format_are_refused(tmp_path):
    with pytest.raises(TypeError, match="float16 have no place"):
        write_dm(tmp_path / "x.dm4", DMImage(np.zeros((2, 2), "f2")))


@pytest.mark.parametrize("version", [3, 4])
def test_the_header_holds_the_length_of_the_tree(tmp_path, version):
    """As the vendor's program writes it: what lies between the header and the eight nulls."""
    path = write_dm(tmp_path / "x.dm", DMImage(np.zeros((2, 3), "f4")), version=version)
    raw = path.read_bytes()
    width = {3: 4, 4: 8}[version]

    length = int.from_bytes(raw[4 : 4 + width], "big")

    assert length == len(raw) - (4 + width + 4) - 8
    assert raw.endswith(bytes(8))
