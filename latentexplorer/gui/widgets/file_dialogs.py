"""Asks for files and folders: the one place where Qt's file dialogs are made.

Such a dialog asks in turn, whether a file is to be replaced or deleted, within a call of its own: the question stands
on the stack, waits in a loop of events of its own, and belongs to the dialog. Where the dialog is deleted meanwhile,
with the window that it stands in front of, the question is freed twice, and the program ends. Qt's static functions
wait in a loop of their own as well, and whoever called them may be gone when they come back. So a dialog is made here,
belongs to no window, and is let go of when Qt has come back from what it asks; whoever asked and has gone by then is
answered nothing.

What takes the answer is called in the window's thread, later; nothing is called where nothing is chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Slot
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QTreeView, QWidget
from shiboken6 import isValid

ROOMY = QSize(820, 500)
_open: set[QFileDialog] = set()
"""Nobody else holds them."""


def ask_folder(
    asker: QWidget,
    name: str,
    title: str,
    place: Path | str,
    take: Callable[[Path], object],
    *,
    files_seen: bool = False,
) -> None:
    """Ask for a folder that is there.

    Parameters
    ----------
    asker : QWidget
        The dialog stands in front of its window; once it has gone, nobody is answered.
    name : str
        Of the dialog, for who looks for it.
    title : str
    place : Path or str
        Where to begin; "" is where one was last.
    take : callable (Path)
    files_seen : bool
        Whether what lies in folders is seen, too, so that one knows them again.
    """
    dialog = QFileDialog(None, title, str(place))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, not files_seen)
    _ask(asker, name, dialog, take)


def ask_file(
    asker: QWidget, name: str, title: str, place: Path | str, take: Callable[[Path], object], kinds: str = ""
) -> None:
    """Ask for a file that is there, of some kinds: "Images (*.png *.jpg);;All files (*)"."""
    dialog = QFileDialog(None, title, str(place), kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    _ask(asker, name, dialog, take)


def ask_files(
    asker: QWidget, name: str, title: str, place: Path | str, take: Callable[[list[Path]], object], kinds: str = ""
) -> None:
    """Ask for one or several files that are there."""
    dialog = QFileDialog(None, title, str(place), kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    asking = _Asking(asker, dialog)
    dialog.filesSelected.connect(partial(asking.answer_all, take))
    asking.open(name)


def ask_new_file(
    asker: QWidget,
    name: str,
    title: str,
    proposed: Path,
    take: Callable[[Path], object],
    kinds: str,
    *,
    suffix: str = "",
    asks_to_replace: bool = True,
) -> None:
    """Ask for a file to write.

    Parameters
    ----------
    proposed : Path
        Its folder is where the dialog begins.
    suffix : str
        Ends a name that has none, without a dot.
    asks_to_replace : bool
        False where whoever asks will ask that.
    """
    dialog = QFileDialog(None, title, str(proposed), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, not asks_to_replace)
    _ask(asker, name, dialog, take)


def _ask(asker: QWidget, name: str, dialog: QFileDialog, take: Callable[[Path], object]) -> None:
    asking = _Asking(asker, dialog)
    dialog.fileSelected.connect(partial(asking.answer, take))
    asking.open(name)


class _Asking(QObject):
    """One dialog, from opening to its end; it belongs to the dialog, not to who asks."""

    def __init__(self, asker: QWidget, dialog: QFileDialog) -> None:
        super().__init__(dialog)
        self._asker, self._dialog = asker, dialog
        self._window = asker.window()
        self._over = False
        _open.add(dialog)
        dialog.destroyed.connect(partial(_open.discard, dialog))
        dialog.finished.connect(self._end)
        asker.destroyed.connect(self._end)
        self._window.destroyed.connect(self._end)

    def open(self, name: str) -> None:
        """Show the dialog in front of the window of who asks, where its own dialogs stand."""
        self._dialog.setObjectName(name)
        # Only then is there what can stand in front of another window.
        self._dialog.winId()
        self._dialog.windowHandle().setTransientParent(self._window.windowHandle())
        place, screen = self._dialog.geometry(), self._window.screen().availableGeometry()
        # As Qt makes it, dates and long names are cut.
        for table in self._dialog.findChildren(QTreeView):
            table.header().setStretchLastSection(True)
        place.setSize(place.size().expandedTo(ROOMY).boundedTo(screen.size()))
        place.moveCenter(self._window.frameGeometry().center())
        self._dialog.setGeometry(QRect(_corner(place, screen), place.size()))
        self._dialog.open()

    def answer(self, take: Callable[[Path], object], path: str) -> None:
        """Pass on what was chosen."""
        if path and self._wanted:
            take(Path(path))

    def answer_all(self, take: Callable[[list[Path]], object], paths: list[str]) -> None:
        if paths and self._wanted:
            take([Path(path) for path in paths])

    @property
    def _wanted(self) -> bool:
        return isValid(self._asker) and isValid(self._window)

    @Slot()
    def _end(self) -> None:
        """It is closed, or whoever asked has gone: let go of it, but of what Qt asks within it first."""
        if self._over:
            return
        questions = _questions_of_qt(self._dialog)
        for question in questions:
            # It is gone when Qt has come back from it.
            question.destroyed.connect(self._on_back)
            question.reject()
        if not questions:
            self._on_back()

    @Slot()
    def _on_back(self) -> None:
        if not self._over:
            self._over = True
            if self._dialog.isVisible():
                self._dialog.reject()
            self._dialog.deleteLater()


def _questions_of_qt(dialog: QFileDialog) -> list[QMessageBox]:
    """What Qt asks within a call of the dialog; of a name that cannot be, in front of no window."""
    boxes = (each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox))
    return [box for box in boxes if box.parentWidget() in (None, dialog)]


def _corner(place: QRect, room: QRect) -> QPoint:
    """Where the top left corner of a rectangle goes so that as much as can be of it lies in a room."""
    left = min(place.left(), room.right() - place.width() + 1)
    top = min(place.top(), room.bottom() - place.height() + 1)
    return QPoint(max(left, room.left()), max(top, room.top()))
