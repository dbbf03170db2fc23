"""Find anything that can be done by typing a part of its name, or of what it does."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from latentexplorer.core.outside_json import parsed
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.offer import Offer, nearest

SHOWN = 60
"""More than these are not looked through by anybody."""
RECENT = 8
WIDTH_PX, HEIGHT_PX = 460, 360


class CommandPalette(QDialog):
    """A line to type in and what matches it, what was done last first; Enter does the first.

    Where nothing has all the words, what has some of them is shown, and said to be so.
    """

    def __init__(self, parent: QWidget, offers: Sequence[Offer], settings: Settings) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command_palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._settings = settings
        self._recent = _recent(settings)
        before = {name: number for number, name in enumerate(self._recent)}
        self._offers = sorted(offers, key=lambda offer: before.get(offer.name, RECENT))
        self._found: list[Offer] = []
        self.line = QLineEdit()
        self.line.setPlaceholderText("What do you want to do?")
        self.line.setAccessibleName("Command")
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setColumnWidth(0, WIDTH_PX - 140)
        self.nothing = Label("Nothing found. Try another word, such as map, KL or export")
        self.nothing.setObjectName("palette_nothing")
        self.nothing.setProperty("role", "empty")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.partly = Label("Nothing has all of these words. Nearest to them:")
        self.partly.setObjectName("palette_partly")
        self.partly.setProperty("role", "caption")
        self.partly.setFont(caption_font())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        outer.addWidget(self.line)
        outer.addWidget(self.partly)
        outer.addWidget(self.list, 1)
        outer.addWidget(self.nothing, 1)
        self.line.textChanged.connect(self._filter)
        self.line.returnPressed.connect(self._do)
        self.line.installEventFilter(self)
        # What is done may wait for a dialog, while which this is deleted: not before the list is done with the click.
        self.list.itemClicked.connect(self._on_clicked, Qt.ConnectionType.QueuedConnection)
        self.line.setFocus()
        self._filter("")
        self.resize(WIDTH_PX, HEIGHT_PX)
        self.move(parent.mapToGlobal(parent.rect().center()) - self.rect().center())

    def _filter(self, text: str) -> None:
        self.list.clear()
        found = [offer for offer in self._offers if offer.matches(text)]
        whole = bool(found)
        if not whole:
            found = nearest(self._offers, text)
        elif text.strip():
            # What has the text in its name comes before what is only about it.
            found.sort(key=lambda offer: offer.rank(text))
        self._found = found[:SHOWN]
        for offer in self._found:
            item = QTreeWidgetItem([offer.name, offer.keys])
            item.setForeground(1, theme.color("muted"))
            if not offer.enabled:
                item.setForeground(0, theme.color("faint"))
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addTopLevelItem(item)
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        self.partly.setVisible(bool(found) and not whole)
        self.line.setAccessibleDescription("" if found else "Nothing found")
        self._step(0, 1)

    def _step(self, row: int, step: int) -> None:
        """Choose the first one from `row` on that can be done now."""
        while 0 <= row < self.list.topLevelItemCount():
            item = self.list.topLevelItem(row)
            if item is not None and item.flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentItem(item)
                self.line.setAccessibleDescription(f"Enter does: {item.text(0)}")
                return
            row += step

    @Slot()
    def _on_clicked(self) -> None:
        if self.isVisible():
            self._do()

    def _do(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        offer = self._found[self.list.indexOfTopLevelItem(item)]
        names = [offer.name, *(name for name in self._recent if name != offer.name)]
        self._settings["palette_recent"] = json.dumps(names[:RECENT])
        self.close()
        offer.do()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self._step(self.list.currentIndex().row() + step, step)
                return True
        return super().eventFilter(watched, event)


def _recent(settings: Settings) -> list[str]:
    """Names of what was done last; a damaged setting is as good as none."""
    try:
        names = parsed(str(settings["palette_recent"]) or "[]")
    except ValueError:
        return []
    return [str(name) for name in names][:RECENT] if isinstance(names, list) else []
