"""Which formats were read from files of instruments, whole and right.

The others were written from descriptions, and are tested on files that our own tests write.
"""

from __future__ import annotations

from typing import Final

__all__ = ["REAL"]

#: Formats, with hyphens for dots.
REAL: Final = frozenset(
    """
    anasys-axz andor-sif anfatec-pifm bruker-bcf bruker-nanoscope bruker-raw bruker-spx
    bruker-uxd canberra-cnf canberra-mca cif-powder dectris-arina delmic-h5 dens-heater
    dens-impulse digitalsurf emd-ncem emd-prismatic emd-velox emsa-msa fei-ser fei-tia
    gatan-dm3 gatan-dm4 gatan-dm5 gwyddion-gsf gwyddion-gwy hamamatsu-img horiba-xml
    hyperspy-hspy hyperspy-zspy igor-ibw igor-packed image jeol jpk-force jpk-image mrc
    nanomegas-app5 nanomegas-blo nanonis-3ds nanonis-dat nanonis-sxm nanosurf-nid nexus
    nsid ntmdt-mdt panalytical-xrdml pantarhei-prz phenom-elid princeton-spe
    princeton-spe2 princeton-spe3 protochips-csv py4dstem quadstar quantumdetectors-mib
    renishaw-wdf ripple semper-unf specs-xy tiff trivista-tvf tvips vamas witec-txt wsxm
    xrd-text xsyg
    """.split()  # noqa: SIM905 - reads better than a list
)
