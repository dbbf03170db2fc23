"""From a run folder to the run that is shown: it is read, and is another one, or the shown one as it is now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.session.epochs import Epochs
from latentexplorer.gui.session.new_images import NewImages
from latentexplorer.gui.session.queues import Queues
from latentexplorer.gui.session.shown_run import ShownRun
from latentexplorer.gui.session.snapshots import Snapshots
from latentexplorer.gui.workers.job import Job

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Opening(QObject):
    """Reads runs, and says what each is to the one that is shown.

    Signals
    -------
    other, newer : (Trained)
        Another run is to be shown; the shown one is to be seen as it is now.
    changed : ()
        A folder is being read, or no longer.

    Attributes
    ----------
    words : str
        Which folder is being read, for a person; "" where none is.
    """

    other = Signal(object)
    newer = Signal(object)
    changed = Signal()

    def __init__(
        self,
        showing: ShownRun,
        queues: Queues,
        new_images: NewImages,
        snapshots: Snapshots,
        epochs: Epochs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._showing, self._queues, self._new_images = showing, queues, new_images
        self._snapshots, self._epochs = snapshots, epochs
        self.words = ""
        self._reading: Job | None = None

    def open_run(self, path: Path | str) -> Job:
        """Read a run folder; what is worked out for the run before it ends at once."""
        if not self._showing.is_open(Path(path)):
            self.end_jobs()
        job = self._queues.read_run(Path(path))
        job.succeeded.connect(self._on_opened)
        job.finished.connect(self._on_read)
        self._reading = job
        self._say(f"Opening {Path(path).name}…")
        return job

    def _say(self, words: str) -> None:
        self.words = words
        self.changed.emit()

    @Slot()
    def _on_read(self) -> None:
        # One that is begun meanwhile takes its place.
        if self.sender() is self._reading:
            self._reading = None
            self._say("")

    @Slot()
    def end_jobs(self) -> None:
        """The run that is shown is left: nobody waits any more for what is worked out for it."""
        self._new_images.stop()
        self._queues.leave_run()

    @Slot()
    def halt_jobs(self) -> None:
        """The run that is shown is trained on: what is worked out for it would be of weights that pass."""
        self._new_images.stop()
        self._queues.halt_run()

    @Slot(object)
    def _on_opened(self, run: Trained) -> None:
        self._snapshots.look_at(run)
        if self._open_already(run):
            # What was chosen in it stays.
            self._epochs.end()
            self.newer.emit(run)
        else:
            self.other.emit(run)

    def _open_already(self, run: Trained) -> bool:
        """Whether it is the shown run once more, and no other one that has taken its place in the folder."""
        known = self._showing.run if self._showing.explorable and self._showing.is_open(run.path) else None
        return known is not None and (known.config.data, known.config.model) == (run.config.data, run.config.model)

    @Slot(object)
    def show_run(self, run: Trained) -> None:
        """Make a run current: the shown one as it is now, or another one."""
        if self._showing.is_open(run.path):
            self.newer.emit(run)
        else:
            self.other.emit(run)
