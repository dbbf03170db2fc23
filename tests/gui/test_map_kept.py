"""A map that was laid out comes back with its run; and nothing is laid out that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox

from latentexplorer.gui.panes.map.pane import MapPane
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.runs.kept_maps import FOLDER
from tests.gui.conftest import Person

VAE = ("model.family=vae", "model.latent_dim=4", "data.train_per_class=40")
OTHER = ("model.family=ae", "model.latent_dim=3")


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
    person.settled()
    return pane


def laid_out(person: Person, pane: MapPane, steps: int = 60) -> None:
    """Choose t-SNE, and wait until it is there."""
    pane.controls.options.set_value("steps", steps)
    method = person.find("map_method", QComboBox)
    method.setCurrentIndex(method.findData("tsne"))
    method.activated.emit(method.currentIndex())
    person.until(lambda: not pane.layouts.running)
    person.settled()
    assert pane.result is not None and pane.result.method == "tsne"


def is_laying_out(person: Person) -> bool:
    return any(job.key == "view:map" for job in person.session.jobs.jobs)


@pytest.fixture
def started(person: Person) -> list[Any]:
    """Every layout that was begun."""
    begun: list[Any] = []
    layouts = person.frame.panes["map"].layouts
    layouts.changed.connect(lambda: begun.append(layouts) if layouts.running else None)
    return begun


def test_it_is_back_at_once_and_is_exported_as_it_is(
    person: Person, make_run: Callable[..., Path], started: list[Any], tmp_path: Path
) -> None:
    run, other = make_run(*VAE), make_run(*OTHER)
    pane = opened(person, run)
    assert pane.result is not None and pane.result.method == "pca" and not started
    pane.controls.options.set_value("perplexity", 12)
    laid_out(person, pane)
    coords = pane.result.coords
    pane = opened(person, other)
    assert pane.result.method == "pca"
    assert pane.controls.state.text() == "t-SNE of these images is not laid out"
    started.clear()
    pane.controls.options.set_value("perplexity", 30)
    pane = opened(person, run)
    assert pane.result.kept and pane.controls.method == "tsne" and not started
    np.testing.assert_array_equal(pane.plot.cloud.coords, coords)
    assert (pane.controls.options.value("perplexity"), pane.controls.options.value("steps")) == (12, 60)
    assert not pane.controls.status.isVisible()
    # That it was adopted and not chosen makes no difference to other images.
    parts = person.find("map_part", QComboBox)
    for part in ("test", "train"):
        parts.setCurrentIndex(parts.findData(part))
        parts.activated.emit(parts.currentIndex())
        person.until(lambda part=part: pane.result.part == part)
        assert pane.controls.status.isVisible() == (part == "test") and not started
    # A click decodes, an empty place too.
    person.click(pane.plot.viewport(), pane.plot.mapFromScene(pane.scene_position(3)))
    assert person.session.current.code.of_image
    from latentexplorer.figures import read_recipe
    from latentexplorer.views.map import compute

    settings = read_recipe(person.export(pane, tmp_path / "map.png")).view_settings()
    made = compute(person.session.run, settings)
    assert made.kept
    np.testing.assert_array_equal(made.coords, coords)
    # Chosen again it is there again; laid out again, it is watched again.
    method = person.find("map_method", QComboBox)
    for name in ("pca", "tsne"):
        method.setCurrentIndex(method.findData(name))
        method.activated.emit(method.currentIndex())
        person.until(lambda name=name: pane.result.method == name and not pane.layouts.running)
    assert pane.result.kept
    moved: list[Any] = []
    pane.layouts.moved.connect(moved.append)
    pane.controls.options.go.click()
    person.until(lambda: not pane.layouts.running)
    assert moved and not pane.result.kept


def test_a_stopped_one_comes_back_stopped_and_goes_on(person: Person, make_run: Callable[..., Path]) -> None:
    run = make_run(*VAE)
    pane = opened(person, run)
    pane.controls.options.set_value("steps", 20_000)
    method = person.find("map_method", QComboBox)
    method.setCurrentIndex(method.findData("tsne"))
    method.activated.emit(method.currentIndex())
    person.until(lambda: pane.layouts.step > 0)
    person.click("map_stop")
    person.until(lambda: not pane.layouts.running)
    person.settled()
    step = pane.result.projection.step
    opened(person, make_run(*OTHER))
    pane = opened(person, run)
    assert pane.result.kept and pane.controls.state.text() == f"stopped at step {step:,} of 20,000"
    pane.controls.options.set_value("steps", step + 60)
    person.click("map_resume")
    person.until(lambda: not pane.layouts.running)
    person.settled()
    assert pane.result.projection.finished and pane.result.projection.step == step + 60


def test_one_of_an_older_model_says_so_and_can_only_be_laid_out_again(
    person: Person, make_run: Callable[..., Path]
) -> None:
    run = make_run(*VAE)
    laid_out(person, opened(person, run))
    opened(person, make_run(*OTHER))
    from latentexplorer.core.cancellation import NEVER
    from latentexplorer.core.events import ignore
    from latentexplorer.gui.workers.tasks import resume

    resume(run, 2, None, False, ignore, NEVER)
    pane = opened(person, run)
    assert pane.result.outdated and pane.controls.state.text() == "laid out at epoch 1 · model is at 2"
    assert person.find("map_recompute").text() == "Lay out again" and not person.find("map_resume").isVisible()
    person.click("map_recompute")
    person.until(lambda: not pane.layouts.running)
    person.settled()
    assert not pane.result.outdated and pane.result.epoch == 2 and not pane.controls.status.isVisible()


def test_what_nobody_asked_for_is_not_laid_out_but_said_and_one_click_away(
    person: Person, make_run: Callable[..., Path], started: list[Any]
) -> None:
    """Other images, another run, another workspace, a pane that comes back: brothers of one fault."""
    pane = opened(person, make_run(*VAE))
    laid_out(person, pane)
    started.clear()
    parts = person.find("map_part", QComboBox)
    parts.setCurrentIndex(parts.findData("test"))
    parts.activated.emit(parts.currentIndex())
    person.until(lambda: pane.result.part == "test")
    person.settled()
    assert pane.result.method == pane.controls.method == "pca" and not started
    assert pane.controls.state.text() == "t-SNE of these images is not laid out"
    # Back to those that have one.
    parts.setCurrentIndex(parts.findData("train"))
    parts.activated.emit(parts.currentIndex())
    person.until(lambda: pane.result.part == "train" and pane.result.method == "tsne")
    for workspace in ("stage", "explore", "compare", "all"):
        person.frame.arrangement.choose(workspace)
        person.settled()
    person.frame.docks["map"].close()
    person.show("map")
    pane.controls.options.fields["slow_limit"].setValue(200)
    pane.controls.options.fields["seed"].setValue(3)
    person.settled()
    opened(person, make_run(*OTHER))
    person.session.training.train_more(1)
    person.until(lambda: person.session.training.state != "idle")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()
    assert not started and pane.result.method == "pca"
    begin = person.find("map_begin")
    assert begin.isVisible() and begin.text() == "Lay out t-SNE"
    person.click(begin)
    person.until(lambda: pane.result.method == "tsne" and not pane.layouts.running)
    assert started and not begin.isVisible()
    person.settled()


@pytest.mark.parametrize("harm", ["damaged", "no folder"])
def test_a_kept_map_that_cannot_be_used_or_written_never_stops_the_run(
    person: Person, make_run: Callable[..., Path], harm: str
) -> None:
    run = make_run(*VAE)
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    if harm == "no folder":
        (run / FOLDER).write_text("")
    pane = opened(person, run)
    for seed in (1, 2):
        pane.controls.options.set_value("seed", seed)
        laid_out(person, pane)
    about = [text for text in said if "kept" in text]
    if harm == "no folder":
        # Said once, and quietly.
        assert len(about) == 1 and "is not kept with the run" in about[0]
        return
    assert not about
    for file in (run / FOLDER).iterdir():
        file.write_bytes(b"rubbish")
    opened(person, make_run(*OTHER))
    pane = opened(person, run)
    assert pane.result.method == "pca" and len([text for text in said if "is not used" in text]) == 1


def test_leaving_a_run_ends_what_is_worked_out_for_it(person: Person, make_run: Callable[..., Path]) -> None:
    """UMAP, errors, galleries: whatever is submitted for a run ends with it, waiting or running; files do not."""
    from functools import partial

    run, other = make_run(*VAE), make_run(*OTHER)
    ended: list[str] = []
    for key in ("view:map", "gallery", "view:map-errors", "evaluate"):
        opened(person, run)
        person.session.jobs.hold()
        job = person.session.submit("Long", partial(_until_stopped), key)
        file = person.session.submit("File", partial(_nothing), file="x.png")
        ended.clear()
        job.stopped.connect(lambda: ended.append("stopped"))
        file.succeeded.connect(lambda: ended.append("written"))
        person.session.open_run(other)
        assert ended == ["stopped"]
        person.session.jobs.release()
        person.until(lambda: person.session.run is not None and person.session.run.path == other)
        person.settled()
        assert ended == ["stopped", "written"]


def _until_stopped(emit: Any, stop: Any) -> None:
    while True:
        stop.check()


def _nothing(emit: Any, stop: Any) -> None:
    """A file is written."""
