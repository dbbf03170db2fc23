"""How the map comes about: as it is kept with the run, at once, or watched while it converges, stopped and resumed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.events import Notice, Progress, ProjectionMoved
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks, tasks
from latentexplorer.gui.workers.job import Failure, Job, Work
from latentexplorer.views.base import Array, Refused

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.map import Result

KEY = "view:map"
LAYOUT = ("part", "limit", "perplexity", "steps", "early", "stopped", "seed", "sample")
"""Settings that a slow map was laid out with, whatever the controls say by now."""
KNOWN_BY = ("limit", "perplexity", "seed", "sample")


class MapLayout(QObject):
    """Asks for maps and tells what becomes of them. At most one is under way; answers of earlier ones are dropped.

    Attributes
    ----------
    step, steps : int
        Steps of the t-SNE under way, done and asked for; 0 before the first, and for other methods.
    stage : str
        What is being done before the points move.
    never_began : bool
        Whether the last one ended before there was anything to show.

    Signals
    -------
    began : (views.map.Result)
        Its points are known; they will move.
    found : (views.map.Result)
        One that is kept with the run; `arrived` follows.
    moved : (ndarray (N, 2))
    arrived : (views.map.Result or Refused)
    epochs_arrived : (MapsOfEpochs)
    changed : ()
        `running` or one of the attributes changed.
    """

    began = Signal(object)
    found = Signal(object)
    moved = Signal(object)
    arrived = Signal(object)
    epochs_arrived = Signal(object)
    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._job: Job | None = None
        self._of: Trained | None = None
        self._unkept: set[str] = set()
        self.forget()

    def forget(self) -> None:
        """Another run: nothing that is under way counts any more."""
        if self._job is not None:
            job, self._job = self._job, None
            self._session.jobs.leave(job)
        self._session.decoder.drop("map")
        self.step = self.steps = 0
        self.stage = ""
        self.never_began = self._beside = False
        self._asked_for: tasks.Settings = {}
        self._coords: Array | None = None

    @property
    def running(self) -> bool:
        """Whether a map is being laid out in the background."""
        return self._job is not None

    # -- asking -------------------------------------------------------------------------------------------------

    def lay_out_at_once(self, settings: tasks.Settings) -> None:
        """A map that takes milliseconds."""
        if self._job is not None:
            self.forget()
        question = partial(tasks.quick_view, self._session.shown, "map", settings)
        self._session.decoder.ask("map", question, self._on_answer)
        self.changed.emit()

    def open(self, kept: tasks.Settings, usual: tasks.Settings) -> None:
        """The map that the run keeps, else the usual one, which takes milliseconds: nothing is laid out unasked."""
        self.forget()
        question = partial(map_tasks.opened, self._session.shown, kept, usual)
        self._session.decoder.ask("map", question, self._on_opened)
        self.changed.emit()

    def lay_out_watched(self, settings: tasks.Settings, before: Result | None) -> None:
        """A map that takes seconds; `before`: the one that is shown, which may save some of them."""
        self._start(partial(map_tasks.lay_out, self._session.shown, settings, before))
        self._asked_for = {key: settings[key] for key in LAYOUT if key in settings}

    def lay_out_epochs(self, latest: Trained, settings: tasks.Settings) -> None:
        """The codes of all kept epochs of a run on one map, which takes seconds; what is shown stays until then."""
        self._start(partial(map_tasks.lay_out_epochs, latest, settings))
        self._asked_for = {key: settings[key] for key in LAYOUT if key in settings}
        self._beside = True

    def resume_epochs(self, latest: Trained, maps: map_tasks.MapsOfEpochs, steps: int) -> None:
        """Go on with the t-SNE of all kept epochs up to `steps` steps in all; what is shown stays until then."""
        settings = self._asked_for
        self._start(partial(map_tasks.resume_epochs, latest, maps, steps))
        self._asked_for, self._beside = settings | {"steps": steps}, True

    def resume(self, result: Result, steps: int) -> None:
        """Go on with a t-SNE map up to `steps` steps in all."""
        # The steps that pull neighbours together harder stay those that the map began with.
        early = {"early": result.projection.steps // 3}
        settings = self._asked_for | early | result.tsne_settings | {"steps": steps}
        settings.pop("stopped", None)
        self._start(partial(map_tasks.resume, result, steps))
        self._coords = np.asarray(result.coords, np.float64)
        self._asked_for = settings

    @Slot()
    def stop(self) -> None:
        """Stop where it is; what has been reached is shown."""
        if self._job is not None:
            self._session.jobs.cancel(self._job)

    def settings_of(self, result: Result | None) -> tasks.Settings:
        """What makes a map of t-SNE or UMAP that is shown, or under way, again as far as it is now."""
        if not self.running:
            return self._asked_for | (result.tsne_settings if result is not None else {})
        # UMAP comes in one piece; of t-SNE every step is seen.
        return self._asked_for | ({"stopped": self.step} if self.steps else {})

    def moving_coords(self, result: Result) -> Array | None:
        """Where the points (N, 2) of a map are while they move; None where they stand still."""
        moving = self._coords if self.running else None
        return moving if moving is not None and len(moving) == len(result.projection.codes) else None

    def _start(self, work: Work) -> None:
        self.forget()
        self._of = self._session.shown
        job = self._session.submit("Laying out the map", work, KEY)
        if job.done:
            return
        self._job = job
        job.reported.connect(self._on_reported)
        job.succeeded.connect(self._end)
        job.stopped.connect(self._on_stopped)
        job.failed.connect(self._on_stopped)
        self.changed.emit()

    # -- what comes back ----------------------------------------------------------------------------------------

    def _on_answer(self, result: Result | Refused) -> None:
        """A map that took milliseconds."""
        self.arrived.emit(result)
        self.changed.emit()

    def _on_opened(self, opened: map_tasks.Opened) -> None:
        """What a run is shown with."""
        for text in opened.said:
            self._session.message.emit("warning", text)
        result = opened.result
        wanted = None if isinstance(result, Refused) else result.wanted
        if wanted is not None and not isinstance(result, Refused):
            self._asked_for = {name: getattr(wanted, name) for name in ("part", *KNOWN_BY)}
            self.found.emit(result)
        self.arrived.emit(result)
        self.changed.emit()

    @Slot(object)
    def _on_reported(self, event: object) -> None:
        if isinstance(event, map_tasks.Begun):
            self.began.emit(event.result)
        elif isinstance(event, ProjectionMoved):
            self.step, self.steps = event.step, event.steps
            if self._beside:
                self.changed.emit()
                return
            self._coords = np.asarray(event.coords, np.float64)
            self.moved.emit(self._coords)
        elif isinstance(event, Progress):
            self.stage = event.text
        elif isinstance(event, Notice):
            self._session.message.emit(event.level, event.text)
        self.changed.emit()

    @Slot()
    @Slot(object)
    def _on_stopped(self, _failure: Failure | None = None) -> None:
        self._end(None)

    @Slot(object)
    def _end(self, result: Result | Refused | map_tasks.MapsOfEpochs | None) -> None:
        """The map under way is done; None where it ended before there was anything to show."""
        self._job = self._coords = None
        # Another map may stand there, and stay.
        self.never_began = result is None and not self._beside
        if isinstance(result, map_tasks.MapsOfEpochs):
            self.epochs_arrived.emit(result)
        elif result is not None:
            self._keep(result)
            self.arrived.emit(result)
        self.changed.emit()

    # -- keeping it ---------------------------------------------------------------------------------------------

    def _keep(self, result: Result | Refused) -> None:
        """Keep a map that was laid out with its run; also where that one is left at once."""
        if self._of is None or isinstance(result, Refused) or result.wanted is None or result.kept:
            return
        work = partial(map_tasks.keep, self._of, result)
        job = self._session.submit("Keeping the map", work, quick=True, of_run=False)
        job.succeeded.connect(partial(self._on_kept, str(self._of.path)))

    def _on_kept(self, run: str, why: str) -> None:
        if why and run not in self._unkept:
            self._unkept.add(run)
            self._session.message.emit("info", f"The map is not kept with the run: {why}")
