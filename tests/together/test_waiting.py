"""No test waits for ever: a whole run was once lost to one that did."""

from __future__ import annotations

import ast
import textwrap

from repository import ROOT

STARTERS = {"run", "call", "check_call", "check_output"}
#: Methods of processes, threads, events and queues that wait for somebody else.
WAITERS = {"communicate", "get", "join", "wait"}


def endless(source: str) -> list[str]:
    """Return the calls in a source that may wait for another process or thread for ever."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [f"{call.lineno}: {ast.unparse(call)[:60]}" for call in calls if is_endless(call)]


def is_endless(call: ast.Call) -> bool:
    """Tell whether a call waits, and nothing says how long at most."""
    words = {keyword.arg for keyword in call.keywords}
    match call.func:
        case ast.Attribute(ast.Name("subprocess"), name):
            return name in STARTERS and not words & {"timeout", None}
        case ast.Attribute(_, "communicate"):
            return "timeout" not in words
        case ast.Attribute(_, name):
            return name in WAITERS and not call.args and not words
    return False


def test_whatever_waits_says_how_long():
    found = {
        str(path.relative_to(ROOT)): calls
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if (calls := endless(path.read_text("utf-8")))
    }
    assert found == {}


def test_the_finder_knows_what_ends():
    source = """
        subprocess.run(command, check=True)
        subprocess.run(command, timeout=9)
        subprocess.check_output(**options)
        process.communicate("text")
        process.wait()
        process.wait(timeout=9)
        thread.join()
        ", ".join(words)
        queue.get()
        names.get("word")
    """
    found = [int(line.partition(":")[0]) - 1 for line in endless(textwrap.dedent(source))]

    assert found == [1, 4, 5, 7, 9]
