"""A reader of compressed Acme scans, whose optional library is not installed."""

from sidpy.plugins import ReaderSpec, Signature, hookimpl


@hookimpl
def sidpy_readers():
    """Describe the reader."""
    return (
        ReaderSpec(
            name="acme-zip",
            format="acme.zipped-scan",
            summary="Compressed Acme microscope scan",
            extensions=(".acm",),
            signatures=(Signature(b"ACMEZIPD"),),
            reader="acme_lacking_code:read",
            requires="acme-lacking[zip]",
        ),
    )
