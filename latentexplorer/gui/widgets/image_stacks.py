"""Pictures that belong together, one above the other: an original above its decode, a mixture above its parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QScrollArea, QSizePolicy

from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.elided import shortened
from latentexplorer.gui.widgets.pictures import draw, focus_ring, to_qimage
from latentexplorer.gui.widgets.tiles import CodeOf, Tiles

INNER_PX = 2
"""Between the pictures of a stack."""
LABEL_GAP_PX = 8
MOST_PX, STEP_PX = 128, 4
"""How wide a stack becomes at most where there is room, and in which steps."""
LEAST_PX = 24
"""How wide it is at least where a row of stacks would not be seen whole."""
LABEL_SHARE = 0.3
"""Part of the width that names at the left may take."""


class Stacks(Tiles):
    """N stacks in rows and columns, each with a caption below; the layers are named at the left of every row.

    Attributes
    ----------
    layers : list of ndarray (N, H, W, C)
        Top to bottom; `images` is the first of them.
    captions : tuple of N str, or empty
    names : tuple of str, one a layer, or empty
    caption_name : str
        What the captions are.
    """

    def __init__(self, cell_px: int = 48, gap_px: int = 6) -> None:
        super().__init__(cell_px=cell_px, gap_px=gap_px)
        self.layers: list[np.ndarray] = []
        self.captions: tuple[str, ...] = ()
        self.names: tuple[str, ...] = ()
        self.caption_name = ""
        self._layer = 0
        self._pictures: dict[tuple[int, int], QImage] = {}

    def set_stacks(
        self,
        layers: Sequence[np.ndarray],
        code_of: CodeOf,
        captions: Sequence[str] = (),
        names: Sequence[str] = (),
        caption_name: str = "",
    ) -> None:
        """Show stacks.

        Parameters
        ----------
        layers : sequence of ndarray (N, H, W, C), float in [0, 1] or uint8
            Top to bottom; all pictures are of one shape.
        code_of : callable (int) -> Code or None
            The code of a stack.
        """
        self.layers = list(layers)
        self.captions, self.names, self.caption_name = tuple(captions), tuple(names), caption_name
        self._pictures.clear()
        self._layer = len(self.layers) - 1
        self.set_images(self.layers[0], code_of)

    # -- geometry -----------------------------------------------------------------------------------------------

    def fill(self, least_px: int, room: int) -> None:
        """Make stacks as wide as they can be with all of them in a room of this height; never less than `least_px`."""
        for self.cell_px in range(max(MOST_PX, least_px), least_px, -STEP_PX):
            if self._height() <= room:
                break
        else:
            self.cell_px = least_px
        self._fit_height()
        self.update()

    def whole_in(self, room: int) -> int:
        """Width of a stack that is seen whole in a room of this height."""
        height, across = self.images.shape[1:3] if len(self.images) else (1, 1)
        layers = max(len(self.layers), 1)
        pictures = (room - self._caption_px - (layers - 1) * INNER_PX - self.gap_px) / layers
        return int(pictures * across / max(height, 1))

    def _height(self) -> float:
        return self.shape[0] * (self._cell()[1] + self.gap_px)

    @property
    def _left(self) -> float:
        """Room for the names of the layers."""
        if not self.names:
            return 0.0
        metrics = QFontMetrics(caption_font())
        widest = max(metrics.horizontalAdvance(name) for name in (*self.names, self.caption_name))
        return min(widest, self.width() * LABEL_SHARE) + LABEL_GAP_PX

    @property
    def _caption_px(self) -> int:
        return QFontMetrics(caption_font()).height() + INNER_PX if any(self.captions) else 0

    @property
    def shape(self) -> tuple[int, int]:
        count = max(len(self.images), 1)
        room = self.width() - self._left + self.gap_px
        columns = max(1, min(int(room // (max(self.cell_px, 8) + self.gap_px)), count))
        return -(-count // columns), columns

    def _cell(self) -> tuple[float, float, float, float]:
        width, height, _, top = super()._cell()
        layers = max(len(self.layers), 1)
        return width, layers * height + (layers - 1) * INNER_PX + self._caption_px, self._left, top

    def layer_rect(self, index: int, layer: int) -> QRectF:
        """Where a picture of a stack stands."""
        return self._layers_in(self.rect_of(index), self._caption_px)[layer]

    def _layers_in(self, whole: QRectF, caption_px: int) -> list[QRectF]:
        """Where the pictures of a stack stand that stands there."""
        height = (whole.height() - caption_px + INNER_PX) / len(self.layers)
        tops = (whole.top() + layer * height for layer in range(len(self.layers)))
        return [QRectF(whole.left(), top, whole.width(), height - INNER_PX) for top in tops]

    def layer_at(self, position: QPointF) -> int:
        """The layer at a position of a stack; the lowest one beside the pictures."""
        index = self.index_at(position)
        for layer in range(len(self.layers)):
            if index >= 0 and self.layer_rect(index, layer).contains(position):
                return layer
        return len(self.layers) - 1

    def index_at(self, position: QPointF) -> int:
        return -1 if position.x() < self._left else super().index_at(position)

    # -- drawing ------------------------------------------------------------------------------------------------

    def qimage(self, index: int) -> QImage:
        """The picture of a stack that is under the pointer (the lowest one without a pointer)."""
        return self.picture(index, min(self._layer, len(self.layers) - 1))

    def picture(self, index: int, layer: int) -> QImage:
        """One picture as Qt's image."""
        key = (index, layer)
        if key not in self._pictures:
            if len(self._pictures) > 4096:
                self._pictures.clear()
            self._pictures[key] = to_qimage(self.layers[layer][index])
        return self._pictures[key]

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.images):
            return
        painter = QPainter(self)
        painter.setFont(caption_font())
        rows, columns = self.shape
        _, height, _, _ = self._cell()
        area = event.rect()
        first = max(int(area.top() // (height + self.gap_px)), 0)
        last = min(int(area.bottom() // (height + self.gap_px)) + 1, rows)
        # Asked once: each place asks for fonts and the widths of names.
        caption_px, room = self._caption_px, int(self._left - LABEL_GAP_PX)
        begin, end = first * columns, min(last * columns, len(self.images))
        for index, whole in enumerate(self._places(begin, end), begin):
            if index % columns == 0:
                self._paint_names(painter, whole, caption_px, room)
            self._paint_stack(painter, index, whole, caption_px)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            pictures = self.rect_of(self._focused).adjusted(0, 0, 0, -self._caption_px)
            focus_ring(painter, pictures, QRectF(self.rect()))
        if 0 <= self.current < len(self.images):
            self._frame(painter, self.current, theme.color("accent"), 2)

    def _paint_stack(self, painter: QPainter, index: int, whole: QRectF, caption_px: int) -> None:
        fades = self.strength is not None and len(self.strength) == len(self.images)
        painter.setOpacity(float(self.strength[index]) if fades and self.strength is not None else 1.0)
        for layer, place in enumerate(self._layers_in(whole, caption_px)):
            draw(painter, self.picture(index, layer), place)
        painter.setOpacity(1.0)
        if index < len(self.captions) and self.captions[index]:
            whole = whole.adjusted(-self.gap_px / 2, 0, self.gap_px / 2, 0)
            place = QRectF(whole.left(), whole.bottom() - caption_px, whole.width(), caption_px)
            text = painter.fontMetrics().elidedText(
                self.captions[index], Qt.TextElideMode.ElideRight, int(place.width())
            )
            painter.setPen(theme.color("accent" if index == self.current else "muted"))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)

    def _paint_names(self, painter: QPainter, whole: QRectF, caption_px: int, room: int) -> None:
        painter.setPen(theme.color("muted"))
        names, places = list(self.names), self._layers_in(whole, caption_px)[: len(self.names)]
        if self.caption_name and self.names and caption_px:
            places.append(QRectF(0, whole.bottom() - caption_px, room, caption_px))
            names.append(self.caption_name)
        for name, place in zip(names, places, strict=True):
            text = shortened(name, painter.fontMetrics(), room)
            painter.drawText(
                QRectF(0, place.top(), room, place.height()),
                int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
                text,
            )

    def _frame(self, painter: QPainter, index: int, color: QColor, width: int) -> None:
        pen = QPen(color)
        pen.setWidth(width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        inset = width / 2
        painter.drawRect(self.rect_of(index).adjusted(inset, inset, -inset, -inset - self._caption_px))

    # -- pointer ------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._layer = self.layer_at(event.position())
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._layer = self.layer_at(QPointF(event.pos()))
        super().contextMenuEvent(event)


class StackGrid(QScrollArea):
    """Stacks that scroll; only those that are seen are drawn."""

    def __init__(self, name: str, cell_px: int = 48) -> None:
        super().__init__()
        self.least_px = cell_px
        self.stacks = Stacks(cell_px)
        self.stacks.setObjectName(name)
        self.stacks.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWidget(self.stacks)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def grow(self) -> None:
        """Let the stacks fill the room there is; in a low one they are smaller than usual before one is cut."""
        room = self.viewport().height()
        self.stacks.fill(max(min(self.least_px, self.stacks.whole_in(room)), LEAST_PX), room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.grow()
