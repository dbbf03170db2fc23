"""Loss: live curves of training, train and held-out."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.theme import SPACE, theme
from latentexplorer.gui.widgets.captions import caption
from latentexplorer.gui.widgets.plot import Plot, line
from latentexplorer.views.palette import SECOND

NATS = {"loss": "Total", "recon": "Reconstruction", "kl": "KL"}
QUANTITIES = {**NATS, "rmse": "Pixel error"}


class LossPane(Pane):
    """Nats per image at the left, the plain pixel error beside it; each quantity on its own switch."""

    object_name, title, view_kind = "loss_pane", "Loss", "loss"
    empty_text = "Train a model to see its loss fall"

    def __init__(self) -> None:
        super().__init__()
        self.plot = Plot("loss_plot")
        self.pixel_plot = Plot("pixel_error_plot")
        plots = QHBoxLayout()
        plots.setSpacing(SPACE * 2)
        self.sides = [self._side(self.plot, "nats per image"), self._side(self.pixel_plot, "rmse on [0, 1]")]
        plots.addWidget(self.sides[0], 3)
        plots.addWidget(self.sides[1], 2)
        self.switches: dict[str, QToolButton] = {}
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        for quantity, text in QUANTITIES.items():
            row.addWidget(self._switch(quantity, text, True))
        row.addWidget(self._switch("log", "Log scale", False))
        row.addStretch()
        self.key: QLabel = caption("solid train, dashed held-out")
        row.addWidget(self.key)
        self.body.addLayout(plots, 1)
        self.body.addLayout(row)
        self.curves: dict[tuple[str, str], pg.PlotDataItem] = {}
        for quantity in QUANTITIES:
            for part in ("train", "test"):
                curve = pg.PlotDataItem(symbolSize=5)
                (self.pixel_plot if quantity == "rmse" else self.plot).addItem(curve)
                self.curves[part, quantity] = curve
        theme.changed.connect(self._recolour)
        self._recolour()

    def _side(self, plot: Plot, unit: str) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(caption(f"{unit}, by epoch"))
        column.addWidget(plot, 1)
        return side

    def _switch(self, name: str, text: str, on: bool) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setChecked(on)
        button.setObjectName(f"loss_{name}")
        button.toggled.connect(self._draw)
        self.switches[name] = button
        return button

    def on_bind(self) -> None:
        self.session.history_changed.connect(self._on_history)

    def on_run(self) -> None:
        self._on_history()

    def on_snapshot(self) -> None:
        """History comes by its own signal."""

    @Slot()
    def _on_history(self) -> None:
        rows = len(self.session.history)
        if not rows:
            self.show_empty("The first epoch is under way" if self.session.training else self._no_curve())
            return
        self.show_empty("")
        self._draw()

    def _no_curve(self) -> str:
        run = self.session.run
        if run is not None and not run.config.model.kind.gradient:
            return "PCA is solved at once: it has no loss curve"
        return self.empty_text

    @Slot()
    def _draw(self) -> None:
        if self.session is None:
            return
        history = self.session.history
        epochs = np.asarray(history.column("epoch"))
        log = self.switches["log"].isChecked()
        for plot in (self.plot, self.pixel_plot):
            plot.setLogMode(y=log)
        shown = []
        for (part, quantity), curve in self.curves.items():
            values = np.asarray(history.column(f"{part}_{quantity}"), dtype=float)
            known = np.isfinite(values) & ((values > 0) | (not log))
            on = self.switches[quantity].isChecked() and known.any()
            if quantity == "kl" and not values[known].any():
                on = False
            curve.setVisible(bool(on))
            if on:
                curve.setData(epochs[known], values[known], symbol="o" if known.sum() == 1 else None)
                shown.append(quantity)
        self.sides[0].setVisible(any(quantity in NATS for quantity in shown))
        self.sides[1].setVisible("rmse" in shown)
        count = int(epochs[-1]) if len(epochs) else 0
        self.set_subtitle(f"{count} epochs" if count != 1 else "1 epoch")

    @Slot()
    def _recolour(self) -> None:
        colors: dict[str, QColor | str] = {
            "loss": theme.color("text"),
            "recon": theme.color("accent"),
            "kl": SECOND,
            "rmse": theme.color("accent"),
        }
        for (part, quantity), curve in self.curves.items():
            pen = line(colors[quantity], dashed=part == "test")
            curve.setPen(pen)
            curve.setSymbolBrush(pen.color())
            curve.setSymbolPen(None)
        for quantity, button in self.switches.items():
            if quantity in colors:
                color = pg.mkColor(colors[quantity]).name()
                button.setStyleSheet(f"QToolButton:checked {{ border-bottom: 2px solid {color}; border-radius: 0; }}")

    def view_settings(self) -> list[str]:
        chosen = [f'"{name}"' for name in QUANTITIES if self.switches[name].isChecked()]
        curves = [f"curves=[{', '.join(chosen)}]"] if chosen else []
        return [*curves, f"log={str(self.switches['log'].isChecked()).lower()}"]
