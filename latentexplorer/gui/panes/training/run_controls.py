"""What can be done to the run that is open or being trained: its settings now, its pace, more epochs."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.history import MOST_EPOCHS
from latentexplorer.gui.panes.training.images_line import ImagesLine
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE, PAUSED, RESUME, STOPPING, TRAIN, TRAINING
from latentexplorer.gui.style.plain_text import Label, menu_text, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.number_box import NumberLine, number_of, whole_number
from latentexplorer.gui.widgets.stage_bar import StageBar

LIVE = {"training.lr": "Learning rate now", "training.code_lr": "Code rate now", "model.beta": "KL weight now"}
"""Of what trains; the form below has settings of the same names for the next run."""
COLUMNS = {"training.lr": "lr", "training.code_lr": "code_lr", "model.beta": "beta"}


class LiveField(QObject):
    """A setting that can change while it trains: what is typed, and what was in force in the last epoch."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.label = Label(LIVE[key])
        self.label.setProperty("role", "muted")
        self.line = NumberLine()
        self.line.setObjectName(f"live_{key}")
        self.line.setAccessibleName(LIVE[key])
        self.line.setToolTip("Type a value and press Enter: it takes effect at the next step and is kept in the run")
        self.line.setMinimumWidth(72)
        self.line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.now = ElidedLabel()
        self.now.setObjectName(f"now_{key}")
        self.now.setProperty("role", "muted")
        self.now.setFont(caption_font())
        self.now.setToolTip("In force in the last epoch, warm-up and schedule included")
        self.label.setBuddy(self.line)
        self.problem = Label()
        self.problem.setObjectName(f"live_problem_{key}")
        self.problem.setProperty("role", "danger")
        self.problem.setFont(caption_font())
        self.problem.setWordWrap(True)
        self.problem.hide()

    def show_for(self, shown: bool) -> None:
        """Show it or not."""
        for widget in (self.label, self.line, self.now):
            widget.setVisible(shown)

    def say_now(self, *texts: str) -> None:
        """What is in force: the first of some texts that there is room for."""
        self.now.briefer = texts[1:]
        self.now.setText(texts[0])

    def mark(self, problem: str) -> None:
        """Mark the value as wrong and say why; "" unmarks it."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.line.setProperty("wrong", "true" if problem else "false")
        self.line.style().unpolish(self.line)
        self.line.style().polish(self.line)


class RunControls(QWidget):
    """Above the form: the open run, to be trained on; while it trains, what can change now."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("run_controls")
        self._session: Session = None  # type: ignore[assignment]
        self._asked: dict[str, float] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        self.name = ElidedLabel()
        self.name.setObjectName("run_controls_name")
        self.pace = ElidedLabel()
        self.pace.setObjectName("run_controls_pace")
        for text in (self.name, self.pace):
            text.setFont(caption_font())
            text.setProperty("role", "muted")
        column.addWidget(self.name)
        column.addWidget(self.pace)
        self.bar = StageBar("run_controls_bar")
        column.addWidget(self.bar)
        self.images = ImagesLine()
        column.addWidget(self.images)
        column.addWidget(self._build_live())
        column.addWidget(self._build_idle())
        self.step = QPushButton("One epoch")
        self.step.setObjectName("step_button")
        self.stop = QPushButton("Stop")
        self.stop.setObjectName("stop_button")
        self.stop.setToolTip("Stop training; what was learned is saved")
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        row.addWidget(self.step, 1)
        row.addWidget(self.stop)
        column.addLayout(row)
        self.hide()

    def _build_live(self) -> QWidget:
        self.live = QWidget()
        grid = QGridLayout(self.live)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(2, 2)
        self.fields = {key: LiveField(key) for key in LIVE}
        for row, field in enumerate(self.fields.values()):
            for place, widget in enumerate((field.label, field.line, field.now)):
                grid.addWidget(widget, 2 * row, place)
            grid.addWidget(field.problem, 2 * row + 1, 0, 1, 3)
            field.line.editingFinished.connect(self._on_live)
        return self.live

    def _build_idle(self) -> QWidget:
        self.idle = QWidget()
        grid = QGridLayout(self.idle)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE // 2)
        grid.setColumnStretch(1, 1)
        self.resume = QPushButton("Resume")
        self.resume.setObjectName("resume_button")
        self.more = QPushButton()
        self.more.setObjectName("more_button")
        self.count = whole_number("more_epochs", "Epochs to add", 1, MOST_EPOCHS, 10, " more")
        self.count.setToolTip("Epochs to add")
        self.count.valueChanged.connect(self._show_goal)
        self.count.setMinimumWidth(48)
        self.count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        grid.addWidget(self.more, 0, 0)
        grid.addWidget(self.count, 0, 1)
        grid.addWidget(self.resume, 1, 0, 1, 2)
        self.resume.hide()
        return self.idle

    def bind(self, session: Session) -> None:
        """Listen to the session."""
        self._session = session
        self.step.clicked.connect(session.training.step_epoch)
        self.stop.clicked.connect(session.training.stop)
        self.resume.clicked.connect(session.training.resume)
        self.more.clicked.connect(self._on_more)
        session.run_changed.connect(self.refresh)
        session.run_changed.connect(self._on_run)
        session.snapshot_changed.connect(self.refresh)
        session.training.draft_changed.connect(self.refresh)
        session.training.state_changed.connect(self._on_state)
        session.history_changed.connect(self._on_history)
        session.watcher.changed.connect(self.refresh)
        session.training.progress.connect(self._show_stage)
        session.training.live_changed.connect(self._on_live_changed)
        session.preparing_changed.connect(self._on_run)

    # -- what is shown --------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Show what can be done in the present state."""
        session = self._session
        running = session.training.state in (TRAINING, PAUSED)
        run = session.run
        self.live.setVisible(running)
        self.stop.setVisible(session.training.active)
        self.stop.setEnabled(session.training.state != STOPPING)
        for widget in (self.pace, self.bar):
            widget.setVisible(session.training.state != IDLE)
        self._show_step()
        if session.training.state != IDLE:
            path = session.training.path
            self.name.setText(f"{path.name} · now" if path is not None else session.title)
            self.show()
            return
        on = run is not None and run.path is not None and run.config.model.kind.gradient
        self.idle.setVisible(on and not session.watcher.training)
        if run is not None:
            model = run.config.model
            prior = f", {model.prior}" if model.kind.priors else ""
            size = f"{run.code_dim} dimension{'' if run.code_dim == 1 else 's'}"
            self.name.setText(f"Open: {run.name} · {model.family}{prior} · {size}")
            # As long as the large button resumes it, this is no second one.
            self.resume.setVisible(session.training.unfinished and session.training.next != RESUME)
            self.resume.setText(menu_text(f"Resume {run.name}"))
            self.resume.setToolTip(verbatim(f"Go on with {run.name} where it stopped"))
            self._show_goal()
        self.setVisible(run is not None)

    @Slot()
    def _show_goal(self) -> None:
        """Where the run will be after so many more epochs."""
        run = self._session.epochs.latest
        if run is None:
            return
        goal, planned = run.epoch + self.count.value(), run.config.training.epochs
        instead = f", instead of the {planned} it was planned for" if run.epoch < planned != goal else ""
        self.more.setText(f"Train to epoch {goal:,}")
        self.more.setToolTip(verbatim(f"Train this run from epoch {run.epoch} to epoch {goal}{instead}"))

    @Slot()
    def _on_run(self) -> None:
        # Of a run that is prepared nothing is known yet.
        self.images.show_run(None if self._session.preparing else self._session.run)

    @Slot()
    def _show_step(self) -> None:
        """What one epoch is an epoch of."""
        session = self._session
        resumes = session.training.next == RESUME
        tip = "Train to the end of the epoch, then pause"
        if session.training.state == IDLE:
            new = "Begin a new run with the settings below, train one epoch, then wait"
            tip = f"Go on with {session.shown.name} for one epoch, then wait" if resumes else new
        self.step.setText("New run, one epoch" if session.training.next == TRAIN else "One epoch")
        self.step.setToolTip(verbatim(tip))
        idle = session.training.state == IDLE and (resumes or session.training.draft is not None)
        self.step.setEnabled(idle or session.training.state in (TRAINING, PAUSED))

    @Slot(str)
    def _on_state(self, state: str) -> None:
        self.idle.setVisible(state == IDLE)
        self._show_stage()
        if state == TRAINING and not self._asked:
            self._take_settings()
        if state == IDLE:
            self._asked = {}
        self.refresh()

    def _take_settings(self) -> None:
        """The values this training begins with: its own, and changes made to it earlier."""
        config = self._session.training.config
        if config is None:
            return
        self._asked = {
            "training.lr": config.training.lr,
            "training.code_lr": config.training.code_lr,
            "model.beta": config.model.beta,
        }
        self._asked.update(
            {change.key: float(change.value) for change in config.training.changes if change.key in LIVE}
        )
        kind = config.model.kind
        used = {
            "training.lr": True,
            "training.code_lr": not kind.encoder,
            "model.beta": "beta" in kind.settings,
        }
        for key, field in self.fields.items():
            field.show_for(used[key])
            field.line.setText(f"{self._asked[key]:g}")
            field.mark("")
            field.say_now("")

    @Slot()
    def _on_history(self) -> None:
        session = self._session
        if not session.snapshots.following or not session.history.rows:
            return
        row = session.history.rows[-1]
        for key, field in self.fields.items():
            value = row.get(COLUMNS[key], math.nan)
            field.say_now(*(f"now {value:.2g}", f"{value:.2g}") if math.isfinite(value) else ("",))

    @Slot()
    def _show_stage(self) -> None:
        """How far the training is."""
        stage = self._session.training.stage
        self.pace.setText(" · ".join(text for text in (stage.epoch, stage.text) if text))
        self.bar.show_stage(stage)

    # -- what is asked --------------------------------------------------------------------------------------------

    @Slot()
    def _on_more(self) -> None:
        self._session.training.train_more(self.count.value())

    @Slot()
    def _on_live(self) -> None:
        for key, field in self.fields.items():
            text = field.line.text().strip()
            if field.line.isHidden():
                continue
            asked = self._asked.get(key, math.nan)
            known = text == f"{asked:g}" or number_of(text) == asked
            field.mark("" if known else self._change(key, text))

    def _change(self, key: str, text: str) -> str:
        """Bring a value into force; what is wrong with it, or ""."""
        value = number_of(text)
        if value is None:
            return f"{LIVE[key]}: {text or 'nothing'} is not a number"
        return self._session.training.set_live(key, value)

    @Slot(str, float)
    def _on_live_changed(self, key: str, value: float) -> None:
        self._asked[key] = value
        field = self.fields[key]
        if not field.line.hasFocus():
            field.line.setText(f"{value:g}")
        field.say_now("from next step", "next step", "next")
