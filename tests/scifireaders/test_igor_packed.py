"""Igor packed experiments: every wave of every folder, nothing that was replaced."""

import numpy as np
import pytest

from SciFiReaders.readers.probe.igor_packed import parse_packed, read_packed, sniff
from SciFiReaders.simulate.ibw import ibw_bytes, packed_bytes
from sidpy.errors import CorruptFile, ReaderError, UnrecognisedFile, UnsupportedFile


def _wave(values, name, **options):
    return ibw_bytes(np.asarray(values, float), name=name, **options)


@pytest.fixture
def records():
    return [
        (1, b"variables"),
        (3, _wave([1, 2, 3], "top")),
        (9, b"scans\0"),
        (9, b"first\0"),
        (3, _wave([[1, 2], [3, 4]], "image", order=">")),
        (0x8003, _wave([9], "replaced")),
        (10, b""),
        (3, _wave([4, 5], "last", version=2)),
        (3, _wave([], "empty")),
        (10, b""),
        (3, b"\x07\x00" + bytes(400)),
        (5, b"procedures"),
    ]


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
def test_waves_are_named_by_their_folders(tmp_path, records, order):
    path = tmp_path / "a.pxp"
    path.write_bytes(packed_bytes(records, order=order))

    found = read_packed(path)

    assert [dataset.title for dataset in found] == ["top", "scans/first/image", "scans/last"]
    np.testing.assert_array_equal(found[1].compute(), [[2, 4], [1, 3]])
    np.testing.assert_array_equal(found[2].compute(), [4, 5])


def test_an_experiment_without_waves_is_refused(tmp_path):
    path = tmp_path / "a.pxp"
    path.write_bytes(packed_bytes([(1, b"variables"), (2, b"history")]))

    with pytest.raises(UnsupportedFile, match="no wave"):
        read_packed(path)


def test_a_wave_that_runs_past_its_record_is_refused(tmp_path):
    path = tmp_path / "a.pxp"
    path.write_bytes(packed_bytes([(3, _wave([1, 2], "cut")[:-3]), (2, b"history")]))

    with pytest.raises(CorruptFile, match="past the end of its record"):
        read_packed(path)


def test_a_record_of_no_kind_is_refused(tmp_path):
    path = tmp_path / "a.pxp"
    path.write_bytes(packed_bytes([(1, b"variables"), (999, b"?")]))

    with pytest.raises(CorruptFile, match="999 is no kind"):
        read_packed(path)


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_file_cut_short_gives_whole_waves_or_the_family(tmp_path, records, tenth):
    raw = packed_bytes(records)
    path = tmp_path / "a.pxp"
    path.write_bytes(raw[: len(raw) * tenth // 10])

    with pytest.raises(ReaderError, match=r"a\.pxp"):
        read_packed(path)


@pytest.mark.parametrize("raw", [b"", b"\1", b"plain text of another kind", bytes(5000)])
def test_a_file_of_another_kind_is_a_type_error(tmp_path, raw):
    path = tmp_path / "a.pxp"
    path.write_bytes(raw)

    with pytest.raises(UnrecognisedFile, match="not a packed experiment"):
        parse_packed(path)


def test_nothing_but_tiny_records_is_refused(tmp_path):
    path = tmp_path / "a.pxp"
    path.write_bytes(packed_bytes([(1, b"")]) * ((1 << 18) + 1))

    with pytest.raises(CorruptFile, match="more than 262144 records"):
        read_packed(path)


class _Probe:
    def __init__(self, raw):
        self.head, self.size = raw[: 1 << 16], len(raw)


def test_the_sniffer_follows_the_chain_to_a_wave(records):
    raw = packed_bytes(records, order=">")

    assert sniff(_Probe(raw))[0] == 1.0
    assert sniff(_Probe(packed_bytes([(2, bytes(1 << 17))])))[0] == 0.4
    assert sniff(_Probe(b"\1\0\0\0\5\0\0\0hellogarbage, and more of it")) == 0.0
    assert sniff(_Probe(b"MZ" + bytes(300))) == 0.0


@pytest.mark.vendor
def test_a_real_experiment_is_read_with_its_units(vendor_data):
    path = vendor_data / "igor-packed" / "igor2" / "packed-byteorder.pxt"

    [spectrum] = read_packed(path)

    angle, energy = spectrum._axes[0], spectrum._axes[1]
    assert (spectrum.title, spectrum.shape) == ("Wide scan", (1, 1421))
    assert (angle.units, energy.units, energy[0]) == ("deg", "eV", 70.0)
    assert energy.slope == pytest.approx(-0.05, rel=1e-2)
    assert spectrum.original_metadata["Sample"] == 5311
