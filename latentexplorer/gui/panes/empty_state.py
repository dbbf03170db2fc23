"""What a pane says where it has nothing to show: what to do, or why there is nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import Label


class EmptyState(Label):
    """A sentence in the middle of the pane.

    Parameters
    ----------
    usual : str
        What to do, while nobody says anything else.
    """

    def __init__(self, usual: str) -> None:
        super().__init__(usual)
        self._usual = usual
        self._session: Session
        self.setProperty("role", "empty")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)

    def bind(self, session: Session) -> None:
        """Say so while the first run is read."""
        self._session = session
        session.opening.changed.connect(self._say_opening)

    def say(self, text: str) -> None:
        """Why there is nothing; "" for the usual sentence."""
        self.setText(text or self._usual)

    @Slot()
    def _say_opening(self) -> None:
        if self._session.run is None:
            self.say(self._session.opening.words)
