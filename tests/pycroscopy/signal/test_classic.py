"""Classic names do what they did, right, in USID files."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from signals_made import noise

import pycroscopy
from pycroscopy.processing.gmode_utils import try_filter
from pycroscopy.signal import LowPassFilter, filter_signals

LOW = LowPassFilter(64, 64.0, 10)


def test_a_filter_is_tried_on_one_signal():
    values = noise(64)

    found, figure, axes = pycroscopy.processing.gmode_utils.test_filter(
        values, LOW, 1e-2, show_plots=False
    )

    np.testing.assert_allclose(
        found, np.asarray(filter_signals(values, LowPassFilter(64, 1.0, 10 / 64),
                                         noise_tolerance=1e-2))
    )  # fmt: skip
    assert (figure, axes) == (None, None)
    with pytest.raises(ValueError, match="64 samples, the signal has 63"):
        try_filter(values[1:], LOW)
    with pytest.raises(ValueError, match="a filter or a threshold"):
        try_filter(values)


def test_a_tried_filter_is_drawn():
    import matplotlib.pyplot as plt

    values = noise(64)
    _, figure, axes = try_filter(values, LOW, 1e-2, excit_wfm=np.arange(64), plot_title="pixel 3")

    drawn = axes[1].lines[0].get_ydata()
    assert figure.get_suptitle() == "pixel 3"
    plt.close(figure)
    np.testing.assert_array_equal(drawn, values)


@pytest.fixture
def main():
    pyUSID = pytest.importorskip("pyUSID")
    with h5py.File("signals.h5", "w", driver="core", backing_store=False) as file:
        yield pyUSID.hdf_utils.write_main_dataset(
            file, noise((6, 64)).astype("f4"), "Raw", "Deflection", "nm",
            pyUSID.Dimension("X", "nm", 6), pyUSID.Dimension("Time", "s", 64),
        )  # fmt: skip


def test_a_main_dataset_is_filtered_into_its_file(main):
    group = pycroscopy.processing.SignalFilter(
        main, frequency_filters=[LOW], noise_threshold=1e-3, write_filtered=True,
        write_condensed=True, num_pix=1, verbose=False, cores=1, max_mem_mb=512,
    ).compute()  # fmt: skip

    truth = filter_signals(
        np.asarray(main), LowPassFilter(64, 1.0, 10 / 64), noise_tolerance=1e-3, axis=1
    )
    np.testing.assert_allclose(group["Filtered_Data"][:], np.asarray(truth), atol=1e-6)
    assert group["Filtered_Data"].attrs["units"] == "nm"
    assert group.name.endswith("Raw-FFT_Filtering_000")
    bins = group["Bin_Indices"][:]
    spectra = np.zeros((6, 64), complex)
    spectra[:, bins] = group["Condensed_Data"][:]
    np.testing.assert_allclose(
        np.fft.ifft(np.fft.ifftshift(spectra, axes=1)).real, group["Filtered_Data"][:], atol=1e-5
    )


def test_results_with_the_same_parameters_are_not_computed_again(main):
    first = pycroscopy.processing.SignalFilter(main, LOW, cores=1).compute()
    again = pycroscopy.processing.SignalFilter(main, LOW, cores=1).compute()
    other = pycroscopy.processing.SignalFilter(
        main, LowPassFilter(64, 64.0, 20), cores=1
    ).compute()

    assert again.name == first.name
    assert other.name != first.name


def test_impossible_filters_of_files_are_refused(main):
    with pytest.raises(ValueError, match="32 samples, found 64"):
        pycroscopy.processing.SignalFilter(main, LowPassFilter(32, 64.0, 10))
    with pytest.raises(ValueError, match="nothing to do"):
        pycroscopy.processing.SignalFilter(main)
    with pytest.raises(ValueError, match="only True, 1 and 0"):
        pycroscopy.processing.SignalFilter(main, LOW, num_pix=2)


def test_helpers_of_files_are_those_of_pyusid():
    pyUSID = pytest.importorskip("pyUSID")

    assert pycroscopy.hdf_utils.write_main_dataset is pyUSID.hdf_utils.write_main_dataset
    with pytest.raises(AttributeError, match="no_such_name"):
        pycroscopy.hdf_utils.no_such_name  # noqa: B018 - asking is the test
