"""Diffractograms: intensities on the right angles, whatever vendor and version wrote them."""

from __future__ import annotations

import numpy as np
import pytest
from made.xrd import (
    ASC,
    CHI,
    CIF,
    COUNTS,
    CPI,
    PSI,
    UDF,
    UXD,
    XYE,
    brml,
    philips_rd,
    points,
    ras,
    rasx,
    raw_1,
    raw_2,
    raw_3,
    raw_4,
    xrdml,
)

import sidpy
from SciFiReaders.readers.xray.cif_powder import read_cif
from SciFiReaders.readers.xray.rigaku_ras import read_asc, read_ras
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile

LINE = 20 + 0.25 * np.arange(7)


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(sidpy.read(path).values())


def axes(dataset):
    return [(axis.name, axis.units) for axis in dataset._axes.values()]


# --- PANalytical ------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.0", "1.3", "1.5", "2.1"])
def test_a_scan_of_any_version_of_the_schema(tmp_path, version):
    (scan,) = read(tmp_path, "a.xrdml", xrdml([points()], version=version))

    assert scan.compute().tolist() == COUNTS.tolist()
    np.testing.assert_allclose(scan.two_theta.values, 30 + 0.5 * np.arange(7))
    assert (scan.title, scan.units, scan.modality) == ("specimen", "counts", "XRD")
    known = scan.metadata["experiment"]
    assert known["wavelength"] == pytest.approx(1.540598e-10)
    assert (known["tube_voltage"], known["anode"]) == (45e3, "Cu")
    assert known["drives"] == {"Omega": 4.0}


def test_listed_positions_are_taken_as_listed(tmp_path):
    places = [30.0, 30.1, 30.3, 30.7, 31.5, 33.1, 36.3]
    listed = f"<listPositions>{' '.join(map(str, places))}</listPositions>"

    (scan,) = read(tmp_path, "a.xrdml", xrdml([points(places=listed)]))

    np.testing.assert_allclose(scan.two_theta.values, places)


def test_counts_are_freed_of_attenuation_and_intensities_are_left_alone(tmp_path):
    factors = "<beamAttenuationFactors>1 1 10 1 10 1 1</beamAttenuationFactors>"
    texts = [
        f'{factors}<{name} unit="counts">8 11 6 10 22 7 9</{name}>'
        for name in ("counts", "intensities")
    ]

    counts, intensities = (
        read(tmp_path, "a.xrdml", xrdml([points(inner=text)]))[0].compute() for text in texts
    )

    assert counts.tolist() == [8, 11, 60, 10, 220, 7, 9]
    assert intensities.tolist() == [8, 11, 6, 10, 22, 7, 9]


def test_scans_at_other_places_of_one_drive_are_a_map(tmp_path):
    scans = [points(COUNTS + i, omega=10 + 0.25 * i) for i in range(3)]

    (area,) = read(tmp_path, "a.xrdml", xrdml(scans, kind="Area measurement"))

    assert area.compute().tolist() == [(COUNTS + i).tolist() for i in range(3)]
    assert axes(area) == [("omega", "deg"), ("two_theta", "deg")]
    np.testing.assert_allclose(area.omega.values, [10, 10.25, 10.5])


def test_scans_of_several_lengths_stay_apart_and_an_empty_one_is_told(tmp_path):
    empty = points(inner='<intensities unit="counts"></intensities>')

    with pytest.warns(SidpyWarning, match="1 of 3 scans have no points"):
        found = read(tmp_path, "a.xrdml", xrdml([points(), points(COUNTS[:4]), empty]))

    assert [scan.shape for scan in found] == [(7,), (4,)]
    assert [scan.title for scan in found] == ["specimen 1", "specimen 2"]


def test_factors_that_do_not_fit_are_refused(tmp_path):
    inner = "<beamAttenuationFactors>1 1</beamAttenuationFactors><counts>8 11 6</counts>"

    with pytest.raises(CorruptFile, match="2 beamAttenuationFactors belong to 3 counts"):
        read(tmp_path, "a.xrdml", xrdml([points(inner=inner)]))


# --- Bruker -----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [raw_1, raw_2, raw_3, raw_4])
def test_every_version_is_told_by_its_bytes(tmp_path, make):
    first, second = read(tmp_path, "unnamed.bin", make())

    assert first.compute().tolist() == COUNTS.tolist()
    assert second.compute().tolist() == (COUNTS + 1).tolist()
    np.testing.assert_allclose(first.two_theta.values, LINE)
    np.testing.assert_allclose(second.two_theta.values, LINE + 1)
    assert first.metadata["experiment"]["wavelength"] == pytest.approx(1.5406e-10)


def test_measured_places_replace_reckoned_ones(tmp_path):
    (scan,) = read(tmp_path, "a.raw", raw_3(1, measured=True))

    assert scan.compute().tolist() == COUNTS.tolist()
    np.testing.assert_allclose(scan.two_theta.values, 20 + 0.26 * np.arange(7))


@pytest.mark.parametrize(
    ("drive", "name", "start"), [(3, "theta", 5), (4, "chi", 1), (5, "phi", 2), (8, "z", 5)]
)
def test_the_axis_is_the_drive_that_moved(tmp_path, drive, name, start):
    (scan,) = read(tmp_path, "a.raw", raw_3(1, drive=drive))

    assert axes(scan) == [(name, "mm" if name == "z" else "deg")]
    np.testing.assert_allclose(getattr(scan, name).values, start + 0.25 * np.arange(7))


def test_the_first_number_of_a_pair_is_the_intensity(tmp_path):
    (scan,) = read(tmp_path, "a.raw", raw_4(1, size=8))

    assert scan.compute().tolist() == COUNTS.tolist()
    assert scan.metadata["experiment"]["drives"]["Phi"] == 45


@pytest.mark.parametrize("make", [raw_1, raw_2, raw_3, raw_4])
def test_a_range_cut_short_gives_its_complete_points(tmp_path, make):
    content = make(1)[:-10]

    with pytest.warns(SidpyWarning, match="4 of 7 points are there"):
        (scan,) = read(tmp_path, "a.raw", content)

    assert scan.compute().tolist() == COUNTS[:4].tolist()


def test_a_header_of_a_billion_points_is_refused(tmp_path):
    content = bytearray(raw_3(1, counts=COUNTS[:0]))
    content[716:720] = (10**9).to_bytes(4, "little")

    with pytest.raises(CorruptFile, match="a range of 1000000000 points"):
        read(tmp_path, "a.raw", bytes(content))


def test_an_unknown_version_is_named(tmp_path):
    from SciFiReaders.readers.xray.bruker_raw import read_raw

    path = tmp_path / "a.raw"
    path.write_bytes(b"RAW9.00" + bytes(1000))

    with pytest.raises(UnsupportedFile, match=r"version b'9.00'"):
        read_raw(path)


def test_ranges_of_uxd_in_counts_and_per_second(tmp_path):
    first, second = read(tmp_path, "a.uxd", UXD)

    assert (first.compute().tolist(), first.units) == (COUNTS.tolist(), "counts")
    np.testing.assert_allclose(first.two_theta.values, LINE)
    assert (second.compute().tolist(), second.units) == ([1.5, 2.5, 3.5], "counts/s")
    np.testing.assert_allclose(second.theta.values, [5, 5.1, 5.2])
    assert second.metadata["experiment"]["anode"] == "Cu"


def test_places_in_the_table_of_uxd_are_kept(tmp_path):
    table = UXD.partition("_COUNTS")[0] + "_2THETACOUNTS\n20.01 8\n20.26 11\n"

    (scan,) = read(tmp_path, "a.uxd", table)

    np.testing.assert_allclose(scan.two_theta.values, [20.01, 20.26])
    assert scan.compute().tolist() == [8, 11]


def test_scans_frames_and_maps_of_brml(tmp_path):
    (scan,) = sidpy.read(brml(tmp_path / "a.brml", [COUNTS])).values()
    (frames,) = sidpy.read(brml(tmp_path / "b.brml", [np.arange(15.0).reshape(3, 5)])).values()
    (area,) = sidpy.read(brml(tmp_path / "c.brml", [COUNTS, COUNTS + 1])).values()

    assert (scan.compute().tolist(), axes(scan)) == (COUNTS.tolist(), [("two_theta", "deg")])
    np.testing.assert_allclose(scan.two_theta.values, LINE)
    assert scan.metadata["experiment"]["tube_voltage"] == 40e3
    assert frames.compute().tolist() == np.arange(15.0).reshape(3, 5).tolist()
    assert axes(frames) == [("two_theta", "deg"), ("channel", "generic")]
    assert area.compute().tolist() == [COUNTS.tolist(), (COUNTS + 1).tolist()]


# --- Rigaku -----------------------------------------------------------------------------


def test_scans_of_ras(tmp_path):
    first, second = read(tmp_path, "a.ras", ras([COUNTS, COUNTS[:5]]))

    assert first.compute().tolist() == COUNTS.tolist()
    assert second.shape == (5,)
    np.testing.assert_allclose(first.two_theta.values, LINE)
    assert first.metadata["experiment"]["drives"] == {"Phi": 45.5}


def test_attenuation_comes_beside_the_counts_as_they_were(tmp_path):
    counts, factor = read(tmp_path, "a.ras", ras([COUNTS], attenuated=True))

    assert counts.compute().tolist() == COUNTS.tolist()
    assert factor.compute().tolist() == [1, 1, 10, 1, 1, 1, 1]
    assert factor.quantity == "Attenuation"


def test_a_scan_of_ras_without_end_gives_its_complete_lines(tmp_path):
    path = tmp_path / "a.ras"
    path.write_text(ras([COUNTS]).partition("21.2500")[0] + "21.2")

    with pytest.warns(SidpyWarning, match="the last scan has no end"):
        (scan,) = read_ras(path)

    assert scan.compute().tolist() == COUNTS[:5].tolist()


def test_scans_in_the_zip_of_smartlab_studio(tmp_path):
    first, second = sidpy.read(rasx(tmp_path / "a.rasx", [COUNTS, COUNTS[:5]])).values()
    counts, factor = sidpy.read(rasx(tmp_path / "b.rasx", [COUNTS], attenuated=True)).values()

    assert first.compute().tolist() == COUNTS.tolist()
    assert (second.shape, first.title, first.units) == ((5,), "powder 1", "counts")
    np.testing.assert_allclose(first.two_theta.values, LINE)
    assert first.metadata["experiment"]["wavelength"] == pytest.approx(1.540593e-10)
    assert counts.compute().tolist() == COUNTS.tolist()
    assert factor.compute()[2] == 10


def test_groups_of_asc(tmp_path):
    path = tmp_path / "a.asc"
    path.write_text(ASC)

    first, second = read_asc(path)

    assert (first.compute().tolist(), first.units) == (COUNTS.tolist(), "cps")
    np.testing.assert_allclose(first.two_theta.values, LINE)
    np.testing.assert_allclose(second.two_theta.values, [40, 40.5, 41])


# --- text -------------------------------------------------------------------------------


def test_a_pattern_and_its_errors(tmp_path):
    pattern, errors = read(tmp_path, "a.dat", PSI)

    assert pattern.compute().tolist()[:2] == [7444, 7639]
    assert (pattern.shape, errors.compute()[-1]) == ((10,), 89.9)
    np.testing.assert_allclose(pattern.two_theta.values, 10 + 0.5 * np.arange(10))
    assert pattern.metadata["experiment"]["wavelength"] == pytest.approx(1.494e-10)


def test_a_pattern_cut_short_is_filled_with_nan(tmp_path):
    with pytest.warns(SidpyWarning, match="5 of 10 points are there"):
        (pattern,) = read(tmp_path, "a.dat", PSI.partition("   7718.")[0])

    assert np.isnan(pattern.compute()).tolist() == [False] * 5 + [True] * 5


def test_columns_are_angles_only_where_words_say_so(tmp_path):
    told, errors = read(tmp_path, "a.xye", XYE)
    (untold,) = read(tmp_path, "b.xy", "1 5\n2 6\n3 7\n")

    assert axes(told) == [("two_theta", "deg")]
    assert errors.compute().tolist() == [2.8, 3.3, 2.4, 3.2]
    assert told.metadata["experiment"]["anode"] == "Cu"
    assert axes(untold) == [("position", "generic")]


def test_a_table_whose_first_column_goes_back_is_none(tmp_path):
    with pytest.raises(UnrecognisedFile):
        read(tmp_path, "a.xy", "3 5\n2 6\n1 7\n")


def test_patterns_of_cif_without_brackets_and_question_marks(tmp_path):
    counts, calculated = read(tmp_path, "a.cif", CIF)

    assert (counts.compute().tolist(), counts.units) == ([8, 11, 6, 10], "counts")
    np.testing.assert_array_equal(calculated.compute(), [8.5, 10.5, np.nan, 9.5])
    np.testing.assert_allclose(counts.two_theta.values, LINE[:4])
    assert counts.metadata["experiment"]["wavelength"] == pytest.approx(1.5406e-10)


def test_places_of_cif_may_follow_from_the_range(tmp_path):
    text = """data_a
_pd_meas_2theta_range_min 10
_pd_meas_2theta_range_max 11
_pd_meas_2theta_range_inc 0.5
loop_
_pd_meas_intensity_total
1 2
3
"""
    (pattern,) = read(tmp_path, "a.cif", text)

    assert pattern.compute().tolist() == [1, 2, 3]
    np.testing.assert_allclose(pattern.two_theta.values, [10, 10.5, 11])


def test_a_cif_of_a_structure_is_refused_by_name(tmp_path):
    path = tmp_path / "a.cif"
    path.write_text("data_a\n_cell_length_a 5.43\nloop_\n_atom_site_label\nSi1\n")

    with pytest.raises(UnsupportedFile, match="holds no powder pattern"):
        read_cif(path)


# --- other programs ---------------------------------------------------------------------


@pytest.mark.parametrize("version", [3, 5])
def test_intensities_of_philips_are_squared(tmp_path, version):
    (scan,) = read(tmp_path, "a.rd", philips_rd(version))

    assert scan.compute().tolist() == COUNTS.tolist()
    np.testing.assert_allclose(scan.two_theta.values, LINE)
    assert (scan.title, scan.metadata["experiment"]["anode"]) == ("powder", "Cu")


@pytest.mark.parametrize(("name", "text"), [("a.udf", UDF), ("a.cpi", CPI)])
def test_scans_in_text_of_philips_and_sietronics(tmp_path, name, text):
    (scan,) = read(tmp_path, name, text)

    assert scan.compute().tolist() == COUNTS.tolist()
    np.testing.assert_allclose(scan.two_theta.values, LINE)
    assert (scan.title, scan.units) == ("powder", "counts")
    assert scan.metadata["experiment"]["wavelength"] == pytest.approx(1.5406e-10, rel=1e-4)


def test_a_curve_of_chiplot_has_the_units_of_its_label(tmp_path):
    (angles,) = read(tmp_path, "a.chi", CHI)
    (inverse,) = read(tmp_path, "b.chi", CHI.replace("2-Theta Angle (Degrees)", "q (nm^-1)"))

    assert angles.compute().tolist() == [8, 11, 6, 10]
    assert axes(angles) == [("two_theta", "deg")]
    assert axes(inverse) == [("q", "1/nm")]
