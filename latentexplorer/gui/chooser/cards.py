"""All cards, group after group, in as many columns as there is room for; one of them is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from latentexplorer.gui.chooser.card import Card
from latentexplorer.gui.chooser.entries import LAST, Entry
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE


class Cards(QScrollArea):
    """Shows the cards that match; arrows go from one to the next.

    Signals
    -------
    chosen : ()
        Another card, or none, is the chosen one.
    taken : ()
        The chosen card is what is wanted.
    seen : ()
        Others can be seen now.
    """

    chosen = Signal()
    taken = Signal()
    seen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("cards")
        self.setAccessibleName("What can be trained")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self.setWidget(self._inside)
        self._headings: dict[str, Label] = {}
        self._all: list[Card] = []
        self.shown: list[Card] = []
        self.card: Card | None = None
        self._columns = 1
        self.verticalScrollBar().valueChanged.connect(self.seen)

    def show_entries(self, entries: Sequence[Entry]) -> bool:
        """Make a card of each; those that are there already stay. Says whether there are others now."""
        if [card.entry for card in self._all] == list(entries):
            return False
        known = {card.entry: card for card in self._all}
        cards = []
        for entry in entries:
            card = known.pop(entry, None) or self._new_card(entry)
            cards.append(card)
            if entry.group not in self._headings:
                heading = self._headings[entry.group] = caption(entry.group)
                heading.setParent(self._inside)
        for card in known.values():
            card.hide()
            card.deleteLater()
        self._all = cards
        return True

    def _new_card(self, entry: Entry) -> Card:
        card = Card(entry)
        card.setParent(self._inside)
        card.clicked.connect(self._on_clicked)
        card.taken.connect(self._on_taken)
        card.moved.connect(self._on_moved)
        return card

    @property
    def all(self) -> Sequence[Card]:
        """The cards, also those that do not match."""
        return self._all

    def show_matching(self, text: str, keep: bool = False) -> None:
        """Only the cards that match, the best of them first and chosen; `keep`: unless the chosen one is among them.

        They stay in their groups, which come in the order of their best cards.
        """
        ranks = {card: card.entry.rank(text) for card in self._all}
        found = [(rank, card) for card, rank in ranks.items() if rank is not None]
        # Those of which only the title of the group fits are shown where there are no others.
        found = [one for one in found if one[0][0] < LAST] or found
        groups = list(dict.fromkeys(card.entry.group for card in self._all))
        best = {
            group: min(((rank, at) for rank, card in found if card.entry.group == group), default=((), at))
            for at, group in enumerate(groups)
        }
        found.sort(key=lambda one: (best[one[1].entry.group], one[0]))
        self.shown = [card for _, card in found]
        for card in self._all:
            card.setVisible(card in self.shown)
        self._arrange()
        self.choose(self.card if keep and self.card in self.shown else next(iter(self.shown), None))

    def choose(self, card: Card | None) -> None:
        """Make a card the chosen one."""
        for other in self._all:
            other.setChecked(other is card)
            other.setFocusPolicy(Qt.FocusPolicy.StrongFocus if other is card else Qt.FocusPolicy.ClickFocus)
        self.card = card
        if card is not None:
            self.ensureWidgetVisible(card, 0, SPACE)
        self.chosen.emit()

    def in_sight(self) -> list[Card]:
        """The cards that can be seen, the chosen one first."""
        top, height = self.verticalScrollBar().value(), self.viewport().height()
        seen = [card for card in self.shown if card.y() < top + height and card.geometry().bottom() > top]
        return sorted(seen, key=lambda card: card is not self.card)

    # -- places ---------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        width = self.viewport().width() - SPACE
        hint = Card.sizeHint(self._all[0]) if self._all else QSize(1, 1)
        self._columns = columns = max((width + SPACE) // (hint.width() + SPACE), 1)
        across = (width - (columns - 1) * SPACE) // columns
        y, column, group = 0, 0, None
        for heading in self._headings.values():
            heading.hide()
        for card in self.shown:
            if card.entry.group != group:
                y += hint.height() + 2 * SPACE if group is not None else 0
                group, column = card.entry.group, 0
                heading = self._headings[group]
                heading.setGeometry(2, y, width, heading.sizeHint().height())
                heading.show()
                y += heading.sizeHint().height() + SPACE // 2
            elif column == columns:
                y, column = y + hint.height() + SPACE, 0
            card.setGeometry(column * (across + SPACE), y, across, hint.height())
            column += 1
        self._inside.setMinimumHeight(y + hint.height() + SPACE if self.shown else 0)
        self.seen.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        if self.card is not None:
            # Where it is now, once the room for all of them is known.
            QTimer.singleShot(0, self, self._show_card)

    @Slot()
    def _show_card(self) -> None:
        if self.card is not None:
            self.ensureWidgetVisible(self.card, 0, SPACE)

    # -- mouse and keyboard ---------------------------------------------------------------------------------------

    @Slot()
    def enter(self) -> None:
        """Give the keyboard to the chosen card."""
        if self.card is not None:
            self.card.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _on_clicked(self) -> None:
        card = self.sender()
        assert isinstance(card, Card)
        self.choose(card)

    @Slot()
    def _on_taken(self) -> None:
        self._on_clicked()
        self.taken.emit()

    @Slot(object)
    def _on_moved(self, key: Qt.Key) -> None:
        if self.card is None:
            return
        card = self._beside(self.card, key)
        self.choose(card)
        card.setFocus(Qt.FocusReason.TabFocusReason)

    def _beside(self, card: Card, key: Qt.Key) -> Card:
        """Where a key leads: the neighbour in reading order, the nearest card of the next row, an end."""
        at = self.shown.index(card)
        last = len(self.shown) - 1
        steps = {Qt.Key.Key_Left: at - 1, Qt.Key.Key_Right: at + 1, Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        if key in steps:
            return self.shown[min(max(steps[key], 0), last)]
        rows = sorted({other.y() for other in self.shown})
        row = rows.index(card.y()) + (1 if key == Qt.Key.Key_Down else -1)
        if not 0 <= row < len(rows):
            return card
        return min(
            (other for other in self.shown if other.y() == rows[row]), key=lambda other: abs(other.x() - card.x())
        )
