"""The quiet lines: seen where they concern, done and taken back at a click, dismissed for a run or for good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.widgets.notice_line import NEVER, NoticeLine
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.fitting import faults
from tests.gui.person import Person

Make = Callable[..., Path]
WIDE = (
    "model.beta=0.0001",
    "model.latent_dim=4",
    "model.hidden=[64]",
    "training.epochs=16",
    "training.lr=0.01",
    "training.batch_size=20",
    "training.numerics=exact",
    "data.train_per_class=30",
)
"""Codes that nothing holds to the prior."""


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def wide(make_run: Make) -> Path:
    return make_run(*WIDE)


def line(person: Person, pane: str = "map") -> NoticeLine:
    found = person.find(f"{pane}_pane_notice", NoticeLine)
    assert isinstance(found, NoticeLine)
    return found


def test_what_helps_is_a_click_away_and_can_be_taken_back(person: Person, wide: Path) -> None:
    person.open_run(wide, "map")
    said = line(person)
    assert said.isVisible() and "Codes leave the prior" in said.text.text()
    assert "Raise the KL weight, now 0.0001" in " ".join(said.toolTip().split())
    assert said.remedy.accessibleName() == "Set KL weight 1 for the next run"
    before = person.session.training.draft
    person.click(said.remedy)
    draft = person.session.training.draft
    assert draft is not None and draft.model.beta == 1
    field = person.find("field_model.beta")
    assert field.text() == "1" and field.hasFocus() and field.isVisible()
    person.click(said.remedy)
    assert person.session.training.draft == before


def test_a_form_of_another_kind_of_run_gets_all_settings_of_this_one(person: Person, wide: Path) -> None:
    person.open_run(wide, "map")
    person.choose("field_model.family", "ae")
    person.click(line(person).remedy)
    draft = person.session.training.draft
    assert draft is not None
    assert (draft.model.family, draft.model.beta, draft.model.hidden) == ("vae", 1, (64,))


def test_it_is_dismissed_for_a_run_and_for_good_and_brought_back(person: Person, wide: Path, make_run: Make) -> None:
    person.open_run(wide, "map")
    said = line(person)
    person.click(said.close_button)
    assert not said.isVisible()
    other = make_run(*WIDE, "model.beta=0.00001")
    person.open_run(other, "map")
    assert said.isVisible()
    menu = [action.text() for action in person.frame.panes["map"].menu.actions()]
    assert NEVER in menu and any(offer.name == NEVER for offer in person.frame.panes["map"].offers())
    where = said.rect().center()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, said.mapToGlobal(where))
    QApplication.sendEvent(said, asked)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    next(action for action in popup.actions() if action.text() == NEVER).trigger()
    popup.close()
    assert not said.isVisible() and NEVER not in [action.text() for action in person.frame.panes["map"].menu.actions()]
    assert Settings()["notices_never"] == "outside-prior"
    person.open_run(wide, "map")
    assert not said.isVisible()
    person.frame.actions_table["notices_again"].trigger()
    assert said.isVisible() and Settings()["notices_never"] == ""


def test_a_menu_goes_with_the_notice_that_it_is_of(person: Person, wide: Path, make_run: Make) -> None:
    person.open_run(wide, "map")
    said = line(person)
    where = said.rect().center()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, said.mapToGlobal(where))
    QApplication.sendEvent(said, asked)
    assert isinstance(QApplication.activePopupWidget(), QMenu)
    person.open_run(make_run(), "map")
    assert not said.isVisible() and QApplication.activePopupWidget() is None


def test_nothing_is_said_of_a_healthy_run_and_no_room_is_taken(person: Person, make_run: Make, wide: Path) -> None:
    person.open_run(make_run(), "map")
    assert not any(found.isVisible() for found in person.frame.findChildren(NoticeLine))
    person.open_run(wide, "map")

    def sizes() -> list[object]:
        QApplication.processEvents()
        return [(pane.size(), pane.minimumSizeHint()) for pane in person.frame.panes.values()]

    said, with_it = line(person), sizes()
    assert said.isVisible() and said.height() > 10
    person.click(said.close_button)
    assert not said.isVisible() and sizes() == with_it


def test_on_the_stage_and_of_an_earlier_epoch_nothing_is_said(person: Person, make_run: Make) -> None:
    person.open_run(make_run(*WIDE, "training.snapshots=2"), "map")
    said, epochs = line(person), person.session.epochs
    epochs.show(epochs.kept[0])
    person.until(lambda: epochs.shown is not None)
    person.settled()
    assert not said.isVisible()
    epochs.end()
    person.settled()
    assert said.isVisible()
    person.frame.arrangement.choose("stage")
    assert not said.isVisibleTo(person.frame.panes["map"])
    person.frame.arrangement.choose("all")
    assert said.isVisibleTo(person.frame.panes["map"])


def test_in_every_workspace_all_of_it_fits(person: Person, wide: Path) -> None:
    person.open_run(wide, "map")
    for size in ((1024, 700), (1280, 800)):
        person.frame.resize(*size)
        for name, pane in (("explore", "map"), ("train", "map"), ("diagnose", "map"), ("diagnose", "gallery")):
            person.frame.arrangement.choose(name)
            person.show(pane)
            assert line(person, pane).height() >= line(person, pane).sizeHint().height(), (name, pane)
            assert [fault for fault in faults(person.frame) if "notice" in fault] == []


@pytest.mark.parametrize("width", [900, 420, 240, 60])
def test_a_line_fits_whatever_the_width(qtbot: QtBot, width: int) -> None:
    said = NoticeLine("notice")
    qtbot.addWidget(said)
    text = "Codes leave the prior: <b>3.7</b> times as wide as it, 48% where it has 2%"
    said.tell(text, "Raise the KL weight", "Set KL weight 1", "for the next run", "tip")
    said.resize(width, said.sizeHint().height())
    parts = [said.text, said.remedy, said.close_button] if width > 200 else [said.close_button]
    for part in parts:
        assert said.rect().contains(part.geometry()), part
    if width > 200:
        assert not said.remedy.geometry().intersects(said.close_button.geometry())
        assert not said.text.geometry().intersects(said.remedy.geometry())
        assert said.remedy.width() >= said.remedy.sizeHint().width()
    assert said.remedy.text().endswith("next run") == (width == 900)
    assert said.text.textFormat() == Qt.TextFormat.PlainText and "&lt;b&gt;" in said.toolTip()
    said.resize(width, 4)
    assert not said.text.isVisibleTo(said)


def test_while_it_trains_a_rate_is_lowered_at_once(person: Person) -> None:
    person.type("field_training.lr", "0.3")
    person.type("field_training.epochs", "100000")
    person.type("field_data.train_per_class", "20")
    person.type("field_data.test_per_class", "5")
    person.click("train_button")
    person.show("loss")
    said = line(person, "loss")
    person.until(lambda: said.isVisible())
    assert said.remedy.accessibleName() == "Set learning rate 0.005 now"
    person.click(said.remedy)
    assert person.find("live_training.lr").text() == "0.005"
    assert said.remedy.accessibleName() == "Take learning rate 0.005 back"
    person.until(lambda: person.session.history.rows[-1]["lr"] == 0.005)
    # Of this: where few images are trained on for long there is something else to be said.
    person.until(lambda: not (said.isVisible() and "learning rate" in said.remedy.accessibleName()))
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()
