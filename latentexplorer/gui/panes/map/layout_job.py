"""How the map comes about: at once, or watched while it converges, stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from latentexplorer.core.events import Progress, ProjectionMoved
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.job import Job

KEY = "view:map"
LAYOUT = ("part", "limit", "perplexity", "steps", "early", "stopped", "seed")
"""Settings that a slow map was laid out with, whatever the controls say by now."""


class Layout(QObject):
    """Asks for maps and tells what becomes of them. At most one is under way; answers of earlier ones are dropped.

    Signals
    -------
    began : (views.map.Result)
        Its points are known; they will move.
    moved : (ndarray (N, 2))
    arrived : (views.map.Result or Refused)
    changed : ()
        `running`, `step`, `said` or `broken_off` changed.
    """

    began = Signal(object)
    moved = Signal(object)
    arrived = Signal(object)
    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._job: Job | None = None
        self._told: _Told | None = None
        self._asked = 0
        self.forget()

    def forget(self) -> None:
        """Another run: nothing that is under way counts any more."""
        if self._job is not None:
            job, self._job = self._job, None
            self._session.jobs.cancel(job)
        self._asked += 1
        self.step = self.steps = 0
        self.said = ""
        self.broken_off = False
        self._asked_for: dict[str, Any] = {}
        self.coords: np.ndarray | None = None

    @property
    def running(self) -> bool:
        """Whether a map is being laid out in the background."""
        return self._job is not None

    def at_once(self, settings: dict[str, Any]) -> None:
        """A map that takes milliseconds."""
        if self._job is not None:
            self.forget()
        work = map_tasks.layout(self._session.run, settings)
        self._session.decoder.ask("map", map_tasks.at_once(work), _Answer(self, self._asked))
        self.changed.emit()

    def watched(self, settings: dict[str, Any], before: Any) -> None:
        """A map that takes seconds."""
        self._start(map_tasks.layout(self._session.run, settings, before))
        self._asked_for = {key: settings[key] for key in LAYOUT if key in settings}

    def go_on(self, result: Any, steps: int) -> None:
        """Go on with a t-SNE map up to `steps` steps in all."""
        asked = self.settings_of(result)
        self._start(map_tasks.resume(result, steps))
        self.coords = np.asarray(result.coords, np.float64)
        asked |= {"steps": steps, "early": result.projection.state.early}
        self._asked_for = {key: value for key, value in asked.items() if key != "stopped"}

    def settings_of(self, result: Any) -> dict[str, Any]:
        """What makes a map of t-SNE or UMAP that is shown, or under way, again as far as it is now."""
        settings = dict(self._asked_for)
        if self.running:
            # UMAP comes in one piece; of t-SNE every step is seen.
            return settings | ({"stopped": self.step} if self.steps else {})
        projection: Any = getattr(result, "projection", None)
        if hasattr(projection, "state"):
            steps, early = projection.settings.steps, projection.state.early
            settings |= {"perplexity": projection.settings.perplexity, "steps": steps, "seed": projection.settings.seed}
            settings |= {"early": early} if early != steps // 3 else {}
            settings |= {} if projection.finished else {"stopped": projection.step}
        return settings

    def stop(self) -> None:
        """Stop where it is; what has been reached is shown."""
        if self._job is not None:
            self._session.jobs.cancel(self._job)

    def _start(self, work: Callable[..., Any]) -> None:
        self.forget()
        job = self._session.submit("Laying out the map", work, KEY)
        if job.done:
            return
        self._job = job
        # Kept: a connection to a method does not keep its object alive.
        told = self._told = _Told(self, job)
        job.reported.connect(told.reported)
        job.succeeded.connect(told.succeeded)
        job.stopped.connect(told.ended)
        job.failed.connect(told.failed)
        self.changed.emit()

    # -- what comes back ----------------------------------------------------------------------------------------

    def on_event(self, event: Any) -> None:
        """Something was reported by the map under way."""
        if isinstance(event, map_tasks.Begun):
            self.began.emit(event.result)
        elif isinstance(event, ProjectionMoved):
            self.step, self.steps = event.step, event.steps
            self.coords = np.asarray(event.coords, np.float64)
            self.moved.emit(self.coords)
        elif isinstance(event, Progress):
            self.said = event.what
        self.changed.emit()

    def on_end(self, result: Any) -> None:
        """The map under way is done; None where it was stopped before there was anything to show."""
        self._job = None
        self.coords = None
        self.broken_off = result is None
        if result is not None:
            self.arrived.emit(result)
        self.changed.emit()

    def is_current(self, job: Job) -> bool:
        """Whether a job is the one whose answer is waited for."""
        return job is self._job

    def on_answer(self, number: int, result: Any) -> None:
        """A map that took milliseconds."""
        if number == self._asked and self._job is None:
            self.arrived.emit(result)
            self.changed.emit()


class _Answer:
    def __init__(self, layout: Layout, number: int) -> None:
        self._layout, self._number = layout, number

    def __call__(self, result: Any) -> None:
        self._layout.on_answer(self._number, result)


class _Told:
    """Hears of one job; a job signals in the window's thread."""

    def __init__(self, layout: Layout, job: Job) -> None:
        self._layout, self._job = layout, job

    def reported(self, event: Any) -> None:
        if self._layout.is_current(self._job):
            self._layout.on_event(event)

    def succeeded(self, result: Any) -> None:
        if self._layout.is_current(self._job):
            self._layout.on_end(result)

    def ended(self) -> None:
        if self._layout.is_current(self._job):
            self._layout.on_end(None)

    def failed(self, failure: Any) -> None:
        self.ended()
