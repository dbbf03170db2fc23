"""The two sheets about the image of the current code: its code being found, and a part of it erased and mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from latentexplorer.figures.recipe import read_recipe
from latentexplorer.gui.window.code_sheets.eraser import Eraser
from latentexplorer.gui.window.code_sheets.kept_masks import KeptMasks
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.views import VIEWS
from tests.gui.conftest import Person

Make = Callable[..., Path]
CVAE = ("model.family=cvae", "model.latent_dim=3")
AD = ("model.family=ad", "model.architecture=mlp", "model.latent_dim=3")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def sheet(person: Person, action: str, name: str) -> Any:
    person.frame.actions_table[action].trigger()
    return person.find(name)


def stroke(canvas: Any, *places: tuple[float, float], button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    spots = [QPoint(int(x * canvas.width()), int(y * canvas.height())) for x, y in places]
    QTest.mousePress(canvas, button, pos=spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(canvas, spot)
    QTest.mouseRelease(canvas, button, pos=spots[-1])


def closed(person: Person, dialog: Any) -> None:
    name = dialog.objectName()
    dialog.close()
    person.until(lambda: person.find_or_none(name) is None)


def exported(person: Person, name: str, path: Path) -> Any:
    """The figure of a sheet in a file, and what its own recipe draws."""
    person.click(name)
    dialog = person.find("export_dialog")
    dialog.file.setText(str(path))
    dialog.accept()
    person.until(path.is_file)
    recipe = read_recipe(path)
    return VIEWS.load(recipe.kind).compute(person.session.run, recipe.view_settings())


@pytest.mark.parametrize("settings", [AD, ()], ids=["ad", "vae"])
def test_the_code_of_any_image_is_found_before_ones_eyes(
    person: Person, make_run: Make, settings: tuple[str, ...]
) -> None:
    person.open_run(make_run(*settings))
    session = person.session
    session.current.pick_image("test", 1)
    person.decoded()
    dialog = sheet(person, "watch_code", "watch_dialog")
    person.until(lambda: dialog.outcome is not None)
    found = dialog.outcome
    np.testing.assert_array_equal(found.original, session.run.images("test").images[1])
    assert found.errors.shape == (301, 4) and found.least[found.best] == found.least.min()
    assert (found.gap is None) == bool(settings)
    if found.gap is not None:
        assert found.gap > 0 and "the encoder says" in dialog.said.text()
    np.testing.assert_allclose(dialog.decoded.image, found.pictures[-1])
    person.click("watch_use")
    np.testing.assert_array_equal(session.current.code.z, found.z)
    # Again, with other starts, and stopped: what there is by then stays.
    dialog.starts.setValue(2)
    dialog.steps.setValue(5000)
    person.click("watch_find")
    person.until(lambda: dialog.said.text().startswith("Step"))
    person.click("watch_stop")
    person.until(lambda: dialog.outcome is not None)
    assert dialog.outcome.errors.shape[1] == 2 and len(dialog.outcome.errors) < 5001
    assert "Stopped after" in dialog.said.text()
    dialog.close()


def test_what_is_erased_is_completed_by_several_runs(person: Person, make_run: Make) -> None:
    first, other = make_run(), make_run(*AD)
    odd = make_run("data.size=12")
    person.open_run(first)
    session = person.session
    session.current.pick_image("test", 0)
    person.decoded()
    session.compare([other, odd])
    dialog = sheet(person, "mend_image", "mend_dialog")
    canvas = dialog.canvas
    side = canvas.original.shape[0]
    assert not canvas.erased.any() and not dialog.tools.undo.isEnabled()
    assert dialog.waiting.isVisible() and not dialog.table.isVisible()
    person.click("mend_upper_left")
    assert canvas.erased.sum() == (side // 2) ** 2
    stroke(canvas, (0.7, 0.8), (0.75, 0.85))
    assert canvas.erased.sum() > (side // 2) ** 2
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert canvas.erased.sum() == (side // 2) ** 2
    stroke(canvas, (0.2, 0.2), (0.3, 0.3), button=Qt.MouseButton.RightButton)
    assert 0 < canvas.erased.sum() < (side // 2) ** 2
    dialog.canvas.undo()
    person.click("mend_mend")
    # What was pressed cannot be meanwhile: the keyboard can stop it, and is back where it was at the end.
    assert dialog.focusWidget() is dialog.search.stop
    person.until(lambda: dialog.outcome is not None and not dialog.search.running)
    assert dialog.focusWidget() is dialog.mend
    found = dialog.outcome
    assert dialog.table.isVisible() and not dialog.waiting.isVisible()
    assert [row.run for row in found.rows] == [first.name, other.name]
    assert f"{odd.name} is left out" in dialog.said.text()
    # Names of rows are no place for numbers, which would be cut.
    assert dialog.table.row_names == (first.name, other.name)
    for row in found.rows:
        assert f"{row.run} {row.left[0]:.3f} · {row.missing[0]:.3f}" in dialog.said.text()
    known = ~found.erased
    shown = dialog.table.images
    assert len(shown) == 8
    np.testing.assert_allclose(shown[0][known], found.original[known] / 255, atol=1e-6)
    np.testing.assert_allclose(shown[0][~known], found.rows[0].images[0][~known], atol=1e-6)
    dialog.whole.setChecked(True)
    np.testing.assert_allclose(dialog.table.images[0], found.rows[0].images[0])
    dialog._on_picked(1)
    np.testing.assert_array_equal(session.current.code.z, found.rows[0].z[1])
    # Another run has other images: the sheet about this one goes.
    person.open_run(other)
    person.until(lambda: person.find_or_none("mend_dialog") is None)


@pytest.mark.parametrize("action", ["watch", "mend"])
def test_a_sheet_is_told_class_and_seed_and_its_figure_is_what_was_seen(
    person: Person, make_run: Make, tmp_path: Path, action: str
) -> None:
    person.open_run(make_run(*CVAE))
    session = person.session
    session.current.pick_image("test", 0)
    person.decoded()
    open_it = {"watch": "watch_code", "mend": "mend_image"}[action]
    other = make_run()
    if action == "mend":
        session.compare([other])
    dialog = sheet(person, open_it, f"{action}_dialog")
    names, own = session.run.class_names, session.current.code.y
    another = (own + 1) % len(names)
    assert dialog.klass.currentText() == names[own]
    if action == "watch":
        person.until(lambda: dialog.outcome is not None)
        person.choose("watch_class", names[another])
        person.until(lambda: dialog.outcome is not None and dialog.outcome.label == another)
        dialog.steps.setValue(12)
    else:
        assert not dialog.figure.button.isEnabled()
        dialog.klass.setCurrentIndex(another)
        stroke(dialog.canvas, (0.4, 0.5), (0.7, 0.8))
    dialog.seed.setValue(5)
    person.click({"watch": "watch_find", "mend": "mend_mend"}[action])
    person.until(lambda: dialog.outcome is not None and dialog.figure.button.isEnabled())
    found = dialog.outcome
    # What is chosen afterwards is of the next search.
    dialog.seed.setValue(6)
    drawn = exported(person, f"{action}_export", tmp_path / "sheet.png")
    if action == "watch":
        assert found.label == another and found.errors.shape[0] == 13
        np.testing.assert_allclose(drawn.z, found.z, atol=1e-5)
        np.testing.assert_allclose(drawn.errors, found.errors, atol=1e-5)
        assert drawn.names == found.names
    else:
        np.testing.assert_array_equal(drawn.erased, found.erased)
        assert [row.run for row in drawn.rows] == [row.run for row in found.rows] and len(drawn.rows) == 2
        assert [row.label for row in found.rows] == [another, None]
        for again, seen in zip(drawn.rows, found.rows, strict=True):
            np.testing.assert_allclose(again.images, seen.images, atol=1e-4)
        # Opened again it has lost what it had lost, and what was done last can be undone.
        closed(person, dialog)
        dialog = sheet(person, "mend_image", "mend_dialog")
        np.testing.assert_array_equal(dialog.canvas.erased, found.erased)
        person.click("mend_undo")
        assert not dialog.canvas.erased.any()
        closed(person, dialog)
        session.current.pick_image("test", 1)
        person.decoded()
        assert not sheet(person, "mend_image", "mend_dialog").tools.undo.isEnabled()


def test_strokes_that_are_kept_take_little_and_come_back_as_they_were(qtbot: QtBot) -> None:
    """A hundred of them on 256 pixels square are 26 MB as pictures."""
    image = np.zeros((256, 256, 3), np.uint8)
    drawn, again, masks = Eraser(image), Eraser(image), KeptMasks()
    for canvas in (drawn, again):
        qtbot.addWidget(canvas)
    for at in np.linspace(0.1, 0.9, 100):
        stroke(drawn, (at, 0.2), (0.5, at))
    masks.keep(drawn)
    masks.bring_back(again)
    np.testing.assert_array_equal(again.pixels, drawn.pixels)
    assert sum(map(len, drawn.strokes)) < 1_000_000
    for canvas in (drawn, again):
        canvas.undo()
    np.testing.assert_array_equal(again.pixels, drawn.pixels)
    # What is drawn on comes from no buffer that somebody else has.
    stroke(again, (0.1, 0.9), (0.9, 0.9))
    assert again.erased.sum() > drawn.erased.sum()


def test_a_code_of_no_image_has_nothing_to_be_found(person: Person, make_run: Make) -> None:
    person.open_run(make_run())
    person.frame.actions_table["random_code"].trigger()
    person.until(lambda: not person.session.current.code.of_image)
    code = person.session.current.code
    why = sheet(person, "watch_code", "refusal_dialog")
    assert person.find_or_none("watch_dialog") is None and why.windowTitle() == "Watch its code being found"
    assert "no image" in why.said.text() and why.said.isVisible()
    buttons = [button for button in why.findChildren(QPushButton) if button.isVisible()]
    assert len(buttons) == 4 and all(button.width() >= button.sizeHint().width() for button in buttons)
    # Closed, everything is as it was; else there is one with a click, and what was wanted is there.
    person.click("refusal_close")
    person.until(lambda: person.find_or_none("refusal_dialog") is None)
    assert person.session.current.code is code
    # Asked for again, and for something else, there is still one.
    for action in ("watch_code", "watch_code", "mend_image"):
        person.frame.actions_table[action].trigger()
    (why,) = (found for found in person.frame.findChildren(QDialog, "refusal_dialog") if found.isVisible())
    assert why.windowTitle() == "Mask and mend"
    person.until(lambda: len(person.frame.findChildren(QDialog, "refusal_dialog")) == 1)
    person.click("refusal_take")
    mend = person.find("mend_dialog")
    assert mend.isVisible() and (mend.image.part, mend.image.index) == ("test", 0)
    assert not why.isVisible() and person.session.current.code.of_image
    closed(person, mend)
    person.frame.actions_table["random_code"].trigger()
    person.until(lambda: not person.session.current.code.of_image)
    sheet(person, "watch_code", "refusal_dialog")
    person.click("refusal_draw")
    assert person.find("drawing_dialog").isVisible()


def test_a_model_without_classes_says_on_the_spot_why_no_class_can_be_swapped(person: Person, make_run: Make) -> None:
    person.open_run(make_run())
    why = sheet(person, "swap_class", "refusal_dialog")
    assert "decodes without a class" in why.said.text() and "glyphs-cvae" in why.said.text()
    # No other image would help.
    assert person.find_or_none("refusal_take") is None or not person.find("refusal_take").isVisible()
    person.click("refusal_close")
