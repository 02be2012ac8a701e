"""The notebook about dashboards runs from top to bottom in a kernel of its own.

It needs jupyter, which no test group installs: ``nox -s notebooks`` does, or
``pip install nbclient ipykernel ipympl ipywidgets``.
"""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[3] / "examples" / "notebooks" / "dashboards.ipynb"


@pytest.fixture(scope="module")
def source():
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat; nox -s notebooks has it")
    if not NOTEBOOK.is_file():
        pytest.skip("the examples are not here")
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_stored_without_outputs(source):
    for cell in source.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.slow
def test_dashboards_and_views_are_widgets_that_answer(source, tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient; nox -s notebooks has it")
    for name in ("ipykernel", "ipympl", "ipywidgets"):
        if find_spec(name) is None:  # imported here, it would change the tests that follow
            pytest.skip(f"needs {name}; nox -s notebooks has it")
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    client = nbclient.NotebookClient(
        source, timeout=300, resources={"metadata": {"path": tmp_path}}
    )
    client.execute(env=environment)

    names = [widget.get("_model_name") for widget in client.widget_state.values()]
    words = " ".join(str(widget.get("value", "")) for widget in client.widget_state.values())
    printed = " ".join(
        output.get("text", "") for cell in source.cells for output in cell.get("outputs", [])
    )
    assert names.count("MPLCanvasModel") >= 6
    assert {"DropdownModel", "IntSliderModel", "ButtonModel", "IntProgressModel"} <= {*names}
    assert "done in" in words
    assert "Error" not in words
    assert "pycroscopy.learn.decompose(datasets[" in printed
