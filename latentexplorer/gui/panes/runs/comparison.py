"""Several runs beside each other: their curves in one plot, or the same images through each of them."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, Markup, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.image_stacks import StackGrid
from latentexplorer.gui.widgets.plot import Plot, line
from latentexplorer.gui.widgets.tiles import CodeOf
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code
from latentexplorer.views.comparison import Result as ComparisonResult
from latentexplorer.views.loss import COMMON
from latentexplorer.views.loss import Result as LossResult
from latentexplorer.views.palette import class_color

CURVES, IMAGES = "loss", "comparison"
SHOWN = 24


class ComparisonPanel(QWidget):
    """Draws results of the views `loss` and `comparison`.

    Signals
    -------
    changed : ()
        Something else is to be shown: ask again with `kind` and `settings`.
    closed : ()
    picked : (int)
        An image was clicked.
    """

    changed = Signal()
    closed = Signal()
    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs_comparison")
        self.kind = CURVES
        self.result: LossResult | ComparisonResult | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(self._head())
        self.key = Label()
        self.key.setFont(caption_font())
        self.key.setWordWrap(True)
        self.plot = Plot("runs_plot")
        self.plot.setAccessibleName("Curves of several runs")
        self.plot.setAccessibleDescription("One curve for each run, by epoch")
        self.images = StackGrid("runs_images", 44)
        self.images.stacks.setAccessibleName("The same images through several runs")
        self.images.stacks.picked.connect(self.picked)
        self.refusal = Label()
        self.refusal.setProperty("role", "empty")
        self.refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.refusal.setWordWrap(True)
        place = QWidget()
        self._place = QStackedLayout(place)
        for widget in (self.plot, self.images, self.refusal):
            self._place.addWidget(widget)
        column.addWidget(place, 1)
        column.addWidget(self.key)
        theme.changed.connect(self._redraw)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for kind, text, tip in (
            (CURVES, "Loss curves", "Curves of training in one plot"),
            (IMAGES, "Same images", "Held-out images of the open run through each of the runs"),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(verbatim(tip))
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setObjectName(f"compare_{kind}")
            self._group.addButton(button)
            self.buttons[kind] = button
            row.addWidget(button)
        self.buttons[CURVES].setChecked(True)
        self._group.buttonClicked.connect(self._on_kind)
        self.quantity = Choice("compare_quantity", "Curve")
        for name, quantity in COMMON.items():
            self.quantity.addItem(quantity.title, name)
        self.quantity.setMinimumContentsLength(7)
        self.quantity.activated.connect(self.changed)
        row.addWidget(self.quantity)
        row.addStretch(1)
        close = QToolButton()
        close.setIcon(icon("close", "muted"))
        close.setToolTip("Close the comparison")
        close.setAccessibleName("Close the comparison")
        close.clicked.connect(self.closed)
        self._close = close
        row.addWidget(close)
        return row

    @Slot(object)
    def _on_kind(self, button: QToolButton) -> None:
        self.show_kind(IMAGES if button is self.buttons[IMAGES] else CURVES)

    def show_kind(self, kind: str) -> None:
        """Curves or images."""
        self.kind = kind
        self.buttons[kind].setChecked(True)
        self.quantity.setVisible(kind == CURVES)
        self.changed.emit()

    def settings(self, runs: list[str]) -> dict[str, object]:
        """Settings of the view, with these runs beside the open one."""
        if self.kind == CURVES:
            return {"runs": runs, "curves": [self.quantity.currentData()]}
        return {"runs": runs, "count": SHOWN}

    def refuse(self, why: Refused) -> None:
        """Say why there is nothing to see."""
        self.result = None
        self.refusal.setText(f"{why.what}. {why.todo}".strip())
        self.key.clear()
        self._place.setCurrentWidget(self.refusal)

    def show_curves(self, result: LossResult) -> None:
        """Draw the result of the view `loss`."""
        self.result = result
        self._place.setCurrentWidget(self.plot)
        self._redraw()

    def show_images(self, result: ComparisonResult, code_of: CodeOf) -> None:
        """Draw the result of the view `comparison`."""
        self.result = result
        layers = [result.originals, *(entry.images for entry in result.entries)]
        self.images.stacks.set_stacks(layers, code_of, names=("original", *(entry.name for entry in result.entries)))
        errors = " · ".join(f"{entry.name} {entry.errors.mean():.3f}" for entry in result.entries)
        self.key.setText(Markup("<span style='color:{}'>mean rmse: {}</span>").format(theme.tokens.muted, errors))
        self._place.setCurrentWidget(self.images)

    def mark(self, code: Code | None) -> None:
        """Frame the image whose code is the current one."""
        at = -1
        result = self.result
        if (
            self.kind == IMAGES
            and isinstance(result, ComparisonResult)
            and code is not None
            and code.part == result.part
        ):
            found = np.flatnonzero(result.index == code.index)
            at = int(found[0]) if len(found) else -1
        self.images.stacks.set_current(at)

    @Slot()
    def _redraw(self) -> None:
        self._close.setIcon(icon("close", "muted"))
        result = self.result
        if self.kind != CURVES or not isinstance(result, LossResult):
            return
        self.plot.clear()
        for curve in result.curves:
            color = class_color(result.runs.index(curve.run))
            item = pg.PlotDataItem(curve.epochs, curve.values, pen=line(color, dashed=curve.part == "test"))
            if len(curve.epochs) == 1:
                item.setData(curve.epochs, curve.values, symbol="o", symbolBrush=color, symbolPen=None, symbolSize=5)
            self.plot.addItem(item)
        last = [f"{curve.run}, {curve.part}: {curve.values[-1]:.4g}" for curve in result.curves if len(curve.values)]
        self.plot.setAccessibleDescription(f"{self.quantity.currentText()} after the last epoch. {'; '.join(last)}")
        spot = Markup("<span style='color:{}'>●</span>&nbsp;{}")
        keys = [spot.format(class_color(at), run) for at, run in enumerate(result.runs)]
        what = Markup("{}<span style='color:{}'> &nbsp; {}, by epoch; dashed: held-out</span>")
        unit = result.curves[0].unit
        self.key.setText(what.format(Markup(" &nbsp; ").join(keys), theme.tokens.muted, unit))
