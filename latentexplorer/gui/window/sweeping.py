"""Begins sweeps, shows them, and says in the status bar how far one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QToolButton, QWidget

from latentexplorer.core.config import RunConfig
from latentexplorer.core.sweeps import Combination
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.runs.pane import RunsPane
from latentexplorer.gui.panes.sweep.pane import SweepPane
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.window.sweep_dialog import SweepDialog
from latentexplorer.gui.workers import sweep_tasks


class Sweeps(QObject):
    """Asks what is to be varied, and has it trained.

    Parameters
    ----------
    show_pane : callable (name)
        Brings a pane to the front.
    """

    def __init__(
        self, session: Session, panes: Mapping[str, Pane], show_pane: Callable[[str], object], window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._session, self._show_pane, self._window = session, show_pane, window
        pane, runs = panes["sweep"], panes["runs"]
        assert isinstance(pane, SweepPane) and isinstance(runs, RunsPane)
        self._pane = pane
        pane.sweep_wanted.connect(self.ask)
        runs.sweep_wanted.connect(self.ask_like)
        session.sweeping.ended.connect(self._on_ended)

    @Slot()
    def ask(self) -> None:
        """Vary a setting of the form."""
        draft = self._session.training.draft
        if draft is None:
            self._session.message.emit("warning", "Some settings are wrong: they are marked in the Training pane")
        else:
            self.ask_like(draft)

    @Slot(object)
    def ask_like(self, base: RunConfig) -> None:
        """Vary a setting of such a run."""
        plain = base.model_copy(update={"training": base.training.model_copy(update={"changes": ()})})
        dialog = SweepDialog(self._session, plain, self._window)
        dialog.chosen.connect(self._on_chosen)
        dialog.open()

    @Slot(object, object, object)
    def _on_chosen(self, base: RunConfig, asked: Sequence[Combination], path: Path) -> None:
        if self._session.sweeping.active:
            self._session.message.emit("warning", "A sweep is being trained; stop it first")
            return
        work = partial(sweep_tasks.begin, path, base, tuple(asked))
        quick = bool(self._session.libraries.device)
        job = self._session.submit(f"Beginning {path.name}", work, "begin-sweep", quick=quick, of_run=False)
        job.succeeded.connect(self._on_begun)

    @Slot(object)
    def _on_begun(self, path: Path) -> None:
        self._session.sweeping.start(path)
        self.show_sweep(path)

    @Slot(object)
    def show_sweep(self, path: Path) -> None:
        """Bring a sweep to the front."""
        self._pane.open_sweep(path)
        self._show_pane("sweep")

    @Slot(object)
    def _on_ended(self, path: Path) -> None:
        wrong = len(self._session.sweeping.problems)
        left = f"; {wrong} of its runs could not be trained" if wrong else ""
        self._session.message.emit("warning" if wrong else "info", f"{path.name} is finished{left}")


class SweepStatus(QWidget):
    """How far a sweep is, in the status bar, with the button that stops it; away while none is trained."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("sweep_status")
        self._sweeping = session.sweeping
        self.text = Label()
        self.stop = QToolButton()
        self.stop.setText("Stop sweep")
        self.stop.setObjectName("sweep_status_stop")
        self.stop.setToolTip("What was trained is saved; the Sweep pane goes on with it")
        self.stop.clicked.connect(self._sweeping.stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE // 2)
        row.addWidget(self.text)
        row.addWidget(self.stop)
        self._sweeping.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        self.setVisible(self._sweeping.active)
        words = f"Sweep: {self._sweeping.text}"
        if words != self.text.text():
            self.text.setText(words)
        self.stop.setEnabled(self._sweeping.state != "stopping")
