"""The same fits by whichever sidpy is installed; prints what came out as JSON.

Run by the tests in this environment and, if there is one, in one with the released package.
"""

from __future__ import annotations

import json
import sys

import numpy as np

X = np.linspace(-2, 2, 24)


def line(x, slope, offset):
    return slope * x + offset


def peak(x, height, center, width):
    return height * np.exp(-0.5 * ((x - center) / width) ** 2)


def guess_peak(x, y):
    return [y.max(), x[np.argmax(y)], 1.0]


def spiral(x, a, b):
    return np.hstack([a * np.cos(b * x), a * np.sin(b * x)])


def plane(x, a, b):
    return a * x[0] + b * x[1]


def dataset(values, spectral):
    import sidpy

    data = sidpy.Dataset.from_array(values, title="data")
    data.data_type = "spectral_image"
    for axis, length in enumerate(values.shape):
        kind = "spectral" if axis in spectral else "spatial"
        steps = X if length == X.size else 0.5 * np.arange(length)
        data.set_dimension(axis, sidpy.Dimension(steps, name="yxuv"[axis], dimension_type=kind))
    return data


def cases():
    """Yield name, data and what the fitter is told."""
    r = np.random.default_rng(7)

    def parameters(*limits):
        return [r.uniform(*one, (2, 3, 1)) for one in limits]

    noise = 0.02 * r.normal(size=(2, 3, X.size))
    slope, offset = parameters((1, 2), (0, 1))
    yield "line", dataset(line(X, slope, offset) + noise, (2,)), line, {"num_fit_parms": 2}, {}
    peaks = peak(X, *parameters((1, 2), (-0.5, 0.5), (0.5, 1))) + noise
    yield "peak", dataset(peaks, (2,)), peak, {"guess_fn": guess_peak, "num_fit_parms": 3}, {}
    bounds = {"bounds": ([0, -1, 0], [9, 1, 1.2])}
    yield "bounded", dataset(peaks, (2,)), peak, {"guess_fn": guess_peak}, bounds
    a, b = parameters((1, 2), (1, 1.2))
    turns = a * np.exp(1j * b * X) + noise + 1j * noise[:, :, ::-1]
    told = {"guess_fn": lambda x, y: [1.0, 1.1]}
    yield "complex", dataset(turns, (2,)), spiral, told, {}
    u, v = np.meshgrid(0.5 * np.arange(4), 0.5 * np.arange(5), indexing="ij")
    planes = r.uniform(1, 2, (3, 1, 1)) * u + r.uniform(1, 2, (3, 1, 1)) * v
    planes += 0.02 * r.normal(size=planes.shape)
    told = {"guess_fn": lambda x, y: [1.0, 1.0]}
    yield "plane", dataset(planes, (1, 2)), plane, told, {}


def fits():
    """Return parameters, covariances, errors and fitted curves of every case."""
    from sidpy.proc.fitter import SidFitter

    found = {}
    for name, data, model, told, options in cases():
        fitter = SidFitter(
            data, model, return_cov=True, return_std=True, num_workers=1, threads=1,
            # the released package cannot return the others
            return_fit=name in {"line", "peak", "bounded"}, **told,
        )  # fmt: skip
        results = fitter.do_fit(**options)
        found[name] = {
            "titles": [one.title for one in results],
            "types": [one.data_type.name for one in results],
            "axes": [[a.name for a in one._axes.values()] for one in results],
            "notes": sorted(results[0].metadata["fit_parms_dict"]),
            "values": [np.asarray(one).view(float).tolist() for one in results],
        }
    return found


if __name__ == "__main__":
    print(json.dumps(fits()), file=sys.__stdout__)
