"""A person's own images: the sheet that shows them, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentexplorer.core.config import RunConfig
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings

if TYPE_CHECKING:
    from latentexplorer.data import DataSplit
    from latentexplorer.gui.sheet.dialog import ImagesSheet


class OwnImages(QObject):
    """Opens the sheet; trains on what was chosen in it, or puts it into the form.

    Signals
    -------
    form_set : ()
        The form has taken the choices: it is to be shown.
    """

    form_set = Signal()

    def __init__(self, window: QWidget, session: Session, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._session, self._settings = window, session, settings
        self._sheet: ImagesSheet | None = None

    def open_sheet(self, paths: Sequence[Path] = (), draft: RunConfig | None = None) -> None:
        """Show what is at one or several paths; without one, ask where the images are.

        `draft`: the settings to train with, where those of the form are not meant; its images are not looked at.
        """
        # What reads images is not needed to start.
        from latentexplorer.gui.sheet.dialog import ImagesSheet

        if self._sheet is None:
            draft = draft or self._session.training.draft or RunConfig()
            self._sheet = ImagesSheet(self._session, self._settings, draft, self._window)
            self._sheet.place_chosen.connect(self._settings.remember_images)
            self._sheet.train_wanted.connect(self._train)
            self._sheet.form_wanted.connect(self._set_form)
            self._sheet.finished.connect(self._on_finished)
        # On the screen before anything is looked at.
        self._sheet.open()
        if paths:
            self._sheet.show_paths(paths)

    @Slot()
    def _on_finished(self) -> None:
        self._sheet = None

    @Slot(object, object)
    def _train(self, config: RunConfig, known: DataSplit | None) -> None:
        self._session.training.set_draft(config)
        self._session.training.start(config, known=known)

    @Slot(object)
    def _set_form(self, config: RunConfig) -> None:
        self._session.training.choose(config)
        self.form_set.emit()
        self._session.message.emit("info", f"Train learns from {Path(config.data.path or '').name} now")
