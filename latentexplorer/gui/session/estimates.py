"""What a training would take: known from earlier runs, or measured by a few steps while nothing trains."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.costs import Cost, CostBook, cost_key, duration_text, rate_key
from latentexplorer.core.expected import Expected, expected
from latentexplorer.gui.session.libraries import Libraries
from latentexplorer.gui.session.training import IDLE, Training
from latentexplorer.gui.workers import plan_tasks
from latentexplorer.gui.workers.job import Failure, Job, Work
from latentexplorer.gui.workers.job_queue import JobQueue

NOT_MEASURED = "time not measured yet"
THUMBNAILS = 20
"""Images of a set that are looked at."""


@dataclass(frozen=True)
class Estimate:
    """What is known of a training before it begins.

    Attributes
    ----------
    images : Expected or None
    cost : Cost or None
    epochs : int
        0 where the family is solved at once.
    seconds : float
        Of all of it, on this machine; NaN where that is not known.
    problem : str
        Why such a model cannot be trained on such images.
    """

    images: Expected | None
    cost: Cost | None
    epochs: int
    seconds: float = math.nan
    problem: str = ""

    @property
    def size_text(self) -> str:
        """`1,000 images × 60 epochs`."""
        if self.images is None:
            return "images are counted when they are read"
        return f"{self.images.train_text} × {self.epochs:,} epochs" if self.epochs else self.images.train_text

    @property
    def weights_text(self) -> str:
        """`36,200 parameters`; "" where it is not known."""
        return "" if self.cost is None else f"{self.cost.weights:,} parameters"

    @property
    def time_text(self) -> str:
        """`about 40 s here`, `time not measured yet`."""
        if self.problem:
            return self.problem
        if not self.epochs:
            return "solved at once"
        return f"{duration_text(self.seconds)} here" if math.isfinite(self.seconds) else NOT_MEASURED


class Estimates(QObject):
    """Knows what trainings take, and finds it out.

    Attributes
    ----------
    runs : tuple of PastRun
        Of the runs folder, the last changed first, as it was looked at last.

    Signals
    -------
    changed : ()
        More is known.
    """

    changed = Signal()

    def __init__(
        self, jobs: JobQueue, surveys: JobQueue, training: Training, libraries: Libraries, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._surveys = jobs, surveys
        self._training, self._libraries = training, libraries
        self._kept: CostBook | None = None
        self._problems: dict[str, str] = {}
        self._thumbnails: dict[tuple[str, str], plan_tasks.Thumbnails] = {}
        self._looking: Job | None = None
        self._measuring: tuple[str, Job] | None = None
        self._looked_back = False
        self.runs: tuple[plan_tasks.PastRun, ...] = ()
        training.state_changed.connect(self._on_training)

    @property
    def _book(self) -> CostBook:
        # Read when it is asked for: the window opens without.
        if self._kept is None:
            self._kept = CostBook()
        return self._kept

    # -- what is known ---------------------------------------------------------------------------------------------

    def images_of(self, data: DataConfig) -> Expected | None:
        """The images that settings ask for, as far as they are known without reading them."""
        seen = self.thumbnails_of(data)
        found = expected(data, seen.counts if seen is not None and seen.counts[0] else None)
        if found is not None:
            return found
        same = (run.images for run in self.runs if run.images is not None and _same_images(run.config.data, data))
        return next(same, None)

    def of(self, config: RunConfig) -> Estimate:
        """What is known of a training by now."""
        images = self.images_of(config.data)
        epochs = config.training.epochs if config.model.kind.gradient else 0
        if images is None:
            return Estimate(None, None, epochs)
        key, rate = self._keys(config, images)
        cost = self._book[key]
        timed = self._book[rate] or cost
        seconds = math.nan if timed is None else timed.seconds(config, images)
        return Estimate(images, cost, epochs, seconds, self._problems.get(key, ""))

    def _keys(self, config: RunConfig, images: Expected) -> tuple[str, str]:
        """What its parameters, and the time an image takes, are known by."""
        asked = config.training.device
        device = "cuda" if asked != "cpu" and self._libraries.device == "CUDA" else "cpu"
        return cost_key(config, images, device), rate_key(config, images, device)

    def thumbnails_of(self, data: DataConfig) -> plan_tasks.Thumbnails | None:
        """Some images of a set; None where they have not been looked at yet."""
        return self._thumbnails.get(_place(data))

    # -- finding out -----------------------------------------------------------------------------------------------

    def look_back(self) -> None:
        """Read what the runs of the runs folder took; `changed` follows."""
        self._looked_back = True
        self._surveys.submit(self._job("Reading earlier runs", plan_tasks.look_back, "look-back", self._on_past))

    def look_at(self, data: DataConfig) -> bool:
        """Look at some images of a set, once, one set after the other; says whether that was begun."""
        busy = self._looking is not None and not self._looking.done
        if busy or _place(data) in self._thumbnails:
            return False
        work = partial(plan_tasks.thumbnails, data, THUMBNAILS)
        took = partial(self._on_thumbnails, _place(data))
        self._looking = self._job(f"Looking at {data.path or data.source.title}", work, "thumbnails", took)
        self._looking.failed.connect(partial(self._on_unseen, _place(data)))
        self._surveys.submit(self._looking)
        return True

    def measure(self, config: RunConfig) -> bool:
        """Measure what a training would take, where that is not known and nothing trains; says whether that was begun.

        Another measurement that is under way is given up for it. What earlier runs took is looked up before.
        """
        if not self._looked_back:
            self.look_back()
        images = self.images_of(config.data)
        if images is None or self._training.state != IDLE:
            return False
        key, rate = self._keys(config, images)
        known, under_way = self._book[key], self._measuring
        timed = self._book[rate] is not None or not config.model.kind.gradient
        if key in self._problems or (known is not None and (known.timed or timed)):
            return False
        if under_way is not None and under_way[0] == key and not under_way[1].done:
            return False
        job = self._job(
            "Measuring how long it takes",
            partial(plan_tasks.measure, config, images, not timed),
            "measure",
            partial(self._on_measured, (key, rate)),
        )
        job.failed.connect(partial(self._on_refused, key))
        self._measuring = key, job
        self._jobs.submit(job)
        return True

    def give_up(self) -> None:
        """Nobody waits for it any more."""
        self._jobs.cancel_all("measure")
        self._surveys.cancel_all("thumbnails")

    def _job(self, title: str, work: Work, key: str, took: Callable[..., None]) -> Job:
        job = Job(title, work, key, parent=self)
        job.succeeded.connect(took)
        job.finished.connect(job.deleteLater)
        return job

    @Slot(str)
    def _on_training(self, state: str) -> None:
        """What trains has the machine to itself, and what it takes is known better when it is done."""
        if state != IDLE:
            self.give_up()
        else:
            self.look_back()

    @Slot(object)
    def _on_past(self, past: plan_tasks.Past) -> None:
        self.runs = past.runs
        self._book.add(past.costs)
        self.changed.emit()

    def _on_thumbnails(self, place: tuple[str, str], found: plan_tasks.Thumbnails) -> None:
        self._thumbnails[place] = found
        self.changed.emit()

    def _on_unseen(self, place: tuple[str, str], failure: Failure) -> None:
        self._on_thumbnails(place, plan_tasks.Thumbnails(np.empty((0, 1, 1, 1), np.uint8), (0, 0), failure.message))

    def _on_measured(self, keys: tuple[str, str], cost: Cost) -> None:
        self._book.add(dict.fromkeys(keys if cost.timed else keys[:1], cost))
        self.changed.emit()

    def _on_refused(self, key: str, failure: Failure) -> None:
        self._problems[key] = failure.message
        self.changed.emit()


def _place(data: DataConfig) -> tuple[str, str]:
    """Where the images of settings lie."""
    return data.name, str(data.path or data.root or "")


def _same_images(one: DataConfig, other: DataConfig) -> bool:
    """Whether settings read the same images of a person."""
    return one.source.needs == "path" and one == other
