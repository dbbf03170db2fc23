"""How the cells of the table of dimensions are painted: a bar with its number, and a strip over epochs."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from latentexplorer.gui.panes.dimensions.model import Bar, DimensionsModel
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.views.base import Array

Index = QModelIndex | QPersistentModelIndex
BAR_PX, STRIP_PX, LOW_PX = 6, 10, 24
"""How high a bar and a strip are, in rows that are no higher than the last."""
MOST_BAR_PX = 9
GAP_PX = 4


class Painted(QStyledItemDelegate):
    """Cells of a `DimensionsModel` that are more than words."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, DimensionsModel)
        bar = model.bar(index.row(), index.column())
        name = model.names[index.column()]
        if bar is None and name != "epochs":
            super().paint(painter, option, index)
            return
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.color("selection"))
        painter.save()
        room = QRectF(option.rect).adjusted(GAP_PX, 0, -SPACE, 0)
        if bar is not None:
            self._bar(painter, option, room, bar)
        else:
            strip(painter, room, model.over(index.row()))
        painter.restore()

    @staticmethod
    def _bar(painter: QPainter, option: QStyleOptionViewItem, room: QRectF, bar: Bar) -> None:
        """The number at the right, as wide as the widest of its column, the bar in what is left."""
        words = option.fontMetrics.horizontalAdvance(bar.widest)
        painter.setPen(theme.color("muted" if bar.quiet else "text"))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), bar.text)
        length = room.width() - words - SPACE
        if length < SPACE:
            return
        tall = min(_tall(BAR_PX, room), MOST_BAR_PX)
        track = QRectF(room.left(), room.center().y() - tall / 2, length, tall)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("track"))
        painter.drawRoundedRect(track, tall / 2, tall / 2)
        if bar.part > 0:
            painter.setBrush(theme.color("faint" if bar.quiet else "accent"))
            track.setWidth(max(bar.part * length, 2.0))
            painter.drawRoundedRect(track, tall / 2, tall / 2)


def strip(painter: QPainter, room: QRectF, parts: Array) -> None:
    """Values (E,) of 0..1 from left to right: nothing is the colour of a track, one that of the accent."""
    if not len(parts):
        return
    ends = [_channels(theme.color(name)) for name in ("track", "accent")]
    mixed = ends[0] + (ends[1] - ends[0]) * np.sqrt(np.clip(parts, 0, 1))[:, None]
    pixels = np.ascontiguousarray(mixed.round().astype(np.uint8))
    image = QImage(pixels.data, len(parts), 1, 3 * len(parts), QImage.Format.Format_RGB888)
    tall = _tall(STRIP_PX, room)
    place = QRectF(room.left(), room.center().y() - tall / 2, room.width(), tall)
    painter.drawImage(place, image, QRectF(image.rect()))


def _tall(usual: int, room: QRectF) -> float:
    """How high something is in a row: higher in a higher one."""
    return usual * max(room.height() / LOW_PX, 1.0)


def _channels(color: QColor) -> Array:
    return np.array([color.red(), color.green(), color.blue()], np.float64)
