"""Browsing folders in a notebook: which files there are, and which one is meant.

Nothing is opened: names, sizes and extensions come from the folder itself.
"""

from __future__ import annotations

from fnmatch import fnmatch
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidpy._warnings import warn
from sidpy.base.optional import needed

from .display import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sidpy.sid import Dataset

__all__ = ["FileWidget", "add_to_dict", "update_directory_list"]

#: Entries above the folders and files of a list.
_ABOVE = (".", "..")


def update_directory_list(directory_name: str) -> dict[str, Any]:
    """Return the folders and files of a folder.

    Parameters
    ----------
    directory_name : str or PathLike
        The folder.

    Returns
    -------
    dict
        ``directory``, ``directory_list``, ``file_list``, ``display_file_list``, and for each
        file a dictionary of its name and size (see `add_to_dict`).

    Raises
    ------
    FileNotFoundError, NotADirectoryError, PermissionError
        When the folder cannot be listed.
    """
    folder = Path(directory_name)
    found: dict[str, Any] = {
        "directory": str(directory_name),
        "file_list": [],
        "display_file_list": [],
        "directory_list": [],
    }
    for entry in sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name)):
        try:
            if entry.is_dir():
                found["directory_list"].append(entry.name)
                continue
            add_to_dict(found, entry.name)
        except OSError:  # a link that leads nowhere, a file that is gone by now
            continue
        found["file_list"].append(entry.name)
        found["display_file_list"].append(found[entry.name]["display_string"])
    return found


def add_to_dict(file_dict: dict[str, Any], name: str) -> None:
    """Add name, extension and size (in MB) of a file to a list of a folder.

    Raises
    ------
    KeyError
        When `file_dict` does not name its ``directory``.
    FileNotFoundError
        When there is no such file.
    """
    path = Path(file_dict["directory"]) / name
    size = path.stat().st_size / 2**20
    file_dict[name] = {
        "display_string": f" {name}  - {size:.1f} MB",
        "basename": path.stem,
        "extension": path.suffix,
        "size": size,
        "display_name": name,
    }


class FileWidget:
    """A list of the files of a folder in a notebook, to walk through and pick one.

    Parameters
    ----------
    dir_name : str or PathLike
        Where to begin; the working directory, with a warning, when there is no such folder.
    extension : str or list of str
        Which files are listed: ``"*"``, ``"dm4"``, ``".dm4"``, ``"scan_*.ibw"``; upper and
        lower case are the same.
    sum_frames : bool
        Passed on to readers that know it.
    readable : bool
        List only files whose extension an installed reader knows.

    Attributes
    ----------
    file_name : str
        The whole path of the chosen file, empty before.
    dir_name : str
        The folder that is shown.
    datasets, dataset : dict, Dataset or None
        What `read` found, and the first of it.
    select_files, path_choice : ipywidgets.Select, ipywidgets.Dropdown
        The list and the folders above it.

    Raises
    ------
    MissingDependency
        When ipywidgets is not installed.

    Notes
    -----
    A subclass may replace `update_directory_list` and `get_file_name`.

    Examples
    --------
    In one cell of a notebook, and after a click in the next::

        browser = sidpy.FileWidget("data", extension=["dm4", "ibw"])
        browser.read()
    """

    #: For subclasses: whether they remember the folder for the next session.
    save_path = False

    def __init__(
        self,
        dir_name: str = ".",
        extension: str | Sequence[str] = ("*",),
        sum_frames: bool = False,  # noqa: FBT001, FBT002 - the released signature
        *,
        readable: bool = False,
    ) -> None:
        widgets = needed("ipywidgets", "A FileWidget", "sidpy[widgets]")
        self.dir_dictionary: dict[str, Any] = {}
        self.dir_list: list[str] = list(_ABOVE)
        self.display_list: list[str] = list(_ABOVE)
        self.sum_frames = sum_frames
        self.extensions = _patterns(extension)
        self.readable = readable
        self.dir_name = _folder(dir_name)
        self.dir_label = ""
        self.file_name = ""
        self.datasets: Any = {}
        self.dataset: Any = None
        self._filling = False
        words = {"description_width": "6em"}
        self.path_choice = widgets.Dropdown(
            description="directory:", options=[self.dir_name], value=self.dir_name,
            layout=widgets.Layout(width="90%"), style=words,
        )  # fmt: skip
        self.select_files = widgets.Select(
            description="Select file:", options=self.display_list, rows=10,
            layout=widgets.Layout(width="90%"), style=words,
        )  # fmt: skip
        self.status = widgets.HTML()
        self.set_options()
        self.select_files.observe(self._chosen, names="value")
        self.path_choice.observe(self._above_chosen, names="value")
        self.box = widgets.VBox([self.path_choice, self.select_files, self.status])
        show(self.box)

    # ------------------------------------------------------------------ the folder

    def get_directory(self, directory: str | None = None) -> None:
        """Show another folder, the working directory by default."""
        self.dir_name = _folder("." if directory is None else directory)
        self.set_options()

    def set_dir(self, value: Any = 0) -> None:  # noqa: ARG002 - as widgets call it
        """Show the folder that is chosen in the list of those above."""
        self.dir_name = self.path_choice.value
        self.set_options()

    def update_directory_list(self, directory_name: str) -> dict[str, Any]:
        """Return the folders and those files of a folder that are to be listed.

        Parameters
        ----------
        directory_name : str
            The folder.

        Returns
        -------
        dict
            As the function `update_directory_list` returns it.
        """
        found = update_directory_list(directory_name)
        listed = [name for name in found["file_list"] if self._is_listed(name)]
        found["file_list"] = listed
        found["display_file_list"] = [found[name]["display_string"] for name in listed]
        return found

    def set_options(self) -> None:
        """List the folder `dir_name` anew."""
        try:
            found = self.update_directory_list(self.dir_name)
        except OSError as error:
            self._say(f"{self.dir_name} cannot be listed: {error.strerror}")
            found = {"directory_list": [], "file_list": [], "display_file_list": []}
        else:
            self._say("")
        self.dir_dictionary = found
        folders, files = list(found["directory_list"]), list(found["file_list"])
        self.dir_list = [*_ABOVE, *folders, *files]
        shown = found["display_file_list"]
        self.display_list = [*_ABOVE, *(f" * {folder}" for folder in folders)]
        self.display_list += [f"{number:4} {file}" for number, file in enumerate(shown)]
        here = Path(self.dir_name)
        self.dir_label = f"{here.name or here}:"
        self._fill([str(here), *map(str, here.parents)])

    def _fill(self, paths: list[str]) -> None:
        self._filling = True
        try:
            self.select_files.options = self.display_list
            self.select_files.index = 0
            self.path_choice.options = paths
            self.path_choice.value = paths[0]
        finally:
            self._filling = False

    def _is_listed(self, name: str) -> bool:
        return _matches(name, self.extensions) and (
            not self.readable or _matches(name, readable_patterns())
        )

    # ------------------------------------------------------------------ the choice

    def _chosen(self, change: Any) -> None:
        if not self._filling:
            self.get_file_name(change)

    def _above_chosen(self, change: Any) -> None:
        if not self._filling:
            self.set_dir(change)

    def get_file_name(self, b: Any = None) -> None:  # noqa: ARG002 - as widgets call it
        """Take what is selected: go into a folder, or remember a file."""
        number = self.select_files.index or 0
        path = (Path(self.dir_name) / self.dir_list[number]).resolve()
        if path.is_dir():
            if number:
                self.dir_name = str(path)
                self.set_options()
        elif path.is_file():
            self.file_name = str(path)
            self._say(self.file_name)

    def read(self, **options: Any) -> dict[str, Dataset]:
        """Read the chosen file with the reader that knows it.

        Parameters
        ----------
        **options
            For `sidpy.read`.

        Returns
        -------
        dict of str to Dataset
            Also kept as `datasets`, the first of them as `dataset`.

        Raises
        ------
        FileNotFoundError
            When no file has been chosen.
        """
        from .read import read

        if not self.file_name:
            msg = "no file has been chosen: click on one in the list"
            raise FileNotFoundError(msg)
        if self.sum_frames:
            options.setdefault("sum_frames", True)
        self.datasets = read(self.file_name, **options)
        self.dataset = next(iter(self.datasets.values()), None)
        return self.datasets

    def _say(self, words: str) -> None:
        self.status.value = f"<small>{escape(words)}</small>" if words else ""


def _folder(name: Any) -> str:
    path = Path("." if name is None else name).expanduser()
    if not path.is_dir():
        warn(f"there is no folder {str(path)!r}: the working directory is shown")
        path = Path()
    return str(path.resolve())


def _patterns(extension: str | Iterable[str]) -> list[str]:
    """Return patterns of file names: ``dm4``, ``.dm4`` and ``*.dm4`` mean the same."""
    words = [extension] if isinstance(extension, str) else list(extension)
    if not all(isinstance(word, str) for word in words):
        msg = f"extension should be a text such as 'dm4', or a list of them, found {extension!r}"
        raise TypeError(msg)
    words = [word.strip() for word in words if word.strip()] or ["*"]
    return [word if set(word) & set("*?[") else f"*.{word.lstrip('.')}" for word in words]


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name.casefold(), pattern.casefold()) for pattern in patterns)


def readable_patterns() -> list[str]:
    """Return patterns of the names that installed readers know."""
    from sidpy.plugins import registry

    extensions = {name for entry in registry().readers for name in entry.spec.extensions}
    return sorted(f"*.{name.lstrip('.')}" for name in extensions)
