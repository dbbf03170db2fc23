"""Loss explained: what an image costs, term by term, and the same weights on other scales."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.loss_terms.drawn import scale_lines, term_lines
from latentexplorer.gui.panes.loss_terms.lines import Lines
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.workers import loss_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from latentexplorer.gui.workers.job import Job
    from latentexplorer.views.loss_terms import Result

OF_TERMS = (
    "Nats of an image, the mean over training and over held-out images. Per value: the same divided by the number of "
    "its pixel values, a mean in place of a sum. Light bars are training images, full ones held-out images"
)
OF_SCALES = "What the weights are called where the error is summed, averaged or halved: the minimum is the same"
REDRAW_S = 0.5
"""While it trains it is not worked out more often."""
OPTIONS = {
    "apart": (
        "KL in three",
        "Take the KL apart: mutual information, total correlation and dimension-wise KL, "
        "estimated from the codes of 1,000 images",
    ),
    "baselines": (
        "Baselines",
        "What the mean image, PCA with as many numbers and the image itself cost by the same likelihood",
    ),
}


class LossTermsPane(Pane):
    """Follows the history without looking at an image; what takes a pass over images is asked for by its buttons."""

    object_name, title, view_kind = "loss_terms_pane", "Loss explained", "loss-terms"
    empty_text = "Train a model to see what its loss is made of"
    counts = True

    def __init__(self) -> None:
        super().__init__()
        self.result: Result | None = None
        self._measured: Result | None = None
        self._job: Job | None = None
        self._path: Path | None = None
        self._asked_s = 0.0
        self.sentence = Label()
        self.sentence.setObjectName("loss_terms_sentence")
        self.sentence.setWordWrap(True)
        self.terms = Lines("loss_terms_lines", "Terms of the loss", OF_TERMS)
        self.scales = Lines("loss_terms_scales", "The same objective on other scales", OF_SCALES)
        self.remarks = caption()
        self.remarks.setObjectName("loss_terms_remarks")
        self.remarks.setWordWrap(True)
        self.options: dict[str, QToolButton] = {}
        self._build()
        theme.changed.connect(self._draw)

    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, SPACE // 2, 0)
        column.setSpacing(SPACE)
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        for name, (text, tip) in OPTIONS.items():
            button = self.options[name] = QToolButton()
            button.setObjectName(f"loss_terms_{name}")
            button.setText(text)
            button.setFont(caption_font())
            button.setCheckable(True)
            button.setToolTip(verbatim(tip))
            button.setAccessibleName(text)
            button.toggled.connect(self._on_option)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(GuideLink("loss"))
        for widget in (self.sentence, self.terms):
            column.addWidget(widget)
        column.addLayout(row)
        for widget in (self.scales, self.remarks):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setObjectName("loss_terms_area")
        area.setAccessibleName("Loss explained")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        self.body.addWidget(area, 1)

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.session.history_changed.connect(self._on_history)

    def on_run(self) -> None:
        if self._path != self.run.path:
            # It is drawn anew where it comes into sight, too: what was measured of this run still holds.
            self.result = self._measured = None
        self._path = self.run.path
        kind = self.run.config.model.kind
        self.options["apart"].setVisible(kind.variational)
        self.options["baselines"].setVisible(not kind.separates)
        self.on_snapshot()

    def on_snapshot(self) -> None:
        """Work it out again; while the run trains only from its history."""
        self._ask()
        if not self.session.training.active:
            self._measure()

    @Slot()
    def _on_history(self) -> None:
        if not self.seen or not self.session.explorable:
            self._stale = True
        elif self._stale or time.monotonic() - self._asked_s >= REDRAW_S:
            self._ask()

    # -- asking ----------------------------------------------------------------------------------------------------

    @property
    def _epoch(self) -> Settings:
        shown = self.session.epochs.shown
        return {} if shown is None else {"epoch": shown}

    @property
    def _wanted(self) -> Settings:
        """What is asked for beyond the history."""
        return {name: True for name, button in self.options.items() if button.isChecked() and not button.isHidden()}

    def _ask(self) -> None:
        self._stale = False
        self._asked_s = time.monotonic()
        question = partial(loss_tasks.from_history, self.run, tuple(self.session.history.rows), self._epoch)
        self.session.decoder.ask("loss-terms", question, self._on_result)

    @Slot()
    def _on_option(self) -> None:
        self._measured = None
        if self.session is not None and self.session.explorable:
            self._ask()
            self._measure()

    def _measure(self) -> None:
        """Ask for what takes a look at codes and images, where somebody wants it."""
        wanted = self._wanted
        if self._job is not None:
            # What was asked for before is not wanted any more.
            self.session.jobs.leave(self._job)
            self._job = None
        if not wanted:
            self._measured = None
            return
        rows = tuple(self.session.history.rows)
        work = partial(loss_tasks.explain, self.run, rows, {**self._epoch, **wanted})
        self._job = self.session.submit("Explaining the loss", work, "loss-terms")
        self._job.succeeded.connect(self._on_measured)

    @Slot(object)
    def _on_measured(self, result: Result | Refused) -> None:
        self._job = None
        if isinstance(result, Refused):
            self.session.message.emit("info", result.text)
            return
        self._measured = result
        self._draw()

    def _on_result(self, result: Result | Refused) -> None:
        self.result = None if self.refused(result) else result
        if self.result is None:
            self.set_subtitle("")
        self._draw()

    # -- drawing ---------------------------------------------------------------------------------------------------

    @property
    def _shown(self) -> Result | None:
        """The loss, with what was measured beside it, be it of an epoch before."""
        result, measured = self.result, self._measured
        if result is None or measured is None:
            return result
        return replace(result, apart=measured.apart or result.apart, baselines=measured.baselines)

    @Slot()
    def _draw(self) -> None:
        result = self._shown
        if result is None:
            return
        self.sentence.setText(f"{result.sentence}.")
        self.terms.show_lines(*term_lines(result, dark=theme.dark))
        titles, lines = scale_lines(result)
        self.scales.show_lines(titles, lines)
        self.scales.setVisible(len(titles) > 1)
        said = [*result.remarks, *result.notes]
        if result.apart is not None:
            said.insert(0, f"The KL in three is {result.apart.source}")
        if self._measured is not None and self._measured.epoch != result.epoch:
            said.insert(0, f"KL in three and baselines are those of epoch {self._measured.epoch}")
        self.remarks.setText(". ".join(said) + ".")
        learns = self.run.config.model.kind.gradient
        self.set_subtitle(f"epoch {result.epoch} · nats per image" if learns else "nats per image")

    # -- export ----------------------------------------------------------------------------------------------------

    def nothing_to_export(self) -> str:
        # Where nobody has looked at it yet nothing is known, and the figure says so where there is none.
        unseen = self._stale and not self.seen
        return super().nothing_to_export() or ("there is no loss yet" if self.result is None and not unseen else "")

    def view_settings(self) -> list[str]:
        return as_changes(self._wanted)

    def restore(self, kind: str, settings: Settings) -> bool:
        if kind != self.view_kind:
            return False
        for name, button in self.options.items():
            button.setChecked(bool(settings.get(name, False)))
        return True
