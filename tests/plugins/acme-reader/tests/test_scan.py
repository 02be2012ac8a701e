"""The numbers are those of the file, and the axes are those of the header."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np
import pytest

import sidpy
from sidpy.testing import ReaderConformance


def scan_bytes(values, step=0.5, units=b"nm", quantity="height", version=1):
    """Return an Acme scan, written here independently of the plugin."""
    code = {"i2": 1, "f4": 2, "f8": 3}[values.dtype.str[1:]]
    head = b"ACMESCAN" + struct.pack(">HHIId", version, code, *values.shape, step)
    head += units.ljust(16, b"\0") + quantity.encode().ljust(32, b"\0")
    return head.ljust(128, b"\0") + values.astype(values.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def scan(tmp_path):
    path = tmp_path / "steps.acm"
    path.write_bytes(scan_bytes(np.arange(12, dtype="i2").reshape(3, 4)))
    return path


def test_values_axes_and_labels_are_those_of_the_file(scan):
    (dataset,) = sidpy.read(scan).values()

    np.testing.assert_array_equal(dataset.compute(), np.arange(12).reshape(3, 4))
    np.testing.assert_allclose(dataset.x.values, [0, 0.5, 1, 1.5])
    np.testing.assert_allclose(dataset.y.values, [0, 0.5, 1])
    assert (dataset.x.units, dataset.units, dataset.quantity) == ("nm", "nm", "height")
    assert (dataset.title, dataset.dtype) == ("steps", np.dtype(">i2"))


def test_the_history_names_this_distribution(scan):
    step = sidpy.read(scan)["Channel_000"].history[-1]

    assert (step.package, step.version) == ("acme-reader", "1.0.0")


def test_what_was_done_with_a_scan_can_be_done_again(scan):
    from acme_reader.filters import flatten

    from sidpy.sid import operations

    (dataset,) = sidpy.read(scan).values()
    results = flatten(dataset, degree=0)
    kept = {}
    for part, result in results.items():
        step = result.history[-1]
        again = operations.call(step, [dataset], results=kept)  # a plugin needs no trust
        assert (step.function, step.part) == ("acme_reader.filters.flatten", part)
        assert (step.package, step.parameters) == ("acme_reader", {"degree": 0})
        np.testing.assert_array_equal(again.compute(), result.compute())

    assert len(kept) == 1
    np.testing.assert_allclose(results["flat"].compute().mean(axis=1), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (lambda b: b[:50], sidpy.errors.CorruptFile, "the file ends after 50"),
        (lambda b: b[:-1], sidpy.errors.CorruptFile, "cut short"),
        (lambda b: b[:12] + b"\xff" * 8 + b[20:], sidpy.errors.CorruptFile, "needs .* bytes"),
        (lambda b: b[:12] + bytes(4) + b[16:], sidpy.errors.CorruptFile, "no pixels"),
        (lambda b: b[:20] + b"\xff" * 8 + b[28:], sidpy.errors.CorruptFile, "found nan"),
        (lambda b: b[:8] + b"\0\2" + b[10:], sidpy.errors.UnsupportedFile, "version 2"),
        (lambda b: b[:10] + b"\0\7" + b[12:], sidpy.errors.CorruptFile, "found 7"),
    ],
)
def test_a_damaged_header_is_explained(scan, damage, error, message):
    scan.write_bytes(damage(scan.read_bytes()))

    with pytest.raises(error, match=message):
        sidpy.read(scan)


def test_what_the_format_cannot_hold_is_refused(tmp_path):
    curve = sidpy.Dataset.from_array(np.arange(3.0))

    with pytest.raises(sidpy.errors.UnsupportedFile, match="holds one image"):
        sidpy.write(curve, tmp_path / "curve.acm")


def test_the_tutorial_shows_this_plugin():
    from acme_reader import plugin

    readme = Path(__file__).parents[1].joinpath("README.md").read_text("utf-8")
    (block,) = [b for b in re.findall(r"```python\n(.*?)```", readme, re.S) if "hookimpl" in b]
    shown: dict = {}
    exec(block, shown)

    assert shown["sidpy_readers"]() == plugin.sidpy_readers()


class TestAcmeScan(ReaderConformance):
    """Everything sidpy asks of every reader."""

    spec_name = "acme-scan"

    def samples(self, folder):
        """Write one scan of each type."""
        rng = np.random.default_rng(3)
        for dtype in ("i2", "f4", "f8"):
            path = folder / f"scan_{dtype}.acm"
            path.write_bytes(scan_bytes((100 * rng.random((17, 23))).astype(dtype)))
            yield path
