"""How an empty place of the map gets its code: a choice in the map's sheet, and a line that says how wrong that is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QWidget

from latentexplorer.core.events import Notice, Progress
from latentexplorer.gui.panes.map.controls import MapControls
from latentexplorer.gui.session.undo import Chosen
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.widgets.stage_bar import Bar
from latentexplorer.gui.workers import inverse_tasks
from latentexplorer.views.base import Refused
from latentexplorer.views.inverse_words import WAY_NAMES, overall_words, place_sentence, place_words, rmse_text

if TYPE_CHECKING:
    from latentexplorer.gui.panes.base import Pane
    from latentexplorer.gui.panes.map.looks import MapLooks
    from latentexplorer.gui.panes.map.options import MapOptions
    from latentexplorer.gui.workers.job import Failure, Job
    from latentexplorer.latent.inverse_maps import InverseMap, Way
    from latentexplorer.latent.projection import Projection
    from latentexplorer.views.code import Code
    from latentexplorer.views.map import Result

KEY = "view:map-inverse"
OTHER_NAMES = (
    "inverse projection",
    "invert projection",
    "inverse t-SNE",
    "inverse UMAP",
    "interpolate between points",
    "decode map point",
    "decode a place of the map",
    "inverse map",
    "click in the map",
)
STOPPED = "measuring was stopped"
STOP, AGAIN = "Stop", "Measure"
BAR_PX = 80
USUAL = ""
"""As the map does it by itself: exact where it can be, else weighted neighbours; not measured."""
EXPLAINED = (
    "What a click between the points decodes. A chosen way is measured in the background by hiding codes; "
    "the line under the map says how wrong it is"
)


class WayBack(QObject):
    """Offers the ways, has them measured once one is chosen, and answers for empty places in the way that is chosen.

    Attributes
    ----------
    way : str
        "" for the usual one.
    inverse : InverseMap or None
        The ways back from the map that is shown, once they are measured.

    Signals
    -------
    by_person : (Change)
    """

    by_person = Signal(object)

    def __init__(self, pane: Pane, controls: MapControls, looks: MapLooks) -> None:
        super().__init__(pane)
        self._session, self._looks = pane.session, looks
        self.inverse: InverseMap | None = None
        self._result: Result | None = None
        self._placed: tuple[Code, tuple[float, float]] | None = None
        self._job: Job | None = None
        self._why_not, self._doing = "", ""
        self.choice = Choice("map_way", "Code of an empty place")
        self.choice.addItem("Usual way, not measured", USUAL)
        for way, name in WAY_NAMES.items():
            self.choice.addItem(name, way)
        self.line = ElidedLabel()
        self.line.setObjectName("map_way_line")
        self.line.setFont(caption_font())
        self.line.setProperty("role", "muted")
        self.bar, self.button = Bar("map_way_progress", "Progress of measuring the way"), QPushButton()
        self.bar.setFixedWidth(BAR_PX)
        self.button.setObjectName("map_way_button")
        self.button.clicked.connect(self._on_button)
        self.row = QWidget()
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.line, 1)
        row.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.button)
        self.row.hide()
        pane.body.insertWidget(pane.body.indexOf(controls.status), self.row)
        self._add_to(controls.options)
        self._chosen = Chosen(self._read, self._put)
        self.choice.activated.connect(self._on_chosen)
        self.by_person.connect(pane.by_person)
        looks.changed.connect(self._on_looks)
        self._session.current.changed.connect(self._on_code)
        self._session.training.state_changed.connect(self._on_training)

    def _add_to(self, options: MapOptions) -> None:
        grid = options.layout()
        assert isinstance(grid, QGridLayout)
        label, why, link = Label("Empty places"), caption(EXPLAINED), GuideLink("map-click")
        link.clicked.connect(options.close)
        why.setWordWrap(True)
        why.setFixedWidth(280)
        label.setBuddy(self.choice)
        row = grid.rowCount()
        grid.setRowMinimumHeight(row, SPACE)
        grid.addWidget(label, row + 1, 0)
        grid.addWidget(link, row + 1, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.choice, row + 2, 0, 1, 2)
        grid.addWidget(why, row + 3, 0, 1, 2)

    def offers(self) -> list[Offer]:
        """Each way, as the command palette offers it."""
        return [replace(offer, known_as=OTHER_NAMES) for offer in self.choice.offers()]

    @property
    def way(self) -> str:
        """The way that is chosen."""
        return str(self.choice.currentData())

    @Slot()
    def _on_looks(self) -> None:
        """Another map, or none; the same one in other colours changes nothing."""
        before, result = self._result, self._looks.result
        self._result = result
        if before is None or result is None or before.projection is not result.projection:
            self._forget()
        self._offer()
        self._ask()
        self._say()

    def of(self, result: Result) -> Projection:
        """What is asked for the code of an empty place of a map."""
        if self.way == USUAL:
            return result.projection
        from latentexplorer.views.way_back import ChosenWay

        mine = self._result is not None and self._result.projection is result.projection
        return ChosenWay(result.projection, self._as_way, self.inverse if mine else None)

    @property
    def _as_way(self) -> Way:
        for way in ("exact", "nearest", "network"):
            if self.way == way:
                return way
        return "neighbours"

    def _forget(self) -> None:
        """What was measured, or is being, is of another map."""
        self.inverse, self._placed, self._why_not = None, None, ""
        if self._job is not None:
            job, self._job = self._job, None
            self._session.jobs.leave(job)

    # -- measuring ------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Measure, once somebody has chosen a way: in the background, and not while a run trains."""
        result = self._result
        if self.way == USUAL or result is None or not result.projection.finished:
            return
        if self.inverse is not None or self._job is not None or self._why_not:
            return
        if self._session.training.active or self._session.shown is None:
            return
        work = partial(inverse_tasks.measure, self._session.shown, result)
        job = self._session.submit("Measuring what empty places of the map decode to", work, KEY)
        if job.done:
            return
        self._job, self._doing = job, ""
        self.bar.setRange(0, 0)
        job.reported.connect(self._on_reported)
        job.succeeded.connect(self._on_measured)
        job.stopped.connect(self._on_stopped)
        job.failed.connect(self._on_stopped)

    @Slot(object)
    def _on_reported(self, event: object) -> None:
        if isinstance(event, Notice):
            self._session.message.emit(event.level, event.text)
        elif isinstance(event, Progress):
            self._doing = event.text
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)
            self._say()

    @Slot()
    def _on_button(self) -> None:
        """Stop measuring, or measure after all."""
        if self._job is not None:
            self._session.jobs.cancel(self._job)
        else:
            self._go_on()

    @Slot(object)
    def _on_measured(self, found: InverseMap | Refused) -> None:
        self._job = None
        if isinstance(found, Refused):
            self._why_not = found.what
        else:
            self.inverse = found
        self._offer()
        self._say()

    @Slot()
    @Slot(object)
    def _on_stopped(self, _failure: Failure | None = None) -> None:
        self._job, self._why_not = None, STOPPED
        self._say()

    @Slot(str)
    def _on_training(self, _state: str) -> None:
        self._ask()
        self._say()

    # -- choosing -------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        if self._why_not == STOPPED:
            self._why_not = ""
        self._ask()
        self._say()

    @Slot()
    def _on_chosen(self) -> None:
        self._go_on()
        self.by_person.emit(self._chosen.change("choosing what empty places decode to"))

    def _read(self) -> str:
        return self.way

    def _put(self, way: str) -> None:
        self.choice.setCurrentIndex(max(self.choice.findData(way), 0))
        self._ask()
        self._say()

    def _offer(self) -> None:
        """Say beside each way how wrong it is; an exact one is offered where the map has one."""
        exact = self._result is None or self._result.projection.method in ("pca", "dims")
        if not exact and self.way == "exact":
            self._put("neighbours")
            self._chosen.note()
        for row in range(1, self.choice.count()):
            way = str(self.choice.itemData(row))
            off = next((error for of, error in self._errors() if of == way), None)
            self.choice.setItemText(row, WAY_NAMES[way] + ("" if off is None else f" · pixel error {rmse_text(off)}"))
        model = self.choice.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(self.choice.findData("exact"))
        item.setEnabled(exact)
        item.setToolTip("" if exact else "t-SNE and UMAP have no exact inverse")

    def _errors(self) -> list[tuple[str, float]]:
        inverse = self.inverse
        return [] if inverse is None else [(way, inverse.overall(way)[1]) for way in inverse.errors]

    # -- saying ---------------------------------------------------------------------------------------------------

    @Slot(object, object, bool)
    def on_found(self, code: Code, place: tuple[float, float], _passing: bool) -> None:
        """A code has been inferred at a place of the map."""
        self._placed = code, place

    @Slot(object)
    def _on_code(self, code: Code) -> None:
        if self._placed is not None and not self._placed[0].same(code):
            self._placed = None
        self._say()

    def _say(self) -> None:
        """Write the line under the map."""
        self.row.setVisible(self.way != USUAL and self._result is not None)
        running = self._job is not None
        self.bar.setVisible(running)
        self.button.setText(STOP if running else AGAIN)
        self.button.setVisible(running or self._why_not == STOPPED)
        inverse, way = self.inverse, self._as_way
        name, self.line.briefer, self.line.meaning = WAY_NAMES[way], (), ""
        if inverse is None or way not in inverse.errors:
            rests = "when the training rests" if self._session.training.active else "once it is laid out"
            state = "being measured by hiding codes" if running else self._why_not or f"measured {rests}"
            until = "instead" if self._why_not else "until then"
            stands_in = f"; weighted neighbours {until}" if way == "network" else ""
            self.line.setText(f"{name}: {state}{stands_in}")
            self.line.briefer = (f"{name}: {state}", state) if running else ()
            self.line.meaning = f"{self._doing}. A click decodes all the same" if running and self._doing else ""
        elif self._placed is None:
            off, chance = rmse_text(inverse.overall(way)[1]), rmse_text(inverse.chance[1])
            self.line.setText(f"{name}: pixel error {off} among the points, {chance} at random")
            self.line.briefer, self.line.meaning = (f"pixel error {off} among points",), overall_words(inverse)
        else:
            words = place_words(inverse, way, self._placed[1])
            self.line.setText(f"{name}: {words}")
            self.line.briefer = words, words.partition(",")[0]
            self.line.meaning = place_sentence(inverse, way, self._placed[1])
