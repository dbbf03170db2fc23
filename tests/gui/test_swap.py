"""Draw and swap: an image that is current, drawn or brought, its class changed with mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox

from latentexplorer.figures import read_recipe
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.person import Person

CVAE = ("model.family=cvae", "data.name=shapes", "data.size=12", "data.count=150", "data.train_per_class=none")
Make = Callable[..., Path]


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def test_an_image_is_swapped_by_a_click_and_so_is_a_drawing(person: Person, make_run: Make, tmp_path: Path) -> None:
    person.open_run(make_run(*CVAE, "data.test_per_class=none"))
    session = person.session
    session.current.pick_image("test", 3)
    person.decoded()
    person.frame.actions_table["swap_class"].trigger()
    dialog = person.find("swap_dialog")
    person.until(lambda: dialog.true.image is not None)
    run, found = session.shown, dialog.outcome
    own = int(run.images("test").labels[3])
    # Each picture begins where what is said of it does.
    for picture, words in ((dialog.swapped, dialog.swapped_words), (dialog.true, dialog.true_words)):
        assert picture.mapTo(dialog, QPoint()).x() == words.mapTo(dialog, QPoint()).x()
        assert abs(picture.width() - picture.height()) <= 1
    assert found.own == own and found.to == (own + 1) % 3 and dialog.own.currentText() == run.class_names[own]
    np.testing.assert_array_equal(dialog.canvas.pixels, run.images("test").images[3])
    np.testing.assert_allclose(dialog.swapped.image, run.decode(found.z[None], [found.to], clamped=False)[0], atol=1e-5)
    # A click in the strip chooses the class; the true image follows.
    last = (own + 2) % 3
    table = dialog.strip.table
    person.click(table, table.rect_of(last).center().toPoint())
    assert dialog.to.currentText() == run.class_names[last] and dialog.outcome.to == last
    np.testing.assert_array_equal(dialog.true.image, dialog._truth.images[last])
    error = np.sqrt(np.square(dialog.swapped.image - dialog.true.image / 255).mean())
    assert f"error {error:.3f}" in dialog.swapped_words.text()
    person.until(lambda: "beside the true image" in dialog.said.text())
    person.click("swap_use")
    assert session.current.code.y == last and not session.current.code.of_image
    np.testing.assert_array_equal(session.current.code.z, found.z)
    # Another image that is picked anywhere comes here.
    session.current.pick_image("test", 5)
    person.until(lambda: dialog.outcome is not None and dialog.image.index == 5 and dialog.true.image is not None)
    # What is drawn has no known class: the one that fits is taken and named; told another one, it is that.
    person.click("swap_clear")
    person.choose("swap_own", "The one")
    dialog.own.activated.emit(0)
    canvas = dialog.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    QTest.mouseMove(canvas, QPoint(140, 140))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(140, 140))
    person.until(lambda: dialog.image.index is None and np.array_equal(dialog.outcome.original, canvas.pixels))
    assert "fits best of 3" in dialog.image_words.text() and dialog.true.image is None and canvas.pixels.any()
    dialog.own.take(3)
    person.until(lambda: dialog.outcome.own == 2)
    assert "as chosen" in dialog.image_words.text()
    # New weights move the code of the image that was chosen: what was drawn stays.
    session.current.changed.emit(session.current.code)
    assert dialog.image.index is None
    # What is drawn goes to paper with the run it is kept in, and is what the sheet shows.
    person.click("swap_export")
    person.type("export_file", str(tmp_path / "swapped.png"))
    buttons = person.find("export_dialog").findChild(QDialogButtonBox)
    person.click(buttons.button(QDialogButtonBox.StandardButton.Save))
    person.until((tmp_path / "swapped.png").is_file)
    recipe = read_recipe(tmp_path / "swapped.png")
    assert recipe.kind == "swapped" and recipe.settings["to"] == dialog.to.currentText()
    assert recipe.settings["label"] == run.class_names[2]
    kept = Image.open(run.path / recipe.settings["image"][0])
    np.testing.assert_array_equal(np.asarray(kept), canvas.pixels[..., 0])
    # All strokes taken back, it is the image again.
    while canvas.can_undo:
        person.click("swap_undo")
    person.until(lambda: dialog.image.index == 5 and np.array_equal(dialog.outcome.original, dialog.image.pixels))
    # A picture in the clipboard comes by its button, and becomes the image.
    QApplication.clipboard().setImage(canvas._picture())
    person.click("swap_paste")
    person.until(lambda: dialog.image.name == "a pasted picture")
    dialog.close()
    person.until(lambda: person.find_or_none("swap_dialog") is None)


def test_a_model_that_is_told_no_class_says_what_to_train(person: Person, make_run: Make) -> None:
    person.open_run(make_run())
    person.frame.actions_table["swap_class"].trigger()
    assert person.find_or_none("swap_dialog") is None
    said = person.find("refusal_dialog").said.text()
    assert "decodes without a class" in said and "glyphs-cvae" in said
