"""Workspaces: what a person sees first, what stays as it was left, one pane alone, and the stage."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.panes.table import PANES
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.gui.window.workspaces import ALL, EXPLORE, STAGE, TRAIN, WORKSPACES, places
from latentexplorer.gui.workers.job import Failure
from tests.gui.person import Person

Key = Qt.Key


@pytest.fixture
def workspace() -> str:
    """As at the first start."""
    return EXPLORE


def seen(frame: MainWindow) -> set[str]:
    """The panes that are seen: there, and not behind a tab."""
    room = frame.rect()
    return {
        name for name, dock in frame.docks.items() if dock.isVisible() and room.contains(dock.geometry().center())
    } & {name for name, pane in frame.panes.items() if not pane.visibleRegion().isEmpty()}


def press(person: Person, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    person.frame.activateWindow()
    person.qtbot.keyClick(QApplication.focusWidget() or person.frame, key, modifier)
    person.settled()


def double_click_head(person: Person, name: str) -> None:
    header = person.frame.panes[name].header
    person.qtbot.mouseDClick(header, Qt.MouseButton.LeftButton, pos=QPoint(60, header.height() // 2))
    person.settled()


def test_a_newcomer_sees_the_map_a_large_picture_and_the_train_button(person: Person) -> None:
    assert seen(person.frame) == {"map", "latent_grid", "decoded", "traversal"}
    assert person.find("train_button").isVisible()
    assert min(person.find("decoded_image").size().toTuple()) >= 200


@pytest.mark.parametrize("workspace", list(WORKSPACES))
def test_every_pane_has_a_place_in_every_workspace(workspace: str) -> None:
    named = [name for place in places(WORKSPACES[workspace].root) for name in place.all]
    assert sorted(named) == sorted(PANES.names)


def test_each_workspace_has_a_key_and_comes_back_as_it_was_left(person: Person) -> None:
    frame = person.frame
    press(person, Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert seen(frame) == {"training", "loss", "latent_grid", "map"}
    assert person.find("workspace_train").isChecked()
    frame.docks["loss"].close()
    frame.docks["gallery"].close()
    press(person, Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert seen(frame) == {"map", "latent_grid", "decoded", "traversal"}
    person.click("workspace_train")
    assert seen(frame) == {"training", "latent_grid", "map"}
    frame.close()
    again = MainWindow(Session(), Settings())
    person.qtbot.addWidget(again)
    again.resize(1280, 800)
    again.show()
    assert seen(again) == {"training", "latent_grid", "map"}
    again.actions_table["reset_layout"].trigger()
    assert seen(again) == {"training", "loss", "latent_grid", "map"}
    again.close()


def test_a_pane_that_is_away_comes_where_the_workspace_has_it(person: Person) -> None:
    before = person.frame.docks["latent_grid"].geometry()
    person.show("training")
    assert "training" in seen(person.frame) and "map" in seen(person.frame)
    assert before.intersects(person.frame.docks["training"].geometry())


def test_a_pane_fills_the_window_and_everything_comes_back(person: Person) -> None:
    frame = person.frame
    places_before = {name: frame.docks[name].geometry() for name in seen(frame)}

    def back() -> bool:
        return {name: frame.docks[name].geometry() for name in seen(frame)} == places_before

    double_click_head(person, "map")
    assert seen(frame) == {"map"}
    assert frame.docks["map"].width() > 0.95 * frame.width()
    press(person, Key.Key_Escape)
    assert back()
    frame.docks["traversal"].bring_forward()
    press(person, Key.Key_F11)
    assert seen(frame) == {"traversal"}
    press(person, Key.Key_F11)
    assert back()
    person.click("decoded_fill")
    assert seen(frame) == {"decoded"}
    # Another pane that is asked for is not kept away by it.
    frame.show_pane("traversal")
    assert back()
    double_click_head(person, "latent_grid")
    frame.close()
    again = MainWindow(Session(), Settings())
    person.qtbot.addWidget(again)
    again.resize(1280, 800)
    again.show()
    assert seen(again) == set(places_before)
    again.close()


def test_the_room_of_a_message_is_taken_from_all_rows_and_given_back_to_them(person: Person) -> None:
    frame, names = person.frame, ("map", "decoded", "latent_grid", "traversal")

    def heights() -> list[int]:
        # A message that has come or gone is laid out among the events.
        person.until(lambda: frame.bar.height() == frame.top.sizeHint().height())
        person.settled()
        return [frame.docks[name].height() for name in names]

    person.click(frame.hint.close_button)
    person.settled()
    before = heights()
    frame.failure.tell(Failure("Training", "Something", "Do something", "", ""))
    frame.failure.show()
    person.settled()
    less = heights()
    top, bottom = before[0] - less[0], before[2] - less[2]
    assert top > 0 and bottom > 0 and abs(top * before[2] - bottom * before[0]) <= 3 * sum(before)
    person.click(frame.failure.close_button)
    person.settled()
    assert heights() == before


def test_on_the_stage_there_is_one_large_picture_that_follows(person: Person) -> None:
    frame = person.frame
    press(person, Key.Key_2, Qt.KeyboardModifier.AltModifier)
    press(person, Key.Key_5, Qt.KeyboardModifier.AltModifier)
    assert frame.arrangement.workspace is WORKSPACES[STAGE] and seen(frame) == {"decoded", "map"}
    assert min(person.find("decoded_image").size().toTuple()) >= 600
    for name in ("train_button", "original_image", "nearest_images", "code_bars"):
        assert not person.find(name).isVisible(), name
    picture = person.find("decoded_image")
    before = picture.image
    person.session.current.draw_random(1)
    person.until(lambda: picture.image is not before)
    press(person, Key.Key_Escape)
    assert frame.arrangement.workspace is WORKSPACES[TRAIN] and person.find("train_button").isVisible()
    press(person, Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert person.find("original_image").isVisible() and person.find("code_bars").isVisible()


@pytest.mark.parametrize("size", [(1024, 700), (1280, 800), (1920, 1080)])
def test_every_workspace_fits_the_window(person: Person, size: tuple[int, int]) -> None:
    frame = person.frame
    frame.resize(*size)
    # All panes at once are for a large screen.
    for name in (name for name in WORKSPACES if name != ALL or size[0] >= 1280):
        frame.arrangement.choose(name)
        QApplication.processEvents()
        assert frame.size().toTuple() == size, f"{name} makes the window larger"
        room = QRect(QPoint(), frame.size())
        for pane in seen(frame):
            assert room.contains(frame.docks[pane].geometry()), f"{pane} leaves the window in {name}"
