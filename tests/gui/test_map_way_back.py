"""Empty places of the map decoded in a way that a person has chosen, with how wrong that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from latentexplorer.gui.panes.map.pane import MapPane
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.conftest import Person
from tests.gui.test_map import VAE, opened


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def empty_place(pane: MapPane) -> QPoint:
    """A pixel of the map with no point near it."""
    box = pane.plot.viewport().rect()
    places = [QPoint(x, y) for x in range(20, box.width() - 20, 12) for y in range(20, box.height() - 20, 12)]
    rows = range(len(pane.result.index))
    points = np.array([pane.plot.mapFromScene(pane.scene_position(row)).toTuple() for row in rows])
    away = [np.abs(points - place.toTuple()).max(1).min() for place in places]
    return places[int(np.argmax(np.minimum(away, 25)))]


def test_a_way_is_chosen_measured_and_told_under_the_map(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    way, line = person.find("map_way", Choice), person.find("map_way_line")
    assert not line.isVisible() and not person.session.jobs.jobs
    person.click("map_more")
    person.choose(way, "Nearest")
    person.until(lambda: pane.ways.inverse is not None)
    pane.controls.options.close()
    assert [way.itemText(row).partition(" · pixel error ")[2] != "" for row in range(5)] == [
        False,
        True,
        True,
        True,
        True,
    ]
    assert line.text().startswith("Nearest code: pixel error 0.") and "at random" in line.text()
    place = empty_place(pane)
    person.click(pane.plot.viewport(), place)
    person.until(lambda: person.session.current.code.how.startswith("the code nearest on the map; pixel error "))
    codes, code = person.session.run.codes["train"], person.session.current.code
    assert any(np.array_equal(z, code.z) for z in codes.loc)
    assert " here, " in line.text()
    # Another way for the same place: another code, its own error; what was measured is not measured again.
    inverse = pane.ways.inverse
    person.choose(way, "Inverse")
    person.click(pane.plot.viewport(), place)
    person.until(lambda: person.session.current.code.how.startswith("inverse network"))
    assert pane.ways.inverse is inverse and line.text().startswith("Inverse network: pixel error ")
    spot = pane.ways._placed[1]
    assert np.array_equal(person.session.current.code.z, inverse.code_at("network", spot)[0])
    # A point is its own code, and no place: then the line is of the way.
    person.session.current.pick_image("train", int(pane.result.index[0]))
    assert " here, " not in line.text()
    # The palette finds each way; undone, the way before is back.
    assert {"Code of an empty place: Usual way, not measured"} < {offer.name for offer in pane.offers()}
    person.choose(way, "Usual")
    assert not line.isVisible()
    person.frame.actions_table["undo"].trigger()
    assert way.currentText().startswith("Inverse") and line.text().startswith("Inverse network: pixel error ")


@pytest.mark.parametrize("ends", ["stopped", "another run", "too few"])
def test_measuring_ends_with_a_word(person: Person, make_run: Callable[..., Path], ends: str) -> None:
    pane = opened(person, make_run(*VAE, *(("data.limit=12",) if ends == "too few" else ())))
    way, line = person.find("map_way", Choice), person.find("map_way_line")
    person.choose(way, "Inverse")
    if ends == "too few":
        person.until(lambda: "cannot be told from 12 codes" in line.text())
        return
    assert "being measured by hiding codes; weighted neighbours until then" in line.text()
    button, bar = person.find("map_way_button"), person.find("map_way_progress")
    if ends == "stopped":
        # How far it is stands beside what is done, and what ends it too.
        person.until(lambda: bar.maximum() == 600)
        assert bar.isVisible() and button.isVisible() and button.text() == "Stop"
        person.click(button)
        person.until(lambda: "measuring was stopped; weighted neighbours instead" in line.text())
        person.settled()
        assert pane.ways.inverse is None and not bar.isVisible()
        person.click(pane.plot.viewport(), empty_place(pane))
        person.until(lambda: person.session.current.code.how.startswith("weighted mean"))
        assert button.text() == "Measure"
        person.click(button)
        # Anew, and not stopped by what stopped the first one.
        person.until(lambda: bar.isVisible() and bar.value() > 0)
        assert "being measured" in line.text() and button.text() == "Stop"
        person.click(button)
        person.settled()
    else:
        pane._run_changed()
        assert not person.session.jobs.jobs or person.session.jobs.jobs[0].let_go
        person.settled()
