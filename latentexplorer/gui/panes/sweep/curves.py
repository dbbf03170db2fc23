"""A measure against the values of a setting: mean, a dot a run, the knee; a click on a dot opens its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.style.plain_text import Markup
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.graphs import pg
from latentexplorer.gui.widgets.plot import Plot, line
from latentexplorer.views.base import alike
from latentexplorer.views.palette import class_color
from latentexplorer.views.sweep import Curve, Panel, Result, number_words
from latentexplorer.views.swept_runs import SweptRun

LEFT_PX = 56
"""Of the numbers at the left, so that plots below each other have one axis."""
LEAST_MARKED_PX, MARK_PX = 40, 10
"""Height of an axis, as low as a plot may be, and what stands between its numbers and it."""
EDGE_PX = 8
"""Right of the plot."""
NEAR_PX = 14
"""From a dot, a click means it."""
DOT_PX, KNEE_PX = 6, 15
RIM = 0.14
"""Room above and below the dots, as a part of what they span: no dot lies on the marks of the axis."""
LEAST_PX, LEAST_BESIDE_PX = 84, 140
"""Height of a plot, and its width where they stand beside each other."""
LOW_PX = 110
"""Where plots below each other would be lower than this, and there is the width, they stand beside each other."""
MOST_NAMED = 12
"""Curves whose colours are told."""
SPOT = Markup("<span style='color:{}'>●</span>&nbsp;{}")


def color_of(number: int, panel: Panel) -> QColor:
    """Of a curve: that of the program where it is the only one."""
    if len(panel.curves) == 1:
        return theme.color("accent")
    return QColor(class_color(number, dark=theme.dark))


def key_of(result: Result) -> Markup | None:
    """Which curve has which colour; None where there is one of each measure."""
    panel = max(result.panels, key=lambda panel: len(panel.curves), default=None)
    if panel is None or len(panel.curves) < 2:
        return None
    spots = [SPOT.format(color_of(at, panel).name(), curve.name) for at, curve in enumerate(panel.curves[:MOST_NAMED])]
    if len(panel.curves) > MOST_NAMED:
        spots.append(Markup("and {} more").format(f"{len(panel.curves) - MOST_NAMED:,}"))
    return Markup(" &nbsp; ").join(spots)


@dataclass(frozen=True)
class Dot:
    """One run in a plot: where it stands there, and which it is."""

    x: float
    y: float
    run: SweptRun


@dataclass
class _Lines:
    """What is drawn of a curve."""

    curve: pg.PlotDataItem
    dots: pg.ScatterPlotItem
    knee: pg.InfiniteLine | None = None
    ring: pg.ScatterPlotItem | None = None
    style: Qt.PenStyle = Qt.PenStyle.SolidLine


class SweepPlot(Plot):
    """The plot.

    Signals
    -------
    picked : (SweptRun)
        To be opened.
    pointed : (str)
        What is under the pointer or the keyboard, in words; "" where nothing is.
    """

    picked = Signal(object)
    pointed = Signal(str)
    _lines: Sequence[_Lines] = ()

    def __init__(self, panel: Panel, result: Result) -> None:
        super().__init__(f"sweep_{panel.measure}", result.key_titles[result.axis])
        self.panel, self.result = panel, result
        self._log = result.logarithmic
        of_curves = [
            [
                Dot(self.place(float(x)), run.measures[panel.measure], run)
                for x, runs in zip(curve.x, curve.runs, strict=True)
                for run in runs
            ]
            for curve in panel.curves
        ]
        self.dots = [dot for dots in of_curves for dot in dots]
        self._at = -1
        # As high as there is room for: where all of them scroll, no higher than it has to be.
        self.setMinimumHeight(LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.getAxis("left").setWidth(LEFT_PX)
        self.setAccessibleName(f"{panel.title} against {result.key_titles[result.axis]}")
        self.setAccessibleDescription("; ".join(map(self._told, panel.curves)))
        # The largest value stands at the right edge: its number has room there.
        self.getPlotItem().setContentsMargins(0, 4, EDGE_PX, 0)
        self.getAxis("bottom").setStyle(hideOverlappingLabels=EDGE_PX)
        self.setMouseEnabled(False, False)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.getAxis("bottom").setTicks([[(self.place(at), words) for at, words in result.ticks], []])
        self.ring = pg.ScatterPlotItem(size=DOT_PX + 5, brush=None)
        self._lines = [self._draw(curve, dots) for curve, dots in zip(panel.curves, of_curves, strict=True)]
        self.addItem(self.ring, ignoreBounds=True)
        self.dress()
        self._frame()

    def dress(self) -> None:
        for number, lines in enumerate(self._lines):
            color = color_of(number, self.panel)
            lines.curve.setPen(line(color))
            faint = QColor(color)
            faint.setAlpha(150)
            lines.dots.setBrush(faint)
            if lines.knee is not None and lines.ring is not None:
                lines.knee.setPen(pg.mkPen(color, width=1, style=Qt.PenStyle.DotLine))
                lines.ring.setPen(pg.mkPen(color, width=1.5, style=lines.style))
        if self._lines:
            self.ring.setPen(pg.mkPen(theme.color("text"), width=1.5))

    def place(self, x: float) -> float:
        """Where a value stands on the axis."""
        return float(np.log10(x)) if self._log else x

    def _told(self, curve: Curve) -> str:
        words = dict(self.result.ticks)
        values = ", ".join(
            f"{words[float(x)]}: {number_words(self.panel, float(mean))}"
            for x, mean in zip(curve.x, curve.mean, strict=True)
        )
        return f"{curve.name}: {values}" if curve.name else values

    def _draw(self, curve: Curve, dots: Sequence[Dot]) -> _Lines:
        """Put a curve into the plot, without its colour."""
        x = np.array([self.place(float(at)) for at in curve.x])
        drawn = _Lines(
            pg.PlotDataItem(x, curve.mean),
            pg.ScatterPlotItem([dot.x for dot in dots], [dot.y for dot in dots], size=DOT_PX, pen=None),
        )
        self.addItem(drawn.curve)
        self.addItem(drawn.dots)
        if curve.knee.at is not None:
            at = curve.knee.at
            drawn.knee = pg.InfiniteLine(pos=x[at], angle=90, movable=False)
            drawn.ring = pg.ScatterPlotItem([x[at]], [curve.mean[at]], size=KNEE_PX, brush=None)
            # Dots where it is not known that chance has not put it there.
            drawn.style = Qt.PenStyle.SolidLine if curve.knee.sure else Qt.PenStyle.DotLine
            self.addItem(drawn.knee, ignoreBounds=True)
            self.addItem(drawn.ring)
        return drawn

    def _frame(self) -> None:
        """All values of the sweep, so that plots above each other have one axis."""
        places = [self.place(at) for at, _ in self.result.ticks]
        around = 0.1 * (max(places) - min(places)) or 1.0
        low, high = min(dot.y for dot in self.dots), max(dot.y for dot in self.dots)
        rim = RIM * (high - low) or max(abs(high), 1.0) * 0.05
        self.getViewBox().setRange(
            xRange=(min(places) - around, max(places) + around), yRange=(low - rim, high + rim), padding=0
        )

    def numbers_px(self, height: int) -> int:
        """What the numbers at the left take where the plot is at most so high."""
        axis, metrics = self.getAxis("left"), QFontMetrics(caption_font())
        heights = LEAST_MARKED_PX, max(height, LEAST_MARKED_PX)
        marks = (mark for px in heights for mark in axis.tickValues(*axis.range, px))
        texts = [text for spacing, values in marks for text in axis.tickStrings(values, axis.scale, spacing)]
        return max(map(metrics.horizontalAdvance, texts), default=0) + MARK_PX

    # -- pointer and keyboard ----------------------------------------------------------------------------------------

    def place_of(self, dot: Dot) -> QPointF:
        """Where a dot is in the viewport."""
        return QPointF(self.mapFromScene(self.getViewBox().mapViewToScene(QPointF(dot.x, dot.y))))

    def _nearest(self, point: QPointF) -> int:
        """Position of the dot at a point of the viewport; -1 where there is none."""
        away = [(self.place_of(dot) - point).manhattanLength() for dot in self.dots]
        at = int(np.argmin(away)) if away else -1
        return at if at >= 0 and away[at] <= NEAR_PX else -1

    def _point_at(self, at: int) -> None:
        if at == self._at:
            return
        self._at = at
        dot = self.dots[at] if at >= 0 else None
        self.ring.setData([dot.x] if dot else [], [dot.y] if dot else [])
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if dot else Qt.CursorShape.ArrowCursor)
        self.pointed.emit(self.words_of(dot) if dot else "")

    def words_of(self, dot: Dot) -> str:
        """Which run a dot is."""
        named = ", ".join(
            f"{title} {words}" for title, words in zip(self.result.key_titles, dot.run.words, strict=True)
        )
        return f"{named}, seed {dot.run.seed}: {number_words(self.panel, dot.y)} {self.panel.unit}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._point_at(self._nearest(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at = self._nearest(event.position())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self.picked.emit(self.dots[at].run)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps and self.dots:
            order = sorted(range(len(self.dots)), key=lambda at: (self.dots[at].x, self.dots[at].run.seed))
            now = order.index(self._at) if self._at >= 0 else -1
            self._point_at(order[min(max(now + steps[Qt.Key(event.key())], 0), len(order) - 1)])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            self.picked.emit(self.dots[self._at].run)
        else:
            super().keyPressEvent(event)


class SweepPlots(QWidget):
    """A plot for each measure, below or beside each other; made anew for another result only.

    Signals
    -------
    picked, pointed : as those of `SweepPlot`
    """

    picked = Signal(object)
    pointed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sweep_plots")
        self._line = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(0)
        self._room = QSize()
        self._result: Result | None = None
        self._held: list[QWidget] = []
        self.plots: dict[str, SweepPlot] = {}

    def show_result(self, result: Result | None) -> None:
        """Draw a sweep; None draws nothing. One that says what is shown already stays as it is."""
        if not alike(result, self._result):
            self._result = result
            self._redraw()

    def _redraw(self) -> None:
        for old in self._held:
            old.hide()
            old.deleteLater()
        self._held, self.plots = [], {}
        if self._result is None:
            return
        for panel in self._result.panels:
            heading = ElidedLabel(f"{panel.title}, {panel.unit}")
            heading.briefer = (panel.title, panel.title.partition(" on ")[0])
            heading.setFont(caption_font())
            plot = SweepPlot(panel, self._result)
            plot.picked.connect(self.picked)
            plot.pointed.connect(self.pointed)
            self.plots[panel.measure] = plot
            one = QWidget()
            column = QVBoxLayout(one)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            column.addWidget(heading)
            column.addWidget(plot, 1)
            self._line.addWidget(one, 1)
            self._held.append(one)
        self._stand()

    def fit(self, room: QSize) -> None:
        """Stand in so much room: below each other, or beside each other where that would be low."""
        self._room = room
        self._stand()

    def _stand(self) -> None:
        count, ways = len(self.plots), QBoxLayout.Direction
        low = self._room.height() < count * LOW_PX
        beside = low and self._room.width() >= count * LEAST_BESIDE_PX
        self._line.setSpacing(SPACE if beside else 0)
        self._line.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        # Below each other they have one axis, which the lowest names; beside each other numbers take what they need.
        most = self._room.height() - LEAST_PX // 2
        for at, plot in enumerate(self.plots.values()):
            plot.name_axis("bottom", beside or at == count - 1)
            plot.getAxis("left").setWidth(min(plot.numbers_px(most), LEFT_PX) if beside else LEFT_PX)
