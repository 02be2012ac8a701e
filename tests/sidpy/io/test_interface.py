"""Widgets and dialogs: what they list, what they take, and what they say without a screen."""

import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import sidpy
from sidpy.errors import MissingDependency, SidpyWarning
from sidpy.io import dialogs, interface_utils
from sidpy.io.counting import Progress


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "data"
    (place / "sub" / "deep").mkdir(parents=True)
    for name, size in (("b.DM4", 10), ("a.txt", 2**21), ("scan_1.ibw", 3), (".hidden", 1)):
        (place / name).write_bytes(b"x" * size)
    (place / "nowhere").symlink_to(place / "gone")
    return place


def dataset(title, data_type="image"):
    made = sidpy.Dataset.from_array(np.zeros((3, 4)), title=title)
    made.data_type = data_type
    return made


# ------------------------------------------------------------------ folders


def test_a_folder_is_listed_without_opening_anything(folder):
    (folder / "a.txt").chmod(0)
    found = interface_utils.update_directory_list(str(folder))

    assert found["directory_list"] == ["sub"]
    assert found["file_list"] == [".hidden", "a.txt", "b.DM4", "scan_1.ibw"]
    assert found["display_file_list"][1] == " a.txt  - 2.0 MB"
    assert found["b.DM4"] == {
        "display_string": " b.DM4  - 0.0 MB", "basename": "b", "extension": ".DM4",
        "size": 10 / 2**20, "display_name": "b.DM4",
    }  # fmt: skip


def test_a_missing_folder_or_file_is_said(folder):
    with pytest.raises(FileNotFoundError):
        interface_utils.update_directory_list(str(folder / "gone"))
    with pytest.raises(FileNotFoundError):
        interface_utils.add_to_dict({"directory": str(folder)}, "gone")


class TestFileWidget:
    @pytest.fixture(autouse=True)
    def _widgets(self):
        pytest.importorskip("ipywidgets")

    def test_it_lists_folders_then_files(self, folder):
        widget = sidpy.FileWidget(folder)

        assert widget.dir_list == [".", "..", "sub", ".hidden", "a.txt", "b.DM4", "scan_1.ibw"]
        assert widget.display_list[2:5] == [
            " * sub",
            "   0  .hidden  - 0.0 MB",
            "   1  a.txt  - 2.0 MB",
        ]
        assert widget.select_files.options == tuple(widget.display_list)
        assert widget.path_choice.options[:2] == (str(folder), str(folder.parent))
        assert widget.dir_dictionary["directory"] == widget.dir_name == str(folder)
        assert (widget.dir_label, widget.file_name, widget.dataset) == (
            f"{folder.name}:",
            "",
            None,
        )
        assert (widget.datasets, widget.save_path, widget.extensions) == ({}, False, ["*"])

    @pytest.mark.parametrize(
        ("extension", "listed"),
        [
            ("dm4", ["b.DM4"]),
            (["*.dm4"], ["b.DM4"]),
            ([".dm4", "ibw"], ["b.DM4", "scan_1.ibw"]),
            ("scan_*", ["scan_1.ibw"]),
            ([], [".hidden", "a.txt", "b.DM4", "scan_1.ibw"]),
        ],
    )
    def test_it_lists_only_the_extensions_asked_for(self, folder, extension, listed):
        widget = sidpy.FileWidget(folder, extension=extension)

        assert widget.dir_list == [".", "..", "sub", *listed]

    def test_it_lists_what_readers_know(self, folder, site):
        site.add_reader("toy")
        (folder / "c.TOY").write_bytes(b"x")

        assert sidpy.FileWidget(folder, readable=True).dir_list == [".", "..", "sub", "c.TOY"]
        assert sidpy.FileWidget(folder, "txt", readable=True).dir_list == [".", "..", "sub"]

    def test_a_click_walks_through_folders_and_takes_files(self, folder):
        widget = sidpy.FileWidget(folder)
        widget.select_files.index = 2
        inside = (widget.dir_name, widget.dir_list, widget.path_choice.value)
        widget.select_files.index = 1
        widget.select_files.index = 5
        taken = widget.file_name
        widget.select_files.index = 0

        assert inside == (str(folder / "sub"), [".", "..", "deep"], str(folder / "sub"))
        assert widget.dir_name == str(folder)
        assert taken == widget.file_name == str(folder / "b.DM4")
        assert str(folder / "b.DM4") in widget.status.value

    def test_the_folders_above_can_be_chosen(self, folder):
        widget = sidpy.FileWidget(folder / "sub" / "deep")
        widget.path_choice.value = str(folder)

        assert widget.dir_list[2] == "sub"
        widget.get_directory(folder / "sub")
        assert widget.dir_list == [".", "..", "deep"]

    def test_a_folder_that_is_gone_is_said(self, folder, monkeypatch):
        monkeypatch.chdir(folder)
        with pytest.warns(SidpyWarning, match="no folder"):
            widget = sidpy.FileWidget("gone")
        assert widget.dir_name == str(folder)

        widget.dir_name = str(folder / "gone")
        widget.set_options()
        assert widget.dir_list == [".", ".."]
        assert "cannot be listed" in widget.status.value

    def test_the_chosen_file_is_read(self, site, toy_file):
        site.add_reader("toy")
        widget = sidpy.FileWidget(toy_file.parent, extension="toy")
        with pytest.raises(FileNotFoundError, match="chosen"):
            widget.read()
        widget.select_files.index = len(widget.dir_list) - 1

        assert widget.read() is widget.datasets
        assert widget.dataset.title == "toy"

    def test_a_subclass_may_list_and_take_files_its_own_way(self, folder):
        class Mine(sidpy.FileWidget):
            def __init__(self):
                self.save_path = True
                super().__init__(dir_name=str(folder), extension=["*"], sum_frames=True)

            def update_directory_list(self, directory_name):
                return {"directory_list": [], "file_list": ["a.txt"], "display_file_list": ["A"]}

            def get_file_name(self, b):
                super().get_file_name(b)
                self.datasets = {"taken": self.file_name}

        widget = Mine()
        widget.select_files.index = 2

        assert widget.display_list == [".", "..", "   0 A"]
        assert widget.datasets == {"taken": str(folder / "a.txt")}
        assert (widget.save_path, widget.sum_frames) == (True, True)

    def test_an_extension_is_a_text(self, folder):
        with pytest.raises(TypeError, match="extension"):
            sidpy.FileWidget(folder, extension=[3])

    def test_the_old_name_is_the_same(self):
        assert interface_utils.open_file_dialog is sidpy.FileWidget


# ------------------------------------------------------------------ choosing


class TestChooseDataset:
    @pytest.fixture(autouse=True)
    def _widgets(self):
        pytest.importorskip("ipywidgets")

    def test_the_first_is_taken_until_another_is_chosen(self):
        found = {"Log_000": dataset("a"), "Channel_000": dataset("b"), "Channel_001": dataset("c")}
        chooser = sidpy.ChooseDataset(found, show_dialog=False)
        first = (chooser.key, chooser.dataset)
        chooser.select_dataset.index = 2

        assert first == ("Channel_000", found["Channel_000"])
        assert chooser.dataset_names == ["Channel_000", "Channel_001", "Log_000"]
        assert chooser.select_dataset.options == tuple(chooser.dataset_list)
        assert chooser.dataset_list[0] == "Channel_000: b"
        assert (chooser.key, chooser.dataset.title) == ("Log_000", "a")
        assert chooser.datasets is found

    def test_titles_of_logs_are_last(self):
        chooser = sidpy.ChooseDataset({"a": dataset("Log of it"), "b": dataset("it"), "c": 3})

        assert chooser.dataset_names == ["b", "a"]

    @pytest.mark.parametrize("kind", ["spectrum", sidpy.DataType.SPECTRUM, ["spectrum"]])
    def test_only_one_type_may_be_offered(self, kind):
        found = {"a": dataset("a"), "b": dataset("b", "spectrum")}

        assert sidpy.ChooseDataset(found, data_type=kind).dataset_names == ["b"]

    def test_a_list_or_one_dataset_will_do(self):
        one = dataset("one")

        assert sidpy.ChooseDataset(one).dataset is one
        assert sidpy.ChooseDataset([dataset("x"), one]).dataset_list[1] == "Channel_001: one"

    @pytest.mark.parametrize(
        ("given", "kind", "words"),
        [
            ("a", None, "dictionary"),
            ({}, None, "no sidpy.Dataset"),
            ([3], None, "no sidpy.Dataset"),
            ([dataset("a")], "spectrum", "SPECTRUM, only .*IMAGE"),
            ([dataset("a")], "nothing", "data_type should be one of"),
        ],
    )
    def test_nothing_to_choose_is_an_error(self, given, kind, words):
        with pytest.raises(ValueError, match=words):
            sidpy.ChooseDataset(given, kind)


@pytest.mark.parametrize("widget", [sidpy.FileWidget, lambda: sidpy.ChooseDataset([dataset("a")])])
def test_without_ipywidgets_the_command_is_named(monkeypatch, widget):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(MissingDependency, match=r"pip install 'sidpy\[widgets\]'"):
        widget()


# ------------------------------------------------------------------ dialogs


class FakeDialog:
    """Answers like Qt's file dialog and remembers the question."""

    asked = None

    @classmethod
    def answer(cls, chosen):
        def ask(*question):
            cls.asked = question
            return chosen, "filter"

        return staticmethod(ask)


@pytest.fixture
def qt(monkeypatch):
    """A binding of Qt that needs no screen."""
    names = {"getOpenFileName": "/a", "getOpenFileNames": ["/a", "/b"], "getSaveFileName": "/c"}
    for name, chosen in names.items():
        setattr(FakeDialog, name, FakeDialog.answer(chosen))
    app = SimpleNamespace(instance=lambda: "app")
    widgets = SimpleNamespace(QFileDialog=FakeDialog, QApplication=app)
    monkeypatch.setattr(dialogs, "_qt_widgets", lambda: widgets)
    monkeypatch.setattr(dialogs, "_binding", lambda: "PyQt5")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return FakeDialog


@pytest.fixture
def no_qt(monkeypatch):
    monkeypatch.setattr(dialogs, "_binding", lambda: None)


@pytest.mark.parametrize("variable", [None, "SSH_CLIENT", "SSH_TTY"])
def test_a_session_over_ssh_is_noticed(monkeypatch, variable):
    for name in ("SSH_CLIENT", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "x")

    assert interface_utils.check_ssh() is (variable is not None)


def test_the_dialogs_of_qt_pass_everything_on(qt):
    assert interface_utils.openfile_dialog_QT("HDF5 (*.h5)", file_path="/d", caption="C") == "/a"
    assert qt.asked == (None, "C", "/d", "HDF5 (*.h5)")
    assert interface_utils.openfile_dialog_qt(multiple_files=True) == ["/a", "/b"]
    assert interface_utils.savefile_dialog("x.hf5", "/d") == "/c"
    assert qt.asked == (None, "Save file as ...", "/d/x.hf5", "All files (*)")
    interface_utils.savefile_dialog_qt()
    assert qt.asked[2:] == (".", "*.hf5;;All files (*)")
    assert interface_utils.get_QT_app() == "app"


def test_the_plain_dialog_takes_qt_where_there_is_one(qt):
    assert interface_utils.openfile_dialog(file_filter="A (*.a)", caption="C") == "/a"
    assert qt.asked == (None, "C", ".", "A (*.a)")


@pytest.mark.usefixtures("no_qt")
def test_the_plain_dialog_takes_tkinter_where_there_is_no_qt(monkeypatch):
    asked = {}
    root = SimpleNamespace(withdraw=lambda: None, destroy=lambda: asked.setdefault("closed", True))
    modules = {
        "tkinter": SimpleNamespace(Tk=lambda: root),
        "tkinter.filedialog": SimpleNamespace(
            askopenfilename=lambda **question: asked.update(question) or "/a",
            askopenfilenames=lambda **question: ("/a", "/b"),
        ),
    }
    monkeypatch.setattr(dialogs, "import_module", modules.get)
    monkeypatch.setattr(dialogs, "find_spec", lambda name: name)
    monkeypatch.setenv("DISPLAY", ":0")

    assert interface_utils.openfile_dialog("A (*.a *.b);;All files (*)", file_path="/d") == "/a"
    assert asked["filetypes"] == [("A", "*.a *.b"), ("All files", "*")]
    assert (asked["initialdir"], asked["closed"]) == ("/d", True)
    assert interface_utils.openfile_dialog(multiple_files=True) == ["/a", "/b"]


@pytest.mark.usefixtures("no_qt")
@pytest.mark.parametrize("ask", ["get_QT_app", "openfile_dialog_qt", "savefile_dialog"])
def test_without_qt_the_command_is_named(ask):
    with pytest.raises(MissingDependency, match="pip install PySide6"):
        getattr(interface_utils, ask)()
    with pytest.raises(ModuleNotFoundError):
        getattr(interface_utils, ask)()


@pytest.mark.usefixtures("no_qt")
def test_a_progress_dialog_is_there_only_with_qt():
    assert not hasattr(interface_utils, "ProgressDialog")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dialogs.nothing


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have a display")
@pytest.mark.parametrize("remote", [False, True])
def test_without_a_display_nothing_is_opened(qt, monkeypatch, remote):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "SSH_TTY", "SSH_CLIENT"):
        monkeypatch.delenv(name, raising=False)
    if remote:
        monkeypatch.setenv("SSH_TTY", "x")
    with pytest.raises(dialogs.NoDisplay, match="SSH" if remote else "there is no display"):
        interface_utils.openfile_dialog()


# ------------------------------------------------------------------ progress


def test_a_progress_bar_counts_to_its_end():
    written = io.StringIO()
    written.isatty = lambda: True
    bar = Progress("fit", 10, 30, file=written)
    bar.set_value(20)
    half = bar.value
    assert "fit:  50%" in written.getvalue()
    bar.update(5)
    bar.set_value(99)

    assert (half, bar.value) == (20, 30)
    assert "fit: 100%" in written.getvalue()
    assert "20/20" in written.getvalue()


def test_a_progress_bar_is_a_bar_without_windows(monkeypatch):
    monkeypatch.setattr(dialogs, "BINDINGS", ())

    bar = interface_utils.progress_bar("fit", 0, 3)
    bar.set_value(3)
    assert isinstance(bar, Progress)
    with pytest.raises(ValueError, match="greater stop"):
        interface_utils.progress_bar(start=3, stop=3)


def test_in_a_program_with_windows_it_is_a_dialog(monkeypatch):
    """With a Qt that draws into memory, where one is installed."""
    widgets = pytest.importorskip(
        "PySide6.QtWidgets", reason="PySide6 is not installed", exc_type=ImportError
    )
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    app = interface_utils.get_QT_app()

    bar = interface_utils.progress_bar("fit", 2, 12)
    bar.set_value(7)
    assert isinstance(bar, interface_utils.ProgressDialog)
    assert (bar.value(), bar.minimum(), bar.maximum()) == (7, 2, 12)
    assert widgets.QApplication.instance() is app
    bar.close()
