"""Who leaves a run ends what its instruments work out, at once, and nothing of it is seen afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QAction

from latentexplorer.core.config import RunConfig
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.gui.workers.job import Job
from tests.gui.person import Person

Make = Callable[..., Path]
Begin = Callable[[Person], object]
CVAE = ("model.family=cvae", "model.latent_dim=3")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def pane(person: Person, name: str) -> Any:
    return person.frame.panes[name]


def action(name: str) -> Begin:
    return lambda person: person.frame.actions_table[name].trigger()


def raced(person: Person) -> None:
    pane(person, "interpolation").finder.pick_images()
    person.settled()
    pane(person, "interpolation").race.action.trigger()


def regions(person: Person) -> None:
    pane(person, "latent_grid").rims.switch.action.trigger()


def mended(person: Person) -> None:
    person.frame.actions_table["mend_image"].trigger()
    person.click("mend_left")
    person.click("mend_mend")


def odd(person: Person) -> None:
    pane(person, "gallery").choose("odd-images")


BEGUN: dict[str, tuple[str, Begin]] = {
    "race": ("interpolation", raced),
    "watch": ("decoded", action("watch_code")),
    "mend": ("decoded", mended),
    "swap": ("decoded", action("swap_class")),
    "magnification of the grid": ("latent_grid", lambda person: pane(person, "latent_grid").ground.action.trigger()),
    "magnification of the map": ("map", lambda person: pane(person, "map").ground.action.trigger()),
    "regions": ("latent_grid", regions),
    "honest map": ("map", lambda person: pane(person, "map").honest.action.trigger()),
    "dimension effect": ("dimensions", lambda person: person.click("measure_effect")),
    "prior lab": ("prior_lab", lambda person: person.click("prior_others")),
    "attributes": ("attributes", lambda person: person.click("attribute_make")),
    "odd images": ("gallery", odd),
}
"""The pane that is seen, and what has an instrument begin its work."""


def begun(person: Person, name: str) -> list[Job]:
    """The jobs of an instrument that has just begun: none of them can have ended yet."""
    shown, begin = BEGUN[name]
    person.show(shown)
    if name == "prior lab":
        person.until(lambda: pane(person, "prior_lab").result is not None)
    begin(person)
    jobs = [*person.session.jobs.jobs, *person.session.surveys.jobs]
    assert jobs, f"{name} works nothing out"
    return jobs


def let_go(jobs: list[Job]) -> bool:
    return all(job.let_go and job.token.requested for job in jobs)


SWITCHES: dict[str, Callable[[Person], QAction]] = {
    "race": lambda person: pane(person, "interpolation").race.action,
    "magnification of the grid": lambda person: pane(person, "latent_grid").ground.action,
    "magnification of the map": lambda person: pane(person, "map").ground.action,
    "regions": lambda person: pane(person, "latent_grid").rims.switch.action,
    "honest map": lambda person: pane(person, "map").honest.action,
}
"""Instruments that stay on until they are switched off, for whatever run."""


def test_whoever_opens_another_run_ends_what_is_worked_out_for_this_one(person: Person, make_run: Make) -> None:
    """One instrument after the other in one window, each while its work has just begun."""
    here, there = make_run(*CVAE), make_run("model.family=cvae", "model.latent_dim=5")
    person.open_run(here)
    for name in BEGUN:
        begun_and_left(person, name, there)
        if name in SWITCHES and SWITCHES[name](person).isChecked():
            SWITCHES[name](person).trigger()
        person.settled()
        here, there = there, here


def begun_and_left(person: Person, name: str, other: Path) -> None:
    """Another run is opened while an instrument works."""
    heard: list[object] = []
    jobs, before = begun(person, name), person.session.shown.code_dim
    for job in jobs:
        job.succeeded.connect(heard.append)
        job.reported.connect(heard.append)
    opening = person.session.open_run(other)
    # At once, not when the other one has been read.
    assert let_go(jobs) and not opening.done, name
    person.until(lambda: person.session.is_open(other))
    person.settled()
    assert not heard, name
    assert all(person.find_or_none(sheet) is None for sheet in ("watch_dialog", "mend_dialog", "swap_dialog")), name
    shown = pane(person, BEGUN[name][0])
    assert getattr(shown, "run", person.session.run) is person.session.run, name
    assert person.session.shown.code_dim != before, name


def test_training_on_with_the_shown_run_stops_what_is_worked_out_of_the_weights_before(
    person: Person, make_run: Make
) -> None:
    person.open_run(make_run(*CVAE))
    under_way = [job for name in BEGUN for job in begun(person, name) if not job.done]
    under_way = [job for job in under_way if not job.done]
    assert under_way
    person.session.training.train_more(1)
    # Stopped as a person would, not let go: what can be shown of it by now is.
    assert all(job.token.requested for job in under_way) and not any(job.let_go for job in under_way)
    person.until(lambda: person.session.training.state == "idle" and all(job.done for job in under_way))
    person.settled()
    assert person.session.shown.epoch == 2


@pytest.mark.parametrize("how", ["a training begins", "the window closes"])
def test_a_training_and_the_end_of_the_window_end_what_is_worked_out(person: Person, make_run: Make, how: str) -> None:
    person.open_run(make_run(*CVAE))
    jobs = [job for name in BEGUN for job in begun(person, name) if not job.done]
    under_way = [job for job in jobs if not job.done]
    assert under_way
    if how == "a training begins":
        person.session.training.start(RunConfig().updated(["data.train_per_class=12", "training.epochs=1"]))
        assert let_go(under_way)
        person.until(lambda: person.session.training.state == "idle" and not person.session.preparing)
        person.settled()
        assert person.session.shown.config.model.family == "vae"
    else:
        person.frame.close()
        person.session.shutdown()
        assert all(job.done for job in under_way)
