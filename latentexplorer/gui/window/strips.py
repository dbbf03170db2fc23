"""What stands above and below the panes: the toolbar, hints, failures and the status bar."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QGuiApplication, QResizeEvent, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.events import Progress, TrainingProgress
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE, LOADING, PAUSED, STOPPING
from latentexplorer.gui.style.theme import SPACE, icon, theme, title_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.window.actions import Actions
from latentexplorer.gui.workers.job import Failure


class ActionButton(QPushButton):
    """A push button that is an action."""

    def __init__(self, action: QAction, name: str, primary: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self._action = action
        self._primary = primary
        if primary:
            self.setProperty("role", "primary")
        self.clicked.connect(action.trigger)
        action.changed.connect(self._refresh)
        theme.changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        self.setText(self._action.text())
        self.setToolTip(self._action.toolTip())
        self.setEnabled(self._action.isEnabled())
        self.setIcon(icon("play", "on_accent") if self._primary else self._action.icon())


class RunStrip(QWidget):
    """New, Open, Train, Pause, Stop; which run, how far; Export."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._session = session
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE // 2, 0, SPACE // 2)
        row.setSpacing(SPACE)
        for action, name in (("new_run", "new_button"), ("open_run", "open_button")):
            row.addWidget(ActionButton(actions[action], name))
        row.addSpacing(SPACE)
        self.train = ActionButton(actions["train"], "train_button", primary=True)
        row.addWidget(self.train)
        row.addWidget(ActionButton(actions["pause"], "pause_button"))
        row.addWidget(ActionButton(actions["stop"], "stop_button"))
        row.addSpacing(SPACE)
        self.title = QLabel()
        self.title.setObjectName("run_title")
        self.title.setFont(title_font())
        self.epoch = QLabel()
        self.epoch.setProperty("role", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("Training progress")
        self.bar.setMinimumWidth(80)
        self.bar.setMaximumWidth(220)
        self.speed = ElidedLabel()
        self.speed.setProperty("role", "muted")
        row.addWidget(self.title)
        row.addWidget(self.epoch)
        row.addWidget(self.bar, 2)
        row.addWidget(self.speed, 3)
        row.addWidget(ActionButton(actions["export"], "export_button"))
        session.training.progress.connect(self._on_progress)
        session.training.state_changed.connect(self._on_state)
        session.run_changed.connect(self._on_run)
        session.snapshot_changed.connect(self._on_run)
        session.watcher.changed.connect(self._on_run)
        self.bar.hide()

    @Slot()
    def _on_run(self) -> None:
        if self._session.run is None:
            return
        if self._session.training.state == IDLE or self._session.snapshots.following:
            run = self._session.run
            self.title.setText(run.name)
            if self._session.training.state == IDLE:
                elsewhere = " · training elsewhere" if self._session.watcher.training else ""
                self.epoch.setText(_epoch_text(run) + elsewhere)

    @Slot(str)
    def _on_state(self, state: str) -> None:
        self.bar.setVisible(state != IDLE)
        words = {LOADING: "preparing", PAUSED: "paused", STOPPING: "stopping"}
        self.speed.setText(words.get(state, ""))
        if state == LOADING:
            self.bar.setRange(0, 0)
            self.title.setText("New run")
            self.epoch.setText("")
        else:
            self.bar.setRange(0, 1000)
        path = self._session.training.path
        if state != IDLE and path is not None:
            self.title.setText(path.name)
        elif state == IDLE and self._session.run is not None:
            self._on_run()

    @Slot(object)
    def _on_progress(self, event: Any) -> None:
        if self._session.training.state in (PAUSED, STOPPING):
            return
        if isinstance(event, Progress):
            if self._session.training.state == LOADING:
                self.speed.setText(event.what)
            return
        if isinstance(event, TrainingProgress):
            self.bar.setValue(round(1000 * min(max(event.fraction, 0), 1)))
            self.epoch.setText(f"epoch {min(event.epoch + 1, event.epochs)} of {event.epochs}")
            self.speed.setText(event.pace_text)


def _epoch_text(run: Any) -> str:
    """How far a run has come."""
    if not run.config.model.kind.gradient:
        return "solved at once"
    return f"epoch {run.epoch} of {run.config.training.epochs}" if len(run.history) else ""


_DOT = " &nbsp;·&nbsp; "
HINTS = (
    "<b>Click a point in the map</b> to see the image its code decodes to"
    f"{_DOT}<b>click the latent grid</b> to walk between them"
    f"{_DOT}press <b>Train</b> to watch a model of your own learn",
    f"<b>Click the map</b> to decode a point{_DOT}<b>click the latent grid</b> to walk between them"
    f"{_DOT}press <b>Train</b> to watch a model learn",
    f"<b>Click the map</b> or the <b>latent grid</b> to decode a code{_DOT}press <b>Train</b> to learn",
    "<b>Click the map</b> to decode a point",
)
"""What to try first, in ever fewer words."""


class _Banner(QFrame):
    closed = Signal()

    def __init__(self, name: str, symbol: str, token: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._symbol, self._token = symbol, token
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(SPACE * 3 // 2, SPACE // 2, SPACE // 2, SPACE // 2)
        self.row.setSpacing(SPACE)
        self._icon = QLabel()
        self.text = QLabel()
        self.text.setObjectName(f"{name}_text")
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton()
        self._close.setToolTip("Close")
        self._close.setAccessibleName("Close this message")
        self._close.clicked.connect(self.dismiss)
        self.row.addWidget(self._icon)
        self.row.addWidget(self.text, 1)
        self.row.addWidget(self._close)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    @Slot()
    def _recolour(self) -> None:
        self._icon.setPixmap(icon(self._symbol, self._token).pixmap(16, 16))
        self._close.setIcon(icon("close", "muted"))

    @Slot()
    def dismiss(self) -> None:
        """Take it away."""
        self.hide()
        self.closed.emit()


class HintBanner(_Banner):
    """What to try first, in one line; goes away for good when closed."""

    def __init__(self) -> None:
        super().__init__("hint", "info", "accent")
        # One line, whatever the width: it is to take no room from the panes.
        self.text.setWordWrap(False)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._shown = ""
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As many words as there is room for."""
        fitting = (words for words in HINTS if _rich_width(words, self.text.font()) <= self.text.width())
        words = next(fitting, HINTS[-1])
        if words != self._shown:
            self._shown = words
            self.text.setText(words)


def _rich_width(words: str, font: QFont) -> float:
    document = QTextDocument()
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setHtml(words)
    return document.idealWidth()


class FailureBanner(_Banner):
    """What went wrong and what to do about it; the window goes on."""

    def __init__(self) -> None:
        super().__init__("failure", "warning", "danger")
        self.failure: Failure | None = None
        self.details = QPushButton("Details…")
        self.details.setObjectName("failure_details")
        self.details.clicked.connect(self._show_details)
        self.row.insertWidget(2, self.details)

    @Slot(object)
    def tell(self, failure: Failure) -> None:
        """Show a failure."""
        self.failure = failure
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        todo = f" {failure.todo}." if failure.todo else ""
        self.text.setText(f"{failure.title}. {failure.message}.{todo}")
        self.details.setVisible(bool(failure.details))
        self.show()

    @Slot()
    def _show_details(self) -> None:
        if self.failure is not None:
            DetailsDialog(self.failure, self.window()).open()


class DetailsDialog(QDialog):
    """The whole story, to be copied."""

    def __init__(self, failure: Failure, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("details_dialog")
        self.setWindowTitle(failure.title)
        self._text = f"{failure.title}\n{failure.message}\n{failure.todo}\n\n{failure.details}"
        text = QPlainTextEdit(self._text)
        text.setAccessibleName("Details")
        text.setTabChangesFocus(True)
        text.setReadOnly(True)
        copy = QPushButton("Copy")
        copy.clicked.connect(self._copy)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(copy)
        row.addWidget(close)
        outer = QVBoxLayout(self)
        outer.addWidget(text)
        outer.addLayout(row)
        self.resize(720, 420)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)


class StatusStrip(QStatusBar):
    """Device, training speed, the last decode, jobs under way; seed and whether the run is saved."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._session = session
        self._decode_ms = math.nan
        self._speed = ""
        self._left = QLabel()
        self._left.setObjectName("status_left")
        self._job = QLabel()
        self._cancel = QToolButton()
        self._cancel.setText("Cancel")
        self._cancel.setObjectName("cancel_button")
        self._cancel.clicked.connect(self._on_cancel)
        self._right = QLabel()
        self._right.setObjectName("status_right")
        self.addWidget(self._left)
        self.addPermanentWidget(self._job)
        self.addPermanentWidget(self._cancel)
        self.addPermanentWidget(self._right)
        self.setContentsMargins(SPACE, 0, SPACE, 0)
        session.ready.connect(self._refresh)
        session.run_changed.connect(self._refresh)
        session.snapshot_changed.connect(self._refresh)
        session.training.state_changed.connect(self._refresh)
        session.jobs.changed.connect(self._on_jobs)
        session.decoder.timed.connect(self._on_timed)
        session.message.connect(self._on_message)
        session.training.progress.connect(self._on_progress)
        self._on_jobs()

    @Slot()
    def _refresh(self) -> None:
        session = self._session
        device, why = self._device()
        parts = [device] if device else []
        if session.training.state != IDLE and self._speed:
            parts.append(self._speed)
        if math.isfinite(self._decode_ms):
            parts.append(f"decode {self._decode_ms:.1f} ms")
        self._left.setText(" · ".join(parts))
        self._left.setToolTip(f"{device}: {why}" if device else "")
        run = session.run
        if run is not None:
            saved = "training" if session.snapshots.following else "saved" if run.path is not None else "not saved"
            gone = "images not there · " if run.data is None else ""
            self._right.setText(f"{gone}seed {run.config.training.seed} · {saved}")
            self._right.setToolTip(run.missing)

    def _device(self) -> tuple[str, str]:
        """What computes, and why that."""
        session = self._session
        config = session.training.config if session.training.state != IDLE else None
        if session.device == "CUDA" and config is not None and config.training.device == "cpu":
            return "CPU", "the run's own setting"
        return session.device, session.device_why

    @Slot(object)
    def _on_progress(self, event: Any) -> None:
        if isinstance(event, TrainingProgress) and math.isfinite(event.images_per_s):
            self._speed = f"{event.images_per_s:,.0f} images/s"
            self._refresh()

    @Slot(str, float)
    def _on_timed(self, key: str, seconds: float) -> None:
        if key == "current":
            self._decode_ms = seconds * 1000
            self._refresh()

    @Slot(str, str)
    def _on_message(self, level: str, text: str) -> None:
        self.showMessage(text, 8000 if level == "info" else 0)

    @Slot()
    def _on_jobs(self) -> None:
        jobs = self._session.jobs.jobs
        self._job.setVisible(bool(jobs))
        self._cancel.setVisible(bool(jobs))
        if jobs:
            more = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
            self._job.setText(f"{jobs[0].title}{more}")

    @Slot()
    def _on_cancel(self) -> None:
        for job in self._session.jobs.jobs:
            self._session.jobs.cancel(job)
