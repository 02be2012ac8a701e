"""The command line itself: words in, exit code out.

Each command is one module with ``add`` (its words) and ``run`` (its work); everything
heavy is imported in ``run``, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from enum import IntEnum
from typing import TYPE_CHECKING

from . import (
    catalogue,
    console,
    conversion,
    history,
    overview,
    packing,
    picture,
    recipes,
    replaying,
    stored,
    verification,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Exit", "main"]

_EPILOG = """\
exit codes: 0 done; 1 wrong with a file, a reader or a writer; 2 wrong command line;
3 no installed reader knows the file; 4 several readers claim it; 5 a library is missing
"""


class Exit(IntEnum):
    """What the shell is told."""

    OK = 0
    ERROR = 1
    USAGE = 2
    UNRECOGNISED = 3
    AMBIGUOUS = 4
    MISSING_DEPENDENCY = 5
    INTERRUPTED = 130
    BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``sidpy``; by default those of the process.

    Returns
    -------
    int
        The exit code, see `Exit`.
    """
    try:
        arguments = _parsed(argv)
    except SystemExit as leaving:  # argparse leaves after --help and after a wrong word
        return Exit.OK if leaving.code in (None, 0) else Exit.USAGE
    with console.warnings_as_lines():
        return _run(arguments)


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the words of a command; files may stand before options and behind them."""
    parser = _parser()
    arguments, left = parser.parse_known_args(argv)
    if not left:
        return arguments
    if not hasattr(arguments, "files") or any(word.startswith("-") for word in left):
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    arguments.files += left
    return arguments


def _run(arguments: argparse.Namespace) -> int:
    try:
        code = arguments.run(arguments)
        console.flush()
    except BrokenPipeError:
        _drop_stdout()
        return Exit.BROKEN_PIPE
    except KeyboardInterrupt:
        console.complain("interrupted")
        return Exit.INTERRUPTED
    except Exception as error:
        if arguments.debug:
            raise
        return _explain(error)
    return Exit.OK if code is None else code


def _explain(error: Exception) -> Exit:
    """Write an error as a person can use it and return the code that belongs to it."""
    from sidpy import errors

    codes = {
        errors.UnrecognisedFile: Exit.UNRECOGNISED,
        errors.AmbiguousFile: Exit.AMBIGUOUS,
        errors.MissingDependency: Exit.MISSING_DEPENDENCY,
        console.UsageError: Exit.USAGE,
    }
    if isinstance(error, (errors.SidpyError, console.UsageError, OSError)):
        console.complain(str(error))
    else:
        name = type(error).__name__
        console.complain(f"{name}: {error} (this should not happen; --debug shows where)")
    return next((code for kind, code in codes.items() if isinstance(error, kind)), Exit.ERROR)


def _drop_stdout() -> None:
    """Let the interpreter flush into nothing at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file, as under a test
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as the process


def _parser() -> argparse.ArgumentParser:
    from sidpy.__version__ import version

    parser = argparse.ArgumentParser(
        prog="sidpy",
        description="Look at microscopy files, convert, draw and follow their history.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sidpy {version}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    modules = (
        catalogue, overview, conversion, packing, picture, stored, history, recipes, replaying,
        verification,
    )  # fmt: skip
    for module in modules:
        module.add(commands, common)
    return parser
