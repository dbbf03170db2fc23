"""The honest map as a person uses it: true distances under the mouse, kept neighbours as numbers and colours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.panes.map.honest import TEXT
from latentexplorer.gui.panes.map.legend import LegendEntry
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.latent.exact_maps import principal_map
from latentexplorer.latent.preservation import preservation
from latentexplorer.views.map_distances import DistanceShades, Shaded
from tests.gui.conftest import Person
from tests.gui.test_map import VAE, at, choose, laid_out, lonely, opened


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def spot(entry: LegendEntry) -> str:
    """The colour in the middle of the mark of a class in the legend."""
    picture = QImage(entry.size(), QImage.Format.Format_RGB32)
    entry.render(picture)
    return picture.pixelColor(6, entry.height() // 2).name()


def test_a_map_tells_what_is_near_and_what_it_is_true_to(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    honest, cloud, view = pane.honest, pane.plot.cloud, pane.plot.viewport()
    before, row = cloud.looks.copy(), lonely(pane)
    QTest.mouseMove(view, at(pane, row))
    person.settled()
    assert np.array_equal(cloud.looks, before) and not honest.line.isVisible()
    assert any(offer.name == TEXT for offer in pane.offers())

    # A key turns it on: the point under the mouse is measured at once, and no layout moves while the mouse does.
    pane.plot.setFocus()
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    person.settled()
    codes = pane.result.projection.codes
    assert np.array_equal(cloud.looks, DistanceShades().to(codes, row).shades)
    assert f"image {pane.result.index[row]:,}" in pane.bar.title and "units of z" in pane.bar.title
    # The legend does not say of colours that are distances now which class they are.
    entry = pane.legend.entries[0]
    assert spot(entry) == theme.color("muted").name() != entry.stamp.color.lower()
    size, other = view.size(), (row + 1) % len(codes)
    pane.plot.hovered.emit(other)
    person.settled()
    assert np.array_equal(cloud.looks, DistanceShades().to(codes, other).shades)
    expected = preservation(codes, pane.result.projection.coords)
    told = honest.line.numbers.text()
    assert f"trustworthiness {expected.overall('trustworthiness'):.3f}" in told
    assert f"from all {len(codes):,} points" in told and "15 neighbours" in told
    assert "of the variance" in honest.line.caution.text()
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert np.array_equal(cloud.looks, before) and view.size() == size
    assert spot(entry) == entry.stamp.color.lower()

    # Colours of kept neighbours, which go with the figure; the legend has its classes back with them.
    choose(person, "map_color", "Trustworthiness")
    person.settled()
    np.testing.assert_allclose(pane.result.values, expected.values("trustworthiness"))
    assert pane.bar.isVisible() and "trustworthiness" in pane.bar.title and "trustworthiness" in pane.command()
    honest.action.trigger()
    assert not honest.on and honest.line.isVisible()

    # A map whose points have moved is not the one that was measured.
    choose(person, "map_method", "t-SNE")
    person.until(lambda: pane.layouts.running)
    laid_out(person, pane)
    moved = preservation(codes, pane.result.projection.coords).values("trustworthiness")
    np.testing.assert_allclose(pane.result.values, moved)
    assert "sizes of clusters" in honest.line.caution.text()
    choose(person, "map_color", "Class")
    person.settled()
    assert not honest.line.isVisible() and np.array_equal(cloud.looks, before)


class Watched(DistanceShades):
    """Notes which thread works out which distances."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, int]] = []

    def to(self, codes: np.ndarray, row: int) -> Shaded:
        self.asked.append((row, threading.get_ident()))
        return super().to(codes, row)


def test_sixty_thousand_points_are_measured_once_a_point_and_never_on_the_windows_thread(
    person: Person, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    small, many, rng = pane.result, 60_000, np.random.default_rng(0)
    rows = rng.integers(0, len(small.index), many)
    codes = small.projection.codes[rows] + rng.normal(0, 0.3, (many, small.projection.codes.shape[1]))
    whole = principal_map(codes.astype(np.float32), np.arange(many))
    shown = replace(small, projection=whole, index=whole.index, coords=whole.coords, groups=small.groups[rows])
    pane._show(shown)
    pane.switches._actions["map_names"].setChecked(False)
    pane.switches._actions["map_pictures"].setChecked(False)
    watched = pane.honest._shades = Watched()
    pane.honest.action.trigger()
    # In one go over the map, quicker than anybody can answer: what is passed by need not be measured at all.
    view = pane.plot.viewport()
    passed = [at(pane, row) for row in rng.integers(0, many, 12)]
    for place in passed:
        QTest.mouseMove(view, place)
        QTest.mouseMove(view, place)
    person.until(lambda: bool(watched.asked) and not person.session.decoder.busy)
    assert 1 <= len(watched.asked) <= len(passed) + 1
    assert threading.get_ident() not in {thread for _, thread in watched.asked}
    assert watched.asked[-1][0] == pane.plot.hover and len(pane.plot.cloud.looks) == many
    count = len(watched.asked)
    for _ in range(5):
        QTest.mouseMove(view, passed[-1])
    person.until(lambda: not person.session.decoder.busy)
    assert len(watched.asked) == count


def test_a_point_is_measured_though_another_map_came_while_it_was_asked_about(
    person: Person, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    pane.honest.action.trigger()
    person.settled()
    shown, others_first = pane.result, threading.Event()
    person.session.decoder.ask("others", others_first.wait, lambda answer: None)
    pane.plot.hovered.emit(3)
    # As each snapshot of a training does: the same points, of other codes.
    codes = shown.projection.codes[::-1].copy()
    try:
        pane._show(replace(shown, projection=principal_map(codes, shown.index)))
    finally:
        others_first.set()
    person.settled()
    assert f"distance to image {shown.index[3]:,}" in pane.bar.title
    assert np.array_equal(pane.plot.cloud.looks, DistanceShades().to(codes, 3).shades)


def test_two_points_say_why_there_are_no_numbers(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run("model.family=ae", "data.limit=2"))
    assert len(pane.result.index) == 2
    pane.honest.action.trigger()
    person.settled()
    assert "Fewer than three points" in pane.honest.line.numbers.text()
    pane.plot.hovered.emit(0)
    person.settled()
    assert np.isfinite([pane.bar.low, pane.bar.high]).all() and pane.plot.cloud.looks[0] == 0


def test_while_it_trains_few_points_are_asked_about_and_all_of_them_afterwards(person: Person) -> None:
    person.begin_training()
    pane = person.frame.panes["map"]
    person.until(lambda: pane.result is not None)
    pane.honest.action.trigger()
    count = len(pane.result.index)
    person.until(lambda: f"from 500 of {count:,} points" in pane.honest.line.numbers.text())
    first = pane.result.projection
    choose(person, "map_color", "Neighbours kept")
    person.until(lambda: pane.result.values is not None and pane.result.projection is not first)
    pane.plot.hovered.emit(3)
    person.until(lambda: "distance to image" in pane.bar.title)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()
    assert f"from all {count:,} points" in pane.honest.line.numbers.text()
    made = pane.result.projection
    np.testing.assert_allclose(pane.result.values, preservation(made.codes, made.coords).values("kept"))
