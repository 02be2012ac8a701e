"""A program that adds results to a file until it is killed; run by `test_crash`.

    python crashing.py FOLDER KILLS SEED

Again and again a fork of this process writes results of several kinds beside raw data, and
is killed at a random moment; another one then looks at the file, first with plain h5py.
Prints what was seen, as JSON.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import itertools
import json
import os
import pathlib
import random
import select
import signal
import sys
import time
import warnings

import h5py
import numpy as np

import sidpy
from pyNSID.io.hdf_io import write_results
from sidpy.plugins.discovery import registry

#: Forks share no threads, so dask may have none here.
os.environ["DASK_SCHEDULER"] = "synchronous"
#: How many steps a program may do before it is killed at last, about.
MOST = 4


def labelled(values, title):
    dataset = sidpy.Dataset.from_array(values, title=title, units="nA", quantity="current")
    dataset.metadata = {"nested": {"title": title}}
    return dataset


def numbers(step, part=0):
    """Return the values of a result, which are known by its number."""
    return np.random.default_rng((step, part)).normal(size=(40, 40, 25)).astype(np.float32)


def small(path, step):
    sidpy.write(labelled(numbers(step)[:8, :8, 0], f"step{step}"), path, append=True)


def large(path, step):
    lazy = labelled(numbers(step), f"step{step}").rechunk((10, 40, 25))
    lazy.title = f"step{step}"
    sidpy.write(lazy, path, append=True, compression="gzip")


def several(path, step):
    parts = {f"part{i}": labelled(numbers(step, i), f"step{step}_{i}") for i in range(3)}
    sidpy.write(parts, path, append=True)


def derived(path, step):
    """Write what is computed from the same file while it is read."""
    (raw,) = [one for one in sidpy.read(path).values() if one.title == "raw"]
    result = raw * float(step)
    result.title = f"step{step}"
    sidpy.write(result, path, append=True)


def results(path, step):
    with sidpy.hdf.transaction(path) as file:
        channel = file["Measurement_000/Channel_000"]
        parts = [labelled(numbers(step, i), f"step{step}_{i}") for i in range(2)]
        write_results(channel, parts, {"step": step}, f"Step{step}")


def replaced(path, step):
    sidpy.write(labelled(numbers(step), f"step{step}"), other(path), overwrite=True)


def other(path):
    return path.with_name("other.h5")


KINDS = (small, large, several, derived, results, replaced)
#: Which datasets each kind writes: how many, and what of the numbers.
PARTS = {small: 1, large: 1, several: 3, derived: 1, results: 2, replaced: 1}


def expected(step, part, raw):
    kind = KINDS[step % len(KINDS)]
    if kind is small:
        return numbers(step)[:8, :8, 0]
    if kind is derived:
        return raw * float(step)
    return numbers(step, part)


def work(path, step, told):
    """Write one result after the other, and tell of each when it is done."""
    for number in itertools.count(step):
        KINDS[number % len(KINDS)](path, number)
        os.write(told, f"{number}\n".encode())


def forked(function, *arguments):
    """Call a function in a fork; return its process and where it tells what."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            function(*arguments, writing)
        except BaseException as error:  # noqa: BLE001 - it is the end of this process
            os.write(writing, f"!{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    return child, reading


def heard(reading):
    with os.fdopen(reading) as file:
        return file.read().split("\n")[:-1]


def killed(path, step, delay):
    """Work for a while; return the numbers of the steps that were done."""
    child, reading = forked(work, path, step)
    select.select([reading], [], [], 0)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = heard(reading)
    wrong = [line for line in said if line.startswith("!")]
    if wrong:
        raise RuntimeError(wrong[0])
    return [int(line) for line in said]


def digests(file):
    """Return a digest of each main dataset by its title."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and "pyNSID_version" in item.attrs:
            title = item.attrs["title"]
            found[title] = hashlib.sha256(item[...].tobytes()).hexdigest()

    file.visititems(visit)
    return found


def looked(path, told):
    """Tell what plain h5py finds in a file, and then what we do."""
    promised = path.with_name(f"{path.name}.commit").exists()
    if not promised:
        with h5py.File(path, "r", locking=False) as file:
            plain = digests(file)
    with sidpy.hdf.recovery.open_to_read(path) as file:
        ours = digests(file)
    same = promised or plain == ours
    answer = {"promised": promised, "same": same, "found": ours, "other": None}
    if other(path).exists():
        with h5py.File(other(path), "r") as file:
            answer["other"] = digests(file)
    os.write(told, (json.dumps(answer) + "\n").encode())


def look(path):
    child, reading = forked(looked, path)
    (line,) = heard(reading)
    os.waitpid(child, 0)
    if line.startswith("!"):
        raise RuntimeError(line)
    return json.loads(line)


def digest_of(step, part, raw):
    return hashlib.sha256(np.ascontiguousarray(expected(step, part, raw)).tobytes()).hexdigest()


def wanted(step, raw):
    parts = PARTS[KINDS[step % len(KINDS)]]
    titles = [f"step{step}"] if parts == 1 else [f"step{step}_{i}" for i in range(parts)]
    return {title: digest_of(step, i, raw) for i, title in enumerate(titles)}


def make(path, raw, _told):
    sidpy.write(labelled(raw, "raw"), path)


class Run:
    """One file, and what should be in it."""

    def __init__(self, folder, number):
        self.path = folder / f"run{number}" / "scan.h5"
        self.path.parent.mkdir()
        self.raw = numbers(10**6)
        child, reading = forked(make, self.path, self.raw)
        heard(reading)
        os.waitpid(child, 0)
        self.source = self.path.read_bytes()
        self.holds = {"raw": hashlib.sha256(self.raw.tobytes()).hexdigest()}
        self.replaced = None
        self.step = 0

    def kill(self, delay, seen):
        done = killed(self.path, self.step, delay)
        for step in done:
            self.commit(step)
        self.step = (done[-1] if done else self.step - 1) + 1
        answer = look(self.path)
        seen["kills"] += 1
        seen["steps"] += len(done)
        seen["promised"] += answer["promised"]
        self.compare(answer, seen)

    def commit(self, step):
        if KINDS[step % len(KINDS)] is replaced:
            self.replaced = wanted(step, self.raw)
        else:
            self.holds |= wanted(step, self.raw)

    def compare(self, answer, seen):
        """Compare with what was done, and what perhaps was done and not told any more."""
        found = answer["found"], answer["other"]
        if found != (self.holds, self.replaced):
            self.commit(self.step)
            self.step += 1
            seen["untold"] += 1
        if found != (self.holds, self.replaced) or not answer["same"]:
            here, there = set(found[0].items()), set(self.holds.items())
            differing = sorted({title for title, _ in here ^ there})
            msg = f"{self.path}: {differing} are not what was written, or {found[1]} is not"
            raise RuntimeError(msg)

    def finish(self):
        """See that the raw data never moved, and that nothing is left behind."""
        with h5py.File(self.path, "r") as file:
            h5_raw = file["Measurement_000/Channel_000/raw/raw"].id
            places = chunks(h5_raw)
        after = self.path.read_bytes()
        for start, length in places:
            if after[start : start + length] != self.source[start : start + length]:
                msg = f"{self.path}: the raw data changed at byte {start}"
                raise RuntimeError(msg)


def chunks(h5_raw):
    """Return where the numbers of a dataset lie in its file, and how many bytes."""
    if h5_raw.get_offset() is not None:
        return [(h5_raw.get_offset(), h5_raw.get_storage_size())]
    infos = [h5_raw.get_chunk_info(i) for i in range(h5_raw.get_num_chunks())]
    return [(info.byte_offset, info.size) for info in infos]


def warm_up(path, told):
    """Do everything twice; tell which modules that needs, and how long a step takes."""
    sidpy.write(labelled(numbers(10**6), "raw"), path)
    for step in range(2 * len(KINDS)):
        if step == len(KINDS):
            start = time.perf_counter()
        KINDS[step % len(KINDS)](path, step)
    os.write(told, "\n".join([*sys.modules, ""]).encode())
    duration = (time.perf_counter() - start) / len(KINDS)
    os.write(told, f"{duration}\n".encode())


def prepare(folder):
    """Import what the forks need, for this process must not start any thread.

    Return how long a step takes, s.
    """
    child, reading = forked(warm_up, folder / "warm.h5")
    *modules, duration = heard(reading)
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    os.waitpid(child, 0)
    registry()
    return float(duration)


#: Blocks of the long computation.
BLOCKS = 12


def long_computation(path, told):
    """Compute something block by block, tell of each, and write it where it can be resumed."""
    import dask.array as da

    def block(block_info=None):
        (place,) = block_info[None]["chunk-location"]
        os.write(told, f"{place}\n".encode())
        time.sleep(0.05)
        return numbers(place)[0, 0]

    lazy = da.map_blocks(block, chunks=((25,) * BLOCKS,), dtype=np.float32)
    sidpy.write(sidpy.Dataset.from_array(lazy, title="long"), path, resume="long")


def blocks_there(path):
    return len(list(path.with_name(f"{path.name}.partial").glob("000-*")))


def resumed(path, chance, seen):
    """Kill a long computation again and again; no block that was complete is computed again."""
    while not path.exists():
        before = blocks_there(path)
        child, reading = forked(long_computation, path)
        deadline = time.monotonic() + 60
        while (
            blocks_there(path) < before + 2 and not path.exists() and time.monotonic() < deadline
        ):
            time.sleep(chance.uniform(0, 0.02))
        if before + 3 < BLOCKS:
            os.kill(child, signal.SIGKILL)
            seen["interrupted"] += 1
        _, status = os.waitpid(child, 0)
        computed = heard(reading)
        if os.WIFEXITED(status) and status:
            raise RuntimeError(computed[-1])
        if len(set(computed)) != len(computed) or len(computed) > BLOCKS - before:
            msg = f"{before} blocks were complete, and {computed} were computed after that"
            raise RuntimeError(msg)
        seen["blocks"] += len(computed)
    with h5py.File(path, "r") as file:
        found = file["Measurement_000/Channel_000/long/long"][...]
    if not np.array_equal(found, np.concatenate([numbers(i)[0, 0] for i in range(BLOCKS)])):
        msg = f"{path} is not what was computed"
        raise RuntimeError(msg)


def main(folder, kills, seed):
    seen = {"kills": 0, "steps": 0, "promised": 0, "untold": 0, "interrupted": 0, "blocks": 0}
    chance = random.Random(seed)
    duration = prepare(pathlib.Path(folder))
    resumed(pathlib.Path(folder, "long.h5"), chance, seen)
    runs = 0
    while seen["kills"] < kills:
        run = Run(pathlib.Path(folder), runs)
        runs += 1
        for _ in range(min(20, kills - seen["kills"])):
            run.kill(chance.uniform(0, MOST * duration), seen)
        run.finish()
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
