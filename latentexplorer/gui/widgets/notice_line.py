"""A quiet line at the foot of a pane: something that one would not see, what helps, and a way to dismiss it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import menu_text, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel

NEVER = "Never say this again"


class NoticeLine(QWidget):
    """Takes no room while there is nothing to say, and never asks its pane to become higher.

    One line: the text is cut where there is little room, and the tip has the whole of it. Where the pane is too low for
    the line, it is left away.

    Signals
    -------
    remedy_wanted, dismissed, never_wanted : ()
        What helps is to be done; it is to go away for this run; for good.
    """

    remedy_wanted = Signal()
    dismissed = Signal()
    never_wanted = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text = ElidedLabel()
        self.text.setObjectName(f"{name}_text")
        self.text.setProperty("role", "muted")
        # The line has the tip, which says more than what is cut.
        self.text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.remedy = QToolButton()
        self.remedy.setObjectName(f"{name}_remedy")
        self.remedy.setProperty("role", "link")
        self.remedy.setCursor(Qt.CursorShape.PointingHandCursor)
        self.remedy.clicked.connect(self.remedy_wanted)
        self.close_button = QToolButton()
        self.close_button.setObjectName(f"{name}_close")
        self.close_button.setToolTip("Dismiss this notice for this run; for good in the menu")
        self.close_button.setAccessibleName("Dismiss this notice")
        self.close_button.clicked.connect(self.dismissed)
        for part in (self.text, self.remedy, self.close_button):
            part.setParent(self)
            part.setFont(caption_font())
        self.close_button.setIconSize(QSize(12, 12))
        self._remedies = ("", "")
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    def tell(self, text: str, more: str = "", remedy: str = "", when: str = "", tip: str = "") -> None:
        """Say something.

        Parameters
        ----------
        text : str
            One line; "" takes the line away.
        more : str
            What helps, in words: for the tip.
        remedy, when : str
            What the button does, and the same's end, where there is room for it; "" where a click can do nothing.
        tip : str
            Of the button.
        """
        self._remedies = (f"{remedy} {when}".strip(), remedy)
        self.text.setText(text)
        self.text.setAccessibleName(f"Notice: {text}")
        self.text.setAccessibleDescription(more)
        self.remedy.setToolTip(verbatim(tip))
        self.remedy.setAccessibleName(self._remedies[0])
        self.remedy.setAccessibleDescription(tip)
        self.setToolTip(verbatim(f"{text}. {more}." if more else text))
        self.setVisible(bool(text))
        self._place()
        self.updateGeometry()

    # -- room --------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(0, max(part.sizeHint().height() for part in (self.text, self.remedy, self.close_button)))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """The text takes what the button leaves, which says less where that would be little."""
        fits = self.height() >= self.text.sizeHint().height()
        self.text.setVisible(fits)
        self.close_button.setVisible(fits)
        self.remedy.setVisible(fits and bool(self._remedies[0]))
        words = QFontMetrics(self.text.font()).horizontalAdvance(self.text.text()) + 1
        room = self.width() - self.close_button.sizeHint().width()
        for remedy in self._remedies:
            self.remedy.setText(menu_text(remedy))
            wide = self.remedy.sizeHint().width() if remedy else 0
            if words + SPACE + wide <= room:
                break
        words = max(min(words, room - SPACE - wide), 0)
        for part, left in ((self.text, 0), (self.remedy, words + SPACE), (self.close_button, room)):
            size = part.sizeHint()
            width = words if part is self.text else min(size.width(), self.width() - left)
            part.setGeometry(left, (self.height() - size.height()) // 2, width, size.height())

    # -- the menu ----------------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._remedies[0]:
            menu.addAction(menu_text(self._remedies[0]), self.remedy_wanted.emit)
        menu.addAction("Dismiss for this run", self.dismissed.emit)
        menu.addAction(NEVER, self.never_wanted.emit)
        menu.popup(event.globalPos())

    @Slot()
    def _recolour(self) -> None:
        self.close_button.setIcon(icon("close", "muted"))
