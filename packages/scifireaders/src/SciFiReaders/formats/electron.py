"""Formats of electron microscopes and their detectors."""

from __future__ import annotations

from typing import Final

from sidpy.plugins import ReaderSpec, Signature

__all__ = ["READERS"]

_ROOM: Final = "SciFiReaders.readers.electron"

READERS: Final = (
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
        reader=f"{_ROOM}.gatan_dm:read_dm",
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
        reader=f"{_ROOM}.gatan_dm:read_dm",
    ),
    ReaderSpec(
        name="SciFiReaders.gatan_dm5",
        format="gatan.dm5",
        summary="Gatan DigitalMicrograph 5 (HDF5)",
        extensions=(".dm5",),
        hdf5=("ImageList", "DocumentObjectList"),
        reader=f"{_ROOM}.gatan_dm5:read_dm5",
    ),
    ReaderSpec(
        name="SciFiReaders.emd_velox",
        format="emd.velox",
        summary="Velox EMD: images, stacks, transforms, X-ray spectra and maps",
        extensions=(".emd",),
        hdf5=("Application/Velox", "Data"),
        reader=f"{_ROOM}.velox_emd:read_velox",
    ),
    ReaderSpec(
        name="SciFiReaders.mrc",
        format="mrc",
        summary="MRC: images, series, volumes, movies, 4D-STEM of Velox and Direct Electron",
        extensions=(".mrc", ".mrcs", ".st", ".ali", ".rec", ".ccp4", ".map"),
        signatures=(Signature(b"MAP", offset=208),),
        reader=f"{_ROOM}.mrc:read_mrc",
    ),
    ReaderSpec(
        name="SciFiReaders.mrc_old",
        format="mrc",
        summary="MRC from before MRC2000, known by its sizes",
        extensions=(".mrc", ".mrcs", ".st", ".ali", ".rec", ".map"),
        sniff=f"{_ROOM}.mrc_header:sniff_old",
        reader=f"{_ROOM}.mrc:read_mrc",
    ),
    ReaderSpec(
        name="SciFiReaders.fei_ser",
        format="fei.ser",
        summary="FEI TIA series: images, spectra, maps",
        extensions=(".ser",),
        signatures=(Signature(bytes.fromhex("49499701")),),
        reader=f"{_ROOM}.fei_tia:read_ser",
    ),
    ReaderSpec(
        name="SciFiReaders.fei_emi",
        format="fei.tia",
        summary="FEI TIA: the series beside a description of the experiment",
        extensions=(".emi",),
        signatures=(Signature(bytes.fromhex("4a4b0002 00000000 044d")),),
        companions=("{stem}_1.ser|{stem}_2.ser|{stem}_3.ser",),
        reader=f"{_ROOM}.fei_tia:read_emi",
    ),
    ReaderSpec(
        name="SciFiReaders.emsa_msa",
        format="emsa.msa",
        summary="EMSA/MAS spectra, ISO 22029",
        extensions=(".msa", ".ems", ".emsa"),
        sniff=f"{_ROOM}.emsa_msa:sniff",
        reader=f"{_ROOM}.emsa_msa:read_msa",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.emd_ncem",
        format="emd.ncem",
        summary="Open EMD of Berkeley: any array with its dimensions",
        extensions=(".emd", ".h5", ".hdf5", ".de5"),
        hdf5=("**@emd_group_type=1",),
        # other formats keep the attributes of a file they were made from
        priority=-1,
        reader=f"{_ROOM}.ncem_emd:read_emd",
    ),
    ReaderSpec(
        name="SciFiReaders.emd_prismatic",
        format="emd.prismatic",
        summary="Prismatic simulations in open EMD",
        extensions=(".emd", ".h5"),
        hdf5=("4DSTEM_simulation/data", "4DSTEM_simulation/metadata"),
        reader=f"{_ROOM}.ncem_emd:read_emd",
    ),
    ReaderSpec(
        name="SciFiReaders.py4dstem",
        format="py4dstem",
        summary="py4DSTEM: data cubes and arrays in open EMD 1.0",
        extensions=(".h5", ".emd", ".py4dstem"),
        hdf5=("@emd_group_type=file", "**@emd_group_type=array"),
        reader=f"{_ROOM}.ncem_emd:read_emd",
    ),
    ReaderSpec(
        name="SciFiReaders.hyperspy_hspy",
        format="hyperspy.hspy",
        summary="Signals of HyperSpy in HDF5",
        extensions=(".hspy", ".hdf5", ".h5"),
        hdf5=("Experiments/*/data", "Experiments/*/axis-0"),
        reader=f"{_ROOM}.hyperspy:read_hspy",
    ),
    ReaderSpec(
        name="SciFiReaders.hyperspy_zspy",
        format="hyperspy.zspy",
        summary="Signals of HyperSpy in zarr directories",
        extensions=(".zspy/",),
        requires="zarr",
        reader=f"{_ROOM}.hyperspy_zarr:read_zspy",
    ),
    ReaderSpec(
        name="SciFiReaders.nanomegas_blo",
        format="nanomegas.blo",
        summary="NanoMEGAS block files: scans of diffraction patterns",
        extensions=(".blo",),
        signatures=(Signature(b"IMGBLO"),),
        reader=f"{_ROOM}.nanomegas_blo:read_blo",
    ),
    ReaderSpec(
        name="SciFiReaders.tvips",
        format="tvips",
        summary="TVIPS camera series, in one file or several",
        extensions=(".tvips",),
        signatures=tuple(Signature(bytes([0, 1, 0, 0, version, 0, 0, 0])) for version in (1, 2)),
        reader=f"{_ROOM}.tvips:read_tvips",
    ),
    ReaderSpec(
        name="SciFiReaders.merlin_mib",
        format="quantumdetectors.mib",
        summary="Merlin detectors: frames, movies, scans of diffraction patterns",
        extensions=(".mib",),
        signatures=(Signature(b"MQ1,"),),
        reader=f"{_ROOM}.merlin_mib:read_mib",
    ),
    ReaderSpec(
        name="SciFiReaders.empad",
        format="empad",
        summary="EMPAD detectors: scans of diffraction patterns, XML and raw",
        extensions=(".xml",),
        sniff=f"{_ROOM}.empad:sniff",
        reader=f"{_ROOM}.empad:read_empad",
    ),
    ReaderSpec(
        name="SciFiReaders.nion_ndata",
        format="nion.ndata",
        summary="Nion Swift data items, .ndata",
        extensions=(".ndata",),
        # a zip whose first member is one of the two
        signatures=tuple(
            Signature(
                b"PK\x03\x04" + bytes(26) + name,
                mask=b"\xff" * 4 + bytes(26) + b"\xff" * len(name),
            )
            for name in (b"data.npy", b"metadata.json")
        ),
        sniff=f"{_ROOM}.nion:sniff",
        reader=f"{_ROOM}.nion:read_ndata",
    ),
    ReaderSpec(
        name="SciFiReaders.nion_h5",
        format="nion.h5",
        summary="Nion Swift data items, HDF5",
        extensions=(".h5",),
        hdf5=("data@properties",),
        reader=f"{_ROOM}.nion:read_h5",
    ),
    ReaderSpec(
        name="SciFiReaders.bruker_xml",
        format="bruker.spx",
        summary="Bruker Esprit spectra and results: .spx, .rto",
        extensions=(".spx", ".rto"),
        sniff=f"{_ROOM}.bruker_xml:sniff",
        reader=f"{_ROOM}.bruker_xml:read_bruker",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.bruker_bcf",
        format="bruker.bcf",
        summary="Bruker Esprit hypermaps: images, X-ray maps, summed spectra",
        extensions=(".bcf",),
        signatures=(Signature(b"AAMVHFSS"),),
        reader=f"{_ROOM}.bruker_bcf:read_bcf",
    ),
    ReaderSpec(
        name="SciFiReaders.digitalsurf",
        format="digitalsurf",
        summary="Digital Surf Mountains: profiles, surfaces, spectra, maps, pictures, series",
        extensions=(".sur", ".pro"),
        signatures=(Signature(b"DIGITAL SURF"), Signature(b"DSCOMPRESSED")),
        reader=f"{_ROOM}.digitalsurf:read_surf",
    ),
    ReaderSpec(
        name="SciFiReaders.ripple",
        format="ripple",
        summary="Ripple of Lispix: images, stacks and spectrum images beside a table",
        extensions=(".rpl",),
        sniff=f"{_ROOM}.ripple:sniff",
        companions=("{stem}.raw",),
        reader=f"{_ROOM}.ripple:read_rpl",
    ),
    ReaderSpec(
        name="SciFiReaders.semper_unf",
        format="semper.unf",
        summary="Semper pictures: spectra, images, volumes",
        extensions=(".unf",),
        # a record of 12 bytes, in either byte order
        signatures=tuple(
            Signature(mark + bytes(12) + mark, mask=b"\xff" * 4 + bytes(12) + b"\xff" * 4)
            for mark in (b"\x0c\0\0\0", b"\0\0\0\x0c")
        ),
        reader=f"{_ROOM}.semper:read_unf",
    ),
    ReaderSpec(
        name="SciFiReaders.pantarhei_prz",
        format="pantarhei.prz",
        summary="Panta Rhei: images, spectra, spectrum images",
        extensions=(".prz",),
        # a zip whose first member is one of these
        signatures=tuple(
            Signature(
                b"PK\x03\x04" + bytes(26) + name,
                mask=b"\xff" * 4 + bytes(26) + b"\xff" * len(name),
            )
            for name in (b"data.npy", b"data_model", b"meta_data", b"file_format_version")
        ),
        sniff=f"{_ROOM}.pantarhei_prz:sniff",
        reader=f"{_ROOM}.pantarhei_prz:read_prz",
    ),
    ReaderSpec(
        name="SciFiReaders.topspin_app5",
        format="nanomegas.app5",
        summary="NanoMEGAS TopSpin: virtual images and scans of diffraction patterns",
        extensions=(".app5",),
        hdf5=("Version", "*/Metadata", "*/Thumbnail"),
        reader=f"{_ROOM}.topspin_app5:read_app5",
    ),
    ReaderSpec(
        name="SciFiReaders.protochips",
        format="protochips.csv",
        summary="Protochips holders: currents, voltages, temperatures, pressures over time",
        extensions=(".csv",),
        sniff=f"{_ROOM}.holder_logs:sniff_protochips",
        reader=f"{_ROOM}.holder_logs:read_protochips",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.dens_heater",
        format="dens.heater",
        summary="DENS heaters: temperatures and powers over time",
        extensions=(".dens",),
        sniff=f"{_ROOM}.holder_logs:sniff_dens",
        reader=f"{_ROOM}.holder_logs:read_dens",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.dens_impulse",
        format="dens.impulse",
        summary="DENS Impulse: temperatures, pressures, gases over time",
        extensions=(".csv",),
        sniff=f"{_ROOM}.holder_logs:sniff_impulse",
        reader=f"{_ROOM}.holder_logs:read_impulse",
        lazy=False,
    ),
    ReaderSpec(
        name="SciFiReaders.dectris_master",
        format="dectris.arina",
        summary="Dectris Arina: scans of diffraction patterns behind a master file",
        extensions=(".h5",),
        hdf5=("entry/data", "entry/instrument/detector/detectorSpecific"),
        reader=f"{_ROOM}.dectris_arina:read_arina",
    ),
    ReaderSpec(
        name="SciFiReaders.dectris_data",
        format="dectris.arina",
        summary="Dectris Arina: a file of diffraction patterns",
        extensions=(".h5",),
        hdf5=("entry/data/data@image_nr_low", "entry/data/data@image_nr_high"),
        reader=f"{_ROOM}.dectris_arina:read_arina",
    ),
    ReaderSpec(
        name="SciFiReaders.delmic_h5",
        format="delmic.h5",
        summary="Delmic Odemis: cathodoluminescence images, spectra, maps, streaks",
        extensions=(".h5",),
        hdf5=("Acquisition0/ImageData/Image", "Acquisition0/SVIData/Company"),
        reader=f"{_ROOM}.delmic:read_delmic",
    ),
    ReaderSpec(
        name="SciFiReaders.jeol_image",
        format="jeol",
        summary="JEOL Analysis Station: images and maps of elements",
        extensions=(".img", ".map"),
        signatures=(Signature(b"JED-2200:LibJxImageForm", offset=4),),
        reader=f"{_ROOM}.jeol:read_image",
    ),
    ReaderSpec(
        name="SciFiReaders.jeol_pts",
        format="jeol",
        summary="JEOL Analysis Station: X-ray maps out of their events",
        extensions=(".pts",),
        signatures=(Signature(b"PTTDFILE", offset=4),),
        reader=f"{_ROOM}.jeol:read_pts",
    ),
    ReaderSpec(
        name="SciFiReaders.jeol_asw",
        format="jeol",
        summary="JEOL Analysis Station: everything that an index names",
        extensions=(".asw",),
        signatures=(Signature(b"Analysis Station", offset=0x22),),
        reader=f"{_ROOM}.jeol:read_asw",
    ),
)
