"""Pictures and tables into files of the universal model."""

import h5py
import numpy as np
import pytest
from PIL import Image

from pyUSID.io.image import ImageTranslator, read_image, resample_dict
from pyUSID.io.usi_data import USIDataset

PIXELS = np.arange(240, dtype=np.uint8).reshape(12, 20)


@pytest.fixture
def picture(tmp_path):
    """A gray picture of 12 rows and 20 columns."""
    path = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(path)
    return path


def test_every_pixel_is_a_position(picture):
    path = ImageTranslator().translate(str(picture))

    assert path == str(picture.with_suffix(".h5"))
    with h5py.File(path) as file:
        assert file.attrs["data_type"] == "ImageData"
        assert file.attrs["translator"] == "ImageTranslator"
        attrs = dict(file["Measurement_000"].attrs)
        h5_main = USIDataset(file["Measurement_000/Channel_000/Raw_Data"])
        assert (attrs["image_min"], attrs["image_max"], attrs["normalized"]) == (0, 239, False)
        assert "image_binning_size" not in attrs
        assert (h5_main.shape, h5_main.dtype) == ((240, 1), np.uint8)
        assert h5_main.data_descriptor == "Intensity (a.u.)"
        assert h5_main.pos_dim_descriptors == ["X (a.u.)", "Y (a.u.)"]
        assert h5_main.spec_dim_descriptors == ["arb (a.u.)"]
        assert h5_main.pos_dim_sizes == [20, 12]
        np.testing.assert_array_equal(h5_main.get_n_dim_form()[..., 0], PIXELS.T)


@pytest.mark.parametrize(
    ("bin_factor", "interp_func", "word"),
    [
        (2, 3, "BICUBIC"),
        (2, Image.Resampling.LANCZOS, "LANCOS"),
        ((2, 4), 1, "LANCOS"),
        ([5, 3], 0, "NEAREST"),
        (np.array([2, 2]), 5, "HAMMING"),
        (np.int64(3), 4, "BOX"),
        ((2.0, 2), 2, "BILINEAR"),
    ],
)
def test_rows_and_columns_are_binned(picture, tmp_path, bin_factor, interp_func, word):
    path = ImageTranslator().translate(
        picture, tmp_path / "b.h5", bin_factor=bin_factor, interp_func=interp_func
    )
    rows, columns = np.broadcast_to(bin_factor, 2).astype(int)
    small = Image.fromarray(PIXELS).resize((20 // columns, 12 // rows), int(interp_func))

    assert path == str(tmp_path / "b.h5")
    with h5py.File(path) as file:
        attrs = file["Measurement_000"].attrs
        assert attrs["image_PIL_resample_mode"] == word == resample_dict[int(interp_func)]
        assert attrs["image_binning_size"].tolist() == [rows, columns]
        found = USIDataset(file["Measurement_000/Channel_000/Raw_Data"])
        np.testing.assert_array_equal(found.get_n_dim_form()[..., 0].T, np.asarray(small))


@pytest.mark.parametrize("flat", [False, True])
def test_values_are_brought_to_one(tmp_path, flat):
    picture = tmp_path / "a.png"
    pixels = np.full_like(PIXELS, 7) if flat else PIXELS + 3
    Image.fromarray(pixels).save(picture)

    with h5py.File(ImageTranslator().translate(str(picture), normalize=True)) as file:
        attrs = file["Measurement_000"].attrs
        assert attrs["normalized"]
        assert (attrs["image_min"], attrs["image_max"]) == ((0, 0) if flat else (0, 1))
        found = file["Measurement_000/Channel_000/Raw_Data"]
        assert found.dtype == np.float32
        expected = np.zeros(240) if flat else PIXELS.T.ravel() / 239
        np.testing.assert_allclose(found[:, 0], expected, rtol=1e-6)


def test_tables_keep_their_numbers(tmp_path):
    np.savetxt(tmp_path / "a.csv", PIXELS[:4] / 7, delimiter=",")

    with h5py.File(ImageTranslator().translate(tmp_path / "a.csv")) as file:
        found = file["Measurement_000/Channel_000/Raw_Data"]
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found[:, 0], (PIXELS[:4] / 7).T.ravel())


def test_an_existing_file_is_refused_and_stays(picture, tmp_path):
    (tmp_path / "b.h5").write_bytes(b"x")
    with pytest.raises(FileExistsError, match="another h5_path"):
        ImageTranslator().translate(str(picture), str(tmp_path / "b.h5"))

    assert (tmp_path / "b.h5").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"image_path": 5}, TypeError, "image_path"),
        ({"image_path": "missing.png"}, FileNotFoundError, "missing.png"),
        ({"h5_path": 5}, TypeError, "h5_path"),
        ({"bin_factor": 1.5}, TypeError, "whole number"),
        ({"bin_factor": "2"}, TypeError, "whole number"),
        ({"bin_factor": ("a", "b")}, TypeError, "whole"),
        ({"bin_factor": (1.5, 2)}, TypeError, "whole"),
        ({"bin_factor": (1, 2, 3)}, ValueError, "two numbers"),
        ({"bin_factor": -1}, ValueError, "1 or more"),
        ({"bin_factor": 0}, ValueError, "1 or more"),
        ({"bin_factor": 50}, ValueError, "larger than the picture"),
        ({"interp_func": "x"}, TypeError, "interp_func"),
        ({"interp_func": 7}, ValueError, "interp_func"),
    ],
)
def test_bad_input_leaves_no_file_behind(picture, changes, error, message):
    with pytest.raises(error, match=message):
        ImageTranslator().translate(**{"image_path": str(picture)} | changes)

    assert [file.name for file in picture.parent.iterdir()] == [picture.name]


def test_colors_become_gray_unless_wanted(tmp_path):
    colors = np.stack([PIXELS, PIXELS // 2, PIXELS // 3], -1)
    path = tmp_path / "rgb.png"
    Image.fromarray(colors).save(path)
    gray = Image.fromarray(colors).convert("L")

    np.testing.assert_array_equal(read_image(path), np.asarray(gray))
    np.testing.assert_array_equal(read_image(str(path), as_grayscale=False), colors)
    assert read_image(path, as_numpy_array=False).mode == "L"
    assert read_image(path, False, False).mode == "RGB"
    with pytest.raises(ValueError, match="as_grayscale"):
        ImageTranslator().translate(path, as_grayscale=False)


@pytest.mark.parametrize(("name", "dtype"), [("a.png", np.uint16), ("a.tif", np.float32)])
def test_deep_pictures_keep_their_depth(tmp_path, name, dtype):
    deep = PIXELS.astype(dtype) * 100
    Image.fromarray(deep).save(tmp_path / name)

    found = read_image(tmp_path / name)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, deep)
    with h5py.File(ImageTranslator().translate(tmp_path / name, bin_factor=(1, 1))) as file:
        pixels = file["Measurement_000/Channel_000/Raw_Data"]
        assert pixels.dtype == np.float32
        np.testing.assert_array_equal(pixels[:, 0], deep.T.ravel())


def test_tables_are_read_as_pictures_too(tmp_path):
    np.savetxt(tmp_path / "a.TXT", PIXELS)
    np.savetxt(tmp_path / "b.csv", PIXELS, delimiter=";")

    np.testing.assert_array_equal(read_image(tmp_path / "a.TXT"), PIXELS)
    np.testing.assert_array_equal(read_image(tmp_path / "b.csv", delimiter=";"), PIXELS)
    picture = read_image(tmp_path / "a.TXT", as_numpy_array=False)
    assert picture.mode == "L"
    np.testing.assert_array_equal(np.asarray(picture), PIXELS)


def test_what_cannot_be_read_is_refused():
    with pytest.raises(TypeError, match="int"):
        read_image(5)
    with pytest.raises(FileNotFoundError, match="missing"):
        read_image("missing.png")
