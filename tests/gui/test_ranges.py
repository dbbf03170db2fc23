"""Ranges in the window: whose they are, ends that are typed, and arrows to a code that lies outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.figures import read_recipe
from latentexplorer.gui.panes.map.axes import edge_of
from latentexplorer.gui.panes.traversal.dimension_rows import DimensionRow
from latentexplorer.gui.window.workspaces import ALL, EXPLORE
from latentexplorer.views import VIEWS, settings_from
from tests.gui.conftest import Person
from tests.gui.written import written

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def opened(person: Person, path: Path, name: str, at: tuple[float, ...]) -> Any:
    """A pane with a code that somebody else made current."""
    pane = person.open_run(path, name)
    person.session.current.set(np.array(at, np.float32), how="from a test")
    person.settled()
    return pane


def again(pane: Any) -> Any:
    """What the figure's command makes."""
    kind = pane.view_kind
    return VIEWS.load(kind).compute(pane.session.run, settings_from(kind, pane.figure_settings()))


def type_into(person: Person, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    person.qtbot.keyClicks(field, text)
    person.qtbot.keyClick(field, Qt.Key.Key_Return)


def test_the_ends_of_a_narrow_range_are_whole_beside_their_slider(qtbot: QtBot) -> None:
    around = QWidget()
    qtbot.addWidget(around)
    row = DimensionRow(0, around)
    row.resize(400, 112)
    row.set_span(-4, 4)
    row.place(30, 150, 28)
    for low, high in ((-4, 4), (-0.1763, -0.0781), (-0.0021, 0.0011)):
        row.set_span(low, high)
        found = written(row.ends)
        assert len(found) == 2
        for text in found:
            assert row.ends.rect().toRectF().adjusted(-1, -1, 1, 1).contains(text.place), text
        assert row.slider.track().width() > 100


@pytest.mark.parametrize("dims", [2, 5])
def test_an_arrow_at_the_edge_of_the_grid_leads_to_a_code_outside(
    person: Person, make_run: Callable[..., Path], dims: int
) -> None:
    pane = opened(person, make_run("model.family=vae", f"model.latent_dim={dims}"), "latent_grid", (9.0,) * dims)
    grid = pane.grid
    assert grid.place.outside and grid.current == -1
    edge = grid._edge()
    assert edge is not None and grid.area().contains(edge)
    if dims == 2:
        assert (edge.x(), edge.y()) == pytest.approx((grid.area().right(), grid.area().top()), abs=4)
        assert "z0 = 9.0, z1 = 9.0" in grid.outside_tip()
    code, before = person.session.current.code, pane.result
    person.qtbot.mouseClick(grid, LEFT, pos=edge.toPoint())
    person.until(lambda: pane.result is not before)
    person.settled()
    # It shows where the code is, and chooses none of its own.
    assert person.session.current.code is code
    rows, columns = pane.result.codes.shape[:2]
    place = grid.place
    assert not place.outside and place.on_plane and grid._edge() is None
    assert (place.column, place.row) == pytest.approx(((columns - 1) / 2, (rows - 1) / 2), abs=1e-3)
    np.testing.assert_allclose(again(pane).codes, pane.result.codes, atol=1e-5)


@pytest.mark.parametrize("workspace", [ALL])
def test_what_the_grid_spans_is_said_chosen_and_typed_at_its_ends(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = person.open_run(make_run("model.family=vae", "model.latent_dim=2"), "latent_grid")
    first = pane.result
    assert "spans the prior" in pane.header.subtitle.text()
    pane._open_panel_at("")
    person.until(pane.panel.isVisible)
    assert "across: prior −1." in pane.panel.spans.text()
    for key, words in (("codes", "spans the codes"), ("three", "")):
        before = pane.result
        person.qtbot.mouseClick(pane.panel.findChild(QToolButton, f"plane_range_{key}"), LEFT)
        person.until(lambda before=before: pane.result is not before)
        person.settled()
        assert ("spans" in pane.header.subtitle.text()) == bool(words) and words in pane.header.subtitle.text()
        np.testing.assert_allclose(again(pane).codes, pane.result.codes, atol=1e-5)
    assert pane.result.x[[0, -1]].tolist() == [-3, 3] and "range=[-3.0, 3.0]" in pane.view_settings()
    pane.panel.hide()
    # A double click below the first column is about the lower end across.
    area = pane.grid.area()
    person.qtbot.mouseDClick(pane.grid, LEFT, pos=QPoint(int(area.left()) + 4, int(area.bottom()) + 12))
    field = pane.panel.findChild(QLineEdit, "plane_x_low")
    person.until(field.hasFocus)
    type_into(person, field, "-7.5")
    person.until(lambda: pane.result.x[0] == pytest.approx(-7.5))
    pane.panel.hide()
    person.settled()
    file = person.export(pane, tmp_path / "grid.png")
    assert read_recipe(file).view_settings().x_range == pytest.approx((-7.5, 3.0))
    typed = pane.result
    person.click("latent_grid_reset")
    person.until(lambda: np.array_equal(pane.result.x, first.x))
    person.drop(file)
    person.until(lambda: np.array_equal(pane.result.codes, typed.codes))


def test_pictures_fill_a_grid_of_any_shape(person: Person, make_run: Callable[..., Path]) -> None:
    pane = person.open_run(make_run("model.family=vae", "model.latent_dim=2"), "latent_grid")
    dock = person.frame.docks["latent_grid"]
    for size in ((900, 240), (260, 700)):
        dock.setFloating(True)
        dock.resize(*size)
        person.settled()
        area, room = pane.grid.area(), pane.grid.room
        assert area.width() * area.height() > 0.7 * room[0] * room[1]
        assert pane.grid.height() > 0.75 * pane.content.height()
        result = again(pane)
        assert result.images.shape == pane.result.images.shape
        np.testing.assert_allclose(result.codes, pane.result.codes, atol=1e-5)
        dock.setFloating(False)


def test_a_slider_says_where_it_ends_and_where_its_value_lies_beyond(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = opened(person, make_run("model.family=vae", "model.latent_dim=3"), "traversal", (0.0, -9.0, 0.3))
    rows = pane.rows.rows
    assert [rows[at].slider.slider.beyond for at in range(3)] == [0, -1, 0]
    # A picture is framed only where it is the current one; else a mark lies between two, or an arrow at the end.
    assert [rows[at].strip.current for at in range(3)] == [4, -1, -1]
    assert [rows[at].strip.beyond for at in range(3)] == [0, -1, 0]
    code = person.session.current.code
    pane.rows.ensureWidgetVisible(rows[1])
    person.settled()
    person.qtbot.mouseClick(rows[1].strip, LEFT, pos=rows[1].strip._edge().toPoint())
    person.until(lambda: rows[1].slider.slider.beyond == 0)
    person.settled()
    assert person.session.current.code is code and rows[1].strip.current == 4
    # Other ends are typed; the figure has them, and brings them back.
    person.qtbot.mouseClick(rows[2].label, LEFT)
    low, high = pane.ranges.panel.ends
    type_into(person, low, "9")
    assert pane.ranges.panel.problem.isVisible() and pane.ranges.panel.isVisible()
    high.setText("12")
    type_into(person, low, "-1.5")
    person.until(lambda: rows[2].ends.span == (-1.5, 12.0))
    person.settled()
    result = again(pane)
    for dimension, images, values in zip(result.dims, result.images, result.values, strict=True):
        np.testing.assert_allclose(rows[int(dimension)].values, values)
        np.testing.assert_allclose(rows[int(dimension)].strip.images, images, atol=1e-5)
    file = person.export(pane, tmp_path / "rows.png")
    pane.open_range()
    person.qtbot.mouseClick(pane.ranges.panel.findChild(QToolButton, "traversal_range_three"), LEFT)
    person.until(lambda: rows[2].ends.span == (-3.0, 3.0))
    pane.ranges.panel.hide()
    assert "range=[-3.0, 3.0]" in pane.view_settings()
    person.drop(file)
    shown = set(pane.rows.shown_dimensions)
    person.until(lambda: 2 not in shown or rows[2].ends.span == (-1.5, 12.0))
    person.settled()


def test_a_map_has_ticks_where_they_mean_something_and_points_to_codes_out_of_sight(
    person: Person, make_run: Callable[..., Path]
) -> None:
    path = make_run("model.family=ae", "model.latent_dim=2")
    pane = opened(person, path, "map", (40.0, 0.0))
    plot = pane.plot
    assert plot.getAxis("bottom").isVisible()
    area = plot.box.sceneBoundingRect()
    edge = edge_of(plot._mark_places()[0], area)
    assert edge is not None
    code = person.session.current.code
    person.qtbot.mouseClick(plot.viewport(), LEFT, pos=edge.toPoint())
    assert person.session.current.code is code
    assert (plot._mark_places()[0] - area.center()).manhattanLength() <= 1
    pane.controls.restore({"method": "tsne", "steps": 20, "part": "train", "color_by": "class"})
    pane.lay_out()
    person.until(lambda: pane.result.method == "tsne")
    person.settled()
    assert not plot.getAxis("bottom").isVisible() and not plot.getAxis("left").isVisible()
