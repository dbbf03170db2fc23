"""Pictures in rows and columns: strips, grids and galleries of any length. Only what is seen is drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QScrollArea, QSizePolicy, QToolTip, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.picture_menu import code_menu
from latentexplorer.gui.widgets.pictures import drag_code, draw, focus_ring, picture_style, to_bytes, to_qimage
from latentexplorer.views.code import Code

CodeOf = Callable[[int], Code | None]
KEPT = (
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
)
"""Reasons for which the keyboard comes back to where it was."""

TOGETHER = 64
TOGETHER_NUMBERS = 2**20
"""Pictures, and numbers of them, that are made ready to be drawn at once."""


class Tiles(QWidget):
    """N pictures in rows and columns.

    Parameters
    ----------
    columns : int
        Pictures in a row; 0: as many as fit at `cell_px`.
    cell_px : int
        Width of a picture; 0: everything is made to fit the widget.
    gap_px : int
        Space between pictures.

    Signals
    -------
    picked : (int)
        A picture was clicked, or Enter pressed on it.
    hovered : (int)
        The pointer is over a picture; -1 when it leaves.
    """

    picked = Signal(int)
    hovered = Signal(int)
    keys = "Arrow keys go from picture to picture, Enter makes one current, Shift+F10 opens its menu"
    """What the keyboard does here, for those who are read to."""
    centred = True
    """Whether pictures that are made to fit stand in the middle, or else at the upper left."""

    def __init__(self, columns: int = 0, cell_px: int = 0, gap_px: int = 2) -> None:
        super().__init__()
        self.columns = columns
        self.cell_px = cell_px
        self.gap_px = gap_px
        self.images: np.ndarray = np.zeros((0, 1, 1, 1), np.uint8)
        self.strength: np.ndarray | None = None
        self.current = -1
        self._focused = 0
        self._hover = -1
        self._code_of: CodeOf | None = None
        self._session: Session | None = None
        self._tip_of: Callable[[int], str] | None = None
        self._cache: dict[int, QImage] = {}
        self._pressed: QPoint | None = None
        self.setMouseTracking(True)
        self.setAccessibleDescription(self.keys)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        picture_style.changed.connect(self.update)
        theme.changed.connect(self.update)

    # -- what is shown ------------------------------------------------------------------------------------------

    def set_images(self, images: np.ndarray, code_of: CodeOf | None = None, columns: int | None = None) -> None:
        """Show images (N, H, W, C), float in [0, 1] or uint8.

        Parameters
        ----------
        code_of : callable (int) -> Code or None
            The code of a picture, which makes it draggable and gives it a context menu. None keeps the last one.
        """
        self.images = images
        if code_of is not None:
            self._code_of = code_of
        if columns is not None:
            self.columns = columns
        self._cache.clear()
        self._focused = min(self._focused, max(len(images) - 1, 0))
        # Where there is nothing to see the keyboard does not stop.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if len(images) else Qt.FocusPolicy.NoFocus)
        self._fit_height()
        self.update()

    def set_strength(self, strength: np.ndarray | None) -> None:
        """How boldly each picture is drawn, opacities (N,); None: all as they are. Kept until others are set."""
        self.strength = strength
        self.update()

    def serve(self, session: Session) -> None:
        """Tell the session what is chosen in the context menu of a picture."""
        self._session = session

    def set_tips(self, tip_of: Callable[[int], str]) -> None:
        """What the tip of a picture says."""
        self._tip_of = tip_of

    def set_current(self, index: int) -> None:
        """Frame a picture; -1 for none."""
        if index != self.current:
            self.current = index
            self.update()

    def __len__(self) -> int:
        return len(self.images)

    # -- geometry -----------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns in force."""
        count = max(len(self.images), 1)
        if self.columns:
            columns = self.columns
        else:
            columns = max(1, (self.width() + self.gap_px) // (max(self.cell_px, 8) + self.gap_px))
        return -(-count // columns), columns

    def _cell(self) -> tuple[float, float, float, float]:
        """Width and height of a picture, and where the first one stands. On whole device pixels, so that strips of
        equal pictures line up."""
        rows, columns = self.shape
        height, width = self.images.shape[1:3]
        gap = self.gap_px
        if self.cell_px:
            cell_w = float(self.cell_px)
        else:
            across = (self.width() - gap * (columns - 1)) / columns
            down = (self.height() - gap * (rows - 1)) / rows * width / height
            cell_w = max(min(across, down), 1.0)
        ratio = self.devicePixelRatioF()
        cell_w = max(int(cell_w * ratio), 1) / ratio
        cell_h = max(round(cell_w * height / width * ratio), 1) / ratio
        left = top = 0.0
        if not self.cell_px and self.centred:
            left = int(max(self.width() - columns * cell_w - (columns - 1) * gap, 0) / 2)
            top = int(max(self.height() - rows * cell_h - (rows - 1) * gap, 0) / 2)
        return cell_w, cell_h, left, top

    def rect_of(self, index: int) -> QRectF:
        """Where a picture stands."""
        return self._places(index, index + 1)[0]

    def _places(self, first: int, last: int) -> list[QRectF]:
        """Where the pictures from `first` up to `last` stand."""
        _, columns = self.shape
        width, height, left, top = self._cell()
        across, down = width + self.gap_px, height + self.gap_px
        places = (divmod(index, columns) for index in range(first, last))
        return [QRectF(left + column * across, top + row * down, width, height) for row, column in places]

    def index_at(self, position: QPointF) -> int:
        """The picture at a position; -1 where there is none."""
        if not len(self.images):
            return -1
        rows, columns = self.shape
        cell_w, cell_h, left, top = self._cell()
        column = int((position.x() - left) // (cell_w + self.gap_px))
        row = int((position.y() - top) // (cell_h + self.gap_px))
        if not (0 <= column < columns and 0 <= row < rows):
            return -1
        index = row * columns + column
        return index if index < len(self.images) else -1

    def _fit_height(self) -> None:
        if self.cell_px:
            rows, _ = self.shape
            _, cell_h, _, _ = self._cell()
            self.setFixedHeight(max(int(rows * (cell_h + self.gap_px)), 1))

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 20)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.cell_px and event.size().width() != event.oldSize().width():
            self._fit_height()

    # -- the picture that has the keyboard ------------------------------------------------------------------------

    def focused_picture(self) -> QImage | None:
        """The picture that the keyboard is on."""
        return self.qimage(self._focused) if len(self.images) else None

    def _describe(self) -> None:
        """Say which picture the keyboard is on."""
        tip = self._tip_of(self._focused).replace("\n", ", ") if self._tip_of is not None and len(self.images) else ""
        place = f"Picture {self._focused + 1} of {len(self.images)}" + (f", {tip}" if tip else "")
        self.setAccessibleDescription(f"{place}. {self.keys}")

    def go_to(self, index: int) -> None:
        """Bring the keyboard to a picture."""
        self._focused = index
        self._describe()
        self.update()
        self._reveal(index)

    # -- drawing ------------------------------------------------------------------------------------------------

    def qimage(self, index: int) -> QImage:
        """A picture as Qt's image."""
        if index not in self._cache:
            if len(self._cache) > 4096:
                self._cache.clear()
            # Neighbours too: numpy takes about as long for one small picture as for all of them.
            size = max(1, min(TOGETHER, TOGETHER_NUMBERS // max(1, self.images[0].size)))
            first = index - index % size
            together = to_bytes(self.images[first : first + size])
            self._cache.update({first + at: to_qimage(image) for at, image in enumerate(together)})
        return self._cache[index]

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.images):
            return
        painter = QPainter(self)
        self._paint_pictures(painter, event.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() and self._focused >= 0:
            focus_ring(painter, self.rect_of(self._focused), QRectF(self.rect()))
        if 0 <= self.current < len(self.images):
            self._frame(painter, self.current, theme.color("accent"), 2)

    def _paint_pictures(self, painter: QPainter, area: QRect) -> None:
        """Those that are in an area."""
        _, columns = self.shape
        _, cell_h, _, top = self._cell()
        first = max(int((area.top() - top) // (cell_h + self.gap_px)), 0) * columns
        last = min((int((area.bottom() - top) // (cell_h + self.gap_px)) + 1) * columns, len(self.images))
        fits = self.strength is not None and len(self.strength) == len(self.images)
        strength = self.strength if fits else None
        for index, place in enumerate(self._places(first, last), first):
            painter.setOpacity(1.0 if strength is None else float(strength[index]))
            draw(painter, self.qimage(index), place)
        painter.setOpacity(1.0)

    def _frame(self, painter: QPainter, index: int, color: QColor, width: int) -> None:
        pen = QPen(color)
        pen.setWidth(width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(self.rect_of(index).adjusted(width / 2, width / 2, -width / 2, -width / 2))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        # After a menu, or another window, it is still where it was.
        if self.current >= 0 and event.reason() not in KEPT:
            self._focused = self.current
        self._describe()
        self.update()

    # -- pointer and keyboard -----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved = (event.position().toPoint() - self._pressed).manhattanLength()
            index = self.index_at(QPointF(self._pressed))
            if moved >= QApplication.startDragDistance() and index >= 0 and self._code_of is not None:
                code = self._code_of(index)
                self._pressed = None
                if code is not None:
                    drag_code(self, code, self.qimage(index))
            return
        index = self.index_at(event.position())
        if index != self._hover:
            self._hover = index
            self.hovered.emit(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = None
        index = self.index_at(event.position())
        if index >= 0:
            self._focused = index
            self.picked.emit(index)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover = -1
        self.hovered.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        _, columns = self.shape
        key = Qt.Key
        steps = {key.Key_Left: -1, key.Key_Right: 1, key.Key_Up: -columns, key.Key_Down: columns}
        ends = {key.Key_Home: 0, key.Key_End: len(self.images) - 1}
        if event.key() in steps and len(self.images):
            at = self._focused + steps[key(event.key())]
            if 0 <= at < len(self.images):
                self.go_to(at)
        elif event.key() in ends and len(self.images):
            self.go_to(ends[key(event.key())])
        elif event.key() in (key.Key_Return, key.Key_Enter, key.Key_Space) and len(self.images):
            self.picked.emit(self._focused)
        else:
            super().keyPressEvent(event)

    def _reveal(self, index: int) -> None:
        parent = self.parentWidget()
        area = parent.parentWidget() if parent is not None else None
        if isinstance(area, QScrollArea):
            center = self.rect_of(index).center().toPoint()
            area.ensureVisible(center.x(), center.y(), 40, 60)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index, position = self.index_at(QPointF(event.pos())), event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and len(self.images):
            index = self._focused
            position = self.mapToGlobal(self.rect_of(index).center().toPoint())
        code = self._code_of(index) if index >= 0 and self._code_of is not None else None
        if code is None or self._session is None:
            event.ignore()
        else:
            code_menu(self, code, self.qimage(index), self._session).popup(position)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self._tip_of is not None and isinstance(event, QHelpEvent):
            index = self.index_at(QPointF(event.pos()))
            if index >= 0:
                QToolTip.showText(event.globalPos(), verbatim(self._tip_of(index)), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


class ImageStrip(Tiles):
    """Pictures side by side in one row, that begin where its title does."""

    centred = False

    def set_images(self, images: np.ndarray, code_of: CodeOf | None = None, columns: int | None = None) -> None:
        """Show images (N, H, W, C) in one row."""
        super().set_images(images, code_of, columns or max(len(images), 1))


class ImageGrid(QScrollArea):
    """Any number of pictures, as many side by side as fit; thousands cost no more than those that are seen."""

    def __init__(self, cell_px: int = 48, gap_px: int = 4) -> None:
        super().__init__()
        self.tiles = Tiles(cell_px=cell_px, gap_px=gap_px)
        self.tiles.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWidget(self.tiles)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
