"""A code that a sheet has sought: one search at a time, told while it goes, stopped with what there is, or left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentexplorer.core.events import FitMoved
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.gui.window.code_sheets.sheet import CodeSheet
    from latentexplorer.gui.workers.job import Job, Work


class Search(QObject):
    """Runs beside long work; says how far it is, and why there is nothing, in the words of the sheet.

    Parameters
    ----------
    measure : str
        What the error of a step is called.
    tip : str
        What its stop does.

    Attributes
    ----------
    stop : QPushButton
    refused : bool
        Whether the last one could not be begun, which is said.

    Signals
    -------
    moved : (FitMoved)
    found : (object)
        What it came to, whole or stopped.
    changed : ()
        It runs, or runs no more.
    """

    moved = Signal(object)
    found = Signal(object)
    changed = Signal()

    def __init__(self, session: Session, sheet: CodeSheet, measure: str, tip: str) -> None:
        super().__init__(sheet)
        self._session, self._sheet, self._measure = session, sheet, measure
        self._job: Job | None = None
        self._begun_by: QWidget | None = None
        self.refused = False
        self.stop = sheet_button("Stop", f"{sheet.name}_stop", tip)
        self.stop.setEnabled(False)
        self.stop.clicked.connect(self._on_stop)
        sheet.finished.connect(self.leave)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._job is not None

    def begin(self, title: str, work: Work) -> None:
        """Seek something, in place of what is being sought."""
        self._drop()
        self.refused = False
        job = self._job = self._session.submit(title, work, f"sheet:{self._sheet.name}", quick=True)
        job.reported.connect(self._on_moved)
        job.succeeded.connect(partial(self._on_found, job))
        job.finished.connect(partial(self._on_finished, job))
        self._sheet.said.setText("Starting…")
        self._tell()

    @Slot()
    def leave(self) -> None:
        """Nobody waits for it any more."""
        self._drop()
        self._tell()

    def _drop(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            self._session.surveys.leave(job)

    def _tell(self) -> None:
        """Say whether it runs. The keyboard goes from what cannot be pressed meanwhile to the stop, and back."""
        before = self._sheet.focusWidget()
        self.stop.setEnabled(self.running)
        self.changed.emit()
        if self.running and before is not None and not before.isEnabled():
            self._begun_by = before
            self.stop.setFocus()
        elif not self.running and before is self.stop and self._begun_by is not None:
            self._begun_by.setFocus()

    @Slot()
    def _on_stop(self) -> None:
        if self._job is not None:
            self._session.surveys.cancel(self._job)

    @Slot(object)
    def _on_moved(self, event: object) -> None:
        if isinstance(event, FitMoved):
            least = float(np.nanmin(event.errors[-1]))
            self._sheet.said.setText(f"Step {event.step} of {event.steps} · {self._measure} {least:.3f}")
            self.moved.emit(event)

    def _on_found(self, job: Job, answer: object) -> None:
        if job is not self._job:
            return
        if isinstance(answer, Refused):
            self.refused = True
            self._sheet.said.setText(answer.text)
        else:
            self.found.emit(answer)

    def _on_finished(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self._tell()
