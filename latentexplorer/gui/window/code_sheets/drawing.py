"""Draw an image in the shape that the open model knows, and see what the model makes of it while it is drawn."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QIcon, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QColorDialog, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.window.code_sheets.canvas import CANVAS_PX, Canvas
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.views.base import Array
from latentexplorer.views.bring import on_dark
from latentexplorer.views.code import Code


class DrawingDialog(QDialog):
    """The canvas, what the model decodes, and the tools. Stands beside the panes, which go on."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        run = session.shown
        channels, height, width = run.image_shape
        self.setObjectName("drawing_dialog")
        self.setWindowTitle(f"Draw an image for {run.name}")
        self.canvas = Canvas(height, width, channels, dark=on_dark(run))
        self.decoded = ImageView("drawing_decoded")
        self.decoded.setAccessibleName("What the model decodes")
        self.decoded.placeholder = "draw something"
        self.decoded.setMinimumSize(CANVAS_PX, CANVAS_PX)
        self._live = session.new_images.live
        kind = "grey" if channels == 1 else "colour"
        when = "encoded while you draw" if self._live else "its code is fitted whenever you let go"
        self._build(caption(f"{width} × {height} pixels, {kind} · {when}"), channels, min(height, width))
        (self.canvas.changed if self._live else self.canvas.settled).connect(self._show)
        self.canvas.settled.connect(self._allow)
        session.current.decoded.connect(self._on_decoded)
        # Another run's images may have another shape.
        session.run_changed.connect(self.close)
        self._allow()
        self.canvas.setFocus()

    def _build(self, about: QWidget, channels: int, side: int) -> None:
        self.brush = ValueSlider("Brush", 1.0, max(side / 3, 2.0), self.canvas.brush, "drawing_brush")
        self.brush.moved.connect(self._on_brush)
        self.undo = sheet_button("Undo", "drawing_undo", "Take the last stroke back (Ctrl+Z)")
        self.undo.clicked.connect(self.canvas.undo)
        QShortcut(QKeySequence.StandardKey.Undo, self, self.canvas.undo)
        self.clear = sheet_button("Clear", "drawing_clear", "Empty the canvas")
        self.clear.clicked.connect(self.canvas.clear)
        self.invert = sheet_button("Invert", "drawing_invert", "Exchange dark and bright")
        self.invert.clicked.connect(self.canvas.invert)
        self.keep = sheet_button("Keep", "drawing_keep", "Keep the drawing with the run and close")
        self.keep.setProperty("role", "primary")
        self.keep.clicked.connect(self._keep)
        done = sheet_button("Close", "drawing_close", "The code of what was drawn stays current")
        done.clicked.connect(self.close)
        tools = QHBoxLayout()
        tools.setSpacing(SPACE)
        if channels == 3:
            self.color = sheet_button("Colour…", "drawing_color", "The colour of the brush")
            self.color.clicked.connect(self._ask_color)
            self._show_color()
            tools.addWidget(self.color)
        else:
            self.shade = ValueSlider("Ink", 0.0, 255.0, float(self.canvas.ink.red()), "drawing_shade")
            self.shade.moved.connect(self._on_shade)
        for button in (self.undo, self.clear, self.invert):
            tools.addWidget(button)
        tools.addStretch()
        tools.addWidget(done)
        tools.addWidget(self.keep)
        pictures = QHBoxLayout()
        pictures.setSpacing(SPACE * 2)
        for widget, words in ((self.canvas, "your drawing"), (self.decoded, "decoded")):
            column = QVBoxLayout()
            column.setSpacing(SPACE // 2)
            column.addWidget(widget, 1)
            column.addWidget(caption(words))
            pictures.addLayout(column, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        rows.setSpacing(SPACE)
        rows.addLayout(pictures, 1)
        rows.addWidget(about)
        sliders = QHBoxLayout()
        sliders.setSpacing(SPACE * 2)
        sliders.addWidget(self.brush, 1)
        if channels == 1:
            sliders.addWidget(self.shade, 1)
        rows.addLayout(sliders)
        rows.addLayout(tools)

    # -- tools -----------------------------------------------------------------------------------------------------

    @Slot(float)
    def _on_brush(self, size: float) -> None:
        self.canvas.brush = max(size, 0.5)

    @Slot(float)
    def _on_shade(self, grey: float) -> None:
        level = int(min(max(round(grey), 0), 255))
        self.canvas.ink = QColor(level, level, level)

    @Slot()
    def _ask_color(self) -> None:
        dialog = QColorDialog(self.canvas.ink, self)
        dialog.colorSelected.connect(self._on_color)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(QColor)
    def _on_color(self, color: QColor) -> None:
        self.canvas.ink = color
        self._show_color()

    def _show_color(self) -> None:
        square = QPixmap(16, 16)
        square.fill(self.canvas.ink)
        self.color.setIcon(QIcon(square))

    @Slot()
    def _allow(self) -> None:
        self.undo.setEnabled(self.canvas.can_undo)
        self.keep.setEnabled(self.canvas.can_undo)
        if self.canvas.ink.red() == self.canvas.ink.green() == self.canvas.ink.blue() and hasattr(self, "shade"):
            self.shade.set_value(float(self.canvas.ink.red()))

    # -- what is drawn ---------------------------------------------------------------------------------------------

    @Slot()
    def _show(self) -> None:
        self._session.new_images.draw(self.canvas.pixels, done=False)

    @Slot()
    def _keep(self) -> None:
        self._session.new_images.draw(self.canvas.pixels, done=True)
        self.close()

    @Slot(object, object)
    def _on_decoded(self, code: Code, image: Array) -> None:
        if code.image is not None:
            self.decoded.set_image(image, code)
