"""How many dimensions: asked for by name, chosen in a small dialog, trained behind everything else, read off."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QLineEdit, QSpinBox

from latentexplorer.core.config import RunConfig
from latentexplorer.core.paths import runs_dir
from latentexplorer.core.sweeps import combinations, parse_variation
from latentexplorer.gui.panes.sweep.curves import LEFT_PX, color_of
from latentexplorer.gui.panes.sweep.pane import SweepPane
from latentexplorer.gui.style.theme import DARK, LIGHT, SYSTEM, theme
from latentexplorer.runs import RunFolder
from latentexplorer.runs.sweep_folder import SweepFolder
from latentexplorer.training.sweeping import run_sweep
from tests.gui.conftest import Person
from tests.gui.fitting import faults

TINY = ("data.limit=40", "data.test_per_class=2", "data.size=8", "training.snapshots=0", "training.device=cpu")


@pytest.fixture
def workspace() -> str:
    """The one that has it."""
    return "compare"


def pane_of(person: Person) -> SweepPane:
    pane = person.frame.panes["sweep"]
    assert isinstance(pane, SweepPane)
    return pane


def dialog(person: Person) -> Any:
    """The dialog, once it is open."""
    person.until(lambda: person.find_or_none("sweep_dialog") is not None)
    return person.find("sweep_dialog")


def fill(person: Person, values: str, seeds: int) -> Any:
    """Type values and a number of seeds."""
    asked = dialog(person)
    field = asked.findChild(QLineEdit, "sweep_values")
    field.selectAll()
    person.qtbot.keyClicks(field, values)
    asked.findChild(QSpinBox, "sweep_seeds").setValue(seeds)
    return asked


def idle(person: Person) -> None:
    person.until(lambda: not person.session.sweeping.active)
    pane = pane_of(person)
    person.until(lambda: pane.result is not None and not pane._soon.isActive())
    person.settled()


@pytest.fixture(scope="module")
def pca_sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep of PCA, which is solved at once."""
    base = RunConfig().updated(["model.family=pca", *TINY])
    asked = combinations(base, [parse_variation("model.latent_dim=1,2,3,4,5,6")], [0])
    sweep = SweepFolder.begin(tmp_path_factory.mktemp("sweeps") / "dims", base, asked)
    assert run_sweep(sweep) == {}
    return sweep.path


def test_a_sweep_is_found_by_name_asked_for_trained_and_its_runs_opened(person: Person) -> None:
    session = person.session
    session.training.choose(RunConfig().updated(["model.family=pca", *TINY]))
    person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    person.until(lambda: person.find_or_none("command_palette") is not None)
    palette = person.find("command_palette")
    person.qtbot.keyClicks(palette.findChild(QLineEdit), "how many dimensions")
    person.qtbot.keyClick(palette.findChild(QLineEdit), Qt.Key.Key_Return)
    asked = fill(person, "1, 2, x", 2)
    assert not asked.begin.isEnabled() and "'x'" in asked.total.text()
    fill(person, "1, 2, 3, 4, 6", 2)
    assert asked.begin.isEnabled() and asked.total.text().startswith("10 runs · solved at once")
    person.qtbot.mouseClick(asked.begin, Qt.MouseButton.LeftButton)
    pane = pane_of(person)
    person.until(lambda: pane.seen and pane.result is not None and pane.result.finished == 10)
    idle(person)
    assert pane.header.isVisible() and set(pane.plots.plots) >= {"rmse", "bound"}
    assert not pane.go.isVisible() and not person.find("sweep_status").isVisible()
    # A dot is a run.
    plot = pane.plots.plots["rmse"]
    plot.grab()
    dot = next(dot for dot in plot.dots if dot.run.values == (4,))
    place = plot.place_of(dot).toPoint()
    person.qtbot.mouseMove(plot.viewport(), place)
    person.until(lambda: " 4, seed 0: " in pane.says.text())
    person.qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    person.until(lambda: session.run is not None and session.run.config.model.latent_dim == 4)
    # Its runs are listed as any other.
    runs: Any = person.show("runs")
    person.until(lambda: len([run for run in runs.table.runs_model.runs if run.family == "pca"]) == 10)


def test_curves_are_drawn_anew_only_where_a_sweep_says_something_else(person: Person, pca_sweep: Path) -> None:
    """Each visit reads the sweep again; plots that are made again hold the window up."""
    shutil.copytree(pca_sweep, runs_dir() / "dims")
    person.drop(runs_dir() / "dims")
    pane = pane_of(person)
    person.until(lambda: pane.result is not None and pane.result.finished == 6)
    person.settled()
    plots, result = dict(pane.plots.plots), pane.result
    assert len(plots) >= 2 and result is not None
    for name in ("explore", "compare"):
        person.frame.arrangement.choose(name)
        person.settled()
    person.until(lambda: pane.result is not result)
    assert pane.plots.plots == plots
    # Other colours go over what is there.
    lines = [line for plot in plots.values() for line in plot._lines]
    for choice in (DARK, LIGHT):
        theme.choose(choice)
        pens = [line.curve.opts["pen"] for line in lines] + [line.knee.pen for line in lines if line.knee is not None]
        assert len(pens) > len(lines) and {pen.color().name() for pen in pens} == {theme.color("accent").name()}
    assert pane.plots.plots == plots
    theme.choose(SYSTEM)
    shutil.rmtree(runs_dir() / "dims" / result.runs[-1].name)
    pane.read()
    person.until(lambda: pane.result is not None and pane.result.finished == 5)
    assert not set(pane.plots.plots.values()) & set(plots.values())


def test_what_a_person_trains_goes_first_and_the_sweep_goes_on(person: Person) -> None:
    session = person.session
    session.training.choose(RunConfig().updated([*TINY, "training.epochs=100000"]))
    pane = pane_of(person)
    person.show("sweep")
    person.click(pane.first)
    asked = fill(person, "1, 2", 1)
    person.qtbot.mouseClick(asked.begin, Qt.MouseButton.LeftButton)
    person.until(lambda: session.sweeping.state == "running" and "%" in session.sweeping.text)
    assert person.find("sweep_status").isVisible() and pane.halt.isVisible()
    session.training.start(RunConfig().updated([*TINY, "training.epochs=2"]))
    assert session.sweeping.state == "waiting" and "waits" in session.sweeping.text
    person.until(lambda: not session.training.active and session.sweeping.state == "running")
    # The training has brought its own workspace: out of sight the pane is left as it was.
    told, changes = pane.header.subtitle.text(), list[str]()
    session.sweeping.changed.connect(lambda: changes.append(session.sweeping.text))
    person.until(lambda: "run 1 of 2" in session.sweeping.text and len(changes) > 3)
    assert not pane.seen and pane.header.subtitle.text() == told != changes[-1]
    person.click("sweep_status_stop")
    person.until(lambda: not session.sweeping.active)
    person.show("sweep")
    person.until(lambda: pane.go.isVisible() and pane.go.isEnabled())
    # It goes on, and is left to be gone on with when the window closes.
    person.click(pane.go)
    person.until(lambda: session.sweeping.state == "running" and "%" in session.sweeping.text)
    path = session.sweeping.path
    assert path is not None
    person.frame.close()
    sweep = SweepFolder.open(path)
    assert RunFolder.open(path / sweep.runs[0].name).status == "stopped" and not sweep.busy


def test_a_sweep_is_opened_exported_and_copied_as_a_command(person: Person, pca_sweep: Path, tmp_path: Path) -> None:
    shutil.copytree(pca_sweep, runs_dir() / "dims")
    person.drop(runs_dir() / "dims")
    pane = pane_of(person)
    person.until(lambda: pane.result is not None and pane.result.finished == 6)
    person.settled()
    assert pane.sweeps.currentText() == "dims" and "knee" in pane.findings.text() and not pane.key.isVisible()
    assert "One seed" in pane.notes.text()
    person.export(pane, tmp_path / "figure.png")
    assert pane.command().startswith("latentexplorer sweep --out ") and "dims" in pane.command()
    # By the keyboard, too.
    plot = pane.plots.plots["rmse"]
    plot.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        person.qtbot.keyClick(plot, key)
    person.until(lambda: person.session.run is not None and person.session.run.config.model.latent_dim == 2)
    # From a run: the same with another setting.
    runs: Any = person.show("runs")
    runs.refresh()
    person.settled()
    runs.table.choose([path for path in (runs_dir() / "dims").iterdir() if path.is_dir()][:1], None)
    runs.actions_by_name["sweep"].trigger()
    asked = dialog(person)
    assert "PCA" in asked.says.text()
    asked.reject()
    # What is there is damaged: it says so in the place of the curves.
    (runs_dir() / "dims" / "sweep.json").write_text("{")
    person.show("sweep").read()
    person.settled()
    assert "not JSON" in pane.nothing.text() and pane.nothing_to_export()
    assert not [
        widget
        for widget in QApplication.topLevelWidgets()
        if widget.objectName() == "sweep_dialog" and widget.isVisible()
    ]


def test_curves_of_a_second_setting_are_named_in_their_colours_and_read_anew_only_where_they_are_seen(
    person: Person, tmp_path: Path
) -> None:
    base = RunConfig().updated(["model.family=pca", *TINY])
    varied = [parse_variation("model.latent_dim=1,2"), parse_variation("data.limit=30,40")]
    sweep = SweepFolder.begin(runs_dir() / "both", base, combinations(base, varied, [0]))
    assert run_sweep(sweep) == {}
    pane = pane_of(person)
    person.drop(sweep.path)
    person.until(lambda: pane.result is not None and pane.result.finished == 4)
    person.settled()
    plot = pane.plots.plots["rmse"]
    key = pane.key.text()
    assert pane.key.isVisible() and "Limit 30" in key and "Limit 40" in key
    assert all(color_of(number, plot.panel).name() in key for number in (0, 1))
    # Of both the same is to be said.
    assert pane.findings.text().count("Held-out pixel error: no knee") == 1
    # Somebody who chooses among sweeps is not disturbed by a run that ends.
    item = pane.sweeps.model().item(0)
    pane.read()
    person.settled()
    assert pane.sweeps.model().item(0) is item
    person.frame.arrangement.choose("explore")
    assert not pane.seen
    found = pane.found
    person.session.sweeping.run_ended.emit()
    person.settled()
    assert pane.found is found and not pane._soon.isActive()


@pytest.mark.parametrize(("size", "beside"), [((1024, 700), True), ((1920, 1080), False)])
def test_its_plots_hold_no_edge_of_the_window_and_stand_beside_each_other_where_it_is_low(
    person: Person, pca_sweep: Path, size: tuple[int, int], beside: bool
) -> None:
    shutil.copytree(pca_sweep, runs_dir() / "dims")
    person.frame.arrangement.choose("explore")
    person.frame.resize(*size)
    person.drop(runs_dir() / "dims")
    pane = pane_of(person)
    person.until(lambda: pane.result is not None and pane.result.finished == 6)
    person.settled()
    if not beside:
        person.click("sweep_fill")
        person.settled()
    QApplication.processEvents()
    assert person.frame.size().toTuple() == size
    plots = list(pane.plots.plots.values())
    tops = {plot.mapTo(pane, QPoint()).y() for plot in plots}
    assert len(tops) == (1 if beside else len(plots))
    # In other colours, too.
    theme.choose(DARK)
    QApplication.processEvents()
    named = [plot.getAxis("bottom").label.isVisible() for plot in plots]
    theme.choose(SYSTEM)
    assert named == ([True] * len(plots) if beside else [False] * (len(plots) - 1) + [True])
    # Beside each other they have no room to waste at the left, and all of their numbers.
    assert all(len(numbers(plot, "left")) > 1 for plot in plots)
    assert any(plot.getAxis("left").width() < LEFT_PX for plot in plots) == beside
    head = pane.header.row
    assert head.indexOf(pane.export_button) < head.indexOf(pane.menu_button), "as in every other pane"
    assert not faults(person.frame)


def numbers(plot: Any, side: str) -> list[str]:
    """What an axis says at its marks."""
    image = QImage(4, 4, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    axis = plot.getAxis(side)
    painter.setFont(axis.style["tickFont"])
    found = [text for _, _, text in axis.generateDrawSpecs(painter)[2]]
    painter.end()
    return found
