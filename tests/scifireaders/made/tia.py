"""Series of TIA: a stack, a map of spectra, and both with their description."""

from __future__ import annotations

import numpy as np

from SciFiReaders.simulate.tia import Way, write_emi, write_ser

NUMBERS = np.arange(120)
SCAN = [Way(0, 1e-9, units="meters"), Way(0, -1e-9, 5, "meters")]


def _ser(folder):
    return [
        write_ser(folder / "stack_1.ser", NUMBERS.astype("u2").reshape(2, 10, 6)),
        write_ser(
            folder / "map_1.ser",
            NUMBERS.astype("i4").reshape(3, 4, 10),
            spectra=True,
            navigation=SCAN,
            version=0x0220,
        ),
    ]


def _emi(folder):
    write_ser(folder / "both_1.ser", NUMBERS.astype("f4").reshape(12, 10))
    return [write_emi(folder / "both.emi", High_tension="200 kV")]


MADE = {"SciFiReaders.fei_ser": _ser, "SciFiReaders.fei_emi": _emi}
