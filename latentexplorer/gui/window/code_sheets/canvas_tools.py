"""What one draws with: the brush of a canvas, and the stroke that is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QKeySequence, QShortcut

from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.window.code_sheets.button import sheet_button

if TYPE_CHECKING:
    from latentexplorer.gui.window.code_sheets.canvas import Canvas
    from latentexplorer.gui.window.code_sheets.sheet import CodeSheet


class CanvasTools(QObject):
    """A slider and a button of a sheet that has a canvas.

    Parameters
    ----------
    widest : float
        Diameter of the widest brush, in pixels of the image.

    Attributes
    ----------
    brush : ValueSlider
    undo : QPushButton
    """

    def __init__(self, canvas: Canvas, widest: float, sheet: CodeSheet) -> None:
        super().__init__(sheet)
        self._canvas = canvas
        self.brush = ValueSlider("Brush", 1.0, max(widest, 2.0), canvas.brush, f"{sheet.name}_brush")
        self.undo = sheet_button("Undo", f"{sheet.name}_undo", "Take the last stroke back (Ctrl+Z)")
        self.brush.moved.connect(self._on_brush)
        self.undo.clicked.connect(canvas.undo)
        QShortcut(QKeySequence.StandardKey.Undo, sheet, canvas.undo)
        canvas.settled.connect(self.allow)
        self.allow()

    @Slot(float)
    def _on_brush(self, size: float) -> None:
        self._canvas.brush = max(size, 0.5)

    @Slot()
    def allow(self) -> None:
        """Something can be taken back once there is a stroke."""
        self.undo.setEnabled(self._canvas.can_undo)
