"""Draw an image in the shape that the open model knows, and see what the model makes of it while it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QColorDialog, QHBoxLayout, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.gui.window.code_sheets.canvas import CANVAS_PX, Canvas
from latentexplorer.gui.window.code_sheets.canvas_tools import CanvasTools
from latentexplorer.gui.window.code_sheets.sheet import CodeSheet, in_column, in_row
from latentexplorer.views.base import Array
from latentexplorer.views.bring import on_dark
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from latentexplorer.gui.window.code_sheets.kept_masks import KeptMasks


class DrawingDialog(CodeSheet):
    """The canvas, what the model decodes, and the tools."""

    name = "drawing"
    single = stays = True

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(session, f"Draw an image for {session.shown.name}", parent)
        channels, height, width = self._run.image_shape
        self.canvas = Canvas(height, width, channels, dark=on_dark(self._run))
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
        self._allow()
        self.canvas.setFocus()

    @classmethod
    def of_current(cls, session: Session, parent: QWidget, masks: KeptMasks) -> Self:
        return cls(session, parent)

    def _build(self, about: QWidget, channels: int, side: int) -> None:
        self.tools = CanvasTools(self.canvas, side / 3, self)
        self.clear = sheet_button("Clear", "drawing_clear", "Empty the canvas")
        self.clear.clicked.connect(self.canvas.clear)
        self.invert = sheet_button("Invert", "drawing_invert", "Exchange dark and bright")
        self.invert.clicked.connect(self.canvas.invert)
        self.keep = sheet_button("Keep", "drawing_keep", "Keep the drawing with the run and close")
        self.keep.setProperty("role", "primary")
        self.keep.clicked.connect(self._keep)
        done = sheet_button("Close", "drawing_close", "The code of what was drawn stays current")
        done.clicked.connect(self.close)
        sliders, colors = [self.tools.brush], []
        if channels == 3:
            self.color = sheet_button("Colour…", "drawing_color", "The colour of the brush")
            self.color.clicked.connect(self._ask_color)
            self._show_color()
            colors = [self.color]
        else:
            self.shade = ValueSlider("Ink", 0.0, 255.0, float(self.canvas.ink.red()), "drawing_shade")
            self.shade.moved.connect(self._on_shade)
            sliders.append(self.shade)
        pictures = QHBoxLayout()
        pictures.setSpacing(SPACE * 2)
        pictures.addLayout(in_column(self.canvas, caption("your drawing")), 1)
        pictures.addLayout(in_column(self.decoded, caption("decoded")), 1)
        self.rows.addLayout(pictures, 1)
        self.rows.addWidget(about)
        line = in_row(*sliders, gap=SPACE * 2)
        for at in range(len(sliders)):
            line.setStretch(at, 1)
        self.rows.addLayout(line)
        self.rows.addLayout(in_row(*colors, self.tools.undo, self.clear, self.invert, None, done, self.keep))

    # -- tools -----------------------------------------------------------------------------------------------------

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
