"""Renaming and deleting the folders of runs."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import QFile, QObject, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from latentexplorer.core.paths import is_there, slug
from latentexplorer.gui.style.plain_text import Question


class RunFolders(QObject):
    """Does to the folders of runs what a person asks for, and says what has come of it.

    Parameters
    ----------
    window : QWidget
        Questions are asked before it.

    Signals
    -------
    relocated : (Path, Path or None)
        A folder has got another name, or is gone.
    changed : ()
        After one or several of them.
    message : (level, text)
    """

    relocated = Signal(object, object)
    changed = Signal()
    message = Signal(str, str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._doomed: list[Path] = []

    def rename(self, path: Path, name: str) -> None:
        """Give a folder another name."""
        if slug(name) != name:
            self._warn(f"{name!r} cannot be a folder's name. Use letters, digits and - . _, such as {slug(name)}")
            return
        target = path.with_name(name)
        if is_there(target):
            self._warn(f"There is a run named {name} already. Choose another name")
            return
        try:
            path.rename(target)
        except OSError as error:
            self._warn(f"{path.name} cannot be renamed: {error.strerror or error}")
            return
        self.relocated.emit(path, target)
        self.changed.emit()

    def delete(self, paths: list[Path]) -> None:
        """Move folders to the system's bin; where there is none, ask before they are really deleted."""
        left = [path for path in paths if not to_bin(path)]
        self._gone([path for path in paths if path not in left], "Moved to the bin")
        if left:
            self.ask_to_delete(left)

    def ask_to_delete(self, paths: list[Path]) -> None:
        """Ask whether folders are to be deleted for good."""
        names = ", ".join(path.name for path in paths)
        box = Question(
            QMessageBox.Icon.Warning,
            "There is no bin here",
            f"Delete {names} for good? This cannot be undone.",
            self._window,
        )
        box.setObjectName("delete_question")
        delete = box.addButton("Delete for good", QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("delete_for_good")
        keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        keep.setObjectName("keep_runs")
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        self._doomed = paths
        delete.clicked.connect(self._delete_for_good)
        box.finished.connect(box.deleteLater)
        box.open()

    @Slot()
    def _delete_for_good(self) -> None:
        gone = []
        for path in self._doomed:
            try:
                path.unlink() if path.is_symlink() else shutil.rmtree(path)
                gone.append(path)
            except OSError as error:
                self._warn(f"{path.name} cannot be deleted: {error.strerror or error}")
        self._gone(gone, "Deleted")

    def _gone(self, paths: list[Path], how: str) -> None:
        for path in paths:
            self.relocated.emit(path, None)
        if paths:
            self.message.emit("info", f"{how}: {', '.join(path.name for path in paths)}")
            self.changed.emit()

    def _warn(self, text: str) -> None:
        self.message.emit("warning", text)


def to_bin(path: Path) -> bool:
    """Move a folder to the system's bin; False where there is none."""
    return QFile(str(path)).moveToTrash()
