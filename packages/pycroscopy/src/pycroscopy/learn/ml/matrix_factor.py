"""Matrix factorisation by the interface of the released packages.

`pycroscopy.learn.decompose` does the same with a rank from the noise, shrinkage and
history, `pycroscopy.learn.unmix` finds end members; this class keeps notebooks running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from pycroscopy._inputs import lazy
from pycroscopy.learn.decomposition import decompose
from pycroscopy.learn.estimators import ESTIMATORS, estimate
from pycroscopy.learn.layout import Labels, Layout, maps, matrix, spectra
from pycroscopy.learn.unmixing import unmix
from sidpy.sid.operations import begin, operation

if TYPE_CHECKING:
    import sidpy

__all__ = ["MatrixFactor", "matrix_factors"]

METHODS: Final = ("svd", *ESTIMATORS, "nfindr")


class _Factors(NamedTuple):
    abundances: sidpy.Dataset
    components: sidpy.Dataset
    fit: sidpy.Dataset | None


class MatrixFactor:
    """Factorise a dataset as positions x spectra.

    Parameters
    ----------
    data : Dataset
        Two axes or more; spatial axes are the positions.
    method : {"nmf", "svd", "pca", "ica", "kernelpca", "nfindr"}
        "svd" and "pca" work on data of any size; "svd" on complex data, too. "nmf", "ica",
        "kernelpca", and "pca" with options of scikit-learn, read the data into memory.
    n_components : int
        Number of components, 1 or more.
    return_fit : bool
        Whether `do_fit` returns the sum of the components as well.

    Attributes
    ----------
    data : Dataset
        What was given.
    data_2d : dask array of shape (positions, channels)
        The same as a matrix.
    ncomp, method
        What was asked for.
    abundances, components, fit_dset, u, s, vh : Dataset or None
        Results of `do_fit`, the last three for "svd" only.
    results_computed : bool
        Whether there are any.

    Raises
    ------
    AssertionError
        For a method that is not offered.
    TypeError
        When `data` is no Dataset.
    """

    def __init__(
        self,
        data: sidpy.Dataset,
        method: str = "nmf",
        n_components: int = 2,
        return_fit: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
    ) -> None:
        import sidpy

        if method not in METHODS:
            msg = f"method is {method!r}; it can be one of {METHODS}"
            raise AssertionError(msg)
        if not isinstance(data, sidpy.Dataset):
            msg = f"MatrixFactor needs a sidpy.Dataset, found {type(data).__name__}"
            raise TypeError(msg)
        self.data, self.method, self.ncomp = data, method, n_components
        self.return_fit = return_fit
        self._layout = Layout.of(data)
        ordered = lazy(data).transpose((*self._layout.rows, *self._layout.columns))
        self.data_2d = ordered.reshape(self._layout.sizes(data))
        self.abundances: sidpy.Dataset | None = None
        self.components: sidpy.Dataset | None = None
        self.fit_dset: sidpy.Dataset | None = None
        self.u: sidpy.Dataset | None = None
        self.s: sidpy.Dataset | None = None
        self.vh: sidpy.Dataset | None = None
        self.results_computed = False

    def do_fit(self, **kwargs: Any) -> tuple[sidpy.Dataset, ...]:
        """Compute the factors.

        Parameters
        ----------
        **kwargs
            Options of `pycroscopy.learn.decompose` for "svd", of the estimator of
            scikit-learn for "nmf", "pca", "ica" and "kernelpca" (``random_state`` is 0
            unless given), of `pycroscopy.learn.unmix` for "nfindr".

        Returns
        -------
        tuple of Dataset
            ``abundances`` (position axes and ``weights``), ``components``
            (``component_number`` and spectral axes), and the fit if asked for. For "svd"
            ``U``, ``singular values(s)``, ``Vh`` and the fit. The fit contains the mean
            that "pca", "ica" and "kernelpca" remove.
        """
        if self.method == "svd":
            results = self._svd(kwargs)
        else:
            found = self._nfindr(kwargs) if self.method == "nfindr" else self._estimate(kwargs)
            self.abundances, self.components, self.fit_dset = found
            results = [one for one in found if one is not None]
        options = {"n_components": self.ncomp, "return_fit": self.return_fit}
        for result in results:
            result.metadata["Matrix_Factorization"] = {
                "method": self.method,
                "arguments": kwargs,
                **options,
            }
        self.results_computed = True
        call = begin(matrix_factors, self.data, method=self.method, **options, **kwargs)
        return tuple(call.on(result, str(number)) for number, result in enumerate(results))

    def _svd(self, options: dict[str, Any]) -> list[sidpy.Dataset]:
        found = decompose(self.data, rank=self.ncomp, **options)
        values = found.singular_values[: self.ncomp]
        inverse = np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)
        self.u = found.abundances.like_data(lazy(found.abundances) * inverse, title="U")
        self.u.units = self.u.quantity = "a.u."
        self.s = found.to_datasets()["singular_values"][: self.ncomp]
        self.s.title = "singular values(s)"
        self.vh = found.components.copy()
        self.vh.title = "Vh"
        self.abundances, self.components = self.u, self.vh
        results = [self.u, self.s, self.vh]
        if self.return_fit:
            self.fit_dset = found.reconstruction(shrink=False)
            results.append(self.fit_dset)
        return results

    def _nfindr(self, options: dict[str, Any]) -> _Factors:
        settings = {"denoise": False, "random_state": 0, **options}
        found = unmix(self.data, self.ncomp, method="nfindr", **settings)
        abundances, components = found.abundances.copy(), found.endmembers.copy()
        components.title = f"{self.data.title} components"
        return _Factors(
            abundances, components, found.reconstruction() if self.return_fit else None
        )

    def _estimate(self, options: dict[str, Any]) -> _Factors:
        if self.method == "pca" and not options:
            parts = decompose(self.data, rank=self.ncomp, center=True)
            fit = parts.reconstruction(shrink=False) if self.return_fit else None
            return _Factors(parts.abundances.copy(), parts.components.copy(), fit)
        found = estimate(matrix(self.data, self._layout), self.method, self.ncomp, options)
        where = Labels("abundances", "IMAGE_STACK", has_units=False)
        what = Labels("components", "LINE_PLOT_FAMILY", has_units=True)
        fit = None
        if self.return_fit:
            rows, columns = self._layout.shapes(self.data)
            order = tuple(map(int, np.argsort([*self._layout.rows, *self._layout.columns])))
            fitted = found.fit.reshape((*rows, *columns)).transpose(order)
            fit = self.data.like_data(fitted, title=f"{self.data.title} fit")
        return _Factors(
            maps(self.data, self._layout, found.abundances, where),
            spectra(self.data, self._layout, found.components, what),
            fit,
        )


@operation(name="pycroscopy.learn.ml.matrix_factor.matrix_factors")
def matrix_factors(
    data: sidpy.Dataset,
    *,
    method: str = "nmf",
    n_components: int = 2,
    return_fit: bool = False,
    **options: Any,
) -> tuple[sidpy.Dataset, ...]:
    """Return what `MatrixFactor.do_fit` returns, in one call.

    Parameters
    ----------
    data, method, n_components, return_fit
        As for `MatrixFactor`.
    **options
        As for `MatrixFactor.do_fit`.
    """
    return MatrixFactor(data, method, n_components, return_fit).do_fit(**options)
