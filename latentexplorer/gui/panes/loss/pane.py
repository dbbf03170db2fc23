"""Loss: live curves of training, train and held-out, of one run or several; and the way back along them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QRect, Qt, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from latentexplorer.core.history import History
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.gallery.sources import as_changes
from latentexplorer.gui.panes.loss.curve_plot import CurvePlot
from latentexplorer.gui.panes.loss.curve_switch import CurveSwitch
from latentexplorer.gui.panes.loss.readout import Reading, Value, in_brief, in_full
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain import Label, Markup, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.flow import FlowLayout
from latentexplorer.gui.widgets.plot import line
from latentexplorer.views.loss import PART_TITLES, QUANTITIES, Curve, Other, curves_of, others_of
from latentexplorer.views.palette import SECOND, class_color

COLORS = {"loss": "text", "recon": "accent", "kl": SECOND, "rmse": "accent"}
SMOOTHINGS = {"Raw": 0.0, "Smooth": 0.6, "Smoother": 0.85, "Smoothest": 0.95}
ROOMY_PX = 345
WIDTHS = {"loss": 1.8, "recon": 1.2, "kl": 0.9, "rmse": 1.8}
"""Of lines where colours tell the runs apart."""

Curves = dict[tuple[str, str], Curve]
"""By part and quantity."""


class LossPane(Pane):
    """Nats per image at the left, the plain pixel error beside it; each quantity on its own switch."""

    object_name, title, view_kind = "loss_pane", "Loss", "loss"
    empty_text = "Train a model to see its loss fall"

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Other] = []
        self._other_curves: list[tuple[int, str, str, pg.PlotDataItem]] = []
        self._shown: dict[tuple[int, str, str], Curve] = {}
        self.plot = CurvePlot("loss_plot", "Loss by epoch")
        self.pixel_plot = CurvePlot("pixel_error_plot", "Pixel error by epoch")
        self.pixel_plot.setXLink(self.plot)
        plots = QHBoxLayout()
        plots.setSpacing(SPACE * 2)
        self.headings: dict[CurvePlot, QWidget] = {}
        self.whole_buttons: dict[CurvePlot, QToolButton] = {}
        self.sides = [self._side(self.plot, "nats per image"), self._side(self.pixel_plot, "rmse on [0, 1]")]
        plots.addWidget(self.sides[0], 3)
        plots.addWidget(self.sides[1], 2)
        self.body.addLayout(plots, 1)
        self.reading = Reading("loss_reading", self.content)
        self.key = Label()
        self.key.setFont(caption_font())
        self.key.setWordWrap(True)
        self.key.hide()
        self.body.addWidget(self.key)
        self.body.addWidget(self._build_row())
        self.curves: dict[tuple[str, str], pg.PlotDataItem] = {}
        for quantity in QUANTITIES:
            for part in PART_TITLES:
                curve = pg.PlotDataItem(symbolSize=5)
                self._plot_of(quantity).addItem(curve)
                self.curves[part, quantity] = curve
        self.reset_button = self.header.add_button("reset", "Show all of the curves again (0)")
        self.reset_button.setObjectName("loss_reset")
        self.reset_button.clicked.connect(self.show_all)
        self.header.row.insertWidget(3, self.reset_button)
        self.add_menu_action("Zoom in", self.zoom_in)
        self.add_menu_action("Zoom out", self.zoom_out)
        theme.changed.connect(self._draw)

    def _side(self, plot: CurvePlot, unit: str) -> QWidget:
        """A plot with its unit above it, and where its first epochs are cut off the way to the whole of it."""
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        whole = self.whole_buttons[plot] = QToolButton()
        whole.setObjectName(f"{plot.objectName()}_whole")
        whole.setFont(caption_font())
        whole.setCheckable(True)
        whole.setStyleSheet("padding: 0px 4px;")
        whole.toggled.connect(self._on_whole)
        heading = self.headings[plot] = QWidget()
        head = QHBoxLayout(heading)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(SPACE // 2)
        head.addWidget(caption(unit), 1)
        head.addWidget(whole)
        # As high with the button as without.
        heading.setFixedHeight(whole.sizeHint().height())
        column.addWidget(heading)
        column.addWidget(plot, 1)
        plot.pointed.connect(self._on_pointed)
        plot.chosen.connect(self._on_chosen)
        plot.marked.connect(self._on_marked)
        plot.left.connect(self._to_latest)
        plot.all_wanted.connect(self.show_all)
        # They share their epochs: who moves one moves both.
        plot.taken.connect(self._on_taken)
        return side

    def _build_row(self) -> QWidget:
        """Switches that are the key as well; scale, smoothing; the way back to the latest state."""
        holder = QWidget()
        row = FlowLayout(SPACE // 4, holder)
        self.switches: dict[str, QToolButton] = {}
        for name, quantity in QUANTITIES.items():
            self.switches[name] = CurveSwitch(f"loss_{name}", quantity.title, COLORS[name])
        for part, text in PART_TITLES.items():
            self.switches[part] = CurveSwitch(f"loss_{part}", text, "muted", dashed=part == "test")
        log = self.switches["log"] = QToolButton()
        log.setObjectName("loss_log")
        log.setText("Log")
        log.setToolTip("Logarithmic axes")
        log.setAccessibleName("Log scale")
        log.setFont(caption_font())
        log.setCheckable(True)
        log.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for switch in self.switches.values():
            switch.toggled.connect(self._draw)
            row.addWidget(switch)
        self.smoothing = Choice("loss_smoothing", "Smoothing")
        self.smoothing.setToolTip("A running mean over the epochs")
        self.smoothing.setFont(caption_font())
        self.smoothing.setFixedWidth(88)
        for text, weight in SMOOTHINGS.items():
            self.smoothing.addItem(text, weight)
        self.smoothing.activated.connect(self._draw)
        row.addWidget(self.smoothing)
        return holder

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # In a narrow pane short names save a row, which the plots can use.
        for name, quantity in QUANTITIES.items():
            self.switches[name].setText(quantity.short if self.width() < ROOMY_PX else quantity.title)

    def _build_header(self) -> None:
        super()._build_header()
        self.latest = QPushButton("Back to the latest")
        self.latest.setObjectName("loss_latest")
        self.latest.setFont(caption_font())
        self.latest.setStyleSheet("padding: 1px 8px;")
        self.latest.setToolTip("Show the run as it is (Esc in the plot)")
        self.latest.clicked.connect(self._to_latest)
        self.latest.hide()
        self.header.row.insertWidget(2, self.latest)

    def _plot_of(self, quantity: str) -> CurvePlot:
        return self.pixel_plot if quantity == "rmse" else self.plot

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.session.history_changed.connect(self._on_history)
        self.session.selection.compared_changed.connect(self._on_compared)
        self.session.epochs.changed.connect(self._on_look_back)

    def on_run(self) -> None:
        self.show_all()
        self._on_history()
        self._on_compared()

    def on_snapshot(self) -> None:
        """History comes by its own signal."""

    @Slot()
    def _on_history(self) -> None:
        run, live = self.session.run, self.session.snapshots.following
        if not self.others and not live and run is not None and not run.config.model.kind.gradient:
            self.show_empty("PCA is solved at once: it has no loss curve")
        elif not self.others and not len(self.session.history):
            self.show_empty("The first epoch is under way" if live else self.empty_text)
        else:
            self.show_empty("")
            self._draw()

    @Slot()
    def _on_compared(self) -> None:
        paths = self.session.selection.compared
        if paths:
            self.session.decoder.ask("loss:others", partial(others_of, paths), self._on_others)
        else:
            self._on_others([])

    def _on_others(self, others: list[Other]) -> None:
        if tuple(other.path for other in others) != self.session.selection.compared:
            return
        for _, _, quantity, item in self._other_curves:
            self._plot_of(quantity).removeItem(item)
        self._other_curves = []
        self.others = others
        for number in range(1, len(others) + 1):
            for quantity in QUANTITIES:
                for part in PART_TITLES:
                    item = pg.PlotDataItem(symbolSize=5)
                    self._plot_of(quantity).addItem(item)
                    self._other_curves.append((number, part, quantity, item))
        if self.session.run is not None:
            self._on_history()

    # -- drawing ---------------------------------------------------------------------------------------------------

    @property
    def _smoothing(self) -> float:
        return float(self.smoothing.currentData())

    @Slot()
    def _draw(self) -> None:
        if self.session is None or (self.session.run is None and not len(self.session.history)):
            return
        log = self.switches["log"].isChecked()
        for plot in (self.plot, self.pixel_plot):
            plot.setLogMode(y=log)
        own = self._curves_of(self.session.history)
        self._shown = {}
        for (part, quantity), curve in self.curves.items():
            self._put(curve, 0, part, quantity, own)
        for number, other in enumerate(self.others, start=1):
            values = self._curves_of(other.history)
            for at, part, quantity, curve in self._other_curves:
                if at == number:
                    self._put(curve, number, part, quantity, values)
        self._show_sides(log)
        self._show_key()
        count = len(self.session.history)
        runs = f"{len(self.others) + 1} runs · " if self.others else ""
        past = self.session.epochs.shown
        back = "" if past is None else f"epoch {past} of "
        self.set_subtitle(f"{runs}{back}{count} {'epoch' if count == 1 else 'epochs'}")

    def _curves_of(self, history: History) -> Curves:
        curves = curves_of(history, smoothing=self._smoothing, positive=self.switches["log"].isChecked())
        return {(curve.part, curve.quantity): curve for curve in curves}

    def _put(self, curve: pg.PlotDataItem, number: int, part: str, quantity: str, values: Curves) -> None:
        """Draw one curve of run `number` (0 is the open one), or hide it."""
        known = values.get((part, quantity))
        on = known is not None and self.switches[quantity].isChecked() and self.switches[part].isChecked()
        curve.setVisible(on)
        if not on or known is None:
            return
        several = bool(self.others)
        color = class_color(number, dark=theme.dark) if several else self._color(quantity)
        pen = line(color, dashed=part == "test", width=WIDTHS[quantity] if several else 1.8)
        curve.setPen(pen)
        # A single point has no dashes to tell the parts apart.
        curve.setSymbolBrush(None if part == "test" else pen.color())
        curve.setSymbolPen(pen.color() if part == "test" else None)
        curve.setData(known.epochs, known.values, symbol="o" if len(known.epochs) == 1 else None)
        self._shown[number, part, quantity] = known

    def _color(self, quantity: str) -> QColor:
        switch = self.switches[quantity]
        return switch.color() if isinstance(switch, CurveSwitch) else theme.color("text")

    def _show_sides(self, log: bool) -> None:
        for side, plot in zip(self.sides, (self.plot, self.pixel_plot), strict=True):
            curves = [known for (_, _, quantity), known in self._shown.items() if self._plot_of(quantity) is plot]
            side.setVisible(bool(curves))
            plot.frame([(curve.epochs, curve.values) for curve in curves], log)
            self._show_whole(plot)

    def _show_whole(self, plot: CurvePlot) -> None:
        """Offer the whole of a plot where its first epochs are cut off, and the way back."""
        button = self.whole_buttons[plot]
        button.setVisible(plot.cuts)
        button.setText("↓ late" if plot.whole else "↑ all")
        tip = "Frame the late epochs, so that they can be told apart"
        button.setToolTip(
            verbatim(tip) if plot.whole else "The first epochs reach out at the top: show all of every curve"
        )
        button.setAccessibleName(button.toolTip())

    @Slot(bool)
    def _on_whole(self, whole: bool) -> None:
        for plot, button in self.whole_buttons.items():
            if button is self.sender():
                plot.whole = whole
                self._show_whole(plot)
        self.show_all()

    def _show_key(self) -> None:
        """Which colour is which run, where there are several; else the switches are the key."""
        several = bool(self.others)
        for quantity in QUANTITIES:
            switch = self.switches[quantity]
            if isinstance(switch, CurveSwitch):
                switch.set_color("muted" if several else COLORS[quantity])
        if several and self.session.run is not None:
            names = [self.run.name, *(other.name for other in self.others)]
            spots = [
                Markup("<span style='color:{}'>●</span>&nbsp;{}").format(class_color(at, dark=theme.dark), name)
                for at, name in enumerate(names)
            ]
            self.key.setText(Markup(" &nbsp; ").join(spots))
        self.key.setVisible(several)

    # -- reading values off ----------------------------------------------------------------------------------------

    @Slot(int)
    def _on_pointed(self, epoch: int) -> None:
        for plot in (self.plot, self.pixel_plot):
            plot.point_at(epoch)
        place = QRect()
        for heading in self.headings.values():
            if heading.isVisible():
                place |= QRect(heading.mapTo(self.content, QPoint()), heading.size())
        head, values = self._read(epoch) if epoch >= 0 else ("", [])
        self.reading.say(head, values, place)

    def _read(self, epoch: int) -> tuple[str, list[Value]]:
        """Values at an epoch, train / held-out, of each quantity; where there are several runs, of one for each run."""
        names = [(0, name, quantity.short, self._color(name).name()) for name, quantity in QUANTITIES.items()]
        head = f"epoch {epoch}"
        if self.others:
            first = next((quantity for quantity in QUANTITIES if self.switches[quantity].isChecked()), "loss")
            runs = enumerate([self.run.name, *(other.name for other in self.others)])
            names = [(number, first, run, class_color(number, dark=theme.dark)) for number, run in runs]
            head = f"{QUANTITIES[first].title}, {head}"
        values = []
        for number, quantity, name, color in names:
            pair = [self._value(number, part, quantity, epoch) for part in PART_TITLES]
            known = [value for value in pair if value is not None]
            if known:
                text, brief = " / ".join(map(in_full, known)), "/".join(map(in_brief, known))
                values.append(Value(name, text, brief, color))
        return head, values

    def _value(self, number: int, part: str, quantity: str, epoch: int) -> float | None:
        known = self._shown.get((number, part, quantity))
        if known is None:
            return None
        at = np.flatnonzero(known.epochs == epoch)
        return float(known.values[at[0]]) if len(at) else None

    @Slot()
    def show_all(self) -> None:
        """Frame the curves again after zooming."""
        self.plot.show_all()
        self.pixel_plot.show_all()

    @Slot()
    def _on_taken(self) -> None:
        self.plot.leave_alone()
        self.pixel_plot.leave_alone()

    @Slot()
    def zoom_in(self) -> None:
        """Closer around the middle."""
        self.plot.zoom(0.8)

    @Slot()
    def zoom_out(self) -> None:
        """Farther around the middle."""
        self.plot.zoom(1.25)

    # -- looking back ----------------------------------------------------------------------------------------------

    @Slot()
    def _on_look_back(self) -> None:
        back = self.session.epochs
        for plot in (self.plot, self.pixel_plot):
            plot.show_mark(back.shown)
            plot.setToolTip("Click an epoch to see the model as it was then" if back.kept else "")
        self.latest.setVisible(back.shown is not None)
        if self.session.run is not None:
            self._draw()

    @Slot(int)
    def _on_chosen(self, epoch: int) -> None:
        self._look_at(float(epoch))

    @Slot(float)
    def _on_marked(self, epoch: float) -> None:
        self._look_at(epoch)

    def _look_at(self, epoch: float) -> None:
        """Show the model as it was after the kept epoch nearest to this one."""
        back = self.session.epochs
        kept = back.nearest(epoch)
        if kept is not None and not self.session.training.active:
            back.show(kept)

    @Slot()
    def _to_latest(self) -> None:
        self.session.epochs.end()

    # -- export ----------------------------------------------------------------------------------------------------

    def view_settings(self) -> list[str]:
        settings: dict[str, Any] = {"log": self.switches["log"].isChecked(), "smoothing": self._smoothing}
        chosen = [name for name in QUANTITIES if self.switches[name].isChecked()]
        parts = [part for part in PART_TITLES if self.switches[part].isChecked()]
        if chosen:
            settings["curves"] = chosen
        if len(parts) == 1:
            settings["part"] = parts[0]
        if self.others:
            settings["runs"] = [str(other.path) for other in self.others]
        return as_changes(settings)

    def restore(self, kind: str, settings: dict[str, Any]) -> bool:
        paths = [path for name in settings.get("runs", ()) if (path := Path(name)).is_dir()]
        if kind != self.view_kind:
            return False
        chosen = settings.get("curves", tuple(QUANTITIES))
        for quantity in QUANTITIES:
            self.switches[quantity].setChecked(quantity in chosen)
        part = settings.get("part", "both")
        for name in PART_TITLES:
            self.switches[name].setChecked(part in ("both", name))
        self.switches["log"].setChecked(bool(settings.get("log", False)))
        wanted = float(settings.get("smoothing", 0.0))
        nearest = min(SMOOTHINGS.values(), key=lambda weight: abs(weight - wanted))
        self.smoothing.setCurrentIndex(self.smoothing.findData(nearest))
        self.session.compare(paths)
        self._draw()
        return True
