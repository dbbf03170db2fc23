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


class WatchPlot(Plot):
    """A plot of a colour a start."""

    def __init__(self, name: str, x_label: str = "", y_label: str = "") -> None:
        super().__init__(name, x_label, y_label)
        self._curves: list[pg.PlotDataItem] = []
        self.setMouseEnabled(False, False)
        self.setMinimumSize(WIDTH_PX, LEAST_HEIGHT_PX)

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
        self.recolour()
        if len(result.points):
            x, y = result.points.T
            self.addItem(pg.ScatterPlotItem(x, y, size=3, brush=theme.color("faint"), pen=None))
        for at in _last(result.best, len(result.names)):
            x, y = result.trails[:, at].T
            self.addItem(pg.PlotDataItem(x, y, pen=line(color_of(at), width=_wide(at == result.best))))
            self.addItem(pg.ScatterPlotItem(x[-1:], y[-1:], size=DOT_PX, brush=color_of(at), pen=None))
        self.setAccessibleDescription(f"Ways of {len(result.names)} codes along {' and '.join(result.axes)}")


def color_of(start: int) -> QColor:
    """Of a start, in both plots and beside its name."""
    return QColor(class_color(start, dark=theme.dark))


def _wide(best: bool) -> float:
    return 2.2 if best else 1.2


def _last(best: int, count: int) -> list[int]:
    """All of them, the best on top."""
    return [*(at for at in range(count) if at != best), best]
