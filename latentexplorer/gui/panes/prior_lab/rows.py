"""A row for each prior: its name to choose it by, its numbers beside what chance gives, and decoded draws."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.tiles import ImageStrip
from latentexplorer.views.code import Code
from latentexplorer.views.prior_lab import Name, Result

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session

NAMES: tuple[str, ...] = get_args(Name)
SAID_PX, STRIP_GAP_PX = 208, 2
INDENT_PX = 9
"""Of the numbers below the name of a prior, which stands in a button."""
STRIP_PX, MOST_STRIP_PX = 52, 160
"""Height of a row: a button and two lines at least."""
LEAST_DRAWS = 4
"""Pictures that a strip shows at least, smaller ones if need be."""


class PriorRows(QWidget):
    """The rows of a result.

    Signals
    -------
    chosen : (str)
        A prior, by its name.
    picked : (Code)
        A draw was clicked.
    """

    chosen = Signal(str)
    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("prior_rows")
        self.buttons: dict[str, QToolButton] = {}
        self.numbers = {name: caption() for name in NAMES}
        self.strips: dict[str, ImageStrip] = {}
        self._lines: dict[str, QWidget] = {}
        self._result: Result | None = None
        self._seen = LEAST_DRAWS
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        for name in NAMES:
            column.addWidget(self._line(name))

    def _line(self, name: str) -> QWidget:
        button = self.buttons[name] = QToolButton()
        button.setObjectName(f"prior_{name}")
        button.setAccessibleName(f"What if the prior were: {name}")
        button.setCheckable(True)
        button.setFont(caption_font())
        button.clicked.connect(partial(self._on_clicked, name))
        self._group.addButton(button)
        strip = self.strips[name] = ImageStrip(gap_px=STRIP_GAP_PX)
        strip.setObjectName(f"prior_draws_{name}")
        strip.setAccessibleName(f"Decoded draws: {name}")
        strip.setFixedHeight(STRIP_PX)
        strip.picked.connect(partial(self._on_picked, name))
        numbers = self.numbers[name]
        numbers.setObjectName(f"prior_numbers_{name}")
        numbers.setContentsMargins(INDENT_PX, 0, 0, 0)
        said = QVBoxLayout()
        said.setSpacing(1)
        said.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        said.addWidget(numbers)
        said.addStretch(1)
        line = self._lines[name] = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        left = QWidget()
        left.setLayout(said)
        said.setContentsMargins(0, 0, 0, 0)
        left.setFixedWidth(SAID_PX)
        left.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row.addWidget(left)
        row.addWidget(strip, 1)
        line.hide()
        return line

    def serve(self, session: Session) -> None:
        """Draws have the menu of codes."""
        for strip in self.strips.values():
            strip.serve(session)

    @property
    def count(self) -> int:
        """Rows that there are."""
        return 0 if self._result is None else len(self._result.rows)

    def fit(self, width_px: int, strip_px: int) -> int:
        """Pictures so high, as many as fill a width; how high they are."""
        if self._result is None or not self.count:
            return STRIP_PX
        count, tall, wide = self._result.rows[0].images.shape[:3]
        room = max(width_px - SAID_PX - SPACE, 1) + STRIP_GAP_PX
        least = (room / LEAST_DRAWS - STRIP_GAP_PX) * tall / wide
        high = int(min(max(strip_px, STRIP_PX), max(least, STRIP_PX), MOST_STRIP_PX))
        for strip in self.strips.values():
            strip.setFixedHeight(high)
        seen = int(min(max(room / (high * wide / tall + STRIP_GAP_PX), LEAST_DRAWS), count))
        if seen != self._seen:
            self._seen = seen
            self._show_draws()
        return high

    def _show_draws(self) -> None:
        """As many as there is room for."""
        for row in self._result.rows if self._result is not None else ():
            self.strips[row.name].set_images(row.images[: self._seen], partial(self.code_of, row.name))

    def show_result(self, result: Result) -> None:
        """Show its rows; one is chosen."""
        self._result = result
        known = {row.name: row for row in result.rows}
        for name, line in self._lines.items():
            line.setVisible(name in known)
            if name not in known:
                continue
            row = known[name]
            self.buttons[name].setText(row.title)
            self.buttons[name].setAccessibleName(f"What if the prior were: {row.title}")
            self.buttons[name].setToolTip(verbatim(f"{row.title}. {row.sentence}"))
            self.buttons[name].setChecked(row is result.row)
            self.numbers[name].setText(row.brief)
            self.numbers[name].setToolTip(verbatim(row.sentence))
            self.strips[name].setAccessibleName(f"Decoded draws: {row.title}")
        self._show_draws()

    def code_of(self, name: str, index: int) -> Code | None:
        """The code of a draw."""
        if self._result is None:
            return None
        row = next((row for row in self._result.rows if row.name == name), None)
        if row is None or not 0 <= index < len(row.codes):
            return None
        y = None if row.labels is None else int(row.labels[index])
        return Code(row.codes[index], y, how=f"draw {index + 1}, {row.title}")

    def _on_clicked(self, name: str, *_: object) -> None:
        self.chosen.emit(name)

    def _on_picked(self, name: str, index: int) -> None:
        code = self.code_of(name, index)
        if code is not None:
            self.picked.emit(code)
