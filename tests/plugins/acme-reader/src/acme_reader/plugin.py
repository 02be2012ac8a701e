"""What sidpy has to know about Acme scans; the code that reads them is imported later."""

from sidpy.plugins import ReaderSpec, Signature, WriterSpec, hookimpl


@hookimpl
def sidpy_readers():
    """Describe the reader."""
    return (
        ReaderSpec(
            name="acme-scan",
            format="acme.scan",
            summary="Acme microscope scan, version 1",
            extensions=(".acm",),
            signatures=(Signature(b"ACMESCAN"),),
            reader="acme_reader.scan:read_scan",
        ),
    )


@hookimpl
def sidpy_writers():
    """Describe the writer."""
    return (
        WriterSpec(
            name="acme-scan",
            format="acme.scan",
            summary="Acme microscope scan, version 1",
            extensions=(".acm",),
            writer="acme_reader.scan:write_scan",
            capabilities=("images",),
        ),
    )
