"""The two plots beside a code that is being found: the error of every step, and where the codes go."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor

from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.graphs import pg
from latentexplorer.gui.widgets.plot import Plot, line
from latentexplorer.views.base import Array
from latentexplorer.views.code_found import Result
from latentexplorer.views.palette import class_color

WIDTH_PX, HEIGHT_PX, LEAST_HEIGHT_PX = 260, 210, 150
DOT_PX = 8
RIM_PX, LABEL_PX = 4, 4
"""Around it, and what the name of an axis takes below its own room."""


class WatchPlot(Plot):
    """A plot of a colour a start."""

    _points: pg.ScatterPlotItem | None = None
    _best = 0

    def __init__(self, name: str, x_label: str = "", y_label: str = "") -> None:
        self._curves: list[pg.PlotDataItem] = []
        self._ends: list[pg.ScatterPlotItem] = []
        super().__init__(name, x_label, y_label)
        self.setMouseEnabled(False, False)
        self.setMinimumSize(WIDTH_PX, LEAST_HEIGHT_PX)
        # It stands on a ground of another colour: nothing of it lies on its edge.
        self.getPlotItem().setContentsMargins(RIM_PX, RIM_PX, RIM_PX, RIM_PX + LABEL_PX)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX, HEIGHT_PX)

    def show_errors(self, errors: Array, best: int) -> None:
        """The error (L, S) at each step; the best start is thick."""
        # Told many times a second: curves that are there are changed, not made anew.
        while len(self._curves) > errors.shape[1]:
            self.removeItem(self._curves.pop())
        while len(self._curves) < errors.shape[1]:
            self._curves.append(pg.PlotDataItem())
            self.addItem(self._curves[-1])
        self._best = best
        steps = np.arange(len(errors))
        for at, curve in enumerate(self._curves):
            curve.setData(steps, errors[:, at], pen=line(color_of(at), width=_wide(at == best)))
            curve.setZValue(at == best)
        self.setYRange(0, float(np.nanmax(errors[np.isfinite(errors)], initial=1e-3)) * 1.05, padding=0)
        words = ", ".join(f"{errors[0, at]:.3f} to {np.nanmin(errors[:, at]):.3f}" for at in range(errors.shape[1]))
        self.setAccessibleDescription(f"Error of each start: {words}")

    def show_trails(self, result: Result) -> None:
        """The ways of all codes over the training codes."""
        self.clear()
        self.set_labels(*result.axes)
        self._points, self._best = None, result.best
        if len(result.points):
            self._points = pg.ScatterPlotItem(*result.points.T, size=3, pen=None)
            self.addItem(self._points)
        trails = result.trails.swapaxes(0, 1)
        self._curves = [pg.PlotDataItem(*trail.T) for trail in trails]
        self._ends = [pg.ScatterPlotItem(*trail[-1:].T, size=DOT_PX, pen=None) for trail in trails]
        for at in _last(result.best, len(result.names)):
            self.addItem(self._curves[at])
            self.addItem(self._ends[at])
        self.recolour()
        self.setAccessibleDescription(f"Ways of {len(result.names)} codes along {' and '.join(result.axes)}")

    def dress(self) -> None:
        for at, curve in enumerate(self._curves):
            curve.setPen(line(color_of(at), width=_wide(at == self._best)))
        for at, end in enumerate(self._ends):
            end.setBrush(color_of(at))
        if self._points is not None:
            self._points.setBrush(theme.color("faint"))


def color_of(start: int) -> QColor:
    """Of a start, in both plots and beside its name."""
    return QColor(class_color(start, dark=theme.dark))


def _wide(best: bool) -> float:
    return 2.2 if best else 1.2


def _last(best: int, count: int) -> list[int]:
    """All of them, the best on top."""
    return [*(at for at in range(count) if at != best), best]
