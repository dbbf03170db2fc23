"""A row for each latent dimension: its name and weight, a slider, and a strip of what the slider runs through.

Hundreds of rows scroll well: all of them exist, so that each is reachable by keyboard and by name, but only those that
are seen are given pictures.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from latentexplorer.gui.panes.traversal.row_shape import CELL_GAP_PX, LEAST_PX, SLIDER_PX, row_shape
from latentexplorer.gui.panes.traversal.value_strip import EndsLine, ValueStrip
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.widgets.tiles import CodeOf
from latentexplorer.views.fading import Fading
from latentexplorer.views.ranges import number_text

AT_ONCE = 128
"""Rows made in one go; more follow a few at a time, so that the window never waits for them."""
A_TIME = 24
ROW_GAP_PX, MOST_GAP_PX = 4, 16
"""Between rows; the latter where all of them are seen and there is room left."""
UNDER_TRACK_PX = 6
"""Between the middle of a slider and the numbers of its ends."""
SLIDER_SHARE = 0.3


class DimensionLabel(QWidget):
    """`z12`, and below it a bar that says how much the dimension matters; a click asks for other ends.

    Signals
    -------
    clicked : ()
    """

    clicked = Signal()

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self._text = f"z{dimension}"
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._share = 0.0
        self._dead = False
        self.setFont(caption_font())
        theme.changed.connect(self.update)

    def set_weight(self, share: float, dead: bool, tip: str) -> None:
        """Its weight as a part of the largest one's; `dead`: it carries nothing."""
        self._share, self._dead = share, dead
        self.setToolTip(verbatim(tip))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme.color("faint" if self._dead else "muted"))
        area = QRectF(self.rect())
        line = painter.fontMetrics().height()
        top = (area.height() - line - 5) / 2
        painter.drawText(QRectF(0, top, area.width(), line), int(Qt.AlignmentFlag.AlignLeft), self._text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = QRectF(0, top + line + 2, area.width() - 6, 3)
        painter.setBrush(theme.color("track"))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        if self._share > 0:
            painter.setBrush(theme.color("muted"))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(bar.width() * self._share, 2), 3), 1.5, 1.5)


class DimensionRow(QWidget):
    """One dimension.

    Signals
    -------
    moved, settled : (dimension, value)
        As those of its slider.
    picked : (dimension, cell)
        A picture of its strip was chosen.
    ends_asked : (dimension)
        Somebody wants other ends.
    value_asked : (dimension)
        The arrow that points to the value, beyond an end, was clicked.
    """

    moved = Signal(int, float)
    settled = Signal(int, float)
    picked = Signal(int, int)
    ends_asked = Signal(int)
    value_asked = Signal(int)

    def __init__(self, dimension: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.dimension = dimension
        self.version = -1
        """Of what the strip shows; -1: nothing yet."""
        self.values = np.zeros(0)
        self.fading: Fading | None = None
        self.lines = 1
        """Lines that the strip goes on in."""
        self._placed: tuple[object, ...] = ()
        self._arranged: tuple[int, ...] = ()
        self.label = DimensionLabel(dimension)
        self.label.setParent(self)
        self.slider = ValueSlider("", -1, 1, 0, f"traversal_slider_{dimension}")
        self.slider.setParent(self)
        self.slider.label.hide()
        self.slider.slider.setAccessibleName(f"Dimension {dimension}")
        self.slider.slider.setToolTip("Double-click to reset this dimension")
        self.slider.number.setAccessibleName(f"Dimension {dimension}, value")
        self.ends = EndsLine(dimension)
        self.ends.setParent(self)
        self.strip = ValueStrip(gap_px=CELL_GAP_PX)
        self.strip.setParent(self)
        self.strip.setObjectName(f"traversal_strip_{dimension}")
        self.strip.setAccessibleName(f"Images along dimension {dimension}")
        self.strip.set_tips(self._tip)
        self.slider.moved.connect(self._on_moved)
        self.slider.settled.connect(self._on_settled)
        self.strip.picked.connect(self._on_picked)
        self.strip.value_asked.connect(self._on_value_asked)
        self.label.clicked.connect(self._on_ends_asked)
        self.ends.asked.connect(self._on_ends_asked)

    def set_span(self, low: float, high: float) -> None:
        """From where to where its slider goes."""
        self.slider.set_range(low, high)
        self.ends.set_span(low, high)
        if self._arranged:
            self.place(*self._arranged)

    def set_strip(self, images: np.ndarray, values: np.ndarray, version: int, code_of: CodeOf) -> None:
        """Show the images (S, H, W, C) at `values` (S,)."""
        self.values, self.version = values, version
        self.strip.set_images(images, code_of, -(-len(images) // self.lines))
        self.mark()

    def set_fading(self, fading: Fading | None) -> None:
        """How boldly each picture is shown; None: all as they are."""
        self.fading = fading
        self.strip.set_strength(None if fading is None else fading.strength)

    def set_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        self.slider.set_value(value)
        self.mark()

    def mark(self) -> None:
        """Show where among the pictures the value lies, and frame the picture that is the value's own."""
        if len(self.values) < 2:
            self.strip.set_place(None, "")
            return
        step = float(self.values[1] - self.values[0])
        place = (self.slider.value - float(self.values[0])) / (step or 1.0)
        number = number_text(self.slider.value, step * (len(self.values) - 1))
        self.strip.set_place(
            place, f"z{self.dimension} = {number} lies beyond the end. Click to bring it into the middle"
        )

    def place(self, label_px: int, slider_px: int, line_px: int = 0, lines: int = 1) -> None:
        """Lay out its parts; the strip takes the rest. `line_px`: the strip stands below, and this is above it."""
        self._arranged = label_px, slider_px, line_px, lines
        # Its ends stand beside the slider above its strip, else below it where there is room.
        aside = self.ends.aside_px if line_px else 0
        asked = (self.size().toTuple(), label_px, slider_px, line_px, lines, len(self.strip), aside)
        if asked == self._placed:
            return
        self._placed = asked
        height = line_px or self.height()
        self.label.setGeometry(0, 0, label_px, height)
        self.slider.setGeometry(label_px, 0, max(self.width() - label_px, 1) if line_px else slider_px, height)
        self.slider.set_aside(aside)
        track = self.slider.track().translated(label_px, 0)
        tall = self.ends.sizeHint().height()
        top = (height - tall) // 2 if aside else height // 2 + UNDER_TRACK_PX
        self.ends.place(QRect(track.left() - aside, top, track.width() + 2 * aside, tall), aside)
        self.ends.setVisible(top + tall <= height)
        self.lines = lines
        self.strip.columns = -(-max(len(self.strip), 1) // lines)
        if line_px:
            self.strip.setGeometry(0, height + CELL_GAP_PX, self.width(), max(self.height() - height - CELL_GAP_PX, 1))
            return
        left = label_px + slider_px + SPACE
        self.strip.setGeometry(left, 0, max(self.width() - left, 1), height)

    @Slot()
    def _on_ends_asked(self) -> None:
        self.ends_asked.emit(self.dimension)

    @Slot()
    def _on_value_asked(self) -> None:
        self.value_asked.emit(self.dimension)

    @Slot(float)
    def _on_moved(self, value: float) -> None:
        self.mark()
        self.moved.emit(self.dimension, value)

    @Slot(float)
    def _on_settled(self, value: float) -> None:
        self.settled.emit(self.dimension, value)

    @Slot(int)
    def _on_picked(self, cell: int) -> None:
        self.picked.emit(self.dimension, cell)

    def _tip(self, cell: int) -> str:
        if cell >= len(self.values):
            return ""
        where = f"z{self.dimension} = {number_text(float(self.values[cell]), float(np.ptp(self.values)) / 10)}"
        odd = "" if self.fading is None or cell >= len(self.fading.near) else self.fading.words(cell)
        return f"{where}\n{odd}" if odd else where


class DimensionRows(QScrollArea):
    """All rows, one below the other, in an order that may change.

    Signals
    -------
    seen : ()
        Other rows are seen than before: they may need pictures.
    made : ()
        There are more rows: they know nothing yet.
    left : ()
        The pointer has left them.
    moved, settled, picked, ends_asked, value_asked : as those of the rows
    """

    seen = Signal()
    made = Signal()
    moved = Signal(int, float)
    settled = Signal(int, float)
    picked = Signal(int, int)
    ends_asked = Signal(int)
    value_asked = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, DimensionRow] = {}
        self.order: list[int] = []
        self._shape = (1, 1)
        self._steps = 9
        self._size = 0
        self._session: Session | None = None
        self._row_px = LEAST_PX + ROW_GAP_PX
        self._inside = QWidget()
        self.setWidget(self._inside)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Latent dimensions")
        self.verticalScrollBar().valueChanged.connect(self.seen)
        self._more = QTimer(self)
        self._more.setInterval(0)
        self._more.timeout.connect(self._make_more)

    def serve(self, session: Session) -> None:
        """Tell the session what is chosen in the context menus."""
        self._session = session

    def minimumSizeHint(self) -> QSize:
        return QSize(240, LEAST_PX + ROW_GAP_PX)

    # -- rows -------------------------------------------------------------------------------------------------------

    def set_order(self, order: list[int], shape: tuple[int, int], steps: int) -> None:
        """Which dimensions, most important first; height and width of the pictures, and how many a row has."""
        self._size, self._shape, self._steps = len(order), shape, steps
        for dimension in [dimension for dimension in self.rows if dimension >= self._size]:
            row = self.rows.pop(dimension)
            row.setParent(None)
            row.deleteLater()
        chained = self.order == list(order) and len(self.rows) == self._size
        self.order = list(order)
        # The first ones in the list first: they are seen.
        self._make(AT_ONCE)
        if not chained:
            self._chain()
        self._place()

    def _make(self, most: int) -> None:
        for dimension in [dimension for dimension in self.order if dimension not in self.rows][:most]:
            row = DimensionRow(dimension, self._inside)
            row.moved.connect(self.moved)
            row.settled.connect(self.settled)
            row.picked.connect(self.picked)
            row.ends_asked.connect(self.ends_asked)
            row.value_asked.connect(self.value_asked)
            if self._session is not None:
                row.strip.serve(self._session)
            self.rows[dimension] = row
        if len(self.rows) < len(self.order):
            self._more.start()
        else:
            self._more.stop()

    @Slot()
    def _make_more(self) -> None:
        self._make(A_TIME)
        self._chain()
        self.made.emit()
        self._place()

    def _place(self) -> None:
        """Give every row its place, all columns alike."""
        if not self.order:
            return
        # Of the whole place, and not of what the bar leaves: narrower rows may be lower, and if they fit then the bar
        # goes, they grow, and it comes again, for ever.
        width, room = self.contentsRect().width(), self.contentsRect().height()
        label_px = self.fontMetrics().horizontalAdvance(f"z{max(len(self.order) - 1, 10)}") + SPACE
        slider_px, line, tall, lines = self._row_shape(width, room, label_px)
        if (tall + ROW_GAP_PX) * len(self.order) > room:
            width -= self.verticalScrollBar().sizeHint().width()
            slider_px, line, tall, lines = self._row_shape(width, room, label_px)
        self._row_px = tall + min(max(room // len(self.order) - tall, ROW_GAP_PX), MOST_GAP_PX)
        self._inside.resize(width, self._row_px * len(self.order))
        for at, dimension in enumerate(self.order):
            row = self.rows.get(dimension)
            if row is None:
                continue
            row.setGeometry(QRect(0, at * self._row_px, width, tall))
            row.place(label_px, slider_px, line, lines)
            row.show()
        self.seen.emit()

    def _chain(self) -> None:
        """Tab leads from row to row."""
        before: QWidget | None = None
        for row in (self.rows[dimension] for dimension in self.order if dimension in self.rows):
            for widget in (row.slider.slider, row.slider.number, row.strip):
                if before is not None:
                    QWidget.setTabOrder(before, widget)
                before = widget

    def _row_shape(self, width: int, room: int, label_px: int) -> tuple[int, int, int, int]:
        height, across = self._shape
        least, most = SLIDER_PX
        slider_px = round(min(max(width * SLIDER_SHARE, least), most))
        inside = (width - label_px - SPACE, room // len(self.order) - ROW_GAP_PX)
        return row_shape(inside, slider_px, self._steps, across / height, label_px + SPACE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()

    @property
    def visible_rows(self) -> list[DimensionRow]:
        """The rows of which at least a part is seen, from top to bottom."""
        top = self.verticalScrollBar().value()
        first = top // self._row_px
        last = (top + max(self.viewport().height(), 1) - 1) // self._row_px
        return [self.rows[dimension] for dimension in self.order[first : last + 1] if dimension in self.rows]

    def visible_of(self, dimensions: int) -> list[DimensionRow]:
        """Those seen that such codes have: while a run is opened, rows of the one before are still there."""
        return [row for row in self.visible_rows if row.dimension < dimensions]

    @property
    def shown_dimensions(self) -> list[int]:
        """The dimensions of which at least half a row is seen."""
        top = self.verticalScrollBar().value()
        first = round(top / self._row_px)
        count = max(round(self.viewport().height() / self._row_px), 1)
        return self.order[first : first + count]

    def show_first(self, dimension: int) -> None:
        """Scroll until this dimension stands at the top."""
        if dimension in self.order:
            self.verticalScrollBar().setValue(self.order.index(dimension) * self._row_px)

    @property
    def in_hand(self) -> bool:
        """Whether somebody is busy with the rows, so that they had better stay where they are."""
        inside = self._inside.focusWidget()
        return (
            self.underMouse()
            or any(row.slider.slider.isSliderDown() for row in self.visible_rows)
            or (inside is not None and inside.hasFocus())
        )
