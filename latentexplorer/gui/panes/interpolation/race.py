"""The race of three ways between the two ends: straight, along the sphere, and the shortest in images.

Off until somebody wants it (the button *Race*, or the pane's menu).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAction

from latentexplorer.gui.panes.interpolation.race_view import RaceView
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.workers import race_tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.code import Code, title_of
from latentexplorer.views.code_path import CodePath
from latentexplorer.views.path_race import NAMES
from latentexplorer.views.ranges import brief

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.runs import Trained
    from latentexplorer.views.fading import Fading

TEXT = "Race three ways"
TIP = "Straight, along the sphere, and the shortest way in images (a geodesic), with their lengths and steps"
KNOWN_AS = (
    "geodesic",
    "path race",
    "race",
    "spherical",
    "slerp",
    "shortest way",
    "shortest path",
    "linear",
    "compare interpolations",
    "great circle",
    "Riemannian",
    "pullback metric path",
)
REST_MS = 2_000
"""Between two races while a run trains: the cores are the training's."""


class Race(QObject):
    """Asks for the three ways, shows them as they get shorter, and makes what is picked of them current.

    Signals
    -------
    switched : (bool)
        Whether the race is wanted.
    """

    switched = Signal(bool)

    def __init__(self, session: Session, view: RaceView, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self.view = session, view
        self.action = QAction(TEXT, self)
        self.action.setObjectName("race_action")
        self.action.setIconText("Race")
        self.action.setToolTip(verbatim(TIP))
        self.action.setCheckable(True)
        self.action.toggled.connect(self.switched)
        self.shown: race_tasks.Race | None = None
        self._run: Trained | None = None
        self._path: CodePath | None = None
        self._steps = 0
        self._asked: tuple[object, ...] = ()
        self._job: Job | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._ask)
        view.stop.clicked.connect(self._on_stop)
        fade.changed.connect(self._fade)
        for name, strip in view.strips.items():
            strip.serve(session)
            strip.set_tips(partial(self._tip, name))
            strip.picked.connect(partial(self._on_picked, name))

    @property
    def on(self) -> bool:
        """Whether the race is wanted."""
        return self.action.isChecked()

    @property
    def label(self) -> int | None:
        """The class that all three ways are decoded as: that of the start."""
        return None if self._path is None or self._path.classes is None else self._path.classes[0]

    def offer(self, found: list[Offer]) -> list[Offer]:
        """What the command palette finds, with the other names of the race."""
        named = [one for one in found if one.name != self.action.iconText()]
        return [replace(one, words=TIP, known_as=KNOWN_AS) if one.name == TEXT else one for one in named]

    # -- asking --------------------------------------------------------------------------------------------------------

    def follow(self, run: Trained | None, path: CodePath | None, steps: int) -> None:
        """The run as it is, what lies between the two ends, and how many images; None where there is nothing."""
        if path is None or self._path is None or self._parts(path) != self._parts(self._path):
            self.shown = None
            self.view.forget()
        self._run, self._path, self._steps = run, path, steps
        self._ask()

    @staticmethod
    def _parts(path: CodePath) -> tuple[bytes, bytes, int | None]:
        classes = path.classes
        return path.first.z.tobytes(), path.last.z.tobytes(), None if classes is None else classes[0]

    @Slot()
    def _ask(self) -> None:
        run, path = self._run, self._path
        if not self.on or run is None or path is None:
            self._leave()
            return
        asked = (run, *self._parts(path), self._steps)
        under_way, training = self._job is not None and not self._job.done, self._session.training.active
        if asked == self._asked and (under_way or self.shown is not None):
            return
        if training and self.shown is not None and (under_way or self._rest.isActive()):
            return
        self._asked = asked
        work = partial(race_tasks.race, run, (path.first.z, path.last.z), self.label, self._steps)
        self.view.say("Three ways are being measured…", running=True)
        self._job = job = self._session.submit("Racing three ways", work, "view:path-race")
        job.reported.connect(partial(self._on_report, asked))
        job.succeeded.connect(partial(self._on_race, asked))
        job.stopped.connect(partial(self._on_stopped, asked))

    def _on_report(self, asked: tuple[object, ...], report: object) -> None:
        if asked == self._asked and isinstance(report, race_tasks.Race):
            self._show(report, running=True)

    def _on_race(self, asked: tuple[object, ...], found: race_tasks.Race | Refused) -> None:
        if asked != self._asked:
            return
        self._job = None
        if isinstance(found, Refused):
            self.view.forget()
            self.view.say(found.text, running=False)
            return
        self._show(found, running=False)
        self._fade()
        if self._session.training.active:
            self._rest.start()

    def _on_stopped(self, asked: tuple[object, ...]) -> None:
        if asked == self._asked:
            self._job = None
            done = self.shown.strips[-1].way.iteration if self.shown is not None else 0
            self._fade()
            self.view.say(f"Stopped after {done:,} iterations: the geodesic would still get shorter.", running=False)

    def _show(self, race: race_tasks.Race, running: bool) -> None:
        self.shown = race
        self.view.show_strips(race.strips)
        self.view.say(race.words, running, race.brief)

    @Slot()
    def _fade(self) -> None:
        """Ask how boldly the pictures are shown; all alike where nothing is to fade."""
        race, run = self.shown, self._run
        if race is None or run is None or not self.on:
            return
        if not fade.on:
            self.view.show_fading(None)
            return
        question = partial(race_tasks.fading, run, race.strips, self.label, fade.limit(self._session))
        self._session.decoder.ask_in_steps("race_fading", question, partial(self._on_fading, race))

    def _on_fading(self, race: race_tasks.Race, found: Fading) -> None:
        if race is self.shown and fade.on:
            self.view.show_fading(found)

    @Slot()
    def _on_stop(self) -> None:
        if self._job is not None:
            self._job.stop()

    def _leave(self) -> None:
        """Nobody waits for it any more."""
        if self._job is not None and not self._job.done:
            self._session.jobs.leave(self._job)
            self._asked = ()
        self._job = None

    # -- codes of the ways ---------------------------------------------------------------------------------------------

    def _tip(self, name: str, index: int) -> str:
        return f"{self._place(name, index)}\n{self.view.odd_words(name, index)}".strip()

    def _place(self, name: str, index: int) -> str:
        count = max(len(self.view.strips[name]) - 1, 1)
        return f"{brief(100 * index / count)} % of the {name} way"

    def _on_picked(self, name: str, index: int) -> None:
        """The code of a picture becomes current; at the ends the very ones the ways lead from and to."""
        path, run, race = self._path, self._run, self.shown
        if path is None or run is None or race is None:
            return
        strip = race.strips[NAMES.index(name)]
        if index in (0, len(strip.codes) - 1):
            end = path.first if index == 0 else path.last
            code = end if self.label is None or end.y == self.label else end.with_class(self.label)
        else:
            way = f"{self._place(name, index)} from {title_of(run, path.first)} to {title_of(run, path.last)}"
            z: Array = np.array(strip.codes[index])
            code = Code(z, self.label, how=way)
        self._session.current.set(code, what=f"picking from the {name} way")
