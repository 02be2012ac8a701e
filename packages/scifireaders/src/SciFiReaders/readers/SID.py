"""Files in the NSID and USID models, at the address of earlier releases."""  # noqa: N999 - that address

from .models import NSIDReader, Usid_reader

__all__ = ["NSIDReader", "Usid_reader"]
