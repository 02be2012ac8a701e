"""``sidpy history``: pictures for people, JSON and graphs for programs, of any format."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sidpy


@pytest.fixture
def results(scan, tmp_path, monkeypatch):
    """A NeXus file with a scan, what was made of it, and something from memory."""
    monkeypatch.setenv("SIDPY_PLUGINS", "toy,sidpy")
    sidpy.plugins.reset()
    image = sidpy.read(scan)["Channel_000"]
    noise = sidpy.Dataset.from_array(np.ones((3, 4)), title="noise")
    noise.units, noise.quantity = image.units, image.quantity
    for axis in range(2):
        noise.set_dimension(axis, image._axes[axis])
    made = image * 3 + noise * 2
    for _ in range(30):
        made = made + 1
    path = tmp_path / "results.nxs"
    sidpy.write({"scan": image, "noise": noise, "made": made}, path)
    yield path
    sidpy.plugins.reset()


def test_a_file_of_results_is_a_graph_for_each_dataset(results, scan, sidpy_command):
    code, out, err = sidpy_command("history", results)

    assert (code, err) == (0, "")
    blocks = [block.splitlines() for block in out.strip().split("\n\n")]
    assert [block[0].split("  ")[0] for block in blocks] == ["scan", "noise", "made"]
    assert scan.name in blocks[0][1]
    assert blocks[1][1].endswith("an array in memory")
    last = blocks[2]
    assert [line.strip()[0] for line in last[1:3]] == ["◆", "●"]
    assert any("● ─╯" in line or "●─╯" in line for line in last)
    assert any("28 more times add" in line for line in last)
    assert len(last) < 14


def test_everything_is_shown_when_asked_for(results, sidpy_command):
    out = sidpy_command("history", results, "--dataset", "made", "--all")[1]

    assert out.count("add(") == 31
    assert "more times" not in out
    assert "noise  " not in out.splitlines()[0]


def test_json_has_every_step_with_what_went_in(results, sidpy_command):
    facts = json.loads(sidpy_command("history", results, "--json")[1])

    made = facts["datasets"]["made"]
    assert made["replayable"] is True
    functions = [step["function"] for step in made["steps"]]
    assert functions[-30:].count("add") >= 29
    (join,) = [step for step in made["steps"] if len(step["parents"]) == 2 and
               step["function"] == "add"]  # fmt: skip
    assert {made["steps"][i]["function"] for i in join["parents"]} == {"multiply"}
    assert all(parent < i for i, step in enumerate(made["steps"]) for parent in step["parents"])


def test_the_graph_has_each_step_once(results, sidpy_command):
    out = sidpy_command("history", results, "--dot")[1]

    assert out.startswith("digraph history {")
    assert out.count("cylinder") == 2
    assert out.count("shape=ellipse") == 3


def test_a_history_of_names_only_is_shown_and_said_to_be_no_more(site, tmp_path, monkeypatch,
                                                                 sidpy_command):  # fmt: skip
    monkeypatch.setenv("SIDPY_PLUGINS", "sidpy")
    sidpy.plugins.reset()
    data = sidpy.Dataset.from_array([1.0, 2.0], title="old")
    data.provenance = {"pyTEMlib": {}, "fit_2026-01-02-03:04:05.678901":
                       {"package": "pyTEMlib", "version": "0.1", "linked_data": None}}  # fmt: skip
    sidpy.write(data, tmp_path / "old.nxs")
    code, out, _ = sidpy_command("history", tmp_path / "old.nxs")

    assert code == 0
    assert "pyTEMlib 0.1" in out
    assert "(name only)" in out
    facts = json.loads(sidpy_command("history", tmp_path / "old.nxs", "--json")[1])
    assert facts["datasets"]["Channel_000"]["replayable"] is False
    assert "names of steps only" in facts["datasets"]["Channel_000"]["reason"]


def test_an_unknown_dataset_is_a_wrong_command(scan, sidpy_command):
    code, _, err = sidpy_command("history", scan, "--dataset", "nope")

    assert code == 2
    assert "Channel_000" in err
