"""Spectra in text: pairs and single values, units inside labels, keywords with units."""

from __future__ import annotations

import numpy as np
import pytest
from made.emsa import TEXT

import sidpy
from SciFiReaders.readers.electron.emsa_msa import read_msa
from sidpy.errors import CorruptFile, UnrecognisedFile


def read(tmp_path, text):
    path = tmp_path / "a.msa"
    path.write_text(text)
    (dataset,) = read_msa(path)
    return dataset


def test_a_spectrum_with_what_is_known_of_it(tmp_path):
    dataset = read(tmp_path, TEXT)

    assert dataset.compute().tolist() == [1, 2, 3, 4, 5, 65]
    np.testing.assert_allclose(dataset.energy_loss.values, 500 + 0.5 * np.arange(6))
    assert (dataset.title, dataset.units, dataset.modality) == ("edge", "counts", "EELS")
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 200e3
    assert dataset.original_metadata["VENDOR"] == "words"
    assert dataset.data_type == sidpy.DataType.SPECTRUM


def test_the_unit_may_stand_in_the_label(tmp_path):
    dataset = read(tmp_path, TEXT.replace(": eV", ": Energy Loss (eV)"))

    assert dataset.energy_loss.units == "eV"


@pytest.mark.parametrize(
    ("places", "expected"),
    [("500.0 500.5 501.0", [500, 500.5, 501]), ("500 510 530", [500, 510, 530])],
    ids=["regular", "irregular"],
)
def test_pairs_have_their_own_places(tmp_path, places, expected):
    pairs = "\n".join(f"{x}, {y}" for y, x in enumerate(places.split()))
    head = TEXT.partition("1, 2, 3")[0].replace("DATATYPE    : Y", "DATATYPE : XY")

    dataset = read(tmp_path, head + pairs + "\n#ENDOFDATA :\n")

    assert dataset.compute().tolist() == [0, 1, 2]
    np.testing.assert_allclose(dataset.energy_loss.values, expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.partition("1, 2, 3")[0], "0 numbers make no spectrum"),
        (TEXT.replace("4 5", "4 five"), "something else among the numbers"),
    ],
)
def test_damage_is_named(tmp_path, text, message):
    with pytest.raises(CorruptFile, match=message):
        read(tmp_path, text)


def test_other_text_is_refused(tmp_path):
    with pytest.raises(UnrecognisedFile, match="no line #FORMAT"):
        read(tmp_path, "#FORMAT : something else\n1, 2\n")
