"""Functions that write their calls into the history of their results, and are called again."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass

import numpy as np
import pytest

import sidpy
from sidpy.errors import LabelTypeError, LabelValueError, NotReplayable
from sidpy.sid import operations
from sidpy.sid.provenance import Provenance, Step
from sidpy.sid.trusted import function_at, nameable, operation_named

TRUST = ("acme",)


def halve(values):
    return values / 2


@pytest.fixture(autouse=True)
def acme(monkeypatch):
    """A package of a third party, loaded as ``acme.filters``."""
    package, module = types.ModuleType("acme"), types.ModuleType("acme.filters")
    for one in (package, module):
        monkeypatch.setitem(sys.modules, one.__name__, one)
    package.filters = module
    code = (
        "import os, sidpy\n"
        "import numpy as np\n"
        "def halve(values): return values / 2\n"
        "def _hidden(values): return values\n"
        "def unmarked(data): return data\n"
        "@sidpy.operation\n"
        "def scale(data, factor=2.0, *, apply=None):\n"
        "    result = data * factor\n"
        "    return result if apply is None else result.like_data(apply(result._array))\n"
    )
    exec(code, module.__dict__)
    return module


@pytest.fixture
def data():
    result = sidpy.Dataset.from_array(np.arange(6.0).reshape(2, 3), title="ramp", units="nA")
    result.set_dimension(0, sidpy.Dimension([0.0, 0.5], "y", "distance", "nm", "spatial"))
    return result


def again(dataset, *inputs, trust=TRUST, **options):
    return operations.call(dataset.history[-1], inputs, trust, **options)


def same(one, two):
    assert one == two
    np.testing.assert_array_equal(one.compute(), two.compute())


def test_a_call_is_written_with_all_its_arguments(acme, data):
    result = acme.scale(data)
    step = result.history[-1]

    assert (step.function, step.package) == ("acme.filters.scale", "acme")
    assert step.parameters == {"factor": 2.0, "apply": None}
    assert step.inputs == (data.name,)
    assert step.parents == (data.provenance_record.last,)
    assert step.output == result.name
    same(again(result, data), result)


def test_what_is_computed_and_when_stays_as_it_was(acme, data):
    assert acme.scale.__name__ == "scale"
    assert acme.scale(data, 3.0) == data * 3.0
    with pytest.raises(TypeError, match=r"scale\(\) missing 1 required positional argument"):
        acme.scale()

    @sidpy.operation(name="acme.filters.never")
    def never(dataset):
        return dataset.like_data(dataset._array.map_blocks(fail, dtype=float))

    assert never(data).history[-1].function == "acme.filters.never"


def fail(_block):
    raise AssertionError


ARRAYS = [
    5, 2.5, True, None, "text", 1j, np.float16(0.1), slice(1, None, 2), ..., np.dtype(">i2"),
    (1, [2, (3,)]), {"a": {"b": (1, None)}}, np.arange(4, dtype="u2"), b"\0", float("inf"),
    sidpy.DataType.IMAGE, range(3),
]  # fmt: skip


@pytest.mark.parametrize("value", ARRAYS, ids=lambda value: type(value).__name__)
def test_arguments_are_kept_exactly_and_through_a_file(value, data, tmp_path):
    seen = []

    @sidpy.operation(name="acme.filters.watched")
    def watched(dataset, option):
        seen.append(option)
        return dataset + 1

    watched.__wrapped__.__module__ = watched.__module__ = "acme.filters"
    pytest.importorskip("pyNSID")
    result = watched(data, value)
    path = sidpy.write({"one": result}, tmp_path / "one.h5")
    stored = sidpy.read(path)["one"]
    step = next(step for step in stored.history if step.function == "acme.filters.watched")
    same(operations.call(step, [data], TRUST), result)

    first, second = seen
    assert type(first) is type(second)
    np.testing.assert_equal(second, first)


def test_datasets_anywhere_in_the_arguments_are_inputs(data):
    @sidpy.operation(name="acme.filters.together")
    def together(parts, *more, weight=1.0, **named):
        return sum(parts["all"], start=0.0) * weight + more[0] + named["last"]

    together.__module__ = "acme.filters"
    one, two, three = data + 1, data + 2, data + 3
    result = together({"all": [one, two], "not": 1}, three, last=one)
    step = result.history[-1]

    assert step.inputs == (one.name, two.name, three.name, one.name)
    assert len(step.parents) == 4
    same(again(result, one, two, three, one), result)
    changed = again(result, one, two, three, two)
    np.testing.assert_allclose(changed.compute(), result.compute() + 1)


@dataclass
class Pair:
    first: sidpy.Dataset
    notes: dict


class Loose:
    def __init__(self, data):
        self.data, self.count = data, 3


RESULTS = {
    "a dataset": (lambda d: d + 1, {""}),
    "a tuple": (lambda d: (d + 1, 5, d + 2), {"0", "2"}),
    "a dictionary": (lambda d: {"a": d + 1, "b": [d + 2]}, {"a", "b.0"}),
    "a dataclass": (lambda d: Pair(d + 1, {"x": d + 2}), {"first", "notes.x"}),
    "an object": (lambda d: Loose(d + 1), {"data"}),
    "the input": (lambda d: (d, d + 1), {"1"}),
}


@pytest.mark.parametrize("name", RESULTS)
def test_every_dataset_in_a_result_is_signed(name, data):
    make, expected = RESULTS[name]
    calls = []

    @sidpy.operation(name="acme.filters.several")
    def several(dataset):
        calls.append(dataset)
        return make(dataset)

    several.__module__ = "acme.filters"
    before = data.history
    result = several(data)
    found = {part: dataset for part, dataset in operations._found(result) if dataset is not data}

    assert {dataset.history[-1].part for dataset in found.values()} == expected
    assert data.history == before
    kept = {}
    for dataset in found.values():
        same(again(dataset, data, results=kept), dataset)
    assert len(calls) == 2


class Maker:
    """A result that makes its datasets when somebody asks."""

    def __init__(self, data):
        self.data, self.call = data, None

    def made_by(self, call):
        self.call = call

    def part(self, name):
        if name != "double":
            raise KeyError(name)
        return self.call.on(2 * self.data, name)


@pytest.mark.parametrize("nested", [False, True])
def test_an_object_may_sign_its_datasets_itself(nested, data):
    @sidpy.operation(name="acme.filters.maker")
    def maker(dataset):
        return {"it": Maker(dataset), "sum": dataset + 1} if nested else Maker(dataset)

    maker.__module__ = "acme.filters"
    result = maker(data)
    double = (result["it"] if nested else result).part("double")

    assert double.history[-1].part == ("it.double" if nested else "double")
    same(again(double, data), double)
    gone = Step("acme.filters.maker", inputs=(data.name,), places=(("dataset",),), part="half")
    with pytest.raises(NotReplayable, match="half"):
        operations.call(gone, [data], TRUST)


@pytest.mark.parametrize("name", ["seed", "random_state", "rng"])
def test_a_seed_that_nobody_gave_is_drawn_and_kept(name, data):
    body = f"def noisy(data, *, {name}=None):\n return data + rng_of({name}).normal()\n"
    names = {"rng_of": np.random.default_rng}
    exec(body, names)
    names["noisy"].__module__ = "acme.filters"
    noisy = sidpy.operation(name="acme.filters.noisy")(names["noisy"])
    one, two = noisy(data), noisy(data)

    assert one.history[-1].parameters[name] != two.history[-1].parameters[name]
    same(again(one, data), one)
    assert noisy(data, **{name: 7}).history[-1].parameters == {name: 7}


def test_lazy_results_are_lazy_again(data):
    calls = []

    @sidpy.operation(name="acme.filters.lazily")
    def lazily(dataset):
        return dataset.like_data(
            dataset._array.map_blocks(lambda b: calls.append(1) or b + 1, dtype=float, meta=ONE)
        )

    lazily.__module__ = "acme.filters"
    result = lazily(data)
    replayed = again(result, data)

    assert not calls
    same(replayed, result)


ONE = np.empty((0, 0))


def test_functions_are_named_and_found(acme, data):
    result = acme.scale(data, apply=np.sqrt)
    same(again(result, data), result)
    result = acme.scale(data, apply=acme.halve)
    same(again(result, data), result)

    assert str(result.history[-1].parameters["apply"]) == "acme.filters.halve"


def test_what_cannot_be_kept_says_why(acme, data):
    factor = 3
    result = acme.scale(data, apply=lambda x: x * factor)

    with pytest.raises(NotReplayable, match=r"acme.filters.scale of 20.*<lambda>"):
        again(result, data)


def test_large_arrays_are_inputs(data):
    @sidpy.operation(name="acme.filters.added")
    def added(dataset, array):
        return dataset + float(array.sum())

    added.__module__ = "acme.filters"
    large = np.ones(1 << 18)
    result = added(data, large)
    step = result.history[-1]

    assert step.parameters == {}
    assert step.inputs[1].startswith("ndarray (262144,) float64 sha256 ")
    assert added(data, large + 1).history[-1].inputs[1] != step.inputs[1]
    same(again(result, data, large), result)


def test_arrays_that_change_afterwards_are_kept_as_they_were(data):
    @sidpy.operation(name="acme.filters.added")
    def added(dataset, array):
        return dataset + float(array.sum())

    added.__module__ = "acme.filters"
    offset = np.ones(3)
    result = added(data, offset)
    offset[:] = 0

    same(again(result, data), result)


def test_a_history_of_many_calls_costs_little(acme, data):
    result = data
    for _ in range(200):
        result = acme.scale(result, 1.0)

    assert len(result.history) == 202  # and the array, and its labels
    assert result.provenance_record.last.parents[0].function == "acme.filters.scale"


def test_the_step_survives_pickling(acme, data):
    import pickle

    result = pickle.loads(pickle.dumps(acme.scale(data, apply=acme.halve)))

    same(again(result, data), result)


# ---------------------------------------------------------------- who may be called


REFUSED = [
    "os.system", "pycroscopy.os.system", "acme.filters.os.system", "acme.filters.unmarked",
    "acme.filters._hidden", "acme.filters.np.save", "sidpy.sid.operations.importlib.import_module",
    "builtins.eval", "sidpy.io.write.write", "sidpy.__init__.os", "sidpy.cli.__main__.main",
    "acme.filters.scale.__wrapped__", "acme.filters.scale.__globals__", "", ".", "..", "scale",
    "acme.filters.missing", "nowhere.at.all", "sidpy.sid._dask.plain", "acme..filters.scale",
    "__main__.main", "subprocess.run", "acme.filters;import os.x", "a" * 10_000,
    "sidpy.proc.fitter_refactor.SidpyFitterRefactor.reconstruct_function", "x y.z",
]  # fmt: skip


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: name[:50] or "empty")
@pytest.mark.parametrize("trust", [(), TRUST])
def test_no_file_makes_us_call_what_is_not_marked(name, trust, data):
    step = Step(name, package="acme", parameters={}, inputs=(data.name,), places=(("x",),))

    with pytest.raises(NotReplayable, match="cannot be repeated"):
        operations.call(step, [data], trust)


def test_a_package_that_nobody_lists_is_not_called(acme, data):
    result = acme.scale(data)

    with pytest.raises(NotReplayable, match=r"no package that a file may call.*trust=\('acme',\)"):
        again(result, data, trust=())
    with pytest.raises(NotReplayable, match="no package"):
        again(result, data, trust=("acm", "acme.filter"))
    same(again(result, data, trust=["acme.filters"]), result)


def test_refusing_a_name_imports_nothing(tmp_path, monkeypatch, data):
    trap = tmp_path / "trap_for_replay.py"
    trap.write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)

    step = Step("trap_for_replay.run", inputs=(data.name,), places=(("x",),))
    with pytest.raises(NotReplayable, match="trap_for_replay"):
        operations.call(step, [data])
    assert "trap_for_replay" not in sys.modules


FORBIDDEN = [
    "os:system", "builtins:eval", "builtins:exec", "numpy:save", "numpy:fromfile", "numpy:load",
    "numpy.linalg:norm", "acme.filters:_hidden", "sidpy.io.write:write", "pickle:loads",
    "acme.filters:os", "acme.filters:scale.__globals__", "", ":", "numpy:", "sidpy:write",
    "sidpy.proc.fitter_refactor:SidpyFitterRefactor.reconstruct_function",
]  # fmt: skip


@pytest.mark.parametrize("where", FORBIDDEN, ids=lambda where: where or "empty")
def test_no_file_hands_a_function_that_is_not_marked(where):
    with pytest.raises(NotReplayable):
        function_at(where, TRUST)


def test_functions_that_a_file_may_name(acme):
    from sidpy.proc.beps.hysteresis import loop_fit_function

    assert function_at("numpy:exp") is np.exp
    assert function_at("numpy:float32") is np.float32
    assert function_at("builtins:complex") is complex
    assert function_at("sidpy.proc.beps.hysteresis:loop_fit_function") is loop_fit_function
    assert function_at("acme.filters:halve", TRUST) is acme.halve
    with pytest.raises(NotReplayable, match="acme"):
        function_at("acme.filters:halve")
    assert nameable(halve) is halve


def test_a_name_leads_to_the_function_of_this_name_only(acme, data):
    @sidpy.operation(name="acme.filters.other")
    def other(dataset):
        return dataset

    other.__module__ = "acme.filters"
    acme.disguised = other

    with pytest.raises(NotReplayable, match="no function that is marked"):
        operation_named("acme.filters.disguised", TRUST)


def test_functions_of_a_blocked_plugin_are_not_called(monkeypatch):
    from sidpy.sid import trusted

    monkeypatch.setattr(trusted, "_plugin_packages", lambda: {"acme"})
    assert operation_named("acme.filters.scale").__name__ == "scale"
    monkeypatch.setattr(trusted, "_plugin_packages", set)
    with pytest.raises(NotReplayable, match="no package"):
        operation_named("acme.filters.scale")


def test_active_plugins_are_found_by_their_packages():
    from sidpy.sid.trusted import _plugin_packages

    assert "sidpy" in _plugin_packages()


@pytest.mark.parametrize("places", [(), (("dataset",), ("dataset",)), (("other",),)])
def test_inputs_that_do_not_fit_are_an_error_of_the_family(places, acme, data):
    step = Step("acme.filters.scale", inputs=("x",) * len(places), places=places)

    with pytest.raises(NotReplayable, match=r"acme.filters.scale of .* cannot be repeated"):
        operations.call(step, [data] * len(places), TRUST)


def test_a_step_of_an_older_file_without_places_says_so(data):
    step = Step("acme.filters.scale", inputs=(data.name,), parameters={"factor": 2})

    with pytest.raises(NotReplayable, match="where its inputs stood was not written down"):
        operations.call(step, [data], TRUST)


def test_only_functions_with_proper_names_are_marked():
    with pytest.raises(LabelTypeError, match="an operation is a function, found Provenance"):
        sidpy.operation(Provenance())
    with pytest.raises(LabelValueError, match="words and dots, found 'a b'"):
        sidpy.operation(name="a b")(halve)
