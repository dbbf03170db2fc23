"""A scatter plot to walk in: points are clicked, hovered, lassoed and reached by keyboard; empty places are walked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.panes.map.axes import MapAxes, outside_at, paint_outside
from latentexplorer.gui.panes.map.cloud import Cloud, Placing, extent_of
from latentexplorer.gui.panes.map.ground_picture import GroundPicture
from latentexplorer.gui.panes.map.mark import Mark, draw_mark
from latentexplorer.gui.panes.map.names import NamesOnMap
from latentexplorer.gui.panes.map.regions_picture import RegionsPicture
from latentexplorer.gui.panes.map.thumbs import Thumbs
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.plot import Plot
from latentexplorer.views.base import Array

REACH_PX, ON_PX = 9, 5
"""How far from a point a click takes it; where a name stands, only on its dot."""
PADDING = 0.04
NAME_TIP = "Click: select the images of this class, or let them go. With Ctrl: on top of what is selected"
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
ZOOM = {Qt.Key.Key_Plus: 0.8, Qt.Key.Key_Equal: 0.8, Qt.Key.Key_Minus: 1.25}


class Scatter(Plot):
    """Points on a plane, with axes where they mean something.

    A left drag walks, with Shift (or `lasso_on`) it draws a lasso; a right drag moves the map, the wheel zooms.

    Signals
    -------
    point_picked : (row)
    walk_began : ()
        `walked` follows, with the current code as it is now to start from.
    walked : (QPointF, bool)
        A place of the map between the points was chosen; True while the pointer is still down.
    hovered : (row)
        -1 where the pointer is over no point.
    place_hovered : (QPointF or None)
        The place of the map that the pointer is over, where it is empty; None where it is not, and while it drags.
    name_clicked : (group, bool)
        True: on top of what is selected.
    pictures_wanted : (tuple of rows)
        These points have room for pictures now, as far as that is known of points that move.
    lassoed : (rows, bool)
        True: they come on top of those selected before.
    menu_asked : (row, QPoint)
        -1 beside the points; a global position.
    escaped : ()
    """

    point_picked = Signal(int)
    walked = Signal(QPointF, bool)
    walk_began = Signal()
    hovered = Signal(int)
    place_hovered = Signal(object)
    name_clicked = Signal(int, bool)
    pictures_wanted = Signal(object)
    lassoed = Signal(object, bool)
    menu_asked = Signal(int, QPoint)
    escaped = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.cloud = Cloud()
        self.regions = RegionsPicture()
        self.ground = GroundPicture()
        self.names = NamesOnMap()
        self.thumbs = Thumbs(self.cloud)
        self.marks: Sequence[Mark] = ()
        self.cursor = -1
        self.hover = -1
        self.following_range = True
        self.lasso_on = False
        self._lasso: list[QPointF] | None = None
        self._pressed: QPointF | None = None
        self._button = Qt.MouseButton.NoButton
        self._moved = False
        self.hide_axes()
        self.axes = MapAxes(self)
        self.getPlotItem().setContentsMargins(0, 0, 0, 0)
        self.box = self.getViewBox()
        self.box.disableAutoRange()
        self.box.setAspectLocked(True)
        self.box.sigRangeChanged.connect(self.redraw)
        self.box.sigRangeChangedManually.connect(self._on_zoomed)
        self.viewport().setMouseTracking(True)
        self.setCacheMode(self.CacheModeFlag.CacheBackground)

    # -- points and range ---------------------------------------------------------------------------------------

    def set_points(self, coords: Array) -> None:
        """Show points (N, 2), in sight as a whole until the person zooms."""
        same = len(coords) == len(self.cloud.coords)
        if not same:
            # What was told of the point under the mouse, or reached by keyboard, is of none of these.
            self.cursor = self.hover = -1
            self.hovered.emit(-1)
        self.cloud.set_points(coords)
        self.names.set_points(self.cloud.coords)
        self.thumbs.set_points(extent_of(self.cloud.coords), same)
        if self.following_range:
            self.fit()
        self.redraw()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Point codes out."""
        self.marks = marks
        self._refresh()

    @Slot()
    def fit(self) -> None:
        """Bring every point into sight, and keep it so."""
        self.following_range = True
        whole = self.thumbs.whole
        if not whole.isNull():
            self.box.setRange(
                xRange=(whole.left(), whole.right()), yRange=(whole.top(), whole.bottom()), padding=PADDING
            )

    @Slot()
    def redraw(self) -> None:
        """Draw the points again: they are kept as a picture, over which marks and lasso are cheap."""
        self.resetCachedContent()
        self.viewport().update()

    def _refresh(self) -> None:
        self.viewport().update()

    @Slot()
    def _on_zoomed(self) -> None:
        self.following_range = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # pyqtgraph calls this while it is still being built.
        if hasattr(self, "box"):
            self.axes.fit()
            if self.following_range:
                self.fit()

    def placing(self) -> Placing:
        """From the map's coordinates to those of the scene."""
        origin = self.box.mapViewToScene(QPointF(0, 0))
        unit = self.box.mapViewToScene(QPointF(1, 1))
        return Placing((unit.x() - origin.x(), unit.y() - origin.y()), (origin.x(), origin.y()))

    def scene_position(self, row: int) -> QPointF:
        """Where a point stands in the scene."""
        x, y = self.placing().pixels(self.cloud.coords[row])
        return QPointF(float(x), float(y))

    def row_at(self, position: QPointF, reach_px: float = REACH_PX) -> int:
        """The point at a position of the widget, or whose picture is there; -1 where there is none."""
        pictured = self.thumbs.row_at(position)
        return pictured if pictured >= 0 else self.cloud.nearest(self.placing(), position, reach_px)

    def _under(self, position: QPointF) -> tuple[int, int]:
        """The point, or else the group whose name is there: a click on the map decodes, and a name lies over points."""
        named = self.names.group_at(position)
        row = self.row_at(position, REACH_PX if named < 0 else ON_PX)
        return row, named if row < 0 else -1

    def place_at(self, position: QPointF) -> QPointF:
        """The place of the map at a position of the widget."""
        place: QPointF = self.box.mapSceneToView(position)
        return place

    # -- drawing ------------------------------------------------------------------------------------------------

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawBackground(painter, rect)
        if len(self.cloud.coords):
            area, placing = self.box.sceneBoundingRect(), self.placing()
            painter.save()
            painter.setClipRect(area)
            self.regions.paint(painter, placing)
            self.ground.paint(painter, placing)
            self.cloud.paint(painter, placing, area, self.devicePixelRatioF())
            self.names.place(placing, area)
            if self.thumbs.paint(painter, placing, area, self.names.firm):
                self.pictures_wanted.emit(self.thumbs.wanted)
            self.names.give_way(self.thumbs.boxes)
            painter.restore()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.box.sceneBoundingRect()
        places = self._mark_places()
        painter.setClipRect(area)
        if len(self.cloud.coords):
            self.names.paint(painter, area, places)
        for mark, place in zip(self.marks, places, strict=True):
            if area.contains(place):
                draw_mark(painter, mark, place, area)
        paint_outside(painter, places, area)
        if self.hover >= 0:
            self._ring(painter, self.hover, theme.color("text"))
        if self.cursor >= 0 and self.hasFocus():
            self._ring(painter, self.cursor, theme.color("accent"))
        if self._lasso:
            pen = QPen(theme.color("accent"), 1.4)
            painter.setPen(pen)
            wash = theme.color("accent")
            wash.setAlpha(36)
            painter.setBrush(wash)
            painter.drawPolygon(QPolygonF(self._lasso))

    def _mark_places(self) -> list[QPointF]:
        """Where the codes that are pointed out stand in the scene, in sight or not."""
        placing = self.placing()
        return [QPointF(*(float(at) for at in placing.pixels(np.array(mark.place)))) for mark in self.marks]

    def _outside_at(self, position: QPointF) -> Mark | None:
        """The code that an arrow at the edge points to, at a position of the widget."""
        at = outside_at(position, self._mark_places(), self.box.sceneBoundingRect())
        return self.marks[at] if at >= 0 else None

    def _bring(self, mark: Mark) -> None:
        """Move the map until a code that lies outside stands in the middle."""
        middle = self.box.viewRect().center()
        self.following_range = False
        self.box.translateBy(x=mark.place[0] - middle.x(), y=mark.place[1] - middle.y())

    def _ring(self, painter: QPainter, row: int, color: QColor) -> None:
        painter.setPen(QPen(color, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        picture = self.thumbs.box_of(row)
        if picture is not None:
            painter.drawRect(picture.adjusted(-2, -2, 2, 2))
        else:
            painter.drawEllipse(self.scene_position(row), 7, 7)

    # -- pointer ------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None or not len(self.cloud.coords):
            return
        self._pressed, self._button, self._moved = event.position(), event.button(), False
        self.place_hovered.emit(None)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() == Qt.MouseButton.LeftButton and (shift or self.lasso_on):
            self._lasso = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self._pressed is None:
            self._point_at(position)
            return
        if not self._moved:
            if (position - self._pressed).manhattanLength() < QApplication.startDragDistance():
                return
            self._moved = True
            self._set_hover(-1)
            if self._button == Qt.MouseButton.LeftButton and self._lasso is None:
                self.walk_began.emit()
        if self._lasso is not None:
            self._lasso.append(position)
            self._refresh()
        elif self._button == Qt.MouseButton.LeftButton:
            self.walked.emit(self.place_at(position), True)
        else:
            before, now = self.place_at(self._pressed), self.place_at(position)
            self.following_range = False
            self.box.translateBy(x=before.x() - now.x(), y=before.y() - now.y())
            self._pressed = position

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.button() != self._button:
            return
        lasso, self._lasso, self._pressed = self._lasso, None, None
        if lasso is not None and self._moved:
            more = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.lassoed.emit(self.cloud.inside(self.placing(), lasso), more)
            self._refresh()
        elif self._button == Qt.MouseButton.LeftButton and self._moved:
            self.walked.emit(self.place_at(event.position()), False)
        elif self._button == Qt.MouseButton.LeftButton:
            (row, named), outside = self._under(event.position()), self._outside_at(event.position())
            if outside is not None:
                self._bring(outside)
            elif row >= 0:
                self.cursor = row
                self.point_picked.emit(row)
            elif named >= 0:
                more = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self.name_clicked.emit(named, more)
            else:
                self.walk_began.emit()
                self.walked.emit(self.place_at(event.position()), False)
        elif self._button == Qt.MouseButton.RightButton and not self._moved:
            self.menu_asked.emit(self.row_at(event.position()), event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._set_hover(-1)
        self.place_hovered.emit(None)

    def _point_at(self, position: QPointF) -> None:
        """The pointer is over a name, a point, a place between them, or none of them."""
        row, group = self._under(position)
        named = group >= 0
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if named else Qt.CursorShape.ArrowCursor)
        self.viewport().setToolTip(verbatim(NAME_TIP if named else ""))
        empty = row < 0 and not named and len(self.cloud.coords) > 0 and self._outside_at(position) is None
        if not empty or not self.box.sceneBoundingRect().contains(position):
            self.place_hovered.emit(None)
        self._set_hover(row)
        if empty and self.box.sceneBoundingRect().contains(position):
            self.place_hovered.emit(self.place_at(position))

    def _set_hover(self, row: int) -> None:
        if row != self.hover:
            self.hover = row
            self.hovered.emit(row)
            self._refresh()

    # -- keyboard -----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in ARROWS and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._go(ARROWS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.cursor >= 0:
            self.point_picked.emit(self.cursor)
        elif key in ZOOM:
            self.following_range = False
            self.box.scaleBy((ZOOM[key], ZOOM[key]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_0):
            self.fit()
        elif key == Qt.Key.Key_Escape:
            self._lasso = self._pressed = None
            self.escaped.emit()
            self._refresh()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # By the pointer it comes when the button is let go and nothing was dragged.
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            there = self.scene_position(self.cursor).toPoint() if self.cursor >= 0 else self.viewport().rect().center()
            self.menu_asked.emit(self.cursor, self.viewport().mapToGlobal(there))

    def _go(self, direction: tuple[int, int]) -> None:
        if not self.cloud.shown.any():
            return
        if self.cursor < 0:
            middle = QRectF(self.viewport().rect()).center()
            self.cursor = self.cloud.nearest(self.placing(), middle, np.inf)
        else:
            found = self.cloud.towards(self.cursor, direction)
            self.cursor = found if found >= 0 else self.cursor
        self._reveal(self.cursor)
        self.hovered.emit(self.cursor)
        self._refresh()

    def _reveal(self, row: int) -> None:
        """Move the map until a point is in sight."""
        rect = self.box.viewRect()
        x, y = (float(value) for value in self.cloud.coords[row])
        if not rect.contains(x, y):
            self.following_range = False
            self.box.translateBy(x=x - rect.center().x(), y=y - rect.center().y())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hovered.emit(self.hover)
