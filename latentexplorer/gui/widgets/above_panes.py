"""What stands above the panes for a while, one at a time where there is little room."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame


class AbovePanes(QFrame):
    """Tells before it takes any room: whoever makes way later has made the window higher, which then stays so.

    Signals
    -------
    coming : ()
        It is about to be shown.
    """

    coming = Signal()

    def setVisible(self, visible: bool) -> None:
        """Show or hide it, see above."""
        if visible and self.isHidden():
            self.coming.emit()
        super().setVisible(visible)
