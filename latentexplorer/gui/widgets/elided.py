"""A one-line label that shortens its text with an ellipsis, keeps its numbers, and tells the whole of it as its tip."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStyleOption

from latentexplorer.gui.style.plain_text import Label, verbatim

DOTS = "…"


def shortened(text: str, metrics: QFontMetrics | QFontMetricsF, room_px: float) -> str:
    """A text in the room there is: whole words go, the last ones first, and numbers after all others.

    No number is cut: a part of one would be another number. What has no word to spare is shortened in its middle.
    """
    if metrics.horizontalAdvance(text) <= room_px:
        return text
    if not re.search(r"\d", text):
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room_px))
    # What is multiplied is one number.
    words = re.split(r"(?<!×) (?!×)", text)
    order = sorted(range(len(words)), key=lambda at: (bool(re.search(r"\d", words[at])), -at))
    for at in order[:-1]:
        words[at] = DOTS
        shown = re.sub(rf"{DOTS}(?: [·+,]? ?{DOTS})+", DOTS, " ".join(words))
        shown = re.sub(rf"( [·+])? {DOTS}$", f" {DOTS}", shown)
        if metrics.horizontalAdvance(shown) <= room_px:
            return shown
    return DOTS if len(words) > 1 else metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(room_px))


class ElidedLabel(Label):
    """Never asks for more room than it is given.

    Attributes
    ----------
    shown : str
        What is drawn of its text.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def shown(self) -> str:
        return shortened(self.text(), self.fontMetrics(), self.width())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, QFontMetrics(self.font()).height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        shown = self.shown
        self.setToolTip(verbatim(self.text() if shown != self.text() else ""))
        self.style().drawItemText(
            painter,
            self.rect(),
            int(self.alignment()),
            option.palette,
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )
