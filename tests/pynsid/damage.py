"""Read randomly damaged files and say how every one of them ended.

    python tests/pynsid/damage.py [--count 10000] [--seed 1] [--jobs 2] [--reader nsid]

Small files of several kinds are made, each case damages one of them in a way that its
number alone decides, and child processes with a limit on memory and time read it: every
dataset, its labels and its numbers.  A case may end well or in an error of our family.
Any other exception, a death of the interpreter and a case that does not end are reported,
with the number to repeat it by::

    python tests/pynsid/damage.py --repeat NUMBER [--seed 1] [--reader nsid]
"""

from __future__ import annotations

import argparse
import collections
import faulthandler
import itertools
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings

import numpy as np

#: What a child may allocate on top of its libraries, and how long it may think, s of a
#: processor; one that waits for something is given ten times that.
MEMORY = 4 * 2**30
PATIENCE = 20.0
#: What ends a child that thinks too long, or waits.
HANGS = {"SIGPROF", "SIGABRT"}


# ---------------------------------------------------------------- sound files


def example():
    """Return a spectral image with a variance, metadata of all kinds and a history."""
    import sidpy

    numbers = np.arange(120, dtype=np.float32).reshape(4, 5, 6)
    data = sidpy.Dataset.from_array(numbers, title="IV map", units="nA", quantity="Current")
    data.modality, data.source, data.data_type = "STM", "Omicron", "spectral_image"
    data.set_dimension(0, sidpy.Dimension(np.arange(4) * 0.5, "x", "Length", "nm", "spatial"))
    data.set_dimension(1, sidpy.Dimension(np.arange(5) * 0.5, "y", "Length", "nm", "spatial"))
    data.set_dimension(2, sidpy.Dimension([0, 1, 3, 9, 10, 11], "bias", "Bias", "V", "spectral"))
    data.metadata = {"temperature": 4.2, "tip": "W", "channels": ["I", "dIdV"], 5: ("a", 1, None)}
    data.original_metadata = {"vendor": {"name": "acme", "deep": {"er": [1, 2]}}}
    return data


def write_plain(path):
    import sidpy

    sidpy.write({"first": example(), "second": example() * 2}, path)


def write_compressed(path):
    import sidpy

    data = example()
    data.variance = np.ones(data.shape)
    sidpy.write(data, path, compression="gzip", fletcher32=True, chunks=(2, 5, 6))


def write_results(path):
    import h5py

    import pyNSID
    from sidpy.hdf.prov_utils import create_indexed_group

    data = example()
    with h5py.File(path, "w") as file:
        channel = create_indexed_group(create_indexed_group(file, "Measurement_"), "Channel_")
        main = pyNSID.hdf_io.write_nsid_dataset(data, channel)
        for parent in (channel, main.parent):
            pyNSID.io.write_results(
                parent, dataset=data.mean(axis=2), attributes={"a": 1}, process_name="Avg"
            )


def write_structures(path):
    import sidpy

    data = example()
    try:
        import ase.build
    except ModuleNotFoundError:
        data.metadata["cell"] = np.eye(3)
    else:
        data.structures["Al"] = ase.build.bulk("Al", cubic=True)
    sidpy.write(data, path)


def write_records(path):
    import sidpy

    data = example()
    data.metadata["large"] = np.arange(20_000)
    data.metadata["dates"] = [np.datetime64("2026-01-02"), {"deep": {"er": (1, {2, 3})}}]
    data.point_cloud = {"coordinates": np.arange(40.0).reshape(20, 2)}
    sidpy.write(data.astype("M8[s]"), path)


def write_virtual(path):
    import h5py

    import pyNSID

    source = path.with_name("parts.h5")
    with h5py.File(source, "w") as file:
        file["numbers"] = np.arange(120, dtype=np.float32).reshape(4, 5, 6)
    layout = h5py.VirtualLayout((4, 5, 6), np.float32)
    layout[:] = h5py.VirtualSource(source.name, "numbers", (4, 5, 6))
    with h5py.File(path, "w") as file:
        old = pyNSID.hdf_io.write_nsid_dataset(example(), file, main_data_name="d")
        axes = {axis: dimension[0] for axis, dimension in enumerate(old.dims)}
        texts = {k: v for k, v in old.attrs.items() if not k.startswith("DIMENSION")}
        del file["d/d"]
        new = file["d"].create_virtual_dataset("d", layout)
        for name, value in texts.items():
            new.attrs[name] = value
        pyNSID.io.hdf_utils.link_as_main(new, axes)


def write_latest(path):
    """Write with the newest forms of everything, as for readers beside a writer."""
    import h5py

    import pyNSID

    with h5py.File(path, "w", libver="latest") as file:
        pyNSID.hdf_io.write_nsid_dataset(
            example(), file, chunks=(1, 5, 6), maxshape=(None, 5, 6), compression="gzip"
        )
        file.swmr_mode = True


def write_usid(path):
    import sidpy

    sidpy.write({"first": example(), "second": example() * 2}, path, format="usid")


def write_model(path):
    """Write main datasets as pyUSID does: shared ancillaries, compound data, a result."""
    import h5py

    import pyUSID

    pos = [pyUSID.Dimension("X", "nm", 5), pyUSID.Dimension("Y", "nm", 4)]
    spec = pyUSID.Dimension("Bias", "V", np.linspace(-1, 1, 6))
    numbers = np.arange(120, dtype="f4").reshape(20, 6)
    with h5py.File(path, "w") as file:
        group = pyUSID.hdf_utils.create_indexed_group(file, "Measurement")
        main = pyUSID.hdf_utils.write_main_dataset(
            group, numbers, "Raw_Data", "Current", "nA", pos, spec, compression="gzip"
        )
        fit = pyUSID.hdf_utils.create_results_group(main, "Fit")
        pyUSID.hdf_utils.create_empty_dataset(main, [("a", "f4"), ("b", "i4")], "Fit", fit)
        main.reduce("Bias", to_hdf5=True)
        for item in (main.h5_pos_inds, main.h5_spec_vals):  # as until 2020
            item.attrs["region"] = item.regionref[:2]


def write_scattered(path):
    """Write positions without a grid, with texts of variable length."""
    import h5py

    import pyUSID

    incomplete = pyUSID.DimType.INCOMPLETE
    pos = [pyUSID.Dimension(n, "nm", np.sin(np.arange(9)), mode=incomplete) for n in "XY"]
    spec = pyUSID.Dimension("Bias", "V", 6)
    with h5py.File(path, "w") as file:
        main = pyUSID.hdf_utils.write_main_dataset(
            file, np.ones((9, 6)), "Raw_Data", "Current", "nA", pos, spec
        )
        for item in (main.h5_pos_inds, main.h5_pos_vals):
            item.attrs["labels"], item.attrs["units"] = ["Y", "X"], ["nm", "nm"]


def write_nexus(path):
    import sidpy

    sidpy.write({"first": example()}, path, format="nexus")


KINDS = {
    "nsid": (
        write_plain, write_compressed, write_results, write_structures, write_records,
        write_virtual, write_latest,
    ),
    "usid": (write_usid, write_model, write_scattered),
    "nexus": (write_nexus,),
}  # fmt: skip


def make_samples(folder, reader="nsid"):
    """Write the sound files of a reader; return them in order."""
    ending = ".nxs" if reader == "nexus" else ".h5"
    paths = []
    for number, write in enumerate(KINDS[reader]):
        place = folder / write.__name__
        place.mkdir()
        paths.append(place / f"sample{number}{ending}")
        write(paths[-1])
    return paths


# ---------------------------------------------------------------- damage


def damaged(content, rng):
    """Return the bytes of a file, damaged in one of six ways, and which."""
    data = bytearray(content)
    size = len(data)
    way = rng.choice(["bits", "bytes", "cut", "zeros", "swap", "metadata"])
    if way == "bits":
        for place in rng.integers(0, size, int(rng.integers(1, 33))):
            data[place] ^= 1 << int(rng.integers(8))
    elif way == "bytes":
        for _ in range(int(rng.integers(1, 9))):
            start, length = int(rng.integers(size)), int(rng.integers(1, 64))
            run = rng.bytes(length) if rng.random() < 0.5 else bytes([255]) * length
            data[start : start + length] = run[: size - start]
    elif way == "cut":
        del data[int(rng.integers(size)) :]
    elif way == "zeros":
        start, length = int(rng.integers(size)), int(rng.integers(1, 2048))
        data[start : start + length] = bytes(min(length, size - start))
    elif way == "swap":
        length = int(rng.integers(8, 1024))
        one, two = sorted(int(i) for i in rng.integers(0, max(size - length, 1), 2))
        data[one : one + length], data[two : two + length] = (
            data[two : two + length],
            data[one : one + length],
        )
    else:  # where HDF5's own words stand, more is at stake
        words = [b"TREE", b"SNOD", b"HEAP", b"GCOL", b"OHDR", b"FRHP", b"BTHD", b"\x89HDF"]
        places = [p for word in words for p in _places(content, word)]
        for place in rng.choice(places, int(rng.integers(1, 5))):
            at = min(int(place) + int(rng.integers(4, 96)), size - 1)
            data[at] = int(rng.choice([0, 1, 127, 128, 255, int(rng.integers(256))]))
    return bytes(data), str(way)


def _places(content, word):
    found, at = [], content.find(word)
    while at >= 0:
        found.append(at)
        at = content.find(word, at + 1)
    return found


def case(samples, seed, number):
    """Return the path of the sample of a case, its damaged content and what was done."""
    rng = np.random.default_rng([seed, number])
    sample = samples[number % len(samples)]
    content, way = damaged(sample.read_bytes(), rng)
    return sample, content, f"{sample.parent.name}, {way}"


# ---------------------------------------------------------------- reading


def read_everything(path, reader):
    """Read all that there is; return how it ended in a word, or the exception."""
    from sidpy.errors import SidpyError

    ended = []
    for attempt in attempts(path, reader):
        try:
            ended.append(attempt())
        except SidpyError:
            ended.append("refused")
    return "read" if "read" in ended else "refused" if "refused" in ended else ended[0]


def attempts(path, reader):
    import sidpy

    by_reader = [lambda: look_at(sidpy.read(path, reader=reader).values())]
    if reader == "usid":
        from pyUSID.io import validate as usid

        return [lambda: str([str(p) for p in usid.validate(path)]) and "looked at", *by_reader]
    if reader != "nsid":
        return by_reader
    import pyNSID
    from pyNSID.reader import read_nsid
    from pyNSID.validate import validate

    def by_class():
        with pyNSID.NSIDReader(path) as opened:
            return look_at(opened.read().values())

    def by_choosing():
        sidpy.explain(path)
        return "looked at"

    def by_validation():
        [str(problem) for problem in validate(path)]
        return "looked at"

    return [by_validation, by_class, lambda: look_at(read_nsid(path).values()), by_choosing]


def look_at(datasets):
    """Touch every label and every number of datasets."""
    from sidpy.errors import SidpyError

    count = 0
    for dataset in datasets:
        labels = dataset.labels_record
        repr(labels.metadata), repr(labels.extras), repr(labels.point_cloud)
        repr(labels.structures), repr(labels.dimensions), repr(labels.original_metadata)
        [step.entry() for step in labels.provenance.steps()]
        if dataset.nbytes < 2**24:
            try:
                dataset.compute(scheduler="synchronous")
                if labels.variance is not None:
                    labels.variance.compute(scheduler="synchronous")
            except SidpyError:
                continue
        count += 1
    return "read" if count else "no dataset"


def work(folder, reader, seed, start, stop):
    """Read cases one after the other, saying how each ended: the work of a child."""
    import resource

    faulthandler.enable()
    faulthandler.register(signal.SIGPROF, chain=True)  # it says where, and ends the process
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    samples = sorted(folder.glob("*/sample*"), key=lambda path: path.stem)
    for sample in samples:  # what is loaded late shall not count as thinking
        read_everything(sample, reader)
    own = {sample: sample.with_name(f"damaged-{start}{sample.suffix}") for sample in samples}
    for number in range(start, stop):
        sample, content, words = case(samples, seed, number)
        own[sample].write_bytes(content)
        say("begin", number, words)
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        try:
            ended = read_everything(own[sample], reader)
        except BaseException as error:  # noqa: BLE001 - to be reported, whatever it is
            where = traceback.extract_tb(error.__traceback__)[-1]
            ended = f"ESCAPED {type(error).__name__}: {error} ({where.name}:{where.lineno})"
        signal.setitimer(signal.ITIMER_PROF, 0)
        say("end", number, ended.replace("\n", " "))
    for path in own.values():
        path.unlink(missing_ok=True)


def say(*words):
    sys.stdout.write("\t".join(map(str, words)) + "\n")
    sys.stdout.flush()


# ---------------------------------------------------------------- many children


class Run:
    """Cases of a range, read by one child after the other."""

    def __init__(self, folder, reader, seed, start, stop):
        self.arguments = (folder, reader, seed)
        self.next, self.stop = start, stop
        self.endings = {}
        self.words = {}

    def __call__(self):
        while self.next < self.stop:
            self._one_child()

    def _one_child(self):
        folder, reader, seed = self.arguments
        command = [sys.executable, __file__, "--work", str(folder), "--reader", reader,
                   "--seed", str(seed), "--range", f"{self.next}:{self.stop}"]  # fmt: skip
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        said = []
        drain = threading.Thread(target=lambda: said.append(child.stderr.read()), daemon=True)
        drain.start()
        # its faulthandler says where it hangs before it dies of this
        silent = threading.Timer(30 * PATIENCE, child.send_signal, (signal.SIGABRT,))
        silent.start()
        for line in child.stdout:
            silent.cancel()
            silent = threading.Timer(10 * PATIENCE, child.send_signal, (signal.SIGABRT,))
            silent.start()
            kind, number, words = line.rstrip("\n").split("\t", 2)
            if kind == "begin":
                self.words[int(number)] = words
            else:
                self._ended(int(number), words)
        code = child.wait(10 * PATIENCE)  # it has closed its output
        silent.cancel()
        drain.join(PATIENCE)
        child.stdout.close()
        child.stderr.close()
        begun = max((n for n in self.words if n >= self.next), default=None)
        if code and begun is None:
            raise RuntimeError("a child could not begin:\n" + "".join(said))
        if begun not in self.endings:
            name = signal.Signals(-code).name if code < 0 else f"status {code}"
            self._ended(begun, f"{'HUNG' if name in HANGS else 'DIED'} {name}: {said[0]}")
        self.next = begun + 1

    def _ended(self, number, ending):
        self.endings[number] = ending
        if is_bad(ending):
            say(f"case {number} ({self.words[number]}): {ending[:1500]}")
        elif len(self.endings) % 500 == 0:
            say(f"{len(self.endings)} cases, up to {number}")


def run(count, seed=1, jobs=1, reader="nsid", first=0):
    """Read damaged files; return how each case ended, and what it was, by number."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="damage"))
    try:
        make_samples(folder, reader)
        edges = [first + count * i // jobs for i in range(jobs + 1)]
        runs = [Run(folder, reader, seed, *pair) for pair in itertools.pairwise(edges)]
        threads = [threading.Thread(target=one, daemon=True) for one in runs]
        for thread in threads:
            thread.start()
        for one, thread in zip(runs, threads, strict=True):
            while thread.is_alive():  # as long as cases end, each within its time
                before = len(one.endings)
                thread.join(40 * PATIENCE)
                if thread.is_alive() and len(one.endings) == before:
                    msg = f"no case ended within {40 * PATIENCE:g} s"
                    raise TimeoutError(msg)
    finally:
        shutil.rmtree(folder)
    endings = {n: words for one in runs for n, words in one.endings.items()}
    words = {n: text for one in runs for n, text in one.words.items()}
    return endings, words


def is_bad(ending):
    """Whether a case ended as none may."""
    return ending.startswith(("ESCAPED", "DIED", "HUNG"))


def report(endings, words, seconds):
    """Print what became of all cases."""
    counts = collections.Counter(
        ending.partition(" ")[0] if is_bad(ending) else ending for ending in endings.values()
    )
    kinds = collections.Counter(text for text in words.values())
    say(f"{len(endings)} damaged files in {seconds:.0f} s, {len(kinds)} kinds of file and damage")
    for ending, count in counts.most_common():
        say(f"{count:7d}  {ending}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--reader", choices=list(KINDS), default="nsid")
    parser.add_argument("--repeat", type=int, help="read this one case in this process")
    parser.add_argument("--work", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--range", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        start, stop = map(int, options.range.split(":"))
        work(options.work, options.reader, options.seed, start, stop)
        return
    if options.repeat is not None:
        faulthandler.enable()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="damage"))
        samples = make_samples(folder, options.reader)
        sample, content, words = case(samples, options.seed, options.repeat)
        sample.write_bytes(content)
        say(words, sample)
        say(read_everything(sample, options.reader))
        return
    started = time.perf_counter()
    endings, words = run(options.count, options.seed, options.jobs, options.reader, options.first)
    report(endings, words, time.perf_counter() - started)
    sys.exit(any(map(is_bad, endings.values())))


if __name__ == "__main__":
    main()
