"""The sheet: what is in a person's images, what will be done with them, and the button that trains on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.data.check import Checked
from latentexplorer.data.survey import Survey
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.sheet import words
from latentexplorer.gui.sheet.facts import Facts
from latentexplorer.gui.sheet.places import Places
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.decision import Decision
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Failure, Job

RIGHT_PX = 380
APART = "These lie in no folder together, and a run reads one place. Put them into one folder, and choose that"
NAMES_PX = 84
"""Height of the list of files that cannot be read."""


class ImagesSheet(QDialog):
    """Asks where the images are, shows what is in them while it is found out, and what can be chosen.

    Signals
    -------
    place_chosen : (Path)
    train_wanted : (RunConfig, DataSplit or None)
        The images too, where they have been read by now.
    form_wanted : (RunConfig)
        Only put the choices into the form.
    """

    place_chosen = Signal(object)
    train_wanted = Signal(object, object)
    form_wanted = Signal(object)

    def __init__(self, session: Session, settings: Settings, draft: RunConfig, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("images_sheet")
        self.setWindowTitle("Use my images")
        self.setAcceptDrops(True)
        self._session, self._settings, self._draft = session, settings, draft
        self._job: Job | None = None
        self._checked: Checked | None = None
        self.survey: Survey | None = None
        outer = QVBoxLayout(self)
        outer.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        outer.setSpacing(SPACE)
        self.places = Places(settings)
        self.places.chosen.connect(self.show_paths)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.places)
        self.facts = Facts(draft)
        self.facts.others_wanted.connect(self._on_others)
        self.facts.left_out_changed.connect(self._refresh)
        self.facts.choices.changed.connect(self._read_again)
        self.facts.choices.model_changed.connect(self._refresh)
        self._pages.addWidget(self.facts)
        outer.addWidget(self._pages, 1)
        outer.addLayout(self._build_buttons())
        session.training.state_changed.connect(self._refresh)
        room = parent.screen().availableSize()
        self.resize(min(960, room.width() - 40), min(660, room.height() - 60))
        self._refresh()

    # -- building -------------------------------------------------------------------------------------------------

    def _build_buttons(self) -> Decision:
        row = Decision(
            self, "sheet", "Only set the form", "The Training pane takes these choices; nothing is trained yet"
        )
        self.outcome, self.cancel, self.form, self.train = row.outcome, row.cancel, row.form, row.train
        self.form.clicked.connect(self._on_form)
        self.train.clicked.connect(self._on_train)
        return row

    # -- reading --------------------------------------------------------------------------------------------------

    @Slot(object)
    def show_paths(self, paths: Sequence[Path]) -> None:
        """Look at what is at one or several paths."""
        self.survey = self._checked = None
        self._pages.setCurrentIndex(1)
        found = one_place([path.absolute() for path in paths])
        if found is None:
            self._drop()
            self.facts.begin(paths[0], "")
            self.facts.show_failure(APART)
            self._refresh()
            return
        path, said = found
        self.facts.begin(path, said)
        self.place_chosen.emit(path)
        self._read(tolerant(DataConfig(name="images", path=str(path))), suggest=True)
        self.facts.classes.setFocus()

    def _read(self, settings: DataConfig, *, suggest: bool) -> None:
        self._checked = None
        work = partial(tasks.survey, settings, suggest)
        # Of the session: it may outlive the sheet, until its work hears that it is to stop.
        job = Job(f"Looking at {settings.path}", work, "survey", parent=self._session)
        job.reported.connect(self._on_survey)
        job.succeeded.connect(self._on_checked)
        job.failed.connect(self._on_failed)
        job.finished.connect(job.deleteLater)
        # The one before goes on to its end without a listener.
        self._drop()
        self._job = job
        self._session.surveys.submit(job)
        self._refresh()

    def _drop(self) -> None:
        """Stop reading; what still comes of it is not heard."""
        job, self._job = self._job, None
        if job is not None:
            job.reported.disconnect(self._on_survey)
            job.succeeded.disconnect(self._on_checked)
            job.failed.disconnect(self._on_failed)
            self._session.surveys.cancel(job)

    @Slot()
    def _read_again(self) -> None:
        self._read(tolerant(self.facts.choices.settings), suggest=False)

    @Slot(object)
    def _on_survey(self, survey: object) -> None:
        if not isinstance(survey, Survey):
            return
        known = self.survey
        if known is not None and known.done and not survey.done:
            # The images are the same: only how far it is changes until all is known anew.
            self.facts.show_progress(survey)
            self.outcome.setText(words.progress(survey))
            return
        self.survey = survey
        self.facts.show_survey(self.survey)
        self._refresh()

    @Slot(object)
    def _on_checked(self, checked: Checked) -> None:
        self._job = None
        self._checked, self.survey = checked, checked.survey
        self.facts.show_survey(self.survey)
        self._refresh()

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self._job = None
        self.facts.show_failure(f"{failure.message}. {failure.todo}")
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """What can be done now, and what it will be."""
        survey = self.survey
        left = survey is None or not survey.unreadable or self.facts.leave_out.isChecked()
        usable = survey is not None and bool(survey.sizes) and left and not survey.problem
        idle = self._session.training.state == IDLE
        self.train.setEnabled(usable and idle)
        self.form.setEnabled(usable)
        for button in (self.form, self.train):
            button.setVisible(self._pages.currentIndex() == 1)
        text = "" if survey is None else words.progress(survey) or words.outcome(survey, self._config().training.epochs)
        if survey is not None and not left:
            text = "Leave out what cannot be read, or repair it and choose again"
        elif usable and not idle:
            text = "A run is being trained: stop it first, or only set the form"
        self.outcome.setText(text)

    # -- what is done ---------------------------------------------------------------------------------------------

    def _config(self) -> RunConfig:
        survey = self.survey
        leave_out = survey is not None and bool(survey.unreadable) and self.facts.leave_out.isChecked()
        images = survey.train if survey is not None else 0
        return self.facts.choices.config(tolerant(self.facts.choices.settings, leave_out), images)

    @Slot()
    def _on_train(self) -> None:
        config = self._config()
        checked = self._checked
        as_read = checked is not None and checked.survey.settings == tolerant(config.data)
        known = checked.data if checked is not None and as_read else None
        self.train_wanted.emit(config, known)
        self.accept()

    @Slot()
    def _on_form(self) -> None:
        self.form_wanted.emit(self._config())
        self.accept()

    @Slot()
    def _on_others(self) -> None:
        self._drop()
        self._pages.setCurrentIndex(0)
        self.places.folder.setFocus()
        self._refresh()

    def done(self, result: int) -> None:
        self._drop()
        self._checked = None
        super().done(result)
        self.deleteLater()

    # -- drops ----------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData().urls())
        if paths:
            event.acceptProposedAction()
            self.show_paths(paths)


def tolerant(settings: DataConfig, leave_out: bool = True) -> DataConfig:
    """The settings with or without what cannot be read; the sheet reads without, so that all else becomes known."""
    return settings.model_copy(update={"skip_unreadable": leave_out})


def local_paths(urls: Sequence[QUrl]) -> list[Path]:
    """The files and folders among what is dropped."""
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


def one_place(paths: Sequence[Path]) -> tuple[Path, str] | None:
    """The one place that several paths are read from, with a word about it where that is more than they are.

    None where they have nothing in common but the whole disk, or not even that.
    """
    first = paths[0]
    if len(paths) == 1:
        return first, ""
    every = (folder for folder in (first, *first.parents) if all(path.is_relative_to(folder) for path in paths))
    folder = next(every, None)
    if folder is None or folder == folder.parent:
        return None
    return folder, f"{len(paths):,} were chosen; a run reads one place, so all of {folder.name} is read:"
