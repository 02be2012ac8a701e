"""What each distribution declares is what it uses, and it uses nothing else."""

from __future__ import annotations

import re
import sys
from itertools import chain

import pytest
from repository import DISTRIBUTIONS, ROOT, Distribution, bare

#: Where the name to import is not the name to install.
INSTALLED_AS = {
    "PIL": "pillow",
    "mpl_toolkits": "matplotlib",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
}
SIBLINGS = {one.name.lower() for one in DISTRIBUTIONS}


def used_by(distribution: Distribution) -> dict[str, str]:
    """Return the requirements that the imports of a distribution make, each with one place."""
    found = {}
    for module in [*distribution.modules, *distribution.stubs]:
        for name in module.imports:
            if name and name not in sys.stdlib_module_names and name != distribution.name:
                found[bare(INSTALLED_AS.get(name, name))] = module.name
    return found


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_every_import_is_declared(distribution):
    declared = distribution.required | distribution.optional

    used = used_by(distribution)
    assert {name: used[name] for name in used.keys() - declared} == {}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_every_requirement_is_imported(distribution):
    assert distribution.required - used_by(distribution).keys() == set()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_siblings_are_required_by_major_version(distribution):
    """A missing sibling then fails loudly, and the older public releases never step in."""
    siblings = [
        requirement
        for requirement in distribution.project["dependencies"]
        if bare(requirement) in SIBLINGS
    ]

    assert all(requirement.endswith(">=1.0,<2") for requirement in siblings)
    assert siblings or distribution.name == "sidpy"


def test_a_library_has_the_same_floor_everywhere():
    floors: dict[str, set[str]] = {}
    for distribution in DISTRIBUTIONS:
        extras = distribution.project.get("optional-dependencies", {}).values()
        for requirement in chain(distribution.project["dependencies"], *extras):
            floors.setdefault(bare(requirement), set()).add(re.sub(r"^[^<>=!~]*", "", requirement))

    assert {name: found for name, found in floors.items() if len(found) > 1} == {}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_versions_agree(distribution):
    """The version is written twice: where tools look for it and where old code does."""
    namespace: dict[str, object] = {}
    exec((distribution.source / "__version__.py").read_text("utf-8"), namespace)

    assert namespace["version"] == distribution.project["version"]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_a_distribution_is_complete(distribution):
    """Typed, licensed, described, with notes of what changed for its users."""
    assert (distribution.source / "py.typed").is_file()
    assert (distribution.path / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    readme = (distribution.path / "README.md").read_text("utf-8")
    assert readme.startswith(f"# {distribution.name}\n")
    for fragment in (distribution.path / "changes").iterdir():
        assert re.fullmatch(r"[\w-]+\.(feature|fix|removal|doc)\.md", fragment.name)
        assert fragment.read_text("utf-8").strip()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_entry_points_name_modules_that_exist(distribution):
    targets = distribution.project.get("entry-points", {}).get("sidpy", {}).values()

    names = {module.name for module in distribution.modules}
    assert {target.partition(":")[0] for target in targets} <= names
