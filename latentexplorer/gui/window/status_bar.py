"""The status bar: what computes and how fast, jobs under way, what has just been done."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QStatusBar,
    QToolButton,
)

from latentexplorer.core.events import TrainingProgress
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE, LOADING
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.steady import SteadyLabel

AGAIN_MS = 500
"""What changes with every decode is not said more often: nobody could read it."""


class StatusBar(QStatusBar):
    """Device, training speed, the last decode, jobs under way; seed and whether the run is saved."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._session = session
        self._decode_ms = math.nan
        self._speed = self._computed = ""
        self._left = SteadyLabel()
        self._left.setObjectName("status_left")
        self._job = Label()
        self._cancel = QToolButton()
        self._cancel.setText("Cancel")
        self._cancel.setObjectName("cancel_button")
        self._cancel.clicked.connect(self._on_cancel)
        self._show = QToolButton()
        self._show.setText("Show")
        self._show.setObjectName("show_folder")
        self._show.setToolTip("Open the folder")
        self._show.clicked.connect(self._on_show)
        self._show.hide()
        self._folder = Path()
        self._right = SteadyLabel()
        self._right.setObjectName("status_right")
        self._right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(AGAIN_MS)
        self._soon.timeout.connect(self._refresh)
        self.addWidget(self._left)
        self.addPermanentWidget(self._show)
        self.addPermanentWidget(self._job)
        self.addPermanentWidget(self._cancel)
        self.addPermanentWidget(self._right)
        self.setContentsMargins(SPACE, 0, SPACE, 0)
        session.libraries.ready.connect(self._refresh)
        session.run_changed.connect(self._refresh)
        session.snapshot_changed.connect(self._refresh)
        session.epochs.changed.connect(self._refresh)
        session.preparing_changed.connect(self._refresh)
        session.training.state_changed.connect(self._on_state)
        for queue in (session.surveys, session.jobs):
            queue.changed.connect(self._on_jobs)
        session.decoder.timed.connect(self._on_timed)
        session.message.connect(self._on_message)
        session.training.progress.connect(self._on_progress)
        self._on_jobs()

    @Slot()
    def _refresh(self) -> None:
        session = self._session
        device, why = self._device()
        parts = [device] if device else []
        if session.training.state != IDLE:
            parts = [text for text in (self._computed or device, self._speed) if text]
        if math.isfinite(self._decode_ms):
            parts.append(f"decode {self._decode_ms:.1f} ms")
        self._left.setText(" · ".join(parts))
        self._left.setToolTip(verbatim(f"{device}: {why}" if device else ""))
        run = session.run
        if session.preparing:
            self._right.setText("")
            self._right.setToolTip("")
        elif run is not None:
            saved = "training" if session.snapshots.following else "saved" if run.path is not None else "not saved"
            gone = "images not there · " if run.data is None else ""
            past = f"{session.epochs.words}, not its end · " if session.epochs.words else ""
            self._right.setText(f"{past}{gone}seed {run.config.training.seed} · {saved}")
            self._right.setToolTip(verbatim(run.missing))

    def _device(self) -> tuple[str, str]:
        """What computes, and why that."""
        session = self._session
        config = session.training.config if session.training.state != IDLE else None
        if session.libraries.device == "CUDA" and config is not None and config.training.device == "cpu":
            return "CPU", "the run's own setting"
        return session.libraries.device, session.libraries.why

    @Slot(str)
    def _on_state(self, state: str) -> None:
        if state == LOADING:
            self._speed = self._computed = ""
        self._refresh()

    @Slot(object)
    def _on_progress(self, event: object) -> None:
        if not isinstance(event, TrainingProgress):
            return
        self._computed = event.computed
        if math.isfinite(event.images_per_s):
            self._speed = f"{event.images_per_s:,.0f} images/s"
        self._refresh()

    @Slot(str, float)
    def _on_timed(self, key: str, seconds: float) -> None:
        if key == "current":
            self._decode_ms = seconds * 1000
            if not self._soon.isActive():
                self._soon.start()

    @Slot(str, str)
    def _on_message(self, level: str, text: str) -> None:
        self._show.hide()
        self._tell(text, 8000 if level == "info" else 0)

    def _tell(self, text: str, for_ms: int) -> None:
        """Show a message in the room there is; all of it is in the tip."""
        room = self._right.geometry().left() - 3 * SPACE
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room) if room > 0 else text
        self.setToolTip(verbatim(text) if shown != text else "")
        self.showMessage(shown, for_ms)

    @Slot(str, object)
    def tell_written(self, text: str, folder: Path) -> None:
        """Say what was written, and offer its folder until something else is said."""
        self._tell(text, 0)
        self._folder = folder
        self._show.show()

    @Slot()
    def _on_show(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    @Slot()
    def _on_jobs(self) -> None:
        jobs = [*self._session.surveys.jobs, *self._session.jobs.jobs]
        self._job.setVisible(bool(jobs))
        self._cancel.setVisible(bool(jobs))
        if jobs:
            more = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
            self._job.setText(f"{jobs[0].title}{more}")

    @Slot()
    def _on_cancel(self) -> None:
        for queue in (self._session.surveys, self._session.jobs):
            queue.cancel_all("")
