"""``sidpy replay``: compute the results in a file again, and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run"]

_EPILOG = """\
exit codes: 0 every dataset is what its history gives, bit for bit or within the tolerance; 1 one
is not, or a raw file has changed; 2 one cannot be computed again; others as for every command
"""


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser(
        "replay", parents=[common], help="recompute results from raw data and compare",
        epilog=_EPILOG,
    )  # fmt: skip
    words.add_argument("file", metavar="FILE")
    words.add_argument("--dataset", metavar="KEY", help="only this dataset")
    words.add_argument("--raw-dir", metavar="DIR", action="append", default=[],
                       help="where to look for raw files first")  # fmt: skip
    words.add_argument("--trust", metavar="PACKAGE", action="append", default=[],
                       help="a package whose functions may be called")  # fmt: skip
    words.add_argument("--rtol", type=float, help="relative deviation that is tolerated")
    words.add_argument("--atol", type=float, default=0.0, help="absolute deviation besides")
    words.add_argument("--json", action="store_true", help="write JSON for a program")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Say of each dataset whether it is what its history gives."""
    import sidpy

    with console.progress("computing again"):
        found = sidpy.replay(
            arguments.file, arguments.dataset, raw_dir=arguments.raw_dir, trust=arguments.trust,
            rtol=arguments.rtol, atol=arguments.atol,
        )  # fmt: skip
    if arguments.json:
        console.write_json(
            {"file": arguments.file, "datasets": [verdict.as_dict() for verdict in found]}
        )
    else:
        for verdict in found:
            console.write(str(verdict))
    unable = any(verdict.outcome == "not replayable" for verdict in found)
    wrong = any(not v.is_confirmed and v.outcome != "not replayable" for v in found)
    return 1 if wrong else 2 if unable else 0
