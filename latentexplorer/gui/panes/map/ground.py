"""The magnification of the decoder under the map: measured once somebody wants it, and told in a line below."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.map.ground_picture import shades
from latentexplorer.gui.panes.map.looks import MapLooks
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.magnification_line import OTHER_NAMES, TEXT, MagnificationLine
from latentexplorer.gui.widgets.offer import KNOWN_AS
from latentexplorer.gui.widgets.resting_job import RestingJob
from latentexplorer.gui.workers import magnify_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused
from latentexplorer.views.magnified import scale_of
from latentexplorer.views.map_ground import CELLS, FEW, extent_of, refusal

if TYPE_CHECKING:
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained
    from latentexplorer.views.map import Result
    from latentexplorer.views.map_ground import Ground

MEASURING = "Ground: how much the decoder stretches each place is being measured…"
STOPPED = "Measuring how much the decoder stretches was stopped; turn it off and on to measure it"
SHAPE = 1.15
"""A plot whose width by height has changed by more than this sees beyond the ground."""
SETTLE_MS = 300
"""A plot that is being resized is measured for when that is over."""


class _Asked(NamedTuple):
    """Of which map and model, decoded as which class, the ground is; in how many places, for a plot of which shape."""

    run: Trained
    projection: Projection
    y: int | None
    cells: int
    ratio: float

    def shows(self, other: _Asked) -> bool:
        """Whether two grounds are one, as far as both go."""
        return self.run is other.run and self.projection is other.projection and self.y == other.y

    def same(self, other: _Asked) -> bool:
        """Whether one covers as much as the other, as finely."""
        return self.shows(other) and self.cells == other.cells and SHAPE > self.ratio / other.ratio > 1 / SHAPE


class MapGround(QObject):
    """Shades the ground of the map, where a place of it decodes exactly; else says why not."""

    def __init__(self, pane: Pane, plot: Scatter, looks: MapLooks) -> None:
        super().__init__(pane)
        self._plot, self._looks = plot, looks
        self._session = pane.session
        self._known: tuple[_Asked, Ground | Refused] | None = None
        self._drawn: tuple[Ground | None, bool] = (None, False)
        self.action = QAction(TEXT, self)
        self.action.setObjectName("map_ground_action")
        self.action.setCheckable(True)
        self.action.setProperty(KNOWN_AS, OTHER_NAMES)
        self.action.toggled.connect(self._on_switched)
        pane.menu.addAction(self.action)
        self.line = MagnificationLine("map_ground")
        pane.body.insertWidget(pane.body.indexOf(looks.bar) + 1, self.line)
        self._job = RestingJob(pane, "Measuring the magnification of the map", "view:map-ground", _Asked.same, self)
        self._job.rested.connect(self._tell)
        self._job.ended.connect(self._tell)
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.setInterval(SETTLE_MS)
        self._resized.timeout.connect(self._tell)
        plot.box.sigResized.connect(self._on_resized)
        looks.changed.connect(self._tell)
        pane.seen_changed.connect(self._tell)
        self._session.current.changed.connect(self._on_code)
        self._session.training.state_changed.connect(self._tell)
        theme.changed.connect(self._tell)

    @property
    def settings(self) -> Settings:
        """What a figure of the map has of it."""
        result = self._looks.result
        if not self.action.isChecked() or result is None or refusal(result.method):
            return {}
        y = self._class
        return {"magnification": True} | ({} if y is None else {"label": self._session.shown.class_names[y]})

    @property
    def _class(self) -> int | None:
        current = self._session.current
        return current.class_for(current.code.y if current.code is not None else None)

    @Slot()
    def _on_switched(self) -> None:
        self._job.again()
        self._tell()

    @Slot()
    def _on_code(self) -> None:
        if self.action.isChecked() and self._session.current.conditional:
            self._tell()

    @Slot()
    def _on_resized(self) -> None:
        if self.action.isChecked():
            self._resized.start()

    # -- measuring ------------------------------------------------------------------------------------------------

    def _wanted(self) -> _Asked | None:
        """What is to be measured; None where nothing is."""
        result, run = self._looks.result, self._session.run
        if not self.action.isChecked() or result is None or run is None or refusal(result.method):
            return None
        area, cells = self._plot.box.sceneBoundingRect(), FEW if self._session.training.active else CELLS
        return _Asked(run, result.projection, self._class, cells, max(area.width(), 1.0) / max(area.height(), 1.0))

    def _ask(self, wanted: _Asked, result: Result) -> None:
        extent = extent_of(result.coords, wanted.ratio)
        work = partial(magnify_tasks.ground, wanted.run, wanted.projection, wanted.y, extent, wanted.cells)
        self._job.ask(wanted, work, partial(self._on_measured, wanted))

    def _on_measured(self, asked: _Asked, found: Ground | Refused) -> None:
        self._known = (asked, found)
        self._tell()

    # -- saying ---------------------------------------------------------------------------------------------------

    @Slot()
    def _tell(self) -> None:
        """Shade the ground with what is known, ask for what is not, and say what it means."""
        result, wanted, known = self._looks.result, self._wanted(), self._known
        self.line.setVisible(self.action.isChecked() and result is not None)
        if result is None or wanted is None:
            self._job.leave()
            self._show(None)
            self.line.say("" if result is None else refusal(result.method))
            return
        self._ask(wanted, result)
        # While it trains the last one stays until there is a new one: nothing blinks.
        fits = known is not None and (wanted.shows(known[0]) or self._session.training.active)
        if known is None or not fits:
            self._show(None)
            self.line.say(STOPPED if self._job.stopped else MEASURING)
        elif isinstance(known[1], Refused):
            self._show(None)
            self.line.say(known[1].text)
        else:
            self._show(known[1])
            self.line.explain(known[1].sentence, *scale_of(known[1].values), shades())

    def _show(self, ground: Ground | None) -> None:
        before, dark = self._drawn
        self._drawn = ground, theme.dark
        if ground is not before or (ground is not None and theme.dark != dark):
            self._plot.ground.show(ground)
            self._plot.redraw()
