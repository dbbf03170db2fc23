"""The map is searched by keyboard: counted, completed, selected, seen in the Gallery, and kept in the figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from latentexplorer.figures import read_recipe
from latentexplorer.gui.panes.map.pane import MapPane
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.conftest import Person

VAE = ("model.family=vae", "model.latent_dim=4", "data.train_per_class=40")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def pane(person: Person, make_run: Callable[..., Path]) -> MapPane:
    """The map of an open run."""
    person.open_run(make_run(*VAE))
    found = person.frame.panes["map"]
    assert isinstance(found, MapPane)
    person.until(lambda: found.result is not None)
    person.settled()
    return found


def search(person: Person, pane: MapPane, text: str) -> QLineEdit:
    """Open the line with Ctrl+F in the map and type."""
    pane.plot.setFocus()
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    line = person.find("map_search", QLineEdit)
    assert isinstance(line, QLineEdit)
    person.until(line.isVisible)
    person.settled()
    person.qtbot.keyClicks(line, text)
    pane.search.offers.hide()
    person.settled()
    return line


def counted(person: Person) -> str:
    label = person.find("map_found")
    return str(label.text()) if label.isVisible() else ""


def test_what_is_found_stands_out_becomes_the_selection_and_is_seen_in_the_gallery(
    person: Person, pane: MapPane
) -> None:
    line = search(person, pane, "class = 3 or class = 4")
    labels = pane.result.labels
    np.testing.assert_array_equal(pane.plot.cloud.selected, np.isin(labels, (3, 4)))
    assert counted(person) == "80 of 400" and not len(person.session.selection.images[1])
    person.qtbot.keyClick(line, Qt.Key.Key_Return)
    index = pane.result.index[np.isin(labels, (3, 4))]
    np.testing.assert_array_equal(person.session.selection.images[1], np.sort(index))
    # Nothing is searched any more; what was found is selected, and the line under the map says where it is.
    assert not line.isVisible() and pane.plot.cloud.selected.sum() == 80
    assert person.find("map_selected").text() == "80 of 400 selected"
    person.frame.docks["gallery"].close()
    person.click("map_to_gallery")
    gallery = person.frame.panes["gallery"]
    person.until(gallery.isVisible)
    person.settled()
    assert gallery.source == "selection" and "80 selected" in gallery.header.subtitle.text()
    person.click("map_clear")
    assert not person.find("map_selection_line").isVisible() and pane.plot.cloud.selected is None


def test_a_selection_that_is_elsewhere_is_counted_too(person: Person, pane: MapPane) -> None:
    person.session.selection.select("test", [1, 2, 3])
    assert person.find("map_selected").text() == "3 selected, none on this map"
    person.session.selection.select("train", [0])
    assert person.find("map_selected").text() == "1 of 400 selected"


def test_escape_lets_the_search_go_and_then_the_selection(person: Person, pane: MapPane) -> None:
    person.session.selection.select("train", [0, 1])
    line = search(person, pane, "kl > 0")
    assert counted(person) == "400 of 400" and pane.plot.cloud.selected.sum() == 400
    person.qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not line.isVisible() and pane.plot.cloud.selected.sum() == 2
    assert person.frame.focusWidget() is pane.plot
    search(person, pane, "3")
    assert counted(person) == "40 of 400"
    pane.plot.setFocus()
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Escape)
    assert not line.isVisible() and len(person.session.selection.images[1]) == 2
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Escape)
    assert not len(person.session.selection.images[1])
    assert search(person, pane, "").text() == ""


def test_what_is_not_understood_is_said_and_nothing_is_dimmed(person: Person, pane: MapPane) -> None:
    for text in ("erorr > 1", "error >", "(3", "class = 12", "z0 ~ 3", "'3"):
        line = search(person, pane, text)
        trouble = person.find("map_search_trouble")
        assert trouble.isVisible() and trouble.text() and counted(person) == ""
        assert pane.plot.cloud.selected is None and not person.find("map_search_select").isEnabled()
        # And nothing of it goes into a figure.
        assert not [setting for setting in pane.view_settings() if setting.startswith("where")]
        if text.startswith("erorr"):
            assert "There is no column 'erorr'; columns are class, error, kl" in trouble.text()
        line.clear()


def test_errors_are_worked_out_when_they_are_asked_for_and_the_figure_keeps_the_search(
    person: Person, pane: MapPane, tmp_path: Path
) -> None:
    line = search(person, pane, "error > 0,2 and not class = 3")
    person.until(lambda: counted(person).endswith("of 400"))
    found = pane.plot.cloud.selected
    assert 0 < found.sum() < 400
    settings = read_recipe(person.export(pane, tmp_path / "map.png")).view_settings()
    assert settings.where == "error > 0,2 and not class = 3"
    from latentexplorer.views.map import compute

    made = compute(person.session.run, settings)
    np.testing.assert_array_equal(made.found, found)
    person.qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert pane.plot.cloud.selected is None
    assert pane.restore("map", settings.model_dump(exclude_unset=True))
    person.settled()
    assert line.isVisible() and line.text() == settings.where
    person.until(lambda: pane.plot.cloud.selected is not None)
    np.testing.assert_array_equal(pane.plot.cloud.selected, found)


def test_names_are_completed(person: Person, pane: MapPane) -> None:
    person.session.bookmarks.add("my favourite", person.session.current.code_of("train", int(pane.result.index[5])))
    pane.plot.setFocus()
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    line = person.find("map_search", QLineEdit)
    person.settled()
    person.qtbot.keyClicks(line, "book")
    person.until(pane.search.offers.isVisible)
    person.qtbot.keyClick(pane.search.offers, Qt.Key.Key_Down)
    person.qtbot.keyClick(pane.search.offers, Qt.Key.Key_Return)
    assert line.text() == "bookmark"
    person.qtbot.keyClicks(line, " = my")
    person.qtbot.keyClick(pane.search.offers, Qt.Key.Key_Down)
    person.qtbot.keyClick(pane.search.offers, Qt.Key.Key_Return)
    assert line.text() == 'bookmark = "my favourite"'
    person.settled()
    assert counted(person) == "1 of 400" and pane.plot.cloud.selected[5]
    # Esc closes the list first.
    person.qtbot.keyClicks(line, " or cl")
    person.until(pane.search.offers.isVisible)
    person.qtbot.keyClick(pane.search.offers, Qt.Key.Key_Escape)
    assert not pane.search.offers.isVisible() and line.isVisible()
    assert QApplication.activePopupWidget() is None
    person.settled()


def test_a_search_goes_on_over_other_points_and_ends_with_the_run(
    person: Person, pane: MapPane, make_run: Callable[..., Path]
) -> None:
    line = search(person, pane, "class = 3")
    cloud = pane.plot.cloud
    lit: list[tuple[int, int]] = []
    pane.light.changed.connect(
        lambda: lit.append((len(cloud.coords), len(cloud.coords if cloud.selected is None else cloud.selected)))
    )
    parts = person.find("map_part")
    for part in ("test", "train"):
        parts.setCurrentIndex(parts.findData(part))
        parts.activated.emit(parts.currentIndex())
        person.until(lambda part=part: pane.result.part == part)
        person.settled()
        np.testing.assert_array_equal(cloud.selected, pane.result.labels == 3)
        assert counted(person) == f"{(pane.result.labels == 3).sum()} of {len(pane.result.index)}"
    # Meanwhile, too, no point stands out by what was found among others.
    assert lit and all(points == told for points, told in lit)
    person.open_run(make_run("model.family=ae", "model.latent_dim=3"))
    person.until(lambda: pane.result is not None)
    person.settled()
    assert not line.isVisible() and pane.plot.cloud.selected is None


def test_the_search_is_found_in_the_command_palette(person: Person, pane: MapPane) -> None:
    offers = {offer.name: offer for offer in pane.offers()}
    offers["Search the map…"].do()
    assert person.find("map_search").isVisible()
