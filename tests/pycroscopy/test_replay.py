"""Every result of an analysis says how it was made, exactly enough to make it again."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.image import AtomPositions, locate_atoms, refine_atoms
from pycroscopy.image.positions import select_atoms
from pycroscopy.learn import MatrixFactor, decompose
from sidpy.errors import NotReplayable
from sidpy.io.losses import losses
from sidpy.sid import operations


@pytest.fixture(scope="module")
def image():
    y, x = np.mgrid[:48, :48]
    values = sum(
        np.exp(-((y - row) ** 2 + (x - column) ** 2) / 18)
        for row in (12.3, 30.1)
        for column in (10.6, 33.9)
    )
    noise = np.random.default_rng(3).standard_normal(values.shape)
    data = sidpy.Dataset.from_array(values + 0.02 * noise, title="lattice", units="counts")
    for axis, name in enumerate("yx"):
        data.set_dimension(
            axis, sidpy.Dimension(0.1 * np.arange(48), name, "length", "nm", "spatial")
        )
    return data


@pytest.fixture(scope="module")
def cube():
    random = np.random.default_rng(4)
    position, energy = np.mgrid[:6, :7].sum(axis=0), np.arange(20)
    values = np.multiply.outer(np.sin(position), np.cos(energy / 5)) * 9
    data = sidpy.Dataset.from_array(values + random.standard_normal(values.shape), title="film")
    for axis, (name, kind) in enumerate((("y", "spatial"), ("x", "spatial"), ("e", "spectral"))):
        length = data.shape[axis]
        data.set_dimension(axis, sidpy.Dimension(np.arange(length), name, name, "nm", kind))
    return data


def assert_repeated(result, inputs, results=None):
    """Call the last step again: the same to the bit, label by label."""
    step = result.history[-1]
    known = {one.name: one for one in inputs}
    repeated = operations.call(step, [known[name] for name in step.inputs], results=results)

    assert repeated.history[-1].part == step.part
    found = losses({"": result}, {"": repeated}, values=True)
    assert [loss for loss in found if not loss.what.startswith("history")] == []
    assert np.asarray(repeated).tobytes() == np.asarray(result).tobytes()
    return step


def test_atoms_that_were_located(image):
    atoms = locate_atoms(image, atom_size=0.6)
    step = assert_repeated(atoms.to_dataset(), [image])

    assert step.parameters == {
        "atom_size": 0.6, "threshold": -1.0, "method": "log", "template": None
    }  # fmt: skip


def test_atoms_that_were_refined_and_chosen(image):
    located = locate_atoms(image, atom_size=0.6)
    refined = refine_atoms(image, located, noise="white", max_shift=4)
    step = assert_repeated(refined.to_dataset(), [image, located.to_dataset()])
    chosen = refined.select(refined.good)
    assert_repeated(chosen.to_dataset(), [image, refined.to_dataset()])
    few = chosen.select([2, 0])
    assert_repeated(few.to_dataset(), [image, chosen.to_dataset()])

    assert step.parameters["max_shift"] == 4
    assert step.parameters["shape"] == "circular"
    assert few.to_dataset().history[-1].function == "pycroscopy.image.select_atoms"
    assert len(select_atoms(few.to_dataset(), [True, False], image=image)) == 1


def test_positions_in_an_array_are_part_of_the_step(image):
    refined = refine_atoms(image, [[12, 11], [30, 34]])
    step = assert_repeated(refined.to_dataset(), [image])

    assert step.parameters["atoms"] == [[12, 11], [30, 34]]


def test_a_table_of_atoms_becomes_atoms_again(image):
    refined = refine_atoms(image, locate_atoms(image, atom_size=0.6))
    table = refined.to_dataset()
    again = AtomPositions.from_dataset(table, image)

    np.testing.assert_array_equal(again.positions, refined.positions)
    np.testing.assert_array_equal(again.errors, refined.errors)
    np.testing.assert_array_equal(again.status, refined.status)
    assert set(again.columns) == set(refined.columns)
    with pytest.raises(TypeError, match="to_dataset made"):
        AtomPositions.from_dataset(image, image)


@pytest.mark.parametrize("center", [False, True])
def test_all_parts_of_a_decomposition(cube, center):
    result = decompose(cube, rank=2, center=center)
    parts = result.to_datasets()
    results = {}
    for name, part in parts.items():
        assert assert_repeated(part, [cube], results).part == name

    assert len(results) == 1
    clean = result.reconstruction()
    step = assert_repeated(clean, [cube, *parts.values()])
    assert step.function == "pycroscopy.learn.recompose"
    assert len(step.inputs) == 3 + center


def test_a_lazy_decomposition_stays_lazy(cube):
    result = decompose(cube.rechunk((3, 7, 20)), rank=1, memory_budget=1 << 16)
    again = operations.call(result.components.history[-1], [cube.rechunk((3, 7, 20))])

    assert type(again) is sidpy.Dataset
    np.testing.assert_array_equal(np.asarray(again), np.asarray(result.components))


def test_a_matrix_factorisation(cube):
    results = MatrixFactor(cube, method="svd", n_components=2, return_fit=True).do_fit()
    kept = {}
    steps = [assert_repeated(result, [cube], kept) for result in results]

    assert [step.part for step in steps] == ["0", "1", "2", "3"]
    assert len(kept) == 1


def test_the_whole_way_through_a_file(image, tmp_path):
    pytest.importorskip("pyNSID")
    located = locate_atoms(image, atom_size=0.6)
    refined = refine_atoms(image, located)
    path = sidpy.write({"image": image, "atoms": refined.to_dataset()}, tmp_path / "atoms.h5")
    stored = sidpy.read(path)
    steps = {step.function: step for step in stored["atoms"].history}
    first = operations.call(steps["pycroscopy.image.locate_atoms"], [stored["image"]])
    second = operations.call(steps["pycroscopy.image.refine_atoms"], [stored["image"], first])

    assert np.asarray(second).tobytes() == np.asarray(stored["atoms"]).tobytes()


def test_data_that_were_no_dataset_are_inputs_when_large():
    large = np.random.default_rng(0).standard_normal((64, 64, 40))
    result = decompose(large, rank=1)
    step = result.components.history[-1]

    assert step.inputs[0].startswith("ndarray (64, 64, 40) float64 sha256 ")
    again = operations.call(step, [sidpy.Dataset.from_array(large)])
    np.testing.assert_array_equal(np.asarray(again), np.asarray(result.components))
    with pytest.raises(NotReplayable, match="has 1 inputs, 0 were given"):
        operations.call(step, [])
