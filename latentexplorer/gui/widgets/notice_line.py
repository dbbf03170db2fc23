"""A quiet line at the foot of a pane: something that one would not see, what helps, and a way to dismiss it."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, menu_text, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme

MARGINS = QMargins(SPACE * 3 // 2, 0, SPACE // 2, SPACE // 2)
LEAST_PX = 120
"""In what is lower than this it is left away."""
REMEDY = "What helps"
NEVER = "Never say this again"


class NoticeLine(QWidget):
    """Takes no room while there is nothing to say.

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

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text = Label()
        self.text.setObjectName(f"{name}_text")
        self.text.setProperty("role", "muted")
        # The line has the tip, which says what is cut and what helps.
        self.text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.remedy = QToolButton()
        self.remedy.setObjectName(f"{name}_remedy")
        self.remedy.setProperty("role", "link")
        self.remedy.setAccessibleName(REMEDY)
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
        self._text, self._remedies = "", ("", "")
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
        for menu in self.findChildren(QMenu):
            # It offers what is to be done about the notice before.
            menu.close()
        self._remedies = (f"{remedy} {when}".strip(), remedy)
        self._text = text
        self.text.setAccessibleName(f"Notice: {text}")
        self.text.setAccessibleDescription(more)
        self.remedy.setToolTip(verbatim(tip))
        self.remedy.setAccessibleName(self._remedies[0] or REMEDY)
        self.remedy.setAccessibleDescription(tip)
        self.setToolTip(verbatim(f"{text}. {more}." if more else text))
        self.setVisible(bool(text))
        self._place()
        self.updateGeometry()

    # -- room --------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        parts = max(part.sizeHint().height() for part in (self.text, self.remedy, self.close_button))
        return QSize(0, parts + MARGINS.top() + MARGINS.bottom())

    def minimumSizeHint(self) -> QSize:
        around = self.parentWidget()
        room = around is None or around.height() >= LEAST_PX
        return QSize(0, self.sizeHint().height() if room else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """The text takes what the button leaves, which says less where that would be little."""
        area = self.rect().marginsRemoved(MARGINS)
        fits = self.height() >= self.sizeHint().height()
        self.text.setVisible(fits)
        self.close_button.setVisible(fits)
        self.remedy.setVisible(fits and bool(self._remedies[0]))
        metrics = QFontMetrics(self.text.font())
        words = metrics.horizontalAdvance(self._text) + 1
        end = area.right() + 1 - self.close_button.sizeHint().width()
        room = end - area.left()
        for remedy in self._remedies:
            self.remedy.setText(menu_text(remedy))
            wide = self.remedy.sizeHint().width() + SPACE if remedy else 0
            if words + wide <= room:
                break
        words = max(min(words, room - wide), 0)
        self.text.setText(_cut(self._text, metrics, words))
        after = area.left() + words + SPACE
        places = ((self.text, area.left(), words), (self.remedy, after, end - after), (self.close_button, end, room))
        for part, left, width in places:
            size = part.sizeHint()
            top = area.top() + (area.height() - size.height()) // 2
            part.setGeometry(left, top, width if part is self.text else max(min(size.width(), width), 0), size.height())

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


def _cut(text: str, metrics: QFontMetrics, room_px: int) -> str:
    """As many words of a text as there is room for, the first ones: they say what is the matter."""
    words = text.split()
    for count in range(len(words), 0, -1):
        shown = text if count == len(words) else f"{' '.join(words[:count])} …"
        if metrics.horizontalAdvance(shown) <= room_px:
            return shown
    return "…"
