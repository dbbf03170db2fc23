"""The magnification of the decoder under a latent grid: rims of the pictures, their scale, and what they mean."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QSignalBlocker, Signal, Slot
from PySide6.QtGui import QAction, QColor

from latentexplorer.gui.panes.latent_grid.plane_view import PlaneView
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.color_bar import viridis
from latentexplorer.gui.widgets.magnification_line import OTHER_NAMES, TEXT, MagnificationLine
from latentexplorer.gui.widgets.offer import KNOWN_AS
from latentexplorer.gui.widgets.resting_job import RestingJob
from latentexplorer.gui.workers import magnify_tasks
from latentexplorer.views.magnified import scale_of, times

if TYPE_CHECKING:
    from latentexplorer.gui.panes.base import Pane
    from latentexplorer.runs import Trained
    from latentexplorer.views.base import Array
    from latentexplorer.views.latent_grid import Result

SENTENCE = "Rims: how many times a small area grows among the images"
MEASURING = "Rims: how much the decoder stretches each place is being measured…"
STOPPED = "Measuring how much the decoder stretches was stopped; turn it off and on to measure it"
STILL = "The decoder stands still along this plane: small steps in it change no image"


class _Asked(NamedTuple):
    """Of which plane and model the magnification is."""

    run: Trained
    result: Result

    def same(self, other: _Asked) -> bool:
        """Whether the magnification of one is that of the other."""
        one, two = self.result, other.result
        alike = np.array_equal(one.codes, two.codes) and np.array_equal(one.basis, two.basis)
        return self.run is other.run and (one is two or (one.label == two.label and alike))


class Ground(QObject):
    """Measures how much the cells of a plane are stretched once that is wanted, and colours the rims of the pictures.

    What is measured stays as long as model, plane and class do.

    Signals
    -------
    wanted : (bool)
        A person turns it on or off.
    """

    wanted = Signal(bool)

    def __init__(self, pane: Pane, grid: PlaneView) -> None:
        super().__init__(pane)
        self._pane, self._grid = pane, grid
        self._on = False
        self._run: Trained | None = None
        self._result: Result | None = None
        self._known: tuple[_Asked, Array] | None = None
        self.action = QAction(TEXT, self)
        self.action.setObjectName("magnification_action")
        self.action.setCheckable(True)
        self.action.setProperty(KNOWN_AS, OTHER_NAMES)
        self.action.toggled.connect(self.wanted)
        pane.menu.addAction(self.action)
        self.line = MagnificationLine("magnification")
        pane.body.addWidget(self.line)
        self._job = RestingJob(pane, "Measuring the magnification", "view:magnification", _Asked.same, self)
        self._job.rested.connect(self._ask)
        self._job.ended.connect(self._draw)
        theme.changed.connect(self._draw)

    @property
    def values(self) -> Array | None:
        """log10 of the magnification of each cell that is shown, (R, S); None while it is not known."""
        known = self._known
        if self._result is None or known is None:
            return None
        return known[1] if _nearly(known[0].result, self._result) else None

    def show(self, on: bool, run: Trained | None, result: Result | None) -> None:
        """Another plane, another model, or the same; whether the magnification is wanted."""
        if on and not self._on:
            self._job.again()
        self._on, self._run, self._result = on, run, result
        with QSignalBlocker(self.action):
            self.action.setChecked(on)
        self._ask()
        self._draw()

    @Slot()
    def _ask(self) -> None:
        run, result = self._run, self._result
        if not self._on or run is None or result is None:
            self._job.leave()
            return
        work = partial(magnify_tasks.magnified, run, result.codes, result.basis, result.label)
        wanted = _Asked(run, result)
        self._job.ask(wanted, work, partial(self._on_measured, wanted))

    def _on_measured(self, asked: _Asked, values: Array) -> None:
        self._known = (asked, values)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        """Colour the rims, and say what their colours mean."""
        self.line.setVisible(self._on and self._result is not None)
        run, result, values = self._run, self._result, self.values
        known = self._known
        training = self._pane.session is not None and self._pane.session.training.active
        # While it trains the last colours stay until there are new ones: nothing blinks.
        fits = run is not None and result is not None and known is not None and known[0].same(_Asked(run, result))
        if not self._on or values is None or not (fits or training):
            self._grid.set_rims(None)
            self.line.say(STOPPED if self._job.stopped else MEASURING)
            return
        finite = np.isfinite(values)
        low, high = scale_of(values)
        colors = viridis()
        shades = (np.clip((np.nan_to_num(values) - low) / (high - low), 0, 1) * (len(colors) - 1)).astype(np.int64)
        still = theme.color("faint")
        pairs = zip(shades.ravel().tolist(), finite.ravel().tolist(), strict=True)
        self._grid.set_rims([QColor(colors[at]) if moves else still for at, moves in pairs])
        if finite.any():
            self.line.explain(SENTENCE, low, high, colors)
        else:
            self.line.say(STILL)

    def words(self, index: int) -> str:
        """For the tip of a cell; "" where that is not known, or not wanted."""
        values = self.values
        return "" if not self._on or values is None else f"stretched {times(float(values.flat[index]))}"


def _nearly(old: Result, new: Result) -> bool:
    """Whether two planes lie less than a cell apart."""
    if old.codes.shape != new.codes.shape or old.label != new.label:
        return False
    sides = ((old.x, new.x), (old.y, new.y))
    return all(float(np.abs(a - b).max()) < float(np.abs(np.diff(b)).max(initial=0)) for a, b in sides)
