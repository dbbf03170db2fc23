"""Decision regions under the map: asked for once somebody wants them, and told in a line below."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.map.controls import MapControls
from latentexplorer.gui.panes.map.looks import MapLooks
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.session.undo import Chosen
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.regions import RegionsSwitch, judge_choice
from latentexplorer.gui.workers import region_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views import map_regions
from latentexplorer.views.base import Refused
from latentexplorer.views.map_regions import Extent, extent_of

if TYPE_CHECKING:
    from latentexplorer.views.map import Result

CELLS = 64
"""Places across the points."""
STEP = 1.07
"""A plot whose width by height has changed by more than this sees beyond the regions."""
SETTLE_MS = 300
"""A plot that is being resized, or moved, is judged for when that is over."""
BEYOND = 0.25
"""Of what is seen of a moved map so much more is judged at each side: not every move is to be followed."""
CLOSER = 2.5
"""Where so many times as much is judged as is seen, its places are too coarse."""
GROUND = "Ground: the class that each place decodes to, pale where unsure"
SETTINGS = ("method", "dims", "part", "limit", "seed", "perplexity", "steps")


class MapRegions(QObject):
    """Tints the plane of the map by the class that each place decodes to, where a place means a code."""

    def __init__(self, pane: Pane, plot: Scatter, looks: MapLooks, controls: MapControls, other: QAction) -> None:
        super().__init__(pane)
        self._pane, self._plot, self._looks, self._controls = pane, plot, looks, controls
        self.switch = RegionsSwitch(pane, pane, "map")
        pane.body.insertWidget(pane.body.indexOf(looks.bar) + 1, self.switch.line)
        # One thing at a time stands below the points: regions, or the magnification (`other`).
        self._other = other
        self._shape = 1.0
        """Width by height of the part that is judged."""
        self._window: Extent | None = None
        """What is judged of a map that was moved or zoomed into; None: all of it."""
        self._drawn: tuple[object, ...] = ()
        """Of what the regions are that are drawn, whatever their shape."""
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.setInterval(SETTLE_MS)
        self._resized.timeout.connect(self._follow)
        plot.box.sigResized.connect(self._on_resized)
        self._moved = QTimer(self)
        self._moved.setSingleShot(True)
        self._moved.setInterval(SETTLE_MS)
        self._moved.timeout.connect(self._look)
        plot.box.sigRangeChanged.connect(self._on_moved)
        self._ground = Chosen(self._read_ground, self._put_ground)
        for action in (other, self.switch.action):
            action.triggered.connect(self._on_person)
        other.toggled.connect(self._on_other)
        self.switch.switched.connect(self._on_switched)
        self.switch.switched.connect(self._follow)
        self.switch.changed.connect(self._follow)
        looks.changed.connect(self._follow)
        pane.session.current.changed.connect(self._on_code)
        theme.changed.connect(self._follow)

    @Slot(bool)
    def _on_switched(self, on: bool) -> None:
        if on:
            self._other.setChecked(False)

    @Slot(bool)
    def _on_other(self, on: bool) -> None:
        if on:
            self.switch.action.setChecked(False)

    def _read_ground(self) -> tuple[bool, bool]:
        """Whether the magnification is shown, and whether regions are."""
        return self._other.isChecked(), self.switch.on

    def _put_ground(self, shown: tuple[bool, bool]) -> None:
        # Off before on: one thing at a time.
        for action, on in sorted(zip((self._other, self.switch.action), shown, strict=True), key=lambda each: each[1]):
            action.setChecked(on)

    @Slot()
    def _on_person(self) -> None:
        self._pane.by_person.emit(self._ground.change("choosing the map's ground"))

    @property
    def found(self) -> map_regions.MapRegions | None:
        """What is said of the map that is shown; None while it is not known."""
        found = self.switch.found
        return found if isinstance(found, map_regions.MapRegions) else None

    @property
    def _label(self) -> int | None:
        """The class a conditional model is told."""
        current = self._pane.session.current
        return current.class_for(current.code.y if current.code is not None else None)

    @property
    def settings(self) -> Settings:
        """Of the figure that shows the map with its regions."""
        made, label = self._looks.result, self._label
        chosen = self._controls.settings() | (made.tsne_settings if made is not None else {})
        settings = {"under": "map", "n": CELLS, "shape": self._shape, "contours": judge_choice.contours} | {
            key: chosen[key] for key in SETTINGS if key in chosen
        }
        if label is not None:
            settings["label"] = self._pane.session.shown.class_names[label]
        return settings | ({"classifier": judge_choice.file} if judge_choice.file else {})

    def restore(self, kind: str, settings: Settings) -> None:
        """As a figure that is brought back has it."""
        if kind == "decision-regions":
            judge_choice.choose(settings.get("classifier", ""))
            judge_choice.draw_contours(settings.get("contours", True))
        self.switch.action.setChecked(kind == "decision-regions")
        self._other.setChecked(bool(settings.get("magnification", False)))
        self._ground.note()

    @Slot()
    def _on_code(self) -> None:
        if self.switch.on and self._pane.session.current.conditional:
            self._follow()

    @Slot()
    def _on_resized(self) -> None:
        if self.switch.on:
            self._resized.start()

    @Slot()
    def _on_moved(self) -> None:
        if self.switch.on:
            self._moved.start()

    @Slot()
    def _look(self) -> None:
        """Judge what is seen where that is another part of the map."""
        made = self._looks.result
        if self.switch.on and made is not None and self._window_of(made) != self._window:
            self._follow()

    def _window_of(self, made: Result) -> Extent | None:
        """What is judged of a map that somebody has moved, or zoomed into: what was, as long as that shows enough."""
        rect, before = self._plot.box.viewRect(), self._window
        seen = (rect.left(), rect.right(), rect.top(), rect.bottom())
        if self._plot.following_range or _shows(extent_of(made.projection.coords, self._shape_now), seen):
            return None
        if before is not None and _shows(before, seen):
            return before
        wide, high = BEYOND * rect.width(), BEYOND * rect.height()
        return seen[0] - wide, seen[1] + wide, seen[2] - high, seen[3] + high

    @property
    def _shape_now(self) -> float:
        """Width by height of the plot, in steps: a pixel more is no reason to judge anew."""
        area = self._plot.box.sceneBoundingRect()
        steps = round(math.log(max(area.width(), 1.0) / max(area.height(), 1.0)) / math.log(STEP))
        return round(min(max(STEP**steps, 0.1), 10.0), 3)

    @Slot()
    def _follow(self) -> None:
        """Ask for what is not known, show what is."""
        made, run = self._looks.result, self._pane.session.run
        if made is None or run is None or not made.settled:
            self.switch.follow(None)
        else:
            if self.switch.on and not self._resized.isActive():
                # The plot gives the line its room before it is judged what is seen in it.
                self.switch.line.show()
                self._pane.body.activate()
                self._shape = self._shape_now
                self._window = self._window_of(made)
            about = (run, made.projection, self._label, str(self._shape), self._window)
            asked = (CELLS, self._shape, self._window, self._label, judge_choice.file)
            known = _alike((*about[:3], judge_choice.file), self._drawn)
            self.switch.follow(about, partial(region_tasks.of_map, run, made, *asked), quiet=known)
        found = self.found
        # Where they are refused the map is what is seen.
        drawn = self.switch.on and not isinstance(self.switch.found, Refused)
        self._pane.view_kind = "decision-regions" if drawn else "map"
        # Those of a plot of another shape stay until there are new ones.
        drawn_of = (run, made and made.projection, self._label, judge_choice.file) if self.switch.on else ()
        stays = found is None and _alike(drawn_of, self._drawn) and not isinstance(self.switch.found, Refused)
        if found is not None or (self._plot.regions.shown and not stays):
            self._drawn = drawn_of
            self._plot.regions.show(found)
            self._plot.redraw()
        if found is not None:
            names = found.regions.class_names
            told = (
                "" if self._label is None else f" Decoded as class {self._pane.session.shown.class_names[self._label]}."
            )
            self.switch.line.say(
                f"{'. '.join((GROUND, *found.notes))}.{told} Judged by {found.regions.by}",
                tuple((at, names[at]) for at in found.regions.present),
                f"{found.brief} · classifier {found.regions.right}",
                f"{found.brief} · classifier {found.regions.brief}",
            )


def _shows(judged: Extent, seen: Extent) -> bool:
    """Whether what is seen lies in what is judged, and is no small part of it."""
    inside = judged[0] <= seen[0] and judged[1] >= seen[1] and judged[2] <= seen[2] and judged[3] >= seen[3]
    return inside and judged[1] - judged[0] <= CLOSER * (seen[1] - seen[0])


def _alike(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether regions are of the same run, map, class and judge."""
    same = len(one) == len(other) > 0 and all(a is b for a, b in zip(one[:2], other[:2], strict=True))
    return same and one[2:] == other[2:]
