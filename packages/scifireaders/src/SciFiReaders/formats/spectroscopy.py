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
)
