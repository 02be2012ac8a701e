"""Networks: shapes of the released package, predictions that depend on nothing else."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from pycroscopy.learn.dl import (
    AutoEncoder,
    ConvBlock,
    DenoisingAutoEncoder,
    FeatureExtractor,
    Trainer,
    UpsampleBlock,
    Upsampler,
    init_dataloaders,
    tor,
)
from pycroscopy.learn.dl.nnblocks import get_activation, get_bnorm, get_conv, get_maxpool
from pycroscopy.learn.dl.trainer import set_rng_seed
from sidpy.errors import SidpyWarning

torch = pytest.importorskip("torch")

SIZES = {1: (24,), 2: (16, 24), 3: (8, 16, 8)}
ODD = {1: (29,), 2: (13, 30), 3: (5, 9, 7)}


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def samples(n, channels, size, seed=0):
    return np.random.default_rng(seed).random((n, channels, *size)).astype(np.float32)


def quiet(ndim):
    """Options that need no warning in any dimension."""
    return {"upsampling_mode": "bilinear" if ndim == 2 else "nearest"}


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("sizes", [SIZES, ODD], ids=["even", "odd"])
def test_autoencoders_give_back_the_shape_of_any_data(ndim, channels, sizes):
    shape = (channels, *sizes[ndim])
    model = AutoEncoder(shape, 3, nfilters=4, **quiet(ndim))
    data = samples(5, channels, sizes[ndim])

    assert model(torch.from_numpy(data)).shape == data.shape
    assert model.encode(data, batch_size=2).shape == (5, 3)
    assert model.encode(data, batch_size=50).shape == (5, 3)
    assert model.decode(np.zeros(3)).shape == (1, *shape)
    assert model.decode_grid(3).shape == (9, *(shape if channels > 1 else shape[1:]))


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("sizes", [SIZES, ODD], ids=["even", "odd"])
def test_denoisers_give_back_the_shape_of_any_data(ndim, sizes):
    model = DenoisingAutoEncoder(ndim, 2, nfilters=4, **quiet(ndim))
    data = samples(5, 2, sizes[ndim])

    assert model(torch.from_numpy(data)).shape == data.shape
    assert model.predict(data, batch_size=3).shape == data.shape


@pytest.mark.parametrize("latent_dim", [1, 2, 4])
def test_grids_of_any_latent_dimension_cover_the_first_two(latent_dim):
    model = AutoEncoder((1, 8, 8), latent_dim, [1], 4)

    grid = model.decode_grid(3, (-1, 1), (0, 2))

    assert grid.shape == (3 if latent_dim == 1 else 9, 8, 8)
    corner = np.zeros(latent_dim)
    corner[:2] = [-1, 2][:latent_dim]
    expected = model.decode(corner)[0, 0]
    np.testing.assert_allclose(grid[0 if latent_dim == 1 else 2], expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["encode", "predict"])
def test_a_prediction_does_not_depend_on_the_batch_and_leaves_the_mode(kind):
    model = AutoEncoder((1, 16, 16), nfilters=4) if kind == "encode" else DenoisingAutoEncoder(2)
    data = samples(7, 1, (16, 16))
    model.train()
    model.encoder.c0.eval()
    predict = getattr(model, kind)

    together, alone = predict(data), np.concatenate([predict(one[None]) for one in data])

    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert model.training
    assert not model.encoder.c0.training
    assert not any(p.grad is not None for p in model.parameters())


def test_samples_may_lack_the_axes_of_channels_and_of_samples():
    model = DenoisingAutoEncoder(2, nfilters=4)
    data = samples(3, 1, (16, 16))

    np.testing.assert_allclose(model.predict(data[:, 0]), model.predict(data), atol=1e-6)
    assert model.predict(data[0, 0]).shape == (1, 1, 16, 16)
    with pytest.raises(ValueError, match=r"\(3, 2, 16, 16\) do not fit a network for 1 channels"):
        model.predict(samples(3, 2, (16, 16)))


def test_blocks_halve_the_size_and_add_channels():
    data = torch.zeros(2, 1, 16, 24)
    encoded = FeatureExtractor(2, 1, [1, 2, 2], 8)(data)

    assert encoded.shape == (2, 24, 2, 3)
    assert Upsampler(2, 24)(encoded).shape == data.shape
    assert ConvBlock(2, 1, 1, 5, pool=True)(data).shape == (2, 5, 8, 12)
    assert UpsampleBlock(2, 1, 3, 3)(data).shape == (2, 3, 48, 72)


@pytest.mark.parametrize("layers", [[1], [1, 2, 2]])
def test_batchnorm_is_one_normalisation_for_each_layer(layers):
    counts = [
        sum(
            isinstance(m, torch.nn.BatchNorm2d)
            for m in FeatureExtractor(2, 1, layers, 4, b).modules()
        )
        for b in (True, False)
    ]

    assert counts == [sum(layers), 0]


@pytest.mark.parametrize("activation", ["relu", "lrelu", "tanh", "softplus", None])
def test_each_activation_does_something(activation):
    layer = get_activation(activation)
    block = ConvBlock(1, 1, 1, 1, activation=activation)

    assert (layer is None) == (activation is None)
    assert len(block.block) == (1 if activation is None else 2)
    with pytest.raises(ValueError, match="activation is 'magic'"):
        get_activation("magic")


def test_layers_of_four_dimensions_are_refused():
    for get in (get_conv, get_bnorm, get_maxpool):
        with pytest.raises(AssertionError, match="1, 2 and 3 dimensions, not of 4"):
            get(4)
    with pytest.raises(AssertionError, match="expected channels and one to three lengths"):
        AutoEncoder((16,))


@pytest.mark.parametrize("ndim", [1, 3])
def test_bilinear_interpolation_is_replaced_where_there_is_none(ndim):
    with pytest.warns(SidpyWarning, match=f"'nearest' is taken for {ndim}"):
        block = UpsampleBlock(ndim, 1, 1)

    assert block.mode == "nearest"
    with pytest.raises(NotImplementedError, match="mode is 'cubic'"):
        UpsampleBlock(2, 1, 1, mode="cubic")


def pairs(n=48, seed=0):
    clean = samples(n, 1, (8, 8), seed)
    noisy = clean + 0.1 * np.random.default_rng(seed + 1).standard_normal(clean.shape)
    return noisy.astype(np.float32), clean


def trained(**options):
    torch.manual_seed(0)
    model = DenoisingAutoEncoder(2, 1, [1], 4)
    trainer = Trainer(model, *pairs(), *pairs(16, 5), batch_size=16, **options)
    trainer.fit(3)
    return trainer


def test_training_lowers_the_loss_and_repeats_with_its_seed(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.INFO, "pycroscopy"):
        first = trained(seed=3, lr=0.01)
    second, other = trained(seed=3, lr=0.01), trained(seed=4, lr=0.01)

    assert len(first.train_losses) == len(first.test_losses) == 3
    assert first.train_losses[-1] < first.train_losses[0]
    assert first.train_losses == pytest.approx(second.train_losses)
    assert first.train_losses != pytest.approx(other.train_losses, rel=1e-6)
    assert "epoch 3: train" in caplog.text
    assert list(tmp_path.iterdir()) == []  # nothing is written unasked


def test_a_trainer_touches_no_global_generator():
    model = DenoisingAutoEncoder(2, 1, [1], 4)
    before = torch.random.get_rng_state()

    Trainer(model, *pairs(), seed=9).fit(1)

    assert torch.equal(before, torch.random.get_rng_state())
    assert set_rng_seed(5).initial_seed() == 5


def test_testing_learns_nothing():
    model = DenoisingAutoEncoder(2, 1, [1], 4)
    trainer = Trainer(model, *pairs())
    before = {name: value.clone() for name, value in model.state_dict().items()}

    trainer.test_step(*(torch.from_numpy(one) for one in pairs(4)))

    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert trainer.test_loader is None


def test_weights_are_written_when_asked_and_read_again(tmp_path):
    trainer = trained()

    path = trainer.save_weights(tmp_path / "net")

    assert path == tmp_path / "net.pt"
    copy = DenoisingAutoEncoder(2, 1, [1], 4)
    copy.load_state_dict(torch.load(path))
    np.testing.assert_allclose(
        copy.predict(pairs(3)[0]), trainer.model.cpu().predict(pairs(3)[0]), atol=1e-6
    )


def test_loaders_keep_pairs_together_and_count_them():
    features = np.arange(10.0)[:, None]

    train, test = init_dataloaders(features, 2 * features, features[:4], features[:4], 3)

    assert [len(x) for x, _ in test] == [3, 1]
    for x, y in train:
        assert torch.equal(2 * x, y)
    with pytest.raises(ValueError, match="train: there are 10 features and 4 targets"):
        init_dataloaders(features, features[:4], features, features, 3)


def test_tensors_have_the_type_asked_for():
    assert tor(np.arange(3)).dtype == torch.float32
    assert tor(np.arange(3), "int").dtype == torch.int64
    with pytest.raises(ValueError, match="out_type is 'bool'"):
        tor(np.arange(3), "bool")


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda m: Trainer(m, *pairs(), gain=3), TypeError, r"unknown option \['gain'\]"),
        (lambda m: Trainer(m, *pairs(), pairs()[0]), ValueError, "features and targets"),
        (lambda m: m.predict(pairs()[0], size=3), TypeError, "there is 'batch_size'"),
        (lambda m: m.predict(pairs()[0], batch_size=0), ValueError, "batch_size is 0"),
    ],
)
def test_wrong_options_are_refused(call, error, says):
    with pytest.raises(error, match=says):
        call(DenoisingAutoEncoder(2, 1, [1], 4))
