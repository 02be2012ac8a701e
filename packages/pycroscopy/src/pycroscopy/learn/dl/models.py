"""Encoders, decoders and the autoencoders made of them.

Data of any size pass: what does not divide by two often enough is padded with its edge
values and cut back.  Predictions run in evaluation mode, so they do not depend on what else
is in a batch, and batch by batch on the device of the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .nnblocks import (
    ConvBlock,
    UpsampleBlock,
    features_to_latent,
    latent_to_features,
)
from .torches import Module, Sequential, evaluating, torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

__all__ = ["AutoEncoder", "DenoisingAutoEncoder", "FeatureExtractor", "Upsampler"]

_LAYERS = (1, 2, 2)


class FeatureExtractor(Sequential):
    """Blocks of convolutions; block i has ``nfilters * (i + 1)`` channels and half the size.

    Parameters
    ----------
    ndim : {1, 2, 3}
        Dimensions of the data.
    input_channels : int
        Channels of the data.
    layers_per_block : sequence of int, optional
        Convolutions in each block; (1, 2, 2) by default.
    nfilters : int
        Channels of the first block.
    batchnorm, activation, pool
        As for `ConvBlock`.
    """

    def __init__(
        self,
        ndim: int,
        input_channels: int = 1,
        layers_per_block: Sequence[int] | None = None,
        nfilters: int = 32,
        batchnorm: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
        activation: str | None = "lrelu",
        pool: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
    ) -> None:
        super().__init__()
        before = input_channels
        for number, layers in enumerate(layers_per_block or _LAYERS):
            after = nfilters * (number + 1)
            options = {"batchnorm": batchnorm, "activation": activation, "pool": pool}
            self.add_module(f"c{number}", ConvBlock(ndim, layers, before, after, **options))
            before = after


class Upsampler(Sequential):
    """The mirror of a `FeatureExtractor`.

    Parameters
    ----------
    ndim : {1, 2, 3}
        Dimensions of the data.
    input_channels : int
        Channels of the features.
    layers_per_block : sequence of int, optional
        Convolutions in each block, (2, 2, 1) by default.
    output_channels : int
        Channels of the result.
    batchnorm, activation
        As for `ConvBlock`.
    activation_out : bool
        Whether the result passes a sigmoid, which keeps it between 0 and 1.
    upsampling_mode : {"bilinear", "nearest"}
        As for `UpsampleBlock`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the released package's signature
        self,
        ndim: int,
        input_channels: int = 96,
        layers_per_block: Sequence[int] | None = None,
        output_channels: int = 1,
        batchnorm: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
        activation: str | None = "lrelu",
        activation_out: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
        upsampling_mode: str = "bilinear",
    ) -> None:
        super().__init__()
        before = input_channels
        blocks = list(layers_per_block or _LAYERS[::-1])
        for number, layers in enumerate(blocks):
            after = max(input_channels // (number + 1), 1)
            options = {"batchnorm": batchnorm, "activation": activation}
            block = ConvBlock(ndim, layers, before, after, **options)
            self.add_module(f"conv_block_{number}", block)
            up = UpsampleBlock(ndim, after, after, 2, upsampling_mode)
            self.add_module(f"up_{number}", up)
            before = after
        last = ConvBlock(ndim, 1, before, output_channels, 1, 1, 0, activation=None)
        self.add_module("output_layer", last)
        if activation_out:
            self.add_module("output_activation", torch().nn.Sigmoid())


def _whole(length: int, blocks: int) -> int:
    """Smallest size from `length` on that can be halved so often."""
    unit = 2**blocks
    return -(-length // unit) * unit


def _padded(x: Any, size: Sequence[int]) -> Any:
    """Repeat the edge values up to a size."""
    more = [n - m for n, m in zip(size, x.shape[2:], strict=True)]
    if not any(more):
        return x
    pads = [one for extra in reversed(more) for one in (0, extra)]
    return torch().nn.functional.pad(x, pads, mode="replicate")


def _cut(x: Any, size: Sequence[int]) -> Any:
    return x[(slice(None), slice(None), *(slice(n) for n in size))]


def _batches(model: Any, work: Callable[[Any], Any], data: Any, size: int) -> Any:
    """Apply a network batch by batch and collect the results in memory."""
    lib = torch()
    tensor = data if isinstance(data, lib.Tensor) else lib.as_tensor(np.asarray(data))
    if size < 1:
        msg = f"batch_size is {size}; expected 1 or more"
        raise ValueError(msg)
    place = next(model.parameters())
    with evaluating(model):
        parts = [work(part.to(place.device, place.dtype)).cpu() for part in tensor.split(size)]
    return lib.cat(parts).numpy()


class AutoEncoder(Module):
    """Learn a few numbers from which each image or spectrum can be made again.

    Parameters
    ----------
    input_dim : sequence of int
        Channels and size of a sample: ``(1, 64, 48)`` for an image.
    latent_dim : int
        How many numbers.
    layers_per_block, nfilters, batchnorm, activation
        Of the encoder, as for `FeatureExtractor`; the decoder is its mirror.
    activation_out, upsampling_mode
        Of the decoder, as for `Upsampler`.

    Raises
    ------
    AssertionError
        For data of more than three dimensions.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the released package's signature
        self,
        input_dim: Sequence[int],
        latent_dim: int = 2,
        layers_per_block: Sequence[int] = _LAYERS,
        nfilters: int = 32,
        batchnorm: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
        activation: str | None = "lrelu",
        activation_out: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
        upsampling_mode: str = "bilinear",
    ) -> None:
        super().__init__()
        layers = list(layers_per_block)
        self.in_channels, self.size = _channels_and_size(input_dim)
        ndim, depth = len(self.size), len(layers)
        self.input_dim, self.latent_dim = tuple(input_dim), latent_dim
        self.whole = tuple(_whole(length, depth) for length in self.size)
        options = {"batchnorm": batchnorm, "activation": activation}
        self.encoder = FeatureExtractor(ndim, self.in_channels, layers, nfilters, **options)
        features = (nfilters * depth, *(length // 2**depth for length in self.whole))
        self.features2latent = features_to_latent(features, latent_dim)
        self.latent2features = latent_to_features(latent_dim, features)
        self.decoder = Upsampler(
            ndim,
            nfilters * depth,
            layers[::-1],
            self.in_channels,
            activation_out=activation_out,
            upsampling_mode=upsampling_mode,
            **options,
        )

    def _encoded(self, x: Any) -> Any:
        return self.features2latent(self.encoder(_padded(x, self.whole)))

    def _decoded(self, z: Any) -> Any:
        return _cut(self.decoder(self.latent2features(z)), self.size)

    def forward(self, x: Any) -> Any:
        """Encode and decode.

        Parameters
        ----------
        x : tensor of shape (samples, channels, *size)
            The data.

        Returns
        -------
        tensor
            Of the same shape.
        """
        return self._decoded(self._encoded(x))

    def encode(self, x: Any, **kwargs: Any) -> Any:
        """Return the numbers that stand for each sample.

        Parameters
        ----------
        x : array or tensor of shape (samples, channels, *size), (samples, *size) or one sample
            The data.
        **kwargs
            ``batch_size``, 100 by default.

        Returns
        -------
        ndarray of shape (samples, latent_dim)
            In memory.
        """
        return _batches(self, self._encoded, self._samples(x), _batch_size(kwargs))

    def decode(self, x: ArrayLike | Any) -> Any:
        """Return the samples that numbers stand for.

        Parameters
        ----------
        x : array or tensor of shape (samples, latent_dim) or (latent_dim,)
            The numbers.

        Returns
        -------
        ndarray of shape (samples, channels, *size)
            In memory.
        """
        lib = torch()
        latent = x if isinstance(x, lib.Tensor) else lib.as_tensor(np.asarray(x))
        latent = latent.reshape(1, -1) if latent.ndim < 2 else latent
        if latent.shape[-1] != self.latent_dim:
            msg = f"expected {self.latent_dim} numbers for each sample, found {latent.shape[-1]}"
            raise ValueError(msg)
        return _batches(self, self._decoded, latent, 100)

    def decode_grid(self, d: int = 12, z1: Any = None, z2: Any = None) -> Any:
        """Return the samples on a grid of the first two numbers, the others at zero.

        Parameters
        ----------
        d : int
            Points along each side.
        z1, z2 : pair of float, optional
            First and last value of both numbers; -1.65 to 1.65, the inner 90 % of a normal
            distribution, by default.

        Returns
        -------
        ndarray of shape (d * d, *size), (d * d, channels, *size) with several channels
            The second number runs fastest; only d samples for a latent dimension of one.
        """
        ends = [(-1.65, 1.65) if z is None else (z[0], z[1]) for z in (z1, z2)]
        lines = [np.linspace(first, last, d) for first, last in ends][: self.latent_dim]
        grid = np.stack([one.ravel() for one in np.meshgrid(*lines, indexing="ij")], axis=-1)
        latent = np.zeros((len(grid), self.latent_dim))
        latent[:, : grid.shape[1]] = grid
        found = self.decode(latent)
        return found[:, 0] if self.in_channels == 1 else found

    def _samples(self, x: Any) -> Any:
        """Add the axes of samples and channels that are missing."""
        return _with_channels(x, self.in_channels, len(self.size))


class DenoisingAutoEncoder(Module):
    """Learn to give back clean images or spectra, of any size.

    Parameters
    ----------
    ndim : {1, 2, 3}
        Dimensions of the data.
    input_channels : int
        Channels of the data.
    layers_per_block, nfilters, batchnorm, activation, activation_out, upsampling_mode
        As for `AutoEncoder`.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the released package's signature
        self,
        ndim: int,
        input_channels: int = 1,
        layers_per_block: Sequence[int] = _LAYERS,
        nfilters: int = 32,
        batchnorm: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
        activation: str | None = "lrelu",
        activation_out: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
        upsampling_mode: str = "bilinear",
    ) -> None:
        super().__init__()
        layers = list(layers_per_block)
        self.ndim, self.in_channels, self.depth = ndim, input_channels, len(layers)
        options = {"batchnorm": batchnorm, "activation": activation}
        self.encoder = FeatureExtractor(ndim, input_channels, layers, nfilters, **options)
        self.decoder = Upsampler(
            ndim,
            nfilters * len(layers),
            layers[::-1],
            input_channels,
            activation_out=activation_out,
            upsampling_mode=upsampling_mode,
            **options,
        )

    def forward(self, x: Any) -> Any:
        """Clean the data.

        Parameters
        ----------
        x : tensor of shape (samples, channels, *size)
            The data.

        Returns
        -------
        tensor
            Of the same shape.
        """
        size = x.shape[2:]
        whole = [_whole(length, self.depth) for length in size]
        return _cut(self.decoder(self.encoder(_padded(x, whole))), size)

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """Clean the data in evaluation mode, batch by batch.

        Parameters
        ----------
        x : array or tensor of shape (samples, channels, *size), (samples, *size) or one sample
            The data.
        **kwargs
            ``batch_size``, 100 by default.

        Returns
        -------
        ndarray of shape (samples, channels, *size)
            In memory.
        """
        samples = _with_channels(x, self.in_channels, self.ndim)
        return _batches(self, self.forward, samples, _batch_size(kwargs))


def _batch_size(options: dict[str, Any]) -> int:
    unknown = options.keys() - {"batch_size"}
    if unknown:
        msg = f"unknown option {sorted(unknown)}; there is 'batch_size'"
        raise TypeError(msg)
    return int(options.get("batch_size", 100))


def _channels_and_size(input_dim: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """Split the shape of a sample into channels and size."""
    shape = tuple(int(length) for length in input_dim)
    if not 2 <= len(shape) <= 4 or min(shape) < 1:
        msg = f"input_dim is {shape}; expected channels and one to three lengths"
        raise AssertionError(msg)
    return shape[0], shape[1:]


def _with_channels(x: Any, channels: int, ndim: int) -> Any:
    """Add the axes of samples and channels that are missing."""
    lib = torch()
    tensor = x if isinstance(x, lib.Tensor) else lib.as_tensor(np.asarray(x))
    if tensor.ndim == ndim:
        tensor = tensor[None]
    if tensor.ndim == ndim + 1:
        # samples without channels, or one sample with its channels
        one = channels > 1 and tensor.shape[0] == channels
        tensor = tensor[None] if one else tensor[:, None]
    if tensor.ndim != ndim + 2 or tensor.shape[1] != channels:
        msg = (
            f"data of shape {tuple(tensor.shape)} do not fit a network for {channels} channels "
            f"in {ndim} dimensions"
        )
        raise ValueError(msg)
    return tensor
