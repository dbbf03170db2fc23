"""Undo and redo: whatever a person changes in the window goes back step by step, and nothing that the program does."""

from __future__ import annotations

import gc
import shutil
import weakref
from collections.abc import Callable
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QSlider, QSpinBox, QWidget

from latentexplorer.core.config import RunConfig
from latentexplorer.gui.session.undo import MOST_STEPS, Undo, changed
from latentexplorer.gui.widgets.picture_menu import ask_bookmark
from tests.gui.person import Person

VAE = ("model.family=vae", "model.latent_dim=4")
CONDITIONAL = ("model.family=cvae", "model.latent_dim=2")
Act = Callable[[Person], None]
NONE, CTRL, SHIFT, ALT = (getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("No", "Control", "Shift", "Alt"))


# -- what a person does ------------------------------------------------------------------------------------------------


def keys(person: Person, key: Qt.Key, *held: Qt.KeyboardModifier) -> None:
    QTest.keyClick(person.frame, key, reduce(or_, held, NONE))


def undo(person: Person) -> None:
    keys(person, Qt.Key.Key_Z, CTRL)
    person.settled()


def redo(person: Person) -> None:
    keys(person, Qt.Key.Key_Z, CTRL, SHIFT)
    person.settled()


def offered(person: Person) -> str:
    """What the menu says would be undone; "" where it is grey."""
    action: QAction = person.frame.actions_table["undo"]
    return action.text().removeprefix("Undo ").replace("&&", "&") if action.isEnabled() else ""


def drag(widget: QWidget, start: QPoint, end: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, held, start)
    for part in range(1, 6):
        QTest.mouseMove(widget, start + (end - start) * part / 5)
        QApplication.processEvents()
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, held, end)


def closed(person: Person, panel: QWidget) -> None:
    """Offscreen no window has the keyboard after a sheet was closed."""
    panel.hide()
    person.frame.activateWindow()


def pull_slider(person: Person) -> None:
    slider = person.find("traversal_slider_1", QSlider)
    middle = slider.height() // 2
    drag(slider, QPoint(slider.width() // 3, middle), QPoint(slider.width() - 2, middle))


def type_value(person: Person) -> None:
    row = person.frame.panes["traversal"].rows.rows[0]
    field = row.slider.number
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1.25")
    QTest.keyClick(field, Qt.Key.Key_Return)


def pull_bar(person: Person) -> None:
    bars = person.frame.panes["decoded"].bars
    place = QPoint(bars.width() // 2, int(bars._row_height() * 2.5))
    drag(bars, place, place + QPoint(30, 0))


def pick_on_map(person: Person) -> None:
    pane = person.frame.panes["map"]
    place = pane.plot.mapFromScene(pane.scene_position(3))
    person.click(pane.plot.viewport(), place)


def walk_on_map(person: Person) -> None:
    plot = person.frame.panes["map"].plot
    middle = plot.viewport().rect().center()
    drag(plot.viewport(), middle, middle + QPoint(40, 30))


def walk_on_grid(person: Person) -> None:
    grid = person.frame.panes["latent_grid"].grid
    drag(grid, grid.rect_of(0).center().toPoint(), grid.rect_of(3).center().toPoint())


def walk_by_arrows(person: Person) -> None:
    grid = person.frame.panes["latent_grid"].grid
    grid.setFocus()
    for _ in range(3):
        QTest.keyClick(grid, Qt.Key.Key_Down)
    grid.clearFocus()


def random_code(person: Person) -> None:
    before = person.session.current.code
    keys(person, Qt.Key.Key_D, CTRL)
    person.until(lambda: person.session.current.code is not before)


def back(person: Person) -> None:
    keys(person, Qt.Key.Key_Left, ALT)


def anchor_a(person: Person) -> None:
    keys(person, Qt.Key.Key_1, CTRL)


def two_images(person: Person) -> None:
    person.frame.panes["interpolation"].finder.pick_images()


def swap(person: Person) -> None:
    keys(person, Qt.Key.Key_3, CTRL)


def lasso(person: Person) -> None:
    plot = person.frame.panes["map"].plot
    area = plot.viewport().rect()
    corners = [area.center() + QPoint(x, y) for x, y in ((-90, -60), (90, -60), (90, 60), (-90, 60), (-90, -60))]
    QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, SHIFT, corners[0])
    for corner in corners[1:]:
        QTest.mouseMove(plot.viewport(), corner)
        QApplication.processEvents()
    QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, SHIFT, corners[-1])


def span_of_sliders(person: Person) -> None:
    person.click("traversal_options")
    person.click("traversal_range_three")
    closed(person, person.frame.panes["traversal"].ranges.panel)


def ends_of_slider(person: Person) -> None:
    pane = person.frame.panes["traversal"]
    person.click(pane.rows.rows[0].label)
    for name, text in (("traversal_low", "-2"), ("traversal_high", "5")):
        person.type(name, text)
    QTest.keyClick(person.find("traversal_high"), Qt.Key.Key_Return)
    closed(person, pane.ranges.panel)


def images_in_a_row(person: Person) -> None:
    person.frame.panes["traversal"].steps.actions()[0].trigger()


def axes_of_grid(person: Person) -> None:
    QTest.keyClick(person.find("plane_up"), Qt.Key.Key_Down)


def cells_of_grid(person: Person) -> None:
    person.click("plane_options_button")
    person.choose("plane_cells", "4")
    closed(person, person.frame.panes["latent_grid"].panel)


def pan_grid(person: Person) -> None:
    grid = person.frame.panes["latent_grid"].grid
    middle = grid.rect().center()
    drag(grid, middle, middle + QPoint(60, 20), SHIFT)


def zoom_grid(person: Person) -> None:
    grid = person.frame.panes["latent_grid"].grid
    middle = QPointF(grid.rect().center())
    for _ in range(3):
        QApplication.sendEvent(
            grid,
            QWheelEvent(
                middle,
                QPointF(grid.mapToGlobal(middle.toPoint())),
                QPoint(),
                QPoint(0, 120),
                Qt.MouseButton.NoButton,
                NONE,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            ),
        )


def add_bookmark(person: Person) -> None:
    keys(person, Qt.Key.Key_B, CTRL)
    dialog = person.find("bookmark_dialog", QInputDialog)
    field = dialog.findChild(QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, "a & b")
    QTest.keyClick(field, Qt.Key.Key_Return)


def open_bookmarks(person: Person) -> Any:
    person.click("bookmarks_button")
    names = person.find("bookmark_list")
    names.setCurrentRow(0)
    return names


def rename_bookmark(person: Person) -> None:
    names = open_bookmarks(person)
    person.click("bookmark_rename")
    editor = names.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "other")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    person.until(lambda: "other" in person.session.bookmarks.codes)
    closed(person, person.frame.panes["decoded"].bookmarks)


def delete_bookmark(person: Person) -> None:
    QTest.keyClick(open_bookmarks(person), Qt.Key.Key_Delete)
    closed(person, person.frame.panes["decoded"].bookmarks)


def hide_class(person: Person) -> None:
    person.click("map_legend_3")


def show_alone(person: Person) -> None:
    entry = person.find("map_legend_5")
    person.click(entry)
    QTest.mouseDClick(entry, Qt.MouseButton.LeftButton, pos=entry.rect().center())


def colour_map(person: Person) -> None:
    person.choose("map_color", "One")


def method_of_map(person: Person) -> None:
    person.choose("map_method", "Dim")


def method_of_path(person: Person) -> None:
    person.choose("interpolation_method", "sph")


def images_of_path(person: Person) -> None:
    QTest.keyClick(person.find("interpolation_steps", QSpinBox), Qt.Key.Key_Up)


def along_path(person: Person) -> None:
    slider = person.find("interpolation_slider", QSlider)
    middle = slider.height() // 2
    drag(slider, QPoint(slider.width() // 2, middle), QPoint(slider.width() // 4, middle))


def source_of_gallery(person: Person) -> None:
    person.choose("gallery_source", "Sampl")


def new_draw(person: Person) -> None:
    person.click("gallery_draw")


def temperature(person: Person) -> None:
    slider = person.find("gallery_temperature", QSlider)
    middle = slider.height() // 2
    drag(slider, QPoint(slider.width() // 2, middle), QPoint(slider.width() // 4, middle))


def other_class(person: Person) -> None:
    person.choose("decoded_class", "7")


def class_of_path(person: Person) -> None:
    person.choose("interpolation_class", "4")


# -- what there is to see of it ----------------------------------------------------------------------------------------


def same_code(code: Any) -> tuple[Any, ...]:
    return () if code is None else (code.z.tolist(), code.y, code.part, code.index)


def everything(person: Person) -> dict[str, Any]:
    """All that a person can change, as it is now."""
    session, panes = person.session, person.frame.panes
    grid, traversal, path = panes["latent_grid"], panes["traversal"], panes["interpolation"]
    return {
        "code": same_code(session.current.code),
        "way": (session.current.can_go_back, session.current.can_go_forward),
        "anchors": {which: same_code(code) for which, code in session.selection.anchors.items()},
        "selection": (session.selection.images[0], session.selection.images[1].tolist()),
        "sliders": (traversal.ranges.choice, traversal.ranges.own_ends, traversal.steps.count),
        "ends": traversal.shown.dimensions.ranges.tolist(),
        "grid": (grid.choice, grid.fill, grid.result.codes.tolist()),
        "bookmarks": [(name, same_code(code)) for name, code in session.bookmarks.codes.items()],
        "kept": (session.run.path / "bookmarks.json").read_text()
        if (session.run.path / "bookmarks.json").is_file() and session.bookmarks.codes
        else "",
        "hidden": (sorted(panes["map"].legend.hidden), int(panes["map"].plot.cloud.shown.sum())),
        "map": (panes["map"].controls.settings(), panes["map"].result.method, panes["map"].result.color_title),
        "path": (
            path.controls.choice,
            path.path().method if path.path() else "",
            len(path.strip) if path.path() else 0,
        ),
        "place": path.slider.value if path.path() and path._mine is session.current.code else None,
        "gallery": (panes["gallery"].settings(), panes["gallery"].source),
    }


def differs(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before if before[key] != after[key]}


OF_A_VAE: tuple[tuple[str, str, Act, str], ...] = (
    ("map", "picking an image", pick_on_map, "code"),
    ("traversal", "moving z1", pull_slider, "code"),
    ("traversal", "moving z0", type_value, "code"),
    ("decoded", "moving z2", pull_bar, "code"),
    ("decoded", "going back", back, "code"),
    ("map", "walking the map", walk_on_map, "code"),
    ("latent_grid", "walking the latent grid", walk_on_grid, "code"),
    ("latent_grid", "walking the latent grid", walk_by_arrows, "code"),
    ("decoded", "drawing a random code", random_code, "code"),
    ("decoded", "choosing anchor A", anchor_a, "anchors"),
    ("interpolation", "swapping the anchors", swap, "anchors"),
    ("interpolation", "choosing two images", two_images, "anchors"),
    ("interpolation", "moving along the path", along_path, "code"),
    ("interpolation", "choosing the way between A and B", method_of_path, "path"),
    ("interpolation", "choosing the number of images", images_of_path, "path"),
    ("interpolation", "swapping the anchors", swap, "anchors"),
    ("map", "selecting ", lasso, "selection"),
    ("map", "hiding classes", hide_class, "hidden"),
    ("map", "hiding classes", show_alone, "hidden"),
    ("map", "colouring the map", colour_map, "map"),
    ("map", "choosing the map's method", method_of_map, "map"),
    ("traversal", "choosing what the sliders span", span_of_sliders, "sliders"),
    ("traversal", "choosing the ends of z0", ends_of_slider, "sliders"),
    ("traversal", "choosing the images in a row", images_in_a_row, "sliders"),
    ("latent_grid", "choosing the grid's axes", axes_of_grid, "grid"),
    ("latent_grid", "choosing the number of images", cells_of_grid, "grid"),
    ("latent_grid", "moving the plane", pan_grid, "grid"),
    ("latent_grid", "zooming the grid", zoom_grid, "grid"),
    ("decoded", "adding the bookmark a & b", add_bookmark, "bookmarks"),
    ("decoded", "renaming the bookmark a & b", rename_bookmark, "bookmarks"),
    ("decoded", "deleting the bookmark other", delete_bookmark, "bookmarks"),
    ("gallery", "choosing what the gallery shows", source_of_gallery, "gallery"),
    ("gallery", "choosing the gallery's pictures", new_draw, "gallery"),
    ("gallery", "choosing the gallery's pictures", temperature, "gallery"),
)
OF_A_CONDITIONAL: tuple[tuple[str, str, Act, str], ...] = (
    ("decoded", "choosing another class", other_class, "code"),
    ("interpolation", "choosing two images", two_images, "anchors"),
    ("interpolation", "moving along the path", along_path, "code"),
    ("interpolation", "choosing the path's class", class_of_path, "path"),
)


@pytest.mark.parametrize("kinds, settings", [(OF_A_VAE, VAE), (OF_A_CONDITIONAL, CONDITIONAL)], ids=["vae", "class"])
def test_each_thing_that_a_person_changes_is_one_step_back_and_forth(
    person: Person,
    make_run: Callable[..., Path],
    kinds: tuple[tuple[str, str, Act, str], ...],
    settings: tuple[str, ...],
    tmp_path: Path,
) -> None:
    person.open_run(Path(shutil.copytree(make_run(*settings), tmp_path / "run")))
    for pane in dict.fromkeys(pane for pane, _, _, _ in kinds):
        person.show(pane)
    assert offered(person) == "" and not person.frame.actions_table["redo"].isEnabled()
    seen = [everything(person)]
    for pane, words, act, what in kinds:
        person.show(pane)
        act(person)
        person.settled()
        assert offered(person).startswith(words)
        seen.append(everything(person))
        assert what in differs(seen[-2], seen[-1]), words
    for at in range(len(kinds) - 1, -1, -1):
        words = offered(person)
        person.show(kinds[at][0])
        undo(person)
        assert not differs(seen[at], everything(person)), words
        assert person.frame.statusBar().currentMessage() == f"Undone: {words}"
    assert offered(person) == ""
    for at, (pane, words, _, _) in enumerate(kinds, start=1):
        person.show(pane)
        redo(person)
        assert not differs(seen[at], everything(person)), words
    assert not person.frame.actions_table["redo"].isEnabled()


def train(person: Person, *changes: str) -> None:
    """Train for ever, until the first epoch is done and seen."""
    small = ["data.train_per_class=12", "data.test_per_class=4", "training.epochs=100000"]
    person.session.training.start(RunConfig().updated([*small, *changes]))
    session = person.session
    person.until(lambda: not session.preparing and session.is_open(session.training.path) and len(session.history) > 0)


def stop(person: Person) -> None:
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()


def later(person: Person) -> None:
    """Wait until the model that trains has been looked at again."""
    run = person.session.run
    person.until(lambda: person.session.run is not run)


@pytest.mark.parametrize("family", ["ad", "vae"])
def test_while_a_model_trains_only_the_person_is_undone_and_by_the_model_as_it_is(person: Person, family: str) -> None:
    train(person, f"model.family={family}")
    session = person.session
    for _ in range(2):
        later(person)
    assert offered(person) == "" and not session.current.can_go_back
    first = session.current.code
    session.selection.set_anchor("A", first)
    session.current.pick_image("train", 7)
    random_code(person)
    later(person)
    person.click("pause_button")
    person.settled()
    undo(person)
    # The code of an image is that of the image, and not the numbers that it had.
    code = session.current.code
    assert (code.part, code.index) == ("train", 7)
    rows = session.run.codes["train"]
    np.testing.assert_array_equal(code.z, rows.loc[rows.index.tolist().index(7)])
    undo(person)
    assert (session.current.code.part, session.current.code.index) == (first.part, first.index)
    assert not np.array_equal(session.current.code.z, first.z)
    person.decoded()
    np.testing.assert_allclose(session.current.image, session.run.decode(session.current.code.z[None])[0], atol=1e-6)
    undo(person)
    redo(person)
    anchor = session.selection.anchors["A"]
    assert anchor is not None and np.array_equal(anchor.z, session.current.code.z)
    stop(person)


def test_a_field_undoes_what_is_typed_in_it_and_leaves_the_rest_to_the_window(
    person: Person, make_run: Callable[..., Path]
) -> None:
    person.open_run(make_run(*VAE))
    first, field = person.session.current.code, person.find("field_training.epochs", QLineEdit)
    pick_on_map(person)
    person.settled()
    code, before = person.session.current.code, field.text()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "77")
    QTest.keyClick(field, Qt.Key.Key_Z, CTRL)
    undone = field.text()
    assert undone != "77" and person.session.current.code is code
    QTest.keyClick(field, Qt.Key.Key_Y, CTRL)
    assert field.text() == "77"
    while field.isUndoAvailable():
        QTest.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert field.text() == before
    # With nothing left of its own to undo it does not begin with somebody else's.
    QTest.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert person.session.current.code is code
    # A number that has been taken is a step of the window, and its field undoes that.
    type_value(person)
    person.settled()
    number = person.frame.panes["traversal"].rows.rows[0].slider.number
    assert person.session.current.code.z[0] == 1.25
    for expected in (code, first):
        QTest.keyClick(number, Qt.Key.Key_Z, CTRL)
        assert same_code(person.session.current.code) == same_code(expected)
    QTest.keyClick(number, Qt.Key.Key_Y, CTRL)
    assert same_code(person.session.current.code) == same_code(code)


def test_steps_belong_to_their_run(person: Person, make_run: Callable[..., Path], tmp_path: Path) -> None:
    path, other = make_run(*VAE), make_run("model.latent_dim=8")
    person.open_run(path)
    first = same_code(person.session.current.code)
    random_code(person)
    person.settled()
    # While a new run is prepared there is nothing to be undone, and if nothing becomes of it all is as it was.
    person.expects_failure = True
    person.session.training.start(RunConfig().updated(["data.name=images", f"data.path={tmp_path}"]))
    assert person.session.preparing and offered(person) == ""
    undo(person)
    person.until(lambda: person.session.training.state == "idle")
    person.settled()
    assert offered(person) == "drawing a random code"
    person.open_run(other)
    assert offered(person) == "" and not person.frame.actions_table["redo"].isEnabled()
    code = person.session.current.code
    undo(person)
    redo(person)
    assert person.session.current.code is code
    person.open_run(path)
    assert offered(person) == "" and same_code(person.session.current.code) == first


def test_a_walk_that_plays_is_one_step_and_ends_where_somebody_goes(
    person: Person, make_run: Callable[..., Path]
) -> None:
    person.open_run(make_run(*VAE))
    pane = person.show("interpolation")
    two_images(person)
    person.settled()
    before, seen = person.session.current.code, person.session.current.changed
    person.click("interpolation_play")
    for _ in range(3):
        with person.qtbot.waitSignal(seen):
            pass
    person.show("map")
    pick_on_map(person)
    assert not pane.playing
    picked = person.session.current.code
    assert picked.of_image and offered(person) == "picking an image"
    undo(person)
    assert offered(person) == "moving along the path" and person.session.current.code is not picked
    undo(person)
    assert same_code(person.session.current.code) == same_code(before)
    assert offered(person) == "choosing two images"


@pytest.mark.parametrize("where", ["by its key", "in the menu of a picture", "in the list"])
def test_a_bookmark_without_a_name_gets_the_one_that_was_offered(
    person: Person, make_run: Callable[..., Path], tmp_path: Path, where: str
) -> None:
    person.open_run(Path(shutil.copytree(make_run(*VAE), tmp_path / "run")))
    bookmarks = person.session.bookmarks
    usual = bookmarks.name_for(person.session.current.code)
    if where == "in the list":
        person.click("bookmarks_button")
        panel = person.frame.panes["decoded"].bookmarks
        field = panel.name
    else:
        if where == "by its key":
            keys(person, Qt.Key.Key_B, CTRL)
        else:
            ask_bookmark(person.find("decoded_image"), person.session.current.code, person.session)
        field = person.find("bookmark_dialog", QInputDialog).findChild(QLineEdit)
    assert field.text() == usual
    field.clear()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert list(bookmarks.codes) == [usual] and usual in person.frame.statusBar().currentMessage()
    if where == "in the list":
        # And the next one, where no field was opened anew; undone where one is.
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert len(bookmarks.codes) == 2
        QTest.keyClick(field, Qt.Key.Key_Z, CTRL)
        assert list(bookmarks.codes) == [usual] and panel.isVisible()
        closed(person, panel)
    # One that takes the place of another says so, and gives it back.
    code = bookmarks.codes[usual]
    person.frame.activateWindow()
    random_code(person)
    bookmarks.add(usual, person.session.current.code)
    assert "Ctrl+Z" in person.frame.statusBar().currentMessage()
    undo(person)
    assert bookmarks.codes[usual] is code


def test_steps_are_bounded_and_bookmarks_that_are_read_late_stay(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    said: list[int] = []
    steps = Undo()
    for number in range(3 * MOST_STEPS):
        steps.record(changed(f"step {number}", said.append, number, number + 1))
    while steps.undoes:
        steps.undo()
    assert said == list(range(3 * MOST_STEPS - 1, 2 * MOST_STEPS - 1, -1))
    said.clear()

    def put(number: int) -> None:
        """Tells of what it is brought back to, too, as if a person had done it."""
        said.append(number)
        steps.record(changed("again", put, number, number))

    steps.clear()
    steps.record(changed("once", put, 0, 1))
    steps.undo()
    assert said == [0] and (steps.undoes, steps.redoes) == ("", "once")
    steps.redo()
    assert said == [0, 1] and (steps.undoes, steps.redoes) == ("once", "")
    person.open_run(Path(shutil.copytree(make_run(*VAE), tmp_path / "run")))
    # What changes nothing is no step.
    pick_on_map(person)
    pick_on_map(person)
    undo(person)
    assert offered(person) == ""
    bookmarks = person.session.bookmarks
    bookmarks.add("mine", person.session.current.code)
    bookmarks._on_read(person.session.run, {"kept": person.session.current.code})
    undo(person)
    assert list(bookmarks.codes) == ["kept"]
    redo(person)
    assert list(bookmarks.codes) == ["kept", "mine"]


def test_a_gesture_is_one_step_and_nothing_of_it_is_kept(qapp: QApplication) -> None:
    class Owner:
        def __init__(self) -> None:
            self.said: list[int] = []

        def put(self, number: int) -> None:
            self.said.append(number)

    owner, steps = Owner(), Undo()
    steps.record(changed("before", owner.put, 0, 1))
    # It begins where it is already.
    steps.record(changed("a drag", owner.put, 1, 1, gesture="drag", ends=False, idle=True))
    for number in range(1, 5):
        steps.record(changed("a drag", owner.put, number, number + 1, gesture="drag", ends=False))
    steps.record(changed("a drag", owner.put, 5, 5, gesture="drag", idle=True))
    steps.undo()
    assert owner.said == [1] and (steps.undoes, steps.redoes) == ("before", "a drag")
    steps.redo()
    assert owner.said == [1, 5]
    steps.clear()
    kept = weakref.ref(owner)
    del owner
    gc.collect()
    assert kept() is None
