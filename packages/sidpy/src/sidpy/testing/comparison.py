"""Whether two dictionaries of datasets say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sidpy.sid.dataset import Dataset

__all__ = ["assert_same_datasets"]


def assert_same_datasets(
    found: Mapping[str, Dataset], expected: Mapping[str, Dataset], *, labels: bool = True
) -> None:
    """Assert that two results of reading are the same.

    Parameters
    ----------
    found, expected : mapping of str to Dataset
        What `sidpy.read` returned.
    labels : bool
        Compare title, quantity and units too; values, types and axes are always compared.

    Raises
    ------
    AssertionError
        With the key and what differs.
    """
    assert list(found) == list(expected)
    for key, one in found.items():
        _assert_same(key, one, expected[key], labels=labels)


def _assert_same(key: str, one: Dataset, other: Dataset, *, labels: bool) -> None:
    assert one.shape == other.shape, key
    assert one.dtype.newbyteorder("=") == other.dtype.newbyteorder("="), key
    np.testing.assert_array_equal(one.compute(), other.compute(), err_msg=key)
    assert set(one._axes) == set(other._axes), key
    for axis, dimension in one._axes.items():
        twin = other._axes[axis]
        where = f"{key}, axis {axis}"
        assert dimension.name == twin.name, where
        assert (dimension.quantity, dimension.units) == (twin.quantity, twin.units), where
        np.testing.assert_allclose(
            dimension.values, twin.values, rtol=1e-12, atol=0, err_msg=where
        )
    if labels:
        assert one.title == other.title, key
        assert (one.quantity, one.units) == (other.quantity, other.units), key
        assert one.data_type == other.data_type, key
