"""Where no runs are compared: why, and a button that chooses a run to set beside another one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import Label, menu_text, verbatim
from latentexplorer.gui.workers import run_tasks
from latentexplorer.gui.workers.run_tasks import Beside

BESIDE_OPEN, BESIDE = "Set a run beside the open one…", "Set a second run beside it…"
OTHERS, ALL, NONE_YET = "Of other images:", "Choose in the Runs table", "There is no other run: train one…"
MOST = 12
"""Runs in the menu; all of them are in the Runs table."""


class NoComparison(QWidget):
    """A sentence in the middle, and below it what fills the place.

    Signals
    -------
    runs_wanted, new_run_wanted : ()
        The table of runs is wanted; a run is to be trained, as there is no other one.
    """

    runs_wanted = Signal()
    new_run_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session: Session | None = None
        self._first: Path | None = None
        self._offers = True
        self.words = Label()
        self.words.setObjectName("compare_refusal")
        self.words.setProperty("role", "empty")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.button = QPushButton(BESIDE_OPEN)
        self.button.setObjectName("compare_choose")
        self.button.setToolTip(verbatim("Choose a second run; those of the same images stand first"))
        self.button.clicked.connect(self._on_clicked)
        self.menu = QMenu(self)
        self.menu.setObjectName("compare_choose_menu")
        self.menu.setToolTipsVisible(True)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(1)
        column.addWidget(self.words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def serve(self, session: Session) -> None:
        """Offer runs to set beside the open one of this session."""
        self._session = session
        session.run_changed.connect(self._tell)

    def say(self, words: str, first: Path | None, offers: bool) -> None:
        """Say why nothing is seen.

        Parameters
        ----------
        first : Path or None
            The run that another one is to be set beside; None: the open one.
        offers : bool
            Whether another one can be chosen here.
        """
        self.words.setText(words)
        self._first, self._offers = first, offers
        self._tell()

    @property
    def first(self) -> Path | None:
        """The run that another one is to be set beside; None where none is open, or it is not saved."""
        latest = self._session.epochs.latest if self._session is not None else None
        return self._first or (latest.path if latest is not None else None)

    @Slot()
    def _tell(self) -> None:
        self.button.setText(BESIDE_OPEN if self._first is None else BESIDE)
        self.button.setEnabled(self.first is not None)
        self._stand()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stand()

    def _stand(self) -> None:
        """Where there is room for one of them only, the sentence stands whole: it says another way."""
        words, button = self.words.heightForWidth(self.width()), self.button.sizeHint().height()
        self.button.setVisible(self._offers and words + self._column.spacing() + button <= self.height())

    @Slot()
    def _on_clicked(self) -> None:
        session, first = self._session, self.first
        if session is not None and first is not None:
            quick = bool(session.libraries.device)
            work = partial(run_tasks.beside, first)
            job = session.submit("Reading the runs", work, "runs to compare", quick=quick, of_run=False)
            job.succeeded.connect(partial(self._offer, first))

    def _on_triggered(self, first: Path, other: Path) -> None:
        if self._session is not None:
            self._session.compare_apart([first, other])

    def _offer(self, first: Path, found: list[Beside]) -> None:
        """A menu below the button: runs of the same images, then the others."""
        if not self.button.isVisible() or first != self.first:
            return
        self.menu.clear()
        same = found[0].same if found else False
        for run in found[:MOST]:
            if run.same != same:
                same = run.same
                self.menu.addSeparator()
                self.menu.addAction(OTHERS).setEnabled(False)
            action = self.menu.addAction(f"{menu_text(run.path.name)}\t{menu_text(run.words)}")
            action.triggered.connect(partial(self._on_triggered, first, run.path))
        self.menu.addSeparator()
        more = self.menu.addAction(ALL if found else NONE_YET)
        more.triggered.connect(self.runs_wanted if found else self.new_run_wanted)
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))
