"""From the training that goes on to the run that is shown: a new one is prepared, takes its place, or comes to nothing.

The stages of a new run: it is begun (what was shown is put aside, unharmed), it gets a name and a folder, epochs are
done, a first state of it is there to be shown (`Snapshots`), and it ends: trained, stopped, or failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.session.queues import Queues
from latentexplorer.gui.session.shown_run import ShownRun
from latentexplorer.gui.session.snapshots import Snapshots
from latentexplorer.gui.session.training import LOADING, Training, opens
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Failure

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class FollowTraining(QObject):
    """Says what a training means for the run that is shown.

    Signals
    -------
    put_aside : ()
        A new run is begun: the one that is shown will be left, or come back.
    gone_on : ()
        The one that is shown is trained on.
    ended : (Trained)
        What has been trained is to be shown: all of it or, where it failed, what was saved.
    saved : (Path)
    message, failed : (level, text), (Failure)
    """

    put_aside = Signal()
    gone_on = Signal()
    ended = Signal(object)
    saved = Signal(object)
    message = Signal(str, str)
    failed = Signal(object)

    def __init__(
        self,
        showing: ShownRun,
        training: Training,
        snapshots: Snapshots,
        queues: Queues,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._showing, self._training, self._snapshots, self._queues = showing, training, snapshots, queues
        training.state_changed.connect(self._on_state)
        training.began.connect(self._on_began)
        training.epoch_done.connect(self._on_epoch_done)
        training.trained.connect(self._on_trained)
        training.failed.connect(self._on_failed)
        training.ending.connect(self._on_ending)

    @Slot(str)
    def _on_state(self, state: str) -> None:
        if state == LOADING:
            self._snapshots.begin()
            if self._training.new:
                self.put_aside.emit()
                self._showing.prepare()
            else:
                self.gone_on.emit()

    @Slot(object)
    def _on_began(self, ready: tasks.TrainingReady) -> None:
        self._snapshots.begun()
        if ready.data.notes:
            self.message.emit("info", f"Images: {'; '.join(ready.data.notes)}")
        if self._snapshots.following:
            self._showing.begin_rows()
        if self._showing.preparing:
            # It has a name by now.
            self._showing.preparing_changed.emit()

    @Slot(object)
    def _on_epoch_done(self, row: dict[str, float]) -> None:
        if self._snapshots.following:
            self._showing.add_row(row)

    @Slot(object)
    def _on_trained(self, run: Trained) -> None:
        if self._snapshots.following:
            self.ended.emit(run)
        self.saved.emit(run.path)

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure)
        path = self._training.path
        if self._snapshots.following and path is not None and opens(path):
            # The last whole epoch is what there is to look at, and to go on from.
            self._queues.read_run(path).succeeded.connect(self.ended)

    @Slot()
    def _on_ending(self) -> None:
        self._snapshots.end()
        if self._showing.preparing:
            run = self._showing.run
            self._showing.give_up()
            if run is not None:
                self.message.emit("info", f"{run.name} is shown again: there is nothing to see of the new run")
