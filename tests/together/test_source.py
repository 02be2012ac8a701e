"""How the source reads: short, documented, silent, and each thing said once."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest
from repository import DISTRIBUTIONS, MODULES, Module, body_lines

LONGEST_FUNCTION = 80
LONGEST_FACADE = 15


def percentile(numbers: list[int], percent: int) -> int:
    """Return the smallest number that is not exceeded by this share of all."""
    return sorted(numbers)[-(-len(numbers) * percent // 100) - 1]


def test_modules_are_of_readable_size():
    sizes = {module.name: module.text.count("\n") for module in MODULES}

    longest = sorted(sizes, key=sizes.get)[-5:]
    assert percentile([*sizes.values()], 95) <= 400, {name: sizes[name] for name in longest}


def test_functions_are_of_readable_size():
    sizes = {
        f"{module}:{function.name}": body_lines(function)
        for module in MODULES
        for function in module.functions
    }

    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}
    assert percentile([*sizes.values()], 95) <= 40


def is_facade(module: Module) -> bool:
    """Tell whether a module only repeats names that live elsewhere."""
    repeats = [node for node in module.tree.body[1:] if not is_future(node)]
    return (
        module.path.name != "__init__.py"
        and any(isinstance(node, ast.ImportFrom) for node in repeats)
        and all(
            isinstance(node, ast.ImportFrom) or ast.unparse(node).startswith("__all__ =")
            for node in repeats
        )
    )


def is_future(node: ast.stmt) -> bool:
    """Tell whether a statement is ``from __future__ import ...``."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


@pytest.mark.parametrize("module", [*filter(is_facade, MODULES)], ids=str)
def test_facades_stay_facades(module):
    assert ast.get_docstring(module.tree), "a facade says what to prefer"
    assert len(module.tree.body[1:]) <= LONGEST_FACADE


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_public_functions_and_classes_are_documented(distribution):
    undocumented = [
        f"{module}:{node.name}"
        for module in distribution.modules
        for node in public_definitions(module.tree)
        if not ast.get_docstring(node)
    ]
    assert undocumented == []


def public_definitions(node):
    """Return the classes and functions below a node whose names have no underscore."""
    for child in getattr(node, "body", []):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        if isinstance(child, kinds) and not child.name.startswith("_") and not overloads(child):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public_definitions(child)


def overloads(node) -> bool:
    """Tell whether a definition only repeats a documented one: an overload or a setter."""
    decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(decorators & {"overload", "setter", "deleter"})


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_the_libraries_never_print(distribution):
    prints = [
        f"{module}:{node.lineno}"
        for module in distribution.modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "pprint.pprint"}
        if not any(keyword.arg == "file" for keyword in node.keywords)
    ]
    assert prints == []


def shape(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return a function's structure with names and literal values left out."""
    copy = ast.parse(ast.unparse(function)).body[0]
    if ast.get_docstring(copy) is not None:
        del copy.body[0]
    return ast.dump(_Anonymous().visit(ast.Module(copy.body, [])))


class _Anonymous(ast.NodeTransformer):
    def visit_Name(self, node):
        return ast.Name("_", node.ctx)

    def visit_arg(self, node):
        return ast.arg("_")

    def visit_Constant(self, node):
        return ast.Constant(type(node.value).__name__)

    def visit_AnnAssign(self, node):
        assigned = ast.Assign([node.target], node.value or ast.Constant(None))
        return self.generic_visit(assigned)


def statements(function: ast.AST) -> int:
    """Count statements, nested ones too, the function itself left out."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1


def twins(modules: list[Module]) -> list[list[str]]:
    """Return groups of functions of eight statements or more that differ by names alone."""
    places = defaultdict(list)
    for module in modules:
        for function in module.functions:
            if statements(function) >= 8:
                places[shape(function)].append(f"{module}:{function.name}")
    return [group for group in places.values() if len(group) > 1]


def test_no_function_has_a_twin():
    assert twins(MODULES) == []


def test_the_twin_finder_sees_a_renamed_copy(tmp_path):
    source = '''def {0}({1}):
    """{0}."""
    total = 0
    for item in {1}:
        if item > 3:
            total += item
        else:
            total -= 1
    total = total * 2
    if total < 0:
        raise ValueError(total)
    return total
'''
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text(source.format(name, name[::-1]))

    found = twins([Module(path, path.stem) for path in sorted(tmp_path.glob("*.py"))])
    assert found == [["first:first", "second:second"]]


def test_no_module_hides_what_another_one_defines():
    """Importing a submodule sets its name in the package, over a function of that name."""
    hidden = []
    root = Path(__file__).resolve().parents[2]
    for stub in root.glob("packages/*/src/**/__init__.pyi"):
        modules = {path.stem for path in stub.parent.glob("*.py")}
        for line in stub.read_text().splitlines():
            module, _, name = line.removeprefix("from .").partition(" import ")
            name = name.partition(" as ")[0]
            place = stub.parent / module / name
            own = module in ("", name) or place.is_dir() or place.with_suffix(".py").exists()
            if line.startswith("from .") and name in modules and not own:
                hidden.append(f"{stub.parent.name}.{name}")

    assert hidden == []
