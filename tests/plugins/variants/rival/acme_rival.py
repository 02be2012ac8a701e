"""A second reader of Acme scans with exactly the claim of the first."""

from sidpy.plugins import ReaderSpec, Signature, hookimpl


@hookimpl
def sidpy_readers():
    """Describe the reader."""
    return (
        ReaderSpec(
            name="acme-rival",
            format="acme.scan",
            summary="Acme microscope scan, by somebody else",
            extensions=(".acm",),
            signatures=(Signature(b"ACMESCAN"),),
            reader="acme_rival_code:read",
        ),
    )
