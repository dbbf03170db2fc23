"""The current code in every class: one picture a class, of which one is current and any can be chosen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from latentexplorer.gui.panes.decoded.strips import LEAST_SIDE_PX
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.picture_table import TableArea
from latentexplorer.gui.workers import code_tasks
from latentexplorer.views.base import Array
from latentexplorer.views.class_grid import MOST_CLASSES
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

LEAST_PX, CLEAR_PX = 24, 32
"""Width of a picture at least, and beside other pictures, where many have to be scrolled in any case."""
WANTED_PX, MOST_PX = 124, 150
"""Height of the pictures with their names into which they are fitted, and at most where they are very many."""
WIDE_SHARE = 1 / 7
"""This part of a wide pane's width is their height, where that is more."""
FEW, ACROSS = 12, 3
"""So many classes are seen at once in a narrow column; of more so many stand beside each other."""


class ClassStrip(QWidget):
    """Decodes a code in all classes of a conditional model; for any other it is not there.

    Of very many classes a block is seen, the one of the code's own class at first; two buttons go to others.

    Attributes
    ----------
    conditional : bool
        Whether there are classes to decode as.
    first : int
        The first class that is seen.

    Signals
    -------
    chosen : (int)
        A class, by the person.
    resized : ()
        It wants another height.
    """

    chosen = Signal(int)
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session: Session | None = None
        self._run: Trained | None = None
        self._code: Code | None = None
        self._shown: tuple[object, ...] = ()
        self._away = True
        self.conditional = False
        self.first = 0
        self.title = caption()
        self.earlier = _button("back", "Earlier classes")
        self.later = _button("forward", "Later classes")
        self.earlier.clicked.connect(self._on_earlier)
        self.later.clicked.connect(self._on_later)
        self.area = TableArea("class_strip", LEAST_PX)
        self.table = self.area.table
        self.table.setAccessibleName("The current code in every class")
        self.table.keys = "Arrow keys go from class to class, Enter decodes the code as it, Shift+F10 opens its menu"
        self.table.set_tips(self._tip)
        self.table.picked.connect(self._on_picked)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        head.addWidget(self.title, 1)
        head.addWidget(self.earlier)
        head.addWidget(self.later)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 4)
        column.addLayout(head)
        column.addWidget(self.area, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        theme.changed.connect(self._recolour)
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        self.earlier.setIcon(icon("back", "muted"))
        self.later.setIcon(icon("forward", "muted"))

    def serve(self, session: Session) -> None:
        """Ask the decoder of a session."""
        self._session = session
        self.table.serve(session)

    # -- room ------------------------------------------------------------------------------------------------------

    @property
    def needed(self) -> int:
        """Height with which a line of pictures is seen."""
        return self._head_px + self.table.head_px + LEAST_PX

    def wanted(self, width: int, most_px: int = MOST_PX) -> int:
        """Height at which the pictures are as wide as the room, or enough; `most_px`: without their title at most."""
        # In a wide pane they are not smaller than its pictures let one expect.
        most_px = max(most_px, MOST_PX + max(int(width * WIDE_SHARE) - WANTED_PX, 0))
        fitted = WANTED_PX + most_px - MOST_PX
        if not len(self.table.images):
            return self._head_px + WANTED_PX
        return self._head_px + min(int(self.table.laid_out(width, fitted, LEAST_PX).height) + 1, most_px)

    @property
    def _head_px(self) -> int:
        return max(self.title.sizeHint().height(), self.earlier.sizeHint().height() if self._many else 0) + SPACE // 4

    @property
    def side_px(self) -> int:
        """Width of a column beside other pictures at least."""
        if not self._scrolled:
            return LEAST_SIDE_PX
        return ACROSS * (CLEAR_PX + self.table.gap_px) + self.area.verticalScrollBar().sizeHint().width()

    @property
    def _scrolled(self) -> bool:
        """Whether there are more classes than a column shows at once."""
        return self._run is not None and self._run.num_classes > FEW

    def take(self, height: int, *, beside: bool = False) -> None:
        """Take some height, below other pictures or beside them; without any it decodes nothing."""
        away, self._away = self._away, not self.conditional or height <= 0
        self.setVisible(not self._away)
        if self._away:
            return
        least = CLEAR_PX if beside and self._scrolled else LEAST_PX
        if least != self.table.least_px:
            self.table.least_px = least
            self.area.arrange()
        self.setFixedHeight(height)
        if away:
            self._ask()

    # -- the run and its code --------------------------------------------------------------------------------------

    @property
    def _many(self) -> bool:
        return self._run is not None and self._run.num_classes > MOST_CLASSES

    def open(self, run: Trained, conditional: bool) -> None:
        """Another run is open."""
        self._run, self._code, self._shown, self.first = run, None, (), 0
        self.conditional, self._away = conditional, True
        self.hide()
        self.earlier.setVisible(self._many)
        self.later.setVisible(self._many)
        self.table.set_table(np.zeros((0, 0, 1, 1, 1), np.uint8), ())
        self.resized.emit()

    def follow(self, run: Trained, code: Code) -> None:
        """A code is current, or its run has newer weights."""
        self._run, before, self._code = run, self._code, code
        if not self.conditional or code.y is None:
            return
        if before is None or before.y != code.y:
            self.first = code.y // MOST_CLASSES * MOST_CLASSES
        self._mark()
        self._ask()

    def _ask(self) -> None:
        """Decode the code in the classes that are seen, unless that is what is seen."""
        run, code = self._run, self._code
        if self._session is None or run is None or code is None or self._away:
            return
        classes = np.arange(self.first, min(self.first + MOST_CLASSES, run.num_classes))
        wanted = (run, code.z.tobytes(), self.first)
        if _same(wanted, self._shown):
            return
        question = partial(code_tasks.in_classes, run, code.z, classes)
        self._session.decoder.ask_in_steps("decoded:classes", question, partial(self._on_images, wanted, classes))

    def _on_images(self, wanted: tuple[object, ...], classes: Array, images: Array) -> None:
        run = self._run
        if run is None or wanted[0] is not run:
            return
        before = len(self.table.images)
        self._shown = wanted
        names = [run.class_names[number] for number in classes]
        self.table.set_table(images[None], names, code_of=self._code_of)
        if before != len(images):
            self.resized.emit()
        self.area.arrange()
        last = f"{classes[0] + 1:,} to {classes[-1] + 1:,} of {run.num_classes:,}" if self._many else ""
        self.title.setText(f"in classes {last}" if last else "in every class")
        self.earlier.setEnabled(self.first > 0)
        self.later.setEnabled(self.first + len(classes) < run.num_classes)
        self._mark()

    def _mark(self) -> None:
        """Frame the class that the code is decoded with."""
        y = self._code.y if self._code is not None else None
        at = y - self.first if y is not None else -1
        self.table.set_current(at if 0 <= at < len(self.table.names) else -1)
        self.area.show_current()

    # -- what a person does ----------------------------------------------------------------------------------------

    def _code_of(self, at: int) -> Code | None:
        return None if self._code is None else self._code.with_class(self.first + at)

    def _tip(self, at: int) -> str:
        return self.table.names[at] if at < len(self.table.names) else ""

    @Slot(int)
    def _on_picked(self, at: int) -> None:
        self.chosen.emit(self.first + at)

    @Slot()
    def _on_earlier(self) -> None:
        self._turn(-MOST_CLASSES)

    @Slot()
    def _on_later(self) -> None:
        self._turn(MOST_CLASSES)

    def _turn(self, step: int) -> None:
        if self._run is not None and 0 <= self.first + step < self._run.num_classes:
            self.first += step
            self._mark()
            self._ask()


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and one[0] is other[0] and one[1:] == other[1:]


def _button(name: str, words: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(f"classes_{name}")
    button.setToolTip(verbatim(words))
    button.setAccessibleName(words)
    button.hide()
    return button
