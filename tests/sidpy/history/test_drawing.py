"""Histories as pictures of text and as graphs for Graphviz."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

import sidpy
from sidpy.history.drawing import branches, dot_text, step_text
from sidpy.history.graph import Graph
from sidpy.sid.provenance import Step


def chain(last, *functions):
    for function in functions:
        last = Step(function, parents=(last,), inputs=(last.output,), output=f"{last.output}.")
    return last


def file(name, **more):
    about = {"file": name, "key": "Channel_000", "size": 1234, **more}
    return Step("sidpy.read", "acme", "2.0", parameters=about, output=name)


def join(*parents):
    return Step("add", parents=parents, inputs=tuple(one.output for one in parents), output="sum")


def drawn(last, **options):
    graph = Graph.of({"": last})
    return branches(graph.results[""], **options)


def test_branches_join_where_the_step_is():
    left, right = chain(file("scan.acm"), "sel"), chain(file("dark.acm"), "mean", "negative")

    assert drawn(chain(join(left, right), "sqrt")) == [
        "○  1  scan.acm  (Channel_000, 1,234 bytes) read by acme 2.0",
        "●  2  sel()  sidpy 1.0.0",
        "│ ○  3  dark.acm  (Channel_000, 1,234 bytes) read by acme 2.0",
        "│ ●  4  mean()  sidpy 1.0.0",
        "│ ●  5  negative()",
        "●─╯  6  add()  ← 2, 5",
        "●  7  sqrt()",
    ]


def test_three_branches_and_one_that_is_used_twice():
    one, two, three = file("a"), file("b"), file("c")
    lines = drawn(join(join(one, two, three), chain(two, "sqrt")))

    assert [line.split("  ")[0] for line in lines] == [
        "○", "│ ○", "│ │ ○", "●─┼─╯", "│ ●", "●─╯",
    ]  # fmt: skip
    assert lines[-1].endswith("add()  ← 4, 5")


def test_equal_steps_in_a_row_are_counted():
    last = chain(file("a"), *["add"] * 10_000, "sqrt")
    lines = drawn(last)

    assert lines[2] == "⋮     … 9,998 more times add …"
    assert len(lines) == 5
    assert len(drawn(last, everything=True)) == 10_002


def test_a_long_history_of_many_kinds_shows_both_ends():
    last = chain(file("a"), *["sqrt", "square"] * 500)
    lines = drawn(last)

    assert len(lines) == 61
    assert lines[30] == "⋮     … 941 more lines, --all shows them …"
    assert lines[-1].endswith("1001  square()")


def test_what_was_shown_before_is_one_line():
    first = chain(file("a"), "sel")
    last = chain(first, "sqrt")
    graph = Graph.of({"one": first, "two": last})

    shown = {id(graph.results["one"]): "one  my scan"}
    assert branches(graph.results["two"], shown) == [
        "◆  1  one  my scan",
        "●  2  sqrt()  sidpy 1.0.0",
    ]


def test_two_datasets_share_what_they_have_in_common():
    first = chain(file("a"), "sel")
    graph = Graph.of({"one": first, "two": chain(first, "sqrt"), "three": chain(first, "exp")})

    assert [node.step.function for node in graph.nodes] == ["sidpy.read", "sel", "sqrt", "exp"]


def test_lines_have_no_breaks_and_an_end():
    step = Step("f\ng", parameters={"kernel": list(range(500)), "text": "a\nb" * 90})
    text = drawn(step)[0]

    assert "\n" not in step_text(step)
    assert len(text) <= 96
    assert "…" in text


@pytest.mark.parametrize("name", ['a"b', "a\\", "a\nb", "\\n", "ä\x07", '"];evil[label="'])
def test_labels_of_a_graph_mean_themselves(name):
    text = dot_text(Graph.of({name: chain(file(name), "sel")}), {name: name})

    for line in text.splitlines()[2:-1]:
        assert re.fullmatch(
            r'  (\w+ \[shape=\w+,( style=bold,)? label="([^"\\]|\\["\\n])*"\];|\w+ -> \w+;)', line
        ), line


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_takes_the_graph():
    graph = Graph.of({"x": join(chain(file('a"b\\'), "sel"), file("b"))})
    done = subprocess.run(
        ["dot", "-Tplain"], input=dot_text(graph, {"x": "y"}), capture_output=True, text=True,
        check=True, timeout=300,
    )  # fmt: skip

    assert done.stdout.count("\nnode ") == 5
    assert done.stdout.count("\nedge ") == 4


def test_what_a_reader_did_while_it_read_is_not_shown():
    inside = chain(Step("from_array", output="x"), "transpose")
    raw = Step("sidpy.read", "acme", "2.0", parameters={"file": "a"}, parents=(inside,))
    stored = Step("sidpy.read", "nsid", "1.0", parameters={"file": "b", "history": "stored"},
                  parents=(chain(raw, "mean"),))  # fmt: skip

    assert len(drawn(raw)) == 1
    assert len(drawn(stored)) == 3


def test_notes_and_arrays_in_memory_have_their_marks():
    data = sidpy.Dataset.from_array([1, 2])
    data.add_provenance("acme", "looked_at", "3.0")

    assert [line[:1] for line in drawn(data.provenance_record.last)] == ["○", "·"]
