"""The kit passes a good reader and finds what is wrong with a bad one."""

from __future__ import annotations

import importlib.util
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sidpy import plugins
from sidpy.testing import ReaderConformance, foreign_files
from sidpy.testing.limits import Hang, open_files, peak_memory, time_limit

ACME = Path(__file__).parents[2] / "plugins" / "acme-reader"


@pytest.fixture
def acme(site, monkeypatch):
    """The acme-reader as it stands in the source tree, found without installation."""
    monkeypatch.syspath_prepend(ACME / "src")
    site.declare("acme", "acme_reader.plugin", dist="acme-reader", version="1.0.0")
    yield site
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_reader"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def scan_bytes():
    """The function by which the acme-reader's own tests make its files."""
    spec = importlib.util.spec_from_file_location("acme_tests", ACME / "tests" / "test_scan.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.scan_bytes


@pytest.mark.usefixtures("acme")
class TestAcmeReader(ReaderConformance):
    """The example for authors of plugins keeps every promise."""

    spec_name = "acme-scan"

    @pytest.fixture
    def sample_paths(self, scan_bytes, tmp_path):
        folder = tmp_path / "own"
        folder.mkdir()
        for dtype in ("i2", "f8"):
            values = np.arange(35).reshape(5, 7).astype(dtype)
            folder.joinpath(f"{dtype}.acm").write_bytes(scan_bytes(values))
        return sorted(folder.iterdir())


# readers that break one promise each

GOOD = """
import sys, os, struct
import numpy as np
import sidpy
from sidpy.errors import CorruptFile
HELD = []

def read(path):
    with open(path, "rb") as file:
        content = file.read(12)
    if len(content) < 12 or content[:8] != b"TOYSCAN1":
        raise CorruptFile("no toy scan", path=path)
    rows, columns = struct.unpack(">HH", content[8:])
    if not rows or not columns:
        raise CorruptFile("no pixels", path=path)
    values = sidpy.FileArray(path, ">u2", (rows, columns), offset=12)
    return sidpy.Dataset.from_array(values)
"""
SOURCE = 'values = sidpy.FileArray(path, ">u2", (rows, columns), offset=12)'
EAGER = "np.fromfile(path, '>u2', offset=12)[:rows * columns].reshape(rows, columns)"
SAME_NAMES = """\
    dataset = sidpy.Dataset.from_array(values)
    for i in range(2):
        dataset.set_dimension(i, sidpy.Dimension(np.arange(dataset.shape[i]), 'same'))
    return dataset"""
SPIN = "    while os.path.getsize(path) != 24: pass"
#: test, what is replaced, by what, what is said
SABOTAGE = {
    "escapes on a cut header": (
        "truncations_give_only_errors_of_the_family",
        "len(content) < 12 or ", "", "let error escape",
    ),
    "escapes on missing pixels": (
        "truncations_give_only_errors_of_the_family",
        SOURCE, f"values = {EAGER}", "let ValueError escape",
    ),
    "escapes on a flipped byte": (
        "flipped_bytes_give_only_errors_of_the_family",
        "if not rows", "assert rows < 256\n    if not rows", "let AssertionError escape",
    ),
    "believes the header": (
        "headers_that_claim_too_much_cost_no_memory",
        "values = sidpy", "np.zeros((rows, columns), 'u1'); values = sidpy",
        "MiB for a file of|MemoryError",
    ),
    "prints": ("prints_nothing", "    rows, columns", "    print(path); rows, columns", "assert"),
    "holds the file": (
        "holds_no_file_open",
        "values = sidpy", "HELD.append(open(path, 'rb')); values = sidpy", "open after reading",
    ),
    "maps the file": (
        "holds_no_file_open",
        "values = sidpy", "HELD.append(np.memmap(path, mode='r')); values = sidpy", "open after",
    ),
    "touches the file": (
        "leaves_the_file_untouched", "    values", "    os.utime(path, (1, 1)); values", "assert",
    ),
    "leaves a file beside": (
        "leaves_the_file_untouched",
        "    values", "    open(path + '.cache', 'w').close(); values", "assert|Permission",
    ),
    "differs when eager": (
        "lazy_and_eager_are_the_same",
        SOURCE, "values = np.random.default_rng().random((rows, columns))", "Channel_000",
    ),
    "does not pickle": (
        "pickles",
        "sidpy.FileArray(", "type('Local', (sidpy.FileArray,), {})(", "[Pp]ickle",
    ),
    "has no axes": (
        "datasets_are_complete",
        "    return sidpy.Dataset.from_array(values)",
        SAME_NAMES,
        "same",
    ),
    "hangs": (
        "truncations_give_only_errors_of_the_family",
        "    rows, columns = s", f"{SPIN}\n    rows, columns = s", "still busy after",
    ),
}  # fmt: skip


class Kit(ReaderConformance):
    spec_name = "toy"
    seconds = 2.0
    flips = claims = 100


def run(name: str, site, toy_file, tmp_path, capfd) -> None:
    """Call one test of the kit as pytest would."""
    kit = Kit()
    available = {
        "spec": plugins.registry().reader("toy").spec, "sample_paths": [toy_file],
        "tmp_path": tmp_path / "kit", "capfd": capfd,
    }  # fmt: skip
    available["tmp_path"].mkdir()
    test = getattr(kit, f"test_{name}")
    code = test.__func__.__code__
    test(**{arg: available[arg] for arg in code.co_varnames[1 : code.co_argcount]})


def install(site, code: str) -> None:
    site.module("toy_code", code)
    site.add_reader("toy", reader="toy_code:read")


# of files that are left open on purpose
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("test", "old", "new", "said"), SABOTAGE.values(), ids=SABOTAGE)
def test_a_broken_promise_is_found(site, toy_file, tmp_path, capfd, test, old, new, said):
    assert old in GOOD
    install(site, GOOD.replace(old, new))

    with pytest.raises((Exception, Hang), match=said):
        run(test, site, toy_file, tmp_path, capfd)


@pytest.mark.parametrize("test", sorted({row[0] for row in SABOTAGE.values()}))
def test_the_same_reader_unbroken_passes(site, toy_file, tmp_path, capfd, test):
    install(site, GOOD)

    run(test, site, toy_file, tmp_path, capfd)


def test_claiming_a_foreign_file_is_found(site, toy_file, tmp_path, capfd):
    site.module("toy_code", GOOD)
    site.add_reader("toy", more=r'signatures=(Signature(b"\x89PN"),),', reader="toy_code:read")

    with pytest.raises(AssertionError, match=r"png\.data is claimed: signature of 24 bits"):
        run("refuses_foreign_files", site, toy_file, tmp_path, capfd)


def test_a_reader_imported_too_early_is_found(site, toy_file, tmp_path, capfd):
    site.add_reader("toy", reader="plugin_of_toy:read")

    with pytest.raises(AssertionError, match="nothing but specifications"):
        run("reader_is_not_imported_before_it_is_used", site, toy_file, tmp_path, capfd)


def test_losing_its_own_files_is_found(site, toy_file, tmp_path, capfd):
    site.add_reader("toy", more="")
    site.add_reader("better")

    with pytest.raises(AssertionError, match="read by better"):
        run("wins_its_own_files", site, toy_file, tmp_path, capfd)


def test_a_reader_that_is_not_installed_is_named(site):
    site.add_reader("other")

    class Nobody(ReaderConformance):
        spec_name = "nobody"

    with pytest.raises(AssertionError, match="no reader 'nobody' is installed, only"):
        Nobody.spec.__wrapped__(Nobody())


def test_foreign_files_are_of_many_kinds_and_always_the_same(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first, second = (foreign_files(tmp_path / name, ".acm") for name in ("one", "two"))

    assert len(first) >= 15
    same = [a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True)]
    assert all(same[:-1])  # HDF5 writes the time into its objects


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarms")
def test_an_alarm_that_was_set_before_a_limit_goes_on_after_it():
    before, _ = signal.setitimer(signal.ITIMER_REAL, 100)  # that of pytest-timeout
    with time_limit(5, "a moment"):
        assert signal.getitimer(signal.ITIMER_REAL)[0] <= 5
    after, _ = signal.setitimer(signal.ITIMER_REAL, before)

    assert 90 < after < 100


def test_limits_measure_what_they_say():
    with peak_memory() as peak:
        _ = bytes(3_000_000)
    assert 3_000_000 <= peak[0] < 3_200_000
    with (
        pytest.raises(Hang, match=r"a loop: still busy after 0\.05 s"),
        time_limit(0.05, "a loop"),
    ):
        time.sleep(5)
    assert open_files() is None or Path(sys.executable).resolve() in open_files()
