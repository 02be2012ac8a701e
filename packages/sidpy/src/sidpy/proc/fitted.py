"""What a fit of a dataset gives back: datasets of parameters, errors and quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._blocks import Layout

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from sidpy.sid.dataset import Dataset
    from sidpy.sid.dimension import Dimension
    from sidpy.sid.operations import Call

    from .models import Model

__all__ = ["DatasetFit"]

#: What of a fit is a dataset by itself.
_PARTS = (
    "parameters", "errors", "covariance", "reduced_chi_squared", "status", "iterations",
    "fitted", "residual",
)  # fmt: skip


@dataclass(frozen=True, repr=False, eq=False)
class DatasetFit:
    """The fit of a model at every position of a dataset; made by `fit_dataset`.

    ``fit["center"]`` is the map of one parameter, with its unit and its variance.  Failed
    fits are NaN in every map and counted in `n_failed`.
    """

    dataset: Dataset
    """What was fitted."""
    model: Model
    axes: tuple[int, ...]
    """Fitted axes of the dataset."""
    x: NDArray[Any]
    """Coordinates of the points, shape (points,) or (coordinates, points)."""
    packed: Any
    """All results side by side, an array or a lazy one; see `Layout`."""
    call: Call | None = None
    """How it was made, which every dataset of it has in its history."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.model.parameters

    @property
    def units(self) -> tuple[str, ...]:
        """Unit of each parameter."""
        x = self.dataset._axes[self.axes[0]].units
        plain = [unit if unit not in ("generic", "unknown") else "" for unit in (x, self._y_units)]
        return self.model.units(*plain)

    @property
    def _y_units(self) -> str:
        return self.dataset.units

    # ------------------------------------------------------------------ datasets

    @property
    def parameters(self) -> Dataset:
        """Dataset of shape (*positions, parameters); names and units are in its metadata."""
        return self._columns("parameters", "parameters")

    @property
    def errors(self) -> Dataset:
        """Standard errors, Dataset of shape (*positions, parameters)."""
        return self._columns("errors", "variances", np.sqrt)

    @property
    def covariance(self) -> Dataset:
        """Covariances, Dataset of shape (*positions, parameters, parameters)."""
        k = len(self.names)
        array = self._lazy[..., self._layout.where("covariance")]
        array = array.reshape((*array.shape[:-1], k, k))
        dimensions = [_numbered("parameter_row", k), _numbered("parameter_column", k)]
        return self._labelled(array, dimensions, "covariance")

    @property
    def reduced_chi_squared(self) -> Dataset:
        """Weighted sum of squares (or deviance) per degree of freedom at each position."""
        return self._scalar("reduced_chi_squared")

    @property
    def status(self) -> Dataset:
        """How each fit ended: a `FitStatus`, above zero if it converged."""
        return self._scalar("status")

    @property
    def iterations(self) -> Dataset:
        """Steps tried at each position."""
        return self._scalar("iterations")

    @property
    def fitted(self) -> Dataset:
        """The fitted curves, lazy, of the shape of the dataset."""
        return self._of_model("fitted")

    @property
    def residual(self) -> Dataset:
        """Data minus fitted curves, lazy."""
        from sidpy.sid._dask import plain

        array = plain(self.dataset) - plain(self.fitted)
        result = self.dataset.like_data(array, title=f"{self.dataset.title} residual")
        return self._recorded(result, "residual")

    @property
    def n_failed(self) -> int:
        """Number of fits that are NaN; computes a lazy result."""
        status = self._lazy[..., self._layout.where("status")]
        return int((status <= 0).sum().compute())

    def __getitem__(self, parameter: str) -> Dataset:
        """Return the map of one parameter, with its squared errors as variance."""
        k = self.model.index(parameter)
        place = self._layout.where("variances")
        result = self._labelled(self._lazy[..., k], [], parameter, self.units[k])
        result.variance = self._lazy[..., place.start + k * place.step]
        return self._recorded(result, f"[{parameter}]")

    def component(self, label: str) -> Dataset:
        """Return the fitted curves of one component of a sum, lazy."""
        return self._of_model(label, label)

    # ------------------------------------------------------------------ history

    def made_by(self, call: Call) -> None:
        """Keep the call, to write it on every dataset; `sidpy.operation` asks for this."""
        object.__setattr__(self, "call", call)

    def part(self, name: str) -> Dataset:
        """Return a dataset by the name its history has for it.

        Parameters
        ----------
        name : str
            ``"errors"``, ``"residual"``, ...; ``"[center]"`` is the map of a parameter and
            ``"component(gaussian)"`` the curves of a component.

        Raises
        ------
        KeyError
            When there is no such dataset.
        ValueError
            When the model has no parameter or component of this name.
        """
        if name in _PARTS:
            found: Dataset = getattr(self, name)
            return found
        if name.startswith("[") and name.endswith("]"):
            return self[name[1:-1]]
        if name.startswith("component(") and name.endswith(")"):
            return self.component(name[len("component(") : -1])
        msg = f"a fit has no {name!r}; it has {', '.join(_PARTS)}, maps and components"
        raise KeyError(msg)

    # ------------------------------------------------------------------ pictures and words

    def plot(self, **options: Any) -> Figure:
        """Draw the parameters: maps, profiles, or one curve through its data.

        Parameters
        ----------
        **options
            For `matplotlib.pyplot.figure`.

        Returns
        -------
        matplotlib.figure.Figure
            Which the caller shows or saves.
        """
        from ._fit_figures import draw

        return draw(self, **options)

    def __repr__(self) -> str:
        total = int(np.prod(self._lazy.shape[:-1]))
        names = ", ".join(
            f"{name} ({unit})" if unit else name
            for name, unit in zip(self.names, self.units, strict=True)
        )
        failed = "lazy" if hasattr(self.packed, "dask") else f"{self.n_failed} failed"
        return f"fit of {self.model!r} at {total} positions, {failed}: {names}"

    # ------------------------------------------------------------------ how

    @property
    def _layout(self) -> Layout:
        return Layout(len(self.names))

    @property
    def _lazy(self) -> Any:
        import dask.array as da

        return self.packed if hasattr(self.packed, "dask") else da.from_array(self.packed)

    def _scalar(self, name: str) -> Dataset:
        return self._labelled(self._lazy[..., self._layout.where(name)], [], name)

    def _columns(self, title: str, name: str, change: Any = None) -> Dataset:
        array = self._lazy[..., self._layout.where(name)]
        array = array if change is None else change(array)
        return self._labelled(array, [_numbered("parameter", len(self.names))], title)

    def _labelled(self, array: Any, last: list[Dimension], title: str, units: str = "") -> Dataset:
        """Return a dataset over the positions and some more dimensions."""
        from sidpy.sid.kinds import DataType
        from sidpy.sid.labels import Labels

        source = self.dataset.labels_record
        kept = [d for a, d in enumerate(source.dimensions) if a not in self.axes]
        spatial = len(kept) == 2 and not last
        labels = Labels(
            dimensions=(*kept, *last),
            title=title,
            quantity=title,
            units=units,
            data_type=DataType.IMAGE if spatial else DataType.UNKNOWN,
            modality=source.modality,
            source=source.source,
            metadata={
                **source.metadata,
                "fit": {"parameters": list(self.names), "units": list(self.units)},
            },
            original_metadata=source.original_metadata,
        )
        if not array.ndim:
            array = array.reshape(())
        result = type(self.dataset).from_labels(array, labels)
        return self._recorded(result, title)

    def _recorded(self, result: Dataset, part: str) -> Dataset:
        return result if self.call is None else self.call.on(result, part)

    def _of_model(self, title: str, label: str | None = None) -> Dataset:
        import dask.array as da

        model, where = self.model, slice(None)
        if label is not None:
            where = model.component(label)
            model = model.components[model.labels.index(label)]
        lazy = self._lazy[..., self._layout.where("parameters")]
        lazy = lazy[..., where].rechunk({lazy.ndim - 1: -1})
        count, shape = lazy.ndim - 1, [self.dataset.shape[a] for a in self.axes]
        place, fitted = tuple(range(count)), tuple(range(count, count + len(shape)))
        array = da.blockwise(
            _curves,
            place + fitted,
            lazy,
            (*place, -1),
            model=model,
            x=self.x,
            shape=tuple(shape),
            new_axes=dict(zip(fitted, shape, strict=True)),
            dtype=np.complex128 if model.is_complex else np.float64,
            concatenate=True,
            meta=np.empty((0,) * (count + len(shape))),
        )
        kept = [a for a in range(self.dataset.ndim) if a not in self.axes]
        array = array.transpose([int(a) for a in np.argsort([*kept, *self.axes])])
        result = self.dataset.like_data(array, title=f"{self.dataset.title} {title}")
        return self._recorded(result, title if label is None else f"component({label})")


def _curves(
    parameters: NDArray[Any], *, model: Model, x: NDArray[Any], shape: tuple[int, ...]
) -> NDArray[Any]:
    """Evaluate a block of parameters; failed fits give NaN."""
    with np.errstate(all="ignore"):
        values = model(parameters.reshape(-1, parameters.shape[-1]), x)
    return np.array(values).reshape((*parameters.shape[:-1], *shape))


def _numbered(name: str, length: int) -> Dimension:
    from sidpy.sid.dimension import Dimension

    return Dimension(np.arange(length), name, "index", "generic", "channel")
