"""A plane of latent space as a grid of pictures with axes: walk it, move it, see where the current code lies."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip

from latentexplorer.gui.panes.latent_grid.axes import PlaneAxes
from latentexplorer.gui.panes.latent_grid.dots import paint_dots
from latentexplorer.gui.panes.latent_grid.rims import paint_rims
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.edge_mark import edge_place, on_edge_mark, paint_edge_mark
from latentexplorer.gui.widgets.pictures import drag_code, focus_ring, picture_style
from latentexplorer.gui.widgets.tiles import Tiles
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.latent_grid import Result
from latentexplorer.views.plane import Place

NOTCH = 120
"""Wheel units of one notch."""
SAME_CELL = 1e-4
USUAL_GAP, RIMMED_GAP = 0.08, 0.26
"""Between two pictures, as a part of the way from one to the next."""
Key = Qt.Key
Drawn = tuple[QSize, float, bool, bool, tuple[float, float, float, float]]
"""What pictures and axes are drawn for: size of the widget, pixels of the screen, smooth, dark, and one cell."""


class PlaneView(Tiles):
    """Draws a result of the view `latent-grid`; rows from the top.

    A drag with the left button walks (with `panning`, or Shift, or the middle button, it moves the plane instead); with
    Ctrl it takes the picture along. The wheel zooms. Arrows walk cell by cell, with Shift they move the plane.

    Signals
    -------
    walked : (Code, bool)
        A place of the plane was chosen; the flag is set while more will follow (in a drag).
    panned : (float, float)
        Cells that the plane is to move to the right and down, since the drag began.
    pan_began : ()
    room_changed : ()
        There is other room for pictures than before.
    place_asked : ()
        The arrow that points to the current code, outside, was clicked.
    end_asked : ("x_low", "x_high", "y_low" or "y_high")
        An end of an axis was double-clicked: somebody wants another one.
    zoomed : (float, float, float)
        Factor of the size (below 1: closer), and the column and row that stay where they are.
    """

    keys = (
        "Arrow keys walk from cell to cell, with Shift they move the plane; plus and minus zoom, 0 resets, "
        "C centres, Shift+F10 opens the menu"
    )
    walked = Signal(object, bool)
    panned = Signal(float, float)
    pan_began = Signal()
    zoomed = Signal(float, float, float)
    room_changed = Signal()
    place_asked = Signal()
    end_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__(columns=1, gap_px=2)
        self.setAccessibleName("Latent grid")
        self.result: Result | None = None
        self.axes = PlaneAxes()
        self.place: Place | None = None
        self.panning = False
        self.code_at: Callable[[float, float], Code | None] = lambda column, row: None
        self.outside_tip: Callable[[], str] = lambda: ""
        self._dots: list[tuple[QColor, Array]] = []
        self._rims: list[QColor] | None = None
        self._sheet: tuple[Drawn, QPixmap] | None = None
        self._drag = ""
        self._start = QPointF()
        self._moved = False
        self._walking: Code | None = None

    # -- what is shown ------------------------------------------------------------------------------------------

    def show_plane(self, result: Result) -> None:
        """Show a plane and its images."""
        self.result = result
        self.axes.measure(result)
        rows, columns = result.images.shape[:2]
        self._sheet = None
        self.set_strength(None if result.fading is None else result.fading.strength.ravel())
        self.set_images(result.images.reshape(rows * columns, *result.images.shape[2:]), self._cell_code, columns)

    def show_place(self, place: Place | None) -> None:
        """Mark where the current code lies."""
        self.place = place
        index = -1
        if place is not None and place.on_plane and self.result is not None:
            rows, columns = self.result.codes.shape[:2]
            column, row = round(place.column), round(place.row)
            exact = max(abs(place.column - column), abs(place.row - row)) < SAME_CELL
            if exact and 0 <= column < columns and 0 <= row < rows:
                index = row * columns + column
        self.current = index
        if index >= 0:
            self._focused = index
        self.update()

    def show_dots(self, dots: list[tuple[QColor, Array]]) -> None:
        """Draw codes as dots: for each colour (M, 2) columns and rows, in cells."""
        self._dots = dots
        self.update()

    def set_rims(self, colors: list[QColor] | None) -> None:
        """Colour the ground that each picture stands on, which is seen around it; None: there is none."""
        self._rims, self._sheet = colors, None
        self.update()

    def _cell_code(self, index: int) -> Code | None:
        row, column = divmod(index, self.columns)
        return self.code_at(float(column), float(row))

    # -- geometry -----------------------------------------------------------------------------------------------

    @property
    def room(self) -> tuple[float, float]:
        """Width and height that pictures may take."""
        return self.width() - self.axes.left_px, self.height() - self.axes.below_px

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.room_changed.emit()

    def _cell(self) -> tuple[float, float, float, float]:
        rows, columns = self.shape
        height, width = self.images.shape[1:3]
        beside = self.axes.left_px
        room_w, room_h = self.room
        ratio = self.devicePixelRatioF()
        pitch = max(min(room_w / columns, room_h / rows * width / height), 1.0)
        # A gap that tells pictures apart, and no more; in whole device pixels.
        part = USUAL_GAP if self._rims is None else RIMMED_GAP
        self.gap_px = max(round(pitch * part * ratio), 1) / ratio if pitch >= 6 else 0
        across = (room_w - self.gap_px * (columns - 1)) / columns
        down = (room_h - self.gap_px * (rows - 1)) / rows * width / height
        cell_w = max(int(min(across, down) * ratio), 1) / ratio
        cell_h = max(int(cell_w * height / width * ratio), 1) / ratio
        left = beside + int(max(room_w - columns * cell_w - (columns - 1) * self.gap_px, 0) / 2)
        top = int(max(room_h - rows * cell_h - (rows - 1) * self.gap_px, 0) / 2)
        return cell_w, cell_h, left, top

    def cells_at(self, position: QPointF) -> tuple[float, float]:
        """Column and row, in cells, of a position of the widget."""
        cell_w, cell_h, left, top = self._cell()
        column = (position.x() - left - cell_w / 2) / (cell_w + self.gap_px)
        row = (position.y() - top - cell_h / 2) / (cell_h + self.gap_px)
        return column, row

    def index_at(self, position: QPointF) -> int:
        """The cell at a position, with half of the gap around it; -1 beside the cells."""
        if not len(self.images):
            return -1
        column, row = (math.floor(at + 0.5) for at in self.cells_at(position))
        rows, columns = self.shape
        return row * columns + column if 0 <= row < rows and 0 <= column < columns else -1

    def position_of(self, column: float, row: float) -> QPointF:
        """The position of the widget at a column and row."""
        cell_w, cell_h, left, top = self._cell()
        return QPointF(
            left + cell_w / 2 + column * (cell_w + self.gap_px), top + cell_h / 2 + row * (cell_h + self.gap_px)
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 86)

    def area(self) -> QRectF:
        """Where the pictures stand."""
        rows, columns = self.shape
        return self.rect_of(0).united(self.rect_of(rows * columns - 1))

    # -- drawing ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.result is None or not len(self.images):
            return
        marked = self.current, self._focused
        self.current = self._focused = -1
        super().paintEvent(event)
        self.current, self._focused = marked
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.area().adjusted(-4, -4, 4, 4))
        paint_dots(painter, self._dots, self.position_of)
        edge = self._edge()
        if edge is not None and self.place is not None:
            paint_edge_mark(painter, edge, self.position_of(self.place.column, self.place.row))
        else:
            self._paint_place(painter)
        if self.hasFocus():
            # The frame of the current code, which is nearly always there too, stays to be seen.
            focus_ring(painter, self.rect_of(self._focused).adjusted(-2, -2, 2, 2), QRectF(self.rect()))

    def _paint_pictures(self, painter: QPainter, area: QRect) -> None:
        """From a sheet with all of them and the axes: dots and the place of the code change far more often."""
        drawn = (self.size(), (ratio := self.devicePixelRatioF()), picture_style.smooth, theme.dark, self._cell())
        if self._sheet is None or self._sheet[0] != drawn:
            pixmap = QPixmap(self.size() * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            on_sheet = QPainter(pixmap)
            if self._rims is not None and len(self._rims) == len(self.images):
                paint_rims(on_sheet, self._places(0, len(self.images)), self.gap_px, self._rims)
            super()._paint_pictures(on_sheet, self.rect())
            if self.result is not None:
                first, last = (self.rect_of(at).center() for at in (0, len(self.images) - 1))
                on_sheet.setRenderHint(QPainter.RenderHint.Antialiasing)
                self.axes.paint(on_sheet, self.result, self.area(), first, last)
            on_sheet.end()
            self._sheet = drawn, pixmap
        painter.drawPixmap(0, 0, self._sheet[1])

    def _paint_place(self, painter: QPainter) -> None:
        """A frame where the code lies on the plane; a ring where it only comes nearest to it."""
        if self.place is None:
            return
        cell_w, cell_h, _, _ = self._cell()
        middle = self.position_of(self.place.column, self.place.row)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        back, front = QPen(theme.color("card"), 4), QPen(theme.color("accent"), 2)
        if self.place.on_plane:
            rect = QRectF(middle.x() - cell_w / 2, middle.y() - cell_h / 2, cell_w, cell_h)
            front.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(front)
            painter.drawRect(rect)
            return
        for pen in (back, front):
            painter.setPen(pen)
            painter.drawEllipse(middle, 6, 6)

    def _edge(self) -> QPointF | None:
        """Where at the edge the arrow stands that points to the current code; None while that is in sight."""
        if self.place is None or not self.place.outside:
            return None
        return edge_place(self.position_of(self.place.column, self.place.row), self.area().adjusted(2, 2, -2, -2))

    # -- pointer ------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.result is None:
            return
        button, keys = event.button(), event.modifiers()
        self._start, self._moved = event.position(), False
        if button == Qt.MouseButton.LeftButton and on_edge_mark(event.position(), self._edge()):
            self._drag = "edge"
        elif button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and (self.panning or keys & Qt.KeyboardModifier.ShiftModifier)
        ):
            self._drag = "pan"
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan_began.emit()
        elif button == Qt.MouseButton.LeftButton and self.index_at(event.position()) >= 0:
            self._drag = "take" if keys & Qt.KeyboardModifier.ControlModifier else "walk"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        away = event.position() - self._start
        if self._drag and away.manhattanLength() >= QApplication.startDragDistance():
            self._moved = True
        if not self._drag or not self._moved:
            if not self._drag:
                super().mouseMoveEvent(event)
            return
        if self._drag == "edge":
            return
        if self._drag == "pan":
            cell_w, cell_h, _, _ = self._cell()
            self.panned.emit(away.x() / (cell_w + self.gap_px), away.y() / (cell_h + self.gap_px))
        elif self._drag == "walk":
            self._walk(event.position(), True)
        else:
            index = self.index_at(self._start)
            self._drag = ""
            code = self._cell_code(index)
            if code is not None:
                drag_code(self, code, self.qimage(index))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, ""
        self.set_panning(self.panning)
        if drag == "walk" and self._moved:
            self._walk(event.position(), False)
        elif drag == "edge":
            self.place_asked.emit()
        elif drag in ("walk", "take", "pan") and not self._moved and event.button() == Qt.MouseButton.LeftButton:
            index = self.index_at(event.position())
            if index >= 0:
                self._focused = index
                self._choose(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        area = self.area()
        at = event.position()
        if self.result is None or area.contains(at):
            super().mouseDoubleClickEvent(event)
        elif at.y() > area.bottom():
            self.end_asked.emit("x_low" if at.x() < area.center().x() else "x_high")
        elif at.x() < area.left():
            self.end_asked.emit("y_high" if at.y() < area.center().y() else "y_low")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and on_edge_mark(QPointF(event.pos()), self._edge()):
            QToolTip.showText(event.globalPos(), verbatim(self.outside_tip()), self)
            return True
        return super().event(event)

    def _choose(self, index: int) -> None:
        """A cell was clicked, or chosen by the keyboard."""
        self.picked.emit(index)
        code = self._cell_code(index)
        if code is not None:
            self.walked.emit(code, False)

    def set_panning(self, on: bool) -> None:
        """Whether a plain drag moves the plane."""
        self.panning = on
        self.setCursor(Qt.CursorShape.OpenHandCursor if on else Qt.CursorShape.ArrowCursor)

    def _walk(self, position: QPointF, passing: bool) -> None:
        rows, columns = self.shape
        column, row = self.cells_at(position)
        code = self.code_at(min(max(column, 0.0), columns - 1.0), min(max(row, 0.0), rows - 1.0))
        if code is not None:
            self.walked.emit(code, passing)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / NOTCH
        if self.result is not None and notches:
            self.zoomed.emit(0.85**notches, *self.cells_at(event.position()))
        event.accept()

    # -- keyboard -----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.result is None or not len(self.images):
            super().keyPressEvent(event)
            return
        rows, columns = self.shape
        arrows = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
        key = Key(event.key())
        middle = ((columns - 1) / 2, (rows - 1) / 2)
        if key in arrows and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_began.emit()
            self.panned.emit(-float(arrows[key][0]), -float(arrows[key][1]))
        elif key in arrows and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._step(*arrows[key])
        elif key in (Key.Key_Plus, Key.Key_Equal):
            self.zoomed.emit(0.8, *middle)
        elif key == Key.Key_Minus:
            self.zoomed.emit(1.25, *middle)
        elif key in (Key.Key_Return, Key.Key_Enter, Key.Key_Space):
            self._walking = None
            self._choose(self._focused)
        else:
            super().keyPressEvent(event)

    def _step(self, across: int, down: int) -> None:
        """To the next cell; a walk with the arrows is one step of the history."""
        rows, columns = self.shape
        row, column = divmod(self._focused, columns)
        if 0 <= row + down < rows and 0 <= column + across < columns:
            self.go_to((row + down) * columns + column + across)

    def go_to(self, index: int) -> None:
        super().go_to(index)
        self._walking = self._cell_code(index)
        if self._walking is not None:
            self.walked.emit(self._walking, True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        walking, self._walking = self._walking, None
        if walking is not None:
            self.walked.emit(walking, False)
        self.update()
