"""The checkout as a whole: orderly, and true on every machine."""

from __future__ import annotations

import re

from repository import ROOT, tracked

#: Pieces are joined so that this file does not find itself.
PLACES = re.compile(
    "|".join(
        [
            r"(?<![\w.])/" + r"work/\w",
            r"(?<![\w.])/" + r"root/\.?\w+/",
            r"(?<![\w.])/" + r"home/\w+/",
            r"[A-Z]:\\+" + r"Users\\",
            r"pypi" + r"\.org",
            r"python" + r"hosted",
            r"(extra-)?index" + r"-url",
        ]
    )
)


def test_the_root_stays_small():
    """What a visitor sees first: ten entries, dot-files apart."""
    visible = {path.relative_to(ROOT).parts[0] for path in tracked()}

    assert len({name for name in visible if not name.startswith(".")}) <= 10, sorted(visible)


def test_no_place_of_one_machine_is_written_down():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if PLACES.search(line)
    ]
    assert found == []


def test_no_large_files():
    """Real instrument files stay outside; pictures and samples are small."""
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in tracked()}

    assert {name: size for name, size in sizes.items() if size > 200_000} == {}


def test_the_robot_runs_what_a_visitor_runs():
    """`.ci/run` is the README's test command and nothing else."""
    commands = [
        line
        for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]
    assert commands == ["exec python3 noxfile.py"]
    assert "\npython3 noxfile.py\n" in (ROOT / "README.md").read_text("utf-8")
