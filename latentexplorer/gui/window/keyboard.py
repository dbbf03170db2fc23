"""Where the keyboard goes: Tab visits all that can be used in reading order, F6 goes from pane to pane.

Qt's own order is that in which widgets were made: a pane's header comes after its content, rows that are made later at
the very end, and panes behind a tab are visited although nobody sees them. So the order is read off the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

MARGIN_PX = 8
"""So much around what has the keyboard is scrolled into sight."""


def stops(root: QWidget) -> list[QWidget]:
    """What Tab visits in a widget: what can be used and seen (if only by scrolling), in reading order."""
    if _takes_tab(root):
        return [root]
    inside: list[tuple[QRect, list[QWidget]]] = []
    for child in _seen_in(root):
        found = stops(child)
        if found:
            inside.append((child.geometry(), found))
    return [stop for at in reading_order([place for place, _ in inside]) for stop in inside[at][1]]


def has_stop(root: QWidget) -> bool:
    """Whether Tab visits anything in a widget; quicker to tell than what."""
    return _takes_tab(root) or any(has_stop(child) for child in _seen_in(root))


def _first_stop(root: QWidget) -> QWidget | None:
    """The first of `stops`."""
    if _takes_tab(root):
        return root
    inside = [child for child in _seen_in(root) if has_stop(child)]
    order = reading_order([child.geometry() for child in inside])
    return _first_stop(inside[order[0]]) if order else None


def _is_stop(widget: QWidget, root: QWidget) -> bool:
    """Whether a widget is one of the `stops` of another one."""
    above = widget.parentWidget()
    if widget is root or above is None or not _takes_tab(widget):
        return widget is root and _takes_tab(root)
    while widget is not root and above is not None:
        if _takes_tab(above) or not _is_seen_in(above, widget):
            return False
        widget, above = above, above.parentWidget()
    return widget is root


def _seen_in(root: QWidget) -> Iterator[QWidget]:
    return (child for child in root.children() if isinstance(child, QWidget) and _is_seen_in(root, child))


def _is_seen_in(root: QWidget, child: QWidget) -> bool:
    # Panes behind a tab are shown too, but beside the window; what is squeezed has no room at all.
    return not child.isWindow() and not child.isHidden() and child.geometry().intersects(root.rect())


def _takes_tab(widget: QWidget) -> bool:
    policy = widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
    return bool(policy) and widget.isEnabled() and widget.focusProxy() is None


def reading_order(places: list[QRect]) -> list[int]:
    """Numbers of rectangles in the order in which they are read.

    Cut into rows where no rectangle is in the way, each row into columns, and so on (the recursive x-y cut of Nagy and
    Seth 1984).
    """
    return _ordered(places, list(range(len(places))))


def _ordered(places: list[QRect], some: list[int]) -> list[int]:
    if len(some) < 2:
        return some
    for upright in (True, False):
        parts = _cut(places, some, upright)
        if len(parts) > 1:
            return [at for part in parts for at in _ordered(places, part)]
    return sorted(some, key=lambda at: (places[at].top(), places[at].left()))


def _cut(places: list[QRect], some: list[int], upright: bool) -> list[list[int]]:
    """Groups that no gap goes through, from the top (`upright`) or from the left."""

    def ends(at: int) -> tuple[int, int]:
        place = places[at]
        return (place.top(), place.bottom()) if upright else (place.left(), place.right())

    groups: list[list[int]] = []
    reach = 0
    for at in sorted(some, key=ends):
        low, high = ends(at)
        if groups and low <= reach:
            groups[-1].append(at)
            reach = max(reach, high)
        else:
            groups.append([at])
            reach = high
    return groups


def step(root: QWidget, forward: bool) -> bool:
    """Give the keyboard to the next stop of a window, or the one before; after the last comes the first.

    Where what had it has gone or is not to be used now, as a button that was pressed and has done its work, nobody has
    asked for a next one: then what it stood in has the keyboard, nothing is marked, and the next step leads on from
    there. After another workspace that is the window itself.
    """
    order = stops(root)
    if not order:
        return False
    here: QWidget | None = QApplication.focusWidget()
    if here is not None and here is not root and (here.isHidden() or not here.isEnabled() or not _is_shown(here)):
        _place_of(here, root).setFocus(Qt.FocusReason.OtherFocusReason)
        return True
    to = 0 if forward else -1
    while here is not None and here is not root:
        if here in order:
            to = order.index(here) + (1 if forward else -1)
            break
        inside = [at for at, stop in enumerate(order) if here.isAncestorOf(stop)]
        if inside:
            to = inside[0 if forward else -1]
            break
        here = here.parentWidget()
    give(order[to % len(order)], Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def _is_shown(widget: QWidget) -> bool:
    """Whether what a widget stands in is there."""
    place = widget.parentWidget()
    return place is None or place.isVisible()


def _place_of(gone: QWidget, root: QWidget) -> QWidget:
    """What a widget stands in, as far as it is there and can be used."""
    place = gone.parentWidget()
    while place is not None and place is not root and not (place.isVisible() and place.isEnabled()):
        place = place.parentWidget()
    return place or root


def enter(root: QWidget) -> None:
    """Give the keyboard to what had it last in a widget, else to the first stop."""
    last = root.focusWidget()
    here = last if last is not None and _is_stop(last, root) else _first_stop(root)
    if here is not None:
        give(here, Qt.FocusReason.OtherFocusReason)


def give(widget: QWidget, why: Qt.FocusReason) -> None:
    """Give the keyboard to a widget, and scroll it into sight."""
    widget.setFocus(why)
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget, MARGIN_PX, MARGIN_PX)
        above = above.parentWidget()


def within(roots: Iterable[QWidget]) -> QWidget | None:
    """Which of some widgets has the keyboard in it."""
    here = QApplication.focusWidget()
    return next((root for root in roots if here is not None and (root is here or root.isAncestorOf(here))), None)
