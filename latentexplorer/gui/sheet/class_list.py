"""The classes with some images of each. Thousands of them cost no more than those that are seen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy, QToolTip

from latentexplorer.data.survey import ClassSeen
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, body_font, caption_font, theme
from latentexplorer.gui.widgets.pictures import draw, fitted, to_qimage

LEAST_PX, MOST_PX, GAP_PX = 56, 90, 4
"""Side of a picture: larger where there are few rows."""
NAME_PX = 136


class ClassList(QAbstractScrollArea):
    """A row a class: its name, how many images it has, some of them. Without classes the pictures fill the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("class_list")
        self.setAccessibleName("Classes and some of their images")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.classes: tuple[ClassSeen, ...] = ()
        theme.changed.connect(self.viewport().update)

    def show_classes(self, classes: tuple[ClassSeen, ...]) -> None:
        """Show other classes."""
        self.classes = classes
        said = [f"{found.name or 'images'} {found.count}" for found in classes[:50]]
        self.setAccessibleDescription(", ".join(said))
        self._fit()
        self.viewport().update()

    @property
    def _named(self) -> bool:
        return any(found.name for found in self.classes)

    @property
    def _picture_px(self) -> int:
        """Side of a picture: as large as all rows allow, within limits."""
        if not self._named:
            return LEAST_PX
        room = self.viewport().height() // max(len(self.classes), 1) - SPACE
        return max(LEAST_PX, min(room, MOST_PX))

    @property
    def _row_px(self) -> int:
        return self._picture_px + SPACE

    @property
    def _across(self) -> int:
        """Pictures beside each other where there are no classes."""
        return max((self.viewport().width() - SPACE) // (self._picture_px + GAP_PX), 1)

    @property
    def _rows(self) -> int:
        if self._named or not self.classes:
            return len(self.classes)
        return -(-len(self.classes[0].thumbnails) // self._across)

    def _fit(self) -> None:
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(self._row_px)
        bar.setRange(0, max(self._rows * self._row_px - self.viewport().height(), 0))

    def sizeHint(self) -> QSize:
        return QSize(440, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 2 * LEAST_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell_name(event)
            return True
        return super().viewportEvent(event)

    def _tell_name(self, event: QHelpEvent) -> None:
        """The whole name of the class under the pointer."""
        row = (event.pos().y() + self.verticalScrollBar().value()) // self._row_px
        name = self.classes[row].name if 0 <= row < len(self.classes) else ""
        QToolTip.showText(event.globalPos(), verbatim(name), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        ends = {Qt.Key.Key_Home: bar.minimum(), Qt.Key.Key_End: bar.maximum()}
        key = Qt.Key(event.key())
        if key in ends:
            bar.setValue(ends[key])
        else:
            super().keyPressEvent(event)

    # -- drawing --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        top = self.verticalScrollBar().value()
        first = top // self._row_px
        last = min((top + self.viewport().height()) // self._row_px + 1, self._rows)
        for row in range(first, last):
            y = row * self._row_px - top
            if self._named:
                self._paint_class(painter, self.classes[row], y)
            else:
                self._paint_pictures(painter, row, y)

    def _paint_class(self, painter: QPainter, found: ClassSeen, y: int) -> None:
        metrics = QFontMetrics(body_font())
        name = metrics.elidedText(found.name, Qt.TextElideMode.ElideMiddle, NAME_PX)
        painter.setFont(body_font())
        painter.setPen(theme.color("text"))
        middle = y + self._row_px // 2
        painter.drawText(SPACE, middle - metrics.descent(), name)
        painter.setFont(caption_font())
        painter.setPen(theme.color("muted"))
        painter.drawText(SPACE, middle + QFontMetrics(caption_font()).ascent(), f"{found.count:,}")
        left = NAME_PX + 2 * SPACE
        room = (self.viewport().width() - left) // (self._picture_px + GAP_PX)
        for at, image in enumerate(found.thumbnails[: max(room, 0)]):
            self._paint_picture(painter, to_qimage(image), left + at * (self._picture_px + GAP_PX), y)

    def _paint_pictures(self, painter: QPainter, row: int, y: int) -> None:
        across = self._across
        shown = self.classes[0].thumbnails[row * across : (row + 1) * across]
        for at, image in enumerate(shown):
            self._paint_picture(painter, to_qimage(image), SPACE + at * (self._picture_px + GAP_PX), y)

    def _paint_picture(self, painter: QPainter, image: QImage, x: int, y: int) -> None:
        place = QRectF(x, y + SPACE // 2, self._picture_px, self._picture_px)
        draw(painter, image, fitted(image.width(), image.height(), place))
