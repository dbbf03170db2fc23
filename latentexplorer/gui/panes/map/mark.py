"""One code that is pointed out on the map, and how that is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPainterPath, QPen

from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.pictures import draw, fitted

PICTURE_PX = 40
LABEL_PX = 150
"""Room for what stands beside a picture."""
FLAG_PX, FLAG_GAP_PX = 16, 6
"""Side of a flag, and how far it stands from its point."""


@dataclass(frozen=True)
class Mark:
    """A code that is pointed out.

    Attributes
    ----------
    place : (x, y)
        In the map's coordinates.
    name : str
        "" for the current code, else a letter.
    color : str
        Of its class, "" where it has none.
    rough : bool
        Whether the place is only about where it lies.
    small : bool
        One of many that are selected.
    picture : QImage or None
        Of an image that is none of the data, which the map shows nowhere else.
    caption : tuple of str
        Lines that stand at the picture, or at the mark where there is none.
    """

    place: tuple[float, float]
    name: str = ""
    color: str = ""
    rough: bool = False
    small: bool = False
    picture: QImage | None = None
    caption: tuple[str, ...] = ()


def draw_mark(painter: QPainter, mark: Mark, place: QPointF, area: QRectF) -> None:
    """Draw a mark at a place of the scene; what stands beside it stays within an area."""
    if mark.small:
        _diamond(painter, place)
    elif mark.name:
        _flag(painter, mark.name, place, area)
    else:
        if mark.picture is not None:
            _picture(painter, mark, mark.picture, place, area)
        elif mark.caption:
            _caption(painter, mark, place, area)
        _circle(painter, mark, place)


def _caption(painter: QPainter, mark: Mark, place: QPointF, area: QRectF) -> None:
    """Words at the right of the point, or at its left where they would be cut."""
    metrics = QFontMetrics(caption_font())
    lines = "\n".join(mark.caption)
    wide = max(metrics.horizontalAdvance(line) for line in mark.caption) + 8
    label = QRectF(place.x() + 10, 0, wide, metrics.height() * len(mark.caption))
    if label.right() > area.right():
        label.moveRight(place.x() - 10)
    label.moveTop(min(max(place.y() - label.height() / 2, area.top()), area.bottom() - label.height()))
    _words(painter, lines, label)


def _words(painter: QPainter, lines: str, label: QRectF) -> None:
    back = theme.color("card")
    back.setAlpha(220)
    painter.fillRect(label, back)
    painter.setPen(theme.color("text"))
    painter.setFont(caption_font())
    painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), lines)


def _circle(painter: QPainter, mark: Mark, place: QPointF) -> None:
    pen = QPen(theme.color("text"), 2.0)
    painter.setBrush(QColor(mark.color) if mark.color else theme.color("card"))
    if mark.rough:
        pen.setStyle(Qt.PenStyle.DotLine)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.drawEllipse(place, 7, 7)
    if not mark.color and not mark.rough:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("text"))
        painter.drawEllipse(place, 2, 2)


def flag_at(place: QPointF, area: QRectF) -> QRectF:
    """Where the flag of a point stands: up at its right, or at the other side where the map's edge would cut it."""
    flag = QRectF(place.x() + FLAG_GAP_PX, place.y() - FLAG_GAP_PX - FLAG_PX, FLAG_PX, FLAG_PX)
    if flag.top() < area.top():
        flag.moveTop(place.y() + FLAG_GAP_PX)
    if flag.right() > area.right():
        flag.moveRight(place.x() - FLAG_GAP_PX)
    return flag


def _flag(painter: QPainter, name: str, place: QPointF, area: QRectF) -> None:
    """A flag beside the point, so that the point itself can still be seen."""
    flag = flag_at(place, area)
    # The staff ends inside the flag, at the corner that is nearest.
    x = flag.left() + 2 if flag.left() > place.x() else flag.right() - 2
    y = flag.bottom() - 2 if flag.bottom() < place.y() else flag.top() + 2
    painter.setPen(QPen(theme.color("accent"), 1.6))
    painter.drawLine(place, QPointF(x, y))
    path = QPainterPath()
    path.addRoundedRect(flag, 4, 4)
    painter.fillPath(path, theme.color("accent"))
    painter.setPen(theme.color("on_accent"))
    painter.setFont(caption_font())
    painter.drawText(flag, int(Qt.AlignmentFlag.AlignCenter), name)


def _diamond(painter: QPainter, place: QPointF) -> None:
    painter.setPen(QPen(theme.color("card"), 1.2))
    painter.setBrush(theme.color("accent"))
    painter.drawPolygon([place + QPointF(x, y) for x, y in ((0, -6), (6, 0), (0, 6), (-6, 0))])


def _picture(painter: QPainter, mark: Mark, image: QImage, place: QPointF, area: QRectF) -> None:
    """The image above the point, or below it at the map's upper edge, with its caption at the far side."""
    frame = fitted(image.width(), image.height(), QRectF(0, 0, PICTURE_PX, PICTURE_PX))
    metrics = QFontMetrics(caption_font())
    lines = [metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, LABEL_PX) for line in mark.caption]
    wide = max(metrics.horizontalAdvance(line) for line in lines) + 8
    label = QRectF(0, 0, wide, metrics.height() * len(lines))
    tall = frame.height() + label.height()
    above = place.y() - tall - 16 >= area.top()
    x = min(max(place.x() + 8, area.left() + 2), area.right() - max(frame.width(), wide) - 2)
    top = place.y() - 14 - tall if above else place.y() + 14
    label.moveTopLeft(QPointF(x, top if above else top + frame.height()))
    frame.moveTopLeft(QPointF(x, top + label.height() if above else top))
    painter.setPen(QPen(theme.color("text"), 1.4))
    painter.drawLine(place, frame.bottomLeft() if above else frame.topLeft())
    draw(painter, image, frame)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(frame)
    _words(painter, "\n".join(lines), label)
