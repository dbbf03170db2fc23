"""What each dimension changes, measured when it is asked for, and the way to those that change most."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSpinBox, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.number_box import inset
from latentexplorer.gui.workers import tasks
from latentexplorer.views.base import Refused
from latentexplorer.views.dimension_effect import Result, beside

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.runs import Trained
    from latentexplorer.views.dimensions import Result as Rows

FIRST = 10
"""As many as the bars of a code list with their numbers."""
MEASURE, AGAIN, BUSY = "Measure the effect", "Measure again", "Measuring…"
TIP = (
    "How much each dimension changes the image when it is pulled through the codes' own range, and which column of the "
    "data it goes with. Takes some seconds"
)
WHY = "that change the image most"


class EffectBar(QWidget):
    """A button that measures, and once that is done one that shows the dimensions that change the image most.

    Attributes
    ----------
    result : Result or None
        Of the run that is open.

    Signals
    -------
    measured : ()
    refused : (Refused)
        Why it cannot be measured.
    """

    measured = Signal()
    refused = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.result: Result | None = None
        self._run: Trained | None = None
        self.measure = QPushButton(MEASURE)
        self.measure.setObjectName("measure_effect")
        self.measure.setToolTip(verbatim(TIP))
        self.measure.clicked.connect(self.ask)
        self.top = QPushButton("Show the top")
        self.top.setObjectName("show_top")
        self.top.setToolTip("These dimensions first in the traversal, and marked in the bars of the code")
        self.top.clicked.connect(self.show_top)
        self.count = inset(QSpinBox())
        self.count.setObjectName("top_count")
        self.count.setAccessibleName("Dimensions that change the image most, how many")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.measure)
        row.addStretch(1)
        row.addWidget(self.top)
        row.addWidget(self.count)
        self._show_state()

    def follow(self, run: Trained) -> None:
        """The run that is open, as it is now; what was measured of another one is forgotten."""
        before, self._run = self._run, run
        if before is not None and (before.path, before.code_dim) != (run.path, run.code_dim):
            self.result = None
        self._show_state()

    def beside(self, rows: Rows) -> Rows:
        """The rows with what was measured of them, as far as that is known."""
        found, run = self.result, self._run
        return rows if found is None or run is None or found.dims != rows.total else beside(rows, found, run.epoch)

    @Slot()
    def ask(self) -> None:
        """Measure: a job of the session, which can be stopped."""
        run = self._run
        if run is None or not self.measure.isEnabled():
            return
        self.measure.setEnabled(False)
        self.measure.setText(BUSY)
        job = self._session.submit(
            "What each dimension changes", partial(tasks.view, run, "dimension-effect", {}), "effect"
        )
        job.succeeded.connect(partial(self._on_measured, run))
        job.finished.connect(self._on_finished)

    def _on_measured(self, run: Trained, found: Result | Refused) -> None:
        if self._run is None or (run.path, run.code_dim) != (self._run.path, self._run.code_dim):
            return
        if isinstance(found, Refused):
            self.refused.emit(found)
            return
        self.result = found
        self.count.setRange(1, found.dims)
        self.count.setValue(min(FIRST, found.dims))
        self._show_state()
        self.measured.emit()

    @Slot()
    def _on_finished(self) -> None:
        self.measure.setEnabled(True)
        self._show_state()

    def _show_state(self) -> None:
        found = self.result
        self.measure.setText(BUSY if not self.measure.isEnabled() else MEASURE if found is None else AGAIN)
        for part in (self.top, self.count):
            part.setVisible(found is not None and found.dims > 1)

    @Slot()
    def show_top(self) -> None:
        """The dimensions that change the image most, in the traversal and the bars of the code."""
        if self.result is not None:
            top = self.result.effect.order[: self.count.value()].tolist()
            self._session.dimensions.choose(top, WHY)
