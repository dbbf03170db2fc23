"""What the points of the map look like, and what says so: the legend, a scale, and names at the points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout

from latentexplorer.gui.panes.map.cloud import Stamp
from latentexplorer.gui.panes.map.colors import stamps_of
from latentexplorer.gui.panes.map.legend import Legend
from latentexplorer.gui.panes.map.room import MapRoom
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.color_bar import ColorBar

if TYPE_CHECKING:
    from latentexplorer.views.map import Result


class MapLooks(QObject):
    """Dresses the plot for a map.

    Signals
    -------
    changed : ()
        Other points are hidden, or they look different.
    """

    changed = Signal()

    def __init__(self, plot: Scatter) -> None:
        super().__init__(plot)
        self._plot = plot
        self._result: Result | None = None
        self.legend = Legend("map_legend")
        self.bar = ColorBar("map_colorbar")
        self.legend.changed.connect(self._on_hidden)
        theme.changed.connect(self._draw)

    def add_to(self, body: QVBoxLayout) -> None:
        """Put the legend beside or below the plot, which is in a column, and the scale at its end."""
        at = body.indexOf(self._plot)
        body.takeAt(at)
        body.insertLayout(at, MapRoom(self._plot, self.legend), 1)
        body.addWidget(self.bar)

    def clear(self) -> None:
        """There is no map."""
        self._result = None
        self.legend.forget()
        self._plot.names.set_groups(None, ())
        self.changed.emit()

    def show(self, result: Result) -> None:
        """Dress the plot for the points of a map, which it has by now."""
        self._result = result
        self._draw()

    @property
    def result(self) -> Result | None:
        """The map that the plot is dressed for."""
        return self._result

    @property
    def hidden_names(self) -> list[str]:
        """Names of the classes that are hidden."""
        return [] if self._result is None else [self._result.group_names[at] for at in sorted(self.legend.hidden)]

    @Slot()
    def _draw(self) -> None:
        result = self._result
        if result is None:
            return
        looks, stamps, scale = stamps_of(result)
        self._plot.cloud.set_looks(looks, stamps)
        known = None if result.values is None else np.isfinite(result.values)
        self._plot.cloud.known = known if known is not None and known.any() and not known.all() else None
        self.bar.setVisible(scale is not None)
        if scale is not None:
            self.bar.set_scale(result.color_title, *scale, [stamp.color for stamp in stamps[:-1]])
        self.legend.set_entries(_entries(result, stamps))
        self._on_hidden()

    @Slot()
    def _on_hidden(self) -> None:
        """The legend hides other classes."""
        result = self._result
        if result is None:
            return
        groups, hidden = result.groups, self.legend.hidden
        shown = np.ones(len(result.index), bool) if groups is None else ~np.isin(groups, list(hidden))
        self._plot.cloud.shown = shown
        self._plot.names.set_groups(groups, result.group_names, hidden)
        if self._plot.cursor >= 0 and not shown[self._plot.cursor]:
            self._plot.cursor = -1
        self._plot.redraw()
        self.changed.emit()


def _entries(result: Result, stamps: list[Stamp]) -> list[tuple[int, str, Stamp]]:
    present = [] if result.groups is None else np.unique(result.groups).tolist()
    return [(number, result.group_names[number], stamps[number]) for number in present]
