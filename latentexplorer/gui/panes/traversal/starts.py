"""Codes that a traversal can start from though nobody has picked one: the prior's mean, random draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from latentexplorer.gui.panes.named_codes import ask_codes

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.views.code import Code


class Starts(QObject):
    """Makes them the current code."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._draws = 0

    def serve(self, session: Session) -> None:
        """Whose current code it is."""
        self._session = session

    @Slot()
    def use_mean(self) -> None:
        """Start from the prior's mean, or the mean of the codes where there is no prior."""
        self._start_from("prior-mean")

    @Slot()
    def use_random(self) -> None:
        """Start from another draw from the prior, or from what is fitted to the codes."""
        self._start_from(f"random:{self._draws}")
        self._draws += 1

    def _start_from(self, name: str) -> None:
        if self._session is not None:
            ask_codes(self._session, "traversal", {"base": name}, self._on_named)

    @Slot(object)
    def _on_named(self, found: dict[str, Code]) -> None:
        if self._session is not None:
            self._session.current.set(found["base"], what="starting from another code")
