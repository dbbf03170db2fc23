"""A plot of the curves of one unit, with its unit above it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from latentexplorer.gui.panes.loss.curve_plot import CurvePlot
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.graphs import pg
from latentexplorer.views.loss import Curve


class Side(QWidget):
    """Where the first epochs of its plot are cut off it offers the whole of it, and the way back.

    Signals
    -------
    turned : ()
        The whole is wanted from now on, or the late epochs.
    """

    turned = Signal()

    def __init__(self, name: str, title: str, unit: str) -> None:
        super().__init__()
        self.plot = CurvePlot(name, title)
        self.heading = QWidget()
        self.whole = QToolButton()
        self.whole.setObjectName(f"{name}_whole")
        self.whole.setFont(caption_font())
        self.whole.setCheckable(True)
        self.whole.setProperty("role", "heading")
        self.whole.toggled.connect(self._on_whole)
        head = QHBoxLayout(self.heading)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(SPACE // 2)
        head.addWidget(caption(unit), 1)
        head.addWidget(self.whole)
        self._reserve()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.plot, 1)

    def _reserve(self) -> None:
        """Have the heading as high with the button as without."""
        self.heading.setFixedHeight(self.whole.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # The style sheet comes when all panes are built.
        if event.type() == QEvent.Type.StyleChange:
            self._reserve()

    def add_curve(self) -> pg.PlotDataItem:
        """A curve with nothing to show yet."""
        curve = pg.PlotDataItem(symbolSize=5)
        curve.setVisible(False)
        self.plot.addItem(curve)
        return curve

    def show_curves(
        self, curves: Iterable[Curve], log: bool, inside: tuple[np.ndarray, np.ndarray] | None = None
    ) -> None:
        """Frame the curves that are drawn, and one between the epochs; without any there is nothing to see here."""
        framed = [(curve.epochs, curve.values) for curve in curves]
        self.setVisible(bool(framed) or inside is not None)
        self.plot.frame(framed, log, inside)
        self._show_whole()

    def _show_whole(self) -> None:
        whole = self.plot.whole
        self.whole.setVisible(self.plot.cuts)
        self.whole.setText("↓ late" if whole else "↑ all")
        tip = "Frame the late epochs, so that they can be told apart"
        self.whole.setToolTip(
            verbatim(tip if whole else "The first epochs reach out at the top: show all of every curve")
        )
        self.whole.setAccessibleName(self.whole.toolTip())

    @Slot(bool)
    def _on_whole(self, whole: bool) -> None:
        self.plot.whole = whole
        self._show_whole()
        self.turned.emit()


def draw_curve(item: pg.PlotDataItem, curve: Curve, pen: QPen) -> None:
    """Show a curve with its pen."""
    # A single point has no dashes to tell the parts apart.
    held_out = curve.part == "test"
    # In one go: with each of them alone the curve is made anew.
    item.setData(
        curve.epochs,
        curve.values,
        pen=pen,
        symbol="o" if len(curve.epochs) == 1 else None,
        symbolBrush=pg.mkBrush(None if held_out else pen.color()),
        symbolPen=pg.mkPen(pen.color() if held_out else None),
    )
