"""A new run: the chooser, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentexplorer.core.config import RunConfig
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.example_run import NAME
from latentexplorer.gui.window.own_images import OwnImages

if TYPE_CHECKING:
    from latentexplorer.gui.chooser.dialog import NewRunChooser


class NewRun(QObject):
    """Opens the chooser; trains what was chosen in it, puts it into the form, or opens the sheet of own images.

    Signals
    -------
    form_set : ()
        The form has taken the choice: it is to be shown.
    lesson_wanted : (str)
        A lesson was chosen.
    """

    form_set = Signal()
    lesson_wanted = Signal(str)

    def __init__(self, window: QWidget, session: Session, settings: Settings, own_images: OwnImages) -> None:
        super().__init__(window)
        self._window, self._session, self._settings, self._own_images = window, session, settings, own_images
        self._chooser: NewRunChooser | None = None
        self._next: RunConfig | None = None
        session.training.ending.connect(self._on_ending)

    @Slot()
    def choose(self) -> None:
        """Show the cards."""
        # Cards are not needed to start.
        from latentexplorer.gui.chooser.dialog import NewRunChooser
        from latentexplorer.gui.window.lesson_cards import lesson_cards

        if self._chooser is None:
            self._chooser = NewRunChooser(self._session, self._settings, self._window, NAME, lesson_cards())
            self._chooser.train_wanted.connect(self._train)
            self._chooser.lesson_wanted.connect(self.lesson_wanted)
            self._chooser.form_wanted.connect(self._set_form)
            self._chooser.images_wanted.connect(self._look_at_images)
            self._chooser.finished.connect(self._on_finished)
        self._chooser.open()

    @Slot()
    def _on_finished(self) -> None:
        self._chooser = None

    @Slot(object)
    def _train(self, config: RunConfig) -> None:
        """Train it, what trains now being stopped first."""
        training = self._session.training
        training.set_draft(config)
        if training.active:
            self._next = config
            training.stop()
        else:
            training.start(config)

    @Slot()
    def _on_ending(self) -> None:
        # What has ended is put away first.
        QTimer.singleShot(0, self, self._train_next)

    @Slot()
    def _train_next(self) -> None:
        config, self._next = self._next, None
        if config is not None:
            self._train(config)

    @Slot(object)
    def _set_form(self, config: RunConfig) -> None:
        self._session.training.choose(config)
        self.form_set.emit()

    @Slot(object, object)
    def _look_at_images(self, paths: Sequence[Path], config: RunConfig | None) -> None:
        self._own_images.open_sheet(paths, config)
