"""Maps of several runs side by side, which move together where they are laid onto each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentexplorer.gui.panes.comparison.fair_grid import FairPlots
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel, briefly
from latentexplorer.gui.widgets.graphs import pg
from latentexplorer.gui.widgets.plot import Plot
from latentexplorer.views.base import Array
from latentexplorer.views.compared import Entry, Result
from latentexplorer.views.palette import UNLABELLED, class_color

if TYPE_CHECKING:
    from latentexplorer.gui.workers.turns import Turns
    from latentexplorer.views.map import Result as Map

LARGE_PX, SMALLEST = 260, 0.6
"""In plots that are lower or narrower than this points are smaller, down to this part of their size."""
RING_PX = 13
NEAR_PX = 14


def point_px(count: int) -> float:
    """How large the points of a map are."""
    return float(np.clip(130 / np.sqrt(max(count, 1)), 3.5, 8.0))


class RunMap(QWidget):
    """The map of one run.

    Signals
    -------
    pointed : (int)
        Position of the image whose point is under the pointer; -1 where there is none.
    picked : (int)
        An image's point was clicked.
    moved : (QRectF)
        A person has moved it: what of the plane is seen now.
    """

    pointed = Signal(int)
    picked = Signal(int)
    moved = Signal(object)

    entry: Entry
    found: Map

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.name, self.text = ElidedLabel(), ElidedLabel()
        self.text.setFont(caption_font())
        self.text.setProperty("role", "muted")
        self.plot = Plot(f"compare_map_{number}")
        self.plot.hide_axes()
        self.plot.setAspectLocked(True)
        self._points: pg.ScatterPlotItem | None = None
        self.ring = pg.ScatterPlotItem(size=RING_PX, symbol="o", brush=None)
        for widget in (self.name, self.text):
            column.addWidget(widget)
        column.addWidget(self.plot, 1)
        # Nothing is framed before there is a map.
        self._moved = True
        self.plot.getViewBox().sigRangeChangedManually.connect(self._on_moved_by_hand)
        self.plot.scene().sigMouseMoved.connect(self._on_moved)
        self.plot.scene().sigMouseClicked.connect(self._on_clicked)

    def show_map(self, entry: Entry) -> None:
        """Show the map of a run."""
        assert entry.map is not None
        self.entry, self.found, self._moved = entry, entry.map, False
        fit = "" if entry.fit is None else f"fit {100 * entry.fit:.0f} % · "
        self.name.setText(entry.name)
        self.text.setText(f"{fit}{entry.text}")
        self.text.briefer = briefly(self.text.text())
        self.plot.setAccessibleName(f"Map of {entry.name}")
        self.plot.setAccessibleDescription(f"{len(self.found.coords):,} codes, {fit}{entry.text}")
        self._draw()

    def _draw(self) -> None:
        self.plot.clear()
        found = self.found
        order = np.random.default_rng(0).permutation(len(found.coords))
        if found.groups is None:
            colors = np.full(len(order), UNLABELLED, object)
        else:
            known = {int(group): class_color(int(group), dark=theme.dark) for group in np.unique(found.groups)}
            colors = np.array([known[int(group)] for group in found.groups[order]], object)
        brushes = {color: pg.mkBrush(QColor(color)) for color in dict.fromkeys(colors.tolist())}
        points = self._points = pg.ScatterPlotItem(size=self._size_of(len(order)), pen=None, symbol="o")
        points.setData(*found.coords[order].T, brush=[brushes[color] for color in colors.tolist()])
        self.plot.addItem(points)
        self.ring.setPen(pg.mkPen(theme.color("text"), width=2))
        self.ring.setData([], [])
        self.plot.addItem(self.ring, ignoreBounds=True)
        self._frame()

    def _size_of(self, count: int) -> float:
        """Points of a small plot are smaller."""
        small = min(self.plot.width(), self.plot.height()) / LARGE_PX
        return float(round(point_px(count) * min(max(small, SMALLEST), 1.0), 1))

    def _frame(self) -> None:
        """Show all points, and as much as the other maps do where they are laid onto each other."""
        if self._moved:
            return
        (left, bottom), (right, top) = self.found.coords.min(0).tolist(), self.found.coords.max(0).tolist()
        left, right, bottom, top = self.found.area or (left, right, bottom, top)
        padding = 0.0 if self.found.area is not None else 0.04
        self.plot.getViewBox().setRange(xRange=(left, right), yRange=(bottom, top), padding=padding)

    @Slot(object)
    def _on_moved_by_hand(self, _axes: object) -> None:
        self._moved = True
        self.moved.emit(self.plot.getViewBox().viewRect())

    @Slot(object)
    def show_area(self, area: QRectF) -> None:
        """See the same part of the plane as another map, which was moved."""
        self._moved = True
        self.plot.getViewBox().setRange(area, padding=0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.layout_now()
        if self._points is not None and self._points.opts["size"] != (size := self._size_of(len(self.found.coords))):
            self._points.setSize(size)
        self._frame()

    def layout_now(self) -> None:
        """Let the plot have its size before it is framed."""
        layout = self.layout()
        if layout is not None:
            layout.activate()

    def point_at(self, position: int) -> None:
        """Ring the point of an image; where it is not on the map, none."""
        rows = np.flatnonzero((self.found.index == position) & self.entry.shared)
        if len(rows):
            self.ring.setData(*self.found.coords[rows[:1]].T)
        else:
            self.ring.setData([], [])

    def nearest(self, place: QPointF) -> int:
        """Position of the image whose point is nearest to a place in the scene; -1 where none is near."""
        box = self.plot.getViewBox()
        if not box.sceneBoundingRect().contains(place):
            return -1
        at, (wide, high) = box.mapSceneToView(place), box.viewPixelSize()
        away: Array = np.hypot((self.found.coords[:, 0] - at.x()) / wide, (self.found.coords[:, 1] - at.y()) / high)
        row = int(away.argmin())
        return int(self.found.index[row]) if away[row] <= NEAR_PX else -1

    @Slot(object)
    def _on_moved(self, place: QPointF) -> None:
        self.pointed.emit(self.nearest(place) if self.entry.shared else -1)

    @Slot(object)
    def _on_clicked(self, event: object) -> None:
        if event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            position = self.nearest(event.scenePos())  # type: ignore[attr-defined]
            if position >= 0 and self.entry.shared:
                self.picked.emit(position)


class RunMaps(FairPlots):
    """A map a run, as large as their number allows; a point under the pointer is ringed on all of them.

    Each takes a while to be made and to be drawn, so each has a turn of the event loop: it appears where it will stay.

    Attributes
    ----------
    maps : list of RunMap
        Those that have been drawn of what is shown, in its order.

    Signals
    -------
    picked : (int)
        Position of the image whose point was clicked.
    """

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__(1.0)
        self.setObjectName("compare_maps")
        self.maps: list[RunMap] = []
        self._ready: list[RunMap] = []
        self._entries: list[Entry] = []
        self._marked = -1
        self._turns: Turns | None = None

    def serve(self, turns: Turns) -> None:
        """Draw in these turns."""
        self._turns = turns

    def prepare(self, count: int) -> None:
        """So many maps will be shown soon."""
        for number in range(len(self._ready), count):
            self._put(partial(self._make, number))

    def _put(self, do: Callable[[], None]) -> None:
        assert self._turns is not None
        self._turns.put(do)

    def _make(self, number: int) -> None:
        """The next one, unless that of this number is there."""
        if len(self._ready) > number:
            return
        made = RunMap(at := len(self._ready), self)
        made.hide()
        made.pointed.connect(self._on_pointed)
        made.picked.connect(partial(self._on_picked, at))
        # Not pyqtgraph's own links, which move what is framed already while the other one gets its size.
        made.moved.connect(partial(self._on_moved, at))
        self._ready.append(made)

    def draw_result(self, result: Result) -> None:
        """A plot for each run that has a map; those that are there are used again."""
        self._entries = entries = [entry for entry in result.entries if entry.map is not None]
        for spare in self._ready[len(entries) :]:
            spare.hide()
            spare.deleteLater()
        del self._ready[len(entries) :]
        for one, entry in zip(self._ready, entries, strict=False):
            # Of the same run the one of before stands until its turn.
            one.setVisible(not one.isHidden() and one.entry.name == entry.name)
        self.maps = []
        self.hold(self._ready, len(entries))
        for number in range(len(entries)):
            self._put(partial(self._show, entries, number))

    def _show(self, entries: list[Entry], number: int) -> None:
        """The turn of one of them, unless something else is shown by now."""
        if entries is not self._entries:
            return
        self._make(number)
        one = self._ready[number]
        one.show_map(entries[number])
        one.point_at(self._marked)
        self.maps.append(one)
        self.hold(self._ready[: len(entries)], len(entries))
        one.show()

    def _on_moved(self, number: int, area: QRectF) -> None:
        """A person has moved one of them: those that are laid onto it move along."""
        if number < len(self.maps) and self.maps[number].found.area is not None:
            for at, other in enumerate(self.maps):
                if at != number and other.found.area is not None:
                    other.show_area(area)

    def _on_picked(self, number: int, position: int) -> None:
        """A point was clicked; of what was shown before, it means nothing now."""
        if number < len(self.maps):
            self.picked.emit(position)

    @Slot(int)
    def _on_pointed(self, position: int) -> None:
        for one in self.maps:
            one.point_at(position)

    def mark(self, position: int) -> None:
        """Ring the current code's image; -1 for none."""
        self._marked = position
        self._on_pointed(position)


def group_key(result: Result) -> list[tuple[str, str]]:
    """The groups that are on the maps, with their colours."""
    groups: dict[int, str] = {}
    for entry in result.entries:
        if entry.map is not None and entry.map.groups is not None:
            groups.update({int(group): entry.map.group_names[int(group)] for group in np.unique(entry.map.groups)})
    return [(name, class_color(group, dark=theme.dark)) for group, name in sorted(groups.items())]
