"""The Translator base class of old application packages."""

from __future__ import annotations

import pytest

import sidpy
from sidpy.sid.translator import Translator


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "scan.tar.GZ"
    path.write_bytes(b"1")
    return path


class Plain(Translator):
    """Four subclasses in the field define no constructor."""

    def translate(self, path):
        return f"translated {path}"


class Bypassing(Translator):
    """And some never call the base's."""

    def __init__(self, folder):
        super(Translator, self).__init__()
        self.folder = folder

    def is_valid_file(self, path):
        return Translator.is_valid_file(path, extension="gz")


def test_construction_warns_of_the_future_and_takes_anything():
    with pytest.warns(FutureWarning, match=r"sidpy\.Reader"):
        made = sidpy.Translator(3, "x", option=True)
    with pytest.raises(NotImplementedError, match="Translator does not define"):
        made.translate("file", more=1)


def test_subclasses_work_whether_or_not_the_base_was_constructed(file):
    with pytest.warns(FutureWarning):
        assert Plain(1).translate("a") == "translated a"
    assert Bypassing("there").is_valid_file(str(file)) == str(file)


@pytest.mark.parametrize(
    "extension", ["gz", ".gz", "GZ", " gz ", "tar.gz", ["dat", ".Gz"], ("gz",)]
)
def test_the_extension_may_be_written_in_any_way(file, extension):
    assert Translator.is_valid_file(str(file), extension=extension) == str(file)
    assert Translator.is_valid_file(file, extension=extension) == str(file)
    assert Translator.is_valid_file(f"  {file} ", extension=extension) == str(file)


def test_the_path_comes_back_absolute(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert Translator.is_valid_file(file.name, extension="gz") == str(file)


def test_other_extensions_and_folders_are_not_valid(file):
    assert Translator.is_valid_file(file, extension="dat") is None
    assert Translator.is_valid_file(file, extension="z") is None
    folder = file.parent / "folder.gz"
    folder.mkdir()
    assert Translator.is_valid_file(folder, extension="gz") is None


@pytest.mark.parametrize(
    ("path", "options", "error"),
    [
        (3, {"extension": "gz"}, TypeError),
        (["scan"], {"extension": "gz"}, TypeError),
        ("   ", {"extension": "gz"}, ValueError),
        ("absent.gz", {"extension": "gz"}, FileNotFoundError),
        (None, {"extension": 3}, TypeError),
        (None, {"extension": [3]}, TypeError),
        (None, {"extension": {"gz"}}, TypeError),
        (None, {}, NotImplementedError),
        (None, {"extension": []}, NotImplementedError),
        (None, {"extensions": "gz"}, NotImplementedError),
    ],
)
def test_wrong_arguments_are_refused(file, path, options, error):
    with pytest.raises(error):
        Translator.is_valid_file(str(file) if path is None else path, **options)
