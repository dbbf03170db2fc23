"""Closing the window: nothing under way is lost without a word."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QMainWindow, QMessageBox

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import Question
from latentexplorer.gui.workers.job import Failure, Job

SOME_FILES = 3
"""Names of files that are said at most."""


class Closing(QObject):
    """Asks before the window closes over a training or files that are being written, waits for them, then closes.

    Attributes
    ----------
    under_way : bool
        Whether the window closes as soon as what is under way has ended.
    """

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self.under_way = False
        self._asked = False
        session.training.state_changed.connect(self._look)
        session.jobs.changed.connect(self._look)
        session.failed.connect(self._on_failed)

    def ask(self) -> None:
        """Ask what is to become of what is under way; who waits for files is asked again, and may leave them."""
        if self.under_way and (self._session.training.active or not self._session.jobs.writing):
            return
        title, text = _question(self._session)
        box = Question(QMessageBox.Icon.Question, title, text, self._window)
        box.setObjectName("close_question")
        if self._session.training.active:
            finish = box.addButton("Stop and save", QMessageBox.ButtonRole.AcceptRole)
            finish.setObjectName("stop_and_save")
        else:
            finish = box.addButton("Finish, then close", QMessageBox.ButtonRole.AcceptRole)
            finish.setObjectName("finish_and_close")
            drop = box.addButton("Close without them", QMessageBox.ButtonRole.DestructiveRole)
            drop.setObjectName("close_without")
            drop.clicked.connect(self.drop)
        finish.clicked.connect(self._on_finish)
        keep = box.addButton("Keep working", QMessageBox.ButtonRole.RejectRole)
        keep.setObjectName("keep_working")
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        keep.clicked.connect(self._on_keep)
        box.finished.connect(box.deleteLater)
        box.open()

    @Slot()
    def _on_keep(self) -> None:
        self.under_way = self._asked = False

    @Slot()
    def _on_finish(self) -> None:
        self.finish(attended=True)

    def finish(self, *, attended: bool = False) -> None:
        """Stop the training, let files be written to their ends, then close.

        Parameters
        ----------
        attended : bool
            Whether a person waits for it, for whom the window stays where something fails.
        """
        self._asked = attended
        self.under_way = True
        self._session.training.stop()
        if self._session.busy:
            # Files would wait for maps and measures that nobody sees any more.
            self._session.queues.leave_run()
        files = self._session.jobs.writing
        if files and not self._session.training.active:
            said = f"Closes as soon as {_names(files)} {_is(files)} written; close it again to leave {_them(files)}"
            self._session.message.emit("info", said)
        self._look()

    @Slot()
    def drop(self) -> None:
        """Close, and leave the files unwritten."""
        self.under_way = True
        for job in self._session.jobs.writing:
            self._session.jobs.cancel(job)
        self._look()

    @Slot()
    def _look(self) -> None:
        """Close when nothing is under way any more."""
        if self.under_way and not self._session.busy:
            # Not from within the signal: who hears of the ending after this one still needs the window.
            QTimer.singleShot(0, self, self._close)

    @Slot()
    def _close(self) -> None:
        if self.under_way and not self._session.busy:
            for box in self._window.findChildren(QMessageBox, "close_question"):
                # What it asks has been answered meanwhile.
                box.done(0)
            self._window.close()

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        """A person who waits for the end is told what failed: the window stays."""
        if self._asked:
            self.under_way = self._asked = False


def _question(session: Session) -> tuple[str, str]:
    """Title and text: what is under way, and what becomes of it."""
    files = session.jobs.writing
    if not files:
        return "A run is being trained", "Stop training and save what was learned?"
    if session.training.active:
        text = f"Stop training, save what was learned and finish {_names(files)}?"
        return "A run is being trained and files are being written", text
    one = len(files) == 1
    title = "A file is being written" if one else f"{len(files)} files are being written"
    return title, f"{_names(files)} {_is(files)} not finished yet."


def _names(files: list[Job]) -> str:
    names = [job.file for job in files]
    more = f" and {len(names) - SOME_FILES} more" if len(names) > SOME_FILES else ""
    return ", ".join(names[:SOME_FILES]) + more


def _is(files: list[Job]) -> str:
    return "is" if len(files) == 1 else "are"


def _them(files: list[Job]) -> str:
    return "it" if len(files) == 1 else "them"
