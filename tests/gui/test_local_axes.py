"""Axes around a code as a person uses them: rows in the traversal, sides of the latent grid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.gui.panes.traversal.axis_rows import AxisRows
from latentexplorer.gui.panes.traversal.pane import TraversalPane
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.gui.workers import axes_tasks, tasks
from latentexplorer.views import VIEWS, settings_from
from latentexplorer.views.local_axes import axes_at
from tests.gui.conftest import Person

CVAE = ("model.family=cvae", "model.latent_dim=3")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.mark.parametrize("kind", ["nearby", "metric"])
def test_a_person_walks_along_the_axes_around_a_code(person: Person, make_run: Callable[..., Path], kind: str) -> None:
    pane = person.open_run(make_run(*CVAE), "traversal")
    assert isinstance(pane, TraversalPane)
    rows, current = pane.axes.rows, person.session.current
    assert not rows.isVisible() and pane.rows.isVisible()
    words = {"nearby": "codes nearby", "metric": "metric"}[kind]
    offer = next(offer for offer in pane.offers() if offer.matches(f"local axes {words}"))
    offer.do()
    person.until(lambda: bool(rows.strips) and all(len(strip) == 9 for strip in rows.strips))
    person.settled()
    centre = current.code
    axes = axes_at(person.session.run, kind, centre.z, centre.y)
    assert rows.isVisible() and not pane.rows.isVisible() and rows.kind.currentData() == kind
    assert [label.text() for label in rows.names] == [axes.name(at) for at in range(3)]

    # Where the pane fills the window its pictures fill the pane.
    small = rows.strips[0].rect_of(0).width()
    head = pane.header
    for larger in (True, False):
        person.qtbot.mouseDClick(head, Qt.MouseButton.LeftButton, pos=QPoint(60, head.height() // 2))
        person.settled()
        assert (rows.strips[2].rect_of(0).width() > 1.5 * small) == larger

    # A picture, then a key on another axis' slider: both together; the axes stay those around the code before.
    person.click(rows.strips[1], rows.strips[1].rect_of(8).center().toPoint())
    person.settled()
    np.testing.assert_allclose(current.code.z, axes.codes(np.array([[0, 2.0, 0]]))[0], atol=1e-5)
    assert current.code.y == centre.y and rows.sliders[1].value == 2 and rows.strips[1].current == 8
    person.qtbot.keyClick(rows.sliders[0].slider, Qt.Key.Key_End)
    person.settled()
    np.testing.assert_allclose(current.code.z, axes.codes(np.array([[2.0, 2.0, 0]]))[0], atol=1e-5)
    assert pane.axes.centre is centre and pane.base is centre

    # The figure is that of the axes around the code, and comes back.
    settings = settings_from("traversal", pane.view_settings())
    drawn = VIEWS.load("traversal").compute(person.session.run, settings)
    np.testing.assert_allclose(drawn.base.z, centre.z, atol=1e-6)
    assert drawn.names == tuple(axes.name(at) for at in range(3)) and drawn.images.shape[1] == 9
    offer_back = next(offer for offer in pane.offers() if offer.matches("along the dimensions"))
    offer_back.do()
    assert pane.rows.isVisible() and not rows.isVisible()
    undo = person.session.undo
    assert undo.undoes == "choosing the rows' axes"
    undo.undo()
    assert rows.isVisible() and pane.axes.kind == kind
    person.settled()
    fade.set_on(True)
    person.until(lambda: all(strip.strength is not None for strip in rows.strips))
    faded = VIEWS.load("traversal").compute(person.session.run, settings_from("traversal", pane.view_settings()))
    strengths = [strip.strength for strip in rows.strips]
    np.testing.assert_allclose(strengths, faded.fading.strength, atol=1e-5)
    fade.set_on(False)
    person.settled()
    assert rows.strips[0].strength is None
    undo.redo()
    assert not rows.isVisible()
    assert pane.restore("traversal", settings.model_dump(exclude_defaults=True))
    person.until(lambda: pane.axes.kind == kind and np.array_equal(current.code.z, centre.z))
    person.settled()

    # Another code has axes of its own.
    current.set(current.code_of("test", 5))
    person.settled()
    assert pane.axes.centre.index == 5 and not np.allclose(pane.axes.axes.origin, centre.z)

    # Fewer pictures are chosen: those that are there have their codes as long as they are there.
    there = pane.axes.axes.codes(np.array([[0, 2.0, 0]]))
    next(entry for entry in pane.steps.actions() if entry.text() == "5").trigger()
    where = rows.strips[1].rect_of(8).center().toPoint()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, rows.strips[1].mapToGlobal(where))
    QApplication.sendEvent(rows.strips[1], asked)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if "Anchor A" in action.text()).trigger()
    menu.close()
    np.testing.assert_allclose(person.session.selection.anchors["A"].z, there[0], atol=1e-5)
    person.settled()


@pytest.mark.parametrize(("size", "beside"), [((580, 150), True), ((400, 300), False)])
def test_strips_stand_beside_their_sliders_where_that_brings_more_of_them_into_sight(
    qtbot: QtBot, size: tuple[int, int], beside: bool
) -> None:
    rows = AxisRows()
    qtbot.addWidget(rows)
    rows.set_axes([f"axis {at}, 30 % of the variance" for at in range(6)])
    for at in range(6):
        rows.show_images(at, np.zeros((9, 16, 16, 1), np.float32), lambda cell: None)
    rows.resize(*size)
    rows.show()
    QApplication.processEvents()
    tops = [[part[at].mapTo(rows, QPoint()).y() for at in (0, 1)] for part in (rows.sliders, rows.strips)]
    assert (tops[1][0] < tops[0][0] + rows.sliders[0].height()) == beside
    assert (tops[0][1] - tops[0][0] < 50) == beside
    left = {strip.mapTo(rows, QPoint()).x() for strip in rows.strips}
    assert len(left) == 1 and all(strip.rect_of(0).width() >= 26 for strip in rows.strips)


def test_a_grid_lies_along_the_axes_around_the_current_code(person: Person, make_run: Callable[..., Path]) -> None:
    pane = person.open_run(make_run(*CVAE), "latent_grid")
    code = person.session.current.code
    for text, kind in (("Codes nearby", "nearby"), ("Decoder's metric", "metric")):
        person.choose("plane_axes", text)
        person.settled()
        axes = axes_at(person.session.run, kind, code.z, code.y)
        assert pane.result.axes == (axes.brief_name(0), axes.brief_name(1))
        np.testing.assert_allclose(pane.result.origin, code.z, atol=1e-5)
        np.testing.assert_allclose(pane.result.basis[1], axes.std[1] * axes.directions[1], atol=1e-5)
        drawn = VIEWS.load("latent-grid").compute(
            person.session.run, settings_from("latent-grid", pane.figure_settings())
        )
        np.testing.assert_allclose(drawn.codes, pane.result.codes, atol=1e-5)
    # The metric is differentiated by a job, which is stopped in no time; then the plane is there at once.
    run, asked = person.session.run, {"axes": "metric", "centre": "test:7", "n": 2}
    wanted = next(tasks.latent_grid(run, asked))
    assert isinstance(wanted, axes_tasks.AxesWanted)
    stop, seen = StopToken(), list[object]()
    stop.request()
    with pytest.raises(Stopped):
        axes_tasks.find_metric(wanted, seen.append, stop)
    assert axes_tasks.find_metric(wanted, seen.append, StopToken()) is None and seen
    assert not isinstance(next(tasks.latent_grid(run, asked)), axes_tasks.AxesWanted)
    titles: list[str] = []
    jobs = person.session.jobs
    jobs.changed.connect(lambda: titles.extend(job.title for job in jobs.jobs if job.title not in titles))
    person.session.current.pick_image("test", 4)
    person.click("latent_grid_centre")
    person.settled()
    assert titles == ["Finding the axes around the code"]
    np.testing.assert_allclose(pane.result.origin, person.session.current.code.z, atol=1e-5)
    person.choose("plane_axes", "Dimensions")
    person.settled()
    assert pane.choice.centre == "" and pane.result.axes[0].startswith("z0")


def test_frozen_while_a_model_trains_axes_stay_those_of_the_weights_that_are_kept(person: Person) -> None:
    person.begin_training()
    pane, session = person.show("traversal"), person.session
    next(offer for offer in pane.offers() if offer.matches("local axes codes nearby")).do()
    person.until(lambda: pane.axes.axes is not None)
    person.click(pane.freeze_button)
    person.until(lambda: not session.jobs.jobs)
    kept, epoch = pane.axes.axes, session.run.epoch
    person.until(lambda: session.run.epoch > epoch + 1)
    assert pane.axes.axes is kept and not session.jobs.jobs
    person.click(pane.freeze_button)
    person.until(lambda: pane.axes.axes is not kept)
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")
    person.settled()
