"""Dialogs in windows of the desktop: which file to open, where to save.

Any of PyQt5, PySide6, PyQt6 or PySide2 serves, the one that is loaded already first;
without any of them Python's own tkinter does.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidpy.errors import MissingDependency, SidpyError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "NoDisplay", "check_ssh", "get_QT_app", "openfile_dialog", "openfile_dialog_QT",
    "openfile_dialog_qt", "savefile_dialog", "savefile_dialog_qt",
]  # fmt: skip

#: Modules that speak to Qt, the released package's own first.
BINDINGS = ("PyQt5", "PySide6", "PyQt6", "PySide2")

#: Qt platforms that draw into memory: no display is needed.
_OFFSCREEN = ("offscreen", "minimal", "vnc", "linuxfb")

_ALL = "All files (*)"

#: Keeps the application alive: Qt forgets one that nobody holds.
_held: list[Any] = []


class NoDisplay(SidpyError, RuntimeError):
    """There is no screen on which a window could open."""


def check_ssh() -> bool:
    """Tell whether this runs in a session over SSH, where windows open elsewhere or not at all."""
    return "SSH_CLIENT" in os.environ or "SSH_TTY" in os.environ


def get_QT_app() -> Any:  # noqa: N802 - the released name
    """Return Qt's application, a new one when there is none.

    Raises
    ------
    MissingDependency
        When no binding of Qt is installed.
    NoDisplay
        When there is no screen; Qt itself would end the process.
    """
    widgets = _qt_widgets()
    _require_display()
    app = widgets.QApplication.instance()
    if app is None:
        app = widgets.QApplication(["sidpy"])
        _held.append(app)
    return app


def openfile_dialog_qt(
    file_types: str = _ALL,
    multiple_files: bool = False,  # noqa: FBT001, FBT002 - the released signature
    file_path: str = ".",
    caption: str = "Select a file...",
) -> Any:
    """Ask for a file, or several, in a dialog of Qt.

    Parameters
    ----------
    file_types : str
        For instance ``"Images (*.dm4 *.tif);;All files (*)"``.
    multiple_files : bool
        Whether several files may be chosen.
    file_path : str or PathLike
        The folder to begin in.
    caption : str
        Title of the window.

    Returns
    -------
    str or list of str
        Whole paths; empty when the dialog was cancelled.

    Raises
    ------
    MissingDependency
        When no binding of Qt is installed.
    NoDisplay
        When there is no screen.
    """
    get_QT_app()
    dialog = _qt_widgets().QFileDialog
    ask = dialog.getOpenFileNames if multiple_files else dialog.getOpenFileName
    chosen, _ = ask(None, caption, str(file_path), file_types)
    return chosen


openfile_dialog_QT = openfile_dialog_qt  # noqa: N816 - the released name


def savefile_dialog_qt(
    initial_file: str = "*.hf5",
    file_path: str = ".",
    file_types: str | None = None,
    caption: str = "Save file as ...",
) -> str:
    """Ask where to save in a dialog of Qt.

    Parameters
    ----------
    initial_file : str
        A name to begin with, or a pattern such as ``"*.hf5"``.
    file_path : str or PathLike
        The folder to begin in.
    file_types : str, optional
        For instance ``"HDF5 (*.hf5 *.h5)"``.
    caption : str
        Title of the window.

    Returns
    -------
    str
        The whole path; empty when the dialog was cancelled.

    Raises
    ------
    MissingDependency
        When no binding of Qt is installed.
    NoDisplay
        When there is no screen.
    """
    get_QT_app()
    name = initial_file if "*" not in initial_file else ""
    kinds = file_types or (f"{initial_file};;{_ALL}" if "*" in initial_file else _ALL)
    begin = str(Path(file_path) / name)
    chosen, _ = _qt_widgets().QFileDialog.getSaveFileName(None, caption, begin, kinds)
    return chosen


savefile_dialog = savefile_dialog_qt


def openfile_dialog(
    file_types: str = _ALL,
    multiple_files: bool = False,  # noqa: FBT001, FBT002 - as the dialog of Qt
    file_path: str = ".",
    caption: str = "Select a file...",
    *,
    file_filter: str | None = None,
) -> Any:
    """Ask for a file, or several, in a window: of Qt where it is installed, else of tkinter.

    Parameters
    ----------
    file_types, multiple_files, file_path, caption
        As for `openfile_dialog_qt`.
    file_filter : str, optional
        Another name of `file_types`.

    Returns
    -------
    str or list of str
        Whole paths; empty when the dialog was cancelled.

    Raises
    ------
    MissingDependency
        When neither Qt nor tkinter is installed.
    NoDisplay
        When there is no screen.
    """
    kinds = file_filter or file_types
    if _binding() is not None or find_spec("tkinter") is None:
        return openfile_dialog_qt(kinds, multiple_files, file_path, caption)
    _require_display()
    tkinter, dialogs = import_module("tkinter"), import_module("tkinter.filedialog")
    ask = dialogs.askopenfilenames if multiple_files else dialogs.askopenfilename
    root = tkinter.Tk()
    root.withdraw()
    try:
        chosen = ask(
            parent=root, title=caption, initialdir=str(file_path), filetypes=tk_types(kinds)
        )
    finally:
        root.destroy()
    return list(chosen) if multiple_files else str(chosen or "")


def tk_types(kinds: str) -> list[tuple[str, str]]:
    """Translate Qt's list of kinds of files into tkinter's.

    >>> tk_types("Images (*.dm4 *.tif);;All files (*)")
    [('Images', '*.dm4 *.tif'), ('All files', '*')]
    """
    found = []
    for kind in kinds.split(";;"):
        match = re.fullmatch(r"\s*(.*?)\s*\(([^)]*)\)\s*", kind)
        name, patterns = match.groups() if match else (kind.strip(), kind.strip())
        found.append((name, patterns))
    return found


# ------------------------------------------------------------------ Qt


def _binding() -> str | None:
    """Return the binding of Qt to use: one that is loaded, or else one that is installed."""
    for name in BINDINGS:
        if f"{name}.QtWidgets" in sys.modules:
            return name
    return next((name for name in BINDINGS if find_spec(name) is not None), None)


def _qt_widgets() -> ModuleType:
    name = _binding()
    if name is None:
        msg = (
            "this dialog needs Qt, of which no binding is installed. Try: pip install PySide6 "
            "(LGPL) or pip install PyQt5 (GPL); in a notebook, sidpy.FileWidget needs neither"
        )
        raise MissingDependency(msg, name="PyQt5")
    try:
        return import_module(f"{name}.QtWidgets")
    except ImportError as error:  # a system library that it needs is missing
        msg = f"{name} is installed and cannot be imported: {error}"
        raise MissingDependency(msg, name=name) from error


def _require_display() -> None:
    """Raise where a window could not open."""
    if not sys.platform.startswith(("linux", "freebsd")):
        return
    if any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return
    if os.environ.get("QT_QPA_PLATFORM", "").startswith(_OFFSCREEN):
        return
    where = "this session over SSH has" if check_ssh() else "there is"
    msg = (
        f"{where} no display for a window. In a notebook use sidpy.FileWidget; "
        "in a script give the path of the file, or log in with ssh -X"
    )
    raise NoDisplay(msg)


@cache
def _progress_dialog() -> type:
    """Make the class of progress dialogs from the binding of Qt that there is."""
    widgets = _qt_widgets()

    class ProgressDialog(widgets.QProgressDialog):  # type: ignore[name-defined, misc]
        """A window with a bar that says how far something is.

        Parameters
        ----------
        title : str
            What is being done.
        number_of_counts : int
            The value at the end.
        """

        def __init__(self, title: str = "", number_of_counts: int = 100) -> None:
            get_QT_app()
            super().__init__(title, "", 0, number_of_counts)
            self.setWindowTitle(title or "Progress")
            self.setCancelButton(None)
            self.setMinimumDuration(0)

        def set_value(self, count: int) -> None:
            """Show how far it is."""
            self.setValue(int(count))
            widgets.QApplication.processEvents()

    return ProgressDialog


def __getattr__(name: str) -> Any:
    """Provide ``ProgressDialog`` where Qt is installed, as in the released package."""
    if name == "ProgressDialog":
        try:
            return _progress_dialog()
        except MissingDependency as error:
            raise AttributeError(str(error), name=name, obj=sys.modules[__name__]) from error
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg, name=name, obj=sys.modules[__name__])
