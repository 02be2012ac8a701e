"""Formats of optical, nuclear and mass spectrometers."""

from __future__ import annotations

from typing import Final

from sidpy.plugins import ReaderSpec, Signature

__all__ = ["READERS"]

_ROOM: Final = "SciFiReaders.readers.spectroscopy"

READERS: Final = (
    ReaderSpec(
        name="SciFiReaders.renishaw_wdf",
        format="renishaw.wdf",
        summary="Renishaw WiRE: Raman spectra, series, maps, volumes, white light images",
        extensions=(".wdf",),
        signatures=(
            Signature(
                b"WDF1" + bytes(4) + b"\x00\x02" + bytes(6),
                mask=b"\xff" * 4 + bytes(4) + b"\xff" * 8,
            ),
        ),
        reader=f"{_ROOM}.renishaw_wdf:read_wdf",
    ),
    ReaderSpec(
        name="SciFiReaders.princeton_spe",
        format="princeton.spe",
        summary="Princeton Instruments: spectra and frames of WinSpec and LightField",
        extensions=(".spe",),
        # PHI and EDAX use the suffix, too
        signatures=(Signature(bytes.fromhex("67452301"), offset=2996),),
        reader=f"{_ROOM}.princeton_spe:read_spe",
    ),
    ReaderSpec(
        name="SciFiReaders.andor_sif",
        format="andor.sif",
        summary="Andor Solis: spectra, images, kinetic series",
        extensions=(".sif",),
        signatures=(Signature(b"Andor Technology Multi-Channel File\n"),),
        reader=f"{_ROOM}.andor_sif:read_sif",
    ),
    ReaderSpec(
        name="SciFiReaders.horiba_xml",
        format="horiba.xml",
        summary="Horiba LabSpec: spectra, line scans and maps exported as XML",
        extensions=(".xml",),
        sniff=f"{_ROOM}.horiba_xml:sniff",
        reader=f"{_ROOM}.horiba_xml:read_horiba",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.trivista_tvf",
        format="trivista.tvf",
        summary="TriVista: spectra, series, line scans and maps",
        extensions=(".tvf",),
        sniff=f"{_ROOM}.trivista_tvf:sniff",
        reader=f"{_ROOM}.trivista_tvf:read_tvf",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.witec_txt",
        format="witec.txt",
        summary="WITec Project: spectra and maps exported as text",
        extensions=(".txt",),
        signatures=(Signature(b"//Exported ASCII-File"),),
        reader=f"{_ROOM}.witec_txt:read_witec",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.xsyg",
        format="xsyg",
        summary="XSYG: luminescence of lexsyg readers",
        extensions=(".xsyg",),
        sniff=f"{_ROOM}.xsyg:sniff",
        reader=f"{_ROOM}.xsyg:read_xsyg",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.hamamatsu_img",
        format="hamamatsu.img",
        summary="Hamamatsu HPD-TA and HiPic: streak images",
        extensions=(".img",),
        # IM, and a section where its comment begins
        signatures=(Signature(b"IM" + bytes(62) + b"[", mask=b"\xff" * 2 + bytes(62) + b"\xff"),),
        reader=f"{_ROOM}.hamamatsu_img:read_img",
    ),
    ReaderSpec(
        name="SciFiReaders.canberra_mca",
        format="canberra.mca",
        summary="Canberra S100: spectra of a multichannel analyser",
        extensions=(".mca",),
        sniff=f"{_ROOM}.canberra:sniff_mca",
        reader=f"{_ROOM}.canberra:read_mca",
    ),
    ReaderSpec(
        name="SciFiReaders.canberra_cnf",
        format="canberra.cnf",
        summary="Canberra Genie 2000: spectra of a multichannel analyser",
        extensions=(".cnf",),
        sniff=f"{_ROOM}.canberra:sniff_cnf",
        reader=f"{_ROOM}.canberra:read_cnf",
    ),
    ReaderSpec(
        name="SciFiReaders.quadstar",
        format="quadstar",
        summary="Quadstar: mass spectra by cycle, scans and bars",
        extensions=(".sac", ".sbc"),
        sniff=f"{_ROOM}.quadstar:sniff",
        reader=f"{_ROOM}.quadstar:read_quadstar",
    ),
    ReaderSpec(
        name="SciFiReaders.galactic_spc",
        format="galactic.spc",
        summary="Galactic SPC: spectra and series of GRAMS and many instruments",
        extensions=(".spc",),
        # EDAX and Bruker use the suffix, too
        sniff=f"{_ROOM}.galactic_spc:sniff",
        reader=f"{_ROOM}.galactic_spc:read_spc",
    ),
    ReaderSpec(
        name="SciFiReaders.witec_wip",
        format="witec.wip",
        summary="WITec Project: spectra, maps, images and pictures",
        extensions=(".wip", ".wid"),
        signatures=tuple(
            Signature(magic) for magic in (b"WIT_PR06", b"WIT_PRCT", b"WIT_DA06", b"WIT_DATA")
        ),
        reader=f"{_ROOM}.witec_wip:read_wip",
    ),
    ReaderSpec(
        name="SciFiReaders.horiba_txt",
        format="horiba.txt",
        summary="Horiba LabSpec: spectra, series and maps exported as text",
        extensions=(".txt",),
        sniff=f"{_ROOM}.horiba_txt:sniff",
        reader=f"{_ROOM}.horiba_txt:read_horiba_text",
        lazy=False,
    ),
)
