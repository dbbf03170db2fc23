"""A readout whose numbers change all the time, in a room that stays as it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent

from latentexplorer.gui.style.plain_text import Label

SPARE = "00"
"""Room for so much more than a text needs: the next one is a little longer, as a rule."""
FONTS = (QEvent.Type.FontChange, QEvent.Type.StyleChange)


class SteadyLabel(Label):
    """Only what is drawn changes with its text, while that fits and does not leave much of the room empty.

    With a room that followed every digit all that it stands in would be laid out and drawn anew, up to the window.
    """

    def setText(self, text: str) -> None:
        super().setText(text)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in FONTS:
            self._fit()

    def _fit(self) -> None:
        needed, spare = self.sizeHint(), self.fontMetrics().horizontalAdvance(SPARE)
        fits = needed.width() <= self.minimumWidth() <= needed.width() + 3 * spare
        if not fits or needed.height() != self.minimumHeight():
            self.setFixedSize(needed.width() + (spare if self.text() else 0), needed.height())
