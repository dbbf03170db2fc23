"""Decision regions in the window: under grid and map and along a path, found, read, stopped, exported, refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.panes.map.pane import MapPane
from latentexplorer.gui.widgets.regions import STOPPED, judge_choice
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.views.judging import JudgedPath
from latentexplorer.views.map_regions import MapRegions
from latentexplorer.views.registry import load_view, settings_from
from tests.gui.conftest import Person
from tests.gui.test_guide import palette_finds


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def covers(pane: MapPane) -> bool:
    """Whether regions reach as far as the map does that is seen."""
    (left, right, bottom, top), seen = pane.regions.found.extent, pane.plot.box.viewRect()
    return left <= seen.left() and right >= seen.right() and bottom <= seen.top() and top >= seen.bottom()


def as_seen(pane: MapPane) -> bool:
    """Whether what is judged has the shape of the plot, or nearly."""
    area = pane.plot.box.sceneBoundingRect()
    return abs(pane.regions.settings["shape"] * area.height() / area.width() - 1) < 0.08


def wide(pane: MapPane) -> float:
    """How much of the map's first axis is judged."""
    left, right, _, _ = pane.regions.found.extent
    return float(right - left)


def cell_of(found: MapRegions) -> float:
    """Width of a place that is judged."""
    return (found.extent[1] - found.extent[0]) / found.regions.verdict.classes.shape[1]


def drag(person: Person, pane: MapPane, way: QPoint) -> None:
    """Drag the map with the right button, from its middle."""
    plot, place = pane.plot.viewport(), pane.plot.rect().center()
    person.qtbot.mousePress(plot, Qt.MouseButton.RightButton, pos=place)
    for at in (place + way / 2, place + way):
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            QPointF(plot.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.RightButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(plot, move)
    person.qtbot.mouseRelease(plot, Qt.MouseButton.RightButton, pos=place + way)


def test_grid_path_and_map_tell_the_class_that_their_figures_do(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    grid = person.open_run(make_run("model.family=pca", "model.latent_dim=3"), "latent_grid")
    frame, run = person.frame, person.session.run
    line = person.find("regions_grid_line")
    assert not line.isVisible() and "regions" not in grid.command()
    palette_finds(person, "decision boundary")
    person.settled()
    named = [frame.panes[name] for name in ("latent_grid", "map", "interpolation")]
    assert [switch(pane).on for pane in named].count(True) == 1
    for pane in named:
        switch(pane).action.setChecked(False)
    grid.panel.magnification.setChecked(True)
    grid.panel.regions.setChecked(True)
    person.settled()
    # Rims have one colour: the other instrument gave way.
    assert line.isVisible() and not grid.choice.magnification and not grid.ground.action.isChecked()
    figure = load_view("latent-grid").compute(run, settings_from("latent-grid", grid.figure_settings()))
    np.testing.assert_array_equal(grid.rims.regions.verdict.classes, figure.regions.verdict.classes)
    assert "held-out images" in grid.rims.switch.line.sentence.text() and "judged" in grid._tip(0)
    assert len({color.name() for color in grid.grid._rims}) > 1
    person.click("regions_grid_contours")
    person.settled()
    classes = grid.rims.regions.verdict.classes.ravel()
    assert judge_choice.contours and grid.grid._rims.edges
    assert all(classes[one] != classes[other] for one, other in grid.grid._rims.edges)
    grid.grid.repaint()
    known = grid.rims.regions
    grid._renew()
    person.settled()
    assert grid.rims.regions is known
    assert person.export(grid, tmp_path / "grid.png").stat().st_size > 5_000
    frame.actions_table["undo"].trigger()
    assert not judge_choice.contours and grid.choice.regions
    frame.actions_table["undo"].trigger()
    person.settled()
    assert not grid.choice.regions and not line.isVisible()
    judge_choice.draw_contours(True)

    path = frame.panes["interpolation"]
    frame.show_pane("interpolation")
    path.finder.pick_images()
    switch(path).action.trigger()
    frame.actions_table["undo"].trigger()
    assert not switch(path).on
    frame.actions_table["redo"].trigger()
    person.settled()
    found = switch(path).found
    assert isinstance(found, JudgedPath) and path.regions.band.isVisible()
    drawn = load_view("interpolation").compute(run, settings_from("interpolation", path.figure_settings()))
    assert [flip.at for flip in drawn.judged.flips] == pytest.approx([flip.at for flip in found.flips], abs=1e-3)
    words = switch(path).line.sentence.text()
    assert ("between images" in words) == bool(found.flips) and "right on" in words
    assert "judged" in path.path_view.tip(0) and path.path_view.judged.verdict.classes.shape == (10,)
    path.regions.band.repaint()
    path.race.action.setChecked(True)
    person.settled()
    assert not switch(path).line.isVisible()
    path.race.action.setChecked(False)

    made = frame.panes["map"]
    frame.show_pane("map")
    made.ground.action.trigger()
    switch(made).action.trigger()
    # One step: what gave way comes back with it.
    frame.actions_table["undo"].trigger()
    assert made.ground.action.isChecked() and not switch(made).on
    frame.actions_table["redo"].trigger()
    person.settled()
    assert not made.ground.action.isChecked()
    assert made.plot.regions.shown and "each place decodes to" in switch(made).line.sentence.text()
    assert "points decode to" in switch(made).line.sentence.text()
    assert "figure decision-regions" in made.command() and "under=map" in made.command()
    same = load_view("decision-regions").compute(run, settings_from("decision-regions", made.figure_settings()))
    np.testing.assert_array_equal(same.regions.verdict.classes, made.regions.found.regions.verdict.classes)
    assert made.plot.regions._lines
    made.plot.grab()
    # All that is seen of the plane is judged, also when the window has another shape.
    for size in ((1280, 800), (1024, 900)):
        person.frame.resize(*size)
        person.until(lambda: made.regions.found is not None and covers(made) and as_seen(made))
        assert f"shape={made.regions.settings['shape']}" in made.command()
    # So is what is seen of a map that is dragged far, or looked at closely; what is said stays meanwhile.
    whole, said = made.regions.found, switch(made).line.sentence.text()
    drag(person, made, QPoint(160, 90))
    assert not covers(made)
    words = set()

    def followed() -> bool:
        words.add(switch(made).line.sentence.text())
        return made.regions.found is not None and covers(made)

    person.until(followed)
    assert words == {said}
    made.plot.setFocus()
    for _ in range(8):
        person.qtbot.keyClick(made.plot, Qt.Key.Key_Plus)
    person.until(lambda: made.regions.found is not None and wide(made) < 2 * made.plot.box.viewRect().width())
    assert covers(made) and cell_of(made.regions.found) < cell_of(whole) / 2
    made.plot.fit()
    # Its axis may be a little wider by now, so the plot has another shape.
    person.until(lambda: made.regions.found is not None and abs(cell_of(made.regions.found) / cell_of(whole) - 1) < 0.2)
    assert covers(made)
    person.find("regions_map_contours").click()
    assert not made.plot.regions._lines and "contours=false" in made.command()
    switch(made).action.setChecked(False)
    person.settled()
    assert not made.plot.regions.shown and "figure map" in made.command()

    # Stopped with a word, and taken up again.
    frame.show_pane("latent_grid")
    grid._choose("choosing the number of images", n=4)
    person.settled()
    queue, asked = person.session.jobs, []

    def stop() -> None:
        for job in queue.jobs:
            asked.append(job.title)
            queue.cancel(job)

    queue.changed.connect(stop)
    switch(grid).action.setChecked(True)
    person.until(lambda: bool(asked))
    person.settled()
    queue.changed.disconnect(stop)
    assert switch(grid).line.sentence.text() == STOPPED and grid.grid._rims is None
    grid.panel.regions.setChecked(False)
    grid.panel.regions.setChecked(True)
    person.settled()
    assert grid.grid._rims is not None
    # A file that is no classifier is refused where the regions would be told, in every pane alike.
    (tmp_path / "wrong.onnx").write_text("nothing")
    judge_choice.choose(str(tmp_path / "wrong.onnx"))
    person.settled()
    assert "no sound ONNX file" in switch(grid).line.sentence.text() and grid.grid._rims is None
    judge_choice.choose("")
    person.settled()
    assert grid.rims.regions is not None


def test_in_a_low_pane_the_strip_keeps_its_room_beside_the_classes(
    person: Person, make_run: Callable[..., Path]
) -> None:
    person.open_run(make_run("model.family=cvae"))
    person.frame.arrangement.choose(EXPLORE)
    person.frame.hint.dismiss()
    path = person.show("interpolation")
    path.finder.pick_images()
    person.settled()
    switch(path).action.trigger()
    person.settled()
    QApplication.processEvents()
    assert path.regions.band.isVisible() and path.path_view.height() >= path.path_view.minimumSizeHint().height()


def switch(pane):  # type: ignore[no-untyped-def]
    """The switch of a pane that has regions."""
    return (pane.rims if hasattr(pane, "rims") else pane.regions).switch
