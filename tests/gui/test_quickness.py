"""What keeps the window quick, as counts: colours without polishing all of it over and over, bars that stand still."""

from __future__ import annotations

import linecache
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.style.theme import DARK, LIGHT, LIGHT_TOKENS, SYSTEM, theme
from latentexplorer.gui.widgets.stage_bar import Bar, StageBar
from latentexplorer.gui.window.workspaces import ALL, EXPLORE, TRAIN
from tests.gui.person import TIMEOUT_MS, Person

Type = QEvent.Type


class Heard(QObject):
    """How often each widget was told something."""

    def __init__(self, kind: Type) -> None:
        super().__init__()
        self.kind, self.by_widget = kind, Counter[int]()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == self.kind and isinstance(watched, QWidget):
            self.by_widget[id(watched)] += 1
        return False


def test_nobody_reads_the_source_of_what_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PySide6 does, on whatever thread imports it: it is slow, keeps the text, and has crashed a window."""
    file = tmp_path / "imported_for_this_test.py"
    file.write_text("THERE = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert __import__(file.stem).THERE
    assert str(file) not in linecache.cache


def test_other_colours_reach_every_widget_and_have_nothing_laid_out_anew(person: Person, qapp: QApplication) -> None:
    person.settled()
    polished = Qt.WidgetAttribute.WA_WState_Polished
    widgets = [widget for widget in person.frame.findChildren(QWidget) if widget.testAttribute(polished)]
    theme.choose(LIGHT)
    heard = Heard(Type.StyleChange)
    qapp.installEventFilter(heard)
    theme.choose(DARK)
    qapp.removeEventFilter(heard)
    # Qt alone tells each as often as there are widgets around it, eight times on average; who is told is laid out.
    assert sum(heard.by_widget.values()) < len(widgets) / 10
    person.until(lambda: all(widget.testAttribute(polished) for widget in widgets))
    # Nothing keeps a colour of before, also what is behind a tab or scrolled away.
    old = {QColor(getattr(LIGHT_TOKENS, name)).name() for name in ("text", "card", "window", "muted", "on_accent")}
    roles = QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText
    kept = {
        f"{widget.parentWidget()} {widget} {which}": widget.palette().color(which).name()
        for widget in widgets
        for which in roles
        if widget.palette().color(which).name() in old
    }
    assert not kept
    theme.choose(SYSTEM)


def test_for_another_workspace_panes_are_stood_once(person: Person, qapp: QApplication) -> None:
    """Each time all that is in a pane goes and comes, which is most of what it takes. Qt itself does so once."""
    frame = person.frame
    for name in (TRAIN, ALL, EXPLORE):
        frame.arrangement.choose(name)
        person.settled()
    for name in (ALL, TRAIN, EXPLORE):
        before = {pane for pane, dock in frame.docks.items() if dock.isVisible()}
        heard = Heard(Type.Hide)
        qapp.installEventFilter(heard)
        frame.arrangement.choose(name)
        person.settled()
        qapp.removeEventFilter(heard)
        stays = {pane for pane in before if frame.docks[pane].isVisible()}
        went = {pane: heard.by_widget[id(frame.docks[pane])] for pane in stays}
        assert len(stays) >= 2 and max(went.values()) <= 1, (name, went)


def test_to_reset_the_layout_stands_and_draws_every_pane_once(person: Person, qapp: QApplication) -> None:
    """It is what a person does when panes are lost: the window must not seem to be, too."""
    frame = person.frame
    person.settled()
    frame.docks["loss"].setFloating(True)
    person.settled()
    panes = {id(frame.docks[name]): name for name in frame.docks}
    heard = {kind: Heard(kind) for kind in (Type.Hide, Type.StyleChange, Type.Polish)}
    for each in heard.values():
        qapp.installEventFilter(each)
    frame.actions_table["reset_layout"].trigger()
    person.settled()
    for each in heard.values():
        qapp.removeEventFilter(each)
    went = {panes[known]: times for known, times in heard[Type.Hide].by_widget.items() if known in panes}
    assert not frame.docks["loss"].isFloating()
    # What was a window of its own comes back first.
    assert went.pop("loss") <= 2 and max(went.values()) <= 1, went
    # Nothing is dressed anew, but for what was a window of its own.
    dressed = sum(heard[Type.StyleChange].by_widget.values()) + sum(heard[Type.Polish].by_widget.values())
    assert dressed <= 2 * len(frame.docks["loss"].findChildren(QWidget)), dressed


@pytest.mark.parametrize("make", [partial(Bar, "map", "Map"), partial(StageBar, "stage")])
def test_a_bar_moves_by_itself_only_while_nobody_knows_how_far_it_is(qtbot: QtBot, make: Callable[[], Bar]) -> None:
    shown = make()
    qtbot.addWidget(shown)
    shown.show()
    for most, moves in ((0, True), (10, False), (0, True)):
        shown.setRange(0, most)
        event = QEvent(Type.StyleAnimationUpdate)
        event.setAccepted(False)
        QApplication.sendEvent(shown, event)
        assert event.isAccepted() is moves


class Drawn(QWidget):
    """How often it was drawn."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.times = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.times += 1


@pytest.mark.parametrize("make", [partial(Bar, "map", "Map"), partial(StageBar, "stage")])
def test_who_moves_a_bar_does_not_draw_the_window(qtbot: QtBot, make: Callable[[], Bar]) -> None:
    """Qt draws a bar within the call that moves it, and all that waits to be drawn with it: once more afterwards."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 100)
    shown, other = make(), Drawn(window)
    shown.setParent(window)
    shown.setGeometry(0, 0, 200, 20)
    other.setGeometry(0, 50, 200, 20)
    window.show()
    shown.setRange(0, 10)
    shown.setValue(10)
    qtbot.waitUntil(lambda: other.times > 0)
    before = other.times
    for most, value in ((10, 5), (3, 3), (0, 0), (10, 7)):
        other.update()
        shown.setRange(0, most)
        shown.setValue(value)
        assert (shown.maximum(), shown.value()) == (most, value)
    assert other.times == before
    qtbot.waitUntil(lambda: other.times == before + 1)


def test_a_click_shows_its_image_before_all_that_follows_it_also_beside_a_training(
    person: Person, make_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As long as it takes, so that nothing depends on the clock.
    monkeypatch.setattr("latentexplorer.gui.workers.decoder.SOON_S", TIMEOUT_MS / 1000)
    person.open_run(make_run("model.family=vae"))
    current, seen = person.session.current, list[str]()
    current.alone = False  # As while a run trains.
    current.decoded.connect(lambda *_: seen.append("image"))
    current.changed.connect(lambda *_: seen.append("the rest"))
    current.pick_image("train", 3)
    person.frame.actions_table["undo"].trigger()
    assert seen == ["image", "the rest"] * 2
    # Who drags is not held up at every step.
    code = current.code
    current.set(code.z * 0.9, passing=True)
    assert seen[4:] == ["the rest"]
    person.decoded()


def test_what_follows_a_code_is_drawn_once_for_all_that_came_before_its_turn(
    person: Person, make_run: Callable[..., Path]
) -> None:
    person.open_run(make_run("model.family=vae"))
    grid = person.show("latent_grid")
    person.settled()
    current, before = person.session.current, grid.grid.place
    drawn: list[int | None] = []
    current.followed.connect(lambda code: drawn.append(code.index))
    for index in (3, 5, 7):
        current.pick_image("train", index)
    # Whoever clicks next does not wait for the marks of the clicks before.
    assert drawn == [] and grid.grid.place == before
    person.until(lambda: grid.grid.place != before)
    assert drawn == [7]
    # A pane that was not in sight shows the code when it comes into sight.
    place = grid.grid.place
    grid.set_seen(False)
    current.pick_image("train", 3)
    person.settled()
    assert grid.grid.place == place
    grid.set_seen(True)
    assert grid.grid.place != place
