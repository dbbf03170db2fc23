"""Is this image odd: asked with the pointer and the keyboard, in Decoded and in the Gallery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from latentexplorer.gui.panes.decoded.pane import DecodedPane
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.views.odd_images import compute
from latentexplorer.views.registry import settings_from
from tests.gui.person import Person


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def opened(person: Person, make_run: Callable[..., Path]) -> Person:
    """A small VAE of the digits is open, the gallery in front."""
    person.open_run(make_run("model.family=vae"), "gallery")
    return person


def decoded(person: Person) -> DecodedPane:
    pane = person.frame.panes["decoded"]
    assert isinstance(pane, DecodedPane)
    return pane


def test_the_oddest_are_listed_chosen_and_exported(opened: Person) -> None:
    person, pane = opened, opened.frame.panes["gallery"]
    person.choose(pane.sources, "Odd images")
    person.settled()
    result = pane.result
    assert result.measured == 40 and (np.diff(result.errors) <= 0).all()
    stacks = pane.sides[0].stacks
    assert stacks.names == ("original", "decoded", "misfit") and "by definition" in pane.sides[0].heading.text()
    # With the window to itself its pictures are larger, as long as all are seen, and small again in a low pane.
    small, area = stacks.cell_px, pane.sides[0].grid
    person.click("gallery_fill")
    person.until(lambda: stacks.cell_px > small)
    assert area.verticalScrollBar().maximum() == 0
    person.click("gallery_fill")
    person.until(lambda: stacks.cell_px == small)
    # In the smallest window an image is seen with its decode and what does not fit, none of them cut.
    before = person.frame.size()
    person.frame.resize(1024, 700)
    person.until(lambda: stacks.rect_of(0).bottom() <= area.viewport().height())
    person.frame.resize(before)
    person.until(lambda: stacks.cell_px == small)
    person.click(stacks, stacks.layer_rect(2, 2).center().toPoint())
    person.decoded()
    person.settled()
    code = person.session.current.code
    assert (code.part, code.index) == ("test", result.index[2])
    # What the pane exports is what it shows, and Decoded says the same of that image.
    again = compute(person.session.run, settings_from("odd-images", pane.view_settings()))
    np.testing.assert_array_equal(again.index, result.index)
    assert pane.view_kind == "odd-images"
    odd = decoded(person).odd
    assert odd.isVisible() and odd.facts.words == "5 % of 39 held-out images are given back as badly (p 0.075)"
    # It is found by every name it goes by.
    offers = [offer for pane in ("gallery", "decoded") for offer in person.frame.panes[pane].offers()]
    for word in ("odd", "anomal", "outlier", "novel", "out of distribution", "p-value"):
        assert any("dd images" in offer.name or "Misfit" in offer.name for offer in offers if offer.matches(word)), word
    # Training images have ranks.
    person.choose(pane.controls.part, "Training")
    person.settled()
    assert pane.result.ranks and "no p-values" in pane.sides[0].heading.text() and stacks.captions[0] == "1"
    person.click(stacks, stacks.layer_rect(0, 0).center().toPoint())
    person.decoded()
    person.settled()
    assert "was learned" in odd.facts.words


def test_a_dropped_image_says_how_odd_it_is_and_where(opened: Person, tmp_path: Path) -> None:
    person, pane = opened, decoded(opened)
    board = (np.indices((8, 8)).sum(0) % 2 * 255).astype(np.uint8)
    Image.fromarray(board).save(tmp_path / "planted.png")
    person.drop(tmp_path / "planted.png")
    person.until(lambda: person.session.current.code.image is not None)
    person.decoded()
    person.settled()
    assert pane.odd.facts.words == "given back worse than all 40 held-out images (p 0.024)"
    np.testing.assert_array_equal(pane.original.image[..., 0], board)
    error = pane.error.text()
    switch = pane.odd.findChild(QToolButton, "odd_misfit")
    switch.setFocus()
    person.qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert pane.pair.labels[1].text() == "misfit" and pane.original.image.shape == (8, 8, 3)
    # The number is still of the image itself.
    assert pane.error.text() == error
    person.click(switch)
    assert pane.pair.labels[1].text() == "original"
    np.testing.assert_array_equal(pane.original.image[..., 0], board)
    # A code of no image has nothing to be odd.
    code = person.session.current.code
    person.session.current.set(type(code)(code.z * 0.5))
    person.decoded()
    person.settled()
    assert not pane.odd.isVisible()


def test_a_dropped_folder_is_listed_from_the_oddest(opened: Person, tmp_path: Path) -> None:
    person, pane = opened, opened.frame.panes["gallery"]
    folder = tmp_path / "brought"
    folder.mkdir()
    digits = person.session.run.images("test").images
    board = (np.indices((8, 8)).sum(0) % 2 * 255).astype(np.uint8)
    for at in range(5):
        Image.fromarray(digits[at, ..., 0]).save(folder / f"digit {at}.png")
    Image.fromarray(board).save(folder / "planted.png")
    person.choose(pane.sources, "Odd images")
    person.choose(pane.controls.part, "New images")
    assert "Drop a folder of images" in pane.refusal.text() and pane.refusal.isVisible()
    person.drop(folder)
    person.click(person.button_in_dialog("explore_images"))
    person.until(lambda: len(person.session.selection.new) == 6)
    person.settled()
    # The list is of the folder, and stays in front.
    result, stacks = pane.result, pane.sides[0].stacks
    assert pane.source == "odd-images" and result.new and result.measured == 6
    assert result.names[0].endswith("planted.png") and result.p[0] == pytest.approx(1 / 41)
    assert "expected by chance" in pane.sides[0].heading.text()
    # The way to the guide stands above the pictures, or where these need the height beside what is chosen.
    links = pane.findChildren(QToolButton, "guide_odd_images")
    assert [link.isVisible() for link in links].count(True) == 1
    person.click(stacks, stacks.layer_rect(0, 0).center().toPoint())
    person.decoded()
    assert person.session.current.code.image.name == "planted.png"
    # The command lists the same, and a figure of it brings the list back.
    again = compute(person.session.run, settings_from("odd-images", pane.view_settings()))
    assert again.names == result.names
    np.testing.assert_allclose(again.p, result.p)
    settings = pane.settings()
    person.choose(pane.sources, "Reconstructions")
    person.settled()
    assert (
        pane.controls.part.currentData() == "test"
        and pane.settings()["part"] == "test"
        and not any(map(QToolButton.isVisible, links))
    )
    person.session.selection.select_new(())
    assert pane.restore("odd-images", settings)
    person.until(lambda: len(person.session.selection.new) == 6)
    person.settled()
    assert pane.source == "odd-images" and pane.result.names == result.names
