"""Someone in front of the window, who clicks, types, drops files, and waits for what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QCursor, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialogButtonBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.app import Window
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.gui.workers.job import Failure

TIMEOUT_MS = 60_000
"""Only a test that fails waits as long as this."""


class Person:
    """Does to the window what a person does, with the pointer and the keyboard, and waits for what it shows.

    The window opens when it is first looked at, with the run that comes with the program; or with another run, where
    that is opened before anything else is done.

    Parameters
    ----------
    start : callable
        Opens the window with a run, or with that of the program (None), and shows it.
    """

    def __init__(self, qtbot: QtBot, start: Callable[[Path | None], Window]) -> None:
        self.qtbot = qtbot
        self.failures: list[Failure] = []
        self.expects_failure = False
        self._start = start
        self._app: Window | None = None

    def begin(self, run: Path | None = None) -> None:
        """Start the program and wait until it has loaded the libraries and shows a run."""
        self._app = self._start(run)
        self._app.session.failed.connect(self.failures.append)
        with self.qtbot.waitSignal(self.session.libraries.ready, timeout=TIMEOUT_MS):
            self.frame.resize(1280, 800)
            self._app.show()
            # Where the test before left it, things would be hovered, and a move to the same place would be none.
            QCursor.setPos(self.frame.mapToGlobal(QPoint()))
        self.settled()

    @property
    def began(self) -> bool:
        """Whether the window has been opened."""
        return self._app is not None

    def forget(self) -> None:
        """Turn away from the window, which has been closed."""
        self._app = None

    @property
    def app(self) -> Window:
        if self._app is None:
            self.begin()
        assert self._app is not None
        return self._app

    @property
    def frame(self) -> MainWindow:
        return self.app.frame

    @property
    def session(self) -> Session:
        return self.app.session

    # -- waiting ------------------------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=TIMEOUT_MS)

    def settled(self) -> None:
        """Wait until every pane shows what it asked for."""

        def quiet() -> bool:
            waiting = [*self.session.surveys.jobs, *self.session.jobs.jobs]
            return not waiting and not self.session.decoder.busy

        while True:
            self.until(quiet)
            # What waits for its turn among the events may ask for more.
            QApplication.processEvents()
            if quiet():
                return

    def decoded(self) -> None:
        """Wait until the current code's image is on the screen."""
        session = self.session
        self.until(lambda: session.current.image_of is not None and session.current.image_of is session.current.code)

    # -- pointer and keyboard -----------------------------------------------------------------------------------------

    def find(self, name: str, kind: type[QWidget] = QWidget) -> Any:
        found = self.frame.findChild(kind, name)
        if found is None:
            # A file dialog belongs to no window.
            tops = (each for each in QApplication.topLevelWidgets() if each.objectName() == name and each.isVisible())
            found = next((each for each in tops if isinstance(each, kind)), None)
        assert found is not None, f"there is no {name}"
        return found

    def find_or_none(self, name: str) -> Any:
        return self.frame.findChild(QWidget, name)

    def click(self, widget: QWidget | str, at: QPoint | None = None) -> None:
        target = self.find(widget) if isinstance(widget, str) else widget
        self.qtbot.mouseClick(target, Qt.MouseButton.LeftButton, pos=at or target.rect().center())

    def type(self, name: str, text: str) -> None:
        field = self.find(name, QLineEdit)
        field.setFocus()
        field.selectAll()
        self.qtbot.keyClicks(field, text)

    def choose(self, box: QComboBox | str, text: str) -> None:
        """Go to an entry of a choice by typing the beginning of its name."""
        choice: QComboBox = self.find(box) if isinstance(box, str) else box
        choice.setFocus()
        # What was typed before does not belong to it, however quickly this one follows.
        choice.view().keyboardSearch("")
        self.qtbot.keyClicks(choice, text)
        assert choice.currentText().startswith(text)

    def choose_preset(self, name: str) -> None:
        """Choose a preset in the form, whatever it is called there."""
        box: Any = self.find("field_preset")
        box.take(box.findData(name))

    def drop(self, path: Path) -> None:
        """Drop a file or folder onto the window."""
        content = QMimeData()
        content.setUrls([QUrl.fromLocalFile(str(path))])
        button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        copy, place = Qt.DropAction.CopyAction, QPointF(400, 30)
        # The first one makes the window the target of the second.
        QApplication.sendEvent(self.frame, QDragEnterEvent(place.toPoint(), copy, content, button, keys))
        QApplication.sendEvent(self.frame, QDropEvent(place, copy, content, button, keys))

    def drop_to_train(self, path: Path) -> None:
        """Drop images onto the window while a model is open, and say that they are to be trained on."""
        self.drop(path)
        self.click(self.button_in_dialog("train_on_images"))

    def button_in_dialog(self, name: str) -> QPushButton:
        def shown() -> bool:
            return any(widget.findChild(QPushButton, name) is not None for widget in QApplication.topLevelWidgets())

        self.until(shown)
        for widget in QApplication.topLevelWidgets():
            button = widget.findChild(QPushButton, name)
            if button is not None:
                return button
        raise AssertionError(name)

    # -- what takes several of these ----------------------------------------------------------------------------------

    def open_run(self, path: Path, pane: str = "") -> Any:
        """Open a run and wait until it is shown; with a `pane` that one in front, which is returned."""
        if not self.began:
            self.begin(path)
            return self._shown(path, None, pane)
        before = self.session.run
        self.session.open_run(path)
        return self._shown(path, before, pane)

    def _shown(self, path: Path, before: object, pane: str) -> Any:
        session = self.session
        self.until(lambda: session.run is not before and session.run is not None and session.run.path == path)
        self.decoded()
        self.settled()
        return self.show(pane) if pane else None

    def show(self, pane: str) -> Any:
        """A pane, brought to the front and drawn."""
        self.frame.show_pane(pane)
        found = self.frame.panes[pane]
        self.until(found.isVisible)
        self.settled()
        return found

    def train(self, epochs: int = 2, **fields: str) -> None:
        """Train on the digits to the end."""
        self.type("field_training.epochs", str(epochs))
        for key, value in fields.items():
            self.type(f"field_{key.replace('__', '.')}", value)
        self.click("train_button")
        self.until(lambda: self.session.training.state != "idle")
        self.until(lambda: self.session.training.state == "idle")
        self.settled()

    def begin_training(self) -> None:
        """Train on the digits for ever, and wait until the first epoch is done and its decodes are shown."""
        self.type("field_training.epochs", "100000")
        self.click("train_button")
        session = self.session
        self.until(lambda: session.training.state == "training" and len(session.history) >= 1)
        self.until(lambda: session.run is not None and session.run.path == session.training.path)
        self.until(lambda: len(session.run.history) >= 1)

    def follow(self, count: int = 1) -> None:
        """Wait for newer states of the model that trains, as somebody who stays: where nobody does they are rare."""
        for _ in range(count):
            self.session.user.touch()
            with self.qtbot.waitSignal(self.session.snapshot_changed, timeout=TIMEOUT_MS):
                pass

    def export(self, pane: Any, path: Path, whole: bool = False) -> Path:
        """Write the figure of a pane, by its button and the dialog; `whole`: not only the part that is seen."""
        self.click(pane.export_button)
        dialog: Any = self.frame.findChild(QWidget, "export_dialog")
        field = dialog.findChild(QLineEdit, "export_file")
        field.selectAll()
        self.qtbot.keyClicks(field, str(path))
        if whole:
            part = dialog.findChild(QCheckBox, "export_part")
            self.qtbot.mouseClick(part, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
        self.click(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save))
        self.until(path.is_file)
        self.settled()
        return path
