"""Histograms of codes with the density of a prior as a line, one dimension beside the other; what is off most first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolTip, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.views.prior_rows import number

if TYPE_CHECKING:
    from latentexplorer.views.base import Array
    from latentexplorer.views.prior_lab import Result

PANEL_PX, LEAST_PANEL_PX, LINE_PX, PLOT_PX = 116, 92, 15, 62
"""Width of a panel where they are scrolled, and where all of them are in sight by that; height of a line of words, and
of the plot between two of them at least."""
GAP_PX = SPACE * 2
"""Between two panels, whose numbers would read as one."""
MOST_PLOT_PX = 280
FLAT = PANEL_PX / PLOT_PX
"""Width of a plot as a part of its height: the least, where many stand beside each other."""
MOST_FLAT, MOST_STEEP = 2.6, 1.4
"""Width by height, and height by width, at most."""
TALLEST = 1.6
"""A line is seen up to so many times the height of the histogram."""


class Densities(QWidget):
    """A panel a dimension; only those that are seen are drawn.

    Signals
    -------
    picked : (int)
        A dimension was clicked.
    """

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("prior_densities")
        self.setAccessibleName("Codes and the prior, dimension by dimension")
        self.result: Result | None = None
        self._size_px = QSize(PANEL_PX, PLOT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        theme.changed.connect(self.update)

    def show_result(self, result: Result | None) -> None:
        """Show the dimensions of a result beside its row."""
        self.result = result
        self._stand()
        if result is not None:
            told = ", ".join(self.words(at) for at in range(min(self.count, 8)))
            self.setAccessibleDescription(f"{result.row.title}. {told}")
        self.update()

    @property
    def count(self) -> int:
        """Panels that there are."""
        return 0 if self.result is None else len(self.result.dims)

    @property
    def plot_px(self) -> int:
        """Height of a plot."""
        return self._size_px.height()

    @property
    def step_px(self) -> int:
        """From one panel to the next."""
        return self._size_px.width() + GAP_PX

    def fit(self, width_px: int, plot_px: int) -> int:
        """Plots so high, as wide as fills a width, within what looks like a histogram; how high they are."""
        share = (width_px + GAP_PX) // max(self.count, 1) - GAP_PX
        # All in sight where they can be; what is scrolled in any case looks like a histogram.
        if share >= LEAST_PANEL_PX:
            plot_px = min(plot_px, round(MOST_STEEP * share))
        wide = min(share, round(MOST_FLAT * plot_px)) if share >= LEAST_PANEL_PX else round(FLAT * plot_px)
        if self._size_px != (panel := QSize(wide, plot_px)):
            self._size_px = panel
            self._stand()
            self.update()
        return plot_px

    def _stand(self) -> None:
        self.setFixedSize(max(self.count * self.step_px - GAP_PX, 1), self._size_px.height() + 2 * LINE_PX)

    def words(self, at: int) -> str:
        """`z6: distance 0.48, by chance below 0.08`."""
        assert self.result is not None
        dim, known = int(self.result.dims[at]), self.result.row.mismatch
        return f"z{dim}: distance {number(known.wasserstein[dim])}, by chance below {number(known.bound[dim])}"

    def sizeHint(self) -> QSize:
        return self.size()

    def place(self, at: int) -> QRectF:
        """Where a panel stands."""
        return QRectF(at * self.step_px, 0, self._size_px.width(), self.height())

    def _at(self, x: float) -> int:
        at = int(x // self.step_px)
        return at if 0 <= at < self.count and x <= self.place(at).right() else -1

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self._at(event.pos().x())
            QToolTip.showText(event.globalPos(), verbatim(self.words(at) if at >= 0 else ""), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position().x())
        if at >= 0 and self.result is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(int(self.result.dims[at]))
        else:
            super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.result is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(caption_font())
        for at in range(len(self.result.dims)):
            place = self.place(at)
            if place.intersects(QRectF(event.rect())):
                self._panel(painter, place, at)

    def _panel(self, painter: QPainter, place: QRectF, at: int) -> None:
        found = self.result
        assert found is not None
        dim, row, edges = int(found.dims[at]), found.row, found.edges[at]
        head = QRectF(place.left(), 0, place.width(), LINE_PX)
        plot = QRectF(place.left(), LINE_PX, place.width(), self._size_px.height())
        foot = QRectF(place.left(), plot.bottom(), place.width(), LINE_PX)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.color("text"))
        painter.drawText(head, int(left), f"z{dim}")
        beyond = row.mismatch.wasserstein[dim] > row.mismatch.bound[dim]
        painter.setPen(theme.color("text" if beyond else "muted"))
        painter.drawText(head, int(right), number(row.mismatch.wasserstein[dim]))
        painter.setPen(theme.color("muted"))
        painter.drawText(foot, int(left), number(edges[0]))
        painter.drawText(foot, int(right), number(edges[-1]))
        means = found.means[at] if found.means is not None else np.zeros(1)
        codes = max(float(found.drawn[at].max(initial=0)), float(means.max(initial=0)))
        top = max(codes, min(float(row.density[at].max(initial=0)), TALLEST * codes), 1e-9)
        painter.save()
        painter.setClipRect(plot)
        self._steps(painter, plot, found.drawn[at], top, filled=True)
        if found.means is not None:
            self._steps(painter, plot, found.means[at], top, filled=False)
        own = found.own
        if own is not None and own is not row:
            self._line(painter, plot, own.density[at], top, QPen(theme.color("muted"), 1, Qt.PenStyle.DashLine))
        self._line(painter, plot, row.density[at], top, QPen(theme.color("accent"), 1.6))
        painter.restore()
        painter.fillRect(QRectF(plot.left(), plot.bottom() - 1, plot.width(), 1), theme.color("border"))

    @staticmethod
    def _steps(painter: QPainter, plot: QRectF, heights: Array, top: float, *, filled: bool) -> None:
        wide = plot.width() / len(heights)
        outline = QPolygonF([QPointF(plot.left(), plot.bottom())])
        for at, height in enumerate(heights):
            y = plot.bottom() - float(height) / top * (plot.height() - 2)
            outline.append(QPointF(plot.left() + at * wide, y))
            outline.append(QPointF(plot.left() + (at + 1) * wide, y))
        outline.append(QPointF(plot.right(), plot.bottom()))
        painter.setPen(Qt.PenStyle.NoPen if filled else QPen(theme.color("faint"), 1))
        painter.setBrush(theme.color("track") if filled else Qt.BrushStyle.NoBrush)
        painter.drawPolygon(outline)

    @staticmethod
    def _line(painter: QPainter, plot: QRectF, heights: Array, top: float, pen: QPen) -> None:
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        x = np.linspace(plot.left(), plot.right(), len(heights))
        # What is far above is cut off in any case, and Qt draws no line to infinity.
        y = plot.bottom() - np.minimum(heights / top, 4.0) * (plot.height() - 2)
        painter.drawPolyline(QPolygonF([QPointF(*each) for each in zip(x.tolist(), y.tolist(), strict=True)]))


class DensityArea(QScrollArea):
    """The panels in one line, scrolled sideways; the arrow keys go from one to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.densities = Densities()
        self.setObjectName("prior_density_area")
        self.setAccessibleName("Densities, the dimensions that are off most first")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(self.densities)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAutoFillBackground(False)
        self.densities.setAutoFillBackground(False)
        self.fit(PANEL_PX, PLOT_PX)

    def fit(self, width_px: int, plot_px: int) -> None:
        """Plots so high, in a room so wide."""
        plot_px = self.densities.fit(width_px, plot_px)
        self.setFixedHeight(plot_px + 2 * LINE_PX + self.horizontalScrollBar().sizeHint().height() + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() + steps[Qt.Key(event.key())] * self.densities.step_px)
        else:
            super().keyPressEvent(event)
