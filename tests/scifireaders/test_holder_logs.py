"""Tables of in-situ holders: the times that were recorded, units, events."""

from __future__ import annotations

import numpy as np
import pytest
from made.holder_logs import DENS, IMPULSE, write_dens, write_impulse, write_protochips

import sidpy
from SciFiReaders.readers.electron.holder_logs import read_dens, read_impulse, read_protochips
from sidpy.errors import CorruptFile, UnrecognisedFile


def test_protochips_keeps_recorded_times(tmp_path):
    current, voltage = sidpy.read(write_protochips(tmp_path / "a.csv")).values()

    np.testing.assert_allclose(current.time.values, [0, 0.147, 0.4])
    np.testing.assert_array_equal(current.compute(), [-6.5e-13, 0.018, 0.019])
    np.testing.assert_array_equal(voltage.compute(), [np.nan, 40.0917, 39.5])
    assert (voltage.title, voltage.units) == ("Channel A Voltage", "Volts")
    assert voltage.original_metadata["events"] == {"0.4 s": "Pump = on"}
    assert voltage.metadata["experiment"]["start_date_time"] == "2014-10-08T16:26:51.738"


def test_protochips_without_a_unit_of_time_is_refused(tmp_path):
    with pytest.raises(CorruptFile, match="Time units = Milliseconds"):
        read_protochips(write_protochips(tmp_path / "a.csv", unit="Test units = Milliseconds"))


def test_a_heater_runs_past_midnight(tmp_path):
    found = {d.title: d for d in sidpy.read(write_dens(tmp_path / "a.dens")).values()}

    assert list(found) == ["Tset", "Tmeas", "Pheat", "c"]
    np.testing.assert_allclose(found["Tmeas"].time.values, [86399.5, 86400.25])
    np.testing.assert_array_equal(found["Pheat"].compute(), [0.020229, 0.268943])
    assert (found["Tmeas"].units, found["Pheat"].units) == ("C", "mW")
    assert found["c"].original_metadata["modes"] == ["fine", "norm"]


def test_impulse_with_its_conditions(tmp_path):
    hot, pressure = sidpy.read(write_impulse(tmp_path)).values()

    np.testing.assert_allclose(hot.time.values, [7.787, 8.288, 9.812])
    np.testing.assert_array_equal(pressure.compute(), [3.1, np.nan, 3.25])
    assert hot.units == "degC"
    assert hot.metadata["experiment"]["sample"] == "Gold"
    assert hot.original_metadata["MixValve"] == ["0; 0; 0", "0; 0; 1"]
    assert hot.original_metadata["Room temperature"] == 21


def test_damaged_tables_name_the_row(tmp_path):
    with pytest.raises(CorruptFile, match=r"row 3 .* number, not 'hot'"):
        read_impulse(write_impulse(tmp_path, IMPULSE.replace("13.5", "hot")))
    with pytest.raises(CorruptFile, match="row 4 has 2 of 5"):
        read_impulse(write_impulse(tmp_path, IMPULSE.replace(",13.5,0; 0; 1,3.25", "")))
    with pytest.raises(CorruptFile, match="should have a time"):
        read_dens(write_dens(tmp_path / "a.dens", DENS.replace("23:59:59.50", "now")))
    with pytest.raises(UnrecognisedFile, match="Digiheater"):
        read_dens(write_dens(tmp_path / "b.dens", "words"))


@pytest.mark.vendor
def test_a_heater_that_forgets_a_tab_is_read_in_its_order(vendor_data):
    found = {
        name: {
            d.title: d.compute()
            for d in read_dens(vendor_data / f"dens-heater/rosettasciio/{name}")
        }
        for name in ("file1.dens", "file2.dens")
    }

    assert found["file1.dens"].keys() == found["file2.dens"].keys()
    for title, values in found["file1.dens"].items():
        np.testing.assert_array_equal(values, found["file2.dens"][title])
