"""The honest map: true distances as colours, what not to read into the map, and how many neighbours it keeps.

Off until somebody wants it (Ctrl+H, or the pane's menu).
"""

from __future__ import annotations

import operator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QAction

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.map.cloud import Stamp
from latentexplorer.gui.panes.map.honest_line import HonestLine
from latentexplorer.gui.panes.map.layout import MapLayout
from latentexplorer.gui.panes.map.looks import MapLooks
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.color_bar import viridis
from latentexplorer.gui.widgets.offer import KNOWN_AS
from latentexplorer.gui.widgets.resting_job import RestingJob
from latentexplorer.gui.workers import honest_tasks
from latentexplorer.gui.workers.decoder import BACKGROUND
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.map_distances import DistanceShades, Shaded
from latentexplorer.views.map_preservation import FEW, caution, numbers

if TYPE_CHECKING:
    from latentexplorer.latent.preservation import Preservation
    from latentexplorer.views.map import Result

TEXT = "Honest map: true distances under the mouse"
OTHER_NAMES = (
    "trust this map",
    "distances",
    "neighbours",
    "neighbors",
    "can I trust the map",
    "distortion of the map",
    "t-SNE distortion",
    "UMAP distortion",
    "false neighbours",
    "neighbourhood preservation",
    "is the map reliable",
    "projection error",
)
LATER = "How many neighbours it keeps is counted when the points have found their places."
COUNTING = "Neighbours kept, trustworthiness and continuity are being counted, from the points of the map…"
"""As many lines as the numbers will have: the map does not move when they come."""


class HonestMap(QObject):
    """Colours points by how far they truly are from the one under the mouse, and says what the map is true to.

    The colours stay while the mouse is on the map: between two points it would only flicker.
    """

    def __init__(self, pane: Pane, plot: Scatter, looks: MapLooks, layouts: MapLayout) -> None:
        super().__init__(pane)
        self._plot, self._looks, self._layouts = plot, looks, layouts
        self._session = pane.session
        self.line = HonestLine()
        self.action = QAction(TEXT, self)
        self.action.setObjectName("map_honest_action")
        self.action.setCheckable(True)
        self.action.setProperty(KNOWN_AS, OTHER_NAMES)
        self.action.setShortcut("Ctrl+H")
        self.action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.action.toggled.connect(self._on_switched)
        pane.menu.addAction(self.action)
        pane.addAction(self.action)
        pane.body.insertWidget(pane.body.indexOf(looks.bar) + 1, self.line)
        self._shades = DistanceShades()
        self._row = -1
        self._shaded: Shaded | None = None
        self._codes: Array | None = None
        self._found: tuple[Array, Preservation | Refused] | None = None
        self._job = RestingJob(pane, "Counting kept neighbours", "view:map-preservation", operator.is_, self)
        self._job.rested.connect(self._tell)
        plot.viewport().installEventFilter(self)
        plot.hovered.connect(self._on_hovered)
        looks.changed.connect(self._on_looks)
        layouts.changed.connect(self._tell)
        self._session.training.state_changed.connect(self._on_training)

    @property
    def on(self) -> bool:
        """Whether distances are wanted."""
        return self.action.isChecked()

    @Slot(bool)
    def _on_switched(self, on: bool) -> None:
        # Room for the scale is kept, so that nothing moves under the mouse.
        policy = self._looks.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(on)
        self._looks.bar.setSizePolicy(policy)
        if not on:
            self._forget()
        self._tell()
        self._on_hovered(self._plot.hover)

    # -- true distances ---------------------------------------------------------------------------------------------

    @Slot(int)
    def _on_hovered(self, row: int) -> None:
        if row >= 0:
            self._row = row
            self._ask_distances()
        elif not self._plot.viewport().underMouse():
            self._forget()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._forget()
        return super().eventFilter(watched, event)

    def _ask_distances(self) -> None:
        result = self._looks.result
        if self.on and result is not None and self._row < len(result.index):
            codes = result.projection.codes
            question = partial(honest_tasks.shaded, self._shades, codes, self._row)
            self._session.decoder.ask("map:distances", question, partial(self._on_shaded, codes), BACKGROUND)

    def _on_shaded(self, codes: Array, shaded: Shaded) -> None:
        result = self._looks.result
        if not self.on or self._row < 0 or result is None:
            return
        if codes is result.projection.codes:
            first = self._shaded is None
            self._codes, self._shaded = codes, shaded
            self._paint(result, shaded, first)
        elif self._shaded is None and len(codes) == len(result.index):
            # Another map of these points came meanwhile: without colours to keep, nobody has asked it yet.
            self._ask_distances()

    def _paint(self, result: Result, shaded: Shaded, first: bool) -> None:
        """Draw the points in the colours of their distances; what is near stands out."""
        colors = viridis()
        colors = colors[::-1] if theme.dark else colors
        if first:
            self._plot.cloud.known = None
            self._plot.cloud.set_looks(shaded.shades, [Stamp(color) for color in colors])
        else:
            self._plot.cloud.looks = shaded.shades
        title = f"distance to image {int(result.index[shaded.row]):,}, in units of z"
        self._looks.bar.set_scale(title, shaded.low, shaded.high, colors)
        self._looks.legend.set_colored(False)
        self._plot.redraw()

    def _forget(self) -> None:
        """The points look as they did."""
        self._row = -1
        if self._shaded is not None:
            self._shaded = None
            self._looks.legend.set_colored(True)
            if self._looks.result is not None:
                self._looks.show(self._looks.result)

    @Slot()
    def _on_looks(self) -> None:
        """Another map, or other colours: those of the distances stay, and are worked out anew for other codes."""
        result = self._looks.result
        if self._shaded is not None and (result is None or len(self._shaded.shades) != len(result.index)):
            self._row, self._shaded = -1, None
            self._looks.legend.set_colored(True)
        if self._shaded is not None and result is not None:
            self._paint(result, self._shaded, first=True)
            if result.projection.codes is not self._codes:
                self._ask_distances()
        self._tell()

    # -- what it is true to -----------------------------------------------------------------------------------------

    @Slot(str)
    def _on_training(self, state: str) -> None:
        if not self._session.training.active:
            # While it trained few points were looked at.
            self._found = None
            self._tell()

    @Slot()
    def _tell(self) -> None:
        """Say what not to read into the map, and how many neighbours it keeps."""
        result = self._looks.result
        if result is None or not (self.on or result.preservation is not None):
            self._job.leave()
            self.line.hide()
            return
        self.line.say(caution(result), self._numbers(result))

    def _numbers(self, result: Result) -> str:
        if self._layouts.running or not result.settled:
            return LATER
        coords = result.projection.coords
        found = result.preservation
        if found is not None:
            self._job.leave()
            self._found = (coords, found)
            return _sentence(found)
        known = self._found
        if known is None or known[0] is not coords:
            self._ask_numbers(result)
        # While it trains the last numbers stay until there are new ones.
        if known is not None and (known[0] is coords or self._session.training.active):
            return _sentence(known[1])
        return COUNTING

    def _ask_numbers(self, result: Result) -> None:
        coords = result.projection.coords
        if not self._job.running:
            self._job.again()
        work = partial(honest_tasks.preservation, result, FEW if self._session.training.active else None)
        self._job.ask(coords, work, partial(self._on_numbers, coords))

    def _on_numbers(self, coords: Array, found: Preservation | Refused) -> None:
        self._found = (coords, found)
        self._tell()


def _sentence(found: Preservation | Refused) -> str:
    if isinstance(found, Refused):
        return f"{found.what}."
    return f"{numbers(found)}."
