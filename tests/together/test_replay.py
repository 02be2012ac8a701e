"""From a vendor's file through an analysis to a published file, and all the way back."""

from __future__ import annotations

import json
import os

import h5py
import numpy as np
import pytest

import sidpy
from sidpy.cli import main


@pytest.fixture
def scan(sample, tmp_path):
    path = tmp_path / "scan.dm4"
    path.write_bytes(sample)
    return path


@pytest.fixture
def published(scan, tmp_path):
    """One NSID file: the image, a part of it, and the atoms that were found there."""
    from pycroscopy.image import locate_atoms, refine_atoms

    image = sidpy.read(scan)["Channel_000"]
    image.metadata["operator"] = "me"
    part = image.sel(y=slice("0.3 nm", "1.9 nm"), x=slice("0.2 nm", "1.8 nm"))
    part = part - part.min()
    atoms = refine_atoms(part, locate_atoms(part, atom_size=0.16))
    path = tmp_path / "published.h5"
    sidpy.write(
        {"image": image, "part": part, "atoms": atoms.to_dataset(), "profile": part.mean(axis=0)},
        path,
    )
    return path


def change_value(path, key, by):
    (source,) = sidpy.sid.sources_of(sidpy.read(path)[key])
    with h5py.File(path, "a") as file:
        place = (0,) * file[source.name].ndim
        file[source.name][place] += by


def outcomes(path, **options):
    return {verdict.key: verdict.outcome for verdict in sidpy.replay(path, **options)}


def test_everything_published_follows_from_the_microscopes_file(published):
    found = sidpy.replay(published)

    assert {one.key: str(one) for one in found} == {
        key: f"{key}  bit-identical" for key in ("image", "part", "atoms", "profile")
    }


def test_a_flipped_byte_in_the_raw_file_is_noticed(published, scan):
    content = bytearray(scan.read_bytes())
    content[len(content) // 2] ^= 4
    scan.write_bytes(content)
    state = scan.stat()
    os.utime(scan, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))
    found = {one.key: one for one in sidpy.replay(published)}

    assert found["image"].outcome == "different"
    assert not any(one.is_confirmed for one in found.values())
    for one in found.values():
        assert one.reason.startswith("raw file scan.dm4 is not the one that was read")


def test_a_changed_result_is_found_and_its_step_named(published):
    change_value(published, "profile", 1)
    found = {one.key: one for one in sidpy.replay(published)}

    assert found["profile"].outcome == "different"
    assert found["profile"].step.function == "mean"
    assert all(one.is_confirmed for key, one in found.items() if key != "profile")


def test_the_recipe_finds_atoms_in_other_images(published, sample, tmp_path, capsys):
    assert main(["recipe", str(published), "--dataset", "atoms"]) == 0
    recipe = tmp_path / "atoms.toml"
    text = capsys.readouterr().out
    assert 'function = "pycroscopy.image.refine_atoms"' in text
    recipe.write_text(text.replace('"1.9 nm"', '"1.7 nm"'), "utf-8")
    folder = tmp_path / "more"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.dm4").write_bytes(sample[:3000] if name == "b" else sample)
    code = main(["run", str(recipe), str(folder / "*.dm4"), "-o", str(tmp_path / "out"), "--json"])
    facts = json.loads(capsys.readouterr().out)

    assert code == 1
    assert [one["outcome"] for one in facts["runs"]] == ["done", "failed", "done"]
    assert "b.dm4" in facts["runs"][1]["reason"]
    atoms = sidpy.read(tmp_path / "out" / "c.h5")["Channel_000"]
    assert 0 < len(atoms) <= len(sidpy.read(published)["atoms"])
    assert outcomes(tmp_path / "out" / "c.h5") == {"Channel_000": "identical"}


def test_results_beside_their_source_in_one_growing_file(published):
    part = sidpy.read(published)["part"]
    sidpy.write({"spectrum": (part * part).sum(axis=1)}, published, append=True)

    assert outcomes(published)["spectrum"] == "identical"
    assert outcomes(published, dataset="spectrum") == {"spectrum": "identical"}


def test_a_decomposition_has_a_result_for_each_part(tmp_path):
    from pycroscopy.learn import decompose

    rng = np.random.default_rng(4)
    data = sidpy.Dataset.from_array(rng.poisson(20, (6, 5, 30)).astype(float), title="map")
    data.data_type = "spectral_image"
    for axis, (name, kind) in enumerate((("y", "spatial"), ("x", "spatial"), ("e", "spectral"))):
        values = np.arange(data.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(values, name, "q", "u", kind))
    parts = decompose(data, rank=3).to_datasets()
    sidpy.write({"map": data, **parts}, tmp_path / "parts.h5")
    found = outcomes(tmp_path / "parts.h5")

    assert found.pop("map") == "raw"
    assert len(found) >= 2
    assert set(found.values()) <= {"identical", "close"}


def test_a_file_that_was_converted_is_still_what_the_microscope_wrote(scan, tmp_path, capsys):
    for name in ("again.h5", "again.nxs"):
        target = tmp_path / name
        assert main(["convert", str(scan), str(target)]) == 0
        assert main(["replay", str(target)]) == 0
        assert "bit-identical" in capsys.readouterr().out


def test_opening_and_computing_read_no_digest(scan):
    image = sidpy.read(scan)["Channel_000"]
    image.units = "counts"
    total = (image * 2).sum(axis=0)
    reading = next(step for step in total.history if step.function == "sidpy.read")
    total.compute()

    assert repr(reading.parameters["content"]) == "Content(not yet known)"


def test_functions_of_a_third_party_are_called_when_the_caller_trusts_them(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "acme_filters.py").write_text(
        "import sidpy\n\n@sidpy.operation\ndef double(data, *, times):\n    return data * times\n"
    )
    monkeypatch.syspath_prepend(folder)
    from acme_filters import double

    data = sidpy.Dataset.from_array(np.arange(5.0), title="raw")
    path = tmp_path / "acme.h5"
    sidpy.write({"raw": data, "double": double(data, times=4)}, path)
    (untrusted,) = sidpy.replay(path, "double")

    assert untrusted.outcome == "not replayable"
    assert untrusted.step.function == "acme_filters.double"
    assert "trust" in untrusted.reason
    assert outcomes(path, dataset="double", trust=["acme_filters"]) == {"double": "identical"}
    assert main(["replay", str(path), "--trust", "acme_filters"]) == 0
    recipe = sidpy.recipe(sidpy.read(path)["double"])
    other = recipe.run(sidpy.Dataset.from_array([2.0]), trust=["acme_filters"])
    np.testing.assert_array_equal(other.compute(), [8.0])
