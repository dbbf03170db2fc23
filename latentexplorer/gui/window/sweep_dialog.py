"""What a new sweep varies: a setting, its values, how many seeds; how many runs that are, how long they take."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from latentexplorer.core.config import RunConfig
from latentexplorer.core.costs import duration_text
from latentexplorer.core.differences import NOT_COMPARED, is_used
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.paths import runs_dir, slug
from latentexplorer.core.sweeps import NOT_VARIED, Combination, combinations, parse_variation
from latentexplorer.gui.session.estimates import NOT_MEASURED
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.number_box import whole_number
from latentexplorer.gui.workers.tasks import run_name
from latentexplorer.views.base import count_text
from latentexplorer.views.sweep import model_words, title_of
from latentexplorer.views.swept_runs import words_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton

WIDTH_PX = 460
FIRST = ("model.latent_dim", "model.beta", "model.prior", "training.lr", "training.epochs")
"""Settings that are asked about most stand first."""
PROPOSED = {
    "model.latent_dim": "1, 2, 4, 8, 16, 32",
    "model.beta": "0.25, 0.5, 1, 2, 4, 8",
    "training.lr": "0.0003, 0.001, 0.003, 0.01",
}
PLACES = ("data.path", "data.columns")
SETTLE_MS = 600
"""Values that are followed by others so soon are not measured."""
MOST_SEEDS = 20


class SweepDialog(QDialog):
    """Asks; `chosen` follows.

    Parameters
    ----------
    base : RunConfig
        What all runs have but for the setting that is varied.

    Signals
    -------
    chosen : (RunConfig, list of Combination, Path)
        What all runs have, the runs, and the folder they go into.
    """

    chosen = Signal(object, object, object)

    def __init__(self, session: Session, base: RunConfig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._base = session, base
        self._asked: list[Combination] = []
        self._problem = ""
        self.setObjectName("sweep_dialog")
        self.setWindowTitle("How many dimensions? Sweep a setting")
        self.setMinimumWidth(WIDTH_PX)
        self.key = Choice("sweep_key", "Setting")
        for key in offered(base):
            self.key.addItem(title_of(key), key)
        self.key.activated.connect(self._on_key)
        self.values = QLineEdit()
        self.values.setObjectName("sweep_values")
        self.values.setAccessibleName("Values, separated by commas")
        self.values.setPlaceholderText("Values, separated by commas")
        self.values.textChanged.connect(self._show)
        self.seeds = whole_number("sweep_seeds", "Seeds", 1, MOST_SEEDS, 2)
        self.seeds.setToolTip("Runs of each value: how far they lie apart tells what is chance")
        self.seeds.valueChanged.connect(self._show)
        self.says = caption(
            f"One run for each value and seed, all else the same: {model_words(base, ())}. Their curves show "
            "beyond which value more brings little. A training that you start meanwhile goes first."
        )
        self.says.setWordWrap(True)
        self.total = Label()
        self.total.setObjectName("sweep_total")
        self.total.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.begin: QPushButton = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.begin.setText("Start the sweep")
        self.begin.setObjectName("sweep_begin")
        self.begin.setProperty("role", "primary")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLE_MS)
        self._soon.timeout.connect(self._measure)
        form = QFormLayout()
        form.addRow("Setting", self.key)
        form.addRow("Values", self.values)
        form.addRow("Seeds", self.seeds)
        column = self._column = QVBoxLayout(self)
        column.setSpacing(SPACE)
        top = QHBoxLayout()
        top.addWidget(self.says, 1)
        top.addWidget(GuideLink("how-many-dimensions"), 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        column.addLayout(form)
        column.addWidget(self.total)
        column.addStretch(1)
        column.addWidget(self.buttons)
        session.estimates.changed.connect(self._show_time)
        self._on_key()
        # Not the way into the guide, which stands before it.
        self.values.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Sentences that go on in other lines need a height that Qt does not hold a window to.
        self.setMinimumHeight(self._column.minimumHeightForWidth(self.width()))

    @Slot()
    def _on_key(self) -> None:
        """Propose values of the setting: around the one it has."""
        key = str(self.key.currentData())
        now = self._base.settings()[key]
        self.values.setText(PROPOSED.get(key, words_of(now) if now not in (None, "", ()) else ""))
        self._show()

    @Slot()
    def _show(self) -> None:
        """Check what is asked for, and say how much it is."""
        self._asked, self._problem = [], ""
        first = self._base.training.seed
        try:
            listed = ",".join(part.strip() for part in self.values.text().split(",") if part.strip())
            variation = parse_variation(f"{self.key.currentData()}={listed}")
            self._asked = combinations(self._base, [variation], range(first, first + self.seeds.value()))
        except LatentExplorerError as error:
            self._problem = str(error)
        self.begin.setEnabled(bool(self._asked))
        self.total.setProperty("role", "danger" if self._problem else "")
        self.total.style().unpolish(self.total)
        self.total.style().polish(self.total)
        self._show_time()
        if self._asked:
            self._soon.start()

    @Slot()
    def _show_time(self) -> None:
        if self._problem:
            self.total.setText(self._problem)
            return
        found = [self._session.estimates.of(one.config) for one in self._asked]
        seconds = math.fsum(one.seconds for one in found if one.epochs)
        if not any(one.epochs for one in found):
            time = "solved at once"
        elif math.isfinite(seconds):
            time = f"{duration_text(seconds)} here"
        else:
            time = NOT_MEASURED
        wrong = next((one.problem for one in found if one.problem), "")
        self.total.setText(" · ".join(filter(None, (count_text(len(self._asked), "run"), time, wrong))))

    @Slot()
    def _measure(self) -> None:
        """Find out what is not known yet of a run, the largest last."""
        for one in self._asked:
            estimate = self._session.estimates.of(one.config)
            if not math.isfinite(estimate.seconds) and not estimate.problem and estimate.epochs:
                self._session.estimates.measure(one.config)
                return

    def accept(self) -> None:
        if not self._asked:
            return
        name = f"sweep-{str(self.key.currentData()).partition('.')[2]}-{run_name(self._base)}"
        path: Path = runs_dir() / f"{slug(name)}-{datetime.now():%Y%m%d-%H%M%S}"
        asked = self._asked
        super().accept()
        self.chosen.emit(self._base, asked, path)
        self.deleteLater()

    def reject(self) -> None:
        super().reject()
        self.deleteLater()


def offered(config: RunConfig) -> list[str]:
    """The settings that change something, those that are asked about most first."""
    values = config.model_dump()
    apart = {*NOT_VARIED, *NOT_COMPARED, *PLACES}
    found = [key for key in config.settings() if key not in apart and is_used(key, values)]
    tables = ("model", "training", "data")
    found.sort(key=lambda key: tables.index(key.partition(".")[0]))
    return [*(key for key in FIRST if key in found), *(key for key in found if key not in FIRST)]
