"""Blocks of which encoders and decoders are made, in one, two and three dimensions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from sidpy._warnings import warn

from .torches import Module, torch

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ConvBlock",
    "UpsampleBlock",
    "features_to_latent",
    "get_activation",
    "get_bnorm",
    "get_conv",
    "get_maxpool",
    "latent_to_features",
]

_ACTIVATIONS: Final = {
    "relu": "ReLU",
    "lrelu": "LeakyReLU",
    "tanh": "Tanh",
    "softplus": "Softplus",
}


def _layer(name: str, dim: int) -> Any:
    if dim not in {1, 2, 3}:
        msg = f"there are layers of 1, 2 and 3 dimensions, not of {dim!r}"
        raise AssertionError(msg)
    return getattr(torch().nn, f"{name}{dim}d")


def get_bnorm(dim: int) -> Any:
    """Return the class of batch normalisation.

    Parameters
    ----------
    dim : {1, 2, 3}
        Dimensions.
    """
    return _layer("BatchNorm", dim)


def get_conv(dim: int) -> Any:
    """Return the class of convolution.

    Parameters
    ----------
    dim : {1, 2, 3}
        Dimensions.
    """
    return _layer("Conv", dim)


def get_maxpool(dim: int) -> Any:
    """Return the class of maximum pooling.

    Parameters
    ----------
    dim : {1, 2, 3}
        Dimensions.
    """
    return _layer("MaxPool", dim)


def get_activation(activation: str | None) -> Any:
    """Return the class of an activation layer, or None for None.

    Parameters
    ----------
    activation : {"relu", "lrelu", "tanh", "softplus"} or None
        Which.

    Raises
    ------
    ValueError
        For another word.
    """
    if activation is None:
        return None
    if activation not in _ACTIVATIONS:
        msg = f"activation is {activation!r}; it can be None or one of {tuple(_ACTIVATIONS)}"
        raise ValueError(msg)
    return getattr(torch().nn, _ACTIVATIONS[activation])


class ConvBlock(Module):
    """Convolutions, each followed by activation and normalisation, and a pooling at the end.

    Parameters
    ----------
    ndim : {1, 2, 3}
        Dimensions of the data.
    nlayers : int
        Convolutions.
    input_channels, output_channels : int
        Channels before and behind.
    kernel_size, stride, padding : int
        Of each convolution.
    batchnorm : bool
        One normalisation per layer.
    activation : str or None
        As `get_activation`.
    pool : bool
        Halve the size at the end.

    Raises
    ------
    AssertionError
        For other dimensions.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the released package's signature
        self,
        ndim: int,
        nlayers: int,
        input_channels: int,
        output_channels: int,
        kernel_size: int | Sequence[int] = 3,
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 1,
        batchnorm: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
        activation: str | None = "lrelu",
        pool: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
    ) -> None:
        super().__init__()
        conv, layers = get_conv(ndim), []
        for number in range(nlayers):
            before = input_channels if number == 0 else output_channels
            layers.append(conv(before, output_channels, kernel_size, stride, padding))
            if activation is not None:
                layers.append(get_activation(activation)())
            if batchnorm:
                layers.append(get_bnorm(ndim)(output_channels))
        if pool:
            layers.append(get_maxpool(ndim)(2, 2))
        self.block = torch().nn.Sequential(*layers)

    def forward(self, x: Any) -> Any:
        """Apply the block.

        Parameters
        ----------
        x : tensor of shape (samples, channels, ...)
            The data.
        """
        return self.block(x)


class UpsampleBlock(Module):
    """Enlarge by interpolation, then mix the channels.

    Parameters
    ----------
    ndim : {1, 2, 3}
        Dimensions of the data.
    input_channels, output_channels : int
        Channels before and behind.
    scale_factor : int
        Enlargement.
    mode : {"bilinear", "nearest"}
        Interpolation; bilinear exists in two dimensions only, "nearest" is taken in others.

    Raises
    ------
    AssertionError
        For other dimensions.
    NotImplementedError
        For another mode.

    Warns
    -----
    SidpyWarning
        When bilinear interpolation is replaced.
    """

    def __init__(
        self,
        ndim: int,
        input_channels: int,
        output_channels: int,
        scale_factor: int = 2,
        mode: str = "bilinear",
    ) -> None:
        super().__init__()
        if mode not in {"bilinear", "nearest"}:
            msg = f"upsampling mode is {mode!r}; it can be 'bilinear' or 'nearest'"
            raise NotImplementedError(msg)
        self.conv = get_conv(ndim)(input_channels, output_channels, 1)
        if mode == "bilinear" and ndim != 2:
            warn(f"bilinear upsampling has two dimensions; 'nearest' is taken for {ndim}")
            mode = "nearest"
        self.scale_factor, self.mode = scale_factor, mode

    def forward(self, x: Any) -> Any:
        """Apply the block.

        Parameters
        ----------
        x : tensor of shape (samples, channels, ...)
            The data.
        """
        resize = torch().nn.functional.interpolate
        return self.conv(resize(x, scale_factor=self.scale_factor, mode=self.mode))


class features_to_latent(Module):  # noqa: N801 - the released package's name
    """Turn maps of features into a vector.

    Parameters
    ----------
    input_dim : sequence of int
        Channels and size of the maps.
    latent_dim : int
        Length of the vector.
    """

    def __init__(self, input_dim: Sequence[int], latent_dim: int = 2) -> None:
        super().__init__()
        self.reshape_ = math.prod(input_dim)
        self.fc_latent = torch().nn.Linear(self.reshape_, latent_dim)

    def forward(self, x: Any) -> Any:
        """Apply the layer.

        Parameters
        ----------
        x : tensor of shape (samples, *input_dim)
            Features.
        """
        return self.fc_latent(x.reshape(-1, self.reshape_))


class latent_to_features(Module):  # noqa: N801 - the released package's name
    """Turn a vector into maps of features.

    Parameters
    ----------
    latent_dim : int
        Length of the vector.
    out_dim : sequence of int
        Channels and size of the maps.
    """

    def __init__(self, latent_dim: int, out_dim: Sequence[int]) -> None:
        super().__init__()
        self.reshape_ = tuple(out_dim)
        self.fc = torch().nn.Linear(latent_dim, math.prod(out_dim))

    def forward(self, x: Any) -> Any:
        """Apply the layer.

        Parameters
        ----------
        x : tensor of shape (samples, latent_dim)
            Vectors.
        """
        return self.fc(x).reshape(-1, *self.reshape_)
