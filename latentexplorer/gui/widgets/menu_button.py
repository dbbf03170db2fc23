"""A button with an icon that opens a menu, and shows that it does."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton

from latentexplorer.gui.style.icons import icon

SIGN_PX = 10


class MenuButton(QToolButton):
    """Has the sign of a menu at its right; the menu opens at once."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "menu")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        sign = icon("chevron-down", "muted").pixmap(SIGN_PX, SIGN_PX)
        painter.drawPixmap(self.width() - SIGN_PX - 3, (self.height() - SIGN_PX) // 2, sign)
