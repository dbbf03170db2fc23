"""From the start of the program to a decode, and panes that follow what is learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from latentexplorer.cli import main
from latentexplorer.gui.window.main_window import MainWindow
from tests.gui.conftest import Person


class FirstClick(QObject):
    """Clicks a point of the map as soon as there is one, waits for its decode, and closes the window."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Any] = {}
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(50)

    @Slot()
    def _look(self) -> None:
        frame: Any = next((top for top in QApplication.topLevelWidgets() if isinstance(top, MainWindow)), None)
        if frame is None or not frame.isVisible() or frame.session.current.image_of is None:
            return
        session, pane = frame.session, frame.panes["map"]
        if pane.result is None or session.current.image_of is not session.current.code:
            return
        if not self.seen:
            row = next(
                row for row in range(len(pane.result.index)) if pane.result.index[row] != session.current.code.index
            )
            place = pane.plot.mapFromScene(pane.scene_position(row))
            self.seen["before"] = session.current.code
            QTest.mouseClick(pane.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
        elif session.current.code is not self.seen["before"]:
            self._timer.stop()
            self.seen["image"] = frame.findChild(QWidget, "decoded_image").image
            self.seen["expected"] = session.run.decode(session.current.code.z[None])[0]
            frame.close()


def test_from_the_command_line_to_the_first_decode_in_one_click(own_home: Path) -> None:
    person = FirstClick()
    assert main(["gui"]) == 0
    np.testing.assert_array_equal(person.seen["image"], person.seen["expected"])


def test_exploring_panes_follow_a_running_training_and_freeze(person: Person) -> None:
    """Slow: each pane is watched over several snapshots of a running training, which come half a second apart."""
    person.begin_training()
    session, panes = person.session, person.frame.panes

    def versions(name: str) -> Any:
        pane: Any = panes[name]
        return {
            "interpolation": lambda: pane.shown,
            "traversal": lambda: None if pane.shown is None else pane.shown.dimensions,
            "gallery": lambda: pane.result,
        }[name]()

    for name in ("interpolation", "traversal", "gallery"):
        pane: Any = panes[name]
        person.frame.show_pane(name)
        if name == "interpolation":
            pane.finder.pick_images()
        person.until(lambda name=name: versions(name) is not None)
        seen = versions(name)
        person.until(lambda name=name, seen=seen: versions(name) is not seen)
        assert pane.freeze_button.isVisible()
        person.click(pane.freeze_button)
        frozen = versions(name)
        person.follow(2)
        person.until(lambda: session.current.image_of is session.current.code)
        assert versions(name) is frozen
        person.click(pane.freeze_button)
        person.until(lambda name=name, frozen=frozen: versions(name) is not frozen)
    # The image that is looked at stays, its code and decode are those of newer weights.
    code, image = session.current.code, session.current.image
    assert code.of_image
    person.until(
        lambda: not np.array_equal(session.current.code.z, code.z) and session.current.image_of is session.current.code
    )
    assert (session.current.code.part, session.current.code.index) == (code.part, code.index)
    assert not np.array_equal(session.current.image, image)
    assert person.find("decoded_image").image is session.current.image
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")
    person.settled()
    # What stands in the panes in the end is of the final weights.
    way: Any = panes["interpolation"]
    person.frame.show_pane("interpolation")
    person.until(
        lambda: np.array_equal(
            way.shown.codes[0], session.current.code_of("test", session.selection.anchors["A"].index).z
        )
    )
    person.settled()
    np.testing.assert_allclose(way.shown.images, session.run.decode(way.shown.codes), atol=1e-6)


def test_class_of_a_conditional_model_is_one_state(person: Person, make_run: Callable[..., Path]) -> None:
    pane = person.open_run(make_run("model.family=cvae"), "latent_grid")
    choice: Any = person.find("decoded_class", QComboBox)
    choice.setFocus()
    person.qtbot.keyClick(choice, Qt.Key.Key_Home)
    person.qtbot.keyClick(choice, Qt.Key.Key_Down)
    person.decoded()
    assert person.session.current.code.y == 1
    person.settled()
    index = 2 * pane.grid.columns + 2
    person.click(pane.grid, pane.grid.rect_of(index).center().toPoint())
    person.decoded()
    np.testing.assert_allclose(person.find("decoded_image").image, pane.result.images[2, 2], atol=1e-5)
