"""Train a network on pairs of features and targets."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from sidpy.proc.progress import counted

from .datautils import loaders
from .torches import evaluating, torch

__all__ = ["Trainer", "set_rng_seed"]

logger = logging.getLogger(__name__)


def set_rng_seed(seed: int) -> Any:
    """Return a generator of random numbers with a seed; no global one is touched.

    Parameters
    ----------
    seed : int
        The seed.

    Returns
    -------
    torch.Generator
        For loaders and layers.
    """
    return torch().Generator().manual_seed(seed)


class Trainer:
    """Train a network by Adam on the mean squared error.

    Parameters
    ----------
    model : torch.nn.Module
        The network; trained in place, on a GPU if there is one.
    X_train, y_train : array or tensor
        Features and targets.
    X_test, y_test : array or tensor, optional
        What the network is tested on after each epoch, in evaluation mode.
    batch_size : int
        Samples in a batch.
    filename : str or path
        Where `save_weights` writes, with ``.pt`` if it has no ending. Nothing else writes.
    **kwargs
        ``seed`` (1) of the order of the batches, ``lr`` (0.001), the learning rate,
        ``device``.

    Attributes
    ----------
    train_losses, test_losses : list of float
        Mean loss of each epoch.

    Raises
    ------
    TypeError
        For another option.
    ValueError
        When there are not as many targets as features, or test features without targets.
    """

    def __init__(
        self,
        model: Any,
        X_train: Any,  # noqa: N803 - the released package's signature
        y_train: Any,
        X_test: Any = None,  # noqa: N803 - the released package's signature
        y_test: Any = None,
        batch_size: int = 32,
        filename: str | Path = "model",
        **kwargs: Any,
    ) -> None:
        lib = torch()
        options = {"seed": 1, "lr": 1e-3, "device": None}
        unknown = kwargs.keys() - options.keys()
        if unknown:
            msg = f"unknown option {sorted(unknown)}; there are {sorted(options)}"
            raise TypeError(msg)
        options |= kwargs
        if (X_test is None) != (y_test is None):
            msg = "a test needs features and targets, found one of them"
            raise ValueError(msg)
        found = "cuda" if lib.cuda.is_available() else "cpu"
        self.device = lib.device(options["device"] or found)
        self.model = model.to(self.device)
        test = None if X_test is None else (X_test, y_test)
        generator = set_rng_seed(int(options["seed"] or 0))
        self.train_loader, self.test_loader = loaders(
            (X_train, y_train), test, batch_size, generator
        )
        self.optimizer = lib.optim.Adam(self.model.parameters(), lr=options["lr"])
        self.criterion = lib.nn.MSELoss()
        self.filename = Path(filename)
        self.train_losses: list[float] = []
        self.test_losses: list[float] = []

    def train_step(self, feat: Any, tar: Any) -> float:
        """Learn from one batch.

        Parameters
        ----------
        feat, tar : tensor
            Features and targets.

        Returns
        -------
        float
            The loss before the step.
        """
        self.model.train()
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(feat.to(self.device)), tar.to(self.device))
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

    def test_step(self, feat: Any, tar: Any) -> float:
        """Return the loss of one batch in evaluation mode; nothing is learnt.

        Parameters
        ----------
        feat, tar : tensor
            Features and targets.
        """
        with evaluating(self.model):
            loss = self.criterion(self.model(feat.to(self.device)), tar.to(self.device))
        return float(loss.item())

    def step(self) -> None:
        """Go once through the training data and test."""
        self.train_losses.append(_mean(self.train_step, self.train_loader))
        if self.test_loader is not None:
            self.test_losses.append(_mean(self.test_step, self.test_loader))

    def fit(self, num_epochs: int = 20) -> None:
        """Train.

        Parameters
        ----------
        num_epochs : int
            Times to go through the data.
        """
        with counted("training", num_epochs) as advance:
            for epoch in range(num_epochs):
                self.step()
                self.print_statistics(epoch)
                advance(1)

    def print_statistics(self, e: int) -> None:
        """Log the losses of an epoch.

        Parameters
        ----------
        e : int
            Number of the epoch.
        """
        tested = f", test {self.test_losses[-1]:.4g}" if self.test_losses else ""
        logger.info("epoch %d: train %.4g%s", e + 1, self.train_losses[-1], tested)

    def save_weights(self, *args: str | Path) -> Path:
        """Write the weights of the network.

        Parameters
        ----------
        *args : str or path
            Where, `filename` by default.

        Returns
        -------
        Path
            The file; for ``model.load_state_dict(torch.load(path))``.
        """
        path = Path(args[0]) if args else self.filename
        path = path if path.suffix else path.with_suffix(".pt")
        torch().save(self.model.state_dict(), path)
        return path


def _mean(step: Any, loader: Any) -> float:
    """Mean loss of all samples: batches count by their length."""
    total, count = 0.0, 0
    for feat, tar in loader:
        total += step(feat, tar) * len(feat)
        count += len(feat)
    return total / max(count, 1)
