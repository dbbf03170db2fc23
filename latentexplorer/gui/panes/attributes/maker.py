"""From which group to which: two choices and a button."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.asking import asking
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.workers.attribute_tasks import Groups
from latentexplorer.views.attribute_groups import ALL_OTHERS, positions_text
from latentexplorer.views.base import PART_NAMES, Array, count_text

MOST_CLASSES, MOST_COLUMNS = 500, 200
SEARCH = "\N{HORIZONTAL ELLIPSIS}"
"""Stands for no group, but for the wish to search for one: no search is written so."""
SEARCH_WORDS = "Search…"
CHOOSE = "images…"
"""Stands in the first box while there are no two groups."""
SAME = "Choose two different groups"
ASK = "The name of a class, or conditions as in the map's search, such as\nerror > 0.1 and class = 3"


class _GroupChoice(Choice):
    """Classes, halves of columns, the selected images and, once taken, those that were selected then."""

    def __init__(self, name: str, accessible: str) -> None:
        super().__init__(name, accessible)
        self.taken = ("", "")
        self.sought = ""
        self.last = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(72)
        self.setToolTip("A class, a half of a column, selected images, or all others")

    def fill(self, groups: Groups, selected: tuple[str, str], wanted: str | None = None) -> None:
        """What there is; what was chosen stays, `wanted` is chosen where it is given."""
        before = wanted if wanted is not None else self.group
        self.clear()
        self.addItem(f"{ALL_OTHERS[0].upper()}{ALL_OTHERS[1:]}", "")
        chosen = {text: words for text, words in (selected, self.taken, (self.sought, self.sought)) if text}
        if chosen:
            self.add_heading("Images")
            for text, words in chosen.items():
                self.addItem(words, text)
        if groups.classes:
            self.add_heading("Classes")
            for name in groups.classes[:MOST_CLASSES]:
                self.addItem(name, name)
        if groups.columns:
            self.add_heading("Halves of a column")
            for name in groups.columns[:MOST_COLUMNS]:
                for half in ("low", "high"):
                    self.addItem(f"{name}, {half}", f"{half}:{name}")
        self.add_heading("Others")
        self.addItem(SEARCH_WORDS, SEARCH)
        self.setItemData(self.count() - 1, verbatim(ASK), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(self.findData(before), 0))
        self.last = self.group

    def ask(self, words: str) -> None:
        """Show words in the place of a group while none is chosen; "": show the group."""
        if words:
            self.setPlaceholderText(words)
            self.setCurrentIndex(-1)
        elif self.currentIndex() < 0:
            self.setCurrentIndex(0)

    @property
    def group(self) -> str:
        """The group that is chosen, as it is written."""
        data = self.currentData()
        return data if isinstance(data, str) and data != SEARCH else ""

    def take_selected(self) -> None:
        """Images that are selected stay this group when others are selected."""
        if self.group.startswith(("train:", "test:")):
            self.taken = (self.group, self.currentText().removeprefix("Selected: "))


class Maker(QWidget):
    """The row above the directions.

    Signals
    -------
    asked : (str, str)
        A direction from one group to another is wanted.
    """

    asked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._groups = Groups((), ())
        self._selected = ("", "")
        self._offered = ""
        self.choices = (_GroupChoice("attribute_from", "From"), _GroupChoice("attribute_to", "To"))
        self.make = QPushButton("Make")
        self.make.setObjectName("attribute_make")
        self.make.setToolTip(verbatim("Make the direction from one group to the other, and measure it"))
        self.make.clicked.connect(self._on_make)
        self.why = caption()
        self.why.setObjectName("attribute_why")
        self.why.setWordWrap(True)
        self.why.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        column.addLayout(row)
        column.addWidget(self.why)
        for words, choice in zip(("From ", "To "), self.choices, strict=True):
            choice.prefix = words
            row.addWidget(choice, 1)
            choice.activated.connect(partial(self._on_activated, choice))
        row.addWidget(self.make)

    def show_groups(self, groups: Groups) -> None:
        """What groups another run can have; the first two classes, or halves, to begin with."""
        if groups == self._groups:
            return
        self._groups = groups
        usual = groups.classes[:2] if len(groups.classes) > 1 else ()
        if not usual and groups.columns:
            usual = (f"low:{groups.columns[0]}", f"high:{groups.columns[0]}")
        for at, choice in enumerate(self.choices):
            choice.taken, choice.sought = ("", ""), ""
            choice.fill(groups, self._selected, usual[at] if usual else "")
        if self._offered and self._offered == self._selected[0]:
            self.offer(self._offered)
        self._on_chosen()

    def say(self, why: str) -> None:
        """Why there is no direction between what is chosen; "" where nothing is known against it."""
        self.why.setText(why)
        self.why.setVisible(bool(why))

    @property
    def nothing_else(self) -> str:
        """Why there are no two groups to choose, and what makes some; "" where there are."""
        groups = self._groups
        if len(groups.classes) > 1 or groups.columns:
            return ""
        have = f"All images are of the class {groups.classes[0]}" if groups.classes else "These images have no classes"
        return f"{have}: for two groups draw round points on the map (Shift-drag), or choose {SEARCH_WORDS} under From"

    def forget(self) -> None:
        """Another run is open: images that were taken are not its own."""
        self._offered = ""
        for choice in self.choices:
            choice.taken, choice.sought = ("", ""), ""

    def show_selected(self, part: str, index: Array) -> None:
        """Which images are selected now."""
        self._selected = ("", "")
        if len(index):
            words = f"Selected: {count_text(len(index), f'{PART_NAMES[part]} image')}"
            self._selected = (positions_text(part, index), words)
        for choice in self.choices:
            choice.take_selected()
            choice.fill(self._groups, self._selected)
        self._on_chosen()

    def offer(self, group: str) -> None:
        """A direction to selected images is wanted: from all others, or from images that were taken before."""
        self._offered = group
        first, last = self.choices
        last.fill(self._groups, self._selected, group)
        last.take_selected()
        before = first.group if first.group.startswith(("train:", "test:")) and first.group != group else ""
        first.fill(self._groups, self._selected, before)
        self._on_chosen()

    def _on_activated(self, choice: _GroupChoice, *_: object) -> None:
        if choice.currentData() == SEARCH:
            choice.setCurrentIndex(max(choice.findData(choice.last), 0))
            self._ask_search(choice)
        choice.last = choice.group
        self._on_chosen()

    def _ask_search(self, choice: _GroupChoice) -> None:
        dialog = asking(self.window(), "attribute_search_dialog", f"{choice.accessibleName()}: search", ASK)
        dialog.setTextValue(choice.sought)
        dialog.textValueSelected.connect(partial(self._on_sought, choice))
        dialog.open()

    def _on_sought(self, choice: _GroupChoice, text: str) -> None:
        text = " ".join(text.split())
        if text:
            choice.sought = text if choice.findData(text) < 0 else ""
            choice.fill(self._groups, self._selected, text)
            self._on_chosen()

    @Slot()
    def _on_chosen(self) -> None:
        for choice in self.choices:
            choice.take_selected()
        first, last = self.choices
        same = first.group == last.group
        # From all others to all others is no direction: where nothing else is there, it is not offered as one.
        first.ask(CHOOSE if same and self.nothing_else else "")
        self.make.setEnabled(not same)
        self.say(SAME if same and not self.nothing_else and self._groups != Groups((), ()) else "")

    @Slot()
    def _on_make(self) -> None:
        self.asked.emit(*(choice.group for choice in self.choices))
