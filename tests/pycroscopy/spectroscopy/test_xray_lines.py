"""Lines, detectors and films: against published numbers, and by their own laws."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from pycroscopy.spectroscopy import (
    Detector,
    XrayFamily,
    XrayLine,
    atomic_to_weight,
    attenuation,
    fit_lines,
    k_factors,
    weight_to_atomic,
    xray_families,
    xray_lines,
    zeta_factors,
    zeta_of_cross_sections,
)
from pycroscopy.spectroscopy.eds_ionisation import ionisation_cross_section
from sidpy.errors import MissingDependency


@pytest.fixture(autouse=True)
def _with_data():
    pytest.importorskip("xraylib")


# Deslattes et al., Rev. Mod. Phys. 75, 35 (2003), and Bearden's tables: eV
@pytest.mark.parametrize(
    ("family", "name", "energy"),
    [
        ("C_K", "Ka1", 277.4),
        ("Mn_K", "Ka1", 5898.8),
        ("Mn_K", "Kb1", 6490.4),
        ("Cu_K", "Ka2", 8027.8),
        ("Ag_L", "La1", 2984.3),
        ("Au_M", "Ma1", 2122.9),
        ("Au_L", "Lb1", 11442.3),
        ("U_L", "La1", 13614.7),
    ],
)
def test_lines_are_where_they_are_published(family, name, energy):
    (found,) = [line for line in xray_lines(family) if line.name == name]

    assert abs(found.energy - energy) < 0.001 * energy + 1
    assert found.transition.startswith(family[-1])


def test_families_share_their_photons_among_their_lines():
    for symbol in ("O", "Si", "Fe", "Ag", "Gd", "Au", "U"):
        for family in xray_families(symbol):
            assert abs(sum(line.weight for line in family.lines) - 1) < 1e-9
            assert family.cross_section > 0
    (iron,) = xray_families("Fe_K")

    # Kb/Ka of iron: 0.12 to 0.14 in all tables
    assert 0.12 < iron.share("Kb") / iron.share("Ka") < 0.15
    assert iron.main.name == "Ka1"
    with pytest.raises(ValueError, match="begins with 'La'"):
        iron.share("La")


def test_all_lines_of_a_range_are_found():
    found = xray_lines(window=(6380, 6420), least=0.2)

    assert {("Fe", "Ka1"), ("Fe", "Ka2")} <= {(line.element, line.name) for line in found}
    assert all(6380 <= line.energy <= 6420 for line in found)
    assert [line.energy for line in found] == sorted(line.energy for line in found)


def test_a_beam_that_is_too_slow_makes_no_lines():
    assert [family.name for family in xray_families("Au", beam_energy=10e3)] == ["Au_M"]
    with pytest.raises(ValueError, match="none at all"):
        xray_families("Au_L", beam_energy=10e3)


def test_what_is_no_element_is_refused():
    with pytest.raises(ValueError, match="'Xx'"):
        xray_families(["Fe", "Xx"])
    with pytest.raises(ValueError, match="the shell 'Q'"):
        xray_lines("Fe_Q")
    with pytest.raises(ValueError, match="lower energy first"):
        xray_lines("Fe", window=(10, 5))
    with pytest.raises(ValueError, match="no strongest line of 'He'"):
        xray_families("He")
    with pytest.raises(ValueError, match="each once"):
        xray_families(["Fe", "Fe_K"])
    with pytest.raises(ValueError, match="each once"):
        xray_families([])
    with pytest.raises(ValueError, match="Ka1 at 68806"):
        xray_families("Au_K", window=(0, 20000))
    with pytest.raises(ValueError, match="no attenuation of X-rays by 'Xx'"):
        attenuation("Xx", [1000.0])


def test_without_the_library_the_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "xraylib", None)
    with pytest.raises(MissingDependency, match=r"pip install 'pycroscopy\[eds\]'"):
        xray_lines("Fe")


def test_families_of_ones_own_need_no_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "xraylib", None)
    line = XrayLine("Fe", "Ka", "K-L", 640.0, 1.0)
    family = XrayFamily("Fe", "K", (line,), 1e-26)
    spectrum = 1000 * Detector().peak(640.0, np.arange(0.0, 1010, 10)) + 1.0

    found = fit_lines(spectrum_of(spectrum), [family], beam_energy=2e5, window=(400, 900))

    assert abs(float(found["Fe_K"].compute()) - 1000) < 2


def spectrum_of(values):
    import sidpy

    data = sidpy.Dataset.from_array(values)
    axis = sidpy.Dimension(np.arange(5.0, 1000, 10), "energy", "energy", "eV", "SPECTRAL")
    data.set_dimension(0, axis)
    return data


def test_ionisation_has_its_limits():
    assert ionisation_cross_section(7112, 7000, 2) == 0
    assert ionisation_cross_section(0, 7000, 2) == 0
    # Powell, Rev. Mod. Phys. 48, 33 (1976): Bethe's formula with b 0.9, c 0.65, in barn
    kinetic, beta = 124.1, 0.4835
    bethe = 6.51e-20 * 2 * 0.9 / (7.112 * kinetic)
    bethe *= np.log(0.65 * kinetic / 7.112) - np.log(1 - beta) - beta

    assert abs(ionisation_cross_section(7112, 200e3, 2) / (1e-4 * bethe) - 1) < 0.1


def test_widths_follow_fano():
    detector = Detector(130.0)
    energies = np.array([525.0, 1740.0, 5895.0, 8048.0])
    variance = detector.width(energies) ** 2

    np.testing.assert_allclose(np.diff(variance) / np.diff(energies), 2.334, atol=1e-3)
    assert detector.width(5895.0) == 130.0
    with pytest.raises(ValueError, match="no less than 117"):
        Detector(110.0)
    with pytest.raises(ValueError, match="not more than 0"):
        Detector(thickness=-1.0)


def test_peaks_keep_their_counts_and_escapes_are_below_the_edge():
    edges = np.arange(0.0, 10000, 10)
    for detector in (Detector(), Detector(escape=True)):
        found = detector.response(4510.0, edges)
        assert abs(found.sum() - 1) < 1e-9
    lost = found[(edges[:-1] > 2500) & (edges[:-1] < 3000)].sum()

    assert abs(lost / float(detector.escapes(4510.0)) - 1) < 1e-6
    # about one in a hundred for titanium in silicon
    assert 0.005 < lost < 0.015
    assert float(detector.escapes(1700.0)) == 0


def test_layers_and_thickness_take_photons():
    bare, covered = Detector(thickness=0.5), Detector(layers=(("Be", 8000.0, 1.85),))

    assert float(bare.efficiency(5000.0)) > 0.99
    assert float(bare.efficiency(60e3)) < 0.1
    assert float(covered.efficiency(525.0)) < 0.01
    assert float(covered.efficiency(6400.0)) > 0.98
    assert float(covered.efficiency(-10.0)) == 0
    # NIST, X-Ray Mass Attenuation Coefficients: silicon at 10 keV, 33.89 cm²/g
    np.testing.assert_allclose(attenuation("Si", 10e3), 3.389, rtol=0.02)
    mixed = 0.4674 * attenuation("Si", 3e3) + 0.5326 * attenuation("O", 3e3)
    np.testing.assert_allclose(attenuation("SiO2", 3e3), mixed, rtol=1e-3)


def test_factors_are_consistent():
    detector = Detector(solid_angle=0.7)
    zeta = zeta_factors(["Si_K", "Fe_K"], beam_energy=2e5, detector=detector)
    k = k_factors(["Si_K", "Fe_K"], beam_energy=2e5, reference="Fe_K")

    assert k["Fe_K"] == 1
    assert np.isclose(k["Si_K"], zeta["Si_K"] / zeta["Fe_K"])
    # Watanabe and Williams 2006: some hundred kg/m² for a detector of 0.1 to 0.3 sr
    assert 50 < zeta["Fe_K"] < 500
    iron = xray_families("Fe_K", beam_energy=2e5)[0].cross_section
    measured = zeta_of_cross_sections({"Fe_K": iron * 0.7 / (4 * np.pi)})
    assert np.isclose(measured["Fe_K"], zeta["Fe_K"])
    with pytest.raises(ValueError, match="not one of the families"):
        k_factors(["Si_K"], beam_energy=2e5, reference="Fe_K")
    with pytest.raises(ValueError, match="expected more than 0"):
        zeta_of_cross_sections({"Fe_K": 0.0})


def test_masses_and_atoms_turn_into_each_other():
    weight = {"Al": np.array([52.93, 0.0]), "O": np.array([47.07, 0.0])}

    atomic = weight_to_atomic(weight)

    np.testing.assert_allclose(atomic["Al"], [40.0, np.nan], atol=0.05)
    back = atomic_to_weight(atomic)
    np.testing.assert_allclose(back["O"], [47.07, np.nan], rtol=1e-6)
    assert weight_to_atomic({}) == {}
    with pytest.raises(ValueError, match="'Xx'"):
        weight_to_atomic({"Xx": 1.0})
