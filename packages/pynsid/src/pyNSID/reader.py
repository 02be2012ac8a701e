"""Files in the NSID model as dictionaries of Datasets."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sidpy.base.heap_guard import guarding
from sidpy.errors import CorruptFile, MissingDependency, ReaderError
from sidpy.hdf.attributes import attribute
from sidpy.hdf.damage import DAMAGE, Problem, named, tell_problems
from sidpy.hdf.objects import is_dataset, is_group, is_object, parent_of
from sidpy.hdf.walking import following, members
from sidpy.sid.reader import Reader

from .fields import HIDDEN
from .opening import open_hdf5, opened
from .read import read_h5py_dataset, read_main
from .survey import Survey, get_all_main, survey
from .validate import is_main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py

    from sidpy.sid.dataset import Dataset

    from .looking import Look

__all__ = ["NSIDReader", "read_nsid"]

#: Files of more datasets are listed, and labels read when they are asked for.
_AT_ONCE: Final = 16

#: Attribute of a channel: under which key its dataset was given to the writer.
KEY = "dataset_key"


class NSIDReader(Reader):
    """Read main datasets of an HDF5 file; the file is opened read-only.

    Parameters
    ----------
    file_path : path-like, h5py.File or h5py.Group
        The file, or an open one, or a part of it.
    external : bool, optional
        Open other files that it takes numbers from wherever they are, and not only in its
        own folder; by default as configured (`sidpy.config.external`).
    strict : bool, optional
        Refuse a file when one of its main datasets is damaged, instead of reading the others
        with a warning; by default as configured (`sidpy.config.strict`).

    Examples
    --------
    >>> import h5py, pathlib, sidpy, tempfile, pyNSID
    >>> path = pathlib.Path(tempfile.mkdtemp(), "scan.h5")
    >>> with h5py.File(path, "w") as file:
    ...     data = sidpy.Dataset.from_array([[1, 2], [3, 4]], title="scan")
    ...     _ = pyNSID.hdf_io.write_nsid_dataset(data, file)
    >>> with pyNSID.NSIDReader(path) as reader:
    ...     reader.read()["Channel_000"].title
    'scan'
    """

    def __init__(
        self,
        file_path: str | PathLike[str] | h5py.Group,
        *,
        external: bool | None = None,
        strict: bool | None = None,
    ) -> None:
        self._external, self._strict = external, strict
        self._owned = not is_group(file_path)
        root: Any = file_path
        if self._owned:
            super().__init__(file_path)
            root = open_hdf5(self._input_file_path)
        else:  # which may be in memory, under no path
            self._input_file_path = str(root.file.filename)
            self._file_type = Path(self._input_file_path).suffix
            self.datasets = []
        self._root = root
        self._h5_file = root.file

    def can_read(self) -> bool:
        """Return whether there is a main dataset."""
        with self._looking():
            return bool(get_all_main(self._root))

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Follow what may be followed, and look after a file that we have opened."""
        guard = guarding(self._h5_file) if self._owned else nullcontext()
        with following(self._external), guard:
            yield

    def read(self, h5_object: h5py.Group | h5py.Dataset | None = None) -> Any:
        """Return datasets, lazily.

        Parameters
        ----------
        h5_object : h5py.Dataset or h5py.Group, optional
            A main dataset, or the group to search; everything when not given.

        Returns
        -------
        sidpy.Dataset or dict
            One dataset for a dataset, else ``{"Channel_000": ..., ...}``.

        Raises
        ------
        OSError
            When the object lies in another file.
        TypeError
            When it is no HDF5 object or no main dataset.
        """
        if is_dataset(h5_object):
            self._require_same_file(h5_object)
            with self._looking():
                return read_h5py_dataset(h5_object)
        return self.read_all(parent=h5_object)

    def read_all(
        self,
        recursive: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
        parent: h5py.Group | None = None,
    ) -> dict[str, Dataset]:
        """Return every main dataset below a group, lazily.

        Parameters
        ----------
        recursive : bool
            Search at every depth; otherwise only the group itself, and the datasets are
            called by their names.
        parent : h5py.Group, optional
            Where to search; everywhere when not given.

        Returns
        -------
        dict of str to sidpy.Dataset

        Raises
        ------
        CorruptFile
            When there are main datasets and none can be read, with every reason.

        Warns
        -----
        SidpyWarning
            When some cannot be read, with every reason.
        """
        root = self._root if parent is None else parent
        if not is_group(root):
            msg = f"parent should be a h5py.File or h5py.Group object, found {root!r}"
            raise TypeError(msg)
        self._require_same_file(root)
        with named(self._input_file_path, "nsid"), self._looking():
            if not recursive:
                mains = {name: item for name, item in members(root) if is_main(item)}
                return {name: read_h5py_dataset(item) for name, item in mains.items()}
            pairs = read_good(
                survey(root), self._input_file_path, strict=self._strict, by_path=self._owned
            )
        for look, dataset in pairs:
            dataset.h5_dataset = look.dataset
        found = self.datasets = [dataset for _, dataset in pairs]
        return {f"Channel_{i:03d}": dataset for i, dataset in enumerate(found)}

    def _require_same_file(self, h5_object: Any) -> None:
        if not is_object(h5_object):
            msg = f"h5_object should be a h5py.Dataset or h5py.Group, found {h5_object!r}"
            raise TypeError(msg)
        if h5_object.file != self._h5_file:
            msg = f"{h5_object.name!r} lies in {h5_object.file.filename!r}, not in this file"
            raise OSError(msg)

    def close(self) -> None:
        """Close the file, unless it was handed over open."""
        if self._owned:
            self._h5_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def read_good(
    found: Survey, path: str | PathLike[str], *, strict: bool | None, by_path: bool = False
) -> list[tuple[Look, Dataset]]:
    """Read the main datasets that can be read, and say which cannot.

    Parameters
    ----------
    found : Survey
        What there is.
    path : path-like
        The file, for messages.
    strict : bool, optional
        Whether one that cannot be read is an error; by default as configured.
    by_path : bool
        Whether the file may be closed before the numbers are computed.

    Returns
    -------
    list of tuple
        What a look at the HDF5 dataset has shown, and what was read from it.

    Raises
    ------
    CorruptFile
        When `strict` and something is wrong, or when nothing can be read, with every reason.
    MissingDependency
        When the only one is compressed by a filter that is not installed.

    Warns
    -----
    SidpyWarning
        When some can be read and others not.
    """
    result, problems = [], list(found.problems)
    wait = by_path and len(found.looks) > _AT_ONCE
    whole = str(Path(path).resolve()) if by_path else ""
    for look in found.looks:
        try:
            result.append((look, read_main(look, path=whole, wait=wait)))
        except ReaderError as error:
            problems.append(Problem(look.name, error.message))
        except MissingDependency as error:
            if len(found.looks) == 1 and not problems:
                raise
            problems.append(Problem(look.name, str(error)))
    tell_problems(problems, path, "nsid", some_read=bool(result), strict=strict)
    return result


def read_nsid(
    path: str | PathLike[str], *, external: bool | None = None, strict: bool | None = None
) -> dict[str, Dataset]:
    """Read every main dataset of a file, lazily; the file is closed again.

    Parameters
    ----------
    path : path-like
        An HDF5 file.
    external, strict : bool, optional
        As for `NSIDReader`.

    Returns
    -------
    dict of str to sidpy.Dataset
        Under the keys they were written with, else ``Channel_000``, ...

    Raises
    ------
    CorruptFile
        When HDF5 cannot open the file, it holds no main dataset, or none that can be read;
        it lists every reason.

    Warns
    -----
    SidpyWarning
        When some of its datasets cannot be read, with every reason.
    """
    result: dict[str, Dataset] = {}
    with opened(path, external=external) as file:
        pairs = read_good(survey(file), path, strict=strict, by_path=True)
        keys = [_key(look) for look, _ in pairs]
        for number, ((_, dataset), key) in enumerate(zip(pairs, keys, strict=True)):
            # what was added later may have been written with the key of what was there
            free = key is not None and key not in result
            result[str(key) if free else _free_channel(number, keys, result)] = dataset
    if not result:
        msg = f"it holds no main dataset of the NSID model, which lie beside a group {HIDDEN!r}"
        raise CorruptFile(msg, path=path, format="nsid")
    return result


def _key(look: Look) -> str | None:
    """Return the key a dataset was written with, found on the group above its own."""
    try:
        key = attribute(parent_of(look.group, look.name.rpartition("/")[0]), KEY)
    except DAMAGE:  # nearly always there is none
        return None
    return key if isinstance(key, str) else None


def _free_channel(number: int, keys: list[str | None], taken: dict[str, Any]) -> str:
    while f"Channel_{number:03d}" in keys or f"Channel_{number:03d}" in taken:
        number += 1
    return f"Channel_{number:03d}"
