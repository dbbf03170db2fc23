"""Plots in as many columns as make all of them largest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.views.compared import Result


class FairGrid:
    """The layout of a widget whose plots share its room equally.

    Parameters
    ----------
    place : QWidget
    ratio : float
        Width by height that a plot likes.
    """

    def __init__(self, place: QWidget, ratio: float) -> None:
        self._place, self._ratio = place, ratio
        self._grid = QGridLayout(place)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE)
        self._plots: list[QWidget] = []
        self._places = self._columns = 0

    def hold(self, plots: Sequence[QWidget], places: int = 0) -> None:
        """Hold other plots; `places`: how many there will be, where more are still to come."""
        for old in self._plots:
            self._grid.removeWidget(old)
        self._plots, self._places, self._columns = list(plots), max(places, len(plots)), 0
        self.arrange()

    def arrange(self) -> None:
        """Choose the columns for the room that there is now."""
        count = self._places
        if not count:
            return
        columns = max(range(1, count + 1), key=self._size)
        if columns == self._columns:
            return
        for plot in self._plots:
            self._grid.removeWidget(plot)
        for at in range(max(self._grid.columnCount(), columns)):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        rows = math.ceil(count / columns)
        for at in range(max(self._grid.rowCount(), rows)):
            self._grid.setRowStretch(at, 1 if at < rows else 0)
        for number, plot in enumerate(self._plots):
            self._grid.addWidget(plot, *divmod(number, columns))
        self._columns = columns

    def _size(self, columns: int) -> float:
        """How large each plot is in so many columns."""
        rows = math.ceil(self._places / columns)
        return min(self._place.width() / columns / self._ratio, self._place.height() / rows)


class FairPlots(QWidget):
    """Plots of a comparison in such a grid, drawn anew for another result and for other colours.

    Parameters
    ----------
    ratio : float
        Width by height that a plot likes.
    """

    def __init__(self, ratio: float) -> None:
        super().__init__()
        self._grid = FairGrid(self, ratio)
        self._held: Sequence[QWidget] = ()
        self._result: Result | None = None
        theme.changed.connect(self._redraw)

    def show_result(self, result: Result) -> None:
        """Draw a comparison."""
        self._result = result
        self._redraw()

    def draw_result(self, result: Result) -> None:
        """Make the plots of a result, and have them held."""
        raise NotImplementedError

    def hold(self, plots: Sequence[QWidget], places: int = 0) -> None:
        """Hold other plots, and let those go that are none of them; `places`: how many there will be."""
        before, self._held = self._held, list(plots)
        for old in before:
            if old not in self._held:
                old.hide()
                old.deleteLater()
        self._grid.hold(self._held, places)

    @Slot()
    def _redraw(self) -> None:
        if self._result is not None:
            self.draw_result(self._result)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grid.arrange()
