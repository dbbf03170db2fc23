"""The prior lab in the window: what is said, another prior chosen, draws picked, and what follows a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from latentexplorer.gui.panes.prior_lab.densities import LEAST_PANEL_PX, PLOT_PX, Densities
from latentexplorer.views import settings_from
from latentexplorer.views.prior_lab import compute

VAE = ("model.family=vae", "model.latent_dim=12")


@pytest.fixture
def workspace() -> str:
    """Where it stands beside the dimensions."""
    return "diagnose"


def shown(person: Any, path: Path) -> Any:
    """The pane with a run measured."""
    pane = person.open_run(path, "prior_lab")
    person.until(lambda: pane.result is not None and pane._job is None)
    return pane


class Eight(Densities):
    """Of a code of eight numbers."""

    count = 8


@pytest.mark.parametrize(("width", "all_seen"), [(970, True), (860, True), (420, False)])
def test_all_dimensions_are_in_sight_where_their_histograms_can_be_read(
    qtbot: QtBot, width: int, all_seen: bool
) -> None:
    densities = Eight()
    qtbot.addWidget(densities)
    densities.fit(width, PLOT_PX)
    assert (densities.place(7).right() <= width) == all_seen and densities.place(0).width() >= LEAST_PANEL_PX


def test_a_person_asks_what_if_the_prior_were_another_one(person: Any, make_run: Callable[..., Path]) -> None:
    pane = shown(person, make_run(*VAE))
    run = person.session.run
    expected = compute(run, settings_from("prior-lab", pane.view_settings()))
    assert pane.sentence.text() == f"{expected.sentence}." and "draws from it" in pane.sentence.text()
    there = [name for name in pane.rows.strips if pane.rows.strips[name].isVisibleTo(pane.rows)]
    assert there == [row.name for row in expected.rows] and "normal" not in there
    assert pane.rows.buttons["own"].isChecked() and pane.area.densities.words(0).startswith(f"z{expected.dims[0]}:")
    # One click: its line, its order of dimensions, its number, as a figure of it has them.
    person.click("prior_laplace")
    asked = compute(run, settings_from("prior-lab", pane.view_settings()))
    assert "prior=laplace" in pane.view_settings() and asked.row.name == "laplace"
    assert pane.result.dims.tolist() == asked.dims.tolist()
    assert pane.sentence.text() == f"{asked.sentence}." and asked.row.distance in pane.sentence.text()
    assert pane.area.densities.width() > pane.area.viewport().width()  # the rest is scrolled to
    # A draw becomes the current code, a dimension the one that is sought.
    strip = pane.rows.strips["laplace"]
    pane.findChild(QScrollArea, "prior_area").ensureWidgetVisible(strip)
    place = strip.rect_of(2).center().toPoint()
    person.qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=place)
    np.testing.assert_array_equal(person.session.current.code.z, asked.row.codes[2])
    sought: list[int] = []
    person.session.dimensions.sought.connect(sought.append)
    person.qtbot.mouseClick(pane.area.densities, Qt.MouseButton.LeftButton, pos=QPoint(20, 40))
    assert sought == [asked.dims[0]]
    # Shapes alone, and other draws: measured anew, the prior stays.
    person.click("prior_matched")
    person.until(lambda: pane.result.matched)
    assert pane.result.row.name == "laplace" and "deviations" in pane.header.subtitle.text()
    before = pane.result.row.codes
    person.click("prior_others")
    person.until(lambda: not np.array_equal(pane.result.row.codes, before))
    # All of it is undone and done again, step by step.
    chosen = {"words": [], "undo": person.frame.actions_table["undo"], "redo": person.frame.actions_table["redo"]}
    for _ in range(3):
        chosen["words"].append(chosen["undo"].text())
        chosen["undo"].trigger()
    person.settled()
    assert chosen["words"] == ["Undo taking other draws", "Undo comparing shapes of priors", "Undo picking a draw"]
    chosen["undo"].trigger()
    assert pane.result.row.name == "own" and not pane.matched.isChecked()
    chosen["redo"].trigger()
    assert pane.result.row.name == "laplace"
    for _ in range(2):
        chosen["redo"].trigger()
    person.until(lambda: pane.result.matched)
    # A figure that was exported comes back as it was.
    assert pane.restore("prior-lab", {"prior": "uniform"})
    person.until(lambda: pane.result.row.name == "uniform" and not pane.result.matched)
    found = {offer.name: offer for offer in pane.offers()}
    assert {"What if the prior were: Laplace", "Same centre and width", "Other draws"} <= set(found)
    found["What if the prior were: Laplace"].do()
    assert pane.result.row.name == "laplace"


def test_a_model_without_a_prior_says_so(person: Any, make_run: Callable[..., Path]) -> None:
    pane = shown(person, make_run("model.family=ae", "model.latent_dim=3"))
    assert pane.sentence.text().startswith("No prior of its own. Fitted Gaussian:")
    assert "has no prior" in pane.remarks.text()


def test_of_epochs_that_are_passed_by_one_is_measured_to_its_end_and_then_the_newest(
    person: Any, make_run: Callable[..., Path]
) -> None:
    kept = ("training.epochs=6", "training.snapshots=6", "training.lr=0.01")
    pane = shown(person, make_run(*VAE, *kept))
    session, bar = person.session, person.frame.time_machine
    ended: list[str] = []
    known: set[int] = set()

    def note() -> None:
        for job in session.jobs.jobs:
            if job.title == "Prior lab" and job.number not in known:
                known.add(job.number)
                job.finished.connect(lambda job=job: ended.append(job.state))

    session.jobs.changed.connect(note)
    told: list[tuple[int, str]] = []
    session.snapshot_changed.connect(lambda: told.append((session.run.epoch, pane.header.subtitle.text())))
    bar.set_on(True)
    person.until(lambda: session.epochs.kept == [1, 2, 3, 4, 5, 6])
    for epoch, key in ((1, Qt.Key.Key_Home), (2, Qt.Key.Key_Right), (3, Qt.Key.Key_Right)):
        person.qtbot.keyClick(bar.slider, key)
        person.until(lambda epoch=epoch: session.epochs.shown == epoch)
    person.until(lambda: pane._job is None)
    person.settled()
    # None of them was given up for a newer one, and what is shown in the end is of what is shown elsewhere.
    assert set(ended) == {"succeeded"} and 2 <= len(ended) <= 3
    then = compute(session.run, settings_from("prior-lab", pane.view_settings()))
    assert session.run.epoch == 3 and pane.sentence.text() == f"{then.sentence}."
    assert "numbers of epoch" not in pane.header.subtitle.text()
    # Meanwhile it said of which epoch its numbers were.
    assert any("numbers of epoch 6" in subtitle for _, subtitle in told)
    session.jobs.changed.disconnect(note)


def test_it_fills_the_room_that_there_is(person: Any, make_run: Callable[..., Path]) -> None:
    pane = shown(person, make_run("model.family=vae", "model.latent_dim=2"))
    low = (pane.area.densities.plot_px, pane.rows.strips["own"].height())
    person.frame.resize(1920, 1080)
    person.click("prior_lab_fill")
    person.settled()
    area = pane.findChild(QScrollArea, "prior_area")
    inside = area.widget()
    assert area.verticalScrollBar().maximum() == 0
    # Nothing of its height is empty.
    person.until(lambda: pane.remarks.geometry().bottom() > 0.9 * inside.height())
    strip = pane.rows.strips["own"]
    assert pane.area.densities.plot_px > 2 * low[0] and strip.height() > 1.5 * low[1]
    assert strip.rect_of(strip.columns - 1).right() > 0.75 * strip.width(), "and little of its width"
    person.click("prior_lab_fill")
    person.frame.resize(1280, 800)
    person.settled()
    assert (pane.area.densities.plot_px, pane.rows.strips["own"].height()) == low
