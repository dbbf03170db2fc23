"""The first seconds of a training: what is done is said, the new run is seen at once, and the old one is not."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import Progress, TrainingProgress
from latentexplorer.gui.panes.veil import hands_off
from latentexplorer.gui.session.batch_losses import MOST, BatchLosses
from latentexplorer.gui.session.training_stage import stage_of
from latentexplorer.gui.widgets.stage_bar import StageBar
from latentexplorer.gui.window.workspaces import ALL, EXPLORE
from tests.gui.conftest import Person

SHOWN = ("map", "latent_grid", "decoded", "interpolation", "traversal", "gallery", "loss")
LONG = {"training.epochs": "40", "training.batch_size": "1", "model.hidden": "1024, 1024"}
"""Of these batches an epoch has well over a thousand, and a model so wide takes many seconds for them: a window that is
slow, too, has drawn the untrained one long before the epoch is over."""


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def begin(person: Person, **more: str) -> None:
    """Press Train for a run whose first epoch is long."""
    for key, value in (LONG | more).items():
        person.type(f"field_{key}", value)
    person.click("train_button")


def in_first_epoch(person: Person) -> None:
    """Wait until the untrained model is shown and batches were reported, and pause it there."""
    session = person.session
    person.until(lambda: not session.preparing and session.is_open(session.training.path))
    person.until(lambda: len(session.training.losses) > 2)
    person.click("pause_button")
    person.settled()
    assert not len(session.history), "the first epoch was too short for this test"


def stop(person: Person) -> None:
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()


def veiled(person: Person) -> list[str]:
    """Panes that are covered; those behind the tab of another one draw when they are seen."""
    panes = person.frame.panes
    covered = [name for name in SHOWN if not panes[name].veil.isHidden()]
    return covered if person.session.preparing else [name for name in covered if panes[name].seen]


@pytest.fixture
def opened(person: Person, make_run: Callable[..., Path]) -> Path:
    path = make_run("training.epochs=3")
    person.open_run(path)
    return path


@pytest.mark.parametrize("workspace", [ALL])
def test_from_the_click_on_nothing_of_the_old_run_stands_under_the_new_name(person: Person, opened: Path) -> None:
    assert not veiled(person)
    shown: list[bool] = []
    person.session.run_changed.connect(lambda: shown.append(person.frame.windowTitle().startswith(opened.name)))
    begin(person)
    # Before anything else could happen.
    assert veiled(person) == list(SHOWN)
    assert person.find("loss_pane_veil").text() and person.find("map_pane_veil").text()
    assert person.frame.windowTitle().startswith("New run")
    assert person.find("run_title").text() == "New run"
    assert person.find("strip_bar").isVisible() and person.find("run_controls_bar").isVisible()
    for action in ("export", "bookmark", "random_code", "anchor_a"):
        assert not person.frame.actions_table[action].isEnabled()
    assert not person.frame.panes["map"].export_button.isEnabled()
    # Once there is something to be seen of it, what the training does stands in no pane's way.
    said: list[str] = []
    person.session.run_changed.connect(lambda: said.append(person.find("map_pane_veil").text()))
    in_first_epoch(person)
    # It came with its own name and nothing else.
    assert shown == [False] and said == [""]
    name = person.session.training.path.name
    assert name != opened.name and person.frame.windowTitle().startswith(name)
    assert person.find("run_title").text() == name
    stop(person)


@pytest.mark.parametrize("workspace", [ALL])
def test_the_untrained_model_is_seen_its_first_epoch_moves_is_paused_and_goes_on(person: Person, opened: Path) -> None:
    session = person.session
    first: list[int] = []
    session.run_changed.connect(lambda: first.append(session.run.info.step))
    begin(person)
    in_first_epoch(person)
    assert first == [0]
    # What computes, and how, in words: "CPU, 2 threads, fp32".
    assert person.find("status_left").text().startswith(f"{session.libraries.device}, ")
    panes = person.frame.panes
    # What waits behind a tab cannot be touched either: nobody pays for looking at each event meanwhile.
    assert not veiled(person) and not hands_off.watching
    assert panes["map"].result is not None and len(panes["map"].plot.cloud.coords) == len(panes["map"].result.index)
    assert panes["latent_grid"].result is not None and person.find("decoded_image").image is not None
    # The newest look at it is that of the batch where it stands still.
    person.until(lambda: session.run.info.step > 0)
    assert session.run.epoch == 0
    epochs, losses = panes["loss"].inside.item.getOriginalDataset()
    assert panes["loss"].inside.item.isVisible() and panes["loss"].content.isVisible()
    assert epochs[0] > 0 and epochs[-1] < 1 and np.isfinite(losses).all()
    button, action = person.find("pause_button"), person.frame.actions_table["pause"]
    paused = action.icon().pixmap(16, 16).toImage()
    told = person.frame.strip.speed, person.find("run_controls_pace")
    assert button.text() == "Continue" and all("paused" in label.toolTip() + label.text() for label in told)
    batch = session.training._progress.batch
    person.click(button)
    assert button.text() == "Pause" and action.icon().pixmap(16, 16).toImage() != paused
    assert not any("paused" in label.text() for label in told)
    person.until(lambda: session.training._progress.batch != batch)
    # A few batches say nothing of the time that is left.
    person.until(lambda: len(session.history) or math.isfinite(session.training._progress.seconds_left))
    words = ("batch", "of 1,", "about", "left")
    said = list(product(words, told))
    person.until(lambda: len(session.history) or all(word in label.toolTip() + label.text() for word, label in said))
    assert person.frame.strip.epoch.text().endswith("of 40")
    stop(person)


@pytest.mark.parametrize("workspace", [ALL])
def test_stopped_in_its_first_epoch_it_says_so_and_goes_on(person: Person, opened: Path) -> None:
    session = person.session
    begin(person)
    in_first_epoch(person)
    path = session.training.path
    stop(person)
    assert session.is_open(path) and session.run.info.step > 0
    # What was seen of its loss stays with it.
    pane = person.frame.panes["loss"]
    assert pane.inside.item.isVisible() and "batch" not in pane.header.subtitle.text()
    person.open_run(opened)
    assert not pane.inside.item.isVisible()
    # When nobody has seen it any more, the pane says what there is.
    session.training.losses.clear()
    person.open_run(path)
    assert pane._empty.isVisible() and "Resume" in pane._empty.text()
    person.click("train_button")
    assert not veiled(person)
    person.until(lambda: pane.content.isVisible() and pane.inside.item.isVisible())
    stop(person)


@pytest.mark.parametrize("how", ["it fails", "it is stopped", "another run is opened"])
def test_of_a_new_run_that_comes_to_nothing_the_old_one_is_left(
    person: Person, opened: Path, make_run: Callable[..., Path], tmp_path: Path, how: str
) -> None:
    session, panes = person.session, person.frame.panes
    code, result = session.current.code, panes["map"].result
    person.expects_failure = how == "it fails"
    # Images that take a while to be made, so that there is something to be stopped.
    slow = ["data.name=shapes", "data.limit=20000", "data.size=64"] if how == "it is stopped" else []
    config = RunConfig().updated(slow)
    if how == "it fails":
        config = config.updated(["data.name=images", f"data.path={tmp_path}"])
    session.training.start(config)
    assert veiled(person) == list(SHOWN)
    if how == "it is stopped":
        person.click("stop_button")
    elif how == "another run is opened":
        other = person.open_run(make_run("model.latent_dim=8")) or session.run.path
        assert not veiled(person) and person.frame.windowTitle().startswith(other.name)
        # The training goes on behind it, under its own name.
        person.until(lambda: session.training.state in ("training", "idle"))
        assert session.is_open(other) and len(session.history) == 1
        stop(person) if session.training.active else None
        assert session.is_open(other)
        return
    person.until(lambda: session.training.state == "idle")
    person.settled()
    assert not veiled(person)
    assert session.is_open(opened) and person.frame.windowTitle().startswith(opened.name)
    assert person.find("run_title").text() == opened.name
    assert session.current.code is code and panes["map"].result is result
    assert len(session.history) == 3 and person.show("loss").curves["train", "loss"].isVisible()
    assert person.frame.actions_table["export"].isEnabled() and panes["map"].export_button.isEnabled()
    assert opened.name in person.frame.statusBar().currentMessage()


def test_what_is_solved_at_once_has_stages_too(person: Person, opened: Path) -> None:
    said: list[str] = []
    session = person.session
    session.training.progress.connect(lambda event: said.append(session.training.stage.what))
    session.training.start(RunConfig().updated(["model.family=pca", "data.train_per_class=12"]))
    person.until(lambda: session.training.state == "idle" and not session.preparing)
    person.settled()
    assert [word for word in said if "PCA" in word] and "reading images" in said
    assert not session.is_open(opened) and not veiled(person)


def test_opening_a_run_ends_the_layout_of_the_one_before_and_begins_none(
    person: Person, make_run: Callable[..., Path]
) -> None:
    person.open_run(make_run())
    pane, session = person.show("map"), person.session
    pane.controls.options.set_value("steps", 20_000)
    person.choose("map_method", "t-SNE")
    person.until(lambda: pane.layouts.step > 0)
    (job,) = [job for job in session.jobs.jobs if "map" in job.title]
    other = make_run("model.latent_dim=8")
    opening = session.open_run(other)
    # At once, not when the other one has been read.
    assert job.token.requested and not opening.done
    person.until(lambda: session.is_open(other))
    person.settled()
    assert job.state == "stopped" or job.state == "succeeded"
    assert pane.controls.method != "tsne" and pane.result is not None and pane.result.method != "tsne"
    assert not pane.layouts.running


def test_a_layout_that_was_stopped_says_so_while_the_model_goes_on(person: Person) -> None:
    session = person.session
    quick = {"data.train_per_class": "30", "training.batch_size": "8", "model.hidden": "64"}
    begin(person, **quick, **{"training.epochs": "100000"})
    person.until(lambda: not session.preparing and len(session.history) > 0)
    person.click("pause_button")
    person.settled()
    pane, epoch = person.show("map"), session.run.epoch
    pane.controls.options.set_value("steps", 20_000)
    person.choose("map_method", "t-SNE")
    person.until(lambda: pane.layouts.step > 0)
    person.click("map_stop")
    person.settled()
    stopped = person.find("map_state").text()
    assert stopped.startswith("stopped at step")
    person.click("pause_button")
    person.until(lambda: session.run.epoch > epoch)
    person.until(lambda: "model is at" in person.find("map_state").text())
    assert person.find("map_state").text().startswith(stopped)
    assert person.find("map_resume").isVisible() and person.find("map_recompute").isVisible()
    stop(person)


def test_losses_inside_epochs_stay_few_and_right_however_long_it_trains() -> None:
    losses = BatchLosses()
    losses.add(0.0, float("nan"))
    count = 5 * MOST
    for number in range(count):
        losses.add((number + 1) / count, float(number))
    assert MOST // 2 <= len(losses) <= MOST
    assert (np.diff(losses.epochs) > 0).all() and losses.epochs[-1] == pytest.approx(1, abs=8 / count)
    np.testing.assert_allclose(losses.losses, losses.epochs * count, atol=count / MOST * 4)


@pytest.mark.parametrize(
    ("state", "progress", "doing", "words", "fraction"),
    [
        ("loading", None, None, "getting ready", np.nan),
        ("loading", None, Progress(12, 60, "reading images"), "reading images · 12 of 60", 0.2),
        (
            "training",
            None,
            Progress(0, 0, "trying out what is fastest here"),
            "trying out what is fastest here",
            np.nan,
        ),
        ("training", TrainingProgress(0, 10, 0.05, 1.0, 5.0, 95.0, 37, 313), None, "batch 37 of 313", 0.05),
        # Of epochs that take less than a second nobody reads the batches.
        ("training", TrainingProgress(0, 100, 0.005, 1.0, 5.0, 9.0, 37, 313), None, "", 0.005),
        (
            "training",
            TrainingProgress(1, 10, 0.1, 1.0, 5.0, 9.0),
            Progress(3, 4, "measuring"),
            "measuring · 3 of 4",
            0.1,
        ),
        ("paused", TrainingProgress(1, 10, 0.1, 1.0, 5.0, 9.0, 1, 2), None, "paused", 0.1),
        ("paused", None, None, "paused", np.nan),
        ("stopping", None, Progress(1, 2, "reading images"), "stopping", np.nan),
    ],
)
def test_every_stage_has_words_and_a_bar(
    qtbot: QtBot, state: str, progress: TrainingProgress | None, doing: Progress | None, words: str, fraction: float
) -> None:
    stage = stage_of(state, progress, doing)
    assert stage.words == words
    assert stage.fraction == pytest.approx(fraction, nan_ok=True)
    bar = StageBar("bar")
    qtbot.addWidget(bar)
    bar.show_stage(stage)
    # A bar without an end runs for ever: not while nothing does.
    assert (bar.maximum() == 0) == (np.isnan(fraction) and state != "paused")
