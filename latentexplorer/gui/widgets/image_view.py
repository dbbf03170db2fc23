"""One picture, as large as there is room, never stretched."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.picture_menu import code_menu
from latentexplorer.gui.widgets.pictures import (
    drag_code,
    draw,
    dropped_code,
    fitted,
    focus_ring,
    picture_style,
    to_qimage,
)
from latentexplorer.views.code import Code


class ImageView(QWidget):
    """One picture, as large as there is room, never stretched.

    Attributes
    ----------
    image : ndarray (H, W, C) or None
        The array that is shown, exactly as it was given.

    Signals
    -------
    code_dropped : (Code)
        A picture with a code was dropped on it.
    picked : ()
        It was clicked.
    """

    code_dropped = Signal(object)
    picked = Signal()

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.image: np.ndarray | None = None
        self.code: Code | None = None
        self.framed = False
        self.placeholder = self._waits_as = ""
        self._qimage: QImage | None = None
        self._session: Session | None = None
        self._pressed: QPoint | None = None
        self.setAccessibleDescription(_in_words(None, None))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        picture_style.changed.connect(self.update)
        theme.changed.connect(self.update)

    def set_image(self, image: np.ndarray | None, code: Code | None = None) -> None:
        """Show an image (H, W, C), float in [0, 1] or uint8, and whose decode it is."""
        if image is self.image and code is self.code and self.placeholder == self._waits_as:
            return
        self._waits_as = self.placeholder
        self.image, self.code = image, code
        self.setAccessibleDescription(_in_words(image, code))
        before = self._qimage.size() if self._qimage is not None else None
        self._qimage = None if image is None else to_qimage(image)
        if (self._qimage.size() if self._qimage is not None else None) != before:
            self.updateGeometry()
        self.update()

    def serve(self, session: Session) -> None:
        """Tell the session what is chosen in the context menu."""
        self._session = session

    def accept_codes(self) -> None:
        """Let pictures be dropped here."""
        self.setAcceptDrops(True)

    def qimage(self) -> QImage | None:
        """The picture as Qt's image."""
        return self._qimage

    def focused_picture(self) -> QImage | None:
        """The picture that the keyboard is on."""
        return self._qimage

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self._qimage is None:
            return width
        return round(width * self._qimage.height() / max(self._qimage.width(), 1))

    def sizeHint(self) -> QSize:
        return QSize(128, 128)

    def minimumSizeHint(self) -> QSize:
        return QSize(32, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self._qimage is None:
            painter.setPen(theme.color("border"))
            side = fitted(1, 1, area).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(side, 4, 4)
            painter.setPen(theme.color("muted"))
            painter.drawText(side, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.placeholder)
            if self.hasFocus():
                focus_ring(painter, side, area)
            return
        rect = fitted(self._qimage.width(), self._qimage.height(), area)
        draw(painter, self._qimage, rect)
        if self.hasFocus():
            focus_ring(painter, rect, area)
        elif self.framed:
            pen = QPen(theme.color("accent"))
            pen.setWidth(2)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or self.code is None:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            drag_code(self, self.code, self._qimage)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and self.rect().contains(event.position().toPoint()):
            self.picked.emit()
        self._pressed = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.picked.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.code is None or self._session is None:
            event.ignore()
        else:
            code_menu(self, self.code, self._qimage, self._session).popup(event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_code(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        code = dropped_code(event.mimeData())
        if code is not None:
            event.acceptProposedAction()
            self.code_dropped.emit(code)


def _in_words(image: np.ndarray | None, code: Code | None) -> str:
    """For those who are read to."""
    if image is None:
        return "No picture"
    height, width = image.shape[:2]
    of = f"Of {code.how}. " if code is not None and code.how else ""
    return f"{of}{width} by {height} pixels. Enter chooses it, Shift+F10 opens its menu"
