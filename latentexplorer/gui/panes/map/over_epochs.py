"""While earlier epochs are looked at, a map keeps one range that holds them all: what moves has moved."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot

from latentexplorer.gui.panes.map.controls import MapControls
from latentexplorer.gui.panes.map.options import SLOW
from latentexplorer.gui.panes.map.recolor import but_later
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.decoder import BACKGROUND
from latentexplorer.views.base import Refused

STAYS = "The map stays as it was laid out at the end."


class OverEpochs(QObject):
    """Holds the range of a map from the first look back until the end is shown again. A person's own range stays."""

    def __init__(self, plot: Scatter, controls: MapControls, session: Session) -> None:
        super().__init__(plot)
        self._plot, self._controls, self._session = plot, controls, session
        self._held = self._told = False
        session.epochs.changed.connect(self._on_changed)

    @Slot()
    def _on_changed(self) -> None:
        epochs = self._session.epochs
        slow = self._controls.method in SLOW
        if epochs.shown is None:
            self._told = False
            if self._held:
                self._held = False
                self._plot.fit()
        elif slow and not self._told:
            self._told = True
            self._session.message.emit("info", f"{STAYS} Choose PCA to see its points move")
        elif not slow and self._plot.following_range and epochs.latest is not None:
            question = partial(map_tasks.area_over_epochs, epochs.latest, but_later(self._controls.settings()))
            self._session.decoder.ask_in_steps("map:epochs", question, self._on_area, BACKGROUND)  # type: ignore[misc]

    def _on_area(self, area: tuple[float, float, float, float] | Refused) -> None:
        if isinstance(area, Refused) or self._session.epochs.shown is None or not self._plot.following_range:
            return
        left, right, bottom, top = area
        self._held, self._plot.following_range = True, False
        self._plot.box.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)
