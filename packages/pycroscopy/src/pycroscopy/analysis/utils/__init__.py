"""Functions of band excitation by their classic names; prefer `pycroscopy.fit`."""

from . import be_loop as be_loop
from . import be_sho as be_sho
