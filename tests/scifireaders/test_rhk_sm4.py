"""RHK files: images upright whatever the sign of their steps, spectra with their own axes."""

import numpy as np
import pytest
from made.rhk import IMAGE, page, sm4_bytes

from SciFiReaders.readers.probe.rhk_sm4 import read_sm4
from sidpy import DataType
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile


@pytest.fixture
def write(tmp_path):
    def _write(*pages, **options):
        path = tmp_path / "a.sm4"
        path.write_bytes(sm4_bytes(*pages, **options))
        return path

    return _write


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((2e-9, -1e-9), IMAGE),
        ((2e-9, 1e-9), IMAGE[::-1]),
        ((-2e-9, -1e-9), IMAGE[:, ::-1]),
        ((-2e-9, 1e-9), IMAGE[::-1, ::-1]),
    ],
)
def test_an_image_is_upright_whatever_way_it_was_scanned(write, steps, expected):
    (image,) = read_sm4(write(page(IMAGE, steps=steps)))

    np.testing.assert_allclose(image.compute(), 0.5 * expected + 3)
    y, x = image._axes[0], image._axes[1]
    np.testing.assert_allclose(x.values, 2e-9 * (np.arange(7) + 0.5), rtol=1e-6)
    np.testing.assert_allclose(y.values, 1e-9 * (np.arange(5)[::-1] + 0.5), rtol=1e-6)
    assert (image.units, x.units, image.data_type) == ("A", "m", DataType.IMAGE)


def test_titles_and_conditions_are_told(write):
    there, back = read_sm4(write(page(IMAGE), page(IMAGE, scan_type=1)))

    assert [there.title, back.title] == ["Topo (right)", "Topo (left)"]
    experiment = there.metadata["experiment"]
    assert (experiment["bias"], experiment["comment"]) == (-0.5, "user")
    assert experiment["start_date_time"] == "04/05/23 11:46:05"
    assert there.metadata["scan"]["angle"] == 30
    assert there.original_metadata["completed_line_count"] == "5"


def test_spectra_have_the_axis_of_their_page(write):
    spectra = page(
        IMAGE, kind=1, line_type=7, steps=(0.25, 1), units=("V", "", "A"), x_label="Bias"
    )

    (family,) = read_sm4(write(spectra))

    np.testing.assert_allclose(family.compute(), 0.5 * IMAGE + 3)
    assert family.data_type is DataType.LINE_PLOT_FAMILY
    np.testing.assert_allclose(family._axes[1].values, 1 + 0.25 * np.arange(7))
    assert (family._axes[1].name, family._axes[1].units) == ("bias", "V")


def test_a_single_spectrum_is_a_curve(write):
    (curve,) = read_sm4(write(page(IMAGE[:1], kind=1, line_type=7)))

    assert curve.shape == (7,)
    assert curve.data_type is DataType.SPECTRUM


def test_spectra_with_places_are_a_point_cloud(write):
    places = np.arange(35.0).reshape(5, 7)

    (cloud,) = read_sm4(write(page(IMAGE, kind=1, line_type=7, places=places)))

    assert cloud.data_type is DataType.POINT_CLOUD
    np.testing.assert_array_equal(cloud.point_cloud["coordinates"], places[:, 1:3])
    np.testing.assert_array_equal(cloud.metadata["times"], places[:, 0])


def test_discrete_spectra_bring_their_own_abscissa(write):
    (family,) = read_sm4(write(page(IMAGE / 4, kind=1, line_type=22)))

    np.testing.assert_allclose(family.compute(), 0.5 * IMAGE / 4 + 3)
    np.testing.assert_allclose(family._axes[1].values, 0.5 * np.arange(7))


def test_longer_objects_of_later_versions_are_followed(write):
    (image,) = read_sm4(write(page(IMAGE), width=20))

    np.testing.assert_allclose(image.compute(), 0.5 * IMAGE + 3)


def test_units_that_are_not_there_are_not_invented(write):
    (image,) = read_sm4(write(page(IMAGE, units=("", "", ""))))

    assert image.units == "generic"
    assert [axis.units for axis in image._axes.values()] == ["px", "px"]


def test_pages_of_other_kinds_are_left_out_with_a_warning(write):
    with pytest.warns(SidpyWarning, match="kind 4 is left out"):
        (image,) = read_sm4(write(page(IMAGE, kind=4), page(IMAGE)))

    assert image.title == "Topo (right)"


def test_a_page_with_too_few_numbers_is_left_out_with_a_warning(write):
    kind, head, *rest = page(IMAGE, label="short")
    head = (*head[:4], 7, 6, *head[6:])

    with pytest.warns(SidpyWarning, match="'short .*do not fit"):
        (image,) = read_sm4(write((kind, head, *rest), page(IMAGE)))

    assert image.title == "Topo (right)"


def test_a_file_without_an_index_is_refused(write):
    path = write(page(IMAGE))
    raw = bytearray(path.read_bytes())
    raw[58:62] = (99).to_bytes(4, "little")
    path.write_bytes(raw)

    with pytest.raises(CorruptFile, match=r"kind 1 is missing.*\[99\]"):
        read_sm4(path)


@pytest.mark.filterwarnings("ignore")
def test_a_file_of_which_no_page_can_be_read_says_so(write):
    with pytest.raises(CorruptFile, match="no page of an image"):
        read_sm4(write(page(IMAGE, kind=6)))


def test_another_file_is_a_type_error(tmp_path):
    path = tmp_path / "a.sm4"
    path.write_bytes(bytes(200))

    with pytest.raises(UnrecognisedFile, match="STiMage"):
        read_sm4(path)
