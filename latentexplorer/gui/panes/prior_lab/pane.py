"""Prior lab: codes beside their prior, how far they are from it and from others, and what draws of each decode to."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.prior_lab.densities import MOST_PLOT_PX, PLOT_PX, DensityArea
from latentexplorer.gui.panes.prior_lab.rows import STRIP_PX, PriorRows
from latentexplorer.gui.session.undo import Chosen
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.workers import tasks
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code
from latentexplorer.views.prior_lab import OWN, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from latentexplorer.gui.workers.job import Job
    from latentexplorer.runs import Trained
    from latentexplorer.views.prior_lab import Result

DRAWS = 16
"""Of each prior; as many of them stand beside its numbers as there is room for."""
STRIPS_SHARE = 0.65
"""Of the height that is to spare, for pictures of draws; the plots have the rest."""
MEASURING = "Codes are held against the prior and others…"
STOPPED = "Stopped. Choose Other draws to measure again"
WHAT_IF = ("what if the prior were", "another prior", "change the prior")


class _Choice(NamedTuple):
    """What a person has chosen to see."""

    prior: str
    matched: bool
    held_out: bool
    seed: int


class PriorLabPane(Pane):
    """Measures when it is seen; while a model trains it keeps what it has, and follows once that is done.

    Of states that come quicker than they are measured, as when epochs are played, one is measured to its end and shown
    with the name of its epoch; then the newest.
    """

    object_name, title, view_kind = "prior_lab_pane", "Prior lab", "prior-lab"
    empty_text = "Train a model to see how far its codes are from the prior"
    draws_later = True

    def __init__(self) -> None:
        super().__init__()
        self.result: Result | None = None
        self._prior, self._seed = OWN, 0
        self._job: Job | None = None
        self._path: Path | None = None
        self._behind = False
        self._measured: Trained | None = None
        """The state of the run whose numbers are shown."""
        self.sentence = Label()
        self.sentence.setObjectName("prior_sentence")
        self.sentence.setWordWrap(True)
        self.area, self.rows = DensityArea(), PriorRows()
        self.rows.chosen.connect(self._on_chosen)
        self.rows.picked.connect(self._on_picked)
        self.key = caption()
        self.key.setObjectName("prior_key")
        self.key.setWordWrap(True)
        self.remarks = caption()
        self.remarks.setObjectName("prior_remarks")
        self.remarks.setWordWrap(True)
        self._build()
        self.add_menu_action("Measure again, with other draws", self._on_others)
        self.held_out: QAction = self.add_menu_action("Held-out images", self._on_part, checkable=True)
        self._choice = Chosen(self._read, self._put)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setFont(caption_font())
        button.setToolTip(verbatim(tip))
        button.setAccessibleName(text)
        return button

    def _build(self) -> None:
        self.matched = self._button(
            "prior_matched",
            "Same centre and width",
            "Move and widen each prior to the codes, so that shapes alone are compared",
        )
        self.matched.setCheckable(True)
        self.matched.clicked.connect(self._on_matched)
        self.others = self._button("prior_others", "Other draws", "Other draws of the priors and of the posteriors")
        self.others.clicked.connect(self._on_others)
        head = QHBoxLayout()
        head.setSpacing(SPACE // 2)
        head.addWidget(self.matched)
        head.addWidget(self.others)
        head.addStretch(1)
        head.addWidget(GuideLink("prior-lab"))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, SPACE // 2, 0)
        column.setSpacing(SPACE)
        for widget in (self.sentence, self.area, self.key, self.rows, self.remarks):
            column.addWidget(widget)
        column.addStretch(1)
        area = self._scrolled = QScrollArea()
        area.setObjectName("prior_area")
        area.setAccessibleName("Prior lab")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self._inside = column
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self.body.addLayout(head)
        self.body.addWidget(area, 1)

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.session.training.state_changed.connect(self._on_training)
        self.area.densities.picked.connect(self.session.dimensions.seek)
        self.rows.serve(self.session)

    def on_run(self) -> None:
        if self._path != self.run.path:
            self.result, self._prior, self._seed = None, OWN, 0
            self._choice.note()
        self._path = self.run.path
        self._ask()

    def on_snapshot(self) -> None:
        """Seconds of work: not for each of the snapshots of a training, nor for each epoch that is passed by."""
        if self._job is not None or (self.session.training.active and self.result is not None):
            self._behind = True
            self._say()
        else:
            self._ask()

    def on_seen(self) -> None:
        super().on_seen()
        self._catch_up()

    @Slot(str)
    def _on_training(self, _state: str) -> None:
        self._catch_up()

    def _catch_up(self) -> None:
        due = self._job is None and self._behind and (self.result is None or not self.session.training.active)
        if due and self.seen and self.session.explorable:
            self._ask()

    # -- asking ----------------------------------------------------------------------------------------------------

    @property
    def _wanted(self) -> tasks.Settings:
        part = "test" if self.held_out.isChecked() else "train"
        settings = {"prior": self._prior, "matched": self.matched.isChecked(), "part": part, "seed": self._seed}
        return settings | {"draws": DRAWS}

    @Slot()
    def _again(self) -> None:
        if self.session is not None and self.session.explorable:
            self._ask()

    # -- what is chosen --------------------------------------------------------------------------------------------

    def _read(self) -> _Choice:
        return _Choice(self._prior, self.matched.isChecked(), self.held_out.isChecked(), self._seed)

    def _put(self, choice: _Choice) -> None:
        measured = self._read()._replace(prior=choice.prior) == choice
        self._set_switches(choice.matched, choice.held_out)
        self._prior, self._seed = choice.prior, choice.seed
        if measured and self.result is not None and self._job is None:
            # All of them are measured already.
            self.result = self.result.by(choice.prior)
            self._draw()
        else:
            self._again()

    def _set_switches(self, matched: bool, held_out: bool) -> None:
        self.matched.setChecked(matched)
        with QSignalBlocker(self.held_out):
            self.held_out.setChecked(held_out)

    def _by_person(self, what: str) -> None:
        self.by_person.emit(self._choice.change(what))

    @Slot()
    def _on_matched(self) -> None:
        self._by_person("comparing shapes of priors" if self.matched.isChecked() else "comparing priors as they are")
        self._again()

    @Slot()
    def _on_part(self) -> None:
        self._by_person("choosing the prior lab's images")
        self._again()

    @Slot()
    def _on_others(self) -> None:
        self._seed += 1
        self._by_person("taking other draws")
        self._again()

    def _ask(self) -> None:
        self._behind = False
        if self._job is not None:
            # What was asked for before is not wanted any more.
            self.session.jobs.leave(self._job)
        if self.result is None:
            self.show_empty(MEASURING)
            # What is drawn of the run before stays, out of sight, until this one is measured.
            self.content.setEnabled(False)
        work = partial(tasks.view, self.run, self.view_kind, self._wanted)
        self._job = job = self.session.submit("Prior lab", work, "prior-lab")
        job.succeeded.connect(partial(self._on_answer, job, self.run))
        job.finished.connect(partial(self._on_finished, job))
        self._say()

    def _on_answer(self, job: Job, run: Trained, result: Result | Refused) -> None:
        if job is not self._job:
            return
        self._measured = run
        self.result = None if self.refused(result) else result
        if self.result is None:
            self.set_subtitle("")
        self._draw()

    def _on_finished(self, job: Job) -> None:
        if job is not self._job:
            return
        self._job = None
        if self._empty.text() == MEASURING:
            self.show_empty(STOPPED)
        self._draw()
        if job.state != "stopped":
            self._catch_up()

    # -- what a person does ----------------------------------------------------------------------------------------

    @Slot(str)
    def _on_chosen(self, name: str) -> None:
        """Another prior: all of them are measured already."""
        if self.result is not None:
            self._prior, self.result = name, self.result.by(name)
            self._by_person("choosing another prior")
            self._draw()

    @Slot(object)
    def _on_picked(self, code: Code) -> None:
        self.session.current.set(code, what="picking a draw")

    # -- drawing ---------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        result = self.result
        if result is None:
            return
        self.content.setEnabled(True)
        self.sentence.setText(f"{result.sentence}.")
        self.area.densities.show_result(result)
        self.area.horizontalScrollBar().setValue(0)
        filled = "the codes" if result.means is None else "draws of the posteriors; outline: their means"
        self.key.setText(f"Filled: {filled}; line: {result.row.title}; number: distance in {result.unit}.")
        self.rows.show_result(result)
        rest = [note for note in result.notes if result.row.sentence[1:] not in note]
        self.remarks.setText(". ".join(rest) + ".")
        self._fit()
        self._say()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Height that is to spare goes to the plots and the pictures of draws."""
        room, gap = self._scrolled.viewport().size(), self._inside.spacing()
        width = room.width() - self._inside.contentsMargins().right()
        words = sum(label.heightForWidth(width) + gap for label in (self.sentence, self.key, self.remarks))
        count = self.rows.count
        if not count or width <= 0:
            return
        plots = self.area.height() - self.area.densities.plot_px
        spare = room.height() - words - plots - PLOT_PX - gap - count * (STRIP_PX + SPACE // 2) - gap
        strip = self.rows.fit(width, STRIP_PX + round(STRIPS_SHARE * max(spare, 0)) // count)
        left = max(spare - count * (strip - STRIP_PX), 0)
        self.area.fit(width, min(PLOT_PX + left, MOST_PLOT_PX))

    def _say(self) -> None:
        """Say what the numbers are of, where they are not those of what the other panes show."""
        result, measured = self.result, self._measured
        if result is None or measured is None:
            return
        of = f"numbers of epoch {measured.epoch:,}" if measured is not self.run else ""
        doing = "measuring…" if self._job is not None else ""
        self.set_subtitle(" · ".join(filter(None, (doing, of, result.subtitle))))

    def offers(self) -> list[Offer]:
        mine = {button.text(): button for button in self.rows.buttons.values()}
        found = []
        for offer in super().offers():
            if offer.name in mine:
                name = f"What if the prior were: {offer.name}"
                offer = replace(offer, name=name, known_as=WHAT_IF)
            found.append(offer)
        return found

    # -- export ----------------------------------------------------------------------------------------------------

    def nothing_to_export(self) -> str:
        return super().nothing_to_export() or ("nothing is measured yet" if self.result is None else "")

    def view_settings(self) -> list[str]:
        return as_changes(self._wanted)

    def restore(self, kind: str, settings: tasks.Settings) -> bool:
        if kind != self.view_kind:
            return False
        given = Settings.model_validate(settings)
        self._set_switches(given.matched, given.part == "test")
        self._prior, self._seed = given.prior, given.seed
        self._choice.note()
        self._again()
        return True
