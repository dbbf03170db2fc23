"""What the window tells of the current code, and how one gets to others from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QListWidget

from latentexplorer.gui.code import Code
from tests.gui.conftest import Person


@pytest.fixture
def opened(person: Person, make_run: Callable[..., Path]) -> Callable[..., None]:
    def open_run(*changes: str) -> None:
        before = person.session.run
        person.session.open_run(make_run(*changes))
        person.until(lambda: person.session.run is not before)
        known(person)

    return open_run


def known(person: Person) -> None:
    """Wait until everything about the current code is on the screen."""
    pane = person.frame.panes["decoded"]
    person.decoded()
    person.until(lambda: pane.facts is not None and pane.facts.code is person.session.code)
    person.settled()


def test_the_error_and_the_nats_are_those_of_the_model(person: Person, opened: Callable[..., None]) -> None:
    import torch

    from latentexplorer.models.inference import to_batch

    opened()
    person.session.pick_image("test", 5)
    known(person)
    run, pane, code = person.session.run, person.frame.panes["decoded"], person.session.code
    image = run.images("test").images[5]
    np.testing.assert_array_equal(person.find("original_image").image, image)
    rmse = np.sqrt(np.mean((image / 255.0 - run.decode(code.z[None])[0]) ** 2))
    with torch.no_grad():
        terms = run.model.loss(to_batch(image[None]))
    assert pane.facts.recon == pytest.approx(float(terms.recon[0]), rel=1e-4)
    assert pane.facts.kl == pytest.approx(float(terms.kl[0]), rel=1e-3)
    assert f"rmse {rmse:.3f}" in pane.error.text()
    assert "nats" in pane.error.text()


def test_a_click_on_a_nearest_image_goes_there(person: Person, opened: Callable[..., None]) -> None:
    opened()
    person.session.pick_image("train", 7)
    known(person)
    pane, run = person.frame.panes["decoded"], person.session.run
    loc = run.codes["train"].loc
    away = np.linalg.norm(loc - loc[7], axis=1)
    away[7] = np.inf
    assert pane.facts.nearest[0] == away.argmin()
    np.testing.assert_array_equal(pane.nearest.images[0], run.images("train").images[away.argmin()])
    person.click(pane.nearest, pane.nearest.rect_of(2).center().toPoint())
    assert (person.session.code.part, person.session.code.index) == ("train", pane.facts.nearest[2])
    known(person)
    person.click("decoded_back")
    assert person.session.code.index == 7
    person.click("decoded_forward")
    assert person.session.code.index != 7


def test_support_falls_away_from_the_data(person: Person, opened: Callable[..., None]) -> None:
    opened()
    person.session.pick_image("train", 0)
    known(person)
    pane = person.frame.panes["decoded"]
    near = pane.support.value
    person.session.set_code(np.full(2, 60.0, np.float32), how="nowhere")
    known(person)
    assert pane.support.words == "far from any data"
    assert pane.support.value < 0.01 < near
    # A code of no image has neither an original nor a posterior.
    assert person.find("original_image").image is None
    assert not pane.draws.isVisible()
    assert pane.error.isHidden()
    assert "nowhere" in pane.how.text()


def test_draws_from_the_posterior_are_shown_and_can_be_gone_to(person: Person, opened: Callable[..., None]) -> None:
    opened()
    pane = person.frame.panes["decoded"]
    person.until(lambda: pane.facts.draws is not None and pane.draws.isVisible())
    code = person.session.code
    away = (pane.facts.drawn - code.z) / code.scale
    assert 0.5 < np.sqrt(np.mean(away**2)) < 1.6
    person.click(pane.draws, pane.draws.rect_of(1).center().toPoint())
    np.testing.assert_array_equal(person.session.code.z, pane.facts.drawn[1])
    assert "posterior" in person.session.code.how


def test_bookmarks_are_kept_gone_to_renamed_and_deleted(person: Person, opened: Callable[..., None]) -> None:
    opened()
    pane = person.frame.panes["decoded"]
    person.session.pick_image("train", 4)
    person.click("bookmarks_button")
    name = pane.bookmarks.findChild(QLineEdit, "bookmark_name")
    name.selectAll()
    person.qtbot.keyClicks(name, "a nice one")
    person.qtbot.keyClick(name, Qt.Key.Key_Return)
    pane.bookmarks.hide()
    person.session.pick_image("train", 9)
    person.click("bookmarks_button")
    names = pane.bookmarks.findChild(QListWidget, "bookmark_list")
    assert [names.item(at).text() for at in range(names.count())] == ["a nice one"]
    person.click(names.viewport(), names.visualItemRect(names.item(0)).center())
    assert person.session.code.index == 4
    assert not pane.bookmarks.isVisible()

    person.click("bookmarks_button")
    names.setCurrentRow(0)
    names.setFocus()
    person.click(pane.bookmarks.rename)
    editor = names.findChild(QLineEdit)
    editor.selectAll()
    person.qtbot.keyClicks(editor, "four")
    person.qtbot.keyClick(editor, Qt.Key.Key_Return)
    person.until(lambda: list(person.session.trail.bookmarks) == ["four"])
    names.setCurrentRow(0)
    names.setFocus()
    person.qtbot.keyClick(names, Qt.Key.Key_Delete)
    assert not person.session.trail.bookmarks
    pane.bookmarks.hide()


def test_the_class_of_a_conditional_model_is_chosen_here(person: Person, opened: Callable[..., None]) -> None:
    opened("model.family=cvae")
    choice = person.find("decoded_class")
    assert choice.isVisible()
    z, y = person.session.code.z, (person.session.code.y + 3) % 10
    choice.setFocus()
    person.qtbot.keyClicks(choice, str(y))
    known(person)
    np.testing.assert_array_equal(person.session.code.z, z)
    np.testing.assert_array_equal(
        person.find("decoded_image").image, person.session.run.decode(z[None], np.array([y]))[0]
    )
    # What it is now is not the image any more.
    assert person.find("original_image").image is None


@pytest.mark.parametrize("family", ["ad", "pca", "separation-ae"])
def test_what_a_family_does_not_have_is_left_out(person: Person, opened: Callable[..., None], family: str) -> None:
    size = ("data.size=32",) if family == "separation-ae" else ()
    opened(f"model.family={family}", *size)
    pane = person.frame.panes["decoded"]
    assert person.find("decoded_image").image is not None
    assert pane.facts.kl is None
    assert not pane.draws.isVisible()
    assert pane.nearest.isVisible()
    assert not pane.klass.isVisible()


def test_a_run_without_its_images_still_tells_what_it_can(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    import json
    import shutil

    path = tmp_path / "lost"
    shutil.copytree(make_run(), path)
    config = json.loads((path / "config.json").read_text())
    config["data"] |= {"name": "images", "path": str(tmp_path / "gone.npz")}
    (path / "config.json").write_text(json.dumps(config))
    before = person.session.run
    person.session.open_run(path)
    person.until(lambda: person.session.run is not before)
    known(person)
    pane = person.frame.panes["decoded"]
    assert person.session.run.data is None
    assert not pane.original.isVisible()
    assert "decoded" in pane.near_title.text()
    assert len(pane.nearest.images)
    assert pane.support.isVisible()


def test_the_decoded_image_is_saved_pixel_by_pixel(person: Person, opened: Callable[..., None], tmp_path: Path) -> None:
    from PIL import Image

    opened()
    pane = person.frame.panes["decoded"]
    pane.save_image()
    dialog = person.frame.findChild(QFileDialog, "save_image_dialog")
    dialog.selectFile(str(tmp_path / "one.png"))
    person.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    person.until((tmp_path / "one.png").is_file)
    image = np.asarray(Image.open(tmp_path / "one.png"))
    shown = person.find("decoded_image").image
    np.testing.assert_array_equal(image, (shown[..., 0] * 255 + 0.5).astype(np.uint8))


def test_the_figure_shows_this_image_and_brings_it_back(person: Person, opened: Callable[..., None]) -> None:
    opened()
    pane = person.frame.panes["decoded"]
    person.session.pick_image("train", 11)
    assert pane.view_settings() == ["part=train", "index=[11]"]
    person.session.pick_image("test", 2)
    assert pane.restore("reconstructions", {"part": "train", "index": (11,)})
    assert (person.session.code.part, person.session.code.index) == ("train", 11)
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    person.session.set_code(Code(np.zeros(2, np.float32)))
    person.click("decoded_pane_export")
    assert "Save image" in said[-1]


@pytest.mark.parametrize("size", [(1280, 800), (1000, 640), (2400, 1500)])
def test_the_pictures_and_strips_fill_the_pane(
    person: Person, opened: Callable[..., None], size: tuple[int, int]
) -> None:
    opened()
    person.frame.resize(*size)
    person.settled()
    pane = person.frame.panes["decoded"]
    room = pane.content.contentsRect().height()
    left = pane.bars.mapTo(pane.content, pane.bars.rect().bottomLeft()).y()
    assert left <= room
    assert pane.bars.height() < max(0.4 * room, 60)
    # The decoded image is what the pane is for: where it is low, the strips give way to it.
    assert pane.decoded.height() >= 60
    assert (pane.nearest.height() > 0) == (size[1] >= 800)
    if pane.nearest.height():
        row = pane.nearest.rect_of(pane.nearest.columns - 1)
        assert row.right() > 0.9 * pane.nearest.width()
