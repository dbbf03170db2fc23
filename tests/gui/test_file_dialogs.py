"""What asks for files may outlive who asked: Qt's own dialogs stay until Qt has come back from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from latentexplorer.gui.widgets.picture_menu import save_picture
from latentexplorer.gui.window.export_dialog import ExportDialog
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.person import Person


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


class Meanwhile:
    """Does something once as soon as something of a kind waits for an answer, also where it waits in its own loop."""

    def __init__(self, kind: type[QWidget], act: Callable[[], object]) -> None:
        self.done = False
        self._kind, self._act = kind, act
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(0)

    def _look(self) -> None:
        if isinstance(QApplication.activeModalWidget(), self._kind):
            self._timer.stop()
            self.done = True
            self._act()


def sheet_of(person: Person) -> Any:
    """A sheet about the run that is open, which goes with it."""
    person.settled()
    person.frame.actions_table["draw_image"].trigger()
    return person.find("drawing_dialog")


def file_dialogs() -> list[QFileDialog]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QFileDialog)]


def test_a_question_about_a_file_outlives_the_sheet_behind_it(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    sheet, other = sheet_of(person), make_run()
    there = tmp_path / "one.png"
    there.write_bytes(b"kept")
    image = QImage(8, 8, QImage.Format.Format_Grayscale8)
    image.fill(0)
    save_picture(sheet.canvas, image, "one.png", person.session)
    dialog = person.find("save_image_dialog", QFileDialog)
    dialog.selectFile(str(there))
    # Whether it is to be replaced; the sheet closes when another run is open.
    meanwhile = Meanwhile(QMessageBox, lambda: person.session.open_run(other))
    person.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert meanwhile.done
    person.until(lambda: person.find_or_none("drawing_dialog") is None and not file_dialogs())
    assert person.session.run.path == other
    assert there.read_bytes() == b"kept"
    person.settled()


def test_a_file_dialog_outlives_the_dialog_that_asked(person: Person, make_run: Callable[..., Path]) -> None:
    sheet, other = sheet_of(person), make_run()
    asking = ExportDialog("plane", "run", sheet)
    asking.open()
    meanwhile = Meanwhile(QFileDialog, lambda: person.session.open_run(other))
    asking.place.asked.emit()
    person.until(lambda: meanwhile.done and person.find_or_none("drawing_dialog") is None)
    person.until(lambda: not file_dialogs())
    person.settled()
