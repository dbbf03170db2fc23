"""The gallery as a person uses it: choose a source, click pictures, export what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QMenu
from pytestqt.qtbot import QtBot

from latentexplorer.gui.panes.gallery.pane import GalleryPane
from latentexplorer.gui.widgets.image_stacks import LEAST_PX, StackGrid, Stacks
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.conftest import Person


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def gallery(person: Person) -> GalleryPane:
    """The gallery of the run that is open, drawn."""
    person.frame.show_pane("gallery")
    pane = person.frame.panes["gallery"]
    assert isinstance(pane, GalleryPane)
    person.until(lambda: pane.result is not None)
    return pane


def new_result(person: Person, pane: GalleryPane, act: Callable[[], Any]) -> Any:
    """What the gallery shows after something was done."""
    before = pane.result
    act()
    person.until(lambda: pane.result is not before and pane.result is not None)
    return pane.result


def middle(stacks: Stacks, index: int, layer: int) -> QPoint:
    """Where a picture stands."""
    return stacks.layer_rect(index, layer).center().toPoint()


def entry(box: QComboBox, value: str) -> Any:
    """An entry of a choice."""
    return box.model().item(box.findData(value))  # type: ignore[attr-defined]


def as_exported(person: Person, pane: GalleryPane) -> Any:
    """What the figure that the pane would export shows."""
    from latentexplorer.views.registry import load_view, settings_from

    return load_view(pane.view_kind).compute(person.session.run, settings_from(pane.view_kind, pane.view_settings()))


def test_a_click_on_a_decode_makes_its_code_current(person: Person) -> None:
    pane = gallery(person)
    stacks = pane.sides[0].stacks
    result = pane.result
    person.click(stacks, middle(stacks, 3, 1))
    person.decoded()
    assert (person.session.current.code.part, person.session.current.code.index) == ("test", result.index[3])
    np.testing.assert_allclose(person.session.current.image, result.images[3], atol=1e-5)
    np.testing.assert_array_equal(stacks.layers[0][3], person.session.run.images("test").images[result.index[3]])
    assert stacks.current == 3


def test_the_keyboard_walks_the_pictures(person: Person) -> None:
    pane = gallery(person)
    stacks = pane.sides[0].stacks
    person.click(stacks, middle(stacks, 0, 0))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return):
        person.qtbot.keyClick(stacks, key)
    assert person.session.current.code.index == pane.result.index[1]


def test_sorting_and_a_class_show_the_worst_of_that_class(person: Person) -> None:
    pane = gallery(person)
    new_result(person, pane, lambda: person.choose(pane.controls.sort, "Worst first"))
    result = new_result(person, pane, lambda: person.choose(pane.controls.label, "3"))
    assert (result.labels == 3).all()
    assert (np.diff(result.errors) <= 0).all()
    everything = person.session.run.labels("test") == 3
    assert len(result.errors) == min(everything.sum(), pane.controls.count.value())
    shown = as_exported(person, pane)
    np.testing.assert_array_equal(shown.index, result.index)
    assert 'label="3"' in pane.command()


def test_new_draws_are_others_and_temperature_zero_is_the_mean(person: Person) -> None:
    pane = gallery(person)
    first = new_result(person, pane, lambda: person.choose(pane.sources, "Samples"))
    second = new_result(person, pane, lambda: person.click(pane.controls.draw))
    assert not np.array_equal(first.codes, second.codes)
    np.testing.assert_array_equal(as_exported(person, pane).codes, second.codes)
    pane.controls.temperature.slider.setFocus()
    cold = new_result(person, pane, lambda: person.qtbot.keyClick(pane.controls.temperature.slider, Qt.Key.Key_Home))
    person.until(lambda: not np.ptp(pane.result.codes))
    np.testing.assert_array_equal(pane.result.codes, np.zeros_like(cold.codes))
    assert pane.sides[1].isVisible()
    beside = pane.sides[1].stacks
    person.click(beside, middle(beside, 2, 0))
    assert person.session.current.code.index == pane.result.beside_index[2]


def test_draws_from_the_fitted_sampler_come_from_the_queue(person: Person) -> None:
    pane = gallery(person)
    new_result(person, pane, lambda: person.choose(pane.sources, "Samples"))
    result = new_result(person, pane, lambda: person.choose(pane.controls.draws_from, "Fitted sampler"))
    assert result.source == "fitted"


def test_class_decodes_are_the_median_codes(person: Person) -> None:
    pane = gallery(person)
    result = new_result(person, pane, lambda: person.choose(pane.sources, "Classes"))
    codes = person.session.run.codes["test"]
    stacks = pane.sides[0].stacks
    person.click(stacks, middle(stacks, 4, 0))
    np.testing.assert_allclose(
        person.session.current.code.z, np.median(codes.loc[codes.labels == 4], axis=0), rtol=1e-6
    )
    assert result.names[4] in person.session.current.code.how


def test_what_makes_no_sense_is_greyed_with_the_reason(person: Person) -> None:
    pane = gallery(person)
    assert not entry(pane.sources, "separation").isEnabled()
    assert "mixtures" in entry(pane.sources, "separation").toolTip()
    assert not entry(pane.sources, "selection").isEnabled()
    assert "lasso" in entry(pane.sources, "selection").toolTip()
    person.session.selection.select("train", [5, 9])
    assert entry(pane.sources, "selection").isEnabled()


def test_the_selection_is_shown_and_followed(person: Person) -> None:
    pane = gallery(person)
    person.session.selection.select("train", [5, 9, 200])
    result = new_result(person, pane, lambda: person.choose(pane.sources, "Selection"))
    assert result.index.tolist() == [5, 9, 200]
    result = new_result(person, pane, lambda: person.session.selection.select("train", [7]))
    assert result.index.tolist() == [7]
    assert as_exported(person, pane).index.tolist() == [7]
    person.session.selection.select("train", [])
    assert "lasso" in pane.refusal.text()


def test_the_menu_of_a_picture_makes_it_an_anchor(person: Person) -> None:
    pane = gallery(person)
    stacks = pane.sides[0].stacks
    person.click(stacks, middle(stacks, 2, 1))
    person.qtbot.keyClick(stacks, Qt.Key.Key_Menu)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(action for action in menu.actions() if action.text() == "Anchor B")
    person.qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert person.session.selection.anchors["B"].index == pane.result.index[2]


def test_a_separation_run_shows_mixture_parts_and_originals(person: Person, make_run: Callable[..., Path]) -> None:
    pane = gallery(person)
    person.session.open_run(make_run("model.family=separation-ae", "model.likelihood=laplace"))
    person.until(lambda: pane.source == "separation" and pane.view_kind == "separation")
    person.until(lambda: hasattr(pane.result, "mixtures"))
    stacks = pane.sides[0].stacks
    assert stacks.names == ("mixture", "part 1", "part 2", "original 1", "original 2")
    images = person.session.run.images("test").images
    first, second = pane.result.index[1]
    np.testing.assert_array_equal(stacks.layers[3][1], images[first])
    np.testing.assert_array_equal(stacks.layers[4][1], images[second])
    assert "Separation" in entry(pane.sources, "reconstructions").toolTip()
    person.click(stacks, middle(stacks, 1, 1))
    assert person.session.current.code.index == first


def test_a_frozen_gallery_keeps_what_it_shows(person: Person) -> None:
    pane = gallery(person)
    before = pane.result
    person.type("field_training.epochs", "100000")
    person.click("train_button")
    person.until(lambda: person.session.snapshots.following and person.session.run.path == person.session.training.path)
    person.until(lambda: pane.result is not None and pane.result is not before)
    person.click(pane.freeze_button)
    kept = pane.result
    epoch = person.session.run.epoch
    person.until(lambda: person.session.run.epoch > epoch)
    assert pane.result is kept
    person.click(pane.freeze_button)
    person.until(lambda: pane.result is not kept)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")


def test_held_out_images_come_back_with_the_next_run_that_has_some(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = gallery(person)
    assert pane.result.part == "test"
    few = np.random.default_rng(0).integers(0, 255, (12, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "few.npz", images=few)
    own = ("data.name=images", f"data.path={tmp_path / 'few.npz'}", "data.test_fraction=0.01")
    without = make_run(*own)
    person.open_run(without)
    assert pane.result.part == "train" and not entry(pane.controls.part, "test").isEnabled()
    person.open_run(make_run("model.family=vae"))
    assert pane.result.part == "test"
    # Who chose the training images keeps them.
    person.choose(pane.controls.part, "Training")
    person.open_run(without)
    person.open_run(make_run("model.family=vae"))
    assert pane.result.part == "train"


@pytest.mark.parametrize(("height", "whole"), [(200, True), (100, True), (60, False)])
def test_in_a_low_pane_stacks_are_smaller_before_one_is_cut(qtbot: QtBot, height: int, whole: bool) -> None:
    grid = StackGrid("low", 32)
    qtbot.addWidget(grid)
    grid.stacks.set_stacks([np.zeros((24, 8, 8, 1), np.uint8)] * 3, lambda index: None, [".05"] * 24)
    grid.resize(400, height)
    grid.show()
    assert (grid.stacks.rect_of(0).bottom() <= height) == whole
    assert grid.stacks.cell_px >= LEAST_PX and (grid.stacks.cell_px == LEAST_PX or whole)
