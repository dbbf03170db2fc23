"""Sweep: error, bound and active units against the values of a setting, and where they level off."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.gui.panes.base import EXPORT_DPI, Pane
from latentexplorer.gui.panes.sweep.curves import SweepPlots, key_of
from latentexplorer.gui.session.training import IDLE
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import ElidedLabel, briefly
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.workers import sweep_tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.gui.workers.sweep_tasks import Read
from latentexplorer.views.base import Refused
from latentexplorer.views.sweep import Result
from latentexplorer.views.swept_runs import SweptRun

SAYS = (
    "One run for each value and seed: beyond the knee, the ring, more of it brings little; a dotted ring may be "
    "chance. Click a dot to open its run"
)
BRIEFER = (SAYS.partition(". Click")[0], SAYS.partition(";")[0], SAYS.partition(":")[0])
NONE_YET = "A sweep trains one run for each value of a setting, and shows where more of it brings little"
NOTHING_YET = "None of its runs is finished yet"
READ_AGAIN_MS = 500
"""Runs of an instant do not each have the curves drawn anew."""


class SweepPane(Pane):
    """The sweeps of the runs folder, one of them shown.

    Signals
    -------
    sweep_wanted : ()
        Somebody wants a new one.
    """

    sweep_wanted = Signal()

    object_name, title = "sweep_pane", "Sweep"
    needs_run = False

    def __init__(self) -> None:
        super().__init__()
        self.path: Path | None = None
        self.found: Read | None = None
        self.sweeps = Choice("sweep_choice", "Sweep")
        self.sweeps.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.sweeps.activated.connect(self._on_chosen)
        self.go = _button("sweep_go", "Go on", "Train the runs that are not finished yet")
        self.go.clicked.connect(self._on_go)
        self.halt = _button("sweep_stop", "Stop", "What was trained is saved; Go on takes it up again")
        self.halt.clicked.connect(self._on_stop)
        for button in (self.go, self.halt):
            button.hide()
        self.new = _button("sweep_new", "New sweep…", "Choose a setting and its values")
        self.new.clicked.connect(self.sweep_wanted)
        self.first = _button("sweep_first", "New sweep…", "Choose a setting and its values")
        self.first.clicked.connect(self.sweep_wanted)
        self.says = ElidedLabel(SAYS)
        self.says.briefer = BRIEFER
        self.says.setObjectName("sweep_says")
        self.says.setFont(caption_font())
        self.says.setProperty("role", "caption")
        self.plots = SweepPlots()
        self.plots.picked.connect(self._on_picked)
        self.plots.pointed.connect(self._on_pointed)
        self.key = caption()
        self.key.setObjectName("sweep_key_of_colours")
        self.key.setWordWrap(True)
        self.findings = caption()
        self.findings.setObjectName("sweep_findings")
        self.findings.setWordWrap(True)
        self.notes = caption()
        self.notes.setObjectName("sweep_notes")
        self.notes.setWordWrap(True)
        self.nothing = Label(NONE_YET)
        self.nothing.setObjectName("sweep_nothing")
        self.nothing.setProperty("role", "empty")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(READ_AGAIN_MS)
        self._soon.timeout.connect(self._on_soon)
        self.export_button = self.header.add_button("export", "Export this figure")
        self.export_button.setObjectName("sweep_pane_export")
        self.export_button.clicked.connect(self.export)
        # Where it is in the head of every pane.
        row = self.header.row
        row.insertWidget(row.indexOf(self.menu_button), self.export_button)
        for text, slot in (
            ("Export to file…", self.export),
            ("Copy picture", self.copy_picture),
            ("Copy as command", self.copy_command),
        ):
            self.add_menu_action(text, slot)
        self._build()
        theme.changed.connect(self._show_key)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        row.addWidget(self.sweeps, 1)
        self.link = GuideLink("how-many-dimensions")
        for button in (self.go, self.halt, self.new, self.link):
            row.addWidget(button)
        self._place = QStackedWidget()
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.addStretch(1)
        column.addWidget(self.nothing)
        column.addWidget(self.first, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(self.says)
        column.addWidget(self.plots, 1)
        column.addWidget(self.key)
        column.addWidget(self.findings)
        column.addWidget(self.notes)
        # In a low place it scrolls: its plots hold no edge of the window.
        area = QScrollArea()
        area.setObjectName("sweep_area")
        area.setAccessibleName("Sweep")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(shown)
        area.viewport().setAutoFillBackground(False)
        shown.setAutoFillBackground(False)
        self._empty_page, self._shown = empty, area
        self._place.addWidget(empty)
        self._place.addWidget(area)
        self.body.addLayout(row)
        self.body.addWidget(self._place, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The plots have what the words leave."""
        room, words = self._shown.viewport().size(), (self.key, self.findings, self.notes)
        taken = sum(label.heightForWidth(room.width()) + SPACE // 2 for label in words if not label.isHidden())
        taken += self.says.sizeHint().height() + SPACE // 2
        self.plots.fit(QSize(room.width(), room.height() - taken))

    # -- reading ----------------------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.session.sweeping.changed.connect(self._on_sweeping)
        self.session.sweeping.run_ended.connect(self._on_run_ended)
        self._draw()

    def on_run(self) -> None:
        """Which run is open changes nothing here."""

    def on_seen(self) -> None:
        super().on_seen()
        self._on_sweeping()
        self.read()

    def open_sweep(self, path: Path) -> None:
        """Show a sweep."""
        self.path, self.found = path, None
        self.read()

    @Slot()
    def read(self) -> None:
        """Read the sweep again, and which there are."""
        sweeping = self.session.sweeping
        problems = dict(sweeping.problems) if self.path == sweeping.path else {}
        work = partial(sweep_tasks.read, self.path, problems)
        quick = bool(self.session.libraries.device)
        job = self.session.submit("Reading the sweep", work, "sweep", quick=quick, of_run=False)
        job.succeeded.connect(self._on_read)

    @Slot(object)
    def _on_read(self, found: Read) -> None:
        if self.path is not None and found.path != self.path:
            return
        listed = self.found is not None and self.found.paths == found.paths
        self.found, self.path = found, found.path
        if not listed:
            # Somebody may be choosing just now.
            self.sweeps.clear()
            for path in found.paths:
                self.sweeps.addItem(path.name, path)
        self.sweeps.setCurrentIndex(found.paths.index(found.path) if found.path is not None else -1)
        self._draw()

    @property
    def result(self) -> Result | None:
        """What is shown; None where nothing is."""
        result = self.found.result if self.found is not None else None
        return None if result is None or isinstance(result, Refused) else result

    # -- drawing ----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        found, result = self.found, self.result
        some = result is not None and bool(result.panels)
        self._place.setCurrentWidget(self._shown if some else self._empty_page)
        self.plots.show_result(result if some else None)
        self._show_key()
        self.sweeps.setVisible(found is not None and bool(found.paths))
        self.new.setVisible(self.sweeps.isVisibleTo(self))
        self.link.setVisible(some)
        self.first.setVisible(not self.new.isVisibleTo(self))
        if result is not None:
            self.nothing.setText(NOTHING_YET if not result.notes else ". ".join((NOTHING_YET, *result.notes)))
            self.findings.setText("\n".join(result.findings))
            self.notes.setText(". ".join(note.rstrip(".") for note in result.notes))
            self.notes.setVisible(bool(result.notes))
        elif found is not None and isinstance(found.result, Refused):
            self.nothing.setText(". ".join(filter(None, (found.result.what, found.result.todo))))
        else:
            self.nothing.setText(NONE_YET)
        self._fit()
        self._on_sweeping()

    @Slot()
    def _show_key(self) -> None:
        result = self.result
        key = key_of(result) if result is not None else None
        self.key.setText(key or "")
        self.key.setVisible(key is not None)

    @Slot()
    def _on_sweeping(self) -> None:
        """What is trained, and what can be done about it; out of sight it is all told when it is seen again."""
        if not self.seen:
            return
        sweeping = self.session.sweeping
        mine = sweeping.active and sweeping.path == self.path
        result = self.result
        left = result is not None and result.finished < len(result.runs)
        self.go.setVisible(left and not mine)
        self.go.setEnabled(sweeping.state == IDLE)
        self.halt.setVisible(mine)
        self.halt.setEnabled(sweeping.state != "stopping")
        words = sweeping.text if mine else ("" if result is None else result.subtitle)
        self.set_subtitle(words)

    @Slot()
    def _on_run_ended(self) -> None:
        if self.seen and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _on_soon(self) -> None:
        if self.seen:
            self.read()

    @Slot(str)
    def _on_pointed(self, words: str) -> None:
        self.says.setText(words or SAYS)
        self.says.briefer = briefly(words) if words else BRIEFER

    # -- what is done -----------------------------------------------------------------------------------------------

    @Slot(int)
    def _on_chosen(self, at: int) -> None:
        self.open_sweep(self.sweeps.itemData(at))

    @Slot()
    def _on_go(self) -> None:
        if self.path is not None:
            self.session.sweeping.start(self.path)

    @Slot()
    def _on_stop(self) -> None:
        self.session.sweeping.stop()

    @Slot(object)
    def _on_picked(self, run: SweptRun) -> None:
        self.session.open_run(run.path)

    # -- export -----------------------------------------------------------------------------------------------------

    @property
    def figure_names(self) -> tuple[str, str]:
        return "sweep", self.path.name if self.path is not None else ""

    @property
    def shows_part(self) -> bool:
        return False

    def nothing_to_export(self) -> str:
        return "no sweep is shown" if self.result is None or not self.result.panels else ""

    def _can_export(self) -> bool:
        why = self.nothing_to_export()
        if why and self.session is not None:
            self.session.message.emit("info", NONE_YET)
        return not why

    def export_to(
        self, path: Path, dpi: int = EXPORT_DPI, size: tuple[float, float] | None = None, *, whole: bool = False
    ) -> Job:
        result = self.result
        assert result is not None
        work = partial(sweep_tasks.export, result, path, dpi, size)
        return self.session.write(f"Exporting {path.name}", work, path)

    @Slot()
    def copy_picture(self) -> None:
        result = self.result
        if result is not None and self._can_export():
            work = partial(sweep_tasks.picture, result, EXPORT_DPI)
            self.session.submit("Drawing the sweep", work, "picture").succeeded.connect(self._copy)

    def command(self) -> str:
        return shlex.join(["latentexplorer", "sweep", "--out", str(self.path), "--figure", "sweep.png"])


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(verbatim(tip))
    return button
