"""The race of three ways as a person uses it: switched on, watched, stopped, picked from, exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea

from latentexplorer.gui.panes.interpolation.pane import InterpolationPane
from latentexplorer.gui.panes.interpolation.race import TEXT
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.gui.workers import race_tasks
from latentexplorer.views import VIEWS, settings_from
from latentexplorer.views.path_race import NAMES
from tests.gui.conftest import Person

CVAE = ("model.family=cvae", "model.latent_dim=3")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def opened(person: Person, path: Path) -> InterpolationPane:
    pane = person.open_run(path, "interpolation")
    assert isinstance(pane, InterpolationPane)
    return pane


def raced(person: Person, pane: InterpolationPane) -> race_tasks.Race:
    """The race of now, when it has come to its end."""
    person.until(lambda: pane.race.shown is not None and pane.race.view.stop.isHidden())
    person.settled()
    assert pane.race.shown is not None
    return pane.race.shown


def test_three_ways_are_raced_picked_from_and_exported(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*CVAE))
    person.click("pick_two_images")
    person.settled()
    view = pane.race.view
    assert not view.isVisible()
    offer = next(offer for offer in pane.offers() if offer.matches("geodesic"))
    assert offer.name == TEXT and all(offer.matches(words) for words in ("path race", "slerp", "shortest way"))

    person.click("interpolation_race")
    race = raced(person, pane)
    assert view.isVisible() and not pane.path_view.isVisible()
    ends = person.session.selection.anchors
    for strip in race.strips:
        np.testing.assert_array_equal(view.strips[strip.name].images, strip.images)
        np.testing.assert_array_equal(strip.codes[[0, -1]], [ends["A"].z, ends["B"].z])
        np.testing.assert_array_equal(view.bars[strip.name].steps, strip.way.steps)
        assert float(view.captions[strip.name].text().split()[-2]) == pytest.approx(strip.way.length, rel=0.005)
    assert view.words.text() == race.words and race.strips[2].way.energy <= race.strips[0].way.energy

    # In a low pane what stands at the ends goes before the ways would be scrolled.
    bar = view.findChild(QScrollArea, "race_area").verticalScrollBar()
    for height, low in ((182, True), (600, False)):
        pane.stage.resize(560, height)
        person.until(lambda: bar.maximum() == 0)
        assert pane.ends.views["A"].isHidden() == low and pane.controls.race.isVisible()
    pane.stage.resize(560, 182)
    # What is left of it stands beside what is said, above the pictures, whose height it would take.
    person.until(lambda: view.strips["linear"].rect_of(0).height() >= 34)
    controls, first = (widget.mapTo(pane.stage, QPoint()) for widget in (pane.controls.race, view.strips["linear"]))
    # In a narrow one what is said of a way stands in two lines: its pictures are worth the width.
    pane.stage.resize(440, 182)
    person.until(lambda: view.strips["linear"].rect_of(0).height() >= 30)
    assert all(len(caption.text().splitlines()) == 2 for caption in view.captions.values())
    pane.stage.resize(560, 182)
    assert controls.y() + pane.controls.race.height() <= first.y() and view.words.geometry().right() < controls.x()
    person.click("interpolation_race")
    assert not pane.ends.views["A"].isHidden() and pane.controls.method.isVisible()
    person.click("interpolation_race")
    raced(person, pane)

    strip = view.strips["geodesic"]
    person.click(strip, strip.rect_of(4).center().toPoint())
    code = person.session.current.code
    np.testing.assert_array_equal(code.z, race.strips[2].codes[4])
    assert code.y == ends["A"].y and "% of the geodesic way from" in code.how
    person.click(strip, strip.rect_of(9).center().toPoint())
    np.testing.assert_array_equal(person.session.current.code.z, ends["B"].z)

    settings = settings_from("path-race", pane.view_settings())
    result = VIEWS.load("path-race").compute(person.session.run, settings)
    assert pane.command().startswith("latentexplorer figure path-race")
    for drawn, shown in zip(result.strips, race.strips, strict=True):
        np.testing.assert_allclose(drawn.images, shown.images, atol=1e-4)

    # Faint away from data, as a single strip is; Ctrl+Z takes the race back, whether it is on or off.
    fade.set_on(True)
    person.until(lambda: view.strips["spherical"].strength is not None)
    drawn = VIEWS.load("path-race").compute(person.session.run, settings_from("path-race", pane.view_settings()))
    for at, name in enumerate(NAMES):
        np.testing.assert_allclose(view.strips[name].strength, drawn.fading.strength[at], atol=1e-5)
    assert "images" in view.odd_words("geodesic", 2) and "odder than" in pane.race._tip("geodesic", 2)
    fade.set_on(False)
    assert view.strips["spherical"].strength is None
    picked = person.session.current.code
    person.click("interpolation_race")
    assert not view.isVisible() and person.session.undo.undoes == "racing three ways"
    person.session.undo.undo()
    assert view.isVisible() and pane.view_kind == "path-race" and person.session.current.code is picked
    raced(person, pane)

    # Other ends, and one and the same: nothing of the race before stays.
    person.session.selection.set_anchor("B", ends["A"])
    person.until(lambda: "same code" in view.words.text())
    assert not len(view.strips[NAMES[0]]) and pane.race.shown is None
    person.click("interpolation_race")
    assert pane.path_view.isVisible() and not view.isVisible() and pane.view_kind == "interpolation"
    assert pane.restore("path-race", {"start": "test:0", "end": "test:3", "steps": 4})
    person.until(lambda: pane.race.shown is not None and len(pane.race.shown.strips[0].images) == 4)
    raced(person, pane)


def test_it_can_be_stopped_and_what_was_found_stays(
    person: Person, make_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = opened(person, make_run(*CVAE))
    # Never settled: it goes on until somebody stops it.
    monkeypatch.setattr("latentexplorer.latent.geodesic.SETTLED", -1.0)
    monkeypatch.setattr(race_tasks, "ITERATIONS", 10_000_000)
    # Without ends two images are picked.
    pane.race.action.trigger()
    view = pane.race.view
    person.until(lambda: pane.race.shown is not None and pane.race.shown.strips[2].way.iteration > 0)
    assert view.stop.isVisible() and "gets shorter" in view.words.text()
    person.click(view.stop, QPoint(5, 5))
    person.until(lambda: view.stop.isHidden())
    assert "Stopped after" in view.words.text() and len(view.strips["geodesic"]) == 10
    person.settled()
