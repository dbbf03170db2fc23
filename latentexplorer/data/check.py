"""What reading a person's images would do, told before anything is trained and while it is found out.

The images are read by the same code that a training reads them with, and this listens to what it says on its way. So
what is told here is what happens then.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Event, FileSeen, FilesFound, Progress
from latentexplorer.core.paths import expanded, is_folder, is_there
from latentexplorer.data.image_set import DataSplit
from latentexplorer.data.load import load_data
from latentexplorer.data.readers import KINDS
from latentexplorer.data.readers.image_files import look_at
from latentexplorer.data.suggest import suggested
from latentexplorer.data.survey import ClassSeen, Survey, columns_of, small, thumbnail

MOST_THUMBNAILS = 2000
"""Of all classes together; every class has one at least."""
OF_A_CLASS, OF_NO_CLASS = 8, 60
TELL_EVERY_S = 0.1
FIRST_LOOK_S = 0.5


Tell = Callable[[Survey], None]


@dataclass(frozen=True, eq=False)
class Checked:
    """A survey, and the images themselves where they could be read with its settings."""

    survey: Survey
    data: DataSplit | None


def check(settings: DataConfig, tell: Tell, stop: StopToken = NEVER, *, suggest: bool = False) -> Checked:
    """Read a person's images as a training would, telling on the way what is found.

    Parameters
    ----------
    settings : DataConfig
        Of `data.name = images`.
    tell : callable (Survey)
        Hears what is known by now, ten times a second at most.
    suggest : bool
        Read them with the settings that suit them instead, as soon as these are known. Settings that are given stay.

    Returns
    -------
    Checked
        Also where the images cannot be used: then the survey says why.

    Raises
    ------
    DataError
        Where there is nothing at the path.
    Stopped
        If `stop` was requested.
    """
    path = expanded(settings.path or "")
    if not is_there(path):
        raise DataError(f"{path} is not there", f"Name {KINDS}")
    listener = _Listener(settings, tell, stop, suggest=suggest)
    try:
        data = _load(listener, stop)
    except DataError as error:
        return Checked(listener.end(problem=error.what, todo=error.todo), None)
    return Checked(listener.end(data), data)


def _load(listener: _Listener, stop: StopToken) -> DataSplit:
    """The images, with the settings that suit them where these are wished for."""
    data = None
    with suppress(_Unsuited):
        data = load_data(listener.settings, emit=listener.hear, stop=stop)
    if data is None or listener.take_better():
        data = load_data(listener.settings, emit=listener.hear, stop=stop)
    return data


class _Unsuited(Exception):
    """Files were looked at, and none was decoded yet: they are to be read with other settings."""


class _Listener:
    """Hears what the readers say on their way, and tells it as one survey."""

    def __init__(self, settings: DataConfig, tell: Tell, stop: StopToken, *, suggest: bool) -> None:
        self.settings, self._suggest = settings, suggest
        self._tell, self._stop = tell, stop
        self._told_s = 0.0
        self._stage, self._progress = "finding", (0, 0)
        self._root = expanded(settings.path or "")
        self._images = 0
        self._seen: dict[str, FileSeen] = {}
        self._class_of: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._thumbnails: dict[str, list[np.ndarray]] = {}
        self._shown: set[str] = set()
        self._alone: list[tuple[str, int, FileSeen]] = []
        self.unreadable: dict[str, str] = {}
        self.sizes: Counter[tuple[int, int]] = Counter()
        self.kinds: Counter[str] = Counter()

    # -- hearing --------------------------------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        """Take in what a reader says."""
        if isinstance(event, FilesFound):
            self._on_files(event)
        elif isinstance(event, FileSeen):
            self._on_file(event)
        elif isinstance(event, Progress):
            self._on_progress(event)
        now = time.monotonic()
        if now - self._told_s >= TELL_EVERY_S:
            self._tell(self.survey())
            # Afterwards, so that many classes never take all of the time.
            self._told_s = time.monotonic()

    def _on_progress(self, event: Progress) -> None:
        stages = {"finding images": "finding", "looking at images": "looking"}
        self._stage = stages.get(event.what, "reading")
        self._progress = (event.done, event.total)
        if self._stage == "finding" and not self._seen:
            self._images = event.done
        if self._stage == "looking" and event.done == event.total and self.take_better():
            raise _Unsuited

    def _on_files(self, event: FilesFound) -> None:
        self._images = len(event.files)
        names = event.classes or ("",) * len(event.files)
        self._class_of = dict(zip(event.files, names, strict=True))
        self._counts = Counter(names)
        self._told_s = 0.0
        self._show_one_of_each()

    def _show_one_of_each(self) -> None:
        """The first image of each class at once, as far as that takes no time: the last class is looked at last."""
        folder = self._root if is_folder(self._root) else self._root.parent
        first: dict[str, str] = {}
        for file, name in self._class_of.items():
            if name not in self._thumbnails:
                first.setdefault(name, file)
        until = time.monotonic() + FIRST_LOOK_S
        for name, file in first.items():
            if time.monotonic() > until:
                break
            seen: list[FileSeen] = []
            look_at([folder / file], folder, partial(_note, seen), self._stop)
            if seen and not seen[0].problem and self._show(name, seen[0]):
                self._shown.add(file)

    def _on_file(self, event: FileSeen) -> None:
        if event.problem:
            self.unreadable[event.file] = event.problem
            self._forget(event.file)
            return
        if event.file in self._seen:
            return
        self._seen[event.file] = event
        self.sizes[event.height, event.width] += event.count
        self.kinds[event.kind] += event.count
        if event.file not in self._class_of:
            self._images += event.count
            return
        # A file of several frames was counted as one when it was found.
        self._images += event.count - 1
        self._counts[self._class_of[event.file]] += event.count - 1
        name = self._class_of.get(event.file, "")
        if len(self._thumbnails.get(name, ())) < self._wanted() and event.file not in self._shown:
            self._stop.check()
            self._show(name, event)

    def _show(self, name: str, event: FileSeen) -> bool:
        """Add a picture of a file to those of a class, if it can be decoded."""
        pictures, alone = thumbnail(self._root, event, stop=self._stop)
        shown = self._thumbnails.setdefault(name, [])
        if alone:
            self._alone.append((name, len(shown), event))
        shown += pictures
        return bool(pictures)

    def _scale_together(self, whites: Mapping[str, float]) -> None:
        """Which value is white belongs to the set: pictures that were made before it was known are made again."""
        for name, at, event in self._alone:
            self._stop.check()
            self._thumbnails[name][at : at + 1] = thumbnail(self._root, event, whites, self._stop)[0]
        self._alone.clear()

    def _forget(self, file: str) -> None:
        """A file that looked sound and is not counts nowhere."""
        before = self._seen.pop(file, None)
        if before is not None:
            self.sizes -= Counter({(before.height, before.width): before.count})
            self.kinds -= Counter({before.kind: before.count})

    def _wanted(self) -> int:
        """Thumbnails of each class."""
        if len(self._counts) <= 1:
            return OF_NO_CLASS
        return max(1, min(OF_A_CLASS, MOST_THUMBNAILS // len(self._counts)))

    def take_better(self) -> bool:
        """Whether other settings suit the images and are wished for: then they are in force from now on."""
        if not self._suggest:
            return False
        before, self.settings = self.settings, self._suited()
        self._suggest = False
        return before != self.settings

    def _suited(self) -> DataConfig:
        return suggested(self.settings, self.sizes, self.kinds, bool(self.unreadable))

    # -- telling --------------------------------------------------------------------------------------------------

    def survey(self) -> Survey:
        """What is known by now."""
        return Survey(
            self.settings,
            self._stage,
            self._progress,
            self._images,
            tuple((height, width, count) for (height, width), count in self.sizes.most_common()),
            tuple(self.kinds.most_common()),
            tuple(
                ClassSeen(name, count, tuple(self._thumbnails.get(name, ()))) for name, count in self._counts.items()
            ),
            unreadable=tuple(self.unreadable.items()),
        )

    def end(self, data: DataSplit | None = None, problem: str = "", todo: str = "") -> Survey:
        """What is known in the end."""
        if data is not None and not self._class_of:
            self._take_arrays(data)
        if data is not None:
            self._scale_together(data.whites)
        known = replace(self.survey(), stage="done", problem=problem, todo=todo, suggested=self._better())
        if data is not None:
            known = replace(
                known,
                classes=self._classes(data),
                columns=columns_of(data),
                train=len(data.train),
                held_out=len(data.test),
                shape=data.image_shape,
                notes=data.notes,
            )
        self._tell(known)
        return known

    def _better(self) -> tuple[str, ...]:
        best = self._suited()
        before = self.settings.model_dump()
        return tuple(
            f"data.{key}={str(value).lower() if isinstance(value, bool) else value}"
            for key, value in best.model_dump().items()
            if value != before[key]
        )

    def _take_arrays(self, data: DataSplit) -> None:
        """Classes and pictures of images that do not lie in files of their own."""
        names = data.class_names or ("",)
        labels = np.zeros(len(data.train), np.int64) if data.train.labels is None else data.train.labels
        self._counts = Counter(dict.fromkeys(names, 0))
        for number, name in enumerate(names):
            rows = np.flatnonzero(labels == number)[: self._wanted()]
            self._thumbnails[name] = [small(data.train.images[row]) for row in rows]

    def _classes(self, data: DataSplit) -> tuple[ClassSeen, ...]:
        """Classes as they are in the end, with the thumbnails seen on the way."""
        labels = [part.labels for part in (data.train, data.test) if part.labels is not None]
        if not labels:
            everything = [image for shown in self._thumbnails.values() for image in shown]
            return (ClassSeen("", len(data.train) + len(data.test), tuple(everything[:OF_NO_CLASS])),)
        counts = np.bincount(np.concatenate(labels), minlength=len(data.class_names))
        found = []
        for number, name in enumerate(data.class_names):
            shown = self._thumbnails.get(name)
            if not shown and data.train.labels is not None:
                rows = np.flatnonzero(data.train.labels == number)[: self._wanted()]
                shown = [small(data.train.images[row]) for row in rows]
            found.append(ClassSeen(name, int(counts[number]), tuple(shown or ())))
        if bare := sum(len(part) for part in (data.train, data.test) if part.labels is None):
            found.append(ClassSeen("", bare, tuple(self._thumbnails.get("", ()))))
        return tuple(found)


def _note(seen: list[FileSeen], event: Event) -> None:
    if isinstance(event, FileSeen):
        seen.append(event)
