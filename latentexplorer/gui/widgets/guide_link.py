"""The way from something in the window to the page of the guide that explains it: a link "What is this?"."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QToolButton

from latentexplorer.core.guide import page
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import caption_font


class Guide(QObject):
    """Where links ask for a page, wherever they stand; the window opens it.

    Signals
    -------
    wanted : (str)
        The slug of a page.
    """

    wanted = Signal(str)


guide = Guide()


class GuideLink(QToolButton):
    """A flat button that opens a page of the guide.

    Parameters
    ----------
    slug : str
        The page.
    """

    def __init__(self, slug: str) -> None:
        super().__init__()
        known = page(slug)
        self.slug = slug
        self.setObjectName(f"guide_{slug.replace('-', '_')}")
        self.setText("What is this?")
        self.setProperty("role", "link")
        self.setFont(caption_font())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(verbatim(f"The guide on {known.title}: {known.summary}"))
        self.setAccessibleName(f"What is this? The guide on {known.title}")
        self.clicked.connect(self._on_clicked)

    @Slot()
    def _on_clicked(self) -> None:
        guide.wanted.emit(self.slug)
