"""Arrays for networks: tensors and loaders."""

from __future__ import annotations

from typing import Any

import numpy as np

from .torches import torch

__all__ = ["init_dataloaders", "tor"]


def tor(arr: Any, out_type: str = "float") -> Any:
    """Return an array as a tensor; a tensor as it is.

    Parameters
    ----------
    arr : array or tensor
        The data.
    out_type : {"float", "int"}
        Single precision or 64-bit integers.

    Raises
    ------
    ValueError
        For another word.
    """
    lib = torch()
    kinds = {"float": lib.float32, "int": lib.int64}
    if out_type not in kinds:
        msg = f"out_type is {out_type!r}; it can be one of {tuple(kinds)}"
        raise ValueError(msg)
    if isinstance(arr, lib.Tensor):
        return arr
    return lib.from_numpy(np.array(arr)).to(kinds[out_type])


def init_dataloaders(
    X_train: Any,  # noqa: N803 - the released package's signature
    y_train: Any,
    X_test: Any,  # noqa: N803 - the released package's signature
    y_test: Any,
    batch_size: int,
) -> tuple[Any, Any]:
    """Return loaders of shuffled training batches and of test batches in order.

    Parameters
    ----------
    X_train, y_train, X_test, y_test : array or tensor
        Features and targets. They stay in memory; batches go to the device one at a time.
    batch_size : int
        Samples in a batch; the last may be smaller.

    Returns
    -------
    train, test : torch.utils.data.DataLoader
        Of pairs.

    Raises
    ------
    ValueError
        When there are not as many targets as features.
    """
    return loaders((X_train, y_train), (X_test, y_test), batch_size, None)


def loaders(
    train: tuple[Any, Any], test: tuple[Any, Any] | None, batch_size: int, generator: Any
) -> tuple[Any, Any]:
    """Return loaders whose order comes from a generator of their own.

    Parameters
    ----------
    train, test : pair of arrays
        Features and targets; None for no test.
    batch_size : int
        Samples in a batch.
    generator : torch.Generator or None
        Where the order comes from.
    """
    data = torch().utils.data
    sets = []
    for name, pair in (("train", train), ("test", test)):
        if pair is None:
            sets.append(None)
            continue
        features, targets = (tor(one) for one in pair)
        if len(features) != len(targets):
            msg = f"{name}: there are {len(features)} features and {len(targets)} targets"
            raise ValueError(msg)
        sets.append(data.TensorDataset(features, targets))
    shuffled = data.DataLoader(sets[0], batch_size=batch_size, shuffle=True, generator=generator)
    tested = None if sets[1] is None else data.DataLoader(sets[1], batch_size=batch_size)
    return shuffled, tested
