"""The released address of widgets and dialogs; prefer `sidpy.FileWidget` and its like."""

from .browsing import FileWidget, add_to_dict, update_directory_list
from .browsing import FileWidget as open_file_dialog  # noqa: N813 - the released name
from .choosing import ChooseDataset
from .counting import progress_bar
from .dialogs import (
    __getattr__,  # noqa: F401 - ProgressDialog, where Qt is installed
    check_ssh,
    get_QT_app,
    openfile_dialog,
    openfile_dialog_QT,
    openfile_dialog_qt,
    savefile_dialog,
    savefile_dialog_qt,
)

__all__ = [
    "ChooseDataset", "FileWidget", "add_to_dict", "check_ssh", "get_QT_app", "open_file_dialog",
    "openfile_dialog", "openfile_dialog_QT", "openfile_dialog_qt", "progress_bar",
    "savefile_dialog", "savefile_dialog_qt", "update_directory_list",
]  # fmt: skip
