"""The dataset as a notebook shows it."""

import base64
import re
import time
from html.parser import HTMLParser
from io import BytesIO

import dask.array as da
import numpy as np
import pytest

import sidpy
from sidpy import Dimension
from sidpy.errors import LabelTypeError, LabelValueError, SidpyWarning

VOID = {"br", "img", "hr", "meta"}


class Page(HTMLParser):
    """Reads a page and holds that every tag is closed by its own."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text = [], [], ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def shown(dataset):
    return Page(dataset._repr_html_())


def pixels(dataset):
    """The pixels of the picture, as matplotlib reads them."""
    imread = pytest.importorskip("matplotlib.image").imread
    data = re.search(r"base64,([^']+)'", dataset._repr_html_())[1]
    return imread(BytesIO(base64.b64decode(data)), format="png")


def image(values, *, kind="image", units="nm", **options):
    dataset = sidpy.Dataset.from_array(values, datatype=kind, **options)
    for axis, name in zip((-2, -1), "yx", strict=True):
        length = dataset.shape[axis]
        dimension = Dimension(np.arange(length), name, "Length", units, "spatial")
        dataset.set_dimension(axis % dataset.ndim, dimension)
    return dataset


class Counting:
    """An array-like that counts what is read of it."""

    def __init__(self, shape, dtype="f4"):
        self.shape, self.dtype, self.ndim, self.read = shape, np.dtype(dtype), len(shape), 0

    def __getitem__(self, index):
        part = np.broadcast_to(np.ones((), self.dtype), self.shape)[index]
        self.read += part.size
        return np.array(part)


# ---------------------------------------------------------------- what is said


def test_says_what_it_is(scan):
    scan.variance = np.ones(scan.shape)
    scan.title = "a scan"
    text = shown(scan).text

    for word in (
        "a scan", "Current (nA)", "SPECTRAL_IMAGE", "shape (3, 4, 5)", "float64", "with variance",
        "modality STM", "source Omicron", "bias", "-1 … 1", "0.5", "metadata (1)", "tip (1)",
        "material:", "original metadata (1)", "history (2)", "from_array",
    ):  # fmt: skip
        assert word in text


def test_a_dimension_has_a_table_of_its_own(scan):
    assert "0 … 1" in Page(scan.x._repr_html_()).text
    assert "uneven" in Page(Dimension([0, 1, 4], "x")._repr_html_()).text


HOSTILE = "</div></details><script>alert('1')</script><img src=x onerror=alert(1)>&\"'"


class Rude:
    def __repr__(self):
        raise RuntimeError

    __str__ = __repr__


@pytest.mark.parametrize(
    "where", ["title", "units", "quantity", "modality", "source", "metadata", "name", "original"]
)
def test_text_of_a_file_stays_text(scan, where):
    if where == "metadata":
        scan.metadata = {HOSTILE: {HOSTILE: HOSTILE}, "list": [HOSTILE]}
    elif where == "original":
        scan.original_metadata = {"x": (HOSTILE, np.array([HOSTILE]))}
    elif where == "name":
        scan.set_dimension(0, Dimension([0, 1, 2], HOSTILE, HOSTILE, HOSTILE))
    else:
        setattr(scan, where, HOSTILE)
    page = shown(scan)

    assert "script" not in page.tags
    assert page.tags.count("img") <= 1
    assert "<script>alert" in page.text


def test_large_deep_and_rude_metadata_give_a_short_page(scan):
    deep = {}
    for level in range(3000):
        deep = {f"level {level}": deep}
    scan.original_metadata = {
        "text": "x" * 10**6, "list": list(range(10**6)), "array": np.zeros((1000, 1000)),
        "rude": Rude(), "many": {str(i): {str(j): j for j in range(99)} for i in range(99)},
    }  # fmt: skip
    dataset = sidpy.Dataset.from_labels(np.ones((2, 2)), _labels(scan, deep))
    begin = time.perf_counter()
    html = dataset._repr_html_()

    assert len(html) < 60_000
    assert time.perf_counter() - begin < 10
    assert "float64 of shape (1000, 1000)" in html
    assert "Rude" in html
    Page(html)


def _labels(scan, deep):
    """Labels with deep metadata; a user's dictionary would be copied level by level."""
    labels = scan.labels_record
    return labels.but(dimensions=labels.dimensions[:2], metadata=deep).but(
        dimensions=(Dimension(2, "a"), Dimension(2, "b"))
    )


# ---------------------------------------------------------------- what is seen


def test_an_image_is_drawn_dark_to_bright_the_way_it_lies():
    picture = pixels(image(np.arange(12.0).reshape(3, 4)))

    assert picture.shape[:2] == (3, 4)
    assert picture[0, 0].max() < 0.05
    assert picture[2, 3].min() > 0.95
    across = sidpy.Dataset.from_array(np.arange(12.0).reshape(4, 3), datatype="image")
    for axis, name in enumerate("xy"):
        across.rename_dimension(axis, name)
    assert pixels(across).shape[:2] == (3, 4)  # x runs right


def test_large_images_are_averaged_and_keep_their_shape():
    dataset = image(np.random.default_rng(0).normal(size=(1000, 2000)))
    html = dataset._repr_html_()

    assert max(pixels(dataset).shape) <= 96
    assert "width='128' height='64'" in html
    assert len(html) < 30_000


def test_what_is_no_number_is_transparent():
    picture = pixels(image(np.array([[0, np.nan], [1, np.inf]])))

    np.testing.assert_array_equal(picture[..., -1], [[1, 0], [1, 0]])


@pytest.mark.parametrize(
    ("values", "options", "note", "tag"),
    [
        (np.arange(5.0), {"datatype": "spectrum"}, "", "polyline"),
        (np.arange(10.0).reshape(2, 5), {"datatype": "line_plot_family"}, "", "polyline"),
        (np.ones((3, 4, 5)), {"datatype": "image_stack"}, "a = 1", "img"),
        (np.ones((3, 4, 5)), {"datatype": "spectral_image"}, "mean along c", "img"),
        (np.ones((3, 4, 5, 6)), {"datatype": "image_4d"}, "a = 1, b = 2", "img"),
        (np.ones((3, 4), dtype=complex), {"datatype": "image"}, "", "img"),
        (np.ones((3, 4), dtype=bool), {"datatype": "image"}, "", "img"),
        (np.ones((8, 9, 3), dtype="u1"), {"datatype": "image"}, "", "img"),
        (np.full(5, np.nan), {"datatype": "spectrum"}, "", "svg"),
        (
            np.arange(8.0).reshape(4, 2),
            {"datatype": "point_cloud", "coordinates": np.eye(4)[:, :2]}, "b = 1", "circle",
        ),
    ],
)  # fmt: skip
def test_every_kind_has_a_picture(values, options, note, tag):
    page = shown(sidpy.Dataset.from_array(values, **options))

    assert tag in page.tags
    assert note in page.text


@pytest.mark.parametrize("values", [3.5, np.array(["a", "b"]), np.zeros((0, 3)), np.ones((1, 1))])
def test_what_cannot_be_drawn_is_described(values):
    page = shown(sidpy.Dataset.from_array(values))

    assert "img" not in page.tags
    assert "shape" in page.text


# ---------------------------------------------------------------- what it costs


def tripwire(block):
    pytest.fail("computed")


@pytest.mark.parametrize(
    "array",
    [
        da.random.random((512, 512, 1024, 512), chunks=(1, 1, 1024, 512)),  # a terabyte
        da.ones((200, 200), chunks=50).map_blocks(tripwire, dtype=float, meta=np.ones((0, 0))),
        da.ones((10**5, 10**5), chunks=10**4).mean(axis=0),
        da.ones((10**5, 10**5), chunks=10**4),
    ],
    ids=["terabyte", "function", "mean", "large"],
)
def test_no_computation_is_started(array):
    begin = time.perf_counter()
    page = shown(sidpy.Dataset.from_array(array))

    assert "not computed" in page.text
    assert time.perf_counter() - begin < 10


def test_small_arithmetic_is_drawn_and_long_chains_are_not():
    dataset = image(np.random.default_rng(0).normal(size=(20, 30)))

    assert "img" in shown((dataset - dataset.mean(axis=0)) * 2).tags
    for _ in range(40):
        dataset = dataset + 1
    assert "not computed" in shown(dataset).text


def test_a_bounded_part_of_a_file_is_read(tmp_path):
    path = tmp_path / "numbers.raw"
    np.arange(400 * 500, dtype="u2").tofile(path)
    flat = image(sidpy.FileArray(path, "u2", (400, 500)))
    hollow = tmp_path / "hollow.raw"
    with hollow.open("wb") as stream:
        stream.truncate(2**36)  # 64 GiB of which nothing is on the disk
    spectra = sidpy.Dataset.from_array(
        sidpy.FileArray(hollow, "f4", (1024, 1024, 2**14)), datatype="spectral_image"
    )
    begin = time.perf_counter()

    assert "img" in shown(flat).tags
    assert "svg" in shown(spectra).tags  # one spectrum instead of a map of all
    assert time.perf_counter() - begin < 10
    path.unlink()
    assert "no picture: MissingFile" in shown(flat[1:]).text


def test_chunks_of_a_file_are_counted_whole(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "chunks.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("small", data=np.ones((64, 64)), chunks=(8, 8))
        file.create_dataset("deep", shape=(256, 512, 512), dtype="f4", chunks=(256, 64, 64))

    assert "img" in shown(image(sidpy.H5Array(path, "small"))).tags
    deep = sidpy.Dataset.from_array(sidpy.H5Array(path, "deep"), datatype="image_stack")
    assert "not computed" in shown(deep).text


def test_sources_of_others_are_read_only_when_small():
    source = Counting((4000, 4000))
    assert "not computed" in shown(sidpy.Dataset.from_array(source)).text
    assert source.read == 0


def test_the_second_look_reads_nothing(tmp_path):
    path = tmp_path / "numbers.raw"
    np.arange(12, dtype="u2").tofile(path)
    dataset = image(sidpy.FileArray(path, "u2", (3, 4)))
    first = dataset._repr_html_()
    path.unlink()

    assert dataset._repr_html_() == first
    dataset[0, 0] = 7
    assert dataset._repr_html_() != first


# ---------------------------------------------------------------- thumbnails of one's own


@pytest.fixture
def figure():
    Figure = pytest.importorskip("matplotlib.figure").Figure
    figure = Figure(figsize=(4, 2), facecolor="red")
    figure.add_subplot().plot([1, 2])
    return figure


def test_a_figure_becomes_the_thumbnail(scan, figure, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = scan.set_thumbnail(figure, 64)

    assert result.shape == (32, 64, 4)
    np.testing.assert_array_equal(result[0, 0], [255, 0, 0, 255])
    assert scan.thumbnail is result
    assert "thumbnail" in scan._repr_html_()
    assert scan.copy().thumbnail is result
    assert (scan + 1).thumbnail is None
    assert list(tmp_path.iterdir()) == []


def test_without_a_figure_the_plot_is_taken(scan):
    assert max(scan.set_thumbnail().shape) == 128
    assert "view" not in vars(scan)


def test_a_thumbnail_goes_into_the_file(scan, figure, tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        scan.h5_dataset = file.create_dataset("data", data=scan.compute())
        scan.set_thumbnail(figure, 20)
        scan.set_thumbnail(figure, 40)
        np.testing.assert_array_equal(file["Thumbnail/Thumbnail"], scan.thumbnail)
    with h5py.File(tmp_path / "scan.h5", "r") as file:
        scan.h5_dataset = file["data"]
        with pytest.warns(SidpyWarning, match="open for reading only"):
            scan.set_thumbnail(figure)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((3,), LabelTypeError, "made of a matplotlib figure, found int"),
        ((None, 0), LabelValueError, "found 0"),
        ((None, "big"), LabelValueError, "found 'big'"),
    ],
)
def test_refuses_thumbnails(scan, arguments, error, match):
    with pytest.raises(error, match=match):
        scan.set_thumbnail(*arguments)
    assert scan.thumbnail is None
