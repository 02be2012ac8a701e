"""UMAP on labelled data; a stand-in says what the library is asked, which compiles for minutes."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from pycroscopy.learn import embed
from sidpy.errors import MissingDependency, SidpyWarning


class Umap:
    """Keeps its arguments and gives back the first features."""

    asked: dict

    def __init__(self, **options):
        Umap.asked = options

    def fit_transform(self, values):
        return values[:, : Umap.asked["n_components"]]


@pytest.fixture
def _umap(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Umap))


@pytest.mark.usefixtures("_umap")
def test_finite_positions_are_placed_and_the_seed_is_kept():
    values = np.random.default_rng(0).random((50, 4))
    values[3] = np.nan

    with pytest.warns(SidpyWarning, match="1 of 50 positions"):
        found = embed(values, n_neighbors=8, random_state=3)

    np.testing.assert_array_equal(np.asarray(found)[4:], values[4:, :2])
    assert np.flatnonzero(np.isnan(np.asarray(found)).any(axis=1)).tolist() == [3]
    assert Umap.asked["n_neighbors"] == 8
    assert Umap.asked["random_state"] == found.history[-1].parameters["random_state"] == 3


@pytest.mark.usefixtures("_umap")
def test_complex_responses_count_with_both_parts():
    values = np.arange(40).reshape(20, 2) * 1j

    found = embed(values, 4, n_neighbors=3, random_state=0)

    np.testing.assert_array_equal(np.asarray(found)[:, 2:], values.imag)


@pytest.mark.usefixtures("_umap")
def test_too_few_positions_are_refused():
    with pytest.raises(ValueError, match="n_neighbors is 15; there are 4 positions"):
        embed(np.ones((4, 3)))


def test_a_missing_library_is_named_with_its_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)

    with pytest.raises(MissingDependency, match=r"pip install 'pycroscopy\[umap\]'"):
        embed(np.ones((40, 3)))
