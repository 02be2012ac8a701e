"""Fits of what scanning probes measure: resonances, hysteresis loops, force curves.

>>> from pycroscopy.fit import fit_loops, fit_resonance, project_loops

`fit_resonance` finds the oscillator in each spectrum of band excitation, `project_loops`
turns complex loops onto their axis, `measure_loops` reads areas, bias voltages and errors
from them, and `fit_loops` fits their shape.  `fit_force_curves` finds contacts and moduli,
`fit_adhesion` what sticks, `measure_force_curves` and `find_ruptures` numbers without a model,
`calibrate_thermally` springs.  `fit_current` and `fit_barrier_height` fit laws of conduction,
`separate_capacitive_current` resistances under a capacitance.  All stay lazy if asked to.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
