"""What a person does with each instrument of the window: opens it, uses it by mouse and keys, and leaves it.

Each use is a generator that yields how many milliseconds pass before the next thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest

from tests.benchmarks import uses_of_many as many
from tests.benchmarks.hand import STEP_MS, Hand
from tests.benchmarks.window import Steps

Use = Callable[[Hand], Steps]


@dataclass(frozen=True)
class Instrument:
    """One of the window's instruments.

    Attributes
    ----------
    opened, used, left : callable (Hand) -> Steps
    resting : bool
        Whether it is only for a window in which nothing trains.
    """

    name: str
    opened: Use
    used: Use
    left: Use
    resting: bool = False


# -- dimensions and losses ---------------------------------------------------------------------------------------------


def _collapse(hand: Hand) -> Steps:
    table = hand.panes["dimensions"].table
    head = table.horizontalHeader()
    for section in range(head.count()):
        hand.click(head.viewport(), QPoint(head.sectionViewportPosition(section) + 8, head.height() // 2))
        yield 60
    for at in range(0, table.verticalScrollBar().maximum() + 1, 40):
        table.verticalScrollBar().setValue(at)
        yield STEP_MS
    yield from hand.hover(table.viewport(), hand.about(table.viewport(), 30))
    hand.click(table.viewport(), QPoint(30, 40))
    yield from hand.rest("dimension sought")


def _loss(hand: Hand) -> Steps:
    pane = hand.panes["loss_terms"]
    yield from hand.hover(pane.content, hand.about(pane.content, 30))
    for name in ("loss_terms_test", "loss_terms_train", "loss_terms_sum", "loss_terms_mean"):
        hand.click(name)
        yield 60
    yield from hand.rest("terms")


def _effect(hand: Hand) -> Steps:
    hand.click("measure_effect")
    yield from hand.rest("effect measured")
    hand.click("show_top")
    yield from hand.rest("top shown")


def _sweep_opened(hand: Hand) -> Steps:
    yield from hand.show("sweep")
    hand.action("sweep")
    yield from hand.until("sweep dialog", lambda: hand.find("sweep_dialog") is not None)


def _sweep(hand: Hand) -> Steps:
    field = hand.find("sweep_values")
    if field is None:
        return
    field.clear()
    for letter in "1, 2, 4, 8, 16, 32, 64":
        QTest.keyClick(field, letter)
        yield STEP_MS
    yield 400


# -- around the current code -------------------------------------------------------------------------------------------


def _fade_opened(hand: Hand) -> Steps:
    hand.action("fade")
    yield from hand.rest("faded")


def _fade(hand: Hand) -> Steps:
    yield from hand.pull()
    grid = hand.panes["latent_grid"].grid
    yield from hand.hover(grid, hand.about(grid, 30))
    yield from hand.drag(grid, hand.about(grid, 30))
    hand.offer("latent_grid", "Zoom in")
    yield from hand.rest("grid zoomed")


def _axes_opened(hand: Hand) -> Steps:
    yield from hand.show("traversal")
    hand.offer("traversal", "codes nearby")
    yield from hand.rest("axes nearby")


def _axes(hand: Hand) -> Steps:
    rows = hand.panes["traversal"].axes.rows
    if rows.sliders:
        yield from hand.slide(rows.sliders[0].slider)
    hand.offer("traversal", "metric")
    yield from hand.rest("axes of the metric")
    hand.session.current.pick_image("train", 3)
    yield from hand.rest("axes elsewhere")


def _axes_left(hand: Hand) -> Steps:
    hand.offer("traversal", "along the dimensions")
    yield from hand.away()


def _magnification_opened(hand: Hand) -> Steps:
    hand.panes["latent_grid"].ground.action.trigger()
    hand.panes["map"].ground.action.trigger()
    yield from hand.rest("magnification")


def _grounds(hand: Hand) -> Steps:
    grid, plot = hand.panes["latent_grid"].grid, hand.panes["map"].plot
    yield from hand.hover(grid, hand.about(grid, 30))
    yield from hand.hover(plot.viewport(), hand.about(plot.viewport(), 30))
    hand.offer("latent_grid", "Zoom in")
    yield from hand.rest("ground of another plane")
    hand.offer("latent_grid", "Reset the plane")
    yield from hand.rest("ground of the plane")


def _regions_opened(hand: Hand) -> Steps:
    hand.panes["latent_grid"].rims.switch.action.trigger()
    hand.panes["map"].regions.switch.action.trigger()
    yield from hand.rest("regions")


def _regions(hand: Hand) -> Steps:
    yield from _grounds(hand)
    hand.click("regions_grid_contours")
    hand.click("regions_map_contours")
    yield from hand.rest("contours")


def _race_opened(hand: Hand) -> Steps:
    yield from hand.show("interpolation")
    hand.panes["interpolation"].finder.pick_images()
    yield from hand.rest("path")
    hand.click("interpolation_race")
    yield 300


def _race(hand: Hand) -> Steps:
    race = hand.panes["interpolation"].race
    yield from hand.until("race ended", lambda: race.shown is not None and race.view.stop.isHidden(), 20)
    hand.click(race.view.stop)
    for strip in race.view.strips.values():
        yield from hand.hover(strip, hand.about(strip, 15))
        hand.click(strip)
    yield from hand.rest("picked from the race")


def _race_left(hand: Hand) -> Steps:
    hand.click("interpolation_race")
    yield from hand.away()


# -- sheets ------------------------------------------------------------------------------------------------------------


def _sheet(action: str, name: str) -> Use:
    def opened(hand: Hand) -> Steps:
        hand.session.current.pick_image("test" if "test" in hand.session.shown.codes else "train", 1)
        yield from hand.rest("picked")
        hand.action(action)
        yield 200
        if hand.find(name) is not None:
            yield from hand.until(f"{name} drawn", hand.find(name).isVisible)

    return opened


def _watch(hand: Hand) -> Steps:
    dialog = hand.find("watch_dialog")
    if dialog is None:
        return
    yield from hand.until("code found", lambda: dialog.outcome is not None, 30)
    hand.click("watch_stop")
    yield from hand.hover(dialog.errors.viewport(), hand.about(dialog.errors.viewport(), 20))
    yield from hand.hover(dialog.trails.viewport(), hand.about(dialog.trails.viewport(), 20))
    hand.click("watch_use")
    yield from hand.rest("found code used")


def _mend(hand: Hand) -> Steps:
    dialog = hand.find("mend_dialog")
    if dialog is None:
        return
    yield from hand.drag(dialog.canvas, hand.around(dialog.canvas, 40, 0.4))
    hand.click("mend_mend")
    yield from hand.until("mended", lambda: dialog.outcome is not None, 30)
    hand.click("mend_stop")
    hand.click(dialog.whole, QPoint(8, dialog.whole.height() // 2))
    yield from hand.rest("whole decodes")


def _swap(hand: Hand) -> Steps:
    dialog = hand.find("swap_dialog")
    if dialog is None:
        return
    yield from hand.rest("swapped")
    yield from hand.drag(dialog.canvas, hand.about(dialog.canvas, 40, 0.5))
    yield from hand.rest("drawing swapped")
    hand.click(dialog.strip.table)
    yield from hand.rest("other class")


def _odd_opened(hand: Hand) -> Steps:
    yield from hand.show("gallery")
    hand.panes["gallery"].choose("odd-images")
    yield from hand.rest("odd images")


def _odd(hand: Hand) -> Steps:
    stacks = hand.panes["gallery"].sides[0].stacks
    yield from hand.hover(stacks, hand.about(stacks, 20))
    hand.click(stacks, QPoint(20, 20))
    yield from hand.rest("odd image picked")
    hand.click("odd_misfit")
    yield 100
    hand.click("odd_misfit")
    yield from hand.rest("misfit")


def _odd_left(hand: Hand) -> Steps:
    hand.panes["gallery"].choose("reconstructions")
    yield from hand.away()


def _shown(pane: str) -> Use:
    return lambda hand: hand.show(pane)


def _undone(opened: Use) -> Use:
    """What is switched on by an action is switched off by it."""

    def left(hand: Hand) -> Steps:
        yield from opened(hand)
        yield from hand.away()

    return left


INSTRUMENTS = (
    Instrument("collapse", _shown("dimensions"), _collapse, Hand.away),
    Instrument("loss", _shown("loss_terms"), _loss, Hand.away),
    Instrument("support", _fade_opened, _fade, _undone(_fade_opened)),
    Instrument("race", _race_opened, _race, _race_left),
    Instrument("watch", _sheet("watch_code", "watch_dialog"), _watch, Hand.away),
    Instrument("map-click", _shown("map"), many.map_click, Hand.away),
    Instrument("honest", many.honest_opened, many.honest, many.honest_left),
    Instrument("magnification", _magnification_opened, _grounds, _undone(_magnification_opened)),
    Instrument("mend", _sheet("mend_image", "mend_dialog"), _mend, Hand.away),
    Instrument("duel", many.duel_opened, many.duel, many.duel_left),
    Instrument("prior", _shown("prior_lab"), many.prior, Hand.away),
    Instrument("attributes", _shown("attributes"), many.attributes, Hand.away),
    Instrument("swap", _sheet("swap_class", "swap_dialog"), _swap, Hand.away),
    Instrument("axes", _axes_opened, _axes, _axes_left),
    Instrument("effect", _shown("dimensions"), _effect, Hand.away),
    Instrument("sweep", _sweep_opened, _sweep, Hand.away),
    Instrument("odd", _odd_opened, _odd, _odd_left),
    Instrument("regions", _regions_opened, _regions, _undone(_regions_opened)),
    Instrument("lesson", many.lesson_opened, many.lesson, many.lesson_left),
    Instrument("time", many.time_opened, many.time, many.time_left, resting=True),
)
"""In the order in which they are used; a window in which something trains has all but those for resting ones."""
