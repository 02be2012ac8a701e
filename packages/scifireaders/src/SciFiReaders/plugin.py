"""What this distribution reads: descriptions only, no reader is imported."""

from __future__ import annotations

from sidpy.plugins import ReaderSpec, Signature, hookimpl

__all__ = ["sidpy_readers"]

_ELECTRON = "SciFiReaders.readers.electron"
_PROBE = "SciFiReaders.readers.probe"

_GATAN = (
    ReaderSpec(
        name="SciFiReaders.gatan_dm3",
        format="gatan.dm3",
        summary="Gatan DigitalMicrograph 3: images, spectra, stacks, spectrum images",
        extensions=(".dm3",),
        # version 3, any length, byte order 0 or 1, sorted and open flags
        signatures=(
            Signature(
                bytes.fromhex("00000003 00000000 00000000 0000"),
                mask=bytes.fromhex("ffffffff 00000000 fffffffe fefe"),
            ),
        ),
        reader=f"{_ELECTRON}.gatan_dm:read_dm",
    ),
    ReaderSpec(
        name="SciFiReaders.gatan_dm4",
        format="gatan.dm4",
        summary="Gatan DigitalMicrograph 4: images, spectra, stacks, spectrum images, 4D-STEM",
        extensions=(".dm4",),
        # version 4, a length below 2**48, byte order 0 or 1, sorted and open flags
        signatures=(
            Signature(
                bytes.fromhex("00000004 0000000000000000 00000000 0000"),
                mask=bytes.fromhex("ffffffff ffff000000000000 fffffffe fefe"),
            ),
        ),
        reader=f"{_ELECTRON}.gatan_dm:read_dm",
    ),
    ReaderSpec(
        name="SciFiReaders.gatan_dm5",
        format="gatan.dm5",
        summary="Gatan DigitalMicrograph 5 (HDF5)",
        extensions=(".dm5",),
        hdf5=("ImageList", "DocumentObjectList"),
        reader=f"{_ELECTRON}.gatan_dm5:read_dm5",
    ),
)

_SCANNING_PROBE = (
    ReaderSpec(
        name="SciFiReaders.igor_ibw",
        format="igor.ibw",
        summary="Igor binary waves: Asylum images and force curves, Matrix, SES, any wave",
        extensions=(".ibw",),
        # versions 2, 3 and 5 in both byte orders; the sniffer adds up the checksum
        signatures=tuple(
            Signature(version.to_bytes(2, order))
            for version in (2, 3, 5)
            for order in ("little", "big")
        ),
        sniff=f"{_PROBE}.igor_wave:sniff",
        reader=f"{_PROBE}.igor_ibw:read_ibw",
    ),
    ReaderSpec(
        name="SciFiReaders.igor_packed",
        format="igor.packed",
        summary="Igor packed experiments: every wave in them",
        extensions=(".pxp", ".pxt"),
        # a chain of records of any kind: only the sniffer can follow it
        sniff=f"{_PROBE}.igor_packed:sniff",
        reader=f"{_PROBE}.igor_packed:read_packed",
    ),
    ReaderSpec(
        name="SciFiReaders.nanonis_sxm",
        format="nanonis.sxm",
        summary="Nanonis scans: one image per channel and direction",
        extensions=(".sxm",),
        signatures=(Signature(b":NANONIS_VERSION:"),),
        reader=f"{_PROBE}.nanonis_sxm:read_sxm",
    ),
    ReaderSpec(
        name="SciFiReaders.gwyddion_gwy",
        format="gwyddion.gwy",
        summary="Gwyddion files: images, masks, volumes, spectra, graphs, point clouds",
        extensions=(".gwy",),
        signatures=(Signature(b"GWYP"), Signature(b"GWYO")),
        reader=f"{_PROBE}.gwyddion_gwy:read_gwy",
    ),
    ReaderSpec(
        name="SciFiReaders.gwyddion_gsf",
        format="gwyddion.gsf",
        summary="Gwyddion simple fields",
        extensions=(".gsf",),
        signatures=(Signature(b"Gwyddion Simple Field 1."),),
        reader=f"{_PROBE}.gwyddion_gsf:read_gsf",
    ),
)


@hookimpl
def sidpy_readers() -> tuple[ReaderSpec, ...]:
    """Describe the readers of this distribution."""
    return _GATAN + _SCANNING_PROBE
