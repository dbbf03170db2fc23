"""How many images a row of the traversal has, as a person chose it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from latentexplorer.gui.session.undo import changed

STEPS = (5, 7, 9, 11, 15)
USUAL = 9


class RowSteps(QMenu):
    """The menu that it is chosen in.

    Attributes
    ----------
    count : int

    Signals
    -------
    changed : ()
    by_person : (Change)
        Comes first.
    """

    changed = Signal()
    by_person = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Images in a row", parent)
        self.count = USUAL
        group = QActionGroup(self)
        self._entries = {steps: QAction(str(steps), self, checkable=True) for steps in STEPS}
        for entry in self._entries.values():
            group.addAction(entry)
            self.addAction(entry)
        self.choose(USUAL)
        group.triggered.connect(self._on_chosen)

    def choose(self, count: int) -> None:
        """Take a number that a figure has: an animation has more images than a row."""
        self.count = min(count, STEPS[-1])
        if self.count in self._entries:
            self._entries[self.count].setChecked(True)

    @Slot(QAction)
    def _on_chosen(self, entry: QAction) -> None:
        before, after = self.count, int(entry.text())
        what = "choosing the images in a row"
        self.by_person.emit(changed(what, self._put, before, after, idle=before == after))
        self._put(after)

    def _put(self, count: int) -> None:
        self.choose(count)
        self.changed.emit()
