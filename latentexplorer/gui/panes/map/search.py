"""What is searched on the map: asked off the window's thread, and found again when the map is another one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.panes.map.search_field import SearchField
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import search_tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.search import needs_errors
from latentexplorer.views.search_completion import Vocabulary
from latentexplorer.views.search_facts import ERROR, Facts

if TYPE_CHECKING:
    from latentexplorer.views.map import Result

KEY = "view:map-search"


class MapSearch(QObject):
    """Between the line that is typed into and the points of the map.

    Attributes
    ----------
    found : ndarray (N,) bool, or None
        The points that are found; None while nothing is searched, or it is not understood.

    Signals
    -------
    changed : ()
        Others are found.
    """

    changed = Signal()

    def __init__(self, session: Session, field: SearchField, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._field = session, field
        self._result: Result | None = None
        self._facts: Facts | None = None
        self._job: Job | None = None
        self.found: Array | None = None
        field.changed.connect(self._on_text)
        field.opened.connect(self._on_opened)
        session.bookmarks.changed.connect(self.renew)

    def show(self, result: Result | None) -> None:
        """The map that is searched; None: none is shown."""
        before, self._result = self._result, result
        if result is not None and before is not None and self._facts is not None and result.same_points(before):
            return
        # What was found are rows of other points.
        self.found = None
        self.renew()

    @Slot()
    def renew(self) -> None:
        """What is known of the points has changed: the model has, or the bookmarks."""
        self._facts = None
        self._field.vocabulary = Vocabulary()
        self._drop()
        if self._result is None:
            self._set(None)
        elif not self._field.isHidden():
            self._ask_facts(self._result)

    def _ask_facts(self, result: Result) -> None:
        marks = {
            name: (code.part, code.index)
            for name, code in self._session.bookmarks.codes.items()
            if code.index is not None
        }
        question = partial(search_tasks.known, self._session.shown, result, marks)
        self._session.decoder.ask("map:search", question, self._on_facts)

    def _on_facts(self, known: tuple[Facts, Vocabulary] | None) -> None:
        if known is not None:
            self._facts, self._field.vocabulary = known
            self._search(self._field.text)

    @Slot()
    def _on_opened(self) -> None:
        if self._facts is None and self._result is not None:
            self._ask_facts(self._result)

    @Slot(str)
    def _on_text(self) -> None:
        self._drop()
        if self._facts is not None:
            self._search(self._field.text)
        elif self._result is not None and self._field.text:
            self._ask_facts(self._result)

    def _search(self, text: str) -> None:
        """Ask for what a text finds: at once, or as a job where errors are still to be worked out."""
        facts = self._facts
        if not text or facts is None:
            self._set(None)
            return
        try:
            slow = needs_errors(text) and not facts.has(ERROR) and ERROR in facts.columns
        except LatentExplorerError as error:
            self._on_found(Refused.of(error))
            return
        if slow:
            self._field.say("Working out the errors …")
            self._job = self._session.submit("Working out the errors", partial(search_tasks.search, facts, text), KEY)
            self._job.succeeded.connect(self._on_found)
        else:
            self._session.decoder.ask("map:search", partial(search_tasks.quick_search, facts, text), self._on_found)

    @Slot(object)
    def _on_found(self, found: Array | Refused | None) -> None:
        self._job = None
        if isinstance(found, Refused):
            self._set(None)
            self._field.say(f"{found.what}. {found.todo}" if found.todo else found.what)
        elif found is None or (self._result is not None and len(found) == len(self._result.index)):
            self._set(found)

    def _drop(self) -> None:
        """What is under way does not count any more."""
        self._session.decoder.drop("map:search")
        if self._job is not None:
            job, self._job = self._job, None
            self._session.jobs.leave(job)

    def _set(self, found: Array | None) -> None:
        self.found = found
        self._field.show_found(None if found is None else int(found.sum()), 0 if found is None else len(found))
        self.changed.emit()
