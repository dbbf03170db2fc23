"""A thin bar above the panes that goes through the kept epochs of a run: every pane shows the model as it was then."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme, title_font
from latentexplorer.gui.widgets.above_panes import AbovePanes
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.widgets.slider import JumpSlider
from latentexplorer.gui.widgets.steady import SteadyLabel
from latentexplorer.gui.window.epochs_dialog import EpochsChoice, EpochsDialog
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import count_text

SNAPSHOTS = "training.snapshots"
STEP_MS = 500
"""From one epoch to the next while it plays; longer where panes are not done yet."""
AT_END = "all panes: the run as it is"
PAST = "all panes: the model as it was"
MORE = "Axes of the map, places of the grid and ranges stay those of the end: what moves has moved. Esc leads back"


class TimeMachine(AbovePanes):
    """Takes no room until it is asked for.

    Signals
    -------
    shown : (bool)
        Whether it is on.
    setting_wanted : (str)
        A person wants to change this setting of the next run.
    """

    shown = Signal(bool)
    setting_wanted = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("time_machine")
        self.setAccessibleName("Time machine")
        self._session = session
        self.map_settings: Callable[[], Settings] = dict
        """How the map is laid out, where what is shown is one map of all epochs: so it is in the animation."""
        self._wanted: int | None = None
        """An epoch that was asked for and is not shown yet."""
        self._older: set[int] = set()
        """Jobs that were under way before this epoch was asked for: they may take as long as they like."""
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._on_tick)
        self._build()
        session.epochs.changed.connect(self._refresh)
        session.epochs.message.connect(self._on_refused)
        session.training.state_changed.connect(self._refresh)
        session.run_changed.connect(self._on_run)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    def _build(self) -> None:
        self.play = QToolButton()
        self.play.setObjectName("time_play")
        self.play.clicked.connect(self._on_play)
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("time_slider")
        self.slider.setAccessibleName("Epoch that is shown")
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self._refresh)
        self.where = SteadyLabel()
        self.where.setObjectName("time_where")
        self.where.setFont(title_font())
        self.latest = _button("Back to the end", "time_latest", "Show the run as it is (Esc)")
        self.latest.clicked.connect(self._on_latest)
        self.export = QToolButton()
        self.export.setObjectName("time_export")
        self.export.setToolTip("Export animation: map, grid and reconstructions, epoch by epoch")
        self.export.setAccessibleName("Export animation over epochs")
        self.export.clicked.connect(self._on_export)
        self.remedy = _button("Snapshots…", "time_remedy", "How many states the next run keeps")
        self.remedy.clicked.connect(partial(self.setting_wanted.emit, SNAPSHOTS))
        self.close_button = QToolButton()
        self.close_button.setObjectName("time_close")
        self.close_button.setIconSize(QSize(12, 12))
        self.close_button.setToolTip("Close the time machine, and show the run as it is")
        self.close_button.setAccessibleName("Close the time machine")
        self.close_button.clicked.connect(self._on_close)
        self.why = Label()
        self.why.setObjectName("time_why")
        self.why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.says = ElidedLabel()
        self.says.setObjectName("time_says")
        self.says.setProperty("role", "muted")
        self.says.setFont(caption_font())
        self.says.setToolTip(verbatim(MORE))
        name = Label("Time machine")
        name.setFont(title_font())
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE * 3 // 2, SPACE // 2, SPACE // 2, SPACE // 2)
        row.setSpacing(SPACE)
        self._moving: tuple[QWidget, ...] = (self.play, self.slider, self.where, self.says, self.latest, self.export)
        row.addWidget(name)
        row.addWidget(self.play)
        row.addWidget(self.slider, 2)
        row.addWidget(self.where)
        row.addWidget(self.says, 2)
        row.addWidget(self.why, 1)
        row.addWidget(self.remedy)
        row.addWidget(self.latest)
        row.addWidget(GuideLink("time-machine"))
        row.addWidget(self.export)
        row.addWidget(self.close_button)

    @Slot()
    def _recolour(self) -> None:
        self.close_button.setIcon(icon("close", "muted"))
        self.export.setIcon(icon("export", "muted"))
        playing = self._timer.isActive()
        self.play.setIcon(icon("pause" if playing else "play", "text"))
        self.play.setToolTip("Stay at this epoch" if playing else "Go from epoch to epoch")
        self.play.setAccessibleName("Pause" if playing else "Play the epochs")

    # -- on and off ------------------------------------------------------------------------------------------------

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        """Show the bar, or take it away and show the run as it is."""
        if on != self.isHidden():
            return
        self.setVisible(on)
        if on:
            self._refresh()
            self.slider.setFocus()
        else:
            self._stay()
            self._session.epochs.end()
        self.shown.emit(on)

    @Slot()
    def _on_close(self) -> None:
        self.set_on(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_latest()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_latest(self) -> None:
        self._wanted = None
        self._stay()
        self._session.epochs.end()
        self._refresh()

    # -- what is shown ---------------------------------------------------------------------------------------------

    def _why_not(self) -> str:
        """Why there is nothing to go through; "" where there is."""
        session, run = self._session, self._session.epochs.latest
        if session.training.active:
            return "A run is being trained. Look back when it has ended."
        if run is None:
            return "No run is open."
        if not run.config.model.kind.gradient:
            return "This model is solved at once: it has no epochs."
        if run.path is None:
            return "This run has not been saved, and kept no states."
        if len(session.epochs.kept) < 2:
            return "This run kept no states of earlier epochs. Set snapshots above 0, and train."
        return ""

    @Slot()
    def _on_run(self) -> None:
        self._wanted = None
        self._stay()
        self._refresh()

    @Slot(str, str)
    def _on_refused(self, _level: str, _text: str) -> None:
        self._wanted = None
        self._stay()
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        epochs, why = self._session.epochs, self._why_not()
        for widget in self._moving:
            widget.setVisible(not why)
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.remedy.setVisible(why.startswith("This run kept"))
        if why:
            self._stay()
            return
        end = epochs.kept[-1]
        shown = end if epochs.shown is None else epochs.shown
        if self._wanted == shown:
            self._wanted = None
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(epochs.kept) - 1)
        if self._wanted is None and not self.slider.isSliderDown() and shown in epochs.kept:
            self.slider.setValue(epochs.kept.index(shown))
        self.slider.blockSignals(False)
        self.slider.setToolTip(verbatim(f"{count_text(len(epochs.kept), 'kept state')} of {end:,} epochs"))
        self.where.setText(f"epoch {shown} of {end}")
        self.latest.setEnabled(epochs.shown is not None)
        self.says.setText(AT_END if epochs.shown is None else PAST)

    # -- moving ----------------------------------------------------------------------------------------------------

    @Slot(int)
    def _on_slider(self, at: int) -> None:
        self._stay()
        self._go(at)

    def _go(self, at: int) -> None:
        epochs = self._session.epochs
        if at < len(epochs.kept):
            self._older = {job.number for job in (*self._session.jobs.jobs, *self._session.surveys.jobs)}
            self._wanted = epochs.kept[at]
            epochs.show(epochs.kept[at])

    @Slot()
    def _on_play(self) -> None:
        if self._timer.isActive():
            self._stay()
            return
        self._timer.start()
        self._recolour()
        if self.slider.value() == self.slider.maximum():
            self._step_to(0)

    @Slot()
    def _on_tick(self) -> None:
        """The next epoch, once what was asked for is seen."""
        if self._wanted is not None or self._session.decoder.busy or self._followed_by():
            return
        if self.slider.value() == self.slider.maximum():
            self._stay()
        else:
            self._step_to(self.slider.value() + 1)

    def _followed_by(self) -> bool:
        """Whether panes still work out what takes them longer, of the epoch that is shown."""
        jobs = (*self._session.jobs.jobs, *self._session.surveys.jobs)
        return any(job.of_run and job.number not in self._older for job in jobs)

    def _step_to(self, at: int) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(at)
        self.slider.blockSignals(False)
        self._go(at)

    def _stay(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._recolour()

    # -- export ----------------------------------------------------------------------------------------------------

    @Slot()
    def _on_export(self) -> None:
        run = self._session.epochs.latest
        if run is not None:
            dialog = EpochsDialog(run.name, len(self._session.epochs.kept), self.window())
            dialog.chosen.connect(self._write)
            dialog.open()

    @Slot(object)
    def _write(self, choice: EpochsChoice) -> None:
        run = self._session.epochs.latest
        if run is None:
            return
        how = (choice.path, choice.frames_per_s, False, 1, picture_style.smooth)
        changes = as_changes({"frames": choice.frames, **self.map_settings()})
        work = partial(tasks.animation, run, "time-machine", changes, *how)
        self._session.write(f"Writing {choice.path.name}", work, choice.path)


def _button(text: str, name: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(verbatim(tip))
    return button
