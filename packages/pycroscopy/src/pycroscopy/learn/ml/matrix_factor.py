"""Matrix factorisation by the interface of the released packages.

`pycroscopy.learn.decompose` does the same with a rank from the noise, shrinkage and
history; this class keeps notebooks running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import lazy
from pycroscopy.learn.decomposition import decompose
from sidpy.sid.operations import begin, operation

if TYPE_CHECKING:
    import sidpy

__all__ = ["MatrixFactor", "matrix_factors"]


class MatrixFactor:
    """Factorise a dataset as positions x spectra.

    Parameters
    ----------
    data : Dataset
        Two axes or more; spatial axes are the positions.
    method : str
        ``"svd"``. Methods that are not offered raise.
    n_components : int
        Number of components.
    return_fit : bool
        Whether `do_fit` returns the sum of the components as well.

    Raises
    ------
    AssertionError
        For a method that is not offered.
    """

    def __init__(
        self,
        data: sidpy.Dataset,
        method: str = "nmf",
        n_components: int = 2,
        return_fit: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
    ) -> None:
        if method != "svd":
            msg = f"method is {method!r}; only 'svd' is offered"
            raise AssertionError(msg)
        self.data, self.method, self.ncomp, self.return_fit = (
            data,
            method,
            n_components,
            return_fit,
        )
        self.results_computed = False

    def do_fit(self, **kwargs: Any) -> tuple[sidpy.Dataset, ...]:
        """Compute the factors.

        Parameters
        ----------
        **kwargs
            Options of `pycroscopy.learn.decompose`.

        Returns
        -------
        tuple of Dataset
            ``U`` (position axes and ``weights``), ``singular values(s)``, ``Vh``
            (``component_number`` and spectral axes), and the fit if asked for.
        """
        found = decompose(self.data, rank=self.ncomp, **kwargs)
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
        for result in results:
            result.metadata["Matrix_Factorization"] = {
                "method": self.method,
                "arguments": kwargs,
                "n_components": self.ncomp,
                "return_fit": self.return_fit,
            }
        self.results_computed = True
        call = begin(
            matrix_factors,
            self.data,
            method=self.method,
            n_components=self.ncomp,
            return_fit=self.return_fit,
            **kwargs,
        )
        return tuple(call.on(result, str(number)) for number, result in enumerate(results))


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
