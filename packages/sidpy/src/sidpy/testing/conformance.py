"""What every reader promises, as tests that a plugin's own test file inherits."""

from __future__ import annotations

import os
import pickle
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from sidpy import plugins
from sidpy.errors import MissingDependency, ReaderError, UnsupportedFile
from sidpy.io.read import call_reader, read
from sidpy.io.write import write
from sidpy.plugins.sniffing import load

from .comparison import assert_same_datasets
from .damage import flipped, overclaiming, truncated
from .elsewhere import computed_elsewhere, imported_by_listing
from .foreign import foreign_files
from .limits import open_files, peak_memory, time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sidpy.sid.dataset import Dataset

__all__ = ["ReaderConformance"]

_MIB = 2**20


def _marked_distributed(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test ``distributed`` in projects that have such a marker, strict or not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            marked: Callable[..., None] = pytest.mark.distributed(test)
            return marked
    except pytest.fail.Exception:
        return test


class ReaderConformance:
    """The promises of a reader; subclass it in a test file and name the reader.

    Attributes
    ----------
    spec_name : str
        Name of the reader, as in its specification.
    samples : sequence of path-like, or a method
        Files it reads.  A method is called once with an empty folder and returns the
        paths of the files it made there.
    options : dict
        What the reader is called with besides the path.
    flips, claims : int
        How many damaged copies are tried, spread over the samples.
    seconds : float
        How long any one read may take.
    seed : int
        Where the damage begins; the same seed does the same damage.
    genuine : sequence of str
        Kinds of `foreign_files` that are of this format after all: ``"tiff"``.
    """

    spec_name: ClassVar[str] = ""
    samples: ClassVar[Any] = ()
    options: ClassVar[dict[str, Any]] = {}
    flips: ClassVar[int] = 64
    claims: ClassVar[int] = 64
    seconds: ClassVar[float] = 20.0
    seed: ClassVar[int] = 20240607
    genuine: ClassVar[Sequence[str]] = ()

    _made: ClassVar[dict[type, list[Path]]] = {}

    # what the tests stand on

    @pytest.fixture
    def spec(self) -> plugins.ReaderSpec:
        """The specification under test, as it is installed."""
        entry = plugins.registry().reader(self.spec_name)
        known = [entry.spec.name for entry in plugins.registry().readers]
        assert entry is not None, f"no reader {self.spec_name!r} is installed, only {known}"
        return entry.spec

    @pytest.fixture
    def sample_paths(self, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
        """The sample files; made once per class where `samples` is a method."""
        if not callable(self.samples):
            paths = [Path(os.fspath(path)).resolve() for path in self.samples]
        elif type(self) in self._made:
            paths = self._made[type(self)]
        else:
            paths = [Path(path) for path in self.samples(tmp_path_factory.mktemp("samples"))]
            self._made[type(self)] = paths
        assert paths, f"{type(self).__name__}.samples names no file"
        return paths

    # the specification

    def test_specification_is_unique_and_complete(self, spec: plugins.ReaderSpec) -> None:
        """The specification is installed once, and what it names can be imported."""
        found = plugins.registry()
        own = found.reader(self.spec_name)

        assert own is not None
        assert [entry.spec.name for entry in found.readers].count(spec.name) == 1
        assert own.plugin.problems == []
        assert own.missing == (), f"install what it needs to test it: {spec.requires}"
        assert callable(load(spec.reader))
        if spec.sniff is not None:
            assert callable(load(spec.sniff))

    def test_reader_is_not_imported_before_it_is_used(self, spec: plugins.ReaderSpec) -> None:
        """Listing formats must stay quick however many plugins there are."""
        targets = [spec.reader, *([spec.sniff] if spec.sniff else [])]
        modules = sorted({target.partition(":")[0] for target in targets})
        loaded = imported_by_listing(modules)

        assert loaded == [], "the plugin's module should hold nothing but specifications"

    # choosing

    def test_wins_its_own_files(self, sample_paths: list[Path]) -> None:
        """`sidpy.read` chooses this reader for its own files."""
        for path in sample_paths:
            explanation = plugins.explain(path)
            assert explanation.chosen == self.spec_name, str(explanation)

    def test_refuses_foreign_files(self, spec: plugins.ReaderSpec, tmp_path: Path) -> None:
        """Files of other formats are not claimed, whatever their extension."""
        knows_content = bool(spec.signatures or spec.hdf5)
        endings = [ending for ending in spec.extensions if not ending.endswith("/")]
        for i, extension in enumerate([".data", *endings]):
            folder = tmp_path / str(i)
            folder.mkdir()
            for path in foreign_files(folder, extension):
                if path.name.partition(".")[0] in self.genuine:
                    continue
                row = plugins.explain(path).row(self.spec_name)
                if knows_content or extension == ".data":
                    assert row.score == 0, f"{path.name} is claimed: {row.reason}"
                self._attempt(spec, path, "a foreign file")

    # reading

    def test_lazy_and_eager_are_the_same(self, sample_paths: list[Path]) -> None:
        """Reading into memory gives what reading lazily gives."""
        for path in sample_paths:
            lazy = read(path, self.spec_name, **self.options)
            eager = read(path, self.spec_name, lazy=False, **self.options)
            assert_same_datasets(eager, lazy)

    def test_datasets_are_complete(self, sample_paths: list[Path]) -> None:
        """Every axis has a dimension of its own name and of the right length."""
        for path in sample_paths:
            for key, dataset in read(path, self.spec_name, **self.options).items():
                where = f"{path.name}, {key}"
                assert sorted(dataset._axes) == list(range(dataset.ndim)), where
                names = [dimension.name for dimension in dataset._axes.values()]
                assert len(set(names)) == len(names), f"{where}: {names}"
                lengths = tuple(len(dataset._axes[i].values) for i in range(dataset.ndim))
                assert lengths == dataset.shape, where
                assert dataset.history[-1].parameters["reader"] == self.spec_name, where

    def test_pickles(self, sample_paths: list[Path]) -> None:
        """Datasets survive being sent to another process."""
        for path in sample_paths:
            datasets = read(path, self.spec_name, **self.options)
            assert_same_datasets(pickle.loads(pickle.dumps(datasets)), datasets)

    def test_computes_in_another_process(self, sample_paths: list[Path], tmp_path: Path) -> None:
        """A process that knows nothing but the datasets computes them."""
        datasets = [d for p in sample_paths for d in self._read(p)]

        values = computed_elsewhere(datasets, tmp_path)

        for dataset, there in zip(datasets, values, strict=True):
            np.testing.assert_array_equal(there, dataset.compute())

    @pytest.mark.filterwarnings("ignore")  # of a library that is not under test
    @_marked_distributed
    def test_computes_on_a_distributed_worker(self, sample_paths: list[Path]) -> None:
        """So does a worker of a dask cluster."""
        distributed = pytest.importorskip("distributed")
        datasets = [d for p in sample_paths for d in self._read(p)]
        here = [dataset.compute() for dataset in datasets]

        with (
            distributed.LocalCluster(
                n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
            ) as cluster,
            distributed.Client(cluster),
        ):
            there = [dataset.compute() for dataset in datasets]

        for one, other in zip(here, there, strict=True):
            np.testing.assert_array_equal(one, other)

    def test_holds_no_file_open(self, sample_paths: list[Path]) -> None:
        """No descriptor and no mapping stays, while datasets are alive."""
        if open_files() is None:
            pytest.skip("this system does not list open files")
        for path in sample_paths:
            datasets = read(path, self.spec_name, **self.options)
            assert path.resolve() not in (open_files() or ()), "open after reading"
            for dataset in datasets.values():
                dataset.compute()
            assert path.resolve() not in (open_files() or ()), "open after computing"

    def test_leaves_the_file_untouched(
        self, spec: plugins.ReaderSpec, sample_paths: list[Path], tmp_path: Path
    ) -> None:
        """Also where nothing may be written, as on an instrument's share."""
        for i, sample in enumerate(sample_paths):
            folder = tmp_path / str(i)
            path = _copy(spec, sample, folder)
            before = {one.name: _state(one) for one in folder.iterdir()}
            for one in [*folder.iterdir(), folder]:
                one.chmod(0o555 if one.is_dir() else 0o444)
            try:
                for dataset in self._read(path):
                    dataset.compute()
                after = {one.name: _state(one) for one in folder.iterdir()}
            finally:
                folder.chmod(0o755)
            assert after == before

    def test_prints_nothing(
        self, sample_paths: list[Path], capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Nothing is written to the standard output."""
        for path in sample_paths:
            self._read(path)
        assert capfd.readouterr().out == ""

    def test_memory_stays_near_the_size_of_the_file(self, sample_paths: list[Path]) -> None:
        """Reading allocates no multiple of the file."""
        for path in sample_paths:
            self._read(path)  # so that imports are not counted
            with peak_memory() as peak:
                self._read(path)
            _assert_modest(peak[0], path.stat().st_size, path.name)

    def test_round_trip_through_a_writer(
        self, spec: plugins.ReaderSpec, sample_paths: list[Path], tmp_path: Path
    ) -> None:
        """Through the writer of the same format, or else of the default one."""
        writers = plugins.registry().writers
        own = next((w.spec for w in writers if w.spec.format == spec.format), None)
        if own is None and not any(w.spec.format == "nsid" for w in writers):
            pytest.skip("no writer of this format and none of the default one is installed")
        ending, name = (".h5", None) if own is None else (own.extensions[0], own.name)
        for i, path in enumerate(sample_paths):
            datasets = read(path, self.spec_name, **self.options)
            try:
                copy = write(datasets, tmp_path / f"copy{i}{ending}", name)
            except UnsupportedFile as error:
                pytest.skip(f"the writer says so: {error}")
            back = list(read(copy, name and self.spec_name).values())
            numbered = dict(enumerate(datasets.values()))
            assert_same_datasets(dict(enumerate(back)), numbered, labels=own is None)  # type: ignore[arg-type]

    # damage

    def test_truncations_give_only_errors_of_the_family(
        self, spec: plugins.ReaderSpec, sample_paths: list[Path], tmp_path: Path
    ) -> None:
        """A file that was cut short gives partial data or says that it is damaged."""
        for what, size, datasets in self._try_damage(spec, sample_paths, tmp_path, truncated):
            _compute(datasets, size, what)

    def test_flipped_bytes_give_only_errors_of_the_family(
        self, spec: plugins.ReaderSpec, sample_paths: list[Path], tmp_path: Path
    ) -> None:
        """So does one with a wrong byte anywhere."""
        count = max(8, self.flips // len(sample_paths))

        def damage(content: bytes) -> Iterator[tuple[str, bytes]]:
            return flipped(content, count, self.seed)

        for what, size, datasets in self._try_damage(spec, sample_paths, tmp_path, damage):
            _compute(datasets, size, what)

    def test_headers_that_claim_too_much_cost_no_memory(
        self, spec: plugins.ReaderSpec, sample_paths: list[Path], tmp_path: Path
    ) -> None:
        """Sizes from a file are checked against the file before they are believed."""
        count = max(8, self.claims // len(sample_paths))

        def damage(content: bytes) -> Iterator[tuple[str, bytes]]:
            # measured from here to the next copy, which is where the reader has its turn
            for how, damaged in overclaiming(content, count, self.seed):
                with peak_memory() as peak:
                    yield how, damaged
                _assert_modest(peak[0], len(content), how)

        for _ in self._try_damage(spec, sample_paths, tmp_path, damage):
            pass

    # what they share

    def _read(self, path: Path) -> list[Dataset]:
        return list(read(path, self.spec_name, **self.options).values())

    def _try_damage(
        self,
        spec: plugins.ReaderSpec,
        samples: Iterable[Path],
        folder: Path,
        damage: Callable[[bytes], Iterable[tuple[str, bytes]]],
    ) -> Iterator[tuple[str, int, list[Dataset]]]:
        """Yield what was done, the size of the file, and what could still be read of it."""
        for i, sample in enumerate(samples):
            with time_limit(3 * self.seconds + 60, f"{sample.name}, undamaged"):
                self._read(sample)  # so that imports are not counted
            path = _copy(spec, sample, folder / str(i))
            if path.is_dir():
                pytest.skip("the samples are directories")
            content = path.read_bytes()
            for how, damaged in damage(content):
                path.write_bytes(damaged)
                what = f"{sample.name}, {how}"
                yield what, len(content), self._attempt(spec, path, what)

    def _attempt(self, spec: plugins.ReaderSpec, path: Path, what: str) -> list[Dataset]:
        """Let the reader read anything: datasets or an error of the family, soon."""
        with warnings.catch_warnings(), time_limit(self.seconds, what):
            warnings.simplefilter("ignore")
            try:
                result = call_reader(load(spec.reader), str(path), self.options)
            except (ReaderError, MissingDependency):
                return []
            except Exception as error:
                msg = (
                    f"{what}: the reader let {type(error).__name__} escape: {error}; "
                    "it should raise sidpy.errors.CorruptFile and say what is wrong"
                )
                raise AssertionError(msg) from error
        return _datasets_in(result, what)


def _datasets_in(result: Any, what: str) -> list[Dataset]:
    from sidpy.sid.dataset import Dataset

    if isinstance(result, Dataset):
        return [result]
    datasets = list(result.values() if isinstance(result, dict) else result)
    kinds = {type(one).__name__ for one in datasets if not isinstance(one, Dataset)}
    assert not kinds, f"{what}: the reader returned {kinds} instead of Datasets"
    return datasets


def _compute(datasets: Iterable[Dataset], size: int, what: str) -> None:
    """Compute what a damaged file still gave, unless it claims to be huge."""
    for dataset in datasets:
        if dataset.nbytes > 16 * size + _MIB:
            continue
        try:
            dataset.compute()
        except (ReaderError, OSError):  # of HDF5, about a chunk that is damaged
            continue
        except Exception as error:
            msg = f"{what}: computing raises {type(error).__name__}: {error}"
            raise AssertionError(msg) from error


def _copy(spec: plugins.ReaderSpec, sample: Path, folder: Path) -> Path:
    """Copy a sample with its companions into a folder of its own."""
    folder.mkdir()
    if sample.is_dir():
        return Path(shutil.copytree(sample, folder / sample.name))
    probe = plugins.Probe.of(sample)
    for beside in filter(None, map(probe.companion, spec.companions)):
        shutil.copyfile(beside, folder / beside.name)
    return Path(shutil.copyfile(sample, folder / sample.name))


def _state(path: Path) -> tuple[int, bytes]:
    return path.stat().st_mtime_ns, b"" if path.is_dir() else path.read_bytes()


def _assert_modest(peak: int, size: int, what: str) -> None:
    limit = 4 * size + 64 * _MIB
    assert peak <= limit, f"{what}: {peak / _MIB:.0f} MiB for a file of {size / _MIB:.1f} MiB"
