"""The loss curves: what is framed, read off, switched, set beside each other, and looked back along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPixmap, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from latentexplorer.gui.panes.loss.curve_plot import CurvePlot
from latentexplorer.gui.panes.loss.readout import in_full
from latentexplorer.gui.panes.loss.switches import MARGINS_PX, Switches
from latentexplorer.gui.style.theme import caption_font
from latentexplorer.gui.widgets.epochs import bounds
from latentexplorer.gui.widgets.plot import Axis, Plot
from latentexplorer.gui.window.workspaces import TRAIN
from tests.gui.conftest import Person

LONG = ("training.epochs=6", "training.snapshots=6")


@pytest.fixture
def workspace() -> str:
    """The one in which losses are watched: panes that this is not about need not be drawn."""
    return TRAIN


@pytest.fixture
def opened(person: Person, make_run: Callable[..., Path]) -> Callable[..., None]:
    return lambda *changes: person.open_run(make_run(*changes))


def click_epoch(person: Person, epoch: int) -> None:
    plot = person.frame.panes["loss"].plot
    person.click(plot.viewport(), plot.mapFromScene(plot.scene_position(epoch)))


def test_the_first_epochs_do_not_flatten_the_others() -> None:
    epochs = np.arange(1, 61, dtype=float)
    values = 20 + 1000 * np.exp(-epochs)
    low, high = bounds([(epochs, values)], log=False)
    assert high < 30
    assert low < values.min()
    # With a handful of epochs nothing is left out, and a logarithm shows all of them anyhow.
    assert bounds([(epochs[:3], values[:3])], log=False)[1] > values[0]
    assert bounds([(epochs, values)], log=True)[1] > np.log10(values[0])
    assert bounds([], log=False) == (0.0, 1.0)


@pytest.mark.parametrize(("low", "high"), [(0.1835, 0.2065), (-0.6, 1.2), (0, 620)])
def test_numbers_of_an_axis_have_the_same_decimals(qtbot: QtBot, low: float, high: float) -> None:
    plot = Plot("of_an_axis")
    qtbot.addWidget(plot)
    plot.resize(400, 500)
    plot.setYRange(low, high, padding=0)
    plot.show()
    # The axis takes the width that its numbers need when it is drawn for the first time.
    plot.grab()
    QApplication.processEvents()
    plot.grab()
    picture = QPixmap(4, 4)
    with QPainter(picture) as painter:
        painter.setFont(caption_font())
        ticks = plot.getAxis("left").generateDrawSpecs(painter)[2]
    assert len(ticks) > 2 and len({len(text.partition(".")[2]) for _, _, text in ticks}) == 1
    assert all(room.width() >= QFontMetrics(caption_font()).horizontalAdvance(text) - 1 for room, _, text in ticks)


def numbers_of(axis: Axis) -> list[str]:
    """What stands at an axis as it is drawn."""
    picture = QPixmap(4, 4)
    with QPainter(picture) as painter:
        painter.setFont(caption_font())
        return [text for _, _, text in axis.generateDrawSpecs(painter)[2]]


@pytest.mark.parametrize("height", [150, 300, 700])
def test_plots_of_one_height_have_about_as_many_numbers(qtbot: QtBot, height: int) -> None:
    counts = []
    for low, high in ((180, 480), (0.28, 0.425), (-280, 190), (0.094, 0.205), (0, 2050), (0.21, 0.275)):
        plot = CurvePlot("of_a_loss", "Loss")
        qtbot.addWidget(plot)
        plot.resize(400, height)
        plot.getViewBox().setRange(xRange=(0, 10), yRange=(low, high), padding=0)
        plot.show()
        # The axis takes the width that its numbers need when it is drawn for the first time.
        plot.grab()
        QApplication.processEvents()
        plot.grab()
        counts.append(len(numbers_of(plot.getAxis("left"))))
    assert min(counts) >= 2 and max(counts) <= 2 * min(counts) + 1 and max(counts) <= 9, counts


def test_two_plots_beside_each_other_count_the_same_epochs(person: Person, opened: Callable[..., None]) -> None:
    opened(*LONG)
    pane = person.frame.panes["loss"]
    plots = [side.plot for side in pane.sides.values() if side.plot.isVisible()]
    assert len(plots) == 2 and plots[0].width() > plots[1].width() * 1.2
    axes = [plot.getAxis("bottom") for plot in plots]
    for last in range(4, 130, 2):
        plots[0].getViewBox().setRange(xRange=(1, last), padding=0.02)
        first, other = map(numbers_of, axes)
        # At its end the narrower one may have no room for the last of them.
        assert len(other) >= 2 and other in (first, first[:-1]), last


def test_each_quantity_and_part_has_its_switch(person: Person, opened: Callable[..., None]) -> None:
    opened(*LONG)
    pane = person.frame.panes["loss"]
    for part in ("train", "test"):
        for quantity in ("loss", "recon", "kl", "rmse"):
            values = person.session.history.column(f"{part}_{quantity}")
            np.testing.assert_allclose(pane.curves[part, quantity].getOriginalDataset()[1], values)
    person.click("loss_kl")
    assert not pane.curves["train", "kl"].isVisible()
    person.click("loss_test")
    assert not pane.curves["test", "loss"].isVisible()
    assert pane.curves["train", "loss"].isVisible()
    person.click("loss_rmse")
    assert not pane.pixel_plot.isVisible()
    person.click("loss_log")
    settings = pane.view_settings()
    assert settings == ["log=true", "smoothing=0.0", 'curves=["loss", "recon"]', "part=train"]


def test_smoothing_is_that_of_the_figure(person: Person, opened: Callable[..., None]) -> None:
    from latentexplorer.views.registry import load_view, settings_of

    opened(*LONG)
    pane = person.frame.panes["loss"]
    choice = person.find("loss_smoothing")
    choice.setFocus()
    person.qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert "smoothing=0.6" in pane.view_settings()
    figure = load_view("loss").compute(person.session.run, settings_of("loss", {"smoothing": 0.6}))
    line = next(curve for curve in figure.curves if (curve.part, curve.quantity) == ("test", "rmse"))
    np.testing.assert_allclose(pane.curves["test", "rmse"].getOriginalDataset()[1], line.values)


def test_the_cross_reads_values_off_with_pointer_and_keyboard(person: Person, opened: Callable[..., None]) -> None:
    opened(*LONG)
    pane = person.frame.panes["loss"]
    place = pane.plot.mapFromScene(pane.plot.scene_position(4))
    person.qtbot.mouseMove(pane.plot.viewport(), place)
    person.until(lambda: pane.plot.epoch == 4)
    value = person.session.history.column("train_loss")[3]
    reading = person.find("loss_reading")
    assert "epoch 4" in reading.words and f"Total {value:.1f}" in reading.words
    assert f"{person.session.history.column('test_rmse')[3]:.3f}" in reading.words
    # All of the values are seen, and the curves stay in sight.
    assert f"{value:.0f}" in reading.text()
    assert reading.sizeHint().width() <= reading.width()
    assert reading.geometry().bottom() <= pane.plot.mapTo(pane.content, QPoint()).y()
    pane.plot.setFocus()
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Right)
    assert "epoch 5" in reading.words
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Escape)
    assert not reading.isVisible()


def test_first_epochs_that_are_cut_off_are_marked_and_one_click_away(
    person: Person, opened: Callable[..., None]
) -> None:
    opened("training.epochs=12", "training.lr=0.003")
    pane = person.frame.panes["loss"]
    values = np.concatenate([person.session.history.column(f"{part}_loss") for part in ("train", "test")])
    top = pane.plot.getViewBox().viewRange()[1][1]
    assert top < values.max()
    assert pane.plot.cut >= 1 and list(pane.plot.above.getData()[0])[:1] == [1.0]
    assert all(high < top for high in pane.plot.above.getData()[1])
    person.click("loss_plot_whole")
    assert pane.plot.getViewBox().viewRange()[1][1] >= values.max()
    assert pane.plot.cut == 0 and not len(pane.plot.above.getData()[0])
    # It stays so while it grows, and goes back.
    person.session.history_changed.emit()
    assert pane.plot.getViewBox().viewRange()[1][1] >= values.max()
    person.click("loss_plot_whole")
    assert pane.plot.getViewBox().viewRange()[1][1] == pytest.approx(top)
    # A logarithm shows all anyhow.
    person.click("loss_log")
    assert not person.find("loss_plot_whole").isVisible()


def test_zooming_stays_while_training_and_reset_shows_all(person: Person, opened: Callable[..., None]) -> None:
    opened(*LONG)
    pane = person.frame.panes["loss"]
    whole = pane.plot.getViewBox().viewRange()
    place = pane.plot.mapFromScene(pane.plot.scene_position(3))
    event = QWheelEvent(
        QPointF(place),
        QPointF(pane.plot.mapToGlobal(place)),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane.plot.viewport(), event)
    zoomed = pane.plot.getViewBox().viewRange()
    assert np.ptp(zoomed[0]) < np.ptp(whole[0])
    # Both plots show the same epochs.
    np.testing.assert_allclose(pane.pixel_plot.getViewBox().viewRange()[0], zoomed[0], atol=0.3)
    person.session.history_changed.emit()
    np.testing.assert_allclose(pane.plot.getViewBox().viewRange(), zoomed)
    person.click("loss_reset")
    np.testing.assert_allclose(pane.plot.getViewBox().viewRange(), whole, rtol=0.02)


def test_an_epoch_that_is_clicked_is_looked_back_at(person: Person, opened: Callable[..., None]) -> None:
    from latentexplorer.runs import Trained

    opened(*LONG)
    session, pane = person.session, person.frame.panes["loss"]
    person.until(lambda: session.epochs.kept == [1, 2, 3, 4, 5, 6])
    session.current.pick_image("test", 1)
    latest, rows = session.run, len(session.history)
    click_epoch(person, 2)
    person.until(lambda: session.epochs.shown == 2)
    person.decoded()
    person.settled()
    then = Trained.load(latest.path, epoch=2, with_data=False)
    at = np.flatnonzero(then.codes["test"].index == 1)
    np.testing.assert_array_equal(session.current.code.z, then.codes["test"].loc[at[0]])
    np.testing.assert_array_equal(person.find("decoded_image").image, then.decode(then.codes["test"].loc[at])[0])
    # The curve stays whole, the images are there, and a figure tells which epoch it shows.
    assert len(session.history) == rows
    assert person.find("original_image").image is not None
    assert "epoch=2" in person.frame.panes["latent_grid"].figure_settings()
    assert "epoch=2" not in pane.figure_settings()
    assert "epoch 2" in person.frame.panes["loss"].header.subtitle.text()
    person.click("loss_latest")
    assert session.run is latest
    assert session.epochs.shown is None
    assert not pane.latest.isVisible()
    person.decoded()


def test_the_mark_is_dragged_along_the_epochs(
    person: Person, opened: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyqtgraph as pg

    # Moves here follow each other faster than any hand, and none is to be left out.
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", -1)
    opened(*LONG)
    session, pane = person.session, person.frame.panes["loss"]
    person.until(lambda: bool(session.epochs.kept))
    click_epoch(person, 2)
    person.until(lambda: session.epochs.shown == 2)
    plot = pane.plot
    places = [plot.mapFromScene(plot.scene_position(epoch)) for epoch in (2, 2.5, 3.5, 4, 5)]
    view = plot.viewport()
    person.qtbot.mouseMove(view, places[0])
    person.qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        event = QMouseEvent(
            QMouseEvent.Type.MouseMove,
            QPointF(place),
            QPointF(view.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view, event)
    person.qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=places[-1])
    person.until(lambda: session.epochs.shown == 5)
    # Training goes on from the end, never from where one looks back to.
    session.training.train_more(1)
    person.until(lambda: session.training.state == "training" or len(session.history) > 6)
    assert session.epochs.shown is None
    person.until(lambda: session.training.state == "idle")
    person.settled()
    assert session.run.epoch == 7
    assert len(session.history) == 7


def test_several_runs_lie_in_one_plot(
    person: Person, opened: Callable[..., None], make_run: Callable[..., Path]
) -> None:
    opened(*LONG)
    session, pane = person.session, person.frame.panes["loss"]
    other = make_run("model.latent_dim=8")
    session.compare([other])
    person.until(lambda: len(pane.others) == 1)
    assert pane.key.isVisible()
    assert other.name in pane.key.text()
    drawn = pane.other_curves[1, "train", "loss"]
    assert drawn.isVisible()
    pens = {pane.curves["train", "loss"].opts["pen"].color().name(), drawn.opts["pen"].color().name()}
    assert len(pens) == 2
    assert any(str(other) in change for change in pane.view_settings())
    # Every quantity has a line of its own, and the open run keeps its colours.
    kinds = {(switch._color, switch._style, switch._width) for switch in pane.switches._own.values()}
    assert len(kinds) == len(pane.switches._own)
    assert pane.curves["train", "recon"].opts["pen"].color() == pane.switches.color("recon")
    # A loss with other terms has no place on the axis of this one; its pixel error has.
    session.compare([make_run("model.family=ae")])
    person.until(lambda: len(pane.others) == 1 and pane.others[0].path != other)
    assert "another loss: its nats are not drawn" in pane.key.text()
    assert not pane.other_curves[1, "train", "loss"].isVisible() and pane.other_curves[1, "test", "rmse"].isVisible()
    session.compare([])
    person.until(lambda: not pane.others)
    assert not pane.key.isVisible()
    assert pane.curves["train", "loss"].isVisible()


def test_a_figure_of_the_loss_is_shown_again(person: Person, opened: Callable[..., None]) -> None:
    opened(*LONG)
    pane = person.frame.panes["loss"]
    assert pane.restore("loss", {"curves": ("kl", "rmse"), "part": "test", "log": True, "smoothing": 0.85})
    assert pane.view_settings() == ["log=true", "smoothing=0.85", 'curves=["kl", "rmse"]', "part=test"]


def test_a_model_that_is_solved_at_once_says_so(person: Person, opened: Callable[..., None]) -> None:
    opened("model.family=pca")
    pane = person.frame.panes["loss"]
    assert pane._empty.isVisible()
    assert "no loss curve" in pane._empty.text()
    nats = person.session.history.column("test_log_likelihood")[-1]
    assert f"log p(x) by probabilistic PCA: {nats:,.1f} nats" in pane._empty.text().replace("−", "-")


def test_terms_of_a_family_have_curves_switches_and_a_place(person: Person, opened: Callable[..., None]) -> None:
    opened("model.family=ad", "model.architecture=mlp", "training.epochs=3")
    pane, history = person.frame.panes["loss"], person.session.history
    switch = person.find("loss_penalty")
    assert switch.isVisible() and "Gaussian prior" in switch.toolTip()
    for part in ("train", "test"):
        np.testing.assert_allclose(
            pane.curves[part, "penalty"].getOriginalDataset()[1], history.column(f"{part}_penalty")
        )
    assert 'curves=["loss", "recon", "kl", "rmse", "penalty"]' in pane.view_settings()
    person.click(switch)
    assert not pane.curves["train", "penalty"].isVisible()
    assert 'curves=["loss", "recon", "kl", "rmse"]' in pane.view_settings()
    assert person.find("loss_loss").toolTip().startswith("Total is −log p(x given one code")
    # Another run has no such term. A pane that is closed draws nothing, but knows of it; opened it has all curves.
    person.frame.docks["loss"].close()
    opened(*LONG)
    assert 'curves=["loss", "recon", "kl", "rmse"]' in pane.view_settings()
    assert len(pane.curves["train", "loss"].getOriginalDataset()[0]) == 3
    person.show("loss")
    assert not switch.isVisible() and not pane.curves["train", "penalty"].isVisible()
    assert len(pane.curves["train", "loss"].getOriginalDataset()[0]) == 6
    # What the palette does to it while it is closed is seen when it is opened.
    person.frame.docks["loss"].close()
    person.find("loss_rmse").click()
    assert pane.curves["train", "rmse"].isVisible()
    person.show("loss")
    assert not pane.curves["train", "rmse"].isVisible()


def test_short_names_of_curves_save_a_row(qtbot: QtBot) -> None:
    switches = Switches()
    qtbot.addWidget(switches)
    switches.name_weighted({"kl"})
    texts = []
    for width in (900, 676, 500):
        switches.shorten(width + MARGINS_PX)
        switches.resize(width, 60)
        switches.show()
        rows = {switch.geometry().center().y() for switch in (*switches._own.values(), switches.smoothing)}
        texts.append((switches._own["kl"].text(), len(rows)))
    # Where they save none, names are whole.
    assert texts[0] == ("Weighted KL", 1) and texts[1] == (switches.short("kl"), 1) and texts[2][1] == 2


def test_what_is_not_in_nats_has_a_plot_of_its_own(
    person: Person, opened: Callable[..., None], make_run: Callable[..., Path]
) -> None:
    opened("model.family=wae", "training.epochs=3", "model.mmd_weight=20")
    pane, history = person.frame.panes["loss"], person.session.history
    plot = person.find("mmd_plot")
    assert plot.isVisible() and plot not in (pane.plot, pane.pixel_plot)
    assert pane.curves["train", "mmd"] in plot.listDataItems()
    assert person.find("loss_loss").toolTip().startswith("Total = Reconstruction + 20 × MMD² to the prior. ")
    pane.plot.setFocus()
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_End)
    assert plot.epoch == 3
    assert f"MMD² {in_full(history.column('train_mmd')[2])}" in person.find("loss_reading").words
    person.click("loss_mmd")
    assert not plot.isVisible()
    # The nats of a run beside it whose loss holds other terms have no place here, nor has what switches them.
    person.session.selection.compare([make_run("model.family=ad", "model.architecture=mlp", "training.epochs=3")])
    person.until(lambda: len(pane.others) == 1)
    switch, curve = person.find_or_none("loss_penalty"), pane.other_curves.get((1, "train", "penalty"))
    assert (switch is None or not switch.isVisible()) and (curve is None or not curve.isVisible())
    assert pane.other_curves[1, "train", "rmse"].isVisible()


def test_rows_of_a_run_that_trains_are_drawn_where_they_are_seen_and_when_they_are(person: Person) -> None:
    person.show("loss")
    person.begin_training()
    session, pane = person.session, person.frame.panes["loss"]
    curve = pane.curves["train", "loss"]

    def drawn() -> int:
        epochs = curve.getOriginalDataset()[0]
        return 0 if epochs is None else len(epochs)

    person.until(lambda: drawn() >= 2 and session.training.active)
    # Behind the tab of another one nothing is drawn; brought back it has all of them.
    person.frame.show_pane("loss_terms")
    person.until(lambda: not pane.seen)
    before, known = drawn(), len(session.history)
    person.until(lambda: len(session.history) > known + 1)
    assert drawn() == before
    person.frame.show_pane("loss")
    person.until(lambda: drawn() > known)
