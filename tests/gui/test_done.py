"""What the window promises, end to end: each test does with real events what a person would."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from latentexplorer.cli import main
from latentexplorer.core.paths import runs_dir
from latentexplorer.figures import read_recipe
from latentexplorer.gui.panes.table import PANES
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.views import settings_from
from tests.gui.conftest import Person

VAE = ("model.family=vae", "model.latent_dim=4")
FIGURES = [entry.name for entry in PANES if entry.name != "training"]


class FirstClick(QObject):
    """Clicks a point of the map as soon as there is one, waits for its decode, and closes the window."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Any] = {}
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(50)

    @Slot()
    def _look(self) -> None:
        frame: Any = next((top for top in QApplication.topLevelWidgets() if isinstance(top, MainWindow)), None)
        if frame is None or not frame.isVisible() or frame.session.current.image_of is None:
            return
        session, pane = frame.session, frame.panes["map"]
        if pane.result is None or session.current.image_of is not session.current.code:
            return
        if not self.seen:
            row = next(
                row for row in range(len(pane.result.index)) if pane.result.index[row] != session.current.code.index
            )
            place = pane.plot.mapFromScene(pane.scene_position(row))
            self.seen["before"] = session.current.code
            QTest.mouseClick(pane.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
        elif session.current.code is not self.seen["before"]:
            self._timer.stop()
            self.seen["image"] = frame.findChild(QWidget, "decoded_image").image
            self.seen["expected"] = session.run.decode(session.current.code.z[None])[0]
            frame.close()


def test_from_the_command_line_to_the_first_decode_in_one_click(own_home: Path) -> None:
    person = FirstClick()
    assert main(["gui"]) == 0
    np.testing.assert_array_equal(person.seen["image"], person.seen["expected"])


def test_pause_stop_and_resume_to_the_end(person: Person) -> None:
    person.begin_training()
    person.click("pause_button")
    assert person.session.training.state == "paused"
    person.click("pause_button")
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    path, epochs = person.session.run.path, person.session.run.epoch
    assert 1 <= epochs < 100_000
    person.frame.activateWindow()
    person.qtbot.keyClick(person.frame, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    person.until(lambda: len(person.session.history) > epochs)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()
    assert person.session.run.path == path and person.session.run.epoch > epochs
    shown, _ = person.frame.panes["loss"].curves["train", "loss"].getData()
    assert list(shown) == list(range(1, person.session.run.epoch + 1))


@pytest.mark.parametrize("name", FIGURES)
def test_every_pane_exports_a_figure_that_says_how_it_was_made(
    person: Person, make_run: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    pane = person.open_run(make_run(*VAE), name)
    if name == "interpolation":
        pane.finder.pick_images()
        person.settled()
    if name == "runs":
        person.session.compare([make_run("model.family=pca")])
        person.settled()
    recipe = read_recipe(person.export(pane, tmp_path / f"{name}.png"))
    assert recipe.kind == pane.view_kind
    assert recipe.run == str(person.session.run.path)
    assert recipe.view_settings() == settings_from(recipe.kind, pane.figure_settings())
    # The copied command makes the same figure.
    pane.copy_command()
    command = shlex.split(QGuiApplication.clipboard().text())
    command[command.index("--out") + 1] = str(tmp_path / "again.png")
    assert command[0] == "latentexplorer" and main([*command[1:], "--quiet"]) == 0
    again = read_recipe(tmp_path / "again.png")
    assert (again.kind, again.run, again.settings) == (recipe.kind, recipe.run, recipe.settings)


def test_a_copied_picture_carries_its_recipe(person: Person, make_run: Callable[..., Path], tmp_path: Path) -> None:
    pane = person.open_run(make_run(*VAE), "latent_grid")
    with person.qtbot.waitSignal(person.session.message, timeout=60_000):
        pane.copy_picture()
    image = QGuiApplication.clipboard().image()
    path = tmp_path / "pasted.png"
    assert image.save(str(path))
    assert read_recipe(path).kind == "latent-grid"


@pytest.mark.parametrize("suffix", [".png", ".svg", ".gif", ".apng", ".webp"])
def test_a_dropped_interpolation_brings_its_ends_back(
    person: Person, make_run: Callable[..., Path], tmp_path: Path, suffix: str
) -> None:
    from latentexplorer.figures.animation import export_animation

    path = make_run(*VAE)
    pane = person.open_run(path, "interpolation")
    pane.finder.pick_images()
    pane.steps.setValue(7)
    person.qtbot.keyClick(pane.method, Qt.Key.Key_Down)
    person.settled()
    ends, shown = dict(person.session.selection.anchors), pane.shown
    file = tmp_path / f"way{suffix}"
    if suffix in (".png", ".svg"):
        person.export(pane, file)
    else:
        export_animation(person.session.run, file, pane.view_settings())
    person.qtbot.keyClick(pane.method, Qt.Key.Key_Up)
    pane.steps.setValue(3)
    other = make_run("model.family=pca")
    person.open_run(other, "runs")
    person.drop(file)
    person.until(lambda: person.session.run.path == path and person.session.selection.anchors["B"] is not None)
    person.settled()
    assert pane.isVisible() and pane.steps.value() == 7 and pane.method.currentText() == "spherical"
    for which, end in ends.items():
        found = person.session.selection.anchors[which]
        assert (found.part, found.index) == (end.part, end.index) and np.array_equal(found.z, end.z)
    np.testing.assert_array_equal(pane.shown.codes, shown.codes)
    np.testing.assert_array_equal(pane.shown.images, shown.images)


def test_a_dropped_traversal_brings_its_code_and_rows_back(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    pane = person.open_run(make_run("model.family=cvae", "model.latent_dim=30"), "traversal")
    pane._step_actions[5].trigger()
    person.settled()
    person.session.current.set(person.session.current.code.z * np.float32(0.5), 3)
    bar = pane.rows.verticalScrollBar()
    bar.setValue(4 * pane.rows._row_px)
    person.settled()
    rows, code = pane.rows.shown_dimensions, person.session.current.code
    file = person.export(pane, tmp_path / "rows.png")
    pane._step_actions[11].trigger()
    bar.setValue(0)
    person.session.current.pick_image("train", 2)
    person.settled()
    person.drop(file)
    person.until(lambda: person.session.current.code.same(code))
    person.settled()
    assert pane.rows.shown_dimensions[0] == rows[0]
    assert {len(row.values) for row in pane.rows.visible_rows} == {5}
    assert pane.base.same(code)


def test_dropped_loss_and_decoded_figures_bring_their_views_back(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    path = make_run(*VAE)
    loss = person.open_run(path, "loss")
    person.click(loss.switches.log)
    person.click(loss.switches.parts["test"])
    before = loss.view_settings()
    curves = person.export(loss, tmp_path / "loss.png")
    person.session.current.pick_image("train", 5)
    image = person.export(person.frame.panes["decoded"], tmp_path / "decoded.png")
    person.click(loss.switches.log)
    person.click(loss.switches.parts["test"])
    person.session.current.pick_image("test", 1)
    assert loss.view_settings() != before
    person.drop(curves)
    person.until(lambda: loss.view_settings() == before)
    person.drop(image)
    person.until(lambda: (person.session.current.code.part, person.session.current.code.index) == ("train", 5))
    person.decoded()


def test_exploring_panes_follow_a_running_training_and_freeze(person: Person) -> None:
    person.begin_training()
    session, panes = person.session, person.frame.panes

    def versions(name: str) -> Any:
        pane: Any = panes[name]
        return {
            "interpolation": lambda: pane.shown,
            "traversal": lambda: None if pane.shown is None else pane.shown.dimensions,
            "gallery": lambda: pane.result,
        }[name]()

    for name in ("interpolation", "traversal", "gallery"):
        pane: Any = panes[name]
        person.frame.show_pane(name)
        if name == "interpolation":
            pane.finder.pick_images()
        person.until(lambda name=name: versions(name) is not None)
        seen = versions(name)
        person.until(lambda name=name, seen=seen: versions(name) is not seen)
        assert pane.freeze_button.isVisible()
        person.click(pane.freeze_button)
        frozen = versions(name)
        with person.qtbot.waitSignals([session.snapshot_changed] * 2, timeout=60_000):
            pass
        person.until(lambda: session.current.image_of is session.current.code)
        assert versions(name) is frozen
        person.click(pane.freeze_button)
        person.until(lambda name=name, frozen=frozen: versions(name) is not frozen)
    # The image that is looked at stays, its code and decode are those of newer weights.
    code, image = session.current.code, session.current.image
    assert code.of_image
    person.until(
        lambda: not np.array_equal(session.current.code.z, code.z) and session.current.image_of is session.current.code
    )
    assert (session.current.code.part, session.current.code.index) == (code.part, code.index)
    assert not np.array_equal(session.current.image, image)
    assert person.find("decoded_image").image is session.current.image
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")
    person.settled()
    # What stands in the panes in the end is of the final weights.
    way: Any = panes["interpolation"]
    person.frame.show_pane("interpolation")
    person.until(
        lambda: np.array_equal(
            way.shown.codes[0], session.current.code_of("test", session.selection.anchors["A"].index).z
        )
    )
    person.settled()
    np.testing.assert_allclose(way.shown.images, session.run.decode(way.shown.codes), atol=1e-6)


@pytest.mark.parametrize("error", [RuntimeError("a fault of our own"), MemoryError()])
def test_a_failure_in_training_is_told_and_the_last_epoch_is_kept(
    person: Person, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    from latentexplorer.training.trainer import _Training as Trainer

    person.expects_failure = True
    honest = Trainer.train_epoch

    def fails_in_the_third(trainer: Any) -> bool:
        if trainer.state.epoch == 2:
            raise error
        return honest(trainer)

    monkeypatch.setattr(Trainer, "train_epoch", fails_in_the_third)
    person.type("field_training.epochs", "5")
    person.click("train_button")
    person.until(lambda: bool(person.failures) and person.session.training.state == "idle")
    banner = person.find("failure")
    assert banner.isVisible() and person.find("failure_details").isVisible()
    person.settled()
    assert person.session.run.path == runs_dir() / "digits-vae" and person.session.run.epoch == 2
    monkeypatch.setattr(Trainer, "train_epoch", honest)
    person.session.current.draw_random(4)
    person.decoded()
    person.session.training.resume()
    person.until(lambda: person.session.training.active)
    person.until(lambda: not person.session.training.active)
    assert person.session.run.epoch == 5


def test_class_of_a_conditional_model_is_one_state(person: Person, make_run: Callable[..., Path]) -> None:
    pane = person.open_run(make_run("model.family=cvae"), "latent_grid")
    choice: Any = person.find("decoded_class", QComboBox)
    choice.setFocus()
    person.qtbot.keyClick(choice, Qt.Key.Key_Home)
    person.qtbot.keyClick(choice, Qt.Key.Key_Down)
    person.decoded()
    assert person.session.current.code.y == 1
    person.settled()
    index = 2 * pane.grid.columns + 2
    person.click(pane.grid, pane.grid.rect_of(index).center().toPoint())
    person.decoded()
    np.testing.assert_allclose(person.find("decoded_image").image, pane.result.images[2, 2], atol=1e-5)


def test_a_dropped_array_is_trained_by_one_click(person: Person, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(40) % 4)
    person.drop(tmp_path / "mine.npz")
    person.until(lambda: person.session.training.draft.data.name == "images")
    person.train(epochs=1)
    run = person.session.run
    assert run.image_shape == (1, 8, 8) and len(run.class_names) == 4 and run.epoch == 1
