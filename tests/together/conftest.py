"""A file to travel with: small, of a vendor's format, and made here."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> bytes:
    """The bytes of a DM4 file with one calibrated image of atoms."""
    from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
    from SciFiReaders.simulate.specimen import lattice_image

    lattice = lattice_image((160, 192), seed=3)
    axis = DMAxis(lattice.pixel_size, 0.0, "nm")
    image = DMImage(lattice.image, name="strontium titanate", axes=(axis, axis))
    return write_dm(tmp_path_factory.mktemp("sample") / "scan.dm4", image).read_bytes()
