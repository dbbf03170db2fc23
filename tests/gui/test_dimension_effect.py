"""What each dimension changes and goes with, measured in the window and shown where dimensions are pulled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton

from latentexplorer.gui.style.theme import theme
from latentexplorer.views import settings_from
from latentexplorer.views.registry import load_view

VAE = ("model.family=vae", "model.latent_dim=12")
LINKS = ("guide_collapse", "guide_dimension_effect")


@pytest.fixture
def workspace() -> str:
    """Where dimensions stand beside the traversal."""
    return "diagnose"


def measured(person: Any, path: Path) -> Any:
    """The pane with a run open and the effect measured by its button."""
    pane = person.open_run(path, "dimensions")
    person.until(lambda: pane.result is not None)
    assert not {"effect", "goes_with"} & set(pane.table.dimensions.names)
    assert not person.find("show_top", QPushButton).isVisible()
    assert [person.find(name).isVisible() for name in LINKS] == [True, False]
    person.click("measure_effect")
    person.until(lambda: "effect" in pane.table.dimensions.names and pane.effect.measure.isEnabled())
    # One way into the guide, to what is explained now.
    assert [person.find(name).isVisible() for name in LINKS] == [False, True]
    return pane


def shown(pane: Any) -> list[int]:
    """The dimensions from top to bottom."""
    return [pane.table.dimensions.dimension(row) for row in range(pane.table.dimensions.rowCount())]


def click_row(person: Any, pane: Any, row: int) -> None:
    """Click into a row of the table with the mouse."""
    index = pane.table.dimensions.index(row, 0)
    pane.table.scrollTo(index)
    place = pane.table.visualRect(index).center()
    person.qtbot.mouseClick(pane.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def colors_of(widget: Any) -> set[str]:
    """The colours that a widget is painted with."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return {f"#{pixel & 0xFFFFFF:06x}" for pixel in np.unique(pixels)}


def test_the_effect_is_measured_sorted_by_and_its_top_pulled(person: Any, make_run: Callable[..., Path]) -> None:
    pane = measured(person, make_run(*VAE))
    expected = load_view("dimension-effect").compute(person.session.run, settings_from("dimension-effect"))
    order = expected.effect.order.tolist()
    assert shown(pane) == order
    model = pane.table.dimensions
    at, goes = model.names.index("effect"), model.names.index("goes_with")
    assert model.bar(0, at).part == 1
    # What a dimension goes with is read whole, without scrolling.
    table = pane.table
    assert table.columnViewportPosition(goes) + table.columnWidth(goes) <= table.viewport().width()
    assert model.headerData(at, Qt.Orientation.Horizontal) == "Effect, rmse ↓"
    for row, dim in enumerate(order):
        known = expected.goes_with(dim)
        assert model.index(row, goes).data() == ("–" if known is None else known.words)
    assert "deviate by" in pane.words.text() and "Bonferroni" in pane.words.text()
    # Another click on the head turns it round.
    head = pane.table.horizontalHeader()
    place = QPoint(head.sectionViewportPosition(at) + 10, head.height() // 2)
    person.qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert shown(pane) == order[::-1]

    strips, bars = person.frame.panes["traversal"], person.frame.panes["decoded"].bars
    by_kl = [at for at in strips.rows.order if at not in order[:3]]
    count = person.find("top_count")
    count.setFocus()
    count.selectAll()
    person.qtbot.keyClicks(count, "3")
    person.click("show_top")
    person.until(lambda: strips.rows.order == [*order[:3], *by_kl])
    person.until(lambda: "the 3 that change the image most, then by KL" in strips.header.subtitle.text())
    assert bars.marked == set(order[:3])
    assert {theme.color("accent").name(), theme.color("faint").name()} <= colors_of(bars)
    # A click on a row shows its dimension where it is pulled.
    last = strips.rows.order[-1]
    before = strips.rows.verticalScrollBar().value()
    click_row(person, pane, shown(pane).index(last))
    assert last in strips.rows.shown_dimensions and strips.rows.verticalScrollBar().value() > before
    # Sorted again, all are alike.
    strips.sort()
    assert strips.rows.order != [*order[:3], *by_kl] or not strips.shown.first
    assert not bars.marked and theme.color("faint").name() not in colors_of(bars)
    # Its figure is made of what can be worked out again.
    assert not [setting for setting in pane.view_settings() if "effect" in setting]
    names = {offer.name for offer in pane.offers()}
    assert {"Measure again", "Show the top"} <= names

    # Another run has other dimensions.
    pane = person.open_run(make_run("model.family=ae", "model.latent_dim=1"), "dimensions")
    person.until(lambda: pane.result is not None and pane.result.total == 1)
    assert pane.effect.result is None and "effect" not in pane.table.dimensions.names
    assert person.session.dimensions.first == ()
    # One dimension has an effect, and no top of several.
    person.click("measure_effect")
    person.until(lambda: "effect" in pane.table.dimensions.names)
    assert not person.find("show_top", QPushButton).isVisible()


def test_enter_brings_the_traversal_and_what_is_stopped_is_asked_again(
    person: Any, make_run: Callable[..., Path]
) -> None:
    person.frame.arrangement.choose("all")
    pane = person.open_run(make_run(*VAE), "dimensions")
    person.until(lambda: pane.result is not None)
    strips = person.frame.panes["traversal"]
    click_row(person, pane, 2)
    assert not strips.seen
    person.qtbot.keyClick(pane.table, Qt.Key.Key_Return)
    person.until(lambda: strips.seen)
    person.show("dimensions")
    pane.effect.ask()
    job = next(job for job in person.session.jobs.jobs if job.title == "What each dimension changes")
    job.stop()
    person.until(lambda: pane.effect.measure.isEnabled())
    assert pane.effect.measure.text() in ("Measure the effect", "Measure again")
    person.click("measure_effect")
    person.until(lambda: "effect" in pane.table.dimensions.names)
