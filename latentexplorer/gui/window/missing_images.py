"""A run that is open without its images: said in one line, and a way to say where they are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from latentexplorer.core.config import DataConfig
from latentexplorer.core.paths import is_folder, is_there
from latentexplorer.core.places import used_places
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.widgets.file_dialogs import ask_file, ask_folder
from latentexplorer.gui.window.banners import LOW_PX, Banner
from latentexplorer.gui.workers import tasks

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class PlacesAsked(QObject):
    """Asks where the images of a run are: for what is not where it was, one after the other.

    Signals
    -------
    answered : (dict of str to str)
        Where they are now, by setting ("data.path").
    """

    answered = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._places: dict[str, str] = {}
        self._left: list[str] = []
        self._chosen: dict[str, str] = {}

    def ask(self, data: DataConfig) -> None:
        """Begin; whoever closes a dialog is asked nothing more."""
        # A named set that nobody said the folder of may lie in one.
        unnamed = {"data.root": ""} if data.source.needs == "root" else {}
        self._places, self._chosen = used_places(data) or unnamed, {}
        self._left = [key for key, path in self._places.items() if not is_there(Path(path))] or list(self._places)[:1]
        if self._left:
            self._ask_next()

    def _ask_next(self) -> None:
        key = self._left[0]
        was = Path(self._places[key])
        start = next((folder for folder in was.parents if is_folder(folder)), "")
        asked = f"Where is {was.name} now?" if was.name else "Which folder holds the data sets?"
        # A file where it was a file, else a folder.
        file = key == "data.columns" or (key == "data.path" and _was_file(was))
        ask = ask_file if file else ask_folder
        ask(self._window, "locate_dialog", asked, start, self._on_chosen)

    def _on_chosen(self, path: Path) -> None:
        self._chosen[self._left.pop(0)] = str(path)
        if self._left:
            self._ask_next()
        else:
            self.answered.emit(dict(self._chosen))


def _was_file(path: Path) -> bool:
    from latentexplorer.data.own_images import named_as_file

    return named_as_file(path)


class Locating(QObject):
    """Asks where the images of the open run are.

    Parameters
    ----------
    window : QWidget
        What dialogs stand in front of.

    Signals
    -------
    located : (Path)
        The run shows its images.
    """

    located = Signal(object)

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._session = session
        self._run: Trained
        self._places = PlacesAsked(window)
        self._places.answered.connect(self._on_answered)

    @Slot()
    def ask(self) -> None:
        """Ask for what is not where it was, one after the other; the run shows its images when they are those."""
        run = self._session.epochs.latest
        if run is not None and run.path is not None:
            self._run = run
            self._places.ask(run.config.data)

    @Slot(object)
    def _on_answered(self, places: dict[str, str]) -> None:
        work = partial(tasks.locate_images, self._run, places)
        self._session.submit("Looking at the images", work, "locate").succeeded.connect(self._on_located)

    @Slot(object)
    def _on_located(self, run: Trained) -> None:
        """Show the run with its images, unless another one is open by now or it is trained, which has them."""
        session = self._session
        if session.is_open(run.path) and not session.training.active:
            session.epochs.end()
            session.show_run(run)
        self.located.emit(run.path)


class MissingBanner(Banner):
    """What the open run lacks, above the panes; in a low window not while something more urgent is said (`first`)."""

    def __init__(self, session: Session, first: Banner) -> None:
        super().__init__("missing_images", "warning", "warning")
        self._first = first
        first.coming.connect(self._make_way)
        first.installEventFilter(self)
        self._session = session
        self._closed_for: Path | None = None
        self.locate = QPushButton("Locate images…")
        self.locate.setObjectName("locate_images")
        self.row.insertWidget(2, self.locate)
        self.closed.connect(self._on_closed)
        session.run_changed.connect(self.refresh)
        session.snapshot_changed.connect(self.refresh)
        session.preparing_changed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Show it for a run whose images were looked for and not found, until it is closed."""
        run = self._session.run if self._session.explorable else None
        gone = run is not None and run.data is None and bool(run.gone)
        if run is not None and gone:
            self.text.setText(f"{run.name} is shown without its images: no originals, no errors. {run.gone}.")
        crowded = self._low and not self._first.isHidden()
        self.setVisible(run is not None and gone and run.path != self._closed_for and not crowded)

    @property
    def _low(self) -> bool:
        """Whether both would leave the panes no room: the window would grow."""
        return self.window().height() < LOW_PX

    @Slot()
    def _make_way(self) -> None:
        if self._low:
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self.refresh()
        return False

    @Slot()
    def _on_closed(self) -> None:
        self._closed_for = self._session.shown.path
