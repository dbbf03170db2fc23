"""While earlier epochs are looked at, a map keeps one range that holds them all: what moves has moved.

Maps that are laid out in seconds stay as they are, and say so, until codes of all kept epochs are laid out together.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.map.controls import MapControls
from latentexplorer.gui.panes.map.layout import MapLayout
from latentexplorer.gui.panes.map.looks import MapLooks
from latentexplorer.gui.panes.map.options import SLOW, TSNE
from latentexplorer.gui.panes.map.recolor import but_later
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.decoder import BACKGROUND
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from latentexplorer.views.map import Result

CHOSEN = ("part", "perplexity", "steps", "limit", "seed", "dims")
"""Settings of a figure of the time machine that are chosen below the map."""


class OverEpochs(QObject):
    """Holds the range of a map from the first look back until the end is shown again. A person's own range stays.

    Signals
    -------
    arrived : (views.map.Result)
        Of maps that were laid out together, that of the epoch that is looked at.
    """

    arrived = Signal(object)

    def __init__(self, pane: Pane, plot: Scatter, looks: MapLooks, controls: MapControls, layouts: MapLayout) -> None:
        super().__init__(pane)
        session, self._pane, self._plot = pane.session, pane, plot
        self._looks, self._controls, self._layouts, self._session = looks, controls, layouts, session
        self._held = False
        self._maps: dict[int, Result] = {}
        self._asked: Settings = {}
        session.epochs.changed.connect(self._on_changed)
        session.run_changed.connect(self.forget)
        controls.epochs_asked.connect(self._on_asked)
        controls.resume_asked.connect(self._on_resume)
        for signal in (controls.layout_asked, controls.again_asked, controls.opening_asked, controls.given):
            signal.connect(self.forget)
        layouts.epochs_arrived.connect(self._on_maps)
        looks.changed.connect(self._name_figure)
        looks.changed.connect(self._say_whose)

    @Slot()
    def _say_whose(self) -> None:
        """In the head: points that stayed where another epoch has put them are not said to be of this one."""
        epochs, result = self._session.epochs, self._looks.result
        if epochs.shown is not None and result is not None:
            stayed = result.epoch != epochs.shown
            self._pane.veil.set_past(f"points of epoch {result.epoch}" if stayed else epochs.words)

    @Slot()
    def forget(self) -> None:
        """Another map is wanted, or another run is open."""
        self._maps = {}
        self._name_figure()

    @Slot()
    def _on_asked(self) -> None:
        self._ask({})

    def _ask(self, how_far: Settings) -> None:
        latest = self._session.epochs.latest
        if latest is not None:
            self.forget()
            self._asked = self._controls.settings()
            self._layouts.lay_out_epochs(latest, but_later(self._asked) | how_far)

    @property
    def shown(self) -> bool:
        """Whether maps that were laid out together are what is shown."""
        return bool(self._maps)

    @Slot()
    def _on_resume(self) -> None:
        """Go on with maps that were left half-way."""
        latest = self._session.epochs.latest
        if self.shown and latest is not None:
            asked = next(iter(self._maps.values())).projection.steps
            steps = max(self._controls.options.value("steps"), asked)
            self._layouts.resume_epochs(latest, map_tasks.MapsOfEpochs(self._maps), steps)

    def restore(self, settings: Settings) -> bool:
        """As a figure of the time machine has it."""
        chosen = {key: settings[key] for key in CHOSEN if key in settings}
        method = settings.get("method", "auto")
        usual = "dims" if self._session.shown.code_dim <= 2 else "pca"
        self._controls.restore(chosen | {"method": usual if method == "auto" else method})
        if method in SLOW:
            how_far = {key: settings[key] for key in ("early", "stopped") if settings.get(key) is not None}
            self._ask(how_far if method == TSNE else {})
        else:
            self._controls.layout_asked.emit()
        return True

    @Slot(object)
    def _on_maps(self, found: map_tasks.MapsOfEpochs) -> None:
        self._maps = found.by_epoch
        # Before its points arrive: they are not to be seen over a range that is theirs alone.
        self._plot.following_range = True
        self._show()

    def _show(self) -> None:
        """Of the epochs that were laid out, the nearest."""
        epochs = self._session.epochs
        at = epochs.shown if epochs.shown is not None else max(self._maps)
        result = self._maps[min(self._maps, key=lambda epoch: abs(epoch - at))]
        self.arrived.emit(result)
        if self._plot.following_range or self._held:
            self._on_area(result.area)

    @Slot()
    def _name_figure(self) -> None:
        """What is exported: of maps that are one map only all of them say what moves."""
        if self._pane.view_kind in ("map", "time-machine"):
            self._pane.view_kind = "time-machine" if self._maps else "map"

    @property
    def settings(self) -> Settings:
        """Of the figure that shows the maps of all epochs, as far as they have come; {} where they are not shown."""
        return self.laid_out() | {"frames": len(self._maps), "n": 0, "count": 0} if self._maps else {}

    def laid_out(self) -> Settings:
        """How the maps of all epochs were laid out, as settings of a figure; {} where they are not shown."""
        if not self._maps:
            return {}
        from latentexplorer.views.map_epochs import MOST_TOGETHER, laid_out_with

        wanted: Settings = {
            key: self._asked[key] for key in ("method", "part", "perplexity", "seed") if key in self._asked
        }
        wanted |= laid_out_with(next(iter(self._maps.values())))
        if self._asked.get("limit", MOST_TOGETHER) * len(self._maps) < MOST_TOGETHER:
            wanted["limit"] = self._asked["limit"]
        return wanted

    @Slot()
    def _on_changed(self) -> None:
        epochs = self._session.epochs
        self._say_whose()
        if self._maps:
            self._show()
        elif epochs.shown is None:
            if self._held:
                self._held = False
                self._plot.fit()
        elif self._controls.method not in SLOW and self._plot.following_range and epochs.latest is not None:
            question = partial(map_tasks.area_over_epochs, epochs.latest, but_later(self._controls.settings()))
            self._session.decoder.ask_in_steps("map:epochs", question, self._on_area, BACKGROUND)  # type: ignore[misc]

    def _on_area(self, area: tuple[float, float, float, float] | Refused | None) -> None:
        away = self._session.epochs.shown is None and not self._maps
        if area is None or isinstance(area, Refused) or away or not (self._plot.following_range or self._held):
            return
        left, right, bottom, top = area
        self._held, self._plot.following_range = True, False
        self._plot.box.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)
