"""The latent grid with pointer and keyboard: walked, moved, zoomed, laid through a code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from latentexplorer.gui.panes.latent_grid.asked import laid_through
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.window.workspaces import ALL, EXPLORE
from latentexplorer.runs import Trained
from latentexplorer.views.code import Code
from latentexplorer.views.latent_grid import Settings, compute
from latentexplorer.views.plane import place_of, shown_range
from tests.gui.conftest import Person

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def shown(person: Person, make_run: Callable[..., Path]) -> Callable[..., None]:
    """Open a run and wait for its grid."""

    def show(*changes: str) -> None:
        person.open_run(make_run(*changes))
        person.until(lambda: person.frame.panes["latent_grid"].result is not None)

    return show


def names(result: Any) -> list[str]:
    """What the axes are, without what is remarked about them."""
    return [name.split(" (")[0] for name in result.axes]


def cell(person: Person, column: int, row: int) -> QPoint:
    grid = person.frame.panes["latent_grid"].grid
    return grid.rect_of(row * grid.columns + column).center().toPoint()


def drag(person: Person, places: list[QPoint], keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    grid = person.frame.panes["latent_grid"].grid
    person.qtbot.mousePress(grid, LEFT, keys, places[0])
    for place in places[1:]:
        person.qtbot.mouseMove(grid, place)
        # The offscreen platform reports moves without buttons: say what the real one says.
        event = QMouseEvent(
            QMouseEvent.Type.MouseMove, QPointF(place), QPointF(grid.mapToGlobal(place)), LEFT, LEFT, keys
        )
        QApplication.sendEvent(grid, event)
    person.qtbot.mouseRelease(grid, LEFT, keys, places[-1])


def test_a_drag_walks_through_the_plane_and_is_one_step_back(person: Person, shown: Callable[..., None]) -> None:
    shown()
    pane = person.frame.panes["latent_grid"]
    start = person.session.current.code
    seen: list[np.ndarray] = []
    person.session.current.changed.connect(lambda code: seen.append(code.z))
    between = (cell(person, 4, 2) + cell(person, 5, 2)) / 2
    drag(person, [cell(person, 2, 2), between, cell(person, 7, 2), cell(person, 9, 2)])
    person.decoded()
    # On the way it passed between two cells, and it ends exactly at the last one's place.
    x = pane.result.x
    assert any(x[4] < z[0] < x[5] for z in seen)
    np.testing.assert_allclose(person.session.current.code.z, pane.result.codes[2, 9], atol=0.05)
    np.testing.assert_array_equal(
        person.find("decoded_image").image, person.session.run.decode(person.session.current.code.z[None])[0]
    )
    person.qtbot.keyClick(person.frame, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert person.session.current.code.same(start)


@pytest.mark.parametrize("workspace", [ALL])
def test_shift_and_drag_moves_the_plane_and_reset_brings_it_back(person: Person, shown: Callable[..., None]) -> None:
    shown()
    pane = person.frame.panes["latent_grid"]
    first, code = pane.result, person.session.current.code
    drag(
        person,
        [cell(person, 6, 6), cell(person, 7, 6), cell(person, 8, 6)],
        Qt.KeyboardModifier.ShiftModifier,
    )
    person.until(lambda: pane.result is not first and pane.result.x[0] < first.x[0])
    person.settled()
    step = (first.x[-1] - first.x[0]) / (len(first.x) - 1)
    assert pane.result.x[0] == pytest.approx(first.x[0] - 2 * step, rel=0.05)
    np.testing.assert_allclose(pane.result.y[[0, -1]], first.y[[0, -1]], rtol=1e-4)
    assert person.session.current.code is code
    person.click("latent_grid_reset")
    person.until(lambda: np.array_equal(pane.result.x, first.x))
    assert pane.view_settings() == ["axes=dims", "n=12"]


def test_the_wheel_zooms_around_the_pointer(person: Person, shown: Callable[..., None]) -> None:
    shown()
    pane = person.frame.panes["latent_grid"]
    first = pane.result
    place = cell(person, 9, 3)
    event = QWheelEvent(
        QPointF(place),
        QPointF(pane.grid.mapToGlobal(place)),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane.grid, event)
    person.until(lambda: pane.result is not first)
    person.settled()
    assert np.ptp(pane.result.x) < 0.8 * np.ptp(first.x)
    # What was under the pointer is there still.
    assert pane.result.x[9] == pytest.approx(first.x[9], abs=0.02)
    assert pane.result.y[3] == pytest.approx(first.y[3], abs=0.02)


def test_plus_minus_and_nought_on_the_keyboard(person: Person, shown: Callable[..., None]) -> None:
    shown()
    pane = person.frame.panes["latent_grid"]
    first = pane.result
    pane.grid.setFocus()
    person.qtbot.keyClick(pane.grid, Qt.Key.Key_Plus)
    person.until(lambda: np.ptp(pane.result.x) < np.ptp(first.x))
    person.settled()
    person.qtbot.keyClick(pane.grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    before = pane.result
    person.until(lambda: pane.result.x[0] > before.x[0])
    person.settled()
    person.click("latent_grid_reset")
    person.until(lambda: np.array_equal(pane.result.x, first.x))


def test_what_is_on_the_screen_is_the_plane_as_it_is_now(person: Person, request: pytest.FixtureRequest) -> None:
    pane = person.frame.panes["latent_grid"]

    def greys() -> np.ndarray:
        """Mean grey of each picture's place on the screen."""
        picture = pane.grid.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
        places = [pane.grid.rect_of(index).toRect() for index in range(len(pane.grid))]
        return np.array([pixels[at.top() : at.bottom() + 1, at.left() : at.right() + 1].mean() for at in places])

    def wanted(result: Any) -> np.ndarray:
        return 255 * result.images.reshape(len(pane.grid), -1).mean(1)

    def on_the_screen() -> bool:
        # Some cells have a mark on them.
        return bool(np.median(np.abs(greys() - wanted(pane.result))) < 2)

    # Drawn pixel by pixel, some pixels of a small picture are wider than others.
    smooth = person.frame.actions_table["smooth"]
    request.addfinalizer(partial(picture_style.set_smooth, picture_style.smooth))
    smooth.trigger()
    assert on_the_screen()
    first = pane.result
    pane.grid.setFocus()
    for _ in range(3):
        person.qtbot.keyClick(pane.grid, Qt.Key.Key_Plus)
    person.until(lambda: pane.result is not first)
    person.settled()
    assert np.ptp(pane.result.x) < 0.8 * np.ptp(first.x)
    assert on_the_screen()
    person.frame.resize(person.frame.width() + 160, person.frame.height() + 90)
    person.settled()
    assert on_the_screen()


@pytest.mark.parametrize("workspace", [ALL])
def test_a_plane_through_the_current_code_frames_it_exactly(person: Person, shown: Callable[..., None]) -> None:
    shown("model.latent_dim=8")
    pane = person.frame.panes["latent_grid"]
    person.session.current.pick_image("test", 3)
    # A code of eight numbers lies beside the plane of two directions: only the place nearest to it is marked.
    assert not pane.grid.place.on_plane
    assert pane.grid.current == -1
    before = pane.result
    person.click("latent_grid_centre")
    person.until(lambda: pane.result is not before)
    person.settled()
    assert pane.grid.place.on_plane
    assert (pane.grid.place.column, pane.grid.place.row) == pytest.approx((5.5, 5.5), abs=1e-3)
    assert 'centre="test:3"' in pane.view_settings()
    # The figure shows the same plane.
    from latentexplorer.core.settings_text import parse_setting
    from latentexplorer.views.registry import load_view, settings_of

    settings = settings_of("latent-grid", dict(map(parse_setting, pane.view_settings())))
    again = load_view("latent-grid").compute(person.session.run, settings)
    np.testing.assert_array_equal(again.codes, pane.result.codes)
    np.testing.assert_allclose(again.images, pane.result.images, atol=1e-5)


def test_dimensions_are_chosen_and_never_the_same_twice(person: Person, shown: Callable[..., None]) -> None:
    shown("model.latent_dim=8")
    pane = person.frame.panes["latent_grid"]
    kind, across = person.find("plane_axes"), person.find("plane_across")
    kind.setFocus()
    person.qtbot.keyClick(kind, Qt.Key.Key_Up)
    person.until(lambda: names(pane.result) == ["z0", "z1"])
    across.setFocus()
    person.qtbot.keyClick(across, Qt.Key.Key_Down)
    person.until(lambda: names(pane.result) == ["z1", "z0"])


def test_a_rectangle_is_typed_and_a_wrong_one_is_told(person: Person, shown: Callable[..., None]) -> None:
    shown()
    pane = person.frame.panes["latent_grid"]
    person.click("plane_options_button")
    assert pane.panel.isVisible()
    field = pane.panel.findChild(QLineEdit, "plane_x_low")
    before = pane.result
    field.setFocus()
    field.selectAll()
    person.qtbot.keyClicks(field, "9")
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert pane.panel.problem.isVisible()
    assert pane.result is before
    field.selectAll()
    person.qtbot.keyClicks(field, "-0.5")
    person.qtbot.keyClick(field, Qt.Key.Key_Return)
    person.until(lambda: pane.result.x[0] == -0.5)
    assert not pane.panel.problem.isVisible()
    pane.panel.hide()


def test_codes_are_laid_over_the_plane_in_the_colours_of_their_classes(
    person: Person, shown: Callable[..., None]
) -> None:
    shown()
    pane = person.frame.panes["latent_grid"]
    person.click("plane_options_button")
    pane.panel.dots.click()
    dots = pane.grid._dots
    assert len(dots) == len(np.unique(person.session.run.labels("train")))
    pane.panel.hide()
    loc = person.session.run.codes["train"].loc
    x, y = pane.result.x, pane.result.y
    inside = ((loc > [x[0], y[-1]]) & (loc < [x[-1], y[0]])).all(1).sum()
    assert sum(len(cells) for _, cells in dots) >= inside > 0


def test_the_class_is_chosen_beside_the_grid(person: Person, shown: Callable[..., None]) -> None:
    shown("model.family=cvae")
    pane = person.frame.panes["latent_grid"]
    choice = person.find("plane_class")
    assert choice.isVisible()
    y = (person.session.current.code.y + 1) % 10
    person.choose(choice, str(y))
    person.until(lambda: person.session.current.code.y == y and pane.result.label == y)
    person.settled()
    np.testing.assert_allclose(
        pane.result.images[0, 0], person.session.run.decode(pane.result.codes[0, :1], np.array([y]))[0], atol=1e-5
    )


def test_a_figure_of_a_plane_is_shown_again(person: Person, shown: Callable[..., None]) -> None:
    shown()
    pane = person.frame.panes["latent_grid"]
    settings = {"axes": "dims", "dims": (1, 0), "n": 6, "x_range": (-1.0, 1.0), "y_range": (0.0, 2.0)}
    assert pane.restore("latent-grid", settings)
    person.until(lambda: len(pane.result.x) == 6)
    assert names(pane.result) == ["z1", "z0"]
    assert shown_range(pane.result) == ((-1.0, 1.0), (0.0, 2.0))
    assert not pane.restore("map", {})


def test_a_plane_of_an_old_figure_is_laid_through_another_code(small_run: Callable[..., Trained]) -> None:
    """Its values are counted from the code that it went through."""
    run = small_run("ae", "model.latent_dim=4")
    old = Settings(axes="directions", n=3, centre="train:1", origin="centre", x_range=(-1, 1), y_range=(-1, 1))
    code = Code(run.codes["train"].loc[2])
    plane = compute(run, laid_through(old, run, compute(run, old), code))
    place = place_of(plane, code.z)
    assert place.on_plane and (place.column, place.row) == pytest.approx((1, 1), abs=1e-3)
    assert shown_range(plane) == ((-1, 1), (-1, 1))


def reset_layout(person: Person, path: Path) -> None:
    person.frame.arrangement.choose("explore")
    person.open_run(path)
    person.frame.reset_layout()


def open_out_of_sight(person: Person, path: Path) -> None:
    person.frame.arrangement.choose("compare")
    person.open_run(path)
    person.frame.arrangement.choose("explore")


@pytest.mark.parametrize("do", [reset_layout, open_out_of_sight])
def test_rows_and_columns_follow_the_size_that_the_grid_has_in_the_end(
    person: Person, make_run: Callable[..., Path], do: Callable[[Person, Path], None]
) -> None:
    do(person, make_run())
    person.settled()
    pane = person.frame.panes["latent_grid"]
    rows, columns = pane.result.codes.shape[:2]
    width, height = pane.grid.room
    # Square pictures that fill the room but for less than one more of them, about as many as were chosen.
    cell = min(width / columns, height / rows)
    assert max(width - columns * cell, height - rows * cell) < 1.5 * cell
    assert 100 < rows * columns < 200
    # Its figure is the one that was seen, also while the pane is away.
    person.frame.arrangement.choose("compare")
    person.settled()
    assert pane.view_settings()[1:] == [f"n={columns}", f"rows={rows}"]


def test_a_plane_of_the_run_before_is_not_laid_through_a_code_of_another(
    person: Person, shown: Callable[..., None], make_run: Callable[..., Path]
) -> None:
    shown("model.latent_dim=5")
    pane = person.frame.panes["latent_grid"]
    choice = pane.choice
    person.frame.docks["latent_grid"].close()
    person.open_run(make_run("model.latent_dim=3"))
    # From the palette, say: the pane draws the other run when it is seen again.
    pane.centre()
    pane.row.chosen.emit("nearby", 0, 1)
    pane.reset()
    assert not person.failures
    person.frame.docks["latent_grid"].show()
    person.until(lambda: pane.result is not None)
    assert pane.result.codes.shape[-1] == 3 and pane.choice.centre == choice.centre


def test_what_is_chosen_stands_where_it_leaves_the_pictures_most_room(
    person: Person, shown: Callable[..., None]
) -> None:
    shown()
    pane = person.frame.panes["latent_grid"]
    for room, beside in (((333, 165), False), ((516, 205), False), ((652, 240), False), ((1600, 190), True)):
        pane.parts.stand(QSize(*room))
        pane.parts.setGeometry(QRect(QPoint(), QSize(*room)))
        row, grid = pane.parts.itemAt(0).geometry(), pane.parts.itemAt(1).geometry()
        assert (grid.left() > row.right()) == beside and (grid.top() > row.bottom()) != beside
