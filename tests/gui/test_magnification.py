"""How much the decoder stretches, under the latent grid: found, read, left alone while nothing changes, exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox

from latentexplorer.gui.panes.latent_grid.ground import STOPPED
from latentexplorer.gui.widgets.color_bar import ColorBar
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.views.registry import load_view, settings_from
from tests.gui.conftest import Person
from tests.gui.test_guide import palette_finds


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.mark.parametrize("family", ["vae", "pca"])
def test_rims_tell_how_much_each_cell_is_stretched(
    person: Person, make_run: Callable[..., Path], tmp_path: Path, family: str
) -> None:
    pane = person.open_run(make_run(f"model.family={family}"), "latent_grid")
    ground, grid, line = pane.ground, pane.grid, person.find("magnification_line")
    plain = grid.gap_px
    assert not line.isVisible() and "magnification" not in pane.command()

    # Found by a name that others give it; what is coloured is what the figure of the same plane says.
    palette_finds(person, "latent grid jacobian")
    person.settled()
    assert line.isVisible() and ground.action.isChecked() and pane.panel.magnification.isChecked()
    assert "magnification=true" in pane.command()
    result = load_view("latent-grid").compute(
        person.session.run, settings_from("latent-grid", [*pane.figure_settings(), "fade=false"])
    )
    np.testing.assert_allclose(ground.values, result.magnification, atol=1e-4)
    colors = {color.name() for color in grid._rims}
    grid.repaint()
    assert grid.gap_px > plain and "times" in pane._tip(0)
    # A linear decoder stretches alike everywhere: what is rounded differently has no colour of its own.
    assert len(colors) == 1 if family == "pca" else len(colors) > 3
    low, high = (float(end) for end in pane.ground.line.bar.ends)
    assert low < high

    # Nothing is measured twice; another plane is.
    known = ground._known
    fade.set_on(True)
    person.settled()
    fade.set_on(False)
    person.settled()
    assert ground._known is known
    pane._zoom(0.5)
    person.settled()
    assert ground._known is not known and ground.values.shape == pane.result.codes.shape[:2]

    # A press beside a picture, on its rim, is of that picture.
    rect = grid.rect_of(grid.columns + 1)
    assert grid.index_at(rect.topLeft() - (rect.topLeft() - grid.rect_of(0).bottomRight()) * 0.4) == grid.columns + 1

    file = person.export(pane, tmp_path / "grid.png")
    assert file.stat().st_size > 10_000
    pane._choose("choosing the number of images", n=4)
    person.frame.actions_table["undo"].trigger()
    person.frame.actions_table["undo"].trigger()
    person.frame.actions_table["undo"].trigger()
    person.settled()
    assert not line.isVisible() and grid._rims is None and not pane.panel.magnification.isChecked()


def test_measuring_is_stopped_with_a_word_and_taken_up_again(person: Person, make_run: Callable[..., Path]) -> None:
    pane = person.open_run(make_run("model.family=vae"), "latent_grid")
    person.click("plane_options_button")
    box, queue = person.find("plane_magnification", QCheckBox), person.session.jobs
    asked: list[str] = []

    def stop() -> None:
        for job in queue.jobs:
            asked.append(job.title)
            queue.cancel(job)

    queue.changed.connect(stop)
    person.qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    person.until(lambda: bool(asked))
    person.settled()
    queue.changed.disconnect(stop)
    assert pane.ground.line.sentence.text() == STOPPED and pane.grid._rims is None
    box.setChecked(False)
    box.setChecked(True)
    person.settled()
    assert pane.grid._rims is not None
    pane.panel.close()


def test_the_ground_of_a_map_is_found_told_refused_and_exported(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = person.open_run(make_run("model.family=cvae", "model.latent_dim=4"), "map")
    plot, line, words = pane.plot, person.find("map_ground_line"), person.find("map_ground_words")
    plain = plot.grab().toImage()
    assert not line.isVisible() and "magnification" not in pane.command()
    palette_finds(person, "map magnification")
    person.settled()
    assert pane.ground.action.isChecked() and "at the mean of the codes" in words.text()
    assert person.find("map_ground_bar", ColorBar).isVisible() and plot.grab().toImage() != plain
    # The figure of the command is what is seen: the same places, of the same class.
    y = person.session.current.code.y
    again = load_view("map").compute(person.session.run, settings_from("map", pane.figure_settings()))
    assert pane.ground.settings["label"] == person.session.run.class_names[y] and "label=" in pane.command()
    seen = plot.ground.ground
    assert np.abs(np.nanmean(seen.values) - np.nanmean(again.ground.values)) < 0.1
    # Another class is another decoder; the same one again is not measured anew.
    person.session.current.set_class((y + 1) % person.session.run.num_classes)
    person.settled()
    other = plot.ground.ground
    assert other is not seen and not np.array_equal(other.values, seen.values)
    pane.looks.changed.emit()
    person.settled()
    assert plot.ground.ground is other
    # A map whose places are none of the latent space says so at once, and has none.
    person.choose(pane.controls.methods, "t-SNE")
    assert plot.ground.ground is None or pane.layouts.running
    person.settled()
    assert plot.ground.ground is None and words.text().startswith("A place of a t-SNE map is no place")
    assert "magnification" not in pane.command() and not person.find("map_ground_bar", ColorBar).isVisible()
    person.choose(pane.controls.methods, "Dimensions")
    person.settled()
    assert plot.ground.ground is not None
    assert person.export(pane, tmp_path / "map.png").stat().st_size > 10_000
    pane.ground.action.trigger()
    assert plot.ground.ground is None and not line.isVisible()
