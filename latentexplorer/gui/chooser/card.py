"""One card: a picture of the images, what it is for, and what it takes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QTextLayout
from PySide6.QtWidgets import QAbstractButton

from latentexplorer.gui.chooser.entries import Entry
from latentexplorer.gui.session.estimates import Estimate
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.theme import SPACE, caption_font, theme, title_font
from latentexplorer.gui.widgets.pictures import draw, fitted, to_qimage

PICTURE_PX, IMAGE_PX, GAP_PX = 74, 36, 2
"""Height of the picture; side of an image in it, at most, of which there are two rows; what is between them."""
LINES = 3
"""Below the title."""
KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)


class Card(QAbstractButton):
    """Chosen by a click, taken by a double click.

    Signals
    -------
    moved : (Key)
        An arrow, Home or End was pressed on it.
    taken : ()
    """

    moved = Signal(object)
    taken = Signal()

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry
        self.lines: tuple[str, ...] = (entry.facts, "", "")
        self._images: list[QImage] = []
        self._instead = ""
        self.setObjectName(f"card_{entry.code or entry.title}")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(entry.title)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        title = 2 * QFontMetrics(title_font()).height()
        return QSize(250, 3 * SPACE + PICTURE_PX + title + LINES * QFontMetrics(caption_font()).height())

    @property
    def _words_px(self) -> int:
        return max(self.width(), self.sizeHint().width()) - 2 * SPACE

    def show_facts(self, estimate: Estimate) -> None:
        """What it takes, as far as it is known."""
        takes = " · ".join(text for text in (estimate.weights_text, estimate.time_text) if text)
        if self.entry.lesson:
            taught = two_lines(self.entry.teaches, QFontMetrics(caption_font()), self._words_px, caption_font())
            lines = (*(*taught, "")[:2], f"About {self.entry.minutes} minutes, offline")
        elif self.entry.asks:
            lines = (
                self.entry.facts,
                str(self.entry.path or "Folders, files, arrays"),
                "You see what is in them first",
            )
        else:
            lines = (self.entry.facts, estimate.size_text, takes)
        if lines != self.lines or not self.accessibleDescription():
            self.lines = lines
            self.setAccessibleDescription(". ".join(part for part in (*lines, self._instead, self.entry.code) if part))
            self.update()

    def show_picture(self, images: np.ndarray, instead: str = "") -> None:
        """Some images (n, H, W, C), uint8, or why there are none."""
        self._images, self._instead = [to_qimage(image) for image in images], instead
        self.update()

    # -- drawing --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen, focused = self.isChecked(), self.hasFocus()
        painter.setPen(QPen(theme.color("accent" if chosen else "border"), 2 if chosen else 1))
        painter.setBrush(theme.color("selection" if chosen else "hover" if self.underMouse() else "card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), SPACE, SPACE)
        if focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("text"), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(4, 4, -4, -4), SPACE - 3, SPACE - 3)
        inside = self.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
        self._paint_picture(painter, QRect(inside.left(), inside.top(), inside.width(), PICTURE_PX))
        self._paint_words(painter, inside.adjusted(0, PICTURE_PX + SPACE // 2, 0, 0))

    def _paint_picture(self, painter: QPainter, place: QRect) -> None:
        if self.entry.paint is not None:
            self.entry.paint(painter, place)
            return
        if self._images:
            # As many as fill the width; where there are fewer, what there is.
            across = min(-(-(place.width() + GAP_PX) // (IMAGE_PX + GAP_PX)), max(len(self._images) // 2, 1))
            side = min((place.width() - (across - 1) * GAP_PX) / across, IMAGE_PX)
            for at, image in enumerate(self._images[: 2 * across]):
                row, column = divmod(at, across)
                x, y = place.left() + column * (side + GAP_PX), place.top() + row * (side + GAP_PX)
                draw(painter, image, fitted(image.width(), image.height(), QRectF(x, y, side, side)))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("field"))
        painter.drawRoundedRect(place, 4, 4)
        if self.entry.asks and not self._instead:
            icon("open", "muted").paint(painter, place.center().x() - 12, place.center().y() - 12, 24, 24)
            return
        painter.setPen(theme.color("muted"))
        painter.setFont(caption_font())
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(place.adjusted(SPACE, 0, -SPACE, 0), flags, self._instead)

    def _paint_words(self, painter: QPainter, place: QRect) -> None:
        metrics = QFontMetrics(title_font())
        painter.setFont(title_font())
        painter.setPen(theme.color("text"))
        y = place.top()
        for line in two_lines(self.entry.title, metrics, place.width()):
            painter.drawText(place.left(), y + metrics.ascent(), line)
            y += metrics.height()
        metrics = QFontMetrics(caption_font())
        painter.setFont(caption_font())
        painter.setPen(theme.color("muted"))
        for line in self.lines:
            shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place.left(), y + metrics.ascent(), shown)
            y += metrics.height()

    # -- mouse and keyboard ---------------------------------------------------------------------------------------

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.taken.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in KEYS:
            self.moved.emit(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # The dialog's own button answers.
            event.ignore()
        else:
            super().keyPressEvent(event)


def two_lines(text: str, metrics: QFontMetrics, width: int, font: QFont | None = None) -> list[str]:
    """A text in at most two lines; the second one is shortened."""
    layout = QTextLayout(text, font or title_font())
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(width)
    first = line.textLength()
    layout.endLayout()
    rest = metrics.elidedText(text[first:].strip(), Qt.TextElideMode.ElideRight, width)
    return [text[:first].strip(), rest] if rest else [text[:first].strip()]
