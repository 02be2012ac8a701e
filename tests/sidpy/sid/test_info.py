"""What a dataset says at a prompt."""

import io

import numpy as np

import sidpy


def test_info_is_a_few_lines(scan, capsys):
    scan.info()
    text = capsys.readouterr().out

    assert text.splitlines() == [
        "T: Current (nA)",
        "SPECTRAL_IMAGE of shape (3, 4, 5), float64, 480.0 bytes in 1 block",
        "dimensions:",
        "    x     Length  0 … 1 nm    3 points, step 0.5  spatial",
        "    y     Length  0 … 1.5 nm  4 points, step 0.5  spatial",
        "    bias  Bias    -1 … 1 V    5 points, step 0.5  spectral",
        "modality: STM",
        "source: Omicron",
        "metadata: tip",
        "original_metadata: vendor",
        "history: 2 steps",
    ]


def test_info_goes_where_it_is_sent_and_computes_nothing(capsys):
    import dask.array as da

    dataset = sidpy.Dataset.from_array(da.ones((10**5,) * 3), variance=da.ones((10**5,) * 3))
    stream = io.StringIO()
    dataset.info(stream)

    assert ", with variance" in stream.getvalue()
    assert capsys.readouterr().out == ""


def test_metadata_is_printed_with_tabs(scan, capsys):
    scan.metadata = {"a": 1, "b": {"c": [1, 2], "d": {"e": "x"}}, 3: None}
    assert scan.view_metadata() is None

    assert capsys.readouterr().out == "a : 1\nb :\n\tc : [1, 2]\n\td :\n\t\te : x\n3 : None\n"
    scan.view_original_metadata()
    assert capsys.readouterr().out == "vendor : [1, 2]\n"


def test_names_are_completed(scan):
    scan.operator = "someone"

    assert {"x", "bias", "dim_2", "operator", "sel", "metadata"} <= set(dir(scan))
    assert scan._ipython_key_completions_() == []
    fields = sidpy.Dataset.from_array(np.zeros(2, dtype=[("re", "f4"), ("im", "f4")]))
    assert fields._ipython_key_completions_() == ["re", "im"]
