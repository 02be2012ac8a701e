"""What a stranger may put into a file: bombs, loops, names and links that lead elsewhere.

The files are those of ``made``, each changed in one way.  Random damage, cuts at 100 points
and numbers that claim too much are in ``test_damaged.py``.
"""

from __future__ import annotations

import ast
import re
import shutil
import sys
import tracemalloc
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import SciFiReaders
from sidpy import plugins
from sidpy.errors import ReaderError
from sidpy.io.read import call_reader
from sidpy.plugins.sniffing import load

sys.path.insert(0, str(Path(__file__).parents[1] / "together"))
import damage_samples

pytestmark = pytest.mark.filterwarnings("ignore::sidpy.errors.SidpyWarning")

SOURCES = Path(SciFiReaders.__file__).parent
#: Ten to the nine times three letters, if anybody lets it grow.
LAUGHS = '<!DOCTYPE l [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
)
LAUGHS += "]>"
SECRET = 77
#: 4 GB, as a zip writes it.
CLAIM = b"\xf0\xff\xff\xff"


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """Every file that the tests make, with the name of its reader."""
    return damage_samples.make_samples(tmp_path_factory.mktemp("made"), "vendor")


@pytest.fixture
def copies(samples, tmp_path):
    """Copies of the samples that begin in a way, each in a folder of its own."""

    def copied(*beginnings):
        for number, sample in enumerate(samples):
            if sample.path.read_bytes()[:4096].lstrip().startswith(beginnings):
                folder = tmp_path / str(number)
                shutil.copytree(sample.path.parent, folder)
                yield sample.reader, folder / sample.path.name

    return copied


def read(reader, path):
    """Return what a reader makes of a file."""
    spec = plugins.registry().reader(reader).spec
    found = call_reader(load(spec.reader), str(path), {})
    return list(found.values() if isinstance(found, dict) else found)


def outcome(reader, path):
    """Return the datasets and their numbers, or that they were refused."""
    try:
        return [(one, one.compute(scheduler="synchronous")) for one in read(reader, path)]
    except ReaderError:
        return "refused"


# --- XML ------------------------------------------------------------------------------


def test_entities_are_refused_by_every_reader_of_xml(copies):
    refused = set()
    for reader, path in copies(b"<?xml", b"\xef\xbb\xbf<", b"\xff\xfe<", b"<"):
        raw = path.read_bytes()
        encoding = "utf-16" if raw.startswith(b"\xff\xfe") else "utf-8"
        text = raw.decode(encoding, "surrogateescape")
        declaration = re.match(r"\s*\ufeff?(<\?xml[^>]*\?>)?", text).group()
        text = declaration + LAUGHS + text[len(declaration) :]
        path.write_bytes(text.encode(encoding, "surrogateescape"))

        with pytest.raises(ReaderError, match=re.escape(path.name)):
            read(reader, path)
        refused.add(reader.partition(".")[2])

    assert {"bruker_xml", "panalytical_xrdml", "trivista_tvf", "imzml", "anasys_axz"} <= refused
    assert {"horiba_xml", "xsyg", "empad"} <= refused


def test_xml_is_parsed_only_where_entities_are_refused():
    parsers = {"fromstring", "iterparse", "XMLPullParser", "XMLParser", "parse", "ParserCreate"}
    for source in SOURCES.rglob("*.py"):
        tree = ast.parse(source.read_text())
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        found = [
            call
            for call in calls
            if isinstance(call, ast.Attribute)
            and isinstance(call.value, ast.Name)
            and call.value.id in ("ET", "ElementTree", "expat", "minidom")
            and call.attr in parsers
        ]
        assert not found or "refuse_declarations" in source.read_text(), source


# --- zip ------------------------------------------------------------------------------


def _rewritten(path, change):
    """Write a zip again with its members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        change(archive, members)


def _overclaimed(path):
    """Let the directory of a zip claim that its last member unpacks to 4 GB."""
    raw = bytearray(path.read_bytes())
    entry = raw.rfind(b"PK\x01\x02")
    raw[entry + 24 : entry + 28] = CLAIM
    local = int.from_bytes(raw[entry + 42 : entry + 46], "little")
    raw[local + 22 : local + 26] = CLAIM
    path.write_bytes(raw)


def test_members_that_claim_too_much_are_not_unpacked(copies):
    readers = set()
    for reader, path in copies(b"PK\x03\x04"):
        _overclaimed(path)
        tracemalloc.start()
        try:
            outcome(reader, path)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert most < 1 << 27, (reader, most)
        readers.add(reader.partition(".")[2])

    assert {"jpk_force", "bruker_brml", "rigaku_rasx", "pantarhei_prz", "nion_ndata"} <= readers


def test_names_in_a_zip_lead_nowhere(copies, tmp_path):
    def climbing(archive, members):
        for name, content in members.items():
            archive.writestr(name, content)
        for name in ("../climbed", "../../climbed", str(tmp_path / "climbed"), "a/../../climbed"):
            archive.writestr(name, b"climbed")

    for reader, path in copies(b"PK\x03\x04"):
        _rewritten(path, climbing)
        before = set(tmp_path.rglob("*"))

        outcome(reader, path)

        assert set(tmp_path.rglob("*")) == before, reader


def test_nothing_is_unpacked_to_a_disk_unpickled_or_evaluated():
    forbidden = re.compile(
        r"\b(extractall|unpack_archive|literal_eval|eval|exec)\(|\.extract\(|pickle\.loads?\("
        r"|allow_pickle=True|yaml\.(unsafe_)?load\("
    )
    for source in SOURCES.rglob("*.py"):
        code = "\n".join(
            line for line in source.read_text().splitlines() if not line.lstrip().startswith("#")
        )
        assert not forbidden.search(code), (source, forbidden.search(code))


# --- HDF5 -----------------------------------------------------------------------------

_HDF5 = b"\x89HDF\r\n\x1a\n"


def _items(file, kind):
    """Return the items of a kind, each once."""
    found = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, kind) else None)
    return found


def test_groups_that_hold_themselves_do_not_hang_a_reader(copies):
    count = 0
    for reader, path in copies(_HDF5):
        try:
            with h5py.File(path, "r+") as file:
                for name in ["/", *_items(file, h5py.Group)]:
                    file[name]["loop"] = file["/"]
                    file[name]["round"] = h5py.SoftLink("/loop/loop")
        except OSError:
            continue  # older than what h5py writes to
        outcome(reader, path)
        count += 1

    assert count > 15


def test_links_to_other_files_are_not_followed(copies, tmp_path):
    count = 0
    for reader, path in copies(_HDF5):
        secret = tmp_path / "secret.h5"
        secret.unlink(missing_ok=True)
        with h5py.File(path, "r+") as file, h5py.File(secret, "w") as other:
            for name in _items(file, h5py.Dataset):
                stored = file[name]
                if not stored.ndim or stored.dtype.kind not in "iuf":
                    continue
                other[name] = np.full(stored.shape, SECRET, stored.dtype)
                del file[name]
                file[name] = h5py.ExternalLink(str(secret), name)

        found = outcome(reader, path)

        for one, numbers in () if found == "refused" else found:
            assert not numbers.size or not (np.asarray(numbers) == SECRET).all(), (
                reader,
                one.title,
            )
        count += 1

    assert count > 15


# --- chains ---------------------------------------------------------------------------


def test_a_hypermap_whose_tree_continues_in_itself_is_refused(samples, tmp_path):
    path = next(s.path for s in samples if s.reader == "SciFiReaders.bruker_bcf")
    raw = bytearray(path.read_bytes())
    size = int.from_bytes(raw[0x128:0x12C], "little")
    tree = int.from_bytes(raw[0x140:0x144], "little")
    raw[0x144:0x148] = (60_000).to_bytes(4, "little")
    place = 0x118 + size * tree
    raw[place : place + 4] = tree.to_bytes(4, "little")
    (tmp_path / "circle.bcf").write_bytes(raw)

    assert outcome("SciFiReaders.bruker_bcf", tmp_path / "circle.bcf") == "refused"
