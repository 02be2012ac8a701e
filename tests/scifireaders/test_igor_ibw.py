"""Igor binary waves: every version, byte order, number type and shape, labelled truly."""

import numpy as np
import pytest

from SciFiReaders import IgorIBWReader, IgorMatrixReader
from SciFiReaders.readers.probe.igor_ibw import read_ibw
from SciFiReaders.readers.probe.igor_notes import channel_units, parse_note
from SciFiReaders.readers.probe.igor_wave import checksum, parse_wave, sniff
from SciFiReaders.simulate.ibw import ibw_bytes, write_ibw
from sidpy import DataType, DimensionType
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

ASYLUM_NOTE = (
    "ScanSize: 2e-06\rFastScanSize: 2e-06\rSlowScanSize: 1e-06\rXOffset: 0\rYOffset: 5e-07\r"
    "ScanAngle: 90\rScanRate: 2.0032\rImagingMode:PFM Mode\rInvOLS: 3.7919e-08\r"
    "SpringConstant: 0.46538\rDate: 2010-11-24\rTime: 5:06:06 PM\rOrcaGain: NaN\r"
)

NUMBERS = ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16"]


@pytest.fixture
def layers():
    """Three layers of a wave of 5 by 4 points: [x, y, layer]."""
    return np.arange(60, dtype="f4").reshape(5, 4, 3)


@pytest.fixture
def stack(tmp_path, layers):
    return write_ibw(
        tmp_path / "stack.ibw",
        layers,
        name="film0001",
        units="m",
        scaling=[(0.5e-9, 1e-9), (0.25e-9, 2e-9)],
        dimension_units=["m", "m"],
        labels={2: ["HeightRetrace", "PhaseRetrace", "Mystery"]},
        note=ASYLUM_NOTE,
    )


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_every_type_and_order_come_out_as_written(tmp_path, kind, order):
    values = (np.arange(7) - (3 if kind[0] in "ifc" else 0)).astype(kind)
    if kind[0] == "c":
        values = values + np.array(2j, kind)
    path = write_ibw(tmp_path / "a.ibw", values, order=order)

    [curve] = read_ibw(path)

    np.testing.assert_array_equal(curve.compute(), values)
    assert curve.dtype == np.dtype(kind)
    assert curve.dtype.isnative


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("version", [2, 3, 5])
def test_every_version_keeps_name_scaling_units_and_note(tmp_path, version, order):
    path = write_ibw(
        tmp_path / "a.ibw",
        np.arange(11, dtype="f8"),
        version=version,
        order=order,
        name="sweep",
        units="A",
        scaling=[(-0.25, 3.0)],
        dimension_units=["V"],
        note="gain: 3\rmode: fast",
        created=3373459566,
    )

    [curve] = read_ibw(path)

    axis = curve._axes[0]
    assert (curve.title, curve.units, axis.name, axis.units) == ("sweep", "A", "voltage", "V")
    np.testing.assert_allclose(axis.values, 3.0 - 0.25 * np.arange(11))
    assert curve.original_metadata["gain"] == 3
    assert curve.original_metadata["mode"] == "fast"
    assert curve.original_metadata["creationDate"] == "2010-11-24T16:06:06"


def test_integers_with_an_imaginary_part_become_complex_numbers(tmp_path):
    pairs = np.array([(1, -2), (3, 4)], dtype=[("re", "i2"), ("im", "i2")])
    plain = bytearray(ibw_bytes(np.zeros(4, "i2")))
    plain[384:392] = pairs.tobytes()
    raw = _with_type(plain, points=2, code=0x10 | 1)
    path = tmp_path / "a.ibw"
    path.write_bytes(raw)

    [curve] = read_ibw(path)

    np.testing.assert_array_equal(curve.compute(), [1 - 2j, 3 + 4j])


def test_an_image_stack_becomes_one_upright_image_per_layer(stack, layers):
    images = read_ibw(stack)

    assert IgorIBWReader(stack).can_read()
    assert [image.title for image in images] == ["HeightRetrace", "PhaseRetrace", "Mystery"]
    for k, image in enumerate(images):
        np.testing.assert_array_equal(image.compute(), np.rot90(layers[:, :, k]))
        assert image.data_type is DataType.IMAGE


def test_an_image_has_metres_along_its_axes_and_units_of_its_channel(stack):
    images = read_ibw(stack)

    assert [image.units for image in images] == ["m", "deg", "generic"]
    y, x = (images[1]._axes[i] for i in (0, 1))
    assert (y.name, y.units, x.name, x.units) == ("y", "m", "x", "m")
    np.testing.assert_allclose(x.values, 1e-9 + 0.5e-9 * np.arange(5))
    # row 0 is the top, where y is largest
    np.testing.assert_allclose(y.values, 2e-9 + 0.25e-9 * np.arange(4)[::-1])
    assert y.dimension_type is DimensionType.SPATIAL


def test_asylum_notes_become_metadata_in_si_units(stack):
    metadata = read_ibw(stack)[0].metadata

    assert metadata["scan"]["range"] == [2e-06, 1e-06]
    assert metadata["scan"]["angle"] == 90
    assert metadata["experiment"]["spring_constant"] == 0.46538
    assert metadata["experiment"]["start_date_time"] == "2010-11-24 5:06:06 PM"


def test_the_class_returns_the_wave_as_it_is(stack, layers):
    reader = IgorIBWReader(str(stack))

    images = reader.read(verbose=False, parm_encoding="utf-8")

    assert list(images) == ["Channel_000", "Channel_001", "Channel_002"]
    np.testing.assert_array_equal(images["Channel_001"].compute(), layers[:, :, 1])
    assert [axis.name for axis in images["Channel_001"]._axes.values()] == ["x", "y"]
    assert images["Channel_001"].units == "deg"
    assert images["Channel_001"]._axes[0].units == "m"


@pytest.fixture
def force_curve(tmp_path):
    columns = np.stack([np.linspace(3, 1, 9), np.arange(9) * 1e-9, np.linspace(3, 2, 9)], axis=1)
    return write_ibw(
        tmp_path / "curve.ibw",
        columns.astype("f4"),
        units="m",
        scaling=[(0.0005, 0)],
        dimension_units=["s"],
        labels={1: ["Raw", "Phase", "ZSnsr"]},
        note=ASYLUM_NOTE,
    )


def test_columns_of_a_force_curve_are_curves_over_time(force_curve):
    curves = read_ibw(force_curve)

    assert [(c.title, c.units) for c in curves] == [("Raw", "m"), ("Phase", "deg"), ("ZSnsr", "m")]
    for curve in curves:
        axis = curve._axes[0]
        assert (axis.name, axis.units) == ("time", "s")
        np.testing.assert_allclose(axis.values, 0.0005 * np.arange(9))


def test_the_class_draws_a_force_curve_over_its_z_sensor(force_curve):
    curves = IgorIBWReader(force_curve).read()

    sensor = curves["Channel_002"].compute()
    for curve in curves.values():
        axis = curve._axes[0]
        assert (axis.name, axis.units) == ("ZSnsr", "m")
        np.testing.assert_array_equal(axis.values, sensor)


def test_a_wave_of_two_different_quantities_is_transposed_and_not_turned(tmp_path):
    values = np.arange(12, dtype="f4").reshape(4, 3)
    path = write_ibw(
        tmp_path / "a.ibw",
        values,
        units="Counts [arb. units]",
        dimension_units=["Kinetic Energy [eV]", "Y-Scale [deg]"],
        scaling=[(0.1, 16.0), (0.5, -7.0)],
    )

    [map_] = read_ibw(path)

    np.testing.assert_array_equal(map_.compute(), values.T)
    angle, energy = map_._axes[0], map_._axes[1]
    assert (map_.quantity, map_.units) == ("Counts", "arb. units")
    assert (energy.name, energy.quantity, energy.units) == (
        "kinetic_energy", "Kinetic Energy", "eV",
    )  # fmt: skip
    np.testing.assert_allclose(angle.values, [-7.0, -6.5, -6.0])
    np.testing.assert_array_equal(IgorIBWReader(path).read()["Channel_000"].compute(), values)


@pytest.mark.parametrize(
    ("units", "kind", "order"),
    [("", DataType.IMAGE_STACK, "fyx"), ("V", DataType.SPECTRAL_IMAGE, "yxv")],
    ids=["frames", "spectra"],
)
def test_a_volume_without_labels_is_frames_or_spectra_by_its_units(tmp_path, units, kind, order):
    values = np.arange(24, dtype="f8").reshape(4, 3, 2)
    path = write_ibw(tmp_path / "a.ibw", values, dimension_units=["m", "m", units])

    [volume] = read_ibw(path)

    upright = np.rot90(values)
    expected = upright if kind is DataType.SPECTRAL_IMAGE else np.moveaxis(upright, -1, 0)
    np.testing.assert_array_equal(volume.compute(), expected)
    assert "".join(axis.name[0] for axis in volume._axes.values()) == order
    assert volume.data_type is kind


def test_a_volume_of_four_dimensions_keeps_two_behind_the_image(tmp_path):
    values = np.arange(120, dtype="f4").reshape(5, 4, 3, 2)
    path = write_ibw(tmp_path / "a.ibw", values, dimension_units=["nm", "nm", "V", "Hz"])

    [volume] = read_ibw(path)

    np.testing.assert_array_equal(volume.compute(), np.rot90(values))
    assert [axis.name for axis in volume._axes.values()] == ["y", "x", "voltage", "frequency"]


def test_texts_of_a_text_wave_come_out_in_order(tmp_path):
    words = ["Mary", "had", "", "ä little", "lamb"]
    path = write_ibw(tmp_path / "a.ibw", np.array(words), order=">")

    [texts] = read_ibw(path)

    assert texts.compute().tolist() == words


def test_a_matrix_export_says_its_channel_and_size(tmp_path):
    note = (
        "I 3 Backward\rSPM Image\rChannel name and data unit: I 3 [A]\r"
        "Width = 5e-009 [m], Height = 4e-009 [m]\r"
        "Experiment 'STM' executed by user 'x' at a time written far behind in prose 22:45\r"
    )
    values = np.arange(6.0).reshape(3, 2)
    path = write_ibw(
        tmp_path / "a.ibw", values, units="A", dimension_units=["m", "m"], name="I 3", note=note
    )

    image = IgorMatrixReader(path).read()

    np.testing.assert_array_equal(image.compute(), values)
    facts = image.original_metadata
    assert (facts["channel_name"], facts["image_width"], facts["image_units"]) == (
        "I 3",
        5e-9,
        "m",
    )
    assert len(facts["note"]) == 3


def test_a_note_keeps_every_value_of_a_key_that_comes_twice():
    assert parse_note("a: 1\ra: 2\n[b]\r\nc=x y\rd") == {
        "a": 1, "a (2)": 2, "b": {"c": "x y"}, "note": ["d"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "units"),
    [
        ("HeightTrace", "m"), ("ZSensorRetrace", "m"), ("ZSensorVolts", "V"), ("Phase2", "deg"),
        ("FrequencyTrace", "Hz"), ("CurrentRetrace", "A"), ("UserIn0Trace", "V"),
        ("PotentialRetrace", "V"), ("DissipationTrace", ""),
    ],
)  # fmt: skip
def test_a_channel_of_asylum_has_the_unit_of_its_kind_or_none(channel, units):
    assert channel_units("m", parse_note(ASYLUM_NOTE), channel) == ("", units)


def test_units_that_a_user_chose_stand_in_the_note():
    note = parse_note(ASYLUM_NOTE + "UserIn0Unit: pN\rUserCalcUnit:°\rUserCalcBUnit:\r")

    found = [channel_units("m", note, name) for name in ("UserIn0Retrace", "UserCalcTrace")]

    assert found == [("", "pN"), ("", "deg")]
    assert channel_units("m", note, "UserCalcBRetrace") == ("", "")


def test_labels_of_other_programs_leave_the_unit_of_the_wave(tmp_path):
    path = write_ibw(tmp_path / "a.ibw", np.ones((3, 2)), units="V", labels={1: ["Height", ""]})

    assert [(c.title, c.units) for c in read_ibw(path)] == [("Height", "V"), ("wave0 1", "V")]


def test_names_that_are_not_utf8_are_read_as_one_byte_per_letter(tmp_path):
    raw = bytearray(ibw_bytes(np.ones(3), name="Hohe"))
    place = raw.index(b"Hohe")
    raw[place : place + 4] = "Höhe".encode("latin-1")
    path = tmp_path / "a.ibw"
    path.write_bytes(_sealed(raw))

    assert read_ibw(path)[0].title == "Höhe"


def test_a_wave_without_points_is_refused_by_name(tmp_path):
    path = write_ibw(tmp_path / "a.ibw", np.zeros(0), name="nothing")

    with pytest.raises(UnsupportedFile, match="'nothing' has no points"):
        read_ibw(path)


def test_a_header_that_was_changed_is_caught_by_its_checksum(tmp_path, stack):
    raw = bytearray(stack.read_bytes())
    raw[100] ^= 4
    path = tmp_path / "a.ibw"
    path.write_bytes(raw)

    with pytest.raises(CorruptFile, match="checksum"):
        read_ibw(path)


@pytest.mark.parametrize("points", [-1, 2**31 - 1, 61])
def test_a_number_of_points_that_is_not_there_is_refused(tmp_path, points):
    path = tmp_path / "a.ibw"
    path.write_bytes(_with_type(bytearray(ibw_bytes(np.zeros(60))), points=points, code=4))

    with pytest.raises(CorruptFile, match="points"):
        read_ibw(path)


@pytest.mark.parametrize("code", [0x03 | 0x08 | 0x10, 0x44, 0x100])
def test_a_number_type_nobody_knows_is_named(tmp_path, code):
    path = tmp_path / "a.ibw"
    path.write_bytes(_with_type(bytearray(ibw_bytes(np.zeros(6))), points=6, code=code))

    with pytest.raises(UnsupportedFile, match=f"type {code:#x}"):
        read_ibw(path)


def test_an_old_wave_of_texts_is_refused(tmp_path):
    path = tmp_path / "a.ibw"
    path.write_bytes(ibw_bytes(np.array(["ab", "cd"]), version=2))

    with pytest.raises(CorruptFile, match="text wave of version 2"):
        read_ibw(path)


def test_an_empty_wave_of_texts_is_parsed(tmp_path):
    wave = parse_wave(write_ibw(tmp_path / "a.ibw", np.zeros(0, "U1")))

    assert (wave.shape, wave.texts) == ((0,), ())


def test_ends_of_texts_that_go_backwards_are_refused(tmp_path):
    raw = bytearray(ibw_bytes(np.array(["ab", "cd"])))
    raw[-8:] = (4).to_bytes(4, "little") + (2).to_bytes(4, "little")
    path = tmp_path / "a.ibw"
    path.write_bytes(raw)

    with pytest.raises(CorruptFile, match="2 texts"):
        read_ibw(path)


@pytest.mark.parametrize("version", [1, 7])
def test_versions_not_supported_are_named(tmp_path, version):
    path = tmp_path / "a.ibw"
    path.write_bytes(version.to_bytes(2, "little") + bytes(400))

    with pytest.raises(UnsupportedFile, match=f"version {version}"):
        read_ibw(path)


def test_a_file_of_another_kind_is_a_type_error(tmp_path):
    path = tmp_path / "a.ibw"
    path.write_bytes(b"plain text")

    with pytest.raises(UnrecognisedFile, match="not an Igor wave"):
        IgorIBWReader(path).read()


class _Head:
    def __init__(self, head):
        self.head = head


@pytest.mark.parametrize("version", [2, 3, 5])
def test_the_sniffer_is_sure_of_a_wave_and_of_nothing_else(version):
    raw = ibw_bytes(np.ones(30), version=version, order=">")

    assert sniff(_Head(raw))[0] == 1.0
    assert sniff(_Head(raw[:50])) == 0.0
    assert sniff(_Head(raw[:20] + b"\x01" + raw[21:])) == 0.0
    assert sniff(_Head(b"\x05\x00" + bytes(range(200)) * 2)) == 0.0


def test_parsing_leaves_the_numbers_in_the_file(tmp_path):
    path = write_ibw(tmp_path / "a.ibw", np.ones((4, 3)), labels={0: ["a", "b"]}, formula="x^2")

    wave = parse_wave(path)

    assert (wave.shape, wave.offset, wave.formula) == ((4, 3), 384, "x^2")
    assert wave.dimensions[0].labels == ("a", "b")


def _sealed(raw):
    raw[2:4] = b"\0\0"
    raw[2:4] = (-checksum(bytes(raw[:384]), "<") & 0xFFFF).to_bytes(2, "little")
    return bytes(raw)


def _with_type(raw, *, points, code):
    """Change number of points, first dimension and type of a little-endian version 5."""
    for place in (64 + 12, 64 + 68):
        raw[place : place + 4] = points.to_bytes(4, "little", signed=True)
    raw[64 + 16 : 64 + 18] = code.to_bytes(2, "little")
    return _sealed(raw)


# --- real files -----------------------------------------------------------------------


@pytest.mark.vendor
def test_the_class_keeps_what_clients_of_the_released_reader_rely_on(vendor_data):
    folder = vendor_data / "igor-ibw" / "SciFiDatasets"

    curves = IgorIBWReader(str(folder / "IgorIBWReader_ForceCurve.ibw")).read()
    images = IgorIBWReader(str(folder / "IgorIBWReader_ImageStack_BTFO_DSO.ibw")).read()

    assert [curve.shape for curve in curves.values()] == [(1261,)] * 3
    assert [curve.quantity for curve in curves.values()] == ["Raw", "Defl", "ZSnsr"]
    assert [image.shape for image in images.values()] == [(256, 256)] * 4
    assert [image.units for image in images.values()] == ["m", "m", "m", "deg"]
    assert images["Channel_000"].original_metadata["ScanSize"] == 2e-06


@pytest.mark.vendor
def test_a_scienta_spectrum_descends_in_binding_energy(vendor_data):
    [spectrum] = read_ibw(next((vendor_data / "igor-ibw" / "pynxtools-xps").glob("*.ibw")))

    axis = spectrum._axes[0]
    assert (axis.quantity, axis.units, axis[0], axis[-1]) == ("Binding Energy", "eV", 600.0, -10.0)
    assert (spectrum.quantity, spectrum.units) == ("Counts", "a.u.")
    assert spectrum.metadata["experiment"]["excitation_energy"] == 700


@pytest.mark.vendor
def test_a_matrix_image_is_upright_where_the_reference_lies_as_the_wave(vendor_data):
    path = next((vendor_data / "igor-ibw" / "SciFiDatasets").glob("*Backward_Down.ibw"))

    [image] = read_ibw(path)
    wave = IgorMatrixReader(path).read()

    assert wave.shape == (256, 58)
    np.testing.assert_array_equal(image.compute(), np.rot90(wave.compute()))
    # the scan went down and was stopped: its lines fill the top of a 5 nm square about 0
    y = image._axes[0].values
    assert y[0] == pytest.approx(2.5e-9 - 5e-9 / 256 / 2)
    assert y[-1] == pytest.approx(1.376953125e-9)
