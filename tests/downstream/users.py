"""What users of BGlib and FFTA type: ``python users.py WAY FILE [BATCH [STAGE BATCHES]]``.

``BATCH`` is the largest number of positions that are read at once. With ``BATCHES`` the process
is killed (SIGKILL) once that many batches of the stage have been written and the next one is
computed.
Otherwise the results groups and the positions computed in this run are printed as JSON.
``python users.py --several WAY FILE BATCH ...`` prints them for several ways.

Nothing here knows whose sidpy and pyUSID it runs on.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import h5py
import matplotlib as mpl
import numpy as np

mpl.use("Agg")


def sho(file, run):
    """Guess and fit the oscillators of band excitation."""
    from BGlib.be.analysis import BESHOfitter

    fitter = BESHOfitter(main(file), cores=1)
    fitter.set_up_guess()
    guess = run(fitter, fitter.do_guess)
    fitter.set_up_fit()
    fit = run(fitter, fitter.do_fit)
    return {"guess": guess.parent.name, "fit": fit.parent.name}


def loops(file, run):
    """Fit the oscillators, then the loops of what was guessed, as BGlib's notebook does."""
    from BGlib.be.analysis import BELoopFitter

    found = sho(file, lambda process, compute: compute())
    parameters = dict(file["Measurement_000"].attrs)
    fitter = BELoopFitter(
        usid().USIDataset(file[found["fit"]]["Fit"]), parameters["data_type"],
        parameters["VS_mode"], parameters["VS_cycle_fraction"], cores=1,
    )  # fmt: skip
    fitter.set_up_guess()
    guess = run(fitter, fitter.do_guess)
    fitter.set_up_fit()
    fit = run(fitter, fitter.do_fit)
    return {"guess": guess.parent.name, "fit": fit.parent.name}


def noise_filter(file, run):
    """Remove what is below the noise floor."""
    from BGlib.gmode.proc.signal_filter import SignalFilter

    process = SignalFilter(main(file), noise_threshold=1e-3, cores=1)
    return {"filtered": run(process, process.compute).name}


def frequency_filter(file, run):
    """Keep what a low-pass filter and a notch."""
    from BGlib.gmode.proc import signal_filter
    from BGlib.gmode.proc.fft import LowPassFilter, NoiseBandFilter

    raw = main(file)
    # the release asks for float(array): the composite filter was never written, whatever pyUSID
    signal_filter.float = np.float64
    rate = round(1 / float(raw.h5_spec_vals[0, 1]))
    filters = [
        LowPassFilter(raw.shape[1], rate, 12e3),
        NoiseBandFilter(raw.shape[1], rate, [7e3], [1e3]),
    ]
    process = signal_filter.SignalFilter(
        raw, frequency_filters=filters, noise_threshold=1e-3, cores=1
    )
    return {"filtered": run(process, process.compute).name}


def bayesian(file, run):
    """Separate resistance and capacitance."""
    from BGlib.gmode.analysis import GIVBayesian

    process = GIVBayesian(main(file), 200.0, 9, num_x_steps=62, cores=1)
    process.test(pix_ind=1, show_plots=False)
    return {"inferred": run(process, process.compute).name}


def transients(file, run):
    """Find when the frequency turns at each pixel."""
    from ffta.hdf_utils.process import FFtrEFM

    process = FFtrEFM(usid().USIDataset(file["FF_Group/FF_Avg"]), cores=1)
    process.test([0, 1])
    if "FF_Avg-Fast_Free_000" in file["FF_Group"]:
        # it does not write its parameters into its results, so these cannot be recognized;
        # this is how its documentation reloads old data
        process._get_existing_datasets()
    return {"transients": run(process, process.compute).name}


def components(file, run):
    """Decompose the signals and put the strongest components together again."""
    from ffta.analysis import svd

    raw = usid().USIDataset(file["FF_Group/FF_Avg"])
    group = svd.test_svd(raw, num_components=8, show_plots=False)
    rebuilt = svd.svd_filter(raw, clean_components=[0, 1, 2])
    return {"svd": group.name, "rebuilt": rebuilt.parent.name}


WAYS = {
    way.__name__: way
    for way in (sho, loops, noise_filter, frequency_filter, bayesian, transients, components)
}


def usid():
    """Return pyUSID, imported late: the script names it once."""
    import pyUSID

    return pyUSID


def main(file):
    """Return the raw data of a measurement."""
    return usid().USIDataset(file["Measurement_000/Channel_000/Raw_Data"])


class Runner:
    """Lets a process compute in batches, notes the positions, and may not survive.

    Parameters
    ----------
    batch : int or None
        Largest number of positions that are read at once.
    stage, batches : int or None
        When to die: once that many batches of that stage were written and one more computed.
    """

    def __init__(self, batch=None, stage=None, batches=None):
        self.batch, self.stage, self.batches, self.computed = batch, stage, batches, []

    def __call__(self, process, compute):
        """Call ``compute`` of a process that is set up; return what it returns."""
        if self.batch:
            process._max_pos_per_read = self.batch
        # only ours has it: how soon what is written counts, and so how much is read at once
        process.checkpoint_every = 3600.0 if self.batches is None else 0.0
        write, rows, written = process._write_results_chunk, [], []
        self.computed.append(rows)

        def noted():
            if len(self.computed) - 1 == self.stage and len(written) == self.batches:
                os.kill(os.getpid(), signal.SIGKILL)
            written.append(True)
            rows.extend(int(row) for row in process._get_pixels_in_current_batch())
            write()

        process._write_results_chunk = noted
        try:
            return compute()
        finally:
            process._write_results_chunk = write


def go(way, name, batch=None, stage=None, batches=None):
    """Go one way; return what is told about it."""
    np.random.seed(0)  # noqa: NPY002 - what the applications draw from
    runner = Runner(
        *(None if number is None else int(number) for number in (batch, stage, batches))
    )
    with h5py.File(name, "r+") as file:
        groups = WAYS[way](file, runner)
    return {"groups": groups, "computed": runner.computed}


if __name__ == "__main__":
    if sys.argv[1] == "--several":
        asked = [sys.argv[start : start + 3] for start in range(2, len(sys.argv), 3)]
        told = {way: go(way, name, batch) for way, name, batch in asked}
    else:
        told = go(*sys.argv[1:])
    sys.stdout.write("\n" + json.dumps(told) + "\n")
