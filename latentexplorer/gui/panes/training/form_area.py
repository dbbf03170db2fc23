"""The scrolling place of the form: what has the keyboard stays in sight when the help below takes more lines."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea

MARGIN_PX = 4


class FormArea(QScrollArea):
    """Scrolls to the field in hand again when it gets another size."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        field, inside = self.focusWidget(), self.widget()
        if field is not None and field.hasFocus() and inside is not None and inside.isAncestorOf(field):
            self.ensureWidgetVisible(field, MARGIN_PX, MARGIN_PX)
