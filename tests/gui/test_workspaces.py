"""Workspaces: what a person sees first, what stays as it was left, one pane alone, and the stage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot

from latentexplorer.core.config import RunConfig
from latentexplorer.gui.panes.table import PANES
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.afloat import free_place
from latentexplorer.gui.window.banners import HintBanner
from latentexplorer.gui.window.docks import Docks
from latentexplorer.gui.window.first_place import fitted
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.gui.window.workspaces import (
    ALL,
    EXPLORE,
    FORM_PX,
    STAGE,
    TRAIN,
    WORKSPACES,
    Place,
    Split,
    places,
    shared,
)
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
    frame = person.frame
    assert seen(frame) == {"map", "latent_grid", "decoded", "traversal"}
    assert person.find("train_button").isVisible() and frame.hint.isVisible()
    picture, near = person.find("decoded_image"), person.find("nearest_images")
    assert min(picture.size().toTuple()) >= 200
    # There is room for the nearest images beside it, not below.
    assert (
        near.height() > 40
        and near.mapTo(frame, QPoint()).x() > person.find("original_image").mapTo(frame, QPoint()).x()
    )
    frame.resize(1920, 1080)
    person.settled()
    # Nor below a larger one, which would be a fifth smaller for it.
    assert picture.height() > 0.4 * person.frame.panes["decoded"].width() and near.height() > 40
    frame.resize(2560, 1600)
    person.settled()
    assert near.mapTo(frame, QPoint()).y() > picture.mapTo(frame, QPoint(0, picture.height())).y()


def test_the_picture_is_large_beside_a_new_image_too(person: Person, tmp_path: Path) -> None:
    Image.fromarray(np.eye(16, dtype=np.uint8) * 200).save(tmp_path / "new.png")
    person.drop(tmp_path / "new.png")
    person.until(lambda: person.session.current.code.image is not None and not person.session.new_images.running)
    person.decoded()
    person.settled()
    pane = person.frame.panes["decoded"]
    assert person.frame.hint.isVisible() and pane.new_image.isVisible() and pane.odd.isVisible()
    assert min(pane.decoded.size().toTuple()) >= 190 and pane.bars.listed


def shares(frame: MainWindow) -> dict[str, tuple[float, float]]:
    """Width and height of the panes that are seen, as parts of the room that they have together."""
    docks = {name: frame.docks[name].geometry() for name in seen(frame)}
    room = QRect()
    for place in docks.values():
        room = room.united(place)
    return {name: (place.width() / room.width(), place.height() / room.height()) for name, place in docks.items()}


def test_panes_share_what_a_window_grows_by(person: Person) -> None:
    frame = person.frame
    for name in WORKSPACES:
        frame.resize(1280, 800)
        frame.arrangement.choose(name)
        person.settled()
        before = shares(frame)
        frame.resize(2560, 1600)
        person.settled()
        after = shares(frame)
        for pane, (across, down) in before.items():
            assert after[pane][1] == pytest.approx(down, abs=0.08), pane
            if pane == "training":
                assert frame.docks[pane].width() == FORM_PX
            else:
                assert after[pane][0] == pytest.approx(across, rel=0.3), pane


def test_an_edge_that_was_moved_stays_where_it_was_put(person: Person) -> None:
    frame = person.frame
    edge = frame.docks["map"].geometry().topRight() + QPoint(4, 100)
    for kind, at in (
        ("press", edge),
        ("move", edge + QPoint(80, 0)),
        ("move", edge + QPoint(160, 0)),
        ("release", edge),
    ):
        drag(person, kind, at)
    moved = shares(frame)["map"][0]
    assert moved > 0.6
    frame.resize(1920, 1080)
    person.settled()
    assert shares(frame)["map"][0] == pytest.approx(moved, abs=0.02)
    frame.arrangement.choose(TRAIN)
    frame.resize(1280, 800)
    frame.arrangement.choose(EXPLORE)
    person.settled()
    assert shares(frame)["map"][0] == pytest.approx(moved, abs=0.02)
    frame.reset_layout()
    person.settled()
    assert shares(frame)["map"][0] < 0.6


def test_a_share_that_is_nothing_of_a_small_room_is_not_asked_of_qt(person: Person) -> None:
    """Qt would say so, which no test passes over."""
    shares_kept = person.frame.arrangement._shares
    shares_kept._measure()
    shares_kept.by_name["map"] = (0.0004, 0.0004)
    person.frame.resize(1000, 700)
    person.settled()
    assert person.frame.docks["map"].width() > 0


def test_reset_gives_the_first_layout_whatever_was_done(person: Person, make_run: Callable[..., Path]) -> None:
    frame = person.frame
    frame.hint.dismiss()
    frame.reset_layout()
    person.settled()
    first = {name: frame.docks[name].size() for name in seen(frame)}
    for do in (
        partial(person.open_run, make_run("model.latent_dim=16")),
        partial(frame.docks["decoded"].float_or_dock),
        partial(frame._docks.fill, "map"),
        partial(frame.docks["latent_grid"].close),
        partial(frame.show_pane, "training"),
        partial(frame.arrangement.choose, STAGE),
        partial(frame.failure.tell, Failure("Training digits", "it broke", "")),
    ):
        do()
        person.settled()
        frame.failure.hide()
        frame.arrangement.choose(EXPLORE)
        frame.reset_layout()
        person.settled()
        now = {name: frame.docks[name].size() for name in seen(frame)}
        assert now.keys() == first.keys(), do
        for name, size in now.items():
            assert abs(size.width() - first[name].width()) <= 2, (do, name)
            assert abs(size.height() - first[name].height()) <= 2, (do, name)


def drag(person: Person, kind: str, at: QPoint) -> None:
    """Press, move or release the left button at a place of the window."""
    if kind == "press":
        person.qtbot.mousePress(person.frame, Qt.MouseButton.LeftButton, pos=at)
    elif kind == "release":
        person.qtbot.mouseRelease(person.frame, Qt.MouseButton.LeftButton, pos=at + QPoint(160, 0))
    else:
        person.qtbot.mouseMove(person.frame, at)
    QApplication.processEvents()


def test_parts_keep_to_what_they_need_and_can_use() -> None:
    assert shared(1000, (30, 70), (0, 0), (0, 0)) == [300, 700]
    assert shared(2000, (30, 70), (0, 0), (480, 0)) == [480, 1520]
    assert shared(1000, (33, 34, 33), (0, 0, 400), (0, 0, 0)) == [295, 304, 400]
    assert shared(100, (50, 50), (200, 200), (0, 0)) == [200, 200]
    # Qt refuses a size that is none.
    assert shared(60, (50, 50), (100, 10), (0, 0)) == [100, 1]


SCREEN, SECOND = QRect(0, 28, 1280, 772), QRect(-1920, 0, 1920, 1080)


@pytest.mark.parametrize(
    ("frame", "screens", "place"),
    [
        (QRect(0, 28, 1280, 860), [SCREEN], QRect(4, 58, 1272, 738)),
        (QRect(100, 100, 800, 600), [SCREEN], QRect(104, 130, 792, 566)),
        (QRect(2000, 100, 800, 600), [SCREEN], QRect(484, 130, 792, 566)),
        (QRect(-1000, -200, 800, 600), [SCREEN, SECOND], QRect(-996, 30, 792, 566)),
        (QRect(1100, 700, 800, 600), [SCREEN, SECOND], QRect(484, 230, 792, 566)),
        (QRect(0, 0, 4000, 3000), [SECOND], QRect(-1916, 30, 1912, 1046)),
    ],
)
def test_the_first_window_stands_on_a_screen_frame_and_all(frame: QRect, screens: list[QRect], place: QRect) -> None:
    assert fitted(frame, frame.adjusted(4, 30, -4, -4), screens) == place
    outer = place.adjusted(-4, -30, 4, 4)
    assert any(screen.contains(outer) for screen in screens)


@pytest.mark.parametrize("left", ["", "elsewhere"])
def test_the_first_window_leaves_room_for_its_frame(
    qtbot: QtBot, qapp: QApplication, own_home: object, left: str
) -> None:
    settings = Settings()
    if left:
        gone = MainWindow(Session(), settings)
        qtbot.addWidget(gone)
        gone.setGeometry(9000, 9000, 700, 500)
        settings.set_bytes("geometry", gone.saveGeometry())
        gone.close()
    window = MainWindow(Session(), settings)
    qtbot.addWidget(window)
    room = qapp.primaryScreen().availableGeometry()
    assert room.intersects(window.geometry()) if left else window.height() <= room.height() - 40
    window.close()


def test_a_pane_afloat_has_a_frame_and_covers_no_other_one(person: Person) -> None:
    frame = person.frame
    docks = [frame.docks[name] for name in ("map", "latent_grid")]
    before = [dock.geometry() for dock in docks]
    for dock in docks:
        dock.float_or_dock()
    person.settled()
    assert all(dock.isFloating() and dock.widget().isVisible() for dock in docks)
    assert frame.panes["map"].header.title.isVisible() and person.find("map_close").isVisible()
    # The line around it is of another colour than what is inside, in light and in dark.
    image = docks[0].grab().toImage()
    assert image.pixelColor(0, 100) != image.pixelColor(4, 100) != image.pixelColor(0, 0)
    docks[0].setGeometry(150, 120, 500, 420)
    person.click("map_float")
    assert not docks[0].isFloating() and not person.find("map_close").isVisible()
    docks[0].float_or_dock()
    assert docks[0].geometry() == QRect(150, 120, 500, 420)
    for dock in docks:
        dock.float_or_dock()
    QApplication.processEvents()
    person.settled()
    assert [dock.geometry() for dock in docks] == before


def test_places_afloat() -> None:
    room, taken = QRect(0, 0, 1280, 800), [QRect(100, 100, 500, 400)]
    for wish in (QPoint(100, 100), QPoint(-300, -300), QPoint(3000, 3000)):
        place = free_place(QSize(300, 200), wish, taken, room)
        assert room.contains(place) and not place.intersects(taken[0]) and place.width() >= 420
    # A screen that is full: a step aside, so that the head of the one below is seen.
    full = free_place(QSize(900, 700), QPoint(0, 0), [QRect(0, 0, 900, 700)], room)
    assert full.topLeft() == QPoint(32, 32)


@pytest.mark.parametrize("workspace", list(WORKSPACES))
def test_every_pane_has_a_place_in_every_workspace(workspace: str) -> None:
    for root in (WORKSPACES[workspace].root, WORKSPACES[workspace].root_for(1024)):
        named = [name for place in places(root) for name in place.all]
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


def test_a_workspace_is_drawn_a_pane_in_each_turn_and_whole_in_the_end(person: Person) -> None:
    frame = person.frame
    frame.arrangement.choose(TRAIN)
    assert not frame.updatesEnabled()
    undrawn: list[int] = []
    for _ in range(50):
        QApplication.processEvents()
        undrawn.append(sum(dock.isVisible() and not dock.updatesEnabled() for dock in frame.docks.values()))
        if not undrawn[-1]:
            break
    assert undrawn[-1] == 0 and frame.updatesEnabled()
    # One after the other, and none twice: a click that comes meanwhile waits for one of them, not for all.
    assert [before - after for before, after in pairwise(undrawn) if before != after].count(1) >= 2
    # Who goes on at once finds all of them drawn as well.
    for name in (EXPLORE, TRAIN, ALL):
        frame.arrangement.choose(name)
        QApplication.processEvents()
    person.settled()
    person.until(lambda: all(dock.updatesEnabled() for dock in frame.docks.values() if dock.isVisible()))


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
    # Also where the keyboard has left it, for a button of the toolbar or because what had it is hidden.
    frame.docks["traversal"].bring_forward()
    button = person.find("export_button")
    button.setFocus()
    assert QApplication.focusWidget() is button
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
    frame.failure.tell(Failure("Something went wrong", "It did", "Try again"))
    person.settled()
    less = heights()
    top, bottom = before[0] - less[0], before[2] - less[2]
    # In proportion, as far as no pane is as low as it can be.
    assert top + bottom > 0 and max(top, bottom) < top + bottom + 8
    person.click(frame.failure.close_button)
    person.settled()
    assert all(abs(after - height) <= 4 for after, height in zip(heights(), before, strict=True))


def test_on_the_stage_there_is_one_large_picture_that_follows(person: Person) -> None:
    frame = person.frame
    press(person, Key.Key_2, Qt.KeyboardModifier.AltModifier)
    press(person, Key.Key_5, Qt.KeyboardModifier.AltModifier)
    assert frame.arrangement.workspace is WORKSPACES[STAGE] and seen(frame) == {"decoded", "map"}
    assert min(person.find("decoded_image").size().toTuple()) >= 600
    place = frame.docks["decoded"].geometry()
    assert place.left() == frame.height() - 1 - place.bottom() > 0
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


def test_every_workspace_fits_the_window(person: Person) -> None:
    frame = person.frame
    for size in ((1024, 700), (1280, 800), (1920, 1080)):
        frame.resize(*size)
        for name in WORKSPACES:
            frame.arrangement.choose(name)
            QApplication.processEvents()
            assert frame.size().toTuple() == size, f"{name} makes the window larger"
            room = QRect(QPoint(), frame.size())
            for pane in seen(frame):
                assert room.contains(frame.docks[pane].geometry()), f"{pane} leaves the window in {name}"


def test_a_window_that_is_made_narrower_has_the_arrangement_of_its_width(person: Person) -> None:
    frame = person.frame
    frame.arrangement.choose(ALL)
    person.settled()
    wide = seen(frame)
    assert "training" in wide
    frame.docks["runs"].bring_forward()
    person.settled()
    for size in ((1100, 750), (1024, 700)):
        frame.resize(*size)
        person.settled()
    assert frame.size().toTuple() == (1024, 700) and "training" not in seen(frame)
    # What somebody looked at stays in front.
    assert "runs" in seen(frame)
    # One pane alone stays alone, and what comes back after it is that of the width.
    frame.docks["map"].bring_forward()
    press(person, Key.Key_F11)
    frame.resize(1280, 800)
    person.settled()
    assert seen(frame) == {"map"}
    press(person, Key.Key_F11)
    person.until(lambda: "runs" in seen(frame))
    assert "training" in seen(frame)


def test_the_names_of_panes_that_share_a_place_can_be_read(person: Person) -> None:
    frame = person.frame
    frame.resize(1024, 700)
    # In the one with every pane at once, for large screens, they are shortened on a small one.
    for name in WORKSPACES.keys() - {ALL}:
        frame.arrangement.choose(name)
        person.settled()
        for bar in tab_bars(frame):
            assert bar.sizeHint().width() <= bar.width(), (name, bar.width(), bar.sizeHint().width())


def tab_bars(frame: MainWindow) -> list[QTabBar]:
    """The bars that are seen, of panes that share a place."""
    found = frame.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [bar for bar in found if bar.isVisible() and frame.rect().intersects(bar.geometry())]


def test_no_tabs_are_seen_where_no_panes_share_a_place(person: Person) -> None:
    frame = person.frame
    person.settled()
    for name in (TRAIN, ALL, EXPLORE, "diagnose", ALL):
        frame.arrangement.choose(name)
        for size in ((1280, 800), (1500, 900)):
            frame.resize(*size)
            for _ in range(3):
                QApplication.processEvents()
            tops = [frame.docks[pane].geometry().topLeft() for pane in seen(frame)]
            for bar in tab_bars(frame):
                below = bar.geometry().bottomLeft()
                assert any(abs(top.x() - below.x()) <= 1 and 0 <= top.y() - below.y() <= 2 for top in tops), (
                    name,
                    size,
                )


def test_without_a_run_the_hint_speaks_of_no_map(qtbot: QtBot) -> None:
    hint = HintBanner()
    qtbot.addWidget(hint)
    hint.resize(1200, 40)
    hint.set_wanted(True)
    assert "map" in hint.text.text()
    hint.show_run(False)
    assert "map" not in hint.text.text() and "Train" in hint.text.text()
    hint.resize(420, 40)
    assert "Train" in hint.text.text()


def test_the_hint_makes_way_for_what_else_stands_above_the_panes(person: Person) -> None:
    frame = person.frame
    assert frame.hint.isVisible()
    frame.time_machine.set_on(True)
    assert frame.time_machine.isVisible() and not frame.hint.isVisible()
    frame.failure.tell(Failure("Something went wrong", "It did", ""))
    frame.time_machine.set_on(False)
    assert not frame.hint.isVisible()
    person.click(frame.failure.close_button)
    assert frame.hint.isVisible()
    person.click(frame.hint.close_button)
    frame.time_machine.set_on(True)
    frame.time_machine.set_on(False)
    assert not frame.hint.isVisible()


def test_a_run_that_is_started_where_nothing_shows_it_is_seen_while_it_learns(person: Person) -> None:
    frame, training = person.frame, person.session.training
    frame.arrangement.choose("compare")
    person.settled()
    training.start(RunConfig().updated(["training.epochs=100000", "model.latent_dim=4"]))
    assert {"loss", "map", "latent_grid"} <= seen(frame)
    frame.arrangement.choose("diagnose")
    pane = frame.panes["traversal"]
    person.until(lambda: len(person.session.history) >= 1 and len(pane.rows.order) == 4 and pane.seen)
    # Rows stay where they are while they are looked at, and say whether they are sorted.
    order, dimensions = pane.rows.order, pane.shown.dimensions
    person.until(lambda: pane.shown.dimensions is not dimensions and pane.shown.order != order)
    assert pane.rows.order == order
    training.stop()
    person.until(lambda: training.state == "idle")
    person.settled()
    assert pane.rows.order == pane.shown.order
    assert "sorted by" in pane.header.subtitle.text()


def test_the_keyboard_does_not_stay_on_the_name_of_another_workspace(person: Person) -> None:
    buttons = person.frame.workspaces.buttons
    buttons[EXPLORE].setFocus()
    person.click(buttons[TRAIN])
    assert not buttons[EXPLORE].hasFocus() and buttons[TRAIN].hasFocus()


def test_a_window_that_changes_its_size_while_its_panes_come_back_shares_the_room_out_afterwards(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said by Qt either: of a pane that stands nowhere yet it would."""
    frame = person.frame
    frame.resize(1280, 800)
    person.click("workspace_train")
    person.click("workspace_explore")
    person.settled()
    shared_out: list[bool] = []
    size = Docks.size

    def seen(self: Docks, part: Place | Split, room: QSize) -> None:
        shared_out.append(self.moving)
        size(self, part, room)

    class Resizing(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() in (QEvent.Type.Hide, QEvent.Type.Show):
                frame.resize(frame.width() - 7, frame.height() - 5)
            return False

    monkeypatch.setattr(Docks, "size", seen)
    resizing = Resizing()
    for dock in frame.docks.values():
        dock.installEventFilter(resizing)
    person.click("workspace_train")
    for dock in frame.docks.values():
        dock.removeEventFilter(resizing)
    person.settled()
    assert shared_out and not any(shared_out)


def test_what_nobody_has_gone_to_is_not_marked(person: Person) -> None:
    # At the start Qt would mark the first button, and on the stage the first one that is left.
    person.frame.activateWindow()
    QApplication.processEvents()
    assert person.frame.hasFocus()
    person.find("new_button").setFocus()
    person.frame.arrangement.choose(STAGE)
    person.until(person.frame.hasFocus)
    # From there Tab goes to the first stop.
    person.qtbot.keyClick(person.frame, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not None and not person.frame.hasFocus()


def test_docks_are_stood_anew_while_one_is_dragged(person: Person) -> None:
    frame = person.frame
    for name in ("train", "explore"):
        frame.arrangement.choose(name)
        person.settled()
    dock, header, handle = frame.docks["map"], frame.panes["map"].header, frame.windowHandle()
    start = header.mapTo(frame, QPoint(60, 8))
    QTest.mouseMove(handle, start)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for part in range(1, 7):
        QTest.mouseMove(handle, start + QPoint(-20, 40) * part)
        QApplication.processEvents()
    assert dock.isFloating()
    frame.arrangement.choose("train")
    frame.arrangement.choose("explore")
    # What the hand still does is not for a dock that was taken from it.
    person.settled()
    place = dock.mapToGlobal(QPoint())
    QTest.mouseMove(handle, start)
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    person.settled()
    assert dock.isVisible() and dock.mapToGlobal(QPoint()) == place
