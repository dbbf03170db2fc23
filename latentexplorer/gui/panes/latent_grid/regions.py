"""Decision regions under a latent grid: rims in the colours of the classes that the pictures are judged to be of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QSignalBlocker, Signal, Slot
from PySide6.QtGui import QColor

from latentexplorer.gui.panes.latent_grid.ground import Ground
from latentexplorer.gui.panes.latent_grid.options import PlanePanel
from latentexplorer.gui.panes.latent_grid.plane_view import PlaneView
from latentexplorer.gui.panes.latent_grid.rims import BorderedRims, Edges
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.regions import RegionsSwitch, judge_choice
from latentexplorer.gui.workers import region_tasks
from latentexplorer.views.judging import Regions, borders, shades

if TYPE_CHECKING:
    from latentexplorer.gui.panes.base import Pane
    from latentexplorer.runs import Trained
    from latentexplorer.views.latent_grid import Result, Settings


class Rims(QObject):
    """What the rims of a grid show: the magnification, decision regions, or nothing.

    Signals
    -------
    chosen : (dict)
        A person wants something else, as settings of the grid.
    """

    chosen = Signal(object)

    def __init__(self, pane: Pane, grid: PlaneView, panel: PlanePanel, ground: Ground) -> None:
        super().__init__(pane)
        self._grid, self._ground = grid, ground
        self._shown: tuple[Trained | None, Result | None] = (None, None)
        self.switch = RegionsSwitch(pane, pane, "grid")
        pane.body.addWidget(self.switch.line)
        panel.magnification_wanted.connect(ground.wanted)
        panel.regions_wanted.connect(self._on_regions)
        ground.wanted.connect(self._on_magnification)
        self.switch.switched.connect(self._on_regions)
        self.switch.changed.connect(self._follow)
        theme.changed.connect(self._draw)

    @Slot(bool)
    def _on_magnification(self, on: bool) -> None:
        # Rims have one colour.
        self.chosen.emit({"magnification": on} | ({"regions": False} if on else {}))

    @Slot(bool)
    def _on_regions(self, on: bool) -> None:
        self.chosen.emit({"regions": on} | ({"magnification": False} if on else {}))

    def show(self, choice: Settings, run: Trained | None, result: Result | None) -> None:
        """Another plane, another model, another choice, or the same."""
        self._ground.show(choice.magnification, run, result)
        if choice.regions and not self.switch.on:
            self.switch.again()
        with QSignalBlocker(self.switch.action):
            self.switch.action.setChecked(choice.regions)
        self._shown = run, result
        self._follow()

    @Slot()
    def _follow(self) -> None:
        run, result = self._shown
        if run is None or result is None:
            self.switch.follow(None)
        else:
            about = (run, result.codes.shape, result.codes.tobytes(), result.label)
            work = partial(region_tasks.of_plane, run, result.codes, result.label, judge_choice.file)
            self.switch.follow(about, work)
        self._draw()

    @property
    def regions(self) -> Regions | None:
        """What is said of each cell that is shown; None while it is not known."""
        found, result = self.switch.found, self._shown[1]
        if not isinstance(found, Regions) or result is None:
            return None
        return found if found.verdict.classes.shape == result.codes.shape[:2] else None

    @Slot()
    def _draw(self) -> None:
        found = self.regions
        if found is None:
            if self.switch.on:
                self._grid.set_rims(None)
            return
        colors = shades(found.verdict, found.strength, theme.tokens.card, dark=theme.dark)
        rims = [QColor(*color) for color in colors.reshape(-1, 3).tolist()]
        self._grid.set_rims(BorderedRims(rims, _edges(found)) if judge_choice.contours else rims)
        self.switch.line.say(
            f"Rims: the class of each decode, pale where unsure. Judged by {found.by}",
            tuple((at, found.class_names[at]) for at in found.present),
            f"Class of each decode · classifier {found.right}",
            f"Pale where unsure · classifier {found.brief}",
        )

    def words(self, index: int) -> str:
        """For the tip of a cell; "" where nothing is known, or wanted."""
        found = self.regions
        return self._ground.words(index) if found is None else found.words(index)


def _edges(found: Regions) -> Edges:
    """Neighbouring cells of different classes."""
    beside, below = borders(found.verdict.classes)
    columns = found.verdict.classes.shape[1]
    pairs = [(row * columns + at, row * columns + at + 1) for row, at in np.argwhere(beside).tolist()]
    return pairs + [(row * columns + at, (row + 1) * columns + at) for row, at in np.argwhere(below).tolist()]
