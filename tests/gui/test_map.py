"""The map as a person uses it: watched, clicked, walked, lassoed, coloured, by pointer and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QMenu,
    QSpinBox,
)

from latentexplorer.figures import read_recipe
from latentexplorer.gui.panes.map.pane import MapPane
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.conftest import Person

VAE = ("model.family=vae", "model.latent_dim=4", "data.train_per_class=40")
FEW = ("model.family=vae", "model.latent_dim=4", "data.train_per_class=4")
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def opened(person: Person, path: Path) -> MapPane:
    """The map of a run that was opened, drawn."""
    person.open_run(path)
    pane = person.frame.panes["map"]
    assert isinstance(pane, MapPane)
    person.until(lambda: pane.result is not None)
    return pane


def choose(person: Person, name: str, text: str) -> None:
    """Open a choice and go to an entry with the arrow keys."""
    box = person.find(name, QComboBox)
    assert isinstance(box, QComboBox)
    box.setFocus()
    person.qtbot.keyClick(box, Qt.Key.Key_F4)
    view = box.view()
    person.until(view.isVisible)
    person.qtbot.keyClick(view, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if view.currentIndex().data() != text:
            person.qtbot.keyClick(view, Qt.Key.Key_Down)
    person.qtbot.keyClick(view, Qt.Key.Key_Return)
    person.until(lambda: not view.isVisible())
    assert box.currentText() == text


def number(person: Person, name: str, value: int) -> None:
    """Type a number into the sheet of the layout."""
    field = person.find(name, QSpinBox)
    assert isinstance(field, QSpinBox)
    field.setFocus()
    field.selectAll()
    person.qtbot.keyClicks(field, str(value))
    person.qtbot.keyClick(field, Qt.Key.Key_Return)


def at(pane: MapPane, row: int) -> QPoint:
    """Where a point is drawn."""
    return pane.plot.mapFromScene(pane.scene_position(row))


def lonely(pane: MapPane) -> int:
    """A point that stands alone, so that it is clear which one is meant."""
    coords = pane.plot.cloud.coords
    distance = np.hypot(*(coords[:, None] - coords[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    return int(distance.min(1).argmax())


def drag(
    pane: MapPane, places: list[QPoint], modifier: Any = Qt.KeyboardModifier.NoModifier, button: Any = LEFT
) -> None:
    """Pull the pointer from place to place."""
    view = pane.plot.viewport()
    QTest.mousePress(view, button, modifier, places[0])
    for place in places[1:]:
        QTest.mouseMove(view, place)
        QApplication.processEvents()
    QTest.mouseRelease(view, button, modifier, places[-1])


def laid_out(person: Person, pane: MapPane) -> None:
    """Wait until nothing moves any more."""
    person.until(lambda: not pane.layouts.running)
    person.settled()


def test_a_click_decodes_exactly_the_code_of_the_point(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    assert pane.result.method == "pca"
    row = lonely(pane)
    person.click(pane.plot.viewport(), at(pane, row))
    person.decoded()
    codes = person.session.run.codes["train"]
    z = codes.loc[codes.index == pane.result.index[row]]
    np.testing.assert_array_equal(person.session.current.code.z, z[0])
    np.testing.assert_array_equal(person.session.current.image, person.session.run.decode(z)[0])
    place = pytest.approx(tuple(pane.result.coords[row]), abs=1e-6)
    person.until(lambda: pane.plot.marks[-1].place == place)
    assert pane.plot.marks[-1].name == "" and not pane.plot.marks[-1].rough


def test_walking_over_empty_places_decodes_all_the_way(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click(pane.plot.viewport(), at(pane, lonely(pane)))
    person.decoded()
    before = person.session.current.code
    decoded: list[Any] = []
    person.session.current.decoded.connect(lambda code, image: decoded.append(code))
    drag(pane, [QPoint(5, 5 + 12 * step) for step in range(12)])
    end = pane.plot.place_at(QPointF(5, 5 + 12 * 11))
    person.until(lambda: pane.plot.marks[-1].place == pytest.approx((end.x(), end.y()), abs=1e-4))
    person.decoded()
    assert decoded
    code = person.session.current.code
    assert not code.of_image and "exact inverse" in code.how and "as in the current code" in code.how
    assert code.how in person.frame.panes["decoded"].how.text()
    # PCA is undone exactly: the code lies on the map where the pointer was let go.
    np.testing.assert_allclose(pane.result.projection.place(code.z[None])[0], (end.x(), end.y()), atol=1e-4)
    # The whole walk is one step in the history.
    person.session.current.go(-1)
    assert person.session.current.code.same(before)


def test_tsne_is_watched_stopped_and_resumed(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    seen: list[np.ndarray] = []
    pane.layouts.moved.connect(seen.append)
    # So many steps that it can only end by being stopped.
    person.click("map_more")
    pane.controls.options.close()
    pane.controls.options.set_value("steps", 20_000)
    choose(person, "map_method", "t-SNE")
    person.until(lambda: len(seen) >= 3 and pane.layouts.step > 0)
    assert not np.array_equal(seen[0], seen[-1])
    assert person.find("map_stop").isVisible() and "step" in pane.controls.state.text()
    # The head and the axes are those of what moves.
    assert pane.header.subtitle.text().startswith("t-SNE of 400") and pane.plot.axes.names == ("", "")
    # What moves can be explored.
    person.click(pane.plot.viewport(), at(pane, 7))
    person.frame.activateWindow()
    person.click("map_stop")
    laid_out(person, pane)
    step = pane.result.projection.step
    assert 0 < step < 20_000 and not pane.result.projection.finished
    np.testing.assert_allclose(pane.plot.cloud.coords, pane.result.coords)
    assert f"stopped at step {step:,}" in pane.controls.state.text()
    # The button that was pressed has gone: the keyboard stays in the pane, nothing is marked, and Tab leads on.
    held = QApplication.focusWidget()
    assert held is not None and pane.isAncestorOf(held) and not held.focusPolicy()
    person.qtbot.keyClick(held, Qt.Key.Key_Tab)
    assert pane.isAncestorOf(QApplication.focusWidget())
    pane.controls.options.set_value("steps", step + 50)
    person.click("map_resume")
    laid_out(person, pane)
    assert pane.result.projection.finished and pane.result.projection.step == step + 50
    assert not pane.controls.status.isVisible()
    assert "t-SNE of 400 training codes" in pane.header.subtitle.text()
    # An empty place is decoded from its neighbours, and says so; the mark stands where the click was.
    place = QPoint(4, 4)
    assert pane.plot.row_at(QPointF(place)) < 0
    person.click(pane.plot.viewport(), place)
    person.until(lambda: "nearest codes on the map" in person.session.current.code.how)
    clicked = pane.plot.place_at(QPointF(place))
    assert pane.plot.marks[-1].place == pytest.approx((clicked.x(), clicked.y()))
    # A code that comes from elsewhere lies about there.
    person.session.current.draw_random(3)
    person.until(lambda: pane.plot.marks[-1].rough)


def test_another_method_drops_the_map_under_way(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    pane.controls.options.set_value("steps", 20_000)
    choose(person, "map_method", "t-SNE")
    person.until(lambda: pane.layouts.step > 0)
    arrived: list[Any] = []
    pane.layouts.arrived.connect(arrived.append)
    choose(person, "map_method", "PCA")
    person.until(lambda: pane.result.method == "pca")
    laid_out(person, pane)
    # What the stopped one had reached by then is not shown, not even for a moment.
    assert [result.method for result in arrived] == ["pca"] and not pane.controls.status.isVisible()
    np.testing.assert_array_equal(pane.plot.cloud.coords, pane.result.coords)


def test_colours_that_are_chosen_while_a_map_moves_stay(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    pane.controls.options.set_value("steps", 20_000)
    choose(person, "map_method", "t-SNE")
    person.until(lambda: pane.layouts.step > 0)
    choose(person, "map_color", "KL")
    person.until(lambda: "KL" in pane.bar.title)
    person.click("map_stop")
    laid_out(person, pane)
    assert pane.result.projection.step > 0 and "KL" in pane.result.color_title
    assert pane.bar.isVisible() and not pane.legend.isVisible()


def test_a_map_of_an_older_model_is_marked_and_recomputed_on_request(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    import shutil

    path = tmp_path / "grows"
    shutil.copytree(make_run(*VAE), path)
    pane = opened(person, path)
    pane.controls.options.set_value("steps", 50)
    choose(person, "map_method", "t-SNE")
    laid_out(person, pane)
    before = pane.plot.cloud.coords.copy()
    person.session.training.train_more(1)
    person.until(lambda: person.session.training.state != "idle")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()
    np.testing.assert_array_equal(pane.plot.cloud.coords, before)
    assert pane.controls.state.text() == "laid out at epoch 1 · model is at 2"
    person.click("map_recompute")
    laid_out(person, pane)
    assert pane.result.epoch == 2 and not pane.controls.status.isVisible()


def test_the_lasso_selects_and_the_selection_is_written(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = opened(person, make_run(*VAE))
    middle = pane.plot.viewport().rect().center()
    corners = [QPoint(1, 1), QPoint(middle.x(), 1), QPoint(middle.x(), 2 * middle.y()), QPoint(1, 2 * middle.y())]
    drag(pane, corners, Qt.KeyboardModifier.ShiftModifier)
    x = pane.plot.cloud.coords[:, 0]
    left = pane.result.index[x < pane.plot.place_at(QPointF(middle)).x()]
    part, index = person.session.selection.images
    assert part == "train" and 0 < len(left) < 400
    np.testing.assert_array_equal(index, np.sort(left))
    assert pane.plot.cloud.selected.sum() == len(left)
    assert person.find("map_selected").text() == f"{len(left)} of 400 selected"
    for suffix in ("npz", "csv"):
        pane.export_action.trigger()
        dialog = person.find("map_selection_dialog", QFileDialog)
        # Typed, the names it offers to complete would be in the way of the button.
        dialog.selectFile(str(tmp_path / f"some.{suffix}"))
        buttons = dialog.findChild(QDialogButtonBox)
        assert isinstance(buttons, QDialogButtonBox)
        person.click(buttons.button(QDialogButtonBox.StandardButton.Save))
        person.until((tmp_path / f"some.{suffix}").is_file)
        person.settled()
    with np.load(tmp_path / "some.npz", allow_pickle=False) as saved:
        np.testing.assert_array_equal(np.sort(saved["position"]), index)
        # Where they stand in the source, to be joined with anything.
        source = person.session.run.data.train.ids
        np.testing.assert_array_equal(saved["index"], source[saved["position"]])
        assert saved["mean"].shape == (len(left), 4)
    assert len((tmp_path / "some.csv").read_text().splitlines()) == len(left) + 1
    # The tool does it without a key; Escape lets everything go.
    pane.plot.setFocus()
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Escape)
    assert not len(person.session.selection.images[1]) and pane.plot.cloud.selected is None
    person.click("map_lasso")
    drag(pane, corners)
    assert len(person.session.selection.images[1]) == len(left)


def test_the_legend_hides_classes_and_the_figure_too(person: Person, make_run: Callable[..., Path]) -> None:
    from latentexplorer.views.registry import load_view, settings_from

    pane = opened(person, make_run(*VAE))
    person.click("map_legend_3")
    hidden = pane.result.groups == 3
    np.testing.assert_array_equal(pane.plot.cloud.shown, ~hidden)
    row = int(np.flatnonzero(hidden)[0])
    assert pane.plot.row_at(pane.scene_position(row)) != row
    shown = load_view("map").compute(person.session.run, settings_from("map", pane.view_settings()))
    np.testing.assert_array_equal(shown.index, pane.result.index[~hidden])
    np.testing.assert_allclose(shown.coords, pane.result.coords[~hidden])
    entry = person.find("map_legend_5")
    person.click(entry)
    person.qtbot.mouseDClick(entry, LEFT)
    np.testing.assert_array_equal(pane.plot.cloud.shown, pane.result.groups == 5)
    person.click(entry)
    person.qtbot.mouseDClick(entry, LEFT)
    assert pane.plot.cloud.shown.all()


def test_colours_by_error_and_kl_have_a_scale(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    choose(person, "map_color", "Error")
    person.until(lambda: pane.result.values is not None)
    row = 11
    code = pane.code_of(row)
    x_hat = person.session.run.decode(code.z[None])[0]
    error = np.sqrt(np.mean((x_hat - person.session.current.original(code) / 255.0) ** 2))
    assert pane.result.values[row] == pytest.approx(error, rel=1e-4)
    assert pane.bar.isVisible() and not pane.legend.isVisible()
    assert pane.plot.cloud.looks[pane.result.values.argmax()] == 255
    choose(person, "map_color", "KL")
    person.until(lambda: "KL" in pane.bar.title)
    assert "color_by=kl" in pane.command()
    choose(person, "map_color", "One colour")
    person.until(lambda: not pane.bar.isVisible())


def test_dimensions_and_held_out_images_are_chosen(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    choose(person, "map_part", "Held-out")
    person.until(lambda: pane.result.part == "test")
    choose(person, "map_method", "Dimensions")
    person.until(lambda: pane.result.method == "dims")
    person.click("map_more")
    number(person, "map_y", 3)
    pane.controls.options.close()
    person.until(lambda: pane.result.projection.dims == (0, 3))
    codes = person.session.run.codes["test"]
    np.testing.assert_array_equal(pane.result.coords, codes.loc[:, [0, 3]])
    assert "z0 and z3" in pane.header.subtitle.text()
    assert "'dims=[0, 3]'" in pane.command() and "part=test" in pane.command()
    # A figure brings its view back.
    assert pane.restore("map", {"method": "pca", "part": "train", "color_by": "none"})
    person.until(lambda: pane.result.part == "train" and pane.result.groups is None)


def test_the_keyboard_walks_from_point_to_point(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click(pane.plot.viewport(), at(pane, lonely(pane)))
    pane.plot.setFocus()
    start = pane.plot.cursor
    coords = pane.plot.cloud.coords
    key = Qt.Key.Key_Right if coords[start, 0] < np.median(coords[:, 0]) else Qt.Key.Key_Left
    person.qtbot.keyClick(pane.plot, key)
    there = pane.plot.cursor
    assert there != start
    assert (coords[there, 0] > coords[start, 0]) == (key == Qt.Key.Key_Right)
    person.until(lambda: len(pane.hover.tip.images) == 2)
    assert pane.hover.tip.isVisible() and "error" in pane.hover.tip.text
    assert person.session.current.code.index != pane.result.index[there]
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Return)
    assert person.session.current.code.index == pane.result.index[there]
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Plus)
    assert not pane.plot.following_range
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Home)
    assert pane.plot.following_range


def test_a_point_reached_by_keyboard_is_not_told_of_other_points(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click(pane.plot.viewport(), at(pane, lonely(pane)))
    pane.plot.setFocus()
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Right)
    assert pane.hover.tip.isVisible()
    # Another run of fewer images comes under the same hands.
    person.open_run(make_run(*FEW))
    person.until(lambda: len(pane.plot.cloud.coords) < 100)
    assert not pane.hover.tip.isVisible()


def test_hover_shows_the_image_and_the_menu_sets_anchors(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    row = lonely(pane)
    QTest.mouseMove(pane.plot.viewport(), at(pane, row))
    person.until(lambda: len(pane.hover.tip.images) == 2)
    code = pane.code_of(row)
    np.testing.assert_array_equal(pane.hover.tip.images[0], person.session.current.original(code))
    np.testing.assert_allclose(pane.hover.tip.images[1], person.session.run.decode(code.z[None])[0], atol=1e-6)
    for text in ("Anchor A", "Show similar"):
        person.qtbot.mouseClick(pane.plot.viewport(), RIGHT, pos=at(pane, row))
        person.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        action = next(action for action in menu.actions() if action.text() == text)
        person.qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
        person.settled()
    assert person.session.selection.anchors["A"].index == pane.result.index[row]
    assert pane.plot.marks[0].name == "A"
    part, index = person.session.selection.images
    assert part == "train" and len(index) == 24 and pane.result.index[row] in index


def test_right_drag_and_wheel_move_the_map_and_a_new_run_shows_all(
    person: Person, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    code = person.session.current.code
    row = lonely(pane)
    before = pane.scene_position(row)
    drag(pane, [QPoint(100, 100), QPoint(120, 110), QPoint(140, 130)], button=RIGHT)
    moved = pane.scene_position(row) - before
    assert (moved.x(), moved.y()) == pytest.approx((40, 30), abs=0.5)
    assert person.session.current.code is code
    opened(person, make_run("model.family=vae", "model.latent_dim=2"))
    assert pane.plot.following_range and pane.result.method == "dims"


@pytest.mark.parametrize("changes", [("data.limit=1",), ("model.family=ad", "model.latent_dim=1")])
def test_a_single_point_and_a_single_dimension(
    person: Person, make_run: Callable[..., Path], changes: tuple[str, ...]
) -> None:
    pane = opened(person, make_run(*changes))
    choose(person, "map_method", "t-SNE")
    laid_out(person, pane)
    place = pane.scene_position(0)
    assert pane.plot.viewport().rect().contains(place.toPoint())
    person.click(pane.plot.viewport(), place.toPoint())
    assert person.session.current.code.of_image


def test_very_many_points_become_a_density_until_they_are_near(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    plot = pane.plot
    many = np.random.default_rng(0).normal(size=(60_000, 2))
    plot.set_points(many)
    plot.grab()
    assert plot.cloud.dense
    plot.box.scaleBy((0.02, 0.02))
    plot.grab()
    assert not plot.cloud.dense
    pane._show(pane.result)


def exported(person: Person, pane: MapPane, path: Path, whole: bool = False) -> Any:
    """What the figure that the export button writes was made from."""
    return read_recipe(person.export(pane, path, whole)).view_settings()


def shown_again(pane: MapPane, settings: Any) -> Any:
    """What the figure of a recipe shows."""
    from latentexplorer.views.map import compute

    return compute(pane.session.run, settings)


def test_a_stopped_map_is_exported_as_it_was_stopped(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = opened(person, make_run(*VAE))
    pane.controls.options.set_value("steps", 9_000)
    choose(person, "map_method", "t-SNE")
    person.until(lambda: pane.layouts.step > 0)
    person.click("map_stop")
    laid_out(person, pane)
    step = pane.result.projection.step
    # Numbers that are typed and not yet asked for change nothing of what is shown.
    pane.controls.options.set_value("steps", 600)
    pane.controls.options.set_value("perplexity", 5)
    settings = exported(person, pane, tmp_path / "stopped.png")
    again = shown_again(pane, settings)
    np.testing.assert_array_equal(again.coords, pane.result.coords)
    assert again.stopped == f"stopped after {step:,} of 9,000 iterations"
    # Gone on with, it is not what so many iterations from the start would be.
    pane.controls.options.set_value("steps", step + 30)
    person.click("map_resume")
    laid_out(person, pane)
    assert pane.result.projection.finished
    again = shown_again(pane, exported(person, pane, tmp_path / "more.png"))
    np.testing.assert_array_equal(again.coords, pane.result.coords)
    assert again.stopped == ""


def test_a_zoomed_map_is_exported_as_it_is_seen_or_whole(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = opened(person, make_run(*VAE))
    assert exported(person, pane, tmp_path / "all.png").area is None
    pane.plot.setFocus()
    for _ in range(4):
        person.qtbot.keyClick(pane.plot, Qt.Key.Key_Plus)
    (left, right), (bottom, top) = pane.plot.box.viewRange()
    settings = exported(person, pane, tmp_path / "part.png")
    assert settings.area == pytest.approx((left, right, bottom, top), rel=1e-4)
    assert exported(person, pane, tmp_path / "whole.png", whole=True).area is None
    # Brought back, it shows that part again.
    pane.plot.fit()
    pane.restore("map", settings.model_dump(exclude_unset=True))
    person.until(lambda: not pane.plot.following_range)
    (low, high), (down, up) = pane.plot.box.viewRange()
    assert (low, high) == pytest.approx((left, right), abs=0.1 * (right - left))
    assert (down, up) == pytest.approx((bottom, top), abs=0.1 * (top - bottom))
