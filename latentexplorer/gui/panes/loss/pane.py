"""Loss: live curves of training, train and held-out, of one run or several; and the way back along them."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QRect, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.history import History
from latentexplorer.core.paths import is_folder
from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.loss.curve_plot import CurvePlot
from latentexplorer.gui.panes.loss.inside import InsideCurve, solved_words, total_tip, why_empty
from latentexplorer.gui.panes.loss.others import fits, key_words, kinds_of
from latentexplorer.gui.panes.loss.readout import Reading, Value, in_brief, in_full
from latentexplorer.gui.panes.loss.rows_later import RowsLater
from latentexplorer.gui.panes.loss.side import Side, draw_curve
from latentexplorer.gui.panes.loss.switches import Switches
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.graphs import pg
from latentexplorer.gui.workers import tasks
from latentexplorer.views.base import Part
from latentexplorer.views.loss import (
    COMMON,
    PART_TITLES,
    QUANTITIES,
    TERMS,
    Curve,
    Other,
    Settings,
    curves_of,
    others_of,
    terms_of,
)
from latentexplorer.views.palette import class_color

SIDES = {
    QUANTITIES["loss"].unit: ("loss_plot", "Loss by epoch", 3),
    QUANTITIES["rmse"].unit: ("pixel_error_plot", "Pixel error by epoch", 2),
}
"""Name, title and share of the width of each plot, by its unit."""
REDRAW_S = 0.25
"""The loss inside an epoch is not drawn more often."""


class LossPane(Pane):
    """Nats per image at the left, beside it the plain pixel error and what has a unit of its own."""

    object_name, title, view_kind = "loss_pane", "Loss", "loss"
    empty_text = "Train a model to see its loss fall"
    counts = True

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Other] = []
        self.curves: dict[tuple[Part, str], pg.PlotDataItem] = {}
        self.other_curves: dict[tuple[int, Part, str], pg.PlotDataItem] = {}
        self._shown: dict[tuple[int, Part, str], Curve] = {}
        self._drawn_s = 0.0
        self._past: int | None = None
        self._plots = QHBoxLayout()
        self._plots.setSpacing(SPACE * 2)
        self.sides: dict[str, Side] = {}
        self.body.addLayout(self._plots, 1)
        self.reading = Reading("loss_reading", self.content)
        self.key = Label()
        self.key.setFont(caption_font())
        self.key.setWordWrap(True)
        self.key.hide()
        self.body.addWidget(self.key)
        self.switches = Switches()
        self.switches.changed.connect(self._draw)
        self.body.addWidget(self.switches)
        for name in COMMON:
            self._add(name)
        self.inside = InsideCurve(self.sides[QUANTITIES["loss"].unit].add_curve())
        self.plot, self.pixel_plot = (self.sides[QUANTITIES[name].unit].plot for name in ("loss", "rmse"))
        self.reset_button = self.header.add_button("reset", "Show all of the curves again (0)")
        self.reset_button.setObjectName("loss_reset")
        self.reset_button.clicked.connect(self.show_all)
        self.header.row.insertWidget(3, self.reset_button)
        self.add_menu_action("Zoom in", self.zoom_in)
        self.add_menu_action("Zoom out", self.zoom_out)
        theme.changed.connect(self._draw)

    def _add(self, name: str) -> None:
        """Curves of a quantity, and a plot where it has a unit of its own."""
        side = self.sides.get(QUANTITIES[name].unit) or self._add_side(name)
        for part in PART_TITLES:
            self.curves[part, name] = side.add_curve()

    def _add_side(self, name: str) -> Side:
        unit = QUANTITIES[name].unit
        object_name, title, share = SIDES.get(unit, (f"{name}_plot", f"{QUANTITIES[name].title} by epoch", 2))
        side = self.sides[unit] = Side(object_name, title, unit)
        self._plots.addWidget(side, share)
        side.turned.connect(self.show_all)
        plot = side.plot
        plot.pointed.connect(self._on_pointed)
        plot.chosen.connect(self._look_at)
        plot.marked.connect(self._look_at)
        plot.left.connect(self._to_latest)
        plot.all_wanted.connect(self.show_all)
        # They share their epochs: who moves one moves all.
        plot.taken.connect(self._on_taken)
        first = next(iter(self.sides.values())).plot
        if plot is not first:
            plot.share_epochs(first)
        # What is read off stands over the headings.
        self.reading.raise_()
        return side

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.switches.shorten(self.width())

    def _build_header(self) -> None:
        super()._build_header()
        self.latest = QPushButton("Back to the latest")
        self.latest.setObjectName("loss_latest")
        self.latest.setFont(caption_font())
        self.latest.setToolTip("Show the run as it is (Esc in the plot)")
        self.latest.clicked.connect(self._to_latest)
        self.latest.hide()
        self.header.row.insertWidget(2, self.latest)

    def _plot_of(self, quantity: str) -> CurvePlot:
        return self.sides[QUANTITIES[quantity].unit].plot

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.rows = RowsLater(self.session, self)
        self.rows.due.connect(self._on_history)
        self.session.training.progress.connect(self._on_progress)
        self.session.training.state_changed.connect(self._on_history)
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
        self.rows.drawn()
        run, live = self.session.run, self.session.snapshots.following
        if not self.others and not live and run is not None and not run.config.model.kind.gradient:
            self.show_empty(solved_words(self.session.history))
        elif not self.others and not len(self.session.history) and self.inside.points(self.session, False) is None:
            self.set_subtitle("")
            self.show_empty(why_empty(self.session) or self.empty_text)
        else:
            self.show_empty("")
            self._draw()

    @Slot()
    def _on_progress(self) -> None:
        """The training has come farther inside its epoch."""
        session = self.session
        if not session.snapshots.following or session.preparing or session.run is None or not self.seen:
            return
        now_s = time.monotonic()
        if now_s - self._drawn_s < REDRAW_S:
            return
        self._drawn_s = now_s
        if self.content.isVisible():
            self._show_sides(self.switches.log.isChecked())
            self._say()
        else:
            self._on_history()

    @Slot()
    def _on_compared(self) -> None:
        paths = self.session.selection.beside_open
        if paths:
            self.session.decoder.ask("loss:others", partial(others_of, paths), self._on_others)
        else:
            self._on_others([])

    def _on_others(self, others: list[Other]) -> None:
        if tuple(other.path for other in others) != self.session.selection.beside_open:
            return
        if not others and not self.others:
            return
        for (_, _, quantity), item in self.other_curves.items():
            self._plot_of(quantity).removeItem(item)
        self.other_curves = {}
        self.others = others
        if self.session.run is not None:
            self._on_history()

    # -- drawing ---------------------------------------------------------------------------------------------------

    @Slot()
    def _draw(self) -> None:
        if self.session is None or (self.session.run is None and not len(self.session.history)):
            return
        self._meet_terms()
        log = self.switches.log.isChecked()
        self._shown = {}
        total = any(self.switches.shows("loss", part) for part in PART_TITLES)
        kinds = kinds_of(self.session.run, self.others)
        for number, (history, model) in enumerate(self._histories()):
            curves = curves_of(history, smoothing=self.switches.weight, positive=log, model=model if total else None)
            for curve in curves:
                if fits(curve.unit, kinds, number) and self.switches.shows(curve.quantity, curve.part):
                    self._shown[number, curve.part, curve.quantity] = curve
        self.switches.name_weighted({curve.quantity for curve in self._shown.values() if curve.weighted})
        if self.rows.put_off():
            return
        for side in self.sides.values():
            side.plot.setLogMode(y=log)
        for number in range(len(self.others) + 1):
            for part, quantity in self.curves:
                self._put(number, part, quantity)
        self._show_sides(log)
        self._show_key()
        self._say()

    def _say(self) -> None:
        """How far the curves go, and where the training is inside its epoch."""
        count = len(self.session.history)
        runs = f"{len(self.others) + 1} runs · " if self.others else ""
        past = self.session.epochs.shown
        back = "" if past is None else f"epoch {past} of "
        epochs = f"{runs}{back}{count} {'epoch' if count == 1 else 'epochs'}" if count or runs else ""
        self.set_subtitle(" · ".join(filter(None, (epochs, self.inside.words(self.session)))))

    def _histories(self) -> list[tuple[History, ModelConfig | None]]:
        own = (self.session.history, None if self.session.run is None else self.session.run.config.model)
        return [own, *((other.history, other.model) for other in self.others)]

    def _meet_terms(self) -> None:
        """Have curves and switches for what the runs at hand have, and say how it adds up."""
        kinds = kinds_of(self.session.run, self.others)
        each = enumerate(self._histories())
        terms = {n for at, (one, _) in each for n in terms_of(one) if fits(QUANTITIES[n].unit, kinds, at)}
        for name in TERMS:
            if name in terms and ("train", name) not in self.curves:
                self._add(name)
        self.switches.offer(name for name in TERMS if name in terms)
        self.switches.show_several(bool(self.others))
        self.switches.explain_total(total_tip(self.session))

    def _item(self, number: int, part: Part, quantity: str) -> pg.PlotDataItem:
        """The curve on the screen; those of other runs are made when they first have something to show."""
        if number == 0:
            return self.curves[part, quantity]
        key = (number, part, quantity)
        if key not in self.other_curves:
            self.other_curves[key] = self.sides[QUANTITIES[quantity].unit].add_curve()
        return self.other_curves[key]

    def _put(self, number: int, part: Part, quantity: str) -> None:
        """Draw one curve of run `number` (0 is the open one), or hide it."""
        known = self._shown.get((number, part, quantity))
        curve = self._item(number, part, quantity)
        curve.setVisible(known is not None)
        if known is not None:
            draw_curve(curve, known, self.switches.pen(quantity, part, self._color(number, quantity)))

    def _color(self, number: int, quantity: str) -> QColor:
        """Of a run's curve: the open one's stay as they are, each other run has one colour."""
        return QColor(class_color(number + 1, dark=theme.dark)) if number else self.switches.color(quantity)

    def _show_sides(self, log: bool) -> None:
        inside = self.inside.points(self.session, log) if self.switches.shows("loss", "train") else None
        self.inside.draw(inside, self.switches.color("loss"))
        for unit, side in self.sides.items():
            curves = [curve for curve in self._shown.values() if curve.unit == unit]
            side.show_curves(curves, log, inside if unit == QUANTITIES["loss"].unit else None)

    def _show_key(self) -> None:
        """Which colour is which run, where there are several; else the switches are the key."""
        several, kinds = bool(self.others), kinds_of(self.session.run, self.others)
        if several and kinds is not None:
            colors = [self._color(at, "loss") for at in range(1, len(self.others) + 1)]
            self.key.setText(key_words(self.run.name, self.others, colors, kinds))
        self.key.setVisible(several)

    # -- reading values off ----------------------------------------------------------------------------------------

    @Slot(int)
    def _on_pointed(self, epoch: int) -> None:
        place = QRect()
        for side in self.sides.values():
            side.plot.point_at(epoch)
            if side.heading.isVisible():
                place |= QRect(side.heading.mapTo(self.content, QPoint()), side.heading.size())
        head, values = self._read(epoch) if epoch >= 0 else ("", [])
        self.reading.say(head, values, place)

    def _read(self, epoch: int) -> tuple[str, list[Value]]:
        """Values at an epoch, train / held-out, of each quantity; where there are several runs, of one for each run."""
        names = [
            (0, name, self.switches.short(name), self.switches.color(name).name()) for name in self.switches.quantities
        ]
        head = f"epoch {epoch}"
        if self.others:
            first = self.switches.first
            runs = enumerate([self.run.name, *(other.name for other in self.others)])
            names = [(number, first, run, self._color(number, first).name()) for number, run in runs]
            head = f"{self.switches.title(first)}, {head}"
        values = []
        for number, quantity, name, color in names:
            pair = [self._value(number, part, quantity, epoch) for part in PART_TITLES]
            known = [value for value in pair if value is not None]
            if known:
                text, brief = " / ".join(map(in_full, known)), "/".join(map(in_brief, known))
                values.append(Value(name, text, brief, color))
        return head, values

    def _value(self, number: int, part: Part, quantity: str, epoch: int) -> float | None:
        known = self._shown.get((number, part, quantity))
        if known is None:
            return None
        at = np.flatnonzero(known.epochs == epoch)
        return float(known.values[at[0]]) if len(at) else None

    @Slot()
    def show_all(self) -> None:
        """Frame the curves again after zooming."""
        for side in self.sides.values():
            side.plot.show_all()

    @Slot()
    def _on_taken(self) -> None:
        for side in self.sides.values():
            side.plot.leave_alone()

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
        for side in self.sides.values():
            side.plot.show_mark(back.shown)
            side.plot.setToolTip("Click an epoch to see the model as it was then" if back.kept else "")
        self.latest.setVisible(back.shown is not None)
        if self.session.run is not None and back.shown != self._past:
            self._past = back.shown
            self._draw()

    @Slot(int)
    @Slot(float)
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
        settings = self.switches.settings()
        if self.others:
            settings["runs"] = [str(other.path) for other in self.others]
        return as_changes(settings)

    def restore(self, kind: str, settings: tasks.Settings) -> bool:
        if kind != self.view_kind:
            return False
        given = Settings.model_validate(settings)
        self.switches.restore(given)
        self.session.compare([path for name in given.runs if is_folder(path := Path(name))])
        self._draw()
        return True
