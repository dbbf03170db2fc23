"""The window as a person uses it, from the first click to the exported figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.events import Progress
from latentexplorer.core.paths import runs_dir
from latentexplorer.data import load_data
from latentexplorer.gui.widgets.number_box import NumberLine, inset
from latentexplorer.gui.window.command_palette import CommandPalette
from latentexplorer.gui.window.workspaces import ALL, TRAIN
from latentexplorer.runs import RunFolder
from tests.gui.conftest import TIMEOUT_MS, Person


@pytest.fixture
def workspace() -> str:
    """The one with form, losses, map and plane: panes that this is not about need not be drawn."""
    return TRAIN


def point_of_map(person: Person, row: int) -> tuple[QWidget, QPoint]:
    """The widget and the position in it at which a point of the map is drawn."""
    pane = person.frame.panes["map"]
    place = pane.plot.mapFromScene(pane.scene_position(row))
    return pane.plot.viewport(), place


def test_training_two_epochs_draws_the_loss(person: Person) -> None:
    person.train(epochs=2)
    assert not person.failures
    curve = person.frame.panes["loss"].curves["train", "loss"]
    epochs, values = curve.getData()
    assert list(epochs) == [1, 2]
    assert values[1] < values[0]
    assert person.session.run.epoch == 2
    assert (runs_dir() / "digits-vae" / "model.safetensors").is_file()


def test_a_click_on_a_point_of_the_map_decodes_exactly_its_code(person: Person) -> None:
    person.train(epochs=1)
    pane = person.frame.panes["map"]
    person.until(lambda: pane.result is not None)
    # A point that stands alone, so that it is clear which one is meant.
    coords = pane.result.coords
    distance = np.hypot(*(coords[:, None] - coords[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    row = int(distance.min(1).argmax())
    person.click(*point_of_map(person, row))
    person.decoded()
    code = person.session.current.code
    assert code.index == pane.result.index[row]
    known = person.session.run.codes["train"]
    z = known.loc[np.flatnonzero(known.index == code.index)]
    np.testing.assert_array_equal(code.z, z[0])
    shown = person.find("decoded_image").image
    np.testing.assert_array_equal(shown, person.session.run.decode(z)[0])
    np.testing.assert_array_equal(
        person.find("original_image").image, person.session.run.images("train").images[code.index]
    )


def test_a_click_beside_the_points_says_how_the_code_was_found(person: Person) -> None:
    pane = person.frame.panes["map"]
    person.until(lambda: pane.result is not None)
    before = person.session.current.code
    person.click(pane.plot.viewport(), QPoint(6, 6))
    person.until(lambda: person.session.current.code is not before)
    person.decoded()
    assert not person.session.current.code.of_image
    assert "exact" in person.session.current.code.how
    assert person.session.current.code.how in person.frame.panes["decoded"].how.text()


def test_a_click_on_a_cell_of_the_grid_makes_its_code_current(person: Person) -> None:
    pane = person.frame.panes["latent_grid"]
    person.until(lambda: pane.result is not None)
    index = 3 * pane.grid.columns + 5
    person.click(pane.grid, pane.grid.rect_of(index).center().toPoint())
    person.decoded()
    np.testing.assert_array_equal(person.session.current.code.z, pane.result.codes[3, 5])
    np.testing.assert_allclose(person.find("decoded_image").image, pane.result.images[3, 5], atol=1e-5)
    person.until(lambda: pane.grid.current == index)


def test_the_keyboard_alone_walks_the_grid(person: Person) -> None:
    pane = person.frame.panes["latent_grid"]
    person.until(lambda: pane.result is not None)
    pane.grid.setFocus()
    person.click(pane.grid, pane.grid.rect_of(0).center().toPoint())
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        person.qtbot.keyClick(pane.grid, key)
    person.decoded()
    np.testing.assert_array_equal(person.session.current.code.z, pane.result.codes[1, 1])
    person.qtbot.keyClick(person.frame, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    person.decoded()
    np.testing.assert_array_equal(person.session.current.code.z, pane.result.codes[0, 0])


def test_pause_holds_and_stop_keeps_what_was_learned(person: Person) -> None:
    person.begin_training()
    person.click("pause_button")
    assert person.session.training.state == "paused"
    person.click("pause_button")
    rows = len(person.session.history)
    person.until(lambda: len(person.session.history) > rows)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    assert not person.failures
    assert person.session.run.epoch >= rows
    assert person.find("train_button").isEnabled()


def test_a_run_trains_on_after_its_end(person: Person) -> None:
    person.train(epochs=1)
    path = person.session.run.path
    person.session.training.train_more(2)
    person.until(lambda: person.session.training.state != "idle")
    person.until(lambda: person.session.training.state == "idle")
    assert person.session.run.path == path
    assert person.session.run.epoch == 3
    epochs, _ = person.frame.panes["loss"].curves["train", "loss"].getData()
    assert list(epochs) == [1, 2, 3]


def test_panes_follow_the_training(person: Person) -> None:
    person.begin_training()
    person.follow()
    person.until(lambda: person.find("decoded_image").image is not None)
    pane = person.frame.panes["map"]
    person.until(lambda: pane.result is not None)
    before = pane.result
    person.until(lambda: pane.result is not before)
    person.click(pane.freeze_button)
    frozen = pane.result
    person.follow(2)
    assert pane.result is frozen
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")


def test_an_exported_figure_tells_how_it_was_made(person: Person, tmp_path: Path) -> None:
    from latentexplorer.figures import read_recipe

    person.click("map_pane_export")
    person.until(lambda: person.frame.findChild(QLineEdit, "export_file") is not None)
    field = person.find("export_file", QLineEdit)
    path = tmp_path / "map.png"
    field.setFocus()
    field.selectAll()  # type: ignore[attr-defined]
    person.qtbot.keyClicks(field, str(path))
    dialog = field.window()
    buttons = dialog.findChild(QDialogButtonBox)
    assert buttons is not None
    person.click(buttons.button(QDialogButtonBox.StandardButton.Save))
    person.until(path.is_file)
    person.until(lambda: not person.session.jobs.jobs)
    recipe = read_recipe(path)
    assert recipe.kind == "map"
    assert str(person.session.run.path) in str(recipe.run)
    assert recipe.settings["method"] == "dims"


def test_a_wrong_value_is_marked_in_place_and_cannot_be_trained(person: Person) -> None:
    person.type("field_training.epochs", "many")
    problem = person.find("problem_training.epochs", QLabel)
    assert problem.text() == "'many': must be a whole number"  # type: ignore[attr-defined]
    assert problem.isVisible()
    assert not person.find("train_button").isEnabled()
    person.type("field_training.epochs", "3")
    assert not problem.isVisible()
    assert person.find("train_button").isEnabled()
    assert person.session.training.draft.training.epochs == 3


def test_a_run_folder_that_disappears_is_told_and_the_window_lives(person: Person) -> None:
    person.expects_failure = True
    person.begin_training()
    # Moved away at once: deleting file by file would race with the training that writes them.
    runs_dir().rename(runs_dir().with_name("elsewhere"))
    person.until(lambda: bool(person.failures))
    person.until(lambda: person.session.training.state == "idle")
    banner = person.find("failure")
    assert banner.isVisible()
    assert person.failures[0].message in person.find("failure_text", QLabel).text()  # type: ignore[attr-defined]
    # It goes on: what was learned can still be looked at, and another run trains.
    person.session.current.draw_random(1)
    person.decoded()
    person.train(epochs=1)
    assert person.session.run.epoch == 1


def test_images_that_are_not_there_are_told(person: Person, tmp_path: Path) -> None:
    person.expects_failure = True
    person.choose("field_data.name", "My images")
    # Until there is a path it is marked, and nothing can be trained.
    assert not person.find("train_button").isEnabled()
    person.type("field_data.path", str(tmp_path / "lost.npz"))
    assert person.find("train_button").isEnabled()
    person.click("train_button")
    person.until(lambda: bool(person.failures))
    person.until(lambda: person.session.training.state == "idle")
    assert "lost.npz" in person.failures[0].message
    assert "Traceback" in person.failures[0].details
    person.click("failure_details")
    dialog = person.frame.findChild(QDialog, "details_dialog")
    assert dialog is not None
    text = dialog.findChild(QPlainTextEdit)
    assert "lost.npz" in text.toPlainText() and "Traceback" not in text.toPlainText()
    box = dialog.findChild(QCheckBox, "details_technical")
    person.click(box, QPoint(8, box.height() // 2))
    assert "Traceback" in text.toPlainText()
    dialog.close()


def test_closing_while_training_asks_and_saves(person: Person) -> None:
    person.begin_training()
    person.frame.close()
    assert person.frame.isVisible()
    person.click(person.button_in_dialog("keep_working"))
    assert person.session.training.state == "training"
    person.frame.close()
    person.click(person.button_in_dialog("stop_and_save"))
    person.until(lambda: not person.frame.isVisible())
    assert (runs_dir() / "digits-vae" / "model.safetensors").is_file()


def test_closing_while_paused_saves(person: Person) -> None:
    person.begin_training()
    person.click("pause_button")
    person.until(lambda: person.session.training.state == "paused")
    rows = len(person.session.history)
    person.frame.close()
    person.click(person.button_in_dialog("stop_and_save"))
    person.until(lambda: not person.frame.isVisible())
    saved = RunFolder.open(runs_dir() / "digits-vae")
    assert len(saved.history) >= rows


def test_a_damaged_run_is_told(person: Person, tmp_path: Path) -> None:
    person.expects_failure = True
    (tmp_path / "config.json").write_text("{")
    before = person.session.run
    person.session.open_run(tmp_path)
    person.until(lambda: bool(person.failures))
    assert person.find("failure").isVisible()
    assert person.session.run is before


def test_empty_panes_say_which_run_is_being_opened(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    def said() -> set[str]:
        found = set()
        for name in ("map", "loss", "traversal"):
            person.frame.show_pane(name)
            labels = person.frame.panes[name].findChildren(QLabel)
            found |= {label.text() for label in labels if label.property("role") == "empty" and label.isVisible()}
        return found

    person.expects_failure = True
    (tmp_path / "config.json").write_text("{")
    person.begin(tmp_path)
    nothing = said()
    assert all(text.startswith("Train a model") for text in nothing), nothing
    jobs = person.session.jobs
    jobs.hold()
    person.session.open_run(make_run())
    assert said() == {f"Opening {make_run().name}…"}
    # In its place one that cannot be opened: there is something to do again.
    person.session.open_run(tmp_path)
    assert said() == {f"Opening {tmp_path.name}…"}
    jobs.release()
    person.settled()
    assert said() == nothing
    person.open_run(make_run())
    assert said() == set()


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_layout_and_the_colours_are_remembered(person: Person, choice: str) -> None:
    from latentexplorer.gui.session.window_settings import Settings
    from latentexplorer.gui.style.theme import theme

    person.frame.actions_table[f"theme_{choice}"].trigger()
    person.frame.docks["loss"].close()
    person.frame.close()
    assert Settings()["theme"] == choice
    assert theme.dark is (choice == "dark")
    from latentexplorer.gui.session.session import Session
    from latentexplorer.gui.window.main_window import MainWindow

    session = Session()
    again = MainWindow(session, Settings())
    person.qtbot.addWidget(again)
    again.resize(1280, 800)
    again.show()
    # The screen of a test is small: the window is arranged for its size once it has it.
    person.until(lambda: not again.docks["loss"].isVisible() and again.docks["map"].isVisible())
    again.reset_layout()
    person.until(lambda: again.docks["loss"].isVisible())
    again.close()


def test_some_hundred_redraws_of_the_plots(person: Person) -> None:
    pane = person.frame.panes["map"]
    person.until(lambda: pane.result is not None)
    for _ in range(300):
        person.session.history_changed.emit()
        pane._on_result(pane.result)
        pane.plot.viewport().repaint()
        person.frame.panes["loss"].plot.viewport().repaint()
    assert pane.scene_position(0) != QPointF()


def palette_of(person: Person) -> CommandPalette:
    """Open the command palette by its key."""
    person.frame.activateWindow()
    person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    shown = (each for each in QApplication.topLevelWidgets() if isinstance(each, CommandPalette) and each.isVisible())
    return next(shown)


def test_the_command_palette_does_what_is_typed(person: Person) -> None:
    before = person.session.current.code
    palette = palette_of(person)
    person.qtbot.keyClicks(palette.line, "random")
    person.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    person.until(lambda: person.session.current.code is not before)
    assert person.session.current.code.how == "a random draw"


def test_the_command_palette_does_what_is_clicked_when_its_list_is_done_with_the_click(person: Person) -> None:
    """What is done may wait for a dialog, in which the palette is deleted: the list would go on with what is gone."""
    palette = palette_of(person)
    person.qtbot.keyClicks(palette.line, "guide")
    place = palette.list.visualItemRect(palette.list.currentItem()).center()
    at, button, none = QPointF(place), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    view = palette.list.viewport()
    row, done = palette.list.currentIndex().row(), list[bool]()
    palette._found[row] = replace(palette._found[row], do=lambda: done.append(True))
    for _ in range(2):
        for kind, buttons in (
            (QEvent.Type.MouseButtonPress, button),
            (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
        ):
            QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), button, buttons, none))
    assert not done and palette.isVisible()
    # However often it was clicked meanwhile, it is done once.
    person.until(lambda: done == [True])
    assert not isValid(palette) or not palette.isVisible()


def test_the_command_palette_finds_everything(person: Person) -> None:
    palette = palette_of(person)
    for typed, found in (
        ("anim", "Interpolation: Export animation…"),
        ("t-sne", "Map: Projection: t-SNE"),
        ("pca", "Map: Projection: PCA"),
        ("theme dark", "Dark"),
        ("gallery classes", "Gallery: What the gallery shows: Classes"),
        ("kl weight", "Training: Setting KL weight"),
        ("smoother space", "Training: Setting KL weight"),
        ("digits-vad", "Training: Preset: A space of digits without an encoder · digits-vad"),
        ("open example", "Open example-digits"),
        ("stage", "Stage"),
        ("GIF", "Interpolation: Export animation…"),
        ("movie", "Traversal: Export animation…"),
        ("png", "Export…"),
        ("beta", "Training: Setting KL weight"),
        ("model.beta", "Training: Setting KL weight"),
        ("KL", "Training: Setting KL weight"),
    ):
        palette.line.clear()
        person.qtbot.keyClicks(palette.line, typed)
        names = [palette.list.topLevelItem(row).text(0) for row in range(palette.list.topLevelItemCount())]
        assert found in names[:4], typed
    palette.close()


def test_every_setting_is_found_by_its_key(person: Person) -> None:
    palette, fields = palette_of(person), person.frame.panes["training"].fields
    for table in ("data", "model", "training"):
        for name in type(getattr(RunConfig(), table)).model_fields:
            key = f"{table}.{name}"
            if key == "training.changes":  # what was done in a run, not a setting of the next one
                continue
            for typed in (name, name.replace("_", " "), key):
                palette.line.setText(typed)
                names = [offer.name for offer in palette._found[:6]]
                assert f"Training: Setting {fields[key].title}" in names, (typed, names)
    palette.close()


def test_the_tip_of_export_says_which_pane_it_is(person: Person) -> None:
    for name in ("map", "gallery"):
        person.show(name).setFocus()
        person.until(lambda name=name: person.frame.panes[name].title in person.find("export_button").toolTip())
    assert "used last" in person.find("export_button").toolTip()


def test_the_command_palette_says_when_there_is_nothing_and_begins_with_what_was_done_last(person: Person) -> None:
    palette = palette_of(person)
    person.qtbot.keyClicks(palette.line, "no such thing")
    assert palette.nothing.isVisible() and not palette.list.isVisible()
    palette.line.clear()
    person.qtbot.keyClicks(palette.line, "setting kl weight")
    person.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is person.find("field_model.beta")
    again = palette_of(person)
    assert again.list.topLevelItem(0).text(0) == "Training: Setting KL weight"
    again.line.clear()
    person.qtbot.keyClicks(again.line, "preset digits-vad")
    person.qtbot.keyClick(again.line, Qt.Key.Key_Return)
    assert person.session.training.draft.preset == "digits-vad"


def test_a_code_of_one_dimension_says_what_cannot_be_shown(person: Person) -> None:
    person.train(epochs=1, model__latent_dim="1")
    pane = person.frame.panes["latent_grid"]
    person.until(lambda: "two dimensions" in pane._empty.text())
    assert pane._empty.isVisible()
    person.until(lambda: person.frame.panes["map"].result is not None)
    person.decoded()
    assert person.find("decoded_image").image is not None


def test_training_leaves_a_core_while_somebody_uses_the_window(person: Person) -> None:
    person.begin_training()
    controls = person.session.training.controls
    person.session.current.pick_image("train", 3)
    assert controls.leaving_a_core
    person.until(lambda: not controls.leaving_a_core)
    person.click(person.find("stop_button"))
    person.until(lambda: person.session.training.state == "idle")


def test_what_a_training_does_beside_its_epochs_is_told(person: Person) -> None:
    person.begin_training()
    person.session.training._on_event(Progress(3, 0, "trying out what is fastest here"))
    assert "trying out what is fastest here" in [label.text() for label in person.frame.findChildren(QLabel)]
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")


def test_nobody_there_the_next_look_waits_until_the_last_is_drawn(person: Person) -> None:
    person.begin_training()
    session, controls, drawn = person.session, person.session.training.controls, Event()
    person.until(lambda: not session.user.here and not controls.leaving_a_core)
    # Somebody was there a moment ago: the pictures of then do not make it rest.
    session.snapshots._pacing.not_before_s = 0.0

    def draw_slowly() -> None:
        session.decoder.ask("slow", lambda: drawn.wait(60), lambda seen: None)

    with person.qtbot.waitSignal(session.snapshot_changed, timeout=TIMEOUT_MS):
        session.snapshot_changed.connect(draw_slowly)
    session.snapshot_changed.disconnect(draw_slowly)
    # Drawing what nobody touches takes no core from the training.
    assert not controls.leaving_a_core
    with person.qtbot.waitSignal(session.snapshots._timer.timeout, timeout=TIMEOUT_MS):
        session.snapshots._pacing.not_before_s = 0.0
    assert not controls.snapshot_wanted
    drawn.set()
    with person.qtbot.waitSignal(session.snapshot_changed, timeout=TIMEOUT_MS):
        session.snapshots._pacing.not_before_s = 0.0
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")


def test_rates_change_while_it_trains_and_are_kept_in_the_run(person: Person) -> None:
    person.begin_training()
    line = person.find("live_model.beta", QLineEdit)
    person.until(line.isVisible)
    assert person.find("run_controls_pace").isVisible()
    now = person.find("now_model.beta", QLabel)
    assert now.text() == "now 1"  # type: ignore[attr-defined]
    person.type("live_model.beta", "4")
    person.qtbot.keyClick(line, Qt.Key.Key_Return)
    person.until(lambda: now.text() == "now 4")  # type: ignore[attr-defined]
    # What cannot be is marked in place, and changes nothing.
    in_force = person.find("live_training.lr", QLineEdit).text()
    person.type("live_training.lr", "fast")
    person.qtbot.keyClick(person.find("live_training.lr"), Qt.Key.Key_Return)
    problem = person.find("live_problem_training.lr", QLabel)
    assert problem.isVisible()
    assert "fast" in problem.text()  # type: ignore[attr-defined]
    # Another field does not take the words away; the value that was in force does.
    person.type("live_model.beta", "4.0")
    person.qtbot.keyClick(line, Qt.Key.Key_Return)
    assert problem.isVisible()
    person.type("live_training.lr", in_force)
    person.qtbot.keyClick(person.find("live_training.lr"), Qt.Key.Key_Return)
    assert not problem.isVisible()
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    changes = person.session.run.config.training.changes
    assert [(change.key, change.value) for change in changes] == [("model.beta", 4.0)]


def test_every_rate_that_is_changed_stands_in_the_record_of_the_run(person: Person) -> None:
    """Takes long: each change is made while it trains, and waited for until an epoch has been trained with it."""
    person.choose("field_model.family", "vad")
    assert person.session.training.draft is not None and person.session.training.draft.model.family == "vad"
    # A small decoder and few images: each change is waited for until an epoch tells of it.
    person.click("more_settings")
    person.choose("field_model.architecture", "mlp")
    person.type("field_data.train_per_class", "30")
    person.begin_training()
    wanted = {"training.lr": 0.0005, "training.code_lr": 0.031, "model.beta": 2.5}
    path = person.session.training.path
    assert path is not None
    for key, value in wanted.items():
        line = person.find(f"live_{key}", QLineEdit)
        person.until(line.isVisible)
        person.type(f"live_{key}", f"{value:g}")
        person.qtbot.keyClick(line, Qt.Key.Key_Return)
        now = person.find(f"now_{key}", QLabel)
        # It is in force: the epoch's own row says so.
        person.until(lambda now=now: now.text() not in ("", "from next step"))  # type: ignore[misc]
    columns = {"training.lr": "lr", "training.code_lr": "code_lr", "model.beta": "beta"}
    person.until(lambda: person.session.history.rows[-1]["beta"] == 2.5)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    # Written, not only remembered.
    saved = RunFolder.open(path)
    assert {change.key: change.value for change in saved.config.training.changes} == wanted
    assert [change.key for change in saved.config.training.changes] == list(wanted)
    log = (path / "log.txt").read_text()
    for change in saved.config.training.changes:
        assert f"from step {change.step} on {change.key} = {change.value:g}" in log
    first, last = saved.history.rows[0], saved.history.rows[-1]
    for key, value in wanted.items():
        assert first[columns[key]] != last[columns[key]]
        assert last[columns[key]] == pytest.approx(value, rel=0.05)  # Nearly: the schedule has hardly begun.
    person.settled()


def test_the_logarithm_is_offered_where_codes_have_one(person: Person) -> None:
    person.choose("field_model.family", "vad")
    person.click("more_settings")
    field = person.find("field_model.log_codes")
    assert not field.isVisible()
    person.choose("field_model.prior", "Exponential")
    assert field.isVisible()
    person.qtbot.keyClick(field, Qt.Key.Key_Space)
    draft = person.session.training.draft
    assert draft is not None and draft.model.prior == "exponential" and draft.model.log_codes
    person.qtbot.keyClick(person.find("field_model.prior"), Qt.Key.Key_Up)
    assert person.session.training.draft is not None and person.session.training.draft.model.prior == "laplace"
    assert not field.isVisible()


def test_one_epoch_then_it_waits(person: Person) -> None:
    person.begin_training()
    person.click("step_button")
    person.until(lambda: person.session.training.state == "paused")
    person.settled()  # Nothing is under way any more.
    rows = len(person.session.history)
    person.click("step_button")
    assert person.session.training.state == "training"
    person.until(lambda: person.session.training.state == "paused")
    assert len(person.session.history) == rows + 1
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()


def test_one_epoch_of_a_new_run_then_of_the_one_that_was_stopped(person: Person) -> None:
    step = person.find("step_button")
    person.type("field_training.epochs", "1000")
    person.until(step.isVisible)
    assert "new run" in step.toolTip()
    person.click(step)
    person.until(lambda: person.session.training.state == "paused")
    path = person.session.training.path
    assert path is not None and len(person.session.history) == 1
    # What it learned in that epoch is shown.
    person.until(lambda: person.session.run.path == path and person.session.run.epoch == 1)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.until(lambda: person.session.training.unfinished)
    assert path.name in step.toolTip()
    person.click(step)
    person.until(lambda: person.session.training.state == "paused")
    assert person.session.training.path == path and len(person.session.history) == 2
    # It goes on when it is let.
    person.click("pause_button")
    person.until(lambda: len(person.session.history) > 2)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()


def test_the_pane_resumes_and_trains_on(person: Person) -> None:
    person.begin_training()
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    epoch = person.session.run.epoch
    person.until(lambda: person.find("train_button").text() == "Resume")
    person.click("train_button")
    person.until(lambda: len(person.session.history) > epoch)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    # So many more epochs are counted from where it is, whatever it was planned for.
    goal, planned = person.session.run.epoch + 1, person.session.run.config.training.epochs
    person.find("more_epochs").setValue(1)  # type: ignore[attr-defined]
    assert person.find("more_button").text() == f"Train to epoch {goal}"  # type: ignore[attr-defined]
    assert f"to epoch {goal}, instead of the {planned}" in person.find("more_button").toolTip()
    person.click("more_button")
    person.until(lambda: person.session.training.state != "idle")
    person.until(lambda: person.session.training.state == "idle")
    assert person.session.run.epoch == person.session.run.config.training.epochs == goal
    person.train(epochs=1)
    assert person.find("train_button").text() == "Train"  # type: ignore[attr-defined]
    person.find("more_epochs").setValue(2)  # type: ignore[attr-defined]
    person.click("more_button")
    person.until(lambda: person.session.training.state != "idle")
    person.until(lambda: person.session.training.state == "idle")
    assert person.session.run.epoch == 3


def test_headings_in_the_list_of_presets_are_passed_over(person: Person) -> None:
    box = person.find("field_preset", QComboBox)
    heading = next(row for row in range(1, box.count()) if box.itemData(row) is None)
    box.setCurrentIndex(heading - 1)
    box.setFocus()
    person.qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentIndex() == heading + 1
    chosen = box.currentData()
    person.until(lambda: person.session.training.draft is not None and person.session.training.draft.preset == chosen)


def test_the_hint_takes_one_line_and_its_words_fit(person: Person) -> None:
    for width in (1000, 1100, 1280):
        person.frame.resize(width, 700)
        person.settled()
        text = person.find("hint_text", QLabel)
        assert text.sizeHint().width() <= text.width()  # type: ignore[attr-defined]
        assert person.find("hint").height() < 2.6 * text.fontMetrics().height()
        assert "Train" in text.text()  # type: ignore[attr-defined]


@pytest.mark.parametrize("workspace", [ALL])
def test_few_dimensions_use_the_height_of_a_small_window(person: Person) -> None:
    person.frame.resize(1100, 700)
    pane = person.frame.panes["traversal"]
    person.until(lambda: len(pane.rows.visible_rows) == 2)
    person.settled()
    row = pane.rows.rows[0]
    assert row.strip.width() > 0.95 * pane.rows.viewport().width()
    assert row.strip.y() >= row.slider.geometry().bottom()
    assert pane.rows.rows[1].geometry().bottom() <= pane.rows.viewport().height()


@pytest.mark.parametrize("workspace", [ALL])
def test_no_tab_bar_stands_apart_from_its_panes(person: Person) -> None:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.gui.session.window_settings import Settings
    from latentexplorer.gui.window.main_window import MainWindow

    def places(frame: MainWindow) -> list[bool]:
        """For each tab bar that is seen, whether it stands above a pane."""
        docks = [dock for dock in frame.docks.values() if dock.isVisible()]
        bars = [bar for bar in frame.findChildren(QTabBar) if bar.isVisible()]
        return [any(dock.y() == bar.geometry().bottom() + 1 and dock.x() == bar.x() for dock in docks) for bar in bars]

    person.until(lambda: places(person.frame) == [True] * 3)
    person.frame.close()
    # A layout that is brought back leaves more of them behind.
    again = MainWindow(Session(), Settings())
    person.qtbot.addWidget(again)
    again.resize(1280, 800)
    again.show()
    person.until(lambda: places(again) == [True] * 3)
    again.close()


def test_a_run_whose_images_are_gone_opens_and_says_so(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    images = tmp_path / "mine.npz"
    digits = load_data(DataConfig()).train
    np.savez(images, images=digits.images[:60], labels=digits.labels[:60])
    run = make_run("data.name=images", f"data.path={images}", "data.train_per_class=none", "data.test_per_class=none")
    images.unlink()
    person.session.open_run(run)
    person.until(lambda: person.session.run is not None and person.session.run.path == run)
    person.settled()
    person.decoded()
    said = person.find("status_right", QLabel)
    assert "images not there" in said.text()
    assert "mine.npz" in said.toolTip()
    assert len(person.frame.panes["map"].result.coords)


def test_a_training_that_diverges_says_what_to_lower_and_the_window_goes_on(person: Person) -> None:
    person.expects_failure = True
    before = person.session.run
    # Twelve layers whose weights grow at every step: their product soon is no number any more.
    person.train(epochs=50, model__hidden=", ".join(["64"] * 12), training__lr="10", training__held_out="0")
    failure = person.failures[0]
    assert "not a number" in failure.message and "training.lr" in failure.todo
    assert person.find("failure").isVisible()
    folder = RunFolder.open(runs_dir() / "digits-vae")
    assert folder.status == "failed"
    assert (folder.path / "checkpoint" / "state.safetensors").is_file()
    # What was learned before is looked at, and another training can begin.
    person.until(lambda: person.session.run is not None and person.session.run is not before)
    person.decoded()
    person.train(epochs=1, training__lr="0.001")
    assert len(person.failures) == 1


@pytest.mark.parametrize(
    ("text", "at", "selected"),
    [
        ("0.001", 1, "0.001"),
        ("0.001", 4, "0.001"),
        ("-1.5e-3", 1, "-1.5e-3"),
        ("0.25, 0.5", 7, "0.5"),
    ],
)
def test_a_double_click_selects_the_whole_of_a_number(qtbot: QtBot, text: str, at: int, selected: str) -> None:
    box = inset(QDoubleSpinBox())
    for field in (NumberLine(), box.lineEdit()):
        qtbot.addWidget(field)
        field.resize(200, 28)
        field.setText(text)
        field.setCursorPosition(at)
        place = field.cursorRect().center()
        qtbot.mouseDClick(field, Qt.MouseButton.LeftButton, pos=place)
        assert field.selectedText().strip() == selected


def test_the_fields_of_the_form_are_such(person: Person) -> None:
    person.begin_training()
    for name in ("field_training.lr", "field_model.hidden", "live_training.lr"):
        assert isinstance(person.find(name), NumberLine), name
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
