"""Directions in the window: made of two groups, moved along by a slider, kept, taken back, shared."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit, QSlider

from latentexplorer.gui.panes.attributes.maker import CHOOSE, SEARCH
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.gui.workers.attribute_tasks import Keeping
from tests.gui.person import Person

MakeRun = Callable[..., Path]
VAE = ("model.family=vae", "model.latent_dim=4")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def keys(person: Person, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.ControlModifier) -> None:
    QTest.keyClick(person.frame, key, held)
    person.settled()


def made(person: Person, first: str, last: str, count: int) -> None:
    """Choose two groups and press Make."""
    maker = person.frame.panes["attributes"].maker
    for choice, group in zip(maker.choices, (first, last), strict=True):
        choice.take(choice.findData(group))
    person.click("attribute_make")
    person.until(lambda: len(person.session.attributes.kept) == count)
    person.settled()


def test_a_direction_is_made_moved_along_kept_and_taken_back(person: Person, make_run: MakeRun, tmp_path: Path) -> None:
    path = make_run(*VAE)
    person.open_run(path, "attributes")
    session, pane = person.session, person.frame.panes["attributes"]
    run = session.run
    made(person, "3", "8", 1)
    attribute = session.attributes.kept[0]
    codes = run.codes["train"]
    means = [codes.loc[codes.labels == label].mean(0) for label in (3, 8)]
    np.testing.assert_allclose(attribute.vector, means[1] - means[0], atol=1e-5)
    words = person.find("attribute_words_0")
    assert words.isVisible() and "8 held-out images" in words.text() and "chance 50" in words.text()
    # The slider moves the current code along it, and nothing else.
    base = session.current.code
    slider = person.find("attribute_slider_0", QSlider)
    person.frame.panes["attributes"].area.ensureWidgetVisible(slider)
    middle = slider.rect().center()
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    for part in (8, 16, 24):
        QTest.mouseMove(slider, middle + QPoint(part, 0))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle + QPoint(24, 0))
    person.decoded()
    amount = pane.rows[attribute.name].slider.value
    assert amount > 0.1
    np.testing.assert_allclose(session.current.code.z, base.z + amount * attribute.vector, atol=1e-5)
    # One drag is one step; undone, the slider goes back as well, and done again it is there again.
    keys(person, Qt.Key.Key_Z)
    assert session.current.code.same(base) and pane.rows[attribute.name].slider.value == 0
    keys(person, Qt.Key.Key_Y)
    assert pane.rows[attribute.name].slider.value == pytest.approx(amount, abs=1e-3)
    # A code from elsewhere is where it starts anew.
    session.current.pick_image("train", 5)
    assert pane.rows[attribute.name].slider.value == 0
    rename_and_delete(person, path)
    shared_with_another_run(person, make_run, tmp_path)


def rename_and_delete(person: Person, path: Path) -> None:
    session, pane = person.session, person.frame.panes["attributes"]
    row = next(iter(pane.rows.values()))
    row.menu.actions()[0].trigger()
    dialog = person.frame.findChild(QInputDialog, "attribute_name_dialog")
    dialog.setTextValue("<b>rounder</b> & more")
    dialog.accept()
    # What a desktop does when a dialog closes.
    person.frame.activateWindow()
    person.until(person.frame.isActiveWindow)
    assert [each.name for each in session.attributes.kept] == ["<b>rounder</b> & more"]
    person.settled()
    kept = json.loads((path / "attributes.json").read_text())["attributes"]
    assert [each["name"] for each in kept] == ["<b>rounder</b> & more"]
    next(iter(pane.rows.values())).menu.actions()[3].trigger()
    person.settled()
    assert not pane.rows and not json.loads((path / "attributes.json").read_text())["attributes"]
    keys(person, Qt.Key.Key_Z)
    assert list(pane.rows) == ["<b>rounder</b> & more"]


def shared_with_another_run(person: Person, make_run: MakeRun, tmp_path: Path) -> None:
    """Its file is refused by another run with both named, and opens again in its own."""
    session, pane = person.session, person.frame.panes["attributes"]
    attribute = session.attributes.kept[0]
    first = session.run.name
    pane.save_to(attribute, tmp_path / "shared.json")
    person.settled()
    own = session.run.path
    person.open_run(make_run(*VAE, "training.seed=1"), "attributes")
    assert not pane.rows
    pane.load_from(tmp_path / "shared.json")
    person.settled()
    assert not session.attributes.kept
    why = person.find("attribute_why")
    assert why.isVisible() and first in why.text() and session.run.name in why.text()
    assert attribute.fits.fingerprint[:12] in why.text()
    person.open_run(own, "attributes")
    person.until(lambda: list(pane.rows) == [attribute.name])
    pane.rows[attribute.name].menu.actions()[3].trigger()
    pane.load_from(tmp_path / "shared.json")
    person.until(lambda: list(pane.rows) == [attribute.name])
    person.settled()
    assert pane.rows[attribute.name].slider.isEnabled()


def test_selected_points_make_a_direction_and_anchors_an_analogy(person: Person, make_run: MakeRun) -> None:
    person.open_run(make_run(*VAE), "attributes")
    session, pane = person.session, person.frame.panes["attributes"]
    session.selection.select("train", range(10, 30))
    person.settled()
    person.click("map_to_direction")
    person.until(lambda: person.frame.panes["attributes"].seen)
    first, last = pane.maker.choices
    assert (first.group, last.group) == ("", "train:10-29")
    # A second set goes from the first.
    first.take(first.findData("train:10-29"))
    session.selection.select("train", [1, 2, 3, 40])
    person.settled()
    person.click("map_to_direction")
    assert (first.group, last.group) == ("train:10-29", "train:1-3,40")
    person.click("attribute_make")
    person.until(lambda: len(session.attributes.kept) == 1)
    found = session.attributes.kept[0]
    loc = session.run.codes["train"].loc
    np.testing.assert_allclose(found.vector, loc[[1, 2, 3, 40]].mean(0) - loc[10:30].mean(0), atol=1e-5)
    assert not found.receipt.accuracy.held_out and "trained on" in " ".join(found.receipt.notes)
    # A is to B as C is to ?
    a, b = (session.current.code_of("train", at) for at in (2, 7))
    session.selection.set_anchors({"A": a, "B": b})
    session.current.pick_image("train", 9)
    third = session.current.code
    person.settled()
    pane.show_analogy()
    person.settled()
    answer = pane.analogy.views["?"]
    # As large as four of them fit.
    assert answer.width() > 60 and answer.geometry().right() > 0.8 * pane.analogy.width()
    np.testing.assert_allclose(answer.code.z, third.z + b.z - a.z, atol=1e-6)
    np.testing.assert_allclose(answer.image, session.run.decode(answer.code.z[None], clamped=False)[0], atol=1e-5)
    person.click(answer)
    assert session.current.code.same(answer.code)
    person.settled()
    np.testing.assert_allclose(answer.code.z, third.z + b.z - a.z, atol=1e-6)


@pytest.mark.parametrize("family", ["separation-ae", "ad"])
def test_a_model_says_why_it_has_none_or_makes_one(person: Person, make_run: MakeRun, family: str) -> None:
    more = ("model.architecture=mlp",) if family == "ad" else ()
    person.open_run(make_run(f"model.family={family}", *more), "attributes")
    pane = person.frame.panes["attributes"]
    if family == "separation-ae":
        assert not pane.content.isVisible() and "mixtures" in pane._empty.text()
    else:
        made(person, "", "4", 1)
        assert pane.rows["all others to 4"].slider.isEnabled()


def test_of_other_weights_a_direction_rests_in_its_row_and_what_is_changed_last_is_kept(
    person: Person, make_run: MakeRun
) -> None:
    path = make_run(*VAE, "training.epochs=2", "training.snapshots=2", "training.lr=0.01")
    person.open_run(path, "attributes")
    session, pane = person.session, person.frame.panes["attributes"]
    made(person, "3", "8", 1)
    made(person, "1", "7", 2)
    name = session.attributes.kept[0].name
    row = pane.rows[name]
    assert row.slider.isEnabled() and "Of other weights" not in row.receipt.text()
    person.until(lambda: session.epochs.kept == [1, 2])
    session.epochs.show(1)
    person.until(lambda: session.epochs.shown == 1)
    person.settled()
    # The row that somebody may have in hand is not another one.
    assert pane.rows[name] is row and not row.slider.isEnabled() and "Of other weights" in row.receipt.text()
    session.epochs.end()
    person.settled()
    person.until(row.slider.isEnabled)
    assert pane.rows[name] is row and "Of other weights" not in row.receipt.text()

    # Written beside the window, and yet nothing is lost when the run is left at once; an older list comes no more.
    held = threading.Event()
    session.decoder.ask("held", partial(held.wait, 60), bool)
    session.attributes.remove(name)
    left = session.attributes.kept
    assert len(json.loads((path / "attributes.json").read_text())["attributes"]) == 2
    session.attributes.clear(session.shown)
    kept = json.loads((path / "attributes.json").read_text())["attributes"]
    assert [each["name"] for each in kept] == [left[0].name]
    held.set()
    person.settled()
    keeping = Keeping()
    assert keeping.write(2, session.shown, left) == keeping.write(1, session.shown, ()) == ""
    assert len(json.loads((path / "attributes.json").read_text())["attributes"]) == 1


def test_a_group_may_be_searched_for_as_in_the_map(person: Person, make_run: MakeRun) -> None:
    person.open_run(make_run(*VAE), "attributes")
    session, pane = person.session, person.frame.panes["attributes"]
    for choice, text in zip(pane.maker.choices, ("class = 3", "class = 8 or class = 9"), strict=True):
        before = choice.group
        choice.take(choice.findText("Search…"))
        assert choice.group == before
        field = person.frame.findChildren(QInputDialog, "attribute_search_dialog")[-1].findChild(QLineEdit)
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert choice.group == text
        person.settled()
    person.click("attribute_make")
    person.until(lambda: len(session.attributes.kept) == 1)
    codes = session.run.codes["train"]
    means = [codes.loc[np.isin(codes.labels, labels)].mean(0) for labels in ([3], [8, 9])]
    np.testing.assert_allclose(session.attributes.kept[0].vector, means[1] - means[0], atol=1e-5)


def test_frozen_while_a_model_trains_directions_stay_those_of_the_weights_that_are_kept(person: Person) -> None:
    person.begin_training()
    person.frame.show_pane("attributes")
    session, pane = person.session, person.frame.panes["attributes"]
    person.until(lambda: pane.isVisible() and pane.maker.choices[0].count() > 3)
    assert pane.freeze_button.isVisible()
    person.click(pane.freeze_button)
    epoch = session.run.epoch
    person.click("attribute_make")
    person.until(lambda: len(session.attributes.kept) == 1)
    row = next(iter(pane.rows.values()))
    person.until(lambda: row.slider.isEnabled())
    answer = pane.analogy.run
    person.until(lambda: session.run.epoch > epoch + 1)
    assert row.slider.isEnabled() and not row.stale.isVisible() and pane.analogy.run is answer
    # It can be moved along as long as it is kept; the code of the same image by newer weights takes nothing back.
    person.frame.panes["attributes"].area.ensureWidgetVisible(row)
    row.slider.slider.setFocus()
    person.qtbot.keyClick(row.slider.slider, Qt.Key.Key_Right)
    moved = row.slider.value
    assert moved > 0
    later = session.run.epoch
    person.until(lambda: session.run.epoch > later)
    assert row.slider.value == moved
    person.click(pane.freeze_button)
    person.until(lambda: not row.slider.isEnabled() and row.stale.isVisible())
    assert pane.analogy.run is not answer
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")
    person.settled()


def test_why_there_is_no_direction_stands_where_it_is_made(person: Person, make_run: MakeRun) -> None:
    person.open_run(make_run(*VAE), "attributes")
    maker, why = person.frame.panes["attributes"].maker, person.find("attribute_why")
    assert person.find("attribute_make").isEnabled() and not why.isVisible()
    first = maker.choices[0]
    first.take(first.findData(SEARCH))
    dialog = person.frame.findChild(QInputDialog, "attribute_search_dialog")
    dialog.setTextValue("error > 100")
    dialog.accept()
    person.frame.activateWindow()
    person.until(person.frame.isActiveWindow)
    person.click("attribute_make")
    person.settled()
    assert why.isVisible() and "error > 100" in why.text() and not person.session.attributes.kept
    # Another choice is not to blame for it.
    first.take(first.findData("5"))
    assert not why.isVisible()


def test_of_one_class_it_says_how_two_groups_come_about(person: Person, make_run: MakeRun, tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (24, 8, 8), np.uint8)
    np.savez(tmp_path / "own.npz", images=images, labels=np.zeros(24, int), class_names=["<b>only"])
    person.open_run(make_run("data.name=images", f"data.path={tmp_path / 'own.npz'}", *VAE), "attributes")
    said = person.frame.panes["attributes"].nothing
    assert said.isVisible() and "of the class <b>only" in said.text() and "Shift-drag" in said.text()
    assert not person.find("attribute_make").isEnabled()
    # From all others to all others is not offered: the first box asks for images.
    first, last = person.frame.panes["attributes"].maker.choices
    assert first.currentIndex() < 0 and CHOOSE in first.shown and "All others" in last.shown
    first.take(first.findData(SEARCH))
    field = person.frame.findChildren(QInputDialog, "attribute_search_dialog")[-1].findChild(QLineEdit)
    QTest.keyClicks(field, "error > 0")
    QTest.keyClick(field, Qt.Key.Key_Return)
    person.settled()
    assert first.group == "error > 0" and person.find("attribute_make").isEnabled()
    person.open_run(make_run(*VAE), "attributes")
    assert "choose two groups" in said.text()
    assert first.group == "0" and last.group == "1"
