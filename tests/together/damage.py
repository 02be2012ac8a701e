"""Read randomly damaged files and say how every one of them ended.

    python tests/together/damage.py [--count 10000] [--seed 1] [--jobs 2] [--reader nsid]

Small files of several kinds are made (`damage_samples.py`), each case damages one of them,
or a file that lies beside it, in a way that its number alone decides, and child processes
with a limit on memory and time read it: every dataset, its labels and its numbers.  A case
may end well or in an error of our family.  Any other exception, a death of the interpreter
and a case that does not end are reported, with the number to repeat it by::

    python tests/together/damage.py --repeat NUMBER [--seed 1] [--reader nsid]

A reader is nsid, usid, nexus, the name of a reader of SciFiReaders, or vendor: all of those
in turn.  Seed 0 leaves nothing to chance: every file is cut at 100 points, and its first
numbers claim that there are 10^12 of something, or less than none (`STEPS` cases a file).
"""

from __future__ import annotations

import argparse
import collections
import faulthandler
import itertools
import json
import pathlib
import re
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

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from damage_samples import Sample, make_samples, readers

#: What a child may allocate on top of its libraries, and how long it may think, s of a
#: processor; one that waits for something is given ten times that.
MEMORY = 2**30
PATIENCE = 5.0
#: What ends a child that thinks too long, or waits.
HANGS = {"SIGPROF", "SIGABRT"}


# ---------------------------------------------------------------- damage


def damaged(content, rng):
    """Return the bytes of a file, damaged in one of six ways, and which."""
    data = bytearray(content)
    size = max(len(data), 1)
    data = data or bytearray(1)  # an empty file has a byte to damage
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
    else:  # where HDF5's own words stand, or else at the head, more is at stake
        words = [b"TREE", b"SNOD", b"HEAP", b"GCOL", b"OHDR", b"FRHP", b"BTHD", b"\x89HDF"]
        places = [p for word in words for p in _places(content, word)] or [0]
        for place in rng.choice(places, int(rng.integers(1, 5))):
            at = min(int(place) + int(rng.integers(4, 96)), size - 1)
            data[at] = int(rng.choice([0, 1, 127, 128, 255, int(rng.integers(256))]))
    return bytes(data), str(way)


#: Cases of a file with seed 0: points where it is cut, and numbers that claim too much.
CUTS, CLAIMS = 100, 100
STEPS = CUTS + CLAIMS
#: Numbers of a text, and those of a header of 32-bit words, that cannot be true.
IN_TEXT = (b"1000000000000", b"-7")
IN_WORDS = (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff")


def by_step(content, step):
    """Return the bytes of a file, damaged in a way that the step alone decides, and which."""
    if step < CUTS:
        return content[: len(content) * step // CUTS], f"cut at {step} %"
    place, kind = divmod(step - CUTS, 2)
    if b"\0" in content[:512]:
        at = min(4 * place, max(len(content) - 4, 0))
        return content[:at] + IN_WORDS[kind] + content[at + 4 :], f"word {place} claims"
    numbers = list(re.finditer(rb"\d+", content[: 1 << 16]))
    if not numbers:
        return content, "no number"
    number = numbers[place * len(numbers) * 2 // CLAIMS]
    claim = content[: number.start()] + IN_TEXT[kind] + content[number.end() :]
    return claim, f"number at {number.start()} claims"


def _places(content, word):
    found, at = [], content.find(word)
    while at >= 0:
        found.append(at)
        at = content.find(word, at + 1)
    return found


def case(samples, seed, number):
    """Return the sample of a case, which of its files is damaged, its content and the way."""
    rng = np.random.default_rng([seed, number])
    sample = samples[number % len(samples)]
    if not seed:
        content, way = by_step(sample.path.read_bytes(), number // len(samples) % STEPS)
        return sample, sample.path, content, f"{sample.words}, {way}"
    victims = sample.victims()
    victim = victims[int(rng.integers(len(victims)))] if rng.random() < 0.25 else victims[0]
    content, way = damaged(victim.read_bytes(), rng)
    beside = "" if victim == sample.path else f" of {victim.name}"
    return sample, victim, content, f"{sample.words}, {way}{beside}"


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
    if reader == "nexus":
        return by_reader
    if reader != "nsid":
        return [lambda: sidpy.explain(path) and "looked at", lambda: by_name(path, reader)]
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


def by_name(path, reader):
    """Read with a reader of a vendor format, whose errors nothing translates."""
    from sidpy import plugins
    from sidpy.io.read import call_reader
    from sidpy.plugins.sniffing import load

    spec = plugins.registry().reader(reader).spec
    found = call_reader(load(spec.reader), str(path), {})
    return look_at(found.values() if isinstance(found, dict) else found)


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


def work(folder, seed, start, stop):
    """Read cases one after the other, saying how each ended: the work of a child."""
    import resource

    faulthandler.enable()
    faulthandler.register(signal.SIGPROF, chain=True)  # it says where, and ends the process
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    known = json.loads((folder / "samples.json").read_text())
    samples = [Sample(name, pathlib.Path(path)) for name, path in known]
    for sample in samples:  # what is loaded late shall not count as thinking, nor as memory
        read_everything(sample.path, sample.reader)
    limit = allocated() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    own = folder.with_name(f"{folder.name}-{start}")
    for number in range(start, stop):
        sample, victim, content, words = case(samples, seed, number)
        path = _damaged_copy(sample, victim, content, own)
        say("begin", number, words)
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        try:
            ended = read_everything(path, sample.reader)
        except BaseException as error:  # noqa: BLE001 - to be reported, whatever it is
            where = traceback.extract_tb(error.__traceback__)[-1]
            ended = f"ESCAPED {type(error).__name__}: {error} ({where.name}:{where.lineno})"
        signal.setitimer(signal.ITIMER_PROF, 0)
        shutil.rmtree(own)
        say("end", number, ended.replace("\n", " "))


def allocated():
    """Return the size of the address space of this process, in bytes."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmSize:\s*(\d+) kB", status)[1]) * 1024


def _damaged_copy(sample, victim, content, folder):
    shutil.copytree(sample.path.parent, folder)
    (folder / victim.name).write_bytes(content)
    return folder / sample.path.name


def say(*words):
    sys.stdout.write("\t".join(map(str, words)) + "\n")
    sys.stdout.flush()


# ---------------------------------------------------------------- many children


class Run:
    """Cases of a range, read by one child after the other."""

    def __init__(self, folder, seed, start, stop):
        self.arguments = (folder, seed)
        self.next, self.stop = start, stop
        self.endings = {}
        self.words = {}
        self.failure = None

    def __call__(self):
        try:
            while self.next < self.stop:
                self._one_child()
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            self.failure = error

    def _one_child(self):
        folder, seed = self.arguments
        command = [sys.executable, __file__, "--work", str(folder), "--seed", str(seed),
                   "--range", f"{self.next}:{self.stop}"]  # fmt: skip
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
        samples = make_samples(folder, reader)
        known = json.dumps([(sample.reader, str(sample.path)) for sample in samples])
        (folder / "samples.json").write_text(known)
        edges = [first + count * i // jobs for i in range(jobs + 1)]
        runs = [Run(folder, seed, *pair) for pair in itertools.pairwise(edges)]
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
        for place in folder.parent.glob(f"{folder.name}*"):
            shutil.rmtree(place)
    for failure in filter(None, (one.failure for one in runs)):
        raise failure
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
    parser.add_argument("--reader", choices=["vendor", *readers()], default="nsid")
    parser.add_argument("--repeat", type=int, help="read this one case in this process")
    parser.add_argument("--work", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--range", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        start, stop = map(int, options.range.split(":"))
        work(options.work, options.seed, start, stop)
        return
    if options.repeat is not None:
        faulthandler.enable()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="damage"))
        samples = make_samples(folder, options.reader)
        sample, victim, content, words = case(samples, options.seed, options.repeat)
        victim.write_bytes(content)
        say(words, victim)
        say(read_everything(sample.path, sample.reader))
        return
    started = time.perf_counter()
    endings, words = run(options.count, options.seed, options.jobs, options.reader, options.first)
    report(endings, words, time.perf_counter() - started)
    sys.exit(any(map(is_bad, endings.values())))


if __name__ == "__main__":
    main()
