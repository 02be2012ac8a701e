"""Photoelectron spectra: every mode of the standard, and the export of two vendors."""

from __future__ import annotations

import numpy as np
import pytest
from made.photoemission import SPECS, area, block, irregular, phi, picture, profile, vamas

import sidpy
from sidpy.errors import CorruptFile, SidpyWarning, UnsupportedFile

COUNTS = [1, 2, 3, 4, 5]


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(sidpy.read(path).values())


def axes(dataset):
    return [(axis.name, axis.units) for axis in dataset._axes.values()]


def test_each_variable_of_a_block_is_a_dataset(tmp_path):
    counts, transmission = read(tmp_path, "a.vms", vamas([block()]))

    assert counts.compute().tolist() == COUNTS
    assert transmission.compute().tolist() == [10, 20, 30, 40, 50]
    assert (counts.title, counts.modality) == ("C 1s: counts", "XPS")
    np.testing.assert_allclose(counts.kinetic_energy.values, 1190 + 0.5 * np.arange(5))
    known = counts.metadata["experiment"]
    assert (known["pass_energy"], known["excitation_energy"]) == (20, 1486.6)
    assert known["start_date_time"] == "2024-02-29T10:20:30"
    assert "operator" not in known  # not specified
    words = counts.original_metadata["block"]
    assert words["additional parameters"] == {"pressure": (1e-7, "Pa")}


@pytest.mark.parametrize("technique", ["XPS", "AES diff", "SIMS"])
def test_the_technique_decides_which_entries_there_are(tmp_path, technique):
    blocks = [block(technique="AES diff"), block(technique="XPS")]
    if technique == "SIMS":  # has the ion, which no other spectrum of this mode has
        blocks = [block("SDP", technique="SIMS")]

    found = read(tmp_path, "a.vms", vamas(blocks, "SDP" if technique == "SIMS" else "NORM"))

    assert [part.shape for part in found] == [(5,)] * len(found)


def test_blocks_of_a_map_become_rows_and_columns(tmp_path):
    (found,) = read(tmp_path, "a.vms", area())

    assert axes(found) == [("y", "um"), ("x", "um"), ("kinetic_energy", "eV")]
    assert found.shape == (2, 3, 5)
    assert found.compute()[:, :, 0].tolist() == [[111, 121, 131], [211, 221, 231]]
    np.testing.assert_allclose(found.x.values, 400 / 3 * np.array([0.5, 1.5, 2.5]))
    np.testing.assert_allclose(found.y.values, [75, 225])


def test_a_map_with_a_place_unknown_stays_a_list_of_spectra(tmp_path):
    lines = area().split("\r\n")
    lines[lines.index("XPS") + 1] = "1E+37"

    found = read(tmp_path, "a.vms", "\r\n".join(lines))

    assert [part.shape for part in found] == [(5,)] * 6


def test_a_profile_whose_blocks_leave_entries_out(tmp_path):
    (found,) = read(tmp_path, "a.vms", profile())

    assert axes(found) == [("etch_time", "s"), ("kinetic_energy", "eV")]
    assert found.compute().tolist() == [(np.array(COUNTS) + i).tolist() for i in range(3)]
    np.testing.assert_allclose(found.etch_time.values, [0, 30, 60])
    np.testing.assert_allclose(found.kinetic_energy.values, 1190 + 0.5 * np.arange(5))


def test_an_irregular_scan_brings_its_own_energies(tmp_path):
    (found,) = read(tmp_path, "a.vms", irregular())

    assert found.compute().tolist() == COUNTS
    np.testing.assert_allclose(found.binding_energy.values, [100, 101, 103, 107, 115])


def test_a_map_of_one_value_is_a_picture(tmp_path):
    (found,) = read(tmp_path, "a.vms", picture())

    assert found.compute().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (axes(found), found.data_type.name) == ([("y", "um"), ("x", "um")], "IMAGE")


def test_a_file_cut_short_gives_its_complete_blocks(tmp_path):
    text = vamas([block(), block(name="O 1s")])
    end = text.index("O 1s") + 100

    with pytest.warns(SidpyWarning, match="1 of 2 blocks are there"):
        found = read(tmp_path, "a.vms", text[:end])

    assert len(found) == 2


def test_a_line_that_is_no_number_is_named(tmp_path):
    text = vamas([block()]).replace("NORM\r\nREGULAR\r\n1\r\n0", "NORM\r\nREGULAR\r\n1\r\nmany")

    with pytest.raises(CorruptFile, match="line 11: the experimental variables should be a whole"):
        read(tmp_path, "a.vms", text)


def test_cycles_of_specs_are_stacked_and_regions_kept_apart(tmp_path):
    carbon, oxygen, transmission = read(tmp_path, "a.xy", SPECS)

    assert carbon.compute().tolist() == [[1, 2, 3], [4, 5, 6]]
    assert axes(carbon) == [("curve", "generic"), ("kinetic_energy", "eV")]
    assert (carbon.title, carbon.units) == ("C 1s", "counts/s")
    assert axes(oxygen) == [("binding_energy", "eV")]
    assert transmission.compute().tolist() == [0.5, 0.6]
    assert carbon.metadata["experiment"]["excitation_energy"] == 1486.61


def test_regions_of_phi(tmp_path):
    carbon, oxygen = read(tmp_path, "a.spe", phi())

    assert carbon.compute().tolist() == [0, 1, 2, 3, 4]
    assert oxygen.compute().tolist() == [10, 11, 12]
    np.testing.assert_allclose(carbon.binding_energy.values, 300 - 0.5 * np.arange(5))
    assert (carbon.units, carbon.title) == ("counts/s", "a C1s")
    assert carbon.metadata["experiment"]["work_function"] == 4.506


def test_cycles_of_a_profile_of_phi_and_one_that_was_stopped(tmp_path):
    content = phi(3, "DEPTHPRO", number="<f8")
    whole = read(tmp_path, "a.pro", content)

    with pytest.warns(SidpyWarning, match="2 of 3 spectra of 'O1s' are there"):
        stopped = read(tmp_path, "b.pro", content[:-8])

    assert whole[0].compute().tolist() == np.arange(15.0).reshape(3, 5).tolist()
    assert stopped[1].compute().tolist() == (np.arange(6.0).reshape(2, 3) + 10).tolist()


def test_a_kind_of_phi_that_was_never_seen_is_refused(tmp_path):
    from SciFiReaders.readers.xray.phi_spe import read_phi

    path = tmp_path / "a.map"
    path.write_bytes(phi(1, "MAP"))

    with pytest.raises(UnsupportedFile, match="a file of the type 'MAP'"):
        read_phi(path)
