"""Filter a main dataset into its file, as classic pycroscopy did (extra ``usid``).

`SignalFilter` is a `pyUSID.Process` as soon as it is asked for, and needs pyUSID then;
`pycroscopy.signal.filter_signals` does the same for datasets.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from pycroscopy.signal.filtering import filter_block
from pycroscopy.signal.filters import as_filter
from sidpy.base.optional import needed

__all__: list[str] = []


class _Filtering:
    """Frequencies and noise taken out of each position of a main dataset.

    Parameters
    ----------
    h5_main : h5py.Dataset
        Positions with a signal each.
    frequency_filters : FrequencyFilter or sequence of them, optional
        What has to be passed.
    noise_threshold : float, optional
        Share of the bins of noise alone that stay.
    write_filtered : bool
        Has to be True: the filtered signals are the result.
    write_condensed : bool
        Also write the bins that the filters pass, ``Condensed_Data``, and which they are,
        ``Bin_Indices``, on the axis of `numpy.fft.fftshift`.
    num_pix : int
        Positions that are filtered as one signal; only 1.
    phase_rad : float
        Only 0.
    **kwargs
        As for `pyUSID.Process`.

    Raises
    ------
    ValueError
        When there is nothing to do, a filter is for another length, or for values of
        `write_filtered`, `num_pix`, `phase_rad` that the classic class took and ignored.
    """

    h5_main: Any
    h5_results_grp: Any
    _results: Any

    def __init__(
        self,
        h5_main: Any,
        frequency_filters: Any = None,
        noise_threshold: float | None = None,
        write_filtered: bool = True,  # noqa: FBT001, FBT002 - as in the classic package
        write_condensed: bool = False,  # noqa: FBT001, FBT002 - the same
        num_pix: int = 1,
        phase_rad: float = 0,
        **kwargs: Any,
    ) -> None:
        if not write_filtered or num_pix != 1 or phase_rad != 0:
            msg = (
                f"write_filtered is {write_filtered!r}, num_pix {num_pix!r}, phase_rad "
                f"{phase_rad!r}; only True, 1 and 0 mean anything"
            )
            raise ValueError(msg)
        if frequency_filters is None and noise_threshold is None:
            msg = "neither frequency_filters nor noise_threshold was given: nothing to do"
            raise ValueError(msg)
        one = None if frequency_filters is None else as_filter(frequency_filters)
        if one is not None and one.signal_length != h5_main.shape[1]:
            msg = f"the filter is for {one.signal_length} samples, found {h5_main.shape[1]}"
            raise ValueError(msg)
        mask = None if one is None else one.value
        passed = np.ones(h5_main.shape[1], bool) if mask is None else mask > 0
        self._hot = np.flatnonzero(passed) if write_condensed else None
        parms = {
            "frequency_filters": "none" if one is None else str(one.get_parms()),
            "noise_threshold": -1.0 if noise_threshold is None else float(noise_threshold),
            "write_condensed": bool(write_condensed),
        }
        self._map_block = _Kernel(mask, noise_threshold)
        super().__init__(h5_main, "FFT_Filtering", parms_dict=parms, **kwargs)  # type: ignore[call-arg]  # of Process

    def _create_results_datasets(self) -> None:
        from sidpy.hdf.attrs import write_simple_attrs

        usid = needed("pyUSID.io.hdf_utils", "SignalFilter", "pycroscopy[usid]")
        source: Any = self
        self.h5_results_grp = usid.create_results_group(
            self.h5_main, source.process_name, source._h5_target_group
        )
        write_simple_attrs(self.h5_results_grp, source.parms_dict)
        shape, kind = self.h5_main.shape, self.h5_main.dtype
        kind = np.result_type(kind, np.float32)
        main = self.h5_main
        usid.write_main_dataset(
            self.h5_results_grp, shape, "Filtered_Data",
            _text(main.attrs["quantity"]), _text(main.attrs["units"]), None, None,
            h5_pos_inds=main.h5_pos_inds, h5_pos_vals=main.h5_pos_vals,
            h5_spec_inds=main.h5_spec_inds, h5_spec_vals=main.h5_spec_vals,
            dtype=kind,
        )  # fmt: skip
        if self._hot is not None:
            self.h5_results_grp["Bin_Indices"] = self._hot
            self.h5_results_grp.create_dataset(
                "Condensed_Data", (shape[0], len(self._hot)), np.result_type(kind, np.complex64)
            )

    def _get_existing_datasets(self) -> None:
        """Nothing is held: results are found by their names."""

    def _write_results_chunk(self) -> None:
        rows = self._get_rows_in_current_batch()  # type: ignore[attr-defined]  # of Process
        found = np.asarray(self._results)
        self.h5_results_grp["Filtered_Data"][rows] = found
        if self._hot is not None:
            spectra = np.fft.fftshift(np.fft.fft(found), axes=-1)[:, self._hot]
            self.h5_results_grp["Condensed_Data"][rows] = spectra


class _Kernel:
    """Filters a block of positions, in whatever process."""

    def __init__(self, mask: Any, tolerance: float | None) -> None:
        self.mask, self.tolerance = mask, tolerance

    def __call__(self, rows: Any) -> Any:
        kind = np.result_type(rows.dtype, np.float32)
        wide = np.asarray(rows, np.complex128 if kind.kind == "c" else np.float64)
        return filter_block(wide, self.mask, self.tolerance).astype(kind)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@cache
def _made() -> type:
    process = needed("pyUSID.processing.process", "SignalFilter", "pycroscopy[usid]").Process
    names = {"__doc__": _Filtering.__doc__, "__module__": __name__}
    return type("SignalFilter", (_Filtering, process), names)


def __getattr__(name: str) -> Any:
    if name == "SignalFilter":
        return _made()
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
