"""Mask and mend: erase a part of an image, and see with what the open run, and others, complete it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QStackedWidget, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label, menu_text, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.number_box import whole_number
from latentexplorer.gui.widgets.picture_table import TableArea
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.gui.window.code_sheets.canvas_tools import CanvasTools
from latentexplorer.gui.window.code_sheets.eraser import Eraser
from latentexplorer.gui.window.code_sheets.figure import Recipe, SheetFigure, image_settings
from latentexplorer.gui.window.code_sheets.kept_masks import KeptMasks
from latentexplorer.gui.window.code_sheets.search import Search
from latentexplorer.gui.window.code_sheets.sheet import CodeSheet, current_image, in_column, in_row
from latentexplorer.gui.window.code_sheets.sheet_class import SheetClass
from latentexplorer.gui.workers import found_tasks
from latentexplorer.views.asked_image import Asked
from latentexplorer.views.code import Code
from latentexplorer.views.mended import Result
from latentexplorer.views.missing_part import PARTS, missing_words

WAITING = "Erase a part, then press Mend: completions come here"
ERRORS = "the error (rmse on [0, 1]) of what is known · of what is erased"
LEAST_PX = 72
"""Width of a completion at least: larger than that, all of them are in sight."""
TABLE_W_PX, TABLE_H_PX = 420, 260
MOST_BESIDE = 4


class MendDialog(CodeSheet):
    """The image that was current when it was opened, to erase; the tools; and a row of completions for each run."""

    name, title, guide = "mend", "Mask and mend", "mask-and-mend"
    of_image = True
    lines = 3
    about = "Erase a part: each completion is the decode of a code that was sought from what is left only."

    def __init__(self, session: Session, code: Code, image: Asked, parent: QWidget, masks: KeptMasks) -> None:
        super().__init__(session, f"{self.title}: {image.name}", parent)
        self._masks = masks
        self._code, self.image = code, image
        self.outcome: Result | None = None
        self._told: dict[str, object] = {}
        """What the completions that are shown were sought with; those that are being sought, with `_next`."""
        self._next: dict[str, object] = {}
        self.canvas = Eraser(self.image.pixels)
        masks.bring_back(self.canvas)
        self.tools = CanvasTools(self.canvas, min(self.image.pixels.shape[:2]) / 2, self)
        self.restore = sheet_button("Restore all", "mend_restore", "Nothing is erased any more")
        self.mend = sheet_button("Mend", "mend_mend", "Complete the image from what is left")
        self.mend.setProperty("role", "primary")
        self.whole = QCheckBox("Whole decode")
        self.whole.setObjectName("mend_whole")
        self.whole.setToolTip("Show all that the model decodes, also where the image is known")
        self.seed = whole_number("mend_seed", "Seed", 0, 999_999, 0)
        self.seed.setToolTip("Another seed draws other starts, and so other completions")
        self.klass = SheetClass("mend_class", self._run, image)
        self.figure = SheetFigure(session, self._run, "mended", self._recipe, self)
        self.search = Search(session, self, "error of what is known", "Stop; what was found by now is shown")
        self.beside = [self._beside(path) for path in self._others()]
        self.area = TableArea("mend_completions", LEAST_PX)
        self.table = self.area.table
        self.table.setAccessibleName("Completions")
        self.waiting = Label(WAITING)
        self.completions = self._completions()
        self._build()
        self.restore.clicked.connect(self.canvas.clear)
        self.canvas.settled.connect(self._on_erased)
        self.mend.clicked.connect(self.begin)
        self.search.found.connect(self._on_mended)
        self.search.changed.connect(self._on_search)
        self.whole.toggled.connect(self._draw)
        self.table.picked.connect(self._on_picked)
        self._allow()
        self._say_missing()
        self.canvas.setFocus()

    @classmethod
    def of_current(cls, session: Session, parent: QWidget, masks: KeptMasks) -> Self:
        return cls(session, *current_image(session), parent, masks)

    # -- layout ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(SPACE // 2)
        for at, name in enumerate(PARTS):
            words = name.replace("-", " ").capitalize()
            button = sheet_button(words, f"mend_{name.replace('-', '_')}", f"Erase {name.replace('-', ' ')}")
            button.clicked.connect(partial(self._on_part, name))
            grid.addWidget(button, at // 3, at % 3)
        how = caption("left button erases, right one restores")
        last = in_row(self.tools.undo, self.restore, None, gap=SPACE // 2)
        parts = QHBoxLayout()
        parts.setSpacing(SPACE * 2)
        parts.addLayout(in_column(self.canvas, how, self.tools.brush, grid, last))
        parts.addWidget(self.completions, 1)
        self.rows.addLayout(parts, 1)
        self.rows.addWidget(self.said)
        beside = (caption("Beside"), *self.beside) if self.beside else ()
        ends = (self.whole, self.figure.button, self.search.stop, self.mend)
        self.rows.addLayout(in_row(*beside, None, *self.klass.asked, self.seed, *ends))

    def _completions(self) -> QStackedWidget:
        """Where they come, and until then what says so."""
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName("Completions")
        self.area.viewport().setAutoFillBackground(False)
        self.waiting.setObjectName("mend_waiting")
        self.waiting.setProperty("role", "empty")
        self.waiting.setWordWrap(True)
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        both = QStackedWidget()
        both.setMinimumSize(TABLE_W_PX, TABLE_H_PX)
        both.addWidget(self.waiting)
        both.addWidget(self.area)
        return both

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

    # -- mending ---------------------------------------------------------------------------------------------------

    def _on_part(self, name: str, *_: object) -> None:
        self.canvas.erase_part(name)

    @Slot()
    def _on_erased(self) -> None:
        self._masks.keep(self.canvas)
        self._allow()
        self._say_missing()

    @Slot()
    def _allow(self) -> None:
        running = self.search.running
        self.restore.setEnabled(bool(self.canvas.erased.any()))
        self.mend.setEnabled(not running)
        self.figure.allow(self.outcome is not None, image_settings(self._code, self.image) is not None)

    @Slot()
    def _on_search(self) -> None:
        self._allow()
        if not self.search.refused:
            self._say_missing()

    def _say_missing(self) -> None:
        """How much is erased, until there is more to say."""
        if not self.search.running and self.outcome is None:
            todo = " Mend completes them." if self.canvas.erased.any() else ""
            self.said.setText(f"{missing_words(self.canvas.erased)}.{todo}")

    @Slot()
    def begin(self) -> None:
        """Complete it by every run that is ticked."""
        others = tuple(Path(box.property("run")) for box in self.beside if box.isChecked())
        told: dict[str, object] = {"seed": self.seed.value()}
        image = self.klass.told(self.image)
        work = partial(found_tasks.mend, self._run, others, image, self.canvas.erased, told)
        self.search.begin(f"Mending {self.image.name}", work)
        self._next = told

    @Slot(object)
    def _on_mended(self, found: Result) -> None:
        self.outcome, self._told = found, self._next
        self.said.setText(". ".join((*found.notes, _said_errors(found))) + ".")
        self._draw()

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
        self.completions.setCurrentWidget(self.area)
        rows = [row.shown(found.original, found.erased, self.whole.isChecked()) for row in found.rows]
        best = found.rows[0]
        heads = [_errors(left, missing, brief=True) for left, missing in zip(best.left, best.missing, strict=True)]
        names = [row.run for row in found.rows] if len(rows) > 1 else []
        if len(rows) > 1:
            # What stands above a column is true of one row only.
            heads = [f"completion {number}" for number in range(1, len(heads) + 1)]
        self.table.set_table(np.stack(rows), heads, names, self._code_at)
        self.area.arrange()

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
