"""Ions: where they were, what they weighed, and what is left out says so."""

from __future__ import annotations

import numpy as np
import pytest
from made.atom_probe import IONS, apt, epos

import sidpy
from sidpy.errors import SidpyWarning, UnrecognisedFile


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return {dataset.title: dataset for dataset in sidpy.read(path).values()}


@pytest.mark.parametrize(
    ("name", "content"), [("a.pos", IONS.astype(">f4").tobytes()), ("a.epos", epos())]
)
def test_masses_and_places_of_ions(tmp_path, name, content):
    found = read(tmp_path, name, content)

    np.testing.assert_allclose(found["mass to charge"].compute(), IONS[:, 3])
    np.testing.assert_allclose(found["position"].compute(), IONS[:, :3], rtol=1e-6)
    assert (found["position"].units, found["mass to charge"].units) == ("nm", "Da")
    assert found["position"].data_type.name == "POINT_CLOUD"


def test_what_else_is_known_of_an_ion(tmp_path):
    found = read(tmp_path, "a.epos", epos())

    assert found["time of flight"].compute().tolist() == [400.5] * 7
    assert found["ions in pulse"].compute().tolist() == list(range(7))
    assert found["standing voltage"].units == "kV"


def test_sections_with_numbers_are_read_and_others_named(tmp_path):
    with pytest.warns(SidpyWarning, match="section 'Notes' has numbers of type 4"):
        found = read(tmp_path, "a.apt", apt())

    np.testing.assert_allclose(found["Mass"].compute(), IONS[:, 3])
    np.testing.assert_allclose(found["Position"].compute(), IONS[:, :3], rtol=1e-6)
    assert found["Position"].units == "nm"


def test_noise_is_no_ions(tmp_path):
    with pytest.raises(UnrecognisedFile):
        read(tmp_path, "a.pos", np.random.default_rng(1).bytes(1600))
