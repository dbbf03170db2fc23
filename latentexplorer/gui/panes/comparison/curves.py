"""Curves of several runs: the run has the colour, the term the dashes, held-out images the thick line."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentexplorer.core.counting import amount_text
from latentexplorer.gui.panes.comparison.fair_grid import FairPlots
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.epochs import EpochAxis, ValueAxis, bounds
from latentexplorer.gui.widgets.graphs import pg
from latentexplorer.gui.widgets.plot import Plot, line
from latentexplorer.views.base import Part
from latentexplorer.views.compared import Panel, Result
from latentexplorer.views.comparison_losses import dash_of
from latentexplorer.views.palette import class_color

WIDTHS: dict[Part, float] = {"train": 1.0, "test": 2.2}
FAINT = 150
"""Opacity of the curves of training images, of 255."""
LABEL_OVER_PX = 8
LEFT_PX = 52
"""Of the numbers at the left, so that plots below each other have one axis."""
WIDE = 1.4
"""Width by height of a plot of curves that is easily read."""
STYLES = {
    "solid": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dot": Qt.PenStyle.DotLine,
    "dashdot": Qt.PenStyle.DashDotLine,
}


def pen_of(run: int, dash: str, part: Part) -> QPen:
    """How a curve is drawn."""
    color = QColor(class_color(run, dark=theme.dark))
    if part == "train":
        color.setAlpha(FAINT)
    pen = line(color, width=WIDTHS[part])
    pen.setStyle(STYLES[dash])
    return pen


class RunCurves(QWidget):
    """One panel: curves that can be read against each other.

    Signals
    -------
    pointed : (int)
        The epoch under the pointer; -1 where there is none.
    """

    pointed = Signal(int)

    def __init__(self, number: int, panel: Panel, result: Result) -> None:
        super().__init__()
        self.panel = panel
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.heading = ElidedLabel(f"{panel.heading}, {panel.unit}")
        self.kind = ElidedLabel(panel.kind)
        for label in (self.heading, self.kind):
            label.setFont(caption_font())
            label.setProperty("role", "muted")
            column.addWidget(label)
        self.kind.setVisible(bool(panel.kind))
        self.plot = Plot(f"compare_curves_{number}")
        epochs = EpochAxis("bottom")
        epochs.setStyle(hideOverlappingLabels=LABEL_OVER_PX)
        self.plot.getPlotItem().setAxisItems({"bottom": epochs, "left": ValueAxis("left")})
        self.plot.getAxis("left").setWidth(LEFT_PX)
        self.plot.recolour()
        self.plot.setLogMode(y=result.log)
        self.plot.setAccessibleName(f"{panel.heading} of several runs, by epoch")
        self.plot.setAccessibleDescription(_last(panel))
        column.addWidget(self.plot, 1)
        self.items: dict[tuple[str, str, Part], pg.PlotDataItem] = {}
        for curve in panel.curves:
            pen = pen_of(result.names.index(curve.run), dash_of(curve.quantity, panel.curves), curve.part)
            item = pg.PlotDataItem(curve.epochs, curve.values, pen=pen)
            if len(curve.epochs) == 1:
                item.setData(
                    curve.epochs, curve.values, symbol="o", symbolBrush=pen.color(), symbolPen=None, symbolSize=5
                )
            self.plot.addItem(item)
            self.items[curve.run, curve.quantity, curve.part] = item
        self.cross = pg.InfiniteLine(angle=90, movable=False, pen=pg.mkPen(theme.color("faint"), width=1))
        self.cross.hide()
        self.plot.addItem(self.cross, ignoreBounds=True)
        self._frame(result.log)
        self.plot.scene().sigMouseMoved.connect(self._on_moved)

    def _frame(self, log: bool) -> None:
        framed = [(curve.epochs, curve.values) for curve in self.panel.curves]
        low, high = bounds(framed, log)
        ends = [float(epochs[at]) for epochs, _ in framed for at in (0, -1)]
        first, last = min(ends), max(ends)
        if first == last:
            first, last = first - 1, last + 1
        self.plot.getViewBox().setRange(xRange=(first, last), yRange=(low, high), padding=0.02)

    def show_epoch(self, epoch: int) -> None:
        """Put a line at an epoch; -1 takes it away."""
        self.cross.setVisible(epoch >= 0)
        if epoch >= 0:
            self.cross.setValue(epoch)

    @Slot(object)
    def _on_moved(self, place: QPointF) -> None:
        box = self.plot.getViewBox()
        if not box.sceneBoundingRect().contains(place):
            self.pointed.emit(-1)
            return
        known = np.unique(np.concatenate([curve.epochs for curve in self.panel.curves]))
        self.pointed.emit(int(known[np.abs(known - box.mapSceneToView(place).x()).argmin()]))

    def values_at(self, epoch: int) -> list[tuple[str, str]]:
        """Runs and their values at an epoch: held-out first, training behind a stroke."""
        found: dict[str, list[str]] = {}
        for curve in sorted(self.panel.curves, key=lambda curve: curve.part == "train"):
            at = np.flatnonzero(curve.epochs == epoch)
            if len(at):
                found.setdefault(curve.run, []).append(amount_text(float(curve.values[at[0]])).replace("-", "−"))
        return [(run, " / ".join(values)) for run, values in found.items()]


class AllCurves(FairPlots):
    """The panels side by side; the epoch under the pointer is read off in all of them.

    Signals
    -------
    read : (str)
        What is under the pointer, in words; "" where nothing is.
    """

    read = Signal(str)

    def __init__(self) -> None:
        super().__init__(WIDE)
        self.setObjectName("compare_curves")
        self.panels: list[RunCurves] = []

    def draw_result(self, result: Result) -> None:
        """A plot for each panel of losses."""
        self.panels = [RunCurves(number, panel, result) for number, panel in enumerate(result.panels)]
        for panel in self.panels:
            panel.pointed.connect(self._on_pointed)
        self.hold(self.panels)

    @Slot(int)
    def _on_pointed(self, epoch: int) -> None:
        parts = []
        for panel in self.panels:
            panel.show_epoch(epoch)
            values = panel.values_at(epoch) if epoch >= 0 else []
            if values:
                parts.append(f"{panel.panel.heading}: " + ", ".join(f"{run} {value}" for run, value in values))
        self.read.emit(f"epoch {epoch} · {' · '.join(parts)}" if parts else "")


def _last(panel: Panel) -> str:
    """The last value of every curve, for those who are read to."""
    said = [
        f"{curve.run}, {curve.title}, {curve.part}: {amount_text(float(curve.values[-1]))}"
        for curve in panel.curves
        if len(curve.values)
    ]
    return f"After the last epoch: {'; '.join(said)}"
