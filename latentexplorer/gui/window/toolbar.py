"""The toolbar: which run, how far it is, and what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QWidget,
)

from latentexplorer.core.events import Progress, TrainingProgress
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE, LOADING, PAUSED, STOPPING
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, theme, title_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.window.actions import Actions

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


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
        self.setToolTip(verbatim(self._action.toolTip()))
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
        self.title = Label()
        self.title.setObjectName("run_title")
        self.title.setFont(title_font())
        self.epoch = Label()
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
    def _on_progress(self, event: object) -> None:
        if self._session.training.state in (PAUSED, STOPPING):
            return
        if isinstance(event, Progress):
            self.speed.setText(event.what)
            return
        if isinstance(event, TrainingProgress):
            self.bar.setValue(round(1000 * min(max(event.fraction, 0), 1)))
            self.epoch.setText(f"epoch {min(event.epoch + 1, event.epochs)} of {event.epochs}")
            self.speed.setText(event.pace_text)


def _epoch_text(run: Trained) -> str:
    """How far a run has come."""
    if not run.config.model.kind.gradient:
        return "solved at once"
    return f"epoch {run.epoch} of {run.config.training.epochs}" if len(run.history) else ""
