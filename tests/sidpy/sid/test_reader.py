"""The base class that application packages derive from."""

import pathlib

import pytest

import sidpy


class Toy(sidpy.Reader):
    def read(self):
        self.datasets = [sidpy.Dataset.from_array([1]), sidpy.Dataset.from_array([2])]
        return self._list_to_dict()


@pytest.mark.parametrize("kind", [str, pathlib.Path, lambda path: f" {path} "])
def test_knows_its_file(tmp_path, kind):
    (tmp_path / "a.toy").touch()
    reader = Toy(kind(tmp_path / "a.toy"), "more", verbose=True)

    assert reader._input_file_path == str(tmp_path / "a.toy")
    assert reader._file_type == ".toy"
    assert list(reader.read()) == ["Channel_000", "Channel_001"]


@pytest.mark.parametrize(
    ("path", "error", "match"),
    [
        (3, TypeError, "string or a path, found 3"),
        ("  ", ValueError, "blank"),
        ("nowhere.toy", FileNotFoundError, "'nowhere.toy': there is no such file"),
    ],
)
def test_refuses(path, error, match):
    with pytest.raises(error, match=match) as caught:
        Toy(path)
    assert isinstance(caught.value, sidpy.errors.SidpyError)


def test_can_read_points_to_explain(tmp_path):
    (tmp_path / "a.toy").touch()
    with pytest.warns(FutureWarning, match=r"sidpy\.explain"):
        assert Toy(tmp_path / "a.toy").can_read() is None


def test_only_datasets_become_channels(tmp_path):
    (tmp_path / "a.toy").touch()
    reader = Toy(tmp_path / "a.toy")
    single = sidpy.Dataset.from_array([1])

    assert reader._list_to_dict(single) is single
    with pytest.raises(NotImplementedError, match="found int"):
        reader._list_to_dict(5)
