"""Formats of scanning probe microscopes."""

from __future__ import annotations

from typing import Final

from sidpy.plugins import ReaderSpec, Signature

__all__ = ["READERS"]

_ROOM: Final = "SciFiReaders.readers.probe"

READERS: Final = (
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
        sniff=f"{_ROOM}.igor_wave:sniff",
        reader=f"{_ROOM}.igor_ibw:read_ibw",
    ),
    ReaderSpec(
        name="SciFiReaders.igor_packed",
        format="igor.packed",
        summary="Igor packed experiments: every wave in them",
        extensions=(".pxp", ".pxt"),
        # a chain of records of any kind: only the sniffer can follow it
        sniff=f"{_ROOM}.igor_packed:sniff",
        reader=f"{_ROOM}.igor_packed:read_packed",
    ),
    ReaderSpec(
        name="SciFiReaders.nanonis_sxm",
        format="nanonis.sxm",
        summary="Nanonis scans: one image per channel and direction",
        extensions=(".sxm",),
        signatures=(Signature(b":NANONIS_VERSION:"),),
        reader=f"{_ROOM}.nanonis_sxm:read_sxm",
    ),
    ReaderSpec(
        name="SciFiReaders.nanonis_3ds",
        format="nanonis.3ds",
        summary="Nanonis grids of spectra: channels and the parameters of every pixel",
        extensions=(".3ds",),
        signatures=(Signature(b"Grid dim="),),
        reader=f"{_ROOM}.nanonis_3ds:read_3ds",
    ),
    ReaderSpec(
        name="SciFiReaders.nanonis_dat",
        format="nanonis.dat",
        summary="Nanonis curves: bias and Z spectroscopy, sweeps, spectra, histories",
        extensions=(".dat",),
        # any key may come first: the sniffer looks for the line [DATA]
        sniff=f"{_ROOM}.nanonis_dat:sniff",
        reader=f"{_ROOM}.nanonis_dat:read_dat",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.bruker_nanoscope",
        format="bruker.nanoscope",
        summary="Bruker Nanoscope: images, force curves, force volumes, peak force captures",
        # the number of the measurement is the suffix
        extensions=(".spm", ".pfc", ".000", ".001", ".002", ".003", ".004", ".005"),
        signatures=tuple(
            Signature(rb"\*" + kind + b"ile list") for kind in (b"F", b"Force f", b"EC F")
        ),
        reader=f"{_ROOM}.bruker_nanoscope:read_nanoscope",
    ),
    ReaderSpec(
        name="SciFiReaders.wsxm",
        format="wsxm",
        summary="WSxM: images, curves, spectroscopy images, movies",
        extensions=(".stp", ".top", ".curves", ".cur", ".gsi", ".mpp", ".ch1", ".ch2"),
        signatures=(Signature(b"WSxM file copyright"),),
        reader=f"{_ROOM}.wsxm:read_wsxm",
    ),
    ReaderSpec(
        name="SciFiReaders.nanosurf_nid",
        format="nanosurf.nid",
        summary="Nanosurf: images, spectroscopy and sweeps of all channels",
        extensions=(".nid", ".ezd"),
        signatures=(Signature(b"[DataSet]\r\n"), Signature(b"[DataSet]\n")),
        reader=f"{_ROOM}.nanosurf_nid:read_nid",
    ),
    ReaderSpec(
        name="SciFiReaders.nanosurf_nhf",
        format="nanosurf.nhf",
        summary="Nanosurf Studio: images and spectroscopy of all channels",
        extensions=(".nhf",),
        hdf5=("@nsf_file_version_major",),
        reader=f"{_ROOM}.nanosurf_nhf:read_nhf",
    ),
    ReaderSpec(
        name="SciFiReaders.anfatec_pifm",
        format="anfatec.pifm",
        summary="Anfatec and Molecular Vista: images and spectra beside a parameter file",
        extensions=(".txt",),
        # blank lines may come first: the sniffer looks for the line that says it
        sniff=f"{_ROOM}.anfatec_pifm:sniff",
        reader=f"{_ROOM}.anfatec_pifm:read_pifm",
    ),
    ReaderSpec(
        name="SciFiReaders.spip_asc",
        format="spip.asc",
        summary="Text exported by SPIP: an image, or spectra of Omicron instruments",
        extensions=(".asc",),
        # the line that names SPIP is not always the first
        sniff=f"{_ROOM}.spip_asc:sniff",
        reader=f"{_ROOM}.spip_asc:read_asc",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.spip_bcr",
        format="spip.bcr",
        summary="BCR-STM files: one image of integers or floating point numbers",
        extensions=(".bcr", ".bcrf"),
        # blanks may stand anywhere in the first line, which may be UTF-16
        sniff=f"{_ROOM}.spip_bcr:sniff",
        reader=f"{_ROOM}.spip_bcr:read_bcr",
    ),
    ReaderSpec(
        name="SciFiReaders.createc_dat",
        format="createc.dat",
        summary="Createc scans: an image per channel, in counts of the converter",
        extensions=(".dat",),
        signatures=tuple(
            Signature(b"[Param" + kind + b"]") for kind in (b"co32", b"et32", b"eter")
        ),
        reader=f"{_ROOM}.createc_dat:read_createc",
    ),
    ReaderSpec(
        name="SciFiReaders.gwyddion_gwy",
        format="gwyddion.gwy",
        summary="Gwyddion files: images, masks, volumes, spectra, graphs, point clouds",
        extensions=(".gwy",),
        signatures=(Signature(b"GWYP"), Signature(b"GWYO")),
        reader=f"{_ROOM}.gwyddion_gwy:read_gwy",
    ),
    ReaderSpec(
        name="SciFiReaders.gwyddion_gsf",
        format="gwyddion.gsf",
        summary="Gwyddion simple fields",
        extensions=(".gsf",),
        signatures=(Signature(b"Gwyddion Simple Field 1."),),
        reader=f"{_ROOM}.gwyddion_gsf:read_gsf",
    ),
    # force curves and images of atomic force microscopes
    ReaderSpec(
        name="SciFiReaders.jpk_force",
        format="jpk.force",
        summary="JPK force curves, force maps and quantitative imaging",
        extensions=(".jpk-force", ".jpk-force-map", ".jpk-qi-data", ".jpk-qi-series"),
        # a zip whose members come in any order: only the sniffer knows their names
        sniff=f"{_ROOM}.jpk_force:sniff",
        reader=f"{_ROOM}.jpk_force:read_jpk_force",
    ),
    ReaderSpec(
        name="SciFiReaders.ntmdt_mdt",
        format="ntmdt.mdt",
        summary="NT-MDT files: scans, curves, curves at points, data of any dimensions",
        extensions=(".mdt",),
        signatures=(Signature(bytes.fromhex("01b093ff")),),
        reader=f"{_ROOM}.ntmdt_mdt:read_mdt",
    ),
    ReaderSpec(
        name="SciFiReaders.jpk_image",
        format="jpk.image",
        summary="JPK images: every channel and direction, calibrated",
        extensions=(".jpk", ".jpk-qi-image"),
        signatures=(Signature(b"MM\0*"), Signature(b"II*\0")),
        # a TIFF: the sniffer looks for the tags of the scan
        sniff=f"{_ROOM}.jpk_image:sniff",
        reader=f"{_ROOM}.jpk_image:read_jpk_image",
    ),
    ReaderSpec(
        name="SciFiReaders.anasys_axz",
        format="anasys.axz",
        summary="Anasys Analysis Studio: maps and infrared spectra",
        extensions=(".axz", ".axd"),
        # gzip or text: the sniffer unpacks the beginning
        sniff=f"{_ROOM}.anasys_document:sniff",
        reader=f"{_ROOM}.anasys_axz:read_axz",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.asylum_h5",
        format="asylum.h5",
        summary="Asylum force maps converted to HDF5",
        extensions=(".h5", ".hdf5", ".arhdf5"),
        hdf5=("@Note", "ForceMap/*@Channels"),
        reader=f"{_ROOM}.asylum_h5:read_ar_hdf5",
    ),
    ReaderSpec(
        name="SciFiReaders.park_psia",
        format="park.psia",
        summary="Park Systems TIFF: images and profiles, calibrated",
        extensions=(".tiff", ".tif"),
        signatures=(Signature(b"II*\0"), Signature(b"MM\0*")),
        # a TIFF: the sniffer looks for the tags of the numbers
        sniff=f"{_ROOM}.park_psia:sniff",
        reader=f"{_ROOM}.park_psia:read_psia",
    ),
    ReaderSpec(
        name="SciFiReaders.omicron_matrix",
        format="omicron.mtrx",
        summary="Omicron MATRIX: images, curves and maps of curves, with their parameters beside",
        extensions=(".mtrx", ".z_mtrx", ".i_mtrx", ".i(v)_mtrx", ".aux1(v)_mtrx", ".df_mtrx"),
        signatures=(Signature(b"ONTMATRX0101"),),
        reader=f"{_ROOM}.omicron_matrix:read_matrix",
    ),
    ReaderSpec(
        name="SciFiReaders.omicron_scala",
        format="omicron.scala",
        summary="Omicron SCALA: the images that a parameter file names",
        extensions=(".par",),
        # any comment may come first: the sniffer looks for the keys
        sniff=f"{_ROOM}.omicron_scala:sniff",
        reader=f"{_ROOM}.omicron_scala:read_scala",
    ),
    ReaderSpec(
        name="SciFiReaders.rhk_sm4",
        format="rhk.sm4",
        summary="RHK files: images and spectra",
        extensions=(".sm4",),
        signatures=(Signature("STiMage 005.".encode("utf-16-le"), offset=2),),
        reader=f"{_ROOM}.rhk_sm4:read_sm4",
    ),
)
