"""Resonances fitted into their file, as classic pycroscopy did (extra ``usid``).

Prefer `pycroscopy.fit.fit_resonance`, which this calls: it takes datasets, and gives errors.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from pycroscopy.processing.whole import as_main, as_process, positions_of, usid
from sidpy.hdf.attrs import write_simple_attrs

__all__ = ["SHO_TYPE"]

#: What is written for each spectrum.
SHO_TYPE: Final = np.dtype(
    [
        ("Amplitude [V]", "f4"), ("Frequency [Hz]", "f4"), ("Quality Factor", "f4"),
        ("Phase [rad]", "f4"), ("R2 Criterion", "f4"),
    ]
)  # fmt: skip


class _BESHOfitter:
    """A simple harmonic oscillator fitted to each spectrum of a main dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset, complex
        One of the spectroscopic dimensions is ``Frequency``, Hz.
    variables : sequence of str, optional
        Accepted.
    **kwargs
        As for `pyUSID.Process`.

    Raises
    ------
    TypeError
        When the data are real.
    ValueError
        When there is no dimension ``Frequency``, or its values differ from step to step.

    Notes
    -----
    The group of results holds ``Guess`` and ``Fit``, main datasets with all dimensions but the
    frequency; spectra that cannot be fitted are NaN.  The criterion is the share of the sum
    of squares that is explained, 1 for a perfect fit.
    """

    h5_main: Any
    h5_results_grp: Any
    _results: Any

    def __init__(self, h5_main: Any, variables: Any = None, **kwargs: Any) -> None:  # noqa: ARG002 - accepted
        if h5_main.dtype.kind != "c":
            msg = f"a resonance is fitted to complex spectra, found {h5_main.dtype}"
            raise TypeError(msg)
        order, frequency = _spectra(as_main(h5_main))
        self._map_block = _Kernel(order, frequency)
        super().__init__(h5_main, "SHO_Fit", parms_dict={"model": "SHO"}, **kwargs)  # type: ignore[call-arg]  # of Process

    def test(self, pixel_ind: int = 0) -> Any:
        """Fit the spectra of one position, and write nothing.

        Parameters
        ----------
        pixel_ind : int
            The position.

        Returns
        -------
        guess, fit : structured ndarray of shape (steps,)
        """
        found = self._map_block(self.h5_main[pixel_ind : pixel_ind + 1])[0]
        return _packed(found[0]), _packed(found[1])

    def do_guess(self, override: bool = False, **_: Any) -> Any:  # noqa: FBT001, FBT002 - as in the classic package
        """Compute, and return the guesses.

        Parameters
        ----------
        override : bool
            Compute even if there are results.

        Returns
        -------
        USIDataset
            ``Guess``.
        """
        return as_main(self.compute(override)["Guess"])  # type: ignore[attr-defined]  # of Process

    def do_fit(self, override: bool = False, **_: Any) -> Any:  # noqa: FBT001, FBT002 - as in the classic package
        """Compute, and return the fits.

        Parameters
        ----------
        override : bool
            Compute even if there are results.

        Returns
        -------
        USIDataset
            ``Fit``.
        """
        return as_main(self.compute(override)["Fit"])  # type: ignore[attr-defined]  # of Process

    def _create_results_datasets(self) -> None:
        module, source = usid(), self
        group = module.create_results_group(
            self.h5_main, source.process_name, source._h5_target_group  # type: ignore[attr-defined]  # of Process
        )  # fmt: skip
        write_simple_attrs(group, source.parms_dict)  # type: ignore[attr-defined]  # of Process
        inds, values = module.write_reduced_anc_dsets(
            group, self.h5_main.h5_spec_inds, self.h5_main.h5_spec_vals, "Frequency", is_spec=True
        )
        shape = (self.h5_main.shape[0], inds.shape[1])
        for name in ("Guess", "Fit"):
            module.write_main_dataset(
                group, shape, name, "SHO_Fit_Parameters", "compound", None, None,
                h5_spec_inds=inds, h5_spec_vals=values, dtype=SHO_TYPE,
                **positions_of(self.h5_main if name == "Guess" else as_main(group["Guess"])),
            )  # fmt: skip
        self.h5_results_grp = group

    def _get_existing_datasets(self) -> None:
        """Nothing is held: results are found by their names."""

    def _write_results_chunk(self) -> None:
        rows = self._get_rows_in_current_batch()  # type: ignore[attr-defined]  # of Process
        found = np.asarray(self._results)
        for number, name in enumerate(("Guess", "Fit")):
            self.h5_results_grp[name][rows] = _packed(found[:, number])


class _Kernel:
    """Fits a block of positions, in whatever process."""

    def __init__(self, order: Any, frequency: Any) -> None:
        self.order, self.frequency = order, frequency

    def __call__(self, rows: Any) -> Any:
        """Return an array of shape (rows, 2, steps, 5): guesses and fits."""
        import sidpy
        from pycroscopy.fit import fit_resonance
        from sidpy.proc.models import SHO

        spectra = np.asarray(rows)[:, self.order].reshape(len(rows), -1, len(self.frequency))
        spectra = spectra.astype(np.complex128)
        data = sidpy.Dataset.from_array(spectra)
        axis = sidpy.Dimension(self.frequency, "frequency", "frequency", "Hz", "spectral")
        data.set_dimension(2, axis)
        fit = fit_resonance(data)
        fitted = np.stack([np.asarray(fit[name]) for name in SHO.parameters], axis=-1)
        flat = spectra.reshape(-1, len(self.frequency))
        guessed = np.full((len(flat), 4), np.nan)
        good = np.isfinite(flat).all(axis=1) & (np.ptp(np.abs(flat), axis=1) > 0)
        if good.any():
            guessed[good] = SHO().guess(self.frequency, flat[good])
        both = np.stack([guessed.reshape(fitted.shape), fitted], axis=1)
        return np.concatenate([both, self._explained(spectra, both)[..., None]], axis=-1)

    def _explained(self, spectra: Any, both: Any) -> Any:
        from sidpy.proc.models import SHO

        away = np.abs(spectra - spectra.mean(axis=-1, keepdims=True)) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            curves = SHO()(both.reshape(-1, 4), self.frequency).reshape(*both.shape[:-1], -1)
            left = np.abs(spectra[:, None] - curves) ** 2
            return 1 - left.sum(axis=-1) / away.sum(axis=-1)[:, None]


def _packed(found: Any) -> Any:
    packed = np.zeros(found.shape[:-1], SHO_TYPE)
    for number, name in enumerate(SHO_TYPE.names or ()):
        packed[name] = found[..., number]
    return packed


def _spectra(main: Any) -> tuple[Any, Any]:
    """Return the columns, step by step and in each by frequency, and the frequencies."""
    labels = [str(one.decode() if isinstance(one, bytes) else one)
              for one in main.h5_spec_inds.attrs["labels"]]  # fmt: skip
    if "Frequency" not in labels:
        msg = f"the dimensions of the columns are {labels}; one has to be 'Frequency'"
        raise ValueError(msg)
    row = labels.index("Frequency")
    inds, values = main.h5_spec_inds[()], main.h5_spec_vals[row]
    others = [inds[k] for k in range(len(labels)) if k != row]
    count = len(np.unique(inds[row]))
    # steps in the order of the file, as the reduced dimensions have them
    place = np.zeros(inds.shape[1], np.intp)
    if others:
        _, first, where = np.unique(others, axis=1, return_index=True, return_inverse=True)
        place = first[where.ravel()]
    order = np.lexsort([inds[row], place])
    table = values[order].reshape(-1, count)
    if len(order) % count or not np.allclose(table, table[0], rtol=1e-6):
        msg = "the frequencies differ from step to step: fit steps of one band at a time"
        raise ValueError(msg)
    return order, np.asarray(table[0], np.float64)


def __getattr__(name: str) -> Any:
    if name == "BESHOfitter":
        return as_process(_BESHOfitter)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
