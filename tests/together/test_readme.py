"""Everything a reader is told to type works.

The blocks of the README run in order, as a visitor would run them: Python blocks in one
session, ``sidpy`` commands in a terminal, both in a folder that holds the examples.
A block that quotes a file of the repository is compared with that file.
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from repository import DISTRIBUTIONS, ROOT

FENCE = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(one.path / "README.md" for one in DISTRIBUTIONS),
]


@dataclass(frozen=True)
class Block:
    """One fenced block of a document."""

    language: str
    text: str
    file: str | None

    @property
    def commands(self) -> list[list[str]]:
        """The lines of a terminal, split into words."""
        return [shlex.split(line, comments=True) for line in self.text.splitlines() if line]


def blocks(document: Path) -> list[Block]:
    """Return the fenced blocks of a document, in order."""
    found = FENCE.finditer(document.read_text("utf-8"))
    return [Block(match["language"], match["text"], match["file"]) for match in found]


def sessions() -> set[str]:
    """Return the names of the sessions in the noxfile."""
    tree = ast.parse((ROOT / "noxfile.py").read_text("utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_shown_works(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    namespace: dict[str, object] = {}
    for block in blocks(document):
        if block.file:
            assert block.text in (ROOT / block.file).read_text("utf-8")
        elif block.language == "python":
            exec(compile(block.text, str(document), "exec"), namespace)
        elif block.language == "sh":
            for words in block.commands:
                run(words)
        else:
            assert block.language == "", f"a block of {block.language!r} is not tested"


def run(words: list[str]) -> None:
    """Run a command that a document shows, or check the one that would run this test again."""
    if words[0] == "sidpy":
        program = Path(sys.executable).parent / words[0]
        subprocess.run([program, *words[1:]], check=True, timeout=300)
    elif words[:2] == ["python3", "noxfile.py"]:
        if "-s" in words:
            assert words[words.index("-s") + 1] in sessions()
    elif words[0] in {"pip", "uv"}:
        paths = [word for word in words if word.startswith((".", "packages/", "tests/"))]
        assert [path for path in paths if not (ROOT / path / "pyproject.toml").is_file()] == []
    else:
        pytest.fail(f"nobody tests the command {shlex.join(words)!r}")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document):
    text = FENCE.sub("", document.read_text("utf-8"))

    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", text)
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_shows_both_commands():
    commands = [
        words
        for block in blocks(ROOT / "README.md")
        if block.language == "sh"
        for words in block.commands
    ]

    assert ["python3", "noxfile.py"] in commands
    assert ["python3", "noxfile.py", "-s", "demo"] in commands
