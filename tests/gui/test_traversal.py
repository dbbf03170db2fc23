"""Traversal: a slider and a strip for each dimension, following the current code and setting it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QDialogButtonBox, QLineEdit, QSlider, QSpinBox
from pytestqt.qtbot import QtBot

from latentexplorer.figures import read_recipe
from latentexplorer.figures.animation import there_and_back
from latentexplorer.gui.panes.traversal.dimension_rows import DimensionRows
from latentexplorer.gui.panes.traversal.pane import TraversalPane
from latentexplorer.gui.panes.traversal.row_shape import row_shape
from latentexplorer.gui.window.workspaces import EXPLORE

VAE = ("model.family=vae", "model.latent_dim=4")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def opened(person: Any, path: Path) -> TraversalPane:
    """The pane with a run open, its visible strips drawn."""
    pane = person.open_run(path, "traversal")
    assert isinstance(pane, TraversalPane)
    person.until(
        lambda: pane.shown is not None and pane.shown.run is person.session.run and pane.shown.dimensions is not None
    )
    drawn(person, pane)
    return pane


def drawn(person: Any, pane: TraversalPane) -> None:
    """Wait until every strip that is seen is that of the current code."""
    person.until(lambda: bool(pane.rows.visible_rows))
    person.until(lambda: all(row.version == pane._version for row in pane.rows.visible_rows))


def drag(slider: QSlider, start: int, end: int, steps: int = 8) -> None:
    """Pull the handle from one place to another with the pointer."""
    middle = slider.height() // 2
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(start, middle))
    for part in range(1, steps + 1):
        QTest.mouseMove(slider, QPoint(start + (end - start) * part // steps, middle))
        QApplication.processEvents()
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(end, middle))


def test_dragging_a_slider_through_its_range_sets_the_code(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    dimension = pane.rows.order[0]
    slider = person.find(f"traversal_slider_{dimension}", QSlider)
    before = person.session.current.code.z
    values: list[float] = []

    def note(code: Any) -> None:
        values.append(float(code.z[dimension]))

    person.session.current.changed.connect(note)
    drag(slider, 0, slider.width())
    person.session.current.changed.disconnect(note)
    low, high = pane.shown.dimensions.ranges[dimension]
    assert values == sorted(values) and len(values) > 5
    assert values[0] == pytest.approx(low) and values[-1] == pytest.approx(high)
    expected = before.copy()
    expected[dimension] = np.float32(high)
    assert np.array_equal(person.session.current.code.z, expected)
    person.decoded()
    assert np.array_equal(person.session.current.image, person.session.run.decode(expected[None])[0])
    # The drag is one step in the history, and what was there before is what resetting goes back to.
    assert np.array_equal(pane.base.z, before)
    person.session.current.go(-1)
    assert np.array_equal(person.session.current.code.z, before)
    # Forward again it is still reset to what it was made from.
    person.session.current.go(1)
    assert np.array_equal(person.session.current.code.z, expected) and np.array_equal(pane.base.z, before)


def test_strips_show_what_the_sliders_would_make(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    run, z = person.session.run, person.session.current.code.z
    row = pane.rows.visible_rows[0]
    codes = np.repeat(z[None], 9, axis=0)
    codes[:, row.dimension] = np.linspace(*pane.shown.dimensions.ranges[row.dimension], 9)
    assert np.allclose(row.strip.images, run.decode(codes), atol=1e-5)
    person.qtbot.mouseClick(row.strip, Qt.MouseButton.LeftButton, pos=row.strip.rect_of(7).center().toPoint())
    assert np.array_equal(person.session.current.code.z, codes[7])
    person.until(lambda: row.strip.current == 7)
    assert row.slider.value == pytest.approx(float(codes[7, row.dimension]))
    # The other strips now start from the new code.
    drawn(person, pane)
    other = pane.rows.visible_rows[1]
    codes = np.repeat(codes[7][None], 9, axis=0)
    codes[:, other.dimension] = other.values
    assert np.allclose(other.strip.images, run.decode(codes), atol=1e-5)


def test_columns_line_up_and_the_order_is_by_weight(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    value = pane.shown.dimensions.importance.value
    assert list(value[pane.rows.order]) == sorted(value, reverse=True)
    places = {
        tuple(row.strip.mapTo(pane, row.strip.rect_of(cell).topLeft().toPoint()).x() for cell in (0, 4, 8))
        for row in pane.rows.visible_rows
    }
    assert len(pane.rows.visible_rows) > 1 and len(places) == 1


def test_sliders_follow_the_code_and_send_nothing_back(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    changes: list[Any] = []
    person.session.current.changed.connect(changes.append)
    z = np.array([0.1, -0.2, 0.3, 5.0], np.float32)
    person.session.current.set(z, how="from a test")
    drawn(person, pane)
    assert len(changes) == 1
    assert [pane.rows.rows[at].slider.value for at in range(4)] == [float(value) for value in z]
    # A value beyond the slider's range is kept as it is.
    assert np.array_equal(person.session.current.code.z, z)
    assert pane.base is person.session.current.code


def test_keyboard_number_double_click_and_reset_all(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    base = person.session.current.code
    slider = person.find("traversal_slider_2", QSlider)
    pane.rows.ensureWidgetVisible(slider)
    slider.setFocus()
    person.qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert person.session.current.code.z[2] > base.z[2]
    number = pane.rows.rows[1].slider.number
    assert isinstance(number, QLineEdit)
    number.setFocus()
    number.selectAll()
    person.qtbot.keyClicks(number, "-0.75")
    person.qtbot.keyClick(number, Qt.Key.Key_Return)
    assert person.session.current.code.z[1] == np.float32(-0.75) and person.session.current.code.z[2] > base.z[2]
    # Shown with the sign of all other numbers, which may be typed too.
    assert number.text() == "−0.750"
    number.setFocus()
    number.end(False)
    for key in (Qt.Key.Key_Backspace, Qt.Key.Key_Backspace, Qt.Key.Key_Return):
        person.qtbot.keyClick(number, key)
    assert person.session.current.code.z[1] == np.float32(-0.7)
    person.qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(3, slider.height() // 2))
    assert person.session.current.code.z[2] == base.z[2] and person.session.current.code.z[1] == np.float32(-0.7)
    person.click("traversal_reset")
    assert person.session.current.code is base and person.session.current.code.of_image


def test_base_codes_by_name(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click("traversal_mean")
    person.until(lambda: person.session.current.code.pick == "prior-mean")
    assert not person.session.current.code.z.any()
    assert "base=prior-mean" in pane.view_settings()
    person.click("traversal_random")
    person.until(lambda: person.session.current.code.pick.startswith("random:"))
    assert person.session.current.code.z.any() and pane.base is person.session.current.code


def test_many_dimensions_scroll_and_only_what_is_seen_is_decoded(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run("model.family=vae", "model.latent_dim=150", "model.hidden=[16]"))
    person.until(lambda: len(pane.rows.rows) == 150)
    drawn(person, pane)
    assert person.frame.findChild(QSlider, "traversal_slider_149") is not None
    assert sum(row.version >= 0 for row in pane.rows.rows.values()) < 60
    last = pane.rows.rows[pane.rows.order[-1]]
    assert last.version == -1
    last.slider.slider.setFocus()
    pane.rows.ensureWidgetVisible(last)
    drawn(person, pane)
    assert last in pane.rows.visible_rows and len(last.strip) == 9
    person.qtbot.keyClick(last.slider.slider, Qt.Key.Key_Home)
    assert person.session.current.code.z[last.dimension] == np.float32(pane.shown.dimensions.ranges[last.dimension, 0])


def test_the_figure_shows_what_the_pane_shows(person: Any, make_run: Callable[..., Path]) -> None:
    from latentexplorer.views import VIEWS, settings_from

    for family in ("vae", "cvae", "pca", "ad", "separation-ae", "conv-vae"):
        pane = opened(person, make_run(f"model.family={family}", "model.latent_dim=3"))
        dimension = pane.rows.order[0]
        drag(person.find(f"traversal_slider_{dimension}", QSlider), 0, 60)
        drawn(person, pane)
        result = VIEWS.load("traversal").compute(person.session.run, settings_from("traversal", pane.view_settings()))
        assert np.array_equal(result.base.z, person.session.current.code.z)
        assert list(result.dims) == pane.rows.shown_dimensions
        for row, images in zip(result.dims, result.images, strict=True):
            assert np.allclose(images, pane.rows.rows[int(row)].strip.images, atol=1e-5)
        height, width = pane.rows.rows[dimension].strip.images.shape[1:3]
        cell = pane.rows.rows[dimension].strip.rect_of(0)
        assert cell.width() / cell.height() == pytest.approx(width / height, rel=0.08)


def test_another_class_keeps_the_sliders(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run("model.family=cvae", "model.latent_dim=3"))
    drag(person.find(f"traversal_slider_{pane.rows.order[0]}", QSlider), 0, 60)
    changed = person.session.current.code.z
    base = pane.base.z
    person.session.current.set_class((person.session.current.code.y + 1) % 10)
    drawn(person, pane)
    assert np.array_equal(person.session.current.code.z, changed) and np.array_equal(pane.base.z, base)
    person.click("traversal_reset")
    assert np.array_equal(person.session.current.code.z, base)


def test_a_dimension_is_exported_as_an_animation(person: Any, make_run: Callable[..., Path], tmp_path: Path) -> None:
    # Principal components: no two frames are alike, so none is left out.
    pane = opened(person, make_run("model.family=pca", "model.latent_dim=4"))
    for suffix in (".gif", ".apng", ".webp"):
        code, dimension = person.session.current.code.z.copy(), pane.rows.order[1]
        QTest.keyClick(person.find(f"traversal_slider_{dimension}", QSlider), Qt.Key.Key_Right)
        next(action for action in pane.menu.actions() if action.text() == "Export animation…").trigger()
        dialog = person.frame.findChild(QDialog, "animation_dialog")
        # The dimension that was pulled last is proposed.
        assert dialog.findChild(QComboBox, "animation_part").currentText() == f"z{dimension}"
        path = tmp_path / f"way{suffix}"
        dialog.findChild(QLineEdit, "animation_file").setText(str(path))
        dialog.findChild(QSpinBox, "animation_frames").setValue(9)
        dialog.scale.setValue(2)
        person.click(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save))
        person.until(path.is_file)
        person.settled()
        codes = np.repeat(code[None], 9, axis=0)
        codes[:, dimension] = np.linspace(*pane.shown.dimensions.ranges[dimension], 9)
        wanted = there_and_back(person.session.run.decode(codes))
        with Image.open(path) as animation:
            assert animation.n_frames == 16
            for at, image in enumerate(wanted):
                animation.seek(at)
                pixels = np.asarray(animation.convert("L"), np.float32)[::2, ::2] / 255
                assert np.abs(pixels - image[..., 0]).max() < 1.5 / 255
        recipe = read_recipe(path)
        assert (recipe.kind, recipe.view_settings().dims, recipe.view_settings().steps) == (
            "traversal",
            (dimension,),
            9,
        )


def test_dimensions_one_after_another_are_one_animation(
    person: Any, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = opened(person, make_run(*VAE))
    seen = list(pane.rows.shown_dimensions)
    pane.export_animation()
    dialog = person.frame.findChild(QDialog, "animation_dialog")
    choice = dialog.findChild(QComboBox, "animation_part")
    choice.setCurrentIndex(1)
    dialog.findChild(QLineEdit, "animation_file").setText(str(tmp_path / "all.webp"))
    dialog.findChild(QSpinBox, "animation_frames").setValue(5)
    dialog.back.setChecked(False)
    person.click(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save))
    person.until((tmp_path / "all.webp").is_file)
    person.settled()
    assert list(read_recipe(tmp_path / "all.webp").view_settings().dims) == seen and len(seen) > 1
    # Brought back, its rows are no longer than rows may be.
    assert pane.restore("traversal", {"dims": tuple(seen), "steps": 48, "base": "train:3"})
    person.until(lambda: person.session.current.code.index == 3)
    drawn(person, pane)
    assert len(pane.rows.visible_rows[0].values) == 15


@pytest.mark.parametrize(("room", "least"), [((537, 76), 44), ((400, 160), 60), ((250, 20), 24)])
def test_pictures_of_a_row_are_as_large_as_their_room_lets_them(room: tuple[int, int], least: int) -> None:
    _, line, height, lines = row_shape(room, 160, 9, 1.0)
    assert (height - line) / max(lines, 1) >= least


@pytest.mark.parametrize(("high", "all_seen"), [(46, True), (42, True), (30, False)])
def test_rows_that_nearly_fit_are_lower_and_not_scrolled(high: int, all_seen: bool) -> None:
    _, line, height, _ = row_shape((1100, high), 300, 9, 1.0)
    assert not line and (height <= high) == all_seen


def test_rows_are_laid_out_alike_with_and_without_the_bar_beside_them(qtbot: QtBot) -> None:
    """Else the bar comes and goes for ever where rows that are narrower for it are low enough to need none."""
    rows = DimensionRows()
    qtbot.addWidget(rows)
    rows.show()
    rows.set_order(list(range(12)), (16, 16), 9)
    always, never = Qt.ScrollBarPolicy.ScrollBarAlwaysOn, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    for width, height in ((640, 640), (620, 600), (500, 700), (330, 420)):
        rows.resize(width, height)
        heights = []
        for policy in (always, never):
            rows.setVerticalScrollBarPolicy(policy)
            QApplication.processEvents()
            heights.append([row.geometry() for row in rows.rows.values()])
        assert heights[0] == heights[1]


def test_few_rows_take_the_height_that_there_is(qtbot: QtBot) -> None:
    rows = DimensionRows()
    qtbot.addWidget(rows)
    rows.set_order(list(range(8)), (16, 16), 9)
    rows.resize(830, 690)
    rows.show()
    last = rows.rows[7]
    assert 0.85 * 690 < last.geometry().bottom() < 690
    assert last.strip.rect_of(8).width() >= 64 and last.slider.width() >= 180


def test_strips_below_their_sliders_are_as_wide_as_the_pane(person: Any, make_run: Callable[..., Path]) -> None:
    person.frame.arrangement.choose("diagnose")
    pane = opened(person, make_run("model.family=vae", "model.latent_dim=12"))
    strips = [row.strip for row in pane.rows.visible_rows if row.strip.y() > 0]
    assert strips and all(strip.rect_of(strip.columns - 1).right() > 0.97 * strip.width() for strip in strips)
