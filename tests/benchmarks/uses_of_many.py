"""What a person does with the instruments about many codes, runs and epochs: maps, groups, priors, duels, lessons.

See `uses`, whose table they stand in.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.benchmarks.hand import Hand
from tests.benchmarks.window import Steps

# -- the map -----------------------------------------------------------------------------------------------------------


def map_click(hand: Hand) -> Steps:
    view = hand.panes["map"].plot.viewport()
    yield from hand.hover(view, hand.about(view, 60))
    for _ in range(12):
        hand.click(view, QPoint(*hand.rng.integers(10, (view.width() - 10, view.height() - 10)).tolist()))
        yield 60
    yield from hand.drag(view, hand.about(view, 60, 0.6))
    yield from hand.rest("walked")


def honest_opened(hand: Hand) -> Steps:
    hand.panes["map"].honest.action.trigger()
    yield from hand.rest("neighbours counted")


def honest(hand: Hand) -> Steps:
    pane = hand.panes["map"]
    view = pane.plot.viewport()
    yield from hand.hover(view, hand.about(view, 80))
    for color in ("kept", "class"):
        pane.controls.choose_color(color)
        pane._recolor()
        yield from hand.rest(f"coloured by {color}")


def honest_left(hand: Hand) -> Steps:
    hand.panes["map"].honest.action.trigger()
    yield from hand.away()


# -- groups and priors -------------------------------------------------------------------------------------------------


def attributes(hand: Hand) -> Steps:
    pane, plot = hand.panes["attributes"], hand.panes["map"].plot
    kept = hand.session.attributes
    hand.click("attribute_make")
    yield from hand.until("direction made", lambda: kept.kept)
    yield from hand.rest("direction kept")
    if pane.rows:
        yield from hand.slide(next(iter(pane.rows.values())).slider.slider)
    hand.click("attribute_receipt_0")
    yield from hand.rest("receipt")
    # Half of the map is drawn round, and is one of the groups.
    shift = Qt.KeyboardModifier.ShiftModifier
    yield from hand.drag(plot.viewport(), hand.around(plot.viewport(), 120, 0.5), shift)
    yield from hand.rest("selected")
    hand.frame.show_pane("attributes")
    hand.panes["map"].chosen.make_direction()
    yield from hand.rest("groups offered")
    hand.click("attribute_make")
    yield from hand.until("second direction", lambda: len(kept.kept) > 1)
    yield from hand.rest("second direction kept")
    for attribute in list(kept.kept):
        kept.remove(attribute.name)
        yield 60
    hand.panes["map"].clear_selection()
    yield from hand.rest("nothing selected")


def prior(hand: Hand) -> Steps:
    pane = hand.panes["prior_lab"]
    for name in ("laplace", "uniform", "gaussian"):
        hand.click(f"prior_{name}")
        yield 100
    yield from hand.hover(pane.area.densities, hand.about(pane.area.densities, 30))
    hand.click("prior_others")
    yield from hand.rest("other draws")


# -- runs, epochs, lessons ---------------------------------------------------------------------------------------------


def duel_opened(hand: Hand) -> Steps:
    yield from hand.show("comparison")
    hand.session.compare_apart([hand.session.shown.path, hand.beside])
    pane = hand.panes["comparison"]
    pane.head.buttons["duel"].click()
    yield from hand.until("duel", lambda: pane.found is not None and pane.found.duel is not None)
    yield from hand.rest("duel drawn")


def duel(hand: Hand) -> Steps:
    board = hand.panes["comparison"].duel
    for one in board.maps.maps:
        view = one.plot.viewport()
        yield from hand.hover(view, hand.about(view, 40))
        hand.click(view)
        yield from hand.rest("same image")


def duel_left(hand: Hand) -> Steps:
    hand.session.compare_apart([])
    yield from hand.away()


def time_opened(hand: Hand) -> Steps:
    yield from hand.show("prior_lab")
    hand.action("time_machine")
    yield from hand.until("kept epochs", lambda: len(hand.session.epochs.kept) > 1)
    yield from hand.rest("time machine")


def time(hand: Hand) -> Steps:
    bar = hand.frame.time_machine
    for key in (Qt.Key.Key_Home, *[Qt.Key.Key_Right] * 4, *[Qt.Key.Key_Left] * 4):
        QTest.keyClick(bar.slider, key)
        yield 150
    yield from hand.rest("epochs")
    hand.click("time_play")
    yield from hand.until("played", lambda: not bar._timer.isActive())
    yield from hand.rest("end of the play")


def time_left(hand: Hand) -> Steps:
    hand.click("time_close")
    yield from hand.away()


def lesson_opened(hand: Hand) -> Steps:
    hand.action("lesson_holes")
    yield from hand.rest("lesson")


def lesson(hand: Hand) -> Steps:
    yield from hand.pull()
    hand.session.current.draw_random(3)
    yield from hand.rest("drawn")


def lesson_left(hand: Hand) -> Steps:
    hand.click("lesson_close")
    yield 30
    hand.frame.arrangement.choose("all")
    yield from hand.away()
