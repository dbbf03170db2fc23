"""Undo and redo as a person meets them: the menu says what would be undone, and a text field keeps its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QFrame, QLineEdit, QWidget
from shiboken6 import isValid

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import menu_text, verbatim
from latentexplorer.gui.window.actions import Actions
from latentexplorer.gui.window.possible import WHEN


class Undoing(QObject):
    """Names the two actions after what they would do."""

    def __init__(self, session: Session, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._undo, self._redo = actions["undo"], actions["redo"]
        self._field: QWidget | None = None
        self._keys = _FieldKeys(self._redo, self)
        for signal in (session.undo.changed, session.run_changed, session.preparing_changed):
            signal.connect(self._refresh)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)
        self._refresh()

    def serve(self, window: QWidget) -> None:
        """Let the keys work in the sheets that open over a window, too."""
        for sheet in window.findChildren(QFrame):
            if sheet.windowType() == Qt.WindowType.Popup:
                sheet.addActions([self._undo, self._redo])

    @Slot()
    def _refresh(self) -> None:
        undo = self._session.undo
        for action, name, words in ((self._undo, "Undo", undo.undoes), (self._redo, "Redo", undo.redoes)):
            text = f"{name} {words}" if words else name
            action.setText(menu_text(text))
            action.setToolTip(verbatim(f"{text} ({action.shortcut().toString()})"))
            action.setEnabled(WHEN[name.lower()](self._session))

    @Slot(QWidget, QWidget)
    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        # A field of a dialog that goes loses the keyboard when it is half gone.
        if self._field is not None and isValid(self._field):
            self._field.removeEventFilter(self._keys)
        self._field = now if isinstance(now, (QLineEdit, QAbstractSpinBox)) else None
        if self._field is not None:
            self._field.destroyed.connect(self._on_gone)
            self._field.installEventFilter(self._keys)

    @Slot()
    def _on_gone(self) -> None:
        self._field = None


class _FieldKeys(QObject):
    """What is typed is undone where it is typed; a field in which nothing was typed leaves the keys to the window.

    Qt's fields take the keys of undo as soon as they have the keyboard, and of those of redo only some.
    """

    def __init__(self, redo: QAction, parent: QObject) -> None:
        super().__init__(parent)
        self._redo = redo

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        line = watched.lineEdit() if isinstance(watched, QAbstractSpinBox) else watched
        redo = QKeySequence(event.keyCombination()) in self._redo.shortcuts()
        if not isinstance(line, QLineEdit) or not (redo or event.matches(QKeySequence.StandardKey.Undo)):
            return False
        own = line.isUndoAvailable() or line.isRedoAvailable()
        if event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(own)
            return True
        if own and redo:
            line.redo()
        return own and redo
