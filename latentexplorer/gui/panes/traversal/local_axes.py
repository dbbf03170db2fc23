"""Rows along the principal axes around a code, in the place of those of the dimensions; off until somebody wants it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QObject, QSignalBlocker, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup

from latentexplorer.gui.panes.traversal.axis_rows import AxisRows
from latentexplorer.gui.session.undo import changed
from latentexplorer.gui.widgets.elided import briefly
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.offer import KNOWN_AS
from latentexplorer.gui.workers import code_tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.code import Code, title_of
from latentexplorer.views.local_axes import BRIEF, SENTENCES, USUAL
from latentexplorer.views.ranges import brief

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.latent.local_axes import LocalAxes
    from latentexplorer.runs import Trained

Along = Literal["dims", "nearby", "metric"]
"""What rows go along."""
ENTRIES: dict[Along, str] = {
    "dims": "Along the dimensions",
    "nearby": "Along the local axes of codes nearby",
    "metric": "Along the local axes of the decoder's metric",
}
OTHER_NAMES: dict[Along, tuple[str, ...]] = {
    "dims": (),
    "nearby": ("local axes", "principal axes", "local PCA", "axes around the current code", "tangent directions"),
    "metric": ("local axes", "principal axes", "Jacobian", "pull-back metric", "singular vectors of the decoder"),
}
MOST = 12
"""Axes that have a row."""


class LocalAxesRows(QObject):
    """Finds the axes around the current code, and walks along them.

    Signals
    -------
    chosen : (bool)
        Whether rows go along axes, not dimensions.
    asked : (Code, bool)
        A code is to become current; whether it is only passed.
    by_person : (Change)
        A person has chosen what rows go along.
    """

    chosen = Signal(bool)
    asked = Signal(object, bool)
    by_person = Signal(object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.rows = AxisRows()
        self.rows.serve(session)
        self.rows.moved.connect(self._on_moved)
        self.rows.kind.activated.connect(self._on_kind)
        self.kind: Along = "dims"
        self.actions: dict[Along, QAction] = {}
        group = QActionGroup(self)
        for kind, text in ENTRIES.items():
            action = self.actions[kind] = QAction(text, group)
            action.setCheckable(True)
            action.setObjectName(f"axes_{kind}")
            action.setProperty(KNOWN_AS, OTHER_NAMES[kind])
            action.triggered.connect(partial(self._on_chosen, kind))
        self.actions["dims"].setChecked(True)
        self.axes: LocalAxes | None = None
        self.centre: Code | None = None
        self.steps = 9
        self._run: Trained | None = None
        self._place: Array = np.zeros(0)
        self._mine: Code | None = None
        self._job: Job | None = None

    @property
    def on(self) -> bool:
        """Whether rows go along axes."""
        return self.kind != "dims"

    @property
    def settings(self) -> list[str]:
        """What a figure is told beside its code."""
        return [f"axes={self.kind}", f"count={MOST}", f"steps={self.steps}", *(["fade=true"] if fade.on else [])]

    def choose(self, kind: Along) -> None:
        """Rows along the dimensions ("dims"), or along axes ("nearby", "metric")."""
        self.kind = kind
        self.actions[kind].setChecked(True)
        with QSignalBlocker(self.rows.kind):
            self.rows.kind.setCurrentIndex(self.rows.kind.findData(kind))
        self.chosen.emit(self.on)
        self._find(self._session.current.code)

    @Slot()
    def _on_kind(self) -> None:
        self._on_chosen(self.rows.kind.currentData())

    def _on_chosen(self, kind: Along, *_: object) -> None:
        """A person has chosen."""
        before = self.kind
        self.choose(kind)
        self.by_person.emit(changed("choosing the rows' axes", self.choose, before, kind, idle=before == kind))

    def follow(self, run: Trained, code: Code | None, steps: int) -> None:
        """The run as it is, and the current code: one that was chosen elsewhere has axes of its own."""
        another = run is not self._run or steps != self.steps
        self._run, self.steps = run, steps
        if code is self._mine and code is not None and not another:
            self._show()
        else:
            self._find(code)

    def _find(self, code: Code | None) -> None:
        run = self._run
        if self._job is not None and not self._job.done:
            self._session.jobs.leave(self._job)
        self._job = None
        kind = self.kind
        if kind == "dims" or run is None or code is None or code.z.size != run.code_dim:
            return
        work = partial(code_tasks.local_axes, run, kind, code.z, self._class_of(code))
        self._job = self._session.submit("Finding the axes around the code", work, "view:local-axes")
        self._job.succeeded.connect(partial(self._on_axes, code))

    def _class_of(self, code: Code) -> int | None:
        return code.y if self._session.current.conditional else None

    def _on_axes(self, code: Code, axes: LocalAxes | Refused) -> None:
        self._job = None
        if isinstance(axes, Refused):
            self.axes = None
            self.rows.set_axes([])
            self.rows.refuse(axes.text)
            return
        self.rows.refuse("")
        count = min(MOST, len(axes.std))
        self.axes, self.centre, self._mine = axes, code, code
        self._place = np.zeros(len(axes.std))
        self.rows.set_axes([axes.name(at) for at in range(count)])
        more = f" The first {count} of {len(axes.std):,}." if len(axes.std) > count else ""
        self.rows.sentence.briefer = (SENTENCES[self.kind], BRIEF[self.kind], *briefly(BRIEF[self.kind]), "in sd")
        self.rows.sentence.setText(f"{SENTENCES[self.kind]}{more}")
        self._show()

    def _show(self) -> None:
        """Sliders and strips for the current place."""
        run, axes, centre = self._run, self.axes, self.centre
        if run is None or axes is None or centre is None or not self.on:
            return
        self.rows.show_place(self._place)
        count = min(MOST, len(axes.std))
        question = partial(
            code_tasks.axis_strips,
            run,
            axes,
            self._place.copy(),
            self._class_of(centre),
            count,
            self.steps,
            fade.limit(self._session),
        )
        self._session.decoder.ask_in_steps("traversal_axes", question, partial(self._on_strip, axes, self._place))

    def _on_strip(self, axes: LocalAxes, place: Array, found: code_tasks.AxisStrip) -> None:
        if axes is self.axes:
            # What a picture shows stays its code, whatever is asked for meanwhile.
            code_of = partial(self._cell_code, found.axis, np.linspace(*USUAL, len(found.images)), place)
            self.rows.show_images(found.axis, found.images, code_of)
            if found.fading is not None or not fade.on:
                self.rows.show_fading(found.axis, found.fading)
            self.rows.show_place(self._place)

    def _cell_code(self, axis: int, values: Array, place: Array, cell: int) -> Code | None:
        return self._code_at(place, axis, float(values[cell]))[0]

    def _code_at(self, place: Array, axis: int, value: float) -> tuple[Code | None, Array]:
        """The code with its place along one axis changed, the very one in the middle where that is nought again."""
        place = place.copy()
        if self.axes is None or self.centre is None or self._run is None or axis >= len(place):
            return None, place
        place[axis] = value
        if not place.any():
            return self.centre, place
        how = f"axis {axis + 1} = {brief(value)} sd from {title_of(self._run, self.centre)}"
        return Code(self.axes.codes(place[None])[0], self.centre.y, how=how), place

    def _on_moved(self, axis: int, value: float, passing: bool) -> None:
        code, place = self._code_at(self._place, axis, value)
        if code is not None:
            self._mine, self._place = code, place
            self.asked.emit(code, passing)
