"""Band excitation: the two models, where their fits start, and the tools that serve them."""

from __future__ import annotations

import json
import sys
import types

import numpy as np
import pytest

from sidpy.errors import MissingDependency
from sidpy.proc import mcp_server_beps as beps

VOLTAGE = np.concatenate([np.linspace(-10, 10, 32), np.linspace(10, -10, 32)])
LOOP = [0.3, 2.0, 4.0, -3.0, 0.05, 1.5, 2.5, 1.2, 0.8]
FREQUENCY = np.linspace(300e3, 400e3, 120)
RESONANCE = [2e-3, 350e3, 100.0, 0.7]


def test_a_loop_is_what_the_released_package_computes():
    """Values of release 0.12.9 for these coefficients: three points before, four after."""
    voltage = np.linspace(-10, 10, 16)[:7]
    found = beps.loop_fit_function(voltage, 0.3, 2.0, -3.0, 4.0, 0.05, 1.5, 2.5, 1.2, 0.8)

    before = [-1.999999999691e-01, -1.333332646104e-01, -6.663368099695e-02]
    after = [0.0, 6.666666666667e-02, 1.333333333333e-01, 2.000000000018e-01]
    np.testing.assert_allclose(found, [*before, *after], atol=1e-12)


def test_a_loop_goes_from_level_to_level_through_the_coercive_voltages():
    offset, amplitude, first, second, _, w1, w2, w3, w4 = LOOP
    at = np.array([-1e3, first, 1e3, 1e3, second, -1e3])
    found = beps.loop_fit_function(at, *LOOP[:4], 0.0, w1, w2, w3, w4)

    middles = [w1 / (w1 + w2), w3 / (w3 + w4)]
    levels = np.array([0, middles[0], 1, 1, middles[1], 0])
    np.testing.assert_allclose(found, offset + amplitude * levels, atol=1e-12)


def test_many_loops_at_once():
    table = np.array(LOOP) * np.linspace(0.9, 1.1, 5)[:, None]
    together = beps.loop_fit_function(VOLTAGE, *table.T[:, :, None])

    alone = [beps.loop_fit_function(VOLTAGE, *row) for row in table]
    np.testing.assert_allclose(together, alone)
    with pytest.raises(ValueError, match="9 coefficients"):
        beps.loop_fit_function(VOLTAGE, 1, 2)


def test_the_centroid_and_area_of_a_loop():
    (x, y), area = beps.calculate_loop_centroid([0, 2, 2, 0], [1, 1, 4, 4])
    assert (x, y, area) == (1, 2.5, 6)

    (x, y), area = beps.calculate_loop_centroid([0, 0, 2, 2], [1, 4, 4, 1])
    assert (x, y, area) == (1, 2.5, -6)
    (x, y), area = beps.calculate_loop_centroid([0, 1, 2], [0, 1, 2])
    assert (x, y, area) == (1, 1, 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_guess_finds_levels_and_coercive_voltages(sign):
    noise = 0.02 * np.random.default_rng(0).normal(size=VOLTAGE.size)
    truth = [0.3, sign * 2.0, 4.0, -3.0, 0.0, 1.5, 2.5, 1.2, 0.8]
    loop = beps.loop_fit_function(VOLTAGE, *truth) + noise
    loop[5] = np.nan
    guess = beps.generate_guess(VOLTAGE, loop)

    np.testing.assert_allclose(guess[:4], truth[:4], atol=0.6)
    assert (guess[5:] > 0).all()


def test_the_guess_can_be_drawn():
    import matplotlib.pyplot as plt

    beps.generate_guess(VOLTAGE, beps.loop_fit_function(VOLTAGE, *LOOP), show_plots=True)
    assert len(plt.gcf().axes[0].lines) == 2
    plt.close("all")


def test_a_guess_needs_a_loop():
    with pytest.raises(ValueError, match="four finite"):
        beps.generate_guess(VOLTAGE, np.full(VOLTAGE.size, np.nan))
    with pytest.raises(ValueError, match="voltages"):
        beps.generate_guess(VOLTAGE, VOLTAGE[:-1])


def test_the_oscillator_has_its_limits():
    """A far below resonance, and i A Q exp(i phase) on it."""
    amplitude, center, quality, phase = RESONANCE
    found = beps.SHO_fit_flattened(np.array([1e-3, center]), *RESONANCE)
    response = found[:2] + 1j * found[2:]

    np.testing.assert_allclose(response[0], -amplitude * np.exp(1j * phase), rtol=1e-6)
    np.testing.assert_allclose(response[1], 1j * amplitude * quality * np.exp(1j * phase))


def test_the_guess_is_exact_without_noise():
    flat = beps.SHO_fit_flattened(FREQUENCY, *RESONANCE)
    response = flat[:120] + 1j * flat[120:]

    for data in (flat, response):
        np.testing.assert_allclose(beps.sho_guess_fn(FREQUENCY, data), RESONANCE, rtol=1e-6)
    response[3] = np.nan
    np.testing.assert_allclose(beps.sho_guess_fn(FREQUENCY, response), RESONANCE, rtol=1e-6)


def test_loops_come_out_as_lists_that_json_takes():
    r = np.random.default_rng(1)
    clean = beps.loop_fit_function(VOLTAGE, *LOOP)
    loops = np.stack([clean * s for s in (0.9, 1.0, 1.1)]).reshape(3, 1, -1)
    loops = loops + 0.003 * r.normal(size=loops.shape)
    answer = beps.fit_beps_loops(loops.tolist(), VOLTAGE.tolist(), return_cov=True)

    json.dumps(answer)
    assert answer["fit_kind"] == "beps_loop"
    assert answer["parameter_labels"] == beps.LOOP_PARAMETER_LABELS
    assert answer["parameter_shape"] == [3, 1, 9]
    assert answer["covariance_shape"] == [3, 1, 9, 9]
    assert answer["parameter_metadata"]["num_params"] == 9
    np.testing.assert_allclose(answer["parameters"][1][0][:5], LOOP[:5], atol=0.15)
    fitted = beps.loop_fit_function(VOLTAGE, *answer["parameters"][1][0])
    np.testing.assert_allclose(fitted, clean, atol=0.01)


@pytest.mark.parametrize("parts", [True, False])
def test_oscillators_reach_their_parameters(parts):
    r = np.random.default_rng(2)
    flat = beps.SHO_fit_flattened(FREQUENCY, *RESONANCE)
    clean = np.broadcast_to(flat[:120] + 1j * flat[120:], (2, 3, 120))
    noise = 2e-3 * (r.normal(size=clean.shape) + 1j * r.normal(size=clean.shape))
    data = clean + noise
    if parts:
        answer = beps.fit_sho_response(data.real, FREQUENCY, imag_data=data.imag)
    else:
        answer = beps.fit_sho_response(data, FREQUENCY, return_cov=True)
        errors = np.sqrt(np.diagonal(answer["covariance"], axis1=-2, axis2=-1))
        pulls = (np.asarray(answer["parameters"]) - RESONANCE) / errors
        assert 0.5 < pulls.std() < 1.5
    assert answer["parameter_shape"] == [2, 3, 4]
    np.testing.assert_allclose(answer["parameters"], np.tile(RESONANCE, (2, 3, 1)), rtol=0.1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: beps.fit_beps_loops(np.zeros((2, 5)), np.arange(4)), "dc_voltage"),
        (lambda: beps.fit_beps_loops(3.0, [1.0]), "number"),
        (lambda: beps.fit_sho_response(np.zeros((2, 5)), np.arange(5)), "imag_data"),
        (
            lambda: beps.fit_sho_response(np.zeros((2, 5)), np.arange(5), imag_data=np.zeros(5)),
            r"\(5,\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


class FakeServer:
    """Remembers its tools."""

    def __init__(self, name):
        self.name, self.tools, self.ran = name, {}, False

    def tool(self, name):
        return lambda function: self.tools.setdefault(name, function)

    def run(self):
        self.ran = True


@pytest.mark.parametrize(
    ("place", "name"), [("mcp.server.mcpserver", "MCPServer"), ("mcp.server.fastmcp", "FastMCP")]
)
def test_the_server_offers_both_fits(monkeypatch, place, name):
    """Of version 1 of mcp as of version 2."""
    made = []

    def factory(title):
        made.append(FakeServer(title))
        return made[-1]

    for package in ("mcp", "mcp.server"):
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
    for other in ("mcp.server.mcpserver", "mcp.server.fastmcp"):
        monkeypatch.setitem(sys.modules, other, None)
    module = types.ModuleType(place)
    setattr(module, name, factory)
    monkeypatch.setitem(sys.modules, place, module)

    server = beps.create_mcp_server("mine")
    assert server.name == "mine"
    loop = beps.loop_fit_function(VOLTAGE, *LOOP)
    answer = server.tools["fit_beps_loops"]([loop.tolist()], VOLTAGE.tolist())
    assert answer["parameter_shape"] == [1, 9]
    flat = beps.SHO_fit_flattened(FREQUENCY, *RESONANCE).tolist()
    answer = server.tools["fit_sho_response"](flat[:120], flat[120:], FREQUENCY.tolist())
    np.testing.assert_allclose(answer["parameters"], RESONANCE, rtol=1e-6)
    beps.main()
    assert made[-1].ran


def test_what_tools_take_is_told_in_plain_types():
    """A server makes a schema of the annotations: every name in them has to exist."""
    import typing

    for tool in (beps._loops, beps._responses):
        hints = typing.get_type_hints(tool)
        assert hints["return"] == dict[str, typing.Any]


def test_a_real_server_lists_its_tools():
    pytest.importorskip("mcp", reason="the package mcp is not installed")
    import asyncio

    tools = asyncio.run(beps.create_mcp_server().list_tools())
    assert {tool.name for tool in tools} == {"fit_beps_loops", "fit_sho_response"}


def test_the_server_says_what_to_install(monkeypatch):
    for name in ("mcp", "mcp.server", "mcp.server.fastmcp", "mcp.server.mcpserver"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependency, match="pip install"):
        beps.main()
