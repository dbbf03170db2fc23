"""The toolbar: which run, how far it is, and what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE, STOP, STOPPING
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, theme, title_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.stage_bar import StageBar
from latentexplorer.gui.widgets.steady import SteadyLabel
from latentexplorer.gui.window.actions import Actions

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class ActionButton(QPushButton):
    """A push button that is an action."""

    def __init__(self, action: QAction, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._action = action
        self.clicked.connect(self._act)
        action.changed.connect(self._refresh)
        theme.changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _act(self) -> None:
        self._action.trigger()

    @Slot()
    def _refresh(self) -> None:
        self.setText(self._action.text())
        self.setToolTip(verbatim(self._action.toolTip()))
        self.setEnabled(self._action.isEnabled())
        self.setIcon(self._action.icon())


class PrimaryButton(ActionButton):
    """The one large button: it is the action that there is to do next, and says of what.

    It changes what it does as soon as it has done it, so the second press of a double click is none.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        self._session, self._actions = session, actions
        super().__init__(actions[session.training.next], "train_button")
        self.setProperty("role", "primary")
        for signal in (
            session.training.state_changed,
            session.training.draft_changed,
            session.run_changed,
            session.snapshot_changed,
            session.watcher.changed,
        ):
            signal.connect(self._refresh)

    @Slot()
    def _refresh(self) -> None:
        training = self._session.training
        action = self._actions[training.next]
        if action is not self._action:
            self._action.changed.disconnect(self._refresh)
            action.changed.connect(self._refresh)
            self._action = action
        super()._refresh()
        self.setText("Stopping…" if training.state == STOPPING else action.text())
        self.setIcon(icon("stop" if training.next == STOP else "play", "on_accent"))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


class RunStrip(QWidget):
    """New, Open; the one large button, Pause; which run, how far; Export."""

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
        row.addWidget(PrimaryButton(session, actions))
        row.addWidget(ActionButton(actions["pause"], "pause_button"))
        row.addSpacing(SPACE)
        self.title = ElidedLabel()
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.title.setObjectName("run_title")
        self.title.setFont(title_font())
        self.epoch = SteadyLabel()
        self.epoch.setProperty("role", "muted")
        self.bar = StageBar("strip_bar")
        self.bar.setMinimumWidth(80)
        self.bar.setMaximumWidth(220)
        self.speed = ElidedLabel()
        self.speed.setObjectName("strip_stage")
        self.speed.setProperty("role", "muted")
        row.addWidget(self.title)
        row.addWidget(self.epoch)
        row.addWidget(self.bar, 2)
        row.addWidget(self.speed, 3)
        row.addWidget(ActionButton(actions["export"], "export_button"))
        session.training.progress.connect(self._show_stage)
        for signal in (
            session.training.state_changed,
            session.preparing_changed,
            session.run_changed,
            session.snapshot_changed,
            session.epochs.changed,
            session.watcher.changed,
        ):
            signal.connect(self._refresh)
        self.bar.hide()

    @Slot()
    def _refresh(self) -> None:
        session = self._session
        active = session.training.state != IDLE
        self.bar.setVisible(active)
        path = session.training.path
        if active and not session.snapshots.following:
            # Another run is looked at meanwhile.
            self.title.setText(f"Training {path.name if path is not None else 'a new run'}")
        elif session.title:
            self.title.setText(session.title)
        if active:
            self._show_stage()
        elif session.run is not None:
            elsewhere = " · training elsewhere" if session.watcher.training else ""
            past = session.epochs.words
            self.epoch.setText((f"as it was after {past}" if past else _epoch_text(session.run)) + elsewhere)
            self.speed.setText("")

    @Slot()
    def _show_stage(self) -> None:
        """How far the training is."""
        stage = self._session.training.stage
        self.bar.show_stage(stage)
        self.epoch.setText(stage.epoch)
        self.speed.briefer = (stage.text.removeprefix("about "),)
        self.speed.setText(stage.text)


def _epoch_text(run: Trained) -> str:
    """How far a run has come."""
    if not run.config.model.kind.gradient:
        return "solved at once"
    return f"epoch {run.epoch} of {run.config.training.epochs}" if len(run.history) else ""
