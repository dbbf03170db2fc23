"""Goes through a lesson step by step, at the pace of the person who does it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import Progress
from latentexplorer.gui.lessons.answers import ANSWERS, TOLD
from latentexplorer.gui.lessons.facts import FACTS, KEPT, MEASURED, Seen, asked
from latentexplorer.gui.lessons.lesson import Lesson, Step
from latentexplorer.gui.lessons.strip import LessonStrip
from latentexplorer.gui.lessons.table import LESSONS
from latentexplorer.gui.session.session import Session
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from latentexplorer.gui.workers.job import Job
    from latentexplorer.runs import Trained

MEASURING = "Measuring what lies beside the codes"
TELLING = "Measuring what the answer is told by"


class Teacher(QObject):
    """Owns the strip, and one lesson at a time.

    Signals
    -------
    begun : ()
        What else is said above the panes is in the way.
    workspace_wanted, pane_wanted : (str)
        Where a step takes place.
    filled_in : ()
        What a step asks for stands in the strip and in the form.
    """

    begun = Signal()
    workspace_wanted = Signal(str)
    pane_wanted = Signal(str)
    filled_in = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.strip = LessonStrip()
        self.lesson: Lesson | None = None
        self.at = 0
        self._done = False
        self._seen = Seen()
        self._form: RunConfig | None = None
        self._job: Job | None = None
        self._tried: Trained | None = None
        self._choice: int | None = None
        """An answer that was chosen before it was known what is right."""
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._fill_in)
        self.strip.next_wanted.connect(self._next)
        self.strip.left.connect(self.leave)
        self.strip.answered.connect(self._on_answer)
        session.current.changed.connect(self._on_code)
        session.current.decoded.connect(self._on_decoded)
        for signal in (
            session.run_changed,
            session.snapshot_changed,
            session.history_changed,
            session.training.state_changed,
            session.selection.anchors_changed,
            session.new_images.changed,
            session.jobs.changed,
            session.surveys.changed,
        ):
            signal.connect(self._look)

    @property
    def step(self) -> Step | None:
        """What is being done."""
        return None if self.lesson is None else self.lesson.steps[self.at]

    @Slot(str)
    def begin(self, name: str) -> None:
        """Begin a lesson, in place of the one that goes on."""
        if self.lesson is None:
            self._form = self._session.training.draft
        self.lesson, self._seen = LESSONS[name], Seen()
        self.begun.emit()
        self._go(0)

    @Slot()
    def leave(self) -> None:
        """End the lesson; what was trained stays, and the form is again as it was before."""
        lesson, self.lesson = self.lesson, None
        self._later.stop()
        self._let_go()
        self.strip.hide()
        draft = self._session.training.draft
        if lesson is None or draft is None or self._form is None:
            return
        # Settings that somebody has chosen meanwhile are theirs.
        if any(step.trains and asked(step).model == draft.model for step in lesson.steps):
            self._session.training.choose(self._form)

    @Slot()
    def _next(self) -> None:
        if self.lesson is None:
            return
        if self.at + 1 < len(self.lesson.steps):
            self._go(self.at + 1)
        else:
            self.leave()

    def _go(self, at: int) -> None:
        lesson = self.lesson
        assert lesson is not None
        step = lesson.steps[at]
        self.at, self._done = at, False
        self._let_go()
        if step.question is None:
            # What was seen last is what is asked for next.
            self._seen.begin_step()
        if not step.workspace:
            self._fill_in()
            return
        # Docks that are stood anew take a turn of the event loop, what is filled in the next one. Nobody is led on
        # by a second click meanwhile.
        self.strip.set_done(False)
        self._later.start()
        self.workspace_wanted.emit(step.workspace)

    @Slot()
    def _fill_in(self) -> None:
        """What the step asks for, where the workspace for it stands."""
        lesson, step = self.lesson, self.step
        if lesson is None or step is None:
            return
        if step.pane:
            self.pane_wanted.emit(step.pane)
        if step.trains:
            self._session.training.choose(asked(step))
        self.strip.show_step(lesson, self.at)
        self.filled_in.emit()
        self._tell()
        self._look()

    # -- what is waited for -----------------------------------------------------------------------------------------

    @Slot(object)
    def _on_code(self, code: Code) -> None:
        if self.step is not None:
            self._seen.codes.append(code)
            self._look()

    @Slot(object, object)
    def _on_decoded(self, code: Code, image: Array) -> None:
        """Not every code has a picture: where somebody is quick, only the newest is decoded."""
        if self.step is not None:
            self._seen.pictures.append(image)

    @Slot()
    def _look(self) -> None:
        """Whether it is done by now; what is done stays so."""
        step = self.step
        if step is None or self._done or not step.until or self._later.isActive():
            return
        if self._job is None and FACTS[step.until](self._session, step, self._seen):
            if step.keeps in MEASURED:
                self._measure(step)
                return
            if step.keeps:
                self._seen.keep(step.keeps, KEPT[step.keeps](self._session))
            self._finish()

    def _finish(self) -> None:
        self._done = True
        self.strip.set_done(True)

    # -- what takes longer than a blink to be measured --------------------------------------------------------------

    def _measure(self, step: Step) -> None:
        """Once of each state of a run: what was stopped does not begin again by itself."""
        run = self._session.shown
        if run is self._tried:
            return
        self._tried = run
        job = self._job = self._session.submit(MEASURING, partial(MEASURED[step.keeps], run), "lesson", quick=True)
        job.reported.connect(self._on_reported)
        job.succeeded.connect(self._on_measured)
        job.finished.connect(self._on_ended)
        self.strip.say_besides("measuring…")

    @Slot(object)
    def _on_reported(self, event: object) -> None:
        if isinstance(event, Progress) and event.total:
            self.strip.say_besides(f"{event.what}, {100 * event.done // event.total} %")

    @Slot(object)
    def _on_measured(self, numbers: tuple[float, ...]) -> None:
        step = self.step
        if step is not None:
            self._seen.keep(step.keeps, numbers)
            self.strip.say_besides("")
            self._finish()

    @Slot()
    def _on_ended(self) -> None:
        self._job = None
        if self.step is None or self._done or self._seen.told:
            return
        if self.step.question is None:
            self.strip.say_besides("it was stopped before it was measured: train again, or leave the lesson")
        else:
            self._tried = self._choice = None
            self.strip.say_besides("it was stopped before it was measured: choose an answer to measure it again")

    def _let_go(self) -> None:
        """Nobody waits any more for what is being measured, or was."""
        self._tried = self._choice = None
        self._seen.told = ()
        self._leave()

    def _leave(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.disconnect(self)
            self._session.surveys.leave(job)

    # -- questions --------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Find out what the answer is told by, while the question is read; of another run anew."""
        step, run = self.step, self._session.run
        if step is None or step.question is None or run is None or run is self._tried:
            return
        if step.question.answer in TOLD:
            self._leave()
            self._tried, self._seen.told = run, ()
            work = partial(TOLD[step.question.answer], run)
            job = self._job = self._session.submit(TELLING, work, "lesson", quick=True)
            job.succeeded.connect(self._on_told)
            job.finished.connect(self._on_ended)

    @Slot(object)
    def _on_told(self, numbers: tuple[float, ...]) -> None:
        self._seen.told = numbers
        choice, self._choice = self._choice, None
        if choice is not None:
            self._on_answer(choice)

    @Slot(int)
    def _on_answer(self, choice: int) -> None:
        step = self.step
        if step is None or step.question is None:
            return
        self._tell()
        if step.question.answer in TOLD and not self._seen.told:
            self._choice = choice
            self.strip.say_besides("measuring…")
            return
        question, answer = step.question, ANSWERS[step.question.answer](self._session, self._seen)
        right = answer.choice == choice
        words = f"{answer.words}. {question.why}."
        if not right:
            words = f"Not so: then {question.means[choice]}. {answer.words}. {question.hint}."
        self.strip.show_answer(choice, right, words)
