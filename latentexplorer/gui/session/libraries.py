"""The heavy libraries, loaded beside the window when it is on the screen, and what they find: a CUDA device or none."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.session.queues import Queues
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.gui.workers.job_thread import JobThread


class Libraries(QObject):
    """Loads what exploring needs, then what training needs, so that neither the first click nor Train waits for it.

    Attributes
    ----------
    device, why : str
        "CUDA" and its name, or "CPU" and why there is no CUDA; "" until they are loaded.

    Signals
    -------
    ready : (device)
        What exploring needs is loaded.
    """

    ready = Signal(str)

    def __init__(self, queues: Queues, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queues = queues
        self._preparing = JobThread("preparing", self)
        self.device = self.why = ""

    def load(self) -> None:
        """Load them in the background; `ready` follows."""
        job = self._queues.submit("Loading libraries", tasks.warm_up, "warm-up", of_run=False)
        job.succeeded.connect(self._on_loaded)

    @Slot(object)
    def _on_loaded(self, device: tuple[str, str]) -> None:
        self.device, self.why = device
        self.ready.emit(self.device)
        self._preparing.start(Job("Getting ready to train", tasks.prepare_training, parent=self))

    def shutdown(self) -> None:
        """Load no more."""
        self._preparing.shutdown()
