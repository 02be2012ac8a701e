"""Pictures and arrays: what is stored comes out, and nothing that is not."""

from __future__ import annotations

import pickle
import struct
import zlib

import numpy as np
import pytest
from made.image import GRAY, RGB, write_npy, write_png, write_with_pillow
from made.renishaw import block, jpeg, write_map
from made.tiff import RAMP, page, write_tiff

import SciFiReaders
import sidpy
from sidpy.errors import CorruptFile, ReaderError, UnsupportedFile

pytest.importorskip("PIL")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "picture.png"


def read(path):
    (dataset,) = sidpy.read(path).values()
    return dataset


def steps(dataset):
    axes = [axis for axis in dataset._axes.values() if axis.name in "yx"]
    return [(float(axis.values[1] - axis.values[0]), axis.units) for axis in axes]


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_gray_of_any_depth_is_one_plane_of_what_is_stored(path, bits):
    data = (np.arange(35).reshape(5, 7) * 1871 % (1 << bits)).astype("u2" if bits > 8 else "u1")
    write_png(path, data, bits=bits)

    dataset = read(path)

    # Pillow spreads two and four bits over a byte, as every viewer does
    factor = {2: 85, 4: 17}.get(bits, 1)
    np.testing.assert_array_equal(dataset.compute(), data * factor)
    assert dataset.dtype == data.dtype
    assert dataset.data_type is sidpy.DataType.IMAGE


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_colors_of_16_bits_stay_16_bits(path, samples):
    """Pillow cuts them to 8."""
    pytest.importorskip("imagecodecs")
    data = (np.arange(35 * samples).reshape(5, 7, samples) * 613).astype("u2")
    write_png(path, data)

    dataset = read(path)

    assert dataset.dtype == np.uint16
    np.testing.assert_array_equal(dataset.compute(), data)
    np.testing.assert_array_equal(dataset[1:3, ::2, 0].compute(), data[1:3, ::2, 0])


def test_palettes_are_colors_unless_they_are_gray(path):
    indices = GRAY % 4
    colors = np.array([[0, 0, 0], [255, 0, 0], [0, 200, 0], [9, 9, 255]], "u1")
    grays = np.repeat(np.array([[0], [50], [90], [255]], "u1"), 3, axis=1)

    write_png(path, indices, palette=colors)
    np.testing.assert_array_equal(read(path).compute(), colors[indices])

    write_png(path, indices, palette=grays)
    np.testing.assert_array_equal(read(path).compute(), grays[indices, 0])


def test_a_gray_jpeg_stays_one_plane(tmp_path):
    write_with_pillow(tmp_path / "gray.jpg", np.full((16, 24), 77, "u1"))

    np.testing.assert_array_equal(read(tmp_path / "gray.jpg").compute(), np.full((16, 24), 77))


@pytest.mark.parametrize("suffix", ["bmp", "webp", "png"])
@pytest.mark.parametrize("data", [GRAY, RGB], ids=["gray", "colors"])
def test_pictures_without_loss_are_what_was_saved(tmp_path, suffix, data):
    place = tmp_path / f"picture.{suffix}"
    write_with_pillow(place, data, **({"lossless": True} if suffix == "webp" else {}))

    dataset = read(place)

    # WebP has no gray
    wanted = np.repeat(data[..., None], 3, 2) if suffix == "webp" and data.ndim == 2 else data
    np.testing.assert_array_equal(dataset.compute(), wanted)
    if wanted.ndim == 3:
        assert dataset._axes[2].quantity == "red, green, blue"


def test_an_animation_has_its_frames_first(tmp_path):
    frames = [np.full((5, 7, 3), level, "u1") for level in (0, 128, 255)]
    write_with_pillow(tmp_path / "film.gif", frames)

    dataset = read(tmp_path / "film.gif")

    assert dataset.data_type is sidpy.DataType.IMAGE_STACK
    assert [axis.name for axis in dataset._axes.values()] == ["frame", "y", "x", "color"]
    np.testing.assert_array_equal(dataset.compute(), frames)
    np.testing.assert_array_equal(dataset[2, 1].compute(), frames[2][1])


@pytest.mark.parametrize(
    ("per_metre", "wanted"),
    [
        ((2835, 2835), [(1.0, "generic"), (1.0, "generic")]),
        ((10**8, 5 * 10**7), [(2e-8, "m"), (1e-8, "m")]),
    ],
    ids=["screen", "microscope"],
)
def test_pixels_per_metre_are_a_length_unless_of_a_screen(path, per_metre, wanted):
    write_png(path, GRAY, per_metre=per_metre)

    assert steps(read(path)) == [(pytest.approx(step), units) for step, units in wanted]


def test_row_0_is_the_top_as_exif_says(path):
    write_png(path, GRAY, turned=True, per_metre=(10**8, 5 * 10**7))

    dataset = read(path)

    # 8: the first row is the left side, the first column the bottom
    np.testing.assert_array_equal(dataset.compute(), GRAY.T[::-1])
    assert [step for step, _ in steps(dataset)] == pytest.approx([1e-8, 2e-8])


def test_a_text_beside_sizes_the_pixels(tmp_path):
    write_with_pillow(tmp_path / "grain.png", GRAY)
    (tmp_path / "grain-png.hdr").write_text(
        "[MAIN]\nPixelSizeX=2e-9\nPixelSizeY=4e-9\n[SEM]\nHV=5e3\n"
    )

    dataset = read(tmp_path / "grain.png")

    assert steps(dataset) == [(4e-9, "m"), (2e-9, "m")]
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 5000


def test_pixels_are_unpacked_when_they_are_computed(path):
    write_png(path, GRAY)
    dataset = pickle.loads(pickle.dumps(read(path)))
    write_png(path, 255 - GRAY)

    np.testing.assert_array_equal(dataset.compute(), 255 - GRAY)


@pytest.mark.parametrize(("rows", "columns"), [(60_000, 60_000), (1, 2**31 - 1), (10_000, 10_000)])
def test_a_bomb_is_refused_by_its_size(path, rows, columns):
    write_png(path, GRAY)
    raw = bytearray(path.read_bytes())
    raw[16:24] = struct.pack(">II", columns, rows)
    raw[29:33] = struct.pack(">I", zlib.crc32(bytes(raw[12:29])))
    path.write_bytes(raw)

    with pytest.raises((UnsupportedFile, CorruptFile), match="pixels"):
        sidpy.read(path)


@pytest.mark.parametrize("place", [10, 40, 70])
def test_a_picture_that_was_cut_short_is_refused(path, place):
    write_png(path, GRAY)
    path.write_bytes(path.read_bytes()[:place])

    with pytest.raises(ReaderError, match=r"picture\.png"):
        read(path).compute()


def test_the_class_labels_as_the_released_package(tmp_path):
    write_with_pillow(tmp_path / "colors.png", RGB)
    write_tiff(tmp_path / "ramp.tif", [page(RAMP)])

    reader = SciFiReaders.ImageReader(str(tmp_path / "colors.png"))
    colors = reader.read(formats=["PNG"])
    ramp = SciFiReaders.ImageReader(tmp_path / "ramp.tif").read()

    assert reader.can_read()
    for dataset, values in ((colors, RGB), (ramp, RAMP)):
        assert (dataset.title, dataset.quantity, dataset.units) == ("Image", "Intensity", "a. u.")
        assert [dataset._axes[i].quantity for i in (0, 1)] == ["Length", "Width"]
        np.testing.assert_array_equal(dataset.compute(), values)
    assert [axis.name for axis in colors._axes.values()] == ["y", "x", "s"]
    (tmp_path / "no.png").write_text("no picture at all")
    with pytest.raises(TypeError, match="not a picture"):
        SciFiReaders.ImageReader(tmp_path / "no.png").read()


# --- NumPy ----------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<u2", ">f4", ">c8", "?", "<f2", "<i8"])
def test_arrays_are_mapped_in_any_order(tmp_path, dtype, order):
    data = np.asarray(np.arange(24).reshape(2, 3, 4), dtype, order=order)
    dataset = read(write_npy(tmp_path / "cube.npy", data))

    np.testing.assert_array_equal(dataset.compute(), data)
    np.testing.assert_array_equal(dataset[1, :, 2].compute(), data[1, :, 2])
    assert dataset.dtype == data.dtype.newbyteorder("=")


def test_fields_are_datasets_and_text_is_left_out(tmp_path):
    data = np.zeros(4, [("bias", ">f8"), ("counts", "<i4", (3,)), ("name", "U4")])
    data["bias"], data["counts"] = np.arange(4), np.arange(12).reshape(4, 3)
    write_npy(tmp_path / "log.npy", data)

    bias, counts = sidpy.read(tmp_path / "log.npy").values()

    np.testing.assert_array_equal(bias.compute(), data["bias"])
    np.testing.assert_array_equal(counts.compute(), data["counts"])
    assert (bias.title, counts.title) == ("log bias", "log counts")


def test_objects_are_never_unpickled(tmp_path):
    np.save(tmp_path / "evil.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)

    with pytest.raises(UnsupportedFile, match="objects never"):
        sidpy.read(tmp_path / "evil.npy")


@pytest.mark.parametrize("shape", ["(10**12,)", "(-1,)", "(1000000000000, 8)", "(0, 4)"])
def test_shapes_that_cannot_be_are_refused(tmp_path, shape):
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    raw = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + bytes(64)
    (tmp_path / "large.npy").write_bytes(raw)

    with pytest.raises(ReaderError, match=r"large\.npy"):
        sidpy.read(tmp_path / "large.npy")


def test_a_picture_of_wire_is_the_same_alone_and_inside_its_spectra(tmp_path):
    pytest.importorskip("PIL")
    (tmp_path / "alone.jpg").write_bytes(jpeg())
    inside = write_map(tmp_path / "map.wdf", extra=block(b"WHTL", jpeg()))

    (alone,) = sidpy.read(tmp_path / "alone.jpg").values()
    white = next(d for d in sidpy.read(inside).values() if d.title == "white light image")

    np.testing.assert_array_equal(alone.compute(), white.compute())
    for one in (alone, white):
        # the corner is at -40, 12; a pixel is 2 x 2
        np.testing.assert_allclose(one.x.values, -39 + 2 * np.arange(9))
        np.testing.assert_allclose(one.y.values, 13 + 2 * np.arange(5))
        assert one.x.units == "µm"
        assert one.color.quantity == "red, green, blue"


@pytest.mark.vendor
def test_the_real_picture_of_wire_has_its_middle_at_the_stage(vendor_data):
    pytest.importorskip("PIL")
    (picture,) = sidpy.read(vendor_data / "image/rosettasciio/renishaw_wire.jpg").values()

    middle = [np.mean(axis.values) for axis in (picture.x, picture.y)]

    # what the stage says is round to 0.1 and 0.01 µm; the noted corner is not its middle
    np.testing.assert_allclose(middle, [20016.2, -6213.62], atol=1e-3)
