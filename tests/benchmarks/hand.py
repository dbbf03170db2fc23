"""Someone's hand on the mouse and the keyboard of a benchmark's window.

What is waited for is waited for in the window's own event loop, and not for ever: what did not come is noted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QSlider, QWidget

from tests.benchmarks.window import Desk, Steps

PATIENCE_S = 40.0
STEP_MS = 12
"""Between two moves of a mouse, some eighty a second."""
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Hand:
    """Someone's hand on mouse and keyboard.

    Parameters
    ----------
    beside : Path
        A second run on the same images.
    """

    def __init__(self, desk: Desk, beside: Path) -> None:
        self.desk, self.beside = desk, beside
        self.session, self.frame = desk.session, desk.frame
        self.panes: dict[str, Any] = dict(desk.frame.panes)
        self.missed: list[str] = []
        self.patience_s = PATIENCE_S
        self.rng = np.random.default_rng(0)

    # -- waiting --------------------------------------------------------------------------------------------------

    def until(self, what: str, condition: Callable[[], object], patience_s: float = PATIENCE_S) -> Steps:
        """Wait until something is so, or note that it did not come."""
        end = time.monotonic() + min(patience_s, self.patience_s)
        while not condition():
            if time.monotonic() > end:
                self.missed.append(what)
                return
            yield 20

    def rest(self, what: str = "rest") -> Steps:
        """Wait until nothing is being worked out."""
        session = self.session
        queues = session.jobs, session.surveys
        yield 30
        yield from self.until(what, lambda: not any(q.jobs for q in queues) and not session.decoder.busy)
        yield 60

    # -- doing ----------------------------------------------------------------------------------------------------

    def show(self, pane: str) -> Steps:
        """Bring a pane to the front."""
        self.frame.show_pane(pane)
        yield from self.rest(f"{pane} drawn")

    def action(self, name: str) -> None:
        """Choose an entry of the window's menus."""
        self.frame.actions_table[name].trigger()

    def offer(self, pane: str, words: str) -> None:
        """Choose what Ctrl+K finds of a pane."""
        next(offer for offer in self.panes[pane].offers() if words.lower() in offer.name.lower()).do()

    def find(self, name: str) -> Any:
        """A widget by its name; None where there is none."""
        return self.frame.findChild(QWidget, name)

    def click(self, widget: QWidget | str, at: QPoint | None = None) -> None:
        """Click with the left button; nothing where it is not there to be clicked."""
        target = self.find(widget) if isinstance(widget, str) else widget
        if target is not None and target.isVisible():
            QTest.mouseClick(target, LEFT, NO_KEY, at or target.rect().center())

    def hover(self, widget: QWidget, places: Iterable[QPoint]) -> Steps:
        """Move over a widget."""
        for place in places:
            QTest.mouseMove(widget, place)
            yield STEP_MS

    def drag(self, widget: QWidget, places: Sequence[QPoint], keys: Qt.KeyboardModifier = NO_KEY) -> Steps:
        """Press, go along some places, and let go."""
        QTest.mousePress(widget, LEFT, keys, places[0])
        for place in places[1:]:
            QTest.mouseMove(widget, place)
            yield STEP_MS
        QTest.mouseRelease(widget, LEFT, keys, places[-1])
        yield STEP_MS

    def about(self, widget: QWidget, count: int, reach: float = 0.9) -> list[QPoint]:
        """Places on a curve that goes all over a widget."""
        half = widget.width() / 2, widget.height() / 2
        turns = [2 * math.pi * at / count for at in range(count)]
        across = [(math.sin(3 * turn + 0.4), math.sin(2 * turn)) for turn in turns]
        return [QPoint(int(half[0] * (1 + reach * x)), int(half[1] * (1 + reach * y))) for x, y in across]

    def around(self, widget: QWidget, count: int, reach: float = 0.7) -> list[QPoint]:
        """Places on a ring about the middle of a widget."""
        half = widget.width() / 2, widget.height() / 2
        turns = [2 * math.pi * at / count for at in range(count)]
        return [
            QPoint(int(half[0] * (1 + reach * math.cos(a))), int(half[1] * (1 + reach * math.sin(a)))) for a in turns
        ]

    def slide(self, slider: QSlider, count: int = 30) -> Steps:
        """Drag a slider to and fro."""
        middle, room = slider.height() // 2, slider.width() - 24
        places = [QPoint(12 + round(room * (0.5 + 0.45 * math.sin(at / 5))), middle) for at in range(count)]
        yield from self.drag(slider, places)

    def pull(self) -> Steps:
        """Drag the first slider of the traversal."""
        rows = self.panes["traversal"].rows
        if rows.visible_rows:
            yield from self.slide(rows.visible_rows[0].slider.slider)
        yield from self.rest("pulled")

    def away(self) -> Steps:
        """Back to panes that have nothing of an instrument."""
        for dialog in self.frame.findChildren(QDialog):
            if dialog.isVisible():
                dialog.close()
                yield 30
        for pane in ("map", "traversal", "loss", "runs"):
            self.frame.show_pane(pane)
            yield 30
        yield from self.rest("left")

    def look(self, folder: Path, name: str) -> None:
        """Keep a picture of the window and of the dialogs before it."""
        self.frame.grab().save(str(folder / f"{name}.png"))
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.grab().save(str(folder / f"{name}-{widget.objectName()}.png"))
