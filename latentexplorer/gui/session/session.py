"""The one state of the window, in parts with one subject each: what panes show, and whom they ask.

Panes ask the session's parts and draw what they say; they never call each other and hold no model. A part emits, the
session connects; no part knows the session.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.session.attributes import Attributes
from latentexplorer.gui.session.bookmarks import Bookmarks
from latentexplorer.gui.session.chosen_dimensions import ChosenDimensions
from latentexplorer.gui.session.current_code import CurrentCode
from latentexplorer.gui.session.epochs import Epochs
from latentexplorer.gui.session.estimates import Estimates
from latentexplorer.gui.session.follow_training import FollowTraining
from latentexplorer.gui.session.libraries import Libraries
from latentexplorer.gui.session.new_images import NewImages
from latentexplorer.gui.session.opening import Opening
from latentexplorer.gui.session.queues import Queues
from latentexplorer.gui.session.run_watcher import RunWatcher
from latentexplorer.gui.session.selection import Selection
from latentexplorer.gui.session.shown_run import ShownRun
from latentexplorer.gui.session.snapshots import Snapshots
from latentexplorer.gui.session.sweeping import Sweeping
from latentexplorer.gui.session.training import Training
from latentexplorer.gui.session.undo import Undo
from latentexplorer.gui.session.user_activity import UserActivity
from latentexplorer.gui.workers.card_trial import CardTrial
from latentexplorer.gui.workers.decoder import Decoder
from latentexplorer.gui.workers.torch_threads import cores

if TYPE_CHECKING:
    from latentexplorer.core.history import History
    from latentexplorer.runs import Trained


class Session(QObject):
    """Owns the parts and the threads, connects them; shows and leaves runs.

    Attributes
    ----------
    showing : ShownRun
        Which run is shown; `run`, `history`, `preparing`, `explorable` and `is_open` are its own.
    queues : Queues
        Work off the window's thread: `submit`, `write`, `jobs` and `surveys` are its own.
    opening : Opening
        Run folders that are read: `open_run` and `show_run` are its own.
    current, selection, new_images, bookmarks, attributes, undo, training, sweeping, estimates, snapshots, epochs,
    watcher, user, libraries, decoder
        The other parts; each says in its own module what it is.

    Signals
    -------
    run_changed, snapshot_changed, history_changed : ()
        Another run is open; the open one has newer weights; it has another row.
    preparing_changed : ()
    run_saved : (Path)
        A run's folder has been written, or has got another name.
    message, failed : (level, text), (Failure)
    """

    run_changed = Signal()
    snapshot_changed = Signal()
    history_changed = Signal()
    preparing_changed = Signal()
    run_saved = Signal(object)
    message = Signal(str, str)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.showing = ShownRun(self)
        self.is_open = self.showing.is_open
        self.decoder = Decoder(self, cores.share)
        CardTrial(self.decoder, self)
        self.queues = Queues(self)
        self.submit, self.write = self.queues.submit, self.queues.write
        self.jobs, self.surveys = self.queues.jobs, self.queues.surveys
        self.libraries = Libraries(self.queues, self)
        self.current = CurrentCode(self.decoder, self)
        self.selection = Selection(self)
        self.dimensions = ChosenDimensions(self)
        self.new_images = NewImages(self.current, self.selection, self.decoder, self)
        self.bookmarks = Bookmarks(self.decoder, self)
        self.attributes = Attributes(self.decoder, self)
        self.undo = Undo(self)
        self.user = UserActivity(self)
        self.epochs = Epochs(self.decoder, self)
        self.watcher = RunWatcher(self.decoder, self)
        self.training = Training(self.epochs, self.watcher, self)
        self.sweeping = Sweeping(self.training, self)
        self.estimates = Estimates(self.jobs, self.surveys, self.training, self.libraries, self)
        self.snapshots = Snapshots(self.training, self.user, self.decoder, self)
        self.opening = Opening(self.showing, self.queues, self.new_images, self.snapshots, self.epochs, self)
        self.open_run, self.show_run = self.opening.open_run, self.opening.show_run
        self._follow = FollowTraining(self.showing, self.training, self.snapshots, self.queues, self)
        self._connect()

    def _connect(self) -> None:
        self.showing.preparing_changed.connect(self.preparing_changed)
        self.showing.history_changed.connect(self.history_changed)
        for asked in (self.decoder, self.new_images, self.queues, self._follow, self.sweeping):
            asked.failed.connect(self.failed)
        self.current.chosen.connect(self.user.touch)
        told = (
            self.current,
            self.new_images,
            self.bookmarks,
            self.attributes,
            self.epochs,
            self.training,
            self.queues,
            self._follow,
        )
        for part in (*told, self.undo, self.sweeping):
            part.message.connect(self.message)
        for changed in (self.current, self.selection, self.bookmarks, self.attributes):
            changed.by_person.connect(self.undo.record)
        self.opening.other.connect(self._show_other)
        self.opening.newer.connect(self._show_newer)
        self._follow.put_aside.connect(self.opening.end_jobs)
        self._follow.gone_on.connect(self.opening.halt_jobs)
        self._follow.ended.connect(self.show_run)
        self._follow.saved.connect(self.run_saved)
        self.training.state_changed.connect(self._on_doings)
        self.run_changed.connect(self.training.settle)
        self.snapshots.opened.connect(self.show_run)
        self.epochs.chosen.connect(self._show_newer)
        self.epochs.changed.connect(self._on_doings)
        self.watcher.grown.connect(self._on_grown)

    # -- which run is shown ----------------------------------------------------------------------------------------

    @property
    def run(self) -> Trained | None:
        """What panes draw: the open run, or the newest snapshot of the one that trains."""
        return self.showing.run

    @property
    def shown(self) -> Trained:
        """`run`, for whoever is asked only while there is one."""
        assert self.showing.run is not None
        return self.showing.run

    @property
    def history(self) -> History:
        """The run's table of metrics, one row an epoch."""
        return self.showing.history

    @property
    def preparing(self) -> bool:
        """Whether a new run is begun, of which there is nothing to see yet."""
        return self.showing.preparing

    @property
    def explorable(self) -> bool:
        """Whether a run is shown, with which something can be done."""
        return self.showing.explorable

    @property
    def title(self) -> str:
        """The name of the run that is shown, or prepared; "" where there is none."""
        if self.preparing:
            return self.training.path.name if self.training.path is not None else "New run"
        return self.run.name if self.run is not None else ""

    # -- showing and leaving runs --------------------------------------------------------------------------------------

    @Slot(object)
    def _show_other(self, run: Trained) -> None:
        self.decoder.forget()
        self.opening.end_jobs()
        # The history of the run that was prepared is ahead of what is shown of it.
        self.showing.show_other(run, ahead=self.preparing and self.snapshots.following)
        self.current.clear(run)
        self.new_images.clear(run)
        self.selection.clear(run)
        self.dimensions.clear()
        self.bookmarks.clear(run)
        self.attributes.clear(run)
        self.epochs.open(run)
        self.watcher.watch(run)
        self.run_changed.emit()
        self.selection.announce()
        self.bookmarks.read()
        self.attributes.read()
        self.current.begin()
        self.undo.clear()
        self.history_changed.emit()

    @Slot(object)
    def _show_newer(self, run: Trained) -> None:
        self.showing.show_newer(run, ahead=self.training.active)
        self.current.renew(run)
        for part in (self.selection, self.new_images, self.bookmarks, self.attributes, self.epochs, self.watcher):
            part.follow(run)
        self.snapshot_changed.emit()
        self.current.follow()
        self.history_changed.emit()

    def compare(self, paths: Iterable[Path]) -> None:
        """Set other runs beside the open one."""
        self.selection.compare(path for path in paths if not self.is_open(path))

    def compare_apart(self, paths: Iterable[Path]) -> None:
        """Set runs beside each other, without the open one."""
        self.selection.compare(paths, with_open=False)

    def relocate(self, old: Path, new: Path | None) -> None:
        """The folder of a run has got another name (None: it is gone)."""
        self.selection.relocate(old, new)
        if self.is_open(old):
            self.epochs.end()
            self.shown.path = new
            self.snapshot_changed.emit()
            if new is not None:
                self.run_saved.emit(new)

    @Slot()
    def _on_doings(self) -> None:
        """A training has begun or ended, or an earlier epoch is looked at: what rests meanwhile."""
        active = self.epochs.locked = self.training.active
        self.current.alone = not active
        self.watcher.paused = active or self.epochs.shown is not None

    @Slot(object, object)
    def _on_grown(self, run: Trained | None, history: History) -> None:
        if run is not None:
            self._show_newer(run)
        elif len(history) != len(self.history):
            self.showing.see_rows(history)

    @property
    def busy(self) -> bool:
        """Whether closing now would lose something under way."""
        return self.training.active or bool(self.jobs.writing)

    def shutdown(self) -> None:
        """Stop everything and end every thread."""
        for timed in (self.showing, self.snapshots, self.watcher):
            timed.end()
        own = (self.libraries, self.training, self.sweeping, self.new_images, self.queues, self.attributes)
        for part in (*own, self.decoder):
            part.shutdown()
