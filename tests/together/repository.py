"""What the tree says about itself: its distributions, their modules, what they declare.

The tests beside this file compare these facts with what is true.  An environment that
holds only some of the distributions names their folders in SIDPY_INSTALLED.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """One Python file of a distribution."""

    path: Path
    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> str:
        """The source."""
        return self.path.read_text("utf-8")

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parse(self.path)

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    @property
    def imports(self) -> Iterator[str]:
        """The top-level name of every absolute import that happens at run time, however late."""
        pending: list[ast.AST] = [self.tree]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield (node.module or "").partition(".")[0]
            elif not _for_type_checkers(node):
                pending.extend(ast.iter_child_nodes(node))


@dataclass(frozen=True)
class Distribution:
    """One folder below ``packages/``."""

    folder: str

    def __str__(self) -> str:
        return self.folder

    @property
    def path(self) -> Path:
        """The folder."""
        return ROOT / "packages" / self.folder

    @cached_property
    def project(self) -> dict:
        """The ``[project]`` table."""
        return tomllib.loads((self.path / "pyproject.toml").read_text("utf-8"))["project"]

    @property
    def name(self) -> str:
        """The name on the registry, which is also the name to import."""
        return self.project["name"]

    @property
    def source(self) -> Path:
        """The importable folder."""
        return self.path / "src" / self.name

    @property
    def required(self) -> set[str]:
        """Names, in lower case, of what is required at run time."""
        return {bare(requirement) for requirement in self.project["dependencies"]}

    @property
    def optional(self) -> set[str]:
        """Names, in lower case, of what the extras require."""
        extras = self.project.get("optional-dependencies", {}).values()
        return {bare(requirement) for extra in extras for requirement in extra}

    @property
    def modules(self) -> list[Module]:
        """Every module, the packages' ``__init__`` under the packages' names."""
        return [self._module(path) for path in sorted(self.source.rglob("*.py"))]

    @property
    def stubs(self) -> list[Module]:
        """The stubs that say what a package loads on first use."""
        return [self._module(path) for path in sorted(self.source.rglob("*.pyi"))]

    def _module(self, path: Path) -> Module:
        parts = path.relative_to(self.source.parent).with_suffix("").parts
        return Module(path, ".".join(parts).removesuffix(".__init__"))


DISTRIBUTIONS = [
    Distribution(folder) for folder in ("sidpy", "pynsid", "pyusid", "scifireaders", "pycroscopy")
]
_present = os.environ.get("SIDPY_INSTALLED", "").split()
PRESENT = [one for one in DISTRIBUTIONS if not _present or one.folder in _present]
ABSENT = [one for one in DISTRIBUTIONS if one not in PRESENT]
MODULES = [module for one in DISTRIBUTIONS for module in one.modules]


def bare(requirement: str) -> str:
    """Return the name in a requirement: ``dask[array]>=2024.8`` is about ``dask``."""
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def tracked() -> list[Path]:
    """Return every file under version control, or every file of an unpacked archive."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path) for path in ROOT.rglob("*") if ".nox" not in path.parts]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines from its first statement to its last, docstring excluded."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0
