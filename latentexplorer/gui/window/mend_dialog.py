"""Mask and mend: erase a part of an image, and see with what the open run, and others, complete it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.events import FitMoved
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label, menu_text, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.picture_table import PictureTable
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.window.eraser import Eraser
from latentexplorer.gui.window.kept_masks import KeptMasks
from latentexplorer.gui.window.sheet_button import sheet_button
from latentexplorer.gui.window.sheet_choices import SheetClass, whole_number
from latentexplorer.gui.window.sheet_figure import Recipe, SheetFigure, image_settings
from latentexplorer.gui.workers import found_tasks
from latentexplorer.views.asked_image import Asked
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code
from latentexplorer.views.mended import Result
from latentexplorer.views.missing_part import PARTS, missing_words

if TYPE_CHECKING:
    from latentexplorer.gui.workers.job import Job

ABOUT = "Erase a part: each completion is the decode of a code that was sought from what is left only."
ERRORS = "the error (rmse on [0, 1]) of what is known · of what is erased"
LEAST_PX = 168
TABLE_W_PX, TABLE_H_PX = 420, 260
MOST_BESIDE = 4


class MendDialog(QDialog):
    """The image to erase, the tools, and a row of completions for each run; stands beside the panes, which go on."""

    def __init__(self, session: Session, code: Code, image: Asked, parent: QWidget, masks: KeptMasks) -> None:
        super().__init__(parent)
        self._session, self._run, self._masks = session, session.shown, masks
        self._code, self.image = code, image
        self._job: Job | None = None
        self.outcome: Result | None = None
        self._told: dict[str, object] = {}
        """What the completions that are shown were sought with."""
        self.setObjectName("mend_dialog")
        self.setWindowTitle(f"Mask and mend: {self.image.name}")
        self.canvas = Eraser(self.image.pixels)
        masks.bring_back(self.canvas)
        height, width = self.image.pixels.shape[:2]
        self.brush = ValueSlider("Brush", 1.0, max(min(height, width) / 2, 2.0), self.canvas.brush, "mend_brush")
        self.undo = sheet_button("Undo", "mend_undo", "Take the last stroke back (Ctrl+Z)")
        self.restore = sheet_button("Restore all", "mend_restore", "Nothing is erased any more")
        self.mend = sheet_button("Mend", "mend_mend", "Complete the image from what is left")
        self.mend.setProperty("role", "primary")
        self.stop = sheet_button("Stop", "mend_stop", "Stop; what was found by now is shown")
        self.whole = QCheckBox("Whole decode")
        self.whole.setObjectName("mend_whole")
        self.whole.setToolTip("Show all that the model decodes, also where the image is known")
        self.seed = whole_number("mend_seed", "Seed", 0, 999_999, 0)
        self.seed.setToolTip("Another seed draws other starts, and so other completions")
        self.klass = SheetClass("mend_class", self._run, image)
        self.figure = SheetFigure(session, self._run, "mended", self._recipe, self)
        self.beside = [self._beside(path) for path in self._others()]
        self.table = PictureTable(LEAST_PX)
        self.table.setObjectName("mend_completions")
        self.table.setAccessibleName("Completions")
        self.said = Label()
        self.said.setObjectName("mend_said")
        self.said.setWordWrap(True)
        self._build()
        self.brush.moved.connect(self._on_brush)
        self.undo.clicked.connect(self.canvas.undo)
        QShortcut(QKeySequence.StandardKey.Undo, self, self.canvas.undo)
        self.restore.clicked.connect(self.canvas.clear)
        self.canvas.settled.connect(self._on_erased)
        self.mend.clicked.connect(self.begin)
        self.stop.clicked.connect(self._on_stop)
        self.whole.toggled.connect(self._draw)
        self.table.picked.connect(self._on_picked)
        session.run_changed.connect(self.close)
        self.finished.connect(self._on_stop)
        self._allow()
        self.canvas.setFocus()

    # -- layout ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        rows.setSpacing(SPACE)
        top = QHBoxLayout()
        top.addWidget(caption(ABOUT), 1)
        top.addWidget(GuideLink("mask-and-mend"))
        rows.addLayout(top)
        parts = QHBoxLayout()
        parts.setSpacing(SPACE * 2)
        parts.addLayout(self._tools())
        parts.addWidget(self._completions(), 1)
        rows.addLayout(parts, 1)
        rows.addWidget(self.said)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE)
        if self.beside:
            foot.addWidget(caption("Beside"))
        for box in self.beside:
            foot.addWidget(box)
        foot.addStretch()
        for chosen in (self.klass, self.seed) if self.klass.needed else (self.seed,):
            foot.addWidget(caption(chosen.accessibleName()))
            foot.addWidget(chosen)
        for widget in (self.whole, self.figure.button, self.stop, self.mend):
            foot.addWidget(widget)
        rows.addLayout(foot)

    def _tools(self) -> QVBoxLayout:
        tools = QVBoxLayout()
        tools.setSpacing(SPACE // 2)
        tools.addWidget(self.canvas, 1)
        tools.addWidget(caption("left button erases, right one restores"))
        tools.addWidget(self.brush)
        grid = QGridLayout()
        grid.setSpacing(SPACE // 2)
        for at, name in enumerate(PARTS):
            words = name.replace("-", " ").capitalize()
            button = sheet_button(words, f"mend_{name.replace('-', '_')}", f"Erase {name.replace('-', ' ')}")
            button.clicked.connect(partial(self._on_part, name))
            grid.addWidget(button, at // 3, at % 3)
        tools.addLayout(grid)
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        row.addWidget(self.undo)
        row.addWidget(self.restore)
        row.addStretch()
        tools.addLayout(row)
        return tools

    def _completions(self) -> QScrollArea:
        area = QScrollArea()
        area.setObjectName("mend_area")
        area.setAccessibleName("Completions")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self.table)
        area.setMinimumSize(TABLE_W_PX, TABLE_H_PX)
        area.viewport().setAutoFillBackground(False)
        return area

    def _others(self) -> list[Path]:
        """Runs that are set beside the open one."""
        return [path for path in self._session.selection.compared if path != self._run.path][:MOST_BESIDE]

    def _beside(self, path: Path) -> QCheckBox:
        box = QCheckBox(menu_text(path.name))
        box.setObjectName(f"mend_beside_{path.name}")
        box.setToolTip(verbatim(f"Let {path.name} complete the same image too"))
        box.setChecked(True)
        box.setProperty("run", str(path))
        return box

    # -- tools -----------------------------------------------------------------------------------------------------

    @Slot(float)
    def _on_brush(self, size: float) -> None:
        self.canvas.brush = max(size, 0.5)

    def _on_part(self, name: str, *_: object) -> None:
        self.canvas.erase_part(name)

    @Slot()
    def _on_erased(self) -> None:
        self._masks.keep(self.canvas)
        self._allow()

    @Slot()
    def _allow(self) -> None:
        running = self._job is not None
        self.undo.setEnabled(self.canvas.can_undo)
        self.restore.setEnabled(bool(self.canvas.erased.any()))
        self.mend.setEnabled(not running)
        self.stop.setEnabled(running)
        self.figure.allow(self.outcome is not None, image_settings(self._code, self.image) is not None)
        if not running and self.outcome is None:
            todo = " Mend completes them." if self.canvas.erased.any() else ""
            self.said.setText(f"{missing_words(self.canvas.erased)}.{todo}")

    # -- mending ---------------------------------------------------------------------------------------------------

    @Slot()
    def begin(self) -> None:
        """Complete it by every run that is ticked."""
        others = tuple(Path(box.property("run")) for box in self.beside if box.isChecked())
        self._told = {"seed": self.seed.value()}
        image = self.klass.told(self.image)
        work = partial(found_tasks.mend, self._run, others, image, self.canvas.erased, dict(self._told))
        job = self._job = self._session.submit(f"Mending {self.image.name}", work, "mend", quick=True)
        job.reported.connect(self._on_moved)
        job.succeeded.connect(self._on_mended)
        job.finished.connect(self._on_finished)
        self.said.setText("Starting…")
        self._allow()

    @Slot(object)
    def _on_moved(self, event: object) -> None:
        if isinstance(event, FitMoved):
            least = float(np.nanmin(event.errors[-1]))
            self.said.setText(f"Step {event.step} of {event.steps} · error of what is known {least:.3f}")

    @Slot(object)
    def _on_mended(self, found: Result | Refused) -> None:
        if isinstance(found, Refused):
            self.said.setText(found.text)
            return
        self.outcome = found
        self.said.setText(". ".join((*found.notes, _said_errors(found))) + ".")
        self._draw()

    @Slot()
    def _on_finished(self) -> None:
        self._job = None
        self._allow()

    def _recipe(self) -> Recipe | None:
        """Of what is shown, not of what would be mended next."""
        named, found = image_settings(self._code, self.image), self.outcome
        if named is None or found is None:
            return None
        runs = {row.run for row in found.rows[1:]}
        beside = [str(box.property("run")) for box in self.beside if Path(box.property("run")).name in runs]
        settings = {**named, **self.klass.as_setting(found.rows[0].label), **self._told}
        return {**settings, "runs": beside, "whole": self.whole.isChecked()}, found.erased

    @Slot()
    def _draw(self) -> None:
        """A row a run; what is known stays the original unless the whole decode is wanted."""
        found = self.outcome
        if found is None:
            return
        rows = [row.shown(found.original, found.erased, self.whole.isChecked()) for row in found.rows]
        best = found.rows[0]
        heads = [_errors(left, missing, brief=True) for left, missing in zip(best.left, best.missing, strict=True)]
        names = [row.run for row in found.rows] if len(rows) > 1 else []
        if len(rows) > 1:
            # What stands above a column is true of one row only.
            heads = [f"completion {number}" for number in range(1, len(heads) + 1)]
        self.table.set_table(np.stack(rows), heads, names, self._code_at)
        self.table.fit(self.table.width(), TABLE_H_PX)

    def _code_at(self, at: int) -> Code | None:
        """The code of a completion by the open run; those of others are no codes of it."""
        found = self.outcome
        if found is None or at >= len(found.rows[0].z):
            return None
        row = found.rows[0]
        return Code(row.z[at], row.label, how=f"{self.image.name}, mended", image=self._code.image)

    @Slot(int)
    def _on_picked(self, at: int) -> None:
        code = self._code_at(at)
        if code is not None:
            self._session.current.set(code, what="choosing a completion")

    @Slot()
    def _on_stop(self) -> None:
        if self._job is not None:
            self._session.surveys.cancel(self._job)


def _errors(left: float, missing: float, *, brief: bool = False) -> str:
    """The errors of a completion: "known 0.061, erased 0.142"; "left" would be a side.

    `brief`: "0.061 · 0.142", which is no wider than a small picture, where both are known.
    """
    known = [(name, value) for name, value in (("known", left), ("erased", missing)) if np.isfinite(value)]
    if brief and len(known) > 1:
        return " · ".join(f"{value:.3f}" for _, value in known)
    return ", ".join(f"{name} {value:.3f}" for name, value in known)


def _said_errors(found: Result) -> str:
    """What the numbers above the pictures are; of several runs those of their first completions, whose room is here."""
    if len(found.rows) < 2:
        return f"Above each: {ERRORS}"
    each = (f"{row.run} {_errors(row.left[0], row.missing[0], brief=True)}" for row in found.rows)
    return f"In the first completions {ERRORS}: {', '.join(each)}"
