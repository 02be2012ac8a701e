"""Analyses that a dashboard offers: what they are called, what they take, what they suit.

An analysis is one step or several, each the address of a function and what it is given.  The
same steps are run and written as the lines of code that do it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import sidpy

__all__ = ["ANALYSES", "Analysis", "Setting", "Step", "suited"]


@dataclass(frozen=True)
class Setting:
    """One argument that a person may set.

    Parameters
    ----------
    name : str
        Of the argument.
    default : object
        A number, a truth or a word; its type is that of all values.
    options : tuple, optional
        The only values there are.
    given : tuple of pairs, optional
        Values on the screen for which the function is given something else, and what.
    label : str
        What it is called on the screen; its name by default.
    """

    name: str
    default: Any
    options: tuple[Any, ...] = ()
    given: tuple[tuple[Any, Any], ...] = ()
    label: str = ""

    def argument(self, value: Any) -> Any:
        """Return what the function is given for a value on the screen."""
        return dict(self.given).get(value, value)


@dataclass(frozen=True)
class Step:
    """One function of an analysis.

    Parameters
    ----------
    address : str
        ``pycroscopy.learn.decompose``; the first name is what has to be imported.
    settings : tuple of str
        Settings that it is given, by name.
    fixed : mapping, optional
        Further arguments.
    """

    address: str
    settings: tuple[str, ...] = ()
    fixed: tuple[tuple[str, Any], ...] = ()

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself."""
        module, _, name = self.address.rpartition(".")
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the function is given by keyword."""
        return {**{name: values[name] for name in self.settings}, **dict(self.fixed)}


@dataclass(frozen=True)
class Analysis:
    """One entry of a dashboard.

    Parameters
    ----------
    title : str
        What it is called on the screen.
    steps : tuple of Step
        The first takes the data, each following one the data and what came before.
    settings : tuple of Setting
        What may be set.
    suits : callable
        Takes a dataset and returns why it does not suit, or nothing.
    view_takes : str
        Under which name the view is given the data; empty when it needs none.
    live : bool
        Whether single pixels can be analysed where somebody looks.
    """

    title: str
    steps: tuple[Step, ...]
    settings: tuple[Setting, ...]
    suits: Callable[[sidpy.Dataset], str]
    view_takes: str = ""
    live: bool = False

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments for values on the screen, by the names of the settings."""
        return {one.name: one.argument(values[one.name]) for one in self.settings}

    def run(self, data: Any, values: Mapping[str, Any], **more: Any) -> Any:
        """Run all steps.

        Parameters
        ----------
        data : Dataset
            What is analysed.
        values : mapping
            A value on the screen for each setting.
        **more : Any
            Further arguments of every step.
        """
        arguments = self.arguments(values)
        found: tuple[Any, ...] = ()
        for step in self.steps:
            found = (step.function(data, *found, **step.arguments(arguments), **more),)
        return found[0]

    def code(self, data: str, values: Mapping[str, Any]) -> str:
        """Return the lines that do the same.

        Parameters
        ----------
        data : str
            The expression that stands for the data.
        values : mapping
            A value on the screen for each setting.
        """
        arguments = self.arguments(values)
        names = sorted({"pycroscopy", *(step.address.partition(".")[0] for step in self.steps)})
        lines = [f"import {name}" for name in names] + [""]
        before = ""
        for step in self.steps:
            given = [data, *([before] if before else [])]
            given += [f"{name}={value!r}" for name, value in step.arguments(arguments).items()]
            lines.append(f"result = {step.address}({', '.join(given)})")
            before = "result"
        extra = f", {self.view_takes}={data}" if self.view_takes else ""
        lines.append(f"view = pycroscopy.viz.explore(result{extra})")
        return "\n".join(lines)


# ------------------------------------------------------------------ what suits what


def _any_spectra(data: sidpy.Dataset) -> str:
    kinds = {axis.dimension_type.name for axis in data._axes.values()}
    if data.ndim < 2 or kinds == {"SPATIAL"}:
        return "needs spectra at several positions"
    return "" if data.dtype.kind in "biufc" else f"needs numbers, found {data.dtype}"


def _real_spectra(data: sidpy.Dataset) -> str:
    return _any_spectra(data) or ("needs real numbers" if data.dtype.kind == "c" else "")


def _complex_spectra(data: sidpy.Dataset) -> str:
    if data.ndim < 2 or data.dtype.kind != "c":
        return "needs complex spectra at several positions"
    return "" if float(_last(data).values.min()) > 0 else "needs positive frequencies"


def _loops(data: sidpy.Dataset) -> str:
    from .fits import is_loop

    if data.ndim < 2 or data.dtype.kind == "c":
        return "needs real loops at several positions"
    long = data.shape[_axis(data)] >= 10
    return "" if long and is_loop(_last(data).values) else "needs a bias that falls and rises"


def _image(data: sidpy.Dataset) -> str:
    return "" if data.ndim == 2 and data.dtype.kind in "biuf" else "needs a real image"


def _stack(data: sidpy.Dataset) -> str:
    if data.ndim != 3 or data.dtype.kind not in "biuf":
        return "needs a stack of real images"
    kinds = [axis.dimension_type.name for axis in data._axes.values()]
    return "needs frames, found spectra" if "SPECTRAL" in kinds else ""


def _axis(data: sidpy.Dataset) -> int:
    """Return the axis along which curves run: the only spectral one, or the last."""
    found = [int(axis) for axis in data.get_spectral_dims()]
    return found[0] if len(found) == 1 else data.ndim - 1


def _last(data: sidpy.Dataset) -> Any:
    return data._axes[_axis(data)]


#: Models that a peak fit offers, as `sidpy.fit_dataset` takes them.
_MODELS: Final = (
    "Gaussian() + Constant()", "Lorentzian() + Constant()", "Voigt() + Constant()",
    "PseudoVoigt() + Constant()", "Gaussian() + Linear()", "Gaussian() + Gaussian() + Constant()",
    "Exponential()", "PowerLaw()",
)  # fmt: skip

#: What a dashboard offers by default, in this order.
ANALYSES: Final = (
    Analysis(
        "Components (SVD, PCA)",
        (Step("pycroscopy.learn.decompose", ("rank", "center", "noise")),),
        (
            Setting("rank", 0, given=((0, "auto"),), label="components, 0: auto"),
            Setting("center", default=False, label="remove the mean (PCA)"),
            Setting("noise", "white", ("white", "poisson"), (("white", None),)),
        ),
        _any_spectra,
    ),
    Analysis(
        "Unmixing (end members)",
        (Step("pycroscopy.learn.unmix", ("n_endmembers", "method", "limits"),
              (("random_state", 0),)),),
        (
            Setting("n_endmembers", 3, label="end members"),
            Setting("method", "nfindr", ("nfindr", "vca", "nmf", "mcr")),
            Setting("limits", "full", ("none", "sum", "positive", "full")),
        ),
        _real_spectra,
    ),
    Analysis(
        "Non-negative factors (NMF)",
        (Step("pycroscopy.learn.unmix", ("n_endmembers",),
              (("method", "nmf"), ("limits", "positive"), ("random_state", 0))),),
        (Setting("n_endmembers", 3, label="components"),),
        _real_spectra,
    ),
    Analysis(
        "Clusters (k-means, mixtures, ...)",
        (Step("pycroscopy.learn.cluster", ("n_clusters", "method"), (("random_state", 0),)),),
        (
            Setting("n_clusters", 4, given=((0, "auto"),), label="clusters, 0: auto"),
            Setting("method", "kmeans",
                    ("kmeans", "minibatch", "gaussian", "agglomerative", "hdbscan")),
        ),
        _any_spectra,
        view_takes="data",
    ),
    Analysis(
        "Peak fit",
        (Step("sidpy.fit_dataset", ("model", "noise", "starts")),),
        (
            Setting("model", _MODELS[0], _MODELS),
            Setting("noise", "white", ("white", "poisson")),
            Setting("starts", 1, label="starts"),
        ),
        _real_spectra,
        live=True,
    ),
    Analysis(
        "Resonance fit",
        (Step("pycroscopy.fit.fit_resonance", ("background",)),),
        (Setting("background", "none", ("none", "constant")),),
        _complex_spectra,
        live=True,
    ),
    Analysis(
        "Hysteresis loops",
        (Step("pycroscopy.fit.fit_loops", ("model",)),),
        (Setting("model", "select", ("select", "nine", "six")),),
        _loops,
        live=True,
    ),
    Analysis(
        "Atoms",
        (
            Step("pycroscopy.image.locate_atoms", ("atom_size",)),
            Step("pycroscopy.image.refine_atoms", ("shape", "noise")),
        ),
        (
            Setting("atom_size", 0.1, label="atom size"),
            Setting("shape", "circular", ("circular", "elliptical")),
            Setting("noise", "white", ("white", "poisson")),
        ),
        _image,
    ),
    Analysis(
        "Registration",
        (Step("pycroscopy.image.register", ("band", "crop")),),
        (
            Setting("band", 7, label="frames compared"),
            Setting("crop", default=True, label="crop to what all frames show"),
        ),
        _stack,
        view_takes="stack",
    ),
)  # fmt: skip


def suited(data: sidpy.Dataset, analyses: tuple[Analysis, ...] = ANALYSES) -> list[Analysis]:
    """Return the analyses that suit a dataset.

    Parameters
    ----------
    data : Dataset
        Its axes decide, no value is read.
    analyses : tuple of Analysis
        To choose from.

    Examples
    --------
    >>> import numpy as np
    >>> from pycroscopy._inputs import as_dataset
    >>> [one.title for one in suited(as_dataset(np.zeros((8, 9), complex)))]
    ['Components (SVD, PCA)', 'Clusters (k-means, mixtures, ...)']
    """
    return [one for one in analyses if not one.suits(data)]
