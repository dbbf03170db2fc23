"""Every widget and every action of a window, found by walking it: what is new in it is tortured without a word."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QWidget


def kind_of(widget: QWidget) -> str:
    """What a widget is called in what is printed, and counted under: numbered ones are of one kind."""
    name, up = widget.objectName(), widget.parentWidget()
    while not name and up is not None:
        name, up = up.objectName(), up.parentWidget()
    return f"{type(widget).__name__} {_unnumbered(name)}".strip()


def _unnumbered(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def surface(frame: QMainWindow, draw: random.Random, fresh: Callable[[QWidget], bool]) -> QWidget:
    """What a person can act on now: an open menu or list, else the dialog in front, else one of the windows.

    Sheets are left alone more often than not, but for those with something `fresh` in them.
    """
    popup = QApplication.activePopupWidget()
    if popup is not None:
        return popup
    modal = QApplication.activeModalWidget()
    if modal is not None:
        return modal
    others = [
        each
        for each in QApplication.topLevelWidgets()
        if each is not frame and each.isVisible() and each.windowHandle() is not None and each.width() > 20
    ]
    inviting = [each for each in others if fresh(each)]
    if inviting and draw.random() < 0.6:
        return draw.choice(inviting)
    return draw.choice(others) if others and draw.random() < 0.2 else frame


def seen(within: QWidget) -> list[QWidget]:
    """A window and its widgets that can be pressed, from outside in."""
    inside = [each for each in within.findChildren(QWidget) if each.window() is within and each.isVisible()]
    return [within, *(each for each in inside if each.isEnabled() and not each.visibleRegion().isEmpty())]


def offered(menu: QMenu) -> list[QAction]:
    """What can be chosen in a menu."""
    return [each for each in menu.actions() if each.isVisible() and each.isEnabled() and not each.isSeparator()]


def actions(frame: QMainWindow) -> list[QAction]:
    """Everything in the menus and the action table, once."""
    found: dict[int, QAction] = {}
    for action in [*frame.actions(), *(one for menu in frame.findChildren(QMenu) for one in menu.actions())]:
        if not action.isSeparator() and action.menu() is None:
            found[id(action)] = action
    return list(found.values())


@dataclass
class Tour:
    """Chooses what was chosen least so far, so that nothing is left out for being small.

    Attributes
    ----------
    visits : Counter of str
        How often each kind of widget or action was acted on.
    known : dict of str to str
        What is there of those that no event met, and why, as far as windows have told.
    """

    visits: Counter[str] = field(default_factory=Counter)
    known: dict[str, str] = field(default_factory=dict)
    first: bool = False
    """Whether what was chosen last had never been chosen before."""

    def fresh(self, within: QWidget) -> bool:
        """Whether a window holds something that was never acted on."""
        return not all(self.visits[kind_of(each)] for each in seen(within))

    def met(self, widget: QWidget) -> None:
        """Something was acted on that nobody chose: it came and wanted an answer."""
        self.visits[kind_of(widget)] += 1

    def look_around(self, frame: QMainWindow) -> None:
        """Remember what a window holds; what could be acted on once stays so."""
        for action in actions(frame):
            self._remember(name_of(action), "" if action.isEnabled() else "was never enabled")
        for widget in frame.findChildren(QWidget):
            there = widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty()
            self._remember(kind_of(widget), "" if there else "was never there to be pressed")

    def _remember(self, name: str, why: str) -> None:
        self.known[name] = why if self.known.get(name, why) else ""

    @property
    def missed(self) -> list[str]:
        """What was never acted on, a line each."""
        return [f"{name}: {why or 'could be'}" for name, why in sorted(self.known.items()) if not self.visits[name]]

    def widget(self, draw: random.Random, among: Sequence[QWidget]) -> QWidget:
        return among[self._least(draw, [kind_of(each) for each in among])]

    def action(self, draw: random.Random, among: Sequence[QAction]) -> QAction:
        return among[self._least(draw, [name_of(each) for each in among])]

    def _least(self, draw: random.Random, names: Sequence[str]) -> int:
        found = Counter(names)
        # Of a hundred that are called the same, each is one of a hundred.
        weights = [1 / (found[name] * (1 + self.visits[name])) for name in names]
        chosen = draw.choices(range(len(names)), weights)[0]
        self.first = not self.visits[names[chosen]]
        self.visits[names[chosen]] += 1
        return chosen


def name_of(action: QAction) -> str:
    """What an action is called in what is printed. What names a run has what it is of after a tab."""
    return f"action {_unnumbered(action.objectName() or action.text().split(chr(9))[-1])}"


def point(draw: random.Random, widget: QWidget) -> QPoint:
    """Somewhere in the part of a widget that is seen."""
    area: QRect = widget.visibleRegion().boundingRect()
    if area.isEmpty():
        area = widget.rect()
    return QPoint(
        draw.randint(area.left(), max(area.left(), area.right())),
        draw.randint(area.top(), max(area.top(), area.bottom())),
    )
