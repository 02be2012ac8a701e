"""Formats of diffractometers, photoelectron and mass spectrometers, and beamlines."""

from __future__ import annotations

from typing import Final

from sidpy.plugins import ReaderSpec, Signature

__all__ = ["READERS"]

_ROOM: Final = "SciFiReaders.readers.xray"

READERS: Final = (
    ReaderSpec(
        name="SciFiReaders.panalytical_xrdml",
        format="panalytical.xrdml",
        summary="PANalytical XRDML: scans and maps of diffractometers",
        extensions=(".xrdml",),
        sniff=f"{_ROOM}.panalytical_xrdml:sniff",
        reader=f"{_ROOM}.panalytical_xrdml:read_xrdml",
    ),
    ReaderSpec(
        name="SciFiReaders.bruker_raw",
        format="bruker.raw",
        summary="Siemens and Bruker diffractograms, versions 1, 2, 3 and 4",
        extensions=(".raw",),
        signatures=(
            Signature(b"RAW1.01"),
            Signature(b"RAW4.00"),
            Signature(b"RAW2"),
            Signature(b"RAW "),
        ),
        reader=f"{_ROOM}.bruker_raw:read_raw",
    ),
    ReaderSpec(
        name="SciFiReaders.bruker_uxd",
        format="bruker.uxd",
        summary="Siemens and Bruker diffractograms in text",
        extensions=(".uxd",),
        sniff=f"{_ROOM}.bruker_uxd:sniff",
        reader=f"{_ROOM}.bruker_uxd:read_uxd",
    ),
    ReaderSpec(
        name="SciFiReaders.bruker_brml",
        format="bruker.brml",
        summary="Bruker DIFFRAC.SUITE measurements: scans, detector frames, maps",
        extensions=(".brml",),
        sniff=f"{_ROOM}.bruker_brml:sniff",
        reader=f"{_ROOM}.bruker_brml:read_brml",
    ),
    ReaderSpec(
        name="SciFiReaders.rigaku_ras",
        format="rigaku.ras",
        summary="Rigaku SmartLab scans",
        extensions=(".ras",),
        signatures=(Signature(b"*RAS_DATA_START"), Signature(b"*RAS_HEADER_START")),
        reader=f"{_ROOM}.rigaku_ras:read_ras",
    ),
    ReaderSpec(
        name="SciFiReaders.rigaku_asc",
        format="rigaku.asc",
        summary="Rigaku scans exported as text",
        extensions=(".asc",),
        signatures=(Signature(b"*TYPE"),),
        reader=f"{_ROOM}.rigaku_ras:read_asc",
    ),
    ReaderSpec(
        name="SciFiReaders.powder_text",
        format="xrd.text",
        summary="Powder patterns of ILL and PSI in text: start, step, end, intensities",
        extensions=(".dat", ".rit", ".ill", ".psi"),
        sniff=f"{_ROOM}.powder_text:sniff_pattern",
        reader=f"{_ROOM}.powder_text:read_pattern",
    ),
    ReaderSpec(
        name="SciFiReaders.powder_columns",
        format="xrd.xy",
        summary="Powder patterns as columns of places, intensities and errors",
        extensions=(".xy", ".xye"),
        sniff=f"{_ROOM}.powder_text:sniff_columns",
        reader=f"{_ROOM}.powder_text:read_columns",
    ),
    ReaderSpec(
        name="SciFiReaders.cif_powder",
        format="cif.powder",
        summary="Powder patterns and Raman spectra in CIF",
        extensions=(".cif", ".rtv", ".rod", ".pdcif"),
        sniff=f"{_ROOM}.cif_powder:sniff",
        reader=f"{_ROOM}.cif_powder:read_cif",
    ),
    ReaderSpec(
        name="SciFiReaders.vamas",
        format="vamas",
        summary="VAMAS (ISO 14976): spectra, maps and depth profiles of surface analysis",
        extensions=(".vms",),
        signatures=(Signature(b"VAMAS Surface Chemical Analysis"),),
        reader=f"{_ROOM}.vamas:read_vamas",
    ),
    ReaderSpec(
        name="SciFiReaders.specs_xy",
        format="specs.xy",
        summary="SPECS photoelectron spectra exported as text",
        extensions=(".xy",),
        sniff=f"{_ROOM}.specs_xy:sniff",
        reader=f"{_ROOM}.specs_xy:read_specs_xy",
    ),
    ReaderSpec(
        name="SciFiReaders.phi_spe",
        format="phi.spe",
        summary="PHI photoelectron spectra and depth profiles",
        extensions=(".spe", ".pro"),
        signatures=(Signature(b"SOFH"),),
        reader=f"{_ROOM}.phi_spe:read_phi",
    ),
    ReaderSpec(
        name="SciFiReaders.oxford_h5oina",
        format="oxford.h5oina",
        summary="Oxford Instruments HDF5: EDS and EBSD maps, patterns, electron images",
        extensions=(".h5oina",),
        hdf5=("Format Version", "Index", "*/*/Header", "*/*/Data"),
        reader=f"{_ROOM}.oxford_h5oina:read_h5oina",
    ),
    ReaderSpec(
        name="SciFiReaders.edax_h5",
        format="edax.h5",
        summary="EDAX APEX projects: X-ray maps, images, spectra",
        extensions=(".h5", ".edaxh5"),
        hdf5=("*@Company=EDAX, LLC",),
        reader=f"{_ROOM}.edax_h5:read_edax",
    ),
    ReaderSpec(
        name="SciFiReaders.tofwerk_h5",
        format="tofwerk",
        summary="TOFWERK mass spectra: sums, spectra, peaks, pictures of the FIB",
        extensions=(".h5",),
        hdf5=("FullSpectra/MassAxis",),
        reader=f"{_ROOM}.tofwerk_h5:read_tofwerk",
    ),
    ReaderSpec(
        name="SciFiReaders.imzml",
        format="imzml",
        summary="imzML: mass spectrometry images",
        extensions=(".imzml",),
        companions=(".ibd",),
        sniff=f"{_ROOM}.imzml:sniff",
        reader=f"{_ROOM}.imzml:read_imzml",
    ),
)
