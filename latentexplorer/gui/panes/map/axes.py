"""Quiet ticks along a map whose axes mean something, and an arrow to a code that lies outside what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetrics, QPainter

from latentexplorer.gui.style.plain_text import escaped
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.edge_mark import edge_place, on_edge_mark, paint_edge_mark

if TYPE_CHECKING:
    from latentexplorer.gui.widgets.plot import Plot

TALL_PX = 200
"""A lower map has no room for the names of its axes: its head says them."""
INSET_PX = 3
BESIDE_PX = 48
"""What the other axis takes of the length of one, and a little air."""


class MapAxes:
    """Shows axes where they mean something, and none for t-SNE and UMAP."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._shown: tuple[tuple[str, str], tuple[str, str]] | None = None
        self.names = ("", "")
        for side in ("bottom", "left"):
            axis = plot.getAxis(side)
            axis.setStyle(tickLength=-4, hideOverlappingLabels=True, maxTickLevel=0, tickTextOffset=3)

    def set_names(self, names: tuple[str, str]) -> None:
        """What the axes are; "" where they mean nothing."""
        self.names = names
        self.fit()

    def fit(self) -> None:
        """Show what there is room for."""
        room = self._plot.viewport().size()
        titles = ("", "")
        if room.height() >= TALL_PX:
            metrics = QFontMetrics(caption_font())
            titles = (
                _fitting(self.names[0], metrics, room.width() - BESIDE_PX),
                _fitting(self.names[1], metrics, room.height() - BESIDE_PX),
            )
        shown = (self.names, titles)
        if shown == self._shown:
            return
        self._shown = shown
        for side, name, label in zip(("bottom", "left"), self.names, titles, strict=True):
            axis = self._plot.getAxis(side)
            self._plot.showAxis(side, bool(name))
            axis.setLabel(escaped(label), **{"color": theme.tokens.muted, "font-size": "9pt"})
            axis.showLabel(bool(label))
            # pyqtgraph puts a label into the middle when the axis gets another size, not when it gets another text.
            axis.resizeEvent()
        named = any(self.names)
        self._plot.getPlotItem().setContentsMargins(3 if named else 0, 0, 0, 3 if named else 0)
        self._plot.set_labels(*titles)


def _fitting(name: str, metrics: QFontMetrics, room: int) -> str:
    """The name of an axis, or what of it there is room for: first its words, then its number give way."""
    for words in (name, name.replace(" of the variance", ""), name.partition(" (")[0]):
        if metrics.horizontalAdvance(words) <= room:
            return words
    return ""


def edge_of(place: QPointF, area: QRectF) -> QPointF | None:
    """Where the arrow to a place stands that lies outside the area; None for a place inside."""
    return edge_place(place, area.adjusted(INSET_PX, INSET_PX, -INSET_PX, -INSET_PX))


def paint_outside(painter: QPainter, places: Sequence[QPointF], area: QRectF) -> None:
    """Point to each place that lies outside the area."""
    for place in places:
        edge = edge_of(place, area)
        if edge is not None:
            paint_edge_mark(painter, edge, place)


def outside_at(position: QPointF, places: Sequence[QPointF], area: QRectF) -> int:
    """Which place an arrow at a position points to; -1 where there is none."""
    return next((at for at, place in enumerate(places) if on_edge_mark(position, edge_of(place, area))), -1)
